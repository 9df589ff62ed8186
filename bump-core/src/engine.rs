//! The engine: how blocks are taken from a region, resized and given back.
//!
//! ```text
//!   base       a block                cursor                     limit
//!     │ blocks   │ bytes and rounding   │ free                     │
//!   ──┴──────────┴──────────────────────┴──────────────────────────┴──
//!   positions: 0 at the base of the region, and as many bytes as are in front
//! ```
//!
//! [`RawBump`] says where the memory of an allocator is and what holds its cursor. The functions here
//! do the rest, once for every allocator:
//!
//! - [`take`] places a block behind the cursor, claims the bytes by one compare-and-exchange of the
//!   cursor, and makes the pointer.
//! - [`free`] gives a block back: it moves the cursor from the end of the block to its start, which
//!   only works for the last block.
//! - [`resize`] moves the cursor from the end of the last block to its new end.
//!
//! The arithmetic is in `place` and `resize`, where it is proved. All pointers are made here, from
//! the base of the region: a pointer that a caller passes in may be valid for fewer bytes.
//!
//! The functions take the minimum alignment to which starts and sizes of blocks are rounded: that of
//! the region for values, so that they lie close; at least a [`UNIT`](crate::UNIT) for collections, so
//! that all that they free in reverse order comes back, if it is aligned to no more.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::NonNull;

use crate::align::is_aligned;
use crate::codegen::{LOOKS_FIRST, RETRIES_IN_PLACE, own_path, promise_alignment, unlikely};
use crate::place::{block_end, place_up};
use crate::raw_alloc::copy_block;
pub use crate::raw_alloc::{dangling, most_bytes, unit};
use crate::resize::resize_up;
use crate::{Cursor, Memory, RawAlloc, RawBump};

impl Memory {
    /// The pointer to the byte at `position`, which may access the whole region.
    ///
    /// # Safety
    ///
    /// `position` is at most the limit, and one that the cursor had or that was taken for a block
    /// whose address is a multiple of `align`.
    #[inline]
    pub(crate) unsafe fn pointer(self, position: usize, align: usize) -> NonNull<u8> {
        let address = self.origin.unwrap_or(0).wrapping_add(position);
        let distance = address.wrapping_sub(self.base.addr().get());
        // SAFETY: no byte of an object is at address 0.
        unsafe { assert_unchecked(address != 0) };
        // SAFETY: `base` and the position are in one object, or at its end (contract of `RawBump`),
        // which is at most `isize::MAX` bytes long.
        let pointer = unsafe { self.base.offset(distance as isize) };
        promise_alignment(pointer, align);
        pointer
    }

    /// The pointer to `block`, which is aligned to `align`, as one that may access the whole region.
    #[inline]
    fn widen(self, block: NonNull<u8>, align: usize) -> NonNull<u8> {
        // From the end of the region: three instructions less for each reallocation than from its
        // base, whose distance the compiler shares with the position.
        // SAFETY: the end of the region.
        let pointer = unsafe { self.pointer(self.limit, 1) }.with_addr(block.addr());
        promise_alignment(pointer, align);
        pointer
    }
}

/// A block that was taken, whose pointer may access all of the region, and the cursor behind it.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// The block.
    pub block: NonNull<u8>,
    /// The position of the cursor.
    pub end: usize,
}

/// Why an attempt to take a block failed.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// The block does not fit.
    Exhausted,
    /// The cursor was moved meanwhile.
    Contended,
}

/// Takes a block of `layout`; `None` if it does not fit.
///
/// A block of size 0 takes nothing, is always available, and points to no memory.
///
/// # Safety
///
/// `min_align` is `B::MIN_ALIGN` or [`unit::<B>()`](unit): else the cursor could be at no multiple.
#[inline]
pub unsafe fn take<B: RawBump + ?Sized>(
    region: &B,
    layout: Layout,
    min_align: usize,
) -> Option<Taken> {
    if layout.size() == 0 {
        unlikely();
        let (block, end) = (dangling(layout), region.cursor().load());
        return Some(Taken { block, end });
    }
    // From a base that is aligned enough, a position is aligned exactly if its address is.
    let aligned = layout.align() <= B::BASE_ALIGN && min_align <= B::BASE_ALIGN;
    // Where size counts, the function that serves all requests is the only copy.
    if !cfg!(small) && (aligned || B::BASE_ALIGN == 1) {
        loop {
            // Load the cursor before the memory: it is never beyond a limit that is read later.
            let cursor = region.cursor().load();
            // SAFETY: the caller's promise, and the alignments were compared.
            match unsafe { attempt(region, cursor, layout, min_align, aligned) } {
                Ok(taken) => return Some(taken),
                Err(Refusal::Exhausted) => {
                    own_path();
                    return None;
                }
                Err(Refusal::Contended) if RETRIES_IN_PLACE => {}
                Err(Refusal::Contended) => break,
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { take_again(layout, region, min_align) }
}

/// [`take`] after another thread was faster, or of a block that needs more alignment than the base
/// of the region is known to have. Apart from `take`, it saves 4 instructions in the row `layout`
/// of the heaps.
///
/// # Safety
///
/// As for [`take`].
#[cold]
#[cfg_attr(not(small), inline(never))]
unsafe fn take_again<B: RawBump + ?Sized>(
    layout: Layout,
    region: &B,
    min_align: usize,
) -> Option<Taken> {
    loop {
        // SAFETY: the caller's promise.
        match unsafe { attempt(region, region.cursor().load(), layout, min_align, false) } {
            Ok(taken) => return Some(taken),
            Err(Refusal::Exhausted) => return None,
            Err(Refusal::Contended) => {}
        }
    }
}

/// Takes a block of `layout` if the cursor is still at `cursor`.
///
/// # Safety
///
/// As for [`take`]; the cursor was at `cursor`. If `aligned`, the address at position 0 is a multiple
/// of both alignments.
#[inline]
pub(crate) unsafe fn attempt<B: RawBump + ?Sized>(
    region: &B,
    cursor: usize,
    layout: Layout,
    min_align: usize,
    aligned: bool,
) -> Result<Taken, Refusal> {
    let memory = region.memory().ok_or(Refusal::Exhausted)?;
    let limit = memory.limit;
    // Another thread moved the cursor, and knew of more memory than this one does.
    if memory.grows && cursor > limit {
        unlikely();
        return Err(Refusal::Exhausted);
    }
    // SAFETY: of a region, of which the cursor is not beyond the end, as just compared if it may be.
    unsafe { memory.state_contract::<B>(cursor) };
    let origin = memory.origin.map(|first| if aligned { 0 } else { first });
    // A block that needs no more than the minimum alignment has it anyway: two instructions less in the
    // row `layout` of the heaps.
    let bytes = if aligned && B::BASE_ALIGN <= min_align {
        // SAFETY: the size of a layout is at most `isize::MAX`, which is all that the alignment 1 asks for.
        unsafe { Layout::from_size_align_unchecked(layout.size(), 1) }
    } else {
        layout
    };
    let placement = place_up(origin, cursor, limit, bytes, min_align).ok_or(Refusal::Exhausted)?;
    // SAFETY: it was placed from the cursor on, so it is behind that, and in bounds.
    if unsafe { region.cursor().claim(cursor, placement.end) }.is_err() {
        unlikely();
        return Err(Refusal::Contended);
    }
    // SAFETY: the position was just taken for this layout.
    let block = unsafe { memory.pointer(placement.start, layout.align()) };
    let end = placement.end;
    Ok(Taken { block, end })
}

/// Whether the block, of at least one byte, is the last one: whether it ends where the cursor is.
///
/// # Safety
///
/// `block` was taken from this region with `layout` and `min_align`, and is in use.
#[inline]
pub unsafe fn is_last<B: RawBump + ?Sized>(
    region: &B,
    block: NonNull<u8>,
    layout: Layout,
    min_align: usize,
) -> bool {
    let Some(memory) = region.memory() else {
        return false;
    };
    let end = memory.end_of::<B>(block, layout, min_align);
    memory.check(region, block, layout, end);
    region.cursor().load() == end
}

/// Gives the block back if it is the last one; returns whether it was.
///
/// # Safety
///
/// `block` was taken from this region with `layout` and `min_align`, and is not used any more.
#[inline]
pub unsafe fn free<B: RawBump + ?Sized>(
    region: &B,
    block: NonNull<u8>,
    layout: Layout,
    min_align: usize,
) -> bool {
    // A block without bytes has no place.
    if layout.size() == 0 {
        return false;
    }
    let Some(memory) = region.memory() else {
        return false;
    };
    let start = memory.position(block);
    let end = block_end(start, layout.size(), min_align);
    memory.check(region, block, layout, end);
    // Most blocks that are freed are not the last. Looking first spares them the exchange, and the
    // other threads the loss of the cache line.
    if LOOKS_FIRST && region.cursor().load() != end {
        return false;
    }
    // SAFETY: the bytes between are the block and its rounding, which the caller gives up.
    unsafe { region.cursor().give_back(end, start) }.is_ok()
}

/// Resizes the block where it is, which the last block can if there is memory left, and any block
/// can that shrinks. `None`, and nothing changed, if it would have to move out of its place.
///
/// The returned block is at the same address, with the bytes up to the smaller of the two sizes.
///
/// # Safety
///
/// `block` was taken from this region with `old` and `min_align`. If the result is `Some`, only the
/// returned block with the layout `new` is used from then on.
#[inline]
pub unsafe fn resize<B: RawBump + ?Sized>(
    region: &B,
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
    min_align: usize,
) -> Option<NonNull<u8>> {
    // A block without bytes has no place to grow in.
    if old.size() == 0 {
        return None;
    }
    if new.size() == 0 {
        // SAFETY: the caller gives `block` up.
        unsafe { free(region, block, old, min_align) };
        return Some(dangling(new));
    }
    if new.align() > old.align() && !is_aligned(block.addr().get(), new.align()) {
        return None;
    }
    let memory = region.memory()?;
    let old_end = memory.end_of::<B>(block, old, min_align);
    memory.check(region, block, old, old_end);
    let (origin, start) = (memory.origin::<B>(min_align), memory.position(block));
    let end = resize_up(origin, start, memory.limit, new.size(), min_align)?;
    // SAFETY: if the block grows, it was found to fit, so that is in bounds; if it shrinks, the
    // bytes between are the caller's and no part of the result.
    if unsafe { region.cursor().exchange(old_end, end) }.is_err() {
        unlikely();
        if end > old_end {
            return None;
        }
        // The rest of a block that is not the last one stays unused.
    }
    Some(memory.widen(block, new.align()))
}

/// Copies a block to another one, which is taken.
///
/// # Safety
///
/// The block is in use, with the layout `old`.
#[cold]
#[cfg_attr(not(small), inline(never))]
unsafe fn move_block<B: RawBump + ?Sized>(
    region: &B,
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Option<NonNull<u8>> {
    let moved = region.allocate(new)?;
    // SAFETY: the caller's block, and one that was just handed out.
    unsafe { copy_block(block, old, moved, new) };
    Some(moved)
}

// SAFETY: `RawBump` demands of the region what this trait demands of its blocks, and the engine
// hands each byte of it to one block alone.
unsafe impl<B: RawBump + ?Sized> RawAlloc for B {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the unit is a power of two, and at least the minimum alignment.
        unsafe { take(self, layout, unit::<B>()) }.map(|taken| taken.block)
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise; all three methods round to the same unit.
        unsafe { free(self, block, layout, unit::<B>()) };
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise; all three methods round to the same unit.
        unsafe { resize(self, block, old, new, unit::<B>()) }
    }

    /// After a move, the old block is not freed: the new one is behind it, so it is not the last
    /// one. This saves 60 bytes of flash.
    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        match unsafe { RawAlloc::resize(self, block, old, new) } {
            // SAFETY: the same promise; nothing changed.
            None => unsafe { move_block(self, block, old, new) },
            resized => resized,
        }
    }
}
