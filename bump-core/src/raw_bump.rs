//! The two things that the author of an allocator states: where its memory is, and what holds its
//! cursor.
//!
//! The engine, which does the rest, is in `engine`; interfaces and typed values are derived from it.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::NonNull;

use crate::Cursor;
use crate::align::is_aligned;
use crate::resize::end_up;

/// A bump allocator: a region of memory and a cursor that tells how much of it is consumed.
///
/// It then has [`RawAlloc`](crate::RawAlloc) and [`Values`](crate::Values) as well.
///
/// ```
/// use bump_core::{Memory, RawBump, Values};
/// use core::marker::PhantomData;
/// use core::mem::MaybeUninit;
/// use core::ptr::NonNull;
#[doc = include_str!("example.txt")]
/// /// A region in a buffer, for as long as that is borrowed.
/// struct Buffer<'mem> {
///     start: NonNull<u8>,
///     bytes: usize,
///     used: ExampleCursor, // some `Cursor`, at 0
///     memory: PhantomData<&'mem mut [MaybeUninit<u8>]>,
/// }
///
/// // SAFETY: the memory was borrowed uniquely, for `'mem`; only the engine moves the cursor.
/// unsafe impl RawBump for Buffer<'_> {
///     type Cursor = ExampleCursor;
///
///     fn cursor(&self) -> &ExampleCursor {
///         &self.used
///     }
///
///     fn memory(&self) -> Option<Memory> {
///         Some(Memory::new(self.start, self.bytes))
///     }
/// }
///
/// let mut memory = [MaybeUninit::<u8>::uninit(); 100];
/// let region = Buffer {
///     bytes: memory.len(),
///     start: NonNull::from(&mut memory).cast(),
///     used: ExampleCursor(core::cell::Cell::new(0)),
///     memory: PhantomData,
/// };
/// assert!(region.leak([0_u8; 100]).is_ok());
/// assert!(region.leak(1_u8).is_err());
/// ```
///
/// # Safety
///
/// With debug assertions, the engine checks these rules as far as it can, and names a broken one.
///
/// - [`memory`](Self::memory) is valid for reads and writes through its pointer, from the cursor's
///   initial position to its end, for as long as a shared borrow of the allocator lives, also when
///   the allocator is moved in between borrows. It is part of one object, so of at most `isize::MAX`
///   bytes. Nobody else accesses what lies behind the cursor.
/// - While blocks are in use, `memory` answers the same, and so does [`cursor`](Self::cursor). If
///   all answers are by [`Memory::growing`], the end may rise, but never fall, and a caller that
///   gets an answer can use what it adds. Before there is memory, `memory` is `None`, and the
///   cursor is where it starts. Neither method panics or uses an allocator.
/// - The cursor starts at position 0. Only the engine moves it, unless no block at all is in use
///   any more behind the position that it is set to.
/// - `MIN_ALIGN` and `BASE_ALIGN` are powers of two. The address of the first byte is a multiple of
///   both, that of the end a multiple of `MIN_ALIGN`.
pub unsafe trait RawBump {
    /// The type that holds the position.
    type Cursor: Cursor;

    /// The alignment at which the cursor is kept.
    const MIN_ALIGN: usize = 1;

    /// The alignment that the first byte is known to have: blocks that need no more cost an
    /// instruction less.
    const BASE_ALIGN: usize = 1;

    /// The cursor of the region.
    fn cursor(&self) -> &Self::Cursor;

    /// The memory of the region; `None` if it has none yet.
    fn memory(&self) -> Option<Memory>;
}

// SAFETY: the same region. A borrow of the reference is no longer than the one that it is.
unsafe impl<B: RawBump + ?Sized> RawBump for &B {
    type Cursor = B::Cursor;

    const MIN_ALIGN: usize = B::MIN_ALIGN;
    const BASE_ALIGN: usize = B::BASE_ALIGN;

    #[inline]
    fn cursor(&self) -> &B::Cursor {
        (**self).cursor()
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        (**self).memory()
    }
}

/// A region that keeps its content when it is moved, so that its free blocks can be in lists.
///
/// ```
/// use bump_core::Relocatable;
#[doc = include_str!("example.txt")]
/// /// A heap that writes into its free blocks.
/// struct Heap<B: Relocatable>(B);
///
/// let region = Example::new();
/// // Moving a reference moves nothing of the region.
/// let _heap = Heap(&region);
/// ```
///
/// # Safety
///
/// A move of the value keeps all bytes of its memory, or its memory is elsewhere.
pub unsafe trait Relocatable: RawBump {}

// SAFETY: the memory is elsewhere.
unsafe impl<B: RawBump + ?Sized> Relocatable for &B {}

/// Types without padding: a move of a value, initialised or not, keeps all its bytes. The compiler is
/// free to leave padding behind.
///
/// ```
/// /// Storage that is aligned to a cache line.
/// #[repr(align(64))]
/// struct Lines([u8; 4096]);
///
/// // SAFETY: bytes, and of a size that is a multiple of the alignment.
/// unsafe impl bump_core::NoPadding for Lines {}
/// ```
///
/// # Safety
///
/// There is no padding in the type, neither between its fields nor behind them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may have padding, which a move of the heap does not keep",
    note = "free blocks hold the lists of the heap: take storage without padding, such as \
            `[u64; N]`, or implement `NoPadding` for a type that has none"
)]
pub unsafe trait NoPadding {}

macro_rules! no_padding {
    ($($integer:ty)*) => {$(
        // SAFETY: an integer is nothing but its bits.
        unsafe impl NoPadding for $integer {}
    )*};
}
no_padding!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

// SAFETY: an array has no padding between its elements.
unsafe impl<T: NoPadding, const N: usize> NoPadding for [T; N] {}

/// Where the end of a region's memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Anywhere, always at the same place.
    Fixed,
    /// At a multiple of [`UNIT`](crate::UNIT), always at the same place.
    AtUnit,
    /// At a multiple of [`UNIT`](crate::UNIT), and maybe further away at another time.
    Rising,
}

/// The memory of a region, as [`RawBump::memory`] answers.
///
/// ```
/// use bump_core::Memory;
/// use core::mem::MaybeUninit;
/// use core::ptr::NonNull;
///
/// let mut buffer = [MaybeUninit::<u8>::uninit(); 64];
/// let memory = Memory::new(NonNull::from(&mut buffer).cast(), 64);
/// assert_eq!(memory.size(), 64);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// May access all of the region.
    pub(crate) base: NonNull<u8>,
    /// The address at position 0: that of `base`, or 0 where positions are addresses.
    pub(crate) origin: usize,
    /// The position of the end.
    pub(crate) limit: usize,
    pub(crate) end: End,
}

impl Memory {
    /// The `size` bytes at `start`: positions count from there.
    ///
    /// ```
    /// # use core::ptr::NonNull;
    /// let memory = bump_core::Memory::new(NonNull::from(&mut [0_u8; 9]).cast(), 9);
    /// ```
    #[inline]
    #[must_use]
    pub fn new(start: NonNull<u8>, size: usize) -> Self {
        Memory {
            base: start,
            origin: start.addr().get(),
            limit: size,
            end: End::Fixed,
        }
    }

    /// The `size` bytes at `start`, behind which there may be more at another time, in the same object.
    ///
    /// The address of the end is a multiple of [`UNIT`](crate::UNIT) and of the region's `MIN_ALIGN`.
    /// So the ends of blocks are rounded to multiples of these whatever the end of the region is: a
    /// block that is freed ends where it ended when it was taken.
    ///
    /// Threads may learn of the added memory one after the other, and then of each other's blocks in
    /// it: one that finds the cursor beyond the end that it knows is refused, as if it had come before.
    ///
    /// ```
    /// use bump_core::Memory;
    /// use core::ptr::NonNull;
    ///
    /// let mut reserved = [0_u64; 1024];
    /// let start = NonNull::from(&mut reserved).cast();
    /// let (first, later) = (Memory::growing(start, 4096), Memory::growing(start, 8192));
    /// assert_eq!(first.start(), later.start());
    /// ```
    #[inline]
    #[must_use]
    pub fn growing(start: NonNull<u8>, size: usize) -> Self {
        Memory {
            end: End::Rising,
            ..Memory::new(start, size)
        }
    }

    /// The memory up to `end`, a multiple of [`UNIT`](crate::UNIT), for an arena that goes from one
    /// piece of memory to another: positions are addresses, and there are no levels.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn up_to(end: NonNull<u8>) -> Self {
        Memory {
            base: end,
            origin: 0,
            limit: end.addr().get(),
            end: End::AtUnit,
        }
    }

    /// Whether there may be more memory at another time.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn may_grow(&self) -> bool {
        matches!(self.end, End::Rising)
    }

    /// The bytes of the region.
    ///
    /// ```
    /// # use core::ptr::NonNull;
    /// assert_eq!(bump_core::Memory::new(NonNull::dangling(), 0).size(), 0);
    /// ```
    #[inline]
    #[must_use]
    pub const fn size(&self) -> usize {
        self.limit
    }

    /// The first byte, by a pointer that may access all of the region.
    ///
    /// ```
    /// # use core::ptr::NonNull;
    /// let start = NonNull::from(&mut [0_u8; 9]).cast();
    /// assert_eq!(bump_core::Memory::new(start, 9).start(), start);
    /// ```
    #[inline]
    #[must_use]
    pub const fn start(&self) -> NonNull<u8> {
        self.base
    }
}

/// Positions, as the engine needs them.
impl Memory {
    /// The position of a block of the region. For any other pointer it is meaningless.
    #[inline]
    pub(crate) fn position(self, block: NonNull<u8>) -> usize {
        block.addr().get().wrapping_sub(self.origin)
    }

    /// The address at position 0, or 0 if that does as well, because the address is known to be a
    /// multiple of `align`.
    #[inline]
    pub(crate) fn origin<B: RawBump + ?Sized>(self, align: usize) -> usize {
        if align <= B::BASE_ALIGN {
            0
        } else {
            self.origin
        }
    }

    /// The position of the end, for blocks whose ends are rounded to `min_align`.
    #[inline]
    pub(crate) fn limit<B: RawBump + ?Sized>(self, min_align: usize) -> usize {
        if self.end != End::Fixed || min_align <= B::MIN_ALIGN {
            let end = self.origin.wrapping_add(self.limit);
            // A mask and not `%`: as far as the compiler knows, `%` panics on an alignment of 0.
            let is_multiple = end & min_align.wrapping_sub(1) == 0;
            debug_assert!(is_multiple, "the region ends at no multiple of MIN_ALIGN");
            // SAFETY: contract of `RawBump`, and of `up_to`.
            unsafe { assert_unchecked(is_multiple) };
            if min_align <= B::BASE_ALIGN {
                // SAFETY: as above, and so is the origin.
                unsafe { assert_unchecked(self.limit & min_align.wrapping_sub(1) == 0) };
            }
        }
        self.limit
    }

    /// The positions of a block in use, and of the cursor behind it. It is inlined: a function
    /// would get the memory through the stack, and take 60 bytes of flash more.
    #[inline(always)]
    pub(crate) fn range_of<B: RawBump + ?Sized>(
        self,
        region: &B,
        block: NonNull<u8>,
        layout: Layout,
        min_align: usize,
    ) -> (usize, usize) {
        let start = self.position(block);
        // A block that is aligned to `min_align` needs no rounding: two instructions less for each
        // free.
        let is_aligned = is_aligned(block.addr().get(), layout.align());
        debug_assert!(is_aligned, "a block is not aligned as its layout says");
        // SAFETY: the address of a block is a multiple of its alignment.
        unsafe { assert_unchecked(is_aligned) };
        let (origin, limit) = (self.origin::<B>(min_align), self.limit::<B>(min_align));
        let end = end_up(origin, start, limit, layout.size(), min_align);
        if cfg!(debug_assertions) {
            let cursor = region.cursor().load();
            // A block of an arena may be in another piece of its memory. Where the end rises, free lists
            // may have memory on either side of the region.
            let is_elsewhere = self.end != End::Fixed && (end <= cursor || cursor <= start);
            assert!(
                is_elsewhere || (start < end && end <= cursor),
                "a block is not in front of the cursor: it is freed already, or of another region"
            );
        }
        (start, end)
    }
}
