//! One name, `machine`, for what the checks need of the hardware: a console, an end, the memory
//! between two linker symbols and, where there is one, a timer that interrupts. Each file below
//! starts one kind of machine; none of them knows what is checked.
//!
//! Every machine provides:
//!
//! - `const HEAP`: how many bytes the global heap can have.
//! - `fn write(&str)`: to the console.
//! - `fn exit(passed: bool) -> !`: ends the emulator, with status 0 if and only if `passed`.
//! - `fn spare() -> (*mut u8, usize)`: start and length in bytes of memory nobody else uses.
//! - `const FIXED: usize`: the address of 64 bytes that the linker script does not name. Not on WebAssembly
//!   and AVR.
//! - `fn interrupt_after(ticks: u16)`: calls [`crate::interrupt::fired`] once, from an interrupt,
//!   after that many ticks of at most one instruction each. Not on WebAssembly and AVR.

#[cfg(not(target_arch = "avr"))]
use core::fmt;

#[cfg_attr(target_arch = "arm", path = "machine/cortex_m.rs")]
#[cfg_attr(
    any(target_arch = "riscv32", target_arch = "riscv64"),
    path = "machine/riscv.rs"
)]
#[cfg_attr(target_arch = "x86_64", path = "machine/x86_64.rs")]
#[cfg_attr(target_arch = "wasm32", path = "machine/wasm.rs")]
#[cfg_attr(target_arch = "avr", path = "machine/avr.rs")]
mod this;
pub use this::*;

/// The console of this machine.
#[cfg(not(target_arch = "avr"))]
pub struct Console;

#[cfg(not(target_arch = "avr"))]
impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write(text);
        Ok(())
    }
}

/// Prints one line. Not on AVR, see [`panicked`].
#[cfg(not(target_arch = "avr"))]
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => {{
        use core::fmt::Write as _;
        // The console never fails.
        let _ = writeln!($crate::machine::Console, $($argument)*);
    }};
}

/// Prints a figure, everywhere.
pub fn figure(name: &str, value: usize) {
    write(name);
    write(": ");
    digits(value);
    write("\n");
}

/// Prints the decimal digits of a number.
fn digits(value: usize) {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    if value > 9 {
        digits(value / 10);
    }
    write(DIGITS[value % 10]);
}

/// Runs all checks when a machine has started. The last line says how it went.
fn run() -> ! {
    crate::selftest();
    write("PASS\n");
    exit(true)
}

/// Ends a run that went wrong.
fn fail() -> ! {
    write("FAIL\n");
    exit(false)
}

#[panic_handler]
fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    // On AVR the compiler does not align what is on the stack (llvm-project#169190), and
    // `core::fmt` prints what lies around.
    #[cfg(target_arch = "avr")]
    write(info.message().as_str().unwrap_or("a check failed"));
    #[cfg(not(target_arch = "avr"))]
    say!("{info}");
    write("\n");
    fail()
}
