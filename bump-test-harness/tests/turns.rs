//! `PerThread`'s own source with threads that are numbers and take turns: random operations of all
//! of them against a model, in regions and chunks of many kinds. What fails is shrunk.
//!
//! Every block is filled with bytes of its own, which are checked after each operation. So is what
//! the documentation of `per_thread` says of chunks: none has a block in its free bytes, and each
//! counts its blocks in use and those that its owner did not free. Real threads are in
//! `bump-global/tests/per_thread.rs`; what they do at the same time, in `model`.

#![cfg(feature = "std")]

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr::NonNull;

use bump_core::{Cursor, Memory, RawAlloc, RawBump, Space, place_up};
use bump_global::{AtomicCursor, Bump, Region};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngAlgorithm;
use turns::per_thread::PerThread;
use turns::thread::{Chunk, NUMBER};

/// What the source of `PerThread` imports from its parent module.
#[path = "."]
mod turns {
    use bump_global::Owns;

    pub(crate) mod atomic {
        pub(crate) use core::sync::atomic::{AtomicUsize, Ordering};
    }

    pub(crate) mod thread {
        use super::atomic::{AtomicUsize, Ordering};
        use super::per_thread::{Entry, PerThread, Position};
        use core::ops::Range;

        pub(crate) use core::cell::Cell;

        /// Fewer than there are threads.
        pub(crate) const THREADS: usize = 4;

        std::thread_local! {
            /// Whose turn it is; 0 is a thread that is about to end.
            pub(crate) static NUMBER: Cell<usize> = const { Cell::new(0) };
        }

        pub(crate) fn identity() -> Option<usize> {
            Some(NUMBER.get()).filter(|number| *number != 0)
        }

        /// What is known of a chunk, in positions of the region.
        #[derive(Debug)]
        pub(crate) struct Chunk {
            pub(crate) owner: usize,
            pub(crate) taken: Range<usize>,
            /// With the last byte, which is not handed out.
            pub(crate) free: Range<usize>,
            pub(crate) blocks: usize,
        }

        impl<B, const CHUNK: usize> PerThread<B, CHUNK> {
            pub(crate) fn new(region: B) -> Self {
                let cell = || Cell::new(0);
                PerThread {
                    entries: core::array::from_fn(|_| Entry {
                        owner: AtomicUsize::new(0),
                        cursor: Position {
                            value: cell(),
                            blocks: cell(),
                        },
                        limit: cell(),
                        start: cell(),
                    }),
                    left: AtomicUsize::new(0),
                    asked: AtomicUsize::new(0),
                    region,
                }
            }

            /// All chunks that are somebody's or left to anybody.
            pub(crate) fn chunks(&self) -> impl Iterator<Item = Chunk> {
                let chunks = self.entries.iter().filter(|entry| entry.limit.get() != 0);
                chunks.map(|entry| Chunk {
                    owner: entry.owner.load(Ordering::Relaxed),
                    taken: entry.start.get()..entry.cursor.value.get(),
                    free: entry.cursor.value.get()..entry.limit.get() + 1,
                    blocks: entry.cursor.blocks.get(),
                })
            }

            /// How many rests are counted that nobody owns, and how many there are.
            pub(crate) fn left(&self) -> (usize, usize) {
                let relaxed = Ordering::Relaxed;
                let is_left =
                    |entry: &&Entry| entry.owner.load(relaxed) == 0 && entry.limit.get() != 0;
                let rests = self.entries.iter().filter(is_left).count();
                (self.left.load(relaxed), rests)
            }
        }
    }

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-global/src/per_thread.rs"]
    pub(crate) mod per_thread;
}

/// As many threads as places in the table, two more, and one without an identity.
const NUMBERS: usize = turns::thread::THREADS + 3;

#[derive(Clone, Debug)]
enum Op {
    Allocate(Layout),
    /// From the region, without a chunk.
    Take(Layout),
    Release(Choice, Through),
    /// Where it is, or not at all.
    Resize(Choice, Through, Layout),
    Reallocate(Choice, Through, Layout),
    Leave,
}

/// All blocks lie in the region, so an allocator that tells by that whose they are, as a `Fallback`
/// from a handle of the region to the heap would, sends them to the region.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Through {
    Heap,
    Region,
}

fn through() -> impl Strategy<Value = Through> {
    prop_oneof![9 => Just(Through::Heap), 1 => Just(Through::Region)]
}

/// Which of the blocks in use.
#[derive(Clone, Debug)]
enum Choice {
    /// Of this thread, the last one.
    Last,
    /// Of this thread, the first one.
    First,
    /// Of any thread.
    Any(Index),
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        4 => Just(Choice::Last),
        2 => Just(Choice::First),
        2 => any::<Index>().prop_map(Choice::Any),
    ]
}

fn layout(chunk: usize) -> impl Strategy<Value = Layout> {
    let small = (chunk / 8).clamp(1, BYTES / 16);
    let size = prop_oneof![
        8 => 1..small + 2,
        2 => Just(small),
        2 => 0..2 * small,
        1 => 0..chunk.clamp(8, BYTES) * 2,
    ];
    let align = prop_oneof![4 => Just(0), 1 => 0..9_u32];
    (size, align).prop_map(|(size, align)| Layout::from_size_align(size, 1 << align).unwrap())
}

/// Which threads do what, one after the other.
fn turns(chunk: usize) -> impl Strategy<Value = Vec<(usize, Op)>> {
    // In boxes, since the tree of a choice has all of its branches, and is moved often.
    let layout = || layout(chunk).boxed();
    let op = prop_oneof![
        12 => layout().prop_map(Op::Allocate),
        1 => layout().prop_map(Op::Take),
        10 => (choice(), through()).prop_map(|(block, way)| Op::Release(block, way)),
        1 => (choice(), through(), layout()).prop_map(|(block, way, to)| Op::Resize(block, way, to)),
        3 => (choice(), through(), layout())
            .prop_map(|(block, way, to)| Op::Reallocate(block, way, to)),
        1 => Just(Op::Leave),
    ];
    // Most often the first few, so that they have enough to do.
    let number = prop_oneof![12 => Just(1_usize), 4 => Just(2), 1 => 0..NUMBERS];
    vec((number, op.boxed()), 0..if cfg!(miri) { 20 } else { 300 })
}

/// A block in use.
struct Block {
    start: NonNull<u8>,
    layout: Layout,
    fill: u8,
    /// Who took it.
    thread: usize,
    /// Without a chunk.
    of_region: bool,
}

impl Block {
    /// Where it has to go, or may go.
    fn way(&self, way: Through) -> Through {
        if self.of_region { Through::Region } else { way }
    }

    fn bytes(&self) -> Range<usize> {
        let start = self.start.addr().get();
        start..start + self.layout.size()
    }

    fn fill(&self) {
        // SAFETY: the block is in use, and as large.
        unsafe { self.start.write_bytes(self.fill, self.layout.size()) };
    }

    /// Whether the first `size` bytes are what they were filled with.
    fn holds(&self, size: usize) -> bool {
        (0..size).all(|offset| {
            // SAFETY: inside the block.
            let byte = unsafe { self.start.add(offset) };
            // SAFETY: the block is filled.
            unsafe { byte.read() == self.fill }
        })
    }
}

struct Model<'a, B, const CHUNK: usize> {
    heap: &'a PerThread<B, CHUNK>,
    memory: Range<usize>,
    blocks: Vec<Block>,
    /// Positions of blocks that were freed, but not by the owner of the chunk that they are in.
    lost: Vec<usize>,
    fill: u8,
}

impl<B: RawBump + Sync, const CHUNK: usize> Model<'_, B, CHUNK> {
    fn step(&mut self, thread: usize, op: &Op) -> Result<(), TestCaseError> {
        NUMBER.set(thread);
        match op {
            Op::Allocate(layout) => {
                let room = self.has_room(*layout);
                let start = self.heap.allocate(*layout);
                prop_assert!(start.is_some() || !room, "refused, though there is room");
                self.add(thread, *layout, start, false)
            }
            Op::Take(layout) => {
                let start = self.heap.region().take(*layout);
                self.add(thread, *layout, start, true)
            }
            Op::Release(choice, way) => {
                if let Some(index) = self.choose(thread, choice) {
                    let block = self.blocks.remove(index);
                    match block.way(*way) {
                        // SAFETY: the block is in use, with this layout.
                        Through::Heap => unsafe { self.heap.release(block.start, block.layout) },
                        // SAFETY: as above; all blocks are in the region.
                        Through::Region => unsafe {
                            RawAlloc::release(self.heap.region(), block.start, block.layout);
                        },
                    }
                    self.gone(thread, &block, block.way(*way));
                }
                Ok(())
            }
            Op::Resize(choice, way, new) => {
                self.resize(thread, choice, *way, *new, |heap, block, way| match way {
                    // SAFETY: the block is in use, with this layout.
                    Through::Heap => unsafe { heap.resize(block.start, block.layout, *new) },
                    // SAFETY: as above; all blocks are in the region.
                    Through::Region => unsafe {
                        RawAlloc::resize(heap.region(), block.start, block.layout, *new)
                    },
                })
            }
            Op::Reallocate(choice, way, new) => {
                self.resize(thread, choice, *way, *new, |heap, block, way| match way {
                    // SAFETY: the block is in use, with this layout.
                    Through::Heap => unsafe { heap.reallocate(block.start, block.layout, *new) },
                    // SAFETY: as above; all blocks are in the region.
                    Through::Region => unsafe {
                        heap.region().reallocate(block.start, block.layout, *new)
                    },
                })
            }
            Op::Leave => {
                self.heap.leave();
                Ok(())
            }
        }
    }

    /// Where positions count from.
    fn origin(&self) -> usize {
        match B::SPACE {
            Space::Offsets => self.heap.region().memory().base.addr().get(),
            Space::Addresses => 0,
        }
    }

    /// Whether there is room for a block in the region, besides all chunks.
    fn has_room(&self, layout: Layout) -> bool {
        let (region, origin) = (self.heap.region(), self.origin());
        let cursor = region.cursor().load() + B::START;
        let limit = region.memory().limit;
        place_up(origin + cursor, origin + limit, layout, B::MIN_ALIGN).is_some()
    }

    /// Notes that the owner of the chunk, if there is one, did not hear that the block was freed.
    fn gone(&mut self, thread: usize, block: &Block, way: Through) {
        let position = block.start.addr().get().wrapping_sub(self.origin());
        let uncounted = |chunk: Chunk| {
            let heard = chunk.owner != 0 && chunk.owner == thread && way == Through::Heap;
            chunk.taken.contains(&position) && !heard
        };
        if block.layout.size() != 0 && self.heap.chunks().any(uncounted) {
            self.lost.push(position);
        }
    }

    fn choose(&self, thread: usize, choice: &Choice) -> Option<usize> {
        let own = |block: &Block| block.thread == thread;
        match choice {
            Choice::Last => self.blocks.iter().rposition(own),
            Choice::First => self.blocks.iter().position(own),
            Choice::Any(_) if self.blocks.is_empty() => None,
            Choice::Any(index) => Some(index.index(self.blocks.len())),
        }
    }

    fn add(
        &mut self,
        thread: usize,
        layout: Layout,
        start: Option<NonNull<u8>>,
        of_region: bool,
    ) -> Result<(), TestCaseError> {
        let Some(start) = start else {
            return Ok(());
        };
        self.fill = self.fill.wrapping_add(1);
        let block = Block {
            start,
            layout,
            fill: self.fill,
            thread,
            of_region,
        };
        self.is_apart(&block)?;
        block.fill();
        self.blocks.push(block);
        Ok(())
    }

    /// Whether the block is aligned, in the memory, and overlaps no other.
    fn is_apart(&self, block: &Block) -> Result<(), TestCaseError> {
        let bytes = block.bytes();
        prop_assert_eq!(bytes.start % block.layout.align(), 0);
        if bytes.is_empty() {
            return Ok(());
        }
        prop_assert!(self.memory.start <= bytes.start && bytes.end <= self.memory.end);
        for other in &self.blocks {
            prop_assert!(!overlap(&bytes, &other.bytes()), "two blocks overlap");
        }
        Ok(())
    }

    fn resize(
        &mut self,
        thread: usize,
        choice: &Choice,
        way: Through,
        new: Layout,
        resize: impl FnOnce(&PerThread<B, CHUNK>, &Block, Through) -> Option<NonNull<u8>>,
    ) -> Result<(), TestCaseError> {
        let Some(index) = self.choose(thread, choice) else {
            return Ok(());
        };
        let old = self.blocks.remove(index);
        let way = old.way(way);
        let Some(start) = resize(self.heap, &old, way) else {
            self.blocks.insert(index, old);
            return Ok(());
        };
        let block = Block {
            start,
            layout: new,
            of_region: way == Through::Region,
            ..old
        };
        self.is_apart(&block)?;
        prop_assert!(
            block.holds(old.layout.size().min(new.size())),
            "a resized block lost bytes"
        );
        block.fill();
        if !old.bytes().contains(&start.addr().get()) {
            self.gone(thread, &old, way);
        }
        self.blocks.insert(index, block);
        Ok(())
    }

    /// What holds between any two operations.
    fn check(&mut self) -> Result<(), TestCaseError> {
        for block in &self.blocks {
            prop_assert!(block.holds(block.layout.size()), "a block lost bytes");
        }
        let origin = self.origin();
        for chunk in self.heap.chunks() {
            let lost = self.lost.iter().filter(|at| chunk.taken.contains(at));
            let mut counted = lost.count();
            for block in self.blocks.iter().filter(|block| block.layout.size() != 0) {
                let Range { start, end } = block.bytes();
                let bytes = start - origin..end - origin;
                prop_assert!(!overlap(&bytes, &chunk.free), "a block in {:?}", chunk);
                counted += usize::from(overlap(&bytes, &chunk.taken));
            }
            prop_assert_eq!(chunk.blocks, counted, "{:?}", chunk);
        }
        let forgotten = |at: &usize| !self.heap.chunks().any(|chunk| chunk.taken.contains(at));
        self.lost.retain(|at| !forgotten(at));
        let (counted, left) = self.heap.left();
        prop_assert_eq!(counted, left, "rests that nobody owns");
        Ok(())
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// What a region has.
const BYTES: usize = 2048;

/// A region that can be made, and tells where its bytes are once it stays where it is.
trait Place: RawBump + Sync {
    /// How many operations there are before it has its memory.
    const LATE: usize = 0;

    fn new() -> Self;
    fn settle(&self) -> Range<usize>;
}

fn range(start: usize) -> Range<usize> {
    start..start + BYTES
}

impl Place for Bump<[u8; BYTES]> {
    fn new() -> Self {
        Bump::uninit()
    }

    fn settle(&self) -> Range<usize> {
        let memory = self.memory();
        range(memory.base.addr().get() + Self::START)
    }
}

/// A region whose memory is handed over after the first requests.
struct Late {
    memory: UnsafeCell<[MaybeUninit<u8>; BYTES]>,
    region: Region,
}

// SAFETY: the memory is accessed through the region alone.
unsafe impl Sync for Late {}

// SAFETY: the region's, whose memory is a part of this.
unsafe impl RawBump for Late {
    type Cursor = AtomicCursor;

    fn cursor(&self) -> &AtomicCursor {
        self.region.cursor()
    }

    fn memory(&self) -> Memory {
        self.region.memory()
    }
}

impl Place for Late {
    const LATE: usize = 5;

    fn new() -> Self {
        Late {
            memory: UnsafeCell::new([MaybeUninit::uninit(); BYTES]),
            region: Region::empty(),
        }
    }

    fn settle(&self) -> Range<usize> {
        let start = NonNull::from(&self.memory).cast::<u8>();
        // SAFETY: it stays where it is while there are blocks, and nobody else accesses it.
        unsafe { self.region.init_raw(start, BYTES) }.expect("the first time");
        range(start.addr().get())
    }
}

/// A cursor that fails for no reason each time after so many exchanges.
struct Failing {
    cursor: AtomicCursor,
    exchanges: Cell<usize>,
    every: usize,
}

impl Failing {
    fn fails(&self) -> Result<(), usize> {
        self.exchanges.set(self.exchanges.get() + 1);
        if self.every != 0 && self.exchanges.get() % self.every == 0 {
            return Err(self.cursor.load());
        }
        Ok(())
    }
}

// SAFETY: moved by the atomic cursor only.
unsafe impl Cursor for Failing {
    fn load(&self) -> usize {
        self.cursor.load()
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        self.fails()?;
        // SAFETY: the caller's promise.
        unsafe { self.cursor.claim(current, new) }
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        self.fails()?;
        // SAFETY: the caller's promise.
        unsafe { self.cursor.give_back(current, new) }
    }
}

/// A region of another kind than the crate's: positions that are addresses, or a larger alignment.
#[repr(C, align(64))]
struct Other<const ADDRESSES: bool, const MIN_ALIGN: usize, const START: usize, const EVERY: usize>
{
    bytes: UnsafeCell<[MaybeUninit<u8>; BYTES]>,
    cursor: Failing,
}

// SAFETY: the test has one thread.
unsafe impl<const A: bool, const M: usize, const S: usize, const E: usize> Sync
    for Other<A, M, S, E>
{
}

// SAFETY: the memory is a part of the region, aligned as that, and nobody else's; the cursor starts
// where it does.
unsafe impl<const A: bool, const M: usize, const S: usize, const E: usize> RawBump
    for Other<A, M, S, E>
{
    type Cursor = Failing;

    const SPACE: Space = if A { Space::Addresses } else { Space::Offsets };
    const MIN_ALIGN: usize = M;
    const BASE_ALIGN: usize = M;
    const START: usize = S;

    fn cursor(&self) -> &Failing {
        &self.cursor
    }

    fn memory(&self) -> Memory {
        let base = NonNull::from(&self.bytes).cast::<u8>();
        let origin = if A { base.addr().get() } else { 0 };
        Memory {
            base,
            limit: origin + BYTES,
        }
    }
}

impl<const A: bool, const M: usize, const S: usize, const E: usize> Place for Other<A, M, S, E> {
    fn new() -> Self {
        Other {
            bytes: UnsafeCell::new([MaybeUninit::uninit(); BYTES]),
            cursor: Failing {
                cursor: AtomicCursor::new(),
                exchanges: Cell::new(0),
                every: E,
            },
        }
    }

    fn settle(&self) -> Range<usize> {
        let start = self.bytes.get().addr();
        if A {
            // SAFETY: there are no blocks.
            unsafe { self.cursor.cursor.claim(0, start - S) }.expect("one thread");
        }
        range(start)
    }
}

fn attempt<B: Place, const CHUNK: usize>(turns: &[(usize, Op)]) -> Result<(), TestCaseError> {
    let heap = PerThread::<B, CHUNK>::new(B::new());
    let mut model = Model {
        heap: &heap,
        memory: 0..0,
        blocks: Vec::new(),
        lost: Vec::new(),
        fill: 0,
    };
    for (turn, (thread, op)) in turns.iter().enumerate() {
        if turn == B::LATE {
            model.memory = heap.region().settle();
        }
        model.step(*thread, op)?;
        model.check()?;
    }
    Ok(())
}

macro_rules! heaps {
    ($($name:ident: $region:ty, $chunk:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig {
                failure_persistence: None,
                // Seeding the default one for each choice takes most of the time in Miri.
                rng_algorithm: RngAlgorithm::XorShift,
                ..ProptestConfig::with_cases(if cfg!(miri) { 1 } else if cfg!(emulated) { 2 } else { 32 })
            })]
            $(
                #[test]
                fn $name(turns in turns($chunk)) {
                    attempt::<$region, { $chunk }>(&turns)?;
                }
            )*
        }
    };
}

heaps! {
    chunks_for_nothing: Bump<[u8; BYTES]>, 7;
    chunks_for_bytes: Bump<[u8; BYTES]>, 9;
    small_chunks: Bump<[u8; BYTES]>, 100;
    large_chunks: Bump<[u8; BYTES]>, 600;
    a_chunk_as_large_as_the_region: Bump<[u8; BYTES]>, BYTES;
    chunks_larger_than_anything: Bump<[u8; BYTES]>, usize::MAX;
    memory_that_comes_later: Late, 128;
    addresses: Other<true, 1, 0, 0>, 100;
    addresses_of_the_byte_before: Other<true, 1, 1, 0>, 64;
    an_alignment_as_large_as_the_chunks: Other<false, 8, 0, 0>, 8;
    aligned_offsets: Other<false, 16, 0, 0>, 100;
    aligned_addresses: Other<true, 16, 0, 0>, 256;
    exchanges_that_fail: Other<true, 1, 1, 3>, 100;
}
