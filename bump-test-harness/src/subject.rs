//! [`Subject`]: makes fresh allocators to test. The subjects for allocators that implement one of the
//! interfaces are in `maker.rs`, the functions that make them in `constructors.rs`. A subject for an
//! allocator that lives only inside a closure is in `closure.rs`.

mod closure;
mod constructors;
mod maker;

use crate::base::Faults;
use crate::heap::{Heap, Interface};
use crate::violation::Violation;

pub use closure::{FromFn, from_fn};
#[cfg(feature = "alloc-traits")]
pub use constructors::local_alloc;
#[cfg(feature = "allocator-api2-02")]
pub use constructors::{allocator02, allocator02_on};
#[cfg(feature = "allocator-api2-04")]
pub use constructors::{allocator04, allocator04_on};
pub use constructors::{global_alloc, global_alloc_on, hosted};
#[cfg(feature = "nightly-allocator-api")]
pub use constructors::{nightly_allocator, nightly_allocator_on};
pub use maker::Maker;

/// A [`Heap`] that threads may share.
pub type SharedHeap<'a> = dyn Heap + Sync + 'a;

/// Makes fresh allocators of the kind under test.
///
/// ```
/// use bump_test_harness::{Interface, Subject, subject};
///
/// let subject = subject::global_alloc(|| std::alloc::System).shared();
/// assert_eq!(subject.interface(), Interface::GlobalAlloc);
/// assert!(!subject.has_base());
/// ```
pub trait Subject {
    /// The interface that is checked.
    fn interface(&self) -> Interface;

    /// Makes an allocator, calls `body` with it once, and drops it.
    ///
    /// # Errors
    ///
    /// A violation that shows only after the drop of the allocator, such as a block that its base
    /// never got back.
    fn fresh(&self, faults: &Faults, body: &mut dyn FnMut(&mut dyn Heap)) -> Result<(), Violation>;

    /// Makes an allocator that `body` shares between threads. Returns `false` if it cannot be
    /// shared.
    fn fresh_shared(&self, body: &mut dyn FnMut(&SharedHeap<'_>)) -> bool {
        let _ = body;
        false
    }

    /// The most bytes, padding included, that a fresh allocator certainly grants to one request.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// Whether the allocator is made over a [`Base`](crate::base::Base) and so meets the faults.
    fn has_base(&self) -> bool {
        false
    }
}
