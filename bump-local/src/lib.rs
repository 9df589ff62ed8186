//! Scoped arenas for one thread: parsers, compilers, frames, requests, interrupt-free firmware.
//! Allocation in a handful of instructions, everything freed at once.
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

mod arena;
pub mod cell;
mod chunk;
mod chunks;
mod destructors;
mod error;
mod methods;
mod partial;
mod region;
mod scope;
mod scratch;
mod text;
mod values;

pub use arena::{Arena, ChunkStats};
pub use bump_core::LeakBox;
pub use chunks::Chunks;
pub use error::{AllocError, AllocOrInitError};
pub use region::{Checkpoint, Region};
pub use scope::{Scope, ScopeGuard};
pub use text::StringBuilder;
