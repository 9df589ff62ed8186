//! How far a region is consumed, and the ways in which a request at an exact level can fail.
//!
//! The allocators that return these values are elsewhere.

use core::fmt;

/// How many bytes of a region are consumed.
///
/// Each block that is not empty raises the level. So if two requests in a row at exact levels
/// succeed, no other block lies between theirs, but only padding. Blocks for values of one type need no
/// padding if the region has no [minimum alignment](crate::RawBump::MIN_ALIGN) above that of the type.
/// This is enough to build a slice of unknown length element by element. (Another block may have been
/// there and been given back.)
///
/// ```
/// use bump_core::Level;
///
/// assert!(Level::new(8) < Level::new(12));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(usize);

impl Level {
    /// The level at which `byte_offset` bytes are consumed.
    ///
    /// A level is only a number. A request at a level that the region is not at is refused.
    ///
    /// ```
    /// assert_eq!(bump_core::Level::new(8).byte_offset(), 8);
    /// ```
    #[must_use]
    pub const fn new(byte_offset: usize) -> Self {
        Level(byte_offset)
    }

    /// The consumed bytes, counted from the start of the region.
    ///
    /// ```
    /// assert_eq!(bump_core::Level::new(12).byte_offset(), 12);
    /// ```
    #[must_use]
    pub const fn byte_offset(&self) -> usize {
        self.0
    }
}

/// Why a request at an exact [`Level`] was refused.
///
/// ```
/// use bump_core::{Failure, Level};
///
/// let failure = Failure::Mismatch { observed: Level::new(8) };
/// assert_eq!(failure.to_string(), "the region is at level 8 instead");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The region has not enough bytes left.
    Exhausted,

    /// The region is not at the requested level.
    Mismatch {
        /// The level that was found instead.
        observed: Level,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Exhausted => f.write_str("not enough memory left in the region"),
            Failure::Mismatch { observed } => {
                write!(
                    f,
                    "the region is at level {} instead",
                    observed.byte_offset()
                )
            }
        }
    }
}

impl core::error::Error for Failure {}

/// A value that could not be moved into a region, and why.
///
/// The error owns the value, so that nothing is lost and no destructor runs behind the caller's
/// back. Its [source](core::error::Error::source) is the [`Failure`].
///
/// ```
/// use bump_core::{Failure, LeakError};
/// use std::error::Error;
///
/// fn refuse(val: String) -> Result<(), LeakError<String>> {
///     Err(LeakError::new(val, Failure::Exhausted))
/// }
///
/// let error = refuse(String::from("kept")).unwrap_err();
/// assert_eq!(error.to_string(), "a value was not moved into the region");
/// assert_eq!(error.source().unwrap().to_string(), "not enough memory left in the region");
/// assert_eq!(error.into_inner(), "kept");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeakError<T> {
    val: T,
    failure: Failure,
}

impl<T> LeakError<T> {
    /// An error that gives `val` back.
    ///
    /// ```
    /// use bump_core::{Failure, LeakError};
    ///
    /// let error = LeakError::new(42, Failure::Exhausted);
    /// assert_eq!(error.into_inner(), 42);
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(val: T, failure: Failure) -> Self {
        LeakError { val, failure }
    }

    /// Why the value was refused.
    ///
    /// ```
    /// use bump_core::{Failure, LeakError};
    ///
    /// assert_eq!(LeakError::new(42, Failure::Exhausted).kind(), Failure::Exhausted);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> Failure {
        self.failure
    }

    /// The value that was refused.
    ///
    /// ```
    /// use bump_core::{Failure, LeakError};
    ///
    /// assert_eq!(LeakError::new("back", Failure::Exhausted).into_inner(), "back");
    /// ```
    #[must_use = "the value is dropped unless it is used"]
    pub fn into_inner(self) -> T {
        self.val
    }
}

// Neither has a bound on `T`: the failure is printed, and not the value.
impl<T> fmt::Debug for LeakError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeakError")
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for LeakError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value was not moved into the region")
    }
}

impl<T> core::error::Error for LeakError<T> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.failure)
    }
}
