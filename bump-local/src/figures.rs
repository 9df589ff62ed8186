//! The figures of an arena: the bytes that blocks take up, those that the chunks have, and those that
//! were taken from the base, in total, at most and for each chunk; and the bytes of the blocks
//! themselves.

use core::mem::MaybeUninit;

use crate::arena::Arena;
use crate::chunk::ChunkRef;

impl<const MIN_ALIGN: usize> Arena<'_, MIN_ALIGN> {
    /// The bytes that blocks and the padding between them take up.
    ///
    /// The unused rest at the end of a chunk is not counted.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.alloc_str("abc");
    /// arena.alloc(1_u32); // behind a byte of padding
    /// assert_eq!(arena.used_bytes(), 8);
    /// ```
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        let used = |(chunk, filled): (ChunkRef, usize)| filled - chunk.start();
        self.chunks.used().map(used).sum()
    }

    /// The bytes that the chunks have for blocks, in total.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// assert!((256 - 80..256).contains(&arena.allocated_bytes()));
    /// ```
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.stats().map(|chunk| chunk.capacity).sum()
    }

    /// The bytes that were taken from the global allocator.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.alloc(42);
    /// assert_eq!(arena.allocated_bytes_including_metadata(), 0); // all is in the buffer
    /// ```
    #[must_use]
    pub fn allocated_bytes_including_metadata(&self) -> usize {
        self.chunks.account().taken()
    }

    /// The most bytes from the global allocator that the arena had at one time: since the last call
    /// of [`reset_peak`](Self::reset_peak), if there was one.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// let mut arena = bump_local::Arena::new();
    /// arena.alloc([0_u8; 1000]);
    /// arena.release_memory();
    /// assert!(arena.peak_allocated_bytes() > 1000);
    /// arena.reset_peak();
    /// assert_eq!(arena.peak_allocated_bytes(), 0);
    /// # }
    /// ```
    #[must_use]
    pub fn peak_allocated_bytes(&self) -> usize {
        self.chunks.account().peak()
    }

    /// Starts a new peak, at the bytes that the arena has now. Returns the old one.
    ///
    /// ```
    /// let arena = bump_local::Arena::new();
    /// assert_eq!(arena.reset_peak(), 0);
    /// ```
    pub fn reset_peak(&self) -> usize {
        self.chunks.account().reset_peak()
    }

    /// The bytes that are left in the current chunk, for blocks and the padding before them.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let before = arena.chunk_capacity();
    /// arena.alloc([0_u8; 100]);
    /// assert_eq!(arena.chunk_capacity(), before - 100);
    /// ```
    #[must_use]
    pub fn chunk_capacity(&self) -> usize {
        self.chunks.room()
    }

    /// The capacity and use of each chunk: those in use, in the order in which they came into use,
    /// and then the spare ones.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.alloc([0_u8; 100]);
    /// let chunks: Vec<_> = arena.chunks().collect();
    /// assert_eq!((chunks.len(), chunks[0].used), (1, 100));
    /// ```
    // By a unique borrow, so that an iterator meets no chunk that is returned meanwhile, and none
    // from inside a scratch is used after it: there it could meet a chunk that ends early only
    // while the scratch lasts.
    pub fn chunks(&mut self) -> impl Iterator<Item = ChunkStats> + '_ {
        self.stats()
    }

    fn stats(&self) -> impl Iterator<Item = ChunkStats> + '_ {
        let used = self.chunks.used().map(|(chunk, filled)| ChunkStats {
            capacity: chunk.capacity(),
            used: filled - chunk.start(),
            taken: chunk.taken(),
        });
        let spare = self.chunks.spare().map(|chunk| ChunkStats {
            capacity: chunk.capacity(),
            used: 0,
            taken: chunk.taken(),
        });
        used.chain(spare)
    }

    /// The bytes of each chunk in use up to its last block, oldest first. Padding and blocks need
    /// not be initialised.
    ///
    /// If all values are of one type, whose size is a multiple of `MIN_ALIGN`, they lie one behind
    /// the other in each chunk. After a value of any other size the cursor moves on to the next
    /// multiple of `MIN_ALIGN`: three `u8` in an `Arena::<16>` take 48 bytes, of which each
    /// sixteenth is one of them.
    ///
    /// ```
    /// use bump_local::Arena;
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let mut arena = Arena::from_mem(&mut buffer);
    /// arena.alloc_str("one behind ");
    /// arena.alloc_str("the other");
    /// let bytes: Vec<u8> = arena
    ///     .iter_allocated_chunks()
    ///     .flatten()
    ///     // SAFETY: only bytes were allocated.
    ///     .map(|byte| unsafe { byte.assume_init() })
    ///     .collect();
    /// assert_eq!(bytes, b"one behind the other");
    /// ```
    pub fn iter_allocated_chunks(&mut self) -> impl Iterator<Item = &[MaybeUninit<u8>]> {
        self.chunks
            .used()
            .filter(|(chunk, filled)| *filled > chunk.start())
            // SAFETY: no block is in use, and none is taken while the arena is borrowed uniquely.
            .map(|(chunk, filled)| unsafe { chunk.bytes(filled) })
    }
}

/// How much of a chunk is used, in bytes.
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let mut arena = bump_local::Arena::from_mem(&mut buffer);
/// arena.alloc_str("abc");
/// let bump_local::ChunkStats { capacity, used, taken } = arena.chunks().next().unwrap();
/// assert_eq!((capacity, used, taken), (arena.allocated_bytes(), 3, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChunkStats {
    /// The bytes that the chunk has for blocks in total.
    pub capacity: usize,
    /// The bytes that blocks and the padding between them take up.
    pub used: usize,
    /// The bytes that were taken for the chunk from the global allocator, or the
    /// [base](Arena::new_in): 0 if it is in a buffer.
    pub taken: usize,
}
