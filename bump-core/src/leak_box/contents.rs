//! Boxes of values of certain types: `dyn Any`, and slices and strings, which can be empty.

use core::any::Any;
use core::ptr::NonNull;

use super::LeakBox;

/// Writes the way back from `dyn Any`, with the markers beside it.
macro_rules! downcast {
    ($any:ty, $example:literal) => {
        impl<'region> LeakBox<'region, $any> {
            /// The value, if it is of type `T`.
            ///
            /// ```
            #[doc = include_str!("../example.txt")]
            /// use bump_core::{LeakBox, Values, leak_box_unsize};
            /// use core::any::Any;
            ///
            /// let region = Example::new(); // some type that is `RawBump`
            /// let number = region.try_leak_box(42_u32).unwrap();
            #[doc = $example]
            /// let any = any.downcast::<u64>().unwrap_err();
            /// let number: LeakBox<'_, u32> = any.downcast().unwrap();
            /// assert_eq!(*number, 42);
            /// ```
            ///
            /// # Errors
            ///
            /// The box, if it is of another type.
            #[inline]
            pub fn downcast<T: Any>(self) -> Result<LeakBox<'region, T>, Self> {
                if self.is::<T>() {
                    // SAFETY: the same pointer, without metadata, and the value is a `T`.
                    Ok(unsafe { Self::coerce_with(self, |pointer| pointer.cast()) })
                } else {
                    Err(self)
                }
            }
        }
    };
}

downcast!(
    dyn Any,
    "let any: LeakBox<'_, dyn Any> = leak_box_unsize!(number, dyn Any);"
);
downcast!(
    dyn Any + Send,
    "let any: LeakBox<'_, dyn Any + Send> = leak_box_unsize!(number, dyn Any + Send);"
);
downcast!(
    dyn Any + Send + Sync,
    "let any: LeakBox<'_, dyn Any + Send + Sync> = leak_box_unsize!(number, dyn Any + Send + Sync);"
);

/// A slice of no values, which needs no region.
impl<T> Default for LeakBox<'_, [T]> {
    fn default() -> Self {
        let empty = NonNull::<[T; 0]>::dangling().as_ptr();
        // SAFETY: a value without bytes may be at any aligned address, and nobody else has this one. It
        // takes no memory.
        unsafe { LeakBox::from_raw(empty) }
    }
}

/// An empty string, which needs no region.
impl Default for LeakBox<'_, str> {
    fn default() -> Self {
        // SAFETY: the same pointer and length, and no bytes are a string.
        unsafe { LeakBox::coerce_with(LeakBox::<[u8]>::default(), |bytes| bytes as *mut str) }
    }
}
