//! The two things that the author of an allocator states: where its memory is, and what holds its
//! cursor.
//!
//! The engine, which does the rest, is in `engine`; interfaces and typed values are derived from it.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::NonNull;

use crate::Cursor;
use crate::align::is_aligned;
use crate::raw_alloc::{most_bytes, unit};
use crate::resize::last_byte;

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
///   the allocator is moved in between borrows. It is part of one object, and its size is at most
///   `isize::MAX` rounded down to multiples of `MIN_ALIGN` and of a [`UNIT`](crate::UNIT). Nobody
///   else accesses what lies behind the cursor.
/// - An answer with memory holds while blocks are in use, and until the call of the engine that got it
///   returns: `memory` then answers the same, and so does [`cursor`](Self::cursor). If all answers are
///   by [`Memory::growing`], the end may rise, but never fall, and a caller that gets an answer can use
///   what it adds. Before there is memory, `memory` is `None`, and the cursor is where it starts.
///   Neither method panics, or takes a block of this allocator.
/// - The cursor starts at position 0. Only the engine moves it, unless no block at all is in use any
///   more behind the position that it is set to. That is not behind the end, and its address is a
///   multiple of `MIN_ALIGN`. Where threads share the cursor, it is set by
///   [`give_back`](Cursor::give_back).
/// - `MIN_ALIGN` and `BASE_ALIGN` are powers of two. The address of the first byte is a multiple of
///   both.
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
    /// The address at position 0: that of `base`; `None` where positions are addresses.
    pub(crate) origin: Option<usize>,
    /// The position of the end.
    pub(crate) limit: usize,
    /// Whether the end may be further away at another time.
    pub(crate) grows: bool,
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
            origin: Some(start.addr().get()),
            limit: size,
            grows: false,
        }
    }

    /// The `size` bytes at `start`, behind which there may be more at another time, in the same object.
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
            grows: true,
            ..Memory::new(start, size)
        }
    }

    /// The memory up to `end`, a multiple of [`UNIT`](crate::UNIT) and of the minimum alignment, for an
    /// arena that goes from one piece of memory to another: positions are addresses, and there are no
    /// levels.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn up_to(end: NonNull<u8>) -> Self {
        Memory {
            base: end,
            origin: None,
            limit: end.addr().get(),
            grows: false,
        }
    }

    /// Whether there may be more memory at another time.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn may_grow(&self) -> bool {
        self.grows
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
        block.addr().get().wrapping_sub(self.origin.unwrap_or(0))
    }

    /// The address at position 0, or 0 if that does as well, because the address is known to be a
    /// multiple of `align`.
    #[inline]
    pub(crate) fn origin<B: RawBump + ?Sized>(self, align: usize) -> Option<usize> {
        self.origin
            .map(|origin| if align <= B::BASE_ALIGN { 0 } else { origin })
    }

    /// Tells the compiler, and with debug assertions checks, the rules of [`RawBump`] where `cursor` is.
    ///
    /// # Safety
    ///
    /// It is the memory of a `B`, and `cursor` the position of its cursor, not beyond the limit.
    #[inline]
    pub(crate) unsafe fn state_contract<B: RawBump + ?Sized>(self, cursor: usize) {
        const { assert!(B::MIN_ALIGN.is_power_of_two() && B::BASE_ALIGN.is_power_of_two()) };
        let (first, limit) = (self.origin.unwrap_or(0), self.limit);
        debug_assert!(
            self.origin.is_none() || limit <= most_bytes(unit::<B>()),
            "the region has more bytes than a region can have"
        );
        debug_assert!(
            self.origin.is_some() || is_aligned(limit, unit::<B>()),
            "the memory of an arena ends at no multiple of a unit"
        );
        debug_assert!(
            is_aligned(first, B::BASE_ALIGN),
            "the region starts at no multiple of BASE_ALIGN"
        );
        debug_assert!(
            cursor <= limit,
            "the cursor is beyond the end of the region"
        );
        // SAFETY: the caller's promise.
        unsafe { assert_unchecked(cursor <= limit) };
        // The byte in front of the cursor has all low bits set if the cursor is at a multiple.
        let before = first.wrapping_add(cursor).wrapping_sub(1);
        let is_multiple = before & (B::MIN_ALIGN - 1) == B::MIN_ALIGN - 1;
        debug_assert!(is_multiple, "the cursor is at no multiple of MIN_ALIGN");
        // SAFETY: the region starts at a multiple, and each block ends at one.
        unsafe { assert_unchecked(is_multiple) };
    }

    /// The end of a block in use that is to be resized: [`block_end`](crate::place::block_end) in
    /// another form.
    #[inline]
    pub(crate) fn end_of<B: RawBump + ?Sized>(
        self,
        block: NonNull<u8>,
        layout: Layout,
        min_align: usize,
    ) -> usize {
        let (origin, start) = (self.origin::<B>(min_align), self.position(block));
        last_byte(origin, start, layout.size(), min_align).wrapping_add(1)
    }

    /// With debug assertions, checks that a block up to `end` may be one that is in use.
    #[inline]
    pub(crate) fn check<B: RawBump + ?Sized>(
        self,
        region: &B,
        block: NonNull<u8>,
        layout: Layout,
        end: usize,
    ) {
        if cfg!(debug_assertions) {
            assert!(
                is_aligned(block.addr().get(), layout.align()),
                "a block is not aligned as its layout says"
            );
            let (start, cursor) = (self.position(block), region.cursor().load());
            // A block of an arena may be in another piece of its memory. Where the end rises, free lists
            // may have memory on either side of the region.
            let may_be_elsewhere = self.grows || self.origin.is_none();
            let is_elsewhere = may_be_elsewhere && (end <= cursor || cursor <= start);
            assert!(
                is_elsewhere || (start < end && end <= cursor),
                "a block is not in front of the cursor: it is freed already, or of another region"
            );
        }
    }
}
