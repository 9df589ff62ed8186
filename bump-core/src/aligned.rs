//! Blocks that are aligned to more than a grain, in blocks that are not.
//!
//! For a request with more alignment than a grain, a larger block is taken, in which an aligned one
//! fits wherever the larger one starts. The word in front of the aligned one stores its distance
//! from the start:
//!
//! ```text
//!     a block of the class of `size + align` bytes
//!   ┌───────────┬──────────┬────────────────────────┬───────┐
//!   │           │ distance │ aligned: `size` bytes  │       │
//!   └───────────┴──────────┴────────────────────────┴───────┘
//!   ◄──── distance ────────►
//! ```
//!
//! This costs as many bytes as the alignment. The larger block is never cut, so the next request of
//! this kind can have it again.

use core::alloc::Layout;
use core::ptr::NonNull;

// Import these from the parent module: a test runs the module that uses them in a model checker.
use super::RawBump;
use super::class::GRAIN;
use super::in_grains::{base, whole};
use super::link::{read, word, write};

/// The aligned block for `layout` inside the larger one at `start`.
///
/// # Safety
///
/// `needed(layout)` bytes start at `start`, and belong to the caller.
pub(super) unsafe fn align_block<B: RawBump>(
    region: &B,
    start: NonNull<u8>,
    layout: Layout,
) -> NonNull<u8> {
    if layout.align() <= GRAIN {
        return start;
    }
    let mask = layout.align() - 1;
    // Go to the first multiple of the alignment that has a grain in front of it, for the distance.
    let distance = GRAIN + (start.addr().get().wrapping_add(GRAIN).wrapping_neg() & mask);
    // SAFETY: `needed` has room for the block at any multiple of the alignment that is not more
    // than the alignment away.
    let block = unsafe { start.add(distance) };
    // SAFETY: the grain in front of it is in the block that was just taken.
    unsafe { write(base(region), word(base(region), block) - GRAIN, distance) };
    block
}

/// The start of the larger block around one that [`align_block`] returned.
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
    if layout.align() <= GRAIN {
        return block;
    }
    let block = whole(region, block);
    // SAFETY: `align_block` wrote the distance into the grain in front of the block.
    let distance = unsafe { read(base(region), word(base(region), block) - GRAIN) };
    // SAFETY: the start is that many bytes below, in the same block.
    unsafe { block.sub(distance) }
}
