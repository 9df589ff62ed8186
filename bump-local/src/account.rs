//! The account of an arena with its base: how many bytes it may take, how many it has, and how
//! large the next chunk is. The chunks themselves are in `chunks`.
//!
//! The temporaries of a scratch are on the account of the arena, but each list of chunks grows from its
//! own last chunk. So scratches that are open inside of each other, with few bytes each, have small chunks.

use core::alloc::Layout;
use core::cell::Cell;

use bump_core::align::align_down;
use bump_core::growth::{Growth, smallest_chunk};

use crate::base::Base;
use crate::chunk::{Chunk, ChunkRef};

/// The sizes of regular chunks, in bytes. The first is small, for programs that need little; the
/// last is so large that the base is asked rarely.
const GROWTH: Growth = Growth::new(512, 1 << if usize::BITS > 16 { 20 } else { 12 });

/// The footer of a chunk.
const FOOTER: Layout = Layout::new::<Chunk>();

/// How many bytes of the base are taken, and how many may be.
#[derive(Debug)]
pub(crate) struct Account {
    base: Base,
    pub(crate) limit: Cell<usize>,
    taken: Cell<usize>,
    /// The most that was taken at a time.
    peak: Cell<usize>,
}

impl Account {
    pub(crate) const fn new(base: Base) -> Self {
        Account {
            base,
            limit: Cell::new(usize::MAX),
            taken: Cell::new(0),
            peak: Cell::new(0),
        }
    }

    pub(crate) fn base(&self) -> Base {
        self.base
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.get()
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.get()
    }

    /// Starts the peak again, at the bytes that are taken now. Returns the peak until now.
    pub(crate) fn reset_peak(&self) -> usize {
        self.peak.replace(self.taken.get())
    }

    /// The bytes that may still be taken.
    pub(crate) fn available(&self) -> usize {
        self.available_without(0)
    }

    /// The bytes that may still be taken when so many bytes were returned.
    pub(crate) fn available_without(&self, returned: usize) -> usize {
        if !self.base.exists() {
            return 0;
        }
        self.limit.get().saturating_sub(self.taken.get() - returned)
    }

    /// The least that must be available for a block.
    pub(crate) fn least(layout: Layout) -> Option<usize> {
        Some(smallest_chunk(layout, FOOTER)?.size())
    }

    /// Takes a chunk with room for a block, for a list whose last regular chunk was of the size `last`.
    /// If it `replaces` others and is for one large request, it gets a quarter more than that needs,
    /// since the next such request may be larger.
    pub(crate) fn take(
        &self,
        layout: Layout,
        last: &Cell<usize>,
        replaces: bool,
    ) -> Option<ChunkRef> {
        let least = Self::least(layout)?;
        let mut most = usize::MAX;
        loop {
            let available = self.available().min(most);
            let due = GROWTH.next_chunk(last.get(), layout, FOOTER, available)?;
            let asked = if due.oversized && replaces {
                enlarged(due.layout, available)
            } else {
                due.layout
            };
            if let Some(chunk) = self.allocate(asked) {
                if !due.oversized {
                    last.set(asked.size());
                }
                return Some(chunk);
            }
            // The base refused: try half as much, but no less than the block needs.
            if asked.size() == least {
                return None;
            }
            most = least.max(asked.size() / 2);
        }
    }

    fn allocate(&self, layout: Layout) -> Option<ChunkRef> {
        // Count first: the base may allocate in this arena, within the same limit.
        self.taken.set(self.taken.get() + layout.size());
        let Some(start) = self.base.allocate(layout) else {
            self.taken.set(self.taken.get() - layout.size());
            return None;
        };
        self.note_peak();
        // SAFETY: just allocated, with this layout, whose alignment is that of a footer or stricter,
        // and whose size is a multiple of a footer's alignment.
        unsafe { Chunk::format(start, layout.size(), Some(layout)) }
    }

    /// Counts bytes that were taken, here or by another account of the same base.
    pub(crate) fn add(&self, bytes: usize) {
        self.taken.set(self.taken.get() + bytes);
        self.note_peak();
    }

    fn note_peak(&self) {
        self.peak.set(self.peak.get().max(self.taken.get()));
    }

    /// Returns a chunk to the base. Does nothing with memory that the arena borrows.
    ///
    /// # Safety
    ///
    /// The chunk is from this account, or was added to it, or the arena borrows its memory. Nothing
    /// in it is used any more, its footer included.
    pub(crate) unsafe fn put_back(&self, chunk: ChunkRef) {
        if let Some(layout) = chunk.layout() {
            self.taken.set(self.taken.get() - layout.size());
            // SAFETY: allocated with this layout, by the base of this account, and the start is the
            // pointer that was returned.
            unsafe { self.base.deallocate(chunk.first_byte(), layout) };
        }
    }
}

/// The layout of a chunk that is a quarter larger, or as large as what is available allows.
fn enlarged(chunk: Layout, available: usize) -> Layout {
    let size = chunk.size().saturating_add(chunk.size() / 4).min(available);
    Layout::from_size_align(align_down(size, FOOTER.align()), chunk.align()).unwrap_or(chunk)
}
