//! One piece of an arena's memory, and how it describes itself: in a footer at its own end.
//!
//! ```text
//!   start                          cursor           footer = the end for blocks
//!     │ blocks and padding           │ free           │ start, next, ..│
//!   ──┴──────────────────────────────┴────────────────┴────────────────┴──
//! ```
//!
//! An arena keeps nothing of a chunk but a pointer to its footer. It is the end of the free memory,
//! its provenance covers all blocks, since it may access the whole chunk, and it leads to the next
//! chunk. The list of chunks is in `chunks`.

use core::alloc::Layout;
use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::ptr::NonNull;

use bump_core::place::place_up;

/// The footer of a chunk.
///
/// Its alignment is the largest at which an arena keeps its cursor: chunks start at multiples of
/// it.
#[repr(C, align(16))]
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The first byte of the chunk.
    start: NonNull<u8>,
    /// The chunk to use after this one; for a chunk that was passed over, the one beside it.
    pub(crate) next: Cell<Option<ChunkRef>>,
    /// For a chunk that was passed over: the first of those below it (`passed`).
    pub(crate) below: Cell<Option<ChunkRef>>,
    /// For a chunk that ends early: the one that it stands in for (`scratch`).
    pub(crate) whole: Cell<Option<ChunkRef>>,
    /// Where the cursor was when the arena went on to another chunk. For a spare chunk: up to where
    /// blocks have been in this round, as far as is known (`unused`).
    pub(crate) filled: Cell<usize>,
    /// The binary logarithm of the alignment that the base was asked for, plus 1; 0 for memory that
    /// the arena borrows.
    align: u8,
    /// The rounds since the chunk was needed, if it is spare (`unused`).
    pub(crate) unused: Cell<u8>,
}

// Six words: one more would make the footer larger.
const _: () = assert!(size_of::<Chunk>() == size_of::<[usize; 6]>().next_multiple_of(16));

/// A pointer to the footer of a chunk, which may access all of the chunk.
///
/// It is used no longer than the list in which the chunk is. Footers are borrowed as shared only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkRef(NonNull<Chunk>);

impl ChunkRef {
    /// The chunk that ends there.
    ///
    /// # Safety
    ///
    /// The pointer is from [`end`](Self::end), and the chunk still exists.
    #[inline]
    pub(crate) unsafe fn from_end(end: NonNull<u8>) -> Self {
        ChunkRef(end.cast())
    }

    /// The end of the chunk's memory for blocks, by a pointer that may access the whole chunk.
    #[inline]
    pub(crate) fn end(self) -> NonNull<u8> {
        self.0.cast()
    }

    /// The address of the end.
    #[inline]
    pub(crate) fn limit(self) -> usize {
        self.0.addr().get()
    }

    /// The bytes that the chunk has for blocks.
    #[inline]
    pub(crate) fn capacity(self) -> usize {
        self.limit() - self.start()
    }

    /// The bytes of the chunk, with its footer.
    pub(crate) fn size(self) -> usize {
        self.capacity() + size_of::<Chunk>()
    }

    /// The layout that the base was asked for; `None` for memory that the arena borrows.
    pub(crate) fn layout(self) -> Option<Layout> {
        let align = 1 << self.align.checked_sub(1)?;
        // SAFETY: the size and the alignment are those of the layout that the chunk was allocated
        // with (`format`).
        Some(unsafe { Layout::from_size_align_unchecked(self.size(), align) })
    }

    /// The bytes that were taken from the base; 0 for memory that the arena borrows.
    pub(crate) fn taken(self) -> usize {
        self.layout().map_or(0, |layout| layout.size())
    }

    /// The first byte, by the pointer that the chunk was made with.
    pub(crate) fn first_byte(self) -> NonNull<u8> {
        self.start
    }

    /// Whether the chunk, when empty, has room for a block.
    pub(crate) fn fits(self, layout: Layout, min_align: usize) -> bool {
        place_up(None, self.start(), self.limit(), layout, min_align).is_some()
    }

    /// The bytes from the start up to `position`.
    ///
    /// # Safety
    ///
    /// `position` is one that a cursor has or had in the chunk, and nobody writes to those bytes
    /// for `'a`.
    pub(crate) unsafe fn bytes<'a>(self, position: usize) -> &'a [MaybeUninit<u8>] {
        let bytes = NonNull::slice_from_raw_parts(self.start.cast(), position - self.start());
        // SAFETY: inside the chunk, readable, valid uninitialised, and not written to.
        unsafe { bytes.as_ref() }
    }
}

impl Deref for ChunkRef {
    type Target = Chunk;

    #[inline]
    fn deref(&self) -> &Chunk {
        // SAFETY: the footer is valid as long as the chunk is in a list, and never borrowed
        // uniquely.
        unsafe { self.0.as_ref() }
    }
}

impl Chunk {
    /// Makes a chunk of the `len` bytes at `start`; `None` if there is no place for its footer.
    ///
    /// # Safety
    ///
    /// - The bytes are valid for reads and writes through `start` for as long as the chunk is used,
    ///   and only through it.
    /// - `start` is aligned for a footer, and `len` is a multiple of the alignment of a footer.
    /// - `layout` is `None`; or the bytes are a block of the arena's base, all of it, with this layout.
    pub(crate) unsafe fn format(
        start: NonNull<u8>,
        len: usize,
        layout: Option<Layout>,
    ) -> Option<ChunkRef> {
        // This fits: it is at most the number of bits of an address.
        #[expect(clippy::cast_possible_truncation, reason = "see above")]
        let align = layout.map_or(0, |layout| 1 + layout.align().trailing_zeros() as u8);
        let end = len.checked_sub(size_of::<Chunk>())?;
        // SAFETY: the footer ends where the bytes do.
        let place = unsafe { start.add(end) }.cast::<Chunk>();
        // SAFETY: aligned as `start` is, since `len` and the size of a footer are multiples of that,
        // and inside the bytes, which are writable.
        unsafe {
            place.write(Chunk {
                start,
                next: Cell::new(None),
                below: Cell::new(None),
                whole: Cell::new(None),
                filled: Cell::new(start.addr().get()),
                align,
                unused: Cell::new(0),
            });
        }
        Some(ChunkRef(place))
    }

    /// Where the first block starts.
    #[inline]
    pub(crate) fn start(&self) -> usize {
        self.start.addr().get()
    }
}
