//! Cortex-M0 and Cortex-M3 on the board `lm3s6965evb`: start-up by `cortex-m-rt`, console and end
//! through semihosting, interrupts from SysTick.

use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::{ExceptionFrame, entry, exception};
use semihosting::io::Write as _;

/// Bytes of the global heap.
pub const HEAP: usize = 47 * 1024;

/// Bytes that the linker script does not name.
pub const FIXED: usize = 0x2000_ffc0;

pub fn write(text: &str) {
    // Without a console there is nothing to tell; the exit status still counts.
    let _ = semihosting::io::stdout().map(|mut out| out.write_all(text.as_bytes()));
}

pub fn exit(passed: bool) -> ! {
    semihosting::process::exit(i32::from(!passed))
}

pub fn spare() -> (*mut u8, usize) {
    unsafe extern "C" {
        static mut __sheap: u8;
        static mut _stack_end: u8;
    }
    let start = &raw mut __sheap;
    (start, (&raw mut _stack_end).addr() - start.addr())
}

pub fn interrupt_after(ticks: u16) {
    // SAFETY: the firmware has one thread, and nothing else uses SysTick.
    let mut timer = unsafe { cortex_m::Peripherals::steal() }.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(u32::from(ticks));
    timer.clear_current();
    timer.enable_interrupt();
    timer.enable_counter();
}

#[exception]
fn SysTick() {
    // SAFETY: the control register has no state that the interrupted code is changing: that code
    // has finished `interrupt_after`, or the counter would not run.
    unsafe { (*SYST::PTR).csr.write(0) };
    crate::interrupt::fired();
}

#[exception]
unsafe fn HardFault(_frame: &ExceptionFrame) -> ! {
    super::write("HardFault\n");
    super::fail()
}

#[entry]
fn main() -> ! {
    super::run()
}

#[cfg(not(target_has_atomic = "ptr"))]
mod critical {
    //! One core: nothing else runs while interrupts are masked.
    struct Masked;
    critical_section::set_impl!(Masked);

    // SAFETY: between `acquire` and `release` PRIMASK is set, so on the only core no interrupt
    // handler runs; `release` restores what `acquire` found, so sections nest.
    unsafe impl critical_section::Impl for Masked {
        unsafe fn acquire() -> bool {
            let enabled = cortex_m::register::primask::read().is_active();
            cortex_m::interrupt::disable();
            enabled
        }
        unsafe fn release(enabled: bool) {
            if enabled {
                // SAFETY: the outermost section ends here.
                unsafe { cortex_m::interrupt::enable() };
            }
        }
    }
}
