//! The allocators of a fixed size whose memory is part of themselves: [`Bump`], of a size known at
//! compile time, and its unsized form [`BumpSlice`]. Both are names for [`Inline`] with a cursor
//! for one thread.
//!
//! Their methods for blocks and values are those of every region (`bump_core`), and their scopes
//! are those of arenas (`scope`).

use core::alloc::Layout;
use core::error::Error;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::{self, NonNull};

use bump_core::engine;
use bump_core::{
    Allocation, Cursor as _, Failure, Inline, LeakBox, Memory, NoPadding, RawBump, Relocatable,
    bump_methods, debug,
};

use crate::cell::CellCursor;
use crate::guard::ScopeGuard;
use crate::rewind::{Checkpoint, Rewind};
use crate::scope::{self, Scope};

/// The struct that [`Bump`] names.
type Sized<T, const MIN_ALIGN: usize> = Inline<CellCursor, MaybeUninit<T>, MIN_ALIGN>;

/// The struct that [`BumpSlice`] names.
type Slice<const MIN_ALIGN: usize> = Inline<CellCursor, [MaybeUninit<u8>], MIN_ALIGN>;

/// An allocator that contains its memory, as large and as aligned as a `T`.
///
/// There is no `T` in it: the type only tells size and alignment. It serves as scratch space of a
/// subroutine, on the stack or in whatever contains it.
///
/// ```
/// use bump_local::{Bump, BumpSlice};
///
/// fn subroutine(scratch: &BumpSlice) -> usize {
///     scratch.leak_str("temporary").map_or(0, |text| text.len())
/// }
///
/// let mut stack_buffer: Bump<[usize; 64]> = Bump::uninit();
/// assert_eq!(subroutine(&stack_buffer), 9);
/// stack_buffer.reset();
/// assert_eq!(subroutine(&stack_buffer), 9);
/// ```
///
/// It dereferences to a [`BumpSlice`] if `T` is aligned no more strictly than that, which the
/// compiler checks. All methods are on this type, too, so nothing depends on it.
///
/// ```compile_fail,E0080
/// use bump_local::{Bump, BumpSlice};
///
/// #[repr(align(64))]
/// struct CacheLine([u8; 64]);
///
/// let bump: Bump<CacheLine> = Bump::uninit();
/// assert!(bump.leak(1_u8).is_ok());
/// let slice: &BumpSlice = &bump;
/// ```
///
/// The cursor is kept at multiples of `MIN_ALIGN`, at most the alignment of `T`.
#[repr(transparent)]
pub struct Bump<T, const MIN_ALIGN: usize = 1>(Sized<T, MIN_ALIGN>);

// No `T` is ever in it, so `T` need not be `UnwindSafe`.
impl<T, const MIN_ALIGN: usize> UnwindSafe for Bump<T, MIN_ALIGN> {}

impl<T> Bump<T> {
    /// An allocator whose memory is uninitialised.
    ///
    /// ```
    /// use bump_local::Bump;
    ///
    /// let bump: Bump<[u64; 8]> = Bump::uninit();
    /// assert_eq!(bump.remaining(), 64);
    /// ```
    #[must_use]
    pub const fn uninit() -> Self {
        Self::with_storage(MaybeUninit::uninit())
    }

    /// An allocator whose memory is zero until it is used, except where a `T` has padding.
    ///
    /// Moving the allocator moves a `T`, and a move does not keep padding. So all bytes are zero if
    /// `T` is an array of numbers, and bytes that are padding of `T` may be anything.
    ///
    /// ```
    /// use bump_local::Bump;
    ///
    /// let bump: Bump<[u32; 16]> = Bump::zeroed();
    /// let place = bump.bump_box::<u32>().unwrap();
    /// // SAFETY: zero is a valid number.
    /// assert_eq!(unsafe { place.assume_init() }, 0);
    /// ```
    #[must_use]
    pub const fn zeroed() -> Self {
        Self::with_storage(MaybeUninit::zeroed())
    }
}

impl<T, const MIN_ALIGN: usize> Bump<T, MIN_ALIGN> {
    /// Like [`uninit`](Bump::uninit), with any minimum alignment.
    ///
    /// ```
    /// use bump_local::Bump;
    ///
    /// let bump = Bump::<[u64; 8], 8>::with_min_align();
    /// bump.leak(1_u8).unwrap();
    /// assert_eq!(bump.used(), 8);
    /// ```
    #[must_use]
    pub const fn with_min_align() -> Self {
        Self::with_storage(MaybeUninit::uninit())
    }

    const fn with_storage(storage: MaybeUninit<T>) -> Self {
        // SAFETY: a new cursor, at 0.
        Bump(unsafe { Inline::new(CellCursor::new(0), storage) })
    }

    /// Makes an allocator where there is memory for one; only the cursor is written.
    ///
    /// ```
    /// use bump_local::Bump;
    ///
    /// let mut components = Box::<[Bump<[u32; 128]>]>::new_uninit_slice(4);
    /// let first = Bump::from_maybe_uninit(&mut components[0]);
    /// assert!(first.bump_box::<usize>().is_ok());
    /// ```
    #[must_use]
    pub const fn from_maybe_uninit(data: &mut MaybeUninit<Self>) -> &mut Self {
        let inline = ptr::from_mut(data).cast::<MaybeUninit<Sized<T, MIN_ALIGN>>>();
        // SAFETY: the only field of a transparent struct, borrowed as `data` is.
        let inline = unsafe { &mut *inline };
        // SAFETY: a new cursor, at 0.
        let inline = unsafe { Inline::at(inline, CellCursor::new(0)) };
        // SAFETY: as above.
        unsafe { &mut *ptr::from_mut(inline).cast() }
    }

    /// The same allocator with its size in the reference instead of the type.
    ///
    /// `None` if `T` is aligned more strictly than a `usize`.
    ///
    /// ```
    /// use bump_local::Bump;
    ///
    /// let bump: Bump<[usize; 8]> = Bump::uninit();
    /// bump.as_bump_slice().unwrap().leak(1_u8).unwrap();
    /// assert_eq!(bump.used(), 1);
    /// ```
    #[must_use]
    pub const fn as_bump_slice(&self) -> Option<&BumpSlice<MIN_ALIGN>> {
        match self.0.as_slice() {
            Some(slice) => Some(BumpSlice::of(slice)),
            None => None,
        }
    }

    /// The same allocator with its size in the reference instead of the type, borrowed uniquely.
    ///
    /// `None` if `T` is aligned more strictly than a `usize`.
    ///
    /// ```
    /// use bump_local::Bump;
    ///
    /// let mut bump: Bump<[usize; 8]> = Bump::uninit();
    /// bump.leak(1_u8).unwrap();
    /// bump.as_mut_bump_slice().unwrap().reset();
    /// assert_eq!(bump.used(), 0);
    /// ```
    #[must_use]
    pub const fn as_mut_bump_slice(&mut self) -> Option<&mut BumpSlice<MIN_ALIGN>> {
        match self.0.as_mut_slice() {
            Some(slice) => Some(BumpSlice::of_mut(slice)),
            None => None,
        }
    }

    /// The bytes that the allocator has in total.
    ///
    /// ```
    /// use bump_local::Bump;
    ///
    /// assert_eq!(Bump::<[u64; 8]>::uninit().capacity(), 64);
    /// ```
    #[must_use]
    pub const fn capacity(&self) -> usize {
        size_of::<T>()
    }
}

impl<T, const MIN_ALIGN: usize> Deref for Bump<T, MIN_ALIGN> {
    type Target = BumpSlice<MIN_ALIGN>;

    fn deref(&self) -> &Self::Target {
        const { Sized::<T, MIN_ALIGN>::assert_slice() };
        match self.as_bump_slice() {
            Some(slice) => slice,
            None => unreachable!(),
        }
    }
}

impl<T, const MIN_ALIGN: usize> DerefMut for Bump<T, MIN_ALIGN> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        const { Sized::<T, MIN_ALIGN>::assert_slice() };
        match self.as_mut_bump_slice() {
            Some(slice) => slice,
            None => unreachable!(),
        }
    }
}

// SAFETY: the region in it is.
unsafe impl<T: NoPadding, const MIN_ALIGN: usize> Relocatable for Bump<T, MIN_ALIGN> {}

impl<T, const MIN_ALIGN: usize> Default for Bump<T, MIN_ALIGN> {
    fn default() -> Self {
        Bump::with_min_align()
    }
}

/// An allocator that contains its memory, of a size known at run time only.
///
/// It exists behind a pointer: made from a [`Bump`], in a [buffer](BumpSlice::from_mem), or in a
/// box.
///
/// ```
/// use bump_local::{Bump, BumpSlice};
///
/// fn subroutine(scratch: &BumpSlice) -> Option<&mut str> {
///     scratch.leak_str("in scratch memory of whatever size")
/// }
///
/// let scratch: Bump<[u64; 8]> = Bump::uninit();
/// assert!(subroutine(&scratch).is_some());
/// ```
#[repr(transparent)]
pub struct BumpSlice<const MIN_ALIGN: usize = 1>(Slice<MIN_ALIGN>);

/// A buffer is too small for an allocator, which needs a `usize` for itself.
///
/// ```
/// let error = bump_local::BumpSlice::from_mem(&mut []).unwrap_err();
/// assert_eq!(error.to_string(), "the buffer is too small for an allocator");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FromMemError {
    inner: (),
}

impl fmt::Display for FromMemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is too small for an allocator")
    }
}

impl Error for FromMemError {}

impl BumpSlice {
    /// Makes an allocator of a buffer. The cursor is at the first place that is aligned for it, and
    /// the memory is the rest of the buffer, up to the last multiple of that alignment.
    ///
    /// ```
    /// use bump_local::BumpSlice;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 128];
    /// let bump = BumpSlice::from_mem(&mut buffer)?;
    /// assert!(bump.capacity() >= 128 - 16);
    /// assert!(BumpSlice::from_mem(&mut []).is_err());
    /// # Ok::<(), bump_local::FromMemError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If not even the cursor fits.
    pub fn from_mem(mem: &mut [MaybeUninit<u8>]) -> Result<LeakBox<'_, Self>, FromMemError> {
        // SAFETY: a new cursor, at 0.
        let inline = unsafe { Slice::from_memory(mem, CellCursor::new(0)) };
        match inline {
            // SAFETY: an allocator in memory that is borrowed uniquely; nobody else drops it.
            Some(inline) => Ok(unsafe { LeakBox::from_mut_unchecked(Self::of_mut(inline)) }),
            None => Err(FromMemError { inner: () }),
        }
    }

    /// Makes an allocator of memory that was one, and keeps its level.
    ///
    /// All older pointers into the memory are invalid, since it was used or moved in between.
    /// Blocks are [found again](Self::get_unchecked) by their levels.
    ///
    /// ```
    /// use bump_local::BumpSlice;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 128];
    /// let bump = BumpSlice::from_mem(&mut buffer)?;
    /// bump.leak(42_u8).unwrap();
    /// let start = bump.level();
    /// let memory = BumpSlice::into_mem(bump);
    /// // SAFETY: just what was returned, and untouched.
    /// let bump = unsafe { BumpSlice::from_mem_unchecked(memory) };
    /// assert_eq!(bump.level(), start);
    /// # Ok::<(), bump_local::FromMemError>(())
    /// ```
    ///
    /// # Safety
    ///
    /// The memory is from [`into_mem`](Self::into_mem), of the same length, at an address that is
    /// aligned as [`BumpSlice`] is; its content is as it was.
    #[must_use]
    pub unsafe fn from_mem_unchecked(mem: &mut [MaybeUninit<u8>]) -> LeakBox<'_, Self> {
        let start = mem.as_mut_ptr();
        let len = mem.len().saturating_sub(Slice::<1>::HEADER.size());
        // SAFETY: the caller's promise: a cursor at most as large as the storage behind it.
        unsafe { LeakBox::from_raw(Slice::<1>::from_parts(start, len) as *mut Self) }
    }

    /// The memory of an allocator, which can be made one again.
    ///
    /// ```
    /// use bump_local::BumpSlice;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 128];
    /// let bump = BumpSlice::from_mem(&mut buffer)?;
    /// bump.leak(1_u8).unwrap();
    /// let memory = BumpSlice::into_mem(bump);
    /// // SAFETY: just what was returned, and untouched.
    /// let bump = unsafe { BumpSlice::from_mem_unchecked(memory) };
    /// assert_eq!(bump.used(), 1);
    /// # Ok::<(), bump_local::FromMemError>(())
    /// ```
    #[must_use]
    pub fn into_mem(this: LeakBox<'_, Self>) -> &mut [MaybeUninit<u8>] {
        let size = size_of_val(&*this);
        let start = LeakBox::into_raw(this).cast::<MaybeUninit<u8>>();
        // SAFETY: these are all bytes of the allocator, which the box owned, and any byte is a
        // valid `MaybeUninit`.
        unsafe { &mut *ptr::slice_from_raw_parts_mut(start, size) }
    }
}

impl<const MIN_ALIGN: usize> BumpSlice<MIN_ALIGN> {
    const fn of(inline: &Slice<MIN_ALIGN>) -> &Self {
        // SAFETY: the only field of a transparent struct.
        unsafe { &*(ptr::from_ref(inline) as *const Self) }
    }

    const fn of_mut(inline: &mut Slice<MIN_ALIGN>) -> &mut Self {
        // SAFETY: the only field of a transparent struct.
        unsafe { &mut *(ptr::from_mut(inline) as *mut Self) }
    }

    /// The bytes that the allocator has in total.
    ///
    /// ```
    /// use bump_local::BumpSlice;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 128];
    /// let bump = BumpSlice::from_mem(&mut buffer)?;
    /// assert!((128 - 16..128).contains(&bump.capacity()));
    /// # Ok::<(), bump_local::FromMemError>(())
    /// ```
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.0.size()
    }
}

#[cfg(feature = "alloc")]
impl BumpSlice {
    /// An allocator with `capacity` bytes, in a box.
    ///
    /// ```
    /// use bump_local::BumpSlice;
    ///
    /// let bump: Box<BumpSlice> = BumpSlice::new(100);
    /// assert_eq!(bump.capacity(), 100);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[must_use]
    pub fn new(capacity: usize) -> alloc::boxed::Box<Self> {
        match Self::try_new(capacity) {
            Ok(bump) => bump,
            Err(error) => panic!("{error}"),
        }
    }

    /// Like [`new`](Self::new), without a panic.
    ///
    /// ```
    /// use bump_local::BumpSlice;
    ///
    /// assert_eq!(BumpSlice::try_new(100)?.capacity(), 100);
    /// assert!(BumpSlice::try_new(usize::MAX).is_err());
    /// # Ok::<(), bump_local::AllocError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_new(capacity: usize) -> Result<alloc::boxed::Box<Self>, crate::AllocError> {
        let layout = Layout::array::<u8>(capacity)
            .and_then(|storage| Slice::<1>::HEADER.extend(storage))
            .map_err(|_| crate::AllocError)?;
        let layout = layout.0.pad_to_align();
        // SAFETY: at least the size of the cursor.
        let start = unsafe { alloc::alloc::alloc(layout) };
        if start.is_null() {
            return Err(crate::AllocError);
        }
        let slice = Slice::<1>::from_parts(start.cast(), capacity) as *mut Self;
        // SAFETY: the first field, of memory that was just allocated for it.
        unsafe { slice.cast::<CellCursor>().write(CellCursor::new(0)) };
        // SAFETY: allocated with the layout of the value, which is initialised.
        Ok(unsafe { alloc::boxed::Box::from_raw(slice) })
    }
}

/// Writes the methods that both types have.
macro_rules! bump {
    (impl[$($generics:tt)*] $name:literal $bump:ty, $inline:ty, $example:literal) => {
        impl<$($generics)*> $bump {
            /// Makes all of the memory available again. Its content stays as it is.
            ///
            /// ```
            #[doc = $example]
            /// bump.leak([0_u8; 64]).unwrap();
            /// bump.reset();
            /// bump.leak([0_u8; 64]).unwrap();
            /// ```
            ///
            /// Nothing that was allocated before can be used afterwards:
            ///
            /// ```compile_fail,E0502
            /// # let mut bump = bump_local::Bump::<[u64; 8]>::uninit();
            /// let value = bump.leak(1_u64).unwrap();
            /// bump.reset();
            /// *value += 1;
            /// ```
            #[inline]
            pub fn reset(&mut self) {
                self.cursor().set(0);
            }

            /// Takes a place for a value, and owns it: what is written to it is dropped with the
            /// box.
            ///
            /// ```
            #[doc = $example]
            /// use bump_local::LeakBox;
            ///
            /// let place = bump.bump_box::<u64>().unwrap();
            /// assert_eq!(*LeakBox::write(place, 42), 42);
            /// ```
            ///
            /// # Errors
            ///
            /// [`Failure::Exhausted`] if it does not fit.
            pub fn bump_box<'bump, V: 'bump>(
                &'bump self,
            ) -> Result<LeakBox<'bump, MaybeUninit<V>>, Failure> {
                let block: Allocation<'bump, V> = self.get().ok_or(Failure::Exhausted)?;
                // SAFETY: the block was just taken for a `V`.
                let place = unsafe { block.uninit() };
                // SAFETY: nobody else has the reference, and a region does not read its memory.
                Ok(unsafe { LeakBox::from_mut_unchecked(place) })
            }

            /// Takes places for `n` values.
            ///
            /// ```
            #[doc = $example]
            /// assert_eq!(bump.bump_array::<u8>(7).unwrap().len(), 7);
            /// assert!(bump.bump_array::<u8>(usize::MAX).is_err());
            /// ```
            ///
            /// # Errors
            ///
            /// [`Failure::Exhausted`] if they do not fit.
            pub fn bump_array<'bump, V: 'bump>(
                &'bump self,
                n: usize,
            ) -> Result<LeakBox<'bump, [MaybeUninit<V>]>, Failure> {
                let places = self.get_uninit_slice(n).ok_or(Failure::Exhausted)?;
                // SAFETY: nobody else has the reference, and a region does not read its memory.
                Ok(unsafe { LeakBox::from_mut_unchecked(places) })
            }

            /// Opens a scope: all that is allocated in it is freed at its end, when the closure
            /// returns or unwinds; see [`Scope`].
            ///
            /// ```
            #[doc = $example]
            /// let length = bump.scope(|scope| scope.alloc_str("temporary").len());
            /// assert_eq!((length, bump.used()), (9, 0));
            /// ```
            pub fn scope<'env, R>(
                &mut self,
                f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Self>) -> R,
            ) -> R {
                scope::open(self, f)
            }

            /// Opens a scope that ends with the guard; see [`ScopeGuard`].
            ///
            /// ```
            #[doc = $example]
            /// let guard = bump.guard();
            /// assert_eq!(guard.alloc_str("temporary").len(), 9);
            /// drop(guard);
            /// assert_eq!(bump.used(), 0);
            /// ```
            pub fn guard(&mut self) -> ScopeGuard<'_, Self> {
                ScopeGuard::new(self)
            }

            /// The present state, for [`rewind`](Self::rewind).
            ///
            /// ```
            #[doc = $example]
            /// let checkpoint = bump.checkpoint();
            /// bump.leak(42).unwrap();
            /// // SAFETY: the value is not used any more.
            /// unsafe { bump.rewind(checkpoint) };
            /// assert_eq!(bump.used(), 0);
            /// ```
            #[must_use]
            pub fn checkpoint(&self) -> Checkpoint {
                Rewind::checkpoint(self)
            }

            /// Frees all that was allocated since the checkpoint.
            ///
            /// [Scopes](Self::scope) and [guards](Self::guard) are the safe forms.
            ///
            /// ```
            #[doc = $example]
            /// let kept = bump.leak(1_u8).unwrap();
            /// let checkpoint = bump.checkpoint();
            /// bump.leak(2_u8).unwrap();
            /// // SAFETY: the only value that was allocated since is not used any more.
            /// unsafe { bump.rewind(checkpoint) };
            /// assert_eq!((*kept, bump.used()), (1, 1));
            /// ```
            ///
            /// # Safety
            ///
            /// - The checkpoint is from this allocator, which has not been reset since, nor rewound
            ///   to an earlier one.
            /// - Nothing that was allocated since is used any more, nor what an older block has
            ///   grown by.
            pub unsafe fn rewind(&self, checkpoint: Checkpoint) {
                // SAFETY: the caller's promise.
                unsafe { Rewind::rewind(self, checkpoint) };
            }

            bump_methods!($example);
        }

        // SAFETY: those of the only field; `rewind` sets the cursor back.
        unsafe impl<$($generics)*> RawBump for $bump {
            type Cursor = CellCursor;

            const MIN_ALIGN: usize = MIN_ALIGN;
            const BASE_ALIGN: usize = <$inline>::BASE_ALIGN;

            #[inline]
            fn cursor(&self) -> &CellCursor {
                self.0.cursor()
            }

            #[inline]
            fn memory(&self) -> Option<Memory> {
                self.0.memory()
            }
        }

        // SAFETY: all blocks are the engine's.
        unsafe impl<$($generics)*> Rewind for $bump {
            type Raw = $inline;

            #[inline]
            fn raw(&self) -> &$inline {
                &self.0
            }

            #[inline]
            fn take_slow(&self, _: Layout, _: usize) -> Option<NonNull<u8>> {
                None
            }

            #[inline]
            unsafe fn resize(
                &self,
                block: NonNull<u8>,
                old: Layout,
                new: Layout,
                min_align: usize,
            ) -> Option<NonNull<u8>> {
                // SAFETY: the caller's promise.
                unsafe { engine::resize(&self.0, block, old, new, min_align) }
            }

            #[inline]
            fn checkpoint(&self) -> Checkpoint {
                Checkpoint {
                    position: self.cursor().load(),
                    end: NonNull::dangling(),
                }
            }

            #[inline]
            unsafe fn rewind(&self, checkpoint: Checkpoint) {
                // The block that was the last one may have become smaller since the checkpoint.
                self.cursor().set(checkpoint.position.min(self.cursor().load()));
            }
        }

        // The cursor is consistent between any two instructions, so also after a panic.
        impl<$($generics)*> RefUnwindSafe for $bump {}

        impl<$($generics)*> fmt::Debug for $bump {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                debug($name, self, f)
            }
        }
    };
}

bump!(
    impl[T, const MIN_ALIGN: usize] "Bump" Bump<T, MIN_ALIGN>, Sized<T, MIN_ALIGN>,
    "# #[allow(unused_mut)]\nlet mut bump = bump_local::Bump::<[u64; 8]>::uninit();"
);
bump!(
    impl[const MIN_ALIGN: usize] "BumpSlice" BumpSlice<MIN_ALIGN>, Slice<MIN_ALIGN>,
    "# let mut buffer = [core::mem::MaybeUninit::uninit(); 128];\n# #[allow(unused_mut)]\nlet mut bump = bump_local::BumpSlice::from_mem(&mut buffer).unwrap();"
);
