//! Size classes: which free blocks are interchangeable, and how many bytes each has. Lists and
//! memory are elsewhere.
//!
//! A class stands for all blocks of one size. The sizes are the multiples of [`GRAIN`] up to eight
//! grains, then four for each doubling:
//!
//! ```text
//!   class   0   1   2   3   4   5   6   7    8   9  10  11    12   13   14   15    16 …
//!   bytes   8  16  24  32  40  48  56  64   80  96 112 128   160  192  224  256   320 …
//!         └───────── one grain more ───────┘└── two more ──┘ └──── four more ─────┘
//! ```
//!
//! So a block is less than a grain, or at most a quarter, larger than the request that it serves.
//!
//! No table is needed to find a class. It follows from the number of the block's last byte: from
//! the highest three bits of that number, and from the number of bits below them, which is at least
//! the three bits of a grain:
//!
//! ```text
//!   a request of 137 bytes:   137 - 1 = 0b100_01000    the step 0b100, shifted by 5
//!   its class:                4 · (5 - 3) + 0b100 = 12
//!   the bytes of a block:     (0b100 + 1) << 5 = 160
//! ```

// Import `usize` and `Layout` from the parent module: the test `every_input` compiles this source
// with an 8-bit `usize` and tries every input.
use super::{Layout, usize};

/// The bytes of the smallest block, on every machine. The size of every block is a multiple of it,
/// and so is its address: blocks of any class are aligned to it.
///
/// This is not [`UNIT`](crate::UNIT), to which requests without lists are rounded: a `UNIT` is
/// smaller on 16-bit targets.
///
/// ```
/// use bump_core::class::{GRAIN, class_of, class_size};
///
/// assert_eq!(class_size(class_of(1)), GRAIN);
/// ```
pub const GRAIN: usize = 8;

/// The number of classes: one list for each serves every request that a valid layout can make.
///
/// ```
/// use bump_core::class::{CLASSES, class_of};
///
/// let largest = isize::MAX as usize + 1;
/// assert_eq!(class_of(largest), CLASSES - 1);
/// ```
pub const CLASSES: usize = class_of(1 << (usize::BITS - 1)) + 1;

/// Classes for each doubling of the size, as a power of two.
const STEPS: u32 = 2;

/// The grain as a power of two.
const GRAIN_BITS: usize = GRAIN.trailing_zeros() as usize;

/// The bytes in which a block of `layout` fits, wherever they start at a multiple of [`GRAIN`].
///
/// For an alignment of at most a grain, this is the size of the block itself. For a stricter
/// alignment, it includes room to align the block, and at least a grain in front of it, in which an
/// allocator can note where the bytes start. The result is at most half of the address space.
///
/// ```
/// use bump_core::class::needed;
/// use core::alloc::Layout;
///
/// assert_eq!(needed(Layout::new::<[u8; 100]>()), 100);
///
/// #[repr(align(64))]
/// struct Line([u8; 64]);
/// assert_eq!(needed(Layout::new::<Line>()), 128);
/// ```
#[inline]
#[must_use]
pub const fn needed(layout: Layout) -> usize {
    // A valid layout has `size + (align - 1) <= isize::MAX`: the sum does not overflow.
    if layout.align() > GRAIN {
        layout.size().wrapping_add(layout.align())
    } else {
        layout.size()
    }
}

/// The smallest class whose blocks have at least `size` bytes, which are at least 1, and at most
/// half of the address space.
///
/// ```
/// use bump_core::class::{class_of, class_size};
///
/// assert_eq!(class_of(8), 0);
/// assert_eq!(class_of(9), 1);
/// assert_eq!(class_of(137), 12);
/// assert_eq!(class_size(12), 160);
/// ```
#[inline]
#[must_use]
pub const fn class_of(size: usize) -> usize {
    let (step, shift) = step(size.wrapping_sub(1));
    number(step, shift)
}

/// The bytes of a block of the class of `size`. `size` is at least 1, and at most half of the
/// address space.
///
/// The same as `class_size(class_of(size))`, in fewer steps.
///
/// ```
/// use bump_core::class::rounded_size;
///
/// assert_eq!(rounded_size(60), 64);
/// assert_eq!(rounded_size(65), 80);
/// ```
#[inline]
#[must_use]
pub const fn rounded_size(size: usize) -> usize {
    let (step, shift) = step(size.wrapping_sub(1));
    bytes(step, shift)
}

/// The bytes of each block of a class; `class` is less than [`CLASSES`].
///
/// ```
/// use bump_core::class::class_size;
///
/// assert_eq!([0, 1, 7, 8, 9].map(class_size), [8, 16, 64, 80, 96]);
/// ```
#[inline]
#[must_use]
pub const fn class_size(class: usize) -> usize {
    // The first eight classes differ by one grain. After that, the difference doubles every four.
    let doublings = (class >> STEPS).saturating_sub(1);
    let step = class.wrapping_sub(doublings << STEPS);
    bytes(step, doublings.wrapping_add(GRAIN_BITS))
}

/// The largest class whose blocks have at most `size` bytes: the largest block that can be cut from
/// the start of `size` free bytes. `None` if `size` is less than a [`GRAIN`].
///
/// `size` is at most half of the address space.
///
/// ```
/// use bump_core::class::{class_size, class_within};
///
/// // 100 bytes are a block of 96, and 4 that are of no use.
/// assert_eq!(class_within(100).map(class_size), Some(96));
/// assert_eq!(class_within(4), None);
/// ```
#[inline]
#[must_use]
pub const fn class_within(size: usize) -> Option<usize> {
    // The class of one byte more is the first class that is too large.
    let (step, shift) = step(size);
    number(step, shift).checked_sub(1)
}

/// The highest three bits of the number of a byte, and how many bits there are below them, but at
/// least those of a grain.
#[inline]
const fn step(byte: usize) -> (usize, usize) {
    // 64-bit processors count leading zeros in one instruction. Many smaller ones do not; sizes are
    // small there, so a loop takes a few turns, and is less code than the substitute in software.
    if cfg!(target_pointer_width = "64") {
        // Setting this bit makes the shift at least that of a grain, and changes no larger one.
        let shift = ((byte >> STEPS) | GRAIN).ilog2() as usize;
        return (byte >> shift, shift);
    }
    let (mut step, mut shift) = (byte >> GRAIN_BITS, GRAIN_BITS);
    while step >> STEPS > 1 {
        step >>= 1;
        shift = shift.wrapping_add(1);
    }
    (step, shift)
}

/// The number of the class, from the result of [`step`].
#[inline]
const fn number(step: usize, shift: usize) -> usize {
    (shift.wrapping_sub(GRAIN_BITS) << STEPS).wrapping_add(step)
}

/// The bytes of a block of that class.
#[inline]
const fn bytes(step: usize, shift: usize) -> usize {
    // No class shifts by the bits of a word or more. The mask tells the compiler, which would emit
    // a panic otherwise.
    step.wrapping_add(1) << (shift & (usize::BITS as usize - 1))
}
