#![doc = include_str!("../README.md")]
//!
//! # What lives where
//!
//! | module | what lives there |
//! |---|---|
//! | [`bump`] | [`Bump`] and [`BumpSlice`]: the memory is part of the allocator |
//! | [`leaked`] | [`LeakBox`](leaked::LeakBox): an owning pointer into a region |
//! | [`plan`](Plan) | at compile time: how large a heap must be |
//! | [`region`](Region) | a heap whose memory is known at run time only |
//! | [`section`](heap!) | a static whose memory lies apart, in a section of its own |
//! | [`growing`](Growing) | a heap that takes more memory when it is full |
//! | [`recycling`](Recycling) | a heap that uses freed memory again |
//! | `wasm` | `WasmMemory`: the memory of a WebAssembly module, for heaps that grow |
//! | [`zeroed`](Zeroed) | a heap over memory that is zero, which is not cleared again |
//! | [`fallback`](Fallback) | two allocators as one |
//! | `per_thread` | `PerThread`: lists and a piece of the region for each thread; feature `std` |
//! | [`tracked`](Tracked) | statistics of any allocator |
//! | [`allocator_api2`] | the level of the requests that collections make |
//! | [`cursor`](AtomicCursor) | the shared cursor, its orderings and why they suffice |
#![no_std]
// Items that need a feature say so in the documentation.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(docsrs, doc(auto_cfg(hide(model_checker))))]
#![cfg_attr(feature = "nightly-allocator-api", feature(allocator_api))]

#[cfg(any(
    feature = "allocator-api2-02",
    feature = "allocator-api2-04",
    feature = "nightly-allocator-api"
))]
mod allocator;
mod atomic;
mod cursor;
#[cfg(feature = "std")]
mod entry;
#[cfg(feature = "std")]
mod exchange;
mod extend;
mod fallback;
mod global_alloc;
mod growing;
#[cfg(feature = "alloc-traits")]
mod local_alloc;
#[cfg(feature = "std")]
mod per_thread;
mod recycling;
mod region;
mod section;
#[cfg(feature = "std")]
mod slots;
#[cfg(feature = "std")]
mod thread;
mod tracked;
#[cfg(target_arch = "wasm32")]
mod wasm;
mod zeroed;

pub mod allocator_api2;
pub mod bump;
pub mod leaked {
    //! Values that live in a region, and are owned without being freed.

    pub use bump_core::{LeakBox, leak_box_unsize};
}

#[cfg(doctest)]
mod escapes;
#[cfg(any(doc, doctest))]
pub mod guide;

// The modules of `PerThread` import this from their parent.
#[cfg(feature = "std")]
use bump_core::link;

pub use bump::{Bump, BumpSlice};
pub use bump_core::Plan;
pub use cursor::AtomicCursor;
pub use fallback::{Fallback, Owns};
pub use growing::{Extensible, Grow, Growing};
#[cfg(feature = "std")]
pub use per_thread::PerThread;
pub use recycling::Recycling;
pub use region::{Region, RegionError};
#[doc(hidden)]
pub use section::HeapMemory;
pub use section::RamSection;
pub use tracked::{Statistics, Tracked};
#[cfg(target_arch = "wasm32")]
pub use wasm::WasmMemory;
pub use zeroed::{OverRegion, Zeroed};
