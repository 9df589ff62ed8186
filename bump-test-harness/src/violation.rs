//! [`Violation`]: an allocator broke its contract.

use alloc::string::String;
use core::fmt;

/// The rule that was broken, whatever sequence of operations showed it.
///
/// ```
/// use bump_test_harness::Rule;
///
/// assert_eq!(Rule::Aligned.to_string(), "misaligned");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A block is not aligned as its layout asks.
    Aligned,
    /// A block has at least the size that was asked for.
    LongEnough,
    /// Blocks that live at the same time share no byte.
    Disjoint,
    /// A block lies in the memory of its allocator and does not wrap around the address space.
    Inside,
    /// Memory that has to be zero is zero.
    Zeroed,
    /// Nobody but its owner writes to a block, not even a request that fails.
    Untouched,
    /// Resizing keeps the bytes up to the smaller size.
    Preserved,
    /// Resizing copies nothing that did not belong to the block.
    Private,
    /// A request that certainly fits is granted.
    Granted,
    /// Nothing panics.
    Calm,
    /// The allocator writes to its own memory only.
    Contained,
    /// Blocks are used and given back to the base allocator as its contract demands.
    BaseRespected,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Aligned => "misaligned",
            Self::LongEnough => "too short",
            Self::Disjoint => "overlap",
            Self::Inside => "outside its memory",
            Self::Zeroed => "not zeroed",
            Self::Untouched => "live block changed",
            Self::Preserved => "bytes lost",
            Self::Private => "foreign bytes copied",
            Self::Granted => "refused though it fits",
            Self::Calm => "panicked",
            Self::Contained => "wrote beyond its memory",
            Self::BaseRespected => "base allocator misused",
        })
    }
}

/// An act of an allocator that its contract forbids.
///
/// ```
/// use bump_test_harness::{Rule, Violation};
///
/// let violation = Violation::new(Rule::Aligned, "asked for alignment 8, got 4");
/// assert_eq!(violation.to_string(), "misaligned: asked for alignment 8, got 4");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule that was broken.
    pub rule: Rule,
    /// Figures of this case. Addresses are left out, so that equal runs give equal texts.
    pub detail: String,
}

impl Violation {
    /// Names the rule that was broken and the figures.
    ///
    /// ```
    /// use bump_test_harness::{Rule, Violation};
    ///
    /// assert_eq!(Violation::new(Rule::Disjoint, "..").rule, Rule::Disjoint);
    /// ```
    #[must_use]
    pub fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self {
            rule,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}
