//! AVR, where `usize` has 16 bits (`ATmega2560`): start-up by avr-gcc's C runtime, console on the
//! first serial port. The machine cannot end the emulator: its last line does. No interrupts: the
//! emulator cannot count the instructions of this machine.

use core::arch::asm;
use core::ptr;

/// Registers in data memory.
const UDR0: *mut u8 = ptr::without_provenance_mut(0xc6);
const UCSR0B: *mut u8 = ptr::without_provenance_mut(0xc1);

/// Bytes of the global heap.
pub const HEAP: usize = 2048;

pub fn write(text: &str) {
    // SAFETY: a register of the serial port: transmit.
    unsafe { UCSR0B.write_volatile(1 << 3) };
    for byte in text.bytes() {
        // SAFETY: a register of the serial port, which the emulator has empty at once.
        unsafe { UDR0.write_volatile(byte) };
    }
}

pub fn exit(_passed: bool) -> ! {
    loop {
        // SAFETY: nothing comes after the last line.
        unsafe { asm!("cli", "sleep") };
    }
}

pub fn spare() -> (*mut u8, usize) {
    unsafe extern "C" {
        static mut __heap_start: u8;
    }
    // `avr-libc` puts the stack at the end of memory; what it never reaches is ours.
    (&raw mut __heap_start, 1024)
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    super::run()
}

mod critical {
    //! One core: nothing else runs while interrupts are masked.
    use core::arch::asm;

    struct Masked;
    critical_section::set_impl!(Masked);

    // SAFETY: between `acquire` and `release` the I flag is clear, so no interrupt handler runs;
    // `release` restores what `acquire` found, so sections nest.
    unsafe impl critical_section::Impl for Masked {
        unsafe fn acquire() -> bool {
            let status: u8;
            // SAFETY: reads the status register, then masks.
            unsafe { asm!("in {}, 0x3f", "cli", out(reg) status) };
            status & 0x80 != 0
        }
        unsafe fn release(enabled: bool) {
            if enabled {
                // SAFETY: the outermost section ends here.
                unsafe { asm!("sei") };
            }
        }
    }
}
