//! The spare chunks that were too small for a request, in a heap with the largest on top. Other
//! spare chunks are in the list of `chunks`, in the order of their use.
//!
//! A request looks at each spare chunk in the list in turn, and a chunk without room for it comes
//! here. Later requests look only at the top of the heap: if that has no room, no chunk below has.
//! So between two uses a chunk is passed over once, however many requests are too large for it.
//!
//! ```text
//!            top          A pairing heap: no chunk is larger than the one above it. `below` leads
//!             │           to the first chunk below, `next` to the one beside.
//!     a ───── b ───── c
//!     │               │   Adding a chunk is one comparison. Taking the top compares the chunks
//!     d               e   below it in pairs, which takes a time like the logarithm of their number.
//! ```

use core::alloc::Layout;
use core::cell::Cell;

use crate::chunk::ChunkRef;

/// A heap of spare chunks.
pub(crate) struct Passed {
    /// The top: no other chunk has a larger capacity.
    top: Cell<Option<ChunkRef>>,
    /// The bytes of the base in all chunks of the heap.
    owned: Cell<usize>,
}

impl Passed {
    pub(crate) const fn new() -> Self {
        Passed {
            top: Cell::new(None),
            owned: Cell::new(0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.top.get().is_none()
    }

    /// The bytes of all chunks in the heap that can be returned to the base.
    pub(crate) fn owned(&self) -> usize {
        self.owned.get()
    }

    /// Adds a chunk, which is in no list.
    pub(crate) fn push(&self, chunk: ChunkRef) {
        self.owned.set(self.owned.get() + chunk.taken());
        self.add(chunk);
    }

    /// Takes out the largest chunk.
    pub(crate) fn pop(&self) -> Option<ChunkRef> {
        let top = self.top.take()?;
        // Merge the chunks below in pairs, and then the pairs.
        let mut rest = top.below.take();
        let mut pairs = None;
        while let Some(one) = rest {
            let other = one.next.take();
            rest = other.and_then(|other| other.next.take());
            let pair = other.map_or(one, |other| joined(one, other));
            pair.next.set(pairs.replace(pair));
        }
        while let Some(pair) = pairs {
            pairs = pair.next.take();
            self.add(pair);
        }
        self.owned.set(self.owned.get() - top.taken());
        Some(top)
    }

    /// Takes out a chunk with room for a block.
    pub(crate) fn take(&self, layout: Layout, min_align: usize) -> Option<ChunkRef> {
        // A chunk that is large enough lacks room only if the block is aligned more strictly than
        // its start. Then the next largest may have room.
        let mut misaligned = None;
        let found = loop {
            let large_enough = |top: &ChunkRef| top.capacity() >= layout.size();
            let Some(top) = self.top.get().filter(large_enough).and_then(|_| self.pop()) else {
                break None;
            };
            if top.fits(layout, min_align) {
                break Some(top);
            }
            top.next.set(misaligned.replace(top));
        };
        while let Some(chunk) = misaligned {
            misaligned = chunk.next.take();
            self.push(chunk);
        }
        found
    }

    /// Merges a chunk, with those below it, into the heap.
    fn add(&self, chunk: ChunkRef) {
        let top = self.top.get().map_or(chunk, |top| joined(top, chunk));
        self.top.set(Some(top));
    }
}

/// Merges two heaps, whose tops have no chunk beside them: the larger top, with the other one below
/// it.
fn joined(one: ChunkRef, other: ChunkRef) -> ChunkRef {
    let (top, under) = if one.capacity() < other.capacity() {
        (other, one)
    } else {
        (one, other)
    };
    under.next.set(top.below.replace(Some(under)));
    top
}
