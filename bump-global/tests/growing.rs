//! Heaps that take more memory while their blocks are in use: that they take what they need, that they
//! are refused at the end of it, that memory of others is left alone, and that threads can do all of it
//! at the same time.

use core::alloc::{GlobalAlloc, Layout};
use core::iter;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bump_global::{Extensible, Grow, Growing, Recycling, Region, Tracked};
use static_assertions::{assert_impl_all, assert_not_impl_any};

mod blocks;
use blocks::{Block, use_heap};

const PAGE: usize = 256;

/// Memory of which a heap gets one page after the other, as `memory.grow` hands them out: each call has
/// other ones. Those of `foreign` are somebody else's.
struct Pages<const BYTES: usize> {
    /// From a box, which would have to be the only pointer to it whenever it is moved.
    memory: NonNull<MaybeUninit<Memory<BYTES>>>,
    used: AtomicUsize,
    calls: AtomicUsize,
}

#[repr(align(256))]
struct Memory<const BYTES: usize>([u8; BYTES]);

// SAFETY: the memory is accessed by those alone that it was handed to.
unsafe impl<const BYTES: usize> Sync for Pages<BYTES> {}
// SAFETY: as above.
unsafe impl<const BYTES: usize> Send for Pages<BYTES> {}

impl<const BYTES: usize> Drop for Pages<BYTES> {
    fn drop(&mut self) {
        // SAFETY: from a box, and nobody uses it any more.
        drop(unsafe { Box::from_raw(self.memory.as_ptr()) });
    }
}

impl<const BYTES: usize> Pages<BYTES> {
    fn new() -> Self {
        Pages {
            memory: NonNull::from(Box::leak(Box::new(MaybeUninit::uninit()))),
            used: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        }
    }

    fn start(&self) -> NonNull<u8> {
        self.memory.cast()
    }

    fn take(&self, bytes: usize) -> Option<NonNull<[u8]>> {
        let bytes = bytes.checked_next_multiple_of(PAGE)?;
        let free = |used: usize| used.checked_add(bytes).filter(|&used| used <= BYTES);
        let order = Ordering::Relaxed;
        let from = self.used.fetch_update(order, order, free).ok()?;
        // SAFETY: so much is there.
        let start = unsafe { self.start().add(from) };
        Some(NonNull::slice_from_raw_parts(start, bytes))
    }
}

// SAFETY: no page is handed out twice, and all are of one object, which no move of a heap touches.
unsafe impl<const BYTES: usize> Grow for Pages<BYTES> {
    fn grow(&self, _: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.take(bytes)
    }
}

/// Memory that is handed out up to where it is needed, from the start each time, as a reservation of
/// addresses is.
struct Reserved<const BYTES: usize>(Pages<BYTES>);

// SAFETY: one heap has it, which gets parts of one object, and some again.
unsafe impl<const BYTES: usize> Grow for Reserved<BYTES> {
    fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        let used = end.map_or(0, |end| end.addr().get() - self.0.start().addr().get());
        let bytes = used.checked_add(bytes)?.next_multiple_of(PAGE);
        (bytes <= BYTES).then(|| NonNull::slice_from_raw_parts(self.0.start(), bytes))
    }
}

/// Memory of which a heap gets as many bytes as it asks for, and not one more.
struct Exact<const BYTES: usize>(Pages<BYTES>);

// SAFETY: one heap has it, which gets parts of one object that border one another.
unsafe impl<const BYTES: usize> Grow for Exact<BYTES> {
    fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        let start = end.unwrap_or(self.0.start());
        let used = start.addr().get() - self.0.start().addr().get();
        (bytes <= BYTES - used).then(|| NonNull::slice_from_raw_parts(start, bytes))
    }
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("small")
}

fn take(heap: &impl GlobalAlloc, size: usize, align: usize) -> Option<Block> {
    Block::new(heap, layout(size, align), size.to_le_bytes()[0])
}

#[test]
fn a_heap_takes_what_it_needs_and_no_more() {
    let heap: Growing<Pages<{ 16 * PAGE }>> = Growing::new(Pages::new());
    assert_eq!((heap.capacity(), heap.used()), (0, 0));

    let mut block = take(&heap, PAGE, 8).expect("a page");
    assert_eq!((heap.capacity(), heap.used()), (PAGE, PAGE));
    // In place, into memory that is added behind it.
    let start = block.start;
    assert!(block.resize(&heap, 3 * PAGE));
    assert_eq!((block.start, heap.capacity()), (start, 3 * PAGE));
    assert_eq!(heap.source().calls.load(Ordering::Relaxed), 2);

    block.free(&heap);
    assert_eq!((heap.capacity(), heap.used()), (3 * PAGE, 0));
    let again = take(&heap, 3 * PAGE, 1).expect("it was freed");
    assert_eq!((again.start, heap.capacity()), (start, 3 * PAGE));
}

/// A heap counts the bytes that it lacks as the engine places blocks: one call to the source is enough,
/// and no byte is left.
#[test]
fn a_source_is_asked_once_for_exactly_what_is_missing() {
    let heap: Growing<Exact<{ 64 * PAGE }>> = Growing::new(Exact(Pages::new()));
    let mut calls = 0;
    let mut asked = || {
        calls += 1;
        assert_eq!(heap.source().0.calls.load(Ordering::Relaxed), calls);
        assert_eq!(heap.used(), heap.capacity());
    };
    for align in [1, 2, 8, 32, 128] {
        for size in 1..20 {
            let mut block = take(&heap, size, align).expect("there is memory");
            asked();
            assert!(block.resize(&heap, size + 17));
            asked();
        }
    }
}

/// A request to the source has no room for padding that is not needed: the last bytes can be had.
#[test]
fn an_aligned_block_takes_the_last_page() {
    let heap: Growing<Pages<{ 4 * PAGE }>> = Growing::new(Pages::new());
    let block = take(&heap, 4 * PAGE - 8, 64).expect("all of it");
    block.free(&heap);
    assert_eq!(heap.capacity(), 4 * PAGE);
}

#[test]
fn a_heap_is_refused_at_the_end_and_goes_on() {
    let heap: Growing<Pages<{ 4 * PAGE }>> = Growing::new(Pages::new());
    for huge in [4 * PAGE + 1, isize::MAX.unsigned_abs() - 15] {
        // SAFETY: not 0 bytes.
        assert!(unsafe { heap.alloc(layout(huge, 16)) }.is_null());
    }
    let mut block = take(&heap, 4 * PAGE - 8, 8).expect("as much as there is");
    assert!(take(&heap, 9, 1).is_none());
    assert!(!block.resize(&heap, 4 * PAGE + 1));
    assert!(block.resize(&heap, 4 * PAGE));
    block.free(&heap);
    assert_eq!((heap.capacity(), heap.used()), (4 * PAGE, 0));
}

#[test]
fn free_blocks_are_not_merged_for_each_page() {
    let heap: Growing<Pages<{ 400 * PAGE }>, Recycling<Region<1, true>>> =
        Growing::new(Pages::new());
    let small: Vec<Block> = iter::from_fn(|| take(&heap, 16, 8)).take(200).collect();
    for (index, block) in small.into_iter().enumerate() {
        if index % 2 == 0 {
            block.free(&heap);
        }
    }
    let blocks = iter::from_fn(|| take(&heap, PAGE / 4, 8)).count();
    assert!(blocks > 1500, "{blocks}");
    // It is full, and its free blocks are merged, once for each call.
    let calls = heap.source().calls.load(Ordering::Relaxed);
    assert!(calls < 120, "{calls}");
}

/// Gives a page at a time, however many are asked for, and then the last one again and again.
struct Stubborn(Pages<{ 12 * PAGE }>);

// SAFETY: one heap has it, which gets parts of one object, and some again.
unsafe impl Grow for Stubborn {
    fn grow(&self, _: Option<NonNull<u8>>, _: usize) -> Option<NonNull<[u8]>> {
        let calls = self.0.calls.fetch_add(1, Ordering::Relaxed);
        // SAFETY: so much is there.
        let page = unsafe { self.0.start().add(calls.min(11) * PAGE) };
        (calls < 100).then(|| NonNull::slice_from_raw_parts(page, PAGE))
    }
}

#[test]
fn a_source_that_repeats_itself_is_not_asked_for_ever() {
    let heap: Growing<Stubborn> = Growing::new(Stubborn(Pages::new()));
    // As long as there is more, it is asked.
    take(&heap, 12 * PAGE, 8).expect("all of it").free(&heap);
    assert!(take(&heap, 13 * PAGE, 8).is_none());
    assert!(heap.source().0.calls.load(Ordering::Relaxed) < 24);
    take(&heap, 12 * PAGE, 8).expect("all of it").free(&heap);
}

/// Has little memory in front of its pages, as WebAssembly has between the statics and the next page.
struct LittleFirst(Pages<{ 8 * PAGE }>);

// SAFETY: no memory is handed out twice but the first, all of it is of one object, and one heap has it.
unsafe impl Grow for LittleFirst {
    fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        if end.is_none() {
            self.0.used.store(PAGE, Ordering::Relaxed);
            // SAFETY: so much is there.
            let little = unsafe { self.0.start().add(PAGE - 16) };
            return Some(NonNull::slice_from_raw_parts(little, 16));
        }
        self.0.take(bytes)
    }
}

#[test]
fn first_memory_that_is_too_little_is_not_the_last() {
    let heap: Growing<LittleFirst, Region<64, true>> = Growing::new(LittleFirst(Pages::new()));
    take(&heap, 8, 8).expect("there are pages");
    assert_eq!(heap.capacity(), PAGE);
    // Memory that is enough is used.
    let heap: Growing<LittleFirst, Region<8, true>> = Growing::new(LittleFirst(Pages::new()));
    take(&heap, 8, 8).expect("there is little");
    assert_eq!(heap.capacity(), 16);
}

#[test]
fn alignments_above_a_page_are_served() {
    let heap: Growing<Pages<{ 64 * PAGE }>> = Growing::new(Pages::new());
    for align in [1, 16, PAGE, 8 * PAGE] {
        take(&heap, 5, 1).expect("it grows");
        take(&heap, 3 * align / 2, align).expect("it grows");
    }
    let heap: Growing<Pages<{ 64 * PAGE }>, Recycling<Region<1, true>>> =
        Growing::new(Pages::new());
    for align in [1, 16, PAGE, 8 * PAGE] {
        take(&heap, 5, 1).expect("it grows");
        take(&heap, 3 * align / 2, align).expect("it grows");
    }
}

#[test]
fn a_block_that_needs_more_alignment_is_moved() {
    let heap: Growing<Pages<{ 64 * PAGE }>> = Growing::new(Pages::new());
    let block = take(&heap, PAGE, 1).expect("it grows");
    // `Allocator` can ask for it.
    let (old, new) = (block.layout, layout(PAGE, 2 * PAGE));
    // SAFETY: the block is of this heap, with this layout.
    let moved = unsafe { bump_core::RawAlloc::reallocate(&heap, block.start, old, new) };
    assert_eq!(moved.expect("it grows").addr().get() % (2 * PAGE), 0);
}

/// The last block asks for the bytes by which it grows.
#[test]
fn a_block_of_a_class_grows_in_place_at_the_end() {
    let heap: Growing<Exact<{ 64 * PAGE }>, Recycling<Region<1, true>>> =
        Growing::new(Exact(Pages::new()));
    let mut block = take(&heap, 4 * PAGE, 8).expect("it grows");
    assert!(block.resize(&heap, 5 * PAGE));
    assert_eq!((heap.capacity(), heap.used()), (5 * PAGE, 5 * PAGE));
}

/// Freed blocks are used before more memory is asked for, and merged.
#[test]
fn recycling_asks_last() {
    let heap: Growing<Pages<{ 64 * PAGE }>, Recycling<Region<1, true>>> =
        Growing::new(Pages::new());
    let blocks: Vec<_> = (0..8)
        .map(|_| take(&heap, PAGE / 4, 8).expect("it grows"))
        .collect();
    assert_eq!(heap.capacity(), 2 * PAGE);
    for block in blocks {
        block.free(&heap);
    }
    let whole = take(&heap, 2 * PAGE, 8).expect("merged");
    assert_eq!(heap.capacity(), 2 * PAGE);
    let _more = take(&heap, 2 * PAGE, 8).expect("it grows");
    whole.free(&heap);
    assert!(take(&heap, PAGE, 8).is_some());
    assert_eq!(heap.capacity(), 4 * PAGE);
}

/// A block has the size of its class also if that was more than the region had when it was taken: it
/// is freed by its layout alone, when the region has more.
#[test]
fn a_block_has_the_same_size_when_the_region_has_grown() {
    let heap: Growing<Pages<{ 64 * PAGE }>, Recycling<Region<1, true>>> =
        Growing::new(Pages::new());
    // 232 bytes are of the class of 256; a page has 24 left then.
    for size in [PAGE - 24, PAGE + 72, 3 * PAGE - 100] {
        let first = take(&heap, size, 8).expect("it grows");
        let neighbour = take(&heap, 16, 8).expect("it grows");
        let other = take(&heap, PAGE, 8).expect("it grows");
        first.free(&heap);
        let again = take(&heap, size, 8).expect("it was freed");
        neighbour.check(16);
        again.free(&heap);
        neighbour.free(&heap);
        other.free(&heap);
    }
}

/// Memory of others in between is noticed, and stays as it is.
#[test]
fn memory_of_others_is_left_alone() {
    fn check<B: Extensible>() {
        let heap: Growing<Pages<{ 64 * PAGE }>, B> = Growing::new(Pages::new());
        let mut all = Vec::new();
        let mut foreign = Vec::new();
        while let Some(block) = take(&heap, 100, 4) {
            all.push(block);
            if all.len() % 5 == 0 {
                if let Some(page) = heap.source().take(PAGE) {
                    let page: NonNull<u8> = page.cast();
                    // SAFETY: it was handed out just now, to nobody else.
                    unsafe { page.write_bytes(0xee, PAGE) };
                    foreign.push(page);
                }
            }
        }
        assert!(
            foreign.len() > 8 && all.len() > 40,
            "{} {}",
            foreign.len(),
            all.len()
        );
        for block in all.drain(..).rev() {
            block.free(&heap);
        }
        while let Some(block) = take(&heap, 20, 4) {
            all.push(block);
        }
        for page in foreign {
            // SAFETY: it was written above.
            let bytes = unsafe { core::slice::from_raw_parts(page.as_ptr(), PAGE) };
            assert!(bytes.iter().all(|&byte| byte == 0xee));
        }
        all.into_iter().for_each(|block| block.check(20));
    }
    check::<Region<1, true>>();
    check::<Region<64, true>>();
    check::<Recycling<Region<1, true>>>();
}

/// Leaves a page to others behind each answer.
struct Gaps(Pages<{ 256 * PAGE }>);

// SAFETY: no page is handed out twice, and all are of one object.
unsafe impl Grow for Gaps {
    fn grow(&self, _: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        let answer = self.0.take(bytes)?;
        self.0.take(PAGE)?;
        Some(answer)
    }
}

/// A block that is larger than what is left has to be in one answer, if no answer borders another one: a
/// request for the rest alone would be made again and again.
#[test]
fn a_block_behind_memory_of_others_is_asked_for_as_a_whole() {
    for (size, align) in [(3 * PAGE - 8, 8), (PAGE + 1, 4 * PAGE), (9 * PAGE - 8, 1)] {
        let heap: Growing<Gaps> = Growing::new(Gaps(Pages::new()));
        let _first = take(&heap, 8, 8).expect("it grows");
        let mut block = take(&heap, size, align).expect("it grows");
        assert!(heap.source().0.calls.load(Ordering::Relaxed) <= 3);
        assert!(block.resize(&heap, size + 2 * PAGE));
        assert!(heap.source().0.calls.load(Ordering::Relaxed) <= 5);
    }
}

/// Has its pages in an order of its own.
struct Shuffled(Pages<{ 8 * PAGE }>);

// SAFETY: no page is handed out twice, and all are of one object.
unsafe impl Grow for Shuffled {
    fn grow(&self, _: Option<NonNull<u8>>, _: usize) -> Option<NonNull<[u8]>> {
        let page = *[4, 2, 5].get(self.0.calls.fetch_add(1, Ordering::Relaxed))?;
        // SAFETY: so much is there.
        let start = unsafe { self.0.start().add(page * PAGE) };
        Some(NonNull::slice_from_raw_parts(start, PAGE))
    }
}

/// A region by itself cannot have memory in front of it, and asks again.
#[test]
fn memory_in_front_of_a_region_is_left_alone() {
    let heap: Growing<Shuffled> = Growing::new(Shuffled(Pages::new()));
    let first = take(&heap, PAGE, 8).expect("page 4");
    let second = take(&heap, PAGE, 8).expect("page 5");
    assert_eq!(second.start.addr().get() - first.start.addr().get(), PAGE);
    assert_eq!((heap.capacity(), heap.used()), (2 * PAGE, 2 * PAGE));
    assert!(take(&heap, 8, 8).is_none());
}

/// Threads take, resize and free blocks, and the heap grows under them, to its end and beyond.
fn stress<G: Grow + Sync, B: Extensible + Sync>(source: G, rounds: usize) -> Growing<G, B> {
    let heap = Growing::new(source);
    thread::scope(|scope| {
        for seed in 1..=3_u8 {
            let heap: &Growing<G, B> = &heap;
            scope.spawn(move || use_heap(heap, seed, rounds));
        }
    });
    heap
}

#[test]
fn threads_extend_a_heap_and_use_it() {
    const ROUNDS: usize = if cfg!(miri) { 30 } else { 20_000 };
    type Recycled = Recycling<Region<1, true>>;
    for _ in 0..if cfg!(miri) { 1 } else { 5 } {
        let heap = stress::<_, Region<1, true>>(Pages::<{ 400 * PAGE }>::new(), ROUNDS / 10);
        assert!(heap.capacity() <= 400 * PAGE);
        stress::<_, Region<32, true>>(Reserved(Pages::<{ 400 * PAGE }>::new()), ROUNDS / 10);
        stress::<_, Recycled>(Pages::<{ 100 * PAGE }>::new(), ROUNDS);
        let heap = stress::<_, Recycled>(Reserved(Pages::<{ 400 * PAGE }>::new()), ROUNDS);
        // All of it is free.
        let block = take(&heap, heap.capacity() / 2, 8).expect("merged");
        block.free(&heap);
    }
}

#[test]
fn a_region_is_extended_where_it_ends_only() {
    let pages = Pages::<{ 8 * PAGE }>::new();
    let at = |page: usize| {
        // SAFETY: so much is there.
        unsafe { pages.start().add(page * PAGE) }
    };
    let mut region: Region<1, true> = Region::default();
    // SAFETY: nobody else uses the memory.
    let extend = |region: &Region<1, true>, page, len| unsafe { region.extend(at(page), len) };

    let refused = extend(&region, 0, 7).expect_err("less than a unit");
    assert_eq!(refused.into_inner().cast(), at(0));
    assert_eq!(extend(&region, 1, PAGE), Ok(()), "the first");
    // SAFETY: nobody else uses the memory.
    assert!(unsafe { region.init_raw(at(0), PAGE) }.is_err());

    let refused = extend(&region, 3, PAGE).expect_err("there is a page between");
    assert_eq!(
        refused.to_string(),
        "the region does not end where the memory starts"
    );
    assert!(extend(&region, 0, PAGE).is_err(), "in front");
    assert_eq!(region.capacity(), PAGE);
    assert_eq!(extend(&region, 2, PAGE + 5), Ok(()));
    assert_eq!(region.capacity(), 2 * PAGE, "rounded down");
    assert_eq!(extend(&region, 1, PAGE), Ok(()), "there already");
    assert_eq!(region.capacity(), 2 * PAGE, "and no less");
    assert_eq!(extend(&region, 2, 3 * PAGE), Ok(()), "in part there");
    assert_eq!(region.capacity(), 4 * PAGE);

    let value = region.leak([7_u8; 3 * PAGE + 1]).expect("over several");
    assert_eq!(value[3 * PAGE], 7);
    region.reset();
    assert_eq!(region.remaining(), 4 * PAGE);
}

/// No object is longer, whatever the region is offered.
#[test]
fn a_region_has_no_more_than_an_object_can_have() {
    let region: Region<1, true> = Region::default();
    let start = NonNull::new(core::ptr::without_provenance_mut(PAGE)).expect("not 0");
    for len in [PAGE, usize::MAX / 4 * 3] {
        // SAFETY: nothing is taken from there, so nothing is accessed.
        unsafe { region.extend(start, len) }.expect("it borders");
    }
    assert_eq!(region.capacity(), isize::MAX.unsigned_abs() / 8 * 8);
}

/// Where a block ends does not depend on where the region ends, which is further away when the block is
/// freed than when it was taken.
#[test]
fn a_block_at_the_end_is_freed_as_it_was_taken() {
    let pages = Pages::<{ 8 * PAGE }>::new();
    let region: Region<1, true> = Region::default();
    // SAFETY: nobody else uses the memory.
    unsafe { region.init_raw(pages.start(), 13) }.expect("the first");
    assert_eq!(region.capacity(), 8);
    let block = take(&region, 5, 1).expect("it fits");
    // SAFETY: as above.
    unsafe { region.extend(pages.start(), PAGE) }.expect("more");
    let value = region.leak([1_u8; 3]).expect("it fits");
    block.free(&region);
    let other = region.leak([2_u8; 8]).expect("it fits");
    assert_eq!((*value, *other), ([1; 3], [2; 8]));
}

/// A growing heap under an allocator that counts.
#[test]
fn it_can_be_tracked() {
    let heap: Tracked<Growing<Pages<{ 4 * PAGE }>>> = Tracked::new(Growing::new(Pages::new()));
    let block = take(&heap, 3 * PAGE, 8).expect("it grows");
    assert_eq!(heap.statistics().in_use, 3 * PAGE);
    block.free(&heap);
}

assert_impl_all!(Growing<Pages<256>>: Send, Sync, GlobalAlloc);
assert_impl_all!(Growing<Pages<256>, Recycling<Region<1, true>>>: Send, Sync, GlobalAlloc);
// Memory of others can lie in it, so it cannot say of a block that it is its own.
assert_not_impl_any!(Growing<Pages<256>>: bump_global::Owns, bump_core::RawBump);
