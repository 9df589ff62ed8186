//! The conformance suite's properties for one thread, on this machine.

use bump_global::Bump;
use bump_test_harness::{Outcome, catalogue::PROPERTIES, subject};
use core::ops::Range;

use crate::{HEAP, machine};

/// Bytes of the allocator under test, which lives on the stack. The larger it is, the more the
/// suite takes from the heap.
const SIZE: usize = if machine::HEAP < 1 << 20 { 64 } else { 1024 };

fn memory(bump: &Bump<[u8; SIZE]>) -> Range<usize> {
    let start = bump.data_ptr().addr().get();
    start..start + bump.capacity()
}

/// Checks every property that applies.
pub fn check() {
    let subject = subject::global_alloc(Bump::<[u8; SIZE]>::uninit)
        .region(memory)
        .capacity(SIZE)
        .reset(Bump::reset);
    let mut applicable = 0;
    for property in PROPERTIES {
        let outcome = property.check(&subject);
        assert!(outcome.passed(), "{}: {outcome}", property.name);
        applicable += usize::from(matches!(outcome, Outcome::Passed(_)));
        drop(outcome);
        assert!(HEAP.statistics().in_use == 0);
        // SAFETY: no block is in use.
        unsafe { HEAP.allocator().reset() };
    }
    machine::figure("  properties that apply, and hold", applicable);
    assert!(applicable > 10);
}
