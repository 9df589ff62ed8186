//! Blocks that are aligned to more than a grain, in blocks that are not.
//!
//! A request for more alignment than a grain is one for a larger block, in which an aligned one has
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
use super::class::{GRAIN, needed};
use super::free_lists::FreeLists;
use super::in_grains::{base, whole};
use super::link::{read, word, write};
use super::{Cursor, RawBump};

/// [`FreeLists::allocate`] of blocks that need more alignment than a grain.
///
/// # Safety
///
/// As for that.
#[cold]
#[inline(never)]
pub(super) unsafe fn allocate_aligned<B: RawBump, C: Cursor, const N: usize, const MERGE: bool>(
    layout: Layout,
    lists: &FreeLists<C, N, MERGE>,
    region: &B,
) -> Option<NonNull<u8>> {
    // SAFETY: the caller's promise.
    let start = unsafe { lists.allocate_bytes(region, needed(layout)) }?;
    // SAFETY: just taken, with so many bytes.
    Some(unsafe { align_block(region, start, layout) })
}

/// [`FreeLists::deallocate`] of blocks that needed more alignment than a grain.
///
/// # Safety
///
/// As for that.
#[cold]
#[inline(never)]
pub(super) unsafe fn release_aligned<B: RawBump, C: Cursor, const N: usize, const MERGE: bool>(
    block: NonNull<u8>,
    layout: Layout,
    lists: &FreeLists<C, N, MERGE>,
    region: &B,
) {
    // SAFETY: the caller's promise.
    let start = unsafe { start_of(region, block, layout) };
    // SAFETY: as above.
    unsafe { lists.release_bytes(region, start, needed(layout)) };
}

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
    if layout.align() <= GRAIN {
        return start;
    }
    let mask = layout.align() - 1;
    // The first multiple of the alignment behind a grain, so that there is room for the distance.
    let distance = GRAIN + (start.addr().get().wrapping_add(GRAIN).wrapping_neg() & mask);
    // SAFETY: `needed` has room for the block at any multiple of the alignment that is not more than
    // the alignment away.
    let block = unsafe { start.add(distance) };
    // SAFETY: the grain in front of it is in the block that was just taken.
    unsafe { write(base(region), word(base(region), block) - GRAIN, distance) };
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
    if layout.align() <= GRAIN {
        return block;
    }
    let block = whole(region, block);
    // SAFETY: it was written there.
    let distance = unsafe { read(base(region), word(base(region), block) - GRAIN) };
    // SAFETY: so far it is from the start.
    unsafe { block.sub(distance) }
}
