//! `LeakBox`: what it is at compile time, that it drops once, and what it may become.

extern crate alloc;

use alloc::rc::Rc;
use core::any::Any;
use core::cell::Cell;
use core::fmt::Debug;
use core::future::ready;
use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use core::task::{Context, Poll, Waker};
use std::panic::{catch_unwind, resume_unwind};

use bump_core::{LeakBox, leak_box_unsize};
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
    let mut place = MaybeUninit::uninit();
    with(LeakBox::write(LeakBox::from(&mut place), Counted(&count)));
    count.get()
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
    let mut place = MaybeUninit::uninit();
    let text = LeakBox::write(LeakBox::from(&mut place), String::from("text"));
    let mut any = leak_box_unsize!(text, dyn Any);
    assert!(any.downcast_ref::<u8>().is_none());
    let text = any.downcast_mut::<String>().expect("a string");
    text.push('s');
    assert_eq!(text, "texts");

    let mut place = MaybeUninit::uninit();
    let array = LeakBox::write(LeakBox::from(&mut place), [1, 2, 3]);
    let slice = leak_box_unsize!(array, [i32]);
    assert_eq!(slice.iter().sum::<i32>(), 6);
}

#[test]
fn a_value_may_live_longer_than_its_box() {
    let text = String::from("long");
    let mut place = MaybeUninit::uninit();
    {
        let long = LeakBox::write(LeakBox::from(&mut place), text.as_str());
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
    let mut place = MaybeUninit::uninit();
    let boxed = LeakBox::write(LeakBox::from(&mut place), Nothing);
    assert_eq!(DROPS.get(), 0);
    drop(boxed);
    assert_eq!(DROPS.get(), 1);
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
