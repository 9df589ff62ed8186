//! Faults planted on purpose: the engine, and lists, over a cursor that compares and then stores, as if
//! nobody could come in between. The interrupts must find them.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bump_core::Cursor;

use crate::own_heap;

/// Load, compare, store: three steps that an interrupt can part.
pub struct Racy(AtomicUsize);

impl Racy {
    const fn new() -> Self {
        Racy(AtomicUsize::new(0))
    }

    fn replace(&self, current: usize, new: usize) -> Result<(), usize> {
        let found = self.0.load(Relaxed);
        if found != current {
            return Err(found);
        }
        self.0.store(new, Relaxed);
        Ok(())
    }
}

// SAFETY: does not hold, which is the point.
unsafe impl Cursor for Racy {
    fn load(&self) -> usize {
        self.0.load(Relaxed)
    }
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        self.replace(current, new)
    }
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        self.replace(current, new)
    }
}

/// A heap that is right as long as nothing interrupts.
pub type Heap = own_heap::Heap<Racy>;

#[cfg(feature = "racy")]
pub const fn plain() -> Heap {
    Heap::new(Racy::new())
}

/// Lists that are right as long as nothing interrupts.
#[cfg(feature = "racy-lists")]
pub type Lists = bump_global::Recycling<Heap, 8>;
#[cfg(feature = "racy-lists")]
pub const fn lists() -> Lists {
    use bump_core::{FreeLists, List};

    let lists = [const { List::new(Racy::new()) }; 8];
    let lists = FreeLists::new(lists, [const { Racy::new() }; 2]);
    // SAFETY: the lists are new, and so are their words; the heap is not moved.
    unsafe { bump_global::Recycling::with_lists(Heap::new(Racy::new()), lists) }
}
