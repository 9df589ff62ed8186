//! A conformance suite for allocators: give it a way to make yours, and it checks the contract of
//! the interface that you implement.
//!
//! # In your tests
//!
//! One call gives a named `#[test]` for each property (this one is `tests/heap.rs` of a crate):
//!
//! ```
//! use std::alloc::System;
//!
//! bump_test_harness::conformance! {
//!     /// The system's heap.
//!     mod system = global_alloc(|| System).shared();
//! }
//! # fn main() {}
//! ```
//!
//! The [guide](guide::testing) tells what else can be promised and checked, and what to do with a
//! failure.
//!
//! # What is what
//!
//! | item | what it is |
//! |---|---|
//! | [`Subject`] | makes fresh allocators; [`subject`] has one for each interface |
//! | [`Property`] | a promise of the interfaces and how to check it; [`catalogue`] has them all |
//! | [`Op`] | one step of a sequence of operations; [`op`] prints, reads and decodes sequences |
//! | [`model`] | runs a sequence beside a book of what must be true |
//! | [`Violation`] | what an allocator did that is forbidden; [`Failure`] adds the shortest sequence |
//! | [`Report`] | the outcome of each property |
//! | [`base`] | a base allocator that fails, poisons and aligns as little as it may |
//! | [`trace`] | the requests of a real program, to be replayed on any heap |
//!
//! # Features
//!
//! On by default are `alloc-traits`, `allocator-api2-02` and `allocator-api2-04`, which add these
//! interfaces to `GlobalAlloc`, and `std`, which adds threads, random sequences, panics that are
//! caught, and the picture of memory; without it the suite runs wherever `alloc` does. Off by
//! default are `nightly-allocator-api`, the `Allocator` of `core`, and `peers`, the well-known
//! allocators in the example of that name. The recorder, and the traces made of its recordings, exist
//! only where there is compare-and-swap.
#![no_std]
// What needs a feature says so in the documentation.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(feature = "nightly-allocator-api", feature(allocator_api))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod base;
mod block;
pub mod calls;
mod calm;
pub mod catalogue;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod heap;
pub mod hosted;
pub mod hostile;
pub mod lent;
pub mod minimise;
pub mod model;
pub mod op;
#[cfg(feature = "std")]
pub mod picture;
mod properties;
pub mod property;
#[cfg(target_has_atomic = "ptr")]
pub mod recording;
mod report;
pub mod subject;
#[cfg(target_has_atomic = "ptr")]
pub mod trace;
mod violation;

pub use block::Block;
pub use heap::{Heap, Interface, Resize};
pub use model::{Coverage, Limits};
pub use op::Op;
pub use property::{Failure, Outcome, Property};
pub use report::Report;
pub use subject::Subject;
pub use violation::{Rule, Violation};

/// The examples of the workspace's README, a link to which is in the package.
#[cfg(doctest)]
#[doc = include_str!("../WORKSPACE.md")]
struct WorkspaceReadme;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
