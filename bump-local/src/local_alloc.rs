//! The allocators as `LocalAlloc`, the interface of the crate `alloc-traits`, which the collections
//! of `without-alloc` use.

use bump_core::{RawBump, impl_local_alloc};

use crate::{
    Arena, ArenaRef, Bump, BumpSlice, Recycling, RecyclingArena, Rewind, Scope, ScopeGuard,
};

impl_local_alloc!(alloc_traits, impl[T, const MIN_ALIGN: usize] for Bump<T, MIN_ALIGN>);
impl_local_alloc!(alloc_traits, impl[const MIN_ALIGN: usize] for BumpSlice<MIN_ALIGN>);
impl_local_alloc!(alloc_traits, impl['mem, const MIN_ALIGN: usize] for Arena<'mem, MIN_ALIGN>);
impl_local_alloc!(
    alloc_traits,
    impl['scope, 'env, A: Rewind + ?Sized] for Scope<'scope, 'env, A>
);
impl_local_alloc!(alloc_traits, impl['outer, A: Rewind + ?Sized] for ScopeGuard<'outer, A>);
impl_local_alloc!(alloc_traits, impl['lock, 'a, A: Rewind + ?Sized] for ArenaRef<'lock, 'a, A>);
impl_local_alloc!(
    alloc_traits,
    impl[B: RawBump, const N: usize, const MERGE: bool] for Recycling<B, N, MERGE>
);
impl_local_alloc!(
    alloc_traits,
    impl['lock, 'a, A: Rewind + ?Sized] for RecyclingArena<'lock, 'a, A>
);
