//! Pools: what is allocated outlives the threads, memory is kept, and no arena is in two hands.
#![cfg(feature = "std")]

use core::panic::AssertUnwindSafe;
use std::alloc::System;
use std::collections::HashSet;
use std::panic;
use std::sync::Barrier;
use std::thread;

use bump_global::Tracked;
use bump_local::Pool;

const THREADS: usize = if cfg!(miri) { 3 } else { 8 };
const ROUNDS: usize = if cfg!(miri) { 5 } else { 1000 };

/// The bytes that all arenas have for blocks.
fn allocated(pool: &mut Pool) -> usize {
    pool.arenas().map(|arena| arena.allocated_bytes()).sum()
}

#[test]
fn values_outlive_the_threads_that_made_them() {
    let pool = Pool::new();
    let lists: Vec<&mut [usize]> = thread::scope(|threads| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let pool = &pool;
                threads.spawn(move || {
                    let lists = (0..ROUNDS).map(move |round| {
                        let arena = pool.get();
                        arena
                            .alloc_slice_fill_with(round % 7, |i| (thread * ROUNDS + round) * 7 + i)
                    });
                    lists.collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let numbers: HashSet<usize> = lists.iter().flat_map(|list| list.iter().copied()).collect();
    assert_eq!(numbers.len(), lists.iter().map(|list| list.len()).sum());
    assert!(
        lists
            .iter()
            .all(|list| list.windows(2).all(|two| two[0] + 1 == two[1]))
    );
}

#[test]
fn there_are_as_many_arenas_as_were_lent_at_once() {
    let mut pool = Pool::new();
    let all_have_one = Barrier::new(THREADS);
    thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for _ in 0..ROUNDS {
                    pool.get().alloc(1);
                }
                let arena = pool.get();
                all_have_one.wait();
                arena.alloc(2);
            });
        }
    });
    assert_eq!(pool.arenas().count(), THREADS);
}

#[test]
fn an_idle_arena_serves_every_thread() {
    let mut pool = Pool::new();
    // More threads than the pool has lists.
    for _ in 0..20 {
        thread::scope(|threads| {
            threads.spawn(|| pool.get().alloc(1_u8));
        });
    }
    let used: Vec<_> = pool.arenas().map(|arena| arena.used_bytes()).collect();
    assert_eq!(used, [20]);
    thread::scope(|threads| {
        threads.spawn(|| pool.get().alloc(1_u8));
    });
    assert_eq!(pool.arenas().count(), 1);
}

#[test]
fn memory_is_kept() {
    let mut pool = Pool::new();
    let mut round = || {
        let arenas = [pool.get(), pool.get()];
        for arena in &arenas {
            (0..1000).for_each(|i: u64| assert_eq!(*arena.alloc(i), i));
        }
        drop(arenas);
        pool.reset();
        assert_eq!(
            pool.arenas().map(|arena| arena.used_bytes()).sum::<usize>(),
            0
        );
        allocated(&mut pool)
    };
    let first = round();
    assert!(first >= 2 * 8000);
    assert!((0..10).all(|_| round() == first));
}

#[test]
fn the_arena_that_was_returned_last_is_lent_next() {
    let mut pool = Pool::new();
    let (one, two) = (pool.get(), pool.get());
    let end_of_one = core::ptr::from_ref(one.alloc(1_u8));
    drop(two);
    drop(one);
    assert_eq!(
        core::ptr::from_ref(pool.get().alloc(1_u8)),
        end_of_one.wrapping_add(1)
    );
    assert_eq!(pool.arenas().count(), 2);
}

#[test]
fn a_forgotten_arena_comes_back_when_the_pool_is_reset() {
    let mut pool = Pool::new();
    let text = {
        let arena = pool.get();
        let text = arena.alloc_str("kept");
        core::mem::forget(arena);
        text
    };
    pool.get().alloc_str("in another arena");
    assert_eq!(text, "kept");
    assert_eq!(pool.arenas().count(), 2);
    pool.reset();
    drop([pool.get(), pool.get()]);
    assert_eq!(pool.arenas().count(), 2);
}

#[test]
fn each_arena_is_lent_once_after_the_pool_was_borrowed_uniquely() {
    let mut pool = Pool::new();
    for count in 5..8 {
        let arenas: Vec<_> = (0..count).map(|_| pool.get()).collect();
        let places = arenas
            .iter()
            .map(|arena| core::ptr::from_ref(arena.as_arena()));
        assert_eq!(places.collect::<HashSet<_>>().len(), count);
        drop(arenas);
        pool.reset();
        assert_eq!(pool.arenas().count(), count);
    }
}

#[test]
fn a_task_that_unwinds_returns_its_arena() {
    let mut pool = Pool::new();
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut arena = pool.get();
        arena.alloc(1);
        arena.scope(|scope| {
            scope.alloc(2);
            panic!("on purpose");
        })
    }));
    assert!(result.is_err());
    assert_eq!(*pool.get().alloc(3), 3);
    assert_eq!(pool.arenas().count(), 1);
}

#[test]
fn scopes_free_their_own_blocks_only() {
    let mut pool = Pool::new();
    let mut arena = pool.get();
    let before = arena.alloc_str("before");
    let sum: u32 = arena.scope(|scope| {
        let numbers = scope.alloc_slice_fill_iter(0..100);
        // The same thread may take another one meanwhile.
        assert_eq!(*pool.get().alloc(1), 1);
        numbers.iter().sum()
    });
    let after = arena.alloc_str("after");
    drop(arena);
    assert_eq!((sum, &*before, &*after), (4950, "before", "after"));
    assert_eq!(
        pool.arenas().map(|arena| arena.used_bytes()).sum::<usize>(),
        6 + 5 + 4
    );
}

#[test]
fn all_arenas_take_their_chunks_from_the_base_of_the_pool() {
    static BASE: Tracked<System> = Tracked::new(System);
    let mut pool = Pool::new_in(&BASE);
    let arenas = [pool.get(), pool.get()];
    for arena in &arenas {
        arena.alloc([1_u8; 5000]);
    }
    drop(arenas);
    assert!(BASE.statistics().in_use > 10_000);
    pool.arenas().for_each(|arena| arena.release_memory());
    assert!((1..2000).contains(&BASE.statistics().in_use));
    pool.get().alloc([1_u8; 5000]);
    drop(pool);
    assert_eq!(BASE.statistics().in_use, 0);
}

#[test]
fn an_arena_can_be_exchanged_while_none_is_lent() {
    let mut pool = Pool::<8>::with_min_align();
    pool.get().alloc(1);
    let full = pool.arenas().map(core::mem::take).next().unwrap();
    assert!(full.used_bytes() > 0);
    assert_eq!(*pool.get().alloc(2), 2);
    assert_eq!(pool.arenas().count(), 1);
}
