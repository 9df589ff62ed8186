//! The atomic integers and pointers: those of `core`, or a substitute on targets without
//! compare-and-swap.

#[cfg(target_has_atomic = "ptr")]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

// If both substitutes are enabled, use the one that is maintained.
#[cfg(all(not(target_has_atomic = "ptr"), feature = "portable-atomic"))]
pub(crate) use portable_atomic::{AtomicPtr, AtomicUsize, Ordering};

#[cfg(all(
    not(target_has_atomic = "ptr"),
    feature = "atomic-polyfill",
    not(feature = "portable-atomic")
))]
pub(crate) use atomic_polyfill::{AtomicPtr, AtomicUsize, Ordering};

#[cfg(not(any(
    target_has_atomic = "ptr",
    feature = "portable-atomic",
    feature = "atomic-polyfill"
)))]
compile_error!(
    "this target has no compare-and-swap: enable the feature `portable-atomic` (recommended) or \
     `atomic-polyfill` of bump-global"
);

/// [`Cursor::PATIENCE`](bump_core::Cursor::PATIENCE). A thread waits for one that has lost its
/// processor, however many others there are; an interrupt waits, if at all, for code on another
/// processor.
pub(crate) const PATIENCE: u32 = if cfg!(feature = "std") { 1 << 14 } else { 100 };

/// [`Cursor::pause`](bump_core::Cursor::pause) of threads.
pub(crate) fn pause(turn: u32) -> bool {
    // Code that runs on another processor is done in a moment. A thread may also have lost its
    // processor: let it have this one.
    #[cfg(feature = "std")]
    if turn >= 32 {
        extern crate std;
        std::thread::yield_now();
        return turn < 1 << 14;
    }
    core::hint::spin_loop();
    turn < 1 << 14
}
