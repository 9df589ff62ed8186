//! `PerThread` with real threads: who gets which blocks, frees on other threads, ends of threads, and
//! full regions.

#![cfg(feature = "std")]

use core::alloc::{GlobalAlloc, Layout};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Barrier, RwLock};
use std::thread;

mod blocks;

use blocks::{Block, Random};
use bump_core::RawAlloc;
use bump_core::class::{class_of, class_size};
use bump_global::{Bump, PerThread};
use static_assertions::assert_impl_all;

const CHUNK: usize = 1024;
type Heap<const SIZE: usize> = PerThread<Bump<Bytes<SIZE>>, CHUNK>;

/// Aligned, so that no block needs padding for where the region happens to start.
#[repr(align(16))]
struct Bytes<const SIZE: usize>([u8; SIZE]);

// SAFETY: bytes; all sizes here are multiples of the alignment.
unsafe impl<const SIZE: usize> bump_core::NoPadding for Bytes<SIZE> {}

assert_impl_all!(Heap<1>: Send, Sync, core::panic::RefUnwindSafe);

// As its documentation says.
const _: () = assert!(size_of::<Heap<0>>() <= 19 << 10);

fn take(heap: &impl GlobalAlloc, size: usize, align: usize, value: u8) -> Option<Block> {
    Block::new(heap, Layout::from_size_align(size, align).unwrap(), value)
}

fn used<const SIZE: usize>(heap: &Heap<SIZE>) -> usize {
    heap.region().used()
}

#[test]
fn a_thread_takes_blocks_from_its_chunk() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let first = take(&heap, 24, 8, 1).unwrap();
    let second = take(&heap, 8, 8, 2).unwrap();
    assert_eq!(second.start.addr().get() - first.start.addr().get(), 24);
    assert_eq!(used(&heap), CHUNK);
}

#[test]
fn a_freed_block_is_the_next_of_its_class() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let [first, second] = [1, 2].map(|n| take(&heap, 60, 4, n).unwrap());
    let start = first.start;
    first.free(&heap);
    assert_ne!(take(&heap, 56, 8, 3).unwrap().start, start);
    assert_eq!(take(&heap, 64, 8, 4).unwrap().start, start);
    second.free(&heap);
}

#[test]
fn the_last_block_of_a_thread_grows_in_place() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let mut block = take(&heap, 8, 8, 1).unwrap();
    let start = block.start;
    for size in [16, 17, 64, 128, 60, 8, 100] {
        assert!(block.resize(&heap, size));
        assert_eq!(block.start, start, "{size}");
    }
    // More than a thread has lists for.
    assert!(block.resize(&heap, 200));
    block.free(&heap);
    assert!(take(&heap, 8192, 8, 2).is_some());
}

#[test]
fn blocks_that_grow_take_memory_once() {
    let heap = Heap::<65536>::new(Bump::uninit());
    let mut after_some = 0;
    for round in 0..1000 {
        let mut growing = take(&heap, 8, 8, 1).unwrap();
        for size in [16, 32, 64, 128] {
            assert!(growing.resize(&heap, size));
        }
        // Behind it, so that it is not the last one any more.
        let other = take(&heap, 8, 8, 2).unwrap();
        growing.free(&heap);
        other.free(&heap);
        if round == 10 {
            after_some = used(&heap);
        }
    }
    assert_eq!(used(&heap), after_some);
}

#[test]
fn blocks_freed_oldest_first_are_used_again() {
    static HEAP: PerThread<Bump<Bytes<{ 1 << 18 }>>> = PerThread::new(Bump::uninit());
    let mut after_first = 0;
    for round in 0..if cfg!(miri) { 3 } else { 100 } {
        let blocks: Vec<_> = (0..640_u16)
            .map(|n| take(&HEAP, 64, 8, n.to_le_bytes()[0]))
            .collect();
        for block in blocks {
            block.unwrap().free(&HEAP);
        }
        if round == 0 {
            after_first = HEAP.region().used();
        }
    }
    assert!(after_first <= 640 * 64 + 16384, "{after_first}");
    assert_eq!(HEAP.region().used(), after_first);
}

#[test]
fn a_thread_alone_gets_all_of_the_region() {
    let heap = Heap::<8192>::new(Bump::uninit());
    for n in 0..8192 / 32 {
        assert!(take(&heap, 32, 1, 1).is_some(), "{n}");
    }
    assert!(take(&heap, 1, 1, 1).is_none());
}

#[test]
fn what_was_freed_is_one_piece_again() {
    let heap = Heap::<32768>::new(Bump::uninit());
    let mut random = Random(1);
    for round in 0..if cfg!(miri) { 2 } else { 50 } {
        let mut blocks = Vec::new();
        // Up to the first that is refused; then smaller ones.
        for most in [3000, 300, 8] {
            while let Some(block) = take(&heap, 1 + random.below(most), 1 << random.below(7), 1) {
                blocks.push(block);
            }
        }
        while !blocks.is_empty() {
            blocks.swap_remove(random.below(blocks.len())).free(&heap);
        }
        let all = take(&heap, 32768, 8, 2);
        all.unwrap_or_else(|| panic!("round {round}: {heap:?}"))
            .free(&heap);
    }
}

#[test]
fn blocks_shrink_on_a_full_heap() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let mut blocks: Vec<_> = core::iter::from_fn(|| take(&heap, 128, 8, 1)).collect();
    assert_eq!(blocks.len(), 8192 / 128);
    for block in &mut blocks {
        assert!(block.resize(&heap, 40));
    }
    let more = core::iter::from_fn(|| take(&heap, 64, 8, 2)).count();
    assert!(more >= 8192 / 128, "{more}");
}

#[test]
fn large_requests_go_to_the_region() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let small = take(&heap, 8, 8, 1).unwrap();
    let large = take(&heap, CHUNK, 8, 3).unwrap();
    assert_eq!(used(&heap), 2 * CHUNK);
    let small_again = take(&heap, 8, 8, 4).unwrap();
    assert_eq!(small_again.start.addr().get() - small.start.addr().get(), 8);
    large.free(&heap);
    assert_eq!(used(&heap), CHUNK);
    small_again.free(&heap);
}

/// The largest block that a thread takes from its chunk has an eighth of that, or 1 KiB.
#[test]
fn a_block_of_more_than_an_eighth_of_a_chunk_is_large() {
    let heap = Heap::<8192>::new(Bump::uninit());
    assert!(take(&heap, CHUNK / 8 + 1, 8, 1).is_some());
    assert_eq!(used(&heap), CHUNK / 8 * 5 / 4);
    assert!(take(&heap, CHUNK / 8, 8, 2).is_some());
    assert_eq!(used(&heap), CHUNK / 8 * 5 / 4 + CHUNK);

    static DEFAULT: PerThread<Bump<Bytes<{ 1 << 16 }>>> = PerThread::new(Bump::uninit());
    assert!(take(&DEFAULT, 1025, 8, 1).is_some());
    assert_eq!(DEFAULT.region().used(), 1280);
    assert!(take(&DEFAULT, 1024, 8, 2).is_some());
    assert_eq!(DEFAULT.region().used(), 1280 + 16384);
}

#[test]
fn a_block_resizes_in_place_within_its_class() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let mut block = take(&heap, 60, 4, 1).unwrap();
    let start = block.start;
    // Behind it, so that it is not the last one any more.
    assert!(take(&heap, 8, 8, 2).is_some());
    for size in [64, 57] {
        assert!(block.resize(&heap, size));
        assert_eq!(block.start, start);
    }
}

/// Blocks of 80 bytes do not fill a chunk.
#[test]
fn what_is_left_of_a_chunk_is_used() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let bytes = [80, 8].map(|size| core::iter::from_fn(|| take(&heap, size, 8, 1)).count() * size);
    assert_eq!(bytes.iter().sum::<usize>(), 8192);
}

#[test]
fn requests_fail_when_nothing_is_left_and_only_then() {
    let heap = Heap::<{ 2 * CHUNK }>::new(Bump::uninit());
    assert!(take(&heap, 2 * CHUNK + 1, 1, 1).is_none());
    // SAFETY: not empty.
    let huge = unsafe { heap.alloc(Layout::from_size_align(isize::MAX as usize, 1).unwrap()) };
    assert!(huge.is_null());
    let all = take(&heap, 2 * CHUNK, 1, 1).unwrap();
    assert!(take(&heap, 1, 1, 1).is_none());
    all.free(&heap);
    // Less than a chunk is left, and can be had.
    let large = take(&heap, CHUNK + 1, 1, 1).unwrap();
    let rest = 2 * CHUNK - large.layout.size().next_multiple_of(256);
    for _ in 0..rest / 8 {
        assert!(take(&heap, 1, 1, 1).is_some());
    }
    assert!(take(&heap, 1, 1, 1).is_none());
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
    let heap = Heap::<65536>::new(Bump::uninit());
    for _ in 0..10 {
        let blocks = [1, 2, 64, CHUNK / 8, CHUNK, 8 * CHUNK].map(|align| {
            let mut block = take(&heap, 3, align, 7).unwrap();
            assert!(block.resize(&heap, 5));
            block
        });
        for block in blocks {
            block.free(&heap);
        }
    }
}

#[test]
fn instances_do_not_mix() {
    let heaps = [const { Heap::<4096>::new(Bump::uninit()) }; 2];
    let blocks = [1, 2, 3, 4].map(|n| {
        let heap = &heaps[usize::from(n) % 2];
        take(heap, 16, 8, n).unwrap()
    });
    for (heap, block) in heaps.iter().cycle().skip(1).zip(&blocks) {
        let start = ptr::from_ref(heap).addr();
        assert!((start..start + size_of_val(heap)).contains(&block.start.addr().get()));
        assert_eq!(used(heap), CHUNK);
    }
}

#[test]
fn a_heap_can_be_moved_with_its_lists_and_chunks() {
    let heap = Heap::<4096>::new(Bump::uninit());
    let blocks = [1, 2, 3].map(|n| take(&heap, 16, 8, n).unwrap());
    blocks.into_iter().for_each(|block| block.free(&heap));
    let moved = Box::new(heap);
    let start = ptr::from_ref(&*moved).addr();
    for n in 0..6 {
        let block = take(&*moved, 16, 8, n).unwrap();
        assert!((start..start + size_of_val(&*moved)).contains(&block.start.addr().get()));
    }
}

/// Nothing of a thread is about a heap that is gone.
#[test]
fn heaps_come_and_go_while_threads_live() {
    let turns = Barrier::new(2);
    let slot = RwLock::new(Box::new(Heap::<4096>::new(Bump::uninit())));
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..20 {
                turns.wait();
                let heap = slot.read().unwrap();
                let blocks = [round; 5].map(|n| take(&**heap, 16, 8, n).unwrap());
                blocks.into_iter().for_each(|block| block.free(&**heap));
                drop(heap);
                turns.wait();
            }
        });
        for round in 0..20 {
            // In the same place, or in another one.
            let new = Box::new(Heap::new(Bump::uninit()));
            drop(core::mem::replace(&mut *slot.write().unwrap(), new));
            turns.wait();
            {
                let heap = slot.read().unwrap();
                take(&**heap, 100, 8, round).unwrap().free(&**heap);
            }
            turns.wait();
        }
    });
}

#[test]
fn a_thread_that_leaves_leaves_all_to_others() {
    let heap = Heap::<8192>::new(Bump::uninit());
    let turns = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let blocks = [1; 20].map(|n| take(&heap, 64, 8, n).unwrap());
            blocks.into_iter().for_each(|block| block.free(&heap));
            turns.wait();
            turns.wait();
            heap.leave();
            turns.wait();
            turns.wait();
        });
        turns.wait();
        // The other thread has two chunks, one of them in its lists.
        let all = Layout::from_size_align(8192, 8).unwrap();
        // SAFETY: not empty.
        assert!(unsafe { heap.alloc(all) }.is_null());
        let most = take(&heap, 8192 - 2 * CHUNK - 128, 8, 2);
        most.expect("all but twice a chunk can be had").free(&heap);
        turns.wait();
        turns.wait();
        take(&heap, 8192, 8, 3).expect("all is free").free(&heap);
        turns.wait();
    });
}

#[test]
fn what_ended_threads_had_is_not_refused() {
    let heap = Heap::<{ 32 * CHUNK }>::new(Bump::uninit());
    let together = Barrier::new(8);
    thread::scope(|scope| {
        for n in 0..8 {
            let (heap, together) = (&heap, &together);
            scope.spawn(move || {
                let blocks = [n; 10].map(|n| take(heap, 64, 8, n).unwrap());
                together.wait();
                blocks.into_iter().for_each(|block| block.free(heap));
            });
        }
    });
    // The destructors of thread-locals may run after the end of the scope.
    let all = || take(&heap, 32 * CHUNK, 8, 9);
    let got = (0..1000).find_map(|_| {
        thread::yield_now();
        all()
    });
    got.expect("all is free").free(&heap);
}

#[test]
fn a_thread_that_ends_may_still_allocate() {
    static HEAP: Heap<8192> = PerThread::new(Bump::uninit());

    /// Allocates, resizes and frees when the thread-locals of a thread are destroyed.
    struct Late(Option<Block>);
    impl Drop for Late {
        fn drop(&mut self) {
            self.0.take().expect("dropped once").free(&HEAP);
            let mut block = take(&HEAP, 40, 8, 1).expect("there is room");
            assert!(block.resize(&HEAP, 100));
            block.free(&HEAP);
            HEAP.leave();
            take(&HEAP, 8, 8, 2).expect("after leaving").free(&HEAP);
        }
    }
    thread_local! {
        static FIRST: Late = Late(take(&HEAP, 16, 8, 3));
        static SECOND: Late = Late(take(&HEAP, 16, 8, 4));
    }
    for _ in 0..3 {
        let thread = thread::spawn(|| {
            FIRST.with(|late| assert!(late.0.is_some()));
            SECOND.with(|late| assert!(late.0.is_some()));
            take(&HEAP, 24, 8, 5).expect("there is room").free(&HEAP);
        });
        assert!(thread.join().is_ok());
    }
    assert!(used(&HEAP) <= 6 * CHUNK);
}

/// A thread-local that is destroyed after the slot was given back: the next thread may have that already.
#[cfg(target_os = "linux")]
#[test]
fn a_thread_without_its_slot_has_no_memory_for_itself() {
    static HEAP: Heap<8192> = PerThread::new(Bump::uninit());
    static TAKEN: AtomicUsize = AtomicUsize::new(0);

    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            let before = used(&HEAP);
            let block = take(&HEAP, 24, 8, 1).expect("there is room");
            TAKEN.store(used(&HEAP) - before, Ordering::Relaxed);
            block.free(&HEAP);
        }
    }
    thread_local! {
        static LATE: Late = const { Late };
    }
    let thread = thread::spawn(|| {
        // The first is destroyed last.
        LATE.with(|_| ());
        take(&HEAP, 16, 8, 2).expect("there is room").free(&HEAP);
    });
    thread.join().unwrap();
    assert_eq!(TAKEN.load(Ordering::Relaxed), 24, "not of its chunk");
}

/// One thread only allocates, the other one only frees.
#[test]
fn producer_and_consumer_take_no_more_than_they_use() {
    static HEAP: Heap<{ 1 << 24 }> = Heap::new(Bump::uninit());
    static IN_USE: AtomicUsize = AtomicUsize::new(0);
    let blocks = if cfg!(miri) { 1_000 } else { 200_000 };
    let mut peak = 0;
    let mut half = 0;
    let (sender, receiver) = sync_channel::<Block>(256);
    thread::scope(|scope| {
        scope.spawn(move || {
            for block in receiver {
                IN_USE.fetch_sub(block.layout.size(), Ordering::Relaxed);
                block.free(&HEAP);
            }
        });
        let mut random = Random(3);
        for n in 0..blocks {
            let most = [100, 130, 2000][random.below(3)];
            let size = 1 + random.below(most);
            let align = 1
                << if random.below(4) == 0 {
                    random.below(7)
                } else {
                    3
                };
            let in_use = size + IN_USE.fetch_add(size, Ordering::Relaxed);
            peak = peak.max(in_use);
            sender.send(take(&HEAP, size, align, 1).unwrap()).unwrap();
            if n == blocks / 2 {
                half = used(&HEAP);
            }
        }
        drop(sender);
    });
    let taken = used(&HEAP);
    // Each of the two has four chunks in lists, and one. What is free in one class serves no other.
    assert!(
        taken <= 5 * peak / 2 + 2 * 5 * CHUNK,
        "{taken}, {peak} in use"
    );
    // A thousand blocks are too few to fill the lists: it still grows then.
    if !cfg!(miri) {
        // How the threads take turns makes some difference.
        assert!(taken <= half + half / 4, "{taken}, {half} before");
    }
}

#[test]
fn blocks_of_many_sizes_stay_with_their_thread() {
    static HEAP: PerThread<Bump<[u8; 1 << 20]>> = PerThread::new(Bump::uninit());
    let of_each_size = |count| {
        let sizes = (0..=class_of(1024)).map(class_size);
        let all = sizes.flat_map(move |size| (0..count).map(move |_| size));
        let blocks = all.map(|size| take(&HEAP, size, 8, 1).unwrap());
        blocks.collect::<Vec<_>>()
    };
    let free = |blocks: Vec<Block>| blocks.into_iter().for_each(|block| block.free(&HEAP));
    // The shared lists have more of each class than a thread takes at a time.
    let fill = move || {
        free(of_each_size(64));
        HEAP.leave();
    };
    thread::spawn(fill).join().unwrap();

    // The last number in the table.
    let in_shared_lists = || format!("{HEAP:?}").rsplit(' ').next().map(str::to_owned);
    let blocks = of_each_size(1);
    let before = in_shared_lists();
    free(blocks);
    assert_eq!(in_shared_lists(), before);
}

/// A thread keeps blocks of four chunks in lists, and those that it took itself, up to a 32nd of the region.
/// With one block more, it gives them all to others.
#[test]
fn a_thread_keeps_a_part_of_the_region() {
    fn keeps<const SIZE: usize>(heap: &'static Heap<SIZE>, taken: usize, most: usize) {
        let turn = Barrier::new(2);
        let is_served = thread::scope(|scope| {
            scope.spawn(|| {
                let blocks = || core::iter::from_fn(|| take(heap, 64, 8, 1));
                let mut all: Vec<_> = blocks().take(taken / 64).collect();
                all.extend(
                    thread::spawn(move || blocks().collect::<Vec<_>>())
                        .join()
                        .unwrap(),
                );
                for count in [most / 64, 1] {
                    all.drain(..count).for_each(|block| block.free(heap));
                    turn.wait();
                    turn.wait();
                }
            });
            [(); 2].map(|()| {
                turn.wait();
                let block = take(heap, 64, 8, 2);
                turn.wait();
                block.is_some()
            })
        });
        assert_eq!(is_served, [false, true], "{taken} of {SIZE} bytes");
    }

    static SMALL: Heap<{ 1 << 13 }> = Heap::new(Bump::uninit());
    keeps(&SMALL, CHUNK, 4 * CHUNK);
    if !cfg!(miri) {
        // From chunks, and from the shared lists.
        static LITTLE: Heap<{ 1 << 19 }> = Heap::new(Bump::uninit());
        keeps(&LITTLE, 6 * CHUNK, (4 + 5) * CHUNK);
        static MUCH: Heap<{ 1 << 18 }> = Heap::new(Bump::uninit());
        let blocks = (0..20 * CHUNK / 64).map(|_| take(&MUCH, 64, 8, 1).unwrap());
        let blocks: Vec<_> = blocks.collect();
        blocks.into_iter().for_each(|block| block.free(&MUCH));
        MUCH.leave();
        keeps(&MUCH, 20 * CHUNK, (1 << 18) / 32);
    }
}

/// A thread that has never asked for a block keeps those that it frees, too, and leaves them when it ends.
#[test]
fn a_thread_that_only_frees_has_memory() {
    static HEAP: Heap<{ 4 * CHUNK }> = Heap::new(Bump::uninit());
    let blocks = || core::iter::from_fn(|| take(&HEAP, 64, 8, 1));
    let all: Vec<_> = blocks().collect();
    let (count, turn) = (all.len(), Barrier::new(2));
    let early = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            all.into_iter().for_each(|block| block.free(&HEAP));
            turn.wait();
            turn.wait();
        });
        turn.wait();
        let early = blocks().count();
        turn.wait();
        // Up to its very end, for which a scope does not wait by itself.
        thread.join().unwrap();
        early
    });
    // The first one finds no room yet.
    assert!(early <= 1, "{early} of {count} blocks");
    assert_eq!(early + blocks().count(), count);
}

/// A block that one thread after the other frees.
#[test]
fn blocks_travel_around() {
    static HEAP: Heap<{ 1 << 16 }> = Heap::new(Bump::uninit());
    let rounds = if cfg!(miri) { 100 } else { 20_000 };
    thread::scope(|scope| {
        let (first, mut receiver) = channel::<Block>();
        for n in 1..4 {
            let (sender, next) = channel::<Block>();
            let before = core::mem::replace(&mut receiver, next);
            scope.spawn(move || {
                for block in before {
                    block.free(&HEAP);
                    sender.send(take(&HEAP, 48, 8, n).unwrap()).unwrap();
                }
            });
        }
        for _ in 0..10 {
            first.send(take(&HEAP, 48, 8, 0).unwrap()).unwrap();
        }
        for _ in 0..rounds {
            receiver.recv().unwrap().free(&HEAP);
            first.send(take(&HEAP, 48, 8, 0).unwrap()).unwrap();
        }
        drop(first);
        for block in receiver {
            block.free(&HEAP);
        }
    });
    assert!(used(&HEAP) <= 10 * 48 + 4 * 5 * CHUNK);
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
                        0..3 => blocks.extend(take(heap, size, 1 << below(7), fill)),
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
