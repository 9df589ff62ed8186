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
//! | [`class`] | size classes: which free blocks are interchangeable |
//! | [`plan`](mod@plan) | at compile time: how much storage a set of blocks needs |
//! | [`level`](Level) | how far a region is consumed |
//! | [`cursor`](Cursor) | the seam between shared and unshared allocators |
//! | [`list`](List) | free blocks in a list that is shared without a lock |
//! | [`free_lists`](FreeLists) | freed blocks are used again: a list for each class, over a region |
//! | [`raw_bump`](RawBump) | the engine: where pointers are made |
//! | [`raw_alloc`](RawAlloc) | what every allocator interface is derived from |
//! | [`values`](Values) | blocks for values and slices |
//! | [`places`] | where in a piece of memory an allocator can be |
//! | [`methods`](bump_methods) | the methods that every region type has |
//! | [`allocation`](Allocation) | a block, its lifetime and its level |
//! | [`leak_box`](LeakBox) | an owning pointer into a region |
//!
//! # An allocator of your own
//!
//! Say what holds the cursor and where the memory is, and you have `GlobalAlloc`, `Allocator` and
//! typed values. The [guide](guide::own_allocator) makes a heap for a kernel; this is the shape of
//! it:
//!
//! ```
//! use bump_core::{Memory, RawBump, Values, impl_global_alloc};
//! # use bump_core::Cursor;
//! # use core::{cell::Cell, ptr::NonNull};
//! # struct Used(Cell<usize>);
//! # // SAFETY: a `Cell` is for one thread, and each call compares and replaces.
//! # unsafe impl Cursor for Used {
//! #     fn load(&self) -> usize {
//! #         self.0.get()
//! #     }
//! #     unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
//! #         if self.0.get() == current { Ok(self.0.set(new)) } else { Err(self.0.get()) }
//! #     }
//! #     unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
//! #         unsafe { self.claim(current, new) }
//! #     }
//! # }
//! struct MyHeap {
//!     start: NonNull<u8>,
//!     bytes: usize,
//!     used: Used, // implements `Cursor`
//! }
//!
//! // SAFETY: the memory is as the fields say, and nobody else's; `used` starts at 0.
//! unsafe impl RawBump for MyHeap {
//!     type Cursor = Used;
//!     fn cursor(&self) -> &Used {
//!         &self.used
//!     }
//!     fn memory(&self) -> Memory {
//!         Memory { base: self.start, limit: self.bytes }
//!     }
//! }
//!
//! impl_global_alloc!(impl[] for MyHeap);
//! # let mut range = [core::mem::MaybeUninit::<u8>::uninit(); 100];
//! # let heap = MyHeap {
//! #     start: NonNull::from(&mut range).cast(),
//! #     bytes: 100,
//! #     used: Used(Cell::new(0)),
//! # };
//! let answer = heap.leak(42_u64)?;
//! assert_eq!(*answer, 42);
//! # Ok::<(), bump_core::LeakError<u64>>(())
//! ```
//!
//! # What is proved
//!
//! The functions of the first six modules are `const`, total, and free of `unsafe` and of panics.
//!
//! - The test `every_input` compiles their very sources for an address space of 8 bits and compares
//!   them with specifications that try one address after the other, for every input: what is
//!   returned is right, and where nothing is returned there is nothing to return. Where the inputs
//!   are too many to be tried together, those that the source treats apart are tried apart; for a
//!   [`Plan`] of any number of blocks that is an induction.
//! - `.ci/prove` proves all of them, and every push and figure of a [`Plan`], as compiled machine
//!   code, by symbolic execution and SMT solvers: for every 64-bit input on x86-64 and for every
//!   32-bit input on Cortex-M0. Functions wrong on purpose are refuted. That the figures of a plan
//!   suffice, and those in order to the byte, follows from what a push does, which is proved in the
//!   same run. How is in `bump-test-harness/proofs/prove.py`, what exactly in `specifications.py`
//!   beside it. It is a part of `.ci/run`.
//! - `.ci/no-panics` shows that the compiled functions, those of the engine included, do not call
//!   the panic machinery.
#![no_std]

#[forbid(unsafe_code)]
pub mod align;
mod aligned;
mod allocation;
#[forbid(unsafe_code)]
pub mod class;
mod cursor;
#[cfg(doctest)]
mod escapes;
mod free_lists;
#[forbid(unsafe_code)]
pub mod growth;
#[cfg(any(doc, doctest))]
pub mod guide;
mod in_units;
mod leak_box;
#[forbid(unsafe_code)]
mod level;
mod link;
mod list;
mod merge;
mod methods;
#[forbid(unsafe_code)]
pub mod place;
mod places;
#[forbid(unsafe_code)]
pub mod plan;
mod raw_alloc;
mod raw_bump;
#[forbid(unsafe_code)]
pub mod resize;
mod values;

// What the modules of the arithmetic import from their parent.
use core::alloc::Layout;
use core::primitive::usize;

pub use align::{align_down, align_up, is_aligned, padding};
pub use allocation::{AllocTime, Allocation};
pub use cursor::Cursor;
pub use free_lists::FreeLists;
pub use growth::{Chunk, Growth, smallest_chunk};
pub use leak_box::LeakBox;
pub use level::{Failure, LeakError, Level};
pub use list::List;
pub use place::{
    Placement, place_after, place_down, place_in_aligned, place_in_object, place_offset, place_up,
};
pub use places::places;
pub use plan::{Callable, Plan};
pub use raw_alloc::{RawAlloc, copy_block, or_null, promise_bytes, with_size};
pub use raw_bump::{
    Memory, RawBump, Refusal, Space, dangling, own_block, promise_alignment, start_behind,
};
pub use resize::{
    Resize, block_end, is_last_down, is_last_up, release_down, release_up, resize_after,
    resize_down, resize_in_object, resize_offset, resize_up,
};
pub use values::{Values, aligned_for};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
