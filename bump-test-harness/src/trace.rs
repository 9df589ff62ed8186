//! [`Trace`]: the requests of a real program, in the order in which it made them. It is made of a
//! recording, kept as text, and replayed on any heap. The recorder is in `recording.rs`, the text in
//! `text.rs`, and the replay in `replay.rs`.
//!
//! ```text
//! a program ── Recorder ── events ── Trace ── text ── Trace ── replay ── a heap over a region
//! ```
//!
//! To find out how much memory a heap needs for a program, repeat the replay over regions of
//! different sizes ([`smallest_region`]). A replay also checks the heap: it writes a mark to both
//! ends of each block, and compares it later.

mod bisection;
mod mark;
mod replay;
mod text;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::alloc::Layout;

use crate::recording::{Call, Event};

pub use bisection::smallest_region;
pub use replay::{Replay, Step, Stopped};
pub use text::NotATrace;

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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

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
}
