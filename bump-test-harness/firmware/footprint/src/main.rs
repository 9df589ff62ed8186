//! A small firmware that asks its global allocator for blocks whose layouts are known at run time
//! only, resizes and returns them. Nothing in it panics, so all panic machinery in the image is
//! the allocator's (but for the one that the feature `can-panic` plants). Which allocator: `heap`.
#![no_std]
#![no_main]

extern crate alloc;

mod heap;

use core::alloc::Layout;
use core::hint::black_box;
use core::panic::PanicInfo;
use core::ptr;

#[cfg(target_arch = "arm")]
use {cortex_m as _, cortex_m_rt::entry};
#[cfg(target_arch = "riscv32")]
use {riscv as _, riscv_rt::entry};

/// Bytes of the region that every allocator is given.
pub const REGION: usize = 8192;

/// The firmware's own use of `memcpy`, which so is no part of what the allocator costs.
fn copy() {
    let from = [1_u8; 16];
    let mut to = [0_u8; 16];
    // SAFETY: the length is at most 16, though the compiler does not know.
    unsafe { ptr::copy_nonoverlapping(black_box(&from).as_ptr(), to.as_mut_ptr(), black_box(16)) };
    black_box(&to);
}

#[entry]
fn main() -> ! {
    heap::init();
    loop {
        copy();
        if cfg!(feature = "can-panic") {
            black_box([1, 2][black_box(3)]);
        }
        let Ok(layout) = Layout::from_size_align(black_box(24), black_box(8)) else {
            continue;
        };
        let wanted = black_box(40);
        if layout.size() == 0 || wanted == 0 || wanted > REGION {
            continue;
        }
        // SAFETY: the size is not zero.
        let block = unsafe { alloc::alloc::alloc(layout) };
        if block.is_null() {
            continue;
        }
        // SAFETY: `block` is of `layout`; the new size is neither zero nor too large.
        let grown = unsafe { alloc::alloc::realloc(black_box(block), layout, wanted) };
        if grown.is_null() {
            continue;
        }
        // SAFETY: both fit a block of the region.
        let layout = unsafe { Layout::from_size_align_unchecked(wanted, layout.align()) };
        // SAFETY: `grown` is of this layout.
        unsafe { alloc::alloc::dealloc(black_box(grown), layout) };
    }
}

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    if cfg!(feature = "printing") {
        semihosting::println!("{info}");
    }
    loop {}
}
