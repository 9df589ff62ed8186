//! Code that an arena calls, or that is called with one, and means ill: it frees and grows what is
//! in the same arena, unwinds where nobody expects it, forgets what it should drop, or wants pages.
#![cfg(feature = "alloc")]

use core::alloc::Layout;
use core::cell::Cell;
use core::fmt;
use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use core::ptr::NonNull;
use std::panic::{catch_unwind, resume_unwind};

use bump_core::RawAlloc;
use bump_local::{Arena, Bump, BumpSlice, Chunks, Rewind, Scope};

/// Unwinds without a message.
fn unwind() -> ! {
    resume_unwind(Box::new(()))
}

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 1).unwrap()
}

/// A block of so many bytes, each of which is `content`.
fn filled<A: RawAlloc + ?Sized>(allocator: &A, size: usize, content: u8) -> NonNull<u8> {
    let block = allocator.allocate(bytes(size)).unwrap();
    // SAFETY: just taken, with as many bytes.
    unsafe { block.write_bytes(content, size) };
    block
}

/// Whether the first `size` bytes of a block are `content`.
///
/// # Safety
///
/// The block is in use, and was filled.
unsafe fn is_filled(block: NonNull<u8>, size: usize, content: u8) -> bool {
    let block = NonNull::slice_from_raw_parts(block, size);
    // SAFETY: the caller's promise.
    unsafe { block.as_ref() }
        .iter()
        .all(|byte| *byte == content)
}

/// More strictly aligned than any chunk.
#[repr(align(4096))]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Page(u8);

fn is_page<T: ?Sized>(place: &T) -> bool {
    (&raw const *place).addr() % align_of::<Page>() == 0
}

#[test]
fn every_method_serves_pages() {
    fn check<A: Rewind + ?Sized>(scope: &mut Scope<'_, '_, A>) {
        let in_order = scope.scope(|scope| {
            // So that the cursor is not where a page may start.
            let odd = || scope.alloc(1_u8);
            odd();
            let mut good = is_page(scope.alloc(Page(1)));
            odd();
            good &= is_page(scope.alloc_with(|| Page(1)));
            odd();
            good &= is_page(scope.alloc_try_with(|| Ok::<_, ()>(Page(1))).unwrap());
            odd();
            good &= is_page(&*scope.alloc_boxed(Page(1)));
            odd();
            good &= is_page(scope.alloc_uninit::<Page>());
            odd();
            good &= is_page(scope.alloc_zeroed::<Page>());
            odd();
            good &= is_page(scope.alloc_dropped(Page(1)));
            odd();
            good &= is_page(scope.alloc_dropped_with(|| Page(1)));
            odd();
            good &= is_page(scope.alloc_slice_dropped([Page(1)]));
            odd();
            good &= is_page(&*scope.alloc_slice_boxed([Page(1)]));
            odd();
            good &= is_page(&*scope.pin(Page(1)));
            odd();
            let layout = Layout::new::<Page>();
            good &= scope.alloc_layout(layout).cast::<Page>().is_aligned();
            good
        });
        assert!(in_order);
        scope.scope(|scope| {
            scope.alloc(1_u8);
            for slice in [
                scope.alloc_slice_copy(&[Page(1), Page(2)]),
                scope.alloc_slice_clone(&[Page(1), Page(2)]),
                scope.alloc_slice_fill_copy(2, Page(1)),
                scope.alloc_slice_fill_default(1),
                scope.alloc_slice_fill_with(2, |_| Page(7)),
                // Grows, and so does not know where it will be.
                scope.alloc_slice_fill_iter((1..4).filter(|n| n % 2 == 1).map(Page)),
            ] {
                assert!(is_page(slice) && slice.iter().all(is_page));
                scope.alloc(1_u8);
            }
            assert!(is_page(scope.alloc_slice_uninit::<Page>(2)));
            assert!(is_page(scope.alloc_slice_zeroed::<Page>(2)));
        });
        scope.scope(|scope| {
            /// Its link is in front of it.
            struct Dropped<'a>(Page, &'a Cell<u8>);

            impl Drop for Dropped<'_> {
                fn drop(&mut self) {
                    assert!(is_page(self));
                    self.1.set(self.1.get() + self.0.0);
                }
            }

            let sum = Cell::new(0);
            scope.scope(|inner| {
                inner.alloc_dropped(Dropped(Page(1), &sum));
                inner.alloc(1_u8);
                inner.pin(Dropped(Page(2), &sum));
            });
            assert_eq!(sum.get(), 3);
        });
    }

    type Pages = [Page; 48];

    let mut arena = Arena::new();
    arena.scope(check);
    arena.scratch(check);
    Arena::<16>::with_min_align().scope(check);
    let mut memory = MaybeUninit::<Pages>::uninit();
    let memory = memory
        .as_mut_ptr()
        .cast::<[MaybeUninit<u8>; size_of::<Pages>()]>();
    // SAFETY: as many bytes, of memory that is used for nothing else, and any are valid.
    Arena::from_mem(unsafe { &mut *memory }).scope(check);
    Bump::<Pages>::uninit().scope(check);
    BumpSlice::new(size_of::<Pages>()).scope(check);
}

#[test]
fn closures_free_and_resize_other_blocks() {
    let arena = Arena::with_capacity(4000);
    // SAFETY: each block is the arena's, has the layout that is told, and is not used afterwards.
    let resized = |block, old, new| unsafe { arena.reallocate(block, bytes(old), bytes(new)) };
    // SAFETY: as above.
    let free = |block, size| unsafe { arena.deallocate(block, bytes(size)) };

    let kept = filled(&arena, 10, 1);
    let before = filled(&arena, 20, 2);
    let place = arena.alloc_with(|| {
        // Behind the place that is being filled; the last one is given back.
        let behind = filled(&arena, 30, 3);
        let grown = resized(before, 20, 40).unwrap();
        // SAFETY: in use, and the content of a block is kept.
        assert!(unsafe { is_filled(grown, 20, 2) });
        free(grown, 40);
        free(behind, 30);
        [0xa5_u8; 64]
    });
    arena.alloc([0xff_u8; 200]);
    assert_eq!(*place, [0xa5; 64]);
    // SAFETY: in use.
    assert!(unsafe { is_filled(kept, 10, 1) });

    let mut owned = Vec::new();
    let slice = arena.alloc_slice_fill_iter((0..50_u8).inspect(|&number| {
        let block = filled(&arena, 9, number);
        if number % 3 == 0 {
            // Right behind the slice in the making, which then may grow in place again.
            free(block, 9);
        } else {
            owned.push((resized(block, 9, 12).unwrap(), number));
        }
    }));
    assert!(slice.iter().copied().eq(0..50));
    for (block, number) in owned {
        // SAFETY: in use.
        assert!(unsafe { is_filled(block, 9, number) });
    }

    // A closure that fails after it freed what was there before, and all that it took itself.
    let last = filled(&arena, 33, 4);
    let used = arena.used_bytes();
    let failed = arena.alloc_try_with(|| {
        free(filled(&arena, 5, 5), 5);
        free(last, 33);
        Err::<u64, _>("failed")
    });
    assert_eq!(failed, Err("failed"));
    assert_eq!(arena.used_bytes(), used);
}

#[test]
fn outer_blocks_are_freed_and_shrunk_in_an_inner_scope() {
    fn check<A: Rewind + ?Sized>(outer: &mut Scope<'_, '_, A>) {
        for new in [0, 1, 50, 100] {
            outer.scope(|outer| {
                let first = filled(outer, 10, 1);
                let second = filled(outer, 100, 2);
                outer.scope(|inner| {
                    // SAFETY: a block of the region, of which the inner scope is a part.
                    let shrunk = unsafe { inner.reallocate(second, bytes(100), bytes(new)) };
                    let shrunk = shrunk.unwrap();
                    filled(inner, 200, 0xff);
                    // SAFETY: in use.
                    assert!(unsafe { is_filled(shrunk, new, 2) });
                    if new == 50 {
                        // SAFETY: as above, and it is not used any more.
                        unsafe { inner.deallocate(shrunk, bytes(50)) };
                    }
                });
                filled(outer, 200, 0xff);
                // SAFETY: in use.
                assert!(unsafe { is_filled(first, 10, 1) });
                if new == 100 || new == 1 {
                    // SAFETY: in use.
                    assert!(unsafe { is_filled(second, new, 2) });
                }
            });
        }
    }

    let mut arena = Arena::new();
    arena.scope(check);
    arena.scratch(check);
    Arena::<16>::with_min_align().scope(|scope| {
        check(scope);
        // However odd the sizes were, the cursor is where it is promised to be.
        assert_eq!((&raw const *scope.alloc(1_u8)).addr() % 16, 0);
    });
    Bump::<[u64; 128]>::uninit().scope(check);
    BumpSlice::new(1024).scope(check);
}

#[test]
fn guards_that_are_forgotten_in_other_chunks() {
    let mut arena = Arena::new();
    arena.alloc(1_u8);
    let guard = arena.guard();
    guard.alloc([0xff_u8; 2000]);
    mem::forget(guard);
    arena.scope(|outer| {
        let kept = outer.alloc([7_u8; 100]);
        let inner = outer.guard();
        inner.alloc([0xff_u8; 5000]);
        mem::forget(inner);
        let guard = outer.guard();
        guard.alloc([0xff_u8; 100]);
        drop(guard);
        let more = outer.alloc([8_u8; 3000]);
        outer.scope(|inner| inner.alloc([0xff_u8; 3000])[0]);
        assert_eq!((*kept, *more), ([7; 100], [8; 3000]));
    });
    // The values of the first guard are still there, and nothing else.
    assert_eq!(arena.used_bytes(), 2001);
    arena.reset();
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn formatting_unwinds() {
    struct Unwinds;

    impl fmt::Display for Unwinds {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("before it unwinds")?;
            unwind()
        }
    }

    /// Goes on when there is no memory.
    struct Catches;

    impl fmt::Display for Catches {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let much = "x".repeat(1000);
            let full = catch_unwind(AssertUnwindSafe(|| f.write_str(&much)));
            assert!(!matches!(full, Ok(Ok(()))));
            f.write_str("caught")
        }
    }

    let mut memory = [MaybeUninit::uninit(); 512];
    let arena = Arena::from_mem(&mut memory);
    let kept = arena.alloc_str("kept");
    let unwound = catch_unwind(|| arena.alloc_fmt(format_args!("{}", Unwinds)).len());
    assert!(unwound.is_err());
    assert_eq!(arena.used_bytes(), 4);
    assert_eq!(arena.alloc_fmt(format_args!("{Catches}!")), "caught!");
    assert!(arena.try_alloc_fmt(format_args!("{Catches}!")).is_err());
    assert_eq!(kept, "kept");
    assert_eq!(arena.used_bytes(), 11);
}

#[test]
fn iterators_unwind_where_nobody_expects_it() {
    struct Hostile<'a> {
        left: u8,
        dropped: &'a Cell<u32>,
        unwinds: &'static str,
    }

    /// Counts how often it is dropped.
    struct Item<'a>(&'a Cell<u32>);

    impl Drop for Item<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    impl<'a> Iterator for Hostile<'a> {
        type Item = Item<'a>;

        fn next(&mut self) -> Option<Item<'a>> {
            if self.left == 0 {
                if self.unwinds == "end" {
                    unwind();
                }
                return None;
            }
            self.left -= 1;
            Some(Item(self.dropped))
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            if self.unwinds == "size_hint" {
                unwind();
            }
            (1, None)
        }
    }

    impl Drop for Hostile<'_> {
        fn drop(&mut self) {
            if self.unwinds == "drop" {
                unwind();
            }
        }
    }

    let arena = Arena::with_capacity(100);
    for (unwinds, made) in [("size_hint", 0), ("end", 20), ("drop", 20)] {
        let dropped = Cell::new(0);
        let hostile = Hostile {
            left: 20,
            dropped: &dropped,
            unwinds,
        };
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            arena.alloc_slice_fill_iter(hostile);
        }));
        assert!(unwound.is_err());
        assert_eq!(dropped.get(), made, "{unwinds}");
    }
    assert_eq!(
        arena.chunk_capacity(),
        arena.allocated_bytes() - arena.used_bytes()
    );
}

#[test]
fn exhaustion_unwinds_and_leaves_what_is_there() {
    let mut memory = [MaybeUninit::uninit(); 512];
    let arena = Arena::from_mem(&mut memory);
    let used = arena.used_bytes();
    let endless = catch_unwind(|| arena.alloc_slice_fill_iter(core::iter::repeat(7_u32)).len());
    assert!(endless.is_err());
    assert_eq!(arena.used_bytes(), used);
    let mut text = arena.string_builder();
    text.push_str("what is there");
    for _ in 0..3 {
        let much = "x".repeat(600);
        assert!(catch_unwind(AssertUnwindSafe(|| text.push_str(&much))).is_err());
        assert_eq!(text.as_str(), "what is there");
        text.push_str("");
    }
    assert_eq!(text.finish(), "what is there");
    assert_eq!(arena.used_bytes(), used + 13);
}

#[test]
fn a_lower_limit_does_not_take_the_memory_away() {
    let mut arena = Arena::new();
    arena.alloc([0_u8; 5000]);
    arena.alloc([0_u8; 300]);
    let taken = arena.allocated_bytes_including_metadata();
    for limit in [0, 1, taken - 1, taken] {
        arena.set_allocation_limit(Some(limit));
        arena.reset();
        assert!(arena.try_alloc([0_u8; 5000]).is_ok());
        assert!(arena.try_alloc([0_u8; 5000]).is_err());
        assert!(arena.try_alloc([0_u8; 300]).is_ok());
        // Also as temporaries, which are on the same account.
        arena.reset();
        arena.scratch(|temporaries| {
            assert!(temporaries.try_alloc([0_u8; 2000]).is_ok());
            assert!(temporaries.try_alloc([0_u8; 2000]).is_err());
            assert!(arena.try_alloc([0_u8; 300]).is_ok());
        });
        assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    }
    arena.append(Arena::with_capacity(100));
    assert!(arena.try_alloc([0_u8; 5000]).is_err());
    // More than any limit is taken now, and that is returned once.
    assert!(arena.allocated_bytes_including_metadata() > taken);
    arena.release_memory();
    assert_eq!(arena.allocated_bytes_including_metadata(), 0);
    assert!(
        arena
            .try_alloc([0_u8; 5000])
            .is_ok_and(|block| block[0] == 0)
    );
}

#[test]
fn empty_arenas_share_nothing() {
    fn use_it(arena: &mut Arena<'_>) {
        arena.alloc(());
        arena.alloc_slice_fill_with(9, |_| ());
        let block = arena.allocate(bytes(0)).unwrap();
        // SAFETY: the arena's block.
        let block = unsafe { arena.reallocate(block, bytes(0), bytes(0)) }.unwrap();
        // SAFETY: the arena's block.
        unsafe { arena.deallocate(block, bytes(0)) };
        arena.scope(|scope| scope.alloc_dropped(()) == &mut ());
        arena.scratch(|temporaries| temporaries.alloc(()) == &mut ());
        arena.guard().alloc(());
        arena.reset();
        arena.release_memory();
        assert_eq!((arena.used_bytes(), arena.chunk_capacity()), (0, 0));
    }

    // An interpreter sees a race, if they wrote to something that they had in common.
    let threads = [(); 2].map(|()| std::thread::spawn(|| use_it(&mut Arena::new())));
    use_it(&mut Arena::from_mem(&mut []));
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Destructors and scratches that unwind one inside the other leave the list of chunks as it was.
#[test]
fn scratches_unwind_at_every_depth() {
    fn nest<const MIN_ALIGN: usize>(
        arena: &Arena<'_, MIN_ALIGN>,
        scope: &Scope<'_, '_, Chunks<MIN_ALIGN>>,
        dropped: &Cell<u32>,
        depth: u32,
    ) {
        struct Counted<'a>(&'a Cell<u32>);

        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }

        if depth == 0 {
            unwind();
        }
        scope.scratch(|inner| {
            inner.alloc_dropped(Counted(dropped));
            let _ = arena.try_alloc([0xff_u8; 50]);
            let unwound = catch_unwind(AssertUnwindSafe(|| nest(arena, inner, dropped, depth - 1)));
            assert!(unwound.is_err());
            inner.alloc_dropped(Counted(dropped));
            if depth == 2 {
                arena.append(Arena::with_min_align_and_capacity(700));
            }
            unwind();
        });
    }

    let mut memory = [MaybeUninit::uninit(); 8192];
    for mut arena in [
        Arena::<8>::with_min_align_from_mem(&mut memory),
        Arena::with_min_align(),
    ] {
        for _ in 0..3 {
            arena.alloc([0xff_u8; 10]);
            let dropped = Cell::new(0);
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                arena.scratch(|scope| nest(&arena, scope, &dropped, 3));
            }));
            assert!(unwound.is_err_and(|cause| cause.is::<()>()));
            assert_eq!(dropped.get(), 6);
            let used = arena.used_bytes();
            let stats: Vec<_> = arena.chunks().collect();
            assert_eq!(stats.iter().map(|chunk| chunk.used).sum::<usize>(), used);
            // All of it is there again.
            arena.reset();
            let capacity = arena.allocated_bytes();
            arena.set_allocation_limit(Some(0));
            let mut total = 0;
            while arena.try_alloc(1_u64).is_ok() {
                total += 8;
            }
            assert_eq!(total, capacity);
            arena.set_allocation_limit(None);
            arena.reset();
        }
    }
}
