//! A heap for one thread that uses freed memory again. The lists are those of `bump-global`, whose
//! tests try them on one thread, too.

use core::alloc::Layout;

use bump_core::RawAlloc as _;
use bump_local::{Bump, BumpSlice, Recycling};
use static_assertions::{assert_impl_all, assert_not_impl_any};

// A heap may go to another thread with all that is in it, but not be used by two.
assert_impl_all!(Recycling<Bump<[u64; 8]>>: Send);
assert_not_impl_any!(Recycling<Bump<[u64; 8]>>: Sync);
assert_not_impl_any!(Recycling<&'static Bump<[u64; 8]>>: Send, Sync);

#[repr(align(4096))]
#[derive(Clone, Copy)]
struct Page(#[expect(dead_code, reason = "only its size and alignment count")] [u8; 4096]);

/// Vectors that grow beside each other and die in any order.
#[test]
#[cfg(feature = "allocator-api2-04")]
fn collections_take_what_others_left() {
    use allocator_api2_04::boxed::Box;
    use allocator_api2_04::vec::Vec;

    let heap: Recycling<Bump<[u64; 1024]>> = Recycling::new(Bump::uninit());
    let mut rows = Vec::new_in(&heap);
    let mut early = 0;
    let rounds = if cfg!(miri) { 200 } else { 20_000 };
    for round in 0..rounds {
        let mut row = Vec::new_in(&heap);
        row.extend((0..round % 37).map(|column| round ^ column));
        rows.push(row);
        if rows.len() > 10 {
            let freed = rows.swap_remove(round * 7 % 10);
            assert!(freed.is_empty() || freed[0] == freed[freed.len() - 1] ^ (freed.len() - 1));
        }
        if round == rounds / 2 {
            early = heap.region().used();
        }
    }
    // Two hundred rounds are too few to have had blocks of each class.
    assert!(heap.region().used() <= early || cfg!(miri));
    drop(rows);
    let all = Box::try_new_in([0_u64; 1024], &heap).expect("nothing is in use");
    drop(all);
    assert_eq!((heap.region().used(), heap.free_bytes()), (0, 0));
}

#[test]
fn a_heap_moves_with_its_lists() {
    let layout = Layout::new::<[u8; 24]>();
    let heap: Recycling<Bump<[u64; 64]>, 24> = Recycling::new(Bump::uninit());
    let blocks = [(); 5].map(|()| heap.allocate(layout).expect("room"));
    for block in &blocks[..4] {
        // SAFETY: it is from there, with this layout, and not used any more.
        unsafe { heap.deallocate(*block, layout) };
    }
    let moved = Box::new(heap);
    assert_eq!(moved.free_bytes(), 96);
    let start = (&raw const *moved).addr();
    for _ in 0..4 {
        let block = moved.allocate(layout).expect("free").addr().get();
        assert!((start..start + size_of_val(&*moved)).contains(&block));
    }
    assert_eq!(moved.free_bytes(), 0);
}

#[test]
fn alignments_above_that_of_the_region() {
    let heap: Recycling<Bump<[u8; 20_000]>> = Recycling::new(Bump::uninit());
    for align in [16, 64, 1024, 4096] {
        for size in [0, 1, 4096] {
            let layout = Layout::from_size_align(size, align).expect("valid");
            let block = heap.allocate(layout).expect("room");
            assert_eq!(block.addr().get() % align, 0);
            // SAFETY: the block has so many bytes.
            unsafe { block.write_bytes(1, size) };
            // SAFETY: it is from there, with this layout.
            unsafe { heap.deallocate(block, layout) };
            assert_eq!((heap.region().used(), heap.free_bytes()), (0, 0));
        }
    }
    // Storage that is itself aligned to more than a grain.
    let bump: Bump<[Page; 2]> = Bump::uninit();
    let pages: Recycling<_> = Recycling::new(&bump);
    let page = pages.allocate(Layout::new::<Page>()).expect("room");
    assert!(page.cast::<Page>().is_aligned());
    assert!(pages.allocate(Layout::new::<u8>()).is_none());
    // SAFETY: it is from there, with this layout.
    unsafe { pages.deallocate(page, Layout::new::<Page>()) };
    assert!(pages.allocate(Layout::new::<[u8; 8192]>()).is_some());
}

#[test]
fn layouts_as_large_as_there_are() {
    let heap: Recycling<Bump<[u64; 4]>> = Recycling::new(Bump::uninit());
    let largest = isize::MAX as usize;
    for align in [1, 8, 16, 4096, 1 << (usize::BITS - 2)] {
        for size in [largest - align, largest - align + 1] {
            let Ok(layout) = Layout::from_size_align(size, align) else {
                continue;
            };
            assert!(heap.allocate(layout).is_none());
        }
    }
    let small = Layout::new::<u64>();
    let block = heap.allocate(small).expect("room");
    let huge = Layout::from_size_align(largest - 7, 8).expect("valid");
    // SAFETY: the block is from there, with this layout.
    assert!(unsafe { heap.reallocate(block, small, huge) }.is_none());
    let none = Layout::new::<()>();
    // SAFETY: as above; a block that becomes empty is freed.
    assert!(unsafe { heap.reallocate(block, small, none) }.is_some());
    assert_eq!((heap.region().used(), heap.free_bytes()), (0, 0));
}

/// Values in the region beside the heap: their bytes are nobody else's, however the cursor lies.
#[test]
fn values_of_the_region_stay() {
    let mut buffer = [core::mem::MaybeUninit::uninit(); 600];
    let bump = BumpSlice::from_mem(&mut buffer).expect("room");
    let heap: Recycling<&BumpSlice, 24> = Recycling::new(&bump);
    let mut kept = Vec::new();
    for number in 0..9_u8 {
        kept.push(bump.leak(number).expect("room"));
        let layout = Layout::from_size_align(17 + usize::from(number), 1).expect("small");
        let [one, two] = [(); 2].map(|()| heap.allocate(layout).expect("room"));
        for block in [one, two] {
            // SAFETY: the block has so many bytes.
            unsafe { block.write_bytes(0xff, layout.size()) };
            // SAFETY: it is from there, with this layout.
            unsafe { heap.deallocate(block, layout) };
        }
    }
    assert!(kept.iter().map(|value| **value).eq(0..9));
}
