//! The suite through the unstable `Allocator` of the standard library: on its own heap and on ours.
//! Built with the feature of that name in all three crates, as `.ci/test/optimised` does.

#![cfg(feature = "nightly-allocator-api")]
#![feature(allocator_api)]

extern crate alloc;

use alloc::alloc::Global;

bump_test_harness::conformance! {
    /// The global allocator.
    mod system = nightly_allocator(|| Global).shared().movable();
    /// A heap on static memory.
    mod heap = nightly_allocator(bump_global::Bump::<[u8; 4096]>::uninit)
        .shared().inline().capacity(4096).reset(bump_global::Bump::reset);
    /// An arena.
    mod arena = nightly_allocator(bump_local::Arena::<1>::new)
        .movable().reset(bump_local::Arena::reset);
}
