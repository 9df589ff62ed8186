//! [`Coverage`]: the counts of requests and answers in a run, and their sum over runs. The counting is
//! done in `model.rs`.

use core::ops::AddAssign;

/// Counts of what happened in runs without a violation, to see whether they showed anything at all.
///
/// ```
/// use bump_test_harness::Coverage;
///
/// let mut sum = Coverage { granted: 3, ..Coverage::default() };
/// sum += Coverage { granted: 1, refused: 1, ..Coverage::default() };
/// assert_eq!((sum.granted, sum.refused), (4, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Requests that got a block.
    pub granted: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Resized blocks that kept their address.
    pub in_place: u64,
    /// Resized blocks that got another address.
    pub moved: u64,
    /// Resets and moves of the allocator that were carried out.
    pub upheavals: u64,
}

impl AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.granted += other.granted;
        self.refused += other.refused;
        self.in_place += other.in_place;
        self.moved += other.moved;
        self.upheavals += other.upheavals;
    }
}
