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
use super::place::{Placement, end_behind, is_within, place_down};
use super::{Layout, usize};

/// The cursor of an upward allocator behind the block of `size` bytes at `start`, which
/// [`place_up`](super::place::place_up) placed with the same `origin`, `limit` and `min_align`: where
/// the cursor is if the block is the last one.
///
/// Meaningless, but never a panic, if there is no such block.
///
/// ```
/// use bump_core::resize::end_up;
///
/// assert_eq!(end_up(0, 16, 64, 5, 1), 21);
/// assert_eq!(end_up(0, 16, 64, 5, 8), 24);
/// ```
#[inline]
#[must_use]
pub const fn end_up(
    origin: usize,
    start: usize,
    limit: usize,
    size: usize,
    min_align: usize,
) -> usize {
    end_behind(
        origin,
        start.wrapping_sub(1).wrapping_add(size),
        limit,
        min_align,
    )
}

/// The cursor of an upward allocator after the last block, which starts at `start`, was resized to
/// `size` bytes where it is. `None` if it does not fit.
///
/// [`place_up`](super::place::place_up) placed the block, with the same `origin`, `limit` and
/// `min_align`; `size` is at most `isize::MAX`, as that of every layout. A block that shrinks always
/// fits; if it is not the last one, its rest stays unused. A block that needs more alignment than
/// its place has is placed again by `place_up`, from its start on.
///
/// ```
/// use bump_core::resize::resize_up;
///
/// assert_eq!(resize_up(0, 20, 40, 5, 1), Some(25));
/// assert_eq!(resize_up(0, 20, 40, 20, 1), Some(40));
/// assert_eq!(resize_up(0, 20, 40, 21, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn resize_up(
    origin: usize,
    start: usize,
    limit: usize,
    size: usize,
    min_align: usize,
) -> Option<usize> {
    let last = start.wrapping_sub(1).wrapping_add(size);
    if is_within(last, limit) {
        Some(end_behind(origin, last, limit, min_align))
    } else {
        None
    }
}

/// The end of the block of `size` bytes at `start` of a downward allocator, rounded up to
/// `min_align`, a power of two: the cursor below which [`place_down`] placed it, less the padding
/// behind it. The cursor after the block, if it is the last one, was released.
///
/// Meaningless, but never a panic, if there is no such block.
///
/// ```
/// use bump_core::resize::end_down;
///
/// assert_eq!(end_down(16, 5, 1), 21);
/// assert_eq!(end_down(16, 5, 8), 24);
/// ```
#[inline]
#[must_use]
pub const fn end_down(start: usize, size: usize, min_align: usize) -> usize {
    let mask = min_align.wrapping_sub(1);
    start.wrapping_add(size.wrapping_add(mask) & !mask)
}

/// Resizes the **last** block of a downward allocator, which [`place_down`] placed at `start` with
/// `old_size` bytes, with the same `limit` and `min_align`. `None` if `new` does not fit.
///
/// The content has to be moved to the start of the placement, which is the next cursor, before
/// anything else is written there: both places may overlap.
///
/// ```
/// use bump_core::place::Placement;
/// use bump_core::resize::resize_down;
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
    place_down(end_down(start, old_size, min_align), limit, new, min_align)
}
