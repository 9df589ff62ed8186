#![doc = include_str!("../README.md")]
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
#![no_std]
// The documentation of each item names the feature that it needs.
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
