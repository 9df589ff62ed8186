//! Arenas over many rounds, with a reset or a scope for each: what they take from the global
//! allocator stays in proportion to the round that needs the most, and a request does not take
//! longer for the chunks that are too small for it.
#![cfg(feature = "alloc")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::mem::MaybeUninit;
use core::time::Duration;
use std::alloc::System;
use std::time::Instant;

use bump_local::{Arena, Chunks, Scope};

/// The system's heap, which counts, and refuses the absurd.
struct Counting;

std::thread_local! {
    static IN_USE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all blocks are the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Miri, and the sanitizers, end the program where the system refuses.
        if layout.size() > usize::MAX / 4 {
            return core::ptr::null_mut();
        }
        IN_USE.set(IN_USE.get().wrapping_add(layout.size()));
        PEAK.set(PEAK.get().max(IN_USE.get()));
        REQUESTS.set(REQUESTS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        IN_USE.set(IN_USE.get().wrapping_sub(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) };
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

/// How a round ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Reset,
    Scope,
    Guard,
    Rewind,
    Scratch,
}

const ENDS: [End; 5] = [
    End::Reset,
    End::Scope,
    End::Guard,
    End::Rewind,
    End::Scratch,
];

/// Takes blocks of these sizes, and frees them.
fn round(arena: &mut Arena<'_>, sizes: &[usize], end: End) {
    let in_scope = |scope: &mut Scope<'_, '_, Chunks>| {
        for size in sizes {
            scope.alloc_slice_uninit::<u8>(*size);
        }
    };
    match end {
        End::Reset => {
            for size in sizes {
                arena.alloc_slice_uninit::<u8>(*size);
            }
            arena.reset();
        }
        End::Scope => arena.scope(in_scope),
        End::Guard => {
            let guard = arena.guard();
            for size in sizes {
                guard.alloc_slice_uninit::<u8>(*size);
            }
        }
        End::Rewind => {
            let checkpoint = arena.checkpoint();
            for size in sizes {
                arena.alloc_slice_uninit::<u8>(*size);
            }
            // SAFETY: the blocks are not used any more.
            unsafe { arena.rewind(checkpoint) };
        }
        End::Scratch => arena.scratch(in_scope),
    }
}

/// The most that was ever taken, and how often, for rounds of these sizes.
fn cost(rounds: impl IntoIterator<Item = Vec<usize>>, end: End) -> (usize, usize) {
    let rounds: Vec<_> = rounds.into_iter().collect();
    let mut arena = Arena::new();
    let before = IN_USE.get();
    PEAK.set(before);
    REQUESTS.set(0);
    for sizes in &rounds {
        round(&mut arena, sizes, end);
        let taken = arena.allocated_bytes_including_metadata();
        assert_eq!(IN_USE.get().wrapping_sub(before), taken);
    }
    drop(arena);
    assert_eq!(IN_USE.get(), before);
    (PEAK.get().wrapping_sub(before), REQUESTS.get())
}

#[test]
fn a_large_block_that_grows_from_round_to_round() {
    let rounds = if cfg!(miri) { 40 } else { 500 };
    for (start, step) in [(1 << 20, 4096), (100 << 10, 4096), (1000, 100)] {
        for end in ENDS {
            let sizes = (0..rounds).map(|round| vec![start + step * round]);
            let (peak, requests) = cost(sizes, end);
            let largest = start + step * rounds;
            // Besides the chunk that is replaced there may be a first one.
            assert!(peak < 3 * largest, "{end:?}: {peak} for {largest}");
            assert!(requests < 20, "{end:?}: {requests}");
        }
    }
}

#[test]
fn the_same_round_takes_nothing_more() {
    // Chunks are of different sizes, and some requests pass over some of them.
    let sizes = [100, 5000, 300, 70_000, 900, 2_000_000, 20, 3000, 1000, 5000];
    for end in ENDS {
        let mut arena = Arena::new();
        // Twice, since the first chunk of all is not for temporaries of the next scratch.
        round(&mut arena, &sizes, end);
        round(&mut arena, &sizes, end);
        let taken = arena.allocated_bytes_including_metadata();
        REQUESTS.set(0);
        for _ in 0..5 {
            round(&mut arena, &sizes, end);
        }
        assert_eq!(REQUESTS.get(), 0, "{end:?}");
        assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    }
}

#[test]
fn buffers_are_never_given_up() {
    let mut memory = [const { [MaybeUninit::uninit(); 2000] }; 4];
    let mut arena = Arena::from_mem(&mut []);
    for memory in &mut memory {
        arena.add_mem(memory);
    }
    arena.set_allocation_limit(None);
    let borrowed = arena.allocated_bytes();
    for end in ENDS {
        for size in 0..50 {
            round(&mut arena, &[100, 3000 + 500 * size, 100], end);
        }
    }
    let footer = size_of::<[usize; 6]>().next_multiple_of(16);
    let owned = arena.chunks().count() - 4;
    let taken = arena.allocated_bytes_including_metadata();
    assert_eq!(arena.allocated_bytes(), borrowed + taken - owned * footer);
    arena.release_memory();
    assert_eq!(
        (arena.allocated_bytes(), arena.chunks().count()),
        (borrowed, 4)
    );
}

#[test]
fn a_limit_counts_what_is_in_use() {
    let mut arena = Arena::new();
    arena.set_allocation_limit(Some(100_000));
    for size in 1..90 {
        // All that was taken before is in the way of this one.
        assert!(
            arena.try_alloc_slice_uninit::<u8>(1000 * size).is_ok(),
            "{size}"
        );
        assert!(arena.allocated_bytes_including_metadata() <= 100_000);
        arena.reset();
    }
}

#[test]
fn an_absurd_request_does_not_cost_the_spare_chunks() {
    let mut arena = Arena::new();
    for size in [500, 1000, 100_000] {
        arena.alloc_slice_uninit::<u8>(size);
    }
    arena.reset();
    let taken = arena.allocated_bytes_including_metadata();
    let absurd = isize::MAX.unsigned_abs() - 1000;
    assert!(arena.try_alloc_slice_uninit::<u8>(absurd).is_err());
    arena.set_allocation_limit(Some(taken + 10));
    assert!(arena.try_alloc_slice_uninit::<u8>(taken + 10).is_err());
    assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    assert!(arena.try_alloc_slice_uninit::<u8>(100_000).is_ok());
}

#[test]
fn a_request_beyond_the_limit_does_not_cost_the_spare_chunks() {
    let mut arena = Arena::new();
    for size in [5000, 1500, 1500] {
        arena.alloc_slice_uninit::<u8>(size);
    }
    arena.reset();
    let taken = arena.allocated_bytes_including_metadata();
    // More than the limit is taken. The two spare chunks have the bytes for the request, but would have to
    // be returned, and after that the first one alone is more than the limit.
    arena.set_allocation_limit(Some(1000));
    arena.alloc_slice_uninit::<u8>(5000);
    assert!(arena.try_alloc_slice_uninit::<u8>(2000).is_err());
    assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    for _ in 0..2 {
        assert!(arena.try_alloc_slice_uninit::<u8>(1500).is_ok());
    }
}

/// Each has a chunk of its own, which is no larger than the first one of an arena.
#[test]
fn scratches_in_scratches_take_small_chunks_for_few_bytes() {
    const DEPTH: usize = 30;

    fn nest(scope: &Scope<'_, '_, Chunks>, depth: usize) {
        scope.alloc(1_u8);
        if depth < DEPTH {
            scope.scratch(|inner| nest(inner, depth + 1));
        }
    }

    fn beside(arena: &Arena<'_>, depth: usize) {
        arena.scratch(|temporaries| {
            temporaries.alloc(1_u8);
            if depth < DEPTH {
                beside(arena, depth + 1);
            }
        });
    }

    let mut arena = Arena::new();
    for _ in 0..3 {
        arena.scope(|scope| nest(scope, 1));
        assert_eq!(arena.allocated_bytes_including_metadata(), DEPTH * 512);
    }
    let arena = Arena::new();
    arena.alloc(1_u8);
    for _ in 0..3 {
        beside(&arena, 1);
        let chunks = 1 + DEPTH;
        assert_eq!(arena.allocated_bytes_including_metadata(), chunks * 512);
    }
}

#[test]
fn chunks_that_were_passed_over_are_used_and_counted() {
    let mut memory = [const { [MaybeUninit::uninit(); 600] }; 6];
    let mut arena = Arena::from_mem(&mut []);
    for (memory, len) in memory.iter_mut().zip([100, 300, 200, 600, 400, 500]) {
        arena.add_mem(&mut memory[..len]);
    }
    let capacity = arena.allocated_bytes();
    for _ in 0..3 {
        // The largest first passes over all others.
        for least in [520, 420, 320, 220, 120] {
            assert!(arena.try_alloc_slice_uninit::<u8>(least).is_ok(), "{least}");
            assert_eq!(
                (arena.allocated_bytes(), arena.chunks().count()),
                (capacity, 6)
            );
        }
        for least in [520, 420, 320, 220, 120] {
            assert!(arena.try_alloc_slice_uninit::<u8>(least).is_err());
        }
        arena.reset();
        for least in [520, 420, 320, 220, 120] {
            assert!(arena.try_alloc_slice_uninit::<u8>(least).is_ok(), "{least}");
        }
        arena.reset();
        // All of them for the smallest.
        let bytes = core::iter::from_fn(|| arena.try_alloc(0_u8).ok()).count();
        assert_eq!(bytes, capacity);
        arena.reset();
    }
}

#[repr(align(128))]
struct Aligned;

#[test]
fn a_spare_chunk_that_is_not_aligned_enough_is_passed_over() {
    let mut memory = [const { (Aligned, [MaybeUninit::<u8>::uninit(); 512]) }; 3];
    let [first, aligned, misaligned] = memory.each_mut().map(|memory| &mut memory.1);
    let mut arena = Arena::from_mem(&mut first[..100]);
    arena.add_mem(&mut aligned[..400]);
    // Added last, tried first. It has the bytes.
    arena.add_mem(&mut misaligned[16..416]);
    let footer = size_of::<[usize; 6]>().next_multiple_of(16);
    let layout = Layout::from_size_align(400 - footer, 128).unwrap();
    let block = arena.try_alloc_layout(layout);
    assert!(block.is_ok_and(|block| block.addr().get() % 128 == 0));
}

#[test]
fn of_chunks_that_were_passed_over_the_aligned_one_is_found() {
    let mut memory = [const { [(Aligned, [MaybeUninit::<u8>::uninit(); 512])] }; 8];
    let mut arena = Arena::from_mem(&mut []);
    let lens = [100, 240, 256, 272, 288, 304, 320, 336];
    for (index, (memory, len)) in memory.iter_mut().zip(lens).enumerate() {
        let bytes = &mut memory[0].1;
        // Only the third starts at a multiple of 128.
        let start = if index == 2 { 0 } else { 16 };
        arena.add_mem(&mut bytes[start..start + len]);
    }
    let footer = size_of::<[usize; 6]>().next_multiple_of(16);
    let layout = Layout::from_size_align(256 - footer, 128).unwrap();
    let first = arena.chunk_capacity();
    assert!(first < 100);
    assert!(arena.try_alloc_slice_uninit::<u8>(400).is_err());
    let block = arena.try_alloc_layout(layout);
    assert!(block.is_ok_and(|block| block.addr().get() % 128 == 0));
    assert_eq!(arena.chunks().count(), lens.len());
}

/// The time for as many requests as there are chunks, each of which is too large for most of them.
fn time(chunks: usize) -> Duration {
    let footer = size_of::<[usize; 6]>().next_multiple_of(16);
    // Few sizes, so that all fits into the caches and it is the number that counts.
    let capacity = |index| 16 * (index / 16 + 1);
    let len = |index| capacity(index) + footer + 15;
    let mut memory: Vec<Vec<u8>> = (0..chunks)
        .rev()
        .map(|index| Vec::with_capacity(len(index)))
        .collect();
    let mut arena = Arena::from_mem(&mut []);
    for memory in &mut memory {
        arena.add_mem(memory.spare_capacity_mut());
    }
    let start = Instant::now();
    let served = (1..chunks - 1).rev().filter(|index| {
        let block = arena.try_alloc_slice_uninit::<u8>(capacity(*index));
        block.is_ok()
    });
    // The first chunk is the current one.
    assert!(served.count() + 3 >= chunks);
    start.elapsed()
}

#[test]
#[cfg_attr(miri, ignore = "measures time")]
fn chunks_that_are_too_small_do_not_cost_time() {
    let least = |chunks| (0..20).map(|_| time(chunks)).min().unwrap();
    let (few, many) = (least(250), least(4000));
    // Sixteen times as many requests. If each looked at every chunk, 256 times as long.
    assert!(
        many < 120 * few,
        "{many:?} for 4000 chunks, {few:?} for 250"
    );
}

/// Numbers that are random enough.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        usize::try_from(self.0 >> 40).unwrap() % limit
    }
}

/// The bound that `Arena::reset` states.
#[test]
fn what_is_taken_is_in_proportion_to_the_largest_round() {
    let mut random = Random(7);
    let (cases, rounds) = if cfg!(miri) { (6, 10) } else { (60, 200) };
    for case in 0..cases {
        let most = [1 << 20, 20_000, 600][case % 3];
        let mut arena = Arena::new();
        let mut largest = 0;
        for index in 1..=rounds {
            // At random, or one that is the larger the later.
            let sizes: Vec<_> = if case % 2 == 0 {
                (0..random.below(11)).map(|_| random.below(most)).collect()
            } else {
                vec![most / rounds * index + random.below(16)]
            };
            largest = largest.max(sizes.iter().sum());
            let end = ENDS[random.below(ENDS.len())];
            round(&mut arena, &sizes, end);
            let taken = arena.allocated_bytes_including_metadata();
            assert!(taken <= 5 * largest + 2048, "{taken} for {largest}");
        }
    }
}
