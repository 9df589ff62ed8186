//! Arenas of values of one type.

use core::cell::{Cell, RefCell};
use core::mem::MaybeUninit;
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use bump_local::{Arena, TypedArena};

fn buffer<const N: usize>() -> [MaybeUninit<u8>; N] {
    [MaybeUninit::uninit(); N]
}

/// Counts how often it is dropped; the one of that number unwinds then.
struct Counted<'a>(&'a Cell<u32>, u32);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        if self.1 == self.0.get() {
            resume_unwind(Box::new(()));
        }
    }
}

/// Claims to have at least so many values.
struct Claims<I>(I, usize);

impl<I: Iterator> Iterator for Claims<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, None)
    }
}

#[test]
fn values_in_their_order_with_others_between() {
    let mut memory = buffer::<8192>();
    let mut arena = TypedArena::from_mem(&mut memory);
    let mut expected = 0..0_u16;
    for round in 0..20 {
        for _ in 0..round % 4 {
            let value = arena.alloc(expected.end);
            assert_eq!(*value, expected.end);
            expected.end += 1;
        }
        if round % 3 == 0 {
            // Beside the values, aligned and not.
            arena.as_arena().alloc([0xff_u8; 3]);
            arena.as_arena().alloc(u64::MAX);
        }
        if round % 5 < 3 {
            let from = expected.end;
            let values = arena.alloc_extend((from..from + 9).filter(|n| n % (1 + round % 2) == 0));
            for value in values {
                *value = expected.end;
                expected.end += 1;
            }
        }
        assert_eq!(arena.len(), expected.len());
        assert!(arena.iter_mut().map(|value| *value).eq(expected.clone()));
        let mut left = arena.iter_mut();
        while left.next().is_some() {
            assert!(left.len() < expected.len());
        }
        assert_eq!(left.len(), 0);
    }
    arena.clear();
    assert!(arena.is_empty() && arena.iter_mut().next().is_none());
    assert_eq!(arena.as_arena().used_bytes(), 0);
}

#[test]
fn one_run_in_one_chunk() {
    let mut memory = buffer::<4096>();
    let arena = TypedArena::from_mem(&mut memory);
    let first = arena.alloc([0_u32; 3]);
    let head = arena.as_arena().used_bytes() - 12;
    for _ in 0..99 {
        arena.alloc([0; 3]);
    }
    let more = arena.alloc_extend([[1; 3]; 9]);
    assert_eq!((first, more[8]), (&mut [0; 3], [1; 3]));
    arena.alloc([0; 3]);
    // Another head for the slice, and its padding.
    let bytes = arena.as_arena().used_bytes() - 2 * head;
    assert!((1320..1328).contains(&bytes), "{bytes}");
}

#[test]
fn dropped_once_with_the_arena() {
    for clear in [false, true] {
        let dropped = Cell::new(0);
        let mut memory = buffer::<4096>();
        let mut arena = TypedArena::from_mem(&mut memory);
        for _ in 0..50 {
            arena.alloc(Counted(&dropped, 0));
        }
        arena.alloc_extend((0..10).map(|_| Counted(&dropped, 0)));
        assert_eq!((dropped.get(), arena.len()), (0, 60));
        if clear {
            arena.clear();
            assert_eq!((dropped.get(), arena.len()), (60, 0));
            arena.alloc(Counted(&dropped, 0));
        }
        drop(arena);
        assert_eq!(dropped.get(), if clear { 61 } else { 60 });
    }
}

#[test]
fn destructors_that_unwind() {
    for unwinds in 0..=6 {
        let dropped = Cell::new(0);
        let mut memory = buffer::<1024>();
        let mut arena = TypedArena::from_mem(&mut memory);
        for _ in 0..3 {
            arena.alloc_extend((0..2).map(|_| Counted(&dropped, unwinds)));
        }
        let unwound = catch_unwind(AssertUnwindSafe(|| arena.clear()));
        assert_eq!(unwound.is_err(), unwinds > 0);
        assert_eq!((dropped.get(), arena.len()), (6, 0));
        arena.alloc(Counted(&dropped, 0));
        drop(arena);
        assert_eq!(dropped.get(), 7);
    }
}

#[test]
fn iterators_that_use_the_arena_unwind_or_never_end() {
    let dropped = Cell::new(0);
    let mut memory = buffer::<4096>();
    let mut arena = TypedArena::from_mem(&mut memory);
    let outer = arena.alloc_extend((0..10).map(|number| {
        arena.alloc(Counted(&dropped, 100 + number));
        if number % 3 == 0 {
            arena.alloc_extend([Counted(&dropped, 200 + number)]);
        }
        Counted(&dropped, 300 + number)
    }));
    assert!(outer.iter().map(|counted| counted.1).eq(300..310));
    assert_eq!((arena.len(), dropped.get()), (24, 0));
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        arena.alloc_extend((0..10).map(|number| {
            if number == 5 {
                resume_unwind(Box::new(()));
            }
            Counted(&dropped, 400)
        }));
    }));
    assert!(unwound.is_err());
    assert_eq!((arena.len(), dropped.get()), (24, 5));
    let endless = core::iter::from_fn(|| Some(Counted(&dropped, 500)));
    assert!(arena.try_alloc_extend(endless).is_err());
    assert!(dropped.get() > 5);
    let before = dropped.get();
    assert!(
        arena
            .iter_mut()
            .all(|counted| (100..310).contains(&counted.1))
    );
    drop(arena);
    assert_eq!(dropped.get(), before + 24);
}

#[test]
fn iterators_that_claim_more_than_they_have() {
    let mut memory = buffer::<1024>();
    let arena = TypedArena::from_mem(&mut memory);
    let texts = || ["one", "two"].into_iter().map(String::from);
    for claim in [0, 1, 2, 3, 9] {
        let added = arena.try_alloc_extend(Claims(texts(), claim));
        assert!(added.is_ok_and(|added| added == ["one", "two"]));
    }
    for claim in [100, usize::MAX / size_of::<String>(), usize::MAX] {
        assert!(arena.try_alloc_extend(Claims(texts(), claim)).is_err());
    }
    assert_eq!(arena.len(), 10);
}

#[test]
fn an_iterator_without_values_leaves_nothing() {
    let mut memory = buffer::<1024>();
    let mut arena = TypedArena::from_mem(&mut memory);
    assert_eq!(arena.alloc_extend::<[String; 0]>([]), [""; 0]);
    // One that claims to have some.
    assert_eq!(arena.alloc_extend(Claims([].into_iter(), 9)).len(), 0);
    assert!(arena.is_empty() && arena.iter_mut().next().is_none());
    assert_eq!(arena.as_arena().used_bytes(), 0);
}

#[test]
fn values_that_refer_to_each_other() {
    struct Node<'a> {
        name: String,
        neighbours: RefCell<Vec<&'a Node<'a>>>,
    }

    let mut memory = buffer::<4096>();
    let nodes = TypedArena::from_mem(&mut memory);
    let first: &Node<'_> = nodes.alloc(Node {
        name: "first".into(),
        neighbours: RefCell::default(),
    });
    let second = nodes.alloc(Node {
        name: "second".into(),
        neighbours: RefCell::new(vec![first]),
    });
    first.neighbours.borrow_mut().push(second);
    assert_eq!(
        first.neighbours.borrow()[0].neighbours.borrow()[0].name,
        "first"
    );
}

#[test]
fn exhaustion() {
    let mut memory = buffer::<256>();
    let mut arena = TypedArena::from_mem(&mut memory);
    assert!(arena.try_alloc_extend([[0_u64; 4]; 10]).is_err());
    assert_eq!(arena.as_arena().used_bytes(), 0);
    while arena.try_alloc([7_u64; 4]).is_ok() {}
    let len = arena.len();
    assert!(len >= 4);
    assert!(catch_unwind(AssertUnwindSafe(|| arena.alloc([0; 4])[0])).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| arena.alloc_extend([[0; 4]]).len())).is_err());
    assert_eq!(
        arena.iter_mut().filter(|value| **value == [7; 4]).count(),
        len
    );
    // No head fits, or only a head.
    for bytes in 0..200 {
        let mut memory = buffer::<256>();
        let arena = TypedArena::from_mem(&mut memory[..bytes]);
        let fits = arena.try_alloc(1_u128).is_ok();
        assert_eq!(arena.len(), usize::from(fits));
        assert_eq!(arena.as_arena().used_bytes() > 0, fits);
    }
}

#[test]
fn values_without_bytes_and_pages() {
    struct Empty;
    impl Drop for Empty {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
        }
    }
    thread_local!(static DROPPED: Cell<usize> = const { Cell::new(0) });

    #[repr(align(4096))]
    struct Page(u8);

    let mut memory = buffer::<256>();
    let mut arena = TypedArena::from_mem(&mut memory);
    for _ in 0..100 {
        arena.alloc(Empty);
    }
    arena.alloc_extend((0..50).map(|_| Empty));
    arena.alloc(Empty);
    assert_eq!((arena.len(), arena.iter_mut().count()), (151, 151));
    drop(arena);
    assert_eq!(DROPPED.get(), 151);

    let mut memory = buffer::<{ 5 * 4096 }>();
    let mut arena = TypedArena::from(Arena::from_mem(&mut memory));
    while arena.try_alloc(Page(1)).is_ok() {}
    assert!(arena.len() >= 2);
    for page in arena.iter_mut() {
        assert_eq!(((&raw const *page).addr() % 4096, page.0), (0, 1));
    }
}

#[cfg(feature = "alloc")]
#[test]
fn over_many_chunks_and_into_a_vector() {
    let count = if cfg!(miri) { 200 } else { 100_000 };
    let dropped = Cell::new(0);
    let mut arena = TypedArena::new();
    for number in 0..count {
        arena.alloc(Counted(&dropped, number + 1_000_000));
    }
    assert_eq!(arena.iter_mut().len(), count as usize);
    let numbers = arena.iter_mut().map(|counted| counted.1 - 1_000_000);
    assert!(numbers.eq(0..count));
    // Little more than the values: a head for each chunk, and what is left of the last one.
    let bytes = count as usize * size_of::<Counted<'_>>();
    assert!(arena.as_arena().used_bytes() < bytes + 1000);
    let values = arena.into_vec();
    assert_eq!((values.len(), dropped.get()), (count as usize, 0));
    drop(values);
    assert_eq!(dropped.get(), count);
    // In a thread that it is sent to.
    let texts = TypedArena::with_capacity(10);
    texts.alloc(String::from("sent"));
    let texts = std::thread::spawn(move || texts.into_vec()).join().unwrap();
    assert_eq!(texts, ["sent"]);
}

#[cfg(feature = "alloc")]
#[test]
fn a_capacity_is_for_as_many_values_of_any_alignment() {
    #[repr(align(64))]
    struct Line(#[expect(dead_code, reason = "only its size and alignment count")] [u8; 64]);

    #[repr(align(4096))]
    struct Page(#[expect(dead_code, reason = "only its size and alignment count")] [u8; 4096]);

    fn check<T>(value: impl Fn(u8) -> T) {
        for capacity in [0, 1, 2, 7, 60] {
            let one_by_one = TypedArena::with_capacity(capacity.into());
            let at_once = TypedArena::with_capacity(capacity.into());
            let taken = one_by_one.as_arena().allocated_bytes_including_metadata();
            for number in 0..capacity {
                one_by_one.alloc(value(number));
            }
            at_once.alloc_extend((0..capacity).map(&value));
            for arena in [&one_by_one, &at_once] {
                let arena = arena.as_arena();
                assert_eq!(arena.allocated_bytes_including_metadata(), taken);
            }
        }
    }

    check(|number| number);
    check(u128::from);
    check(|_| ());
    check(|number| Line([number; 64]));
    check(|number| Page([number; 4096]));
}

#[cfg(feature = "alloc")]
#[test]
fn large_values_take_little_more_than_their_size() {
    let arena = TypedArena::new();
    for count in 1..=20 {
        arena.alloc([0_u8; 3000]);
        let factor = arena.as_arena().allocated_bytes() / (count * 3000);
        assert!(factor < 2 || count < 3, "{factor} times {count}");
    }
    // Too many for a regular chunk: each slice has one of its own.
    let (pages, bytes) = (512, 512 * 4096);
    let arena = TypedArena::new();
    for _ in 0..3 {
        arena.alloc_extend(core::iter::repeat_n([0_u8; 4096], pages));
    }
    assert!(arena.as_arena().allocated_bytes() < 3 * bytes + 1000);
}
