//! [`FromFn`]: the subject for an allocator that lives only inside a closure. It promises nothing beyond
//! its interface; subjects that do are in `maker.rs`.

use core::fmt;

use super::Subject;
use crate::base::Faults;
use crate::heap::{Heap, Interface};
use crate::violation::Violation;

/// A subject that lives only inside a closure, such as a scope of an arena.
///
/// ```
/// # #[cfg(feature = "allocator-api2-04")] {
/// use allocator_api2_04::alloc::Global;
/// use bump_test_harness::{Interface, calls::ByAllocator04, lent::Lent, property, subject};
///
/// let subject = subject::from_fn(Interface::Allocator, |body| {
///     let arena = Global; // .. open a scope ..
///     body(&mut Lent::<_, ByAllocator04>::new(&arena));
/// });
/// assert!(property::named("grow").unwrap().check(&subject).passed());
/// # }
/// ```
pub fn from_fn<F>(interface: Interface, fresh: F) -> FromFn<F>
where
    F: Fn(&mut dyn FnMut(&mut dyn Heap)),
{
    FromFn { interface, fresh }
}

/// The subject that [`from_fn`] makes.
///
/// ```
/// use bump_test_harness::calls::ByGlobalAlloc;
/// use bump_test_harness::subject::{self, FromFn};
/// use bump_test_harness::{Heap, Interface, Subject, lent::Lent};
///
/// let subject: FromFn<_> = subject::from_fn(Interface::GlobalAlloc, |body| {
///     body(&mut Lent::<_, ByGlobalAlloc>::new(&std::alloc::System));
/// });
/// assert_eq!(subject.interface(), Interface::GlobalAlloc);
/// ```
pub struct FromFn<F> {
    interface: Interface,
    fresh: F,
}

impl<F: Fn(&mut dyn FnMut(&mut dyn Heap))> Subject for FromFn<F> {
    fn interface(&self) -> Interface {
        self.interface
    }

    fn fresh(
        &self,
        _faults: &Faults,
        body: &mut dyn FnMut(&mut dyn Heap),
    ) -> Result<(), Violation> {
        (self.fresh)(body);
        Ok(())
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}
