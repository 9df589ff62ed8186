//! [`Limits`]: how many blocks and bytes the operation that uses up a heap takes at most. It is carried
//! out in `model.rs`.

/// How far [`Op::Exhaust`](crate::Op::Exhaust) goes with an allocator that does not refuse.
///
/// ```
/// use bump_test_harness::Limits;
///
/// let limits = Limits { blocks: 10, ..Limits::default() };
/// assert!(limits.bytes > 1000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Live blocks.
    pub blocks: usize,
    /// Bytes in live blocks.
    pub bytes: usize,
}

impl Limits {
    /// Limits that use up a small memory with few requests: for long sequences, and many of them.
    pub const SMALL: Self = Self {
        blocks: 64,
        bytes: 8192,
    };
}

impl Default for Limits {
    /// 1024 blocks and 128 KiB, or far less where an interpreter runs the code or `usize` is small.
    fn default() -> Self {
        if cfg!(miri) || usize::BITS < 32 {
            Self {
                blocks: if cfg!(miri) { 12 } else { 48 },
                bytes: 4096,
            }
        } else {
            Self {
                blocks: 1024,
                bytes: 1 << 17,
            }
        }
    }
}
