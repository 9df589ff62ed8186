//! Ways out of a scratch.
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! let arena = Arena::new();
//! let mut escaped = None;
//! arena.scratch(|temporaries| escaped = Some(temporaries.alloc(1)));
//! ```
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! let arena = Arena::new();
//! arena.scratch(|one| arena.scratch(|other| core::mem::swap(one, other)));
//! ```
//!
//! Freeing the chunks that a scratch shares, or rewinding a chunk that it has split:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! arena.scratch(|_| arena.reset());
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! arena.scratch(|_| arena.scope(|_| ()));
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let guard = arena.scratch(|_| arena.guard());
//! ```
//!
//! ```compile_fail,E0500
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! arena.scope(|scope| scope.scratch(|_| scope.scope(|_| ())));
//! ```
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! let arena = Arena::new();
//! arena.scratch(|_| drop(arena));
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let mut unique = arena.arena_mut();
//! unique.scratch(|_| unique.scope(|_| ()));
//! ```
//!
//! ```compile_fail,E0500
//! # use bump_local::*;
//! Arena::new().scope(|scope| scope.arena_ref().scratch(|_| drop(scope.guard())));
//! ```
