//! [`Trace`]: the requests of a real program, in the order in which it made them. It is made of a
//! recording, kept as text, and replayed on any heap. The recorder is in `recording.rs`.
//!
//! ```text
//! a program ── Recorder ── events ── Trace ── text ── Trace ── replay ── a heap over a region
//! ```
//!
//! To find out how much memory a heap needs for a program, repeat the replay over regions of
//! different sizes ([`smallest_region`]). A replay also checks the heap: it writes a mark to both
//! ends of each block, and compares it later.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::fmt;
use core::iter::Enumerate;
use core::ptr;
use core::slice;
use core::str::FromStr;

use crate::recording::{Call, Event};

/// One request of a trace. Blocks have numbers; the number of a released block is used again.
///
/// ```
/// use bump_test_harness::trace::{Request, Trace};
///
/// let trace: Trace = "alloc 0 24/8\nfree 0".parse().unwrap();
/// assert_eq!(trace.requests()[1], Request::Release { block: 0 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A block is asked for.
    Allocate {
        /// The number that it gets.
        block: u32,
        /// The layout of the request.
        layout: Layout,
    },
    /// A block changes its size.
    Resize {
        /// Which block.
        block: u32,
        /// Its new size in bytes, above 0.
        size: usize,
    },
    /// A block is given back.
    Release {
        /// Which block.
        block: u32,
    },
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allocate { block, layout } => {
                write!(f, "alloc {block} {}/{}", layout.size(), layout.align())
            }
            Self::Resize { block, size } => write!(f, "resize {block} {size}"),
            Self::Release { block } => write!(f, "free {block}"),
        }
    }
}

/// The requests of a program, each of which is lawful: a block is resized and released only while
/// it is in use, and no size is 0.
///
/// As text, a trace has a line for each request:
///
/// ```
/// use bump_test_harness::trace::Trace;
///
/// let text = "alloc 0 24/8\nalloc 1 5/1\nresize 0 48\nfree 1\n";
/// let trace: Trace = text.parse().unwrap();
/// assert_eq!(trace.to_string(), text);
/// assert_eq!(trace.peak(), 48 + 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    requests: Vec<Request>,
    /// One more than the highest number of a block.
    numbers: usize,
    peak: usize,
    blocks_at_peak: usize,
}

/// The text is not a trace. The error has the number of the first wrong line, from 1.
///
/// ```
/// use bump_test_harness::trace::{NotATrace, Trace};
///
/// // The second line frees a block that is not in use.
/// assert_eq!("alloc 0 24/8\nfree 1".parse::<Trace>(), Err(NotATrace { line: 2 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATrace {
    /// The number of the line.
    pub line: usize,
}

impl fmt::Display for NotATrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not a lawful request", self.line)
    }
}

impl core::error::Error for NotATrace {}

impl Trace {
    /// Makes a trace of a recording.
    ///
    /// It leaves out requests that were refused, and blocks that were handed out before the first
    /// of these events, up to their next resizing.
    ///
    /// The events of several threads have to be in the order of the calls, so a recorder that
    /// threads share needs a lock around it. Without one, it may write down a block before the end
    /// of the block that was at the same place; the trace then ends the older block first.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::recording::Recorder;
    /// use bump_test_harness::trace::Trace;
    /// use core::alloc::{GlobalAlloc, Layout};
    ///
    /// let heap = Recorder::<Bump<[u64; 8]>, 9>::new(Bump::uninit(), Bump::used);
    /// let layout = Layout::new::<[u8; 24]>();
    /// // SAFETY: not 0 bytes.
    /// let block = unsafe { heap.alloc(layout) };
    /// // SAFETY: just allocated.
    /// unsafe { heap.dealloc(block, layout) };
    ///
    /// let events: Vec<_> = heap.events().collect();
    /// assert_eq!(Trace::new(&events).to_string(), "alloc 0 24/1\nfree 0\n");
    /// ```
    #[must_use]
    pub fn new(events: &[Event]) -> Self {
        let mut numbers = BTreeMap::new();
        let mut free = Vec::new();
        let mut next = 0;
        let mut trace = Builder::default();
        for event in events {
            let ends = match event.call {
                Call::Refused => continue,
                Call::Resized => event.before,
                Call::Released | Call::Allocated => event.address,
            };
            let known: Option<u32> = numbers.remove(&ends);
            let layout = Layout::from_size_align(event.size, event.align);
            match (event.call, known) {
                (Call::Resized, Some(block)) => {
                    numbers.insert(event.address, block);
                    trace.add(Request::Resize {
                        block,
                        size: event.size,
                    });
                    continue;
                }
                (_, Some(block)) => {
                    free.push(block);
                    trace.add(Request::Release { block });
                }
                (_, None) => {}
            }
            if let (Call::Allocated | Call::Resized, Ok(layout)) = (event.call, layout) {
                let block = free.pop().unwrap_or_else(|| {
                    next += 1;
                    next - 1
                });
                numbers.insert(event.address, block);
                trace.add(Request::Allocate { block, layout });
            }
        }
        trace.finish()
    }

    /// The requests, in their order.
    ///
    /// ```
    /// use bump_test_harness::trace::Trace;
    ///
    /// let trace: Trace = "alloc 0 24/8\nfree 0".parse().unwrap();
    /// assert_eq!(trace.requests().len(), 2);
    /// ```
    #[must_use]
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// The most bytes in use at one time. No heap can do with less.
    ///
    /// ```
    /// use bump_test_harness::trace::Trace;
    ///
    /// let trace: Trace = "alloc 0 24/8\nfree 0\nalloc 0 16/8".parse().unwrap();
    /// assert_eq!(trace.peak(), 24);
    /// ```
    #[must_use]
    pub fn peak(&self) -> usize {
        self.peak
    }

    /// The number of blocks in use when the most bytes are in use for the first time.
    ///
    /// ```
    /// use bump_test_harness::trace::Trace;
    ///
    /// let trace: Trace = "alloc 0 24/8\nalloc 1 24/8\nfree 0".parse().unwrap();
    /// assert_eq!(trace.blocks_at_peak(), 2);
    /// ```
    #[must_use]
    pub fn blocks_at_peak(&self) -> usize {
        self.blocks_at_peak
    }

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

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.requests
            .iter()
            .try_for_each(|request| writeln!(f, "{request}"))
    }
}

impl FromStr for Trace {
    type Err = NotATrace;

    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let mut trace = Builder::default();
        for (line, text) in text.lines().enumerate() {
            read(text)
                .filter(|request| trace.allows(request))
                .map(|request| trace.add(request))
                .ok_or(NotATrace { line: line + 1 })?;
        }
        Ok(trace.finish())
    }
}

fn read(line: &str) -> Option<Request> {
    let mut words = line.split_whitespace();
    let call = words.next()?;
    let block = words.next()?.parse().ok()?;
    let request = match call {
        "alloc" => {
            let (size, align) = words.next()?.split_once('/')?;
            let layout = Layout::from_size_align(size.parse().ok()?, align.parse().ok()?);
            Request::Allocate {
                block,
                layout: layout.ok()?,
            }
        }
        "resize" => Request::Resize {
            block,
            size: words.next()?.parse().ok()?,
        },
        "free" => Request::Release { block },
        _ => return None,
    };
    words.next().is_none().then_some(request)
}

/// A trace that is being made, and the blocks that are in use after its last request.
#[derive(Default)]
struct Builder {
    requests: Vec<Request>,
    /// The layout of each block, by its number; `None` while it is not in use.
    layouts: Vec<Option<Layout>>,
    blocks: usize,
    bytes: usize,
    peak: usize,
    blocks_at_peak: usize,
}

impl Builder {
    fn layout(&self, block: u32) -> Option<Layout> {
        self.layouts.get(block as usize).copied().flatten()
    }

    /// Whether a request is lawful after those before.
    fn allows(&self, request: &Request) -> bool {
        match *request {
            // Numbers are given one after the other, so a line of text cannot ask for a table of
            // any length.
            Request::Allocate { block, layout } => {
                layout.size() > 0
                    && self.layout(block).is_none()
                    && block as usize <= self.layouts.len()
            }
            Request::Resize { block, size } => self.layout(block).is_some_and(|layout| {
                size > 0 && Layout::from_size_align(size, layout.align()).is_ok()
            }),
            Request::Release { block } => self.layout(block).is_some(),
        }
    }

    /// Adds a request that is lawful; any other changes nothing.
    fn add(&mut self, request: Request) {
        if !self.allows(&request) {
            return;
        }
        let (Request::Allocate { block, .. }
        | Request::Resize { block, .. }
        | Request::Release { block }) = request;
        let before = self.layout(block);
        let after = match request {
            Request::Allocate { layout, .. } => Some(layout),
            Request::Resize { size, .. } => {
                before.and_then(|layout| Layout::from_size_align(size, layout.align()).ok())
            }
            Request::Release { .. } => None,
        };
        if block as usize == self.layouts.len() {
            self.layouts.push(None);
        }
        self.layouts[block as usize] = after;
        self.blocks += usize::from(after.is_some());
        self.blocks -= usize::from(before.is_some());
        self.bytes += after.map_or(0, |layout| layout.size());
        self.bytes -= before.map_or(0, |layout| layout.size());
        if self.bytes > self.peak {
            self.peak = self.bytes;
            self.blocks_at_peak = self.blocks;
        }
        self.requests.push(request);
    }

    fn finish(self) -> Trace {
        Trace {
            requests: self.requests,
            numbers: self.layouts.len(),
            peak: self.peak,
            blocks_at_peak: self.blocks_at_peak,
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
        mark: Mark([0; 8]),
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

/// Eight bytes that no other block of the replay has at its ends. A shorter block has the first of
/// them.
#[derive(Clone, Copy)]
struct Mark([u8; 8]);

impl Mark {
    fn new(number: usize) -> Self {
        // Multiplying by an odd number keeps different numbers apart, and spreads them over all
        // bytes.
        let spread = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(spread.to_be_bytes())
    }

    /// Writes the mark to the end of a block, and to its start, where both overlap.
    ///
    /// # Safety
    ///
    /// `size` bytes at `start` can be written.
    #[inline]
    unsafe fn write(self, start: *mut u8, size: usize) {
        if size >= 8 {
            // SAFETY: 8 bytes before the end are in the block.
            let end = unsafe { start.add(size - 8) };
            // SAFETY: as above.
            unsafe { end.cast::<[u8; 8]>().write(self.0) };
            // SAFETY: 8 bytes at the start are in the block.
            unsafe { start.cast::<[u8; 8]>().write(self.0) };
        } else {
            // SAFETY: as many bytes as the block has, which are fewer than the mark has.
            unsafe { ptr::copy_nonoverlapping(self.0.as_ptr(), start, size) };
        }
    }

    /// Whether the mark is where it was written to a block of `size` bytes, of which the first
    /// `kept`, or all if that is more, are at `start` now.
    ///
    /// # Safety
    ///
    /// The smaller of `size` and `kept` bytes at `start` can be read; both ends of the `size` bytes
    /// were written to.
    #[inline]
    unsafe fn is_at(self, start: *mut u8, size: usize, kept: usize) -> bool {
        let first = size.min(kept).min(8);
        let same = if first == 8 {
            // SAFETY: 8 bytes at the start are in the block.
            let found = unsafe { start.cast::<[u8; 8]>().read() };
            found == self.0
        } else {
            // SAFETY: as many bytes are in the block.
            let found = unsafe { slice::from_raw_parts(start, first) };
            found == &self.0[..first]
        };
        // In a block that is shorter than two marks, the one at the start covers the other.
        if !same || size < 16 || kept < size {
            return same;
        }
        // SAFETY: 8 bytes before the end of what was written are in the block.
        let end = unsafe { start.add(size - 8) };
        // SAFETY: as above.
        unsafe { end.cast::<[u8; 8]>().read() == self.0 }
    }
}

/// The smallest region, in bytes, in which something completes, such as a trace on a heap: `least`
/// or more, and no more than `most`; `None` if not even that suffices.
///
/// It is found by bisection, to within 1/200 of `least`, or 16 bytes. `completes` is told a size, a
/// multiple of 16. A heap may complete in one region and not in a larger one, so a smaller region
/// than the one found may suffice too.
///
/// ```
/// use bump_test_harness::trace::smallest_region;
///
/// let found = smallest_region(1000, 1 << 20, |size| size >= 3000);
/// assert!((3000..3032).contains(&found.unwrap()));
/// assert_eq!(smallest_region(1000, 2000, |size| size >= 3000), None);
/// ```
pub fn smallest_region(
    least: usize,
    most: usize,
    mut completes: impl FnMut(usize) -> bool,
) -> Option<usize> {
    const UNIT: usize = 16;
    let most = most / UNIT * UNIT;
    let mut low = least.div_ceil(UNIT).max(1) * UNIT;
    // Doubled until it suffices, so that little is done in regions that are far too large.
    let mut high = low;
    while !completes(high) {
        if high >= most {
            return None;
        }
        low = high;
        high = high.saturating_mul(2).min(most);
    }
    while high - low > (least / 200).max(UNIT) {
        let middle = low.midpoint(high) / UNIT * UNIT;
        if completes(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use core::cell::{Cell, RefCell};
    use std::alloc::System;

    fn event(call: Call, address: usize, size: usize) -> Event {
        Event {
            call,
            address,
            size,
            align: 4,
            before: address,
            level: 0,
        }
    }

    #[test]
    fn blocks_from_before_and_refused_requests_are_left_out() {
        let resized = Event {
            before: 0x50,
            ..event(Call::Resized, 0x60, 12)
        };
        let events = [
            event(Call::Released, 0x10, 4),
            event(Call::Refused, 0, 1000),
            event(Call::Allocated, 0x20, 8),
            resized,
            // A block ends where the next one begins, if nothing else says so.
            event(Call::Allocated, 0x20, 4),
            event(Call::Released, 0x60, 12),
        ];
        let text = "alloc 0 8/4\nalloc 1 12/4\nfree 0\nalloc 0 4/4\nfree 1\n";
        assert_eq!(Trace::new(&events).to_string(), text);
    }

    #[test]
    fn a_text_that_is_no_trace_is_not_read() {
        for (text, line) in [
            ("alloc 0 0/1", 1),
            ("alloc 0 4/3", 1),
            ("alloc 4000000000 4/4", 1),
            ("alloc 0 4/4\nalloc 0 4/4", 2),
            ("alloc 0 4/4\nresize 0 0", 2),
            ("alloc 0 4/4\nresize 0 9223372036854775807", 2),
            ("alloc 0 4/4\nfree 0\nfree 0", 3),
            ("alloc 0 4/4\nfree 0 1", 2),
            ("alloc 0 4/4\n\nfree 0", 2),
        ] {
            assert_eq!(text.parse::<Trace>(), Err(NotATrace { line }), "{text}");
        }
    }

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

    #[test]
    fn the_smallest_region_is_found_within_its_bounds() {
        for wanted in [0, 1, 16, 17, 999, 1000, 1001, 5000, 65520] {
            let mut sizes = Vec::new();
            let found = smallest_region(1000, 65535, |size| {
                sizes.push(size);
                size >= wanted
            });
            let found = found.unwrap();
            assert!(found >= wanted && found >= 1000 && found <= wanted.max(1000) + 16);
            assert!(sizes.iter().all(|size| size % 16 == 0 && *size <= 65535));
        }
        assert_eq!(smallest_region(1000, 65535, |size| size > 65520), None);
    }
}
