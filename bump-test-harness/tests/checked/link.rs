//! The module `link` of the sources of `bump-core` where the model checker runs them: each access to a
//! free block is one to the block's shadow, too, which the model has.

use core::ptr::NonNull;

use bump_core::link;

pub(crate) use bump_core::link::{at, word};

use crate::shadow;

pub(crate) unsafe fn read(base: NonNull<u8>, block: usize) -> usize {
    // SAFETY: the caller's promise; the checker panics first if this is a race.
    shadow(base, block).with(|_| unsafe { link::read(base, block) })
}

pub(crate) unsafe fn write(base: NonNull<u8>, block: usize, word: usize) {
    // SAFETY: the caller's promise; the checker panics first if this is a race.
    shadow(base, block).with_mut(|_| unsafe { link::write(base, block, word) });
}

pub(crate) unsafe fn last_of(base: NonNull<u8>, first: usize) -> usize {
    let mut last = first;
    // SAFETY: the caller's promise.
    while let next @ 1.. = unsafe { read(base, last) } {
        last = next;
    }
    last
}
