//! The interfaces of allocators, derived from [`RawAlloc`]: `GlobalAlloc`, `Allocator` of `core` and
//! of `allocator-api2`, `LocalAlloc` of `alloc-traits`.
//!
//! Each is a macro, since their traits are foreign to the crates that implement them, or come from
//! crates that this one does not depend on. The macros write signatures, and call functions that are
//! here, by their full paths: any other name, and the method of a trait, could be one of the caller's.

use core::alloc::Layout;
use core::hint::assert_unchecked;
use core::ptr::{self, NonNull};

use crate::codegen::promise_bytes;
use crate::{Handle, RawAlloc};

/// Accepts the generics of an `impl` and nothing else.
///
/// A macro can take generics only as tokens, and tokens that close the `<` of an `unsafe impl` could
/// make it one of another trait. Tokens that are accepted here do not close it: the `>` of a trait's
/// generics is followed by something that cannot follow those of an `impl`.
#[doc(hidden)]
#[macro_export]
macro_rules! only_generics {
    ($($generics:tt)*) => {
        const _: () = {
            #[expect(dead_code, reason = "it exists to be parsed")]
            trait OnlyGenerics<$($generics)*> {}
        };
    };
}

/// Implements [`GlobalAlloc`](core::alloc::GlobalAlloc) for a type that is
/// [`RawAlloc`](crate::RawAlloc).
///
/// `GlobalAlloc` forbids requests for 0 bytes. With debug assertions they are served all the same,
/// as by every other interface; without them they are undefined behaviour.
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
        $crate::only_generics!($($generics)*);
        // SAFETY: `RawAlloc` demands of the blocks what `GlobalAlloc` does, and forbids panics.
        unsafe impl<$($generics)*> ::core::alloc::GlobalAlloc for $allocator {
            #[inline]
            unsafe fn alloc(&self, layout: ::core::alloc::Layout) -> *mut u8 {
                // SAFETY: the caller's promise that the layout has bytes.
                unsafe { $crate::interfaces::alloc(self, layout) }
            }

            #[inline]
            unsafe fn alloc_zeroed(&self, layout: ::core::alloc::Layout) -> *mut u8 {
                // SAFETY: the caller's promise that the layout has bytes.
                unsafe { $crate::interfaces::alloc_zeroed(self, layout) }
            }

            #[inline]
            unsafe fn dealloc(&self, block: *mut u8, layout: ::core::alloc::Layout) {
                // SAFETY: the caller's promise about the block.
                unsafe { $crate::interfaces::dealloc(self, block, layout) }
            }

            #[inline]
            unsafe fn realloc(
                &self,
                block: *mut u8,
                old: ::core::alloc::Layout,
                size: usize,
            ) -> *mut u8 {
                // SAFETY: the caller's promises about the block and the size.
                unsafe { $crate::interfaces::realloc(self, block, old, size) }
            }
        }
    };
}

/// [`GlobalAlloc::alloc`](core::alloc::GlobalAlloc::alloc).
///
/// # Safety
///
/// As for that function.
#[inline]
pub unsafe fn alloc<A: RawAlloc + ?Sized>(allocator: &A, layout: Layout) -> *mut u8 {
    // SAFETY: the caller's promise: `GlobalAlloc` is never asked for 0 bytes.
    unsafe { promise_bytes(layout) };
    or_null(allocator.allocate(layout))
}

/// [`GlobalAlloc::alloc_zeroed`](core::alloc::GlobalAlloc::alloc_zeroed).
///
/// # Safety
///
/// As for that function.
#[inline]
pub unsafe fn alloc_zeroed<A: RawAlloc + ?Sized>(allocator: &A, layout: Layout) -> *mut u8 {
    // SAFETY: the caller's promise: `GlobalAlloc` is never asked for 0 bytes.
    unsafe { promise_bytes(layout) };
    or_null(allocator.allocate_zeroed(layout))
}

/// [`GlobalAlloc::dealloc`](core::alloc::GlobalAlloc::dealloc).
///
/// # Safety
///
/// As for that function.
#[inline]
pub unsafe fn dealloc<A: RawAlloc + ?Sized>(allocator: &A, block: *mut u8, layout: Layout) {
    // SAFETY: there are no blocks of 0 bytes.
    unsafe { promise_bytes(layout) };
    // SAFETY: a block in use is not null.
    let block = unsafe { NonNull::new_unchecked(block) };
    // SAFETY: the caller's promise about the block.
    unsafe { allocator.deallocate(block, layout) };
}

/// [`GlobalAlloc::realloc`](core::alloc::GlobalAlloc::realloc).
///
/// # Safety
///
/// As for that function.
#[inline]
pub unsafe fn realloc<A: RawAlloc + ?Sized>(
    allocator: &A,
    block: *mut u8,
    old: Layout,
    size: usize,
) -> *mut u8 {
    // SAFETY: a block in use is not null.
    let block = unsafe { NonNull::new_unchecked(block) };
    // SAFETY: the caller promises that the size is valid for this alignment.
    let new = unsafe { Layout::from_size_align_unchecked(size, old.align()) };
    // SAFETY: there are no blocks of 0 bytes.
    unsafe { promise_bytes(old) };
    // SAFETY: the caller's promise: `GlobalAlloc` is never asked for 0 bytes.
    unsafe { promise_bytes(new) };
    // SAFETY: the caller's promise about the block.
    or_null(unsafe { allocator.reallocate(block, old, new) })
}

#[inline]
fn or_null(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Implements an `Allocator` trait for a type that is a [`Handle`](crate::Handle), as every reference
/// to a [`RawAlloc`](crate::RawAlloc) is: the trait of `core::alloc` (nightly), or the one of any
/// version of `allocator-api2`; they differ in nothing but their path.
///
/// ```ignore
/// bump_core::impl_allocator!(core::alloc, impl[T] for &Bump<T>);
/// ```
#[macro_export]
macro_rules! impl_allocator {
    ($($api:ident)::+, impl[$($generics:tt)*] for $handle:ty) => {
        $crate::only_generics!($($generics)*);
        // SAFETY: `Handle` demands of the handle and its blocks what `Allocator` does.
        unsafe impl<$($generics)*> $($api)::+::Allocator for $handle {
            #[inline]
            fn allocate(
                &self,
                layout: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                $crate::interfaces::allocate(self, layout).ok_or($($api)::+::AllocError)
            }

            #[inline]
            fn allocate_zeroed(
                &self,
                layout: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                $crate::interfaces::allocate_zeroed(self, layout).ok_or($($api)::+::AllocError)
            }

            #[inline]
            unsafe fn deallocate(
                &self,
                block: ::core::ptr::NonNull<u8>,
                layout: ::core::alloc::Layout,
            ) {
                // SAFETY: the caller's promise about the block.
                unsafe { $crate::interfaces::deallocate(self, block, layout) };
            }

            #[inline]
            unsafe fn grow(
                &self,
                block: ::core::ptr::NonNull<u8>,
                old: ::core::alloc::Layout,
                new: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                // SAFETY: the caller's promise about the block.
                unsafe { $crate::interfaces::grow(self, block, old, new) }
                    .ok_or($($api)::+::AllocError)
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                block: ::core::ptr::NonNull<u8>,
                old: ::core::alloc::Layout,
                new: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                // SAFETY: the caller's promise about the block.
                unsafe { $crate::interfaces::grow_zeroed(self, block, old, new) }
                    .ok_or($($api)::+::AllocError)
            }

            #[inline]
            unsafe fn shrink(
                &self,
                block: ::core::ptr::NonNull<u8>,
                old: ::core::alloc::Layout,
                new: ::core::alloc::Layout,
            ) -> Result<::core::ptr::NonNull<[u8]>, $($api)::+::AllocError> {
                // SAFETY: the caller's promise about the block.
                unsafe { $crate::interfaces::shrink(self, block, old, new) }
                    .ok_or($($api)::+::AllocError)
            }
        }
    };
}

/// `Allocator::allocate`.
#[inline]
pub fn allocate<H: Handle>(handle: &H, layout: Layout) -> Option<NonNull<[u8]>> {
    with_size(handle.allocator().allocate(layout), layout)
}

/// `Allocator::allocate_zeroed`.
#[inline]
pub fn allocate_zeroed<H: Handle>(handle: &H, layout: Layout) -> Option<NonNull<[u8]>> {
    with_size(handle.allocator().allocate_zeroed(layout), layout)
}

/// `Allocator::deallocate`.
///
/// # Safety
///
/// As for [`RawAlloc::deallocate`].
#[inline]
pub unsafe fn deallocate<H: Handle>(handle: &H, block: NonNull<u8>, layout: Layout) {
    // SAFETY: the caller's promise.
    unsafe { handle.allocator().deallocate(block, layout) };
}

/// `Allocator::grow`.
///
/// # Safety
///
/// As for [`RawAlloc::resize`]; `new` is no smaller than `old`.
#[inline]
pub unsafe fn grow<H: Handle>(
    handle: &H,
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Option<NonNull<[u8]>> {
    // SAFETY: the caller's promise.
    unsafe { assert_unchecked(new.size() >= old.size()) };
    // SAFETY: the caller's promise.
    with_size(
        unsafe { handle.allocator().reallocate(block, old, new) },
        new,
    )
}

/// `Allocator::shrink`.
///
/// # Safety
///
/// As for [`RawAlloc::resize`].
#[inline]
pub unsafe fn shrink<H: Handle>(
    handle: &H,
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Option<NonNull<[u8]>> {
    // SAFETY: the caller's promise.
    with_size(
        unsafe { handle.allocator().reallocate(block, old, new) },
        new,
    )
}

/// `Allocator::grow_zeroed`.
///
/// # Safety
///
/// As for [`RawAlloc::resize`].
#[inline]
pub unsafe fn grow_zeroed<H: Handle>(
    handle: &H,
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Option<NonNull<[u8]>> {
    // SAFETY: the caller's promise.
    with_size(
        unsafe { handle.allocator().grow_zeroed(block, old, new) },
        new,
    )
}

#[inline]
fn with_size(block: Option<NonNull<u8>>, layout: Layout) -> Option<NonNull<[u8]>> {
    block.map(|block| NonNull::slice_from_raw_parts(block, layout.size()))
}

/// Implements the trait `LocalAlloc` of the crate `alloc-traits` for a type that is
/// [`RawAlloc`](crate::RawAlloc).
///
/// ```ignore
/// bump_core::impl_local_alloc!(alloc_traits, impl[T] for Bump<T>);
/// ```
#[macro_export]
macro_rules! impl_local_alloc {
    ($api:ident, impl[$($generics:tt)*] for $allocator:ty) => {
        $crate::only_generics!($($generics)*);
        // SAFETY: `RawAlloc` demands of the blocks what `LocalAlloc` does, whose blocks borrow the
        // allocator.
        unsafe impl<'alloc, $($generics)*> $api::LocalAlloc<'alloc> for $allocator {
            #[inline]
            fn alloc(
                &'alloc self,
                layout: $api::NonZeroLayout,
            ) -> Option<$api::Allocation<'alloc>> {
                let new = $crate::interfaces::layout(layout);
                let block = $crate::RawAlloc::allocate(self, new);
                let lifetime = $api::AllocTime::default();
                block.map(|ptr| $api::Allocation { ptr, layout, lifetime })
            }

            #[inline]
            unsafe fn dealloc(&'alloc self, block: $api::Allocation<'alloc>) {
                let layout = $crate::interfaces::layout(block.layout);
                // SAFETY: the caller's promise about the block.
                unsafe { $crate::RawAlloc::deallocate(self, block.ptr, layout) };
            }

            #[inline]
            fn alloc_zeroed(
                &'alloc self,
                layout: $api::NonZeroLayout,
            ) -> Option<$api::Allocation<'alloc>> {
                let new = $crate::interfaces::layout(layout);
                let block = $crate::RawAlloc::allocate_zeroed(self, new);
                let lifetime = $api::AllocTime::default();
                block.map(|ptr| $api::Allocation { ptr, layout, lifetime })
            }

            #[inline]
            unsafe fn realloc(
                &'alloc self,
                block: $api::Allocation<'alloc>,
                layout: $api::NonZeroLayout,
            ) -> Option<$api::Allocation<'alloc>> {
                let old = $crate::interfaces::layout(block.layout);
                let new = $crate::interfaces::layout(layout);
                // SAFETY: the caller's promise about the block.
                let block = unsafe { $crate::RawAlloc::reallocate(self, block.ptr, old, new) };
                let lifetime = $api::AllocTime::default();
                block.map(|ptr| $api::Allocation { ptr, layout, lifetime })
            }
        }
    };
}

/// The layout of a block for `LocalAlloc`.
#[inline]
pub fn layout(layout: impl Into<Layout>) -> Layout {
    layout.into()
}
