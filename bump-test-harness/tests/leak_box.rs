//! `LeakBox`: what it is at compile time, that it drops once, and what it may become.

extern crate alloc;

use alloc::rc::Rc;
use core::any::Any;
use core::cell::Cell;
use core::cmp::Ordering;
use core::error::Error;
use core::fmt::{Debug, Write};
use core::future::ready;
use core::hash::{Hash, Hasher};
use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use core::task::{Context, Poll, Waker};
use std::hash::DefaultHasher;
use std::panic::{catch_unwind, resume_unwind};

use bump_core::{LeakBox, leak_box_unsize};
use bump_local::Bump;
use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any};

assert_impl_all!(LeakBox<'static, Cell<u8>>: Send, Unpin);
assert_not_impl_any!(LeakBox<'static, Cell<u8>>: Sync);
assert_impl_all!(LeakBox<'static, dyn Debug + Send + Sync>: Send, Sync);
assert_not_impl_any!(LeakBox<'static, Rc<u8>>: Send, Sync, Clone);
assert_not_impl_any!(LeakBox<'static, dyn Debug>: Send, Sync);
assert_impl_all!(LeakBox<'static, core::marker::PhantomPinned>: Unpin);
// A null pointer is no box.
assert_eq_size!(Option<LeakBox<'static, u8>>, *mut u8);
assert_eq_size!(Option<LeakBox<'static, dyn Debug>>, *mut dyn Debug);

/// Covariant in both parameters, as references and `Box` are.
fn shorter<'short, 'long: 'short>(
    boxed: LeakBox<'long, &'long str>,
    _: &'short str,
) -> LeakBox<'short, &'short str> {
    boxed
}

/// Counts how often it is dropped. It borrows the count, so that nothing is lost if it never is.
#[derive(Debug)]
struct Counted<'count>(&'count Cell<i32>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Runs `with` with a box, and tells how often its value was dropped.
fn drops(with: impl FnOnce(LeakBox<'_, Counted<'_>>)) -> i32 {
    let count = Cell::new(0);
    let region: Bump<[usize; 2]> = Bump::uninit();
    with(region.leak_box(Counted(&count)).expect("there is room"));
    count.get()
}

#[test]
fn any_is_what_it_was() {
    let region: Bump<[usize; 16]> = Bump::uninit();
    let count = Rc::new(());
    let boxed = region.leak_box(Rc::clone(&count)).unwrap();
    let any = leak_box_unsize!(boxed, dyn Any);
    let any = any.downcast::<u8>().expect_err("it is a counter");
    assert_eq!(Rc::strong_count(&count), 2);
    let boxed = any.downcast::<Rc<()>>().expect("it is a counter");
    assert!(Rc::ptr_eq(&boxed, &count));
    drop(boxed);
    assert_eq!(Rc::strong_count(&count), 1);
    let any = leak_box_unsize!(region.leak_box(7_u8).unwrap(), dyn Any + Send);
    assert!(any.downcast::<u8>().is_ok_and(|byte| *byte == 7));
    let any = leak_box_unsize!(region.leak_box(7_u8).unwrap(), dyn Any + Send + Sync);
    assert!(any.downcast::<i8>().is_err());
}

#[test]
fn empty_by_default() {
    #[repr(align(4096))]
    struct Page;

    let (pages, text) = (LeakBox::<[Page]>::default(), LeakBox::<str>::default());
    assert!(pages.is_empty() && text.is_empty());
    assert_eq!(pages.as_ptr().addr() % 4096, 0);
}

#[test]
fn the_value_is_dropped_once() {
    assert_eq!(drops(|boxed| drop(boxed)), 1);
    assert_eq!(drops(|boxed| drop(LeakBox::take(boxed))), 1);
    assert_eq!(drops(|boxed| drop(leak_box_unsize!(boxed, dyn Debug))), 1);
    let unwound = |boxed: LeakBox<'_, Counted<'_>>| {
        let unwind = catch_unwind(AssertUnwindSafe(|| {
            let _boxed = boxed;
            resume_unwind(Box::new(()));
        }));
        assert!(unwind.is_err());
    };
    assert_eq!(drops(unwound), 1);
    let replaced = |mut boxed: LeakBox<'_, Counted<'_>>| {
        let count = boxed.0;
        *boxed = Counted(count);
        assert_eq!(count.get(), 1);
        drop(mem::replace(&mut *boxed, Counted(count)));
    };
    assert_eq!(drops(replaced), 3);
}

#[test]
fn a_value_that_is_given_up_is_not_dropped() {
    let into_raw = |boxed: LeakBox<'_, Counted<'_>>| assert!(!LeakBox::into_raw(boxed).is_null());
    assert_eq!(drops(into_raw), 0);
    assert_eq!(drops(|boxed| mem::forget(boxed)), 0);
    let leak = |boxed: LeakBox<'_, Counted<'_>>| assert_eq!(LeakBox::leak(boxed).0.get(), 0);
    assert_eq!(drops(leak), 0);
    // A coercion that does not come back.
    let unwound = |boxed: LeakBox<'_, Counted<'_>>| {
        let unwind = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the closure does not return, so it returns its argument whenever it does.
            drop(unsafe {
                LeakBox::coerce_with(boxed, |_| -> *mut u8 { resume_unwind(Box::new(())) })
            });
        }));
        assert!(unwind.is_err());
    };
    assert_eq!(drops(unwound), 0);
}

#[test]
fn a_box_of_a_trait_has_its_value() {
    let region: Bump<[usize; 8]> = Bump::uninit();
    let text = region
        .leak_box(String::from("text"))
        .expect("there is room");
    let mut any = leak_box_unsize!(text, dyn Any);
    assert!(any.downcast_ref::<u8>().is_none());
    let text = any.downcast_mut::<String>().expect("a string");
    text.push('s');
    assert_eq!(text, "texts");

    let array = region.leak_box([1, 2, 3]).expect("there is room");
    let slice = leak_box_unsize!(array, [i32]);
    assert_eq!(slice.iter().sum::<i32>(), 6);
}

#[test]
fn a_value_may_live_longer_than_its_box() {
    let text = String::from("long");
    let region: Bump<[usize; 2]> = Bump::uninit();
    {
        let long = region.leak_box(text.as_str()).expect("there is room");
        let here = String::from("short");
        let mut boxed = shorter(long, &here);
        *boxed = &here;
        assert_eq!(*boxed, "short");
    }
    assert_eq!(text, "long");
}

#[test]
fn values_without_bytes_are_owned_too() {
    thread_local! {
        static DROPS: Cell<i32> = const { Cell::new(0) };
    }
    #[repr(align(4096))]
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            assert_eq!(core::ptr::from_ref(self).addr() % 4096, 0);
            DROPS.set(DROPS.get() + 1);
        }
    }
    let region: Bump<[u8; 0]> = Bump::uninit();
    let boxed = region.leak_box(Nothing).expect("it needs no room");
    assert_eq!(DROPS.get(), 0);
    drop(boxed);
    assert_eq!(DROPS.get(), 1);
}

#[test]
fn what_is_borrowed_for_ever_is_owned() {
    /// A reference for ever, and what frees its memory for Miri.
    fn leaked<T>(value: T) -> (&'static mut T, *mut T) {
        let memory = Box::into_raw(Box::new(value));
        // SAFETY: valid until it is freed, which is when nobody needs it any more.
        (unsafe { &mut *memory }, memory)
    }

    let (number, first) = leaked(41);
    let mut boxed = LeakBox::from_mut(number);
    *boxed += 1;
    assert_eq!(*boxed, 42);

    let (places, second) = leaked([MaybeUninit::new(1), MaybeUninit::uninit()]);
    let mut places = LeakBox::from(&mut places[..]);
    places[1].write(2);
    // SAFETY: both are initialised.
    assert_eq!(*unsafe { LeakBox::assume_init_slice(places) }, [1, 2]);

    drop(boxed);
    // SAFETY: from a box, and not used any more.
    drop(unsafe { Box::from_raw(first) });
    // SAFETY: as above.
    drop(unsafe { Box::from_raw(second) });
}

/// Moves a value into memory for it alone, and calls `with` with its box.
fn boxed<T, R>(value: T, with: impl FnOnce(LeakBox<'_, T>) -> R) -> R {
    let region: Bump<T> = Bump::uninit();
    with(region.leak_box(value).expect("there is room"))
}

/// Notes which of its methods are called, or answers what no default would.
#[derive(Debug, Default)]
struct Notes(Vec<&'static str>);

macro_rules! note_hasher {
    ($($write:ident: $number:ty),*) => {
        impl Hasher for Notes {
            fn finish(&self) -> u64 {
                self.0.len() as u64
            }

            fn write(&mut self, _: &[u8]) {
                self.0.push("write");
            }

            $(fn $write(&mut self, _: $number) {
                self.0.push(stringify!($write));
            })*
        }

        #[test]
        fn a_box_hashes_as_its_value_does() {
            let notes = boxed(Notes::default(), |mut hasher| {
                hasher.write(&[1]);
                $(hasher.$write(1);)*
                assert_eq!(hasher.finish(), hasher.0.len() as u64);
                LeakBox::take(hasher)
            });
            assert_eq!(notes.0, ["write", $(stringify!($write)),*]);

            let mut inside = DefaultHasher::new();
            (1_u8, "text", 7_usize).hash(&mut inside);
            boxed(DefaultHasher::new(), |mut hasher| {
                // As a generic function would, to which the box is the hasher.
                <(u8, &str, usize) as Hash>::hash(&(1, "text", 7), &mut hasher);
                assert_eq!(hasher.finish(), inside.finish());
            });
        }
    };
}

note_hasher!(
    write_u8: u8, write_u16: u16, write_u32: u32, write_u64: u64, write_u128: u128,
    write_usize: usize, write_i8: i8, write_i16: i16, write_i32: i32, write_i64: i64,
    write_i128: i128, write_isize: isize
);

#[test]
fn an_iterator_is_asked_itself() {
    struct Known;
    impl Iterator for Known {
        type Item = u32;
        fn next(&mut self) -> Option<u32> {
            Some(1)
        }
        fn nth(&mut self, n: usize) -> Option<u32> {
            u32::try_from(n).ok()
        }
        // Of no use to `len`, whose default would panic.
        fn size_hint(&self) -> (usize, Option<usize>) {
            (2, None)
        }
    }
    impl DoubleEndedIterator for Known {
        fn next_back(&mut self) -> Option<u32> {
            Some(3)
        }
        fn nth_back(&mut self, n: usize) -> Option<u32> {
            u32::try_from(n + 100).ok()
        }
    }
    impl ExactSizeIterator for Known {
        fn len(&self) -> usize {
            4
        }
    }
    boxed(Known, |mut iter| {
        assert_eq!((iter.next(), iter.next_back()), (Some(1), Some(3)));
        assert_eq!((iter.nth(5), iter.nth_back(5)), (Some(5), Some(105)));
        assert_eq!(Iterator::size_hint(&iter), (2, None));
        assert_eq!(ExactSizeIterator::len(&iter), 4);
    });
}

#[test]
fn comparisons_are_those_of_the_value() {
    /// Each operator has an answer of its own, none of which follows from another's.
    struct Odd;
    #[expect(clippy::partialeq_ne_impl, reason = "to see whether it is called")]
    impl PartialEq for Odd {
        fn eq(&self, _: &Odd) -> bool {
            true
        }
        fn ne(&self, _: &Odd) -> bool {
            true
        }
    }
    impl PartialOrd for Odd {
        fn partial_cmp(&self, _: &Odd) -> Option<Ordering> {
            None
        }
        fn lt(&self, _: &Odd) -> bool {
            true
        }
        fn le(&self, _: &Odd) -> bool {
            true
        }
        fn gt(&self, _: &Odd) -> bool {
            true
        }
        fn ge(&self, _: &Odd) -> bool {
            true
        }
    }
    boxed(Odd, |one| {
        boxed(Odd, |other| {
            assert!(one == other && one != other);
            assert!(one < other && one <= other && one > other && one >= other);
            assert_eq!(one.partial_cmp(&other), None);
        });
    });
}

#[test]
#[expect(deprecated, reason = "errors that implement them still exist")]
fn an_error_tells_its_own_cause() {
    #[derive(Debug)]
    struct Old(core::fmt::Error);
    impl core::fmt::Display for Old {
        fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            Ok(())
        }
    }
    impl Error for Old {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
        fn description(&self) -> &str {
            "old"
        }
        fn cause(&self) -> Option<&dyn Error> {
            None
        }
    }
    boxed(Old(core::fmt::Error), |error| {
        assert!(Error::source(&error).is_some());
        assert_eq!(Error::description(&error), "old");
        assert!(Error::cause(&error).is_none());
    });
}

impl Write for Notes {
    fn write_str(&mut self, _: &str) -> core::fmt::Result {
        self.0.push("write_str");
        Ok(())
    }
    fn write_char(&mut self, _: char) -> core::fmt::Result {
        self.0.push("write_char");
        Ok(())
    }
    fn write_fmt(&mut self, _: core::fmt::Arguments<'_>) -> core::fmt::Result {
        self.0.push("write_fmt");
        Ok(())
    }
}

#[test]
fn a_writer_is_asked_itself() {
    fn write(mut to: impl Write) -> core::fmt::Result {
        to.write_str("text")?;
        to.write_char('c')?;
        write!(to, "{}", 1)
    }
    boxed(Notes::default(), |mut writer| {
        write(&mut writer).expect("it only notes");
        assert_eq!(writer.0, ["write_str", "write_char", "write_fmt"]);
    });
}

#[test]
fn a_pinned_box_of_static_memory_can_be_polled() {
    let memory = Box::into_raw(Box::new(MaybeUninit::uninit()));
    // SAFETY: valid until it is freed, which is when nobody needs it any more.
    let place: &'static mut _ = unsafe { &mut *memory };
    let future = LeakBox::write(LeakBox::from(place), async { ready(1_u8).await });
    let mut pinned = LeakBox::into_pin(future);
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(pinned.as_mut().poll(&mut context), Poll::Ready(1));
    drop(pinned);
    // SAFETY: from a box, and not used any more.
    drop(unsafe { Box::from_raw(memory) });
}
