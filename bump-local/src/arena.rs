//! The arena: chunks from the heap, buffers of the caller, or both; and how its content ends, by a
//! reset, in a scope or in a scratch.
//!
//! The list of chunks is in `chunks`, growing and shrinking in `growing`, the figures in `figures`,
//! and the methods for values in `values` and `methods`.

use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::panic::UnwindSafe;

use bump_core::Handle;

use crate::base::Base;
use crate::chunks::Chunks;
use crate::error::AllocError;
use crate::guard::ScopeGuard;
use crate::methods::value_methods;
use crate::rewind::{Checkpoint, Rewind as _, impl_raw_alloc};
use crate::scope::{self, Scope};

/// An arena: allocates in a handful of instructions, and frees everything at once.
///
/// It takes its memory from buffers of the caller, for `'mem`, and with the feature `alloc` from
/// the global allocator, in chunks that double in size up to 1 MiB. Destructors do not run, unless
/// a [scope](Self::scope) or a [box](Self::alloc_boxed) is told to run them.
///
/// The cursor is kept at multiples of `MIN_ALIGN`, a power of two up to 16. A value that is aligned
/// no more strictly is allocated in two instructions less; a value whose size is no multiple takes
/// up the rest of it, too. For blocks that share no cache line there are `Bump`s, whose minimum alignment
/// can be larger.
///
/// ```
/// use bump_local::Arena;
/// use core::cell::Cell;
///
/// struct Tree<'a> {
///     children: Cell<[Option<&'a Tree<'a>>; 2]>,
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let arena = Arena::from_mem(&mut buffer);
/// let leaf = arena.alloc(Tree { children: Cell::default() });
/// let root = arena.alloc(Tree { children: Cell::new([Some(leaf), None]) });
/// // Even cycles: nothing is ever dropped.
/// leaf.children.set([Some(root), None]);
/// ```
///
/// # What does not compile
///
/// Nothing that was allocated can be used after a reset:
///
/// ```compile_fail,E0502
/// # let mut arena = bump_local::Arena::new();
/// let number = arena.alloc(1);
/// arena.reset();
/// *number += 1;
/// ```
///
/// ... or after the arena is gone, or moved:
///
/// ```compile_fail,E0505
/// # let arena = bump_local::Arena::new();
/// let number = arena.alloc(1);
/// drop(arena);
/// *number += 1;
/// ```
///
/// A buffer cannot be used while it is an arena, and cannot be dropped before it:
///
/// ```compile_fail,E0597
/// let arena;
/// {
///     let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
///     arena = bump_local::Arena::from_mem(&mut buffer);
/// }
/// ```
///
/// ... even in another arena:
///
/// ```compile_fail,E0597
/// let arena = bump_local::Arena::new();
/// {
///     let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
///     arena.append(bump_local::Arena::from_mem(&mut buffer));
/// }
/// ```
///
/// An arena moves between threads, but is not shared by them:
///
/// ```compile_fail,E0277
/// # let arena = bump_local::Arena::new();
/// std::thread::scope(|threads| {
///     threads.spawn(|| arena.alloc(1));
/// });
/// ```
// Covariant in `'mem`: chunks that are added through a shared borrow live for ever (`append`).
pub struct Arena<'mem, const MIN_ALIGN: usize = 1> {
    pub(crate) chunks: Chunks<MIN_ALIGN>,
    memory: PhantomData<&'mem mut [MaybeUninit<u8>]>,
}

impl<'mem> Arena<'mem> {
    /// An arena without memory, which takes the first chunk when it is needed.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// let arena = bump_local::Arena::new();
    /// assert_eq!(arena.allocated_bytes(), 0);
    /// arena.alloc(42);
    /// assert!(arena.allocated_bytes() > 0);
    /// # }
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with_min_align()
    }

    /// The same as [`new`](Self::new), and cannot fail, since it takes no memory.
    ///
    /// ```
    /// assert!(bump_local::Arena::try_new().is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// None.
    pub const fn try_new() -> Result<Self, AllocError> {
        Ok(Self::new())
    }

    /// An arena in a buffer.
    ///
    /// Its allocation limit is 0, so it does not grow. With a higher limit, it goes on in memory of
    /// the global allocator when the buffer is full. Less than 80 bytes of the buffer are lost to
    /// the chunk's own data and its alignment; a buffer smaller than that may be lost as a whole.
    ///
    /// ```
    /// use bump_local::Arena;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 256];
    /// let arena = Arena::from_mem(&mut buffer);
    /// assert!(arena.try_alloc([0_u8; 192]).is_ok());
    /// assert!(arena.try_alloc([0_u8; 192]).is_err());
    /// ```
    #[must_use]
    pub fn from_mem(memory: &'mem mut [MaybeUninit<u8>]) -> Self {
        Self::with_min_align_from_mem(memory)
    }
}

impl<'mem, const MIN_ALIGN: usize> Arena<'mem, MIN_ALIGN> {
    /// Like [`new`](Arena::new), with any minimum alignment.
    ///
    /// ```
    /// use bump_local::Arena;
    ///
    /// let arena = Arena::<8>::with_min_align();
    /// assert_eq!(arena.min_align(), 8);
    /// ```
    #[must_use]
    pub const fn with_min_align() -> Self {
        Self::over(Base::GLOBAL)
    }

    /// An arena whose chunks come from a base, which is valid for `'mem`.
    pub(crate) const fn over(base: Base) -> Self {
        Arena {
            chunks: Chunks::new(base),
            memory: PhantomData,
        }
    }

    /// Like [`from_mem`](Arena::from_mem), with any minimum alignment.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::<8>::with_min_align_from_mem(&mut buffer);
    /// arena.alloc(1_u8);
    /// assert_eq!(arena.used_bytes(), 8);
    /// ```
    #[must_use]
    pub fn with_min_align_from_mem(memory: &'mem mut [MaybeUninit<u8>]) -> Self {
        let mut arena = Self::with_min_align();
        arena.set_allocation_limit(Some(0));
        arena.add_mem(memory);
        arena
    }

    /// Adds a buffer, to be used next when the current chunk is full.
    ///
    /// ```
    /// use bump_local::Arena;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffers = [[MaybeUninit::uninit(); 256]; 4];
    /// let mut arena = Arena::from_mem(&mut []);
    /// for buffer in &mut buffers {
    ///     arena.add_mem(buffer);
    /// }
    /// for _ in 0..4 {
    ///     assert!(arena.try_alloc([0_u8; 192]).is_ok());
    /// }
    /// ```
    // By a unique borrow, in which `'mem` is invariant. A shared borrow of the arena could be
    // coerced to a shorter `'mem`, so a buffer could be added that is dropped before the arena.
    pub fn add_mem(&mut self, memory: &'mem mut [MaybeUninit<u8>]) {
        // SAFETY: borrowed uniquely for `'mem`, which outlives the arena.
        unsafe { self.chunks.add(memory) };
    }

    /// Adds the memory of another arena, to be used next when the current chunk is full.
    ///
    /// The bytes that the other arena took from the global allocator count towards the limit of
    /// this one, but are never refused. If the two have different [bases](Self::new_in), the other
    /// arena is dropped instead, because its memory has to return to where it came from.
    ///
    /// ```
    /// use bump_local::Arena;
    ///
    /// # #[cfg(feature = "alloc")] {
    /// let arena = Arena::with_capacity(100);
    /// arena.set_allocation_limit(Some(0));
    /// let kept = arena.alloc([1_u8; 100]);
    /// arena.append(Arena::with_capacity(10_000));
    /// assert!(arena.try_alloc([2_u8; 10_000]).is_ok());
    /// assert_eq!(kept[0], 1);
    /// # }
    /// ```
    pub fn append(&self, other: Arena<'static, MIN_ALIGN>) {
        if self
            .chunks
            .account()
            .base()
            .is(&other.chunks.account().base())
        {
            self.chunks.append(&ManuallyDrop::new(other).chunks);
        }
    }

    /// The minimum alignment.
    ///
    /// ```
    /// assert_eq!(bump_local::Arena::<16>::with_min_align().min_align(), 16);
    /// ```
    #[must_use]
    pub const fn min_align(&self) -> usize {
        MIN_ALIGN
    }

    /// Frees everything that was allocated. All memory is kept, to be used again.
    ///
    /// The same requests find room in the same chunks again. If a request does not fit into any of
    /// the chunks that are not in use, those from the global allocator are returned to it, and one
    /// that is large enough is taken instead. So over any number of resets and scopes, an arena has
    /// taken less than 2 KiB plus five times the bytes that blocks and their padding needed in the
    /// largest round; a [capacity in advance](Arena::with_capacity) or an [appended](Self::append)
    /// arena may be more, and the chunk that each open [scratch](Self::scratch) is in comes on top.
    /// Buffers stay with the arena.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.alloc([0_u8; 100]);
    /// arena.reset();
    /// assert_eq!(arena.used_bytes(), 0);
    /// arena.alloc([0_u8; 100]);
    /// ```
    #[inline]
    pub fn reset(&mut self) {
        self.chunks.reset();
    }

    /// Frees everything that was allocated, and returns all memory to the global allocator. Buffers
    /// stay with the arena.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// let mut arena = bump_local::Arena::new();
    /// arena.alloc([0_u8; 1000]);
    /// arena.release_memory();
    /// assert_eq!(arena.allocated_bytes_including_metadata(), 0);
    /// # }
    /// ```
    pub fn release_memory(&mut self) {
        self.chunks.release_memory();
    }

    /// The present state, for [`rewind`](Self::rewind).
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let checkpoint = arena.checkpoint();
    /// arena.alloc(42);
    /// // SAFETY: the value is not used any more.
    /// unsafe { arena.rewind(checkpoint) };
    /// assert_eq!(arena.used_bytes(), 0);
    /// ```
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.chunks.checkpoint()
    }

    /// Frees all that was allocated since the checkpoint. The memory is kept.
    ///
    /// [Scopes](Self::scope) and [guards](Self::guard) are the safe forms.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let kept = arena.alloc(1_u8);
    /// let checkpoint = arena.checkpoint();
    /// arena.alloc(2_u8);
    /// // SAFETY: the only value that was allocated since is not used any more.
    /// unsafe { arena.rewind(checkpoint) };
    /// assert_eq!((*kept, arena.used_bytes()), (1, 1));
    /// ```
    ///
    /// # Safety
    ///
    /// - The checkpoint is from this arena, which has not been reset since, nor rewound to an
    ///   earlier one, nor was its memory released.
    /// - The same scopes, guards and scratches are open as when it was taken: those that were
    ///   opened since have ended, and those that were open have not.
    /// - No block that was allocated since is used any more, and of older blocks no bytes by which
    ///   they have grown since; nor a [`RecyclingArena`](crate::RecyclingArena) that had any of them.
    pub unsafe fn rewind(&self, checkpoint: Checkpoint) {
        // SAFETY: the caller's promise.
        unsafe { self.chunks.rewind(checkpoint) };
    }

    /// Opens a scope: all that is allocated in it is freed at its end, when the closure returns or
    /// unwinds, and the memory is kept; see [`Scope`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// for _ in 0..1000 {
    ///     let length = arena.scope(|scope| scope.alloc_str("temporary").len());
    ///     assert_eq!(length, 9);
    /// }
    /// ```
    pub fn scope<'env, R>(
        &mut self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        scope::open(&self.chunks, f)
    }

    /// Opens a scope that ends with the guard; see [`ScopeGuard`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let guard = arena.guard();
    /// assert_eq!(guard.alloc_str("temporary").len(), 9);
    /// drop(guard);
    /// assert_eq!(arena.used_bytes(), 0);
    /// ```
    pub fn guard(&mut self) -> ScopeGuard<'_, Chunks<MIN_ALIGN>> {
        ScopeGuard::new(&self.chunks)
    }

    /// Opens a scope for temporaries *beside* what is in the arena, in which results can be
    /// allocated meanwhile.
    ///
    /// The temporaries are in chunks of their own: spare ones, or new ones on the account of this
    /// arena, which gets them all at the end. New ones are as small at first as those of a new arena,
    /// so scratches inside of scratches take little. If no spare chunk has room for one, and the limit or
    /// the global allocator allows no new chunk (as in an arena in a buffer), they also use half of
    /// the chunk that the arena is in when the scratch begins: the upper half of the bytes that are
    /// left.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let result = arena.scratch(|temporaries| {
    ///     let words = temporaries.alloc_slice_fill_iter("to be or not".split(' '));
    ///     words.sort();
    ///     arena.alloc_str(words[0])
    /// });
    /// assert_eq!(result, "be");
    /// assert_eq!(arena.used_bytes(), 2);
    /// ```
    ///
    /// Temporaries cannot be kept, not even in a result:
    ///
    /// ```compile_fail
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// # let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let result = arena.scratch(|temporaries| arena.alloc(temporaries.alloc(1)));
    /// ```
    ///
    /// The list of chunks cannot be kept either, since it is a different one after the scratch:
    ///
    /// ```compile_fail,E0502
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let chunks = arena.scratch(|_| arena.chunks());
    /// ```
    pub fn scratch<'env, R>(
        &self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        self.chunks.scratch(|chunks| scope::open(chunks, f))
    }

    value_methods! {
        ['r] [&'r self] -> 'r,
        lock: 'r,
        region: &self.chunks, Chunks<MIN_ALIGN>,
        before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 4096];\n# let arena = bump_local::Arena::from_mem(&mut buffer);",
        after: "",
    }
}

impl_raw_alloc!(impl[const MIN_ALIGN: usize] for Arena<'_, MIN_ALIGN>, self => &self.chunks);

// SAFETY: blocks are in chunks, which stay where they are when the arena moves. They last until the
// arena is borrowed uniquely or dropped. A shared borrow frees only temporaries of a scratch, which
// borrow that.
unsafe impl<const MIN_ALIGN: usize> Handle for Arena<'_, MIN_ALIGN> {
    type Allocator = Self;

    #[inline]
    fn allocator(&self) -> &Self {
        self
    }
}

// On this type and not on `Chunks`, so that the compiler knows that `'mem` must outlive the drop.
impl<const MIN_ALIGN: usize> Drop for Arena<'_, MIN_ALIGN> {
    fn drop(&mut self) {
        self.chunks.release_memory();
    }
}

// The arena reads no content of its memory, so no panic can leave that in a wrong state.
impl<const MIN_ALIGN: usize> UnwindSafe for Arena<'_, MIN_ALIGN> {}

impl<const MIN_ALIGN: usize> Default for Arena<'_, MIN_ALIGN> {
    fn default() -> Self {
        Self::with_min_align()
    }
}

impl<const MIN_ALIGN: usize> fmt::Debug for Arena<'_, MIN_ALIGN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("used_bytes", &self.used_bytes())
            .field("allocated_bytes", &self.allocated_bytes())
            .finish_non_exhaustive()
    }
}
