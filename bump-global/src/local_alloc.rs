//! The allocators as `LocalAlloc`, the interface of the crate `alloc-traits`, by which the
//! collections of `without-alloc` work on them.

use bump_core::{RawBump, impl_local_alloc};

use crate::{Bump, BumpSlice, Extensible, Grow, Growing, Recycling, Region};

impl_local_alloc!(alloc_traits, impl[T, const MIN_ALIGN: usize] for Bump<T, MIN_ALIGN>);
impl_local_alloc!(alloc_traits, impl[const MIN_ALIGN: usize] for BumpSlice<MIN_ALIGN>);
impl_local_alloc!(alloc_traits, impl[const MIN_ALIGN: usize, const GROWS: bool] for Region<MIN_ALIGN, GROWS>);
impl_local_alloc!(
    alloc_traits,
    impl[B: RawBump, const N: usize, const MERGE: bool] for Recycling<B, N, MERGE>
);
impl_local_alloc!(alloc_traits, impl[G: Grow, B: Extensible] for Growing<G, B>);
