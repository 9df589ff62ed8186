//! Which atomic integers and pointers there are: those of `core`, or a substitute on targets without
//! compare-and-swap.

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

// What the cursor's own file leaves out: a model checker's atomic has no `const` constructor.
impl crate::AtomicCursor {
    /// A cursor at position 0.
    #[must_use]
    pub const fn new() -> Self {
        crate::AtomicCursor(AtomicUsize::new(0))
    }
}
