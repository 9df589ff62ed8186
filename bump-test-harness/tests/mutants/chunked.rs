//! An arena that takes chunks from a base, correct unless a [`ChunkedBug`] is asked for.

use core::alloc::Layout;
use core::cell::{Cell, RefCell};
use core::ptr::{self, NonNull};

use allocator_api2_04::alloc::{AllocError, Allocator};
use bump_test_harness::base::Base;

/// The planted bugs, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkedBug {
    AssumesAnAlignedBase,
    FreesAnotherLayout,
    KeepsAChunk,
    WritesBehindTheChunk,
    FreesAChunkInUse,
    TrustsTheBase,
    CountsAChunkThatFailed,
}

/// The smallest chunk.
const CHUNK: usize = 512;

pub(crate) struct Chunked {
    base: Base,
    chunks: RefCell<Vec<Chunk>>,
    /// How much of the last chunk is used.
    used: Cell<usize>,
    bug: Option<ChunkedBug>,
}

struct Chunk {
    block: NonNull<[u8]>,
    layout: Layout,
}

impl Chunked {
    pub(crate) fn new(base: Base, bug: Option<ChunkedBug>) -> Self {
        Self {
            base,
            chunks: RefCell::default(),
            used: Cell::new(0),
            bug,
        }
    }

    /// Keeps the last chunk.
    pub(crate) fn reset(&mut self) {
        let last = self.chunks.get_mut().pop();
        self.free_all();
        if self.is(ChunkedBug::FreesAChunkInUse) {
            if let Some(chunk) = &last {
                // SAFETY: it is not; that is the bug.
                unsafe { self.base.deallocate(chunk.block.cast(), chunk.layout) };
            }
        }
        self.chunks.get_mut().extend(last);
        self.used.set(0);
    }

    fn is(&self, bug: ChunkedBug) -> bool {
        self.bug == Some(bug)
    }

    fn free_all(&mut self) {
        let skip = usize::from(self.is(ChunkedBug::KeepsAChunk));
        for chunk in self.chunks.take().into_iter().skip(skip) {
            let layout = if self.is(ChunkedBug::FreesAnotherLayout) {
                Layout::for_value(&0_u64)
            } else {
                chunk.layout
            };
            // SAFETY: nothing uses the chunk any more; the layout is the one asked for.
            unsafe { self.base.deallocate(chunk.block.cast(), layout) };
        }
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return NonNull::new(ptr::without_provenance_mut(layout.align()));
        }
        self.take_here(layout).or_else(|| {
            self.add_chunk(layout)?;
            self.take_here(layout)
        })
    }

    fn take_here(&self, layout: Layout) -> Option<NonNull<u8>> {
        let chunks = self.chunks.borrow();
        let block = chunks.last()?.block;
        let base = if self.is(ChunkedBug::AssumesAnAlignedBase) {
            0
        } else {
            block.addr().get()
        };
        let start = (base + self.used.get()).checked_next_multiple_of(layout.align())? - base;
        let end = start.checked_add(layout.size())?;
        if end > block.len() {
            return None;
        }
        self.used.set(end);
        // SAFETY: `start` is inside the chunk.
        Some(unsafe { block.cast::<u8>().add(start) })
    }

    fn add_chunk(&self, layout: Layout) -> Option<()> {
        let size = layout.size().checked_add(layout.align())?.max(CHUNK);
        let layout = Layout::from_size_align(size, 1).ok()?;
        let answer = self.base.allocate(layout);
        if self.is(ChunkedBug::TrustsTheBase) {
            answer.expect("the base has memory");
        }
        if self.is(ChunkedBug::CountsAChunkThatFailed) && answer.is_none() {
            self.used.set(0);
        }
        let block = answer?;
        if self.is(ChunkedBug::WritesBehindTheChunk) {
            // SAFETY: it is not inside the chunk, that is the bug; it is in the guard of the base.
            let behind = unsafe { block.cast::<u8>().add(block.len()) };
            // SAFETY: as above.
            unsafe { behind.write(0) };
        }
        self.chunks.borrow_mut().push(Chunk { block, layout });
        self.used.set(0);
        Some(())
    }
}

impl Drop for Chunked {
    fn drop(&mut self) {
        self.free_all();
    }
}

// SAFETY: without a bug each byte of a chunk is handed out once, and chunks live until the end.
unsafe impl Allocator for Chunked {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.take(layout).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    unsafe fn deallocate(&self, _block: NonNull<u8>, _layout: Layout) {}
}
