//! The one seam between the shared and the unshared allocators: the type of the cursor.

/// How far a region has been consumed: the position of its first byte that no block owns.
///
/// [`RawBump`](crate::RawBump) says where positions count from; a cursor is only ever moved from
/// one position to another. An implementation is a cell that can be compared and replaced: an
/// atomic for a region shared between threads, a [`Cell`](core::cell::Cell) for one that is not, or
/// what a kernel has for one shared between processes.
///
/// ```
/// use bump_core::Cursor;
/// use core::sync::atomic::{AtomicUsize, Ordering};
///
/// /// For a region that threads share.
/// struct Shared(AtomicUsize);
///
/// // SAFETY: exchanges of one atomic come one after the other, and those that take memory acquire
/// // what those that give it back release.
/// unsafe impl Cursor for Shared {
///     fn load(&self) -> usize {
///         self.0.load(Ordering::Relaxed)
///     }
///
///     unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
///         self.0.compare_exchange(current, new, Ordering::Acquire, Ordering::Relaxed).map(drop)
///     }
///
///     unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
///         self.0.compare_exchange(current, new, Ordering::Release, Ordering::Relaxed).map(drop)
///     }
/// }
///
/// let cursor = Shared(AtomicUsize::new(0));
/// // SAFETY: the cursor of no region.
/// assert_eq!(unsafe { cursor.claim(0, 8) }, Ok(()));
/// assert_eq!(unsafe { cursor.claim(0, 8) }, Err(8));
/// ```
///
/// # Safety
///
/// No method panics. All calls on one cursor, from all threads that can reach it, behave as if they
/// came one after the other on a variable `position`:
///
/// - [`load`](Self::load) returns the value of `position`, or one that it had after the last call that
///   happened before this one;
/// - [`claim`](Self::claim), [`give_back`](Self::give_back) and [`exchange`](Self::exchange)
///   compare `position` to `current` and, if they return `Ok`, found them equal and replaced
///   `position` by `new`; if they return `Err`, they changed nothing;
/// - nothing else changes `position` while blocks of the region are in use;
/// - a `claim` happens after everything that was done before any earlier `give_back`, not only the
///   one that left the position that it finds. Where threads exist, this takes `Acquire` for claims,
///   `Release` for giving back, and a variable that only exchanges change. An `exchange` is a claim
///   if `new` is more than `current`, and a giving back if it is less;
/// - if [`SHARED`](Self::SHARED) is `false`, no other code calls a method between two calls that one
///   function of this crate makes, and an exchange only fails if `position` is not `current`.
///
/// If `SHARED` is `true`, an exchange may fail for no reason, as a weak compare-and-exchange does.
///
/// So each range of positions that was claimed belongs to one caller alone, until it gives it back.
pub unsafe trait Cursor {
    /// The position, as it is or was.
    fn load(&self) -> usize;

    /// Takes `current..new` for the caller, or reports the position that it found instead.
    ///
    /// # Errors
    ///
    /// The position found, if it is not `current`.
    ///
    /// # Safety
    ///
    /// If it is the cursor of a region: `new` is not less than `current`, and a position that the
    /// region may have (see [`RawBump`](crate::RawBump)).
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize>;

    /// Gives `new..current` back, or reports the position that it found instead.
    ///
    /// # Errors
    ///
    /// The position found, if it is not `current`.
    ///
    /// # Safety
    ///
    /// If it is the cursor of a region, and `current` is where it is: `new` is not more, and if it
    /// is less, it is a position that the region may have, and the caller owns what lies between,
    /// and does not use it any more. (If the cursor is elsewhere, both may be any numbers.)
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize>;

    /// Moves the end of a block from `current` to `new`: as [`claim`](Self::claim) if `new` is
    /// more, as [`give_back`](Self::give_back) if it is less.
    ///
    /// A cursor that does both by the same instruction should implement this, and save the branch.
    ///
    /// # Errors
    ///
    /// The position found, if it is not `current`.
    ///
    /// # Safety
    ///
    /// As for [`claim`](Self::claim) or [`give_back`](Self::give_back), whichever this stands for.
    #[inline]
    unsafe fn exchange(&self, current: usize, new: usize) -> Result<(), usize> {
        if new > current {
            // SAFETY: the caller's promise.
            unsafe { self.claim(current, new) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { self.give_back(current, new) }
        }
    }

    /// Whether somebody else can change the position between two calls of one caller: another thread,
    /// or an interrupt. `true` is right for every type.
    ///
    /// If it is `false`, the [free lists](crate::FreeLists) of a heap need no mark for blocks that
    /// are in somebody's hand.
    const SHARED: bool = true;

    /// The number of turns that a request waits for free blocks that somebody else has in hand,
    /// before it takes fresh memory; see [`pause`](Self::pause). Keep it small if an interrupt may
    /// wait for the code that it has interrupted.
    const PATIENCE: u32 = 100;

    /// Lets others go on, for a caller that waits for one of them, and tells whether to wait on.
    ///
    /// `turn` counts the calls of one wait; after some number of them the answer is `false`. A caller
    /// waits if the blocks of a [`List`](crate::List) are in somebody's hand. A type for threads can
    /// let the others run.
    #[inline]
    #[must_use]
    fn pause(turn: u32) -> bool
    where
        Self: Sized,
    {
        core::hint::spin_loop();
        turn < 1 << 14
    }
}
