//! Ways by a reference to an arena, a scope or a guard.
//!
//! An allocation past the lock of an inner scope, by a copy of the reference, or by something that
//! grows:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! fn keep<'l, 'a>(arena: ArenaRef<'l, 'a>) -> StringBuilder<'l, 'a, Chunks> {
//!     arena.string_builder()
//! }
//! Arena::new().scope(|outer| {
//!     let mut text = keep(outer.arena_ref());
//!     outer.scope(|_| text.push_str("freed too early"));
//! });
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! Arena::new().scope(|outer| {
//!     let mut unique = outer.arena_mut();
//!     let copy: ArenaRef<'_, '_> = (&unique).into();
//!     unique.guard();
//!     copy.alloc(1);
//! });
//! ```
//!
//! A reference that is kept for longer than the lock, though not longer than the values live:
//!
//! ```compile_fail
//! # use bump_local::*;
//! fn forget<'l, 'a>(arena: ArenaRef<'l, 'a>) -> ArenaRef<'a, 'a> {
//!     arena
//! }
//! ```
//!
//! ```compile_fail
//! # use bump_local::*;
//! fn reborrow<'l, 'a>(arena: &ArenaMut<'l, 'a>) -> ArenaRef<'l, 'a> {
//!     arena.arena_ref()
//! }
//! ```
//!
//! ```compile_fail
//! # use bump_local::*;
//! fn twice<'l, 'a>(scope: &mut Scope<'a, '_>) -> (ArenaMut<'a, 'a>, ArenaMut<'a, 'a>) {
//!     (scope.arena_mut(), scope.arena_mut())
//! }
//! ```
//!
//! A reference that is exchanged for that of an outer scope:
//!
//! ```compile_fail,E0499
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let mut outer = arena.arena_mut();
//! let mut guard = outer.guard();
//! let mut inner = guard.arena_mut();
//! core::mem::swap(&mut outer, &mut inner);
//! inner.alloc(1);
//! ```
//!
//! A reference that is used after its guard or its arena:
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let mut guard = arena.guard();
//! let number = guard.arena_mut().alloc(1);
//! drop(guard);
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let number = arena.arena_ref().alloc(1);
//! arena.reset();
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! let bump = Bump::<[u64; 8]>::uninit();
//! let copy = bump.arena_ref();
//! let moved = bump;
//! copy.alloc(1);
//! ```
//!
//! A reference in another thread:
//!
//! ```compile_fail,E0277
//! # use bump_local::*;
//! let mut arena = Arena::new();
//! let unique = arena.arena_mut();
//! std::thread::scope(|threads| {
//!     threads.spawn(move || unique.alloc(1));
//! });
//! ```
