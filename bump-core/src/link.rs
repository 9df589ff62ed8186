//! Words in free blocks: nobody but the owner of a block may call what is here.
//!
//! Alone in this file, so that a test can put accesses in its place that a model checker sees.

use core::ptr::NonNull;

/// The pointer to an address in the region that `base` belongs to, with the rights of `base`.
#[inline]
pub(super) fn at(base: NonNull<u8>, address: usize) -> *mut u8 {
    base.as_ptr().with_addr(address)
}

/// Reads the word at an address of the region.
///
/// # Safety
///
/// `base` may access the word, which is aligned, was written before, and is the caller's alone.
#[inline]
pub(super) unsafe fn read(base: NonNull<u8>, address: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { at(base, address).cast::<usize>().read() }
}

/// Writes the word at an address of the region.
///
/// # Safety
///
/// `base` may access the word, which is aligned, and is the caller's alone.
#[inline]
pub(super) unsafe fn write(base: NonNull<u8>, address: usize, word: usize) {
    // SAFETY: the caller's promise.
    unsafe { at(base, address).cast::<usize>().write(word) }
}
