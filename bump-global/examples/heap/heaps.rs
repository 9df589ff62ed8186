//! Three heaps in statics. One at a time is the program's heap, so that the same job runs on each.
//! Every call is recorded, to be drawn later.
//!
//! A program needs none of this: `#[global_allocator] static HEAP: Bump<[u8; 1 << 20]> = ...` is all.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::io::{self, Write as _};
use std::process::exit;
use std::thread;

use bump_global::{Bump, PerThread, Recycling};

/// How large each heap is.
pub(crate) const HEAP_BYTES: usize = 16 << 20;
type Region = Bump<[u8; HEAP_BYTES]>;

static BUMP: Region = Bump::uninit();
static RECYCLING: Recycling<Region> = Recycling::new(Bump::uninit());
static PER_THREAD: PerThread<Region> = PerThread::new(Bump::uninit());

/// The three.
pub(crate) static HEAPS: [Heap; 3] = [
    Heap::new("Bump", &BUMP, &BUMP),
    Heap::new("Recycling", &RECYCLING, RECYCLING.region()),
    Heap::new("PerThread", &PER_THREAD, PER_THREAD.region()),
];

/// The heap for all but the job: the text, and the page that is printed.
static HOME: Region = Bump::uninit();

/// The index in `HEAPS` of the heap in use, or a larger number for `HOME`.
static CURRENT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// A heap, its region, and the calls that it had.
pub(crate) struct Heap {
    pub(crate) name: &'static str,
    allocator: &'static (dyn GlobalAlloc + Sync),
    region: &'static Region,
    calls: [Call; CALLS],
    count: AtomicUsize,
}

/// How many calls of a heap are recorded. The statics are all zero, so they take no room in the file.
const CALLS: usize = 1 << 17;

/// A block that was handed out or taken back: twice its offset in the region, and 1 if it was taken
/// back; its bytes; and the bytes of the region that were taken from it then.
struct Call([AtomicU32; 3]);

/// A change of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) freed: bool,
    pub(crate) offset: usize,
    pub(crate) size: usize,
    pub(crate) taken: usize,
}

impl Heap {
    const fn new(
        name: &'static str,
        allocator: &'static (dyn GlobalAlloc + Sync),
        region: &'static Region,
    ) -> Self {
        Heap {
            name,
            allocator,
            region,
            calls: [const { Call([const { AtomicU32::new(0) }; 3]) }; CALLS],
            count: AtomicUsize::new(0),
        }
    }

    /// Leaves no more than `bytes` of the heap, by taking the rest.
    pub(crate) fn hold_back(&self, bytes: usize) {
        // It is fresh, so what is asked for is there.
        let _ = self.region.get_slice::<u8>(HEAP_BYTES - bytes);
    }

    /// The calls that were recorded, in their order.
    pub(crate) fn events(&self) -> impl Iterator<Item = Event> + Clone {
        let count = self.count.load(Relaxed).min(CALLS);
        let held_back = self.calls[0].get().offset;
        self.calls[..count].iter().map(move |call| {
            let event = call.get();
            Event {
                offset: event.offset.saturating_sub(held_back),
                taken: event.taken.saturating_sub(held_back),
                ..event
            }
        })
    }

    /// How many calls came when there was no room to record them.
    pub(crate) fn calls_not_recorded(&self) -> usize {
        self.count.load(Relaxed).saturating_sub(CALLS)
    }

    fn owns(&self, block: *mut u8) -> bool {
        owns(self.region, block)
    }

    fn record(&self, freed: bool, block: *mut u8, size: usize) {
        if let Some(call) = self.calls.get(self.count.fetch_add(1, Relaxed)) {
            call.set(&Event {
                freed,
                offset: block.addr() - self.region.data_ptr().addr().get(),
                size,
                taken: self.region.used(),
            });
        }
    }
}

impl Call {
    fn set(&self, event: &Event) {
        let words = [
            event.offset * 2 + usize::from(event.freed),
            event.size,
            event.taken,
        ];
        for (to, word) in self.0.iter().zip(words) {
            // A heap has fewer bytes than 2 to the 31.
            to.store(u32::try_from(word).unwrap_or(u32::MAX), Relaxed);
        }
    }

    fn get(&self) -> Event {
        let [offset, size, taken] = [0, 1, 2].map(|at: usize| self.0[at].load(Relaxed) as usize);
        Event {
            freed: offset % 2 == 1,
            offset: offset / 2,
            size,
            taken,
        }
    }
}

fn owns(region: &Region, block: *mut u8) -> bool {
    let start = region.data_ptr().addr().get();
    (start..start + HEAP_BYTES).contains(&block.addr())
}

/// Runs a job on one of the heaps. Its blocks are that heap's for ever, wherever they are freed.
pub(crate) fn on<T>(heap: usize, job: impl FnOnce() -> T) -> T {
    CURRENT.store(heap, Relaxed);
    let result = job();
    CURRENT.store(usize::MAX, Relaxed);
    result
}

/// The global allocator: passes requests on to the heap in use, and blocks to the heap that they are
/// from, told by their address.
pub(crate) struct Switch;

// SAFETY: a block goes back to the allocator that it is from, with the layout that it has there; a
// failure ends the program or is passed on.
unsafe impl GlobalAlloc for Switch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap = HEAPS.get(CURRENT.load(Relaxed));
        let block = match heap {
            // SAFETY: the caller's promise, that the layout has a size.
            Some(heap) => unsafe { heap.allocator.alloc(layout) },
            // SAFETY: as above.
            None => unsafe { GlobalAlloc::alloc(&HOME, layout) },
        };
        if block.is_null() {
            exhausted(heap, layout.size());
        } else if let Some(heap) = heap {
            heap.record(false, block, layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(heap) = HEAPS.iter().find(|heap| heap.owns(block)) {
            // Before it is free, since another thread may take it at once.
            heap.record(true, block, layout.size());
            // SAFETY: the block is from this heap, and the caller gives it up.
            unsafe { heap.allocator.dealloc(block, layout) };
        } else {
            // SAFETY: the block is from here, since it is from none of the others.
            unsafe { GlobalAlloc::dealloc(&HOME, block, layout) };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let heap = HEAPS.iter().find(|heap| heap.owns(block));
        if let Some(heap) = heap {
            heap.record(true, block, layout.size());
        }
        let resized = match heap {
            // SAFETY: the block is from this heap, with this layout, and the caller vouches for the size.
            Some(heap) => unsafe { heap.allocator.realloc(block, layout, size) },
            // SAFETY: as above, from none of the others.
            None => unsafe { GlobalAlloc::realloc(&HOME, block, layout, size) },
        };
        if resized.is_null() {
            exhausted(heap, size);
        }
        if let Some(heap) = heap {
            let (block, size) = match resized.is_null() {
                true => (block, layout.size()),
                false => (resized, size),
            };
            heap.record(false, block, size);
        }
        resized
    }
}

/// Ends the program, unless it is at its end already: then the request just fails.
///
/// The standard library would abort it instead, or panic, and the message of a panic, a backtrace
/// above all, needs memory that is not there.
fn exhausted(heap: Option<&Heap>, bytes: usize) {
    thread_local! {
        static ENDING: Cell<bool> = const { Cell::new(false) };
    }
    static ENDS: AtomicBool = AtomicBool::new(false);

    if ENDING.get() {
        return;
    }
    if ENDS.swap(true, Relaxed) {
        // Another thread ends the program.
        loop {
            thread::park();
        }
    }
    ENDING.set(true);
    let (name, region) = heap.map_or(("The program's own heap", &HOME), |heap| {
        (heap.name, heap.region)
    });
    complain(format_args!(
        "{name} is exhausted: {bytes} bytes wanted, {} left; try a larger --heap",
        region.remaining()
    ));
    exit(2);
}

/// Prints a message without a heap: the standard error has no buffer.
pub(crate) fn complain(message: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "heap: {message}");
}
