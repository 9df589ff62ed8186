//! Raw blocks, filled and looked at byte by byte: not optimised away, whatever the compiler knows.

/// Fills a block.
///
/// # Safety
///
/// `block` is valid for writes of `size` bytes.
pub unsafe fn fill(block: *mut u8, size: usize, byte: u8) {
    for offset in 0..size {
        // SAFETY: inside the block.
        let at = unsafe { block.add(offset) };
        // SAFETY: as above.
        unsafe { at.write_volatile(byte) };
    }
}

/// Whether all bytes of a block are `byte`.
///
/// # Safety
///
/// `block` is valid for reads of `size` bytes, which are initialised.
pub unsafe fn holds(block: *const u8, size: usize, byte: u8) -> bool {
    (0..size).all(|offset| {
        // SAFETY: inside the block.
        let at = unsafe { block.add(offset) };
        // SAFETY: as above.
        unsafe { at.read_volatile() == byte }
    })
}
