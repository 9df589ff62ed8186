//! The methods for slices and strings that are copies, clones, or filled with one value.

/// Writes them; see [`value_methods`](super::value_methods).
macro_rules! slice_methods {
    (
        [$($r:lifetime)?] [$($receiver:tt)*] -> $x:lifetime,
        lock: $_lock:lifetime,
        region: $region:expr, $_A:ty,
        before: $before:literal, after: $after:literal $(,)?
    ) => {
        /// Copies a slice into the arena.
        ///
        /// ```
        #[doc = $before]
        /// let copy = arena.alloc_slice_copy(&[1, 2, 3]);
        /// copy[0] = 10;
        /// assert_eq!(copy, [10, 2, 3]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_copy<$($r,)? T: Copy>($($receiver)*, values: &[T]) -> &$x mut [T] {
            $crate::error::infallible($crate::values::alloc_slice_copy($region, values))
        }

        /// Like [`alloc_slice_copy`](Self::alloc_slice_copy), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_copy(&[1, 2, 3]).unwrap(), [1, 2, 3]);
        /// assert!(arena.try_alloc_slice_copy(&[0_u8; 5000]).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_slice_copy<$($r,)? T: Copy>(
            $($receiver)*,
            values: &[T],
        ) -> Result<&$x mut [T], $crate::AllocError> {
            $crate::values::alloc_slice_copy($region, values)
        }

        /// Copies a string into the arena.
        ///
        /// ```
        #[doc = $before]
        /// let copy = arena.alloc_str("bump");
        /// copy.make_ascii_uppercase();
        /// assert_eq!(copy, "BUMP");
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_str<$($r)?>($($receiver)*, text: &str) -> &$x mut str {
            $crate::error::infallible($crate::values::alloc_str($region, text))
        }

        /// Like [`alloc_str`](Self::alloc_str), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_str("bump").unwrap(), "bump");
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_str<$($r)?>(
            $($receiver)*,
            text: &str,
        ) -> Result<&$x mut str, $crate::AllocError> {
            $crate::values::alloc_str($region, text)
        }

        /// Copies a C string into the arena, with the zero at its end.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.alloc_cstr(c"bump"), c"bump");
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_cstr<$($r)?>($($receiver)*, text: &core::ffi::CStr) -> &$x core::ffi::CStr {
            $crate::error::infallible($crate::values::alloc_cstr($region, text))
        }

        /// Like [`alloc_cstr`](Self::alloc_cstr), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_cstr(c"bump").unwrap().to_bytes_with_nul().len(), 5);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_cstr<$($r)?>(
            $($receiver)*,
            text: &core::ffi::CStr,
        ) -> Result<&$x core::ffi::CStr, $crate::AllocError> {
            $crate::values::alloc_cstr($region, text)
        }

        /// Takes places for `len` values, not initialised.
        ///
        /// ```
        #[doc = $before]
        /// let places = arena.alloc_slice_uninit::<u32>(3);
        /// assert_eq!(places.len(), 3);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_uninit<$($r,)? T>(
            $($receiver)*,
            len: usize,
        ) -> &$x mut [core::mem::MaybeUninit<T>] {
            $crate::error::infallible($crate::values::alloc_slice_uninit($region, len))
        }

        /// Like [`alloc_slice_uninit`](Self::alloc_slice_uninit), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_uninit::<u32>(3).unwrap().len(), 3);
        /// assert!(arena.try_alloc_slice_uninit::<u32>(usize::MAX).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_slice_uninit<$($r,)? T>(
            $($receiver)*,
            len: usize,
        ) -> Result<&$x mut [core::mem::MaybeUninit<T>], $crate::AllocError> {
            $crate::values::alloc_slice_uninit($region, len)
        }

        /// Takes places for `len` values, all of whose bytes are zero.
        ///
        /// ```
        #[doc = $before]
        /// let bytes = arena.alloc_slice_zeroed::<u8>(3);
        /// // SAFETY: zero is a valid byte.
        /// assert_eq!(unsafe { bytes[2].assume_init() }, 0);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_zeroed<$($r,)? T>(
            $($receiver)*,
            len: usize,
        ) -> &$x mut [core::mem::MaybeUninit<T>] {
            $crate::error::infallible($crate::values::alloc_slice_zeroed($region, len))
        }

        /// Like [`alloc_slice_zeroed`](Self::alloc_slice_zeroed), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// let bytes = arena.try_alloc_slice_zeroed::<u8>(3).unwrap();
        /// // SAFETY: zero is a valid byte.
        /// assert_eq!(unsafe { bytes[2].assume_init() }, 0);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_slice_zeroed<$($r,)? T>(
            $($receiver)*,
            len: usize,
        ) -> Result<&$x mut [core::mem::MaybeUninit<T>], $crate::AllocError> {
            $crate::values::alloc_slice_zeroed($region, len)
        }

        /// Fills a slice with copies of a value.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.alloc_slice_fill_copy(3, 7), [7, 7, 7]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_fill_copy<$($r,)? T: Copy>(
            $($receiver)*,
            len: usize,
            val: T,
        ) -> &$x mut [T] {
            $crate::error::infallible($crate::values::alloc_slice_fill_copy($region, len, val))
        }

        /// Like [`alloc_slice_fill_copy`](Self::alloc_slice_fill_copy), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_fill_copy(3, 7).unwrap(), [7, 7, 7]);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_slice_fill_copy<$($r,)? T: Copy>(
            $($receiver)*,
            len: usize,
            val: T,
        ) -> Result<&$x mut [T], $crate::AllocError> {
            $crate::values::alloc_slice_fill_copy($region, len, val)
        }

        /// Fills a slice with clones of a value.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.alloc_slice_fill_clone(2, &"ab"), ["ab", "ab"]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_fill_clone<$($r,)? T: Clone>(
            $($receiver)*,
            len: usize,
            val: &T,
        ) -> &$x mut [T] {
            $crate::error::infallible(
                $crate::values::alloc_slice_fill_with($region, len, |_| val.clone()),
            )
        }

        /// Like [`alloc_slice_fill_clone`](Self::alloc_slice_fill_clone), without a panic of its
        /// own.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_fill_clone(2, &"ab").unwrap(), ["ab", "ab"]);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_fill_clone<$($r,)? T: Clone>(
            $($receiver)*,
            len: usize,
            val: &T,
        ) -> Result<&$x mut [T], $crate::AllocError> {
            $crate::values::alloc_slice_fill_with($region, len, |_| val.clone())
        }

        /// Fills a slice with default values.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.alloc_slice_fill_default::<u32>(3), [0, 0, 0]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_fill_default<$($r,)? T: Default>($($receiver)*, len: usize) -> &$x mut [T] {
            $crate::error::infallible(
                $crate::values::alloc_slice_fill_with($region, len, |_| T::default()),
            )
        }

        /// Like [`alloc_slice_fill_default`](Self::alloc_slice_fill_default), without a panic of
        /// its own.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_fill_default::<u32>(3).unwrap(), [0, 0, 0]);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_fill_default<$($r,)? T: Default>(
            $($receiver)*,
            len: usize,
        ) -> Result<&$x mut [T], $crate::AllocError> {
            $crate::values::alloc_slice_fill_with($region, len, |_| T::default())
        }

        /// Clones a slice into the arena.
        ///
        /// ```
        #[doc = $before]
        /// let copy = arena.alloc_slice_clone(&["a", "b"]);
        /// assert_eq!(copy, ["a", "b"]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_clone<$($r,)? T: Clone>($($receiver)*, values: &[T]) -> &$x mut [T] {
            $crate::error::infallible(
                $crate::values::alloc_slice_fill_iter($region, values.iter().cloned()),
            )
        }

        /// Like [`alloc_slice_clone`](Self::alloc_slice_clone), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_clone(&["a", "b"]).unwrap(), ["a", "b"]);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_clone<$($r,)? T: Clone>(
            $($receiver)*,
            values: &[T],
        ) -> Result<&$x mut [T], $crate::AllocError> {
            $crate::values::alloc_slice_fill_iter($region, values.iter().cloned())
        }
    };
}
pub(crate) use slice_methods;
