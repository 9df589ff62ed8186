//! Tests: programs that would break memory, without `unsafe` or with an `unsafe` that is right by its
//! types, do not compile. There is nothing else here.
//!
//! The first of each kind is in the documentation of its type or macro.
//!
//! # A box over memory that has a name
//!
//! A [`LeakBox`](crate::LeakBox) is covariant, so the value that it leaves in its memory may be of
//! a supertype. The first test would turn a function that takes any `&str` into one that keeps it,
//! although the type of the function is `Copy` and borrows nothing:
//!
//! ```compile_fail,E0597
//! use bump_core::LeakBox;
//! use std::cell::Cell;
//!
//! thread_local! {
//!     static KEPT: Cell<&'static str> = const { Cell::new("") };
//! }
//! let mut any: fn(&str) = |_| ();
//! let boxed = LeakBox::from_mut(&mut any);
//! let mut boxed: LeakBox<'_, fn(&'static str)> = boxed;
//! *boxed = |text| KEPT.set(text);
//! drop(boxed);
//! any(&String::from("gone"));
//! ```
//!
//! A place whose owner then reads the value as one of the type of the place:
//!
//! ```compile_fail,E0597
//! use bump_core::LeakBox;
//! use core::mem::MaybeUninit;
//!
//! let mut place = MaybeUninit::<&'static str>::uninit();
//! {
//!     let short = String::from("short");
//!     let boxed: LeakBox<'_, MaybeUninit<&str>> = LeakBox::from(&mut place);
//!     LeakBox::write(boxed, &short);
//! }
//! // SAFETY: just initialised, but not with a `&'static str`.
//! unsafe { place.assume_init() };
//! ```
//!
//! ```compile_fail,E0597
//! use bump_core::LeakBox;
//! use core::mem::MaybeUninit;
//!
//! let mut places = [MaybeUninit::new("long")];
//! {
//!     let short = String::from("short");
//!     let mut boxed: LeakBox<'_, [MaybeUninit<&str>]> = LeakBox::from(&mut places[..]);
//!     boxed[0].write(&short);
//! }
//! // SAFETY: initialised twice, the second time not with a `&'static str`.
//! unsafe { places[0].assume_init() };
//! ```
//!
//! The place behind a `&'static mut` that is only lent:
//!
//! ```compile_fail,E0521
//! use bump_core::LeakBox;
//! use core::mem::MaybeUninit;
//!
//! fn lend(place: &mut &'static mut MaybeUninit<&'static str>) {
//!     LeakBox::from(&mut **place);
//! }
//! ```
//!
//! ```compile_fail,E0505
//! use bump_core::LeakBox;
//!
//! let value: Box<&'static str> = Box::new("long");
//! let reference: &'static mut _ = Box::leak(value);
//! let boxed = LeakBox::from_mut(&mut *reference);
//! drop(boxed);
//! let again = move || *reference;
//! again();
//! ```
//!
//! # A box of another value
//!
//! The target of [`leak_box_unsize!`](crate::leak_box_unsize) lives longer than the value, or asks
//! more of it:
//!
//! ```compile_fail,E0597
#![doc = include_str!("example.txt")]
//! use bump_core::{LeakBox, Values, leak_box_unsize};
//! use core::fmt::Debug;
//!
//! let region = Example::new();
//! let text = String::from("gone");
//! let boxed = region.try_leak_box(text.as_str()).unwrap();
//! let longer: LeakBox<'_, dyn Debug + 'static> = leak_box_unsize!(boxed, dyn Debug + 'static);
//! ```
//!
//! ```compile_fail,E0308
#![doc = include_str!("example.txt")]
//! use bump_core::{LeakBox, Values, leak_box_unsize};
//! use core::fmt::Debug;
//!
//! let region = Example::new();
//! let boxed = region.try_leak_box(core::cell::Cell::new(1)).unwrap();
//! let boxed = leak_box_unsize!(boxed, dyn Debug);
//! let shared = leak_box_unsize!(boxed, dyn Debug + Sync);
//! ```
//!
//! ```compile_fail,E0308
#![doc = include_str!("example.txt")]
//! use bump_core::{LeakBox, Values, leak_box_unsize};
//!
//! let region = Example::new();
//! let boxed = region.try_leak_box([1, 2]).unwrap();
//! let longer = leak_box_unsize!(boxed, [i32; 3]);
//! ```
//!
//! An `unsafe` call, as a part of the box or of the target, is its author's:
//!
//! ```compile_fail,E0133
#![doc = include_str!("example.txt")]
//! use bump_core::{Values, leak_box_unsize};
//!
//! /// # Safety
//! ///
//! /// Never.
//! const unsafe fn one() -> usize {
//!     1
//! }
//! let region = Example::new();
//! let boxed = region.try_leak_box([1_u8]).unwrap();
//! leak_box_unsize!(boxed, [u8; { one() }]);
//! ```
//!
//! ```compile_fail,E0133
//! use bump_core::{LeakBox, leak_box_unsize};
//! use core::fmt::Debug;
//!
//! leak_box_unsize!(LeakBox::<u8>::from_raw(core::ptr::null_mut()), dyn Debug);
//! ```
//!
//! A function that is no coercion:
//!
//! ```compile_fail,E0133
#![doc = include_str!("example.txt")]
//! use bump_core::{LeakBox, Values};
//!
//! let region = Example::new();
//! let boxed = region.try_leak_box(1_u8).unwrap();
//! let coerce = LeakBox::coercion(&boxed, |pointer| pointer.cast::<u64>());
//! LeakBox::coerce_with(boxed, coerce);
//! ```
//!
//! # A block that somebody made up
//!
//! ```compile_fail,E0133
#![doc = include_str!("example.txt")]
//! use bump_core::{AllocTime, Allocation, Values};
//!
//! let region = Example::new();
//! let block = region.get::<u64>().unwrap();
//! let longer: Allocation<'static, u64> = Allocation {
//!     ptr: block.ptr,
//!     lifetime: AllocTime::default(),
//!     level: block.level,
//! };
//! longer.leak(1);
//! ```
//!
//! # An allocator by a macro alone
//!
//! The macros implement interfaces, by an `unsafe impl`, for types that are allocators already:
//!
//! ```compile_fail,E0277
//! struct Nothing;
//! bump_core::impl_global_alloc!(impl[] for Nothing);
//! ```
//!
//! ```compile_fail,E0277
//! struct Nothing;
//! impl Nothing {
//!     bump_core::bump_methods!("");
//! }
//! ```
//!
//! ```compile_fail,E0200
//! use bump_core::RawAlloc;
//! use core::{alloc::Layout, ptr::NonNull};
//!
//! struct Nothing;
//! impl RawAlloc for Nothing {
//!     fn allocate(&self, _: Layout) -> Option<NonNull<u8>> {
//!         Some(NonNull::dangling())
//!     }
//!     unsafe fn deallocate(&self, _: NonNull<u8>, _: Layout) {}
//!     unsafe fn resize(&self, _: NonNull<u8>, _: Layout, _: Layout) -> Option<NonNull<u8>> {
//!         None
//!     }
//! }
//! ```
//!
//! Generics that close the `<` in which they stand would let the macro's `unsafe` implement another
//! trait, and take away the one for which it was written:
//!
//! ```compile_fail
//! struct Evil(*mut u8);
//! bump_core::impl_global_alloc!(impl[> Send for Evil {} #[cfg(any())] impl<] for u8);
//! ```
//!
//! ```compile_fail
//! struct Evil(*mut u8);
//! bump_core::impl_allocator!(none, impl[> Send for Evil {} #[cfg(any())] impl<] for &u8);
//! ```
//!
//! ```compile_fail
//! struct Evil<'a>(*mut &'a u8);
//! bump_core::impl_local_alloc!(none, impl[> Send for Evil<'alloc> {} #[cfg(any())] impl<] for u8);
//! ```
//!
//! A type that contains its memory is no handle, and no path to a function makes it one:
//!
//! ```compile_fail,E0277
#![doc = include_str!("example.txt")]
//! fn is_handle<H: bump_core::Handle>() {}
//! is_handle::<Example>();
//! ```
//!
//! ```compile_fail
#![doc = include_str!("example.txt")]
//! struct Own(Example);
//! fn reach(own: &Own) -> &Example {
//!     &own.0
//! }
//! bump_core::impl_allocator!(@reach, api, impl[] for Own);
//! ```
//!
//! # What is hidden
//!
//! The functions that the macros call are public, though not documented. They ask for `unsafe`
//! where it is needed:
//!
//! ```compile_fail,E0133
//! let layout = core::alloc::Layout::new::<()>();
//! bump_core::codegen::promise_bytes(layout);
//! ```
//!
//! ```compile_fail,E0133
//! let layout = core::alloc::Layout::new::<u8>();
//! let block = core::ptr::NonNull::dangling();
//! bump_core::copy_block(block, layout, block, layout);
//! ```
//!
//! The engine, with an alignment that brings the cursor behind the end of the region:
//!
//! ```compile_fail,E0133
#![doc = include_str!("example.txt")]
//! let region = Example::new();
//! bump_core::engine::take(&region, core::alloc::Layout::new::<u8>(), usize::MAX);
//! ```
//!
//! Or with a block that is none:
//!
//! ```compile_fail,E0133
#![doc = include_str!("example.txt")]
//! let region = Example::new();
//! let (block, layout) = (core::ptr::NonNull::dangling(), core::alloc::Layout::new::<u8>());
//! bump_core::engine::is_last(&region, block, layout, 1);
//! ```
//!
//! # Constants of an author
//!
//! A minimum alignment that is no power of two, and one above a grain below lists:
//!
//! ```compile_fail,E0080
#![doc = include_str!("example.txt")]
//! use bump_core::RawBump;
//!
//! struct Odd(Example);
//!
//! // SAFETY: not right.
//! unsafe impl RawBump for Odd {
//!     type Cursor = ExampleCursor;
//!     const MIN_ALIGN: usize = 3;
//!
//!     fn cursor(&self) -> &ExampleCursor {
//!         self.0.cursor()
//!     }
//!
//!     fn memory(&self) -> Option<bump_core::Memory> {
//!         self.0.memory()
//!     }
//! }
//! bump_core::Values::leak(&Odd(Example::new()), 1_u8);
//! ```
//!
//! ```compile_fail,E0080
#![doc = include_str!("example.txt")]
#![doc = include_str!("lists_example.txt")]
//! struct Lines(Example);
//!
//! // SAFETY: not right.
//! unsafe impl RawBump for Lines {
//!     type Cursor = ExampleCursor;
//!     const MIN_ALIGN: usize = 64;
//!
//!     fn cursor(&self) -> &ExampleCursor {
//!         self.0.cursor()
//!     }
//!
//!     fn memory(&self) -> Option<bump_core::Memory> {
//!         self.0.memory()
//!     }
//! }
//! // SAFETY: the lists are used with this region only.
//! unsafe { lists.allocate(&Lines(Example::new()), layout) };
//! ```
