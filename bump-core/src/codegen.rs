//! Hints to the compiler and to interpreters, which change nothing that a program does. Each names
//! its gain: a row of `bench/RESULTS.md`, or bytes of flash.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::NonNull;
use core::sync::atomic::{Ordering, compiler_fence};

/// Marks the path on which it is called as the unlikely one.
#[cold]
pub const fn unlikely() {}

/// Keeps the path on which it is called apart from others. The compiler would merge an empty path
/// with the branch to it, and put the result of the path into a register in front of the branch.
/// Saves two instructions in the rows of the heaps that allocate.
#[inline]
pub fn own_path() {
    compiler_fence(Ordering::SeqCst);
}

/// Whether the next attempt after a lost race is made where the first one was.
///
/// It saves a call, and two instructions for the values that live across the call. It is `false`
/// where the compiler would unroll the loop, as for Cortex-M.
pub const RETRIES_IN_PLACE: bool = cfg!(target_pointer_width = "64");

/// Whether to look at the cursor before an exchange that most often fails. Machines of less than 64
/// bits mostly have one processor, where this would only be more code.
pub const LOOKS_FIRST: bool = cfg!(target_pointer_width = "64");

/// Tells the compiler that a layout has bytes, as the callers of `GlobalAlloc` promise: one or two
/// instructions less in each row of the heaps that goes by `GlobalAlloc`. Where debug assertions are
/// on, nothing depends on the promise, and a size of 0 is served.
///
/// # Safety
///
/// The size is not 0.
#[inline]
pub const unsafe fn promise_bytes(layout: Layout) {
    if !cfg!(debug_assertions) {
        // SAFETY: the caller's promise that the size is not 0.
        unsafe { assert_unchecked(layout.size() != 0) };
    }
}

/// Tells Miri that a pointer is aligned: its symbolic check of alignment cannot know this of memory
/// that was aligned by arithmetic.
#[cfg(miri)]
pub fn promise_alignment(pointer: NonNull<u8>, align: usize) {
    unsafe extern "Rust" {
        safe fn miri_promise_symbolic_alignment(pointer: *const (), align: usize);
    }
    miri_promise_symbolic_alignment(pointer.as_ptr().cast_const().cast(), align);
}

/// Does nothing: only Miri needs it.
#[cfg(not(miri))]
#[inline]
pub const fn promise_alignment(_: NonNull<u8>, _: usize) {}
