//! Ways around a guard.
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let (mut one, mut other) = (Arena::new(), Arena::new());
//! let (mut first, mut second) = (one.guard(), other.guard());
//! let number = first.alloc(1);
//! core::mem::swap(&mut first, &mut second);
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let mut outer = arena.guard();
//! let inner = outer.guard();
//! outer.alloc(1);
//! drop(inner);
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let mut guard = arena.guard();
//! let number = guard.alloc(1);
//! guard.reset();
//! *number += 1;
//! ```
//!
//! A guard can be forgotten, so it cannot promise to run a destructor:
//!
//! ```compile_fail,E0599
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! arena.guard().pin(1);
//! ```
//!
//! ```compile_fail,E0599
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! arena.guard().alloc_dropped(String::new());
//! ```
//!
//! A guard that nobody keeps ends at once, and so does what a builder builds. The compiler warns of it:
//!
//! ```compile_fail
//! #![deny(unused_must_use)]
//! # use bump_local::*;
//! Arena::new().guard();
//! ```
//!
//! ```compile_fail
//! #![deny(unused_must_use)]
//! # use bump_local::*;
//! Arena::new().string_builder();
//! ```
//!
//! ```compile_fail
//! #![deny(unused_must_use)]
//! # use bump_local::*;
//! Arena::new().vec_builder::<u8>();
//! ```
