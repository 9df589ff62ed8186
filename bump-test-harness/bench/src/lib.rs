//! What the measurements share: hiding values from the optimiser at no cost, counting, and programs
//! that are recorded.
//!
//! `std::hint::black_box` stores its argument to memory, which would be counted. An empty piece of
//! assembly that may do anything to a register and to memory costs nothing.

#![cfg(target_arch = "x86_64")]

#[cfg(feature = "programs")]
pub mod first_touch;
#[cfg(feature = "programs")]
pub mod known;
#[cfg(any(feature = "programs", feature = "replay"))]
pub mod limit;
#[cfg(feature = "programs")]
pub mod program;
#[cfg(feature = "programs")]
pub mod programs;
pub mod random;
#[cfg(feature = "replay")]
pub mod regions;

use std::arch::asm;

/// The pointer, of which the compiler no longer knows where it is from, to memory that may have
/// been read and written.
#[inline(always)]
pub fn opaque<T>(mut pointer: *mut T) -> *mut T {
    // SAFETY: no instruction.
    unsafe { asm!("/* {0} */", inout(reg) pointer, options(nostack, preserves_flags)) };
    pointer
}

/// The number, of which the compiler no longer knows anything.
#[inline(always)]
pub fn unknown(mut number: usize) -> usize {
    // SAFETY: no instruction.
    unsafe {
        asm!("/* {0} */", inout(reg) number, options(nomem, nostack, preserves_flags, pure));
    };
    number
}

/// Runs something whose instructions are counted: the script `measure` has callgrind look at this
/// function alone, and write a number for each time that it ends.
#[inline(never)]
pub fn counted(run: &mut dyn FnMut()) {
    run();
    // So that this function ends after the other one.
    opaque(std::ptr::null_mut::<u8>());
}
