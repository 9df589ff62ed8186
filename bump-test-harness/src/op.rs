//! [`Op`]: one step of a sequence of operations, as a value that can be generated, shrunk, printed,
//! read back and decoded from a fuzzer's bytes. `model.rs` carries steps out, and checks them.

use alloc::string::String;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::fmt;
use core::str::FromStr;

use crate::heap::Resize;

/// One operation on an allocator.
///
/// Blocks are named by their place among those that live, the newest being 0; a number beyond them
/// wraps around. With no live block, an operation on one does nothing. So every sequence is a legal
/// program, and stays one when steps are taken out of it.
///
/// ```
/// use bump_test_harness::{Op, op};
///
/// let step: Op = "alloc 16/8".parse().unwrap();
/// assert_eq!(step, op::alloc(16, 8));
/// assert_eq!(step.to_string(), "alloc 16/8");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Asks for a block.
    Allocate {
        /// The layout of the request. Size 0 counts as 1 where the interface forbids it.
        layout: Layout,
        /// Whether the memory has to be zero.
        zeroed: bool,
    },
    /// Changes the layout of a block.
    Resize {
        /// Which block.
        block: usize,
        /// The new layout. Its alignment counts as the old one where the interface has no way to
        /// change it; its size counts as the old one where it is on the wrong side for `how`.
        layout: Layout,
        /// Which call is meant.
        how: Resize,
    },
    /// Gives a block back.
    Release {
        /// Which block.
        block: usize,
    },
    /// From here on, uses a layout for the block that is as large as the allocator said the block
    /// is.
    Widen {
        /// Which block.
        block: usize,
    },
    /// Asks for blocks until one is refused, or until [`Limits`](crate::Limits) are reached.
    Exhaust {
        /// The layout of each request.
        layout: Layout,
    },
    /// Frees everything at once; nothing happens where the allocator cannot do that.
    Reset,
    /// Moves the allocator itself; nothing happens where that is not allowed.
    Relocate,
}

/// The sequence in the notation that [`parse`] reads.
///
/// ```
/// use bump_test_harness::op;
///
/// let ops = [op::alloc(16, 8), op::alloc(16, 8), op::free(0)];
/// assert_eq!(op::format(&ops), "2 * alloc 16/8; free 0");
/// ```
#[must_use]
pub fn format(ops: &[Op]) -> String {
    use fmt::Write as _;
    let mut text = String::new();
    for equal in ops.chunk_by(|a, b| a == b) {
        let separator = if text.is_empty() { "" } else { "; " };
        // Writing to a `String` cannot fail.
        let _ = match equal {
            [op] => write!(text, "{separator}{op}"),
            _ => write!(text, "{separator}{} * {}", equal.len(), equal[0]),
        };
    }
    text
}

/// Reads a sequence as [`format`] writes it, `None` if it is not one.
///
/// ```
/// use bump_test_harness::op;
///
/// let text = "2 * alloc 16/8; grow 0 32/8; free 0; zeroed max-7/1; exhaust 1/1; reset";
/// assert_eq!(op::format(&op::parse(text).unwrap()), text);
/// assert!(op::parse("alloc sixteen").is_none());
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<Vec<Op>> {
    let mut ops = Vec::new();
    for step in text
        .split(';')
        .map(str::trim)
        .filter(|step| !step.is_empty())
    {
        let (count, op) = match step.split_once('*') {
            Some((count, op)) => (count.trim().parse().ok()?, op),
            None => (1, step),
        };
        ops.resize(ops.len() + count, op.parse().ok()?);
    }
    Some(ops)
}

/// Decodes a sequence from arbitrary bytes, [`STEP`] for each operation. Left-over bytes are
/// ignored.
///
/// Every input is a legal sequence, so that random bytes, a fuzzer's corpus and a generator on a
/// machine without `std` all speak of the same operations. Small bytes give small operations:
/// a shrinker that lowers bytes lowers sizes.
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::format(&op::decode(&[0, 0, 16, 3, 5, 0, 0, 0])), "alloc 16/8; free 0");
/// ```
#[must_use]
pub fn decode(bytes: &[u8]) -> Vec<Op> {
    bytes.chunks_exact(STEP).map(decode_step).collect()
}

/// The number of bytes that [`decode`] takes for one operation.
pub const STEP: usize = 4;

fn decode_step(bytes: &[u8]) -> Op {
    let [kind, block, size, shape] = [bytes[0], bytes[1], bytes[2], bytes[3]];
    let block = usize::from(block % 16);
    // Three bits of the last byte make the alignment (1 to 128), the others scale the size.
    let align = 1 << (shape & 7);
    let size = match shape >> 3 {
        scale @ 0..=7 => usize::from(size) << (scale / 2),
        8 => usize::from(size) << 6,
        9 => isize::MAX as usize - align - usize::from(size),
        _ => usize::from(size),
    };
    let layout = Layout::from_size_align(size, align).unwrap_or(Layout::new::<u8>());
    match kind % 16 {
        0..=3 | 15 => Op::Allocate {
            layout,
            zeroed: false,
        },
        4 => Op::Allocate {
            layout,
            zeroed: true,
        },
        5..=7 => Op::Release { block },
        8 | 9 => Op::Resize {
            block,
            layout,
            how: Resize::Grow,
        },
        10 => Op::Resize {
            block,
            layout,
            how: Resize::GrowZeroed,
        },
        11 | 12 => Op::Resize {
            block,
            layout,
            how: Resize::Shrink,
        },
        13 => Op::Widen { block },
        _ => match block % 4 {
            0 => Op::Reset,
            1 => Op::Exhaust { layout },
            _ => Op::Relocate,
        },
    }
}

/// Sizes near the top of the address space are written from there down.
struct Size(usize);

const TOP: usize = isize::MAX as usize;

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TOP - self.0 {
            0 => f.write_str("max"),
            below if below < TOP / 2 => write!(f, "max-{below}"),
            _ => write!(f, "{}", self.0),
        }
    }
}

fn read_layout(text: &str) -> Option<Layout> {
    let (size, align) = text.split_once('/')?;
    let size = match size.strip_prefix("max") {
        Some("") => TOP,
        Some(below) => TOP.checked_sub(below.strip_prefix('-')?.parse().ok()?)?,
        None => size.parse().ok()?,
    };
    Layout::from_size_align(size, align.parse().ok()?).ok()
}

struct Shape<'a>(&'a Layout);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Size(self.0.size()), self.0.align())
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allocate {
                layout,
                zeroed: false,
            } => write!(f, "alloc {}", Shape(layout)),
            Self::Allocate {
                layout,
                zeroed: true,
            } => write!(f, "zeroed {}", Shape(layout)),
            Self::Resize { block, layout, how } => {
                let call = match how {
                    Resize::Grow => "grow",
                    Resize::GrowZeroed => "grow_zeroed",
                    Resize::Shrink => "shrink",
                };
                write!(f, "{call} {block} {}", Shape(layout))
            }
            Self::Release { block } => write!(f, "free {block}"),
            Self::Widen { block } => write!(f, "widen {block}"),
            Self::Exhaust { layout } => write!(f, "exhaust {}", Shape(layout)),
            Self::Reset => f.write_str("reset"),
            Self::Relocate => f.write_str("move"),
        }
    }
}

/// The text is not an operation.
///
/// ```
/// use bump_test_harness::Op;
///
/// assert!("alloc sixteen".parse::<Op>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnOp;

impl FromStr for Op {
    type Err = NotAnOp;

    fn from_str(text: &str) -> Result<Self, NotAnOp> {
        read_op(text).ok_or(NotAnOp)
    }
}

fn read_op(text: &str) -> Option<Op> {
    let mut words = text.split_whitespace();
    let call = words.next()?;
    let op = match call {
        "alloc" | "zeroed" => Op::Allocate {
            layout: read_layout(words.next()?)?,
            zeroed: call == "zeroed",
        },
        "grow" | "grow_zeroed" | "shrink" => Op::Resize {
            block: words.next()?.parse().ok()?,
            layout: read_layout(words.next()?)?,
            how: match call {
                "grow" => Resize::Grow,
                "shrink" => Resize::Shrink,
                _ => Resize::GrowZeroed,
            },
        },
        "free" => Op::Release {
            block: words.next()?.parse().ok()?,
        },
        "widen" => Op::Widen {
            block: words.next()?.parse().ok()?,
        },
        "exhaust" => Op::Exhaust {
            layout: read_layout(words.next()?)?,
        },
        "reset" => Op::Reset,
        "move" => Op::Relocate,
        _ => return None,
    };
    words.next().is_none().then_some(op)
}

/// A layout of `size` bytes, or of the most that is legal with this alignment, a power of two.
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::layout(16, 8).size(), 16);
/// assert_eq!(op::layout(usize::MAX, 8).size(), isize::MAX as usize - 7);
/// ```
#[must_use]
pub fn layout(size: usize, align: usize) -> Layout {
    let size = size.min(TOP - (align - 1));
    Layout::from_size_align(size, align).unwrap_or(Layout::new::<u8>())
}

/// [`Op::Allocate`] of `size` bytes aligned to `align`.
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::alloc(16, 8).to_string(), "alloc 16/8");
/// ```
#[must_use]
pub fn alloc(size: usize, align: usize) -> Op {
    Op::Allocate {
        layout: layout(size, align),
        zeroed: false,
    }
}

/// [`Op::Allocate`] of zeroed memory.
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::zeroed(16, 8).to_string(), "zeroed 16/8");
/// ```
#[must_use]
pub fn zeroed(size: usize, align: usize) -> Op {
    Op::Allocate {
        layout: layout(size, align),
        zeroed: true,
    }
}

/// [`Op::Resize`].
///
/// ```
/// use bump_test_harness::op;
///
/// let step = op::resize(bump_test_harness::Resize::GrowZeroed, 1, 32, 8);
/// assert_eq!(step.to_string(), "grow_zeroed 1 32/8");
/// ```
#[must_use]
pub fn resize(how: Resize, block: usize, size: usize, align: usize) -> Op {
    Op::Resize {
        block,
        layout: layout(size, align),
        how,
    }
}

/// [`Op::Resize`] to a larger size.
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::grow(0, 32, 8).to_string(), "grow 0 32/8");
/// ```
#[must_use]
pub fn grow(block: usize, size: usize, align: usize) -> Op {
    resize(Resize::Grow, block, size, align)
}

/// [`Op::Resize`] to a smaller size.
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::shrink(0, 4, 8).to_string(), "shrink 0 4/8");
/// ```
#[must_use]
pub fn shrink(block: usize, size: usize, align: usize) -> Op {
    resize(Resize::Shrink, block, size, align)
}

/// [`Op::Release`].
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::free(0).to_string(), "free 0");
/// ```
#[must_use]
pub const fn free(block: usize) -> Op {
    Op::Release { block }
}

/// [`Op::Exhaust`].
///
/// ```
/// use bump_test_harness::op;
///
/// assert_eq!(op::exhaust(16, 8).to_string(), "exhaust 16/8");
/// ```
#[must_use]
pub fn exhaust(size: usize, align: usize) -> Op {
    Op::Exhaust {
        layout: layout(size, align),
    }
}
