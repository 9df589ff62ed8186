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

pub(crate) struct Slots {
    /// Bit `i` is set while slot `i` is taken.
    pub(crate) taken: AtomicUsize,
    /// 1 while a thread goes through the slots that are free.
    pub(crate) collecting: AtomicUsize,
}

impl Slots {
    /// Takes the lowest slot that is free; `None` if there is none.
    pub(crate) fn take(&self) -> Option<usize> {
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let slot = taken.trailing_ones() as usize;
            if slot >= SLOTS {
                return None;
            }
            let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
            let with = taken | 1 << slot;
            match self.taken.compare_exchange(taken, with, success, failure) {
                Ok(_) => return Some(slot),
                Err(found) => taken = found,
            }
        }
    }

    /// Passes each slot that is free to `collect`, and has it taken meanwhile: one by one, so that
    /// there are others for threads that start now.
    ///
    /// A thread that does so waits until no other one does, whatever their heaps are, for as long as
    /// `pause` tells: it would miss the slot that the other one has just taken.
    pub(crate) fn each_free(&self, pause: fn(u32) -> bool, mut collect: impl FnMut(usize)) {
        let mut turn = 0;
        // Acquire and release: what the one before has given is seen.
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        let alone = loop {
            if self
                .collecting
                .compare_exchange(0, 1, success, failure)
                .is_ok()
            {
                break true;
            }
            // After a `fork`, the other one may be none that exists.
            if !pause(turn) {
                break false;
            }
            turn = turn.wrapping_add(1);
        };
        for slot in 0..SLOTS {
            if self.take_this(slot) {
                collect(slot);
                self.give_back(slot);
            }
        }
        if alone {
            self.collecting.store(0, Ordering::Release);
        }
    }

    /// Takes a slot if it is free, and tells whether it was.
    fn take_this(&self, slot: usize) -> bool {
        let bit = 1 << slot;
        self.taken.fetch_or(bit, Ordering::AcqRel) & bit == 0
    }

    /// Gives a slot back, which the caller has taken.
    pub(crate) fn give_back(&self, slot: usize) {
        self.taken.fetch_and(!(1 << slot), Ordering::Release);
    }
}
