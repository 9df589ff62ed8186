//! Blocks that are aligned to more than a unit, in blocks that are not.
//!
//! A request for more alignment than a unit is one for a larger block, in which an aligned one has
//! room wherever it starts. The word in front of the aligned one tells how far that is:
//!
//! ```text
//!     a block of the class of `size + align` bytes
//!   ┌───────────┬──────────┬────────────────────────┬───────┐
//!   │           │ distance │ aligned: `size` bytes  │       │
//!   └───────────┴──────────┴────────────────────────┴───────┘
//!   ◄──── distance ────────►
//! ```
//!
//! It costs as many bytes as the alignment, and nothing ever grows: no block is cut, and the next
//! request of this kind is served by the same block.

use core::alloc::Layout;
use core::ptr::NonNull;

// From the parent module, so that a test can run what uses it in a model checker.
use super::RawBump;
use super::class::UNIT;
use super::in_units::{base, whole};
use super::link::{read, word, write};

/// The block of `layout` in one that was taken for it, of as many bytes as it needs.
///
/// # Safety
///
/// They start there, and are the caller's.
pub(super) unsafe fn align_block<B: RawBump>(
    region: &B,
    start: NonNull<u8>,
    layout: Layout,
) -> NonNull<u8> {
    if layout.align() <= UNIT {
        return start;
    }
    let mask = layout.align() - 1;
    // The first multiple of the alignment behind a unit, so that there is room for the distance.
    let distance = UNIT + (start.addr().get().wrapping_add(UNIT).wrapping_neg() & mask);
    // SAFETY: `needed` has room for the block at any multiple of the alignment that is not more than
    // the alignment away.
    let block = unsafe { start.add(distance) };
    // SAFETY: the unit in front of it is in the block that was just taken.
    unsafe { write(base(region), word(base(region), block) - UNIT, distance) };
    block
}

/// Where the bytes of a block start that [`align_block`] has made.
///
/// # Safety
///
/// The block is in use, with this layout.
#[inline]
pub(super) unsafe fn start_of<B: RawBump>(
    region: &B,
    block: NonNull<u8>,
    layout: Layout,
) -> NonNull<u8> {
    if layout.align() <= UNIT {
        return block;
    }
    let block = whole(region, block);
    // SAFETY: it was written there.
    let distance = unsafe { read(base(region), word(base(region), block) - UNIT) };
    // SAFETY: so far it is from the start.
    unsafe { block.sub(distance) }
}
