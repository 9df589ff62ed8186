//! The allocators whose memory is part of themselves: [`Bump`], of a size known at compile time,
//! and its unsized form [`BumpSlice`].
//!
//! ```text
//!   Bump<T>     ┌──────────┬─────────┬─────────────────────────┐
//!               │  cursor  │ padding │ storage, as large as T  │   both `repr(C)`
//!   BumpSlice   ├──────────┼─────────┴──────┬──────────────────┘
//!               │  cursor  │ storage, bytes │
//!               └──────────┴────────────────┘
//! ```
//!
//! They are the same thing where there is no padding: where `T` is aligned as the cursor, or less.
//! The interfaces of allocators are elsewhere: [`GlobalAlloc`](core::alloc::GlobalAlloc) in
//! `global_alloc`.

use core::cell::UnsafeCell;
use core::fmt;
use core::mem::{MaybeUninit, offset_of};
use core::panic::RefUnwindSafe;
use core::ptr::{self, NonNull};

use bump_core::{Memory, RawBump, bump_methods, places, start_behind};

use crate::AtomicCursor;

pub use bump_core::{AllocTime, Allocation, Failure, LeakError, Level};

/// An allocator that contains its memory, as large and as aligned as a `T`.
///
/// There is no `T` in it: the type only tells size and alignment. All of the memory is handed out,
/// but what is aligned more strictly than its neighbours may cost padding.
///
/// As a heap, in a static item that is all zero and takes no place in the program's file:
///
/// ```
/// use bump_global::Bump;
///
/// #[global_allocator]
/// static HEAP: Bump<[u8; 1 << 16]> = Bump::uninit();
/// # fn main() { drop(Box::new(1)); }
/// ```
///
/// The memory around a static is cleared when the program starts. In a section that is not, and for
/// many MiB, [keep the memory apart](crate::guide::run_time_memory).
///
/// As a pool, from which tasks get their memory for good:
///
/// ```
/// use bump_global::Bump;
///
/// static POOL: Bump<[u64; 3]> = Bump::uninit();
///
/// let one: &'static mut u64 = POOL.leak(1).unwrap();
/// let two: &'static mut u64 = POOL.leak(2).unwrap();
/// let three: &'static mut u64 = POOL.leak(3).unwrap();
/// assert!(POOL.leak(4_u64).is_err());
/// ```
#[repr(C)]
pub struct Bump<T> {
    /// At most `size_of::<T>()`. First, and zero in the beginning.
    cursor: AtomicCursor,
    /// The cell, because blocks are written to through shared borrows; uninitialised, because
    /// nobody knows what they were written.
    storage: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the storage is accessed through blocks only, each of which belongs to one caller; the
// rest is an atomic. No `T` is ever in it, so it need not be `Sync` or `Send`.
unsafe impl<T> Sync for Bump<T> {}
// SAFETY: as above; and blocks borrow the allocator, so there are none when it moves to a thread.
unsafe impl<T> Send for Bump<T> {}

// The cursor is right between any two instructions, so in particular after a panic.
impl<T> RefUnwindSafe for Bump<T> {}

impl<T> Bump<T> {
    /// An allocator whose memory is uninitialised.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// static HEAP: Bump<[u8; 1024]> = Bump::uninit();
    /// assert_eq!(HEAP.used(), 0);
    /// ```
    #[must_use]
    pub const fn uninit() -> Self {
        Bump {
            cursor: AtomicCursor::new(),
            storage: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// An allocator whose memory is zero until it is used, except where a `T` has padding.
    ///
    /// To move the allocator is to move a `T`, of which the padding is not kept. So all bytes are
    /// zero where the memory is an array of numbers, and none is sure to be where it is padding.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// let bump: Bump<[u32; 16]> = Bump::zeroed();
    /// let block = bump.get::<u32>().unwrap();
    /// // SAFETY: the block was taken for a `u32`, and zero is a valid one.
    /// assert_eq!(unsafe { block.uninit().assume_init() }, 0);
    /// ```
    #[must_use]
    pub const fn zeroed() -> Self {
        Bump {
            cursor: AtomicCursor::new(),
            storage: UnsafeCell::new(MaybeUninit::zeroed()),
        }
    }

    /// An allocator whose memory is the bytes of a value until it is used, except for its padding.
    ///
    /// The value is never dropped, and there is no way to get it back.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// let bump = Bump::new([7_u32; 16]);
    /// let block = bump.get::<u32>().unwrap();
    /// // SAFETY: the block was taken for a `u32`, and lies where one of the seven is.
    /// assert_eq!(unsafe { block.uninit().assume_init() }, 7);
    /// ```
    #[must_use]
    pub const fn new(storage: T) -> Self {
        Bump {
            cursor: AtomicCursor::new(),
            storage: UnsafeCell::new(MaybeUninit::new(storage)),
        }
    }

    /// Makes an allocator where there is memory for one; only the cursor is written.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// let mut components = Box::<[Bump<[u32; 128]>]>::new_uninit_slice(4);
    /// let first = Bump::from_maybe_uninit(&mut components[0]);
    /// assert!(first.leak(1_u32).is_ok());
    /// ```
    #[must_use]
    pub const fn from_maybe_uninit(data: &mut MaybeUninit<Self>) -> &mut Self {
        let bump = data.as_mut_ptr();
        // SAFETY: the place of a field, inside the memory that `data` borrows.
        let cursor = unsafe { &raw mut (*bump).cursor };
        // SAFETY: derived from a unique reference.
        unsafe { cursor.write(AtomicCursor::new()) };
        // SAFETY: the cursor was initialised, and the storage need not be.
        unsafe { data.assume_init_mut() }
    }

    /// Makes an allocator in the first place that is aligned for it; `None` if that leaves less
    /// than `size_of::<Self>()` bytes.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 256];
    /// let bump = Bump::<[u8; 200]>::from_memory(&mut buffer).unwrap();
    /// assert!(bump.get_slice::<u8>(200).is_some());
    ///
    /// assert!(Bump::<[u8; 256]>::from_memory(&mut buffer).is_none());
    /// ```
    #[must_use]
    pub fn from_memory(data: &mut [MaybeUninit<u8>]) -> Option<&mut Self> {
        places(data).first_mut().map(Self::from_maybe_uninit)
    }

    /// The same allocator with its size in the reference instead of the type.
    ///
    /// `None` if `T` is aligned more strictly than a `usize`.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// let bump: Bump<[usize; 16]> = Bump::uninit();
    /// let slice = bump.as_bump_slice().unwrap();
    /// slice.leak(1_u8).unwrap();
    /// assert_eq!(bump.used(), 1);
    ///
    /// #[repr(align(64))]
    /// struct CacheLine([u8; 64]);
    /// assert!(Bump::<CacheLine>::uninit().as_bump_slice().is_none());
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
    /// use bump_global::Bump;
    ///
    /// let mut bump: Bump<[usize; 16]> = Bump::uninit();
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
    const IS_BUMP_SLICE: bool = offset_of!(Self, storage) == size_of::<AtomicCursor>()
        && align_of::<Self>() == align_of::<AtomicCursor>();

    /// The bytes that the allocator has in total.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// assert_eq!(Bump::<[u64; 4]>::uninit().capacity(), 32);
    /// ```
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        size_of::<T>()
    }

    /// Makes all of the memory available again. Its content stays as it is.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// let mut bump: Bump<u64> = Bump::uninit();
    /// assert!(bump.leak(1_u64).is_ok());
    /// assert!(bump.leak(2_u64).is_err());
    /// bump.reset();
    /// assert!(bump.leak(2_u64).is_ok());
    /// ```
    ///
    /// Nothing that was allocated before can be used afterwards:
    ///
    /// ```compile_fail,E0502
    /// # use bump_global::Bump;
    /// let mut bump: Bump<u64> = Bump::uninit();
    /// let value = bump.leak(1_u64).unwrap();
    /// bump.reset();
    /// *value += 1;
    /// ```
    #[inline]
    pub fn reset(&mut self) {
        self.cursor = AtomicCursor::new();
    }

    bump_methods!("let bump = bump_global::Bump::<[u64; 8]>::uninit();");
}

// SAFETY: the memory is a part of the allocator that it borrows with itself, at most `isize::MAX`
// bytes as any value is. Only blocks give access to it; the cursor is private and changed only
// here, where the allocator is borrowed uniquely, to where it started.
unsafe impl<T> RawBump for Bump<T> {
    type Cursor = AtomicCursor;

    // The storage is behind the cursor and what aligns it, so it is aligned as the whole is.
    const BASE_ALIGN: usize = {
        assert!(offset_of!(Self, storage) % align_of::<Self>() == 0);
        align_of::<Self>()
    };
    const START: usize = start_behind(offset_of!(Self, storage));

    #[inline]
    fn cursor(&self) -> &AtomicCursor {
        &self.cursor
    }

    #[inline]
    fn memory(&self) -> Memory {
        let storage = NonNull::from(&self.storage).cast();
        Memory {
            // SAFETY: at most as many bytes as are in front of the storage.
            base: unsafe { storage.sub(Self::START) },
            limit: Self::START + size_of::<T>(),
        }
    }
}

impl<T> Default for Bump<T> {
    fn default() -> Self {
        Bump::uninit()
    }
}

impl<T> fmt::Debug for Bump<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Bump", self, f)
    }
}

/// An allocator that contains its memory, of a size known at run time only.
///
/// It exists behind a reference: made from a [`Bump`] or in a [piece of
/// memory](BumpSlice::from_memory).
///
/// ```
/// use bump_global::{Bump, BumpSlice};
///
/// fn subroutine(heap: &BumpSlice) -> Option<&mut str> {
///     heap.leak_str("in a heap of whatever size")
/// }
///
/// let heap: Bump<[u64; 4]> = Bump::uninit();
/// assert!(subroutine(heap.as_bump_slice().unwrap()).is_some());
/// ```
#[repr(C)]
pub struct BumpSlice {
    /// At most `storage.len()`.
    cursor: AtomicCursor,
    /// See [`Bump::storage`].
    storage: UnsafeCell<[MaybeUninit<u8>]>,
}

// SAFETY: the storage is accessed through blocks only, each of which belongs to one caller; the
// rest is an atomic.
unsafe impl Sync for BumpSlice {}

// As for `Bump`.
impl RefUnwindSafe for BumpSlice {}

impl BumpSlice {
    /// Makes an allocator of a piece of memory: the cursor at the first place that is aligned for
    /// it, and as many bytes behind it as keep the whole inside. `None` if not even the cursor
    /// fits.
    ///
    /// ```
    /// use bump_global::BumpSlice;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 256];
    /// let bump = BumpSlice::from_memory(&mut buffer).unwrap();
    /// assert!(bump.get_slice::<u32>(50).is_some());
    /// assert!(bump.get_slice::<u32>(50).is_none());
    ///
    /// assert!(BumpSlice::from_memory(&mut []).is_none());
    /// ```
    #[must_use]
    pub fn from_memory(data: &mut [MaybeUninit<u8>]) -> Option<&mut Self> {
        // In units of the cursor the memory is rounded down to a multiple of its alignment, as the
        // size of every value is: the padding behind an odd length would lie outside.
        let units = places::<AtomicCursor>(data);
        let (cursor, storage) = units.split_first_mut()?;
        cursor.write(AtomicCursor::new());
        let len = size_of_val(storage);
        // A pointer that was made before would be invalid, since the memory was borrowed again.
        let slice = Self::from_parts(units.as_mut_ptr().cast(), len);
        // SAFETY: aligned for the cursor, which was initialised, and the storage behind it need not
        // be; all in the memory that `data` borrows uniquely.
        Some(unsafe { &mut *slice })
    }

    /// A pointer to an allocator at `start`, with `len` bytes of storage.
    const fn from_parts(start: *mut MaybeUninit<u8>, len: usize) -> *mut Self {
        // What tells the length of a slice tells the length of the slice that a struct ends with.
        ptr::slice_from_raw_parts_mut(start, len) as *mut Self
    }

    /// The bytes that the allocator has in total.
    ///
    /// ```
    /// use bump_global::BumpSlice;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 256];
    /// let bump = BumpSlice::from_memory(&mut buffer).unwrap();
    /// assert!((256 - 16..256).contains(&bump.capacity()));
    /// ```
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.storage.get().len()
    }

    /// Makes all of the memory available again. Its content stays as it is.
    ///
    /// See [`Bump::reset`].
    ///
    /// ```
    /// # let mut buffer = [core::mem::MaybeUninit::uninit(); 256];
    /// let bump = bump_global::BumpSlice::from_memory(&mut buffer).unwrap();
    /// bump.leak(1_u64).unwrap();
    /// bump.reset();
    /// assert_eq!(bump.used(), 0);
    /// ```
    #[inline]
    pub fn reset(&mut self) {
        self.cursor = AtomicCursor::new();
    }

    bump_methods!(
        "# let arena = bump_global::Bump::<[usize; 8]>::uninit();\nlet bump = arena.as_bump_slice().unwrap();"
    );
}

// SAFETY: as for `Bump`; the memory lasts as long as the reference through which it is reached.
// Bytes are right behind the cursor, whose size is a multiple of its alignment.
unsafe impl RawBump for BumpSlice {
    type Cursor = AtomicCursor;

    const BASE_ALIGN: usize = align_of::<AtomicCursor>();
    const START: usize = start_behind(size_of::<AtomicCursor>());

    #[inline]
    fn cursor(&self) -> &AtomicCursor {
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

impl fmt::Debug for BumpSlice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("BumpSlice", self, f)
    }
}

/// What there is to see of a region.
pub(crate) fn debug<B: RawBump + ?Sized>(
    name: &str,
    bump: &B,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    use bump_core::Values as _;
    f.debug_struct(name)
        .field("used", &bump.level().byte_offset())
        .field("capacity", &(bump.memory().limit - B::START))
        .finish_non_exhaustive()
}
