//! Where a block lands in a free range, upwards and downwards.
//!
//! ```text
//!   place_up                                     place_down
//!
//!   cursor     start         end      limit      limit      start         end        cursor
//!     │ padding  │   block    │  free   │          │  free    │   block    │  padding  │
//!   ──┴──────────┴────────────┴─────────┴──      ──┴──────────┴────────────┴───────────┴──
//!                             ▲                               ▲
//!                       the next cursor                 the next cursor
//! ```
//!
//! [`place_up`] counts positions from an *origin*, the address of the region's first byte; or, if
//! there is none, positions are addresses. [`place_down`] places at addresses.
//!
//! Both round the start *and the size* of a block to a minimum alignment, so the end of a block
//! depends on its start and its size alone ([`block_end`]). An allocator that keeps its cursor at
//! multiples of 8 needs no padding for most blocks, and gets all of them back that are freed in
//! reverse order. With a minimum alignment of 1, blocks lie as close as their alignments allow.

// The integer and the layout come from the parent module, so that a test can instantiate this
// very source for an address space small enough to try every input.
use super::align::align_down;
use super::{Layout, usize};

/// The positions that a block takes.
///
/// Upwards, `end` is the next cursor; downwards, `start` is.
///
/// ```
/// use bump_core::place::{Placement, place_up};
/// use core::alloc::Layout;
///
/// let Placement { start, end } = place_up(None, 16, 64, Layout::new::<[u8; 5]>(), 8).unwrap();
/// assert_eq!((start, end), (16, 24));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Placement {
    /// Where the block starts: its address is a multiple of its alignment, and of the minimum
    /// alignment.
    pub start: usize,
    /// Where the block ends, with its size rounded to the minimum alignment.
    pub end: usize,
}

/// Where the block of `size` bytes at `start` ends, with its size rounded up to a multiple of
/// `min_align`, a power of two.
///
/// Meaningless, but never a panic, if the end lies beyond the address space.
///
/// ```
/// use bump_core::place::block_end;
///
/// assert_eq!(block_end(16, 5, 1), 21);
/// assert_eq!(block_end(16, 5, 8), 24);
/// ```
#[inline]
#[must_use]
pub const fn block_end(start: usize, size: usize, min_align: usize) -> usize {
    start.wrapping_add(rounded(size, min_align))
}

/// The smallest multiple of `min_align` that is at least `size`.
#[inline]
const fn rounded(size: usize, min_align: usize) -> usize {
    let mask = min_align.wrapping_sub(1);
    size.wrapping_add(mask) & !mask
}

/// Whether the block with the last byte `last` fits below the limit, under the conditions of
/// [`place_up`].
///
/// Let the address space be 2^n bytes, and A the stricter of the two alignments. A valid layout has
/// `size <= 2^(n-1) - align`. So the padding, at most `A - 1`, and the size, rounded up, are at most
/// 2^(n-1) + `min_align` - 1 in total.
#[inline]
pub(super) const fn is_within(origin: Option<usize>, last: usize, limit: usize) -> bool {
    match origin {
        // The limit is at most 2^(n-1) - `min_align`: the end is less than 2^n, and did not wrap.
        Some(_) => last.wrapping_add(1) <= limit,
        // Limit and end are multiples of `min_align`. So the end is at most 2^(n-1) behind the limit, and
        // less than that in front of it: the highest bit of the wrapped difference is its sign.
        None => last.wrapping_sub(limit) > usize::MAX >> 1,
    }
}

/// Places a block of `layout` at the lowest position possible in `cursor..limit`.
///
/// Positions count from the address `origin`: the address of the position `p` is `origin + p`. If
/// there is no origin, positions are addresses. The address of the start is a multiple of `min_align`,
/// a power of two, and so is the size, rounded up. `None` if the block does not fit.
///
/// The range is a part of one object: `cursor <= limit` and `limit - cursor <= isize::MAX`. With an
/// origin, which is where that object starts, `limit` is at most `isize::MAX` rounded down to a
/// multiple of `min_align`; without, it is a multiple.
///
/// ```
/// use bump_core::place::{Placement, place_up};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<[u32; 3]>();
/// assert_eq!(place_up(None, 17, 32, layout, 1), Some(Placement { start: 20, end: 32 }));
/// assert_eq!(place_up(None, 17, 31, layout, 1), None);
/// // The lowest multiple of 4 from 0x1001 on is 0x1004.
/// assert_eq!(place_up(Some(0x1001), 0, 15, layout, 1), Some(Placement { start: 3, end: 15 }));
/// // At multiples of 8, the block takes 16 bytes.
/// assert_eq!(place_up(None, 12, 40, layout, 8), Some(Placement { start: 16, end: 32 }));
/// ```
#[inline]
#[must_use]
pub const fn place_up(
    origin: Option<usize>,
    cursor: usize,
    limit: usize,
    layout: Layout,
    min_align: usize,
) -> Option<Placement> {
    let first = match origin {
        Some(origin) => origin,
        None => 0,
    };
    // Rounding up sets the low bits of the byte in front, and takes the next one.
    let low_bits = layout.align().wrapping_sub(1) | min_align.wrapping_sub(1);
    let before = first.wrapping_add(cursor).wrapping_sub(1) | low_bits;
    let last = before
        .wrapping_add(rounded(layout.size(), min_align))
        .wrapping_sub(first);
    if is_within(origin, last, limit) {
        let start = before.wrapping_add(1).wrapping_sub(first);
        let end = last.wrapping_add(1);
        Some(Placement { start, end })
    } else {
        None
    }
}

/// Places a block of `layout` at the highest address possible in `limit..cursor`.
///
/// `min_align` is a power of two, and `cursor` a multiple of it. `None` if the block does not fit.
///
/// ```
/// use bump_core::place::{Placement, place_down};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<[u32; 3]>();
/// assert_eq!(place_down(33, 20, layout, 1), Some(Placement { start: 20, end: 32 }));
/// assert_eq!(place_down(33, 21, layout, 1), None);
/// // With the cursor kept at multiples of 8, the block takes 16 bytes.
/// assert_eq!(place_down(32, 16, layout, 8), Some(Placement { start: 16, end: 32 }));
/// ```
#[inline]
#[must_use]
pub const fn place_down(
    cursor: usize,
    limit: usize,
    layout: Layout,
    min_align: usize,
) -> Option<Placement> {
    let align = if layout.align() < min_align {
        min_align
    } else {
        layout.align()
    };
    let start = match cursor.checked_sub(layout.size()) {
        Some(start) => align_down(start, align),
        None => return None,
    };
    if start < limit {
        return None;
    }
    // `start + size` is at most `cursor`, and so is its rounding, as `start` and `cursor` are multiples.
    let end = block_end(start, layout.size(), min_align);
    Some(Placement { start, end })
}
