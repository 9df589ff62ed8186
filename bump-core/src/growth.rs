//! The size of the next chunk of an arena that grows by chunks. Where chunks come from is not here.
//!
//! Blocks fill a chunk upwards from its start, and a footer is at its end:
//!
//! ```text
//!   aligned for the block and the footer
//!     │
//!     ▼
//!     ┌─────────────┬────────────────────────────────┬────────┐
//!     │  the block  │  padding, and for later blocks │ footer │
//!     └─────────────┴────────────────────────────────┴────────┘
//!     │◄──────────────────── size of the chunk ──────────────►│
//! ```
//!
//! The smallest chunk for a block has only the padding that the footer needs. The block comes
//! first, so it is aligned as the chunk is, and needs no padding.
//!
//! The sizes of *regular* chunks double from a minimum to a cap. A request that does not fit into
//! the next regular chunk gets an *oversized* one to itself, of just the size that it needs. Growth
//! then goes on as if that chunk did not exist, so one large request enlarges no later chunk. The
//! price is one chunk for each such request; each request is larger than the minimum, so the number
//! of chunks stays in proportion to the bytes.

// Import `usize` and `Layout` from the parent module: the test `every_input` compiles this source
// with an 8-bit `usize` and tries every input.
use super::align::{align_down, align_up};
use super::{Layout, usize};

/// A growth policy: regular chunks double from a minimum to a cap.
///
/// ```
/// use bump_core::growth::Growth;
/// use core::alloc::Layout;
///
/// const GROWTH: Growth = Growth::new(512, 1 << 20);
///
/// let footer = Layout::new::<[usize; 2]>();
/// let small = Layout::new::<u64>();
/// let large = Layout::new::<[u64; 1000]>();
/// let next = |previous, block| GROWTH.next_chunk(previous, block, footer, usize::MAX).unwrap();
///
/// assert_eq!(next(0, small).layout.size(), 512);
/// assert_eq!(next(512, small).layout.size(), 1024);
/// assert_eq!(next(1 << 20, small).layout.size(), 1 << 20);
///
/// // A large request is served, and the arena then goes on with `previous` as it was.
/// let alone = next(512, large);
/// assert!(alone.oversized);
/// assert_eq!(alone.layout.size(), large.size() + footer.size());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Growth {
    /// Bytes of the first regular chunk.
    minimum: usize,
    /// Bytes that no regular chunk exceeds. If it is less than the minimum, it wins.
    cap: usize,
}

/// A chunk to request from the backing allocator.
///
/// ```
/// use bump_core::growth::Growth;
/// use core::alloc::Layout;
///
/// let block = Layout::new::<u64>();
/// let footer = Layout::new::<[usize; 2]>();
/// let chunk = Growth::new(512, 4096).next_chunk(0, block, footer, usize::MAX).unwrap();
/// assert_eq!((chunk.layout.size(), chunk.oversized), (512, false));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// The size and the alignment of the chunk, its footer included. The size is a multiple of the
    /// footer's alignment.
    pub layout: Layout,

    /// Whether the chunk is for one request alone, which fills it. The arena can then go on filling
    /// the chunk that it has, and does not pass this chunk's size as `previous` later.
    pub oversized: bool,
}

impl Growth {
    /// Chunks of at least `minimum` and at most `cap` bytes, their footers included. If the
    /// minimum exceeds the cap, the cap holds.
    ///
    /// ```
    /// use bump_core::growth::Growth;
    ///
    /// const GROWTH: Growth = Growth::new(512, 1 << 20);
    /// ```
    #[must_use]
    pub const fn new(minimum: usize, cap: usize) -> Self {
        Growth { minimum, cap }
    }

    /// The next chunk for an arena that has no room for `block`.
    ///
    /// `previous` is the size in bytes of its last regular chunk, 0 if there is none. `footer` is
    /// the layout of a chunk's footer, which is at least as aligned as the cursor is kept.
    /// `available` are the bytes that the arena may still take, footers included: its allocation
    /// limit less what it has taken, or `usize::MAX`.
    ///
    /// The block fits at the start of the chunk that is returned. If less is available than the
    /// policy asks for, the chunk is smaller, but never smaller than the block needs. Returns
    /// `None` only if [`smallest_chunk`] is `None` or needs more than is available.
    ///
    /// ```
    /// use bump_core::growth::Growth;
    /// use core::alloc::Layout;
    ///
    /// let growth = Growth::new(512, 4096);
    /// let block = Layout::new::<u64>();
    /// let footer = Layout::from_size_align(16, 8)?;
    /// // With a limit of 100 bytes, of which none is taken, the first chunk does not get its 512.
    /// assert_eq!(growth.next_chunk(0, block, footer, 100).unwrap().layout.size(), 96);
    /// assert_eq!(growth.next_chunk(0, block, footer, 24).unwrap().layout.size(), 24);
    /// assert_eq!(growth.next_chunk(0, block, footer, 23), None);
    /// # Ok::<(), core::alloc::LayoutError>(())
    /// ```
    #[must_use]
    pub const fn next_chunk(
        self,
        previous: usize,
        block: Layout,
        footer: Layout,
        available: usize,
    ) -> Option<Chunk> {
        let Some(smallest) = smallest_chunk(block, footer) else {
            return None;
        };
        if smallest.size() > available {
            return None;
        }
        let due = at_most(at_least(previous.saturating_mul(2), self.minimum), self.cap);
        let due = align_down(due, footer.align());
        if smallest.size() > due {
            return Some(Chunk {
                layout: smallest,
                oversized: true,
            });
        }
        // The size of a valid layout plus its alignment less 1 is at most `isize::MAX`. `smallest`
        // has the same alignment, so it is within both bounds. It is also a multiple of the
        // footer's alignment, so it stays within them when they are rounded down to that alignment.
        let valid = (usize::MAX >> 1).wrapping_sub(smallest.align().wrapping_sub(1));
        let size = at_most(due, align_down(at_most(available, valid), footer.align()));
        match Layout::from_size_align(size, smallest.align()) {
            Ok(layout) => Some(Chunk {
                layout,
                oversized: false,
            }),
            Err(_) => None,
        }
    }
}

/// The smallest chunk that has `block` at its start and `footer` at its end. It is aligned for
/// both, and its size is a multiple of the footer's alignment. Returns `None` if that is not a
/// valid layout.
///
/// An arena can fall back to it when the backing allocator refuses a larger chunk.
///
/// ```
/// use bump_core::growth::smallest_chunk;
/// use core::alloc::Layout;
///
/// let block = Layout::from_size_align(100, 64)?;
/// let footer = Layout::from_size_align(24, 8)?;
/// assert_eq!(smallest_chunk(block, footer), Some(Layout::from_size_align(128, 64)?));
/// # Ok::<(), core::alloc::LayoutError>(())
/// ```
#[must_use]
pub const fn smallest_chunk(block: Layout, footer: Layout) -> Option<Layout> {
    let Some(start) = align_up(block.size(), footer.align()) else {
        return None;
    };
    let Some(end) = start.checked_add(footer.size()) else {
        return None;
    };
    let Some(size) = align_up(end, footer.align()) else {
        return None;
    };
    match Layout::from_size_align(size, at_least(block.align(), footer.align())) {
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
