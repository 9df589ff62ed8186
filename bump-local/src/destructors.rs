//! The destructors that a closure scope owes: a list through the scope's own memory.
//!
//! The head of the list is in the frame of the function that opened the scope, where no program can
//! forget it.

use core::cell::Cell;
use core::fmt;
use core::mem;
use core::panic::RefUnwindSafe;
use core::ptr::{self, NonNull};

use bump_core::LeakBox;

use crate::error::OnExhaustion;
use crate::rewind::Rewind;
use crate::values::{self, Place};

/// The head of a list of values to drop, the last one first.
///
/// Dropping it drops them all; the values must be valid until then.
#[derive(Default)]
pub(crate) struct Destructors {
    last: Cell<Option<NonNull<Link>>>,
}

// Whenever code runs that may unwind, each value is either in the list or not: there is no state
// between.
impl RefUnwindSafe for Destructors {}

/// The head in front of each value.
struct Link {
    previous: Option<NonNull<Link>>,
    /// Drops the value behind the link.
    run: unsafe fn(NonNull<Link>),
}

/// A value with its link.
#[repr(C)]
struct Linked<T> {
    /// The first field, so that a pointer to the link is a pointer to the whole.
    link: Link,
    val: T,
}

impl Destructors {
    /// Moves a value into the region, where it is dropped when `self` is.
    ///
    /// # Safety
    ///
    /// The block of the value is not freed until `self` is dropped, which may be never. Everything
    /// that the value borrows lasts until then.
    #[inline]
    #[track_caller]
    pub(crate) unsafe fn alloc<'r, E: OnExhaustion, T, A: Rewind + ?Sized>(
        &self,
        region: &'r A,
        val: T,
    ) -> Result<&'r mut T, E> {
        if !mem::needs_drop::<T>() {
            return values::put(region, val);
        }
        // Take the place first, so that the value with its link is made there, and not on the
        // stack.
        let place = Place::take(region)?;
        Ok(self.add(place, val))
    }

    /// Makes a value in the region, where it is dropped when `self` is.
    ///
    /// # Safety
    ///
    /// As for [`alloc`](Self::alloc).
    #[inline]
    #[track_caller]
    pub(crate) unsafe fn alloc_with<'r, E: OnExhaustion, T, A: Rewind + ?Sized>(
        &self,
        region: &'r A,
        make: impl FnOnce() -> T,
    ) -> Result<&'r mut T, E> {
        if !mem::needs_drop::<T>() {
            return Ok(Place::take(region)?.write(make()));
        }
        let place = Place::take(region)?;
        Ok(self.add(place, make()))
    }

    /// Collects an iterator in the region, where the values are dropped when `self` is.
    ///
    /// # Safety
    ///
    /// As for [`alloc`](Self::alloc).
    #[inline]
    #[track_caller]
    pub(crate) unsafe fn alloc_slice<'r, E: OnExhaustion, T: 'r, A: Rewind + ?Sized>(
        &self,
        region: &'r A,
        values: impl IntoIterator<Item = T>,
    ) -> Result<&'r mut [T], E> {
        if !mem::needs_drop::<T>() {
            return values::alloc_slice_boxed(region, values).map(LeakBox::leak);
        }
        // Take the place first, so that nothing can fail once the values are made.
        let place = Place::take(region)?;
        let values = values::alloc_slice_boxed(region, values)?;
        Ok(&mut **self.add(place, values))
    }

    /// Writes a value to its place, and adds it to the list.
    fn add<'r, T, A: Rewind + ?Sized>(&self, place: Place<'r, Linked<T>, A>, val: T) -> &'r mut T {
        let link = Link {
            previous: self.last.get(),
            run: run::<T>,
        };
        let linked = NonNull::from(place.write(Linked { link, val }));
        // Only now: before, there was no value to drop.
        self.last.set(Some(linked.cast()));
        // SAFETY: a field of a value that was just initialised. Until the destructor runs, only the
        // other field, the link, is accessed.
        unsafe { &mut (*linked.as_ptr()).val }
    }

    /// Drops the values, including those that a destructor adds meanwhile.
    fn run(&self) {
        /// If a destructor unwinds, the rest are still dropped.
        struct Rest<'a>(&'a Destructors);

        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                self.0.run();
            }
        }

        while let Some(last) = self.last.get() {
            // SAFETY: a link in the list is valid (`alloc`).
            let Link { previous, run } = unsafe { last.read() };
            self.last.set(previous);
            let rest = Rest(self);
            // SAFETY: the function belongs to this link, and is called once, since the link was
            // taken out of the list.
            unsafe { run(last) };
            mem::forget(rest);
        }
    }
}

/// Drops the value behind a link.
///
/// # Safety
///
/// The link is that of a valid `Linked<T>` whose value is not used any more.
unsafe fn run<T>(link: NonNull<Link>) {
    let linked = link.cast::<Linked<T>>();
    // SAFETY: a field of a valid value; the pointer is from a reference to all of it.
    let val = unsafe { &raw mut (*linked.as_ptr()).val };
    // SAFETY: the caller's promise.
    unsafe { ptr::drop_in_place(val) };
}

impl Drop for Destructors {
    fn drop(&mut self) {
        self.run();
    }
}

impl fmt::Debug for Destructors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Destructors")
    }
}
