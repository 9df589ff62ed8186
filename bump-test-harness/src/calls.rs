//! How each interface is called: one marker type per interface, [`Calls`] for what it does.
//! Nothing here judges the answers; `model.rs` does.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use crate::heap::{Granted, Interface, Resize};

/// Calls an allocator of type `A` through one interface.
///
/// Implemented by the marker types of this module.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::calls::{ByGlobalAlloc, Calls};
/// use bump_test_harness::op::layout;
///
/// let bump = Bump::<[u8; 64]>::uninit();
/// assert!(ByGlobalAlloc::allocate(&bump, layout(64, 1), false).is_some());
/// assert!(ByGlobalAlloc::allocate(&bump, layout(1, 1), false).is_none());
/// ```
///
/// # Safety
///
/// The blocks are those of the allocator: as [`Heap`](crate::Heap) demands, if the allocator keeps
/// the contract of the interface.
pub unsafe trait Calls<A: ?Sized> {
    /// The interface that is called.
    const INTERFACE: Interface;

    /// See [`Heap::allocate`](crate::Heap::allocate).
    fn allocate(allocator: &A, layout: Layout, zeroed: bool) -> Option<Granted>;

    /// See [`Heap::deallocate`](crate::Heap::deallocate).
    ///
    /// # Safety
    ///
    /// The same as there.
    unsafe fn deallocate(allocator: &A, ptr: NonNull<u8>, layout: Layout);

    /// See [`Heap::resize`](crate::Heap::resize).
    ///
    /// # Safety
    ///
    /// The same as there.
    unsafe fn resize(
        allocator: &A,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        how: Resize,
    ) -> Option<Granted>;
}

/// Marks calls through `core::alloc::GlobalAlloc`.
///
/// ```
/// use bump_test_harness::calls::{ByGlobalAlloc, Calls};
/// use bump_test_harness::Interface;
/// use std::alloc::System;
///
/// assert_eq!(<ByGlobalAlloc as Calls<System>>::INTERFACE, Interface::GlobalAlloc);
/// ```
#[derive(Debug)]
pub struct ByGlobalAlloc;

// SAFETY: each call is passed on to the allocator, which keeps the contract of the interface.
unsafe impl<A: GlobalAlloc + ?Sized> Calls<A> for ByGlobalAlloc {
    const INTERFACE: Interface = Interface::GlobalAlloc;

    fn allocate(allocator: &A, layout: Layout, zeroed: bool) -> Option<Granted> {
        if layout.size() == 0 {
            return None;
        }
        let ptr = if zeroed {
            // SAFETY: the size is not zero.
            unsafe { allocator.alloc_zeroed(layout) }
        } else {
            // SAFETY: the size is not zero.
            unsafe { allocator.alloc(layout) }
        };
        granted(ptr, layout)
    }

    unsafe fn deallocate(allocator: &A, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller passes a block of this allocator and the layout that it has.
        unsafe { allocator.dealloc(ptr.as_ptr(), layout) };
    }

    unsafe fn resize(
        allocator: &A,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        _how: Resize,
    ) -> Option<Granted> {
        debug_assert_eq!(old.align(), new.align());
        // SAFETY: the caller passes a block of this allocator and the layout that it has; the new
        // size is not zero and rounds up without overflow, because `new` is a `Layout` with the
        // same alignment.
        let ptr = unsafe { allocator.realloc(ptr.as_ptr(), old, new.size()) };
        granted(ptr, new)
    }
}

fn granted(ptr: *mut u8, layout: Layout) -> Option<Granted> {
    NonNull::new(ptr).map(|ptr| Granted {
        ptr,
        len: layout.size(),
        layout,
    })
}

#[cfg(any(
    feature = "allocator-api2-02",
    feature = "allocator-api2-04",
    feature = "nightly-allocator-api"
))]
macro_rules! by_allocator {
    ($(#[$doc:meta])* $name:ident, $allocator:path) => {
        $(#[$doc])*
        ///
        /// The calls go through `&A`, which every `A: Allocator` allows, and so do types with
        /// inline storage, which implement the interface for references only.
        #[derive(Debug)]
        pub struct $name;

        // SAFETY: each call is passed on to the allocator, which keeps the contract of the
        // interface.
        unsafe impl<A> Calls<A> for $name
        where
            for<'a> &'a A: $allocator,
        {
            const INTERFACE: Interface = Interface::Allocator;

            fn allocate(allocator: &A, layout: Layout, zeroed: bool) -> Option<Granted> {
                let block = if zeroed {
                    <&A as $allocator>::allocate_zeroed(&allocator, layout)
                } else {
                    <&A as $allocator>::allocate(&allocator, layout)
                };
                block.ok().map(|block| Granted { ptr: block.cast(), len: block.len(), layout })
            }

            unsafe fn deallocate(allocator: &A, ptr: NonNull<u8>, layout: Layout) {
                // SAFETY: the caller passes a block of this allocator and a layout that fits it.
                unsafe { <&A as $allocator>::deallocate(&allocator, ptr, layout) };
            }

            unsafe fn resize(
                allocator: &A,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
                how: Resize,
            ) -> Option<Granted> {
                let block = match how {
                    // SAFETY: the caller passes a block of this allocator, a layout that fits it
                    // and a new one that is not smaller.
                    Resize::Grow => unsafe { <&A as $allocator>::grow(&allocator, ptr, old, new) },
                    // SAFETY: as for `grow`.
                    Resize::GrowZeroed => unsafe { <&A as $allocator>::grow_zeroed(&allocator, ptr, old, new) },
                    // SAFETY: the caller passes a block of this allocator, a layout that fits it
                    // and a new one that is not larger.
                    Resize::Shrink => unsafe { <&A as $allocator>::shrink(&allocator, ptr, old, new) },
                };
                block.ok().map(|block| Granted { ptr: block.cast(), len: block.len(), layout: new })
            }
        }
    };
}

#[cfg(feature = "allocator-api2-02")]
by_allocator! {
    /// Marks calls through `Allocator` of `allocator-api2` 0.2.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::Interface;
    /// use bump_test_harness::calls::{ByAllocator02, Calls};
    ///
    /// assert_eq!(<ByAllocator02 as Calls<Bump<u64>>>::INTERFACE, Interface::Allocator);
    /// ```
    ByAllocator02, allocator_api2_02::alloc::Allocator
}

#[cfg(feature = "allocator-api2-04")]
by_allocator! {
    /// Marks calls through `Allocator` of `allocator-api2` 0.4.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::Interface;
    /// use bump_test_harness::calls::{ByAllocator04, Calls};
    ///
    /// assert_eq!(<ByAllocator04 as Calls<Bump<u64>>>::INTERFACE, Interface::Allocator);
    /// ```
    ByAllocator04, allocator_api2_04::alloc::Allocator
}

#[cfg(feature = "nightly-allocator-api")]
by_allocator! {
    /// Marks calls through the standard library's unstable `Allocator`.
    ///
    /// ```
    /// use bump_test_harness::Interface;
    /// use bump_test_harness::calls::{ByNightlyAllocator, Calls};
    /// use std::alloc::System;
    ///
    /// assert_eq!(<ByNightlyAllocator as Calls<System>>::INTERFACE, Interface::Allocator);
    /// ```
    ByNightlyAllocator, core::alloc::Allocator
}

/// Marks calls through `LocalAlloc` of `alloc-traits`.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::calls::{ByLocalAlloc, Calls};
/// use bump_test_harness::Interface;
///
/// assert_eq!(<ByLocalAlloc as Calls<Bump<u64>>>::INTERFACE, Interface::LocalAlloc);
/// ```
#[cfg(feature = "alloc-traits")]
#[derive(Debug)]
pub struct ByLocalAlloc;

#[cfg(feature = "alloc-traits")]
const _: () = {
    use alloc_traits::{AllocTime, Allocation, LocalAlloc, NonZeroLayout};

    fn block<'a>(ptr: NonNull<u8>, layout: Layout) -> Option<Allocation<'a>> {
        Some(Allocation {
            ptr,
            layout: NonZeroLayout::from_layout(layout.into())?,
            lifetime: AllocTime::default(),
        })
    }

    fn granted(block: Allocation<'_>) -> Granted {
        Granted {
            ptr: block.ptr,
            len: block.layout.size().get(),
            layout: block.layout.into(),
        }
    }

    // SAFETY: each call is passed on to the allocator, which keeps the contract of the interface.
    unsafe impl<A> Calls<A> for ByLocalAlloc
    where
        A: for<'a> LocalAlloc<'a>,
    {
        const INTERFACE: Interface = Interface::LocalAlloc;

        fn allocate(allocator: &A, layout: Layout, zeroed: bool) -> Option<Granted> {
            let layout = NonZeroLayout::from_layout(layout.into())?;
            let block = if zeroed {
                allocator.alloc_zeroed(layout)
            } else {
                allocator.alloc(layout)
            };
            block.map(granted)
        }

        unsafe fn deallocate(allocator: &A, ptr: NonNull<u8>, layout: Layout) {
            if let Some(block) = block(ptr, layout) {
                // SAFETY: the caller passes a block of this allocator and the layout that it was
                // returned with, and uses neither afterwards.
                unsafe { allocator.dealloc(block) };
            }
        }

        unsafe fn resize(
            allocator: &A,
            ptr: NonNull<u8>,
            old: Layout,
            new: Layout,
            _how: Resize,
        ) -> Option<Granted> {
            let layout = NonZeroLayout::from_layout(new.into())?;
            // SAFETY: the caller passes a block of this allocator and the layout that it was
            // returned with.
            let block = unsafe { allocator.realloc(block(ptr, old)?, layout) };
            block.map(granted)
        }
    }
};
