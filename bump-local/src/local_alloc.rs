//! The allocators as `LocalAlloc`, the interface of the crate `alloc-traits`, by which the
//! collections of `without-alloc` work on them.

use bump_core::impl_local_alloc;

use crate::{Arena, Bump, BumpSlice, Region, Scope, ScopeGuard};

impl_local_alloc!(alloc_traits, impl[T] for Bump<T>);
impl_local_alloc!(alloc_traits, impl[] for BumpSlice);
impl_local_alloc!(alloc_traits, impl['mem, const MIN_ALIGN: usize] for Arena<'mem, MIN_ALIGN>);
impl_local_alloc!(
    alloc_traits,
    impl['scope, 'env, A: Region + ?Sized] for Scope<'scope, 'env, A>
);
impl_local_alloc!(alloc_traits, impl['outer, A: Region + ?Sized] for ScopeGuard<'outer, A>);
