//! Which atomic integers and pointers there are: those of `core`, or a substitute on targets
//! without compare-and-swap. And the `const` constructors that only these atomics allow; all else
//! of the cursor and the region is in their own files.

use bump_core::{FreeLists, List, RawBump};

use crate::region::{Apart, Region};
use crate::{AtomicCursor, Recycling};

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

impl<B: RawBump<Cursor = AtomicCursor>, const N: usize, const MERGE: bool> Recycling<B, N, MERGE> {
    /// A heap on a region, which threads and interrupts share.
    ///
    /// ```
    /// use bump_global::{Bump, Recycling};
    ///
    /// static HEAP: Recycling<Bump<[u8; 1024]>> = Recycling::new(Bump::uninit());
    /// // With lists for blocks of up to 1 KiB, and without merging.
    /// static SMALL: Recycling<Bump<[u8; 1024]>, 24, false> = Recycling::new(Bump::uninit());
    /// assert!(size_of_val(&SMALL) < 1024 + 26 * size_of::<usize>());
    /// ```
    #[must_use]
    pub const fn new(region: B) -> Self {
        let lists = [const { List::new(AtomicCursor::new()) }; N];
        Recycling {
            lists: FreeLists::new(lists),
            region,
        }
    }
}

impl<B: RawBump<Cursor = AtomicCursor> + Default> Default for Recycling<B> {
    fn default() -> Self {
        Recycling::new(B::default())
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
