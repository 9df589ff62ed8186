//! A guest on RV32IM: one hart, nothing that interrupts it, no privileges. The heap is one of
//! `bump-local`, so nothing in the image is atomic or switches interrupts off (`machine/guest.sh`).
#![no_std]
#![no_main]

extern crate alloc;

use alloc::alloc::{GlobalAlloc as _, Layout};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::arch::global_asm;
use core::panic::PanicInfo;
use core::ptr;

use bump_local::SingleThreaded;

// The memory is zero when the machine starts.
global_asm!(
    ".section .init, \"ax\"",
    ".globl _start",
    "_start: la sp, stack_end",
    "j guest",
);

/// Bytes of the heap.
const HEAP_BYTES: usize = if cfg!(feature = "fail") {
    2048
} else {
    16 * 1024
};

#[cfg(not(any(feature = "recycling", feature = "fixed")))]
#[global_allocator]
static HEAP: SingleThreaded<bump_local::Bump<[u8; HEAP_BYTES]>> =
    // SAFETY: there is one hart, and nothing that interrupts it.
    unsafe { SingleThreaded::new(bump_local::Bump::uninit()) };

#[cfg(feature = "recycling")]
#[global_allocator]
static HEAP: SingleThreaded<bump_local::Recycling<bump_local::Bump<[u8; HEAP_BYTES]>, 24>> =
    // SAFETY: there is one hart, and nothing that interrupts it.
    unsafe { SingleThreaded::new(bump_local::Recycling::new(bump_local::Bump::uninit())) };

/// Beside what the linker script knows of.
#[cfg(feature = "fixed")]
#[global_allocator]
static HEAP: SingleThreaded<bump_local::FixedHeap<0x8100_0000, HEAP_BYTES>> =
    // SAFETY: there is one hart, and nothing that interrupts it; the memory is zero, and nobody else's.
    unsafe { SingleThreaded::new(bump_local::FixedHeap::new()) };

fn write(text: &str) {
    let port = ptr::without_provenance_mut::<u8>(0x1000_0000);
    for byte in text.bytes() {
        // SAFETY: the serial port of the board.
        unsafe { port.write_volatile(byte) };
    }
}

fn exit(status: u32) -> ! {
    let device = ptr::without_provenance_mut::<u32>(0x10_0000);
    // SAFETY: a register of the board.
    unsafe { device.write_volatile(status) };
    // A hint to spin would be a fence.
    loop {
        core::hint::black_box(());
    }
}

/// A request whose layout is known at run time only: `measure` counts its instructions.
///
/// # Safety
///
/// The layout is valid, and not of 0 bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn take(size: usize, align: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    // SAFETY: the caller's promise.
    unsafe { HEAP.alloc(layout) }
}

/// The work of a heap, by the collections and by hand; whether it did it.
fn work() -> Option<()> {
    let mut list: Vec<u32> = Vec::new();
    list.try_reserve(1000).ok()?;
    list.extend(0..1000);
    let mut words: BTreeMap<u32, String> = BTreeMap::new();
    for number in 0..20 {
        words.insert(number, String::from("one more word"));
    }
    let all = list.iter().sum::<u32>() == 499_500 && words.values().all(|word| word.len() == 13);
    drop(words);
    // A loop with temporaries runs on.
    for round in 0..10_000_usize {
        let mut text = String::new();
        (0..round % 50).for_each(|_| text.push('x'));
        if text.len() != round % 50 {
            return None;
        }
    }
    let layout = Layout::from_size_align(24, 64).ok()?;
    // SAFETY: not 0 bytes.
    let block = unsafe { alloc::alloc::alloc_zeroed(layout) };
    // Where the compiler cannot see it, so that it does not make a function for this layout alone.
    let take: unsafe extern "C" fn(usize, usize) -> *mut u8 = core::hint::black_box(take);
    // SAFETY: not 0 bytes.
    let next = unsafe { take(24, 8) };
    let right = !block.is_null() && block.addr() % 64 == 0 && !next.is_null();
    (all && right && list.try_reserve(HEAP_BYTES).is_err()).then_some(())
}

#[unsafe(no_mangle)]
extern "C" fn guest() -> ! {
    #[cfg(feature = "privileged")]
    // SAFETY: it only masks interrupts.
    unsafe {
        core::arch::asm!("csrci mstatus, 8")
    };
    if work().is_some() {
        write("PASS\n");
        exit(0x5555)
    }
    write("FAIL\n");
    exit(0x1_3333)
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    write("FAIL\n");
    exit(0x1_3333)
}
