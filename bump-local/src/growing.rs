//! The methods by which a program decides how an arena gets, keeps and returns memory: the base, the
//! limit, room in advance, the return of unused chunks.

#[cfg(feature = "base")]
use core::alloc::GlobalAlloc;
use core::alloc::Layout;

use crate::arena::Arena;
#[cfg(feature = "base")]
use crate::base::Base;
use crate::error::{AllocError, OnExhaustion, infallible};

#[cfg(feature = "base")]
impl<'mem> Arena<'mem> {
    /// An arena whose chunks come from an allocator of your choice, and return to it.
    ///
    /// Any `GlobalAlloc` that threads can share will do: a heap of `bump-global` in a static, one
    /// that counts, or one of huge pages. Where the documentation of a method says "the global
    /// allocator", this one takes its place.
    ///
    /// ```
    /// use bump_global::{Bump, Tracked};
    /// use bump_local::Arena;
    ///
    /// static HEAP: Tracked<Bump<[u64; 512]>> = Tracked::new(Bump::uninit());
    ///
    /// let arena = Arena::new_in(&HEAP);
    /// assert_eq!(arena.alloc([1_u8; 100])[99], 1);
    /// assert_eq!(HEAP.statistics().in_use, arena.allocated_bytes_including_metadata());
    /// assert!(arena.try_alloc([0_u8; 5000]).is_err());
    /// drop(arena);
    /// assert_eq!(HEAP.statistics().in_use, 0);
    /// ```
    ///
    /// The allocator is borrowed for as long as there is the arena:
    ///
    /// ```compile_fail,E0597
    /// # use bump_global::Bump;
    /// # use bump_local::Arena;
    /// let arena;
    /// {
    ///     let heap: Bump<[u64; 512]> = Bump::uninit();
    ///     arena = Arena::new_in(&heap);
    /// }
    /// ```
    ///
    /// An arena can be sent to another thread, so its base must be usable there:
    ///
    /// ```compile_fail,E0277
    /// # use core::alloc::{GlobalAlloc, Layout};
    /// struct OneThread(core::cell::Cell<usize>);
    /// // SAFETY: there is never memory.
    /// unsafe impl GlobalAlloc for OneThread {
    ///     unsafe fn alloc(&self, _: Layout) -> *mut u8 {
    ///         core::ptr::null_mut()
    ///     }
    ///     unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    /// }
    /// let base = OneThread(Default::default());
    /// bump_local::Arena::new_in(&base);
    /// ```
    #[must_use]
    pub const fn new_in(base: &'mem (dyn GlobalAlloc + Sync)) -> Self {
        Self::with_min_align_in(base)
    }
}

#[cfg(feature = "base")]
impl<'mem, const MIN_ALIGN: usize> Arena<'mem, MIN_ALIGN> {
    /// Like [`new_in`](Arena::new_in), with any minimum alignment.
    ///
    /// ```
    /// use bump_local::Arena;
    ///
    /// static HEAP: bump_global::Bump<[u64; 512]> = bump_global::Bump::uninit();
    ///
    /// let arena = Arena::<8>::with_min_align_in(&HEAP);
    /// assert_eq!(*arena.alloc(1_u8), 1);
    /// ```
    #[must_use]
    pub const fn with_min_align_in(base: &'mem (dyn GlobalAlloc + Sync)) -> Self {
        // SAFETY: borrowed for `'mem`, which outlives the arena and its chunks.
        Self::over(unsafe { Base::new(base) })
    }
}

impl<const MIN_ALIGN: usize> Arena<'_, MIN_ALIGN> {
    /// The most bytes that the arena may take from the global allocator, if there is a limit.
    ///
    /// ```
    /// let arena = bump_local::Arena::new();
    /// assert_eq!(arena.allocation_limit(), None);
    /// arena.set_allocation_limit(Some(1000));
    /// assert_eq!(arena.allocation_limit(), Some(1000));
    /// ```
    #[must_use]
    pub fn allocation_limit(&self) -> Option<usize> {
        Some(self.chunks.account().limit.get()).filter(|limit| *limit != usize::MAX)
    }

    /// Limits the bytes that the arena may take from the global allocator in total, including its
    /// own overhead.
    ///
    /// The limit is exact: no request makes the arena take more, and one fails only if it would
    /// have to. Spare chunks that are in the way are returned. If more than the limit is taken
    /// already, no more is taken. Only [`append`](Self::append) can exceed the limit, by the bytes
    /// that the other arena has taken.
    ///
    /// ```
    /// use bump_local::Arena;
    ///
    /// let arena = Arena::new();
    /// arena.set_allocation_limit(Some(1000));
    /// while arena.try_alloc([0_u8; 100]).is_ok() {}
    /// assert!(arena.allocated_bytes_including_metadata() <= 1000);
    /// ```
    pub fn set_allocation_limit(&self, limit: Option<usize>) {
        self.chunks.may_grow();
        let limit = limit.unwrap_or(usize::MAX);
        self.chunks.account().limit.set(limit);
    }

    /// Makes room for `bytes` bytes more: the global allocator is not asked until blocks and their
    /// padding take more than that.
    ///
    /// If a spare chunk has room for them all, it is used next. Otherwise a chunk is taken, and
    /// later ones are larger, as after one that was filled. The temporaries of a
    /// [scratch](Self::scratch) may take that room, too.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// let arena = bump_local::Arena::new();
    /// arena.reserve(100_000);
    /// let taken = arena.allocated_bytes_including_metadata();
    /// for number in 0..12_500_u64 {
    ///     arena.alloc(number);
    /// }
    /// assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn reserve(&self, bytes: usize) {
        infallible(self.make_room(bytes));
    }

    /// Like [`reserve`](Self::reserve), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// assert!(arena.try_reserve(100).is_ok());
    /// assert!(arena.try_reserve(300).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_reserve(&self, bytes: usize) -> Result<(), AllocError> {
        self.make_room(bytes)
    }

    #[track_caller]
    fn make_room<E: OnExhaustion>(&self, bytes: usize) -> Result<(), E> {
        let room = Layout::from_size_align(bytes, MIN_ALIGN).ok();
        match room.and_then(|room| self.chunks.reserve(room)) {
            Some(()) => Ok(()),
            None => Err(E::exhausted(bytes)),
        }
    }

    /// Ends a round: returns to the global allocator the chunks that none of the last `rounds` rounds
    /// needed. With 0 it returns all that are not in use now.
    ///
    /// A program that calls this after each reset, or after each scope, keeps the memory that its
    /// rounds need. When `rounds` smaller rounds have come after a large one, the memory that only
    /// the large one needed is returned. A chunk also counts as not needed if it is much larger
    /// than what the round is known to have put there. The chunk in use, after a reset the first
    /// one, stays; [`release_memory`](Self::release_memory) returns that, too. Buffers stay.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// let mut arena = bump_local::Arena::new();
    /// let mut round = |size: usize| {
    ///     arena.alloc_slice_fill_default::<u8>(100);
    ///     arena.alloc_slice_fill_default::<u8>(size);
    ///     arena.reset();
    ///     arena.release_unused(3);
    ///     arena.allocated_bytes()
    /// };
    /// round(1000);
    /// assert!(round(1_000_000) > 1_000_000);
    /// assert!(round(1000) > 1_000_000);
    /// assert!(round(1000) > 1_000_000);
    /// // The third without need for it.
    /// assert!(round(1000) < 4000);
    /// # }
    /// ```
    pub fn release_unused(&self, rounds: u8) {
        self.chunks.release_unused(rounds);
    }
}

#[cfg(feature = "alloc")]
impl Arena<'_> {
    /// An arena with a chunk for `capacity` bytes.
    ///
    /// ```
    /// let arena = bump_local::Arena::with_capacity(1000);
    /// assert!(arena.chunk_capacity() >= 1000);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_min_align_and_capacity(capacity)
    }

    /// Like [`with_capacity`](Self::with_capacity), without a panic.
    ///
    /// ```
    /// let arena = bump_local::Arena::try_with_capacity(1000)?;
    /// assert!(arena.chunk_capacity() >= 1000);
    /// assert!(bump_local::Arena::try_with_capacity(usize::MAX).is_err());
    /// # Ok::<(), bump_local::AllocError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, AllocError> {
        Self::try_with_min_align_and_capacity(capacity)
    }
}

#[cfg(feature = "alloc")]
impl<const MIN_ALIGN: usize> Arena<'_, MIN_ALIGN> {
    /// Like [`with_capacity`](Arena::with_capacity), with any minimum alignment.
    ///
    /// ```
    /// let arena = bump_local::Arena::<8>::with_min_align_and_capacity(1000);
    /// assert!(arena.chunk_capacity() >= 1000);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[must_use]
    #[track_caller]
    pub fn with_min_align_and_capacity(capacity: usize) -> Self {
        infallible(Self::with_room(capacity))
    }

    /// Like [`with_min_align_and_capacity`](Self::with_min_align_and_capacity), without a panic.
    ///
    /// ```
    /// let arena = bump_local::Arena::<8>::try_with_min_align_and_capacity(1000)?;
    /// assert!(arena.chunk_capacity() >= 1000);
    /// # Ok::<(), bump_local::AllocError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_with_min_align_and_capacity(capacity: usize) -> Result<Self, AllocError> {
        Self::with_room(capacity)
    }

    #[track_caller]
    fn with_room<E: OnExhaustion>(capacity: usize) -> Result<Self, E> {
        let arena = Self::with_min_align();
        arena.make_room(capacity)?;
        Ok(arena)
    }
}
