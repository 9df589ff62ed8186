//! Free lists, and merging, in a model checker: every interleaving of two threads, those of three
//! with few switches, and every value that the memory orderings allow a load to see.
//!
//! It runs the very sources of `bump-core`, with accesses to free blocks that the checker sees: each
//! grain of the region has a shadow that notices accesses that no ordering separates: it does so
//! with orderings that are weaker than they should be.
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
use bump_core::{Cursor, Memory, RawBump, engine};
use checked::free_lists::FreeLists;
use checked::list::List;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::thread_local;

/// The items that the sources import from their parent module.
#[path = "."]
mod checked {
    pub(crate) use bump_core::{Cursor, RawBump, align, class, codegen, copy_block, engine};
    pub(crate) use list::List;

    #[path = "checked/link.rs"]
    pub(crate) mod link;

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
}

/// The grains of the region.
const GRAINS: usize = 4;

/// Lists for blocks of 1 to 4 grains.
const LISTS: usize = 4;

/// The bug that is planted.
const ACQUIRE: u8 = 1;
const RELEASE: u8 = 2;

/// A cursor, with an ordering that is weaker than it should be.
struct Word<const WEAK: u8 = 0>(AtomicUsize);

impl<const WEAK: u8> Word<WEAK> {
    fn new() -> Self {
        Word(AtomicUsize::new(0))
    }

    fn replace(&self, current: usize, new: usize, order: Ordering) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, order, Ordering::Relaxed)
            .map(drop)
    }
}

// SAFETY: wrong unless nothing is planted, which is what the model finds out.
unsafe impl<const WEAK: u8> Cursor for Word<WEAK> {
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        let weak = WEAK == ACQUIRE;
        let order = if weak {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        self.replace(current, new, order)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        let weak = WEAK == RELEASE;
        let order = if weak {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        self.replace(current, new, order)
    }

    /// Few turns, so that there are few ways to take them.
    fn pause(turn: u32) -> bool {
        thread::yield_now();
        turn < 2
    }
}

/// A heap, and a shadow of its grains.
struct Heap<const WEAK: u8 = 0> {
    cursor: Word,
    lists: FreeLists<Word<WEAK>, LISTS>,
    /// Apart from the lists, for tests of one of them.
    list: List<Word<WEAK>>,
    bytes: UnsafeCell<[u64; GRAINS]>,
    shadow: Shadow,
}

type Shadow = [loom::cell::UnsafeCell<u8>; GRAINS];

thread_local! {
    /// The shadow of the only heap that there is. The checker's threads are all of one thread of the
    /// system.
    static SHADOW: Cell<*const Shadow> = const { Cell::new(core::ptr::null()) };
}

/// The shadow of the grain that a word is for.
fn shadow<'heap>(base: NonNull<u8>, word: usize) -> &'heap loom::cell::UnsafeCell<u8> {
    let index = (at(base, word).addr() - base.addr().get()) / GRAIN;
    // SAFETY: the heap lives as long as its blocks are used.
    unsafe { &(*SHADOW.get())[index] }
}

// SAFETY: the bytes are accessed by way of the shadow, which is what the model is about: it panics
// where two threads access it at a time.
unsafe impl<const WEAK: u8> Sync for Heap<WEAK> {}
// SAFETY: as above.
unsafe impl<const WEAK: u8> Send for Heap<WEAK> {}

// SAFETY: the memory is a part of the heap, which stays where it is.
unsafe impl<const WEAK: u8> RawBump for Heap<WEAK> {
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

fn grains(number: usize) -> Layout {
    Layout::from_size_align(number * GRAIN, GRAIN).expect("small")
}

impl<const WEAK: u8> Heap<WEAK> {
    fn new() -> Self {
        Heap {
            cursor: Word::new(),
            lists: FreeLists::new(
                core::array::from_fn(|_| List::new(Word::new())),
                [Word::new(), Word::new()],
            ),
            list: List::new(Word::new()),
            bytes: UnsafeCell::new([0; GRAINS]),
            shadow: core::array::from_fn(|_| loom::cell::UnsafeCell::new(0)),
        }
    }

    fn base(&self) -> NonNull<u8> {
        NonNull::from(&self.bytes).cast()
    }

    /// Writes a value to each grain of a block, and reads it again.
    fn touch(&self, block: NonNull<u8>, number: usize, value: u8) {
        for grain in 0..number {
            let place = shadow(self.base(), word(self.base(), block) + grain * GRAIN);
            // SAFETY: the checker panics before anything else if this is a race.
            place.with_mut(|byte| unsafe { *byte = value });
            // SAFETY: as above.
            place.with(|byte| assert_eq!(unsafe { *byte }, value));
        }
    }

    /// Takes a grain of the region.
    fn take(&self) -> NonNull<u8> {
        // SAFETY: the alignment is the region's own.
        unsafe { engine::take(self, grains(1), 1) }
            .expect("room")
            .block
    }

    fn allocate(&self, number: usize, value: u8) -> Option<NonNull<u8>> {
        // SAFETY: all blocks in the lists are from this region.
        let block = unsafe { self.lists.allocate(self, grains(number)) }?;
        self.touch(block, number, value);
        Some(block)
    }

    fn release(&self, block: NonNull<u8>, number: usize, value: u8) {
        self.touch(block, number, value);
        // SAFETY: the block is from here, with this layout, and not used any more.
        unsafe { self.lists.deallocate(self, block, grains(number)) };
    }

    /// Takes a block, if there is one, and frees it.
    fn use_once(&self, number: usize, value: u8) {
        if let Some(block) = self.allocate(number, value) {
            self.release(block, number, value);
        }
    }

    /// Takes a block off the list, if there is one, and puts it back.
    fn pop_and_push(&self, value: u8) {
        // SAFETY: all blocks in the list are from this region.
        if let Some(block) = unsafe { self.list.pop(self.base()) } {
            self.touch(block, 1, value);
            // SAFETY: the block was taken just now.
            unsafe { self.list.push(self.base(), block) };
        }
    }

    /// The same, where a block is taken as is usual: by one exchange of the word for the link of the
    /// first block, which somebody else may have taken meanwhile.
    fn pop_in_one_exchange_and_push(&self, value: u8) {
        // SAFETY: a list is nothing but its word.
        let word = unsafe { &*(&raw const self.list).cast::<Word<WEAK>>() };
        let first = word.load();
        if first == 0 {
            return;
        }
        // SAFETY: wrong, which is what the model finds out.
        let rest = unsafe { checked::link::read(self.base(), first) };
        // SAFETY: the word is the cursor of no region.
        if unsafe { word.claim(first, rest) }.is_ok() {
            let block = NonNull::new(at(self.base(), first)).expect("in the region");
            self.touch(block, 1, value);
            // SAFETY: the block was taken just now.
            unsafe { self.list.push(self.base(), block) };
        }
    }

    /// Takes up to two blocks off the list in one exchange, and puts them back in one.
    fn pop_and_push_chain(&self, value: u8) {
        // SAFETY: all blocks in the list are from this region.
        if let Some((first, count)) = unsafe { self.list.pop_chain(self.base(), 2) } {
            let mut last = first;
            for index in 0..count {
                if index != 0 {
                    // SAFETY: the blocks were taken just now, each with a link.
                    last = unsafe { checked::link::read(self.base(), last) };
                }
                let shadow = shadow(self.base(), last);
                // SAFETY: the checker panics before anything else if this is a race.
                shadow.with_mut(|byte| unsafe { *byte = value });
            }
            // SAFETY: as above; the last one links to nothing.
            assert_eq!(unsafe { checked::link::read(self.base(), last) }, 0);
            // SAFETY: as above.
            unsafe { self.list.push_chain(self.base(), first, last) };
        }
    }

    /// How many blocks are in the list, which nobody else uses any more.
    fn length(&self) -> usize {
        // SAFETY: all blocks in the list are from this region.
        core::iter::from_fn(|| unsafe { self.list.pop(self.base()) }).count()
    }
}

/// Runs the jobs at the same time, in all ways that switch between threads `switches` times where
/// they need not; then the check.
fn model<const WEAK: u8>(
    switches: Option<usize>,
    before: fn(&Heap<WEAK>),
    jobs: &'static [fn(&Heap<WEAK>)],
    after: fn(&Heap<WEAK>),
) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = switches;
    model.check(move || {
        let heap = Arc::new(Heap::new());
        SHADOW.set(&raw const heap.shadow);
        before(&heap);
        let threads: Vec<_> = jobs
            .iter()
            .map(|job| {
                let heap = Arc::clone(&heap);
                thread::spawn(move || job(&heap))
            })
            .collect();
        for thread in threads {
            thread.join().expect("no thread panics");
        }
        after(&heap);
    });
}

/// Puts two blocks on the list.
fn two_blocks<const WEAK: u8>(heap: &Heap<WEAK>) {
    for _ in 0..2 {
        let block = heap.take();
        // SAFETY: it was taken just now.
        unsafe { heap.list.push(heap.base(), block) };
    }
}

fn three_blocks<const WEAK: u8>(heap: &Heap<WEAK>) {
    for _ in 0..3 {
        let block = heap.take();
        // SAFETY: it was taken just now.
        unsafe { heap.list.push(heap.base(), block) };
    }
}

#[test]
fn two_threads_pop_and_push() {
    model::<0>(
        None,
        two_blocks,
        &[|heap| heap.pop_and_push(1), |heap| heap.pop_and_push(2)],
        |heap| assert_eq!(heap.length(), 2),
    );
}

#[test]
fn three_threads_pop_and_push() {
    model::<0>(
        Some(1),
        two_blocks,
        &[
            |heap| heap.pop_and_push(1),
            |heap| heap.pop_and_push(2),
            |heap| heap.pop_and_push(3),
        ],
        |heap| assert_eq!(heap.length(), 2),
    );
}

/// A block that is pushed while the blocks are in somebody's hand comes to lie over the rest of them.
#[test]
fn blocks_are_pushed_while_the_list_is_in_hand() {
    model::<0>(
        None,
        two_blocks,
        &[
            |heap| heap.pop_and_push(1),
            |heap| {
                for value in 2..4 {
                    let block = heap.take();
                    heap.touch(block, 1, value);
                    // SAFETY: it was taken just now.
                    unsafe { heap.list.push(heap.base(), block) };
                }
            },
        ],
        |heap| assert_eq!(heap.length(), 4),
    );
}

#[test]
fn chains_are_popped_and_pushed() {
    model::<0>(
        None,
        three_blocks,
        &[
            |heap| heap.pop_and_push_chain(1),
            |heap| heap.pop_and_push_chain(2),
        ],
        |heap| assert_eq!(heap.length(), 3),
    );
}

/// A chain is taken from under the mark of a thread that has the other blocks in hand.
#[test]
fn chains_are_popped_while_the_list_is_in_hand() {
    model::<0>(
        Some(1),
        three_blocks,
        &[
            |heap| heap.pop_and_push(1),
            |heap| {
                heap.pop_and_push(2);
                heap.pop_and_push_chain(3);
            },
            |heap| heap.pop_and_push_chain(4),
        ],
        |heap| assert_eq!(heap.length(), 3),
    );
}

#[test]
#[should_panic(expected = "Causality violation")]
fn popping_a_chain_must_acquire() {
    model::<ACQUIRE>(
        None,
        three_blocks,
        &[
            |heap| heap.pop_and_push_chain(1),
            |heap| heap.pop_and_push_chain(2),
        ],
        |_| {},
    );
}

#[test]
#[should_panic(expected = "Causality violation")]
fn pushing_a_chain_must_release() {
    model::<RELEASE>(
        None,
        three_blocks,
        &[
            |heap| heap.pop_and_push_chain(1),
            |heap| heap.pop_and_push_chain(2),
        ],
        |_| {},
    );
}

#[test]
#[should_panic(expected = "Causality violation")]
fn popping_must_acquire() {
    model::<ACQUIRE>(
        None,
        two_blocks,
        &[|heap| heap.pop_and_push(1), |heap| heap.pop_and_push(2)],
        |_| {},
    );
}

#[test]
#[should_panic(expected = "Causality violation")]
fn pushing_must_release() {
    model::<RELEASE>(
        None,
        two_blocks,
        &[|heap| heap.pop_and_push(1), |heap| heap.pop_and_push(2)],
        |_| {},
    );
}

/// A link is read only in blocks that are the reader's, though the exchange that follows would fail.
#[test]
#[should_panic(expected = "Causality violation")]
fn popping_must_detach() {
    model::<0>(
        None,
        two_blocks,
        &[
            |heap| heap.pop_in_one_exchange_and_push(1),
            |heap| heap.pop_in_one_exchange_and_push(2),
        ],
        |_| {},
    );
}

/// Takes all of the heap, which nobody else uses any more.
fn all_is_one_piece<const WEAK: u8>(heap: &Heap<WEAK>) {
    let all = heap.allocate(GRAINS, 9).expect("all is free");
    heap.release(all, GRAINS, 9);
}

/// Puts a block of one grain and one of two on the lists; the last grain is taken.
fn free_blocks<const WEAK: u8>(heap: &Heap<WEAK>) {
    let [one, two, last] = [1, 2, 1].map(|number| heap.allocate(number, 8).expect("room"));
    heap.release(one, 1, 8);
    heap.release(two, 2, 8);
    heap.touch(last, 1, 8);
}

/// Takes all but the last grain, which is taken.
fn all_but_one<const WEAK: u8>(heap: &Heap<WEAK>) {
    let three = heap.allocate(3, 9).expect("all is free but one");
    heap.release(three, 3, 9);
}

#[test]
fn two_threads_allocate_and_release() {
    model::<0>(
        Some(3),
        |_| {},
        &[
            |heap| {
                heap.use_once(2, 1);
                heap.use_once(3, 2);
            },
            |heap| {
                heap.use_once(1, 3);
                heap.use_once(2, 4);
            },
        ],
        all_is_one_piece,
    );
}

#[test]
fn two_threads_merge() {
    model::<0>(
        Some(2),
        free_blocks,
        &[|heap| heap.use_once(3, 1), |heap| heap.use_once(3, 2)],
        all_but_one,
    );
}

/// One thread cuts a block, the other one merges. There is room for the request of each, and neither
/// may be refused because the other one has the memory in hand.
#[test]
fn a_merge_sees_what_is_being_cut() {
    model::<0>(
        Some(2),
        |heap| {
            let [four, _] = [3, 1].map(|number| heap.allocate(number, 8).expect("room"));
            heap.release(four, 3, 8);
        },
        &[
            |heap| assert!(heap.allocate(1, 1).is_some()),
            |heap| assert!(heap.allocate(2, 2).is_some()),
        ],
        |_| {},
    );
}

#[test]
fn blocks_are_freed_while_others_are_merged() {
    model::<0>(
        Some(2),
        free_blocks,
        &[|heap| heap.use_once(3, 1), |heap| heap.use_once(2, 2)],
        all_but_one,
    );
}

#[test]
#[should_panic(expected = "Causality violation")]
fn merging_must_acquire() {
    model::<ACQUIRE>(
        Some(2),
        free_blocks,
        &[|heap| heap.use_once(3, 1), |heap| heap.use_once(3, 2)],
        |_| {},
    );
}
