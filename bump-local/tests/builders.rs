//! Vectors and strings that grow in a region: where their memory is, and code that unwinds while they
//! grow. Random operations are in `bump-test-harness/tests/builders.rs`.

use core::cell::Cell;
use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use bump_local::{Arena, Bump, LeakBox, StringBuilder, VecBuilder};

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

#[test]
fn in_place_without_a_byte_to_spare() {
    let mut memory = buffer::<4096>();
    let arena = Arena::from_mem(&mut memory);
    let mut builder = arena.vec_builder();
    builder.push(0_u32);
    let first = &raw const builder[0];
    builder.extend(1..500);
    assert_eq!(&raw const builder[0], first);
    let numbers = builder.finish();
    assert_eq!(arena.used_bytes(), 2000);
    let mut text = arena.string_builder();
    text.extend(["to be ", "or not"]);
    text.extend([' ', '?']);
    assert_eq!(text.finish(), "to be or not ?");
    assert_eq!(arena.used_bytes(), 2014);
    let mut plain = arena.plain().vec_builder();
    (0..100_u8).for_each(|byte| plain.push(byte));
    assert_eq!(plain.finish().len(), 100);
    assert_eq!(arena.used_bytes(), 2114);
    assert!(numbers.iter().copied().eq(0..500));
}

#[test]
fn as_what_they_read_like() {
    let mut memory = buffer::<512>();
    let arena = Arena::from_mem(&mut memory);
    let mut builder = arena.vec_builder();
    builder.extend(&[1, 2, 3]);
    for number in &mut builder {
        *number *= 2;
    }
    let mut sum = 0;
    for number in &builder {
        sum += number;
    }
    assert_eq!(
        (sum, builder.as_ref(), format!("{builder:?}")),
        (12, &[2, 4, 6][..], "[2, 4, 6]".into())
    );
    let mut text = arena.string_builder();
    text.push_str("bump");
    text.make_ascii_uppercase();
    assert_eq!(
        format!("{text:>5}{text:?}{}", AsRef::<str>::as_ref(&text)),
        " BUMP\"BUMP\"BUMP"
    );
    #[cfg(feature = "std")]
    {
        use std::io::{ErrorKind, Write as _};

        let mut bytes = arena.vec_builder();
        write!(bytes, "{} bytes", 7).unwrap();
        bytes.flush().unwrap();
        let error = bytes.write_all(&[0; 1000]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfMemory);
        assert_eq!(bytes.finish(), b"7 bytes");
    }
}

#[test]
fn beside_others_that_grow() {
    let mut memory = buffer::<8192>();
    let arena = Arena::from_mem(&mut memory);
    let (mut even, mut odd) = (arena.vec_builder(), arena.vec_builder());
    let mut text = arena.string_builder();
    for number in 0..100_u16 {
        if number % 2 == 0 {
            even.push(number);
        } else {
            odd.push(number);
        }
        text.push(char::from(b'a' + (number % 26) as u8));
    }
    assert!(even.iter().copied().eq((0..100).step_by(2)));
    assert!(odd.iter().copied().eq((1..100).step_by(2)));
    assert_eq!((text.len(), &text[..3]), (100, "abc"));
}

/// Where each has to move for each growth, that costs in proportion to what they hold.
#[test]
fn two_that_grow_in_turn_move_seldom() {
    const COUNT: usize = if cfg!(miri) { 100 } else { 500 };
    let mut memory = buffer::<{ 10 * COUNT * size_of::<usize>() }>();
    let arena = Arena::from_mem(&mut memory);
    let (mut one, mut other) = (arena.vec_builder(), arena.vec_builder());
    for number in 0..COUNT {
        assert!(one.try_push(number).is_ok() && other.try_push(number).is_ok());
    }
    assert!(one.iter().copied().eq(0..COUNT) && *one == *other);
}

#[test]
fn a_scope_is_locked_only_while_they_grow() {
    fn collect<'a>(mut words: VecBuilder<'_, 'a, &'a str>, text: &'a str) -> &'a mut [&'a str] {
        words.extend(text.split(' '));
        words.finish()
    }

    fn join<'a>(mut text: StringBuilder<'_, 'a>, words: &[&str]) -> &'a str {
        words.iter().for_each(|word| text.push_str(word));
        text.finish()
    }

    let mut memory = buffer::<1024>();
    let mut arena = Arena::from_mem(&mut memory);
    arena.scope(|outer| {
        let words = collect(outer.vec_builder(), "to be or not");
        outer.scope(|inner| assert_eq!(join(inner.string_builder(), words), "tobeornot"));
        outer.scope(|inner| inner.alloc([0xff_u8; 300])[0]);
        assert_eq!(words, ["to", "be", "or", "not"]);
    });
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn destructors_that_unwind() {
    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    for unwinds in 1..=6 {
        let dropped = Cell::new(0);
        let mut builder = arena.vec_builder();
        builder.extend((0..6).map(|_| Counted(&dropped, unwinds)));
        let unwound = catch_unwind(AssertUnwindSafe(|| builder.truncate(3)));
        assert_eq!(unwound.is_err(), unwinds <= 3);
        assert_eq!((builder.len(), dropped.get()), (3, 3));
        let unwound = catch_unwind(AssertUnwindSafe(|| drop(builder)));
        assert_eq!(unwound.is_err(), unwinds > 3);
        assert_eq!(dropped.get(), 6);
        assert_eq!(arena.used_bytes(), 0);
    }
}

#[test]
fn sifting_unwinds() {
    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    // The predicate unwinds at one value, and the destructor of one of those that are refused.
    for (at, unwinds) in (0..10_u32).flat_map(|at| (0..=6).map(move |unwinds| (at, unwinds))) {
        let dropped = Cell::new(0);
        let mut builder = arena.vec_builder();
        builder.extend((0..9).map(|number| (number, Counted(&dropped, unwinds))));
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            builder.retain(|(number, _)| {
                if *number == at {
                    resume_unwind(Box::new(()));
                }
                number % 3 != 0
            });
        }));
        let refused = at.min(9).div_ceil(3);
        let ends_early = (1..=refused).contains(&unwinds);
        assert_eq!(unwound.is_err(), at < 9 || ends_early);
        let gone = if ends_early { unwinds } else { refused };
        assert_eq!(dropped.get(), gone);
        let expected = (0..9).filter(|number| number % 3 != 0 || *number >= gone * 3);
        assert!(builder.iter().map(|(number, _)| *number).eq(expected));
        let _ = catch_unwind(AssertUnwindSafe(|| drop(builder)));
        assert_eq!(dropped.get(), 9);
        assert_eq!(arena.used_bytes(), 0);
    }
}

#[test]
fn iterators_that_unwind_leave_what_is_there() {
    let mut memory = buffer::<1024>();
    let arena = Arena::from_mem(&mut memory);
    let dropped = Cell::new(0);
    let mut builder = arena.vec_builder();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        builder.extend((0..10).map(|number| {
            if number == 5 {
                resume_unwind(Box::new(()));
            }
            // Beside the vector, which has to move.
            arena.alloc([0xff_u8; 9]);
            Counted(&dropped, 0)
        }));
    }));
    assert!(unwound.is_err());
    assert_eq!((builder.len(), dropped.get()), (5, 0));
    drop(builder.finish_boxed());
    assert_eq!(dropped.get(), 5);
    let boxed = arena.alloc_slice_boxed((0..3).map(|_| Counted(&dropped, 0)));
    assert_eq!((boxed.len(), dropped.get()), (3, 5));
    drop(boxed);
    assert_eq!(dropped.get(), 8);
    mem::forget(arena.alloc_slice_boxed([Counted(&dropped, 0)]));
    let leaked = LeakBox::leak(arena.alloc_slice_boxed([Counted(&dropped, 0)]));
    assert_eq!((leaked.len(), dropped.get()), (1, 8));
}

#[test]
fn exhaustion_panics_and_leaves_what_is_there() {
    let mut memory = buffer::<256>();
    let arena = Arena::from_mem(&mut memory);
    let mut builder = arena.vec_builder();
    builder.push(7_u64);
    for attempt in 0..4 {
        let unwound = catch_unwind(AssertUnwindSafe(|| match attempt {
            0 => builder.extend(core::iter::repeat_n(1, 1000)),
            1 => builder.reserve(1000),
            2 => builder.extend_from_slice_copy(&[1; 1000]),
            _ => builder.insert(2, 1),
        }));
        assert!(unwound.is_err());
        assert_eq!(*builder, [7]);
    }
    assert!(builder.try_reserve(usize::MAX).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| builder.remove(1))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| builder.swap_remove(1))).is_err());
    let endless = core::iter::from_fn(|| Some(7));
    assert!(builder.try_extend(endless).is_err());
    assert!(builder.len() > 8 && builder.iter().all(|number| *number == 7));
    drop(builder);
    let mut text = arena.string_builder();
    assert!(catch_unwind(AssertUnwindSafe(|| text.reserve(1000))).is_err());
    text.push_str("ä");
    assert!(catch_unwind(AssertUnwindSafe(|| text.truncate(1))).is_err());
    text.truncate(9);
    assert_eq!(text.pop(), Some('ä'));
    assert_eq!((text.pop(), text.is_empty()), (None, true));
}

#[test]
fn values_without_bytes() {
    let mut memory = buffer::<256>();
    let arena = Arena::from_mem(&mut memory);
    let mut builder = arena.vec_builder();
    builder.extend([(); 1000]);
    builder.insert(500, ());
    builder.remove(1000);
    assert_eq!((builder.pop(), builder.len()), (Some(()), 999));
    assert!(builder.try_reserve(usize::MAX).is_err());
    if cfg!(not(miri)) {
        let most = 1 << if usize::BITS > 16 { 20 } else { 15 };
        // Twice as much would be more than a vector takes.
        builder.reserve(most / 3 * 2);
        assert!(builder.try_extend(core::iter::repeat(())).is_err());
        assert_eq!((builder.len(), builder.capacity()), (most, most));
    }
    assert!(builder.finish().len() >= 999);
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn pages() {
    #[repr(align(4096))]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Page(u8);

    let bump = Bump::<[Page; 30]>::uninit();
    let arena = bump.arena_ref();
    arena.alloc(1_u8);
    let mut builder = arena.vec_builder();
    for number in 0..8 {
        builder.push(Page(number));
        assert_eq!((&raw const *builder).addr() % 4096, 0);
    }
    builder.insert(0, Page(9));
    assert_eq!(builder.remove(1), Page(0));
    assert_eq!(builder.finish()[0], Page(9));
}
