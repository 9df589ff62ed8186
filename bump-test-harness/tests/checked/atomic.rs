//! The module `atomic` of the sources of `bump-global` where the model checker runs them: the checker's
//! atomics, with orderings that can be weakened.

use core::cell::Cell;
use loom::sync::atomic;
use std::thread_local;

#[allow(unused_imports, reason = "for some of the models")]
pub(crate) use loom::sync::atomic::AtomicPtr;
pub(crate) use loom::sync::atomic::Ordering;

thread_local! {
    /// An ordering, and the one that is taken for it. The checker's threads are all of one thread of
    /// the system.
    pub(crate) static WEAK: Cell<Option<(Ordering, Ordering)>> = const { Cell::new(None) };
}

/// Few turns, so that there are few ways to take them.
#[allow(dead_code, reason = "for some of the models")]
pub(crate) const PATIENCE: u32 = 2;

/// Ends the waiting after two turns.
#[allow(dead_code, reason = "for some of the models")]
pub(crate) fn pause(turn: u32) -> bool {
    loom::thread::yield_now();
    turn < 1
}

fn order(order: Ordering) -> Ordering {
    match WEAK.get() {
        Some((strong, weak)) if strong == order => weak,
        _ => order,
    }
}

/// The checker's, with orderings that can be weakened.
#[derive(Debug, Default)]
pub(crate) struct AtomicUsize(atomic::AtomicUsize);

impl AtomicUsize {
    pub(crate) fn new(value: usize) -> Self {
        AtomicUsize(atomic::AtomicUsize::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> usize {
        self.0.load(self::order(order))
    }

    #[allow(dead_code, reason = "for one of the models")]
    pub(crate) fn fetch_max(&self, value: usize, order: Ordering) -> usize {
        self.0.fetch_max(value, self::order(order))
    }

    #[allow(dead_code, reason = "for one of the models")]
    pub(crate) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        self.0.fetch_add(value, self::order(order))
    }

    #[allow(dead_code, reason = "for one of the models")]
    pub(crate) fn fetch_or(&self, value: usize, order: Ordering) -> usize {
        self.0.fetch_or(value, self::order(order))
    }

    #[allow(dead_code, reason = "for one of the models")]
    pub(crate) fn fetch_and(&self, value: usize, order: Ordering) -> usize {
        self.0.fetch_and(value, self::order(order))
    }

    pub(crate) fn compare_exchange(
        &self,
        current: usize,
        new: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        self.0
            .compare_exchange(current, new, order(success), order(failure))
    }
}
