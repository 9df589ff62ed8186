//! An interrupt at every instruction of the allocators, whose handler uses the same allocator.
//!
//! The emulator's time is the count of instructions (`-icount`), and a tick of the timer is shorter
//! than one. So timers of 1, 2, 3 … ticks, each armed right before the same operation, interrupt it
//! at each of its instructions, and at some before and behind it. Whether that went well is seen
//! from the blocks of both sides: neither may touch the other's bytes.
//!
//! On a `Bump`, both sides move the cursor. On a `Recycling`, both sides use the same list, and blocks are
//! cut; on another one, whose interrupts do not wait for long, they are merged.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::hint;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::Relaxed};

use crate::{block, machine, own_heap, say};

#[cfg(not(feature = "racy"))]
mod heaps {
    use bump_global::Bump;

    pub type Plain = Bump<[u64; super::REGION / 8]>;
    pub const fn plain() -> Plain {
        Bump::uninit()
    }
}
#[cfg(feature = "racy")]
mod heaps {
    pub use crate::racy::{Heap as Plain, plain};
}
#[cfg(not(feature = "racy-lists"))]
mod recycling {
    use bump_global::{Bump, Recycling};

    pub type Lists = Recycling<Bump<[u64; super::REGION / 8]>, 8>;
    pub const fn lists() -> Lists {
        Recycling::new(Bump::uninit())
    }
}
#[cfg(feature = "racy-lists")]
mod recycling {
    pub use crate::racy::{Lists, lists};
}
use heaps::{Plain, plain};
use recycling::{Lists, lists};

/// The bytes of a region.
pub const REGION: usize = 256;

/// An allocator under test, which both sides share.
struct Shared<H> {
    heap: UnsafeCell<H>,
    new: fn() -> H,
}

// SAFETY: shared borrows are what is tested; `renew` is alone, as its caller promises. With planted
// faults the heaps are not fit to be shared, as this test is to find out.
unsafe impl<H> Sync for Shared<H> {}

/// The operations of the test on an allocator of any type.
trait Heap: Sync {
    fn allocator(&self) -> &dyn GlobalAlloc;

    /// Makes the heap as it was in the beginning.
    ///
    /// # Safety
    ///
    /// No timer is armed, and no block is in use.
    unsafe fn renew(&self);
}

impl<H: GlobalAlloc> Heap for Shared<H> {
    fn allocator(&self) -> &dyn GlobalAlloc {
        // SAFETY: the heap is only borrowed exclusively in `renew`.
        unsafe { &*self.heap.get() }
    }
    unsafe fn renew(&self) {
        // SAFETY: the caller promises that no handler runs, and this is the only thread.
        unsafe { self.heap.get().write((self.new)()) };
    }
}

static ON_PLAIN: Shared<Plain> = Shared {
    heap: UnsafeCell::new(plain()),
    new: plain,
};
static ON_LISTS: Shared<Lists> = Shared {
    heap: UnsafeCell::new(lists()),
    new: lists,
};
static MERGING: Shared<own_heap::Lists> = Shared {
    heap: UnsafeCell::new(own_heap::lists()),
    new: own_heap::lists,
};

/// Which operation the handler interrupts, what else it is told, and what it tells.
static OPERATION: AtomicUsize = AtomicUsize::new(0);
static KEEPS: AtomicBool = AtomicBool::new(false);
static DONE: AtomicBool = AtomicBool::new(false);
static FIRED: AtomicBool = AtomicBool::new(false);
static LATE: AtomicBool = AtomicBool::new(false);
static THEIRS: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// The bytes that fill the handler's block, and the interrupted one.
const THEIR_BYTE: u8 = 0xa5;
const BYTE: u8 = 0x3c;

const LAYOUT: Layout = Layout::new::<[u32; 8]>();
const SMALLER: Layout = Layout::new::<[u32; 3]>();
const LARGER: Layout = Layout::new::<[u32; 11]>();
const TWICE: Layout = Layout::new::<[u32; 16]>();

/// The sweep over an operation ends when this many interrupts in a row came too late for it.
const LATE_ENOUGH: usize = 8;

/// Called by the machine in the handler of its timer.
pub fn fired() {
    LATE.store(DONE.load(Relaxed), Relaxed);
    let operation = &OPERATIONS[OPERATION.load(Relaxed)];
    let heap = operation.heap.allocator();
    // SAFETY: the size is not zero.
    let theirs = unsafe { heap.alloc(operation.theirs) };
    assert!(
        !theirs.is_null() || operation.may_refuse,
        "the handler's block fits"
    );
    THEIRS.store(theirs, Relaxed);
    if !theirs.is_null() {
        // SAFETY: the block is the handler's, and of this size.
        unsafe { block::fill(theirs, operation.theirs.size(), THEIR_BYTE) };
        if !KEEPS.load(Relaxed) {
            // SAFETY: the handler's own block, used for the last time.
            unsafe { heap.dealloc(theirs, operation.theirs) };
        }
    }
    FIRED.store(true, Relaxed);
}

/// An operation that is interrupted: what it starts from, what it does, what it leaves.
struct Operation {
    name: &'static str,
    heap: &'static dyn Heap,
    /// Prepares the new heap.
    prepare: fn(&dyn GlobalAlloc),
    before: Option<Layout>,
    after: Option<Layout>,
    /// The handler's block.
    theirs: Layout,
    /// Whether the handler may be refused: in the middle of a merge on a full heap, as the
    /// documentation of `Recycling` says.
    may_refuse: bool,
}

const fn operation(
    name: &'static str,
    before: Option<Layout>,
    after: Option<Layout>,
    on_lists: bool,
) -> Operation {
    Operation {
        name,
        heap: if on_lists { &ON_LISTS } else { &ON_PLAIN },
        prepare: if on_lists { two_free_blocks } else { nothing },
        before,
        after,
        theirs: if on_lists {
            LAYOUT
        } else {
            Layout::new::<[u32; 5]>()
        },
        may_refuse: false,
    }
}

static OPERATIONS: [Operation; 9] = [
    operation("allocate", None, Some(LAYOUT), false),
    operation("grow", Some(LAYOUT), Some(LARGER), false),
    operation("shrink", Some(LAYOUT), Some(SMALLER), false),
    operation("release", Some(LAYOUT), None, false),
    operation("take from a list", None, Some(LAYOUT), true),
    operation("move", Some(LAYOUT), Some(LARGER), true),
    operation("cut", Some(LAYOUT), Some(SMALLER), true),
    operation("put on a list", Some(LAYOUT), None, true),
    Operation {
        heap: &MERGING,
        prepare: neighbours_on_a_full_heap,
        may_refuse: true,
        ..operation("merge", None, Some(TWICE), true)
    },
];

fn nothing(_: &dyn GlobalAlloc) {}

/// So many blocks of `LAYOUT` as fit, but at most `N`; null pointers for the others.
fn blocks<const N: usize>(heap: &dyn GlobalAlloc) -> [*mut u8; N] {
    // SAFETY: the size is not zero.
    [(); N].map(|()| unsafe { heap.alloc(LAYOUT) })
}

/// Two blocks are in the list, the lower one first, since the blocks between are in use.
fn two_free_blocks(heap: &dyn GlobalAlloc) {
    let blocks: [_; 4] = blocks(heap);
    for free in [2, 0] {
        // SAFETY: the block is in use, with this layout.
        unsafe { heap.dealloc(blocks[free], LAYOUT) };
    }
}

/// All of the region is in use, but for two neighbours, and two blocks for the handler, which are
/// first in the list.
fn neighbours_on_a_full_heap(heap: &dyn GlobalAlloc) {
    let blocks: [_; REGION / LAYOUT.size()] = blocks(heap);
    for free in [1, 2, 6, 4] {
        // SAFETY: the block is in use, with this layout.
        unsafe { heap.dealloc(blocks[free], LAYOUT) };
    }
}

impl Operation {
    /// # Safety
    ///
    /// `block` is of the layout `before`, if that is one.
    unsafe fn run(&self, block: *mut u8) -> *mut u8 {
        let heap = self.heap.allocator();
        match (self.before, self.after) {
            (Some(before), Some(after)) => {
                // SAFETY: the caller's promise; the size is not zero.
                unsafe { heap.realloc(block, before, after.size()) }
            }
            (Some(before), None) => {
                // SAFETY: the caller's promise.
                unsafe { heap.dealloc(block, before) };
                ptr::null_mut()
            }
            // SAFETY: the size is not zero.
            (None, Some(after)) => unsafe { heap.alloc(after) },
            (None, None) => ptr::null_mut(),
        }
    }

    /// Interrupts the operation after `ticks`; tells when that was.
    fn interrupt(&self, ticks: u16, keeps: bool) -> When {
        KEEPS.store(keeps, Relaxed);
        DONE.store(false, Relaxed);
        FIRED.store(false, Relaxed);
        (self.prepare)(self.heap.allocator());
        let block = self.before.map_or(ptr::null_mut(), |layout| {
            // SAFETY: the size is not zero.
            let block = unsafe { self.heap.allocator().alloc(layout) };
            // SAFETY: the block was just handed out.
            unsafe { block::fill(block, layout.size(), BYTE) };
            block
        });

        machine::interrupt_after(ticks);
        // SAFETY: `block` is what the operation starts from.
        let mine = unsafe { self.run(block) };
        DONE.store(true, Relaxed);
        while !FIRED.load(Relaxed) {
            hint::spin_loop();
        }

        let theirs = THEIRS.load(Relaxed);
        if let Some(after) = self.after {
            assert!(!mine.is_null(), "{}: the block fits", self.name);
            let kept = self
                .before
                .map_or(0, |before| before.size().min(after.size()));
            // SAFETY: the block has at least these bytes.
            let intact = unsafe { block::holds(mine, kept, BYTE) };
            assert!(intact, "{}: the content is kept", self.name);
            // SAFETY: the block is ours, and of this size.
            unsafe { block::fill(mine, after.size(), BYTE) };
        }
        if keeps && !theirs.is_null() {
            // SAFETY: the handler's block, which is kept.
            let intact = unsafe { block::holds(theirs, self.theirs.size(), THEIR_BYTE) };
            assert!(
                intact,
                "{}, interrupted after {ticks} ticks: the blocks overlap",
                self.name
            );
        }
        // SAFETY: the handler has run, and from here on no block is used.
        unsafe { self.heap.renew() };
        When {
            late: LATE.load(Relaxed),
            below: theirs < mine,
        }
    }

    /// Interrupts the operation everywhere.
    fn sweep(&self, keeps: bool) {
        let (mut before, mut behind, mut late) = (0, 0, 0);
        for ticks in 1.. {
            match self.interrupt(ticks, keeps) {
                When { late: true, .. } => late += 1,
                When { below: true, .. } => (before, late) = (before + 1, 0),
                When { below: false, .. } => (behind, late) = (behind + 1, 0),
            }
            if late == LATE_ENOUGH {
                break;
            }
        }
        let handler = if keeps { "keeps" } else { "frees" };
        say!(
            "  {}: {} interrupts, whose handler {handler} its block",
            self.name,
            before + behind
        );
        // Of an allocation it is known on which side of the claim an interrupt came: of two blocks
        // in use, the one that was claimed first is below. A merge finds the same block each time.
        if keeps && self.before.is_none() && !self.may_refuse {
            assert!(
                before > 0 && behind > 0,
                "interrupts on both sides of the claim"
            );
        }
        assert!(before + behind > 10, "interrupts inside the operation");
    }
}

/// When an interrupt came.
struct When {
    /// Not before the operation was over.
    late: bool,
    /// The handler's block is below.
    below: bool,
}

/// Interrupts every operation at every instruction.
pub fn check() {
    for (number, operation) in OPERATIONS.iter().enumerate() {
        OPERATION.store(number, Relaxed);
        operation.sweep(true);
        operation.sweep(false);
    }
}
