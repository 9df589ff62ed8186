//! A stage 0: the first code that the machine runs. It makes a heap of the memory that the linker
//! script left, loads the next stage into a block of it, and hands over, with a description of what
//! is left. The whole image, the next stage included, is less than 1 KiB.
#![no_std]
#![no_main]

#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv32", path = "riscv.rs")]
mod machine;

use bump_global::Region;
use core::alloc::Layout;
use core::mem;
use core::panic::PanicInfo;
use core::ptr::NonNull;

/// The heap. The next stage can go on using it: nothing of what it holds is on this stage's stack.
static HEAP: Region = Region::empty();

/// Handed to the next stage.
#[repr(C)]
struct Handover {
    /// [`MAGIC`].
    magic: u32,
    /// Where the next stage was loaded to.
    loaded: *const u8,
    /// Bytes of the heap that are left.
    remaining: usize,
}

/// Tells the next stage, in `machine`, that it got what it expects.
const MAGIC: u32 = 0x50a5;

unsafe extern "C" {
    // The memory of the heap, from the linker script.
    static mut heap_start: u8;
    static mut heap_end: u8;
    // The code of the next stage, which runs at any address that is a multiple of 4.
    static next_start: u8;
    static next_end: u8;
}

/// Called by the start-up code in `machine`, which has set up a stack and cleared `.bss`.
#[unsafe(no_mangle)]
extern "C" fn boot() -> ! {
    let start = &raw mut heap_start;
    let len = if cfg!(feature = "fail") {
        16
    } else {
        (&raw mut heap_end).addr() - start.addr()
    };
    // SAFETY: the linker script gives an address.
    let start = unsafe { NonNull::new_unchecked(start) };
    // SAFETY: the linker script puts nothing else there; and this is called once.
    let _ = unsafe { HEAP.init_raw(start, len) };
    match load() {
        Some((entry, handover)) => entry(handover),
        None => machine::out_of_memory(),
    }
}

/// The next stage, and what it is told.
type Next = (extern "C" fn(&'static Handover) -> !, &'static Handover);

/// Loads the next stage into the heap.
fn load() -> Option<Next> {
    let source = &raw const next_start;
    let len = (&raw const next_end).addr() - source.addr();
    // SAFETY: 4 is a power of two, and the code is a few bytes.
    let layout = unsafe { Layout::from_size_align_unchecked(len, 4) };
    let loaded = HEAP.alloc(layout)?.as_ptr();
    // A byte after the other: the `memcpy` of the compiler has up to 744 bytes. Volatile, or the compiler
    // would call it.
    for at in 0..len {
        // SAFETY: inside the code of the next stage.
        let from = unsafe { source.add(at) };
        // SAFETY: inside the block, which is of this size.
        let to = unsafe { loaded.add(at) };
        // SAFETY: a byte of that code.
        let byte = unsafe { from.read_volatile() };
        // SAFETY: a byte of the block, in which nothing else is.
        unsafe { to.write_volatile(byte) };
    }
    machine::synchronise();
    let block = HEAP.alloc(Layout::new::<Handover>())?.cast();
    // SAFETY: the block is for this type.
    unsafe {
        block.write(Handover {
            magic: MAGIC,
            loaded,
            remaining: HEAP.remaining(),
        })
    };
    // SAFETY: just initialised, and nobody writes to it.
    let handover = unsafe { block.as_ref() };
    // SAFETY: the block holds code that follows the C calling convention.
    let entry = unsafe {
        mem::transmute::<*const u8, extern "C" fn(&'static Handover) -> !>(machine::code(loaded))
    };
    Some((entry, handover))
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    machine::out_of_memory()
}
