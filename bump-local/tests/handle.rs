//! One function for arenas, scopes, guards and regions of a fixed size.

use core::cell::Cell;
use core::mem::MaybeUninit;
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use bump_local::{Arena, ArenaMut, ArenaRef, Bump, BumpSlice, Rewind};

/// An expression of additions, whose innermost is the first.
enum Sum<'a> {
    Number(u32),
    Of(&'a Sum<'a>, &'a [u32]),
}

impl Sum<'_> {
    fn value(&self) -> u32 {
        match self {
            Sum::Number(number) => *number,
            Sum::Of(sum, numbers) => sum.value() + numbers.iter().sum::<u32>(),
        }
    }
}

fn parse<'a, A: Rewind + ?Sized>(arena: ArenaRef<'_, 'a, A>, depth: u32) -> &'a Sum<'a> {
    if depth == 0 {
        return arena.alloc(Sum::Number(1));
    }
    let inner = parse(arena, depth - 1);
    arena.alloc(Sum::Of(inner, arena.alloc_slice_fill_with(2, |_| depth)))
}

/// The same with temporaries in scopes beside the results.
fn parse_in_scopes<'a, A: Rewind + ?Sized>(
    arena: &mut ArenaMut<'_, 'a, A>,
    depth: u32,
) -> &'a Sum<'a> {
    if depth == 0 {
        return arena.alloc(Sum::Number(1));
    }
    let inner = parse_in_scopes(arena, depth - 1);
    let sum: u32 = arena.scope(|scope| {
        let mut unique = scope.arena_mut();
        let numbers = unique.alloc_slice_fill_with(2, |_| depth);
        // Nested, with values of the outer scope in use.
        unique.scope(|scope| scope.alloc_slice_copy(numbers).iter().sum())
    });
    let guard = arena.guard();
    guard.alloc(0xff_u8);
    drop(guard);
    arena.alloc(Sum::Of(inner, arena.alloc_slice_copy(&[sum])))
}

fn buffer<const N: usize>() -> [MaybeUninit<u8>; N] {
    [MaybeUninit::uninit(); N]
}

#[test]
fn each_gives_values_for_as_long_as_its_own_methods_do() {
    fn check<'l, 'a: 'l, A: Rewind + ?Sized + 'a>(arena: impl Into<ArenaRef<'l, 'a, A>>) {
        assert_eq!(parse(arena.into(), 4).value(), 21);
    }

    let mut memory = buffer::<2048>();
    let mut arena = Arena::from_mem(&mut memory);
    let kept = parse(arena.arena_ref(), 4);
    check(&arena);
    assert_eq!(kept.value(), 21);
    arena.reset();
    arena.scope(|scope| {
        // For as long as the scope, so also while another is open inside it.
        let kept = parse(scope.arena_ref(), 4);
        scope.scope(|inner| check(&*inner));
        assert_eq!(kept.value(), 21);
    });
    check(arena.plain());
    arena.plain().scratch(|temporaries| check(&*temporaries));
    arena.reset();
    let guard = arena.guard();
    check(&guard);
    check(guard.plain());
    assert_eq!(parse(guard.arena_ref(), 4).value(), 21);
    drop(guard);
    assert_eq!(arena.used_bytes(), 0);
    arena.scratch(|temporaries| check(&*temporaries));
    let unique = arena.arena_mut();
    check(&unique);

    #[cfg(feature = "std")]
    {
        let pool = bump_local::Pool::new();
        let kept = {
            let mut arena = pool.get();
            check(&arena);
            parse_in_scopes(&mut arena.arena_mut(), 4)
        };
        parse(pool.get().arena_ref(), 4);
        assert_eq!(kept.value(), 21);
    }

    let bump = Bump::<[u64; 128]>::uninit();
    check(&bump);
    check(bump.plain());
    let mut memory = buffer::<512>();
    let bump = BumpSlice::from_mem(&mut memory).unwrap();
    check(&*bump);
    let mut memory = buffer::<512>();
    check(&Arena::<8>::with_min_align_from_mem(&mut memory));
}

#[test]
fn scopes_beside_values_of_an_arena() {
    let mut memory = buffer::<2048>();
    let mut arena = Arena::from_mem(&mut memory);
    let mut unique = arena.arena_mut();
    let (one, other) = (
        parse_in_scopes(&mut unique, 4),
        parse_in_scopes(&mut unique, 2),
    );
    assert_eq!((one.value(), other.value()), (21, 7));
    arena.reset();
    arena.scope(|scope| {
        let kept = parse_in_scopes(&mut scope.arena_mut(), 4);
        scope.scope(|inner| inner.alloc([0xff_u8; 100])[0]);
        assert_eq!(kept.value(), 21);
    });
    let mut guard = arena.guard();
    let mut outer = guard.arena_mut();
    let kept = parse_in_scopes(&mut outer, 3);
    {
        let mut inner = outer.guard();
        let mut inner = inner.arena_mut();
        let other = parse_in_scopes(&mut inner, 3);
        assert_eq!((kept.value(), other.value()), (13, 13));
    }
    assert_eq!(kept.value(), 13);
    drop(guard);
    assert_eq!(arena.used_bytes(), 0);
    let mut bump = Bump::<[u64; 64]>::uninit();
    assert_eq!(parse_in_scopes(&mut bump.arena_mut(), 4).value(), 21);
}

#[test]
fn values_may_borrow_from_the_closure() {
    let mut memory = buffer::<256>();
    Arena::from_mem(&mut memory).scope(|scope| {
        let local = String::from("gone before the scope");
        // A reference to the scope allocates for any time until then.
        let copy: ArenaRef<'_, '_> = scope.arena_ref();
        let words = copy.alloc_slice_fill_iter(local.split(' '));
        assert_eq!(words.len(), 4);
    });
}

#[test]
fn scopes_in_a_reference_end_by_unwinding() {
    struct Counted<'a>(&'a Cell<u32>);

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    let mut memory = buffer::<512>();
    let mut arena = Arena::from_mem(&mut memory);
    let dropped = Cell::new(0);
    let mut unique = arena.arena_mut();
    let kept = unique.alloc([7_u8; 9]);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        unique.scope(|scope| {
            scope.alloc_dropped(Counted(&dropped));
            let mut inner = scope.arena_mut();
            inner.alloc([0xff_u8; 100]);
            inner.scope(|scope| {
                scope.alloc_dropped(Counted(&dropped));
                resume_unwind(Box::new(()));
            });
        });
    }));
    assert!(unwound.is_err());
    assert_eq!((dropped.get(), *kept), (2, [7; 9]));
    assert_eq!(arena.used_bytes(), 9);
}

#[test]
fn a_plain_arena_takes_what_is_dropped() {
    struct Counted<'a>(&'a Cell<u32>);

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    let arena = arena.plain();
    let dropped = Cell::new(0);
    let counted = || Counted(&dropped);
    drop(arena.alloc_boxed(counted()));
    drop(arena.alloc_slice_boxed([counted(), counted()]));
    let mut builder = arena.vec_builder();
    builder.push(counted());
    drop(builder.finish_boxed());
    let mut builder = arena.vec_builder();
    builder.push(counted());
    drop(builder);
    assert_eq!(dropped.get(), 5);
    arena.scratch(|temporaries| {
        temporaries.alloc_dropped(counted());
        temporaries.alloc_dropped_with(counted);
        temporaries.alloc_slice_dropped([counted(), counted()]);
    });
    assert_eq!(dropped.get(), 9);
}
