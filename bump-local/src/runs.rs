//! The list of the values of a `TypedArena`, in a type that does not name theirs.
//!
//! ```text
//!   first ─────────────────────────► last
//!   ┌──────┬───┬───┬───┬───┐         ┌──────┬───┬───┬──────────────
//!   │ head │ T │ T │ T │ T │         │ head │ T │ T │ free
//!   └──────┴───┴───┴───┴───┘         └──────┴───┴───┴──────────────
//! ```
//!
//! Values lie in *runs*, one behind the other. A value that comes to lie right behind the last run
//! belongs to it; any other one starts a run of its own, whose head is in the arena, too. If
//! nothing else is allocated there, each chunk has one run.

use core::cell::Cell;
use core::iter;
use core::mem;
use core::ptr::NonNull;

use crate::chunks::Chunks;
use crate::values::Place;

/// The values of an arena, which it drops. It has no parameter for their type: with one, the
/// compiler would treat this destructor as a use of everything that the values borrow. Instead it
/// judges by a field of the arena (`values`), which asks only for what the destructors of the
/// values can use.
pub(crate) struct Runs {
    first: Cell<Option<NonNull<Run>>>,
    last: Cell<Option<NonNull<Run>>>,
    /// Drops the values of a run; `None` if their type has no destructor.
    drop: Option<unsafe fn(&Run)>,
}

/// The head of a run.
pub(crate) struct Run {
    /// The first value. The pointer may access the whole chunk, and nobody else drops the values.
    values: NonNull<u8>,
    /// The address where the values end. Values of size 0 count as if they had one byte.
    end: Cell<usize>,
    next: Cell<Option<NonNull<Run>>>,
}

impl Runs {
    /// No values, of type `T`.
    pub(crate) const fn new<T>() -> Self {
        Runs {
            first: Cell::new(None),
            last: Cell::new(None),
            drop: if mem::needs_drop::<T>() {
                Some(drop_values::<T>)
            } else {
                None
            },
        }
    }

    /// All runs.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Run> {
        // SAFETY: as in `Run::next`.
        let first = self.first.get().map(|head| unsafe { head.as_ref() });
        iter::successors(first, |run| run.next())
    }

    /// The number of values, of their type.
    pub(crate) fn len<T>(&self) -> usize {
        self.all().map(Run::len::<T>).sum()
    }

    /// The last run.
    #[inline]
    pub(crate) fn last(&self) -> Option<&Run> {
        // SAFETY: as in `Run::next`.
        self.last.get().map(|head| unsafe { head.as_ref() })
    }

    /// Adds a run.
    ///
    /// # Safety
    ///
    /// The values are of the type for which this was made, by a pointer that may access the whole
    /// chunk. Nobody else drops them, and they last until this is dropped.
    pub(crate) unsafe fn push<T>(&self, head: Place<'_, Run, Chunks>, values: NonNull<[T]>) {
        let start = values.cast::<u8>();
        let head = NonNull::from(head.write(Run {
            values: start,
            end: Cell::new(start.addr().get() + values.len() * stride::<T>()),
            next: Cell::new(None),
        }));
        match self.last() {
            Some(last) => last.next.set(Some(head)),
            None => self.first.set(Some(head)),
        }
        self.last.set(Some(head));
    }

    /// Removes all runs, and returns them.
    pub(crate) fn take_all(&self) -> impl Iterator<Item = &Run> {
        let all = self.all();
        self.first.set(None);
        self.last.set(None);
        all
    }

    /// Drops all values.
    pub(crate) fn drop_all(&self) {
        /// If a destructor unwinds, the rest are still dropped.
        struct Rest<'a, R: Iterator<Item = &'a Run>>(R, unsafe fn(&Run));

        impl<'a, R: Iterator<Item = &'a Run>> Rest<'a, R> {
            fn run(&mut self) {
                for run in self.0.by_ref() {
                    // SAFETY: values of the function's type, which are in no list any more.
                    unsafe { self.1(run) };
                }
            }
        }

        impl<'a, R: Iterator<Item = &'a Run>> Drop for Rest<'a, R> {
            fn drop(&mut self) {
                self.run();
            }
        }

        let all = self.take_all();
        if let Some(drop) = self.drop {
            Rest(all, drop).run();
        }
    }
}

impl Run {
    /// Whether a value at this place belongs to the run.
    #[inline]
    pub(crate) fn ends_at<T>(&self, place: NonNull<T>) -> bool {
        // A value of size 0 may be anywhere.
        size_of::<T>() == 0 || self.end.get() == place.addr().get()
    }

    /// Adds a value at the end.
    ///
    /// # Safety
    ///
    /// A value of the type of the others was written where the run ends, and nobody else drops it.
    #[inline]
    pub(crate) unsafe fn add<T>(&self) {
        self.end.set(self.end.get() + stride::<T>());
    }

    /// The next run.
    pub(crate) fn next(&self) -> Option<&Run> {
        // SAFETY: a head lives as long as the arena, and is only accessed as shared.
        self.next.get().map(|head| unsafe { head.as_ref() })
    }

    /// The number of values, of their type.
    pub(crate) fn len<T>(&self) -> usize {
        (self.end.get() - self.values.addr().get()) / stride::<T>()
    }

    /// The values, of their type.
    pub(crate) fn all_values<T>(&self) -> NonNull<[T]> {
        NonNull::slice_from_raw_parts(self.values.cast(), self.len::<T>())
    }
}

/// The bytes by which each value moves the end of its run.
const fn stride<T>() -> usize {
    if size_of::<T>() == 0 {
        1
    } else {
        size_of::<T>()
    }
}

/// Drops the values of a run: all of them, even if a destructor unwinds.
///
/// # Safety
///
/// The values are of type `T`, and are not used any more.
unsafe fn drop_values<T>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { run.all_values::<T>().drop_in_place() };
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.drop_all();
    }
}
