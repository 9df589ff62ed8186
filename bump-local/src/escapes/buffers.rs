//! Buffers that do not last, or that somebody else uses; and alignments that chunks do not have.
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! # use core::mem::MaybeUninit;
//! fn add<'short>(arena: &mut Arena<'static>, buffer: &'short mut [MaybeUninit<u8>]) {
//!     arena.add_mem(buffer);
//! }
//! ```
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! # use core::mem::MaybeUninit;
//! fn append<'short>(arena: &Arena<'static>, buffer: &'short mut [MaybeUninit<u8>]) {
//!     arena.append(Arena::from_mem(buffer));
//! }
//! ```
//!
//! A buffer that is used before the drop of its arena, which looks for chunks to return:
//!
//! ```compile_fail,E0499
//! # use bump_local::*;
//! # use core::mem::MaybeUninit;
//! let mut buffer = [MaybeUninit::<u8>::uninit(); 64];
//! let arena = Arena::from_mem(&mut buffer);
//! buffer[0].write(1);
//! ```
//!
//! Alignments that chunks do not have:
//!
//! ```compile_fail,E0080
//! # use bump_local::*;
//! Arena::<3>::with_min_align();
//! ```
//!
//! ```compile_fail,E0080
//! # use bump_local::*;
//! Arena::<32>::default();
//! ```
