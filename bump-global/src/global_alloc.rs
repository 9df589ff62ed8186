//! The allocators as [`GlobalAlloc`](core::alloc::GlobalAlloc), the interface of
//! `#[global_allocator]`.
//!
//! All behaviour is that of [`RawAlloc`](bump_core::RawAlloc): the last block is given back, grown
//! and shrunk in place.

use bump_core::impl_global_alloc;

use crate::{Bump, BumpSlice, Region};

impl_global_alloc!(impl[T] for Bump<T>);
impl_global_alloc!(impl[] for &'static BumpSlice);
impl_global_alloc!(impl[] for Region);
