//! [`Fallback`]: two allocators as one, and [`Owns`], by which a block finds its way home.
//!
//! A block goes back to the allocator in whose memory it lies. If the secondary's memory is itself a
//! block of the primary, a block may lie in both, and the primary is asked first:
//!
//! ```text
//!                ┌────────────────── the primary's memory ──────────────────────┐
//!                │ block │ a block that was lent to the secondary │ block │     │
//!                        └───┬─────────┬──────────────────────────┘
//!                            │  block  │  of the secondary: `primary.owns(block)` is `true`,
//!                            └─────────┘  so the primary takes it back
//! ```
//!
//! When the primary takes such a block back, it rounds the size of the block to its unit. That adds
//! nothing: the secondary was asked for a multiple of that unit, too.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use bump_core::align::align_up;
use bump_core::engine::{dangling, unit};
use bump_core::{RawAlloc, RawBump, copy_block, impl_global_alloc};

use crate::{Bump, BumpSlice, Region};

/// An allocator that can tell whether a block is its own.
///
/// ```
/// use bump_global::{Bump, Owns};
/// use core::alloc::Layout;
///
/// let (one, other): (Bump<[u8; 64]>, Bump<[u8; 64]>) = Default::default();
/// let block = one.alloc(Layout::new::<u64>()).unwrap();
/// assert!(one.owns(block) && !other.owns(block));
/// ```
///
/// # Safety
///
/// [`owns`](Self::owns) and [`UNIT`](Self::UNIT) are right, as their documentation says, and `owns`
/// does not panic.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell whether a block is its own, as the primary of a `Fallback` must",
    note = "it can be the secondary, as in `Fallback<Bump<_>, {Self}>`"
)]
pub unsafe trait Owns {
    /// The bytes to which this allocator rounds its blocks, a power of two; 1 if it does not.
    ///
    /// A block that another allocator made inside a block of this one may count as this one's. When
    /// this one releases or resizes it, it rounds its size, too, and the bytes behind the end may be
    /// in use. So a [`Fallback`](crate::Fallback) asks both of its allocators for sizes and
    /// alignments that are multiples of this: rounding changes nothing then.
    ///
    /// ```
    /// use bump_global::{Bump, Owns, Region};
    ///
    /// assert_eq!(<Bump<[u64; 8]>>::UNIT, size_of::<u64>());
    /// assert_eq!(<Region<64>>::UNIT, 64);
    /// ```
    const UNIT: usize;

    /// Whether this allocator handed out a block, of at least one byte, that is in use: `true` if
    /// it did, `false` if another one did.
    ///
    /// A block that another allocator made inside a block of this one may count as either's, if its
    /// size and alignment are multiples of [`UNIT`](Self::UNIT). If this returns `true` for it,
    /// this allocator has to resize and release it, if the same thread asks for that next. An
    /// allocator that counts its blocks has not counted that one; [`Tracked`](crate::Tracked) says
    /// what its figures mean then. The block around it must never be released, since parts of it
    /// already were.
    ///
    /// For that reason references are not `Owns`. An allocator that is itself a part of a
    /// [`Fallback`](crate::Fallback) can only lend its blocks to the other part for ever. Through a
    /// reference, the other part could lie in a block that is released after it:
    ///
    /// ```compile_fail,E0277
    /// use bump_global::{Bump, BumpSlice, Owns};
    ///
    /// fn is_owns<A: Owns>(_: A) {}
    /// static HEAP: Bump<[usize; 8]> = Bump::uninit();
    /// let slice: &'static BumpSlice = HEAP.as_bump_slice().unwrap();
    /// is_owns(slice);
    /// ```
    fn owns(&self, block: NonNull<u8>) -> bool;
}

/// Whether the block lies in a region whose positions count from its start.
#[inline]
fn lies_in<B: RawBump + ?Sized>(bump: &B, block: NonNull<u8>) -> bool {
    // The caller has a block; if it is the region's, the region has its memory, and this load sees
    // it. A block of another allocator that starts between the region's first byte and its last was
    // made inside a block of the region. The region can take such a block back, as it can any range
    // that ends at its cursor and is not in use.
    bump.memory().is_some_and(|memory| {
        block.addr().get().wrapping_sub(memory.start().addr().get()) < memory.size()
    })
}

// SAFETY: all its blocks lie in its region, and other blocks there are parts of its blocks. The
// sizes of blocks that come through `GlobalAlloc` are rounded to the unit.
unsafe impl<T, const MIN_ALIGN: usize> Owns for Bump<T, MIN_ALIGN> {
    const UNIT: usize = unit::<Self>();

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        lies_in(self, block)
    }
}

// SAFETY: all its blocks lie in its region, and other blocks there are parts of its blocks. The
// sizes of blocks that come through `GlobalAlloc` are rounded to the unit.
unsafe impl<const MIN_ALIGN: usize> Owns for BumpSlice<MIN_ALIGN> {
    const UNIT: usize = unit::<Self>();

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        lies_in(self, block)
    }
}

// SAFETY: all its blocks lie in its region, and other blocks there are parts of its blocks. The
// sizes of blocks that come through `GlobalAlloc` are rounded to the unit.
unsafe impl<const MIN_ALIGN: usize, const GROWS: bool> Owns for Region<MIN_ALIGN, GROWS> {
    const UNIT: usize = unit::<Self>();

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        lies_in(self, block)
    }
}

/// The primary allocator until it is exhausted, then the secondary.
///
/// The allocator that handed out a block also frees and resizes it. A block of the primary that
/// cannot grow there moves to the secondary. If the secondary's memory is a block of the primary,
/// that block must never be freed, since the blocks inside it go back to the primary.
///
/// Both allocators are asked for sizes and alignments that are multiples of the primary's
/// [unit](Owns::UNIT), which is 8 bytes for most.
///
/// ```
/// use bump_global::{Bump, Fallback};
/// use std::alloc::System;
///
/// // The first 64 KiB without a lock, the rest from the system.
/// #[global_allocator]
/// static HEAP: Fallback<Bump<[u8; 1 << 16]>, System> = Fallback::new(Bump::uninit(), System);
///
/// fn main() {
///     let large = vec![0_u8; 1 << 20];
///     assert!(HEAP.primary().used() < 1 << 16);
/// }
/// ```
///
/// It nests on both sides:
///
/// ```
/// use bump_global::{Bump, Fallback, Region};
///
/// type Fast = Bump<[u8; 1 << 10]>;
/// static HEAP: Fallback<Fast, Fallback<Region, Region>> = Fallback::new(
///     Bump::uninit(),
///     Fallback::new(Region::empty(), Region::empty()),
/// );
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Fallback<P, S> {
    primary: P,
    secondary: S,
}

impl<P, S> Fallback<P, S> {
    /// Two allocators as one.
    ///
    /// ```
    /// use bump_global::{Bump, Fallback, Region};
    ///
    /// static HEAP: Fallback<Bump<[u8; 1024]>, Region> = Fallback::new(Bump::uninit(), Region::empty());
    /// ```
    #[must_use]
    pub const fn new(primary: P, secondary: S) -> Self {
        Fallback { primary, secondary }
    }

    /// The allocator that serves a request if it can.
    ///
    /// ```
    /// use bump_global::{Bump, Fallback, Region};
    ///
    /// static HEAP: Fallback<Bump<[u8; 1024]>, Region> = Fallback::new(Bump::uninit(), Region::empty());
    /// assert_eq!(HEAP.primary().used(), 0);
    /// ```
    #[inline]
    #[must_use]
    pub const fn primary(&self) -> &P {
        &self.primary
    }

    /// The allocator that serves the requests that the primary cannot.
    ///
    /// ```
    /// use bump_global::{Bump, Fallback, Region};
    ///
    /// static HEAP: Fallback<Bump<[u8; 1024]>, Region> = Fallback::new(Bump::uninit(), Region::empty());
    /// # static RAM: Bump<[u8; 64]> = Bump::uninit();
    /// # let memory = RAM.get_uninit_slice(64).unwrap();
    /// // When more memory is found.
    /// HEAP.secondary().init(memory).unwrap();
    /// ```
    #[inline]
    #[must_use]
    pub const fn secondary(&self) -> &S {
        &self.secondary
    }
}

impl<P: Owns, S> Fallback<P, S> {
    /// The layout that both allocators are asked for: its size and alignment are raised to
    /// multiples of the primary's unit. `None` if there is no such layout.
    ///
    /// A block of the secondary may lie in a block of the primary, which then takes it back and
    /// rounds its size. Since the size is a multiple, that changes nothing.
    #[inline]
    const fn whole(layout: Layout) -> Option<Layout> {
        let align = if layout.align() < P::UNIT {
            P::UNIT
        } else {
            layout.align()
        };
        match align_up(layout.size(), P::UNIT) {
            Some(size) => match Layout::from_size_align(size, align) {
                Ok(layout) => Some(layout),
                Err(_) => None,
            },
            None => None,
        }
    }

    /// Whether `GlobalAlloc` can resize a block so. Otherwise it is moved.
    #[inline]
    fn can_be_resized(old: Layout, new: Layout) -> bool {
        let align = |layout: Layout| layout.align().max(P::UNIT);
        old.size() != 0 && new.size() != 0 && align(old) == align(new)
    }

    /// The layout that one of the two was asked for, for a block in use.
    ///
    /// # Safety
    ///
    /// A block of this layout was handed out.
    #[inline]
    const unsafe fn whole_of_block(layout: Layout) -> Layout {
        // SAFETY: there was such a layout when the block was handed out.
        unsafe { Self::whole(layout).unwrap_unchecked() }
    }
}

// SAFETY: every block is from one of two allocators, which keep the contract. It goes back to the
// same one, with the layout that it has there, since the same function raises layouts to the unit.
// A block of the secondary inside a block of the primary may go back to the primary, since its
// layout is as `Owns` demands. Blocks without bytes are from neither. Neither panics, since the
// contract forbids it.
unsafe impl<P: GlobalAlloc + Owns, S: GlobalAlloc> RawAlloc for Fallback<P, S> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(dangling(layout));
        }
        let whole = Self::whole(layout)?;
        // SAFETY: `whole` is at least as large as the request, which is not of 0 bytes.
        NonNull::new(unsafe { self.primary.alloc(whole) }).or_else(|| {
            // SAFETY: as for the primary.
            NonNull::new(unsafe { self.secondary.alloc(whole) })
        })
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(dangling(layout));
        }
        let whole = Self::whole(layout)?;
        // SAFETY: `whole` is at least as large as the request, which is not of 0 bytes.
        NonNull::new(unsafe { self.primary.alloc_zeroed(whole) }).or_else(|| {
            // SAFETY: as for the primary.
            NonNull::new(unsafe { self.secondary.alloc_zeroed(whole) })
        })
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        // SAFETY: the caller promises that the block is in use with this layout.
        let whole = unsafe { Self::whole_of_block(layout) };
        if self.primary.owns(block) {
            // SAFETY: the block is the primary's, and the caller gives it up.
            unsafe { self.primary.dealloc(block.as_ptr(), whole) };
        } else {
            // SAFETY: the block is not the primary's, so it is the secondary's; the caller gives it
            // up.
            unsafe { self.secondary.dealloc(block.as_ptr(), whole) };
        }
    }

    /// Resizes a block with the memory of the allocator that it is from.
    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        if !Self::can_be_resized(old, new) {
            return None;
        }
        // SAFETY: the caller promises that the block is in use with the layout `old`.
        let (old, new) = (unsafe { Self::whole_of_block(old) }, Self::whole(new)?);
        NonNull::new(if self.primary.owns(block) {
            // SAFETY: the block is the primary's and in use with this layout; the new size was
            // checked.
            unsafe { self.primary.realloc(block.as_ptr(), old, new.size()) }
        } else {
            // SAFETY: the block is the secondary's and in use with this layout; the new size was
            // checked.
            unsafe { self.secondary.realloc(block.as_ptr(), old, new.size()) }
        })
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        let whole = Self::whole(new)?;
        let moved = if Self::can_be_resized(old, new) {
            // SAFETY: the caller promises that the block is in use with the layout `old`.
            if let Some(resized) = unsafe { self.resize(block, old, new) } {
                return Some(resized);
            }
            // The block's own allocator refused, although it could have moved it. Ask the other
            // one.
            NonNull::new(if self.primary.owns(block) {
                // SAFETY: `whole` is at least as large as the request, which is not of 0 bytes.
                unsafe { self.secondary.alloc(whole) }
            } else {
                // SAFETY: `whole` is at least as large as the request, which is not of 0 bytes.
                unsafe { self.primary.alloc(whole) }
            })
        } else {
            self.allocate(new)
        }?;
        // SAFETY: the caller's block with its layout, and one that was just handed out.
        unsafe { copy_block(block, old, moved, new) };
        // SAFETY: the caller gives the old block up, and its content was copied.
        unsafe { self.deallocate(block, old) };
        Some(moved)
    }
}

impl_global_alloc!(impl[P: GlobalAlloc + Owns, S: GlobalAlloc] for Fallback<P, S>);

// SAFETY: its blocks are those of the two; one of the two units divides the other, as both are
// powers of two.
unsafe impl<P: Owns, S: Owns> Owns for Fallback<P, S> {
    const UNIT: usize = if P::UNIT > S::UNIT { P::UNIT } else { S::UNIT };

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        self.primary.owns(block) || self.secondary.owns(block)
    }
}
