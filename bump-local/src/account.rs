//! How an arena grows: the allocator that its chunks come from and return to, how many bytes of it it
//! may take and has, and how large the next chunk is. Which chunks there are is the business of
//! `chunks`.

use core::alloc::Layout;
use core::cell::Cell;

use bump_core::align::align_down;
use bump_core::growth::{Growth, smallest_chunk};

use crate::base::Base;
use crate::chunk::{Chunk, ChunkRef};

/// The sizes of regular chunks, in bytes: the first is small enough for programs that need little,
/// the largest enough that the base is asked rarely.
const GROWTH: Growth = Growth::new(512, 1 << if usize::BITS > 16 { 20 } else { 12 });

/// The footer of a chunk.
const FOOTER: Layout = Layout::new::<Chunk>();

/// How much memory of the base may be taken, and is, in bytes.
#[derive(Debug)]
pub(crate) struct Account {
    base: Base,
    pub(crate) limit: Cell<usize>,
    taken: Cell<usize>,
    /// The most that was taken at a time.
    peak: Cell<usize>,
    /// The size of the last regular chunk.
    regular: Cell<usize>,
}

impl Account {
    pub(crate) const fn new(base: Base) -> Self {
        Account {
            base,
            limit: Cell::new(usize::MAX),
            taken: Cell::new(0),
            peak: Cell::new(0),
            regular: Cell::new(0),
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

    /// From now on, the peak is at least what is taken now. Returns the one before.
    pub(crate) fn reset_peak(&self) -> usize {
        self.peak.replace(self.taken.get())
    }

    /// The bytes that may still be taken.
    pub(crate) fn available(&self) -> usize {
        if !self.base.exists() {
            return 0;
        }
        self.limit.get().saturating_sub(self.taken.get())
    }

    /// The least that must be available for a block.
    pub(crate) fn least(layout: Layout) -> Option<usize> {
        Some(smallest_chunk(layout, FOOTER)?.size())
    }

    /// Takes a chunk with room for a block. One that `replaces` others has grown if it is for one
    /// large request, which may grow again.
    pub(crate) fn take(&self, layout: Layout, replaces: bool) -> Option<ChunkRef> {
        let least = Self::least(layout)?;
        let mut available = self.available();
        loop {
            let due = GROWTH.next_chunk(self.regular.get(), layout, FOOTER, available)?;
            let asked = if due.oversized && replaces {
                enlarged(due.layout, available)
            } else {
                due.layout
            };
            if let Some(chunk) = self.allocate(asked) {
                if !due.oversized {
                    self.regular.set(asked.size());
                }
                self.add(asked.size());
                return Some(chunk);
            }
            // What is refused may be had by halves, down to what is needed.
            if asked.size() == least {
                return None;
            }
            available = least.max(asked.size() / 2);
        }
    }

    fn allocate(&self, layout: Layout) -> Option<ChunkRef> {
        let base = self.base.allocate(layout)?;
        // SAFETY: just allocated, with this layout, whose alignment is that of a footer or stricter,
        // and whose size is a multiple of a footer's alignment.
        unsafe { Chunk::format(base, layout.size(), Some(layout)) }
    }

    /// Counts bytes that were taken, here or by another account of the same base.
    pub(crate) fn add(&self, bytes: usize) {
        self.taken.set(self.taken.get() + bytes);
        self.peak.set(self.peak.get().max(self.taken.get()));
    }

    /// Regular chunks grow from at least this size.
    pub(crate) fn grow_from(&self, chunk: ChunkRef) {
        self.regular.set(self.regular.get().max(chunk.taken()));
    }

    /// Regular chunks grow from at most this size again.
    pub(crate) fn shrink_to(&self, size: usize) {
        self.regular.set(self.regular.get().min(size));
    }

    /// Returns a chunk to the base; nothing, if it is not from there.
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
            unsafe { self.base.deallocate(chunk.base(), layout) };
        }
    }
}

/// The layout of a chunk that has a quarter more, or as much of it as is available.
fn enlarged(chunk: Layout, available: usize) -> Layout {
    let size = chunk.size().saturating_add(chunk.size() / 4).min(available);
    Layout::from_size_align(align_down(size, FOOTER.align()), chunk.align()).unwrap_or(chunk)
}
