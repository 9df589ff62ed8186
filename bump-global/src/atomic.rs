//! Which atomic integers and pointers there are: those of `core`, or a substitute on targets
//! without compare-and-swap. And the `const` constructors that only these atomics allow; all else
//! of the cursor and the region is in their own files.

use crate::AtomicCursor;
use crate::region::{Apart, Region};

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

// The cursor's file and the region's run in a model checker as well, whose atomics have no `const`
// constructors: so those are here.

impl AtomicCursor {
    /// A cursor at position 0.
    ///
    /// ```
    /// use bump_core::Cursor;
    /// use bump_global::AtomicCursor;
    ///
    /// assert_eq!(AtomicCursor::new().load(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        AtomicCursor(AtomicUsize::new(0))
    }
}

impl Region {
    /// An allocator that has no memory yet.
    ///
    /// ```
    /// use bump_global::Region;
    ///
    /// static HEAP: Region = Region::empty();
    /// assert_eq!(HEAP.capacity(), 0);
    /// ```
    #[must_use]
    pub const fn empty() -> Self {
        Region {
            limit: AtomicUsize::new(0),
            base: AtomicPtr::new(core::ptr::null_mut()),
            cursor: Apart(AtomicCursor::new()),
        }
    }
}

impl Default for Region {
    fn default() -> Self {
        Region::empty()
    }
}
