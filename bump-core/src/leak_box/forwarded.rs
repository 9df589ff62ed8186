//! The traits that a [`LeakBox`] has because its value has them: those of `Box`, and `fmt::Write`.
//!
//! Every method that a value may implement in its own way is forwarded, also if the trait has a
//! default. Methods that take the value itself, such as [`Iterator::last`], cannot be: the value
//! may be unsized.

use core::borrow::{Borrow, BorrowMut};
use core::cmp::Ordering;
use core::future::Future;
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::{error, fmt};

use super::LeakBox;

impl<T: ?Sized> AsRef<T> for LeakBox<'_, T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> AsMut<T> for LeakBox<'_, T> {
    fn as_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for LeakBox<'_, T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized> BorrowMut<T> for LeakBox<'_, T> {
    fn borrow_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for LeakBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display + ?Sized> fmt::Display for LeakBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> fmt::Pointer for LeakBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.pointer, f)
    }
}

impl<T: error::Error + ?Sized> error::Error for LeakBox<'_, T> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        (**self).source()
    }

    #[expect(deprecated, reason = "an error may tell it in no other way")]
    fn description(&self) -> &str {
        (**self).description()
    }

    #[expect(deprecated, reason = "an error may tell it in no other way")]
    fn cause(&self) -> Option<&dyn error::Error> {
        (**self).cause()
    }
}

impl<T: fmt::Write + ?Sized> fmt::Write for LeakBox<'_, T> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        (**self).write_str(text)
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        (**self).write_char(char)
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        (**self).write_fmt(arguments)
    }
}

impl<T: Hash + ?Sized> Hash for LeakBox<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

// A hasher need not treat a number as it treats the bytes of it, so each method is forwarded.
impl<T: Hasher + ?Sized> Hasher for LeakBox<'_, T> {
    fn finish(&self) -> u64 {
        (**self).finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        (**self).write(bytes);
    }

    fn write_u8(&mut self, number: u8) {
        (**self).write_u8(number);
    }

    fn write_u16(&mut self, number: u16) {
        (**self).write_u16(number);
    }

    fn write_u32(&mut self, number: u32) {
        (**self).write_u32(number);
    }

    fn write_u64(&mut self, number: u64) {
        (**self).write_u64(number);
    }

    fn write_u128(&mut self, number: u128) {
        (**self).write_u128(number);
    }

    fn write_usize(&mut self, number: usize) {
        (**self).write_usize(number);
    }

    fn write_i8(&mut self, number: i8) {
        (**self).write_i8(number);
    }

    fn write_i16(&mut self, number: i16) {
        (**self).write_i16(number);
    }

    fn write_i32(&mut self, number: i32) {
        (**self).write_i32(number);
    }

    fn write_i64(&mut self, number: i64) {
        (**self).write_i64(number);
    }

    fn write_i128(&mut self, number: i128) {
        (**self).write_i128(number);
    }

    fn write_isize(&mut self, number: isize) {
        (**self).write_isize(number);
    }
}

impl<'other, T, U> PartialEq<LeakBox<'other, U>> for LeakBox<'_, T>
where
    T: PartialEq<U> + ?Sized,
    U: ?Sized,
{
    fn eq(&self, other: &LeakBox<'other, U>) -> bool {
        **self == **other
    }

    #[expect(
        clippy::partialeq_ne_impl,
        reason = "the value may have one of its own"
    )]
    fn ne(&self, other: &LeakBox<'other, U>) -> bool {
        **self != **other
    }
}

impl<T: Eq + ?Sized> Eq for LeakBox<'_, T> {}

impl<'other, T, U> PartialOrd<LeakBox<'other, U>> for LeakBox<'_, T>
where
    T: PartialOrd<U> + ?Sized,
    U: ?Sized,
{
    fn partial_cmp(&self, other: &LeakBox<'other, U>) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }

    fn lt(&self, other: &LeakBox<'other, U>) -> bool {
        **self < **other
    }

    fn le(&self, other: &LeakBox<'other, U>) -> bool {
        **self <= **other
    }

    fn gt(&self, other: &LeakBox<'other, U>) -> bool {
        **self > **other
    }

    fn ge(&self, other: &LeakBox<'other, U>) -> bool {
        **self >= **other
    }
}

impl<T: Ord + ?Sized> Ord for LeakBox<'_, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<I: Iterator + ?Sized> Iterator for LeakBox<'_, I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        (**self).next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (**self).size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<I::Item> {
        (**self).nth(n)
    }
}

impl<I: DoubleEndedIterator + ?Sized> DoubleEndedIterator for LeakBox<'_, I> {
    fn next_back(&mut self) -> Option<I::Item> {
        (**self).next_back()
    }

    fn nth_back(&mut self, n: usize) -> Option<I::Item> {
        (**self).nth_back(n)
    }
}

impl<I: ExactSizeIterator + ?Sized> ExactSizeIterator for LeakBox<'_, I> {
    fn len(&self) -> usize {
        (**self).len()
    }
}

impl<I: FusedIterator + ?Sized> FusedIterator for LeakBox<'_, I> {}

impl<F: Future + Unpin + ?Sized> Future for LeakBox<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut **self).poll(context)
    }
}
