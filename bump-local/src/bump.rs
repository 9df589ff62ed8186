//! The allocators of a fixed size whose memory is part of themselves: [`Bump`], of a size known at
//! compile time, and its unsized form [`BumpSlice`].
//!
//! ```text
//!   Bump<T>     ┌──────────┬─────────┬─────────────────────────┐
//!               │  cursor  │ padding │ storage, as large as T  │   both `repr(C)`
//!   BumpSlice   ├──────────┼─────────┴──────┬──────────────────┘
//!               │  cursor  │ storage, bytes │
//!               └──────────┴────────────────┘
//! ```
//!
//! They are the same thing where there is no padding: where `T` is aligned as a `usize`, or less.
//! Their methods for blocks and values are those of every region (`bump_core`), their scopes those
//! of arenas (`scope`).

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::error::Error;
use core::fmt;
use core::mem::{MaybeUninit, offset_of};
use core::ops::{Deref, DerefMut};
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::{self, NonNull};

use bump_core::{
    Allocation, Cursor as _, Failure, LeakBox, Memory, RawBump, bump_methods, dangling, places,
    start_behind,
};

use crate::cell::CellCursor;
use crate::region::{Checkpoint, Region};
use crate::scope::{self, Scope, ScopeGuard};

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
/// It dereferences to a [`BumpSlice`] if `T` is aligned as a `usize` or less, which the compiler
/// checks; there are no methods for which it must.
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
#[repr(C)]
pub struct Bump<T> {
    /// At most `size_of::<T>()`. Zero in the beginning.
    cursor: CellCursor,
    /// The cell, because blocks are written to through shared borrows; uninitialised, because
    /// nobody knows what they were written.
    storage: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: no `T` is ever in it, so it need not be `Send`; and blocks borrow the allocator, so there
// are none when it moves to a thread.
unsafe impl<T> Send for Bump<T> {}
// For the same reason, `T` need not be `UnwindSafe`.
impl<T> UnwindSafe for Bump<T> {}

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
        Bump {
            cursor: CellCursor::new(0),
            storage: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// An allocator whose memory is zero until it is used, except where a `T` has padding.
    ///
    /// To move the allocator is to move a `T`, of which the padding is not kept. So all bytes are
    /// zero where the memory is an array of numbers, and none is sure to be where it is padding.
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
        Bump {
            cursor: CellCursor::new(0),
            storage: UnsafeCell::new(MaybeUninit::zeroed()),
        }
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
        let bump = data.as_mut_ptr();
        // SAFETY: the place of a field, inside the memory that `data` borrows.
        let cursor = unsafe { &raw mut (*bump).cursor };
        // SAFETY: derived from a unique reference.
        unsafe { cursor.write(CellCursor::new(0)) };
        // SAFETY: the cursor was initialised, and the storage need not be.
        unsafe { data.assume_init_mut() }
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
    pub const fn as_bump_slice(&self) -> Option<&BumpSlice> {
        if !Self::IS_BUMP_SLICE {
            return None;
        }
        let slice = BumpSlice::from_parts(ptr::from_ref(self).cast_mut().cast(), size_of::<T>());
        // SAFETY: the cursor and the bytes of the storage, at the same place in both types,
        // borrowed as `self` is. What pads `self` behind the storage pads the slice, whose
        // alignment is the same.
        Some(unsafe { &*slice })
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
    pub const fn as_mut_bump_slice(&mut self) -> Option<&mut BumpSlice> {
        if !Self::IS_BUMP_SLICE {
            return None;
        }
        let slice = BumpSlice::from_parts(ptr::from_mut(self).cast(), size_of::<T>());
        // SAFETY: as in `as_bump_slice`; unique because `self` is.
        Some(unsafe { &mut *slice })
    }

    /// Whether the fields are where those of a `BumpSlice` are.
    // Bytes need no padding before them.
    const IS_BUMP_SLICE: bool = offset_of!(Self, storage) == size_of::<CellCursor>()
        && align_of::<Self>() == align_of::<CellCursor>();

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

impl<T> Deref for Bump<T> {
    type Target = BumpSlice;

    fn deref(&self) -> &BumpSlice {
        const { assert!(Self::IS_BUMP_SLICE, "content aligned above `usize`") };
        match self.as_bump_slice() {
            Some(slice) => slice,
            None => unreachable!(),
        }
    }
}

impl<T> DerefMut for Bump<T> {
    fn deref_mut(&mut self) -> &mut BumpSlice {
        const { assert!(Self::IS_BUMP_SLICE, "content aligned above `usize`") };
        match self.as_mut_bump_slice() {
            Some(slice) => slice,
            None => unreachable!(),
        }
    }
}

impl<T> Default for Bump<T> {
    fn default() -> Self {
        Bump::uninit()
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
#[repr(C)]
pub struct BumpSlice {
    /// At most `storage.len()`.
    cursor: CellCursor,
    /// See [`Bump::storage`].
    storage: UnsafeCell<[MaybeUninit<u8>]>,
}

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
    /// Makes an allocator of a buffer: the cursor at the first place that is aligned for it, and as
    /// many bytes behind it as keep the whole inside.
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
        let slice = Self::place(mem).ok_or(FromMemError { inner: () })?;
        // SAFETY: aligned for the cursor, inside memory that is borrowed uniquely.
        unsafe { slice.cast::<CellCursor>().write(CellCursor::new(0)) };
        // SAFETY: the cursor was initialised, and the storage need not be; nobody else drops it.
        Ok(unsafe { LeakBox::from_raw(slice) })
    }

    /// Makes an allocator of memory that was one, at the level that it had.
    ///
    /// Using the memory in between, or moving it to here, ended the validity of all pointers into
    /// it: blocks are [found again](Self::get_unchecked) by their levels.
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
    /// aligned for a `usize`; its content is as it was.
    #[must_use]
    pub unsafe fn from_mem_unchecked(mem: &mut [MaybeUninit<u8>]) -> LeakBox<'_, Self> {
        let start = mem.as_mut_ptr();
        let len = mem.len().saturating_sub(size_of::<CellCursor>());
        // SAFETY: the caller's promise: a cursor at most as large as the storage behind it.
        unsafe { LeakBox::from_raw(Self::from_parts(start, len)) }
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
        // SAFETY: all bytes of the allocator, which was owned; any are a valid `MaybeUninit`.
        unsafe { &mut *ptr::slice_from_raw_parts_mut(start, size) }
    }

    /// Where the largest allocator inside some memory is.
    fn place(mem: &mut [MaybeUninit<u8>]) -> Option<*mut Self> {
        // In units of the cursor the memory is rounded down to a multiple of its alignment, as the
        // size of every value is: the padding behind an odd length would lie outside.
        let units = places::<CellCursor>(mem);
        let len = size_of_val(units).checked_sub(size_of::<CellCursor>())?;
        Some(Self::from_parts(units.as_mut_ptr().cast(), len))
    }

    /// A pointer to an allocator at `start`, with `len` bytes of storage.
    const fn from_parts(start: *mut MaybeUninit<u8>, len: usize) -> *mut Self {
        // What tells the length of a slice tells the length of the slice that a struct ends with.
        ptr::slice_from_raw_parts_mut(start, len) as *mut Self
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
        self.storage.get().len()
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
            .and_then(|storage| Layout::new::<CellCursor>().extend(storage))
            .map_err(|_| crate::AllocError)?;
        let layout = layout.0.pad_to_align();
        // SAFETY: at least the size of the cursor.
        let start = unsafe { alloc::alloc::alloc(layout) };
        if start.is_null() {
            return Err(crate::AllocError);
        }
        let slice = Self::from_parts(start.cast(), capacity);
        // SAFETY: the first field, of memory that was just allocated for it.
        unsafe { slice.cast::<CellCursor>().write(CellCursor::new(0)) };
        // SAFETY: allocated with the layout of the value, which is initialised.
        Ok(unsafe { alloc::boxed::Box::from_raw(slice) })
    }
}

/// Writes what both types have.
macro_rules! bump {
    (impl[$($generics:tt)*] $name:literal $bump:ty, $base_align:expr, $header:expr, $example:literal) => {
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
                self.cursor.set(0);
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
                Region::checkpoint(self)
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
                unsafe { Region::rewind(self, checkpoint) };
            }

            bump_methods!($example);
        }

        // SAFETY: the memory is a part of the allocator that it borrows with itself, at most
        // `isize::MAX` bytes as any value is, and aligned as told. Only blocks give access to it;
        // the cursor is private, and set only to where it started or, by `rewind`, back.
        unsafe impl<$($generics)*> RawBump for $bump {
            type Cursor = CellCursor;

            const BASE_ALIGN: usize = $base_align;
            const START: usize = start_behind($header);

            #[inline]
            fn cursor(&self) -> &CellCursor {
                &self.cursor
            }

            #[inline]
            fn memory(&self) -> Memory {
                let storage = NonNull::from(&self.storage).cast();
                Memory {
                    // SAFETY: at most as many bytes as are in front of the storage.
                    base: unsafe { storage.sub(Self::START) },
                    limit: Self::START + self.capacity(),
                }
            }
        }

        // SAFETY: all blocks are the engine's.
        unsafe impl<$($generics)*> Region for $bump {
            type Raw = Self;

            #[inline]
            fn raw(&self) -> &Self {
                self
            }

            #[inline]
            fn take_slow(&self, layout: Layout) -> Option<NonNull<u8>> {
                (layout.size() == 0).then(|| dangling(layout))
            }

            #[inline]
            fn checkpoint(&self) -> Checkpoint {
                Checkpoint {
                    position: self.cursor.load(),
                    end: NonNull::dangling(),
                }
            }

            #[inline]
            unsafe fn rewind(&self, checkpoint: Checkpoint) {
                // What was the last block may have become smaller in the meantime.
                self.cursor.set(checkpoint.position.min(self.cursor.load()));
            }
        }

        // The cursor is right between any two instructions, so in particular after a panic.
        impl<$($generics)*> RefUnwindSafe for $bump {}

        impl<$($generics)*> fmt::Debug for $bump {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name)
                    .field("used", &self.level().byte_offset())
                    .field("capacity", &self.capacity())
                    .finish_non_exhaustive()
            }
        }
    };
}

bump!(
    impl[T] "Bump" Bump<T>, align_of::<T>(), offset_of!(Self, storage),
    "# #[allow(unused_mut)]\nlet mut bump = bump_local::Bump::<[u64; 8]>::uninit();"
);
bump!(
    impl[] "BumpSlice" BumpSlice, 1, size_of::<CellCursor>(),
    "# let mut buffer = [core::mem::MaybeUninit::uninit(); 128];\n# #[allow(unused_mut)]\nlet mut bump = bump_local::BumpSlice::from_mem(&mut buffer).unwrap();"
);
