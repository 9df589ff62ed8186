//! An interrupt at every instruction of the allocator, whose handler uses the same allocator.
//!
//! The emulator's time is the count of instructions (`-icount`), and a tick of the timer is shorter
//! than one. So timers of 1, 2, 3 … ticks, each armed right before the same operation, interrupt it
//! at each of its instructions, and at some before and behind it. Whether that went well is seen
//! from the blocks of both sides: neither may touch the other's bytes.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::hint;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};

use crate::{block, machine, say};

#[cfg(not(feature = "racy"))]
type Heap = bump_global::Bump<[u64; 64]>;
#[cfg(feature = "racy")]
type Heap = crate::racy::Heap;

/// The allocator under test, which both sides share.
struct Shared(UnsafeCell<Heap>);

// SAFETY: shared borrows are what is tested; the exclusive one in `reset` is alone, as its caller
// promises. With the feature `racy` the heap is not fit to be shared, as this test is to find out.
unsafe impl Sync for Shared {}

impl Shared {
    /// As what programs use it: some have methods of the same names.
    fn heap(&self) -> &impl GlobalAlloc {
        // SAFETY: there is no exclusive borrow but in `reset`.
        unsafe { &*self.0.get() }
    }

    /// # Safety
    ///
    /// No timer is armed, and no block is in use.
    unsafe fn reset(&self) {
        // SAFETY: the caller promises that no handler runs, and this is the only thread.
        unsafe { &mut *self.0.get() }.reset();
    }
}

static HEAP: Shared = Shared(UnsafeCell::new(Heap::uninit()));

/// What the handler is told, and what it tells.
static KEEPS: AtomicBool = AtomicBool::new(false);
static DONE: AtomicBool = AtomicBool::new(false);
static FIRED: AtomicBool = AtomicBool::new(false);
static LATE: AtomicBool = AtomicBool::new(false);
static THEIRS: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// The handler's block, and the byte that fills it.
const THEIR_LAYOUT: Layout = Layout::new::<[u32; 5]>();
const THEIR_BYTE: u8 = 0xa5;

/// The interrupted block before and behind the operation, and the byte that fills it.
const LAYOUT: Layout = Layout::new::<[u32; 8]>();
const SMALLER: Layout = Layout::new::<[u32; 3]>();
const LARGER: Layout = Layout::new::<[u32; 11]>();
const BYTE: u8 = 0x3c;

/// The sweep over an operation ends when this many interrupts in a row came too late for it.
const LATE_ENOUGH: usize = 8;

/// Called by the machine in the handler of its timer.
pub fn fired() {
    LATE.store(DONE.load(Relaxed), Relaxed);
    // SAFETY: the size is not zero.
    let theirs = unsafe { HEAP.heap().alloc(THEIR_LAYOUT) };
    assert!(!theirs.is_null(), "the handler's block fits");
    // SAFETY: the block is the handler's, and of this size.
    unsafe { block::fill(theirs, THEIR_LAYOUT.size(), THEIR_BYTE) };
    THEIRS.store(theirs, Relaxed);
    if !KEEPS.load(Relaxed) {
        // SAFETY: the handler's own block, used for the last time.
        unsafe { HEAP.heap().dealloc(theirs, THEIR_LAYOUT) };
    }
    FIRED.store(true, Relaxed);
}

/// An operation that is interrupted: what it starts from, what it does, what it leaves.
struct Operation {
    name: &'static str,
    before: Option<Layout>,
    after: Option<Layout>,
}

const OPERATIONS: [Operation; 4] = [
    Operation {
        name: "allocate",
        before: None,
        after: Some(LAYOUT),
    },
    Operation {
        name: "grow",
        before: Some(LAYOUT),
        after: Some(LARGER),
    },
    Operation {
        name: "shrink",
        before: Some(LAYOUT),
        after: Some(SMALLER),
    },
    Operation {
        name: "release",
        before: Some(LAYOUT),
        after: None,
    },
];

impl Operation {
    /// # Safety
    ///
    /// `block` is of the layout `before`, if that is one.
    unsafe fn run(&self, block: *mut u8) -> *mut u8 {
        let heap = HEAP.heap();
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
        let block = self.before.map_or(ptr::null_mut(), |layout| {
            // SAFETY: the size is not zero.
            let block = unsafe { HEAP.heap().alloc(layout) };
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
        if keeps {
            // SAFETY: the handler's block, which is kept.
            let intact = unsafe { block::holds(theirs, THEIR_LAYOUT.size(), THEIR_BYTE) };
            assert!(
                intact,
                "{}, interrupted after {ticks} ticks: the blocks overlap",
                self.name
            );
        }
        // SAFETY: the handler has run, and from here on neither block is used.
        unsafe { HEAP.reset() };
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
        // in use, the one that was claimed first is below.
        if keeps && self.before.is_none() {
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
    for operation in &OPERATIONS {
        operation.sweep(true);
        operation.sweep(false);
    }
}
