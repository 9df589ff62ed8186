//! The shared cursor: its memory orderings, and why they suffice.
//!
//! # Orderings
//!
//! Claiming is `Acquire` on success, giving back is `Release` on success, an exchange that may be
//! either is both, everything else is `Relaxed`. Two things have to be shown: (1) no byte belongs
//! to two blocks at a time; (2) the next owner of a byte sees what the previous one did to it, and
//! does not race with that.
//!
//! 1. Every change of the cursor is a successful compare-and-exchange, and those of one variable
//!    are totally ordered (its *modification order*), each reading what the one before it wrote.
//!    This is so for every memory ordering. A claim that replaces `current` by `new` therefore owns
//!    exactly the bytes `current..new`, which were free right before it in that order: those
//!    between are owned from a claim on, until the owner gives them back.
//! 2. Let a claim take a byte that was used before. In the modification order, the byte became free
//!    by an earlier giving back `G`, a `Release`, and the claim `C`, an `Acquire`, reads from a
//!    change between the two, or from `G` itself. All changes are read-modify-writes, so they
//!    continue the release sequence that `G` heads, and reading from any of them synchronises with
//!    `G`. So all that the previous owner did to the byte before it was freed happens before
//!    all that the new owner does to it.
//!
//! No other data flows through the region: a program that sends a value from one thread to another
//! does so by other means, which order the accesses. So a load that only prepares an exchange may
//! be `Relaxed`, and so may a failed exchange, whose caller got nothing.
//!
//! A claim need not be `Release`: it publishes nothing. A giving back need not be `Acquire`: its
//! caller touches no byte that it did not own already.

// Import these from the parent module: a test runs this source in a model checker.
use super::atomic::{AtomicUsize, Ordering, PATIENCE, pause};
use bump_core::Cursor;

/// A cursor that threads and interrupts share. It starts at 0.
///
/// For authors of other shared regions; see [`RawBump`](bump_core::RawBump).
///
/// ```
/// use bump_core::Cursor;
/// use bump_global::AtomicCursor;
///
/// static CURSOR: AtomicCursor = AtomicCursor::new();
/// // SAFETY: the cursor of no region.
/// assert_eq!(unsafe { CURSOR.claim(0, 8) }, Ok(()));
/// assert_eq!(unsafe { CURSOR.claim(0, 8) }, Err(8));
/// ```
///
/// Moving the cursor of a region that has blocks is `unsafe`, since it frees them:
///
/// ```compile_fail,E0133
/// use bump_core::{Cursor, RawBump};
/// use bump_global::Bump;
///
/// let bump = Bump::<u64>::uninit();
/// let one = bump.leak(1_u64).unwrap();
/// bump.cursor().give_back(8, 0).unwrap();
/// let two = bump.leak(2_u64).unwrap(); // where `one` is
/// assert_eq!(*one, 1);
/// ```
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct AtomicCursor(AtomicUsize);

// The atomics of the model checker, in which a test runs this source, have no `const` constructors.
#[cfg(not(model_checker))]
impl AtomicCursor {
    /// A cursor at position 0.
    ///
    /// ```
    /// use bump_core::Cursor;
    /// use bump_global::AtomicCursor;
    ///
    /// assert_eq!(AtomicCursor::new().load(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        AtomicCursor(AtomicUsize::new(0))
    }
}

// SAFETY: operations on one atomic are totally ordered, and compare-and-exchange is one operation.
// The argument at the top shows that a claim happens after the giving back of the same bytes.
unsafe impl Cursor for AtomicCursor {
    #[inline]
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    // Use the strong form. The weak one may fail without a reason: a single thread's block would
    // then not start where the one before it ended, or not be given back.
    #[inline]
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, Ordering::Acquire, Ordering::Relaxed)
            .map(drop)
    }

    #[inline]
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, Ordering::Release, Ordering::Relaxed)
            .map(drop)
    }

    // One exchange serves both directions: smaller and faster than a branch to two of them.
    #[inline]
    unsafe fn exchange(&self, current: usize, new: usize) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, Ordering::AcqRel, Ordering::Relaxed)
            .map(drop)
    }

    const PATIENCE: u32 = PATIENCE;

    #[inline]
    fn pause(turn: u32) -> bool {
        pause(turn)
    }
}
