//! The allocators as `Allocator`, the interface of collections with an allocator of their own: the
//! one of `core` (nightly), and those of two versions of `allocator-api2`.
//!
//! For types with their memory inside, only references are `Allocator`: a collection that owned its
//! [`Bump`] would take the memory along when it moves, and its pointers would not follow. An
//! [`Arena`] leaves its chunks where they are when it moves, so it is `Allocator` itself, and a
//! collection may own it. References to it are `Allocator` by the implementation that each
//! interface has for references. All behaviour is that of [`RawAlloc`](bump_core::RawAlloc).

use bump_core::{RawBump, impl_allocator};

#[cfg(feature = "std")]
use crate::PoolArena;
#[cfg(feature = "alloc")]
use crate::RcArena;
use crate::{
    Arena, ArenaRef, Bump, BumpSlice, Recycling, RecyclingArena, Rewind, Scope, ScopeGuard,
};

macro_rules! impl_allocators {
    ($($api:ident)::+) => {
        impl_allocator!($($api)::+, impl[T, const MIN_ALIGN: usize] for &Bump<T, MIN_ALIGN>);
        impl_allocator!($($api)::+, impl[const MIN_ALIGN: usize] for &BumpSlice<MIN_ALIGN>);
        impl_allocator!(
            $($api)::+,
            impl['mem, const MIN_ALIGN: usize] for Arena<'mem, MIN_ALIGN>
        );
        #[cfg(feature = "std")]
        impl_allocator!(
            $($api)::+,
            impl['pool, const MIN_ALIGN: usize] for PoolArena<'pool, MIN_ALIGN>
        );
        #[cfg(feature = "alloc")]
        impl_allocator!(
            $($api)::+,
            impl['mem, const MIN_ALIGN: usize] for RcArena<'mem, MIN_ALIGN>
        );
        impl_allocator!(
            $($api)::+,
            impl[B: RawBump, const N: usize, const MERGE: bool] for &Recycling<B, N, MERGE>
        );
        impl_allocator!(
            $($api)::+,
            impl['scope, 'env, A: Rewind + ?Sized] for &Scope<'scope, 'env, A>
        );
        impl_allocator!(
            $($api)::+,
            impl['outer, A: Rewind + ?Sized] for &ScopeGuard<'outer, A>
        );
        impl_allocator!(
            $($api)::+,
            impl['lock, 'a, A: Rewind + ?Sized] for ArenaRef<'lock, 'a, A>
        );
        impl_allocator!(
            $($api)::+,
            impl['lock, 'a, A: Rewind + ?Sized] for &RecyclingArena<'lock, 'a, A>
        );
    };
}

#[cfg(feature = "allocator-api2-02")]
impl_allocators!(allocator_api2_02::alloc);
#[cfg(feature = "allocator-api2-04")]
impl_allocators!(allocator_api2_04::alloc);
#[cfg(feature = "nightly-allocator-api")]
impl_allocators!(core::alloc);
