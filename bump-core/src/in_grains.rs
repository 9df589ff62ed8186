//! The requests of free lists to a region: each is for a number of grains.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::NonNull;

// Import this from the parent module: a test runs this source in a model checker.
use super::class::GRAIN;
use super::link::{at, word};
use super::{RawBump, engine};

/// A pointer that may access all of the region. Without memory there is no block to access.
#[inline]
pub(super) fn base<B: RawBump>(region: &B) -> NonNull<u8> {
    region
        .memory()
        .map_or(NonNull::dangling(), |memory| memory.start())
}

/// The block with the rights of the whole region: a caller's pointer may not access what is around
/// the block.
#[inline]
pub(super) fn whole<B: RawBump>(region: &B, block: NonNull<u8>) -> NonNull<u8> {
    // SAFETY: the same address, which is not null.
    unsafe { NonNull::new_unchecked(at(base(region), word(base(region), block))) }
}

/// The most bytes that a block of the region can ever have: the same answer each time.
#[inline]
pub(super) fn most<B: RawBump>(region: &B) -> usize {
    match region.memory() {
        Some(memory) if memory.may_grow() => isize::MAX.unsigned_abs(),
        _ => capacity(region),
    }
}

/// The most bytes that a block of the region can have now.
#[inline]
pub(super) fn capacity<B: RawBump>(region: &B) -> usize {
    // Otherwise blocks of some grains would not end where the region's cursor can be.
    const { assert!(B::MIN_ALIGN <= GRAIN) };
    region.memory().map_or(0, |memory| memory.size())
}

/// The layout of a block of the region, whose bytes are some grains.
///
/// # Safety
///
/// The bytes are at most the capacity of a region.
#[inline]
unsafe fn grains(bytes: usize) -> Layout {
    // SAFETY: a region has at most `isize::MAX` bytes, and this is a multiple of a grain.
    unsafe { Layout::from_size_align_unchecked(bytes, GRAIN) }
}

/// Takes the next bytes of the region.
#[inline]
pub(super) fn take<B: RawBump>(region: &B, bytes: usize) -> Option<NonNull<u8>> {
    if bytes > capacity(region) {
        return None;
    }
    // SAFETY: just compared.
    let layout = unsafe { grains(bytes) };
    // Blocks without bytes need no comparison.
    // SAFETY: no request is for 0 bytes.
    unsafe { assert_unchecked(layout.size() != 0) };
    // SAFETY: the alignment is the region's own.
    unsafe { engine::take(region, layout, B::MIN_ALIGN) }.map(|taken| taken.block)
}

/// Gives back the last bytes of the region; `false`, and nothing happened, if they are not the last.
///
/// # Safety
///
/// The bytes are the caller's, who gives them up unless this returns `false`.
#[inline]
pub(super) unsafe fn give_back<B: RawBump>(region: &B, block: NonNull<u8>, bytes: usize) -> bool {
    // SAFETY: the caller has these bytes of the region.
    let layout = unsafe { grains(bytes) };
    // SAFETY: the caller's promise.
    unsafe { engine::free(region, block, layout, B::MIN_ALIGN) }
}

/// Whether a block is of memory that was added to the lists: only a region that may grow has such.
#[inline]
fn is_elsewhere<B: RawBump>(region: &B, block: NonNull<u8>) -> bool {
    region.memory().is_some_and(|memory| {
        let position = block.addr().get().wrapping_sub(memory.start().addr().get());
        memory.may_grow() && position >= memory.size()
    })
}

/// Moves the end of a block that is the last of the region; `false`, and nothing happened, if it is
/// not the last, or there is no room for more.
///
/// # Safety
///
/// The block has `from` bytes. The caller gives up what is behind `to`, unless this returns `false`.
#[inline]
pub(super) unsafe fn resize<B: RawBump>(
    region: &B,
    block: NonNull<u8>,
    from: usize,
    to: usize,
) -> bool {
    if to > capacity(region) || is_elsewhere(region, block) {
        return false;
    }
    // The engine would shrink a block that is not the last one, too, and forget the rest of it.
    if let Some(rest @ 1..) = from.checked_sub(to) {
        // SAFETY: `to` is less than `from`, so in the block.
        let end = unsafe { block.add(to) };
        // SAFETY: the caller's promise about the block.
        return unsafe { give_back(region, end, rest) };
    }
    // SAFETY: `to` is at least `from` here; no block has 0 bytes.
    unsafe { assert_unchecked(0 < from && from <= to) };
    // SAFETY: at most the capacity, which the block is in.
    let old = unsafe { grains(from) };
    // SAFETY: compared with the capacity above.
    let new = unsafe { grains(to) };
    // SAFETY: the caller's promise.
    unsafe { engine::resize(region, block, old, new, B::MIN_ALIGN) }.is_some()
}
