//! The allocators as [`GlobalAlloc`](core::alloc::GlobalAlloc), the interface of
//! `#[global_allocator]`.
//!
//! All behaviour is that of [`RawAlloc`](bump_core::RawAlloc): the last block is given back, grown
//! and shrunk in place.

use bump_core::{RawBump, impl_global_alloc};

use crate::{Bump, BumpSlice, Recycling, Region};

impl_global_alloc!(impl[T] for Bump<T>);
impl_global_alloc!(impl[] for &'static BumpSlice);
impl_global_alloc!(impl[] for Region);
impl_global_alloc!(impl[B: RawBump, const N: usize, const MERGE: bool] for Recycling<B, N, MERGE>);
