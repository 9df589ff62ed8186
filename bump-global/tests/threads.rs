//! Several threads on one heap: each fills and checks its blocks, hands some to others, and what
//! they were given never overlaps.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::alloc::System;
use std::sync::{Barrier, mpsc};
use std::thread;

use bump_global::{Bump, Fallback, Owns as _, Region, Tracked};

const THREADS: usize = 4;
const ROUNDS: usize = if cfg!(miri) { 40 } else { 20_000 };

/// Numbers that are random enough, and the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("less than a `usize`")
    }

    fn layout(&mut self) -> Layout {
        Layout::from_size_align(1 + self.below(100), 1 << self.below(7)).expect("small")
    }
}

/// A block that is filled with one value.
struct Block {
    start: NonNull<u8>,
    layout: Layout,
    value: u8,
}

// SAFETY: the block is this thread's alone.
unsafe impl Send for Block {}

impl Block {
    fn new(heap: &impl GlobalAlloc, layout: Layout, value: u8) -> Option<Self> {
        // SAFETY: not 0 bytes.
        let start = NonNull::new(unsafe { heap.alloc(layout) })?;
        assert_eq!(start.addr().get() % layout.align(), 0);
        let mut block = Block {
            start,
            layout,
            value,
        };
        block.fill(0);
        Some(block)
    }

    /// Fills the bytes from the first on.
    fn fill(&mut self, first: usize) {
        let rest = self.layout.size() - first;
        // SAFETY: in bounds of the block.
        let start = unsafe { self.start.add(first) };
        // SAFETY: as many bytes are left.
        unsafe { start.write_bytes(self.value, rest) };
    }

    fn check(&self, bytes: usize) {
        // SAFETY: the block has at least as many bytes, which were filled.
        let bytes = unsafe { core::slice::from_raw_parts(self.start.as_ptr(), bytes) };
        assert!(bytes.iter().all(|&byte| byte == self.value));
    }

    fn resize(&mut self, heap: &impl GlobalAlloc, size: usize) {
        // SAFETY: the block is from this heap; the new layout is small and not empty.
        let resized = unsafe { heap.realloc(self.start.as_ptr(), self.layout, size) };
        let Some(resized) = NonNull::new(resized) else {
            return self.check(self.layout.size());
        };
        let kept = size.min(self.layout.size());
        self.start = resized;
        self.layout = Layout::from_size_align(size, self.layout.align()).expect("small");
        self.check(kept);
        self.fill(kept);
    }

    fn free(self, heap: &impl GlobalAlloc) {
        self.check(self.layout.size());
        // SAFETY: from this heap with this layout, and not used any more.
        unsafe { heap.dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Lets threads allocate, resize, free, and send blocks to the next thread, which frees them.
fn exercise(heap: &(impl GlobalAlloc + Sync), rounds: usize) {
    let (mut senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| mpsc::channel()).unzip();
    senders.rotate_left(1);
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for (id, (next, receiver)) in senders.into_iter().zip(receivers).enumerate() {
            let barrier = &barrier;
            scope.spawn(move || {
                let mut random = Random(0x9e37_79b9_7f4a_7c15 + id as u64);
                let mut blocks: Vec<Block> = Vec::new();
                let mut value = u8::try_from(id).expect("few threads");
                barrier.wait();
                for _ in 0..rounds {
                    value = value.wrapping_add(17);
                    match random.below(6) {
                        0 | 1 => blocks.extend(Block::new(heap, random.layout(), value)),
                        2 => {
                            if let Some(last) = blocks.last_mut() {
                                last.resize(heap, 1 + random.below(200));
                            }
                        }
                        3 if !blocks.is_empty() => {
                            let any = random.below(blocks.len());
                            blocks.swap_remove(any).free(heap);
                        }
                        4 => {
                            if let Some(last) = blocks.pop() {
                                next.send(last).expect("the others wait for the end");
                            }
                        }
                        _ => {
                            if let Some(last) = blocks.pop() {
                                last.free(heap);
                            }
                        }
                    }
                    for sent in receiver.try_iter() {
                        sent.free(heap);
                    }
                }
                blocks.into_iter().for_each(|block| block.free(heap));
                // All that were sent, until the other thread has no more to send, or has panicked.
                drop(next);
                receiver.iter().for_each(|sent| sent.free(heap));
            });
        }
    });
}

#[test]
fn threads_fill_and_check_their_blocks() {
    static HEAP: Bump<[u8; 1 << 20]> = Bump::uninit();
    exercise(&HEAP, ROUNDS);
    assert!(HEAP.used() > 0);
}

#[test]
fn threads_race_for_the_last_bytes() {
    // So small that it is exhausted all the time, and given back so often that it is used again.
    for _ in 0..if cfg!(miri) { 2 } else { 50 } {
        let heap: Bump<[u8; 512]> = Bump::uninit();
        exercise(&heap, ROUNDS / 50);
    }
}

#[test]
fn each_thread_gets_one() {
    static BUMP: Bump<[u64; 10]> = Bump::uninit();
    let mut values: Vec<&'static mut u64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..10_u64)
            .map(|i| scope.spawn(move || BUMP.leak(i).expect("one for each")))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"))
            .collect()
    });
    assert!(BUMP.leak(0_u64).is_err());
    values.sort();
    assert!(values.iter().map(|value| **value).eq(0..10));
}

#[test]
fn statistics_are_exact_once_the_threads_rest() {
    let heap = Tracked::new(System);
    exercise(&heap, ROUNDS);
    let statistics = heap.statistics();
    assert_eq!(statistics.in_use, 0);
    assert_eq!(statistics.failed, 0);
    assert!(statistics.allocations > 0);
    assert!(statistics.peak > 0);

    // Blocks from several threads, all in use at a time.
    let heap = Tracked::new(System);
    let layout = Layout::new::<[u8; 40]>();
    let take = || -> Vec<_> {
        (0..100)
            .filter_map(|_| Block::new(&heap, layout, 1))
            .collect()
    };
    let blocks: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(take)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no thread panics"))
            .collect()
    });
    blocks.into_iter().for_each(|block| block.free(&heap));
    let statistics = heap.statistics();
    assert_eq!(statistics.in_use, 0);
    assert_eq!(statistics.peak, THREADS * 100 * 40);
    assert_eq!(statistics.allocations, THREADS * 100);
}

#[test]
fn blocks_find_their_way_home() {
    // So little that the few rounds of an interpreter fill both.
    const FIRST: usize = if cfg!(miri) { 1 << 6 } else { 1 << 10 };
    const SECOND: usize = 2 * FIRST;
    type Slow = Fallback<Tracked<Region>, Tracked<System>>;
    static HEAP: Fallback<Tracked<Bump<[u8; FIRST]>>, Slow> = Fallback::new(
        Tracked::new(Bump::uninit()),
        Fallback::new(Tracked::new(Region::empty()), Tracked::new(System)),
    );
    static MEMORY: Bump<[u8; SECOND]> = Bump::uninit();
    let memory = MEMORY.get_uninit_slice(SECOND).expect("all of it");
    HEAP.secondary()
        .primary()
        .allocator()
        .init(memory)
        .expect("the first");
    exercise(&HEAP, ROUNDS);
    for statistics in [
        HEAP.primary().statistics(),
        HEAP.secondary().primary().statistics(),
        HEAP.secondary().secondary().statistics(),
    ] {
        assert!(statistics.allocations > 0);
        assert_eq!(statistics.in_use, 0);
    }
}

#[test]
fn one_hand_over_wins_and_requests_race_with_it() {
    static MEMORY: Bump<[u8; 1 << 16]> = Bump::uninit();
    const EACH: usize = 1 << 10;
    for _ in 0..if cfg!(miri) { 2 } else { 16 } {
        let region = Region::empty();
        let barrier = Barrier::new(2 * THREADS);
        let winners = AtomicUsize::new(0);
        thread::scope(|scope| {
            for id in 0..THREADS {
                let (region, barrier) = (&region, &barrier);
                let winners = &winners;
                scope.spawn(move || {
                    let memory = MEMORY.get_uninit_slice(EACH).expect("enough for all");
                    let value = u8::try_from(id).expect("few threads");
                    memory.fill(MaybeUninit::new(value));
                    barrier.wait();
                    match region.init(memory) {
                        Ok(()) => {
                            winners.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(refused) => {
                            let memory = refused.into_inner();
                            assert_eq!(memory.len(), EACH);
                            // Nobody else has it.
                            memory.fill(MaybeUninit::new(0));
                        }
                    }
                });
                scope.spawn(move || {
                    barrier.wait();
                    let layout = Layout::new::<[u8; 10]>();
                    let mut blocks = Vec::new();
                    loop {
                        // Read first: once it is true, a request must see the memory. The loop ends
                        // with the first request that was refused after that.
                        let had_memory = region.capacity() != 0;
                        match Block::new(region, layout, 1) {
                            Some(block) => blocks.push(block),
                            None if had_memory => break,
                            None => thread::yield_now(),
                        }
                    }
                    assert!(blocks.iter().all(|block| region.owns(block.start)));
                    blocks.iter().for_each(|block| block.check(10));
                });
            }
        });
        assert_eq!(winners.into_inner(), 1);
        assert_eq!(region.capacity(), EACH);
        assert!(region.remaining() < 10);
    }
}
