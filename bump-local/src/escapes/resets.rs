//! Values of an arena that are used after a reset, or behind the arena.
//!
//! An iterator over chunks, and the bytes that it found:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let bytes: Vec<_> = arena.iter_allocated_chunks().collect();
//! arena.alloc(1);
//! bytes.len();
//! ```
//!
//! ```compile_fail,E0597
//! # use bump_local::*;
//! let bytes;
//! {
//!     let mut arena = Arena::new();
//!     bytes = arena.iter_allocated_chunks().next();
//! }
//! bytes.map(<[_]>::len);
//! ```
//!
//! A box that nobody looks into: it still drops its value.
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let boxed = arena.alloc_boxed(String::new());
//! arena.reset();
//! ```
//!
//! ```compile_fail,E0597
//! # use bump_local::*;
//! let boxed;
//! {
//!     let arena = Arena::new();
//!     boxed = arena.alloc_boxed(String::new());
//! }
//! ```
//!
//! A box pinned, which would have to last for ever:
//!
//! ```compile_fail,E0597
//! # use bump_local::*;
//! let arena = Arena::new();
//! let pinned = LeakBox::into_pin(arena.alloc_boxed(1));
//! ```
//!
//! An unfinished string, which gives its memory back:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let builder = arena.string_builder();
//! arena.reset();
//! ```
//!
//! A value whose arena was replaced by another one, or is sent to another thread:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let (mut one, mut other) = (Arena::new(), Arena::new());
//! let number = one.alloc(1);
//! core::mem::swap(&mut one, &mut other);
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let number = arena.alloc(1);
//! drop(core::mem::take(&mut arena));
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! let arena = Arena::new();
//! let number = arena.alloc(1);
//! std::thread::scope(|threads| {
//!     threads.spawn(move || drop(arena));
//! });
//! *number += 1;
//! ```
