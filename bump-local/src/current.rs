//! The region that an arena takes blocks from at the moment: the current chunk, as a cursor and an end.
//! The list that the chunk is in is in `chunks`.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use bump_core::{Memory, RawBump};

use crate::cell::LastByte;
use crate::chunk::{Chunk, ChunkRef};

/// Sentinel: the end before the first chunk exists. It is an address without provenance, at which
/// nothing is read or written. The cursor is there too, so nothing fits.
const NOWHERE: NonNull<u8> = match NonNull::new(ptr::without_provenance_mut(align_of::<Chunk>())) {
    Some(end) => end,
    None => unreachable!(),
};

/// The region between the cursor and the end of the current chunk.
///
/// A request that is served from there reads these two fields and nothing else.
#[repr(C)]
#[derive(Debug)]
pub struct Current<const MIN_ALIGN: usize> {
    pub(crate) cursor: LastByte,
    /// The footer of the current chunk, [`NOWHERE`] without one. May access the whole chunk.
    pub(crate) end: Cell<NonNull<u8>>,
}

// SAFETY: `end` may access its chunk, which lasts as long as the list, wherever that is moved, and
// in which nothing but blocks is before the footer. The cursor starts at a multiple of the
// alignment of `Chunk`, which every `MIN_ALIGN` divides. When another chunk becomes the current
// one, cursor and memory change together, and from then on `Chunks` calls `resize` only for blocks
// of that chunk: for those that end at the cursor, and chunks do not overlap.
unsafe impl<const MIN_ALIGN: usize> RawBump for Current<MIN_ALIGN> {
    type Cursor = LastByte;

    const MIN_ALIGN: usize = MIN_ALIGN;

    #[inline]
    fn cursor(&self) -> &LastByte {
        &self.cursor
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        Some(Memory::up_to(self.end.get()))
    }
}

impl<const MIN_ALIGN: usize> Current<MIN_ALIGN> {
    /// The state before the first chunk.
    pub(crate) const fn nowhere() -> Self {
        Current {
            cursor: LastByte::new(align_of::<Chunk>()),
            end: Cell::new(NOWHERE),
        }
    }

    /// Makes a chunk that ends at `end` the current one, with the cursor at `position`.
    pub(crate) fn set(&self, position: usize, end: NonNull<u8>) {
        self.cursor.set(position);
        self.end.set(end);
    }

    /// Takes over the chunk and the cursor of another one.
    #[inline]
    pub(crate) fn copy_from(&self, other: &Self) {
        self.cursor.copy_from(&other.cursor);
        self.end.set(other.end.get());
    }
}

/// The chunk that ends at an end which a list or a checkpoint keeps.
#[inline]
pub(crate) fn footer(end: NonNull<u8>) -> Option<ChunkRef> {
    // SAFETY: the ends that a list keeps are `NOWHERE` or those of its chunks. A checkpoint that may
    // be used keeps one that the list had, and its chunk has been in use since (`return_passed`).
    (end != NOWHERE).then(|| unsafe { ChunkRef::from_end(end) })
}
