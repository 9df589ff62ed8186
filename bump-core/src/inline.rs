//! [`Inline`]: a region whose memory is part of the allocator.
//!
//! ```text
//!   Inline<C, MaybeUninit<T>>     ┌──────────┬─────────┬─────────────────────────┐
//!                                 │  cursor  │ padding │ storage, as large as T  │   both `repr(C)`
//!   Inline<C, [MaybeUninit<u8>]>  ├──────────┼─────────┴──────┬──────────────────┘
//!                                 │  cursor  │ storage, bytes │
//!                                 └──────────┴────────────────┘
//! ```
//!
//! Both have the same layout if there is no padding: if `T` is aligned as the header is, or less.
//! `bump-global` and `bump-local` give `Inline` names, and the interfaces that suit threads or one
//! thread.

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::fmt;
use core::mem::{MaybeUninit, offset_of};
use core::ptr::{self, NonNull};

use crate::raw_alloc::most_bytes;
use crate::{Cursor, Memory, NoPadding, RawBump, Relocatable, UNIT, places};

/// A region with its memory inside, and a cursor `C`: for a size known at compile time
/// (`MaybeUninit<T>`, as large and as aligned as a `T`), or at run time (`[MaybeUninit<u8>]`).
///
/// For an allocator of your own in a static or on a stack. There is no `T` in it: the type only tells
/// size and alignment. The cursor is kept at multiples of `MIN_ALIGN`.
///
/// ```
/// use bump_core::{Inline, Values};
#[doc = include_str!("example.txt")]
/// let storage = core::mem::MaybeUninit::<[u8; 64]>::uninit();
/// // SAFETY: a new cursor, at 0.
/// let region = unsafe { Inline::<_, _>::new(ExampleCursor(Default::default()), storage) };
/// assert_eq!(*region.leak(42).unwrap(), 42);
/// ```
#[repr(C)]
pub struct Inline<C, S: ?Sized, const MIN_ALIGN: usize = 1> {
    /// At most the size of the storage. It comes first, since only the last field can be unsized.
    cursor: C,
    storage: Storage<S>,
}

/// The storage, aligned to a [`UNIT`](crate::UNIT) even if the cursor is aligned to less: the
/// engine need not look where the region starts. This saves 130 bytes of flash on Cortex-M3.
#[repr(C)]
#[cfg_attr(target_pointer_width = "32", repr(align(8)))]
struct Storage<S: ?Sized>(
    /// A cell, because blocks are written to through shared borrows.
    UnsafeCell<S>,
);

/// The part in front of a storage of bytes, aligned as the whole is.
#[repr(C)]
struct Header<C>(C, Storage<[u8; 0]>);

// SAFETY: the storage is accessed through blocks only, each of which belongs to one caller; the
// only other part is the cursor, which is `Sync`. No value is ever in the storage, so its type does
// not matter.
unsafe impl<C: Sync, S: ?Sized, const MIN_ALIGN: usize> Sync for Inline<C, S, MIN_ALIGN> {}
// SAFETY: as above; and blocks borrow the region, so there are none when it moves to a thread.
unsafe impl<C: Send, S: ?Sized, const MIN_ALIGN: usize> Send for Inline<C, S, MIN_ALIGN> {}

impl<C, T, const MIN_ALIGN: usize> Inline<C, MaybeUninit<T>, MIN_ALIGN> {
    /// A region with a cursor at 0. Content of the storage is never dropped.
    ///
    /// ```
    /// use bump_core::{Inline, RawBump};
    /// use core::mem::MaybeUninit;
    #[doc = include_str!("example.txt")]
    /// let storage = MaybeUninit::<[u64; 4]>::uninit();
    /// // SAFETY: a new cursor, at 0.
    /// let region = unsafe { Inline::<_, _, 8>::new(ExampleCursor(Default::default()), storage) };
    /// assert_eq!(region.memory().unwrap().size(), 32);
    /// ```
    ///
    /// A minimum alignment above that of the storage does not compile:
    ///
    /// ```compile_fail,E0080
    /// # use bump_core::Inline;
    /// # use core::mem::MaybeUninit;
    #[doc = include_str!("example.txt")]
    /// let storage = MaybeUninit::<[u64; 4]>::uninit();
    /// // SAFETY: a new cursor, at 0.
    /// unsafe { Inline::<_, _, 64>::new(ExampleCursor(Default::default()), storage) };
    /// ```
    ///
    /// # Safety
    ///
    /// The cursor is at 0, and only this region moves it.
    pub const unsafe fn new(cursor: C, storage: MaybeUninit<T>) -> Self {
        const { Self::check() };
        Inline {
            cursor,
            storage: Storage(UnsafeCell::new(storage)),
        }
    }

    /// The conditions on the types.
    const fn check() {
        assert!(
            MIN_ALIGN.is_power_of_two() && align_of::<Self>() % MIN_ALIGN == 0,
            "the minimum alignment is a power of two, at most the alignment of the storage"
        );
        assert!(
            size_of::<T>() % MIN_ALIGN == 0,
            "the size of the storage is a multiple of the minimum alignment"
        );
        assert!(offset_of!(Self, storage) % align_of::<Self>() == 0);
        assert!(size_of::<T>() <= Self::MOST);
    }

    /// Makes a region where there is memory for one; only the cursor, which is at 0, is written.
    ///
    /// ```
    /// use bump_core::{Inline, Values};
    /// use core::mem::MaybeUninit;
    #[doc = include_str!("example.txt")]
    /// let mut place = MaybeUninit::<Inline<ExampleCursor, MaybeUninit<[u64; 4]>>>::uninit();
    /// // SAFETY: a new cursor, at 0.
    /// let region = unsafe { Inline::at(&mut place, ExampleCursor(Default::default())) };
    /// assert!(region.leak([0_u64; 4]).is_ok());
    /// ```
    ///
    /// # Safety
    ///
    /// The cursor is at 0, and only this region moves it.
    pub const unsafe fn at(place: &mut MaybeUninit<Self>, cursor: C) -> &mut Self {
        const { Self::check() };
        let region = place.as_mut_ptr();
        // SAFETY: the place of a field, inside the memory that `place` borrows.
        let field = unsafe { &raw mut (*region).cursor };
        // SAFETY: derived from a unique reference.
        unsafe { field.write(cursor) };
        // SAFETY: the cursor was initialised, and the storage need not be.
        unsafe { place.assume_init_mut() }
    }

    /// Whether the fields are where those of a slice are.
    // Bytes need no padding before them.
    const IS_SLICE: bool = offset_of!(Self, storage) == size_of::<Header<C>>()
        && align_of::<Self>() == align_of::<Header<C>>();

    /// Does not compile if [`as_slice`](Self::as_slice) is `None`.
    #[doc(hidden)]
    pub const fn assert_slice() {
        assert!(Self::IS_SLICE, "content aligned above the header");
    }

    /// The same region with its size in the reference instead of the type; `None` if `T` is aligned
    /// more strictly than the header.
    ///
    /// ```
    /// use bump_core::{Inline, RawBump};
    /// use core::mem::MaybeUninit;
    #[doc = include_str!("example.txt")]
    /// let storage = MaybeUninit::<[usize; 4]>::uninit();
    /// // SAFETY: a new cursor, at 0.
    /// let region = unsafe { Inline::<_, _>::new(ExampleCursor(Default::default()), storage) };
    /// assert_eq!(region.as_slice().unwrap().memory().unwrap().size(), size_of::<[usize; 4]>());
    /// ```
    pub const fn as_slice(&self) -> Option<&Inline<C, [MaybeUninit<u8>], MIN_ALIGN>> {
        if !Self::IS_SLICE {
            return None;
        }
        let slice = Inline::from_parts(ptr::from_ref(self).cast_mut().cast(), size_of::<T>());
        // SAFETY: the cursor and the bytes of the storage, at the same place in both types, borrowed
        // as `self` is. The padding of `self` behind the storage is padding of the slice, too, whose
        // alignment is the same.
        Some(unsafe { &*slice })
    }

    /// [`as_slice`](Self::as_slice), borrowed uniquely.
    ///
    /// ```
    /// use bump_core::Inline;
    /// use core::mem::MaybeUninit;
    #[doc = include_str!("example.txt")]
    /// let storage = MaybeUninit::<[usize; 4]>::uninit();
    /// // SAFETY: a new cursor, at 0.
    /// let mut region = unsafe { Inline::<_, _>::new(ExampleCursor(Default::default()), storage) };
    /// // SAFETY: a new cursor, at 0.
    /// unsafe { region.as_mut_slice().unwrap().reset(ExampleCursor(Default::default())) };
    /// ```
    pub const fn as_mut_slice(&mut self) -> Option<&mut Inline<C, [MaybeUninit<u8>], MIN_ALIGN>> {
        if !Self::IS_SLICE {
            return None;
        }
        let slice = Inline::from_parts(ptr::from_mut(self).cast(), size_of::<T>());
        // SAFETY: as in `as_slice`; unique because `self` is.
        Some(unsafe { &mut *slice })
    }
}

impl<C, S: ?Sized, const MIN_ALIGN: usize> Inline<C, S, MIN_ALIGN> {
    /// The most bytes of storage. The storage is some multiple of `MIN_ALIGN`, so this keeps to that, too.
    const MOST: usize = most_bytes(UNIT);
}

impl<C, const MIN_ALIGN: usize> Inline<C, [MaybeUninit<u8>], MIN_ALIGN> {
    /// Makes a region of a piece of memory: the header, whose cursor is at 0, at the first place that
    /// is aligned for it, and as many bytes behind it as keep the whole inside. `None` if not even the
    /// header fits.
    ///
    /// ```
    /// use bump_core::{Inline, Values};
    #[doc = include_str!("example.txt")]
    /// type Slice = Inline<ExampleCursor, [core::mem::MaybeUninit<u8>]>;
    /// let mut buffer = [core::mem::MaybeUninit::uninit(); 256];
    /// // SAFETY: a new cursor, at 0.
    /// let region = unsafe { Slice::from_memory(&mut buffer, ExampleCursor(Default::default())) };
    /// assert!(region.unwrap().leak_str("in the buffer").is_some());
    /// ```
    ///
    /// # Safety
    ///
    /// The cursor is at 0, and only this region moves it.
    pub unsafe fn from_memory(memory: &mut [MaybeUninit<u8>], cursor: C) -> Option<&mut Self> {
        let slice = Self::place(memory)?;
        // SAFETY: the header is aligned for its first field, inside memory that is borrowed uniquely.
        unsafe { slice.cast::<C>().write(cursor) };
        // SAFETY: the cursor was initialised, and the storage need not be; all in the memory that is
        // borrowed uniquely.
        Some(unsafe { &mut *slice })
    }

    /// The place of the region that [`from_memory`](Self::from_memory) makes in a piece of memory.
    fn place(memory: &mut [MaybeUninit<u8>]) -> Option<*mut Self> {
        const {
            assert!(
                MIN_ALIGN.is_power_of_two() && align_of::<Header<C>>() % MIN_ALIGN == 0,
                "the minimum alignment is a power of two, at most the alignment of the header"
            );
        }
        // In units of the header the memory is rounded down to a multiple of its alignment, as the
        // size of every value is: the padding behind an odd length would lie outside.
        let units = places::<Header<C>>(memory);
        let storage = units.len().checked_sub(1)? * size_of::<Header<C>>();
        let storage = storage.min(Self::MOST);
        Some(Self::from_parts(units.as_mut_ptr().cast(), storage))
    }

    /// The bytes of the storage.
    #[doc(hidden)]
    #[inline]
    pub const fn size(&self) -> usize {
        self.storage.0.get().len()
    }

    /// The bytes in front of the storage, and the alignment of the whole.
    #[doc(hidden)]
    pub const HEADER: Layout = Layout::new::<Header<C>>();

    /// A pointer to a region at `start`, with `len` bytes of storage.
    #[doc(hidden)]
    pub const fn from_parts(start: *mut MaybeUninit<u8>, len: usize) -> *mut Self {
        // A slice pointer's metadata is also the metadata of a struct that ends in that slice.
        ptr::slice_from_raw_parts_mut(start, len) as *mut Self
    }
}

impl<C, S: ?Sized, const MIN_ALIGN: usize> Inline<C, S, MIN_ALIGN> {
    /// Makes all of the memory available again, by a cursor that is at 0. Its content stays as it is.
    ///
    /// ```
    /// use bump_core::{Inline, Values};
    /// use core::mem::MaybeUninit;
    #[doc = include_str!("example.txt")]
    /// let storage = MaybeUninit::<u64>::uninit();
    /// // SAFETY: a new cursor, at 0.
    /// let mut region = unsafe { Inline::<_, _>::new(ExampleCursor(Default::default()), storage) };
    /// assert!(region.leak(1_u64).is_ok() && region.leak(2_u64).is_err());
    /// // SAFETY: a new cursor, at 0.
    /// unsafe { region.reset(ExampleCursor(Default::default())) };
    /// assert!(region.leak(2_u64).is_ok());
    /// ```
    ///
    /// # Safety
    ///
    /// The cursor is at 0, and only this region moves it.
    #[inline]
    pub unsafe fn reset(&mut self, cursor: C) {
        self.cursor = cursor;
    }
}

// SAFETY: the memory is a part of the region that it borrows with itself, of at most as many bytes as a
// region can have (`check`, `place`). Only blocks give access to it; the cursor is private, started at 0,
// and is only replaced by another one at 0 where the region is borrowed uniquely. The storage is behind
// the cursor and its padding, so it is aligned as the whole is (`check`).
unsafe impl<C: Cursor, T, const MIN_ALIGN: usize> RawBump for Inline<C, MaybeUninit<T>, MIN_ALIGN> {
    type Cursor = C;

    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = align_of::<Self>();

    #[inline]
    fn cursor(&self) -> &C {
        &self.cursor
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        let start = NonNull::from(&self.storage.0).cast();
        Some(Memory::new(start, size_of::<T>()))
    }
}

// SAFETY: all of the storage is of a type without padding.
unsafe impl<C: Cursor, T: NoPadding, const MIN_ALIGN: usize> Relocatable
    for Inline<C, MaybeUninit<T>, MIN_ALIGN>
{
}

// SAFETY: as above; bytes are right behind the cursor, whose size is a multiple of its alignment.
unsafe impl<C: Cursor, const MIN_ALIGN: usize> RawBump for Inline<C, [MaybeUninit<u8>], MIN_ALIGN> {
    type Cursor = C;

    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = align_of::<Header<C>>();

    #[inline]
    fn cursor(&self) -> &C {
        &self.cursor
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        let start = NonNull::from(&self.storage.0).cast();
        Some(Memory::new(start, self.size()))
    }
}

impl<C, S: ?Sized, const MIN_ALIGN: usize> fmt::Debug for Inline<C, S, MIN_ALIGN>
where
    Self: RawBump,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Inline", self, f)
    }
}

/// How far a region is consumed, for its `Debug`.
#[doc(hidden)]
pub fn debug<B: RawBump + ?Sized>(
    name: &str,
    region: &B,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.debug_struct(name)
        .field("used", &region.cursor().load())
        .field(
            "capacity",
            &region.memory().map_or(0, |memory| memory.size()),
        )
        .finish_non_exhaustive()
}
