//! The pointer arithmetic and alignment logic of bump allocators, and the one engine over it.
//!
//! For authors of custom allocators. Whoever needs a heap takes `bump-global`, whoever needs
//! arenas takes `bump-local`; both are thin shells over this crate.
//!
//! | module | what lives there |
//! |---|---|
//! | [`align`](mod@align) | rounding addresses |
//! | [`place`](mod@place) | where a block lands in a free range, upwards and downwards |
//! | [`resize`](mod@resize) | growing, shrinking and releasing the last block |
//! | [`growth`](mod@growth) | how large the next chunk of a growing arena should be |
//! | [`plan`](mod@plan) | at compile time: how much storage a set of blocks needs |
//! | [`level`](Level) | how far a region is consumed |
//! | [`cursor`](Cursor) | the seam between shared and unshared allocators |
//! | [`raw_bump`](RawBump) | the engine: where pointers are made |
//! | [`raw_alloc`](RawAlloc) | what every allocator interface is derived from |
//! | [`values`](Values) | blocks for values and slices |
//! | [`methods`](bump_methods) | the methods that every region type has |
//! | [`allocation`](Allocation) | a block, its lifetime and its level |
//! | [`leak_box`](LeakBox) | an owning pointer into a region |
#![no_std]

pub mod align;
mod allocation;
mod cursor;
pub mod growth;
mod leak_box;
mod level;
mod methods;
pub mod place;
pub mod plan;
mod raw_alloc;
mod raw_bump;
pub mod resize;
mod values;

// What the modules of the arithmetic import from their parent.
use core::alloc::Layout;
use core::primitive::usize;

pub use align::{align_down, align_up, is_aligned, padding};
pub use allocation::{AllocTime, Allocation};
pub use cursor::Cursor;
pub use growth::{Chunk, Growth, smallest_chunk};
pub use leak_box::LeakBox;
pub use level::{Failure, LeakError, Level};
pub use place::{Placement, place_down, place_in_object, place_offset, place_up};
pub use plan::{Callable, Plan};
pub use raw_alloc::{RawAlloc, or_null};
pub use raw_bump::{Memory, RawBump, Refusal, Space, dangling};
pub use resize::{
    Resize, block_end, is_last_down, is_last_up, release_down, release_up, resize_down,
    resize_in_object, resize_offset, resize_up,
};
pub use values::Values;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
