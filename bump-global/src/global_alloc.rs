//! The allocators as [`GlobalAlloc`](core::alloc::GlobalAlloc), the interface of
//! `#[global_allocator]`.
//!
//! All behaviour is that of [`RawAlloc`](bump_core::RawAlloc): the last block is given back, grown
//! and shrunk in place.

use bump_core::{RawBump, impl_global_alloc};

use crate::{Bump, BumpSlice, Recycling, Region};

impl_global_alloc!(impl[T, const MIN_ALIGN: usize] for Bump<T, MIN_ALIGN>);
impl_global_alloc!(impl[const MIN_ALIGN: usize] for &'static BumpSlice<MIN_ALIGN>);
impl_global_alloc!(impl[const MIN_ALIGN: usize, const GROWS: bool] for Region<MIN_ALIGN, GROWS>);
impl_global_alloc!(impl[B: RawBump, const N: usize, const MERGE: bool] for Recycling<B, N, MERGE>);
