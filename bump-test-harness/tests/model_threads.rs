//! `PerThread` in a model checker: slots that are handed over, lists that are exchanged, and threads
//! that collect what ended ones had, in every interleaving of two threads.
//!
//! It runs the very sources of `bump-global` and `bump-core`, with atomics, cells and accesses to free
//! blocks that the checker sees. It notices accesses that no ordering separates: tests show that with
//! orderings that are weaker than they should be.
//!
//! Not for Miri, and not for every processor: the checker switches between stacks. Not under
//! emulation: what is explored is a model of the memory, not the machine's.
#![cfg(all(
    not(any(miri, emulated)),
    any(target_arch = "aarch64", target_arch = "x86_64", target_arch = "x86")
))]

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;

use bump_core::class::GRAIN;
use bump_core::link::{at, word};
use bump_core::{Cursor, Memory, RawAlloc, RawBump};
use checked::atomic::{AtomicUsize, WEAK};
use checked::per_thread::PerThread;
use checked::slots::Slots;
use checked::thread::{SLOTS, end};
use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;
use std::thread_local;

/// The items that the sources import from their parent module.
#[path = "."]
mod checked {
    use bump_core::{Cursor, RawBump, align, class, codegen, copy_block, engine};
    use free_lists::FreeLists;
    use list::List;

    #[path = "checked/atomic.rs"]
    pub(crate) mod atomic;

    pub(crate) mod thread {
        use super::slots::Slots;
        use crate::TAKEN;

        pub(crate) use loom::cell::Cell;

        /// Few, so that there are few ways to take them.
        pub(crate) const SLOTS: usize = 1;

        /// Little, so that lists are exchanged.
        pub(crate) const LISTED: usize = 1;

        loom::thread_local! {
            /// The number of the slot plus 1, or 0.
            static STATE: core::cell::Cell<usize> = core::cell::Cell::new(0);
        }

        pub(crate) fn slots() -> &'static Slots {
            // SAFETY: those of the only heap that there is, which lives as long as its threads.
            unsafe { &*TAKEN.get() }
        }

        pub(crate) fn slot() -> usize {
            STATE.with(core::cell::Cell::get).wrapping_sub(1)
        }

        pub(crate) fn enter() {
            STATE.with(|state| {
                if let Some(slot) = (state.get() == 0).then(|| slots().take()).flatten() {
                    state.set(slot + 1);
                }
            });
        }

        /// The work of the destructor of a thread-local.
        pub(crate) fn end() {
            STATE.with(|state| {
                if let slot @ 1.. = state.replace(usize::MAX) {
                    slots().give_back(slot - 1);
                }
            });
        }
    }

    #[path = "checked/link.rs"]
    pub(crate) mod link;

    /// The fields of `recycling`, with few lists.
    pub(crate) struct Recycling<B: RawBump> {
        pub(crate) lists: FreeLists<B::Cursor, { crate::LISTS }>,
        pub(crate) region: B,
    }

    impl<B: RawBump> core::fmt::Debug for Recycling<B> {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.pad("Recycling")
        }
    }

    impl<B: RawBump, const CHUNK: usize> per_thread::PerThread<B, CHUNK> {
        pub(crate) fn new(region: B, word: fn() -> B::Cursor) -> Self {
            use entry::{Entry, LISTS};
            let cell = || thread::Cell::new(0);
            per_thread::PerThread {
                entries: [(); thread::SLOTS].map(|()| Entry {
                    lists: [(); LISTS].map(|()| cell()),
                    room: cell(),
                    most: cell(),
                    end: cell(),
                    left: cell(),
                }),
                heap: Recycling {
                    lists: FreeLists::new(
                        [(); crate::LISTS].map(|()| List::new(word())),
                        [word(), word()],
                    ),
                    region,
                },
            }
        }
    }

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-core/src/free_lists.rs"]
    pub(crate) mod free_lists;

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-core/src/list.rs"]
    pub(crate) mod list;

    #[path = "../../bump-core/src/merge.rs"]
    mod merge;
    #[path = "../../bump-core/src/pace.rs"]
    mod pace;

    #[path = "../../bump-core/src/aligned.rs"]
    mod aligned;

    #[path = "../../bump-core/src/in_grains.rs"]
    mod in_grains;

    #[path = "../../bump-global/src/entry.rs"]
    mod entry;

    #[path = "../../bump-global/src/exchange.rs"]
    mod exchange;

    #[path = "../../bump-global/src/slots.rs"]
    pub(crate) mod slots;

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-global/src/per_thread.rs"]
    pub(crate) mod per_thread;
}

/// The grains of the region: two chunks.
const GRAINS: usize = 4;

/// Lists for blocks of 1 to 4 grains.
const LISTS: usize = 4;

/// A chunk is of two grains, of which a thread serves requests for a byte.
const CHUNK: usize = 2 * GRAIN;

/// A cursor whose orderings are never weakened here: those are tried with the lists themselves.
#[derive(Debug)]
struct Word(loom::sync::atomic::AtomicUsize);

impl Word {
    fn new() -> Self {
        Word(loom::sync::atomic::AtomicUsize::new(0))
    }

    fn replace(&self, current: usize, new: usize, order: Ordering) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, order, Ordering::Relaxed)
            .map(drop)
    }
}

// SAFETY: exchanges of one atomic, which acquire and release as they should.
unsafe impl Cursor for Word {
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        self.replace(current, new, Ordering::Acquire)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        self.replace(current, new, Ordering::Release)
    }

    /// Few turns, so that there are few ways to take them.
    fn pause(turn: u32) -> bool {
        thread::yield_now();
        turn < 2
    }
}

/// A region, and a shadow of its grains.
struct Region {
    cursor: Word,
    bytes: UnsafeCell<[u64; GRAINS]>,
    shadow: Shadow,
}

type Shadow = [loom::cell::UnsafeCell<u8>; GRAINS];

thread_local! {
    /// The shadow of the only region that there is, and the slots.
    static SHADOW: Cell<*const Shadow> = const { Cell::new(core::ptr::null()) };
    static TAKEN: Cell<*const Slots> = const { Cell::new(core::ptr::null()) };
}

/// The shadow of the grain that a word is for.
fn shadow<'heap>(base: NonNull<u8>, word: usize) -> &'heap loom::cell::UnsafeCell<u8> {
    let index = (at(base, word).addr() - base.addr().get()) / GRAIN;
    // SAFETY: the heap lives as long as its blocks are used.
    unsafe { &(*SHADOW.get())[index] }
}

// SAFETY: the bytes are accessed by way of the shadow, which is what the model is about: it panics
// where two threads access it at a time.
unsafe impl Sync for Region {}
// SAFETY: as above.
unsafe impl Send for Region {}

// SAFETY: the memory is a part of the region, which stays where it is.
unsafe impl RawBump for Region {
    type Cursor = Word;

    const BASE_ALIGN: usize = GRAIN;

    fn cursor(&self) -> &Word {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(
            NonNull::from(&self.bytes).cast(),
            GRAINS * GRAIN,
        ))
    }
}

struct Heap {
    heap: PerThread<Region, CHUNK>,
    slots: Slots,
    /// The message of one thread to another.
    sent: loom::sync::Mutex<Option<NonNull<u8>>>,
}

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 1).expect("small")
}

impl Heap {
    fn new() -> Self {
        let region = Region {
            cursor: Word::new(),
            bytes: UnsafeCell::new([0; GRAINS]),
            shadow: core::array::from_fn(|_| loom::cell::UnsafeCell::new(0)),
        };
        Heap {
            heap: PerThread::new(region, Word::new),
            slots: Slots {
                taken: AtomicUsize::new(0),
                collecting: AtomicUsize::new(0),
            },
            sent: loom::sync::Mutex::new(None),
        }
    }

    /// Writes a value to each grain of a block, and reads it again.
    fn touch(&self, block: NonNull<u8>, bytes: usize, value: u8) {
        let base = NonNull::from(&self.heap.region().bytes).cast();
        for grain in 0..bytes.div_ceil(GRAIN) {
            let place = shadow(base, word(base, block) + grain * GRAIN);
            // SAFETY: the checker panics before anything else if this is a race.
            place.with_mut(|byte| unsafe { *byte = value });
            // SAFETY: as above.
            place.with(|byte| assert_eq!(unsafe { *byte }, value));
        }
    }

    fn take(&self, bytes: usize, value: u8) -> Option<NonNull<u8>> {
        let block = self.heap.allocate(layout(bytes))?;
        self.touch(block, bytes, value);
        Some(block)
    }

    fn free(&self, block: NonNull<u8>, bytes: usize, value: u8) {
        self.touch(block, bytes, value);
        // SAFETY: the block is from here, with this layout, and not used any more.
        unsafe { self.heap.deallocate(block, layout(bytes)) };
    }

    fn use_once(&self, bytes: usize, value: u8) {
        let block = self.take(bytes, value).expect("there is room");
        self.free(block, bytes, value);
    }

    fn use_if_any(&self, bytes: usize, value: u8) {
        if let Some(block) = self.take(bytes, value) {
            self.free(block, bytes, value);
        }
    }
}

/// Runs the jobs at the same time, each on a thread that ends, in all ways that switch between them
/// `switches` times where they need not. Before that the first one, and after it takes all memory.
fn model(switches: usize, before: fn(&Heap), jobs: &'static [fn(&Heap)]) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(switches);
    model.check(move || {
        let heap = Arc::new(Heap::new());
        SHADOW.set(&raw const heap.heap.region().shadow);
        TAKEN.set(&raw const heap.slots);
        let start = |job: fn(&Heap)| {
            let heap = Arc::clone(&heap);
            thread::spawn(move || {
                job(&heap);
                end();
            })
        };
        start(before).join().expect("no thread panics");
        let threads: Vec<_> = jobs.iter().map(|&job| start(job)).collect();
        for thread in threads {
            thread.join().expect("no thread panics");
        }
        let sent = heap.sent.lock().expect("no thread panics").take();
        if let Some(block) = sent {
            heap.free(block, 1, 1);
        }
        let all = heap.take(GRAINS * GRAIN, 9);
        assert!(all.is_some(), "all is free");
    });
}

/// Two threads, one slot: a thread goes on with what another one left, or uses what is shared.
const HANDED_OVER: &[fn(&Heap)] = &[|heap| heap.use_once(1, 1), |heap| heap.use_once(1, 2)];

#[test]
fn a_slot_is_handed_over() {
    const { assert!(SLOTS == 1) };
    model(3, |_| {}, HANDED_OVER);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn giving_a_slot_back_must_release() {
    WEAK.set(Some((Ordering::Release, Ordering::Relaxed)));
    model(3, |_| {}, HANDED_OVER);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn taking_a_slot_must_acquire() {
    WEAK.set(Some((Ordering::Acquire, Ordering::Relaxed)));
    model(3, |_| {}, HANDED_OVER);
}

/// A thread with a slot frees so much that its list goes to the shared one, from which the other
/// thread takes blocks.
#[test]
fn lists_are_exchanged() {
    model(
        3,
        |_| {},
        &[
            |heap| {
                let blocks = [1, 2, 3].map(|value| (heap.take(1, value), value));
                // Without the slot it gets two, as the other one has the other chunk.
                assert!(matches!(blocks, [(Some(_), _), (Some(_), _), _]));
                for (block, value) in blocks {
                    if let Some(block) = block {
                        heap.free(block, 1, value);
                    }
                }
            },
            |heap| {
                // The other one may have all of the region for itself.
                if let Some(block) = heap.take(1, 4) {
                    heap.free(block, 1, 4);
                }
            },
        ],
    );
}

#[test]
fn blocks_are_freed_by_another_thread() {
    model(
        3,
        |_| {},
        &[
            |heap| {
                let block = heap.take(1, 1);
                *heap.sent.lock().expect("no thread panics") = block;
                heap.use_once(1, 2);
            },
            |heap| {
                let sent = heap.sent.lock().expect("no thread panics").take();
                if let Some(block) = sent {
                    heap.free(block, 1, 1);
                }
                heap.use_once(1, 3);
            },
        ],
    );
}

/// An ended thread has left a block in its list, and the rest of a chunk; the rest of the region is
/// in a block.
fn all_is_left(heap: &Heap) {
    let one = heap.take(1, 1).expect("there is room");
    let rest = heap.take(CHUNK, 2).expect("there is room");
    heap.free(one, 1, 1);
    *heap.sent.lock().expect("no thread panics") = Some(rest);
}

/// Two threads collect it, and each wants a half of it: neither is refused because the other one has
/// it in hand.
const COLLECTED: &[fn(&Heap)] = &[
    |heap| {
        let rest = heap.sent.lock().expect("no thread panics").take();
        let half = heap.take(GRAIN, 3).expect("a grain is free");
        heap.free(rest.expect("sent before"), CHUNK, 2);
        heap.free(half, GRAIN, 3);
    },
    |heap| heap.use_once(GRAIN, 4),
];

#[test]
fn two_threads_collect() {
    model(3, all_is_left, COLLECTED);
}

/// One thread ends while another one wants all that there is.
const COLLECTED_AT_ITS_END: &[fn(&Heap)] = &[
    |heap| heap.use_if_any(1, 1),
    |heap| heap.use_if_any(GRAINS * GRAIN, 2),
];

#[test]
fn a_thread_that_ends_is_collected_from() {
    model(3, |_| {}, COLLECTED_AT_ITS_END);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn collecting_must_acquire() {
    WEAK.set(Some((Ordering::AcqRel, Ordering::Release)));
    model(3, |_| {}, COLLECTED_AT_ITS_END);
}
