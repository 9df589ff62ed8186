//! The vector builder by the traits of the standard library: as a slice, as what an iterator's values
//! are added to, as a writer of bytes.

use core::fmt;
use core::ops::{Deref, DerefMut};
use core::slice;

use super::VecBuilder;
use crate::error::infallible;
use crate::rewind::Rewind;

impl<T, A: Rewind + ?Sized> Deref for VecBuilder<'_, '_, T, A> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.values.as_slice()
    }
}

impl<T, A: Rewind + ?Sized> DerefMut for VecBuilder<'_, '_, T, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.values.as_mut_slice()
    }
}

/// Panics if there is no memory; [`try_extend`](VecBuilder::try_extend) does not.
impl<T, A: Rewind + ?Sized> Extend<T> for VecBuilder<'_, '_, T, A> {
    #[inline]
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        infallible(self.append(values));
    }
}

/// Panics if there is no memory; [`try_extend`](VecBuilder::try_extend) does not.
impl<'val, T: Copy + 'val, A: Rewind + ?Sized> Extend<&'val T> for VecBuilder<'_, '_, T, A> {
    #[inline]
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'val T>>(&mut self, values: I) {
        infallible(self.append(values.into_iter().copied()));
    }
}

impl<T, A: Rewind + ?Sized> AsRef<[T]> for VecBuilder<'_, '_, T, A> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<'val, T, A: Rewind + ?Sized> IntoIterator for &'val VecBuilder<'_, '_, T, A> {
    type Item = &'val T;
    type IntoIter = slice::Iter<'val, T>;

    fn into_iter(self) -> slice::Iter<'val, T> {
        self.iter()
    }
}

impl<'val, T, A: Rewind + ?Sized> IntoIterator for &'val mut VecBuilder<'_, '_, T, A> {
    type Item = &'val mut T;
    type IntoIter = slice::IterMut<'val, T>;

    fn into_iter(self) -> slice::IterMut<'val, T> {
        self.iter_mut()
    }
}

/// Fails if there is no memory for all of the bytes.
#[cfg(feature = "std")]
impl<A: Rewind + ?Sized> std::io::Write for VecBuilder<'_, '_, u8, A> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.try_extend_from_slice_copy(bytes)
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::OutOfMemory, error))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<T: fmt::Debug, A: Rewind + ?Sized> fmt::Debug for VecBuilder<'_, '_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
