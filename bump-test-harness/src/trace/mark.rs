//! [`Mark`]: the bytes that a replay writes to both ends of a block, and compares later. The blocks and
//! the requests are in `replay.rs`.

use core::ptr;
use core::slice;

/// Eight bytes that no other block of the replay has at its ends. A shorter block has the first of
/// them.
#[derive(Clone, Copy)]
pub(super) struct Mark([u8; 8]);

impl Mark {
    /// Stands where no block is.
    pub(super) const NONE: Self = Self([0; 8]);

    /// The mark that is written with the request of this number.
    pub(super) fn new(number: usize) -> Self {
        // Multiplying by an odd number keeps different numbers apart, and spreads them over all
        // bytes.
        let spread = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(spread.to_be_bytes())
    }

    /// Writes the mark to the end of a block, and to its start, where both overlap.
    ///
    /// # Safety
    ///
    /// `size` bytes at `start` can be written.
    #[inline]
    pub(super) unsafe fn write(self, start: *mut u8, size: usize) {
        if size >= 8 {
            // SAFETY: 8 bytes before the end are in the block.
            let end = unsafe { start.add(size - 8) };
            // SAFETY: as above.
            unsafe { end.cast::<[u8; 8]>().write(self.0) };
            // SAFETY: 8 bytes at the start are in the block.
            unsafe { start.cast::<[u8; 8]>().write(self.0) };
        } else {
            // SAFETY: as many bytes as the block has, which are fewer than the mark has.
            unsafe { ptr::copy_nonoverlapping(self.0.as_ptr(), start, size) };
        }
    }

    /// Whether the mark is where it was written to a block of `size` bytes, of which the first
    /// `kept`, or all if that is more, are at `start` now.
    ///
    /// # Safety
    ///
    /// The smaller of `size` and `kept` bytes at `start` can be read; both ends of the `size` bytes
    /// were written to.
    #[inline]
    pub(super) unsafe fn is_at(self, start: *mut u8, size: usize, kept: usize) -> bool {
        let first = size.min(kept).min(8);
        let same = if first == 8 {
            // SAFETY: 8 bytes at the start are in the block.
            let found = unsafe { start.cast::<[u8; 8]>().read() };
            found == self.0
        } else {
            // SAFETY: as many bytes are in the block.
            let found = unsafe { slice::from_raw_parts(start, first) };
            found == &self.0[..first]
        };
        // In a block that is shorter than two marks, the one at the start covers the other.
        if !same || size < 16 || kept < size {
            return same;
        }
        // SAFETY: 8 bytes before the end of what was written are in the block.
        let end = unsafe { start.add(size - 8) };
        // SAFETY: as above.
        unsafe { end.cast::<[u8; 8]>().read() == self.0 }
    }
}
