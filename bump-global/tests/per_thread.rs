//! `PerThread` with real threads: who gets which bytes, frees on other threads, and ends of
//! threads.

#![cfg(feature = "std")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr::{self, NonNull};
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

use bump_core::{RawAlloc, UNIT};
use bump_global::{Bump, Fallback, PerThread, Region};
use static_assertions::{assert_impl_all, assert_not_impl_any};

const CHUNK: usize = 1024;
type Heap<const SIZE: usize> = PerThread<Bump<Bytes<SIZE>>, CHUNK>;

/// Aligned, so that no block needs padding for where the region happens to start.
#[repr(align(16))]
struct Bytes<const SIZE: usize>([u8; SIZE]);

assert_impl_all!(Heap<1>: Send, Sync, core::panic::RefUnwindSafe);
assert_not_impl_any!(PerThread<Cell<Bump<u8>>>: Sync);
assert_not_impl_any!(PerThread<*const Bump<u8>>: Send, Sync);

// As its documentation says.
const _: () = assert!(size_of::<Heap<0>>() <= 8192 + 128);

/// A block in use, filled with a byte of its own.
struct Block {
    start: *mut u8,
    layout: Layout,
    fill: u8,
}

// SAFETY: blocks may be freed by any thread.
unsafe impl Send for Block {}

impl Block {
    fn new(heap: &impl GlobalAlloc, size: usize, align: usize, fill: u8) -> Option<Self> {
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: not empty.
        let start = unsafe { heap.alloc(layout) };
        if start.is_null() {
            return None;
        }
        assert_eq!(start.addr() % align, 0);
        // SAFETY: just allocated.
        unsafe { start.write_bytes(fill, size) };
        Some(Block {
            start,
            layout,
            fill,
        })
    }

    /// Panics if somebody else wrote to the first `size` bytes.
    fn check(&self, size: usize) {
        for offset in 0..size {
            // SAFETY: inside the block.
            let place = unsafe { self.start.add(offset) };
            // SAFETY: the block is initialised.
            assert_eq!(unsafe { place.read() }, self.fill, "{offset} of {size}");
        }
    }

    /// Whether there was memory for it.
    fn resize(&mut self, heap: &impl GlobalAlloc, size: usize) -> bool {
        self.check(self.layout.size());
        // SAFETY: the block is in use, with this layout.
        let start = unsafe { heap.realloc(self.start, self.layout, size) };
        if start.is_null() {
            return false;
        }
        self.start = start;
        self.check(size.min(self.layout.size()));
        self.layout = Layout::from_size_align(size, self.layout.align()).unwrap();
        // SAFETY: the block is as large now.
        unsafe { start.write_bytes(self.fill, size) };
        true
    }

    fn free(self, heap: &impl GlobalAlloc) {
        self.check(self.layout.size());
        // SAFETY: the block is in use, with this layout.
        unsafe { heap.dealloc(self.start, self.layout) };
    }
}

fn used<const SIZE: usize>(heap: &Heap<SIZE>) -> usize {
    heap.region().used()
}

#[test]
fn a_thread_bumps_inside_its_chunk() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let first = Block::new(&heap, 24, 8, 1).unwrap();
    let second = Block::new(&heap, 8, 8, 2).unwrap();
    assert_eq!(second.start.addr() - first.start.addr(), 24);
    assert_eq!(used(&heap), CHUNK);
}

#[test]
fn the_last_block_of_a_thread_is_given_back_and_grows_in_place() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let first = Block::new(&heap, 24, 8, 1).unwrap();
    let start = first.start;
    first.free(&heap);
    let mut again = Block::new(&heap, 8, 8, 2).unwrap();
    assert_eq!(again.start, start);
    // In the chunk, and beyond it: nobody else took what is behind.
    for size in [16, 100, CHUNK, 3 * CHUNK, 8192] {
        assert!(again.resize(&heap, size));
        assert_eq!(again.start, start, "{size}");
    }
    assert!(!again.resize(&heap, 8193));
    again.check(8192);
    assert!(again.resize(&heap, 1));
    assert_eq!(used(&heap), UNIT);
    again.free(&heap);
    assert_eq!(used(&heap), 0);
}

#[test]
fn a_thread_alone_wastes_nothing() {
    let heap = Heap::<8192>::new(Bump::uninit());
    for n in 0..8192 / 32 {
        assert!(Block::new(&heap, 32, 1, 1).is_some(), "{n}");
    }
    assert!(Block::new(&heap, 1, 1, 1).is_none());
}

#[test]
fn a_chunk_without_blocks_starts_again() {
    let heap = Heap::<8192>::new(Bump::uninit());
    for n in 0..100 {
        let blocks = [(); 15].map(|()| Block::new(&heap, 64, 8, n).unwrap());
        for block in blocks {
            block.free(&heap);
        }
        let middle = [(); 3].map(|()| Block::new(&heap, 100, 4, n).unwrap());
        let [first, second, third] = middle;
        second.free(&heap);
        third.free(&heap);
        first.free(&heap);
    }
    assert_eq!(used(&heap), CHUNK);
}

#[test]
fn blocks_freed_in_reverse_order_are_given_back_across_chunks() {
    let heap = Heap::<8192>::new(Bump::uninit());
    for _ in 0..3 {
        let mut blocks: Vec<_> = (0..5 * CHUNK / 32)
            .map(|n| Block::new(&heap, 32, 8, u8::try_from(n % 256).unwrap()).unwrap())
            .collect();
        // None but the last chunk has a rest.
        assert!(used(&heap) < 6 * CHUNK);
        while let Some(block) = blocks.pop() {
            block.free(&heap);
        }
    }
    let mut all = Block::new(&heap, 16, 8, 1).unwrap();
    assert!(all.resize(&heap, 8192));
}

/// A block that ends where a chunk starts, of which nothing is in use.
fn before_a_chunk<const SIZE: usize>(heap: &Heap<SIZE>) -> Block {
    let large = Block::new(heap, CHUNK, 8, 1).unwrap();
    let small = Block::new(heap, 8, 8, 2).unwrap();
    assert_eq!(small.start.addr() - large.start.addr(), CHUNK);
    small.free(heap);
    large
}

#[test]
fn a_block_before_a_chunk_may_grow_into_it() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let mut large = before_a_chunk(&heap);
    let start = large.start;
    for size in [CHUNK + 64, CHUNK + 32] {
        assert!(large.resize(&heap, size));
        assert_eq!(large.start, start);
        // It is in use when nothing else of the chunk is.
        Block::new(&heap, 64, 8, 3).unwrap().free(&heap);
        let small = Block::new(&heap, 64, 8, 4).unwrap();
        large.check(size);
        small.free(&heap);
    }
    large.free(&heap);
    assert_eq!(Block::new(&heap, 64, 8, 5).unwrap().start, start);
}

#[test]
fn a_block_before_a_chunk_may_be_freed_into_it() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let large = before_a_chunk(&heap);
    let start = large.start;
    large.free(&heap);
    let blocks = [6, 7].map(|n| Block::new(&heap, 64, 8, n).unwrap());
    assert_eq!(blocks[0].start, start);
    for block in blocks {
        block.free(&heap);
    }
    assert_eq!(used(&heap), 2 * CHUNK);
}

#[test]
fn large_requests_go_to_the_region() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let small = Block::new(&heap, 8, 8, 1).unwrap();
    let other = thread::scope(|scope| {
        scope
            .spawn(|| Block::new(&heap, 8, 8, 2).unwrap())
            .join()
            .unwrap()
    });
    let large = Block::new(&heap, CHUNK, 8, 3).unwrap();
    assert_eq!(used(&heap), 3 * CHUNK);
    let small_again = Block::new(&heap, 8, 8, 4).unwrap();
    assert_eq!(small_again.start.addr() - small.start.addr(), 8);
    large.free(&heap);
    assert_eq!(used(&heap), 2 * CHUNK);
    for block in [small_again, other, small] {
        block.free(&heap);
    }
}

#[test]
fn requests_fail_when_nothing_is_left_and_only_then() {
    let heap = Heap::<{ 2 * CHUNK }>::new(Bump::uninit());
    assert!(Block::new(&heap, 2 * CHUNK + 1, 1, 1).is_none());
    // SAFETY: not empty.
    let huge = unsafe { heap.alloc(Layout::from_size_align(isize::MAX as usize, 1).unwrap()) };
    assert!(huge.is_null());
    let all = Block::new(&heap, 2 * CHUNK, 1, 1).unwrap();
    assert!(Block::new(&heap, 1, 1, 1).is_none());
    all.free(&heap);
    // Less than a chunk is left, and can be had. Each block takes a multiple of the unit.
    assert!(Block::new(&heap, CHUNK + 1, 1, 1).is_some());
    for _ in 0..CHUNK / UNIT - 1 {
        assert!(Block::new(&heap, 1, 1, 1).is_some());
    }
    assert!(Block::new(&heap, 1, 1, 1).is_none());
}

#[test]
fn a_block_of_no_bytes_needs_no_memory() {
    let heap = Heap::<0>::new(Bump::uninit());
    let layout = Layout::from_size_align(0, 64).unwrap();
    let block = heap.allocate(layout).unwrap();
    assert_eq!(block.addr().get() % 64, 0);
    // SAFETY: the block is in use.
    unsafe { heap.deallocate(block, layout) };
}

#[test]
fn alignments_beyond_a_chunk_are_served() {
    let heap = Heap::<32768>::new(Bump::uninit());
    for align in [1, 2, 64, CHUNK / 8, CHUNK, 8 * CHUNK] {
        let mut block = Block::new(&heap, 3, align, 7).unwrap();
        assert!(block.resize(&heap, 5));
    }
}

#[test]
fn instances_do_not_mix() {
    let heaps = [const { Heap::<4096>::new(Bump::uninit()) }; 2];
    let blocks = [1, 2, 3, 4].map(|n| {
        let heap = &heaps[usize::from(n) % 2];
        Block::new(heap, 16, 8, n).unwrap()
    });
    for (heap, block) in heaps.iter().cycle().skip(1).zip(&blocks) {
        let start = ptr::from_ref(heap).addr();
        assert!((start..start + size_of_val(heap)).contains(&block.start.addr()));
        assert_eq!(used(heap), CHUNK);
    }
}

#[test]
fn a_heap_can_be_moved_with_its_chunks() {
    let heap = Heap::<4096>::new(Bump::uninit());
    Block::new(&heap, 16, 8, 1).unwrap();
    let moved = Box::new(heap);
    let block = Block::new(&*moved, 16, 8, 1).unwrap();
    let start = ptr::from_ref(&*moved).addr();
    assert!((start..start + size_of_val(&*moved)).contains(&block.start.addr()));
}

#[test]
fn a_thread_that_leaves_leaves_its_rest_to_others() {
    let heap = Heap::<8192>::new(Bump::uninit());
    thread::scope(|scope| {
        for n in 0..100 {
            let heap = &heap;
            scope
                .spawn(move || {
                    Block::new(heap, 64, 8, n).unwrap();
                    heap.leave();
                })
                .join()
                .unwrap();
        }
    });
    assert_eq!(used(&heap), 100 * 64);
}

/// It is up to the system whether a new thread is where an old one was.
#[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
#[test]
fn a_thread_that_ends_leaves_its_rest_to_others() {
    let heap = Heap::<{ 16 * CHUNK }>::new(Bump::uninit());
    // So that the rests are not at the end of the region.
    Block::new(&heap, 8, 8, 1).unwrap();
    for n in 0..100 {
        thread::scope(|scope| {
            let other = scope.spawn(|| Block::new(&heap, 64, 8, n).unwrap());
            other.join().unwrap();
        });
    }
    // 100 chunks without it, but other tests have threads at some of the addresses.
    assert!(used(&heap) < 16 * CHUNK);
}

#[test]
fn a_thread_that_ends_may_still_allocate() {
    static HEAP: Heap<8192> = PerThread::new(Bump::uninit());

    /// Allocates, resizes and frees when the thread-locals of a thread are destroyed.
    struct Late(Option<Block>);
    impl Drop for Late {
        fn drop(&mut self) {
            self.0.take().expect("dropped once").free(&HEAP);
            let mut block = Block::new(&HEAP, 40, 8, 1).expect("there is room");
            assert!(block.resize(&HEAP, 100));
            block.free(&HEAP);
            HEAP.leave();
            Block::new(&HEAP, 8, 8, 2)
                .expect("after leaving")
                .free(&HEAP);
        }
    }
    thread_local! {
        static FIRST: Late = Late(Block::new(&HEAP, 16, 8, 3));
        static SECOND: Late = Late(Block::new(&HEAP, 16, 8, 4));
    }
    for _ in 0..3 {
        let thread = thread::spawn(|| {
            FIRST.with(|late| assert!(late.0.is_some()));
            SECOND.with(|late| assert!(late.0.is_some()));
            Block::new(&HEAP, 24, 8, 5)
                .expect("there is room")
                .free(&HEAP);
        });
        assert!(thread.join().is_ok());
    }
    assert!(used(&HEAP) <= 3 * CHUNK);
}

/// Runs a job on a thread of its own, while this one waits.
fn elsewhere<R: Send>(job: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(job).join().unwrap())
}

#[test]
fn blocks_at_the_borders_of_chunks_may_be_freed_by_anybody() {
    // Up to the end of a chunk; up to the last byte that it hands out.
    for last in [CHUNK / 8, CHUNK / 8 - 1] {
        let heap = Heap::<8192>::new(Bump::uninit());
        let new = |size, fill| Block::new(&heap, size, 1, fill).unwrap();
        let fill = || {
            let mut blocks: Vec<_> = (0..7).map(|n| new(CHUNK / 8, n)).collect();
            blocks.push(new(last, 7));
            blocks
        };
        let mut mine = fill();
        let theirs = elsewhere(|| {
            mine.pop().unwrap().free(&heap);
            // It grows or moves, and holds its bytes.
            let mut block = mine.pop().unwrap();
            assert!(block.resize(&heap, 2 * CHUNK / 8 + 1));
            mine.push(block);
            fill()
        });
        for (n, block) in mine.into_iter().chain(theirs).enumerate() {
            if n % 2 == 0 {
                block.free(&heap);
            } else {
                block.check(block.layout.size());
            }
        }
    }
}

#[test]
fn bytes_of_a_chunk_come_to_nobody_else() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let new = |size, fill| Block::new(&heap, size, 1, fill).unwrap();
    let kept = new(CHUNK / 8, 1);
    let mut mine: Vec<_> = (2..9).map(|n| new(CHUNK / 8, n)).collect();
    // The region goes on behind the block that is freed.
    let theirs = elsewhere(|| {
        mine.pop().unwrap().free(&heap);
        [9, 10].map(|n| new(CHUNK / 16, n))
    });
    // If those were in the chunk, they would be taken for the two blocks that are not freed here.
    for block in mine.into_iter().chain(theirs) {
        block.free(&heap);
    }
    new(CHUNK / 8, 11).free(&heap);
    kept.free(&heap);
}

#[test]
fn a_chunk_does_not_start_again_while_another_thread_has_a_block_of_it() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let [mine, theirs, sent] = [1, 2, 3].map(|n| Block::new(&heap, 64, 8, n).unwrap());
    elsewhere(|| sent.free(&heap));
    mine.free(&heap);
    let more = [4; 30].map(|n| Block::new(&heap, 64, 8, n).unwrap());
    elsewhere(|| theirs.free(&heap));
    for block in more {
        block.free(&heap);
    }
}

/// What the secondary frees is not what the chunk has handed out, though it lies in there.
#[test]
fn a_chunk_does_not_start_again_for_blocks_that_another_allocator_made_in_it() {
    static HEAP: Fallback<Heap<{ 2 * CHUNK }>, Region> =
        Fallback::new(PerThread::new(Bump::uninit()), Region::empty());
    let heap = &HEAP;
    let new = |size, fill| Block::new(heap, size, 1, fill);
    // Eight blocks, which are all of the chunk; the first of them is the secondary's memory.
    let first = new(CHUNK / 8, 0).unwrap();
    let rest: Vec<_> = (1..7).map(|n| new(CHUNK / 8, n).unwrap()).collect();
    let last = new(CHUNK / 8 - 1, 7).unwrap();
    let _behind = new(CHUNK, 0).unwrap();
    // SAFETY: a block that is never freed, and that nobody else uses.
    unsafe {
        heap.secondary()
            .init_raw(NonNull::new(first.start).unwrap(), CHUNK / 8)
    }
    .unwrap();
    let parts: Vec<_> = (8..18).map(|n| new(8, n).unwrap()).collect();
    let mut kept = vec![last];
    kept.extend(rest);
    for (n, part) in parts.into_iter().enumerate() {
        if n < 8 {
            part.free(heap);
        } else {
            kept.push(part);
        }
    }
    assert!(new(CHUNK / 8, 19).is_none());
    for block in kept {
        block.check(block.layout.size());
    }
}

/// As above, in a chunk that is taken over while such a block moves.
#[test]
fn a_chunk_that_is_taken_over_does_not_start_again_for_them_either() {
    static HEAP: Fallback<Heap<{ 4 * CHUNK }>, Region> =
        Fallback::new(PerThread::new(Bump::uninit()), Region::empty());
    let (heap, primary) = (&HEAP, HEAP.primary());
    let new = |size, fill| Block::new(primary, size, 1, fill).unwrap();
    // The own chunk is full.
    let mut mine: Vec<_> = (0..7).map(|n| new(CHUNK / 8, n)).collect();
    mine.push(new(CHUNK / 8 - 1, 7));
    // Of somebody who leaves: the secondary's memory, and another block.
    let (memory, kept, _behind) = elsewhere(|| {
        let blocks = (new(64, 0), new(64, 1), new(CHUNK, 0));
        primary.leave();
        blocks
    });
    // SAFETY: a block that is never freed, and that nobody else uses.
    unsafe {
        heap.secondary()
            .init_raw(NonNull::new(memory.start).unwrap(), 64)
    }
    .unwrap();
    let [mut moving, staying] = [2, 3].map(|n| Block::new(heap.secondary(), 32, 1, n).unwrap());
    assert!(moving.resize(heap, 64));
    kept.free(primary);
    moving.free(primary);
    let more = new(100, 4);
    staying.check(32);
    more.free(primary);
}

#[test]
fn a_chunk_that_changes_hands_takes_its_blocks_along() {
    let heap = Heap::<8192>::new(Bump::uninit());
    // Behind it, so that the rest is not the region's again.
    let (left, _behind) = elsewhere(|| {
        let left = Block::new(&heap, 64, 8, 1).unwrap();
        let behind = Block::new(&heap, CHUNK, 8, 2).unwrap();
        heap.leave();
        (left, behind)
    });
    let used_before = used(&heap);
    // The rest is taken over, its first block is in use.
    for n in 3..20 {
        Block::new(&heap, 64, 8, n).unwrap().free(&heap);
        left.check(64);
    }
    assert_eq!(used(&heap), used_before);
    left.free(&heap);
}

#[test]
fn what_is_left_in_the_middle_of_the_region_goes_to_any_thread() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let turns = Barrier::new(2);
    let mut level = 0;
    // Both live all the time, so they are at different addresses.
    let blocks = thread::scope(|scope| {
        scope.spawn(|| {
            let block = Block::new(&heap, 64, 8, 1).unwrap();
            turns.wait();
            turns.wait();
            heap.leave();
            turns.wait();
            turns.wait();
            // It is somebody else's now.
            Block::new(&heap, 64, 8, 4).unwrap();
            block.free(&heap);
        });
        turns.wait();
        let mut blocks = vec![Block::new(&heap, 64, 8, 2)];
        turns.wait();
        turns.wait();
        // As many as go in the rest of the own chunk and the rest of the other one. The last byte
        // of a chunk is not handed out.
        let rest = (CHUNK - 64 - 1) / 64;
        blocks.extend((0..2 * rest).map(|_| Block::new(&heap, 64, 8, 3)));
        level = used(&heap);
        turns.wait();
        blocks
    });
    // Without what the own chunk gave back before the other one was taken over.
    assert_eq!(level, 2 * CHUNK - 64);
    for block in blocks {
        block.unwrap().free(&heap);
    }
}

#[test]
fn more_threads_than_entries_share_the_region() {
    static HEAP: Heap<{ 1 << 18 }> = Heap::new(Bump::uninit());
    let threads = if cfg!(miri) { 4 } else { 100 };
    let all = Barrier::new(threads);
    thread::scope(|scope| {
        for n in 0..threads {
            let all = &all;
            scope.spawn(move || {
                let fill = u8::try_from(n).unwrap();
                all.wait();
                for _ in 0..if cfg!(miri) { 2 } else { 200 } {
                    // Those without a chunk lose what they do not free in order, and run out.
                    let blocks = [(); 20].map(|()| Block::new(&HEAP, 16, 8, fill));
                    for block in blocks.into_iter().rev().flatten() {
                        block.free(&HEAP);
                    }
                }
            });
        }
    });
}

/// Each thread allocates, resizes, frees, and sends blocks to the others, which do the same.
#[test]
fn blocks_in_use_never_overlap() {
    static HEAP: Heap<{ 1 << 20 }> = Heap::new(Bump::uninit());
    let threads: u8 = 3;
    let steps = if cfg!(miri) { 100 } else { 20_000 };
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..threads).map(|_| channel::<Block>()).unzip();
    thread::scope(|scope| {
        for (n, receiver) in (0..threads).zip(receivers) {
            let heap = &HEAP;
            let senders = senders.clone();
            scope.spawn(move || {
                let mut random = u64::from(n) + 1;
                // xorshift, Marsaglia 2003
                let mut below = move |limit: usize| {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    usize::try_from(random >> 33).unwrap() % limit
                };
                let mut blocks: Vec<Block> = Vec::new();
                for step in 0..steps {
                    blocks.extend(receiver.try_iter());
                    let size = 1 + below(if step % 50 == 0 { 4 * CHUNK } else { CHUNK / 6 });
                    let fill = n << 6 | u8::try_from(step % 64).unwrap();
                    match below(8) {
                        0..3 => blocks.extend(Block::new(heap, size, 1 << below(7), fill)),
                        3 if blocks.len() > 1 => {
                            let block = blocks.swap_remove(below(blocks.len()));
                            // The others may have ended.
                            if let Err(unsent) = senders[below(senders.len())].send(block) {
                                unsent.0.free(heap);
                            }
                        }
                        4 => drop(blocks.last_mut().map(|last| last.resize(heap, size))),
                        5 if blocks.len() > 20 => {
                            for block in blocks.drain(..).rev() {
                                block.free(heap);
                            }
                        }
                        6 if step % 20 == 0 => heap.leave(),
                        _ => drop(blocks.pop().map(|last| last.free(heap))),
                    }
                }
                for block in blocks.drain(..).chain(receiver.try_iter()) {
                    block.free(heap);
                }
            });
        }
    });
}
