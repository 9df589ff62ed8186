//! Tests: safe code that would get at memory which is gone, or somebody else's, does not compile.
//! There is nothing else here.
//!
//! The documentation of the types has the mistakes that a user could make in earnest.
//!
//! # After a reset, or behind the region
//!
//! A box, even if nobody looks into it: it drops its value.
//!
//! ```compile_fail,E0502
//! # use bump_global::*;
//! let mut bump = Bump::<[u64; 8]>::uninit();
//! let boxed = bump.leak_box(String::new());
//! bump.reset();
//! ```
//!
//! ```compile_fail,E0597
//! # use bump_global::*;
//! let boxed;
//! {
//!     let bump = Bump::<[u64; 8]>::uninit();
//!     boxed = bump.leak_box(String::new());
//! }
//! ```
//!
//! A block, by which a value could be written:
//!
//! ```compile_fail,E0505
//! # use bump_global::*;
//! let bump = Bump::<[u64; 8]>::uninit();
//! let block = bump.get::<u64>().unwrap();
//! drop(bump);
//! unsafe { block.leak(1) };
//! ```
//!
//! ```compile_fail,E0502
//! # use bump_global::*;
//! let mut region = Region::empty();
//! let places = region.get_uninit_slice::<u8>(1);
//! region.reset();
//! places.map(|places| places.len());
//! ```
//!
//! The other form of the same allocator:
//!
//! ```compile_fail,E0502
//! # use bump_global::*;
//! let mut bump = Bump::<[usize; 8]>::uninit();
//! let value = bump.leak(1_u8).unwrap();
//! bump.as_mut_bump_slice().unwrap().reset();
//! *value += 1;
//! ```
//!
//! An allocator in memory that is gone, or that somebody else writes to:
//!
//! ```compile_fail,E0597
//! # use bump_global::*;
//! let bump;
//! {
//!     let mut buffer = [core::mem::MaybeUninit::uninit(); 64];
//!     bump = BumpSlice::from_memory(&mut buffer);
//! }
//! bump.map(|bump| bump.used());
//! ```
//!
//! ```compile_fail,E0506
//! # use bump_global::*;
//! let mut buffer = [core::mem::MaybeUninit::uninit(); 64];
//! let bump = Bump::<u64>::from_memory(&mut buffer);
//! buffer[0] = core::mem::MaybeUninit::new(1_u8);
//! bump.map(|bump| bump.used());
//! ```
//!
//! # Memory that is not handed over for ever
//!
//! ```compile_fail,E0597
//! # use bump_global::*;
//! let region = Region::empty();
//! let mut buffer = [core::mem::MaybeUninit::uninit(); 64];
//! region.init(&mut buffer);
//! ```
//!
//! ```compile_fail,E0597
//! # use bump_global::{*, leaked::LeakBox};
//! let bump = Bump::<[u64; 8]>::uninit();
//! let pinned = LeakBox::into_pin(bump.leak_box(1).unwrap());
//! ```
//!
//! # In another thread
//!
//! A value that may not go to another thread, in a box that goes there:
//!
//! ```compile_fail,E0277
//! # use bump_global::*;
//! static BUMP: Bump<[u64; 8]> = Bump::uninit();
//! let boxed = BUMP.leak_box(std::rc::Rc::new(1)).unwrap();
//! std::thread::spawn(move || drop(boxed));
//! ```
//!
//! A value that lives shorter than what it is assigned to:
//!
//! ```compile_fail,E0597
//! # use bump_global::*;
//! let bump = Bump::<[u64; 8]>::uninit();
//! let mut boxed = bump.leak_box("long").unwrap();
//! {
//!     let short = String::from("short");
//!     *boxed = &short;
//! }
//! boxed.len();
//! ```
//!
//! # The region by its parts
//!
//! Blocks are taken back from their owners, and pointers are made, by `unsafe` only:
//!
//! ```compile_fail,E0133
//! # use bump_global::*;
//! use bump_core::RawAlloc;
//! let bump = Bump::<[u64; 8]>::uninit();
//! let layout = core::alloc::Layout::new::<u64>();
//! let block = bump.alloc(layout).unwrap();
//! bump.deallocate(block, layout);
//! ```
//!
//! ```compile_fail,E0133
//! # use bump_global::*;
//! let bump = Bump::<[u64; 8]>::uninit();
//! let block = bump.get_unchecked::<u64>(bump.level());
//! ```
//!
//! # An interface by a macro alone
//!
//! The macros work only for types that are allocators already:
//!
//! ```compile_fail,E0277
//! use bump_global::Bump;
//!
//! struct Contains(Bump<[u64; 8]>);
//! bump_core::impl_global_alloc!(impl[] for Contains);
//! ```
//!
//! # Under a name that others rely on
//!
//! ```compile_fail
//! #![forbid(unsafe_code)]
//! bump_global::heap!(
//!     #[unsafe(no_mangle)]
//!     pub static memcpy: 64
//! );
//! ```
//!
//! ```compile_fail
//! #![forbid(unsafe_code)]
//! bump_global::heap!(
//!     #[unsafe(link_section = ".init_array")]
//!     static HEAP: 64
//! );
//! ```

/// A collection cannot own the memory that it points into, nor may a macro say that it can.
///
/// ```compile_fail,E0277
/// # use allocator_api2_04::vec::Vec;
/// let bump = bump_global::Bump::<[u64; 8]>::uninit();
/// let vec = Vec::<u8, _>::new_in(bump);
/// ```
///
/// ```compile_fail,E0277
/// # use allocator_api2_04 as allocator_api2;
/// struct Nothing;
/// bump_core::impl_allocator!(allocator_api2::alloc, impl[] for &Nothing);
/// ```
///
/// ```compile_fail,E0277
/// # use allocator_api2_04 as allocator_api2;
/// # use bump_global::Bump;
/// struct Contains(Bump<[u64; 8]>);
/// bump_core::impl_allocator!(allocator_api2::alloc, impl[] for &Contains);
/// ```
///
/// A box pins only values in memory that outlives the program:
///
/// ```compile_fail,E0597
/// # use allocator_api2_04::boxed::Box;
/// let bump = bump_global::Bump::<[u64; 8]>::uninit();
/// let pinned = Box::into_pin(Box::new_in(1, &bump));
/// ```
#[cfg(feature = "allocator-api2-04")]
struct Collections;

/// ```compile_fail,E0277
/// struct Nothing;
/// bump_core::impl_local_alloc!(alloc_traits, impl[] for Nothing);
/// ```
#[cfg(feature = "alloc-traits")]
struct LocalAlloc;
