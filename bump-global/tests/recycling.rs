//! A heap that uses freed memory again, by one thread: which blocks come back, that the region grows
//! no further, and that all of it is one piece after all was freed.

extern crate alloc;

use alloc::collections::VecDeque;
use core::alloc::Layout;
use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};

mod blocks;

use blocks::{Block, Random};
use bump_core::class::{CLASSES, rounded_size};
use bump_core::{Memory, RawAlloc, RawBump, Relocatable};
use bump_global::{AtomicCursor, Bump, BumpSlice, Fallback, Recycling, Region, Tracked};

/// Most are small, some are not, and one in four has an alignment of its own.
fn random_layout(random: &mut Random, most: usize) -> Layout {
    let most = if random.below(8) == 0 {
        most
    } else {
        most.min(100)
    };
    let align = 1
        << if random.below(4) == 0 {
            random.below(8)
        } else {
            3
        };
    Layout::from_size_align(1 + random.below(most), align).expect("small")
}

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 1).expect("small")
}

#[test]
fn the_block_that_was_freed_last_is_used_first() {
    let heap = Recycling::<Bump<[u64; 64]>>::new(Bump::uninit());
    let [a, b, _c] = [(); 3].map(|()| Block::new(&heap, bytes(60), 1).expect("room"));
    let (first, second) = (a.start, b.start);
    a.free(&heap);
    b.free(&heap);
    assert_eq!(heap.free_bytes(), 128);
    for expected in [second, first] {
        // Any size of the class does.
        let again = Block::new(&heap, bytes(57), 2).expect("room");
        assert_eq!(again.start, expected);
    }
    assert_eq!(heap.free_bytes(), 0);
}

#[test]
fn the_last_block_goes_back_to_the_region_and_resizes_in_place() {
    let heap = Recycling::<Bump<[u64; 64]>>::new(Bump::uninit());
    let mut block = Block::new(&heap, bytes(8), 1).expect("room");
    let start = block.start;
    for size in [9, 100, 400, 50, 1, 512] {
        assert!(block.resize(&heap, size));
        assert_eq!(block.start, start);
        assert_eq!(heap.region().used(), rounded_size(size));
    }
    block.free(&heap);
    assert_eq!((heap.region().used(), heap.free_bytes()), (0, 0));
}

#[test]
fn a_block_resizes_in_place_within_its_class() {
    let heap = Recycling::<Bump<[u64; 64]>>::new(Bump::uninit());
    let mut block = Block::new(&heap, bytes(65), 1).expect("room");
    let _last = Block::new(&heap, bytes(1), 2);
    let start = block.start;
    for size in [80, 66] {
        assert!(block.resize(&heap, size));
        assert_eq!(block.start, start);
    }
    assert!(block.resize(&heap, 81));
    assert_ne!(block.start, start);
    assert_eq!(heap.free_bytes(), 80);
}

#[test]
fn a_block_of_any_alignment_resizes_in_place() {
    let heap = Recycling::<Bump<[u64; 64]>>::new(Bump::uninit());
    let layout = Layout::from_size_align(60, 64).expect("small");
    let mut block = Block::new(&heap, layout, 1).expect("room");
    let start = block.start;
    // With room for its alignment, it has 128 bytes, and 192 as the last one.
    for size in [64, 100] {
        assert!(block.resize(&heap, size));
        assert_eq!(block.start, start);
    }
    let last = Block::new(&heap, bytes(8), 2).expect("room");
    assert!(block.resize(&heap, 128));
    assert_eq!(block.start, start);

    // To another alignment, with the bytes that it has.
    let mut old = last.layout;
    for align in [8, 2] {
        let new = Layout::from_size_align(5, align).expect("small");
        // SAFETY: the block is from this heap, with this layout; it is not used.
        let resized = unsafe { RawAlloc::resize(&heap, last.start, old, new) };
        assert_eq!(resized, Some(last.start));
        old = new;
    }
}

#[test]
fn a_block_that_shrinks_leaves_its_old_one_whole() {
    let heap = Recycling::<Bump<[u64; 64]>>::new(Bump::uninit());
    let mut block = Block::new(&heap, bytes(100), 1).expect("room");
    let start = block.start;
    let _last = Block::new(&heap, bytes(1), 2);
    assert!(block.resize(&heap, 20));
    assert_eq!(heap.free_bytes(), 112);
    let again = Block::new(&heap, bytes(100), 3).expect("room");
    assert_eq!(again.start, start);
}

#[test]
fn a_block_can_shrink_when_nothing_is_free() {
    let heap = Recycling::<Bump<[u64; 32]>>::new(Bump::uninit());
    let mut block = Block::new(&heap, bytes(128), 1).expect("room");
    let start = block.start;
    let _last = Block::new(&heap, bytes(128), 2).expect("room");
    assert!(block.resize(&heap, 20));
    assert_eq!(block.start, start);
    // Its end is used.
    assert_eq!(heap.free_bytes(), 128 - 24);
    assert!(Block::new(&heap, bytes(96), 3).is_some());
    assert!(Block::new(&heap, bytes(8), 4).is_some());
    assert!(Block::new(&heap, bytes(1), 5).is_none());
}

#[test]
fn larger_blocks_are_cut_and_neighbours_are_merged() {
    let heap = Recycling::<Bump<[u64; 32]>>::new(Bump::uninit());
    let blocks = [64; 4].map(|size| Block::new(&heap, bytes(size), 1).expect("room"));
    let [a, b, c, d] = blocks;
    let (first, third) = (a.start, c.start);
    c.free(&heap);
    let piece = Block::new(&heap, bytes(24), 2).expect("room");
    assert_eq!(piece.start, third, "it is cut from the third");
    assert_eq!(heap.free_bytes(), 40);
    a.free(&heap);
    assert!(Block::new(&heap, bytes(128), 3).is_none());
    b.free(&heap);
    let two = Block::new(&heap, bytes(128), 3).expect("they are neighbours");
    assert_eq!(two.start, first);
    for block in [two, piece, d] {
        block.check(block.layout.size());
    }
}

#[test]
fn the_lowest_of_the_merged_ranges_serves_a_request() {
    let heap = Recycling::<Bump<[u64; 32]>>::new(Bump::uninit());
    let blocks = [32; 8].map(|size| Block::new(&heap, bytes(size), 1).expect("room"));
    let [_a, b, c, _d, e, f, _g, _h] = blocks;
    let (lower, higher) = (b.start, e.start);
    for block in [b, f, c, e] {
        block.free(&heap);
    }
    for start in [lower, higher] {
        let two = Block::new(&heap, bytes(64), 2).expect("two neighbours are free");
        assert_eq!(two.start, start);
    }
}

#[test]
fn without_merging_neighbours_stay_apart() {
    let heap = Recycling::<Bump<[u64; 32]>, CLASSES, false>::new(Bump::uninit());
    let blocks = [64; 4].map(|size| Block::new(&heap, bytes(size), 1).expect("room"));
    let [a, b, _c, _d] = blocks;
    a.free(&heap);
    b.free(&heap);
    assert!(Block::new(&heap, bytes(65), 3).is_none());
    assert!(Block::new(&heap, bytes(8), 3).is_some());
    assert!(Block::new(&heap, bytes(64), 3).is_some());
}

/// Fills the heap, resizes some of it, and frees it in any order; then all of it is one block. Again
/// and again.
fn exhausts_and_recovers<B: RawBump, const N: usize>(heap: &Recycling<B, N>, capacity: usize) {
    let mut random = Random(7);
    let rounds = if cfg!(miri) { 4 } else { 200 };
    for round in 0..rounds {
        let most = [8, 50, 300, capacity / 2][round % 4];
        let mut blocks = Vec::new();
        loop {
            let value = u8::try_from(blocks.len() % 251).expect("small");
            let Some(block) = Block::new(heap, random_layout(&mut random, most), value) else {
                break;
            };
            blocks.push(block);
            if random.below(3) == 0 {
                let at = random.below(blocks.len());
                let _ = blocks[at].resize(heap, 1 + random.below(most));
            }
            if random.below(5) == 0 {
                blocks.swap_remove(random.below(blocks.len())).free(heap);
            }
        }
        while !blocks.is_empty() {
            blocks.swap_remove(random.below(blocks.len())).free(heap);
        }
        let all = Block::new(heap, bytes(capacity), 1).expect("nothing is in use");
        assert!(Block::new(heap, bytes(1), 2).is_none());
        all.free(heap);
        assert_eq!(heap.free_bytes(), 0);
    }
}

#[test]
fn all_is_one_block_after_all_was_freed() {
    exhausts_and_recovers(&Recycling::<Bump<[u8; 1000]>>::new(Bump::uninit()), 1000);
    exhausts_and_recovers(
        &Recycling::<Bump<[u8; 3000]>, 12>::new(Bump::uninit()),
        3000,
    );
    exhausts_and_recovers(
        &Recycling::<Bump<[u64; 4096]>, 64>::new(Bump::uninit()),
        1 << 15,
    );
}

#[test]
fn a_heap_can_be_moved_with_its_lists() {
    let heap = Recycling::<Bump<[u8; 1000]>>::new(Bump::uninit());
    let blocks = [(); 5].map(|()| heap.allocate(bytes(24)).unwrap());
    for block in &blocks[..4] {
        // SAFETY: it is from there, with this layout, and not used any more.
        unsafe { heap.deallocate(*block, bytes(24)) };
    }
    let moved = Box::new(heap);
    let start = ptr::from_ref(&*moved).addr();
    for _ in 0..4 {
        let block = moved.allocate(bytes(24)).unwrap().addr().get();
        assert!((start..start + size_of_val(&*moved)).contains(&block));
    }
}

#[test]
fn regions_by_reference_and_of_run_time_memory() {
    let bump = Bump::<[u64; 200]>::uninit();
    exhausts_and_recovers(&Recycling::<_, 40>::new(&bump), 1600);
    assert_eq!(bump.used(), 0);
    let slice: &BumpSlice = bump.as_bump_slice().expect("it has no padding");
    exhausts_and_recovers(&Recycling::<_, 40>::new(slice), 1600);

    let mut memory = [MaybeUninit::<u8>::uninit(); 1203];
    for start in 0..8 {
        let region = Region::empty();
        let memory = &mut memory[start..start + 1195];
        let len = memory.len();
        let first = NonNull::from(memory).cast::<u8>();
        // SAFETY: the memory outlives the region, and is used by nothing else meanwhile.
        unsafe { region.init_raw(first, len) }.expect("it had none");
        // From the first multiple of 8 to the last.
        let padding = first.addr().get().wrapping_neg() % 8;
        exhausts_and_recovers(&Recycling::<_, 40>::new(region), (len - padding) / 8 * 8);
    }
}

/// Blocks that live for some time, in the order of a queue: they are hardly ever the last one.
#[test]
fn a_queue_does_not_grow() {
    static HEAP: Recycling<Bump<[u8; 1 << 22]>> = Recycling::new(Bump::uninit());
    let heap = &HEAP;
    let mut random = Random(1);
    let mut queue = VecDeque::new();
    let (mut in_use, mut peak, mut early) = (0, 0, 0);
    let rounds = if cfg!(miri) { 1_000 } else { 400_000 };
    for round in 0..rounds {
        let mut block = Block::new(heap, random_layout(&mut random, 4000), 1).expect("room");
        if random.below(4) == 0 {
            assert!(block.resize(heap, 1 + random.below(4000)));
        }
        in_use += block.layout.size();
        peak = peak.max(in_use);
        queue.push_back(block);
        if queue.len() > 256 {
            let block = queue.pop_front().expect("not empty");
            in_use -= block.layout.size();
            block.free(heap);
        }
        if round == rounds / 2 {
            early = heap.region().used();
        }
    }
    let used = heap.region().used();
    assert!(used <= 2 * peak, "{used} of {peak}");
    // A thousand rounds are too few to have had blocks of each class.
    assert!(used <= early + early / 10 || cfg!(miri), "{used} {early}");
}

#[test]
fn free_neighbours_are_merged_before_more_is_taken() {
    const BLOCKS: usize = 1000;
    let heap: Box<Recycling<Bump<[u64; BLOCKS * 32]>>> = Box::default();
    let small: Vec<Block> = (0..BLOCKS)
        .map(|_| Block::new(&*heap, bytes(64), 1).expect("room"))
        .collect();
    // The last block of the region stays, so nothing goes back to it.
    let last = Block::new(&*heap, bytes(64), 1).expect("room");
    let taken = heap.region().used();
    small.into_iter().for_each(|block| block.free(&*heap));
    let large: Vec<Block> = (0..BLOCKS / 2)
        .map(|_| Block::new(&*heap, bytes(128), 2).expect("room"))
        .collect();
    // No more than the rest of the step, though there is room for all of them behind it.
    assert!(heap.region().used() <= taken + taken / 8 + 4096);
    large.into_iter().for_each(|block| block.free(&*heap));
    last.free(&*heap);
}

#[test]
fn it_composes() {
    type Heap = Tracked<Recycling<Bump<[u64; 32]>, 24>>;
    // The first block of 104 bytes fills the primary.
    let heap: Fallback<Bump<[u64; 13]>, Heap> =
        Fallback::new(Bump::uninit(), Tracked::new(Recycling::new(Bump::uninit())));
    let [first, one, other] = [(); 3].map(|()| Block::new(&heap, bytes(104), 1).expect("room"));
    assert!(Block::new(&heap, bytes(104), 1).is_none());
    one.free(&heap);
    assert_eq!(heap.secondary().allocator().free_bytes(), 112);
    assert_eq!(heap.secondary().statistics().in_use, 104);
    let again = Block::new(&heap, bytes(104), 1).expect("room");
    again.free(&heap);
    other.free(&heap);
    first.free(&heap);
    assert_eq!(heap.secondary().statistics().in_use, 0);
    assert_eq!(heap.primary().used(), 0);
}

/// The least that an allocator has to say.
struct Own(Recycling<Bump<[u64; 64]>>);

// SAFETY: the blocks are those of the heap, which it owns.
unsafe impl RawAlloc for Own {
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.0.allocate(layout)
    }

    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.deallocate(block, layout) };
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.0.resize(block, old, new) }
    }
}

#[test]
fn a_block_that_moves_is_freed_in_an_allocator_of_ones_own() {
    let own = Own(Recycling::new(Bump::uninit()));
    let [one, _two] = [(); 2].map(|()| own.allocate(bytes(8)).expect("room"));
    // SAFETY: the block has this layout.
    let moved = unsafe { own.reallocate(one, bytes(8), bytes(16)) };
    assert_ne!(moved.expect("room"), one);
    assert_eq!(own.0.free_bytes(), 8);
}

#[test]
fn debug_is_a_table_of_the_free_blocks() {
    let heap = Recycling::<Bump<[u64; 32]>>::new(Bump::uninit());
    let [a, b, c, _d] = [8, 8, 70, 1].map(|size| Block::new(&heap, bytes(size), 1).expect("room"));
    for block in [a, b, c] {
        block.free(&heap);
    }
    let table = "
       block         free        bytes
           8            2           16
          80            1           80
         all                        96";
    assert!(format!("{heap:?}").ends_with(table), "{heap:?}");
}

/// A region that another thread hands its memory over to while a request looks at it: as often as it is
/// told, it has none yet.
struct Late {
    region: Region,
    without: Cell<usize>,
    /// How often somebody has asked for the memory.
    asked: Cell<usize>,
}

impl Late {
    fn new(memory: &mut [MaybeUninit<u64>], without: usize) -> Self {
        let region = Region::empty();
        let bytes = size_of_val(memory);
        // SAFETY: the tests use the memory by the region alone, and for no longer than it lasts.
        unsafe { region.init_raw(NonNull::from(memory).cast(), bytes) }.expect("the first");
        Late {
            region,
            without: Cell::new(without),
            asked: Cell::new(0),
        }
    }
}

// SAFETY: the region in it, whose memory comes later.
unsafe impl RawBump for Late {
    type Cursor = AtomicCursor;

    fn cursor(&self) -> &AtomicCursor {
        self.region.cursor()
    }

    fn memory(&self) -> Option<Memory> {
        self.asked.set(self.asked.get() + 1);
        match self.without.get().checked_sub(1) {
            Some(without) => {
                self.without.set(without);
                None
            }
            None => self.region.memory(),
        }
    }
}

// SAFETY: the memory is elsewhere.
unsafe impl Relocatable for Late {}

#[test]
fn a_block_has_the_bytes_of_its_class_also_if_the_memory_comes_meanwhile() {
    let mut memory = [MaybeUninit::<u64>::uninit(); 256];
    for (size, without) in (1..=300)
        .step_by(7)
        .flat_map(|size| (0..12).map(move |n| (size, n)))
    {
        let heap = Recycling::<Late>::new(Late::new(&mut memory, without));
        // Requests that come before the memory are refused.
        let first = (0..=without).find_map(|_| Block::new(&heap, bytes(size), 1));
        let first = first.expect("there is memory now");
        let behind = Block::new(&heap, bytes(size), 2).expect("room");
        first.free(&heap);
        let again = Block::new(&heap, bytes(rounded_size(size)), 3).expect("room");
        again.free(&heap);
        behind.free(&heap);
    }
}

#[test]
fn free_blocks_that_are_too_small_cost_larger_requests_nothing() {
    const BLOCKS: usize = if cfg!(miri) { 300 } else { 1000 };
    let mut memory = vec![MaybeUninit::uninit(); BLOCKS * 20];
    let heap = Recycling::<Late>::new(Late::new(&mut memory, 0));
    // Every other one is free, and none can be merged with another.
    let small: Vec<Block> = (0..2 * BLOCKS)
        .map(|_| Block::new(&heap, bytes(16), 1).expect("room"))
        .collect();
    let kept: Vec<Block> = small
        .into_iter()
        .enumerate()
        .filter_map(|(index, block)| match index % 2 {
            0 => Some(block),
            _ => {
                block.free(&heap);
                None
            }
        })
        .collect();
    let before = heap.region().asked.get();
    for _ in 0..BLOCKS {
        Block::new(&heap, bytes(64), 2).expect("room");
    }
    // Merging asks once for each free block. It is for a full region, not for each request.
    let asked = heap.region().asked.get() - before;
    assert!(asked < 40 * BLOCKS, "{asked}");
    kept.into_iter().for_each(|block| block.free(&heap));
}
