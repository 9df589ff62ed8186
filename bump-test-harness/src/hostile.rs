//! [`HostileHeap`]: a global allocator that is a [`Base`](crate::base::Base) for the allocator
//! under test, and the system's heap for all else. It serves to test arenas that take their chunks
//! from the global allocator.

/// A global allocator for test programs. While this thread calls an allocator under test, it
/// poisons memory, aligns it as little as it may, and fails at times.
///
/// A test program that has it as its global allocator can use
/// [`Maker::over_heap`](crate::subject::Maker::over_heap).
///
/// ```
/// use bump_local::Arena;
/// use bump_test_harness::{hostile::HostileHeap, property, subject};
///
/// #[global_allocator]
/// static HEAP: HostileHeap = HostileHeap;
///
/// fn main() {
///     let subject = subject::allocator04(Arena::new).over_heap();
///     property::named("base_failures").unwrap().assert(&subject);
/// }
/// ```
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
pub struct HostileHeap;

#[cfg(feature = "std")]
pub(crate) use with_std::{Tenancy, armed, disarmed};

/// Calls the allocator; there is no other heap without `std`.
#[cfg(not(feature = "std"))]
pub(crate) fn armed<R>(_on: bool, call: impl FnOnce() -> R) -> R {
    call()
}

/// Calls back into the harness.
#[cfg(not(feature = "std"))]
pub(crate) fn disarmed<R>(call: impl FnOnce() -> R) -> R {
    call()
}

#[cfg(feature = "std")]
mod with_std {
    use core::alloc::{GlobalAlloc, Layout};
    use core::cell::{Cell, RefCell};
    use core::ptr::{self, NonNull};
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::alloc::System;
    use std::{thread, thread_local};

    use super::HostileHeap;
    use crate::base::Base;

    thread_local! {
        /// The base of the allocator that this thread has under test.
        static BASE: RefCell<Option<Base>> = const { RefCell::new(None) };
        /// Whether requests go to the base.
        static ARMED: Cell<bool> = const { Cell::new(false) };
        /// Whether the base itself is running: its own memory comes from the system.
        static BUSY: Cell<bool> = const { Cell::new(false) };
    }

    static INSTALLED: AtomicBool = AtomicBool::new(false);

    /// Sets a flag until the end of the call, also when it unwinds.
    fn with<R>(flag: &'static thread::LocalKey<Cell<bool>>, to: bool, f: impl FnOnce() -> R) -> R {
        struct Restore(&'static thread::LocalKey<Cell<bool>>, bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _restore = Restore(flag, flag.replace(to));
        f()
    }

    /// Calls the allocator under test, whose requests go to the base if `on`.
    pub(crate) fn armed<R>(on: bool, call: impl FnOnce() -> R) -> R {
        if on { with(&ARMED, true, call) } else { call() }
    }

    /// Calls back into the harness, whose requests go to the system.
    pub(crate) fn disarmed<R>(call: impl FnOnce() -> R) -> R {
        with(&ARMED, false, call)
    }

    /// A base that is the one of this thread for as long as this value lives.
    pub(crate) struct Tenancy;

    impl Tenancy {
        pub(crate) fn begin(base: Base) -> Self {
            assert!(
                INSTALLED.load(Ordering::Relaxed),
                "`HostileHeap` is not the `#[global_allocator]` of this program"
            );
            let former = BASE.replace(Some(base));
            assert!(
                former.is_none(),
                "one allocator over the heap at a time in a thread"
            );
            Self
        }
    }

    impl Drop for Tenancy {
        fn drop(&mut self) {
            // Take the base out first: dropping it frees memory, and each release looks here for a
            // base.
            let base = BASE.take();
            drop(base);
        }
    }

    /// Calls the base of this thread, if there is one and it is not running already.
    fn with_base<R>(work: impl FnOnce(&Base) -> R) -> Option<R> {
        // At the end of a thread, thread-locals are gone, and no allocator is under test.
        if BUSY.try_with(Cell::get).unwrap_or(true) {
            return None;
        }
        let base = BASE
            .try_with(|base| base.try_borrow().ok().and_then(|base| base.clone()))
            .ok()??;
        Some(with(&BUSY, true, || with(&ARMED, false, || work(&base))))
    }

    // SAFETY: each block is from the base or from the system, and goes back to where it is from:
    // the book of the base tells which are its own.
    unsafe impl GlobalAlloc for HostileHeap {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            INSTALLED.store(true, Ordering::Relaxed);
            // A panic allocates its message, which outlives the allocator under test.
            if ARMED.try_with(Cell::get).unwrap_or(false) && !thread::panicking() {
                if let Some(answer) = with_base(|base| base.allocate(layout)) {
                    return answer.map_or(ptr::null_mut(), |block| block.as_ptr().cast());
                }
            }
            // SAFETY: the request is passed on as it is.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
            let base_had_it = with_base(|base| {
                let block = NonNull::new(ptr).filter(|block| base.has(*block));
                if let Some(block) = block {
                    // SAFETY: the caller gives the block up.
                    unsafe { base.deallocate(block, layout) };
                }
                block.is_some()
            });
            if base_had_it != Some(true) {
                // SAFETY: the block is not the base's, so it is the system's, and the caller gives
                // it up.
                unsafe { System.dealloc(ptr, layout) };
            }
        }
    }
}
