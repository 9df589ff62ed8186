//! The iterator over the values of a `TypedArena`, from run to run (`runs`).

use core::fmt;
use core::iter::FusedIterator;
use core::slice;

#[cfg(doc)]
use super::TypedArena;
use crate::runs::{Run, Runs};

/// The iterator over all values of a [`TypedArena`], made by [`iter_mut`](TypedArena::iter_mut).
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
/// let mut numbers = bump_local::TypedArena::from_mem(&mut buffer);
/// numbers.alloc_extend(1..=3);
/// let values: bump_local::TypedIterMut<'_, i32> = numbers.iter_mut();
/// assert_eq!(values.len(), 3);
/// ```
pub struct TypedIterMut<'a, T> {
    values: slice::IterMut<'a, T>,
    /// The first run that was not reached. Its values, and those of all runs behind it, are
    /// borrowed uniquely.
    next: Option<&'a Run>,
    left: usize,
}

impl<'a, T> TypedIterMut<'a, T> {
    /// The iterator over the values of some runs.
    ///
    /// # Safety
    ///
    /// The values are of type `T`, and nobody else uses them for `'a`.
    pub(super) unsafe fn new(runs: &'a Runs) -> Self {
        TypedIterMut {
            values: [].iter_mut(),
            next: runs.all().next(),
            left: runs.len::<T>(),
        }
    }
}

// SAFETY: it is a unique reference to values, and the heads change only through the arena, which is
// borrowed.
unsafe impl<T: Send> Send for TypedIterMut<'_, T> {}
// SAFETY: a shared reference to it gives access to no value.
unsafe impl<T: Sync> Sync for TypedIterMut<'_, T> {}

impl<'a, T> Iterator for TypedIterMut<'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        loop {
            if let Some(val) = self.values.next() {
                self.left -= 1;
                return Some(val);
            }
            let run = self.next?;
            self.next = run.next();
            let mut values = run.all_values();
            // SAFETY: the values of the run, which nobody else uses during `'a`.
            self.values = unsafe { values.as_mut() }.iter_mut();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for TypedIterMut<'_, T> {}
impl<T> FusedIterator for TypedIterMut<'_, T> {}

impl<T> fmt::Debug for TypedIterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedIterMut")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
