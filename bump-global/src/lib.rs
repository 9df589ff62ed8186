//! A heap on static memory, for programs that have nothing but their own image: firmware, boot
//! stages, kernels, small programs.
//!
//! ```
//! use bump_global::Bump;
//!
//! #[global_allocator]
//! static A: Bump<[u8; 1 << 16]> = Bump::uninit();
//!
//! fn main() {
//!     let v = vec![0xdeadbeef_u32; 128];
//!     println!("{v:x?}");
//!
//!     let buffer: &'static mut [u32; 128] = A.leak([0; 128]).expect("128 words are left");
//!     assert_eq!(buffer[0], 0);
//! }
//! ```
//!
//! All heaps here are shared between threads without a lock, and all but `PerThread` with interrupts
//! and signal handlers, too. The block that was allocated last grows in place, and its memory is
//! given back when it is freed: a `Vec` that is built by pushing uses about its own size, and a loop
//! with a temporary `String` runs for ever.
//!
//! There are guides to [a first heap](guide::global_heap), [its size](guide::how_large),
//! [pinned tasks](guide::static_tasks), [memory known at run time](guide::run_time_memory),
//! [targets without compare-and-swap](guide::without_cas), and the move
//! [from `static-alloc`](guide::from_static_alloc).
//!
//! | module | what lives there |
//! |---|---|
//! | [`bump`] | [`Bump`] and [`BumpSlice`]: the memory is part of the allocator |
//! | [`leaked`] | [`LeakBox`](leaked::LeakBox): an owning pointer into a region |
//! | [`region`](Region) | a heap whose memory is known at run time only |
//! | [`recycling`](Recycling) | a heap that uses freed memory again |
//! | [`fallback`](Fallback) | two allocators as one |
//! | `per_thread`, `entry`, `exchange`, `slots` | `PerThread`: lists and a piece of the region for each thread |
//! | [`tracked`](Tracked) | statistics of any allocator |
//! | [`allocator_api2`] | the level of the requests that collections make |
//! | [`cursor`](AtomicCursor) | the shared cursor, its orderings and why they suffice |
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it adds |
//! |---|---|
//! | `allocator-api2-02`, `allocator-api2-04` | `Allocator` of these versions of `allocator-api2`, for references |
//! | `nightly-allocator-api` | `Allocator` of `core`, for references; needs a nightly compiler |
//! | `alloc-traits` | `LocalAlloc` of the crate `alloc-traits` |
//! | `std` | `PerThread`: a heap that scales with the threads of the standard library |
//! | `portable-atomic`, `atomic-polyfill` | the cursor where there is no compare-and-swap: [which to choose](guide::without_cas) |
#![no_std]
// What needs a feature says so in the documentation.
#![cfg_attr(docsrs, feature(doc_cfg))]
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
mod fallback;
mod global_alloc;
#[cfg(feature = "alloc-traits")]
mod local_alloc;
#[cfg(feature = "std")]
mod per_thread;
mod recycling;
mod region;
#[cfg(feature = "std")]
mod slots;
#[cfg(feature = "std")]
mod thread;
mod tracked;

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

// What `per_thread` imports from its parent.
#[cfg(feature = "std")]
use bump_core::link;

pub use bump::{Bump, BumpSlice};
pub use bump_core::Plan;
pub use cursor::AtomicCursor;
pub use fallback::{Fallback, Owns};
#[cfg(feature = "std")]
pub use per_thread::PerThread;
pub use recycling::Recycling;
pub use region::{Region, RegionError};
pub use tracked::{Statistics, Tracked};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
