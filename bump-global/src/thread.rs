//! What a thread has to itself: what tells it from the others, and cells. And the `const`
//! constructors that only these cells allow; all else of `PerThread` is in its own file.
//!
//! That file runs in a model checker as well, which has threads and cells of its own.

extern crate std;

use core::ptr;

use std::thread_local;

use crate::PerThread;
use crate::atomic::AtomicUsize;
use crate::per_thread::{Entry, Position};

pub(crate) use core::cell::Cell;

/// How many threads at a time can have a chunk. Beyond that they share the region's cursor.
pub(crate) const THREADS: usize = 64;

/// What tells the calling thread from all others that live; never 0. `None` if it is about to end.
#[inline]
pub(crate) fn identity() -> Option<usize> {
    thread_local! {
        // A cell, so that no two threads can share it.
        static PLACE: Cell<u8> = const { Cell::new(0) };
    }
    PLACE.try_with(|place| ptr::from_ref(place).addr()).ok()
}

impl Entry {
    const fn new() -> Self {
        Entry {
            owner: AtomicUsize::new(0),
            cursor: Position {
                value: Cell::new(0),
                blocks: Cell::new(0),
            },
            limit: Cell::new(0),
            start: Cell::new(0),
        }
    }
}

impl<B, const CHUNK: usize> PerThread<B, CHUNK> {
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
            entries: [const { Entry::new() }; THREADS],
            left: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            region,
        }
    }
}
