//! What every allocator interface is derived from: take a block, resize it in place, give it back.
//!
//! Moving a block that cannot be resized, clearing memory, and the differences between the
//! interfaces are here, once for all of them. A bump allocator has this trait by being a
//! [`RawBump`]; allocators that are made of several regions implement it themselves.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::{self, NonNull};

use crate::{RawBump, own_block};

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
/// unsafe { region.release(grown, large) };
/// assert!(region.allocate(Layout::new::<[u8; 64]>()).is_some());
/// ```
///
/// # Safety
///
/// - A block that is handed out is aligned and at least as large as its layout demands, valid for
///   reads and writes, and overlaps no other block in use, until it is released or resized, or the
///   allocator is moved, borrowed mutably or dropped.
/// - [`resize`](Self::resize) keeps the content up to the smaller of the two sizes, and changes
///   nothing if it returns `None`.
/// - No method panics.
pub unsafe trait RawAlloc {
    /// Takes a block; `None` if there is no memory for it. A size of 0 is served without memory.
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// Takes a block back. Whether its memory can be used again is up to the allocator.
    ///
    /// # Safety
    ///
    /// `block` is from this allocator, with `layout`, and is not used any more.
    unsafe fn release(&self, block: NonNull<u8>, layout: Layout);

    /// Takes a block back whose content has moved to another block of this allocator.
    ///
    /// # Safety
    ///
    /// As for [`release`](Self::release). The other block is in use, and was allocated after this
    /// one.
    #[inline]
    unsafe fn release_moved(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.release(block, layout) };
    }

    /// Resizes a block without other memory than its own and what borders it; `None` if that
    /// cannot be done.
    ///
    /// # Safety
    ///
    /// `block` is from this allocator, with `old`. If the result is `Some`, only the returned block
    /// with the layout `new` is used from then on.
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
        // SAFETY: the caller's promise.
        match unsafe { self.resize(block, old, new) } {
            Some(resized) => Some(resized),
            None => {
                // SAFETY: the caller's promise.
                let moved = unsafe { move_block(block, old, new, self) }?;
                own_block();
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
        // SAFETY: the caller's promise.
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

/// The part of [`RawAlloc::reallocate`] that copies: out of line, except where the compiler
/// optimises for size and this is the only call.
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
    unsafe { allocator.release_moved(block, old) };
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
    let bytes = if old.size() < new.size() {
        old.size()
    } else {
        new.size()
    };
    // SAFETY: both blocks have at least `bytes` bytes, and no two blocks in use overlap.
    unsafe { ptr::copy_nonoverlapping(block.as_ptr(), other.as_ptr(), bytes) };
}

// SAFETY: `RawBump` demands of the region what this trait demands of its blocks, and the engine
// hands each byte of it to one block alone.
unsafe impl<B: RawBump + ?Sized> RawAlloc for B {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.take(layout)
    }

    #[inline]
    unsafe fn release(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.give_back(block, layout) };
    }

    // Blocks that were allocated later lie behind: the block is not the last one.
    #[inline]
    unsafe fn release_moved(&self, _: NonNull<u8>, _: Layout) {}

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        let resized = unsafe { RawBump::resize(self, block, old, new) };
        if resized.is_none() && new.align() <= old.align() {
            // SAFETY: a block that becomes no larger, and needs no stricter alignment, stays where
            // it is.
            unsafe { assert_unchecked(new.size() >= old.size()) };
        }
        resized
    }
}

/// Implements [`GlobalAlloc`](core::alloc::GlobalAlloc) for a type that is [`RawAlloc`].
///
/// That trait forbids requests for 0 bytes. Where assertions are on they are served all the same, as
/// by every other interface; else they are undefined behaviour.
///
/// ```
#[doc = include_str!("example.txt")]
/// use core::alloc::{GlobalAlloc, Layout};
///
/// bump_core::impl_global_alloc!(impl[] for Example); // generics would stand in the brackets
///
/// let heap = Example::new();
/// // SAFETY: not 0 bytes.
/// assert!(!unsafe { heap.alloc(Layout::new::<u64>()) }.is_null());
/// ```
#[macro_export]
macro_rules! impl_global_alloc {
    (impl[$($generics:tt)*] for $allocator:ty) => {
        // SAFETY: `RawAlloc` demands of the blocks what `GlobalAlloc` does, and forbids panics.
        unsafe impl<$($generics)*> ::core::alloc::GlobalAlloc for $allocator {
            #[inline]
            unsafe fn alloc(&self, layout: ::core::alloc::Layout) -> *mut u8 {
                // SAFETY: `GlobalAlloc` is never asked for 0 bytes.
                unsafe { $crate::promise_bytes(layout) };
                $crate::or_null($crate::RawAlloc::allocate(self, layout))
            }

            #[inline]
            unsafe fn alloc_zeroed(&self, layout: ::core::alloc::Layout) -> *mut u8 {
                // SAFETY: `GlobalAlloc` is never asked for 0 bytes.
                unsafe { $crate::promise_bytes(layout) };
                $crate::or_null($crate::RawAlloc::allocate_zeroed(self, layout))
            }

            #[inline]
            unsafe fn dealloc(&self, block: *mut u8, layout: ::core::alloc::Layout) {
                // SAFETY: there are no blocks of 0 bytes.
                unsafe { $crate::promise_bytes(layout) };
                // SAFETY: a block in use is not null.
                let block = unsafe { ::core::ptr::NonNull::new_unchecked(block) };
                // SAFETY: the caller's promise.
                unsafe { $crate::RawAlloc::release(self, block, layout) };
            }

            #[inline]
            unsafe fn realloc(
                &self,
                block: *mut u8,
                old: ::core::alloc::Layout,
                size: usize,
            ) -> *mut u8 {
                // SAFETY: a block in use is not null.
                let block = unsafe { ::core::ptr::NonNull::new_unchecked(block) };
                // SAFETY: the caller promises that the size is valid for this alignment.
                let new = unsafe {
                    ::core::alloc::Layout::from_size_align_unchecked(size, old.align())
                };
                // SAFETY: there are no blocks of 0 bytes.
                unsafe { $crate::promise_bytes(old) };
                // SAFETY: `GlobalAlloc` is never asked for 0 bytes.
                unsafe { $crate::promise_bytes(new) };
                // SAFETY: the caller's promise.
                $crate::or_null(unsafe { $crate::RawAlloc::reallocate(self, block, old, new) })
            }
        }
    };
}

/// Tells the compiler that a layout has bytes, as those promise who call a `GlobalAlloc`: that spares
/// an instruction or two. Where assertions are on, nothing depends on it, and a size of 0 is served.
///
/// # Safety
///
/// The size is not 0.
#[doc(hidden)]
#[inline]
pub const unsafe fn promise_bytes(layout: Layout) {
    if !cfg!(debug_assertions) {
        // SAFETY: the caller's promise.
        unsafe { assert_unchecked(layout.size() != 0) };
    }
}

/// The pointer of a block, null for none, as `GlobalAlloc` wants it.
#[doc(hidden)]
#[inline]
pub fn or_null(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// A block with its size, as `Allocator` wants it.
#[doc(hidden)]
#[inline]
pub fn with_size(block: Option<NonNull<u8>>, layout: Layout) -> Option<NonNull<[u8]>> {
    block.map(|block| NonNull::slice_from_raw_parts(block, layout.size()))
}

/// Implements an `Allocator` trait for a type that is [`RawAlloc`]: the one of `core::alloc`
/// (nightly), or the one of any version of `allocator-api2`; they differ in nothing but their path.
///
/// For references, which can be moved while there are blocks, whatever they refer to. Another
/// handle is [`RawAlloc`] itself, and whoever writes `unsafe` promises that it can be moved, too:
/// that the memory is not in it.
///
/// ```ignore
/// bump_core::impl_allocator!(core::alloc, impl[T] for &Bump<T>);
/// bump_core::impl_allocator!(core::alloc, unsafe impl[T] for Handle<T>);
/// ```
#[macro_export]
macro_rules! impl_allocator {
    ($($api:ident)::+, unsafe impl[$($generics:tt)*] for $handle:ty) => {
        $crate::impl_allocator!(
            @::core::convert::identity, $($api)::+, impl[$($generics)*] for $handle
        );
    };
    ($($api:ident)::+, impl[$($generics:tt)*] for &$allocator:ty) => {
        $crate::impl_allocator!(
            @::core::ops::Deref::deref, $($api)::+, impl['a, $($generics)*] for &'a $allocator
        );
    };
    // The path is the function from a reference to the handle to a reference to the allocator.
    (@$reach:path, $($api:ident)::+, impl[$($generics:tt)*] for $allocator:ty) => {
        // SAFETY: `RawAlloc` demands of the blocks what `Allocator` does; a reference can be moved
        // and copied, another handle as whoever wrote `unsafe` promises.
        unsafe impl<$($generics)*> $($api)::+::Allocator for $allocator {
            #[inline]
            fn allocate(
                &self,
                layout: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                $crate::with_size($crate::RawAlloc::allocate($reach(self), layout), layout)
                    .ok_or($($api)::+::AllocError)
            }

            #[inline]
            fn allocate_zeroed(
                &self,
                layout: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                $crate::with_size($crate::RawAlloc::allocate_zeroed($reach(self), layout), layout)
                    .ok_or($($api)::+::AllocError)
            }

            #[inline]
            unsafe fn deallocate(
                &self,
                block: ::core::ptr::NonNull<u8>,
                layout: ::core::alloc::Layout,
            ) {
                // SAFETY: the caller's promise.
                unsafe { $crate::RawAlloc::release($reach(self), block, layout) };
            }

            #[inline]
            unsafe fn grow(
                &self,
                block: ::core::ptr::NonNull<u8>,
                old: ::core::alloc::Layout,
                new: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                // SAFETY: the caller's promise.
                unsafe { ::core::hint::assert_unchecked(new.size() >= old.size()) };
                // SAFETY: the caller's promise.
                let block = unsafe { $crate::RawAlloc::reallocate($reach(self), block, old, new) };
                $crate::with_size(block, new)
                    .ok_or($($api)::+::AllocError)
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                block: ::core::ptr::NonNull<u8>,
                old: ::core::alloc::Layout,
                new: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                // SAFETY: the caller's promise.
                let block = unsafe { $crate::RawAlloc::grow_zeroed($reach(self), block, old, new) };
                $crate::with_size(block, new)
                    .ok_or($($api)::+::AllocError)
            }

            #[inline]
            unsafe fn shrink(
                &self,
                block: ::core::ptr::NonNull<u8>,
                old: ::core::alloc::Layout,
                new: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                // SAFETY: the caller's promise.
                let block = unsafe { $crate::RawAlloc::reallocate($reach(self), block, old, new) };
                $crate::with_size(block, new)
                    .ok_or($($api)::+::AllocError)
            }
        }
    };
}

/// Implements the trait `LocalAlloc` of the crate `alloc-traits` for a type that is [`RawAlloc`].
///
/// ```ignore
/// bump_core::impl_local_alloc!(alloc_traits, impl[T] for Bump<T>);
/// ```
#[macro_export]
macro_rules! impl_local_alloc {
    ($api:ident, impl[$($generics:tt)*] for $allocator:ty) => {
        // SAFETY: `RawAlloc` demands of the blocks what `LocalAlloc` does, whose blocks borrow the
        // allocator.
        unsafe impl<'alloc, $($generics)*> $api::LocalAlloc<'alloc> for $allocator {
            #[inline]
            fn alloc(
                &'alloc self,
                layout: $api::NonZeroLayout,
            ) -> Option<$api::Allocation<'alloc>> {
                $crate::RawAlloc::allocate(self, layout.into()).map(|ptr| $api::Allocation {
                    ptr,
                    layout,
                    lifetime: $api::AllocTime::default(),
                })
            }

            #[inline]
            unsafe fn dealloc(&'alloc self, block: $api::Allocation<'alloc>) {
                // SAFETY: the caller's promise.
                unsafe { $crate::RawAlloc::release(self, block.ptr, block.layout.into()) };
            }

            #[inline]
            fn alloc_zeroed(
                &'alloc self,
                layout: $api::NonZeroLayout,
            ) -> Option<$api::Allocation<'alloc>> {
                $crate::RawAlloc::allocate_zeroed(self, layout.into()).map(|ptr| $api::Allocation {
                    ptr,
                    layout,
                    lifetime: $api::AllocTime::default(),
                })
            }

            #[inline]
            unsafe fn realloc(
                &'alloc self,
                block: $api::Allocation<'alloc>,
                layout: $api::NonZeroLayout,
            ) -> Option<$api::Allocation<'alloc>> {
                // SAFETY: the caller's promise.
                unsafe {
                    $crate::RawAlloc::reallocate(
                        self,
                        block.ptr,
                        block.layout.into(),
                        layout.into(),
                    )
                }
                .map(|ptr| $api::Allocation {
                    ptr,
                    layout,
                    lifetime: $api::AllocTime::default(),
                })
            }
        }
    };
}
