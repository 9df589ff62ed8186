//! Which atomic integers and pointers there are: those of `core`, or a substitute on targets
//! without compare-and-swap.

#[cfg(target_has_atomic = "ptr")]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

// Of the two substitutes the one that is maintained, if both are enabled.
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

/// [`Cursor::PATIENCE`](bump_core::Cursor::PATIENCE). Threads wait for one that has lost its
/// processor, however many others there are; an interrupt for one on another processor, if at all.
pub(crate) const PATIENCE: u32 = if cfg!(feature = "std") { 1 << 14 } else { 100 };

/// [`Cursor::pause`](bump_core::Cursor::pause) of threads.
pub(crate) fn pause(turn: u32) -> bool {
    // Whoever is at work on another processor is done in a moment. With threads, it may also be one
    // that has lost its processor: it gets this one.
    #[cfg(feature = "std")]
    if turn >= 32 {
        extern crate std;
        std::thread::yield_now();
        return turn < 1 << 14;
    }
    core::hint::spin_loop();
    turn < 1 << 14
}
