//! The last block of a bump allocator: whether a block is the last, and growing, shrinking and
//! releasing it.
//!
//! Only the block that borders the cursor can be given back or change its size at no cost; every
//! other block can still shrink within its own bytes. All of it is placement: a last block is
//! resized by placing it again as if it had never been there.

// The integer comes from the parent module, so that a test can instantiate this very source for an
// address space small enough to try every input.
use super::usize;

/// The end of the block of `size` bytes at `start`, rounded up to `min_align`, a power of two:
/// where the cursor of an upward allocator stood after it placed the block.
///
/// Meaningless, but never a panic, if there is no such block because it would end beyond the
/// address space.
///
/// ```
/// assert_eq!(bump_core::block_end(16, 5, 1), 21);
/// assert_eq!(bump_core::block_end(16, 5, 8), 24);
/// ```
#[inline]
#[must_use]
pub const fn block_end(start: usize, size: usize, min_align: usize) -> usize {
    let mask = min_align.wrapping_sub(1);
    start.wrapping_add(size.wrapping_add(mask) & !mask)
}
