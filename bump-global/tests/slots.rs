//! Slots of threads, which are of the process: so these tests are in one of their own, and come one
//! after the other.

#![cfg(feature = "std")]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;

use bump_global::{Bump, PerThread};

const CHUNK: usize = 1024;
type Heap<const SIZE: usize> = PerThread<Bump<[u64; SIZE]>, CHUNK>;

/// As many threads as can have memory for themselves.
const SLOTS: usize = usize::BITS as usize;

/// Runs a test while no other one runs, on a thread that ends with it.
fn alone(test: impl FnOnce() + Send + 'static) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    elsewhere(1 << 20, test);
}

const LAYOUT: Layout = Layout::new::<[u64; 8]>();

/// Takes some blocks, writes to each, and frees them, oldest first.
fn take_and_free<R>(heap: &impl GlobalAlloc, number: usize, fill: u8, between: impl FnOnce() -> R) {
    let blocks: Vec<_> = (0..number)
        .map(|_| {
            // SAFETY: not 0 bytes.
            let block = unsafe { heap.alloc(LAYOUT) };
            assert!(!block.is_null());
            // SAFETY: the block has so many bytes.
            unsafe { block.write_bytes(fill, LAYOUT.size()) };
            block
        })
        .collect();
    between();
    for block in blocks {
        for offset in 0..LAYOUT.size() {
            // SAFETY: in the block.
            let byte = unsafe { block.add(offset) };
            // SAFETY: as above; it was filled.
            assert_eq!(unsafe { byte.read() }, fill);
        }
        // SAFETY: it is from this heap, and not used any more.
        unsafe { heap.dealloc(block, LAYOUT) };
    }
}

/// Runs a job on a thread of its own, with a stack of its own size, up to its very end.
fn elsewhere(stack: usize, job: impl FnOnce() + Send + 'static) {
    let builder = thread::Builder::new().stack_size(stack);
    builder.spawn(job).unwrap().join().unwrap();
}

/// Runs jobs at the same time, each on a thread of its own, up to the very ends of the threads, for
/// which a scope does not wait by itself.
fn together<R: Send, const N: usize>(jobs: [&(dyn Fn() -> R + Sync); N]) -> [R; N] {
    thread::scope(|scope| {
        let threads = jobs.map(|job| scope.spawn(job));
        threads.map(|thread| thread.join().unwrap())
    })
}

#[test]
fn a_thousand_threads_one_at_a_time_have_one_after_the_other() {
    static HEAP: Heap<8192> = Heap::new(Bump::uninit());
    alone(|| {
        for n in 0..if cfg!(miri) { 10 } else { 1000 } {
            elsewhere((64 + n % 50 * 16) << 10, || {
                take_and_free(&HEAP, 15, 1, || {});
            });
            // All of them go on with what the first one left.
            assert_eq!(HEAP.region().used(), CHUNK, "thread {n}");
        }
    });
}

#[test]
fn more_threads_than_slots_share_the_lists() {
    static HEAP: Heap<32768> = Heap::new(Bump::uninit());
    alone(|| {
        let threads = SLOTS + if cfg!(miri) { 2 } else { 20 };
        let all = Barrier::new(threads);
        thread::scope(|scope| {
            let all = &all;
            let job = |n| {
                move || {
                    for _ in 0..if cfg!(miri) { 1 } else { 100 } {
                        let wait = || all.wait();
                        take_and_free(&HEAP, 20, u8::try_from(n).unwrap(), wait);
                    }
                }
            };
            let threads: Vec<_> = (0..threads).map(|n| scope.spawn(job(n))).collect();
            // Up to their very ends, for which a scope does not wait by itself.
            for thread in threads {
                thread.join().unwrap();
            }
        });
        let used = HEAP.region().used();
        assert!(used >= SLOTS * CHUNK, "a chunk for each thread with a slot");
        assert!(used <= 2 * threads * 20 * LAYOUT.size(), "{used}");
    });
}

/// A thread that had no slot gets one when another thread has ended.
#[test]
fn a_slot_that_is_given_back_serves_a_thread_that_waits_for_it() {
    static HEAP: Heap<32768> = Heap::new(Bump::uninit());
    alone(|| {
        let turns = &Barrier::new(SLOTS + 1);
        thread::scope(|scope| {
            let owners: Vec<_> = (0..SLOTS)
                .map(|_| {
                    scope.spawn(|| {
                        take_and_free(&HEAP, 1, 1, || turns.wait());
                    })
                })
                .collect();
            turns.wait();
            for owner in owners {
                owner.join().unwrap();
            }
        });
        let before = HEAP.region().used();
        take_and_free(&HEAP, 10, 2, || {});
        assert_eq!(HEAP.region().used(), before);
    });
}

/// A thread that collects for one heap has slots in hand whose entries in another heap have memory.
#[test]
fn a_full_heap_beside_another_full_one_gets_what_ended_threads_left() {
    static OTHER: Heap<4096> = Heap::new(Bump::uninit());
    const ALL: Layout = Layout::new::<[u64; 4096]>();
    fn allocate(heap: &Heap<4096>, layout: Layout) -> bool {
        // SAFETY: not 0 bytes.
        !unsafe { heap.alloc(layout) }.is_null()
    }
    alone(|| {
        let is_over = AtomicBool::new(false);
        assert!(allocate(&OTHER, ALL));
        let refused = together([
            &|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert!(!allocate(&OTHER, LAYOUT));
                }
                0
            },
            &|| {
                let refused = (0..if cfg!(miri) { 2 } else { 200 })
                    .filter(|_| {
                        let heap = Heap::new(Bump::uninit());
                        let all = Barrier::new(8);
                        let take = || take_and_free(&heap, 1, 1, || all.wait());
                        together([&take as &(dyn Fn() + Sync); 8]);
                        !allocate(&heap, ALL)
                    })
                    .count();
                is_over.store(true, Ordering::Relaxed);
                refused
            },
        ]);
        assert_eq!(refused, [0, 0]);
    });
}
