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
}

// SAFETY: all blocks are the system's.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST.get() {
            return core::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
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
    let refused = arena.try_alloc([0_u8; 2000]).is_err();
    let least = arena.try_alloc([0_u8; 1900]).is_ok();
    let taken = arena.allocated_bytes_including_metadata();
    LARGEST.set(usize::MAX);
    assert!(refused && least);
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
