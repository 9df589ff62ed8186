#![doc = include_str!("../README.md")]
//!
//! # Types
//!
//! | type | what it is |
//! |---|---|
//! | [`Arena`] | memory in a buffer of the caller, in chunks from the heap, or both; methods as of `bumpalo` |
//! | [`Bump`], [`BumpSlice`] | memory of a fixed size in the allocator itself; methods as of `static-alloc`'s `unsync` |
//! | [`RecyclingArena`] | an arena, or any of the above, in which freed blocks are used again, for collections that grow and die |
//! | [`Recycling`] | a heap on a `Bump`: what is freed is used again, in any order |
//! | [`SingleThreaded`], [`FixedHeap`] | the heap of a program with one thread and no interrupts |
//! | [`Scope`], [`ScopeGuard`] | what is allocated in them is freed at their end, in all of the above |
//! | [`Pool`], [`PoolArena`] | arenas that threads and tasks take, and whose content lives as long as the pool; feature `std` |
//! | [`RcArena`] | an arena that several collections own together; feature `alloc` |
//! | [`ArenaRef`], [`ArenaMut`] | any of the above, for functions that allocate in them |
//! | [`TypedArena`] | an arena of values of one type, which it drops at its end |
//! | [`VecBuilder`], [`StringBuilder`] | a vector and a string that grow in them |
//! | [`Plain`] | any of the above, refusing values whose destructor would never run |
//! | [`LeakBox`] | owns a value in an arena, and drops it |
//! | [`Alloca`] | a slice on the stack |
#![no_std]
// The documentation of each item names the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(feature = "nightly-allocator-api", feature(allocator_api))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod account;
mod alloca;
#[cfg(any(
    feature = "allocator-api2-02",
    feature = "allocator-api2-04",
    feature = "nightly-allocator-api"
))]
mod allocator;
mod arena;
mod base;
mod bump;
mod bump_slice;
pub mod cell;
mod chunk;
mod chunks;
mod current;
mod destructors;
mod error;
#[cfg(doctest)]
mod escapes;
mod figures;
mod fixed;
mod growing;
mod guard;
#[cfg(any(doc, doctest))]
pub mod guide;
mod handle;
#[cfg(feature = "alloc-traits")]
mod local_alloc;
mod methods;
mod next_chunk;
mod partial;
mod passed;
mod plain;
#[cfg(feature = "std")]
mod pool;
#[cfg(feature = "std")]
mod pool_arena;
#[cfg(feature = "alloc")]
mod rc_arena;
mod recycling;
mod recycling_arena;
mod referring;
mod rewind;
mod runs;
mod scope;
mod scratch;
mod single_threaded;
mod text;
mod typed;
mod unused;
mod values;
mod vector;

pub use alloca::Alloca;
pub use arena::Arena;
pub use bump::Bump;
pub use bump_core::{AllocTime, Allocation, Failure, LeakBox, LeakError, Level, leak_box_unsize};
pub use bump_slice::{BumpSlice, FromMemError};
pub use chunks::Chunks;
pub use error::{AllocError, AllocOrInitError};
pub use figures::ChunkStats;
pub use guard::ScopeGuard;
pub use handle::{ArenaMut, ArenaRef};
pub use plain::Plain;
#[cfg(feature = "std")]
pub use pool::Pool;
#[cfg(feature = "std")]
pub use pool_arena::PoolArena;
#[cfg(feature = "alloc")]
pub use rc_arena::RcArena;
pub use recycling::Recycling;
pub use recycling_arena::RecyclingArena;
pub use rewind::{Checkpoint, Rewind};
pub use scope::Scope;
pub use single_threaded::{FixedHeap, SingleThreaded};
pub use text::StringBuilder;
pub use typed::{TypedArena, TypedIterMut};
pub use vector::VecBuilder;
