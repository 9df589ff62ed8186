//! The shared cursor: its memory orderings, and why they suffice.
//!
//! # Orderings
//!
//! Claiming is `Acquire` on success, giving back is `Release` on success, an exchange that may be
//! either is both, everything else is `Relaxed`. What has to be shown is (1) that no byte belongs
//! to two blocks at a time, and (2) that whoever uses a byte again sees, and does not race with,
//! what its previous owner did to it.
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
//! Nothing else flows through the region: a value that is sent from one thread to another is sent
//! by other means, which order its accesses. So a load that only prepares an exchange may be
//! `Relaxed`, and so may a failed exchange, whose caller got nothing.
//!
//! A claim need not be `Release`: it publishes nothing. A giving back need not be `Acquire`: its
//! caller touches no byte that it did not own already.

// From the parent module, so that a test can run this very source in a model checker.
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
/// Whoever moves the cursor of a region that has blocks answers for them:
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

// Those of the model checker, which tests this very source, have no `const` constructors.
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
// That a claim happens after a giving back is argued above.
unsafe impl Cursor for AtomicCursor {
    #[inline]
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    // The strong form: the weak one may fail for no reason, and the blocks of a single thread would
    // then not be where the one before ended, or not be given back.
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

    // One exchange for both directions is smaller, and less work, than a branch and two.
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
