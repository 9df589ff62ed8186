//! [`Slots`]: a word that tells which slots are taken. Each thread takes one. The memory that
//! belongs to a slot is in `entry`, and how a thread remembers its slot is in `thread`.
//!
//! # Orderings
//!
//! Taking a slot is an acquire, and giving it back is a release. All changes of the word are
//! read-modify-writes, so each of them reads from the one before. A thread that takes a slot
//! therefore synchronises with *all* threads that gave one back, and sees what they did.
//!
//! Taking a certain slot is a release as well: a thread that finds the slot taken sees what its
//! present owner did before it took the slot.

// Import these from the parent module: a test runs this source in a model checker.
use super::atomic::{AtomicUsize, Ordering};
use super::thread::SLOTS;

pub(crate) struct Slots {
    /// Bit `i` is set while slot `i` is taken.
    pub(crate) taken: AtomicUsize,
    /// Bit `i` is set while a thread that collects has slot `i` in hand.
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

    /// Takes each free slot, passes it to `collect`, and gives it back. It takes them one by one,
    /// so that threads that start meanwhile find others.
    ///
    /// A slot that another thread has in hand for the same purpose, whatever its heap, is waited for:
    /// it is free. The wait lasts as long as `pause` returns `true`.
    pub(crate) fn each_free(&self, pause: fn(u32) -> bool, mut collect: impl FnMut(usize)) {
        for slot in 0..SLOTS {
            let (bit, mut turn) = (1 << slot, 0);
            // Acquire and release: this thread sees what the one before it collected.
            let alone = loop {
                if self.collecting.fetch_or(bit, Ordering::Acquire) & bit == 0 {
                    break true;
                }
                // After a `fork`, the other thread may not exist any more.
                if !pause(turn) {
                    break false;
                }
                turn = turn.wrapping_add(1);
            };
            if self.take_this(slot) {
                collect(slot);
                self.give_back(slot);
            }
            if alone {
                self.collecting.fetch_and(!bit, Ordering::Release);
            }
        }
    }

    /// Takes a slot if it is free. Returns whether it was.
    fn take_this(&self, slot: usize) -> bool {
        let bit = 1 << slot;
        self.taken.fetch_or(bit, Ordering::AcqRel) & bit == 0
    }

    /// Gives a slot back, which the caller has taken.
    pub(crate) fn give_back(&self, slot: usize) {
        self.taken.fetch_and(!(1 << slot), Ordering::Release);
    }
}
