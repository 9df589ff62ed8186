//! [`BumpSlice`]: an allocator whose memory is part of itself, of a size known at run time only. The
//! methods that it shares with `Bump` are in `fixed`.

#[cfg(feature = "alloc")]
use core::alloc::Layout;
use core::error::Error;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;

use bump_core::{Inline, LeakBox};

#[cfg(doc)]
use crate::Bump;
use crate::cell::CellCursor;

/// The struct that [`BumpSlice`] names.
pub(crate) type Slice<const MIN_ALIGN: usize> = Inline<CellCursor, [MaybeUninit<u8>], MIN_ALIGN>;

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
pub struct BumpSlice<const MIN_ALIGN: usize = 1>(pub(crate) Slice<MIN_ALIGN>);

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
    pub(crate) const fn of(inline: &Slice<MIN_ALIGN>) -> &Self {
        // SAFETY: the only field of a transparent struct.
        unsafe { &*(ptr::from_ref(inline) as *const Self) }
    }

    pub(crate) const fn of_mut(inline: &mut Slice<MIN_ALIGN>) -> &mut Self {
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
