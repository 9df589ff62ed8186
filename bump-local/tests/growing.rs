//! How arenas get memory and return it: a base of the program's, room in advance, chunks that were
//! not used for some rounds, the peak.
#![cfg(feature = "alloc")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr;
use std::alloc::System;

use bump_core::RawAlloc as _;
use bump_global::{Bump, Fallback, Recycling, Region, Tracked};
use bump_local::{Arena, ChunkStats};

type Counting = Tracked<System>;

fn in_use(base: &Counting) -> usize {
    base.statistics().in_use
}

fn chunks(arena: &mut Arena<'_>) -> Vec<ChunkStats> {
    arena.chunks().collect()
}

/// The figures are those of the base, and agree with each other.
fn check(arena: &mut Arena<'_>, base: &Counting) {
    let taken: usize = chunks(arena).iter().map(|chunk| chunk.taken).sum();
    assert_eq!(taken, arena.allocated_bytes_including_metadata());
    assert_eq!(taken, in_use(base));
    assert!(arena.peak_allocated_bytes() >= taken);
    let used: usize = chunks(arena).iter().map(|chunk| chunk.used).sum();
    assert_eq!(used, arena.used_bytes());
}

#[test]
fn all_chunks_come_from_the_base_and_return_to_it() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    assert_eq!(in_use(&base), 0);
    for number in 0..2000_u64 {
        assert_eq!(*arena.alloc(number), number);
        arena.scratch(|scratch| {
            scratch.alloc(number);
        });
    }
    arena.alloc([1_u8; 5000]);
    check(&mut arena, &base);
    assert!(in_use(&base) > 16_000);
    // An arena that moves, and is sent, keeps its base.
    let mut arena = std::thread::scope(|threads| {
        let grow = move || {
            arena.alloc_slice_fill_default::<u8>(100_000);
            arena
        };
        threads.spawn(grow).join().unwrap()
    });
    check(&mut arena, &base);
    arena.reset();
    check(&mut arena, &base);
    arena.release_memory();
    assert_eq!(in_use(&base), 0);
    arena.alloc(1);
    assert!(in_use(&base) > 0);
    drop(arena);
    assert_eq!(in_use(&base), 0);
}

#[test]
fn any_heap_is_a_base() {
    fn fill(base: &(dyn GlobalAlloc + Sync)) -> usize {
        let mut arena = Arena::new_in(base);
        let mut filled = 0;
        while let Ok(block) = arena.try_alloc([1_u8; 50]) {
            assert_eq!(block[49], 1);
            filled += 50;
            if filled > 10_000 {
                break;
            }
        }
        arena.reset();
        assert_eq!(arena.try_alloc(1).is_ok(), filled > 0);
        filled
    }
    // Chunks that do not fit any more are halved, so little of a heap is left over.
    // Aligned as the chunks are: no padding is in front of the first one.
    #[repr(align(16))]
    struct Storage(#[expect(dead_code, reason = "it is there to be large")] [u8; 4096]);
    let bump: Bump<Storage> = Bump::uninit();
    assert!((3500..4096).contains(&fill(&bump)));
    // The chunks came back, the last first.
    assert_eq!(bump.used(), 0);
    static REGION: Region = Region::empty();
    assert_eq!(fill(&REGION), 0);
    let recycling = Recycling::<Bump<[u64; 512]>>::new(Bump::uninit());
    let first = fill(&recycling);
    assert!(first > 2000, "{first}");
    assert_eq!(fill(&recycling), first);
    assert!(fill(&Fallback::new(Bump::<[u64; 128]>::uninit(), System)) > 10_000);
}

#[test]
fn a_limit_and_a_buffer_go_with_a_base() {
    let base = Counting::new(System);
    let mut buffer = [const { MaybeUninit::uninit() }; 256];
    let mut arena = Arena::new_in(&base);
    arena.add_mem(&mut buffer);
    arena.alloc([1_u8; 100]);
    assert_eq!(in_use(&base), 0);
    arena.set_allocation_limit(Some(1000));
    while arena.try_alloc([1_u8; 100]).is_ok() {}
    assert!((600..=1000).contains(&in_use(&base)));
    let taken: Vec<bool> = chunks(&mut arena)
        .iter()
        .map(|chunk| chunk.taken > 0)
        .collect();
    assert_eq!(taken[..2], [false, true]);
    arena.release_memory();
    assert_eq!((in_use(&base), chunks(&mut arena).len()), (0, 1));
}

#[test]
fn an_arena_over_another_base_is_not_appended() {
    static ONE: Counting = Counting::new(System);
    static OTHER: Counting = Counting::new(System);
    let make = |base: &'static Counting| {
        let arena = Arena::new_in(base);
        arena.reserve(10_000);
        arena
    };
    let mut arena = make(&ONE);
    arena.append(make(&ONE));
    assert_eq!(arena.chunks().count(), 2);
    check(&mut arena, &ONE);
    arena.append(make(&OTHER));
    arena.append(Arena::with_capacity(10_000));
    assert_eq!(arena.chunks().count(), 2);
    assert_eq!(in_use(&OTHER), 0);
    check(&mut arena, &ONE);
    // Nor has the global allocator become the base of anything.
    let plain = Arena::with_capacity(100);
    let taken = plain.allocated_bytes_including_metadata();
    plain.append(arena);
    assert_eq!(plain.allocated_bytes_including_metadata(), taken);
    assert_eq!(in_use(&ONE), 0);
}

#[test]
fn a_chunk_that_was_passed_over_is_appended_too() {
    static BASE: Counting = Counting::new(System);
    let mut other = Arena::new_in(&BASE);
    for size in [100, 1000, 5000] {
        other.alloc_slice_uninit::<u8>(size);
    }
    other.reset();
    other.alloc_slice_uninit::<u8>(3000);
    let mut arena = Arena::new_in(&BASE);
    arena.append(other);
    assert_eq!(arena.chunks().count(), 3);
    check(&mut arena, &BASE);
    drop(arena);
    assert_eq!(in_use(&BASE), 0);
}

#[test]
fn a_full_arena_grows_again_when_unused_chunks_were_returned() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    arena.alloc([1_u8; 100]);
    arena.alloc([1_u8; 20_000]);
    arena.reset();
    let small = arena.chunk_capacity();
    // The second chunk is large for what is in it, the third is full.
    for size in [small, 100, 19_990] {
        arena.alloc_slice_uninit::<u8>(size);
    }
    arena.set_allocation_limit(Some(in_use(&base)));
    assert!(arena.try_alloc([1_u8; 100]).is_err());
    arena.reset();
    let before = in_use(&base);
    arena.release_unused(1);
    assert!((20_000..21_000).contains(&(before - in_use(&base))));
    for size in [small, 19_990, 100] {
        assert!(arena.try_alloc_slice_uninit::<u8>(size).is_ok(), "{size}");
    }
    check(&mut arena, &base);
}

#[test]
fn allocators_without_bytes_are_told_apart() {
    struct None;
    // SAFETY: there is never memory.
    unsafe impl GlobalAlloc for None {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            ptr::null_mut()
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
            unreachable!("nothing was allocated");
        }
    }
    let none = Arena::new_in(&None);
    assert!(none.try_alloc(1).is_err());
    let some = Arena::new_in(&System);
    some.reserve(1000);
    none.append(some);
    assert!(none.try_alloc(1).is_err());
}

#[test]
fn what_is_reserved_is_there() {
    for first in [0, 1, 100, 500, 5000] {
        let base = Counting::new(System);
        let mut arena = Arena::new_in(&base);
        arena.alloc_slice_fill_default::<u8>(first);
        for reserve in [1_usize, 7, 400, 1000, 10_000, 100_000] {
            arena.reserve(reserve);
            let taken = in_use(&base);
            let mut left = reserve;
            while left > 0 {
                let size = left.min(1 + left / 3);
                arena.alloc_slice_fill_default::<u8>(size);
                left -= size;
            }
            assert_eq!(in_use(&base), taken, "{first} {reserve}");
            check(&mut arena, &base);
        }
    }
}

#[test]
fn reserving_again_takes_nothing() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    arena.reserve(10_000);
    let taken = in_use(&base);
    arena.reserve(10_000);
    arena.reserve(0);
    arena.alloc([1_u8; 100]);
    arena.reset();
    arena.reserve(10_000);
    // The room may be in a spare chunk.
    arena.alloc([1_u8; 9000]);
    arena.reserve(1001);
    assert!(in_use(&base) > taken);
    arena.reset();
    let taken = in_use(&base);
    for _ in 0..100 {
        arena.reserve(10_000);
        arena.reserve(2000);
    }
    assert_eq!(in_use(&base), taken);
    check(&mut arena, &base);
}

#[test]
fn room_that_cannot_be_had_is_refused_and_nothing_is_lost() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    arena.set_allocation_limit(Some(2000));
    let kept = &*arena.alloc(7);
    for bytes in [2000, usize::MAX, usize::MAX / 2, isize::MAX as usize] {
        assert!(arena.try_reserve(bytes).is_err());
    }
    assert!(arena.try_reserve(1000).is_ok());
    assert_eq!(*kept, 7);
    check(&mut arena, &base);
    // Without memory at all.
    assert!(Arena::from_mem(&mut []).try_reserve(1).is_err());
    assert!(Arena::from_mem(&mut []).try_reserve(0).is_ok());
}

#[test]
fn a_spike_is_given_up_after_some_rounds() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    let mut round = |size: usize| {
        for _ in 0..100 {
            arena.alloc_slice_fill_default::<u8>(40);
        }
        // One that is alone in its chunk, and several that fill some.
        arena.alloc_slice_fill_default::<u8>(size);
        for _ in 0..size / 1000 {
            arena.alloc_slice_fill_default::<u8>(1000);
        }
        arena.reset();
        arena.release_unused(5);
        check(&mut arena, &base);
        in_use(&base)
    };
    let small = (0..20).map(|_| round(0)).last().unwrap();
    for _ in 0..3 {
        let large = round(1_000_000);
        assert!(large > 2_000_000);
        for _ in 0..4 {
            assert!(round(0) > large / 2);
        }
        assert!((0..2).map(|_| round(0)).last() <= Some(2 * small));
    }
    // Regular chunks are small again, too.
    assert!(round(10_000) < 100_000);
}

#[test]
fn memory_that_each_round_needs_is_kept() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    let sizes = [1000_usize, 60, 20_000, 300, 5000];
    for rounds in [1, 2, 10] {
        let mut round = |which: usize| {
            // In scopes as well, whose blocks are gone when the round ends.
            arena.scope(|scope| {
                for size in &sizes[..which] {
                    scope.alloc_slice_fill_default::<u8>(*size);
                }
            });
            arena.release_unused(rounds);
        };
        (0..sizes.len()).for_each(|_| round(sizes.len()));
        let requests = base.statistics().allocations;
        for n in 0..20 {
            // One of `rounds` rounds is large.
            round(if n % rounds == 0 { sizes.len() } else { 1 });
        }
        assert_eq!(base.statistics().allocations, requests, "{rounds}");
        check(&mut arena, &base);
    }
}

#[test]
fn a_chunk_of_which_each_round_needs_little_is_kept() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    for _ in 0..5 {
        arena.alloc([1_u8; 400]);
        // A few bytes in the second chunk, which is twice as large as the first.
        arena.alloc([1_u8; 100]);
        arena.reset();
        arena.release_unused(1);
    }
    assert_eq!(
        (base.statistics().allocations, chunks(&mut arena).len()),
        (2, 2)
    );
}

#[test]
fn all_that_is_not_in_use_can_be_returned_at_once() {
    let base = Counting::new(System);
    let mut buffer = [const { MaybeUninit::uninit() }; 512];
    let mut arena = Arena::new_in(&base);
    arena.release_unused(0);
    arena.alloc([1_u8; 400]);
    let before = in_use(&base);
    arena.add_mem(&mut buffer);
    let kept = arena.scope(|scope| {
        scope.alloc([2_u8; 10_000]);
        scope.alloc([2_u8; 30_000]);
        in_use(&base)
    });
    assert!(kept > 40_000);
    let number = arena.alloc([3_u8; 8]);
    arena.release_unused(0);
    assert_eq!(number, &[3; 8]);
    assert_eq!((in_use(&base), chunks(&mut arena).len()), (before, 2));
    check(&mut arena, &base);
}

#[test]
fn chunks_are_returned_while_a_scratch_is_open() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    arena.alloc([1_u8; 400]);
    arena.scope(|scope| scope.alloc_slice_fill_default::<u8>(10_000).len());
    arena.scratch(|scratch| {
        let text = scratch.alloc_str("temporary");
        arena.release_unused(0);
        let result = arena.alloc([4_u8; 2000]);
        arena.release_unused(0);
        assert_eq!((&*text, result[1999]), ("temporary", 4));
    });
    arena.release_unused(0);
    assert_eq!(arena.alloc([5_u8; 100])[99], 5);
    check(&mut arena, &base);
}

/// A base that keeps a log in the very arena that returns a chunk to it.
#[test]
fn a_base_may_allocate_in_the_arena() {
    struct Logs;

    thread_local! {
        static ARENA: Arena<'static> = const { Arena::new_in(&Logs) };
        /// The bytes of the next note, 0 for none.
        static NEXT: Cell<usize> = const { Cell::new(0) };
        /// The address of the note.
        static NOTE: Cell<usize> = const { Cell::new(0) };
        static IS_LOST: Cell<bool> = const { Cell::new(false) };
    }

    // SAFETY: the blocks are those of `System`.
    unsafe impl GlobalAlloc for Logs {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            let note = NEXT.replace(0);
            if note > 0 {
                ARENA.with(|arena| {
                    let note = arena.try_alloc_slice_fill_copy(note, 0_u8);
                    NOTE.set(note.map_or(0, |note| note.as_ptr().addr()));
                });
            }
            let chunk = block.addr()..block.addr() + layout.size();
            IS_LOST.set(IS_LOST.get() || chunk.contains(&NOTE.get()));
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(block, layout) };
        }
    }

    ARENA.with(|arena| {
        arena.alloc([1_u8; 400]);
        arena.scratch(|scratch| {
            for size in [10_000, 20_000, 40_000] {
                scratch.alloc_slice_fill_default::<u8>(size);
            }
        });
        NEXT.set(15_000);
        arena.release_unused(0);
        assert!(NOTE.replace(0) != 0 && !IS_LOST.get());
    });
}

/// A base that allocates in the very arena that asks it for a chunk.
#[test]
fn a_limit_holds_where_the_base_allocates_in_the_arena() {
    struct Asks;

    thread_local! {
        static ARENA: Arena<'static> = const { Arena::new_in(&Asks) };
        static IS_ASKED: Cell<bool> = const { Cell::new(false) };
        static GETS_MORE: Cell<bool> = const { Cell::new(false) };
    }

    // SAFETY: the blocks are those of `System`.
    unsafe impl GlobalAlloc for Asks {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if !IS_ASKED.replace(true) {
                ARENA.with(|arena| {
                    GETS_MORE.set(arena.try_alloc_slice_uninit::<u8>(6000).is_ok());
                });
            }
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(block, layout) };
        }
    }

    ARENA.with(|arena| {
        for (limit, gets_more) in [(10_000, false), (20_000, true)] {
            arena.set_allocation_limit(Some(limit));
            IS_ASKED.set(false);
            assert!(arena.try_alloc_slice_uninit::<u8>(5000).is_ok());
            assert_eq!(GETS_MORE.get(), gets_more);
            assert!(arena.allocated_bytes_including_metadata() <= limit);
            assert_eq!(
                arena.peak_allocated_bytes(),
                arena.allocated_bytes_including_metadata()
            );
        }
    });
}

#[test]
fn the_peak_is_that_of_the_base() {
    let base = Counting::new(System);
    let mut arena = Arena::new_in(&base);
    for size in [100_usize, 100_000, 1000, 50_000] {
        arena.alloc_slice_fill_default::<u8>(size);
        arena.release_memory();
        // In the base both the old and the new chunks of a request are never in use at once.
        assert_eq!(arena.peak_allocated_bytes(), base.statistics().peak);
    }
    let before = arena.reset_peak();
    assert_eq!(before, base.reset_peak());
    arena.alloc([0_u8; 10_000]);
    assert_eq!(arena.peak_allocated_bytes(), base.statistics().peak);
    arena.append(Arena::with_capacity(1000));
    assert_eq!(arena.peak_allocated_bytes(), base.statistics().peak);
}

/// Random histories, whatever the base refuses: no block is in the way of another, and the figures
/// agree.
#[test]
fn histories() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    for history in 0..if cfg!(miri) { 3 } else { 100 } {
        let base = Counting::new(System);
        let mut arena = Arena::new_in(&base);
        for _ in 0..1 + random(5) {
            arena.set_allocation_limit((random(3) == 0).then(|| random(100_000)));
            let mut blocks: Vec<&mut [u8]> = Vec::new();
            for _ in 0..random(60) {
                let size = match random(10) {
                    0 => random(20_000),
                    1..4 => random(2000),
                    _ => random(100),
                };
                match random(12) {
                    0 => arena.release_unused([0, 1, 2][random(3)]),
                    1 => {
                        let _ = arena.try_reserve(size);
                    }
                    2 => {
                        arena.scratch(|scratch| {
                            if let Ok(one) = scratch.try_alloc_slice_fill_copy(size, 0xAA) {
                                arena.release_unused([0, 1][random(2)]);
                                let _ = arena.try_reserve(random(5000));
                                assert!(one.iter().all(|byte| *byte == 0xAA));
                            }
                        });
                    }
                    _ => {
                        let byte = u8::try_from(blocks.len()).unwrap();
                        blocks.extend(arena.try_alloc_slice_fill_copy(size, byte));
                    }
                }
            }
            for (n, block) in blocks.iter().enumerate() {
                assert!(
                    block.iter().all(|byte| usize::from(*byte) == n),
                    "{history}"
                );
            }
            check(&mut arena, &base);
            if random(2) == 0 {
                arena.reset();
            }
            arena.release_unused([0, 1, 2, 3][random(4)]);
            check(&mut arena, &base);
        }
        drop(arena);
        assert_eq!(in_use(&base), 0);
    }
}

#[test]
fn collections_live_on_a_base() {
    let base = Counting::new(System);
    let arena = Arena::new_in(&base);
    let layout = Layout::new::<[u64; 100]>();
    let block = arena.allocate(layout).unwrap();
    // SAFETY: just taken, with this layout.
    unsafe { arena.deallocate(block, layout) };
    assert_eq!(arena.used_bytes(), 0);
    assert!(in_use(&base) > 800);
}
