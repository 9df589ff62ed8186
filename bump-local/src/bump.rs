//! [`Bump`]: an allocator whose memory is part of itself, of a size known at compile time. Its
//! unsized form is in `bump_slice`, and the methods that both have in `fixed`.

use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::panic::UnwindSafe;
use core::ptr;

use bump_core::{Inline, NoPadding, Relocatable};

use crate::bump_slice::BumpSlice;
use crate::cell::CellCursor;

/// The struct that [`Bump`] names.
pub(crate) type Sized<T, const MIN_ALIGN: usize> = Inline<CellCursor, MaybeUninit<T>, MIN_ALIGN>;

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
/// The cursor is kept at multiples of `MIN_ALIGN`, at most the alignment of `T`. With the size of a
/// machine's word, each value starts at a word; with that of a cache line, no two values share one:
///
/// ```
/// use bump_local::Bump;
///
/// #[repr(align(64))]
/// struct CacheLines([u8; 4096]);
///
/// let buffers: Bump<CacheLines, 64> = Bump::with_min_align();
/// let one = buffers.leak([0_u8; 100]).unwrap().as_ptr();
/// let two = buffers.leak([0_u8; 100]).unwrap().as_ptr();
/// assert_eq!(two.addr() - one.addr(), 128);
/// ```
#[repr(transparent)]
pub struct Bump<T, const MIN_ALIGN: usize = 1>(pub(crate) Sized<T, MIN_ALIGN>);

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
