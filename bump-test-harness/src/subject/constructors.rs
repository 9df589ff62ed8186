//! The functions that make a [`Maker`]: for each interface one for allocators that have memory, and, of
//! most, one for allocators over a base that fails. The promises of a `Maker` are in `maker.rs`.

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use super::maker::{Make, Maker};
use crate::base::Base;
use crate::calls::{self, Calls};
use crate::hosted::{Hosted, Within};

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

        impl<A> Maker<'_, A, calls::$by>
        where
            for<'a> &'a A: $allocator,
        {
            /// Promises that the allocator may be moved while blocks are in use. The compiler checks
            /// that it implements the interface by value, which says so.
            ///
            /// ```
            /// use bump_local::Arena;
            /// use bump_test_harness::{property, subject};
            ///
            #[doc = concat!("let subject = subject::", stringify!($alone), "(Arena::new).movable();")]
            /// assert!(property::named("moves").unwrap().check(&subject).passed());
            /// ```
            ///
            /// An allocator that contains its memory cannot be moved:
            ///
            /// ```compile_fail,E0277
            /// use bump_local::Bump;
            /// use bump_test_harness::subject;
            ///
            #[doc = concat!("subject::", stringify!($alone), "(Bump::<[u8; 64]>::uninit).movable();")]
            /// ```
            #[must_use]
            pub fn movable(mut self) -> Self
            where
                A: $allocator,
            {
                self.promises.movable = true;
                self
            }
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
/// // 1001 bytes at an odd address, of which all but the first and the last few are in units of 8.
/// let subject = subject::hosted::<_, ByGlobalAlloc>(op::layout(1001, 1), |memory| {
///     let region = Region::empty();
///     // SAFETY: the memory outlives the region, which alone uses it.
///     unsafe { region.init_raw(memory.cast(), memory.len()) }.unwrap();
///     region
/// });
/// let report = property::check_all(&subject.shared().capacity(992));
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
