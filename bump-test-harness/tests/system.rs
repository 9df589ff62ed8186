//! The suite on the system's heap, through each interface that it can be called by.
//!
//! Not for Miri, which does not refuse half the address space to a program but ends.
#![cfg(not(miri))]

use std::alloc::System;

bump_test_harness::conformance! {
    /// `std::alloc::System` as a `GlobalAlloc`.
    mod global_alloc = global_alloc(|| System).shared().capacity(1 << 20);
    /// The global allocator as an `Allocator` of `allocator-api2` 0.2.
    mod allocator02 = allocator02(|| allocator_api2_02::alloc::Global).shared().movable();
    /// The global allocator as an `Allocator` of `allocator-api2` 0.4.
    mod allocator04 = allocator04(|| allocator_api2_04::alloc::Global).shared().movable();
}
