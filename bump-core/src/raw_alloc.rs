//! The trait behind every allocator interface: take a block, resize it in place, take it back.
//!
//! Moving a block that cannot be resized and clearing memory are written here, once for all
//! interfaces; the differences between these are in `interfaces`. A bump allocator has this trait
//! by being a [`RawBump`]; allocators that are made of several regions implement it themselves.

use core::alloc::Layout;
use core::ptr::{self, NonNull};

use crate::RawBump;
use crate::align::align_down;
use crate::codegen::own_path;

/// The bytes to which requests of collections are rounded: 8, or on 16 bits the alignment of a
/// `usize`. No integer up to `u64` is aligned more strictly.
///
/// A block that comes through `GlobalAlloc` or `Allocator` starts at a multiple of this, and its size
/// is rounded up to one. So there is no padding in front of the next one, and blocks that are freed in
/// reverse order come back completely, whatever their sizes:
///
/// ```text
///     5 bytes     24 bytes, aligned to 8
///   │ ▓▓▓▓▓ ░░░ │ ▓▓▓▓▓▓▓▓ ▓▓▓▓▓▓▓▓ ▓▓▓▓▓▓▓▓ │
///   ──┴─────────┴────────────────────────────┴──
///   0           8                            32
/// ```
///
/// A block that is aligned more strictly has padding in front of it, which does not come back with the
/// block, unless the minimum alignment of the region is as strict. So has a block behind a value that
/// ends at no multiple: values, which methods such as `leak` put into a region, are packed.
///
/// Blocks cannot have the bytes of a region in front of its first multiple and behind its last; values
/// can.
///
/// ```
/// assert!(bump_core::UNIT >= align_of::<u64>() && bump_core::UNIT >= align_of::<usize>());
/// ```
pub const UNIT: usize = if cfg!(target_pointer_width = "16") {
    align_of::<usize>()
} else {
    8
};

/// An allocator of raw blocks.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::RawAlloc;
/// use core::alloc::Layout;
///
/// let region = Example::new(); // some type that is `RawBump`
/// let small = Layout::new::<[u8; 4]>();
/// let large = Layout::new::<[u8; 60]>();
/// let block = region.allocate(small).unwrap();
/// // SAFETY: the block is from the region, with this layout.
/// let grown = unsafe { region.reallocate(block, small, large) }.unwrap();
/// assert_eq!(grown, block);
/// // SAFETY: as above.
/// unsafe { region.deallocate(grown, large) };
/// assert!(region.allocate(Layout::new::<[u8; 64]>()).is_some());
/// ```
///
/// # Safety
///
/// - A block that is handed out is aligned and at least as large as its layout demands, valid for
///   reads and writes, and overlaps no other block in use, until it is deallocated or resized, or
///   the allocator is moved, borrowed mutably or dropped.
/// - [`resize`](Self::resize), [`reallocate`](Self::reallocate) and
///   [`grow_zeroed`](Self::grow_zeroed) keep the content up to the smaller of the two sizes, and
///   change nothing if they return `None`.
/// - The bytes are 0 that [`allocate_zeroed`](Self::allocate_zeroed) and `grow_zeroed` clear.
/// - No method panics, unless its caller breaks a promise.
pub unsafe trait RawAlloc {
    /// Takes a block; `None` if there is no memory for it. A size of 0 is served without memory.
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// Takes a block back. Whether its memory can be used again is up to the allocator.
    ///
    /// # Safety
    ///
    /// A method of this trait handed `block` out, with `layout`, and it is not used any more. Blocks
    /// and values from other methods of an allocator are not rounded, so they cannot come back.
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout);

    /// Resizes a block without other memory than its own and that which borders it, or within the part
    /// of an allocator that it is from, if that has parts; `None` if that cannot be done.
    ///
    /// # Safety
    ///
    /// A method of this trait handed `block` out, with `old`. If the result is `Some`, only the
    /// returned block with the layout `new` is used from then on.
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>>;

    /// Takes a block that is zero.
    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Option<NonNull<u8>> {
        let block = self.allocate(layout)?;
        // SAFETY: the block was just handed out, with this many bytes.
        unsafe { block.write_bytes(0, layout.size()) };
        Some(block)
    }

    /// Resizes a block, moving it if need be; `None`, and the old block as it was, if there is no
    /// memory for it.
    ///
    /// Larger, smaller, with a stricter or a looser alignment: all are served.
    ///
    /// # Safety
    ///
    /// As for [`resize`](Self::resize).
    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise about `block` and `old`.
        match unsafe { self.resize(block, old, new) } {
            Some(resized) => Some(resized),
            None => {
                // SAFETY: the same promise; nothing changed.
                let moved = unsafe { move_block(block, old, new, self) }?;
                own_path();
                Some(moved)
            }
        }
    }

    /// Enlarges a block, moving it if need be, and clears exactly the bytes from the size of `old`
    /// to the size of `new`.
    ///
    /// # Safety
    ///
    /// As for [`resize`](Self::resize).
    #[inline]
    unsafe fn grow_zeroed(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise about `block` and `old`.
        let grown = unsafe { self.reallocate(block, old, new) }?;
        if let Some(added) = new.size().checked_sub(old.size()) {
            // SAFETY: the old size is at most the new one, and the block has the new one.
            let tail = unsafe { grown.add(old.size()) };
            // SAFETY: the rest of the block has this many bytes.
            unsafe { tail.write_bytes(0, added) };
        }
        Some(grown)
    }
}

/// A way to an allocator that can be moved while blocks are in use, as `Allocator` demands of whatever
/// a collection owns: a reference, or a type of which its author promises the same.
///
/// ```
/// use bump_core::Handle;
///
#[doc = include_str!("example.txt")]
/// fn is_handle<H: Handle>() {}
/// is_handle::<&Example>();
/// ```
///
/// An allocator that contains its memory is no handle:
///
/// ```compile_fail,E0277
#[doc = include_str!("example.txt")]
/// fn is_handle<H: bump_core::Handle>() {}
/// is_handle::<Example>();
/// ```
///
/// # Safety
///
/// [`allocator`](Self::allocator) answers with the same allocator each time, also after the handle
/// was moved, and so does each clone of the handle. The blocks of the allocator are valid for as long
/// as the type of the handle lives, and the handle or one of its clones was neither borrowed mutably
/// nor dropped.
pub unsafe trait Handle {
    /// The type of the allocator.
    type Allocator: RawAlloc + ?Sized;

    /// The allocator.
    fn allocator(&self) -> &Self::Allocator;
}

// SAFETY: moving a reference does not move the allocator behind it, which is borrowed meanwhile.
unsafe impl<A: RawAlloc + ?Sized> Handle for &A {
    type Allocator = A;

    #[inline]
    fn allocator(&self) -> &A {
        self
    }
}

/// The part of [`RawAlloc::reallocate`] that copies.
///
/// # Safety
///
/// As for [`RawAlloc::resize`].
#[cold]
#[cfg_attr(not(small), inline(never))]
unsafe fn move_block<A: RawAlloc + ?Sized>(
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
    allocator: &A,
) -> Option<NonNull<u8>> {
    let moved = allocator.allocate(new)?;
    // SAFETY: the caller's block, and one that was just handed out.
    unsafe { copy_block(block, old, moved, new) };
    // SAFETY: the caller gives the old block up, and its content was copied.
    unsafe { allocator.deallocate(block, old) };
    Some(moved)
}

/// Copies the content of a block to another one, up to the smaller of the two sizes.
///
/// # Safety
///
/// The blocks are in use, with these layouts.
#[doc(hidden)]
#[inline]
pub unsafe fn copy_block(block: NonNull<u8>, old: Layout, other: NonNull<u8>, new: Layout) {
    let bytes = old.size().min(new.size());
    // SAFETY: both blocks have at least `bytes` bytes, and no two blocks in use overlap.
    unsafe { ptr::copy_nonoverlapping(block.as_ptr(), other.as_ptr(), bytes) };
}

/// A pointer for a block without bytes: aligned, and to no memory.
#[inline]
pub fn dangling(layout: Layout) -> NonNull<u8> {
    // SAFETY: an alignment is a power of two, so not 0.
    unsafe { NonNull::new_unchecked(ptr::without_provenance_mut(layout.align())) }
}

/// The alignment of blocks that collections ask a region for.
#[doc(hidden)]
#[must_use]
pub const fn unit<B: RawBump + ?Sized>() -> usize {
    if B::MIN_ALIGN > UNIT {
        B::MIN_ALIGN
    } else {
        UNIT
    }
}

/// The most bytes that a region can have whose blocks are at multiples of `unit`: [`RawBump`] says so.
#[doc(hidden)]
#[must_use]
pub const fn most_bytes(unit: usize) -> usize {
    align_down(isize::MAX.unsigned_abs(), unit)
}
