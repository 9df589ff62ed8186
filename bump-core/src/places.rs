//! The places in a piece of memory where values of a type can be: for allocators that put
//! themselves, or their records of the memory, into the memory that they are given.

use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::slice;

use crate::align::padding;
use crate::codegen::promise_alignment;

/// The places for values in a piece of memory: as many as fit, beginning at the first aligned one.
///
/// The middle part of what [`align_to_mut`](slice::align_to_mut) returns, which is empty where an
/// interpreter checks alignment symbolically. Does not compile for a type without bytes.
///
/// ```
/// use core::mem::MaybeUninit;
///
/// let mut memory = [MaybeUninit::uninit(); 32];
/// let places = bump_core::places::<u64>(&mut memory[1..]);
/// assert!(places.len() == 3);
/// assert_eq!(*places[2].write(7), 7);
/// ```
#[inline]
#[must_use]
pub fn places<T>(memory: &mut [MaybeUninit<u8>]) -> &mut [MaybeUninit<T>] {
    const { assert!(size_of::<T>() != 0, "there is no end of places") };
    let len = memory.len();
    let start = NonNull::from(memory).cast::<u8>();
    let lead = padding(start.addr().get(), align_of::<T>());
    let Some(rest) = len.checked_sub(lead) else {
        return &mut [];
    };
    // SAFETY: at most as many bytes as there are.
    let first = unsafe { start.add(lead) };
    promise_alignment(first, align_of::<T>());
    // SAFETY: aligned, and the quotient is the number of values that fit into the rest of what was
    // borrowed; a place need not be initialised.
    unsafe { slice::from_raw_parts_mut(first.cast().as_ptr(), rest / size_of::<T>()) }
}
