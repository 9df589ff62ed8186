//! An arena in which freed blocks are used again. The conformance suite and a model try it, too
//! (`bump-test-harness/tests/local.rs` and `recycling_arena.rs`).

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use bump_core::RawAlloc as _;
use bump_local::{Arena, Bump, BumpSlice, RecyclingArena, Rewind};

#[repr(align(4096))]
struct Page(#[expect(dead_code, reason = "only its size and alignment count")] [u8; 4096]);

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 1).expect("valid")
}

/// Fills a block, and frees it.
fn fill_and_free<A: Rewind + ?Sized>(
    heap: &RecyclingArena<'_, '_, A>,
    block: NonNull<u8>,
    layout: Layout,
) {
    // SAFETY: the block has so many bytes.
    unsafe { block.write_bytes(0xff, layout.size()) };
    // SAFETY: it is from there, with this layout.
    unsafe { heap.deallocate(block, layout) };
}

/// Vectors that grow beside each other and die in any order.
#[test]
#[cfg(all(feature = "alloc", feature = "allocator-api2-04"))]
fn vectors_take_what_others_left() {
    use allocator_api2_04::alloc::Allocator;
    use allocator_api2_04::vec::Vec;

    fn rounds(allocator: impl Allocator + Copy, mut after: impl FnMut()) {
        let mut rows = Vec::new_in(allocator);
        for round in 0..if cfg!(miri) { 100 } else { 10_000 } {
            let mut row = Vec::new_in(allocator);
            (0..round % 37).for_each(|column| row.push(round ^ column));
            rows.push(row);
            if rows.len() > 10 {
                let freed = rows.swap_remove(round * 7 % 10);
                let expected = |(column, number)| number ^ column == freed[0];
                assert!(freed.iter().copied().enumerate().all(expected));
            }
            after();
        }
    }

    let arena = Arena::new();
    let recycling = RecyclingArena::new(&arena);
    let (mut round, mut early, mut late) = (0, 0, 0);
    rounds(&recycling, || {
        round += 1;
        let most = if round <= 1000 { &mut early } else { &mut late };
        *most = arena.used_bytes().max(*most);
    });
    let plain = Arena::new();
    rounds(&plain, || ());
    assert!(late <= early);
    // A hundred rounds are too few to have had blocks of each class.
    assert!(plain.used_bytes() > 50 * early || cfg!(miri));
}

/// One vector after the other: each begins small when the one before has grown, which then dies.
#[test]
#[cfg(all(feature = "alloc", feature = "allocator-api2-04"))]
fn blocks_that_grow_in_place_do_not_pile_up() {
    use allocator_api2_04::vec::Vec;

    let arena = Arena::with_capacity(1 << 20);
    let recycling = RecyclingArena::new(&arena);
    let mut old = Vec::new_in(&recycling);
    let mut early = 0;
    for round in 0..100_u8 {
        let mut new = Vec::with_capacity_in(8, &recycling);
        new.push(round);
        drop(old);
        new.resize(if cfg!(miri) { 100 } else { 1000 }, round);
        old = new;
        if round == 10 {
            early = arena.used_bytes();
        }
    }
    assert_eq!(arena.used_bytes(), early);
}

#[test]
#[cfg(all(feature = "alloc", feature = "allocator-api2-02"))]
fn tables_take_what_others_left() {
    use hashbrown::{DefaultHashBuilder, HashMap};

    let arena = Arena::new();
    let recycling = RecyclingArena::new(&arena);
    let table = |size: u64| {
        let mut table = HashMap::with_hasher_in(DefaultHashBuilder::default(), &recycling);
        table.extend((0..size).map(|number| (number, number)));
        assert_eq!(
            table.values().sum::<u64>(),
            size * size.saturating_sub(1) / 2
        );
        table
    };
    // Tables of all of these sizes have as many buckets.
    let size = if cfg!(miri) { 100 } else { 1000 };
    let mut kept = [table(size), table(size / 2)];
    let mut early = 0;
    for round in 0..20_u8 {
        kept[usize::from(round % 2)] = table(size - u64::from(round));
        if round == 4 {
            early = arena.used_bytes();
        }
    }
    assert_eq!(arena.used_bytes(), early);
}

#[test]
fn the_last_block_goes_back_and_others_to_a_list() {
    let bump: Bump<[u64; 64]> = Bump::uninit();
    let heap = RecyclingArena::new(&bump);
    let layout = bytes(100);
    let [one, two] = [(); 2].map(|()| heap.allocate(layout).expect("room"));
    assert_eq!(bump.used(), 2 * 112);
    fill_and_free(&heap, one, layout);
    assert_eq!((bump.used(), heap.free_bytes()), (2 * 112, 112));
    // The layout is larger, but of the same class.
    assert_eq!(heap.allocate(bytes(112)), Some(one));
    assert_eq!(heap.free_bytes(), 0);
    fill_and_free(&heap, two, layout);
    fill_and_free(&heap, one, bytes(112));
    assert_eq!((bump.used(), heap.free_bytes()), (0, 0));
}

/// Blocks of all chunks are found, wherever the current one is.
#[test]
#[cfg(feature = "alloc")]
fn blocks_in_each_chunk() {
    let arena = Arena::new();
    let heap = RecyclingArena::new(&arena);
    let layout = bytes(400);
    let blocks = [(); 20].map(|()| heap.allocate(layout).expect("room"));
    let taken = arena.allocated_bytes();
    for block in blocks {
        fill_and_free(&heap, block, layout);
    }
    // But for the last one, which went back.
    assert_eq!(heap.free_bytes(), 19 * 448);
    let mut again = [(); 20].map(|()| heap.allocate(layout).expect("room"));
    assert_eq!(arena.allocated_bytes(), taken);
    again.sort();
    let mut sorted = blocks;
    sorted.sort();
    assert_eq!(again, sorted);
}

/// The pointer of a value is valid for its bytes alone, and the next block of its class is larger.
#[test]
fn a_pointer_of_a_value_comes_back_as_one_of_the_block() {
    let mut buffer = [MaybeUninit::uninit(); 256];
    let bump = BumpSlice::from_mem(&mut buffer).expect("room");
    let heap = RecyclingArena::new(&*bump);
    let small = Layout::new::<[u8; 3]>();
    let [one, _above] = [(); 2].map(|()| heap.allocate(small).expect("room"));
    // SAFETY: the block has so many bytes.
    unsafe { one.write_bytes(1, 3) };
    // SAFETY: just initialised.
    let value: &mut [u8; 3] = unsafe { one.cast().as_mut() };
    let narrow = NonNull::from(value).cast::<u8>();
    // SAFETY: it is from there, with this layout.
    let wide = unsafe { heap.resize(narrow, small, bytes(8)) }.expect("of one class");
    // SAFETY: the block has so many bytes now.
    unsafe { wide.write_bytes(7, 8) };
    // SAFETY: as above.
    let value: &mut [u8; 8] = unsafe { wide.cast().as_mut() };
    let narrow = NonNull::from(&mut value[..3]).cast::<u8>();
    fill_and_free(&heap, narrow, small);
    let block = heap.allocate(bytes(8)).expect("free");
    assert_eq!(block, one);
    fill_and_free(&heap, block, bytes(8));
}

#[test]
fn alignments_above_that_of_a_class() {
    let mut buffer = Box::new([MaybeUninit::uninit(); 40_000]);
    let arena = Arena::from_mem(&mut *buffer);
    let heap = RecyclingArena::new(&arena);
    // One that is aligned to 8 only, in front of all others in its list.
    let misaligned = heap.allocate(bytes(64)).expect("room");
    let above = heap.allocate(bytes(1)).expect("room");
    for align in [16, 64, 1024, 4096] {
        for size in [0, 1, 64, 4096] {
            let layout = Layout::from_size_align(size, align).expect("valid");
            let block = heap.allocate(layout).expect("room");
            let behind = heap.allocate(bytes(1)).expect("room");
            assert_eq!(block.addr().get() % align, 0);
            fill_and_free(&heap, block, layout);
            let again = heap.allocate(layout).expect("free");
            assert_eq!(again.addr().get() % align, 0);
            assert!(again == block || size == 0);
            // An aligned block serves a request that needs no alignment.
            fill_and_free(&heap, again, layout);
            let other = heap.allocate(bytes(size)).expect("free");
            assert!(other == block || size == 0);
            fill_and_free(&heap, other, bytes(size));
            fill_and_free(&heap, behind, bytes(1));
        }
    }
    fill_and_free(&heap, misaligned, bytes(64));
    fill_and_free(&heap, above, bytes(1));
    let used = arena.used_bytes();
    for _ in 0..100 {
        let page = heap.allocate(Layout::new::<Page>()).expect("free");
        let line = Layout::from_size_align(64, 64).expect("valid");
        let line_block = heap.allocate(line).expect("free");
        assert!(page.cast::<Page>().is_aligned() && line_block.addr().get() % 64 == 0);
        fill_and_free(&heap, line_block, line);
        fill_and_free(&heap, page, Layout::new::<Page>());
    }
    assert_eq!(arena.used_bytes(), used);
}

#[test]
fn a_block_that_is_not_aligned_is_skipped_and_stays() {
    let mut buffer = [MaybeUninit::uninit(); 600];
    let arena = Arena::from_mem(&mut buffer);
    let heap = RecyclingArena::new(&arena);
    let line = Layout::from_size_align(64, 64).expect("valid");
    let aligned = heap.allocate(line).expect("room");
    let _between = heap.allocate(bytes(8)).expect("room");
    let [skipped, _above] = [(); 2].map(|()| heap.allocate(bytes(64)).expect("room"));
    fill_and_free(&heap, aligned, line);
    fill_and_free(&heap, skipped, bytes(64));
    assert_eq!(heap.allocate(line), Some(aligned));
    assert_eq!(heap.free_bytes(), 64);
    assert_eq!(heap.allocate(bytes(64)), Some(skipped));
}

#[test]
fn layouts_as_large_as_there_are() {
    let bump: Bump<[u64; 8]> = Bump::uninit();
    let heap = RecyclingArena::new(&bump);
    let largest = isize::MAX as usize;
    for align in [1, 8, 16, 4096, 1 << (usize::BITS - 2)] {
        for size in [largest / 2 + 1, largest - align, largest - align + 1] {
            if let Ok(layout) = Layout::from_size_align(size, align) {
                assert!(heap.allocate(layout).is_none());
            }
        }
    }
    let small = Layout::new::<u64>();
    let block = heap.allocate(small).expect("room");
    let huge = Layout::from_size_align(largest - 7, 8).expect("valid");
    // SAFETY: the block is from there, with this layout.
    assert!(unsafe { heap.reallocate(block, small, huge) }.is_none());
    let none = Layout::new::<()>();
    // SAFETY: as above; a block that becomes empty is freed.
    let empty = unsafe { heap.reallocate(block, small, none) }.expect("no memory needed");
    assert_eq!((bump.used(), heap.free_bytes()), (0, 0));
    // SAFETY: the block has no bytes.
    let block = unsafe { heap.reallocate(empty, none, small) }.expect("room");
    fill_and_free(&heap, block, small);
}

/// In full memory, a request is refused, and a block can still shrink, where it is.
#[test]
fn exhausted() {
    let bump: Bump<[u64; 8]> = Bump::uninit();
    let heap = RecyclingArena::new(&bump);
    let half = bytes(32);
    let [one, two] = [(); 2].map(|()| heap.allocate(half).expect("room"));
    assert!(heap.allocate(bytes(1)).is_none());
    // SAFETY: the block is from there, with this layout.
    let kept = unsafe { heap.reallocate(one, half, bytes(8)) };
    assert_eq!(kept, Some(one));
    // SAFETY: as above.
    assert!(unsafe { heap.reallocate(one, bytes(8), bytes(9)) }.is_none());
    fill_and_free(&heap, one, bytes(8));
    assert_eq!(heap.free_bytes(), 8);
    assert_eq!(heap.allocate(bytes(5)), Some(one));
    fill_and_free(&heap, two, half);
    assert!(heap.allocate(half).is_some());
}

/// A block that is not the last one moves to a smaller class, and so its bytes serve others.
#[test]
fn a_block_that_shrinks_moves_to_its_class() {
    let bump: Bump<[u64; 64]> = Bump::uninit();
    let heap = RecyclingArena::new(&bump);
    let (large, small) = (bytes(100), bytes(10));
    let [one, _above] = [(); 2].map(|()| heap.allocate(large).expect("room"));
    // SAFETY: the block is from there, with this layout.
    assert!(unsafe { heap.resize(one, large, small) }.is_none());
    // SAFETY: as above; nothing changed.
    let moved = unsafe { heap.reallocate(one, large, small) }.expect("room");
    assert_eq!((moved == one, heap.free_bytes()), (false, 112));
    assert_eq!(heap.allocate(large), Some(one));
}

/// The lists are in front of a scope, a guard, or what refuses destructors; and of temporaries.
#[test]
fn wherever_there_is_an_arena() {
    fn cycle<A: Rewind + ?Sized>(heap: &RecyclingArena<'_, '_, A>) {
        let layout = bytes(50);
        for _ in 0..100 {
            let [one, two] = [(); 2].map(|()| heap.allocate(layout).expect("room"));
            fill_and_free(heap, one, layout);
            fill_and_free(heap, two, layout);
        }
        assert!(heap.free_bytes() <= 2 * 56);
    }

    let mut buffer = [MaybeUninit::uninit(); 1500];
    let mut arena = Arena::from_mem(&mut buffer);
    cycle(&RecyclingArena::new(&arena));
    cycle(&RecyclingArena::new(arena.plain()));
    arena.scope(|scope| {
        cycle(&RecyclingArena::new(&*scope));
        cycle(&RecyclingArena::new(scope.arena_ref()));
        let outer = RecyclingArena::new(&*scope);
        let layout = bytes(50);
        let [one, _two] = [(); 2].map(|()| outer.allocate(layout).expect("room"));
        scope.scratch(|temporaries| {
            // In the lower half of a chunk that ends early for the time being.
            cycle(&RecyclingArena::new(&*temporaries));
            temporaries.alloc(1);
            cycle(&outer);
            fill_and_free(&outer, one, layout);
        });
        assert_eq!(outer.allocate(layout), Some(one));
    });
    cycle(&RecyclingArena::new(&arena.guard()));
    cycle(&RecyclingArena::new(arena.arena_mut().arena_ref()));
    assert!(arena.used_bytes() <= 3 * 56);
}

/// The cursor at multiples of 16, to which blocks are not rounded.
#[test]
fn a_minimum_alignment_above_a_grain() {
    let mut buffer = [MaybeUninit::uninit(); 600];
    let arena = Arena::<16>::with_min_align_from_mem(&mut buffer);
    let heap = RecyclingArena::new(&arena);
    let [one, two, three] = [1, 8, 24].map(|size| heap.allocate(bytes(size)).expect("room"));
    assert_eq!(arena.used_bytes(), 16 + 16 + 32);
    fill_and_free(&heap, two, bytes(8));
    assert_eq!(heap.allocate(bytes(3)), Some(two));
    fill_and_free(&heap, three, bytes(24));
    fill_and_free(&heap, two, bytes(3));
    fill_and_free(&heap, one, bytes(1));
    assert_eq!((arena.used_bytes(), heap.free_bytes()), (0, 0));
}
