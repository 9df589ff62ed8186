//! The engine: what a bump allocator is made of, and how blocks are taken, resized and given back.
//!
//! All pointers of the workspace are made here, from the base of a region and a position in it:
//!
//! ```text
//!   base       start                      cursor                     limit
//!     │ a header │ blocks and padding       │ free                     │
//!   ──┴──────────┴──────────────────────────┴──────────────────────────┴──
//!   Offsets:    0 …  from `base` on; there may be no header
//!   Addresses:  those of the memory; `base` may be anywhere in it
//!
//! The value of a cursor is a position less `START`: of offsets, it is 0 if nothing is consumed.
//! ```
//!
//! The arithmetic is in `align`, `place` and `resize`; the interfaces that programs use are derived
//! in `raw_alloc` and `values`.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::{self, NonNull};
use core::sync::atomic::{Ordering, compiler_fence};

use crate::{
    Cursor, Failure, Level, Placement, Resize, block_end, is_last_up, place, place_after,
    place_in_aligned, place_in_object, resize_after, resize_in_object, resize_offset,
};

/// What the positions of a cursor count.
///
/// ```
/// use bump_core::{Cursor, Memory, RawBump, Space, Values};
/// # use core::cell::{Cell, UnsafeCell};
/// # use core::ptr::NonNull;
/// # struct Position(Cell<usize>);
/// # // SAFETY: a `Cell` is for one thread, and each call compares and replaces.
/// # unsafe impl Cursor for Position {
/// #     fn load(&self) -> usize {
/// #         self.0.get()
/// #     }
/// #     unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
/// #         if self.0.get() == current { Ok(self.0.set(new)) } else { Err(self.0.get()) }
/// #     }
/// #     unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
/// #         unsafe { self.claim(current, new) }
/// #     }
/// # }
///
/// struct Buffer<'mem> {
///     memory: &'mem UnsafeCell<[u8; 64]>, // borrowed by nobody else
///     next: Position,                     // starts at the address of the memory
/// }
///
/// // SAFETY: the memory lives for `'mem`, and is this region's alone; so is the cursor.
/// unsafe impl RawBump for Buffer<'_> {
///     type Cursor = Position;
///
///     const SPACE: Space = Space::Addresses;
///
///     fn cursor(&self) -> &Position {
///         &self.next
///     }
///
///     fn memory(&self) -> Memory {
///         let base = NonNull::from(self.memory).cast::<u8>();
///         Memory { base, limit: base.addr().get() + 64 }
///     }
/// }
///
/// let memory = UnsafeCell::new([0; 64]);
/// let start = memory.get().addr();
/// let region = Buffer { memory: &memory, next: Position(Cell::new(start)) };
/// region.leak_str("abc").unwrap();
/// assert_eq!(region.level().byte_offset(), start + 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Bytes from the base of the region.
    ///
    /// The cursor of an unused region is 0, so that a static region is zero as a whole and needs no
    /// place in the program's file.
    Offsets,

    /// Addresses: one instruction less for each block, for regions that are made at run time.
    Addresses,
}

/// The memory of a region: where it starts and where it ends.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::RawBump;
///
/// let region = Example::new(); // some type that is `RawBump`
/// let memory = region.memory();
/// assert_eq!(memory.limit, 64);
/// assert!(memory.base.cast::<u64>().is_aligned());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// May access all of the region. In [`Space::Offsets`] it is the byte at position 0; in
    /// [`Space::Addresses`] any byte of the object that the region is a part of, or its end.
    pub base: NonNull<u8>,

    /// The position of the end of the region.
    pub limit: usize,
}

/// Why the first attempt to take a block failed.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::{RawBump, Refusal};
/// use core::alloc::Layout;
///
/// let region = Example::new(); // some type that is `RawBump`
/// // SAFETY: the memory is the region's, and nothing is promised about its alignment.
/// let refused = unsafe { region.take_once(region.memory(), Layout::new::<[u8; 65]>(), false) };
/// assert_eq!(refused, Err(Refusal::Exhausted));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The block does not fit.
    Exhausted,
    /// Somebody else moved the cursor.
    Contended,
}

/// A bump allocator: a region of memory and a cursor that tells how much of it is consumed.
///
/// An implementation tells where the memory and the cursor are; the engine does the rest. It then
/// has [`RawAlloc`](crate::RawAlloc) and [`Values`](crate::Values) as well.
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
///     fn memory(&self) -> Memory {
///         Memory { base: self.start, limit: self.bytes }
///     }
/// }
///
/// impl<'mem> Buffer<'mem> {
///     fn new(memory: &'mem mut [MaybeUninit<u8>]) -> Self {
///         Buffer {
///             bytes: memory.len(),
///             start: NonNull::from(memory).cast(),
///             used: ExampleCursor(core::cell::Cell::new(0)),
///             memory: PhantomData,
///         }
///     }
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 100];
/// let region = Buffer::new(&mut memory);
/// assert!(region.leak([0_u8; 100]).is_ok());
/// assert!(region.leak(1_u8).is_err());
/// ```
///
/// # Safety
///
/// - [`memory`](Self::memory) describes memory that is valid for reads and writes, through `base`,
///   from the cursor's initial position to `limit`, for as long as a shared borrow of the allocator
///   lives, also when the allocator is moved in between borrows. In [`Space::Offsets`], `base` is
///   the byte at position 0. In either, it is in the same object as the region, or at the end of
///   that. As any object, that is at most `isize::MAX` bytes long.
/// - `memory` answers the same while blocks are in use, and so does [`cursor`](Self::cursor).
///   Before the first block it may answer with another `limit`: with 0 in [`Space::Offsets`], with
///   the position of the cursor in [`Space::Addresses`], so that no block fits below it.
/// - Nobody else accesses the bytes between the cursor and the limit.
/// - The position of the cursor is at most `limit`, and a multiple of `MIN_ALIGN`. Only the methods
///   of this trait move it, unless no block at all is in use any more behind the position that it
///   is set to.
/// - `memory` and `cursor` do not panic, and the methods that are written here are left as they
///   are.
/// - `MIN_ALIGN` and `BASE_ALIGN` are powers of two. In [`Space::Offsets`] `base` is a multiple of
///   both. In [`Space::Addresses`], `START` is 0, or 1 if `MIN_ALIGN` is 1.
pub unsafe trait RawBump {
    /// What holds the position.
    type Cursor: Cursor;

    /// What positions count.
    const SPACE: Space = Space::Offsets;

    /// The alignment at which the cursor is kept.
    const MIN_ALIGN: usize = 1;

    /// What `base` is known to be aligned to in [`Space::Offsets`]: blocks of types that need no
    /// more cost an instruction less.
    const BASE_ALIGN: usize = 1;

    /// The position of a cursor whose value is 0.
    ///
    /// In [`Space::Offsets`] that of the first byte of the region, whose base may lie in front of
    /// it; see [`start_behind`]. In [`Space::Addresses`] 0, or 1 for a cursor that keeps the address
    /// of the byte in front of the first free one, which is faster; see [`place_after`].
    const START: usize = 0;

    /// The cursor of the region.
    fn cursor(&self) -> &Self::Cursor;

    /// The memory of the region.
    fn memory(&self) -> Memory;

    /// Takes the bytes for a block of `layout`, unless another thread is faster.
    ///
    /// `aligned` tells that the positions are aligned as the addresses are, to the alignment of
    /// `layout`. It is known at compile time, or it costs more than it saves.
    ///
    /// # Errors
    ///
    /// The reason, so that the caller can go on in a cold function: whatever stays alive across a
    /// call costs the path without it two instructions.
    ///
    /// # Safety
    ///
    /// `memory` is from [`memory`](Self::memory). If `aligned`, positions are addresses or `base`
    /// is a multiple of the alignment of `layout`.
    #[inline]
    unsafe fn take_once(
        &self,
        memory: Memory,
        layout: Layout,
        aligned: bool,
    ) -> Result<Placement, Refusal> {
        let current = current(self);
        let placement = place::<Self>(memory, current, layout, aligned);
        // SAFETY: it was placed from the position on.
        unsafe { take_placement(self, current, placement) }
    }

    /// Takes the bytes for a block of `layout` at exactly `level`.
    ///
    /// # Errors
    ///
    /// [`Failure::Mismatch`] if the region is at another level, [`Failure::Exhausted`] if the block
    /// does not fit.
    fn take_at(&self, layout: Layout, level: Level) -> Result<Placement, Failure> {
        let mismatch = |found| Failure::Mismatch {
            observed: Level::new(found),
        };
        let found = self.cursor().load();
        if found != level.byte_offset() {
            return Err(mismatch(found));
        }
        let current = found.wrapping_add(Self::START);
        if layout.size() == 0 {
            return Ok(Placement {
                start: current,
                end: current,
            });
        }
        let placement =
            place::<Self>(self.memory(), current, layout, false).ok_or(Failure::Exhausted)?;
        // SAFETY: a block was placed from the position on, so this one is behind it and in bounds.
        unsafe { claim(self, current, placement.end) }.map_err(mismatch)?;
        Ok(placement)
    }

    /// The pointer to the byte at `position`, which may access the whole region.
    ///
    /// `align` is what the address is known to be aligned to, 1 if nothing is: interpreters that
    /// check alignment do not believe the arithmetic, and are told.
    ///
    /// # Safety
    ///
    /// `memory` is from [`memory`](Self::memory), and `position` one that its cursor had or that
    /// was taken for a block of that alignment.
    #[inline]
    unsafe fn pointer(&self, memory: Memory, position: usize, align: usize) -> NonNull<u8> {
        let pointer = match Self::SPACE {
            // SAFETY: `position` is at most `memory.limit`, up to where all from `base` on is one
            // object (contract of the trait).
            Space::Offsets => unsafe { memory.base.add(position) },
            Space::Addresses => {
                let distance = position.wrapping_sub(memory.base.addr().get());
                // Not `with_addr`: that what is in bounds is not null is known to the compiler.
                // SAFETY: it is in the region's object, or at its end.
                unsafe { assert_unchecked(position != 0) };
                // SAFETY: both are in one object (contract of the trait), or at its end.
                unsafe { memory.base.offset(distance as isize) }
            }
        };
        promise_alignment(pointer, align);
        pointer
    }

    /// The position of a block of the region, in bytes: what [`pointer`](Self::pointer) was made
    /// from. `memory` is from [`memory`](Self::memory). Of any other pointer it is some number.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::RawBump;
    /// use core::alloc::Layout;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// region.take(Layout::new::<[u8; 3]>()).unwrap();
    /// let block = region.take(Layout::new::<u32>()).unwrap();
    /// assert_eq!(Example::position(region.memory(), block), 4);
    /// ```
    #[inline]
    #[must_use]
    fn position(memory: Memory, block: NonNull<u8>) -> usize {
        let address = block.addr().get();
        match Self::SPACE {
            Space::Offsets => address.wrapping_sub(memory.base.addr().get()),
            Space::Addresses => address,
        }
    }

    /// Takes the bytes for a block of `layout`, however often another thread is faster.
    ///
    /// # Safety
    ///
    /// As for [`take_once`](Self::take_once).
    #[inline]
    unsafe fn take_placed(
        &self,
        memory: Memory,
        layout: Layout,
        aligned: bool,
    ) -> Option<Placement> {
        // SAFETY: the caller's promise.
        match unsafe { self.take_once(memory, layout, aligned) } {
            Ok(placement) => Some(placement),
            Err(Refusal::Exhausted) => None,
            // SAFETY: the caller's promise.
            Err(Refusal::Contended) => unsafe { take_contended(layout, self, memory, aligned) },
        }
    }

    /// Takes a block of `layout`; `None` if it does not fit.
    ///
    /// A block of size 0 takes nothing, is always available, and points to no memory.
    #[inline]
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(dangling(layout));
        }
        // Where size counts, the function that serves all blocks is the only copy (see `build.rs`).
        if cfg!(small) {
            return take_again(layout, self);
        }
        // Known at compile time where the layout is. At run time it costs what it saves, and the
        // few blocks that need more than the base has are served by the cold function.
        let aligned = match Self::SPACE {
            Space::Addresses => true,
            Space::Offsets => Self::BASE_ALIGN > 1 && layout.align() <= Self::BASE_ALIGN,
        };
        if aligned || Self::BASE_ALIGN == 1 {
            let memory = self.memory();
            loop {
                // SAFETY: `memory` is the region's, and the alignment was compared.
                match unsafe { self.take_once(memory, layout, aligned) } {
                    Ok(placement) => {
                        let align = layout.align();
                        // SAFETY: the position was just taken.
                        return Some(unsafe { self.pointer(memory, placement.start, align) });
                    }
                    Err(Refusal::Exhausted) => {
                        own_block();
                        return None;
                    }
                    Err(Refusal::Contended) if RETRIES_IN_PLACE => {}
                    Err(Refusal::Contended) => break,
                }
            }
        }
        take_again(layout, self)
    }

    /// Whether the block is the last one: whether it ends where the cursor is.
    #[inline]
    fn is_last(&self, block: NonNull<u8>, layout: Layout) -> bool {
        let start = Self::position(self.memory(), block);
        is_last_up(current(self), start, layout.size(), Self::MIN_ALIGN)
    }

    /// Gives back the block if it is the last one; returns whether it was.
    ///
    /// # Safety
    ///
    /// `block` was taken from this region with `layout`, and is not used any more.
    #[inline]
    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) -> bool {
        let start = Self::position(self.memory(), block);
        let end = block_end(start, layout.size(), Self::MIN_ALIGN);
        // A block of size 0 has no position. If the one computed is the cursor's by chance, this
        // moves the cursor to where it is.
        // SAFETY: what lies between is the block, which the caller gives up.
        unsafe { give_back(self, end, start) }.is_ok()
    }

    /// Resizes the block where it is, which the last block can if there is memory left, and any
    /// block can that shrinks. `None`, and nothing changed, if it would have to move out of its
    /// place.
    ///
    /// The returned block holds the bytes of the old one, up to the smaller of the two sizes. It
    /// starts at the same address if that is aligned for `new`.
    ///
    /// # Safety
    ///
    /// `block` was taken from this region with `old`. If the result is `Some`, only the returned
    /// block with the layout `new` is used from then on.
    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // A block without bytes has no offset. It does have an address: either the cursor is
        // elsewhere, as it is for any block that is not the last, or the block might as well have
        // been taken there.
        if old.size() == 0 && matches!(Self::SPACE, Space::Offsets) {
            return None;
        }
        if new.size() == 0 && old.size() != 0 {
            // SAFETY: the caller gives `block` up.
            unsafe { self.give_back(block, old) };
            return Some(dangling(new));
        }
        let memory = self.memory();
        let address = block.addr().get();
        let (start, resize) = match Self::SPACE {
            Space::Offsets => {
                // As values of the cursor: counted from the first byte, whose address is one number
                // in a program that is at a fixed address.
                let first = memory.base.as_ptr().wrapping_add(Self::START).addr();
                let start = address.wrapping_sub(first);
                let limit = value::<Self>(memory.limit);
                let resize = resize_offset(first, start, limit, old, new, Self::MIN_ALIGN)?;
                (start.wrapping_add(Self::START), resize.ahead(Self::START))
            }
            Space::Addresses if Self::START == 1 => {
                (address, resize_after(address, memory.limit, old, new)?)
            }
            Space::Addresses => {
                let resize = resize_in_object(address, memory.limit, old, new, Self::MIN_ALIGN)?;
                (address, resize)
            }
        };
        let Resize { old_end, placement } = resize;
        if placement.start != start {
            let resize = Resize { old_end, placement };
            // SAFETY: the caller's promise; the placement is the one of the block for `new`.
            return unsafe { resize_aligned(self, memory, start, resize, old, new) };
        }
        // SAFETY: if the block grows, it was placed up to there, so that is in bounds; if it
        // shrinks, what lies between is the caller's and no part of the result.
        if unsafe { exchange(self, old_end, placement.end) }.is_err() {
            place::cold();
            // The rest of a block that is not the last one stays unused. By the sizes, because the
            // positions need not survive the exchange.
            let bytes = |layout: Layout| block_end(0, layout.size(), Self::MIN_ALIGN);
            if bytes(new) > bytes(old) {
                return None;
            }
            if new.size() == 0 {
                return Some(dangling(new));
            }
        }
        // The caller's pointer may not be used beyond the block, one from the base may.
        Some(match Self::SPACE {
            Space::Offsets => {
                // From the end of the region, because the compiler would add the base, which was
                // subtracted for the position: it does not see that it has the address already.
                // SAFETY: up to there all is one object (contract of the trait).
                let resized = unsafe { memory.base.add(memory.limit) }.with_addr(block.addr());
                promise_alignment(resized, new.align());
                resized
            }
            // SAFETY: `start` is where the caller's block is.
            Space::Addresses => unsafe { self.pointer(memory, start, new.align()) },
        })
    }
}

// SAFETY: the same region. A borrow of the reference is no longer than the one that it is.
unsafe impl<B: RawBump + ?Sized> RawBump for &B {
    type Cursor = B::Cursor;

    const SPACE: Space = B::SPACE;
    const MIN_ALIGN: usize = B::MIN_ALIGN;
    const BASE_ALIGN: usize = B::BASE_ALIGN;
    const START: usize = B::START;

    #[inline]
    fn cursor(&self) -> &B::Cursor {
        (**self).cursor()
    }

    #[inline]
    fn memory(&self) -> Memory {
        (**self).memory()
    }
}

/// Whether the next attempt after a lost race is made where the first one was.
///
/// That spares a call, and whatever lives across it two instructions. For Cortex-M, the compiler
/// would unroll the loop.
const RETRIES_IN_PLACE: bool = cfg!(target_pointer_width = "64");

/// Gives the path on which it is called a block of its own, by something that is no instruction.
///
/// An empty path would be merged with the branch to it, and its result put into a register in front
/// of that: on the other path, too.
#[doc(hidden)]
#[inline]
pub fn own_block() {
    compiler_fence(Ordering::SeqCst);
}

/// The part of [`RawBump::resize`] that moves the content, because the address of the block is not
/// aligned for `new`.
///
/// # Safety
///
/// As for `resize`; the block is at `start`.
#[cold]
unsafe fn resize_aligned<B: RawBump + ?Sized>(
    bump: &B,
    memory: Memory,
    start: usize,
    Resize { old_end, placement }: Resize,
    old: Layout,
    new: Layout,
) -> Option<NonNull<u8>> {
    let grows = placement.end > old_end;
    if grows {
        // SAFETY: just compared, and a block was placed there, so it is in bounds.
        unsafe { exchange(bump, old_end, placement.end) }.ok()?;
    }
    let bytes = if old.size() < new.size() {
        old.size()
    } else {
        new.size()
    };
    // SAFETY: `start` is where the caller's block is.
    let source = unsafe { bump.pointer(memory, start, 1) };
    // SAFETY: `placement.start` lies between `start` and `placement.end`, and all up to there is
    // the caller's block or was just taken.
    let moved = unsafe { bump.pointer(memory, placement.start, new.align()) };
    // SAFETY: both ranges lie in `start..max(old_end, placement.end)`, which is the caller's; they
    // may overlap.
    unsafe { ptr::copy(source.as_ptr(), moved.as_ptr(), bytes) };
    if !grows {
        // Only after the bytes were moved. If the block is not the last one, its rest stays unused.
        // SAFETY: not more, and what lies between was the caller's and is no part of the result.
        let _ = unsafe { exchange(bump, old_end, placement.end) };
    }
    Some(moved)
}

/// [`RawBump::take`] after another thread was faster, or of a block that needs more alignment than
/// the base of the region has: a tail call of it.
///
/// The layout comes first: it then stays in the registers in which it came into an allocator.
#[cold]
#[cfg_attr(not(small), inline(never))]
fn take_again<B: RawBump + ?Sized>(layout: Layout, bump: &B) -> Option<NonNull<u8>> {
    let memory = bump.memory();
    // SAFETY: `memory` is the region's; positions not known to be aligned is always right.
    let placement = unsafe { take_contended(layout, bump, memory, false) }?;
    // SAFETY: the position was just taken.
    Some(unsafe { bump.pointer(memory, placement.start, layout.align()) })
}

/// The second and all further attempts to take a block.
///
/// # Safety
///
/// As for [`RawBump::take_once`].
#[cold]
#[cfg_attr(not(small), inline(never))]
pub(crate) unsafe fn take_contended<B: RawBump + ?Sized>(
    layout: Layout,
    bump: &B,
    memory: Memory,
    aligned: bool,
) -> Option<Placement> {
    loop {
        // SAFETY: the caller's promise.
        match unsafe { bump.take_once(memory, layout, aligned) } {
            Ok(placement) => return Some(placement),
            Err(Refusal::Exhausted) => return None,
            Err(Refusal::Contended) => {}
        }
    }
}

/// The [start](RawBump::START) that suits a region behind a header, of that many bytes, which holds
/// the cursor.
///
/// The [base](Memory::base) is then as many bytes in front of the region as this tells. Counted
/// from where the cursor is, an address is an addition less. Where size counts, it is 0: that needs
/// fewer constants.
///
/// ```
/// let start = bump_core::start_behind(8);
/// assert!(start == 8 || start == 0);
/// ```
#[inline]
#[must_use]
pub const fn start_behind(header: usize) -> usize {
    if cfg!(small) { 0 } else { header }
}

/// A pointer for a block without bytes: aligned, and to no memory.
///
/// ```
/// use core::alloc::Layout;
///
/// let block = bump_core::dangling(Layout::new::<[u64; 0]>());
/// assert!(block.cast::<u64>().is_aligned());
/// ```
#[inline]
#[must_use]
pub fn dangling(layout: Layout) -> NonNull<u8> {
    // SAFETY: an alignment is a power of two, so not 0.
    unsafe { NonNull::new_unchecked(ptr::without_provenance_mut(layout.align())) }
}

/// Tells Miri that a pointer is aligned, which its symbolic check of alignment cannot know of
/// memory that was aligned by arithmetic.
#[doc(hidden)]
#[cfg(miri)]
pub fn promise_alignment(pointer: NonNull<u8>, align: usize) {
    unsafe extern "Rust" {
        safe fn miri_promise_symbolic_alignment(pointer: *const (), align: usize);
    }
    miri_promise_symbolic_alignment(pointer.as_ptr().cast_const().cast(), align);
}

#[doc(hidden)]
#[cfg(not(miri))]
#[inline]
pub const fn promise_alignment(_: NonNull<u8>, _: usize) {}

/// [`Cursor::claim`], of positions.
///
/// # Safety
///
/// As for that.
#[inline]
unsafe fn claim<B: RawBump + ?Sized>(bump: &B, current: usize, new: usize) -> Result<(), usize> {
    // SAFETY: the caller's promise.
    unsafe { bump.cursor().claim(value::<B>(current), value::<B>(new)) }
}

/// [`Cursor::give_back`], of positions.
///
/// # Safety
///
/// As for that.
#[inline]
unsafe fn give_back<B: RawBump + ?Sized>(
    bump: &B,
    current: usize,
    new: usize,
) -> Result<(), usize> {
    let (current, new) = (value::<B>(current), value::<B>(new));
    // Most blocks that are freed are not the last: looking first spares them the exchange, and the
    // other threads the loss of the cache line. Where there is one processor, as on most machines
    // of less than 64 bits, it would only be more code.
    if cfg!(target_pointer_width = "64") {
        let found = bump.cursor().load();
        if found != current {
            return Err(found);
        }
    }
    // SAFETY: the caller's promise.
    unsafe { bump.cursor().give_back(current, new) }
}

/// [`Cursor::exchange`], of positions.
///
/// # Safety
///
/// As for that.
#[inline]
unsafe fn exchange<B: RawBump + ?Sized>(bump: &B, current: usize, new: usize) -> Result<(), usize> {
    // SAFETY: the caller's promise.
    unsafe { bump.cursor().exchange(value::<B>(current), value::<B>(new)) }
}

/// Takes what was placed, unless another thread is faster.
///
/// # Safety
///
/// It was placed from the position `current` on, so it is behind that, and in bounds.
#[inline]
unsafe fn take_placement<B: RawBump + ?Sized>(
    bump: &B,
    current: usize,
    placement: Option<Placement>,
) -> Result<Placement, Refusal> {
    let placement = placement.ok_or(Refusal::Exhausted)?;
    // SAFETY: the caller's promise.
    match unsafe { claim(bump, current, placement.end) } {
        Ok(()) => Ok(placement),
        Err(_) => {
            place::cold();
            Err(Refusal::Contended)
        }
    }
}

/// The position of the cursor.
#[inline]
fn current<B: RawBump + ?Sized>(bump: &B) -> usize {
    bump.cursor().load().wrapping_add(B::START)
}

/// The value of the cursor at a position.
#[inline]
const fn value<B: RawBump + ?Sized>(position: usize) -> usize {
    position.wrapping_sub(B::START)
}

/// Where a block lands from the position `current` on.
#[inline]
fn place<B: RawBump + ?Sized>(
    memory: Memory,
    current: usize,
    layout: Layout,
    aligned: bool,
) -> Option<Placement> {
    match B::SPACE {
        Space::Addresses if B::START == 1 => place_after(value::<B>(current), memory.limit, layout),
        Space::Addresses => place_in_object(current, memory.limit, layout, B::MIN_ALIGN),
        Space::Offsets => {
            // Of the value, which is what the compiler knows nothing about.
            // SAFETY: the cursor is at most the limit, and that is at most the length of an object
            // (contract of the trait).
            unsafe { assert_unchecked(value::<B>(current) <= isize::MAX.unsigned_abs()) };
            if aligned {
                place_in_aligned(current, memory.limit, layout, B::MIN_ALIGN)
            } else {
                // Not less 1 as a number: the compiler would move that to where it costs more.
                let before = memory.base.as_ptr().wrapping_sub(1).addr();
                let (size, align) = (layout.size(), layout.align());
                place::behind(before, current, memory.limit, size, align, B::MIN_ALIGN)
            }
        }
    }
}
