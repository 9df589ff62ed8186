//! Ways to get at freed memory from safe code, none of which compiles. This file has nothing but
//! these tests.
//!
//! The documentation of each type has the mistakes that a user may make in earnest.
//!
//! # After a reset, or behind the arena
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
//!
//! The same for an allocator with its memory inside:
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let (mut one, mut other) = (Bump::<[u64; 8]>::uninit(), Bump::uninit());
//! let number = one.leak(1).unwrap();
//! core::mem::swap(&mut one, &mut other);
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! let bump = Bump::<[u64; 8]>::uninit();
//! let number = bump.leak(1).unwrap();
//! let moved = bump;
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_local::*;
//! let mut bump = Bump::<[u64; 8]>::uninit();
//! let number = bump.leak(1).unwrap();
//! bump.as_mut_bump_slice().unwrap().reset();
//! *number += 1;
//! ```
//!
//! ```compile_fail,E0505
//! # use bump_local::*;
//! # use core::mem::MaybeUninit;
//! let mut buffer = [MaybeUninit::uninit(); 64];
//! let bump = BumpSlice::from_mem(&mut buffer).unwrap();
//! let number = bump.leak(1).unwrap();
//! let memory = BumpSlice::into_mem(bump);
//! *number += 1;
//! ```
//!
//! A place on the stack:
//!
//! ```compile_fail,E0521
//! # use bump_local::*;
//! let mut escaped = None;
//! Alloca::<u8>::new(3).unwrap().run(|places| escaped = Some(places));
//! ```
//!
//! # Buffers that do not last, or that somebody else uses
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
//! # Around a guard
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
//! # Out of a scratch
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
//!
//! # Into a destructor
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
//!
//! # Past the lock of an inner scope
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
//!
//! # By a reference to an arena, a scope or a guard
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
//!
//! # Alignments that chunks do not have
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

mod scopes;

/// A collection in the outer scope cannot grow while an inner one is open, either.
///
/// ```compile_fail,E0502
/// # use bump_local::*;
/// # use allocator_api2_04::vec::Vec;
/// Arena::new().scope(|outer| {
///     let mut vec = Vec::new_in(&*outer);
///     outer.scope(|_| ());
///     vec.push(1);
/// });
/// ```
///
/// ```compile_fail,E0502
/// # use bump_local::*;
/// # use allocator_api2_04::vec::Vec;
/// Arena::new().scope(|outer| {
///     let vec = Vec::<u8, _>::new_in(&*outer);
///     outer.scope(|_| "given back only after this");
/// });
/// ```
///
/// ```compile_fail,E0502
/// # use bump_local::*;
/// # use allocator_api2_04::vec::Vec;
/// let mut arena = Arena::new();
/// let mut vec = Vec::new_in(&arena);
/// let guard = arena.guard();
/// vec.push(1);
/// drop(guard);
/// ```
///
/// ```compile_fail,E0502
/// # use bump_local::*;
/// # use allocator_api2_04::vec::Vec;
/// Arena::new().scope(|outer| {
///     let vec = Vec::<u8, _>::new_in(outer.arena_ref());
///     outer.scope(|_| "given back only after this");
/// });
/// ```
///
/// A collection cannot own the memory that it points into:
///
/// ```compile_fail,E0277
/// # use allocator_api2_04::vec::Vec;
/// let bump = bump_local::Bump::<[u64; 8]>::uninit();
/// let vec = Vec::<u8, _>::new_in(bump);
/// ```
#[cfg(feature = "allocator-api2-04")]
struct Collections;
