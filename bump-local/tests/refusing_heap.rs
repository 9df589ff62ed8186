//! Arenas over a global allocator that refuses large blocks.
#![cfg(feature = "alloc")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

use bump_local::Arena;

/// The system's heap, which has no block of more bytes than [`LARGEST`].
struct Refusing;

std::thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(usize::MAX) };
    /// The bytes of the blocks in use.
    static IN_USE: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all blocks are the system's.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST.get() {
            return core::ptr::null_mut();
        }
        IN_USE.set(IN_USE.get().wrapping_add(layout.size()));
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
