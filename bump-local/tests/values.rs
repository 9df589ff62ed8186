//! Values that get into a region: made by code that fails, unwinds, lies, never ends, or
//! uses the region itself.

use core::cell::{Cell, RefCell};
use core::fmt::{self, Write as _};
use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use bump_local::{AllocError, AllocOrInitError, Arena, Bump, LeakBox, leak_box_unsize};

fn buffer<const N: usize>() -> [MaybeUninit<u8>; N] {
    [MaybeUninit::uninit(); N]
}

/// Unwinds without a message.
fn unwind() -> ! {
    resume_unwind(Box::new(()))
}

/// A value that is counted.
struct Counted<'count>(&'count Cell<i32>);

impl<'count> Counted<'count> {
    fn new(count: &'count Cell<i32>) -> Self {
        count.set(count.get() + 1);
        Counted(count)
    }
}

impl Clone for Counted<'_> {
    fn clone(&self) -> Self {
        if self.0.get() == 5 {
            unwind();
        }
        Counted::new(self.0)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// An iterator that claims anything about its length.
struct Claims<I> {
    values: I,
    claim: (usize, Option<usize>),
}

impl<I: Iterator> Iterator for Claims<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.values.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.claim
    }
}

#[test]
fn closures_that_fail_give_their_place_back() {
    let mut memory = buffer::<512>();
    let arena = Arena::from_mem(&mut memory);
    arena.alloc(1_u8);
    for _ in 0..if cfg!(miri) { 20 } else { 1000 } {
        assert_eq!(arena.alloc_try_with(|| Err::<[u64; 9], _>("no")), Err("no"));
        let error = arena.try_alloc_try_with(|| Err::<[u64; 9], _>("no"));
        assert_eq!(error, Err(AllocOrInitError::Init("no")));
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            arena.alloc_with(|| -> [u64; 9] { unwind() });
        }));
        assert!(unwound.is_err());
    }
    // The padding before the place may be lost, once.
    assert!(arena.used_bytes() <= 8);
    assert!(arena.try_alloc_with(|| [0_u8; 4096]).is_err());
    let refused = arena.try_alloc_try_with(|| Ok::<_, ()>([0_u8; 4096]));
    assert_eq!(refused, Err(AllocOrInitError::Alloc(AllocError)));
    // Also where the place is the first one in another chunk.
    let mut memory = [buffer::<256>(); 2];
    let [one, other] = &mut memory;
    let mut arena = Arena::from_mem(one);
    arena.add_mem(other);
    let used = arena
        .alloc_slice_fill_copy(arena.chunk_capacity(), 0_u8)
        .len();
    assert_eq!(arena.alloc_try_with(|| Err::<u64, _>("no")), Err("no"));
    assert_eq!(arena.used_bytes(), used);
}

#[test]
fn closures_may_allocate() {
    let mut memory = buffer::<512>();
    let arena = Arena::from_mem(&mut memory);
    let outer = arena.alloc_with(|| {
        let inner = arena.alloc(1_u32);
        arena.alloc_with(|| *arena.alloc(2_u32) + *inner)
    });
    assert_eq!(**outer, 3);
    // The closure fails after it took a block that lasts.
    let kept = Cell::new(None);
    let failed = arena.alloc_try_with(|| {
        kept.set(Some(arena.alloc(7_u64)));
        Err::<[u8; 32], ()>(())
    });
    assert!(failed.is_err());
    arena.alloc([0xff_u8; 64]);
    assert_eq!(kept.take().map(|kept| *kept), Some(7));
}

#[test]
fn iterators_that_lie() {
    let mut memory = buffer::<1024>();
    let mut arena = Arena::from_mem(&mut memory);
    for claim in [0, 1, 5, 9, 10, 11, 60] {
        for most in [None, Some(0), Some(10), Some(usize::MAX)] {
            let values = Claims {
                values: 0..10_u64,
                claim: (claim, most),
            };
            assert_eq!(
                arena.alloc_slice_fill_iter(values),
                [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
            );
            assert_eq!(arena.used_bytes(), 80);
            arena.reset();
        }
    }
    for claim in [200, usize::MAX / 8, usize::MAX] {
        let values = Claims {
            values: 0..1_u64,
            claim: (claim, None),
        };
        assert_eq!(arena.try_alloc_slice_fill_iter(values), Err(AllocError));
        assert_eq!(arena.used_bytes(), 0);
    }
    let nothings = Claims {
        values: [(); 3].into_iter(),
        claim: (usize::MAX, None),
    };
    assert_eq!(arena.alloc_slice_fill_iter(nothings).len(), 3);
}

#[test]
fn iterators_that_never_end() {
    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    let count = Cell::new(0);
    let endless = core::iter::repeat_with(|| Counted::new(&count));
    assert!(arena.try_alloc_slice_fill_iter(endless).is_err());
    assert_eq!(count.get(), 0);
    assert_eq!(arena.used_bytes(), 0);
}

/// A box of values as a slice is made in the same way, and a slice that a scope drops.
#[test]
fn owned_slices_of_iterators_that_lie_unwind_or_never_end() {
    let mut memory = buffer::<1024>();
    let mut arena = Arena::from_mem(&mut memory);
    let count = Cell::new(0);
    let claims = |values: usize, claim: usize| Claims {
        values: core::iter::repeat_with(|| Counted::new(&count)).take(values),
        claim: (claim, None),
    };
    for claim in [0, 1, 10, 11, 60] {
        let boxed = arena.try_alloc_slice_boxed(claims(10, claim));
        assert_eq!(boxed.expect("room").len(), 10);
        assert_eq!(count.get(), 0);
        let in_scope = arena.scope(|scope| {
            let slice = scope.try_alloc_slice_dropped(claims(10, claim));
            slice.expect("room").len() + usize::try_from(count.get()).expect("positive")
        });
        assert_eq!((in_scope, count.get()), (20, 0));
        arena.reset();
    }
    for (values, claim) in [(1, 2000), (1, usize::MAX), (usize::MAX, 0)] {
        assert!(arena.try_alloc_slice_boxed(claims(values, claim)).is_err());
        arena.scope(|scope| {
            let slice = scope.try_alloc_slice_dropped(claims(values, claim));
            assert!(slice.is_err());
        });
        assert_eq!((count.get(), arena.used_bytes()), (0, 0));
    }
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let unwinds = (0..9).map(|index| match index {
            5 => unwind(),
            _ => Counted::new(&count),
        });
        arena.alloc_slice_boxed(unwinds).len()
    }));
    assert!(unwound.is_err());
    assert_eq!((count.get(), arena.used_bytes()), (0, 0));
    assert!(
        arena
            .try_alloc_slice_boxed([0_u8; 0])
            .is_ok_and(|none| none.is_empty())
    );
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn c_strings() {
    let mut memory = buffer::<256>();
    let mut arena = Arena::from_mem(&mut memory);
    assert_eq!((arena.alloc_cstr(c""), arena.used_bytes()), (c"", 1));
    assert_eq!(
        (arena.alloc_cstr(c"bump"), arena.used_bytes()),
        (c"bump", 6)
    );
    let long = std::ffi::CString::new("x".repeat(1000)).expect("no 0 in it");
    assert_eq!(arena.try_alloc_cstr(&long), Err(AllocError));
    assert_eq!(arena.used_bytes(), 6);
    // The 0 at the end needs a place, too.
    let rest = std::ffi::CString::new("x".repeat(arena.chunk_capacity())).expect("no 0 in it");
    assert_eq!(arena.try_alloc_cstr(&rest), Err(AllocError));
    let fits = arena.scope(|scope| scope.try_alloc_cstr(&rest.as_c_str()[1..]).is_ok());
    assert!(fits);
}

#[test]
fn values_without_bytes_have_an_end() {
    #[derive(Clone, Default)]
    struct Empty;

    let mut memory = buffer::<256>();
    let arena = Arena::from_mem(&mut memory);
    // More than can be made.
    for len in [usize::MAX, usize::MAX / 2, 1 << 30] {
        assert!(arena.try_alloc_slice_fill_with(len, |_| Empty).is_err());
        assert!(arena.try_alloc_slice_fill_default::<Empty>(len).is_err());
        assert!(arena.try_alloc_slice_fill_clone(len, &Empty).is_err());
        let result = arena.try_alloc_slice_try_fill_with(len, |_| Ok::<_, ()>(Empty));
        assert!(result.is_err());
        // Nothing has to be made.
        assert_eq!(
            arena
                .try_alloc_slice_fill_copy(len, ())
                .map(|slice| slice.len()),
            Ok(len)
        );
        assert_eq!(
            arena
                .try_alloc_slice_uninit::<Empty>(len)
                .map(|slice| slice.len()),
            Ok(len)
        );
    }
    // An interpreter would take minutes.
    if cfg!(not(miri)) {
        // As many as the documentation says, and not one more.
        let most = 1 << if usize::BITS > 16 { 20 } else { 15 };
        for (len, fits) in [(most, true), (most + 1, false)] {
            let made = arena.try_alloc_slice_fill_with(len, |_| Empty);
            assert_eq!(made.is_ok(), fits);
            // Nothing is known of its length.
            let values = (0..len).filter(|_| true).map(|_| Empty);
            assert_eq!(arena.try_alloc_slice_fill_iter(values).is_ok(), fits);
        }
        let most = [const { Empty }; usize::MAX];
        assert!(arena.try_alloc_slice_clone(&most).is_err());
        let endless = || core::iter::repeat(Empty);
        assert!(arena.try_alloc_slice_fill_iter(endless()).is_err());
        let values = endless().map(Ok::<_, ()>);
        assert!(arena.try_alloc_slice_try_fill_iter(values).is_err());
        // Nothing is known of their lengths.
        let values = core::iter::from_fn(|| Some(Empty));
        assert!(arena.try_alloc_slice_fill_iter(values).is_err());
        let values = endless().filter(|_| true);
        assert!(arena.try_alloc_slice_fill_iter(values).is_err());
    }
    assert_eq!(
        arena
            .alloc_slice_fill_iter((0..5000).filter(|n| n % 2 == 0).map(|_| Empty))
            .len(),
        2500
    );
    assert_eq!(
        arena.alloc_slice_fill_default::<Empty>(10_000).len(),
        10_000
    );
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn errors_compose_and_have_a_source() {
    use core::error::Error as _;
    use core::num::ParseIntError;

    fn parse<'a>(
        arena: &'a Arena<'_>,
        text: &str,
    ) -> Result<&'a mut u64, AllocOrInitError<ParseIntError>> {
        let copy = arena.try_alloc_str(text)?;
        arena.try_alloc_try_with(|| copy.parse::<u64>())
    }

    let mut memory = buffer::<256>();
    let arena = Arena::from_mem(&mut memory);
    assert_eq!(parse(&arena, "12"), Ok(&mut 12));
    let error = parse(&arena, "x").unwrap_err();
    assert_eq!(error.to_string(), "the value could not be made");
    assert!(
        error
            .source()
            .is_some_and(|source| source.is::<ParseIntError>())
    );
    let error = parse(&arena, &"1".repeat(300)).unwrap_err();
    assert_eq!(error, AllocOrInitError::from(AllocError));
    assert_eq!(error.to_string(), "not enough memory left");
    assert!(error.source().is_none());
}

#[test]
fn what_was_made_is_dropped_when_the_rest_is_not() {
    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    let count = Cell::new(0);
    for last in 0..20 {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            arena.alloc_slice_fill_with(20, |index| {
                if index == last {
                    unwind();
                }
                Counted::new(&count)
            });
        }));
        assert!(unwound.is_err());
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            arena.alloc_slice_fill_iter((0..20).map(|index| {
                if index == last {
                    unwind();
                }
                Counted::new(&count)
            }));
        }));
        assert!(unwound.is_err());
        let values = (0..20).map(|index| match index == last {
            true => Err(index),
            false => Ok(Counted::new(&count)),
        });
        assert_eq!(arena.alloc_slice_try_fill_iter(values).err(), Some(last));
        let failed = arena.alloc_slice_try_fill_with(20, |index| match index == last {
            true => Err(index),
            false => Ok(Counted::new(&count)),
        });
        assert_eq!(failed.err(), Some(last));
        assert_eq!(count.get(), 0);
    }
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let one = Counted::new(&count);
        arena.alloc_slice_fill_clone(20, &one);
    }));
    assert!(unwound.is_err());
    assert_eq!(count.get(), 0);
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn a_destructor_unwinds_while_a_slice_is_given_up() {
    struct Bomb<'count>(Counted<'count>);

    impl Drop for Bomb<'_> {
        fn drop(&mut self) {
            if self.0.0.get() == 3 {
                unwind();
            }
        }
    }

    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    let count = Cell::new(0);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _ = arena.alloc_slice_try_fill_with(9, |index| match index {
            3 => Err(()),
            _ => Ok(Bomb(Counted::new(&count))),
        });
    }));
    assert!(unwound.is_err());
    assert_eq!(count.get(), 0);
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn iterators_may_allocate() {
    let mut memory = buffer::<4096>();
    let arena = Arena::from_mem(&mut memory);
    let kept = RefCell::new(Vec::new());
    let values = Claims {
        values: (0..30_u64).inspect(|number| kept.borrow_mut().push(arena.alloc(*number))),
        claim: (0, None),
    };
    let slice = arena.alloc_slice_fill_iter(values);
    for (index, number) in (0..30).enumerate() {
        assert_eq!(slice[index], number);
        assert_eq!(*kept.borrow()[index], number);
    }
    // And open scopes for what they need.
    let sums = arena.scratch(|temporaries| {
        let sums = (1..5).map(|number| {
            temporaries.scope(|scope| scope.alloc_slice_fill_iter(0..number).iter().sum::<u64>())
        });
        arena.alloc_slice_fill_iter(sums)
    });
    assert_eq!(sums, [0, 1, 3, 6]);
}

#[test]
fn slices_grow_in_place() {
    let mut memory = buffer::<4096>();
    let arena = Arena::from_mem(&mut memory);
    let values = Claims {
        values: 0..400_u64,
        claim: (0, None),
    };
    assert_eq!(arena.alloc_slice_fill_iter(values).len(), 400);
    assert_eq!(arena.used_bytes(), 3200);
}

/// A slice that has to move grows by as much as it has, so that moving it costs little in all.
#[test]
fn slices_move_seldom() {
    let mut memory = buffer::<65536>();
    let arena = Arena::from_mem(&mut memory);
    let values = (0..1000_u32).inspect(|number| {
        if number % 10 == 0 {
            arena.alloc(1_u8);
        }
    });
    let values = Claims {
        values,
        claim: (0, None),
    };
    assert_eq!(arena.alloc_slice_fill_iter(values).len(), 1000);
    assert!(arena.used_bytes() < 4 * 4000, "{}", arena.used_bytes());
}

#[test]
fn all_kinds_of_slices() {
    let mut bump = Bump::<[u64; 64]>::uninit();
    bump.scope(|scope| {
        assert_eq!(scope.alloc_slice_copy(&[1, 2]), [1, 2]);
        let clones = scope.alloc_slice_clone(&["a".to_owned()]);
        assert_eq!(clones, ["a"]);
        // It will not be dropped, and an interpreter looks for what is leaked.
        drop(mem::take(&mut clones[0]));
        assert_eq!(scope.alloc_slice_fill_copy(2, 'x'), ['x', 'x']);
        assert_eq!(
            scope.alloc_slice_fill_default::<Option<u8>>(2),
            [None, None]
        );
        scope.scope(|temporaries| _ = temporaries.alloc([u64::MAX; 16]));
        for number in scope.alloc_slice_zeroed::<u16>(3) {
            // SAFETY: zero is a number.
            assert_eq!(unsafe { number.assume_init() }, 0);
        }
        // SAFETY: zero is a number.
        assert_eq!(unsafe { scope.alloc_zeroed::<u64>().assume_init() }, 0);
        assert!(scope.try_alloc_slice_uninit::<u64>(usize::MAX).is_err());
        assert!(scope.try_alloc_slice_zeroed::<u64>(99).is_err());
        assert!(
            scope
                .try_alloc_slice_fill_default::<u64>(usize::MAX)
                .is_err()
        );
        assert!(scope.try_alloc_str(&"x".repeat(600)).is_err());
        let number = scope.alloc_boxed(42);
        let debug: LeakBox<'_, dyn fmt::Debug> = leak_box_unsize!(number, dyn fmt::Debug);
        assert_eq!(format!("{debug:?}"), "42");
    });
    assert_eq!(bump.used(), 0);
}

/// So calls that name types compile with either.
#[test]
fn type_parameters_are_in_the_order_of_bumpalo() {
    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    let fails = || Err::<u8, char>('e');
    let each = |index: usize| u8::try_from(index);
    let (numbers, results) = ([1_u8, 2], [Ok::<u8, char>(1)]);

    assert_eq!(arena.alloc_with::<_, u8>(|| 1), &1);
    assert_eq!(arena.try_alloc_with::<_, u8>(|| 1), Ok(&mut 1));
    assert!(arena.alloc_try_with::<_, u8, char>(fails).is_err());
    assert!(arena.try_alloc_try_with::<_, u8, char>(fails).is_err());
    let slices: [&[u8]; 5] = [
        arena.alloc_slice_fill_with::<u8, _>(2, |index| numbers[index]),
        arena.alloc_slice_fill_iter::<u8, _>(numbers),
        arena.alloc_slice_copy::<u8>(&numbers),
        arena.alloc_slice_clone::<u8>(&numbers),
        arena
            .try_alloc_slice_fill_iter::<u8, _>(numbers)
            .expect("there is room"),
    ];
    assert_eq!(slices, [[1, 2]; 5]);
    let made = arena.alloc_slice_try_fill_with::<u8, _, _>(2, each);
    assert_eq!(made.expect("small numbers"), [0, 1]);
    let made = arena.alloc_slice_try_fill_iter::<u8, _, char>(results);
    assert_eq!(made.expect("no errors"), [1]);
}

#[test]
fn strings_grow_in_place_and_are_given_back() {
    let mut memory = buffer::<256>();
    let arena = Arena::from_mem(&mut memory);
    let text = arena.alloc_fmt(format_args!("{}-{:>5}", "é", 42));
    text.make_ascii_uppercase();
    assert_eq!(text, "é-   42");
    assert_eq!(arena.used_bytes(), text.len());
    assert_eq!(arena.alloc_fmt(format_args!("constant")), "constant");
    let used = arena.used_bytes();
    {
        let mut builder = arena.string_builder();
        write!(builder, "unfinished {}", 1).unwrap();
        assert_eq!(builder.as_str(), "unfinished 1");
        assert!(builder.try_push_str(&"x".repeat(300)).is_err());
        assert!(write!(builder, "{}", "x".repeat(300)).is_err());
        assert_eq!(builder.as_str(), "unfinished 1");
    }
    assert_eq!(arena.used_bytes(), used);
    assert_eq!(arena.string_builder().finish(), "");
    let refused = arena.try_alloc_fmt(format_args!("{:>300}", 1));
    assert_eq!(refused, Err(AllocOrInitError::Alloc(AllocError)));
    assert_eq!(arena.used_bytes(), used);
}

#[test]
fn text_that_fits_exactly() {
    let mut memory = buffer::<256>();
    let mut arena = Arena::from_mem(&mut memory);
    let all = arena.chunk_capacity();
    // One character at a time, of one byte and of two, around every end of the memory.
    let most = if cfg!(miri) { 12 } else { 80 };
    for room in 0..most {
        arena.alloc_slice_fill_copy(all - room, 0_u8);
        for fits in [room / 2, room, room + 1] {
            let (start, used) = (arena.checkpoint(), arena.used_bytes());
            let text = arena.try_alloc_fmt(format_args!("{:->fits$}", ""));
            assert_eq!(text.is_ok(), fits <= room, "{fits} of {room}");
            if let Ok(text) = text {
                assert!(text.len() == fits && text.bytes().all(|byte| byte == b'-'));
                assert_eq!(arena.used_bytes(), used + fits);
            }
            // SAFETY: the text is not used any more.
            unsafe { arena.rewind(start) };
            assert_eq!(arena.used_bytes(), used);
        }
        let mut builder = arena.string_builder();
        let pieces = (0..most).take_while(|_| builder.write_char('é').is_ok());
        assert_eq!(pieces.count(), room / 2);
        assert_eq!(*builder.finish(), *"é".repeat(room / 2));
        arena.reset();
    }
}

#[test]
fn short_texts_fill_short_chunks() {
    let mut memory = [buffer::<128>(); 4];
    let mut arena = Arena::from_mem(&mut []);
    for memory in &mut memory {
        arena.add_mem(memory);
    }
    let texts = (0..).take_while(|text| arena.try_alloc_fmt(format_args!("{text:>8}")).is_ok());
    let texts = texts.count();
    // Each chunk to its end, whatever room a text would like to have.
    let chunks = arena.chunks().map(|chunk| chunk.capacity / 8);
    assert_eq!(texts, chunks.sum());
}

#[test]
fn formatting_that_fails_or_allocates() {
    struct Fails;

    impl fmt::Display for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    struct Allocates<'a>(&'a Arena<'a>);

    impl fmt::Display for Allocates<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0.alloc_str("inner"))
        }
    }

    let mut memory = buffer::<256>();
    let arena = Arena::from_mem(&mut memory);
    let failed = arena.try_alloc_fmt(format_args!("some {Fails}"));
    assert_eq!(failed, Err(AllocOrInitError::Init(fmt::Error)));
    assert_eq!(arena.used_bytes(), 0);
    let text = arena.alloc_fmt(format_args!("{0}, {0}", Allocates(&arena)));
    assert_eq!(text, "inner, inner");
}

#[test]
fn values_with_borrowed_content_and_cycles() {
    struct Node<'a> {
        name: &'a str,
        next: Cell<Option<&'a Node<'a>>>,
    }

    let name = String::from("one");
    let mut memory = buffer::<256>();
    let arena = Arena::from_mem(&mut memory);
    let one: &Node<'_> = arena.alloc(Node {
        name: &name,
        next: Cell::new(None),
    });
    let two = arena.alloc(Node {
        name: "two",
        next: Cell::new(Some(one)),
    });
    one.next.set(Some(two));
    let names = one
        .next
        .get()
        .and_then(|two| two.next.get())
        .map(|one| one.name);
    assert_eq!(names, Some("one"));
}

#[test]
fn what_does_not_fit_is_dropped() {
    let arena = Arena::from_mem(&mut []);
    let count = Cell::new(0);
    let with_bytes = || (Counted::new(&count), 1);
    assert!(arena.try_alloc(with_bytes()).is_err());
    assert!(arena.try_alloc_boxed(with_bytes()).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| arena.alloc_boxed(with_bytes()))).is_err());
    assert!(arena.try_alloc_slice_clone(&[with_bytes()]).is_err());
    assert_eq!(count.get(), 0);
}

#[cfg(feature = "alloc")]
#[test]
fn large_values_are_never_on_the_stack() {
    type Large = [u8; if cfg!(miri) { 1 << 16 } else { 1 << 24 }];
    let test = || {
        let arena = Arena::new();
        arena.alloc_uninit::<Large>();
        // SAFETY: zero is a valid byte.
        let zeroed = unsafe { arena.alloc_zeroed::<Large>().assume_init_ref() };
        assert!(zeroed.iter().all(|byte| *byte == 0));
    };
    let stack = size_of::<Large>() / 2;
    let thread = std::thread::Builder::new().stack_size(stack).spawn(test);
    assert!(thread.unwrap().join().is_ok());
}
