//! Values in a region of a fixed size, or on the stack, that outlive it or a reset.
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
