//! The allocators as `Allocator`, the interface of collections with an allocator of their own: the
//! one of `core` (nightly), and those of two versions of `allocator-api2`.
//!
//! Only references are `Allocator`: a collection that owned its [`Bump`](crate::Bump) would take
//! the memory along when it moves, and its pointers would not follow. All behaviour is that of
//! [`RawAlloc`](bump_core::RawAlloc).

use core::alloc::GlobalAlloc;

use bump_core::{RawBump, impl_allocator};

#[cfg(feature = "std")]
use crate::PerThread;
use crate::allocator_api2::WithAllocationInfo;
use crate::{Bump, BumpSlice, Extensible, Fallback, Grow, Growing, Owns, Recycling, Region};

macro_rules! impl_allocators {
    ($($api:ident)::+) => {
        impl_allocator!($($api)::+, impl[T, const MIN_ALIGN: usize] for &Bump<T, MIN_ALIGN>);
        impl_allocator!($($api)::+, impl[const MIN_ALIGN: usize] for &BumpSlice<MIN_ALIGN>);
        impl_allocator!($($api)::+, impl[const MIN_ALIGN: usize, const GROWS: bool] for &Region<MIN_ALIGN, GROWS>);
        impl_allocator!(
            $($api)::+,
            impl[B: RawBump, const N: usize, const MERGE: bool] for &Recycling<B, N, MERGE>
        );
        impl_allocator!($($api)::+, impl[G: Grow, B: Extensible] for &Growing<G, B>);
        #[cfg(feature = "std")]
        impl_allocator!(
            $($api)::+,
            impl[B: RawBump, const CHUNK: usize] for &PerThread<B, CHUNK>
        );
        impl_allocator!(
            $($api)::+,
            impl[P: GlobalAlloc + Owns, S: GlobalAlloc] for &Fallback<P, S>
        );
        impl_allocator!(
            $($api)::+,
            impl['region, B: RawBump + ?Sized] for WithAllocationInfo<&'region B>
        );
    };
}

#[cfg(feature = "allocator-api2-02")]
impl_allocators!(allocator_api2_02::alloc);
#[cfg(feature = "allocator-api2-04")]
impl_allocators!(allocator_api2_04::alloc);
#[cfg(feature = "nightly-allocator-api")]
impl_allocators!(core::alloc);
