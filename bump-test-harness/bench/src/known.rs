//! The limit of `limit.rs` as the heap of a whole program, which is run before to see what it asks
//! for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::Relaxed;

use bump_test_harness::recording::{Event, Recorder};
use bump_test_harness::trace::Trace;

use crate::counted;
use crate::limit::{asked, places};
use crate::programs::Program;

/// Events that are enough for all programs.
const EVENTS: usize = 8_000_000;

/// The system's heap, recorded, until all requests are known. Then a request costs a load and an
/// addition, and the question whether they are.
pub struct Known {
    before: Recorder<System, EVENTS>,
    /// Where the address of the next block is; null while the requests are not known.
    next: AtomicPtr<*mut u8>,
}

impl Known {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            before: Recorder::new(System, |_| 0),
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    #[inline]
    fn next(&self) -> Option<*mut u8> {
        let next = self.next.load(Relaxed);
        if next.is_null() {
            return None;
        }
        self.next.store(next.wrapping_add(1), Relaxed);
        // SAFETY: the program makes the requests for which `count` made the addresses.
        Some(unsafe { *next })
    }

    /// The requests of a run of a program.
    fn trace(&self, program: &Program) -> Trace {
        let run = (program.prepare)();
        let before = self.before.events().count();
        run();
        let after = self.before.events().count();
        assert_eq!(self.before.lost(), 0, "the recorder is full");
        let events: Vec<Event> = self.before.events().take(after).skip(before).collect();
        Trace::new(&events)
    }

    /// Counts a run of the program, when it asks for the same in each run. Then nothing can be freed
    /// any more, so the process has to end.
    pub fn count(&self, program: &Program) {
        (program.prepare)()();
        let trace = self.trace(program);
        let another = self.trace(program);
        assert!(asked(&trace) == asked(&another), "each run is another");
        // A hash that differs in each run may change the order in which blocks are freed.
        let (places, end) = places(&trace, trace == another);
        let memory = Layout::from_size_align(end, 4096).unwrap();
        // SAFETY: not 0 bytes.
        let memory = unsafe { System.alloc(memory) };
        assert!(!memory.is_null());
        let mut addresses: Vec<*mut u8> = places.iter().map(|n| memory.wrapping_add(*n)).collect();
        let mut run = Some((program.prepare)());
        let known = addresses.as_mut_ptr();
        counted(&mut || {
            if let Some(run) = run.take() {
                self.next.store(known, Relaxed);
                run();
            }
        });
        let made = self.next.swap(ptr::null_mut(), Relaxed).addr() - known.addr();
        assert_eq!(made, size_of_val(addresses.as_slice()), "another run");
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::new()
    }
}

/// The system's heap while the requests are not known. Out of line, so that it costs nothing later.
mod before {
    use super::{GlobalAlloc, Known, Layout};

    #[cold]
    #[inline(never)]
    pub(super) unsafe fn alloc(heap: &Known, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { heap.before.alloc(layout) }
    }

    #[cold]
    #[inline(never)]
    pub(super) unsafe fn dealloc(heap: &Known, block: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { heap.before.dealloc(block, layout) };
    }

    #[cold]
    #[inline(never)]
    pub(super) unsafe fn realloc(
        heap: &Known,
        block: *mut u8,
        layout: Layout,
        size: usize,
    ) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { heap.before.realloc(block, layout, size) }
    }
}

/// Copies a block of before the run to where the run has it.
///
/// # Safety
///
/// Both have as many bytes, and do not overlap.
#[cold]
#[inline(never)]
unsafe fn copy(from: *mut u8, to: *mut u8, bytes: usize) -> *mut u8 {
    // SAFETY: the caller's promise: both have as many bytes, and do not overlap.
    unsafe { ptr::copy_nonoverlapping(from, to, bytes) };
    to
}

// SAFETY: forwards to an allocator, or hands out places that do not overlap while they are in use,
// since the requests are those for which they were computed.
unsafe impl GlobalAlloc for Known {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.next() {
            Some(block) => block,
            // SAFETY: passed on.
            None => unsafe { before::alloc(self, layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.next.load(Relaxed).is_null() {
            // SAFETY: passed on.
            unsafe { before::dealloc(self, block, layout) };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(next) = self.next() else {
            // SAFETY: passed on.
            return unsafe { before::realloc(self, block, layout, size) };
        };
        // Only a block of before the run is elsewhere.
        match next == block {
            true => next,
            // SAFETY: both have as many bytes, and do not overlap.
            false => unsafe { copy(block, next, layout.size().min(size)) },
        }
    }
}
