//! The allocators as `LocalAlloc`, the interface of the crate `alloc-traits`, by which the
//! collections of `without-alloc` work on them.

use bump_core::{RawBump, impl_local_alloc};

use crate::{Bump, BumpSlice, Recycling, Region};

impl_local_alloc!(alloc_traits, impl[T] for Bump<T>);
impl_local_alloc!(alloc_traits, impl[] for BumpSlice);
impl_local_alloc!(alloc_traits, impl[] for Region);
impl_local_alloc!(
    alloc_traits,
    impl[B: RawBump, const N: usize, const MERGE: bool] for Recycling<B, N, MERGE>
);
