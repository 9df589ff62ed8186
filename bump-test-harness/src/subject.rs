//! [`Subject`]: makes fresh allocators to test. [`Maker`] is the subject for an allocator that
//! implements one of the interfaces.

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;
use core::ptr::NonNull;

use crate::base::{Base, Faults};
use crate::calls::{self, Calls};
use crate::heap::{Heap, Interface};
use crate::hosted::{Hosted, Within};
#[cfg(feature = "std")]
use crate::hostile::{Tenancy, armed};
use crate::lent::{AllocFromIter, AllocWith, Lent, Owned, Promises};
use crate::violation::Violation;

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

    /// Whether the allocator is made over a [`Base`] and so meets the faults.
    fn has_base(&self) -> bool {
        false
    }
}

/// The subject for an allocator of type `A` that is called through the interface `I`.
///
/// Made by the functions of this module; its methods say what the allocator promises beyond its
/// interface, and each promise has properties that check it.
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
    promises: Promises<A>,
    share: Option<Share<A>>,
    interface: PhantomData<fn() -> I>,
}

enum Make<'m, A> {
    Alone(Box<dyn Fn() -> A + 'm>),
    OnBase(Box<dyn Fn(Base) -> Option<A> + 'm>),
    #[cfg(feature = "std")]
    OverHeap(Box<dyn Fn() -> A + 'm>),
}

/// Lends an allocator as one that threads may share; exists only for `A: Sync`.
type Share<A> = fn(&A, Promises<A>, &mut dyn FnMut(&SharedHeap<'_>));

/// A `GlobalAlloc`.
///
/// ```
/// use bump_test_harness::{property, subject};
///
/// let subject = subject::global_alloc(|| std::alloc::System);
/// assert!(property::named("grow").unwrap().check(&subject).passed());
/// ```
pub fn global_alloc<'m, A: GlobalAlloc>(
    make: impl Fn() -> A + 'm,
) -> Maker<'m, A, calls::ByGlobalAlloc> {
    Maker::new(Make::Alone(Box::new(make)))
}

/// A `GlobalAlloc` that takes its memory from the given base, which poisons memory, aligns it as
/// little as it may, and fails at times. `make` returns `None` if the base fails while the
/// allocator is made.
///
/// ```
/// use bump_test_harness::{base::Base, property, subject};
/// use core::alloc::{GlobalAlloc, Layout};
/// use core::ptr::NonNull;
///
/// /// Each block is one of the base.
/// struct Thin(Base);
///
/// // SAFETY: the blocks are those of the base.
/// unsafe impl GlobalAlloc for Thin {
///     unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
///         self.0.allocate(layout).map_or(core::ptr::null_mut(), |block| block.cast().as_ptr())
///     }
///
///     unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
///         // SAFETY: the caller gives the block up.
///         unsafe { self.0.deallocate(NonNull::new(block).unwrap(), layout) };
///     }
/// }
///
/// let subject = subject::global_alloc_on(|base| Some(Thin(base)));
/// assert!(property::named("base_failures").unwrap().check(&subject).passed());
/// ```
pub fn global_alloc_on<'m, A: GlobalAlloc>(
    make: impl Fn(Base) -> Option<A> + 'm,
) -> Maker<'m, A, calls::ByGlobalAlloc> {
    Maker::new(Make::OnBase(Box::new(make)))
}

#[cfg(any(
    feature = "allocator-api2-02",
    feature = "allocator-api2-04",
    feature = "nightly-allocator-api"
))]
macro_rules! allocator_constructors {
    ($(#[$doc:meta])* $alone:ident, $on_base:ident, $by:ident, $allocator:path) => {
        $(#[$doc])*
        ///
        /// `&A` has to implement the interface, which it does for every `A: Allocator`.
        ///
        /// ```
        /// use bump_test_harness::{base::Base, property, subject};
        ///
        #[doc = concat!("let subject = subject::", stringify!($alone), "(Base::default);")]
        /// assert!(property::named("grow").unwrap().check(&subject).passed());
        /// ```
        pub fn $alone<'m, A>(make: impl Fn() -> A + 'm) -> Maker<'m, A, calls::$by>
        where
            for<'a> &'a A: $allocator,
        {
            Maker::new(Make::Alone(Box::new(make)))
        }

        $(#[$doc])*
        ///
        /// It takes its memory from the given base, which poisons memory, aligns it as little as it
        /// may, and fails at times. `make` returns `None` if the base fails while the allocator is
        /// made.
        ///
        /// ```
        /// use bump_test_harness::{property, subject};
        ///
        /// // Each block is one of the base.
        #[doc = concat!("let subject = subject::", stringify!($on_base), "(|base| Some(base));")]
        /// assert!(property::named("base_failures").unwrap().check(&subject).passed());
        /// ```
        pub fn $on_base<'m, A>(make: impl Fn(Base) -> Option<A> + 'm) -> Maker<'m, A, calls::$by>
        where
            for<'a> &'a A: $allocator,
        {
            Maker::new(Make::OnBase(Box::new(make)))
        }
    };
}

#[cfg(feature = "allocator-api2-02")]
allocator_constructors! {
    /// An `Allocator` of `allocator-api2` 0.2.
    allocator02, allocator02_on, ByAllocator02, allocator_api2_02::alloc::Allocator
}

#[cfg(feature = "allocator-api2-04")]
allocator_constructors! {
    /// An `Allocator` of `allocator-api2` 0.4.
    allocator04, allocator04_on, ByAllocator04, allocator_api2_04::alloc::Allocator
}

#[cfg(feature = "nightly-allocator-api")]
allocator_constructors! {
    /// An `Allocator` of the standard library.
    nightly_allocator, nightly_allocator_on, ByNightlyAllocator, core::alloc::Allocator
}

/// An allocator, called through the interface `I`, over memory that it is given: a block of the
/// layout, guarded on both sides and aligned to no more than that.
///
/// ```
/// use bump_global::Region;
/// use bump_test_harness::{calls::ByGlobalAlloc, op, property, subject};
///
/// // 1001 bytes at an odd address.
/// let subject = subject::hosted::<_, ByGlobalAlloc>(op::layout(1001, 1), |memory| {
///     let region = Region::empty();
///     // SAFETY: the memory outlives the region, which alone uses it.
///     unsafe { region.init_raw(memory.cast(), memory.len()) }.unwrap();
///     region
/// });
/// let report = property::check_all(&subject.shared().capacity(1001));
/// assert!(report.all_passed(), "{report}");
/// ```
pub fn hosted<'m, H, I: Calls<H>>(
    layout: Layout,
    make: impl Fn(NonNull<[u8]>) -> H + 'm,
) -> Maker<'m, Hosted<H>, Within<I>> {
    Maker::new(Make::OnBase(Box::new(move |base| {
        Hosted::new(base, layout, &make)
    })))
}

/// A `LocalAlloc` of `alloc-traits`.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::{property, subject};
///
/// let subject = subject::local_alloc(Bump::<[u8; 1024]>::uninit);
/// assert!(property::named("grow").unwrap().check(&subject).passed());
/// ```
#[cfg(feature = "alloc-traits")]
pub fn local_alloc<'m, A>(make: impl Fn() -> A + 'm) -> Maker<'m, A, calls::ByLocalAlloc>
where
    A: for<'a> alloc_traits::LocalAlloc<'a>,
{
    Maker::new(Make::Alone(Box::new(make)))
}

impl<'m, A, I: Calls<A>> Maker<'m, A, I> {
    fn new(make: Make<'m, A>) -> Self {
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

    /// Promises that the allocator may be moved while blocks are in use, as an `Allocator` by value
    /// must allow.
    ///
    /// ```
    /// # #[cfg(feature = "allocator-api2-04")] {
    /// use bump_local::Arena;
    /// use bump_test_harness::{property, subject};
    ///
    /// let subject = subject::allocator04(Arena::new).movable();
    /// assert!(property::named("moves").unwrap().check(&subject).passed());
    /// # }
    /// ```
    #[must_use]
    pub fn movable(mut self) -> Self {
        self.promises.movable = true;
        self
    }

    /// Promises that the function allocates a value that a closure makes, and that the closure may
    /// use the allocator, too.
    ///
    /// ```
    /// # #[cfg(feature = "allocator-api2-04")] {
    /// use bump_local::Arena;
    /// use bump_test_harness::{property, subject};
    /// use core::ptr::NonNull;
    ///
    /// let subject = subject::allocator04(Arena::new)
    ///     .alloc_with(|arena, make| arena.try_alloc_with(make).ok().map(NonNull::from));
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
    /// use core::ptr::NonNull;
    ///
    /// let subject = subject::allocator04(|| {
    ///     let arena = Arena::new();
    ///     arena.set_allocation_limit(Some(1 << 16)); // some iterators never end
    ///     arena
    /// })
    /// .alloc_from_iter(|arena, items| arena.try_alloc_slice_fill_iter(items).ok().map(NonNull::from));
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
