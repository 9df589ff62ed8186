//! Ways into a destructor that runs when a scope ends.
//!
//! A reference to a variable of the closure:
//!
//! ```compile_fail,E0597
//! # use bump_local::*;
//! # struct Loud<'a>(&'a String);
//! # impl Drop for Loud<'_> {
//! #     fn drop(&mut self) {}
//! # }
//! let text = String::new();
//! Arena::new().scope(move |scope| {
//!     scope.alloc_dropped(Loud(&text));
//! });
//! ```
//!
//! A reference to a neighbour, through a cell, or by taking the scope for its own environment:
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! # struct Loud<'a>(&'a String);
//! # impl Drop for Loud<'_> {
//! #     fn drop(&mut self) {}
//! # }
//! Arena::new().scope(|scope| {
//!     let cell = scope.alloc_dropped(core::cell::Cell::new(None));
//!     let text: &String = scope.alloc(String::new());
//!     cell.set(Some(Loud(text)));
//! });
//! ```
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! # struct Loud<'a>(&'a String);
//! # impl Drop for Loud<'_> {
//! #     fn drop(&mut self) {}
//! # }
//! fn register<'s>(scope: &Scope<'s, 's>, text: &'s String) {
//!     scope.alloc_dropped(Loud(text));
//! }
//! Arena::new().scope(|scope| register(scope, scope.alloc(String::new())));
//! ```
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! # struct Loud<'a>(&'a String);
//! # impl Drop for Loud<'_> {
//! #     fn drop(&mut self) {}
//! # }
//! Arena::new().scope(|scope| {
//!     let text: &String = scope.alloc(String::new());
//!     scope.alloc_slice_dropped([Loud(text)]);
//! });
//! ```
//!
//! ```compile_fail
//! # use bump_local::*;
//! # struct Loud<'a>(&'a String);
//! # impl Drop for Loud<'_> {
//! #     fn drop(&mut self) {}
//! # }
//! Arena::new().scope(|scope| {
//!     let text: &String = scope.alloc(String::new());
//!     scope.alloc_dropped_with(|| Loud(text));
//! });
//! ```
//!
//! A reference to the arena:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! struct Allocates<'a>(&'a Arena<'a>);
//! impl Drop for Allocates<'_> {
//!     fn drop(&mut self) {
//!         self.0.alloc(1);
//!     }
//! }
//! let mut arena = Arena::new();
//! arena.scope(|scope| {
//!     scope.alloc_dropped(Allocates(&arena));
//! });
//! ```
