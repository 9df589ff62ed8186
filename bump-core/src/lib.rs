#![doc = include_str!("../README.md")]
//!
//! # What lives where
//!
//! | module | what lives there |
//! |---|---|
//! | [`align`](mod@align) | rounding addresses |
//! | [`place`](mod@place) | where a block lands in a free range, upwards and downwards |
//! | [`resize`](mod@resize) | where a block ends, and resizing it in its place |
//! | [`growth`](mod@growth) | how large the next chunk of a growing arena should be |
//! | [`class`] | size classes: which free blocks are interchangeable |
//! | [`plan`](mod@plan) | at compile time: how much storage a set of blocks needs |
//! | [`level`](Level) | how far a region is consumed |
//! | [`cursor`](Cursor) | the seam between shared and unshared allocators |
//! | [`list`](List) | free blocks in a list that is shared without a lock |
//! | [`free_lists`](FreeLists) | freed blocks are used again: a list for each class, over a region |
//! | [`raw_bump`](RawBump) | the contract of a region: its memory and its cursor |
//! | [`inline`](Inline) | a region whose memory is part of the allocator |
//! | [`raw_alloc`](RawAlloc) | what every allocator interface is derived from |
//! | [`interfaces`](impl_global_alloc) | these interfaces, each by a macro |
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
#![doc = include_str!("example.txt")]
//! # use core::{cell::Cell, ptr::NonNull};
//! struct MyHeap {
//!     start: NonNull<u8>,
//!     bytes: usize,
//!     used: ExampleCursor, // implements `Cursor`
//! }
//!
//! // SAFETY: the memory is as the fields say, and nobody else's; `used` starts at 0.
//! unsafe impl RawBump for MyHeap {
//!     type Cursor = ExampleCursor;
//!     fn cursor(&self) -> &ExampleCursor {
//!         &self.used
//!     }
//!     fn memory(&self) -> Option<Memory> {
//!         Some(Memory::new(self.start, self.bytes))
//!     }
//! }
//!
//! impl_global_alloc!(impl[] for MyHeap);
//! # let mut range = [core::mem::MaybeUninit::<u8>::uninit(); 100];
//! # let heap = MyHeap {
//! #     start: NonNull::from(&mut range).cast(),
//! #     bytes: 100,
//! #     used: ExampleCursor(Cell::new(0)),
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
//!   returned is right, and where nothing is returned there is nothing to return. The inputs of
//!   [`place_up`](place::place_up) are too many to be tried together: each origin is tried with some
//!   of the layouts. For a [`Plan`] of any number of blocks there is an induction.
//! - `.ci/prove/arithmetic` proves all of them, and every push and figure of a [`Plan`], as compiled
//!   machine code, by symbolic execution and SMT solvers: for every 64-bit input on x86-64 and for every
//!   32-bit input on Cortex-M0. It refutes functions that are wrong on purpose. From the proof of a
//!   push follows, in the same run, that the figures of a plan suffice, and that those in order are
//!   exact. `bump-test-harness/proofs/README.md` explains how it works and states what is claimed.
//! - `.ci/prove/arithmetic-cannot-panic` shows that the compiled functions, those of the engine
//!   included, do not call the panic machinery.
#![no_std]

#[forbid(unsafe_code)]
pub mod align;
mod aligned;
mod allocation;
#[forbid(unsafe_code)]
pub mod class;
#[doc(hidden)]
pub mod codegen;
mod cursor;
#[doc(hidden)]
pub mod engine;
#[cfg(doctest)]
mod escapes;
mod free_lists;
#[forbid(unsafe_code)]
pub mod growth;
#[cfg(any(doc, doctest))]
pub mod guide;
mod in_grains;
mod inline;
#[doc(hidden)]
pub mod interfaces;
mod leak_box;
#[forbid(unsafe_code)]
mod level;
#[doc(hidden)]
pub mod link;
mod list;
mod merge;
mod methods;
mod pace;
#[forbid(unsafe_code)]
pub mod place;
mod places;
#[forbid(unsafe_code)]
pub mod plan;
mod raw_alloc;
mod raw_bump;
#[forbid(unsafe_code)]
pub mod resize;
mod table;
mod values;

// The modules of the arithmetic import these from their parent.
use core::alloc::Layout;
use core::primitive::usize;

pub use allocation::{AllocTime, Allocation};
pub use cursor::Cursor;
pub use free_lists::FreeLists;
pub use inline::{Inline, debug};
pub use leak_box::LeakBox;
pub use level::{Failure, LeakError, Level};
pub use list::List;
pub use places::places;
pub use plan::Plan;
pub use raw_alloc::{Handle, RawAlloc, UNIT, copy_block};
pub use raw_bump::{Memory, NoPadding, RawBump, Relocatable};
pub use values::Values;
