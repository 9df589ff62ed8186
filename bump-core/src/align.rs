//! Rounding addresses to an alignment, and nothing else: no memory, no allocator.
//!
//! An alignment is a power of two, as [`Layout::align`](core::alloc::Layout::align) is. Then
//! `align - 1` is a mask of the low bits that an aligned address has clear:
//!
//! ```text
//!                  align = 8        0b1000
//!                  align - 1        0b0111    the bits that must be clear
//!                  !(align - 1)   …11111000   the bits that may be set
//!
//!        16                            24
//!   ──────┼──┬──┬──┬──┬──┬──┬──┬──┬─────┼──
//!         ▲           ▲                 ▲
//!   align_down(20)    20          align_up(20)
//!                     └─ padding(20) ───┘
//! ```
//!
//! If `align` is not a power of two, the functions still return, but the result is meaningless.

// Import `usize` from the parent module: the test `every_input` compiles this source with an 8-bit
// `usize` and tries every input.
use super::usize;

/// Whether `address` is a multiple of `align`, a power of two.
///
/// ```
/// assert!(bump_core::align::is_aligned(24, 8));
/// assert!(!bump_core::align::is_aligned(20, 8));
/// ```
#[inline]
#[must_use]
pub const fn is_aligned(address: usize, align: usize) -> bool {
    padding(address, align) == 0
}

/// The largest multiple of `align`, a power of two, that is at most `address`.
///
/// ```
/// assert_eq!(bump_core::align::align_down(20, 8), 16);
/// assert_eq!(bump_core::align::align_down(16, 8), 16);
/// ```
#[inline]
#[must_use]
pub const fn align_down(address: usize, align: usize) -> usize {
    address & align.wrapping_neg()
}

/// The smallest multiple of `align`, a power of two, that is at least `address`. Returns `None` if
/// it lies beyond the address space.
///
/// ```
/// assert_eq!(bump_core::align::align_up(20, 8), Some(24));
/// assert_eq!(bump_core::align::align_up(24, 8), Some(24));
/// assert_eq!(bump_core::align::align_up(usize::MAX, 8), None);
/// ```
#[inline]
#[must_use]
pub const fn align_up(address: usize, align: usize) -> Option<usize> {
    // Adding the mask overflows exactly if no multiple follows: the last multiple in the address
    // space has the mask's bits clear, so it is the last address to which the mask can be added.
    match address.checked_add(align.wrapping_sub(1)) {
        Some(passed) => Some(align_down(passed, align)),
        None => None,
    }
}

/// The bytes from `address` to the next multiple of `align`, a power of two: less than `align`.
///
/// The next multiple may be the end of the address space, which is not an address.
///
/// ```
/// assert_eq!(bump_core::align::padding(20, 8), 4);
/// assert_eq!(bump_core::align::padding(24, 8), 0);
/// assert_eq!(bump_core::align::padding(usize::MAX, 8), 1);
/// ```
#[inline]
#[must_use]
pub const fn padding(address: usize, align: usize) -> usize {
    // The size of the address space is a multiple of `align`. So modulo that size, the distance up
    // to the next multiple of `align` is the remainder of the negated address.
    address.wrapping_neg() & align.wrapping_sub(1)
}
