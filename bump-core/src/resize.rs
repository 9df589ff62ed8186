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
use super::place::{Placement, block_end, is_within, place_down};
use super::{Layout, usize};

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
/// assert_eq!(resize_up(None, 20, 40, 5, 1), Some(25));
/// assert_eq!(resize_up(None, 20, 40, 20, 1), Some(40));
/// assert_eq!(resize_up(None, 20, 40, 21, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn resize_up(
    origin: Option<usize>,
    start: usize,
    limit: usize,
    size: usize,
    min_align: usize,
) -> Option<usize> {
    let last = last_byte(origin, start, size, min_align);
    if is_within(origin, last, limit) {
        Some(last.wrapping_add(1))
    } else {
        None
    }
}

/// The last byte in front of the [`block_end`] of an upward allocator, for a size that is not known at
/// compile time.
///
/// The address of the block is a multiple of `min_align`. So rounding the end is rounding the size, and
/// takes less where the compiler cannot round the size: 50 of 204 instructions in the row of 7 grows in an
/// arena. For small machines it would be 12 bytes more.
#[inline]
pub(crate) const fn last_byte(
    origin: Option<usize>,
    start: usize,
    size: usize,
    min_align: usize,
) -> usize {
    if cfg!(small) {
        return block_end(start, size, min_align).wrapping_sub(1);
    }
    let first = match origin {
        Some(origin) => origin,
        None => 0,
    };
    let before = first.wrapping_add(start).wrapping_sub(1);
    (before.wrapping_add(size) | min_align.wrapping_sub(1)).wrapping_sub(first)
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
    place_down(block_end(start, old_size, min_align), limit, new, min_align)
}
