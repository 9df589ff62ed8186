//! Where a block lands in a free range of addresses, upwards and downwards.
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
//! [`place_up`] and [`place_down`] are right for every pair of bounds and every valid [`Layout`],
//! near the ends of the address space too. [`place_in_object`], [`place_after`], [`place_offset`]
//! and [`place_in_aligned`] are right, and shorter, where the free range is part of an object in
//! Rust, which bounds its length.
//!
//! With a `min_align`, the cursor is kept at multiples of it if it is one: an allocator most of
//! whose blocks are aligned to `min_align` saves the masking. With a `min_align` of 1 it is a plain
//! bump allocator.

// The integer and the layout come from the parent module, so that a test can instantiate this
// very source for an address space small enough to try every input.
use super::align::{align_down, align_up};
use super::{Layout, usize};

/// The range of addresses that a block takes.
///
/// Upwards, `end` is the next cursor; downwards, `start` is.
///
/// ```
/// use bump_core::{Placement, place_up};
/// use core::alloc::Layout;
///
/// let Placement { start, end } = place_up(16, 64, Layout::new::<[u8; 5]>(), 8).unwrap();
/// assert_eq!((start, end), (16, 24));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Placement {
    /// The address of the block: a multiple of its alignment.
    pub start: usize,
    /// The first address behind the block and its rounding to the minimum alignment.
    pub end: usize,
}

/// Places a block of `layout` at the lowest address possible in `cursor..limit`.
///
/// `min_align` is a power of two, and `cursor` a multiple of it. `None` if the block does not fit.
///
/// ```
/// use bump_core::{Placement, place_up};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<[u32; 3]>();
/// assert_eq!(place_up(17, 32, layout, 1), Some(Placement { start: 20, end: 32 }));
/// assert_eq!(place_up(17, 31, layout, 1), None);
/// // With the cursor kept at multiples of 8, the block takes 16 bytes.
/// assert_eq!(place_up(16, 32, layout, 8), Some(Placement { start: 16, end: 32 }));
/// ```
#[inline]
#[must_use]
pub const fn place_up(
    cursor: usize,
    limit: usize,
    layout: Layout,
    min_align: usize,
) -> Option<Placement> {
    up(cursor, limit, layout.size(), layout.align(), min_align)
}

/// [`place_up`] for any size, and any alignment that is a power of two.
#[inline]
pub(super) const fn up(
    cursor: usize,
    limit: usize,
    size: usize,
    align: usize,
    min_align: usize,
) -> Option<Placement> {
    let start = if is_placed(align, min_align) {
        cursor
    } else {
        match align_up(cursor, align) {
            Some(start) => start,
            None => return None,
        }
    };
    // The size is rounded, not the end: it is often known at compile time.
    let Some(size) = align_up(size, min_align) else {
        return None;
    };
    match start.checked_add(size) {
        Some(end) if end <= limit => Some(Placement { start, end }),
        _ => None,
    }
}

/// Places a block of `layout` as [`place_up`] does, in a range that is part of one object.
///
/// That is, `cursor <= limit` and `limit - cursor <= isize::MAX`: no object in Rust is larger. Then
/// one comparison does for the three of `place_up`, wherever the object lies. `min_align` is a
/// power of two, and `cursor` a multiple of it. `None` if the block does not fit.
///
/// ```
/// use bump_core::{Placement, place_in_object};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<u64>();
/// assert_eq!(place_in_object(17, 32, layout, 1), Some(Placement { start: 24, end: 32 }));
/// assert_eq!(place_in_object(17, 31, layout, 1), None);
/// // The lowest multiple of 8 from here on would be 0, after the last address.
/// assert_eq!(place_in_object(usize::MAX - 3, usize::MAX, layout, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn place_in_object(
    cursor: usize,
    limit: usize,
    layout: Layout,
    min_align: usize,
) -> Option<Placement> {
    in_object(cursor, limit, layout.size(), layout.align(), min_align)
}

/// [`place_in_object`] for the size and the alignment of a valid layout.
#[inline]
pub(super) const fn in_object(
    cursor: usize,
    limit: usize,
    size: usize,
    align: usize,
    min_align: usize,
) -> Option<Placement> {
    let start = if is_placed(align, min_align) {
        cursor
    } else {
        if min_align > 1 {
            cold();
        }
        align_down(cursor.wrapping_add(align.wrapping_sub(1)), align)
    };
    let min_mask = min_align.wrapping_sub(1);
    let end = start.wrapping_add(size.wrapping_add(min_mask) & !min_mask);
    // Let the address space be 2^n bytes. A valid layout has `size <= 2^(n-1) - align`. Either the
    // padding is 0, and the rounded size at most 2^(n-1); or `align` is more than `min_align`, the
    // padding at most `align - min_align`, and the rounded size at most `2^(n-1) - align`. So the
    // two sum up to at most 2^(n-1), and the free range is less. What is left of it, the
    // difference, is at least -2^(n-1) and less than 2^(n-1): the highest bit of the wrapped
    // difference is its sign, also if `end` lies beyond the address space and was wrapped itself.
    let left = limit.wrapping_sub(end);
    if left > usize::MAX >> 1 {
        None
    } else {
        Some(Placement { start, end })
    }
}

/// Places a block of `layout` as [`place_in_object`] does with a `min_align` of 1, for an allocator
/// that keeps the address of the byte in front of its cursor, `last`.
///
/// From there, rounding up sets the bits of a mask and adds nothing. So the next `last`, which is
/// `end - 1`, takes two operations, where the next cursor takes three: that is what a program waits
/// for that takes block after block.
///
/// ```
/// use bump_core::{Placement, place_after};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<u64>();
/// assert_eq!(place_after(16, 32, layout), Some(Placement { start: 24, end: 32 }));
/// assert_eq!(place_after(15, 24, layout), Some(Placement { start: 16, end: 24 }));
/// assert_eq!(place_after(16, 31, layout), None);
/// ```
#[inline]
#[must_use]
pub const fn place_after(last: usize, limit: usize, layout: Layout) -> Option<Placement> {
    after(last, limit, layout.size(), layout.align())
}

/// [`place_after`] for the size and the alignment of a valid layout.
#[inline]
pub(super) const fn after(
    last: usize,
    limit: usize,
    size: usize,
    align: usize,
) -> Option<Placement> {
    let before = last | align.wrapping_sub(1);
    let next = before.wrapping_add(size);
    // What is left is `limit - (next + 1)`, and its highest bit is its sign, as in `in_object`. The
    // difference here is the complement of that.
    if next.wrapping_sub(limit) > usize::MAX >> 1 {
        let (start, end) = (before.wrapping_add(1), next.wrapping_add(1));
        Some(Placement { start, end })
    } else {
        None
    }
}

/// Whether a block needs no padding because the cursor is kept aligned. The first comparison is
/// known at compile time, and spares plain bump allocators the second.
#[inline]
const fn is_placed(align: usize, min_align: usize) -> bool {
    min_align > 1 && align <= min_align
}

/// Places a block of `layout` at the lowest position possible in `cursor..limit`, positions being
/// offsets from the address `origin`.
///
/// `min_align` is a power of two that divides `origin` and `cursor`, and
/// `cursor <= limit <= isize::MAX`: no object in Rust is larger. `None` if the block does not fit.
///
/// ```
/// use bump_core::{Placement, place_offset};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<u64>();
/// // The lowest multiple of 8 from 0x1004 on is 0x1008.
/// assert_eq!(place_offset(0x1004, 0, 12, layout, 1), Some(Placement { start: 4, end: 12 }));
/// assert_eq!(place_offset(0x1004, 0, 11, layout, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn place_offset(
    origin: usize,
    cursor: usize,
    limit: usize,
    layout: Layout,
    min_align: usize,
) -> Option<Placement> {
    offset(
        origin,
        cursor,
        limit,
        layout.size(),
        layout.align(),
        min_align,
    )
}

/// [`place_offset`] for the size and the alignment of a valid layout.
#[inline]
pub(super) const fn offset(
    origin: usize,
    cursor: usize,
    limit: usize,
    size: usize,
    align: usize,
    min_align: usize,
) -> Option<Placement> {
    behind(
        origin.wrapping_sub(1),
        cursor,
        limit,
        size,
        align,
        min_align,
    )
}

/// [`offset`], with the address `before` that from which positions count.
///
/// It is in a form that makes small code. The padding of an address `x`, `-x & (align - 1)`, is
/// `!(x - 1) & (align - 1)`: one instruction on Arm, if `x - 1` is at hand. The start is taken from
/// the end, so that only one of them has to be kept while the cursor is moved.
#[inline]
pub(super) const fn behind(
    before: usize,
    cursor: usize,
    limit: usize,
    size: usize,
    align: usize,
    min_align: usize,
) -> Option<Placement> {
    let padding = !before.wrapping_add(cursor) & align.wrapping_sub(1);
    let end = cursor.wrapping_add(size).wrapping_add(padding);
    within(end, size, limit, min_align)
}

/// Places a block of `layout` as [`place_offset`] does, positions being offsets from an address
/// that is a multiple of the alignment of `layout`: then an offset is aligned exactly if the
/// address is.
///
/// `min_align` is a power of two that divides `cursor`, and `cursor <= limit <= isize::MAX`. `None`
/// if the block does not fit.
///
/// ```
/// use bump_core::{Placement, place_in_aligned};
/// use core::alloc::Layout;
///
/// let layout = Layout::new::<u64>();
/// assert_eq!(place_in_aligned(3, 16, layout, 1), Some(Placement { start: 8, end: 16 }));
/// assert_eq!(place_in_aligned(3, 15, layout, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn place_in_aligned(
    cursor: usize,
    limit: usize,
    layout: Layout,
    min_align: usize,
) -> Option<Placement> {
    let align = layout.align();
    // One instruction less than by the padding.
    let start = align_down(cursor.wrapping_add(align.wrapping_sub(1)), align);
    let size = layout.size();
    within(start.wrapping_add(size), size, limit, min_align)
}

/// The block of `size` bytes that ends at the offset `end`, if its rounding to `min_align` is at
/// most `limit`.
///
/// None of the sums that led here overflows: a valid layout has `size + (align - 1) <= isize::MAX`,
/// the padding is at most `align - 1`, and the cursor at most `isize::MAX`. So they are taken
/// without a check, and a block that ends beyond the limit is refused by the one comparison here.
#[inline]
const fn within(end: usize, size: usize, limit: usize, min_align: usize) -> Option<Placement> {
    let start = end.wrapping_sub(size);
    match align_up(end, min_align) {
        Some(end) if end <= limit => Some(Placement { start, end }),
        _ => None,
    }
}

/// Places a block of `layout` at the highest address possible in `limit..cursor`.
///
/// `min_align` is a power of two, and `cursor` a multiple of it. `None` if the block does not fit.
///
/// ```
/// use bump_core::{Placement, place_down};
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

/// Tells the compiler that the path on which it is called is the unlikely one.
#[cold]
pub(super) const fn cold() {}
