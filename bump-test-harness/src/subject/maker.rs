//! [`Maker`]: the subject for an allocator that implements one of the interfaces, and what it promises
//! beyond that. The functions that make one are in `constructors.rs`; the properties that check a
//! promise are in `properties`.

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

use super::{SharedHeap, Subject};
use crate::base::{Base, Faults};
use crate::calls::Calls;
use crate::heap::{Heap, Interface};
#[cfg(feature = "std")]
use crate::hostile::{Tenancy, armed};
use crate::lent::{AllocFromIter, AllocWith, Lent, Owned, Promises};
use crate::violation::Violation;

/// The subject for an allocator of type `A` that is called through the interface `I`.
///
/// Made by the functions of [`subject`](crate::subject); its methods say what the allocator promises
/// beyond its interface, and each promise has properties that check it.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::calls::ByGlobalAlloc;
/// use bump_test_harness::subject::{self, Maker};
///
/// type Small = Bump<[u8; 1024]>;
/// let subject: Maker<'_, Small, ByGlobalAlloc> =
///     subject::global_alloc(Small::uninit).shared().capacity(1024).inline().reset(Bump::reset);
/// ```
pub struct Maker<'m, A, I> {
    make: Make<'m, A>,
    pub(super) promises: Promises<A>,
    share: Option<Share<A>>,
    interface: PhantomData<fn() -> I>,
}

/// How an allocator is made.
pub(super) enum Make<'m, A> {
    Alone(Box<dyn Fn() -> A + 'm>),
    OnBase(Box<dyn Fn(Base) -> Option<A> + 'm>),
    #[cfg(feature = "std")]
    OverHeap(Box<dyn Fn() -> A + 'm>),
}

/// Lends an allocator as one that threads may share; exists only for `A: Sync`.
type Share<A> = fn(&A, Promises<A>, &mut dyn FnMut(&SharedHeap<'_>));

impl<'m, A, I: Calls<A>> Maker<'m, A, I> {
    pub(super) fn new(make: Make<'m, A>) -> Self {
        Self {
            make,
            promises: Promises::default(),
            share: None,
            interface: PhantomData,
        }
    }

    /// Promises that threads may share the allocator. The compiler checks it.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::global_alloc(Bump::<[u8; 4096]>::uninit).shared();
    /// assert!(property::named("threads").unwrap().check(&subject).passed());
    /// ```
    #[must_use]
    pub fn shared(mut self) -> Self
    where
        A: Sync,
    {
        self.share =
            Some(|allocator, promises, body| body(&Lent::<A, I>::promising(allocator, promises)));
        self
    }

    /// Promises that the allocator takes its memory from the global allocator, which is a
    /// [`HostileHeap`](crate::hostile::HostileHeap) in this program. The `HostileHeap` poisons
    /// memory, aligns it as little as it may, and fails at times. The allocator cannot be shared
    /// between threads then.
    ///
    /// ```
    /// use bump_local::Arena;
    /// use bump_test_harness::{hostile::HostileHeap, property, subject};
    ///
    /// #[global_allocator]
    /// static HEAP: HostileHeap = HostileHeap;
    ///
    /// fn main() {
    ///     let subject = subject::allocator04(Arena::new).over_heap();
    ///     assert!(property::named("base_use").unwrap().check(&subject).passed());
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// When a property is checked, if the global allocator is another one.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn over_heap(mut self) -> Self {
        self.make = match self.make {
            Make::Alone(make) => Make::OverHeap(make),
            other => other,
        };
        self
    }

    /// Promises that a fresh allocator grants any one request of at most so many bytes: its size
    /// plus its largest padding, which is its alignment less 1.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::global_alloc(Bump::<[u8; 1024]>::uninit).capacity(1024);
    /// assert!(property::named("capacity").unwrap().check(&subject).passed());
    /// ```
    #[must_use]
    pub fn capacity(mut self, bytes: usize) -> Self {
        self.promises.capacity = Some(bytes);
        self
    }

    /// Promises that all blocks lie in the range of addresses that the function returns, and that
    /// no byte of the range belongs to anything else.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::global_alloc(Bump::<[u8; 1024]>::uninit).region(|bump| {
    ///     let start = bump.data_ptr().addr().get();
    ///     start..start + bump.capacity()
    /// });
    /// assert!(property::named("sequences").unwrap().check(&subject).passed());
    /// ```
    #[must_use]
    pub fn region(mut self, region: fn(&A) -> Range<usize>) -> Self {
        self.promises.region = Some(region);
        self
    }

    /// Promises that all blocks lie inside the allocator's own value.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::global_alloc(Bump::<[u8; 1024]>::uninit).inline();
    /// assert!(property::named("exhaustion").unwrap().check(&subject).passed());
    /// ```
    #[must_use]
    pub fn inline(self) -> Self {
        self.region(|allocator| {
            let start = core::ptr::from_ref(allocator).addr();
            start..start + size_of::<A>()
        })
    }

    /// Promises that the function frees all blocks at once.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::global_alloc(Bump::<[u8; 1024]>::uninit).reset(Bump::reset);
    /// assert!(property::named("reset").unwrap().check(&subject).passed());
    /// ```
    #[must_use]
    pub fn reset(mut self, reset: fn(&mut A)) -> Self {
        self.promises.reset = Some(reset);
        self
    }

    /// Promises that the function allocates a value that a closure makes, and that the closure may
    /// use the allocator, too.
    ///
    /// ```
    /// # #[cfg(feature = "allocator-api2-04")] {
    /// use bump_local::Arena;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::allocator04(Arena::new)
    ///     .alloc_with(|arena, make| arena.try_alloc_with(make).ok());
    /// assert!(property::named("closures").unwrap().check(&subject).passed());
    /// # }
    /// ```
    #[must_use]
    pub fn alloc_with(mut self, alloc_with: AllocWith<A>) -> Self {
        self.promises.alloc_with = Some(alloc_with);
        self
    }

    /// Promises that the function allocates a slice of an iterator's items, however many those are,
    /// and that the iterator may use the allocator, too.
    ///
    /// ```
    /// # #[cfg(feature = "allocator-api2-04")] {
    /// use bump_local::Arena;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::allocator04(|| {
    ///     let arena = Arena::new();
    ///     arena.set_allocation_limit(Some(1 << 16)); // some iterators never end
    ///     arena
    /// })
    /// .alloc_from_iter(|arena, items| arena.try_alloc_slice_fill_iter(items).ok());
    /// assert!(property::named("iterators").unwrap().check(&subject).passed());
    /// # }
    /// ```
    #[must_use]
    pub fn alloc_from_iter(mut self, alloc_from_iter: AllocFromIter<A>) -> Self {
        self.promises.alloc_from_iter = Some(alloc_from_iter);
        self
    }
}

fn alone<A, I: Calls<A>>(
    make: &dyn Fn() -> A,
    promises: Promises<A>,
    body: &mut dyn FnMut(&mut dyn Heap),
) {
    body(&mut Owned::<A, I>::new(make(), promises, None));
}

fn on_base<A, I: Calls<A>>(
    make: &dyn Fn(Base) -> Option<A>,
    promises: Promises<A>,
    faults: &Faults,
    body: &mut dyn FnMut(&mut dyn Heap),
) -> Result<(), Violation> {
    let base = Base::new(faults.clone());
    if let Some(allocator) = make(base.clone()) {
        body(&mut Owned::<A, I>::new(
            allocator,
            promises,
            Some(base.clone()),
        ));
    }
    base.verdict()
}

#[cfg(feature = "std")]
fn over_heap<A, I: Calls<A>>(
    make: &dyn Fn() -> A,
    promises: Promises<A>,
    faults: &Faults,
    body: &mut dyn FnMut(&mut dyn Heap),
) -> Result<(), Violation> {
    let base = Base::new(faults.clone());
    let tenancy = Tenancy::begin(base.clone());
    let allocator = armed(true, make);
    body(&mut Owned::<A, I>::new(allocator, promises, Some(base.clone())).over_heap());
    drop(tenancy);
    base.verdict()
}

impl<A, I: Calls<A>> Subject for Maker<'_, A, I> {
    fn interface(&self) -> Interface {
        I::INTERFACE
    }

    fn fresh(&self, faults: &Faults, body: &mut dyn FnMut(&mut dyn Heap)) -> Result<(), Violation> {
        // An allocator with inline storage is large, so no frame should hold several of them.
        let promises = self.promises;
        match &self.make {
            Make::Alone(make) => {
                alone::<A, I>(make, promises, body);
                Ok(())
            }
            Make::OnBase(make) => on_base::<A, I>(make, promises, faults, body),
            #[cfg(feature = "std")]
            Make::OverHeap(make) => over_heap::<A, I>(make, promises, faults, body),
        }
    }

    fn fresh_shared(&self, body: &mut dyn FnMut(&SharedHeap<'_>)) -> bool {
        let Some(share) = self.share else {
            return false;
        };
        let allocator = match &self.make {
            Make::Alone(make) => Some(make()),
            Make::OnBase(make) => make(Base::default()),
            #[cfg(feature = "std")]
            Make::OverHeap(_) => None,
        };
        let Some(allocator) = allocator else {
            return false;
        };
        let owned = Owned::<A, I>::new(allocator, self.promises, None);
        share(owned.allocator(), self.promises, body);
        true
    }

    fn capacity(&self) -> Option<usize> {
        self.promises.capacity
    }

    fn has_base(&self) -> bool {
        !matches!(self.make, Make::Alone(_))
    }
}

impl<A, I> fmt::Debug for Maker<'_, A, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Maker").finish_non_exhaustive()
    }
}
