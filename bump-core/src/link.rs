//! The words in free blocks, and the words that stand for blocks. Only the owner of a block may
//! access it by the functions here.
//!
//! They have a file of their own, so that a test can replace them by accesses that a model checker
//! sees.

use core::ptr::NonNull;

use crate::class::GRAIN;

/// The address that words count from: a grain in front of the first one of the region, so that no
/// word is 0.
#[inline]
fn origin(base: NonNull<u8>) -> usize {
    (base.addr().get() & !(GRAIN - 1)).wrapping_sub(GRAIN)
}

/// The word for a block of the region that `base` belongs to: how far it is from there. So a heap
/// may be moved, with its memory and its lists, by a multiple of a grain.
#[inline]
#[must_use]
pub fn word(base: NonNull<u8>, block: NonNull<u8>) -> usize {
    block.addr().get().wrapping_sub(origin(base))
}

/// The block for a word, with the rights of `base`.
#[inline]
#[must_use]
pub fn at(base: NonNull<u8>, word: usize) -> *mut u8 {
    base.as_ptr().with_addr(origin(base).wrapping_add(word))
}

/// Reads the first word of a block.
///
/// # Safety
///
/// `base` may access it. It is aligned, was written before, and is the caller's alone.
#[inline]
pub unsafe fn read(base: NonNull<u8>, block: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { at(base, block).cast::<usize>().read() }
}

/// Writes the first word of a block.
///
/// # Safety
///
/// `base` may access it. It is aligned, and the caller's alone.
#[inline]
pub unsafe fn write(base: NonNull<u8>, block: usize, word: usize) {
    // SAFETY: the caller's promise.
    unsafe { at(base, block).cast::<usize>().write(word) }
}

/// The last block of some that link to the next each, the last one to 0; `first` is not 0.
///
/// # Safety
///
/// All of them are the caller's, and in the region that `base` may access.
#[must_use]
pub unsafe fn last_of(base: NonNull<u8>, first: usize) -> usize {
    let mut last = first;
    // SAFETY: the caller's promise: each has a link.
    while let next @ 1.. = unsafe { read(base, last) } {
        last = next;
    }
    last
}
