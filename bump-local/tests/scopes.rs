//! Scopes, guards and what is dropped at their end; what must not compile is in their
//! documentation.

use core::alloc::Layout;
use core::cell::{Cell, RefCell};
use core::marker::PhantomPinned;
use core::mem::{self, ManuallyDrop, MaybeUninit};
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use bump_local::{Arena, Bump, BumpSlice, Rewind, Scope};

/// Writes its name down when it is dropped.
struct Logged<'log> {
    log: &'log RefCell<Vec<u32>>,
    name: u32,
}

impl<'log> Logged<'log> {
    fn new(log: &'log RefCell<Vec<u32>>, name: u32) -> Self {
        Logged { log, name }
    }
}

impl Drop for Logged<'_> {
    fn drop(&mut self) {
        self.log.borrow_mut().push(self.name);
    }
}

fn buffer<const N: usize>() -> [MaybeUninit<u8>; N] {
    [MaybeUninit::uninit(); N]
}

/// Unwinds without a message.
fn unwind() -> ! {
    resume_unwind(Box::new(()))
}

/// Calls a test with a scope in each family of allocators, and checks that nothing is left.
fn in_every_family(test: impl Test) {
    let mut memory = buffer::<2048>();
    let mut arena = Arena::from_mem(&mut memory);
    arena.alloc(1_u8);
    arena.scope(|scope| test.run(scope));
    assert_eq!(arena.used_bytes(), 1);

    // Not of `u64`, which is aligned above `usize` on some machines of 32 bits.
    let mut bump = Bump::<[usize; 2048 / size_of::<usize>()]>::uninit();
    bump.leak(1_u8).unwrap();
    bump.scope(|scope| test.run(scope));
    assert_eq!(bump.used(), 1);
    let slice: &mut BumpSlice = &mut bump;
    slice.scope(|scope| test.run(scope));
    assert_eq!(bump.used(), 1);

    #[cfg(feature = "alloc")]
    {
        let mut arena = Arena::new();
        arena.scope(|scope| test.run(scope));
        assert_eq!(arena.used_bytes(), 0);
    }
}

trait Test {
    fn run<A: Rewind + ?Sized>(&self, scope: &mut Scope<'_, '_, A>);
}

#[test]
fn scopes_nest_and_free() {
    struct Nest;

    impl Test for Nest {
        fn run<A: Rewind + ?Sized>(&self, scope: &mut Scope<'_, '_, A>) {
            let outer = scope.alloc(1_u64);
            let mut address = None;
            for number in 0..100 {
                let sum = scope.scope(|inner| {
                    let value = inner.alloc(number);
                    let here = (&raw const *value).addr();
                    assert_eq!(*address.get_or_insert(here), here);
                    inner.scope(|innermost| *innermost.alloc(*value) + *outer)
                });
                assert_eq!(sum, number + 1);
            }
            *outer = 2;
        }
    }

    in_every_family(Nest);
}

#[test]
fn blocks_of_every_layout() {
    struct Blocks;

    impl Test for Blocks {
        fn run<A: Rewind + ?Sized>(&self, scope: &mut Scope<'_, '_, A>) {
            for size in [0, 1, 7, 64] {
                for align in [1, 2, 8, 32, 128] {
                    let layout = Layout::from_size_align(size, align).unwrap();
                    let guard = scope.guard();
                    let block = guard.alloc_layout(layout);
                    assert_eq!(block.addr().get() % align, 0);
                    assert!(guard.try_alloc_layout(layout).is_ok());
                }
            }
            let large = Layout::from_size_align(isize::MAX.unsigned_abs(), 1).unwrap();
            assert!(scope.try_alloc_layout(large).is_err());
        }
    }

    in_every_family(Blocks);
}

#[test]
fn destructors_run_in_reverse_order() {
    struct Reverse;

    impl Test for Reverse {
        fn run<A: Rewind + ?Sized>(&self, outer: &mut Scope<'_, '_, A>) {
            let log = RefCell::new(Vec::new());
            outer.scope(|scope| {
                scope.alloc_dropped(Logged::new(&log, 1));
                // To forget the reference is all that a program can do.
                let _ = ManuallyDrop::new(scope.alloc_dropped(Logged::new(&log, 2)));
                scope.scope(|inner| {
                    inner.alloc_dropped(Logged::new(&log, 3));
                    inner.alloc(Logged::new(&log, 4));
                });
                assert_eq!(*log.borrow(), [3]);
                let replaced = scope.alloc_dropped(Logged::new(&log, 5));
                drop(mem::replace(replaced, Logged::new(&log, 6)));
                scope.alloc_dropped([0_u8; 9]);
                drop(scope.alloc_boxed(Logged::new(&log, 7)));
            });
            assert_eq!(*log.borrow(), [3, 5, 7, 6, 2, 1]);
        }
    }

    in_every_family(Reverse);
}

#[test]
fn destructors_run_on_unwinding_and_early_return() {
    struct Unwind;

    impl Test for Unwind {
        fn run<A: Rewind + ?Sized>(&self, outer: &mut Scope<'_, '_, A>) {
            let log = RefCell::new(Vec::new());
            let checkpoint = |scope: &Scope<'_, '_, A>| (&raw const *scope.alloc(0_u8)).addr();
            let before = outer.scope(|scope| checkpoint(scope));
            let result = catch_unwind(AssertUnwindSafe(|| {
                outer.scope(|scope| {
                    scope.alloc_dropped(Logged::new(&log, 1));
                    scope.scope(|inner| {
                        inner.alloc_dropped(Logged::new(&log, 2));
                        unwind();
                    });
                });
            }));
            assert!(result.is_err());
            assert_eq!(*log.borrow(), [2, 1]);
            let early: Option<()> = outer.scope(|scope| {
                scope.pin(Logged::new(&log, 3));
                None?;
                unwind()
            });
            assert_eq!(early, None);
            assert_eq!(*log.borrow(), [2, 1, 3]);
            assert_eq!(outer.scope(|scope| checkpoint(scope)), before);
        }
    }

    in_every_family(Unwind);
}

#[test]
fn the_rest_is_dropped_when_a_destructor_unwinds() {
    struct Unwinding<'log> {
        _log: Logged<'log>,
    }

    impl Drop for Unwinding<'_> {
        fn drop(&mut self) {
            unwind();
        }
    }

    struct Rest;

    impl Test for Rest {
        fn run<A: Rewind + ?Sized>(&self, outer: &mut Scope<'_, '_, A>) {
            let log = RefCell::new(Vec::new());
            let result = catch_unwind(AssertUnwindSafe(|| {
                outer.scope(|scope| {
                    scope.alloc_dropped(Logged::new(&log, 1));
                    scope.alloc_dropped(Unwinding {
                        _log: Logged::new(&log, 2),
                    });
                    scope.alloc_dropped(Logged::new(&log, 3));
                });
            }));
            assert!(result.is_err());
            assert_eq!(*log.borrow(), [3, 2, 1]);
        }
    }

    in_every_family(Rest);
}

#[test]
fn destructors_may_borrow_from_outer_scopes() {
    struct Outer;

    impl Test for Outer {
        fn run<A: Rewind + ?Sized>(&self, outer: &mut Scope<'_, '_, A>) {
            let log: &RefCell<Vec<u32>> = outer.alloc_dropped(RefCell::default());
            outer.scope(|inner| {
                inner.alloc_dropped(Logged::new(log, 1));
            });
            assert_eq!(*log.borrow(), [1]);
        }
    }

    in_every_family(Outer);
}

#[test]
fn a_pinned_value_stays_until_it_is_dropped() {
    /// Knows where it is, and that it is there when it is dropped.
    struct Here<'a> {
        address: Cell<usize>,
        dropped: &'a Cell<bool>,
        _pinned: PhantomPinned,
    }

    impl Drop for Here<'_> {
        fn drop(&mut self) {
            assert_eq!((&raw const *self).addr(), self.address.get());
            self.dropped.set(true);
        }
    }

    struct Pinned;

    impl Test for Pinned {
        fn run<A: Rewind + ?Sized>(&self, outer: &mut Scope<'_, '_, A>) {
            let dropped = Cell::new(false);
            outer.scope(|scope| {
                let pinned = scope.pin(Here {
                    address: Cell::new(0),
                    dropped: &dropped,
                    _pinned: PhantomPinned,
                });
                pinned.address.set((&raw const *pinned).addr());
                let _ = ManuallyDrop::new(pinned);
                // Neither scopes nor guards, leaked or not, nor what fails takes its memory.
                scope.scope(|inner| inner.alloc([0xff_u8; 64])[0]);
                mem::forget(scope.guard());
                scope.guard().alloc([0xff_u8; 64]);
                let failed = scope.alloc_try_with(|| Err::<[u8; 64], _>(()));
                assert!(failed.is_err());
                scope.alloc([0xff_u8; 64]);
                assert!(!dropped.get());
            });
            assert!(dropped.get());
        }
    }

    in_every_family(Pinned);
}

#[test]
fn a_value_that_does_not_fit_is_dropped_once() {
    let log = RefCell::new(Vec::new());
    let mut bump = Bump::<u8>::uninit();
    bump.scope(|scope| {
        assert!(scope.try_alloc_dropped(Logged::new(&log, 1)).is_err());
        assert!(scope.try_pin(Logged::new(&log, 2)).is_err());
        assert!(scope.try_alloc(Logged::new(&log, 3)).is_err());
    });
    assert_eq!(*log.borrow(), [1, 2, 3]);
}

#[test]
fn slices_and_values_made_in_place_are_dropped_at_the_end() {
    struct Slices;

    impl Test for Slices {
        fn run<A: Rewind + ?Sized>(&self, scope: &mut Scope<'_, '_, A>) {
            let log = RefCell::new(Vec::new());
            scope.scope(|inner| {
                let first = inner.alloc_slice_dropped([1, 2].map(|name| Logged::new(&log, name)));
                let made = inner.alloc_dropped_with(|| {
                    inner.alloc_dropped(Logged::new(&log, 4));
                    inner.alloc([0xff_u8; 9]);
                    Logged::new(&log, 3)
                });
                // An iterator that uses the scope, and does not know its length.
                let last = inner.alloc_slice_dropped((10..20).filter(|n| n % 3 == 0).map(|name| {
                    inner.alloc_dropped(Logged::new(&log, name + 100));
                    Logged::new(&log, name)
                }));
                assert_eq!((first.len(), made.name, last[2].name), (2, 3, 18));
                assert!(
                    inner
                        .alloc_slice_dropped(core::iter::empty::<String>())
                        .is_empty()
                );
                assert_eq!(inner.alloc_slice_dropped(0..3), [0, 1, 2]);
                assert_eq!(*inner.alloc_dropped_with(|| 7), 7);
                assert!(log.borrow().is_empty());
            });
            assert_eq!(
                *log.borrow(),
                [12, 15, 18, 118, 115, 112, 3, 4, 1, 2],
                "in reverse order, but the values of a slice"
            );
        }
    }

    in_every_family(Slices);
}

#[test]
fn slices_that_fail_or_unwind_are_dropped_once() {
    struct Fails;

    impl Test for Fails {
        fn run<A: Rewind + ?Sized>(&self, scope: &mut Scope<'_, '_, A>) {
            let log = RefCell::new(Vec::new());
            scope.scope(|inner| {
                let kept = inner.alloc(1_u8);
                for name in 0..50 {
                    let unwound = catch_unwind(AssertUnwindSafe(|| {
                        inner.alloc_slice_dropped((0..9).map(|number| {
                            if number == 2 {
                                unwind();
                            }
                            Logged::new(&log, name)
                        }));
                    }));
                    assert!(unwound.is_err());
                    let made = || -> Logged<'_> { unwind() };
                    let unwound = catch_unwind(AssertUnwindSafe(|| {
                        inner.alloc_dropped_with(made);
                    }));
                    assert!(unwound.is_err());
                }
                assert!(log.take().into_iter().eq((0..100).map(|number| number / 2)));
                // Right behind, or behind the padding of the first link: its place was given back.
                let next = (&raw const *inner.alloc(1_u8)).addr();
                assert!(next - (&raw const *kept).addr() <= 8);
            });
            assert!(log.borrow().is_empty());
        }
    }

    in_every_family(Fails);
}

#[test]
fn guards_free_when_they_are_dropped() {
    let mut memory = buffer::<1024>();
    let mut arena = Arena::from_mem(&mut memory);
    arena.alloc(1_u8);
    {
        let mut guard = arena.guard();
        guard.alloc(2_u8);
        {
            let inner = guard.guard();
            inner.alloc(3_u8);
        }
        guard.scope(|scope| *scope.alloc(4_u8));
        guard.alloc_str("text");
        guard.reset();
    }
    assert_eq!(arena.used_bytes(), 1);
    // One that is leaked frees nothing; the next one frees what is its own.
    let guard = arena.guard();
    guard.alloc(2_u8);
    mem::forget(guard);
    assert_eq!(arena.used_bytes(), 2);
    let guard = arena.guard();
    guard.alloc(3_u8);
    drop(guard);
    assert_eq!(arena.used_bytes(), 2);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let guard = arena.guard();
        guard.alloc(4_u8);
        unwind();
    }));
    assert!(unwound.is_err());
    assert_eq!(arena.used_bytes(), 2);
    // The scope around it does.
    arena.scope(|scope| mem::forget(scope.guard()));
    assert_eq!(arena.used_bytes(), 2);
}

/// Words, sorted, with the temporary list in a scratch.
fn sorted<'s>(scope: &Scope<'s, '_>, text: &str) -> &'s str {
    scope.scratch(|temporaries| {
        let words = temporaries.alloc_slice_fill_iter(text.split(' '));
        words.sort_unstable();
        let mut result = scope.string_builder();
        for word in words {
            result.push_str(word);
            // Between the pieces of the result, more temporaries.
            temporaries.alloc([0xff_u8; 32]);
        }
        result.finish()
    })
}

#[test]
fn results_survive_their_temporaries() {
    let mut memory = buffer::<4096>();
    let mut arena = Arena::from_mem(&mut memory);
    arena.scope(|scope| {
        let (mut one, mut two) = ("", "");
        for _ in 0..10 {
            one = sorted(scope, "to be or not to be");
            two = scope.scratch(|outer| {
                outer.alloc([0xff_u8; 64]);
                sorted(scope, "that is the question")
            });
        }
        assert_eq!((one, two), ("bebenotortoto", "isquestionthatthe"));
    });
    assert_eq!(arena.used_bytes(), 0);
    // All of the buffer is there again.
    assert!(arena.try_alloc([0_u8; 4000]).is_ok());
}

#[test]
fn a_scratch_in_a_buffer_takes_half_of_what_is_left() {
    let mut memory = buffer::<4096>();
    let mut arena = Arena::from_mem(&mut memory);
    let capacity = arena.chunk_capacity();
    for _ in 0..3 {
        let result = arena.scratch(|temporaries| {
            temporaries.alloc([1_u8; 1500]);
            assert!(temporaries.try_alloc([0_u8; 600]).is_err());
            let result = arena.alloc([2_u8; 1000]);
            assert!(arena.try_alloc([0_u8; 1100]).is_err());
            temporaries.scratch(|inner| inner.alloc([3_u8; 4])[0]);
            // A part of a part of a part.
            arena.scratch(|other| {
                arena.scratch(|another| {
                    other.alloc([4_u8; 100]);
                    another.alloc([5_u8; 100]);
                });
            });
            assert_eq!(arena.used_bytes(), 1000);
            result
        });
        assert_eq!(result, &[2; 1000]);
        assert_eq!(arena.chunk_capacity(), capacity - 1000);
        assert_eq!(arena.allocated_bytes(), capacity);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            arena.scratch(|temporaries| {
                temporaries.alloc(1_u8);
                unwind();
            });
        }));
        assert!(unwound.is_err());
        assert_eq!(arena.chunk_capacity(), capacity - 1000);
        arena.reset();
    }
    // Temporaries that do not fit leave all of it.
    arena.scratch(|temporaries| {
        assert!(temporaries.try_alloc([0_u8; 3000]).is_err());
        assert_eq!(arena.chunk_capacity(), capacity);
    });
    // None where there is no room for its footers.
    arena.alloc([0_u8; 4000]);
    arena.scratch(|temporaries| assert!(temporaries.try_alloc(1_u8).is_err()));
    Arena::from_mem(&mut []).scratch(|temporaries| assert!(temporaries.try_alloc(1_u8).is_err()));
}

#[test]
fn a_scratch_of_a_scratch_takes_spare_chunks_before_it_splits_one() {
    let (mut one, mut two, mut three) = (buffer::<512>(), buffer::<512>(), buffer::<4096>());
    let second = two.as_ptr_range();
    let mut arena = Arena::from_mem(&mut one);
    arena.add_mem(&mut three);
    // Added last, used next.
    arena.add_mem(&mut two);
    arena.alloc(1_u8);
    arena.scratch(|outer| {
        outer.alloc([2_u8; 100]);
        outer.scratch(|inner| {
            inner.alloc([3_u8; 2000]);
            // All of the chunk is still the outer one's.
            let block = outer.alloc([4_u8; 250]);
            assert!(second.contains(&(&raw const *block).cast()));
        });
    });
    assert_eq!(arena.chunks().count(), 3);
}

#[test]
fn a_scratch_of_a_scratch_takes_half_of_the_chunk_of_the_arena() {
    let (mut large, mut small) = (buffer::<4096>(), buffer::<256>());
    let mut arena = Arena::from_mem(&mut large);
    arena.add_mem(&mut small);
    let (room, capacity) = (arena.chunk_capacity(), arena.allocated_bytes());
    arena.scratch(|outer| {
        outer.alloc([1_u8; 100]);
        // Half of what is left of the small chunk has no room for it.
        outer.scratch(|inner| assert!(inner.try_alloc([2_u8; 1000]).is_ok()));
        assert!(outer.try_alloc([3_u8; 1000]).is_ok());
    });
    assert_eq!(arena.chunk_capacity(), room);
    assert_eq!(arena.allocated_bytes(), capacity);
}

#[test]
fn the_half_of_a_chunk_that_a_scratch_passed_over_comes_back() {
    let (mut large, mut small) = (buffer::<4096>(), buffer::<128>());
    let mut arena = Arena::from_mem(&mut large);
    arena.add_mem(&mut small);
    let (room, capacity) = (arena.chunk_capacity(), arena.allocated_bytes());
    arena.scratch(|temporaries| {
        temporaries.alloc(1_u8);
        // Behind the small chunk, and spare again.
        temporaries.scope(|inner| inner.alloc([2_u8; 300])[0]);
        assert!(temporaries.try_alloc([3_u8; 3000]).is_err());
        arena.alloc([4_u8; 100]);
    });
    assert_eq!(arena.chunk_capacity(), room - 100);
    assert_eq!(
        (arena.allocated_bytes(), arena.chunks().count()),
        (capacity, 2)
    );
}

#[test]
fn a_scratch_leaves_the_arena_all_its_room_if_as_much_is_spare() {
    let (mut one, mut two) = (buffer::<512>(), buffer::<512>());
    let mut arena = Arena::from_mem(&mut one);
    arena.add_mem(&mut two);
    let room = arena.chunk_capacity();
    arena.scratch(|temporaries| {
        temporaries.alloc(1_u8);
        assert_eq!(arena.chunk_capacity(), room);
    });
    assert_eq!(arena.chunks().count(), 2);
}

#[test]
fn a_scratch_takes_half_of_what_is_left_if_what_is_spare_is_less() {
    let (mut large, mut small) = (buffer::<4096>(), buffer::<256>());
    let mut arena = Arena::from_mem(&mut large);
    arena.add_mem(&mut small);
    let capacity = arena.allocated_bytes();
    for _ in 0..3 {
        let result = arena.scratch(|temporaries| {
            temporaries.alloc([1_u8; 1900]);
            // And the spare chunk.
            temporaries.alloc([1_u8; 150]);
            temporaries.scratch(|inner| assert!(inner.try_alloc([0_u8; 1000]).is_err()));
            arena.alloc([2_u8; 1900])
        });
        assert_eq!(result, &[2; 1900]);
        assert_eq!(arena.chunks().count(), 2);
        assert_eq!(arena.allocated_bytes(), capacity);
        arena.reset();
    }
}

#[cfg(feature = "alloc")]
mod growing {
    use super::*;

    #[test]
    fn scopes_keep_the_memory_they_needed() {
        let mut arena = Arena::new();
        let mut taken = None;
        for _ in 0..10 {
            arena.scope(|scope| {
                for number in 0..100 {
                    let values = scope.alloc([number; 50]);
                    scope.scope(|inner| inner.alloc_slice_copy(values).len());
                }
            });
            assert_eq!(arena.used_bytes(), 0);
            let now = arena.allocated_bytes_including_metadata();
            assert_eq!(*taken.get_or_insert(now), now);
        }
    }

    /// One after the other, and not one inside of the other, which would take stack.
    #[test]
    fn many_values_are_dropped() {
        struct Counted<'a>(&'a Cell<u32>);

        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }

        const COUNT: u32 = if cfg!(miri) { 100 } else { 100_000 };
        let dropped = Cell::new(0);
        Arena::new().scope(|scope| {
            for _ in 0..COUNT {
                scope.alloc_dropped(Counted(&dropped));
            }
        });
        assert_eq!(dropped.get(), COUNT);
    }

    #[test]
    fn a_scratch_grows_on_the_account_of_its_arena() {
        let one = Arena::with_capacity(100);
        let footer = one.allocated_bytes_including_metadata() - one.allocated_bytes();
        let mut arena = Arena::new();
        arena.set_allocation_limit(Some(10_000));
        let mut most = 0;
        for _ in 0..10 {
            arena.scope(|scope| {
                let result = scope.scratch(|temporaries| {
                    let mut result: &mut [u8] = &mut [];
                    for _ in 0..1000 {
                        if temporaries.try_alloc([0xff_u8; 30]).is_err() {
                            break;
                        }
                        if let Ok(more) = scope.try_alloc_slice_fill_copy(result.len() + 1, 1_u8) {
                            result = more;
                        }
                    }
                    result
                });
                assert!(result.iter().all(|byte| *byte == 1));
            });
            let taken = arena.allocated_bytes_including_metadata();
            assert!(taken <= 10_000);
            assert!(taken >= most);
            most = taken;
            // All chunks came back.
            let spare: usize = arena.chunks().map(|chunk| chunk.capacity + footer).sum();
            assert_eq!(spare, taken);
        }
    }

    #[test]
    fn an_arena_and_its_scratch_share_the_spare_chunks() {
        let mut arena = Arena::new();
        let mut taken = Vec::new();
        for _ in 0..20 {
            arena.scope(|scope| {
                scope.scratch(|temporaries| {
                    for number in 0..200 {
                        temporaries.alloc([number; 10]);
                        temporaries.scratch(|inner| *inner.alloc(number));
                        scope.alloc([number; 10]);
                    }
                });
            });
            taken.push(arena.allocated_bytes_including_metadata());
        }
        assert_eq!(taken[3], taken[19]);
    }

    #[test]
    fn a_split_chunk_is_left_during_the_scratch() {
        let mut memory = buffer::<1024>();
        let arena = Arena::from_mem(&mut memory);
        let kept = arena.alloc([1_u8; 100]);
        arena.scratch(|temporaries| {
            temporaries.alloc([0xff_u8; 300]);
            arena.append(Arena::with_capacity(2000));
            arena.alloc([2_u8; 1500]);
        });
        assert_eq!(arena.used_bytes(), 1600);
        assert_eq!(kept, &[1; 100]);
    }

    #[test]
    fn a_scratch_of_an_arena_without_memory() {
        let arena = Arena::new();
        let one = arena.scratch(|temporaries| {
            temporaries.alloc(0xff_u8);
            arena.alloc(1_u64)
        });
        let two = arena.scratch(|temporaries| {
            temporaries.alloc([0xff_u8; 4096]);
            arena.alloc(2_u64)
        });
        arena.alloc([0xff_u8; 4096]);
        assert_eq!((*one, *two), (1, 2));
    }
}
