//! The slot of a thread, in thread-local cells; and the `const` constructors that these cells
//! allow.
//!
//! The rest of `PerThread` also runs in a model checker, which has threads and cells of its own.

extern crate std;

use std::thread_local;

use bump_core::Relocatable;

use crate::atomic::AtomicUsize;
use crate::entry::{Entry, LISTS};
use crate::slots::Slots;
use crate::{AtomicCursor, PerThread, Recycling};

pub(crate) use core::cell::Cell;

/// The number of slots: one for each bit of a word.
pub(crate) const SLOTS: usize = usize::BITS as usize;

/// A thread may keep blocks of so many chunks in lists, wherever they come from. With less, programs with
/// blocks of many sizes would exchange lists all the time.
pub(crate) const LISTED: usize = 4;

static TAKEN: Slots = Slots {
    taken: AtomicUsize::new(0),
    collecting: AtomicUsize::new(0),
};

/// The slots of all threads of the process, whatever heaps they use.
pub(crate) fn slots() -> &'static Slots {
    &TAKEN
}

/// The [`STATE`] of a thread that has no slot yet.
const NONE: usize = 0;

/// The [`STATE`] of a thread that must not have a slot: it is about to get its first one, or it
/// ends.
const NEVER: usize = usize::MAX;

thread_local! {
    /// [`NONE`], [`NEVER`], or the number of the slot plus 1. It has no destructor, so requests in
    /// destructors of other thread-locals can still read it.
    static STATE: Cell<usize> = const { Cell::new(NONE) };

    static END: End = const { End(Cell::new(NONE)) };
}

/// Gives the slot back when the thread ends. It has the number of the slot, too: on systems where
/// thread-locals are keys, [`STATE`] may be gone before.
struct End(Cell<usize>);

impl Drop for End {
    fn drop(&mut self) {
        // From here on, the thread must not take a slot.
        let _ = STATE.try_with(|state| state.set(NEVER));
        if let Some(slot) = self.0.get().checked_sub(1) {
            TAKEN.give_back(slot);
        }
    }
}

/// The slot of the calling thread; any other number if it has none.
#[inline]
pub(crate) fn slot() -> usize {
    STATE.try_with(Cell::get).unwrap_or(NEVER).wrapping_sub(1)
}

/// Takes a slot for the calling thread, if it may have one and has none, and if one is free.
pub(crate) fn enter() {
    let enter = |state: &Cell<usize>| {
        if state.get() != NONE {
            return;
        }
        let Some(slot) = TAKEN.take() else {
            return;
        };
        // The standard library may allocate when it registers the destructor.
        state.set(NEVER);
        let kept = END.try_with(|end| {
            if end.0.get() == NONE {
                end.0.set(slot + 1);
            }
            end.0.get()
        });
        if kept != Ok(slot + 1) {
            TAKEN.give_back(slot);
        }
        state.set(kept.unwrap_or(NEVER));
    };
    // If the thread-local is gone, the thread ends.
    let _ = STATE.try_with(enter);
}

impl Entry {
    const fn new() -> Self {
        Entry {
            lists: [const { Cell::new(0) }; LISTS],
            room: Cell::new(0),
            most: Cell::new(0),
            end: Cell::new(0),
            left: Cell::new(0),
        }
    }
}

impl<B: Relocatable<Cursor = AtomicCursor>, const CHUNK: usize> PerThread<B, CHUNK> {
    /// A heap on a region.
    ///
    /// ```
    /// use bump_global::{Bump, PerThread};
    ///
    /// // Chunks of 4 KiB.
    /// static HEAP: PerThread<Bump<[u8; 1 << 20]>, 4096> = PerThread::new(Bump::uninit());
    /// ```
    #[must_use]
    pub const fn new(region: B) -> Self {
        PerThread {
            entries: [const { Entry::new() }; SLOTS],
            heap: Recycling::new(region),
        }
    }
}

impl<B: Relocatable<Cursor = AtomicCursor> + Default, const CHUNK: usize> Default
    for PerThread<B, CHUNK>
{
    fn default() -> Self {
        PerThread::new(B::default())
    }
}
