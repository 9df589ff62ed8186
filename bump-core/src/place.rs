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
//! [`place_up`] counts positions from an *origin*: the address of the region's first byte, or 0
//! where positions are addresses. [`place_down`] places at addresses.
//!
//! Both round the far end of a block to a minimum alignment. An allocator that keeps its cursor at
//! multiples of 8 needs no padding for most blocks, and gets all of them back that are freed in
//! reverse order. With a minimum alignment of 1, blocks lie as close as their alignments allow.

// The integer and the layout come from the parent module, so that a test can instantiate this
// very source for an address space small enough to try every input.
use super::align::{align_down, align_up};
use super::{Layout, usize};

/// The positions that a block takes.
///
/// Upwards, `end` is the next cursor; downwards, `start` is.
///
/// ```
/// use bump_core::place::{Placement, place_up};
/// use core::alloc::Layout;
///
/// let Placement { start, end } = place_up(0, 16, 64, Layout::new::<[u8; 5]>(), 8).unwrap();
/// assert_eq!((start, end), (16, 24));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Placement {
    /// Where the block starts: its address is a multiple of its alignment.
    pub start: usize,
    /// Where the block ends, rounded to the minimum alignment.
    pub end: usize,
}

/// Places a block of `layout` at the lowest position possible in `cursor..limit`.
///
/// Positions count from the address `origin`: the address of the position `p` is `origin + p`. The
/// end of the block is rounded as [`end_behind`] does it, to `min_align`, a power of two. `None` if
/// the block does not fit.
///
/// The result is right wherever the range lies, if it is part of one object: if `cursor <= limit`
/// and `limit - cursor <= isize::MAX`.
///
/// ```
/// use bump_core::place::{Placement, place_up};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<[u32; 3]>();
/// assert_eq!(place_up(0, 17, 32, layout, 1), Some(Placement { start: 20, end: 32 }));
/// assert_eq!(place_up(0, 17, 31, layout, 1), None);
/// // The lowest multiple of 4 from 0x1001 on is 0x1004.
/// assert_eq!(place_up(0x1001, 0, 15, layout, 1), Some(Placement { start: 3, end: 15 }));
/// // With ends at multiples of 8, the block takes 16 bytes.
/// assert_eq!(place_up(0, 16, 40, layout, 8), Some(Placement { start: 16, end: 32 }));
/// ```
#[inline]
#[must_use]
pub const fn place_up(
    origin: usize,
    cursor: usize,
    limit: usize,
    layout: Layout,
    min_align: usize,
) -> Option<Placement> {
    // Rounding up sets the low bits of the byte in front, and takes the next one.
    let before = origin.wrapping_add(cursor).wrapping_sub(1) | layout.align().wrapping_sub(1);
    let last = before.wrapping_add(layout.size()).wrapping_sub(origin);
    // Let the address space be 2^n bytes. A valid layout has `size <= 2^(n-1) - align`, and the
    // padding is less than `align`: less than 2^(n-1) in total.
    if !is_within(last, limit) {
        return None;
    }
    let start = before.wrapping_add(1).wrapping_sub(origin);
    let end = end_behind(origin, last, limit, min_align);
    Some(Placement { start, end })
}

/// Whether the last byte of a block is in front of the limit.
///
/// Both are less than 2^(n-1) behind the cursor, or right in front of it, 2^n being the size of the
/// address space. So the highest bit of the wrapped difference `last - limit` is its sign, also
/// where one of the two has wrapped.
#[inline]
pub(super) const fn is_within(last: usize, limit: usize) -> bool {
    last.wrapping_sub(limit) > usize::MAX >> 1
}

/// The cursor behind a block whose last byte is at `last`: the lowest position behind that whose
/// address is a multiple of `min_align`, a power of two; or `limit`, if that is lower.
///
/// The conditions are those of [`place_up`], for the position behind `last` in the place of the
/// cursor.
///
/// ```
/// use bump_core::place::end_behind;
///
/// assert_eq!(end_behind(0, 12, 64, 1), 13);
/// assert_eq!(end_behind(0, 12, 64, 8), 16);
/// assert_eq!(end_behind(0, 12, 15, 8), 15);
/// assert_eq!(end_behind(0x1001, 12, 64, 8), 15);
/// ```
#[inline]
#[must_use]
pub const fn end_behind(origin: usize, last: usize, limit: usize, min_align: usize) -> usize {
    let mask = min_align.wrapping_sub(1);
    let rounded = (origin.wrapping_add(last) | mask).wrapping_sub(origin);
    // If the limit is a multiple, nothing is rounded beyond it: most often known at compile time.
    let limit_is_multiple = origin.wrapping_add(limit) & mask == 0;
    if limit_is_multiple || rounded.wrapping_sub(limit) > usize::MAX >> 1 {
        rounded.wrapping_add(1)
    } else {
        limit
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
    // `start + size` is at most `cursor`, and so is its rounding: no overflow on a valid cursor.
    match align_up(start.wrapping_add(layout.size()), min_align) {
        Some(end) => Some(Placement { start, end }),
        None => None,
    }
}
