//! Ways to carry a value out of a scope, or to use the outer scope too early, none of which
//! compiles.
//!
//! In a variable:
//!
//! ```compile_fail,E0521
//! # let mut arena = bump_local::Arena::new();
//! let mut escaped = &mut 0;
//! arena.scope(|scope| escaped = scope.alloc(1));
//! ```
//!
//! In a cell, as a box:
//!
//! ```compile_fail,E0521
//! # let mut arena = bump_local::Arena::new();
//! let escaped = core::cell::Cell::new(None);
//! arena.scope(|scope| escaped.set(Some(scope.alloc_boxed(1))));
//! ```
//!
//! In the outer scope:
//!
//! ```compile_fail,E0521
//! # let mut arena = bump_local::Arena::new();
//! arena.scope(|outer| {
//!     let slot = outer.alloc(None);
//!     outer.scope(|inner| *slot = Some(inner.alloc(1)));
//! });
//! ```
//!
//! With the scope itself, which is kept, or exchanged for another:
//!
//! ```compile_fail,E0521
//! # let mut arena = bump_local::Arena::new();
//! let mut escaped = None;
//! arena.scope(|scope| escaped = Some(scope));
//! ```
//!
//! ```compile_fail,E0521
//! # let (mut one, mut other) = (bump_local::Arena::new(), bump_local::Arena::new());
//! one.scope(|one| other.scope(|other| core::mem::swap(one, other)));
//! ```
//!
//! By a thread:
//!
//! ```compile_fail,E0277
//! # let mut arena = bump_local::Arena::new();
//! arena.scope(|scope| {
//!     std::thread::scope(|threads| {
//!         threads.spawn(|| scope.alloc(1));
//!     });
//! });
//! ```
//!
//! While an inner scope is open, by something of the outer one that grows or gives memory back:
//!
//! ```compile_fail,E0502
//! # let mut arena = bump_local::Arena::new();
//! arena.scope(|outer| {
//!     let mut text = outer.string_builder();
//!     outer.scope(|_| text.push_str("freed too early"));
//! });
//! ```
//!
//! ```compile_fail
//! # let mut arena = bump_local::Arena::new();
//! arena.scope(|outer| {
//!     let text = outer.string_builder();
//!     outer.scope(|_| "given back only after this");
//! });
//! ```
//!
//! By a destructor that reads what is gone when the scope ends:
//!
//! ```compile_fail,E0597
//! # let mut arena = bump_local::Arena::new();
//! # struct Loud<'a>(&'a String);
//! # impl Drop for Loud<'_> {
//! #     fn drop(&mut self) {}
//! # }
//! arena.scope(|scope| {
//!     let text = String::new();
//!     scope.alloc_dropped(Loud(&text));
//! });
//! ```
//!
//! While an inner scope is open, by a string of the outer one that nothing drops in time, or whose
//! type is hidden:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! Arena::new().scope(|outer| {
//!     let builder = core::mem::ManuallyDrop::new(outer.string_builder());
//!     outer.scope(|_| ());
//!     core::mem::ManuallyDrop::into_inner(builder).push_str("freed too early");
//! });
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! Arena::new().scope(|outer| {
//!     let builder: Box<dyn core::fmt::Write + '_> = Box::new(outer.string_builder());
//!     outer.scope(|_| ());
//!     drop(builder);
//! });
//! ```
//!
//! ```compile_fail
//! # use bump_local::*;
//! Arena::new().scope(|outer| {
//!     let builder = outer.alloc(outer.string_builder());
//!     outer.scope(|_| ());
//!     builder.push_str("freed too early");
//! });
//! ```
