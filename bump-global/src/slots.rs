//! [`Slots`]: a word that tells which slots are taken. Threads take one each; what a slot is good for
//! is in `per_thread`, and how a thread remembers its own in `thread`.
//!
//! # Orderings
//!
//! Taking a slot acquires, and giving it back releases. All changes of the word are exchanges, so
//! each of them reads from the one before, and a thread that takes a slot is behind *all* that were
//! given back: it sees what their owners did.
//!
//! Taking a certain slot releases as well: a thread that finds it taken sees what the one did before
//! that has it now.

// From the parent module, so that a test can run this very source in a model checker.
use super::atomic::{AtomicUsize, Ordering};
use super::thread::SLOTS;

/// Bit `i` is set while slot `i` is taken.
pub(crate) struct Slots(pub(crate) AtomicUsize);

impl Slots {
    /// Takes the lowest slot that is free; `None` if there is none.
    pub(crate) fn take(&self) -> Option<usize> {
        let mut taken = self.0.load(Ordering::Relaxed);
        loop {
            let slot = taken.trailing_ones() as usize;
            if slot >= SLOTS {
                return None;
            }
            let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
            let with = taken | 1 << slot;
            match self.0.compare_exchange(taken, with, success, failure) {
                Ok(_) => return Some(slot),
                Err(found) => taken = found,
            }
        }
    }

    /// Takes a slot if it is free, and tells whether it was.
    pub(crate) fn take_this(&self, slot: usize) -> bool {
        let bit = 1 << slot;
        self.0.fetch_or(bit, Ordering::AcqRel) & bit == 0
    }

    /// Gives a slot back, which the caller has taken.
    pub(crate) fn give_back(&self, slot: usize) {
        self.0.fetch_and(!(1 << slot), Ordering::Release);
    }
}
