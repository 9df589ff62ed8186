//! Arenas over a global allocator that refuses large blocks.
#![cfg(feature = "alloc")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::mem::MaybeUninit;
use std::alloc::System;

use bump_local::{Arena, BumpSlice};

/// The system's heap, which has no block of more bytes than [`LARGEST`], and no more than [`LIMIT`].
struct Refusing;

std::thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(usize::MAX) };
    /// The most bytes of blocks in use.
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// The bytes of the blocks in use.
    static IN_USE: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all blocks are the system's.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let in_use = IN_USE.get().wrapping_add(layout.size());
        if layout.size() > LARGEST.get() || in_use > LIMIT.get() {
            return core::ptr::null_mut();
        }
        IN_USE.set(in_use);
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
static HEAP: Refusing = Refusing;

const NUMBERS: u32 = if cfg!(miri) { 1_000 } else { 10_000 };

#[test]
fn what_is_refused_is_asked_for_in_smaller_pieces() {
    LARGEST.set(2000);
    let mut arena = Arena::new();
    for number in 0..NUMBERS {
        assert_eq!(*arena.alloc(number), number);
    }
    let smallest = arena.chunks().map(|chunk| chunk.capacity).min();
    let refused = arena.try_alloc([0_u8; 2000]).is_err();
    let least = arena.try_alloc([0_u8; 1900]).is_ok();
    let taken = arena.allocated_bytes_including_metadata();
    LARGEST.set(usize::MAX);
    assert!(refused && least);
    // By halves, not at once as small as can be.
    assert!(smallest > Some(400), "{smallest:?}");
    // Not a chunk, which has overhead, for each number.
    let numbers = 4 * NUMBERS as usize;
    assert!(taken < numbers + numbers / 8 + 3000, "{taken}");

    // Growth goes on when there is memory again.
    let chunks = arena.chunks().count();
    for number in 0..NUMBERS {
        arena.alloc(number);
    }
    assert!(arena.chunks().count() < chunks + 8);
}

#[test]
fn an_arena_that_is_dropped_returns_all_memory() {
    let before = IN_USE.get();
    let arena = Arena::new();
    for size in [10, 10_000, 100] {
        arena.alloc_slice_fill_copy(size, 1_u8);
    }
    let with = IN_USE.get();
    assert_eq!(
        with.wrapping_sub(before),
        arena.allocated_bytes_including_metadata()
    );
    drop(arena);
    assert_eq!(IN_USE.get(), before);
}

#[test]
fn a_region_in_a_box_returns_what_it_took() {
    let before = IN_USE.get();
    for capacity in 0..20 {
        let region = BumpSlice::new(capacity);
        assert!(IN_USE.get().wrapping_sub(before) > capacity);
        drop(region);
        assert_eq!(IN_USE.get(), before);
    }
}

#[test]
#[cfg(feature = "std")]
fn a_pool_without_memory_for_another_arena() {
    let pool = bump_local::Pool::new();
    LARGEST.set(0);
    let refused = pool.try_get().is_err();
    LARGEST.set(usize::MAX);
    drop(pool.get());
    LARGEST.set(0);
    // The arena that it has is lent, though it gets no chunk.
    let again = pool
        .try_get()
        .is_ok_and(|arena| arena.try_alloc(1).is_err());
    LARGEST.set(usize::MAX);
    assert!(refused && again);
    assert_eq!(*pool.get().alloc(1), 1);
}

#[test]
fn temporaries_are_beside_results_where_the_heap_refuses() {
    let mut memory = vec![MaybeUninit::uninit(); 1 << 20];
    let mut arena = Arena::from_mem(&mut memory);
    let room = arena.chunk_capacity();
    arena.set_allocation_limit(None);
    for largest in [0, 600] {
        LARGEST.set(largest);
        let result = arena.scratch(|temporaries| {
            let block = temporaries.try_alloc([1_u8; 1000]);
            let result = arena.alloc([2_u8; 1000]);
            block
                .is_ok_and(|block| *block == [1; 1000])
                .then_some(result)
        });
        LARGEST.set(usize::MAX);
        assert_eq!(result.copied(), Some([2; 1000]));
        arena.reset();
        assert_eq!(arena.chunk_capacity(), room);
    }
}

#[test]
fn spare_chunks_make_room_on_a_full_heap() {
    let mut arena = Arena::new();
    for size in [100, 2000, 3000] {
        arena.alloc_slice_fill_copy(size, 1_u8);
    }
    arena.reset();
    let spare = IN_USE.get();
    LIMIT.set(spare + 1000);
    let larger = arena.try_alloc_slice_uninit::<u8>(4000).is_ok();
    let taken = IN_USE.get();
    let too_large = arena.try_alloc_slice_uninit::<u8>(8000).is_ok();
    let left = IN_USE.get();
    LIMIT.set(usize::MAX);
    assert!(larger && !too_large && taken <= spare + 1000);
    assert_eq!(taken, left);
}
