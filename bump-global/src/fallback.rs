//! [`Fallback`]: two allocators as one, and [`Owns`], by which a block finds its way home.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use bump_core::align::align_up;
use bump_core::engine::{dangling, unit};
use bump_core::{RawAlloc, RawBump, copy_block, impl_global_alloc};

use crate::{Bump, BumpSlice, Region};

/// An allocator that knows its blocks.
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
pub unsafe trait Owns {
    /// The bytes to which this allocator rounds its blocks, a power of two; 1 if it does not.
    ///
    /// A block that was made inside a block of this allocator may count as its own. So its end, too,
    /// is rounded when it is released or resized, and there may be somebody else's bytes. That is
    /// why a [`Fallback`](crate::Fallback) asks both of its allocators for sizes and alignments that
    /// are multiples of this: such blocks end at a multiple.
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
    /// A block that another one made inside a block of this one may count as either's, if its size
    /// and alignment are multiples of [`UNIT`](Self::UNIT). If it counts as this one's, this one has
    /// to resize and release it when the thread that was told so asks for it next. An allocator that counts its blocks has not counted that one;
    /// [`Tracked`](crate::Tracked) says what its figures mean then. The block around must never be
    /// released: parts of it were.
    ///
    /// That is why references are not `Owns`. An allocator that is a part of a
    /// [`Fallback`](crate::Fallback) itself can only lend its blocks to the other part for good. By
    /// way of a reference, the other part could be in a block that is released after it:
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

/// Whether the block lies in a region that counts offsets.
#[inline]
fn lies_in<B: RawBump + ?Sized>(bump: &B, block: NonNull<u8>) -> bool {
    // Whoever has a block of the region knows its memory as it is now. A block of anybody else's
    // that starts between the region's first byte and its last was made inside a block of the
    // region. That can take it back: it can take back all that ends at its cursor and is not used.
    bump.memory().is_some_and(|memory| {
        block.addr().get().wrapping_sub(memory.start().addr().get()) < memory.size()
    })
}

// SAFETY: all its blocks lie in its region, and no others do, or they are parts of its blocks. The
// ends of all that come through `GlobalAlloc` are rounded to the unit.
unsafe impl<T, const MIN_ALIGN: usize> Owns for Bump<T, MIN_ALIGN> {
    const UNIT: usize = unit::<Self>();

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        lies_in(self, block)
    }
}

// SAFETY: all its blocks lie in its region, and no others do, or they are parts of its blocks. The
// ends of all that come through `GlobalAlloc` are rounded to the unit.
unsafe impl<const MIN_ALIGN: usize> Owns for BumpSlice<MIN_ALIGN> {
    const UNIT: usize = unit::<Self>();

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        lies_in(self, block)
    }
}

// SAFETY: all its blocks lie in its region, and no others do, or they are parts of its blocks. The
// ends of all that come through `GlobalAlloc` are rounded to the unit.
unsafe impl<const MIN_ALIGN: usize, const GROWS: bool> Owns for Region<MIN_ALIGN, GROWS> {
    const UNIT: usize = unit::<Self>();

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        lies_in(self, block)
    }
}

/// The primary allocator until it is exhausted, then the secondary.
///
/// Blocks are freed and resized by the one that they are from. A block of the primary that cannot
/// grow there moves to the secondary. If the secondary's memory is a block of the primary, that must
/// never be freed: the blocks in there go back to the primary.
///
/// Both are asked for sizes and alignments that are multiples of the primary's
/// [unit](Owns::UNIT), of 8 bytes for most.
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
    /// What the two are asked for: the layout with its size and alignment raised to multiples of the
    /// unit of the primary. `None` if there is no such layout.
    ///
    /// A block of the secondary may lie in a block of the primary. The primary, which takes it back,
    /// rounds its end; that changes nothing, since it ends at a multiple.
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

    /// What one of the two was asked for, for a block in use.
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

// SAFETY: every block is from one of two allocators, which keep the contract, and goes back to that
// one with the layout that it has there, which is raised to the unit by the same function. A block
// of the secondary inside a block of the primary may go back to the primary, since its layout is
// such as `Owns` demands. Blocks without bytes are from neither. It panics only if the two do, which
// their contract forbids.
unsafe impl<P: GlobalAlloc + Owns, S: GlobalAlloc> RawAlloc for Fallback<P, S> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(dangling(layout));
        }
        let whole = Self::whole(layout)?;
        // SAFETY: not 0 bytes.
        NonNull::new(unsafe { self.primary.alloc(whole) }).or_else(|| {
            // SAFETY: not 0 bytes.
            NonNull::new(unsafe { self.secondary.alloc(whole) })
        })
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(dangling(layout));
        }
        let whole = Self::whole(layout)?;
        // SAFETY: not 0 bytes.
        NonNull::new(unsafe { self.primary.alloc_zeroed(whole) }).or_else(|| {
            // SAFETY: not 0 bytes.
            NonNull::new(unsafe { self.secondary.alloc_zeroed(whole) })
        })
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        // SAFETY: the caller's promise.
        let whole = unsafe { Self::whole_of_block(layout) };
        if self.primary.owns(block) {
            // SAFETY: the caller's promise, and the block is the primary's.
            unsafe { self.primary.dealloc(block.as_ptr(), whole) };
        } else {
            // SAFETY: the caller's promise, and the block is not the primary's.
            unsafe { self.secondary.dealloc(block.as_ptr(), whole) };
        }
    }

    /// Resizes a block with the memory of the allocator that it is from.
    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        if !Self::can_be_resized(old, new) {
            return None;
        }
        // SAFETY: the caller's promise.
        let (old, new) = (unsafe { Self::whole_of_block(old) }, Self::whole(new)?);
        NonNull::new(if self.primary.owns(block) {
            // SAFETY: the caller's promise, and the block is the primary's; sizes and alignments
            // were checked.
            unsafe { self.primary.realloc(block.as_ptr(), old, new.size()) }
        } else {
            // SAFETY: the caller's promise, and the block is not the primary's; sizes and
            // alignments were checked.
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
            // SAFETY: the caller's promise.
            if let Some(resized) = unsafe { self.resize(block, old, new) } {
                return Some(resized);
            }
            // Its own allocator, which could have moved it, was asked: the other one is left.
            NonNull::new(if self.primary.owns(block) {
                // SAFETY: not 0 bytes.
                unsafe { self.secondary.alloc(whole) }
            } else {
                // SAFETY: not 0 bytes.
                unsafe { self.primary.alloc(whole) }
            })
        } else {
            self.allocate(new)
        }?;
        // SAFETY: the caller's block, and one that was just handed out.
        unsafe { copy_block(block, old, moved, new) };
        // SAFETY: the caller gives it up, and its content was copied.
        unsafe { self.deallocate(block, old) };
        Some(moved)
    }
}

impl_global_alloc!(impl[P: GlobalAlloc + Owns, S: GlobalAlloc] for Fallback<P, S>);

// SAFETY: its blocks are those of the two, and of the two units one divides the other.
unsafe impl<P: Owns, S: Owns> Owns for Fallback<P, S> {
    const UNIT: usize = if P::UNIT > S::UNIT { P::UNIT } else { S::UNIT };

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        self.primary.owns(block) || self.secondary.owns(block)
    }
}
