//! The values of an arena of one type, which does not name the type.
//!
//! ```text
//!   first ─────────────────────────► last
//!   ┌──────┬───┬───┬───┬───┐         ┌──────┬───┬───┬──────────────
//!   │ head │ T │ T │ T │ T │         │ head │ T │ T │ free
//!   └──────┴───┴───┴───┴───┘         └──────┴───┴───┴──────────────
//! ```
//!
//! Values lie in *runs*, one behind the other. A value that comes to lie right behind the last run
//! belongs to it; any other one starts a run of its own, whose head is in the arena, too. If nothing
//! else is allocated there, that is one run for each chunk.

use core::cell::Cell;
use core::iter;
use core::mem;
use core::ptr::NonNull;

use crate::chunks::Chunks;
use crate::values::Place;

/// The values of an arena, which it drops. Without their type, so that the compiler judges by a field
/// of the arena what must live when they are dropped, and not by this destructor, of which it knows
/// less.
pub(crate) struct Runs {
    first: Cell<Option<NonNull<Run>>>,
    last: Cell<Option<NonNull<Run>>>,
    /// Drops the values of a run; `None` if their type has no destructor.
    drop: Option<unsafe fn(&Run)>,
}

/// The head of a run.
pub(crate) struct Run {
    /// Values that nobody else drops. May access the whole chunk.
    values: NonNull<u8>,
    /// The address of their end; of values without bytes, as if each had one.
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

    /// Takes all runs out.
    pub(crate) fn take_all(&self) -> impl Iterator<Item = &Run> {
        let all = self.all();
        self.first.set(None);
        self.last.set(None);
        all
    }

    /// Drops all values.
    pub(crate) fn drop_all(&self) {
        /// Goes on when a destructor unwinds.
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
        // A value without bytes may be anywhere.
        size_of::<T>() == 0 || self.end.get() == place.addr().get()
    }

    /// Adds a value at the end.
    ///
    /// # Safety
    ///
    /// It is of the type of the others, at a place where the run ends, and nobody else drops it.
    #[inline]
    pub(crate) unsafe fn add<T>(&self) {
        self.end.set(self.end.get() + stride::<T>());
    }

    /// The run behind it.
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

/// By how much each value of a run moves its end.
const fn stride<T>() -> usize {
    if size_of::<T>() == 0 {
        1
    } else {
        size_of::<T>()
    }
}

/// Drops the values of a run, also the others if one of them unwinds.
///
/// # Safety
///
/// They are of this type, and are not used any more.
unsafe fn drop_values<T>(run: &Run) {
    // SAFETY: the caller's promise.
    unsafe { run.all_values::<T>().drop_in_place() };
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.drop_all();
    }
}
