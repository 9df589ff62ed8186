//! Heaps that are handed ranges of memory, in any order, bordering or not: that each byte is used, and by
//! one block at a time; that nothing between the ranges is touched; and that threads can hand ranges over
//! while others use the heap. The same for a heap that asks a source for frames.

extern crate alloc;

use alloc::collections::VecDeque;
use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use bump_core::class::{CLASSES, GRAIN};
use bump_global::{Grow, Growing, Recycling, Region, Zeroed};

mod blocks;
use blocks::{Block, Random, use_heap};

type Heap<const N: usize = CLASSES, const MERGE: bool = true> =
    Recycling<Region<1, true>, N, MERGE>;

fn heap<const N: usize, const MERGE: bool>() -> Heap<N, MERGE> {
    Recycling::new(Region::with_min_align())
}

/// Memory that nobody may write to.
const FOREIGN: u8 = 0xee;

/// One object, of which parts are handed over.
struct Memory {
    bytes: NonNull<u8>,
    len: usize,
}

// SAFETY: a part of it is accessed by those alone that it was handed to.
unsafe impl Sync for Memory {}

impl Memory {
    /// It starts at a multiple of 4096.
    fn new(len: usize) -> Self {
        // SAFETY: not 0 bytes.
        let bytes = unsafe { alloc::alloc::alloc(Self::layout(len)) };
        let bytes = NonNull::new(bytes).expect("memory");
        // SAFETY: as many bytes were allocated.
        unsafe { bytes.write_bytes(FOREIGN, len) };
        Memory { bytes, len }
    }

    fn layout(len: usize) -> Layout {
        Layout::from_size_align(len, 4096).expect("small")
    }

    /// A part, by a pointer that may access all.
    fn at(&self, range: &Range<usize>) -> (NonNull<u8>, usize) {
        assert!(range.end <= self.len);
        // SAFETY: just compared.
        (unsafe { self.bytes.add(range.start) }, range.len())
    }

    /// Hands a part over; whether the heap took it.
    fn add<const N: usize, const MERGE: bool>(
        &self,
        heap: &Heap<N, MERGE>,
        range: &Range<usize>,
    ) -> bool {
        let (start, len) = self.at(range);
        // SAFETY: a part of one object, which the callers here hand over once.
        unsafe { heap.add_memory(start, len) }.is_ok()
    }

    /// Nobody has written to a part.
    fn is_untouched(&self, range: &Range<usize>) -> bool {
        let (start, len) = self.at(range);
        // SAFETY: initialised by `new`, and in nobody's use if the heap is right.
        let bytes = unsafe { core::slice::from_raw_parts(start.as_ptr(), len) };
        bytes.iter().all(|&byte| byte == FOREIGN)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated by `new`; no block is used after this.
        unsafe { alloc::alloc::dealloc(self.bytes.as_ptr(), Self::layout(self.len)) };
    }
}

/// The bytes of a range that a heap can use, if it does not lie right in front of the region.
fn usable(range: &Range<usize>) -> usize {
    let start = range.start.next_multiple_of(GRAIN);
    (range.end / GRAIN * GRAIN).saturating_sub(start)
}

/// Takes everything that a heap has, in blocks of a grain.
fn drain(heap: &impl GlobalAlloc) -> Vec<Block> {
    let layout = Layout::from_size_align(GRAIN, GRAIN).expect("small");
    let mut value = 0_u8;
    core::iter::from_fn(|| {
        value = value.wrapping_add(1) & 0x7f;
        Block::new(heap, layout, value)
    })
    .collect()
}

/// Cuts some bytes into ranges, most of them short, and gaps; shuffled.
fn cut(random: &mut Random, len: usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut ranges, mut gaps) = (Vec::new(), Vec::new());
    let mut start = 0;
    while start < len {
        let long = random.below(4) == 0;
        let end = (start + random.below(if long { 1000 } else { 64 })).min(len);
        if random.below(4) == 0 {
            gaps.push(start..end);
        } else {
            ranges.push(start..end);
        }
        start = end;
    }
    for last in (1..ranges.len()).rev() {
        ranges.swap(last, random.below(last + 1));
    }
    (ranges, gaps)
}

#[test]
fn every_byte_is_handed_out_once() {
    fn check<const N: usize, const MERGE: bool>(seed: u64) {
        const LEN: usize = if cfg!(miri) { 2000 } else { 20_000 };
        let mut random = Random(seed * 0x9e37_79b9);
        let memory = Memory::new(LEN);
        let (ranges, gaps) = cut(&mut random, LEN);
        let heap = heap::<N, MERGE>();
        let mut region = None;
        let mut expected = 0;
        for range in &ranges {
            let mut bytes = usable(range);
            let base = *region.get_or_insert(if bytes == 0 { usize::MAX } else { range.start });
            if base == usize::MAX {
                region = None;
            } else if range.start < base {
                // Some grains in front of the region.
                let most = base.next_multiple_of(GRAIN) - 2 * GRAIN;
                bytes = bytes.min(most.saturating_sub(range.start.next_multiple_of(GRAIN)));
            }
            assert_eq!(memory.add(&heap, range), bytes != 0, "{range:?}");
            expected += bytes;
        }
        let all = drain(&heap);
        assert_eq!(all.len() * GRAIN, expected);
        for gap in &gaps {
            assert!(memory.is_untouched(gap));
        }
        all.into_iter().for_each(|block| block.free(&heap));
        assert_eq!(drain(&heap).len() * GRAIN, expected, "again");
        assert!(gaps.iter().all(|gap| memory.is_untouched(gap)));
    }
    for seed in 1..if cfg!(miri) { 3 } else { 60 } {
        check::<CLASSES, true>(seed);
        check::<CLASSES, false>(seed);
        check::<4, true>(seed);
        check::<1, false>(seed);
    }
}

/// A range of each length up to 64 bytes, at each alignment, on either side of the region.
#[test]
fn short_ranges_are_used_as_far_as_they_can_be() {
    let memory = Memory::new(4096);
    let region = 1024..1088;
    let step = if cfg!(miri) { 5 } else { 1 };
    for len in (0..=64).step_by(step * step) {
        for offset in (0..GRAIN).step_by(step) {
            let behind = 2048 + offset..2048 + offset + len;
            let in_front = 512 + offset..512 + offset + len;
            let right_in_front = region.start - len - offset..region.start - offset;
            let right_behind = region.end..region.end + len;
            let lost = |range: &Range<usize>| {
                let most = region.start - 2 * GRAIN;
                usable(&(range.start..range.end.min(most).max(range.start)))
            };
            for (range, bytes) in [
                (&behind, usable(&behind)),
                (&in_front, usable(&in_front)),
                (&right_in_front, lost(&right_in_front)),
                (&right_behind, usable(&right_behind)),
            ] {
                let heap = heap::<CLASSES, true>();
                assert!(memory.add(&heap, &region));
                assert_eq!(memory.add(&heap, range), bytes != 0, "{range:?}");
                let all = drain(&heap);
                assert_eq!(all.len() * GRAIN, region.len() + bytes, "{range:?}");
                all.into_iter().rev().for_each(|block| block.free(&heap));
            }
        }
    }
}

/// Neighbours are merged across ranges, but not over the start of the region.
#[test]
fn bordering_ranges_make_one_block() {
    let memory = Memory::new(8192);
    let heap = heap::<CLASSES, true>();
    let ranges = [
        4096..4160,
        7168..8192,
        5120..6144,
        6144..7168,
        3072..4096,
        2048..3072,
    ];
    for range in ranges {
        assert!(memory.add(&heap, &range), "{range:?}");
    }
    assert_eq!(heap.region().capacity(), 64, "the first");
    let layout = |size| Layout::from_size_align(size, 8).expect("small");
    let large = Block::new(&heap, layout(3072), 1).expect("merged");
    assert_eq!(large.start, memory.at(&(5120..5120)).0);
    // Right in front of the region, 16 bytes are not used.
    let front = Block::new(&heap, layout(1792), 2).expect("merged");
    assert_eq!(front.start, memory.at(&(2048..2048)).0);
    let rest = Block::new(&heap, layout(224), 3).expect("the rest");
    assert_eq!(rest.start, memory.at(&(2048 + 1792..4096)).0);
    let region = Block::new(&heap, layout(64), 4).expect("the region");
    for block in [rest, region, front] {
        block.free(&heap);
    }
    assert!(
        Block::new(&heap, layout(2048), 5).is_none(),
        "not over the start"
    );
    large.free(&heap);

    // A block that is larger than those of all lists, and than the region.
    let memory = Memory::new(8192);
    let heap = self::heap::<8, true>();
    assert!(memory.add(&heap, &(4096..4160)) && memory.add(&heap, &(5120..8192)));
    let large = Block::new(&heap, layout(3000), 1).expect("merged");
    large.free(&heap);
}

#[test]
fn blocks_resize_in_place_in_the_region_and_elsewhere() {
    let (memory, heap) = (Memory::new(3 * 4096), heap::<CLASSES, true>());
    assert!(memory.add(&heap, &(0..4096)));
    let mut block = Block::new(&heap, Layout::new::<u64>(), 1).expect("room");
    let start = block.start;
    for size in [100, 8, 4096] {
        assert!(block.resize(&heap, size));
        assert_eq!(block.start, start, "it is the last one");
    }

    assert!(memory.add(&heap, &(8192..3 * 4096)));
    let layout = Layout::from_size_align(65, 1).expect("small");
    let mut block = Block::new(&heap, layout, 2).expect("room");
    let start = block.start;
    assert!(start >= memory.at(&(8192..8192)).0);
    for size in [80, 66] {
        assert!(block.resize(&heap, size));
        assert_eq!(block.start, start, "it has the bytes of its class");
    }
}

#[test]
fn a_heap_without_lists_takes_only_what_borders() {
    let (memory, heap) = (Memory::new(8192), heap::<0, true>());
    assert!(memory.add(&heap, &(0..1024)));
    assert!(!memory.add(&heap, &(4096..8192)));
    assert!(memory.add(&heap, &(1024..2048)));
    assert_eq!(heap.region().capacity(), 2048);
}

/// Free neighbours on both sides of it would make a block that is larger than a block can be.
#[test]
fn memory_that_reaches_over_half_of_the_address_space_is_refused() {
    let (memory, heap) = (Memory::new(4096), heap::<CLASSES, true>());
    assert!(memory.add(&heap, &(0..4096)));
    let half = 1 << (usize::BITS - 1);
    for before in [GRAIN, 64, 4096] {
        // The lists count from a grain in front of the region.
        let start = memory.bytes.as_ptr().wrapping_add(half - GRAIN - before);
        let start = NonNull::new(start).expect("not null");
        // SAFETY: it is refused, so nobody accesses it.
        assert!(unsafe { heap.add_memory(start, 4096) }.is_err());
    }
}

#[test]
fn threads_hand_ranges_over_while_others_allocate() {
    const LEN: usize = if cfg!(miri) { 6000 } else { 200_000 };
    for seed in 1..if cfg!(miri) { 2 } else { 20 } {
        let memory = Memory::new(LEN);
        let (ranges, gaps) = cut(&mut Random(seed * 0x9e37_79b9), LEN);
        let heap = heap::<CLASSES, true>();
        let expected = AtomicUsize::new(0);
        thread::scope(|scope| {
            for part in ranges.chunks(ranges.len().div_ceil(2)) {
                let (heap, memory, expected) = (&heap, &memory, &expected);
                scope.spawn(move || {
                    for range in part {
                        if memory.add(heap, range) {
                            expected.fetch_add(usable(range), Ordering::Relaxed);
                        }
                    }
                });
            }
            for seed in 1..=2 {
                let heap = &heap;
                let rounds = if cfg!(miri) { 60 } else { 10_000 };
                scope.spawn(move || use_heap(heap, seed, rounds));
            }
        });
        let got = drain(&heap).len() * GRAIN;
        let expected = expected.into_inner();
        // The region starts where the first of two threads was faster.
        assert!(
            got <= expected && got + 24 >= expected,
            "{got} of {expected} bytes"
        );
        assert!(gaps.iter().all(|gap| memory.is_untouched(gap)));
    }
}

/// A thread that has added memory can allocate it, also if another thread is about to add the first.
#[test]
fn the_first_memory_is_added_by_several() {
    for _ in 0..if cfg!(miri) { 5 } else { 2000 } {
        let memory = Memory::new(4096);
        let heap = heap::<CLASSES, true>();
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for range in [0..1024, 2048..3072] {
                let (heap, memory, start) = (&heap, &memory, &start);
                scope.spawn(move || {
                    start.wait();
                    assert!(memory.add(heap, &range));
                    let layout = Layout::from_size_align(512, 8).expect("small");
                    Block::new(heap, layout, 1).expect("this thread has added more");
                });
            }
        });
    }
}

const FRAME: usize = 512;

/// A frame allocator: frames in an order of its own, some of them for others.
struct Frames {
    memory: Memory,
    free: Mutex<VecDeque<usize>>,
    calls: AtomicUsize,
    /// Whether it has the first frames only, however many are asked for.
    stubborn: AtomicBool,
}

impl Frames {
    fn new(order: impl IntoIterator<Item = usize>) -> Self {
        let free: VecDeque<usize> = order.into_iter().collect();
        let frames = free.iter().max().map_or(0, |last| last + 1);
        Frames {
            memory: Memory::new(frames * FRAME),
            free: Mutex::new(free),
            calls: AtomicUsize::new(0),
            stubborn: AtomicBool::new(false),
        }
    }

    fn take(&self) -> Option<usize> {
        self.free.lock().expect("no panic").pop_front()
    }

    fn left(&self) -> usize {
        self.free.lock().expect("no panic").len()
    }
}

// SAFETY: no frame is handed out twice, and all are of one object.
unsafe impl Grow for Frames {
    fn grow(&self, _: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if bytes > FRAME && !self.stubborn.load(Ordering::Relaxed) {
            return None;
        }
        let frame = self.take()? * FRAME;
        let (start, len) = self.memory.at(&(frame..frame + FRAME));
        Some(NonNull::slice_from_raw_parts(start, len))
    }
}

type Kernel<const N: usize = CLASSES, const MERGE: bool = true> = Growing<Frames, Heap<N, MERGE>>;

const COUNT: usize = if cfg!(miri) { 12 } else { 100 };

fn orders() -> [Vec<usize>; 4] {
    let mut random = Random(7);
    let mut shuffled: Vec<usize> = (0..COUNT).collect();
    for last in (1..COUNT).rev() {
        shuffled.swap(last, random.below(last + 1));
    }
    [
        (0..COUNT).collect(),
        (0..COUNT).rev().collect(),
        (0..COUNT).map(|frame| frame * 2).collect(),
        shuffled,
    ]
}

#[test]
fn a_heap_takes_frames_in_any_order_until_there_are_none() {
    for order in orders() {
        let heap: Kernel = Growing::new(Frames::new(order.clone()));
        let mut foreign = Vec::new();
        let layout = Layout::from_size_align(FRAME / 8, 8).expect("small");
        let mut all = Vec::new();
        while let Some(block) = Block::new(&heap, layout, 1) {
            all.push(block);
            if all.len() % 40 == 0 {
                foreign.extend(heap.source().take());
            }
            let taken = (COUNT - heap.source().left() - foreign.len()) * FRAME;
            let lost = taken - heap.capacity();
            assert!(lost == 0 || lost == 16, "every frame is the heap's");
            assert!(
                taken < (all.len() + 1) * FRAME / 8 + FRAME,
                "and none too many"
            );
        }
        assert_eq!(heap.source().left(), 0, "{order:?}");
        // A frame in front of the first loses its last grains, and with them a block.
        assert!(all.len() >= (COUNT - foreign.len()) * 8 - 1);
        assert!(foreign.len() > COUNT / 20, "{}", foreign.len());
        for frame in foreign {
            let range = frame * FRAME..(frame + 1) * FRAME;
            assert!(heap.source().memory.is_untouched(&range));
        }
        let (blocks, calls) = (all.len(), heap.source().calls.load(Ordering::Relaxed));
        all.into_iter().for_each(|block| block.free(&heap));
        let again = core::iter::from_fn(|| Block::new(&heap, layout, 2));
        assert_eq!(again.take(blocks).count(), blocks);
        assert_eq!(
            heap.source().calls.load(Ordering::Relaxed),
            calls,
            "without asking"
        );
    }
}

/// A request that no frame serves takes few, also of a source that does not say that it has no more in one
/// piece, or of a heap whose lists are for smaller blocks.
#[test]
fn a_request_that_cannot_be_served_leaves_the_frames() {
    fn check<const N: usize, const MERGE: bool>(is_stubborn: bool) {
        let heap: Kernel<N, MERGE> = Growing::new(Frames::new((0..COUNT).map(|frame| frame * 2)));
        heap.source().stubborn.store(is_stubborn, Ordering::Relaxed);
        let layout = |size| Layout::from_size_align(size, 8).expect("small");
        for _ in 0..2 {
            assert!(Block::new(&heap, layout(3 * FRAME), 1).is_none());
        }
        assert!(heap.source().left() > COUNT / 4, "{}", heap.source().left());
        let small = Block::new(&heap, layout(64), 1).expect("it has frames");
        // One class alone has no list for this.
        for _ in 0..2 {
            if let Some(block) = Block::new(&heap, layout(400), 1) {
                block.check(400);
            }
        }
        small.free(&heap);
        assert!(heap.source().left() > COUNT / 8, "{}", heap.source().left());
    }
    check::<CLASSES, true>(false);
    check::<CLASSES, false>(false);
    check::<8, true>(false);
    check::<8, false>(false);
    if !cfg!(miri) {
        check::<CLASSES, true>(true);
        check::<8, false>(true);
    }
}

#[test]
fn threads_take_frames_in_any_order() {
    for order in orders().into_iter().skip(if cfg!(miri) { 3 } else { 0 }) {
        let heap: Kernel = Growing::new(Frames::new(order));
        thread::scope(|scope| {
            for seed in 1..=3 {
                let heap = &heap;
                let rounds = if cfg!(miri) { 30 } else { 20_000 };
                scope.spawn(move || use_heap(heap, seed, rounds));
            }
        });
        let capacity = heap.capacity();
        let got = drain(&heap).len() * GRAIN;
        assert!(got >= capacity - 16);
        assert_eq!(heap.source().left(), 0);
    }
}

/// Memory on the lists was written to, whatever it was before. A block that starts in the region may end
/// in such memory.
#[test]
fn blocks_of_added_memory_are_cleared() {
    for order in orders() {
        let frames = Frames::new(order);
        // SAFETY: so many bytes are there, which nobody uses yet.
        unsafe { frames.memory.bytes.write_bytes(0, frames.memory.len) };
        let heap: Growing<Frames, Heap> = Growing::new(frames);
        // SAFETY: all of it is zero.
        let heap = unsafe { Zeroed::new(heap) };
        let mut random = Random(3);
        let mut blocks: Vec<(*mut u8, Layout)> = Vec::new();
        let mut taken = 0;
        for _ in 0..if cfg!(miri) { 100 } else { 5000 } {
            if blocks.len() > COUNT / 2 || blocks.len() > random.below(COUNT) {
                let (block, layout) = blocks.swap_remove(random.below(blocks.len()));
                // SAFETY: from this heap, with this layout.
                unsafe { heap.dealloc(block, layout) };
                continue;
            }
            let most = if random.below(8) == 0 { 2000 } else { 200 };
            let size = 1 + random.below(most);
            let layout = Layout::from_size_align(size, 8).expect("small");
            // SAFETY: not 0 bytes.
            let block = unsafe { heap.alloc_zeroed(layout) };
            if block.is_null() {
                continue;
            }
            // SAFETY: the block has so many bytes, which are initialised.
            let bytes = unsafe { core::slice::from_raw_parts_mut(block, size) };
            assert!(bytes.iter().all(|&byte| byte == 0));
            bytes.fill(0xff);
            blocks.push((block, layout));
            taken += 1;
        }
        assert!(taken > 10 * COUNT || cfg!(miri), "{taken}");
    }
}
