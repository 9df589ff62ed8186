//! The guard: a scope that ends when a value is dropped.

use core::fmt;

use crate::chunks::Chunks;
use crate::methods::value_methods;
use crate::rewind::{Checkpoint, Rewind, impl_raw_alloc};
use crate::scope::{Scope, open};

/// A scope for code that cannot use closures: dropping the guard frees everything that was
/// allocated through it.
///
/// The values borrow the guard. If a guard is leaked, its values are freed only with those of the
/// arena or the scope around it.
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
/// for line in ["one", "two"] {
///     let guard = arena.guard();
///     let copy = guard.alloc_str(line);
///     copy.make_ascii_uppercase();
/// }
/// assert_eq!(arena.used_bytes(), 0);
/// ```
///
/// References cannot outlive the guard:
///
/// ```compile_fail,E0505
/// # let mut arena = bump_local::Arena::new();
/// let guard = arena.guard();
/// let number = guard.alloc(1);
/// drop(guard);
/// *number += 1;
/// ```
///
/// ... nor can anything be allocated around it:
///
/// ```compile_fail,E0502
/// # let mut arena = bump_local::Arena::new();
/// let guard = arena.guard();
/// arena.alloc(1);
/// drop(guard);
/// ```
#[must_use = "the scope ends where the guard is dropped"]
pub struct ScopeGuard<'outer, A: Rewind + ?Sized = Chunks> {
    /// The region, which nobody else uses for `'outer`.
    pub(crate) region: &'outer A,
    checkpoint: Checkpoint,
}

impl<'outer, A: Rewind + ?Sized> ScopeGuard<'outer, A> {
    /// A guard in a region, of which the caller has unique use for `'outer`.
    pub(crate) fn new(region: &'outer A) -> Self {
        ScopeGuard {
            region,
            checkpoint: region.checkpoint(),
        }
    }

    /// Frees what was allocated through the guard, which stays open.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut guard = arena.guard();
    /// for line in ["one", "two"] {
    ///     assert_eq!(guard.alloc_str(line).len(), 3);
    ///     guard.reset();
    /// }
    /// ```
    pub fn reset(&mut self) {
        // SAFETY: only the guard uses the region, and blocks that were allocated through it
        // borrowed it. Older blocks lie before the checkpoint.
        unsafe { self.region.rewind(self.checkpoint) };
    }

    /// Opens a scope inside this one, which is locked meanwhile; see [`Scope`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut guard = arena.guard();
    /// let length = guard.scope(|scope| scope.alloc_str("temporary").len());
    /// assert_eq!(length, 9);
    /// ```
    pub fn scope<'inner, R>(
        &mut self,
        f: impl for<'s> FnOnce(&mut Scope<'s, 'inner, A>) -> R,
    ) -> R {
        open(self.region, f)
    }

    /// Opens a scope inside this one that ends with the new guard.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut outer = arena.guard();
    /// let inner = outer.guard();
    /// assert_eq!(inner.alloc_str("freed first").len(), 11);
    /// ```
    pub fn guard(&mut self) -> ScopeGuard<'_, A> {
        ScopeGuard::new(self.region)
    }

    value_methods! {
        ['r] [&'r self] -> 'r,
        lock: 'r,
        region: self.region, A,
        before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 4096];\n# let mut arena = bump_local::Arena::from_mem(&mut buffer);\n# let arena = arena.guard();",
        after: "",
    }
}

impl<const MIN_ALIGN: usize> ScopeGuard<'_, Chunks<MIN_ALIGN>> {
    /// Opens a scope for temporaries, beside this one, in which results can be allocated meanwhile;
    /// see [`Arena::scratch`](crate::Arena::scratch).
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let guard = arena.guard();
    /// let first = guard.scratch(|temporaries| {
    ///     let words = temporaries.alloc_slice_fill_iter("to be".split(' '));
    ///     words.sort();
    ///     guard.alloc_str(words[0])
    /// });
    /// assert_eq!(first, "be");
    /// ```
    pub fn scratch<'env, R>(
        &self,
        f: impl for<'s> FnOnce(&mut Scope<'s, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        self.region.scratch(|chunks| open(chunks, f))
    }
}

impl_raw_alloc!(impl[A: Rewind + ?Sized] for ScopeGuard<'_, A>, self => self.region);

impl<A: Rewind + ?Sized> Drop for ScopeGuard<'_, A> {
    fn drop(&mut self) {
        self.reset();
    }
}

impl<A: Rewind + ?Sized> fmt::Debug for ScopeGuard<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeGuard").finish_non_exhaustive()
    }
}
