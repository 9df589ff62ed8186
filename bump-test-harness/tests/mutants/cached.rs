//! The system's heap with a cache of freed blocks in front, correct unless a [`CachedBug`] is asked for.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr;
use std::alloc::System;

/// The planted bugs, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CachedBug {
    CopiesSixteenBits,
    CopiesWholePages,
    FullCacheStartsAgain,
}

/// How many freed blocks the cache has places for.
const PLACES: usize = 64;

/// The layout of the blocks that are cached: one that the property asks for on every machine.
const CACHED: Layout = match Layout::from_size_align(16, 8) {
    Ok(layout) => layout,
    Err(_) => panic!("valid"),
};

pub(crate) struct Cached {
    places: [Cell<*mut u8>; PLACES],
    count: Cell<usize>,
    bug: Option<CachedBug>,
}

impl Cached {
    pub(crate) fn new(bug: Option<CachedBug>) -> Self {
        Self {
            places: [const { Cell::new(ptr::null_mut()) }; PLACES],
            count: Cell::new(0),
            bug,
        }
    }
}

// SAFETY: without a bug, each block is one of the system's, and in the cache or in use.
unsafe impl GlobalAlloc for Cached {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Interpreters do not refuse such requests, but end.
        if layout.size().max(layout.align()) > 1 << 20 {
            return ptr::null_mut();
        }
        if layout == CACHED && self.count.get() > 0 {
            self.count.set(self.count.get() - 1);
            return self.places[self.count.get() % PLACES].get();
        }
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let count = self.count.get();
        // With the bug, blocks are in two places; none of them goes back to the system.
        if layout == CACHED && (count < PLACES || self.bug == Some(CachedBug::FullCacheStartsAgain))
        {
            self.places[count % PLACES].set(block);
            self.count.set(count + 1);
            return;
        }
        // SAFETY: passed on.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, old: Layout, size: usize) -> *mut u8 {
        let Ok(new) = Layout::from_size_align(size, old.align()) else {
            return ptr::null_mut();
        };
        // SAFETY: the caller's promise.
        let moved = unsafe { self.alloc_zeroed(new) };
        if !moved.is_null() {
            let bytes = old.size().min(size);
            let bytes = match self.bug {
                Some(CachedBug::CopiesSixteenBits) => bytes & 0xffff,
                Some(CachedBug::CopiesWholePages) if bytes > 4096 => bytes / 4096 * 4096,
                _ => bytes,
            };
            // SAFETY: both blocks have so many bytes.
            unsafe { moved.copy_from_nonoverlapping(block, bytes) };
            // SAFETY: the caller gives it up.
            unsafe { self.dealloc(block, old) };
        }
        moved
    }
}

impl Drop for Cached {
    fn drop(&mut self) {
        if self.bug != Some(CachedBug::FullCacheStartsAgain) {
            for place in &self.places[..self.count.get()] {
                // SAFETY: a block of the system with this layout, which nobody uses.
                unsafe { System.dealloc(place.get(), CACHED) };
            }
        }
    }
}
