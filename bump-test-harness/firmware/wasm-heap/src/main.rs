//! A module whose heap grows by `memory.grow`: requests as the host makes them. The checks are in
//! `machine/growing.mjs`.
#![no_std]
#![no_main]

extern crate alloc;

mod heap;

use alloc::alloc::Layout;
use alloc::vec::Vec;
use core::ptr;

/// Takes a block; 0 if there is no memory for it.
#[unsafe(no_mangle)]
extern "C" fn take(size: usize, align: usize) -> *mut u8 {
    match Layout::from_size_align(size, align) {
        // SAFETY: not 0 bytes.
        Ok(layout) if size != 0 => unsafe { alloc::alloc::alloc(layout) },
        _ => ptr::null_mut(),
    }
}

/// Takes a block that is zero; 0 if there is no memory for it.
#[unsafe(no_mangle)]
extern "C" fn take_zeroed(size: usize, align: usize) -> *mut u8 {
    match Layout::from_size_align(size, align) {
        // SAFETY: not 0 bytes.
        Ok(layout) if size != 0 => unsafe { alloc::alloc::alloc_zeroed(layout) },
        _ => ptr::null_mut(),
    }
}

/// Resizes a block; 0, and nothing happened, if there is no memory for it.
///
/// # Safety
///
/// The block is from [`take`], with this size and alignment; the new size is small enough and not 0.
#[unsafe(no_mangle)]
unsafe extern "C" fn resize(block: *mut u8, size: usize, align: usize, new: usize) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(size, align) else {
        return ptr::null_mut();
    };
    // SAFETY: the caller's promise.
    unsafe { alloc::alloc::realloc(block, layout, new) }
}

/// Gives a block back.
///
/// # Safety
///
/// The block is from [`take`], with this size and alignment.
#[unsafe(no_mangle)]
unsafe extern "C" fn give_back(block: *mut u8, size: usize, align: usize) {
    if let Ok(layout) = Layout::from_size_align(size, align) {
        // SAFETY: the caller's promise.
        unsafe { alloc::alloc::dealloc(block, layout) }
    }
}

/// Pushes so many numbers to a vector, which is dropped, or leaked if `leak` is not 0; whether there
/// was memory for it.
#[unsafe(no_mangle)]
extern "C" fn push(len: u32, leak: u32) -> bool {
    let mut list: Vec<u32> = Vec::new();
    for number in 0..len {
        if list.try_reserve(1).is_err() {
            return false;
        }
        list.push(number);
    }
    if leak != 0 {
        list.leak();
    }
    true
}

/// Takes a hundred blocks, and frees them, the oldest first: `wasm-sizes` counts the instructions.
#[cfg(feature = "count")]
#[unsafe(no_mangle)]
extern "C" fn count() {
    let layout = core::hint::black_box(Layout::new::<[u64; 3]>());
    let mut blocks = [ptr::null_mut(); 100];
    for block in &mut blocks {
        // SAFETY: not 0 bytes.
        *block = unsafe { alloc::alloc::alloc(layout) };
    }
    for block in blocks {
        // SAFETY: taken above: there is memory for a hundred.
        unsafe { alloc::alloc::dealloc(block, layout) };
    }
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
