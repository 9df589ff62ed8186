//! Collections that would use memory after it is freed.
//!
//! One in the outer scope that grows, or gives memory back, while an inner scope is open:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! # use allocator_api2_04::vec::Vec;
//! Arena::new().scope(|outer| {
//!     let mut vec = Vec::new_in(&*outer);
//!     outer.scope(|_| ());
//!     vec.push(1);
//! });
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! # use allocator_api2_04::vec::Vec;
//! Arena::new().scope(|outer| {
//!     let vec = Vec::<u8, _>::new_in(&*outer);
//!     outer.scope(|_| "given back only after this");
//! });
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! # use allocator_api2_04::vec::Vec;
//! let mut arena = Arena::new();
//! let mut vec = Vec::new_in(&arena);
//! let guard = arena.guard();
//! vec.push(1);
//! drop(guard);
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! # use allocator_api2_04::vec::Vec;
//! Arena::new().scope(|outer| {
//!     let vec = Vec::<u8, _>::new_in(outer.arena_ref());
//!     outer.scope(|_| "given back only after this");
//! });
//! ```
//!
//! One that owns the memory that it points into, and moves with it:
//!
//! ```compile_fail,E0277
//! # use allocator_api2_04::vec::Vec;
//! let bump = bump_local::Bump::<[u64; 8]>::uninit();
//! let vec = Vec::<u8, _>::new_in(bump);
//! ```
