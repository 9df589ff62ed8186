//! RISC-V, 32 and 64 bits, on QEMU's `virt` board with `-bios none`: this image is the first code
//! that the machine runs. Start-up and traps by `riscv-rt`, console and end through semihosting,
//! interrupts from the machine timer of the CLINT.

use core::ptr;
use riscv::interrupt::Interrupt;
use semihosting::io::Write as _;

/// Time, and when to interrupt: 64 bits each, as words, because RV32 stores no more at once.
const MTIME: *const u32 = ptr::without_provenance(0x0200_bff8);
const MTIMECMP: *mut u32 = ptr::without_provenance_mut(0x0200_4000);

/// Bytes of the global heap.
pub const HEAP: usize = 8 << 20;

/// Bytes that the linker script does not name.
pub const FIXED: usize = 0x8600_0000;

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
        static mut __eheap: u8;
    }
    let start = &raw mut __sheap;
    (start, (&raw mut __eheap).addr() - start.addr())
}

pub fn interrupt_after(ticks: u16) {
    // SAFETY: a register of the board; the run is far shorter than 2^32 ticks.
    let now = unsafe { MTIME.read_volatile() };
    set_deadline(0, now + u32::from(ticks));
    // SAFETY: the handler below is in place.
    unsafe { riscv::register::mie::set_mtimer() };
    // SAFETY: as above.
    unsafe { riscv::interrupt::enable() };
}

/// Interrupts when the time reaches `high << 32 | low`.
fn set_deadline(high: u32, low: u32) {
    // SAFETY: a register of the board that nothing else uses.
    unsafe { MTIMECMP.add(1).write_volatile(u32::MAX) };
    // SAFETY: as above.
    unsafe { MTIMECMP.write_volatile(low) };
    // SAFETY: as above.
    unsafe { MTIMECMP.add(1).write_volatile(high) };
}

#[riscv_rt::core_interrupt(Interrupt::MachineTimer)]
fn timer() {
    set_deadline(u32::MAX, u32::MAX);
    crate::interrupt::fired();
}

#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn exception(_frame: &riscv_rt::TrapFrame) -> ! {
    let cause = riscv::register::mcause::read().bits();
    let at = riscv::register::mepc::read();
    crate::say!("exception {cause} at {at:#x}");
    super::fail()
}

#[riscv_rt::entry]
fn main() -> ! {
    super::run()
}

#[cfg(not(target_has_atomic = "ptr"))]
mod critical {
    //! One hart: nothing else runs while interrupts are masked.
    struct Masked;
    critical_section::set_impl!(Masked);

    // SAFETY: between `acquire` and `release` `mstatus.MIE` is clear, so on the only hart no
    // interrupt handler runs; `release` restores what `acquire` found, so sections nest.
    unsafe impl critical_section::Impl for Masked {
        unsafe fn acquire() -> bool {
            let enabled = riscv::register::mstatus::read().mie();
            riscv::interrupt::disable();
            enabled
        }
        unsafe fn release(enabled: bool) {
            if enabled {
                // SAFETY: the outermost section ends here.
                unsafe { riscv::interrupt::enable() };
            }
        }
    }
}
