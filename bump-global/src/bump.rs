//! The allocators whose memory is part of themselves: [`Bump`], of a size known at compile time,
//! and its unsized form [`BumpSlice`]. Names for [`Inline`] with a cursor that threads share.

use core::fmt;
use core::mem::MaybeUninit;
use core::panic::RefUnwindSafe;
use core::ptr;

use bump_core::{Inline, Memory, NoPadding, RawBump, Relocatable, bump_methods, debug};

use crate::AtomicCursor;

pub use bump_core::{AllocTime, Allocation, Failure, LeakError, Level};

/// An allocator that contains its memory, as large and as aligned as a `T`.
///
/// There is no `T` in it: the type only tells size and alignment. All of the memory is handed out,
/// but a block that is aligned more strictly than its neighbours may cost padding.
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
/// The start-up code clears such a static. In a section that it does not clear, and for many MiB,
/// [keep the memory apart](crate::guide::memory_in_sections).
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
///
/// The cursor is kept at multiples of `MIN_ALIGN`, at most the alignment of `T`. With 1, values lie
/// as close as their alignments allow. With the size of a machine's word, each block starts at a word.
/// With that of a cache line, or of what a device transfers, no two blocks share one
/// ([blocks for devices](crate::guide::global_heap#blocks-for-devices)):
///
/// ```
/// use bump_global::Bump;
///
/// #[repr(align(64))]
/// struct CacheLines([u8; 4096]);
///
/// static BUFFERS: Bump<CacheLines, 64> = Bump::with_min_align();
/// let one = BUFFERS.leak([0_u8; 100]).unwrap().as_ptr();
/// let two = BUFFERS.leak([0_u8; 100]).unwrap().as_ptr();
/// assert_eq!(two.addr() - one.addr(), 128);
/// ```
///
/// Blocks of collections that are freed in reverse order come back completely, if none is aligned more
/// strictly than a [`UNIT`](bump_core::UNIT) of 8 bytes and than `MIN_ALIGN`. Such a block leaves the
/// padding in front of it behind; [`Recycling`](crate::Recycling) uses that again, too.
#[repr(transparent)]
pub struct Bump<T, const MIN_ALIGN: usize = 1>(Inline<AtomicCursor, MaybeUninit<T>, MIN_ALIGN>);

// The cursor is right between any two instructions, so in particular after a panic.
impl<T, const MIN_ALIGN: usize> RefUnwindSafe for Bump<T, MIN_ALIGN> {}

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
        Self::with_storage(MaybeUninit::uninit())
    }

    /// An allocator whose memory is zero until it is used, except where a `T` has padding.
    ///
    /// A move of the allocator is a move of a `T`, whose padding is not kept. So all bytes are zero
    /// if `T` is an array of numbers, and bytes of padding in a `T` need not be.
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
        Self::with_storage(MaybeUninit::zeroed())
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
        Self::with_storage(MaybeUninit::new(storage))
    }
}

impl<T, const MIN_ALIGN: usize> Bump<T, MIN_ALIGN> {
    /// Like [`uninit`](Bump::uninit), with any minimum alignment.
    ///
    /// ```
    /// use bump_global::Bump;
    ///
    /// static WORDS: Bump<[u64; 100], 8> = Bump::with_min_align();
    /// WORDS.leak(1_u8).unwrap();
    /// assert_eq!(WORDS.used(), 8);
    /// ```
    ///
    /// It is at most the alignment of `T`:
    ///
    /// ```compile_fail,E0080
    /// use bump_global::Bump;
    ///
    /// static WORDS: Bump<[u8; 800], 64> = Bump::with_min_align();
    /// ```
    #[must_use]
    pub const fn with_min_align() -> Self {
        Self::with_storage(MaybeUninit::uninit())
    }

    const fn with_storage(storage: MaybeUninit<T>) -> Self {
        // SAFETY: a new cursor, at 0.
        Bump(unsafe { Inline::new(AtomicCursor::new(), storage) })
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
        let inline =
            ptr::from_mut(data).cast::<MaybeUninit<Inline<_, MaybeUninit<T>, MIN_ALIGN>>>();
        // SAFETY: the only field of a transparent struct, borrowed as `data` is.
        let inline = unsafe { &mut *inline };
        // SAFETY: a new cursor, at 0.
        let inline = unsafe { Inline::at(inline, AtomicCursor::new()) };
        // SAFETY: as above.
        unsafe { &mut *ptr::from_mut(inline).cast() }
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
        bump_core::places(data)
            .first_mut()
            .map(Self::from_maybe_uninit)
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
    /// use bump_global::Bump;
    ///
    /// let mut bump: Bump<[usize; 16]> = Bump::uninit();
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
        // SAFETY: a new cursor, at 0.
        unsafe { self.0.reset(AtomicCursor::new()) };
    }

    bump_methods!("let bump = bump_global::Bump::<[u64; 8]>::uninit();");
}

// SAFETY: the memory and the cursor are those of the region in it, the only field.
unsafe impl<T, const MIN_ALIGN: usize> RawBump for Bump<T, MIN_ALIGN> {
    type Cursor = AtomicCursor;

    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = <Inline<AtomicCursor, MaybeUninit<T>, MIN_ALIGN>>::BASE_ALIGN;

    #[inline]
    fn cursor(&self) -> &AtomicCursor {
        self.0.cursor()
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        self.0.memory()
    }
}

// SAFETY: the region in it is `Relocatable`.
unsafe impl<T: NoPadding, const MIN_ALIGN: usize> Relocatable for Bump<T, MIN_ALIGN> {}

impl<T, const MIN_ALIGN: usize> Default for Bump<T, MIN_ALIGN> {
    fn default() -> Self {
        Bump::with_min_align()
    }
}

impl<T, const MIN_ALIGN: usize> fmt::Debug for Bump<T, MIN_ALIGN> {
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
#[repr(transparent)]
pub struct BumpSlice<const MIN_ALIGN: usize = 1>(
    Inline<AtomicCursor, [MaybeUninit<u8>], MIN_ALIGN>,
);

// As for `Bump`.
impl<const MIN_ALIGN: usize> RefUnwindSafe for BumpSlice<MIN_ALIGN> {}

impl BumpSlice {
    /// Makes an allocator in a piece of memory. The cursor is at the first place that is aligned for
    /// it, and the bytes behind it are handed out, rounded down to its alignment. `None` if not even
    /// the cursor fits.
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
        Self::with_min_align_from_memory(data)
    }
}

impl<const MIN_ALIGN: usize> BumpSlice<MIN_ALIGN> {
    /// Like [`from_memory`](BumpSlice::from_memory), with any minimum alignment up to that of a
    /// `usize`.
    ///
    /// ```
    /// use bump_global::BumpSlice;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 256];
    /// let bump = BumpSlice::<2>::with_min_align_from_memory(&mut buffer).unwrap();
    /// bump.leak(1_u8).unwrap();
    /// assert_eq!(bump.used(), 2);
    /// ```
    #[must_use]
    pub fn with_min_align_from_memory(data: &mut [MaybeUninit<u8>]) -> Option<&mut Self> {
        // SAFETY: a new cursor, at 0.
        unsafe { Inline::from_memory(data, AtomicCursor::new()) }.map(Self::of_mut)
    }

    const fn of(inline: &Inline<AtomicCursor, [MaybeUninit<u8>], MIN_ALIGN>) -> &Self {
        // SAFETY: the only field of a transparent struct.
        unsafe { &*(ptr::from_ref(inline) as *const Self) }
    }

    const fn of_mut(inline: &mut Inline<AtomicCursor, [MaybeUninit<u8>], MIN_ALIGN>) -> &mut Self {
        // SAFETY: the only field of a transparent struct.
        unsafe { &mut *(ptr::from_mut(inline) as *mut Self) }
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
        self.0.size()
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
        // SAFETY: a new cursor, at 0.
        unsafe { self.0.reset(AtomicCursor::new()) };
    }

    bump_methods!(
        "# let arena = bump_global::Bump::<[usize; 8]>::uninit();\nlet bump = arena.as_bump_slice().unwrap();"
    );
}

// SAFETY: the memory and the cursor are those of the region in it, the only field.
unsafe impl<const MIN_ALIGN: usize> RawBump for BumpSlice<MIN_ALIGN> {
    type Cursor = AtomicCursor;

    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = <Inline<AtomicCursor, [MaybeUninit<u8>], MIN_ALIGN>>::BASE_ALIGN;

    #[inline]
    fn cursor(&self) -> &AtomicCursor {
        self.0.cursor()
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        self.0.memory()
    }
}

impl<const MIN_ALIGN: usize> fmt::Debug for BumpSlice<MIN_ALIGN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("BumpSlice", self, f)
    }
}
