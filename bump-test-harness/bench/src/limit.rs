//! The limit of what a heap can do: one that knows all requests before they are made. Where each
//! block goes is decided beforehand, with room for all that it ever grows to, so nothing is moved and
//! nothing is done when a block is freed. A request costs a load and an addition.

use std::alloc::{GlobalAlloc, Layout};
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use bump_test_harness::trace::{Request, Trace};

/// The requests of a trace, but for the order in which blocks are freed: the number of the block, from
/// the first to the last that is asked for, and its layout after the request.
pub(crate) fn asked(trace: &Trace) -> Vec<(usize, Layout)> {
    let mut asked = Vec::new();
    let mut blocks = 0;
    let mut in_use = BTreeMap::new();
    for request in trace.requests() {
        match *request {
            Request::Allocate { block, layout } => {
                in_use.insert(block, (blocks, layout));
                asked.push((blocks, layout));
                blocks += 1;
            }
            Request::Resize { block, size } => {
                let (number, layout) = in_use[&block];
                let layout = Layout::from_size_align(size, layout.align()).unwrap();
                in_use.insert(block, (number, layout));
                asked.push((number, layout));
            }
            Request::Release { .. } => {}
        }
    }
    asked
}

/// The most bytes that each block of a trace ever has, in the order in which they are asked for.
fn largest(trace: &Trace) -> Vec<Layout> {
    let mut blocks: Vec<Layout> = Vec::new();
    for (number, layout) in asked(trace) {
        match blocks.get_mut(number) {
            Some(block) if block.size() < layout.size() => *block = layout,
            Some(_) => {}
            None => blocks.push(layout),
        }
    }
    blocks
}

/// The place of each request that gets a block, as an offset in a region whose start is aligned to
/// all that is asked for, and the bytes that it takes. Where freed blocks are used again, it is for
/// blocks of the same layout.
pub(crate) fn places(trace: &Trace, again: bool) -> (Vec<usize>, usize) {
    let mut layouts = largest(trace).into_iter();
    let mut in_use = BTreeMap::new();
    let mut free: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    let mut end = 0_usize;
    let mut places = Vec::new();
    for request in trace.requests() {
        match *request {
            Request::Allocate { block, .. } => {
                let layout = layouts.next().unwrap();
                let kind = (layout.size(), layout.align());
                let place = free.entry(kind).or_default().pop().unwrap_or_else(|| {
                    let place = end.next_multiple_of(layout.align());
                    end = place + layout.size();
                    place
                });
                in_use.insert(block, (place, kind));
                places.push(place);
            }
            Request::Resize { block, .. } => places.push(in_use[&block].0),
            Request::Release { block } => {
                let (place, kind) = in_use.remove(&block).unwrap();
                if again {
                    free.entry(kind).or_default().push(place);
                }
            }
        }
    }
    (places, end)
}

/// The addresses of the blocks of a trace. It is a heap for the requests of that trace, in that order,
/// and no others.
pub struct Limit {
    places: Vec<*mut u8>,
    next: AtomicUsize,
}

// SAFETY: what the addresses point to is used by whoever makes the requests.
unsafe impl Send for Limit {}
// SAFETY: as above.
unsafe impl Sync for Limit {}

impl Limit {
    /// Plans a trace in memory of as many bytes, `None` if it is not enough.
    ///
    /// # Safety
    ///
    /// The memory is this heap's for as long as it is used. Only the requests of the trace are made,
    /// in their order, once.
    pub unsafe fn new(trace: &Trace, memory: NonNull<u8>, bytes: usize) -> Option<Self> {
        let (places, end) = places(trace, true);
        if end > bytes {
            return None;
        }
        let address = |place: usize| memory.as_ptr().wrapping_add(place);
        Some(Self {
            places: places.into_iter().map(address).collect(),
            next: AtomicUsize::new(0),
        })
    }

    #[inline]
    fn next(&self) -> *mut u8 {
        let next = self.next.load(Relaxed);
        self.next.store(next + 1, Relaxed);
        // SAFETY: `new`'s caller makes no more requests than there are places.
        unsafe { *self.places.get_unchecked(next) }
    }
}

// SAFETY: `new`'s caller makes the requests for which the places were computed, so no two blocks in
// use overlap, and each has room for its size, at its alignment.
unsafe impl GlobalAlloc for Limit {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        self.next()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, _: *mut u8, _: Layout, _: usize) -> *mut u8 {
        self.next()
    }
}
