//! The answer to each request, up to the largest and down to nothing, and what bad input gets.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;

use bump_core::{RawAlloc as _, UNIT};
use bump_global::bump::{Bump, BumpSlice, Failure, Level};
use bump_global::{Fallback, Owns, Region, Tracked};
use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any, const_assert_eq};

mod blocks;
use blocks::use_heap;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("valid")
}

/// 1, 2, 4 … 4096.
fn alignments() -> impl Iterator<Item = usize> {
    (0..=12).map(|bit| 1 << bit)
}

#[test]
fn every_alignment_is_served_wherever_the_region_starts() {
    const SIZE: usize = 1 << 14;
    // As aligned as a byte: nothing to start with. And as aligned as the strictest block.
    #[repr(align(4096))]
    #[expect(dead_code, reason = "tells a size and an alignment")]
    struct Pages([u8; SIZE]);
    let mut bytes: Box<Bump<[u8; SIZE]>> = Box::default();
    let mut pages: Box<Bump<Pages>> = Box::default();

    fn serves<T>(bump: &mut Bump<T>) {
        for align in alignments() {
            for offset in 0..4 {
                bump.reset();
                let _ = bump.get_layout(layout(offset, 1)).expect("there is room");
                let block = bump
                    .get_layout(layout(3, align))
                    .expect("there is room")
                    .ptr;
                assert_eq!(block.addr().get() % align, 0);
                let start = block.addr().get() - bump.data_ptr().addr().get();
                assert!(
                    start >= offset && start < offset + align,
                    "no more than needed"
                );
                assert_eq!(bump.used(), start + 3);
                // SAFETY: the block has 3 bytes.
                unsafe { block.write_bytes(0xff, 3) };
            }
        }
    }
    serves(&mut bytes);
    serves(&mut pages);
}

#[test]
fn values_of_every_alignment() {
    #[repr(align(4096))]
    #[derive(Debug)]
    struct Page([u8; 4096]);
    static PAGES: Bump<[Page; 2]> = Bump::uninit();
    PAGES.leak(1_u8).expect("there is room");
    let page = PAGES.leak(Page([7; 4096])).expect("one page is left");
    assert_eq!(page.0[4095], 7);
    assert!(PAGES.leak(1_u8).is_err(), "its padding and the page");
    // Too strictly aligned for a slice of bytes to know where it starts.
    assert!(PAGES.as_bump_slice().is_none());
}

#[test]
fn exhaustion_is_exact_and_recoverable() {
    let mut bump: Bump<[u8; 13]> = Bump::uninit();
    assert_eq!(bump.capacity(), 13);
    for _ in 0..2 {
        assert!(bump.get_layout(layout(14, 1)).is_none());
        assert!(bump.get_layout(layout(13, 1)).is_some());
        assert_eq!(bump.remaining(), 0);
        assert!(bump.get_layout(layout(1, 1)).is_none());
        assert_eq!(bump.used(), 13);
        bump.reset();
        assert_eq!(bump.used(), 0);
    }
    // Blocks of collections are some units each. The rest is for values.
    assert!(bump.alloc(layout(13, 1)).is_none());
    assert!(bump.alloc(layout(UNIT, 1)).is_some());
    assert_eq!(bump.remaining(), 13 - UNIT);
    assert!(bump.alloc(layout(1, 1)).is_none() || UNIT < 8);
    assert!(bump.leak([0_u8; 13 - UNIT]).is_ok());
}

/// Blocks of collections start at units and take whole ones. The bytes of a region in front of its first
/// unit and behind its last are for values.
#[test]
fn ends_at_no_unit_are_for_values_alone() {
    let memory: Bump<[u64; 4]> = Bump::uninit();
    // SAFETY: in the memory.
    let start = unsafe { memory.data_ptr().add(1) };
    let len = 4 * UNIT - 2;
    let mut region = Region::empty();
    // SAFETY: nobody else uses the memory, which is there for longer.
    unsafe { region.init_raw(start, len) }.expect("the first");
    assert!(region.alloc(layout(2 * UNIT + 1, 1)).is_none());
    let block = region.alloc(layout(2 * UNIT, 1)).expect("there is room");
    assert_eq!(block.addr().get() - start.addr().get(), UNIT - 1);
    assert!(region.alloc(layout(1, 1)).is_none());
    assert!(region.get_layout(layout(UNIT - 1, 1)).is_some());
    region.reset();
    assert!(region.get_layout(layout(len, 1)).is_some());
}

/// Values are packed, so there is padding in front of a block behind one. It does not come back.
#[test]
fn padding_between_a_value_and_a_block_stays() {
    let bump: Bump<[u64; 4]> = Bump::uninit();
    for _ in 0..2 {
        bump.leak(1_u8).expect("there is room");
        let block = bump.alloc(layout(5, 1)).expect("there is room");
        // SAFETY: from this region with this layout, and not used any more.
        unsafe { bump.dealloc(block.as_ptr(), layout(5, 1)) };
    }
    assert_eq!(bump.used(), 2 * UNIT);
}

/// All ways to ask for a block.
fn ask(heap: &Bump<[u8; 64]>, layout: Layout) -> [bool; 6] {
    [
        heap.alloc(layout).is_some(),
        heap.get_layout(layout).is_some(),
        heap.get_layout_at(layout, heap.level()).is_ok(),
        // SAFETY: not 0 bytes.
        !unsafe { GlobalAlloc::alloc(heap, layout) }.is_null(),
        // SAFETY: not 0 bytes.
        !unsafe { heap.alloc_zeroed(layout) }.is_null(),
        layout.align() == 1 && grow_to(heap, layout.size()),
    ]
}

/// Takes a byte, grows it, and gives it back as it was refused.
fn grow_to(heap: &Bump<[u8; 64]>, size: usize) -> bool {
    let byte = layout(1, 1);
    // SAFETY: not 0 bytes.
    let block = unsafe { GlobalAlloc::alloc(heap, byte) };
    assert!(!block.is_null());
    // SAFETY: from this heap with this layout, and a valid size.
    let grown = unsafe { heap.realloc(block, byte, size) };
    // SAFETY: as above; it was refused.
    unsafe { heap.dealloc(block, byte) };
    !grown.is_null()
}

#[test]
fn the_largest_layouts_are_refused() {
    let largest = isize::MAX.unsigned_abs();
    for used in [0, 1, 56] {
        let heap: Bump<[u8; 64]> = Bump::uninit();
        let _ = heap.get_layout(layout(used, 1)).expect("there is room");
        for bit in 0..usize::BITS - 1 {
            let align = 1 << bit;
            for size in [largest / 2, largest - 1, largest] {
                let size = size & !(align - 1);
                if size > 64 {
                    assert_eq!(ask(&heap, layout(size, align)), [false; 6]);
                }
            }
        }
        // The byte that could not grow was at a unit.
        let used = used.next_multiple_of(UNIT);
        assert_eq!(heap.used(), used);
        assert!(heap.get_slice::<u64>(usize::MAX).is_none());
        assert!(heap.get_slice::<u64>(largest / 8).is_none());
        assert!(heap.get_uninit_slice::<u64>(usize::MAX / 8).is_none());
        assert_eq!(heap.used(), used);
    }
}

/// With its padding and its rounded size, a block would need more than half of the address space.
#[test]
fn a_full_region_that_ends_anywhere_refuses_the_largest_layouts() {
    let heap: Bump<[u8; 61]> = Bump::uninit();
    heap.leak([0_u8; 61]).expect("there is room");
    let largest = isize::MAX.unsigned_abs();
    for size in largest - 3 * UNIT..=largest {
        assert_eq!(heap.alloc(layout(size, 1)), None);
    }
}

#[test]
fn the_strictest_alignments_are_kept_or_refused() {
    for bit in 0..usize::BITS - 1 {
        let align = 1 << bit;
        let heap: Bump<[u8; 64]> = Bump::uninit();
        heap.leak(1_u8).expect("there is room");
        match heap.alloc(layout(1, align)) {
            Some(block) => assert_eq!(block.addr().get() % align, 0),
            // All 63 bytes that were left come before the next multiple.
            None => assert!(align > 63 && heap.used() == 1),
        }
        let block = heap.get_layout(layout(0, align)).expect("nothing");
        assert_eq!(block.ptr.addr().get() % align, 0);
    }
}

#[test]
fn nothing_is_always_there_and_takes_nothing() {
    let full: Bump<[u8; 1]> = Bump::uninit();
    full.leak(1_u8).expect("one byte");
    let nowhere: Bump<()> = Bump::uninit();
    let region = Region::empty();

    for align in alignments() {
        let nothing = layout(0, align);
        for block in [
            full.alloc(nothing),
            nowhere.alloc(nothing),
            region.alloc(nothing),
        ] {
            let block = block.expect("nothing");
            assert_eq!(block.addr().get() % align, 0);
        }
    }
    assert!(full.leak(()).is_ok());
    assert!(full.leak_box([0_u64; 0]).is_some());
    assert_eq!(full.get_slice::<u64>(0).expect("nothing").ptr.len(), 0);
    assert_eq!(full.leak_str("").expect("nothing"), "");
    assert_eq!(
        nowhere
            .get_slice::<()>(usize::MAX)
            .expect("nothing")
            .ptr
            .len(),
        usize::MAX
    );
    assert_eq!((full.used(), nowhere.used(), region.used()), (1, 0, 0));

    // Only at the right level.
    let level = full.level();
    let nothing = full.get_at::<()>(level).expect("nothing");
    assert_eq!(nothing.level, level);
    assert_eq!(nothing.level_start(), level);
    for align in alignments() {
        let nothing = full.get_layout_at(layout(0, align), level);
        assert_eq!(nothing.expect("no padding, either").level, level);
    }
    assert_eq!(
        full.get_at::<()>(Level::new(0)),
        Err(Failure::Mismatch { observed: level })
    );
}

#[test]
fn values_without_bytes_are_not_dropped_when_leaked() {
    #[derive(Debug)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let nowhere: Bump<()> = Bump::uninit();
    nowhere.leak(Bomb).expect("nothing");
    let (_, level) = nowhere.leak_at(Bomb, nowhere.level()).expect("nothing");
    assert_eq!(level, nowhere.level());
}

#[test]
fn levels() {
    let bump: Bump<[u16; 2]> = Bump::uninit();
    let start = bump.level();
    let (one, level) = bump.leak_at(1_u16, start).expect("the right level");
    assert!(start < level);
    assert_eq!(bump.level(), level);
    let refused = bump.leak_at(2_u16, start).expect_err("an old level");
    assert_eq!(refused.kind(), Failure::Mismatch { observed: level });
    assert_eq!(refused.into_inner(), 2);
    let (two, end) = bump.leak_at(2_u16, level).expect("the right level");
    assert_eq!((*one, *two), (1, 2));
    assert_eq!(end.byte_offset(), 4);
    assert_eq!(
        bump.leak_at(3_u16, end).map_err(|refused| refused.kind()),
        Err(Failure::Exhausted)
    );
}

#[test]
fn a_level_of_another_arena_is_a_mismatch() {
    let small: Bump<[u8; 4]> = Bump::uninit();
    for offset in [1, 4, 5, 100, isize::MAX.unsigned_abs(), usize::MAX] {
        let foreign = Level::new(offset);
        let mismatch = Failure::Mismatch {
            observed: Level::new(0),
        };
        assert_eq!(small.get_at::<u8>(foreign), Err(mismatch));
        assert_eq!(small.get_at::<()>(foreign), Err(mismatch));
        assert_eq!(small.alloc_at(layout(0, 8), foreign), Err(mismatch));
        assert_eq!(small.leak_box_at(1, foreign).err(), Some(mismatch));
        let refused = small.try_leak_box_at(1_u8, foreign).expect_err("foreign");
        assert_eq!(refused.kind(), mismatch);
    }
    assert_eq!(small.used(), 0);
}

#[test]
fn from_memory_stays_inside_for_every_start_and_length() {
    #[repr(align(64))]
    struct Buffer([MaybeUninit<u8>; 128]);
    const CANARY: u8 = 0xa5;
    let mut buffer = Buffer([MaybeUninit::new(CANARY); 128]);
    let all = &mut buffer.0;
    for start in 0..24 {
        for len in 0..64 {
            all.fill(MaybeUninit::new(CANARY));
            let range = all[start..][..len].as_ptr_range();
            let Some(bump) = BumpSlice::from_memory(&mut all[start..][..len]) else {
                // Not even the cursor and what aligns it.
                assert!(len < 2 * UNIT);
                continue;
            };
            let first = core::ptr::from_ref(bump).cast::<MaybeUninit<u8>>();
            assert!(first.is_aligned() && first.addr() % UNIT == 0);
            let end = first.addr() + size_of_val(bump);
            assert!(range.start <= first && end <= range.end.addr());
            assert!(range.end.addr() - end < UNIT);

            let capacity = bump.capacity();
            let places = bump.get_uninit_slice::<u8>(capacity);
            places.expect("all of it").fill(MaybeUninit::new(0));
            assert!(bump.leak(1_u8).is_err());
            let outside = all[..start].iter().chain(&all[start + len..]);
            let intact = outside.fold(true, |intact, byte| {
                // SAFETY: all bytes were initialised.
                intact & (unsafe { byte.assume_init() } == CANARY)
            });
            assert!(intact);
        }
    }

    // The same for a size known at compile time.
    for start in 0..16 {
        for len in 0..64 {
            if let Some(bump) = Bump::<[u8; 13]>::from_memory(&mut all[start..][..len]) {
                assert_eq!(bump.capacity(), 13);
                assert!(len >= size_of_val(bump));
                assert!(bump.leak([1_u8; 13]).is_ok());
            } else {
                assert!(len < size_of::<Bump<[u8; 13]>>() + UNIT);
            }
        }
    }
}

#[test]
fn the_two_forms_share_one_cursor() {
    let mut bump: Bump<[u8; 13]> = Bump::uninit();
    bump.leak(1_u8).expect("there is room");
    let slice = bump.as_bump_slice().expect("not strictly aligned");
    assert_eq!((slice.capacity(), slice.used()), (13, 1));
    assert_eq!(slice.data_ptr(), bump.data_ptr());
    slice.leak([2_u8; 12]).expect("there is room");
    assert!(bump.leak(3_u8).is_err());

    let slice = bump.as_mut_bump_slice().expect("not strictly aligned");
    slice.reset();
    assert_eq!(bump.used(), 0);
}

#[test]
fn what_the_memory_held_stays_until_it_is_used() {
    let bump = Bump::new([1_u8, 2, 3, 4]);
    let zeroed: Bump<[u8; 4]> = Bump::zeroed();
    let block = bump.get::<[u8; 4]>().expect("there is room");
    // SAFETY: initialised when it was made.
    assert_eq!(unsafe { block.ptr.read() }, [1, 2, 3, 4]);
    let block = zeroed.get::<[u8; 4]>().expect("there is room");
    // SAFETY: initialised when it was made.
    assert_eq!(unsafe { block.ptr.read() }, [0; 4]);
}

#[test]
fn zeroed_blocks_are_zero_where_the_memory_was_used() {
    let heap: Bump<[u64; 8]> = Bump::new([u64::MAX; 8]);
    let layout = Layout::new::<[u8; 24]>();
    for _ in 0..2 {
        // SAFETY: not 0 bytes.
        let block = unsafe { heap.alloc_zeroed(layout) }.cast::<[u8; 24]>();
        assert!(!block.is_null());
        // SAFETY: the block has 24 bytes, and they are zero.
        assert_eq!(unsafe { block.read() }, [0; 24]);
        // SAFETY: as above.
        unsafe { block.write([1; 24]) };
        // SAFETY: from this heap with this layout.
        unsafe { heap.dealloc(block.cast(), layout) };
    }
}

#[test]
fn a_block_keeps_its_bytes_however_it_is_resized() {
    // Every sequence of a size, a block behind it or not, and a new size.
    for size in 1..20 {
        for new in 1..20 {
            for blocked in [false, true] {
                let heap: Bump<[u64; 8]> = Bump::uninit();
                let old = layout(size, 4);
                // SAFETY: not 0 bytes.
                let block = unsafe { GlobalAlloc::alloc(&heap, old) };
                // SAFETY: the block has as many bytes, and is this function's alone.
                let bytes = unsafe { core::slice::from_raw_parts_mut(block.cast(), size) };
                for (byte, value) in bytes.iter_mut().zip(0x40_u8..) {
                    *byte = MaybeUninit::new(value);
                }
                let before = heap.used();
                let next = blocked.then(|| heap.leak(0xee_u8).expect("there is room"));
                // SAFETY: from this heap with this layout.
                let resized = unsafe { heap.realloc(block, old, new) };
                assert!(!resized.is_null());
                assert_eq!(resized.addr() % 4, 0);
                // SAFETY: the block has as many bytes, which were written.
                let kept = unsafe { core::slice::from_raw_parts(resized, size.min(new)) };
                assert!(kept.iter().zip(0x40..).all(|(&byte, value)| byte == value));
                let rounded = |size: usize| size.next_multiple_of(UNIT);
                match next {
                    Some(next) => assert_eq!(*next, 0xee),
                    None => assert_eq!(heap.used(), before - rounded(size) + rounded(new)),
                }
                // A block may grow into the bytes by which it was rounded.
                let fits = rounded(new) <= rounded(size);
                assert_eq!(resized == block, fits || !blocked);
            }
        }
    }
}

#[test]
fn failed_requests_are_counted() {
    let heap: Tracked<Bump<[u8; 64]>> = Tracked::new(Bump::uninit());
    // SAFETY: not 0 bytes.
    assert!(unsafe { heap.alloc(layout(65, 1)) }.is_null());
    // SAFETY: not 0 bytes.
    assert!(unsafe { heap.alloc_zeroed(layout(70, 2)) }.is_null());
    // SAFETY: not 0 bytes.
    let block = unsafe { heap.alloc(layout(10, 1)) };
    // SAFETY: from this heap with this layout.
    let block = unsafe { heap.realloc(block, layout(10, 1), 20) };
    // SAFETY: from this heap with this layout.
    assert!(unsafe { heap.realloc(block, layout(20, 1), 66) }.is_null());
    // SAFETY: from this heap with this layout; refused, so still there.
    let block = unsafe { heap.realloc(block, layout(20, 1), 5) };
    let statistics = heap.statistics();
    assert_eq!((statistics.in_use, statistics.peak), (5, 20));
    assert_eq!((statistics.allocations, statistics.failed), (1, 3));
    assert_eq!(statistics.largest_failed, 70);
    // SAFETY: from this heap with this layout.
    unsafe { heap.dealloc(block, layout(5, 1)) };
    assert_eq!(heap.statistics().in_use, 0);
    assert_eq!(heap.statistics().peak, 20);
}

#[test]
fn what_was_never_in_use_at_a_time_is_not_the_peak() {
    /// Whenever a block shrinks, another request comes between that and the answer, as it does from
    /// another thread.
    struct Busy(Bump<[u8; 64]>);

    // SAFETY: the blocks of the region.
    unsafe impl GlobalAlloc for Busy {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { GlobalAlloc::alloc(&self.0, layout) }
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { self.0.dealloc(block, layout) };
        }
        unsafe fn realloc(&self, block: *mut u8, old: Layout, size: usize) -> *mut u8 {
            if size == 1 {
                return core::ptr::null_mut();
            }
            // SAFETY: the caller's promise.
            let resized = unsafe { self.0.realloc(block, old, size) };
            // SAFETY: not 0 bytes.
            assert!(!unsafe { HEAP.alloc(layout(48, 1)) }.is_null());
            resized
        }
    }

    static HEAP: Tracked<Busy> = Tracked::new(Busy(Bump::uninit()));
    // SAFETY: not 0 bytes.
    let block = unsafe { HEAP.alloc(layout(64, 1)) };
    // SAFETY: from this heap with this layout.
    assert!(unsafe { HEAP.realloc(block, layout(64, 1), 1) }.is_null());
    let refused = HEAP.statistics();
    assert_eq!((refused.in_use, refused.peak, refused.failed), (64, 64, 1));
    // SAFETY: from this heap with this layout; refused, so still there.
    assert_eq!(unsafe { HEAP.realloc(block, layout(64, 1), 16) }, block);
    let shrunk = HEAP.statistics();
    assert_eq!((shrunk.in_use, shrunk.peak), (64, 64), "of 64 bytes");
}

#[test]
fn neighbours_are_told_apart() {
    type Heap = Fallback<Region, Region>;
    static MEMORY: Bump<[[u64; 4]; 4]> = Bump::uninit();
    let rest = layout(32 - UNIT, 1);
    // The primary in front of the secondary, and behind it; nothing is between them.
    for behind in [false, true] {
        let heap = Heap::default();
        let memory = MEMORY.get_uninit_slice(64).expect("enough for both");
        let (front, back) = memory.split_at_mut(32);
        let (first, second) = if behind { (back, front) } else { (front, back) };
        let (primary, secondary) = (heap.primary(), heap.secondary());
        secondary.init(second).expect("the first");
        let stranger = heap.allocate(layout(32, 1)).expect("the primary is empty");
        assert!(!primary.owns(stranger) && secondary.owns(stranger));
        primary.init(first).expect("the first");
        assert!(!primary.owns(stranger) && secondary.owns(stranger));

        let own = heap.allocate(layout(32, 1)).expect("there is room");
        assert!(primary.owns(own) && !secondary.owns(own));
        assert_eq!(own < stranger, !behind);
        // SAFETY: from this heap with this layout.
        assert!(unsafe { heap.resize(own, layout(32, 1), layout(33, 1)) }.is_none());
        // SAFETY: from this heap with this layout.
        let own = unsafe { heap.resize(own, layout(32, 1), rest) }.expect("smaller");
        let last = heap.allocate(layout(1, 1)).expect("the last unit");
        assert!(primary.owns(last) && !secondary.owns(last));

        // SAFETY: from this heap with this layout, and not used any more.
        unsafe { heap.deallocate(stranger, layout(32, 1)) };
        assert_eq!((primary.used(), secondary.used()), (32, 0));
        // SAFETY: from this heap with this layout, and not used any more.
        unsafe { heap.deallocate(last, layout(1, 1)) };
        // SAFETY: from this heap with this layout, and not used any more.
        unsafe { heap.deallocate(own, rest) };
        assert_eq!((primary.used(), secondary.used()), (0, 0));
    }
}

#[test]
fn the_secondary_may_live_in_a_block_of_the_primary() {
    // All of its blocks lie in the primary's memory: who takes them back?
    static HEAP: Fallback<Bump<[u64; 8]>, Region> = Fallback::new(Bump::uninit(), Region::empty());
    let (primary, secondary) = (HEAP.primary(), HEAP.secondary());
    primary.leak([0_u8; 16]).expect("there is room");
    let memory = primary.get_uninit_slice::<u8>(48).expect("the rest");
    secondary.init(memory).expect("the first");

    let first = HEAP.allocate(layout(16, 1)).expect("there is room");
    let second = HEAP.allocate(layout(32, 1)).expect("there is room");
    assert!(HEAP.allocate(layout(1, 1)).is_none());
    assert_eq!((primary.used(), secondary.used()), (64, 48));
    // SAFETY: the block has 16 bytes.
    unsafe { first.write_bytes(1, 16) };
    // SAFETY: from this heap with this layout, and not used any more.
    unsafe { HEAP.deallocate(second, layout(32, 1)) };
    let third = HEAP.allocate(layout(32, 1)).expect("given back");
    // SAFETY: the block has 32 bytes.
    unsafe { third.write_bytes(3, 32) };
    assert!(HEAP.allocate(layout(1, 1)).is_none(), "only once");
    // SAFETY: initialised, and in use.
    assert_eq!(unsafe { first.cast::<[u8; 16]>().read() }, [1; 16]);
}

/// A region, or a heap in one that does not round its blocks: the next one starts right behind.
struct Lent {
    region: Region,
    packed: bool,
}

// SAFETY: the blocks of the region; of packed ones none is given back.
unsafe impl GlobalAlloc for Lent {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.packed {
            let block = self.region.alloc(layout);
            block.map_or(core::ptr::null_mut(), core::ptr::NonNull::as_ptr)
        } else {
            // SAFETY: the caller's promise.
            unsafe { GlobalAlloc::alloc(&self.region, layout) }
        }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !self.packed {
            // SAFETY: the caller's promise.
            unsafe { self.region.dealloc(block, layout) };
        }
    }
}

/// The primary rounds what it takes back, and a block of the secondary, or its memory, need not end
/// where it rounds to.
#[test]
fn a_block_of_the_secondary_gives_back_nobody_elses_bytes() {
    // As many of the primary's 16 bytes as are lent, and the size of the blocks in there.
    for (lent, size) in [(13, 8), (13, 5), (16, 5), (16, 8), (9, 1), (15, 3)] {
        for packed in [false, true] {
            let region = Region::empty();
            let heap = Fallback::new(Bump::<[u64; 2]>::uninit(), Lent { region, packed });
            let (primary, secondary) = (heap.primary(), heap.secondary());
            let memory = primary.get_layout(layout(lent, 1)).expect("there is room");
            // SAFETY: a block of the primary, which is not used otherwise.
            unsafe { secondary.region.init_raw(memory.ptr, lent) }.expect("the first");
            let neighbours: Vec<_> =
                core::iter::from_fn(|| primary.leak(0xee_u8).ok().map(core::ptr::from_mut))
                    .collect();
            assert_eq!((lent + neighbours.len(), primary.remaining()), (16, 0));

            let take = || heap.allocate(layout(size, 1));
            let mut blocks: Vec<_> = core::iter::from_fn(take).collect();
            while let Some(block) = blocks.pop() {
                assert!(primary.owns(block));
                // SAFETY: from this heap with this layout, and not used any more.
                unsafe { heap.deallocate(block, layout(size, 1)) };
                let cursor = primary.data_ptr().addr().get() + primary.used();
                let in_front = |end: usize| end <= cursor;
                assert!(neighbours.iter().all(|byte| in_front(byte.addr() + 1)));
                assert!(
                    blocks
                        .iter()
                        .all(|block| in_front(block.addr().get() + size))
                );
            }
        }
    }
}

#[test]
fn a_region_at_an_address_has_whole_multiples() {
    let at = |len| {
        let start = core::ptr::without_provenance_mut(64);
        // SAFETY: nothing is taken from there, so nothing is accessed.
        std::panic::catch_unwind(|| unsafe { Region::<64>::at(start, len) }.capacity()).ok()
    };
    let most = isize::MAX.unsigned_abs() / 64 * 64;
    assert_eq!([0, 128, most].map(at), [0, 128, most].map(Some));
    assert_eq!([8, 127, most + 64].map(at), [None; 3]);
}

/// A primary takes back what it can round without touching others, whatever its unit, and that of each of
/// its parts.
#[test]
fn blocks_in_lent_memory_are_apart() {
    #[repr(align(64))]
    struct Lines(#[expect(dead_code, reason = "only its place matters")] [u8; 2048]);
    type Rounding = Bump<Lines, 64>;

    fn check<P: GlobalAlloc + Owns + Default>(lender: impl Fn(&P) -> &Rounding, offset: usize) {
        for seed in 1..if cfg!(miri) { 2 } else { 50 } {
            let heap = Fallback::new(P::default(), Region::empty());
            let lent = lender(heap.primary()).alloc(layout(2048, 64)).expect("all");
            // SAFETY: the rest of a block that is not used otherwise.
            let lent = unsafe { lent.add(offset) };
            // SAFETY: as above.
            unsafe { heap.secondary().init_raw(lent, 2048 - offset) }.expect("the first");
            use_heap(&heap, seed, 60);
        }
    }

    for offset in [0, 8, 40, 64] {
        check::<Rounding>(|primary| primary, offset);
        check::<Fallback<Bump<[u64; 8]>, Rounding>>(|primary| primary.secondary(), offset);
        check::<Fallback<Rounding, Bump<[u64; 8]>>>(|primary| primary.primary(), offset);
    }
}

#[test]
fn a_block_moves_to_the_other_allocator_with_its_bytes() {
    type Heap = Fallback<Bump<[u64; 2]>, Fallback<Bump<[u64; 4]>, Bump<[u64; 8]>>>;
    let heap: Heap = Fallback::default();
    let old = layout(16, 1);
    // SAFETY: not 0 bytes.
    let block = unsafe { heap.alloc(old) };
    // SAFETY: the block has 16 bytes.
    unsafe { block.write_bytes(7, 16) };
    // SAFETY: from this heap with this layout.
    let grown = unsafe { heap.realloc(block, old, 60) };
    assert!(!grown.is_null());
    // SAFETY: the block has 60 bytes, 16 of which were written.
    assert_eq!(unsafe { grown.cast::<[u8; 16]>().read() }, [7; 16]);
    assert_eq!(heap.primary().used(), 0, "given back to the first");
    assert_eq!(heap.secondary().primary().used(), 0);
    let rounded = 60_usize.next_multiple_of(UNIT);
    assert_eq!(heap.secondary().secondary().used(), rounded);
    // SAFETY: from this heap with this layout.
    assert!(unsafe { heap.realloc(grown, layout(60, 1), 65) }.is_null());
    // SAFETY: from this heap with this layout.
    unsafe { heap.dealloc(grown, layout(60, 1)) };
    assert_eq!(heap.secondary().secondary().used(), 0);
}

#[test]
fn what_there_is_to_see() {
    let bump: Bump<[u8; 8]> = Bump::default();
    bump.leak(1_u8).expect("there is room");
    assert_eq!(format!("{bump:?}"), "Bump { used: 1, capacity: 8, .. }");
    let slice = bump.as_bump_slice().expect("not strictly aligned");
    assert_eq!(
        format!("{slice:?}"),
        "BumpSlice { used: 1, capacity: 8, .. }"
    );
    assert_eq!(
        format!("{:?}", <Region>::default()),
        "Region { used: 0, capacity: 0, .. }"
    );
}

// Shared whatever the type that tells size and alignment is.
assert_impl_all!(Bump<*const u8>: Send, Sync, core::panic::RefUnwindSafe);
assert_impl_all!(BumpSlice: Send, Sync, core::panic::RefUnwindSafe);
assert_impl_all!(Region: Send, Sync, core::panic::RefUnwindSafe);
assert_impl_all!(Bump<u8>: GlobalAlloc);
assert_impl_all!(&'static BumpSlice: GlobalAlloc);
assert_impl_all!(Region: GlobalAlloc);
assert_not_impl_any!(Bump<u8>: Clone, Copy);
// The memory costs a cursor, padded to a unit, and a reference to bytes is as large as one to a slice.
const_assert_eq!(size_of::<Bump<[u64; 3]>>(), size_of::<[u64; 3]>() + UNIT);
assert_eq_size!(&'static BumpSlice, &'static [u8]);
const_assert_eq!(align_of::<Bump<u8>>(), UNIT);
