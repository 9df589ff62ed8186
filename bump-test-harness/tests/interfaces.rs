//! Arenas under collections of other crates, and called as the interfaces permit it but collections
//! rarely do.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use allocator_api2_04::alloc::Allocator;
use bump_core::UNIT;
use bump_local::{Arena, Bump, BumpSlice, RcArena};

/// Calls a test with an allocator of each kind, of 64 KiB.
fn with_every_allocator(test: impl Test) {
    test.run(&&Arena::new());
    // By value, as a collection that owns it has it.
    test.run(&Arena::new());
    test.run(&RcArena::from(Arena::new()));
    test.run(&&Arena::<16>::with_min_align());
    let mut memory = [MaybeUninit::uninit(); 1 << 16];
    let mut arena = Arena::from_mem(&mut memory);
    test.run(&&arena);
    arena.scope(|scope| test.run(&&*scope));
    test.run(&&arena.guard());
    test.run(&arena.arena_ref());
    test.run(&arena.plain());
    arena.scope(|scope| test.run(&scope.arena_mut().arena_ref()));
    let mut bump = Bump::<[usize; 1 << 14]>::uninit();
    test.run(&&bump);
    let slice: &BumpSlice = &bump;
    test.run(&slice);
    bump.scope(|scope| test.run(&&*scope));
    test.run(&bump.arena_ref());
}

trait Test {
    fn run<A: Allocator>(&self, allocator: &A);
}

#[test]
fn collections() {
    struct Collections;

    impl Test for Collections {
        fn run<A: Allocator>(&self, allocator: &A) {
            let mut vec = allocator_api2_04::vec::Vec::new_in(allocator);
            vec.extend(0..100_u32);
            let other = allocator_api2_04::boxed::Box::new_in(7_u64, allocator);
            vec.extend(100..150);
            vec.truncate(10);
            vec.shrink_to_fit();
            assert_eq!(vec.iter().sum::<u32>(), 45);
            assert_eq!(*other, 7);
        }
    }

    with_every_allocator(Collections);

    // hashbrown speaks the older version.
    let arena = Arena::new();
    let mut map = hashbrown::HashMap::new_in(&arena);
    for number in 0..200 {
        map.insert(number, arena.alloc(number * 2));
    }
    assert!((0..200).all(|number| *map[&number] == number * 2));
    let mut bump = Bump::<[u64; 512]>::uninit();
    bump.scope(|scope| {
        let mut map = hashbrown::HashMap::new_in(&*scope);
        map.extend((0..50_u32).map(|number| (number, scope.alloc_fmt(format_args!("{number}")))));
        assert_eq!(map[&42], "42");
    });
    assert_eq!(bump.used(), 0);
}

#[test]
fn collections_without_alloc() {
    use without_alloc::FixedVec;
    use without_alloc::alloc::LocalAllocLeakExt as _;

    let arena = Arena::new();
    let mut one: FixedVec<'_, u32> = arena.fixed_vec(10).unwrap();
    let mut bump = Bump::<[u64; 8]>::uninit();
    {
        let mut two: FixedVec<'_, u32> = bump.fixed_vec(10).unwrap();
        for number in 0..10 {
            one.push(number).unwrap();
            two.push(number).unwrap();
        }
        assert_eq!(&one[..], &two[..]);
    }
    bump.reset();
    bump.scope(|scope| assert_eq!(**scope.boxed(7_u8).as_ref().unwrap(), 7));
    let counted = arena.rc(String::from("shared")).unwrap();
    assert_eq!(*counted.clone(), "shared");
}

#[test]
fn the_last_block_grows_and_shrinks_in_place_and_is_given_back() {
    let arena = Arena::new();
    let used = |length| assert_eq!(arena.used_bytes(), length);
    arena.alloc(0_u64);
    {
        let mut vec = allocator_api2_04::vec::Vec::<u64, _>::new_in(&arena);
        let start = (0..32).map(|number| {
            vec.push(number);
            vec.as_ptr()
        });
        let starts: Vec<_> = start.collect();
        assert!(starts.iter().all(|start| *start == starts[0]));
        used(8 + 256);
        vec.truncate(3);
        vec.shrink_to_fit();
        used(8 + 24);
        let _temporary = allocator_api2_04::boxed::Box::new_in([0_u8; 99], &arena);
        used(8 + 24 + 99_usize.next_multiple_of(UNIT));
    }
    // Dropped in reverse order of their allocation.
    used(8);
}

#[test]
fn an_outer_collection_grows_while_there_are_temporaries() {
    let mut memory = [MaybeUninit::uninit(); 4096];
    for arena in [Arena::new(), Arena::from_mem(&mut memory)] {
        let mut outer = allocator_api2_04::vec::Vec::new_in(&arena);
        for round in 0..20 {
            arena.scratch(|temporaries| {
                let mut inner = allocator_api2_04::vec::Vec::new_in(&*temporaries);
                for number in 0..5 {
                    outer.push(round * 5 + number);
                    inner.push(number);
                }
                assert_eq!(inner, [0, 1, 2, 3, 4]);
            });
        }
        assert!((0..100).eq(outer.iter().copied()));
        outer.truncate(3);
        arena.scratch(|temporaries| {
            temporaries.alloc([0xff_u8; 100]);
            outer.shrink_to_fit();
            drop(outer);
        });
    }
}

/// Fills a block of `size` bytes with a pattern.
fn fill(block: NonNull<[u8]>, size: usize) {
    for index in 0..size {
        // SAFETY: the block has so many bytes.
        let byte = unsafe { block.cast::<u8>().add(index) };
        // SAFETY: as above.
        unsafe { byte.write(pattern(index)) };
    }
}

fn pattern(index: usize) -> u8 {
    index.to_le_bytes()[0] ^ 0x5a
}

/// Whether the first `size` bytes of a block are the pattern.
fn is_filled(block: NonNull<[u8]>, size: usize) -> bool {
    (0..size).all(|index| {
        // SAFETY: the block has so many bytes.
        let byte = unsafe { block.cast::<u8>().add(index) };
        // SAFETY: as above; all were written.
        unsafe { byte.read() == pattern(index) }
    })
}

#[test]
fn every_change_of_size_and_alignment() {
    struct Changes;

    impl Test for Changes {
        fn run<A: Allocator>(&self, allocator: &A) {
            let layouts = [
                (0, 1),
                (0, 64),
                (1, 1),
                (3, 2),
                (8, 8),
                (24, 4),
                (40, 64),
                (100, 1),
            ];
            let layouts =
                layouts.map(|(size, align)| Layout::from_size_align(size, align).unwrap());
            for old in layouts {
                for new in layouts {
                    for last in [true, false] {
                        // Behind different paddings.
                        let before = allocator.allocate(Layout::new::<u8>()).unwrap();
                        let block = allocator.allocate(old).unwrap();
                        fill(block, old.size());
                        let after = Layout::new::<u8>();
                        let after = (!last).then(|| (allocator.allocate(after).unwrap(), after));
                        if let Some((after, _)) = after {
                            fill(after, 1);
                        }
                        let start = block.cast();
                        let grows = new.size() >= old.size();
                        let kept = old.size().min(new.size());
                        let changed = if grows && last {
                            // SAFETY: the block is the allocator's, with this layout, and grows.
                            let block = unsafe { allocator.grow_zeroed(start, old, new) }.unwrap();
                            for index in old.size()..new.size() {
                                // SAFETY: the block has so many bytes.
                                let byte = unsafe { block.cast::<u8>().add(index) };
                                // SAFETY: as above; and they are zero.
                                assert_eq!(unsafe { byte.read() }, 0);
                            }
                            block
                        } else if grows {
                            // SAFETY: as above.
                            unsafe { allocator.grow(start, old, new) }.unwrap()
                        } else {
                            // SAFETY: as above, but it shrinks.
                            unsafe { allocator.shrink(start, old, new) }.unwrap()
                        };
                        assert_eq!(changed.addr().get() % new.align(), 0);
                        assert_eq!(changed.len(), new.size());
                        assert!(is_filled(changed, kept));
                        if new.align() >= 8 && new.size() >= 8 {
                            // As interpreters check the alignment of more than bytes.
                            // SAFETY: aligned for it, and the block has so many bytes.
                            unsafe { changed.cast::<u64>().write(7) };
                        }
                        fill(changed, new.size());
                        if let Some((after, layout)) = after {
                            assert!(is_filled(after, 1));
                            // SAFETY: the allocator's, with this layout.
                            unsafe { allocator.deallocate(after.cast(), layout) };
                        }
                        // SAFETY: the allocator's, with this layout.
                        unsafe { allocator.deallocate(changed.cast(), new) };
                        // SAFETY: the allocator's, with this layout.
                        unsafe { allocator.deallocate(before.cast(), Layout::new::<u8>()) };
                    }
                }
            }
        }
    }

    with_every_allocator(Changes);
}

#[test]
fn blocks_of_older_chunks() {
    let arena = Arena::new();
    let (small, large) = (Layout::new::<[u8; 400]>(), Layout::new::<[u8; 4000]>());
    let old = Allocator::allocate(&&arena, small).unwrap();
    fill(old, 400);
    let new = Allocator::allocate(&&arena, large).unwrap();
    fill(new, 4000);
    let smaller = Layout::new::<[u8; 100]>();
    // SAFETY: the arena's, with this layout, which shrinks.
    let shrunk = unsafe { Allocator::shrink(&&arena, old.cast(), small, smaller) }.unwrap();
    assert_eq!(shrunk.cast::<u8>(), old.cast());
    assert!(is_filled(shrunk, 100));
    // SAFETY: the arena's, with this layout, which grows.
    let moved = unsafe { Allocator::grow(&&arena, shrunk.cast(), smaller, small) }.unwrap();
    assert_ne!(moved.cast::<u8>(), old.cast());
    assert!(is_filled(moved, 100));
    // SAFETY: the arena's, with this layout. It is not the last block, so it is not given back.
    unsafe { Allocator::deallocate(&&arena, new.cast(), large) };
    fill(moved, 400);
    arena.alloc([0xff_u8; 4000]);
    assert!(is_filled(moved, 400));
}
