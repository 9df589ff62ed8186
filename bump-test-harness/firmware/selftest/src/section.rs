//! Heaps on memory that start-up does not clear: in a section of the linker script, from a symbol on, and at
//! a fixed address.

use bump_global::{RamSection, Region, heap};
use core::ptr::NonNull;

use crate::machine;

const BYTES: usize = 64;

// SAFETY: the linker script puts the section into RAM.
heap!(static SECTION: BYTES, in ".bss.bank2", unsafe { RamSection::new() });

unsafe extern "C" {
    static mut bank2_start: u8;
    static mut bank2_rest: u8;
}

// SAFETY: the linker script reserves as many bytes there.
static SYMBOL: Region = unsafe { Region::at(&raw mut bank2_rest, BYTES) };

// SAFETY: nobody else uses this memory of the machine.
static FIXED: Region = unsafe { Region::at(machine::FIXED as *mut u8, BYTES) };

/// All of them have their memory, where it should be, before anything is called.
pub fn check() {
    for (region, start) in [
        (&SECTION, (&raw mut bank2_start).addr()),
        (&SYMBOL, (&raw mut bank2_rest).addr()),
        (&FIXED, machine::FIXED),
    ] {
        assert_eq!((region.capacity(), region.used()), (BYTES, 0));
        let numbers = region.leak([7_u32; BYTES / 4]).expect("all of it");
        assert_eq!(NonNull::from(&mut *numbers).addr().get(), start);
        assert!(region.leak(1_u8).is_err(), "used up");
        assert_eq!(*numbers, [7; BYTES / 4]);
    }
}
