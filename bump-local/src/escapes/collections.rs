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
//!
//! One whose block is in a list, or goes there, when the memory of the list is freed:
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! # use allocator_api2_04::vec::Vec;
//! let arena = Arena::new();
//! let recycling = RecyclingArena::new(&arena);
//! let mut vec = Vec::new_in(&recycling);
//! drop(recycling);
//! vec.push(1);
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! # use allocator_api2_04::vec::Vec;
//! let mut arena = Arena::new();
//! let recycling = RecyclingArena::new(&arena);
//! drop(Vec::<u8, _>::with_capacity_in(9, &recycling));
//! arena.reset();
//! Vec::<u8, _>::with_capacity_in(9, &recycling);
//! ```
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let mut escaped = None;
//! arena.scope(|scope| escaped = Some(RecyclingArena::new(&*scope)));
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! # use allocator_api2_04::vec::Vec;
//! Arena::new().scope(|outer| {
//!     let recycling = RecyclingArena::new(&*outer);
//!     let vec = Vec::<u8, _>::new_in(&recycling);
//!     outer.scope(|_| "freed only after this");
//! });
//! ```
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let guard = arena.guard();
//! let recycling = RecyclingArena::new(&guard);
//! drop(guard);
//! recycling.free_bytes();
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let mut unique = arena.arena_mut();
//! let recycling = RecyclingArena::new(&unique);
//! unique.scope(|_| recycling.free_bytes());
//! ```
//!
//! ```compile_fail
//! # use bump_local::*;
//! fn longer<'l, 'a>(lists: RecyclingArena<'l, 'a>) -> RecyclingArena<'a, 'a> {
//!     lists
//! }
//! ```
