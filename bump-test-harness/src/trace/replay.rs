//! [`Replay`]: makes the requests of a [`Trace`] again, on another heap, and checks that the heap keeps
//! the contents of its blocks. The bytes that it writes to them are in `mark.rs`.

use alloc::vec;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::fmt;
use core::iter::Enumerate;
use core::ptr;
use core::slice;

use super::mark::Mark;
use super::{Request, Trace};

impl Trace {
    /// Makes the requests again, on another heap. Each item of the iterator is one request.
    ///
    /// The replay writes a mark to both ends of each block, and looks for it when the block is
    /// resized or released. The blocks that are in use at the end stay in use, as they did in the
    /// program, and so do all blocks if the replay is dropped earlier.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::trace::{Stopped, Trace};
    ///
    /// let trace: Trace = "alloc 0 24/8\nalloc 1 8/8\nfree 0\nfree 1".parse().unwrap();
    /// let heap = Bump::<[u64; 8]>::uninit();
    /// let mut most = 0;
    /// for step in trace.replay(&heap) {
    ///     most = most.max(step?.in_use);
    /// }
    /// assert_eq!(most, 32);
    ///
    /// let heap = Bump::<[u64; 3]>::uninit();
    /// assert_eq!(trace.replay(&heap).nth(1), Some(Err(Stopped::Refused { request: 1 })));
    /// # Ok::<(), Stopped>(())
    /// ```
    pub fn replay<'a, A: GlobalAlloc + ?Sized>(&'a self, heap: &'a A) -> Replay<'a, A> {
        Replay {
            heap,
            requests: self.requests.iter().enumerate(),
            blocks: vec![Placed::NONE; self.numbers],
            seen: Step { in_use: 0, end: 0 },
        }
    }
}

/// The state of a replay after one of its requests.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::trace::{Step, Trace};
///
/// let trace: Trace = "alloc 0 8/8\nalloc 1 8/8\nfree 0".parse().unwrap();
/// let heap = Bump::<[u64; 8]>::uninit();
/// let Step { in_use, end } = trace.replay(&heap).last().unwrap()?;
/// assert_eq!((in_use, end - heap.data_ptr().as_ptr().addr()), (8, 16));
/// # Ok::<(), bump_test_harness::trace::Stopped>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The bytes in use.
    pub in_use: usize,
    /// The highest end of a block so far, as an address. It tells how much of a region was handed
    /// out.
    pub end: usize,
}

/// The reason why a replay cannot go on, and the number of the request, from 0.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::trace::{Stopped, Trace};
///
/// let trace: Trace = "alloc 0 24/8".parse().unwrap();
/// let heap = Bump::<[u64; 2]>::uninit();
/// assert_eq!(trace.replay(&heap).next(), Some(Err(Stopped::Refused { request: 0 })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The heap refused the request: the region is too small for the trace.
    Refused {
        /// The number of the request.
        request: usize,
    },
    /// The block is not aligned, or its contents are no longer what was written to it: the heap is
    /// broken.
    Damaged {
        /// The number of the request.
        request: usize,
    },
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { request } => write!(f, "request {request} was refused"),
            Self::Damaged { request } => write!(f, "request {request} found a damaged block"),
        }
    }
}

impl core::error::Error for Stopped {}

/// Makes the requests of a trace, see [`Trace::replay`].
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::trace::{Replay, Trace};
///
/// let trace: Trace = "alloc 0 24/8\nfree 0".parse().unwrap();
/// let heap = Bump::<[u64; 8]>::uninit();
/// let replay: Replay<'_, _> = trace.replay(&heap);
/// assert_eq!(replay.count(), 2);
/// ```
pub struct Replay<'a, A: ?Sized> {
    heap: &'a A,
    requests: Enumerate<slice::Iter<'a, Request>>,
    /// Where each block is, by its number.
    blocks: Vec<Placed>,
    seen: Step,
}

/// A block in use, and what was written to it.
#[derive(Clone, Copy)]
struct Placed {
    start: *mut u8,
    layout: Layout,
    mark: Mark,
}

impl Placed {
    const NONE: Self = Self {
        start: ptr::null_mut(),
        layout: Layout::new::<()>(),
        mark: Mark::NONE,
    };
}

impl<A: GlobalAlloc + ?Sized> Replay<'_, A> {
    #[inline]
    fn make(&mut self, number: usize, request: Request) -> Result<Step, Stopped> {
        match request {
            Request::Allocate { block, layout } => {
                // SAFETY: `Builder::allows` made sure that the size is not 0.
                let start = unsafe { self.heap.alloc(layout) };
                self.place(block, start, layout, number)?;
            }
            Request::Resize { block, size } => {
                let placed = self.placed(block, number)?;
                let Placed { start, layout, .. } = placed;
                // SAFETY: the block is in use with this layout; `Builder::allows` made sure that
                // the size is not 0 and makes a layout.
                let moved = unsafe { self.heap.realloc(start, layout, size) };
                // SAFETY: the heap says that this is a block of `size` bytes, with the first bytes
                // of the old one.
                if !moved.is_null() && !unsafe { placed.mark.is_at(moved, layout.size(), size) } {
                    return Err(Stopped::Damaged { request: number });
                }
                // SAFETY: `Builder::allows` made sure that this is a layout.
                let resized = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
                self.place(block, moved, resized, number)?;
                self.seen.in_use -= layout.size();
            }
            Request::Release { block } => {
                let Placed { start, layout, .. } = self.placed(block, number)?;
                // SAFETY: the block is in use with this layout, and not used after this.
                unsafe { self.heap.dealloc(start, layout) };
                self.seen.in_use -= layout.size();
            }
        }
        Ok(self.seen)
    }

    /// The place of a block, if its marks are as they were written.
    #[inline]
    fn placed(&self, block: u32, number: usize) -> Result<Placed, Stopped> {
        let placed = self.blocks[block as usize];
        let size = placed.layout.size();
        // SAFETY: the block is in use, and both of its ends were written to.
        if unsafe { placed.mark.is_at(placed.start, size, size) } {
            Ok(placed)
        } else {
            Err(Stopped::Damaged { request: number })
        }
    }

    /// Notes the place of a block, and marks it.
    #[inline]
    fn place(
        &mut self,
        block: u32,
        start: *mut u8,
        layout: Layout,
        number: usize,
    ) -> Result<(), Stopped> {
        if start.is_null() {
            return Err(Stopped::Refused { request: number });
        }
        if start.addr() % layout.align() != 0 {
            return Err(Stopped::Damaged { request: number });
        }
        let mark = Mark::new(number);
        // SAFETY: the heap says that this is a block of this size.
        unsafe { mark.write(start, layout.size()) };
        self.blocks[block as usize] = Placed {
            start,
            layout,
            mark,
        };
        self.seen.in_use += layout.size();
        self.seen.end = self.seen.end.max(start.addr() + layout.size());
        Ok(())
    }
}

impl<A: GlobalAlloc + ?Sized> Iterator for Replay<'_, A> {
    type Item = Result<Step, Stopped>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (number, &request) = self.requests.next()?;
        let step = self.make(number, request);
        if step.is_err() {
            // Stop here: the next answers of such a heap mean nothing.
            self.requests = [].iter().enumerate();
        }
        Some(step)
    }
}

impl<A: ?Sized> fmt::Debug for Replay<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("left", &self.requests.len())
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::{Cell, RefCell};
    use std::alloc::System;

    /// A heap with a planted bug: `bug` alters each block that is handed out. Its first argument is
    /// the old block, or null for a new one.
    struct Planted<F> {
        bug: F,
        /// The system's blocks, which all stay until the end.
        blocks: RefCell<Vec<(*mut u8, Layout)>>,
    }

    impl<F> Planted<F> {
        fn new(bug: F) -> Self {
            let blocks = RefCell::default();
            Planted { bug, blocks }
        }

        fn block(&self, size: usize) -> *mut u8 {
            let wider = Layout::from_size_align(size + 64, 64).unwrap();
            // SAFETY: not 0 bytes.
            let block = unsafe { System.alloc_zeroed(wider) };
            self.blocks.borrow_mut().push((block, wider));
            block
        }
    }

    impl<F> Drop for Planted<F> {
        fn drop(&mut self) {
            for (block, layout) in self.blocks.take() {
                // SAFETY: allocated in `block` with this layout, and given back only here.
                unsafe { System.dealloc(block, layout) };
            }
        }
    }

    // SAFETY: this heap breaks the contract on purpose, and the tests show that. Accesses still
    // stay inside blocks of the system, which live as long as the heap.
    unsafe impl<F: Fn(*mut u8, *mut u8) -> *mut u8> GlobalAlloc for Planted<F> {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            (self.bug)(ptr::null_mut(), self.block(layout.size()))
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            let moved = self.block(layout.size().max(size));
            // SAFETY: both have as many bytes.
            unsafe { ptr::copy_nonoverlapping(block, moved, layout.size()) };
            (self.bug)(block, moved)
        }
    }

    fn stops(text: &str, bug: impl Fn(*mut u8, *mut u8) -> *mut u8) -> Option<Stopped> {
        let trace: Trace = text.parse().unwrap();
        let heap = Planted::new(bug);
        trace.replay(&heap).find_map(Result::err)
    }

    #[test]
    fn a_broken_heap_is_seen() {
        let damaged = |request| Some(Stopped::Damaged { request });
        let text = "alloc 0 24/8\nalloc 1 5/4\nresize 0 40\nresize 0 17\nfree 1\nfree 0";
        assert_eq!(stops(text, |_, block| block), None);

        // A block that is not aligned.
        assert_eq!(stops(text, |_, block| block.wrapping_add(1)), damaged(0));
        // The same block twice.
        let first: Cell<*mut u8> = Cell::new(ptr::null_mut());
        let twice = |_, block| {
            if first.get().is_null() {
                first.set(block);
            }
            first.get()
        };
        assert_eq!(
            stops("alloc 0 24/8\nalloc 1 24/8\nfree 0", twice),
            damaged(2)
        );
        first.set(ptr::null_mut());
        assert_eq!(
            stops("alloc 0 4/4\nalloc 1 3/1\nresize 0 8", twice),
            damaged(2)
        );
        // Blocks of which the second begins in the first, at its last 8 bytes.
        first.set(ptr::null_mut());
        let overlap = |_, block| {
            if first.get().is_null() {
                first.set(block);
                block
            } else {
                first.get().wrapping_add(16)
            }
        };
        assert_eq!(
            stops("alloc 0 24/8\nalloc 1 8/8\nfree 0", overlap),
            damaged(2)
        );
        // Contents that are not copied.
        let loses = |before: *mut u8, block: *mut u8| {
            if !before.is_null() {
                // SAFETY: `realloc` made the block, of at least 24 bytes.
                unsafe { block.cast::<[u8; 24]>().write([0; 24]) };
            }
            block
        };
        assert_eq!(stops("alloc 0 24/8\nresize 0 32", loses), damaged(1));
        assert_eq!(stops("alloc 0 24/8\nresize 0 4", loses), damaged(1));
        // A refused request for a new block, and one to resize a block.
        let refused = |request| Some(Stopped::Refused { request });
        assert_eq!(stops(text, |_, _| ptr::null_mut()), refused(0));
        let no_more = |before: *mut u8, block| {
            if before.is_null() {
                block
            } else {
                ptr::null_mut()
            }
        };
        assert_eq!(stops(text, no_more), refused(2));
    }

    #[test]
    fn what_is_in_use_is_counted() {
        let text = "alloc 0 24/8\nalloc 1 5/4\nresize 0 40\nresize 0 17\nfree 1\nfree 0";
        let trace: Trace = text.parse().unwrap();
        let heap = Planted::new(|_, block| block);
        let in_use: Vec<_> = trace
            .replay(&heap)
            .map(|step| step.unwrap().in_use)
            .collect();
        assert_eq!(in_use, [24, 29, 45, 22, 17, 0]);
        assert_eq!((trace.peak(), trace.blocks_at_peak()), (45, 2));
    }
}
