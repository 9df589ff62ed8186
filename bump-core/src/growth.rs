//! How large the next chunk of an arena should be that grows by chunks; not where they come from.
//!
//! A chunk starts with a header, and blocks fill the rest of it upwards:
//!
//! ```text
//!   aligned for the header and the block
//!     │
//!     ▼
//!     ┌────────┬─────────┬─────────────┬─────────────────────┐
//!     │ header │ padding │  the block  │  for later blocks   │
//!     └────────┴─────────┴─────────────┴─────────────────────┘
//!     │◄────────── needed ────────────►│
//!     │◄──────────────────── size of the chunk ─────────────►│
//! ```
//!
//! The sizes of *regular* chunks double from a minimum to a cap. A request that does not fit into
//! the regular chunk that is due gets an *oversized* one to itself, without a byte to spare, and
//! growth goes on as if it had not been: one large request enlarges no later chunk. The price is a
//! chunk for each such request, and each of them brings more bytes than the minimum to pay for it.

// The integer and the layout come from the parent module, so that a test can instantiate this
// very source for an address space small enough to try every input.
use super::align::{align_down, align_up};
use super::{Layout, usize};

/// A growth policy: regular chunks double from a minimum to a cap.
///
/// ```
/// use bump_core::Growth;
/// use core::alloc::Layout;
///
/// const GROWTH: Growth = Growth::new(512, 1 << 20);
///
/// let header = Layout::new::<[usize; 2]>();
/// let small = Layout::new::<u64>();
/// let large = Layout::new::<[u64; 1000]>();
/// let next = |previous, layout| GROWTH.next_chunk(previous, layout, header, usize::MAX).unwrap();
///
/// assert_eq!(next(0, small).layout.size(), 512);
/// assert_eq!(next(512, small).layout.size(), 1024);
/// assert_eq!(next(1 << 20, small).layout.size(), 1 << 20);
///
/// // A large request is served, and the arena then goes on with `previous` as it was.
/// let alone = next(512, large);
/// assert!(alone.oversized);
/// assert_eq!(alone.layout.size(), header.size() + large.size());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Growth {
    /// Bytes of the first regular chunk.
    minimum: usize,
    /// Bytes that no regular chunk exceeds; the stronger of the two.
    cap: usize,
}

/// What to ask the backing allocator for.
///
/// ```
/// use bump_core::Growth;
/// use core::alloc::Layout;
///
/// let header = Layout::new::<[usize; 2]>();
/// let chunk = Growth::new(512, 4096).next_chunk(0, Layout::new::<u64>(), header, usize::MAX).unwrap();
/// assert_eq!((chunk.layout.size(), chunk.oversized), (512, false));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// The size and the alignment of the chunk, its header included. The size is a multiple of the
    /// header's alignment.
    pub layout: Layout,

    /// Whether the chunk is for one request alone. It then is full with that, so an arena can go on
    /// filling the chunk that it has, and its size does not count as that of a previous chunk.
    pub oversized: bool,
}

impl Growth {
    /// Chunks of at least `minimum` and at most `cap` bytes, their headers included. If the
    /// minimum exceeds the cap, the cap holds.
    ///
    /// ```
    /// use bump_core::Growth;
    ///
    /// const GROWTH: Growth = Growth::new(512, 1 << 20);
    /// ```
    #[must_use]
    pub const fn new(minimum: usize, cap: usize) -> Self {
        Growth { minimum, cap }
    }

    /// The next chunk for an arena that has no room for a block of `layout`.
    ///
    /// `previous` is the size in bytes of its last regular chunk, 0 if there is none. `header` is
    /// the layout of a chunk's header, which is at least as aligned as the cursor is kept.
    /// `available` are the bytes that the arena may still take, headers included: its allocation
    /// limit less what it has taken, or `usize::MAX`.
    ///
    /// The block fits into the chunk that is returned, so whoever has got it need not ask twice.
    /// A chunk shrinks, but never below what the block needs, to keep to what is available: `None`
    /// only if [`smallest_chunk`] is `None` or larger than that.
    ///
    /// ```
    /// use bump_core::Growth;
    /// use core::alloc::Layout;
    ///
    /// let growth = Growth::new(512, 4096);
    /// let header = Layout::new::<[u64; 2]>();
    /// let block = Layout::new::<u64>();
    /// // With a limit of 100 bytes, of which none is taken, the first chunk does not get its 512.
    /// assert_eq!(growth.next_chunk(0, block, header, 100).unwrap().layout.size(), 96);
    /// assert_eq!(growth.next_chunk(0, block, header, 24).unwrap().layout.size(), 24);
    /// assert_eq!(growth.next_chunk(0, block, header, 23), None);
    /// ```
    #[must_use]
    pub const fn next_chunk(
        self,
        previous: usize,
        layout: Layout,
        header: Layout,
        available: usize,
    ) -> Option<Chunk> {
        let Some(smallest) = smallest_chunk(layout, header) else {
            return None;
        };
        if smallest.size() > available {
            return None;
        }
        let due = at_most(at_least(previous.saturating_mul(2), self.minimum), self.cap);
        let due = align_down(due, header.align());
        if smallest.size() > due {
            return Some(Chunk {
                layout: smallest,
                oversized: true,
            });
        }
        // A layout's size plus its alignment less 1 is at most `isize::MAX`, half the address
        // space less 1. `smallest` has the same alignment, so it is within both bounds, and a
        // multiple of the header's alignment, so it still is when they are rounded down to that.
        let valid = (usize::MAX >> 1).wrapping_sub(smallest.align().wrapping_sub(1));
        let size = at_most(due, align_down(at_most(available, valid), header.align()));
        match Layout::from_size_align(size, smallest.align()) {
            Ok(layout) => Some(Chunk {
                layout,
                oversized: false,
            }),
            Err(_) => None,
        }
    }
}

/// The smallest chunk in which a block of `layout` fits behind a header of `header`: aligned for
/// both, its size a multiple of the header's alignment. `None` if that is no valid layout.
///
/// What an arena can fall back to when the backing allocator refuses it a larger chunk.
///
/// ```
/// use bump_core::smallest_chunk;
/// use core::alloc::Layout;
///
/// let header = Layout::new::<[u64; 3]>();
/// let block = Layout::from_size_align(100, 64)?;
/// assert_eq!(smallest_chunk(block, header), Some(Layout::from_size_align(168, 64)?));
/// # Ok::<(), core::alloc::LayoutError>(())
/// ```
#[must_use]
pub const fn smallest_chunk(layout: Layout, header: Layout) -> Option<Layout> {
    let Some(start) = align_up(header.size(), layout.align()) else {
        return None;
    };
    let Some(end) = start.checked_add(layout.size()) else {
        return None;
    };
    let Some(size) = align_up(end, header.align()) else {
        return None;
    };
    match Layout::from_size_align(size, at_least(layout.align(), header.align())) {
        Ok(chunk) => Some(chunk),
        Err(_) => None,
    }
}

// `Ord::min` and `Ord::max` are not `const`.

const fn at_most(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

const fn at_least(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
