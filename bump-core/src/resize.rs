//! The last block of a bump allocator: whether a block is the last, and growing, shrinking and
//! releasing it.
//!
//! Only the block that borders the cursor can be given back or change its size at no cost; of every
//! other block only the bytes that it has can be used again. A last block is resized by *placing it
//! again*, as if it had never been there: upwards from its start, downwards from its end.
//!
//! ```text
//!   upwards, the start stays                  downwards, the end stays
//!
//!   start       old_end                                  start        end of the block
//!     │   block   │   free    │                │   free    │   block   │
//!   ──┴───────────┴───────────┴──            ──┴───────────┴───────────┴──
//!     │   again        │ free │                │ free │      again      │
//!   ──┴────────────────┴──────┴──            ──┴──────┴─────────────────┴──
//!                      ▲                              ▲
//!               the next cursor                the next cursor, and where the content moves to
//! ```

// The integer and the layout come from the parent module, so that a test can instantiate this very
// source for an address space small enough to try every input.
use super::place::{Placement, after, in_object, offset, place_down, up};
use super::{Layout, usize};

/// How an upward allocator resizes a block, which its last block can, and any block can that does
/// not become longer.
///
/// It moves its cursor from `old_end` to `placement.end`. If the cursor is elsewhere, the block is
/// not the last one: then it cannot become longer, and its rest stays unused if it becomes shorter.
///
/// ```
/// use bump_core::resize_up;
/// use core::alloc::Layout;
///
/// let (old, new) = (Layout::new::<[u8; 4]>(), Layout::new::<[u8; 6]>());
/// let resize = resize_up(16, 64, old, new, 1).unwrap();
/// assert_eq!((resize.old_end, resize.placement.start, resize.placement.end), (20, 16, 22));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resize {
    /// The end of the block as it is: where the cursor is if the block is the last one.
    pub old_end: usize,
    /// The block as it will be. It starts where it does already, unless its new layout is more
    /// strictly aligned than the old one, and its address is not.
    pub placement: Placement,
}

impl Resize {
    /// The same, counted from an origin that is as many bytes in front.
    #[inline]
    pub(super) const fn ahead(self, bytes: usize) -> Self {
        let Placement { start, end } = self.placement;
        Resize {
            old_end: self.old_end.wrapping_add(bytes),
            placement: Placement {
                start: start.wrapping_add(bytes),
                end: end.wrapping_add(bytes),
            },
        }
    }
}

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

/// Whether the block of `size` bytes at `start` is the last one of an upward allocator.
///
/// ```
/// use bump_core::is_last_up;
///
/// assert!(is_last_up(24, 16, 5, 8));
/// assert!(!is_last_up(32, 16, 5, 8));
/// ```
#[inline]
#[must_use]
pub const fn is_last_up(cursor: usize, start: usize, size: usize, min_align: usize) -> bool {
    cursor == block_end(start, size, min_align)
}

/// Whether the block at `start` is the last one of a downward allocator.
///
/// ```
/// assert!(bump_core::is_last_down(16, 16));
/// assert!(!bump_core::is_last_down(8, 16));
/// ```
#[inline]
#[must_use]
pub const fn is_last_down(cursor: usize, start: usize) -> bool {
    cursor == start
}

/// The cursor of an upward allocator after the block of `size` bytes at `start` was released;
/// `None` if it is not the last one.
///
/// The padding in front of the block stays consumed.
///
/// ```
/// use bump_core::release_up;
///
/// assert_eq!(release_up(21, 16, 5, 1), Some(16));
/// assert_eq!(release_up(32, 16, 5, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn release_up(
    cursor: usize,
    start: usize,
    size: usize,
    min_align: usize,
) -> Option<usize> {
    if is_last_up(cursor, start, size, min_align) {
        Some(start)
    } else {
        None
    }
}

/// The cursor of a downward allocator after the block of `size` bytes at `start` was released;
/// `None` if it is not the last one.
///
/// The padding behind the block stays consumed.
///
/// ```
/// use bump_core::release_down;
///
/// assert_eq!(release_down(16, 16, 5, 1), Some(21));
/// assert_eq!(release_down(8, 16, 5, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn release_down(
    cursor: usize,
    start: usize,
    size: usize,
    min_align: usize,
) -> Option<usize> {
    if is_last_down(cursor, start) {
        Some(block_end(start, size, min_align))
    } else {
        None
    }
}

/// Resizes the block that [`place_up`](super::place_up) placed at `start` for `old`, in an upward
/// allocator with the same `limit` and `min_align`. `None` if `new` does not fit from there.
///
/// ```
/// use bump_core::{Placement, Resize, resize_up};
/// use core::alloc::Layout;
///
/// let (old, new) = (Layout::new::<[u32; 3]>(), Layout::new::<[u32; 5]>());
/// let grown = Placement { start: 20, end: 40 };
/// assert_eq!(resize_up(20, 40, old, new, 1), Some(Resize { old_end: 32, placement: grown }));
/// assert_eq!(resize_up(20, 39, old, new, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn resize_up(
    start: usize,
    limit: usize,
    old: Layout,
    new: Layout,
    min_align: usize,
) -> Option<Resize> {
    let align = align_to_restore(old, new);
    resize(
        block_end(start, old.size(), min_align),
        up(start, limit, new.size(), align, min_align),
    )
}

/// Resizes a block as [`resize_up`] does, in a range that is part of one object: `start <= limit`
/// and `limit - start <= isize::MAX`, see [`place_in_object`](super::place_in_object).
///
/// ```
/// use bump_core::{Placement, Resize, resize_in_object};
/// use core::alloc::Layout;
///
/// let (old, new) = (Layout::new::<[u32; 3]>(), Layout::new::<u32>());
/// let shrunk = Placement { start: 20, end: 24 };
/// assert_eq!(resize_in_object(20, 40, old, new, 1), Some(Resize { old_end: 32, placement: shrunk }));
/// ```
#[inline]
#[must_use]
pub const fn resize_in_object(
    start: usize,
    limit: usize,
    old: Layout,
    new: Layout,
    min_align: usize,
) -> Option<Resize> {
    let align = align_to_restore(old, new);
    resize(
        block_end(start, old.size(), min_align),
        in_object(start, limit, new.size(), align, min_align),
    )
}

/// Resizes a block as [`resize_in_object`] does with a `min_align` of 1, for an allocator that keeps
/// the address of the byte in front of its cursor; see [`place_after`](super::place_after).
///
/// ```
/// use bump_core::{Placement, Resize, resize_after};
/// use core::alloc::Layout;
///
/// let (old, new) = (Layout::new::<[u32; 3]>(), Layout::new::<u32>());
/// let shrunk = Placement { start: 20, end: 24 };
/// assert_eq!(resize_after(20, 40, old, new), Some(Resize { old_end: 32, placement: shrunk }));
/// ```
#[inline]
#[must_use]
pub const fn resize_after(start: usize, limit: usize, old: Layout, new: Layout) -> Option<Resize> {
    let last = start.wrapping_sub(1);
    resize(
        block_end(start, old.size(), 1),
        after(last, limit, new.size(), align_to_restore(old, new)),
    )
}

/// Resizes a block as [`resize_up`] does, positions being offsets from the address `origin`, with
/// the conditions of [`place_offset`](super::place_offset).
///
/// ```
/// use bump_core::{Placement, Resize, resize_offset};
/// use core::alloc::Layout;
///
/// // To a stricter alignment: the lowest multiple of 8 from 0x1004 on is 0x1008.
/// let (old, new) = (Layout::new::<u32>(), Layout::new::<u64>());
/// let moved = Placement { start: 4, end: 12 };
/// assert_eq!(
///     resize_offset(0x1004, 0, 12, old, new, 1),
///     Some(Resize { old_end: 4, placement: moved }),
/// );
/// assert_eq!(resize_offset(0x1004, 0, 11, old, new, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn resize_offset(
    origin: usize,
    start: usize,
    limit: usize,
    old: Layout,
    new: Layout,
    min_align: usize,
) -> Option<Resize> {
    let align = align_to_restore(old, new);
    resize(
        block_end(start, old.size(), min_align),
        offset(origin, start, limit, new.size(), align, min_align),
    )
}

/// Resizes the **last** block of a downward allocator, which [`place_down`] placed at `start` with
/// `old_size` bytes, with the same `limit` and `min_align`. `None` if `new` does not fit.
///
/// The content has to be moved to the start of the placement, which is the next cursor, before
/// anything else is written there: both places may overlap.
///
/// ```
/// use bump_core::{Placement, resize_down};
/// use core::alloc::Layout;
///
/// let new = Layout::new::<[u32; 5]>();
/// assert_eq!(resize_down(20, 12, 12, new, 1), Some(Placement { start: 12, end: 32 }));
/// assert_eq!(resize_down(20, 13, 12, new, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn resize_down(
    start: usize,
    limit: usize,
    old_size: usize,
    new: Layout,
    min_align: usize,
) -> Option<Placement> {
    place_down(block_end(start, old_size, min_align), limit, new, min_align)
}

/// What has to be done for the alignment of `new` at the start of a block that is aligned for
/// `old`: nothing, if it is no stricter. Often that is known at compile time.
#[inline]
const fn align_to_restore(old: Layout, new: Layout) -> usize {
    if new.align() <= old.align() {
        1
    } else {
        new.align()
    }
}

#[inline]
const fn resize(old_end: usize, placement: Option<Placement>) -> Option<Resize> {
    match placement {
        Some(placement) => Some(Resize { old_end, placement }),
        None => None,
    }
}
