//! The methods for vectors and strings that grow, and for formatting.

/// Writes them; see [`value_methods`](super::value_methods).
macro_rules! growing_methods {
    (
        [$($r:lifetime)?] [$($receiver:tt)*] -> $x:lifetime,
        lock: $lock:lifetime,
        region: $region:expr, $A:ty,
        before: $before:literal, after: $after:literal $(,)?
    ) => {
        /// Formats into the arena.
        ///
        /// ```
        #[doc = $before]
        /// let text = arena.alloc_fmt(format_args!("{} + {}", 1, 2));
        /// assert_eq!(text, "1 + 2");
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory, or an implementation of a formatting trait fails.
        #[track_caller]
        pub fn alloc_fmt<$($r)?>($($receiver)*, arguments: core::fmt::Arguments<'_>) -> &$x mut str {
            $crate::text::alloc_fmt($region, arguments)
                .map_err($crate::AllocOrInitError::into_init)
                .expect("a value that is formatted returned an error of its own")
        }

        /// Like [`alloc_fmt`](Self::alloc_fmt), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// let text = arena.try_alloc_fmt(format_args!("{} + {}", 1, 2)).unwrap();
        /// assert_eq!(text, "1 + 2");
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory, or that of an implementation of a formatting trait.
        pub fn try_alloc_fmt<$($r)?>(
            $($receiver)*,
            arguments: core::fmt::Arguments<'_>,
        ) -> Result<&$x mut str, $crate::AllocOrInitError<core::fmt::Error>> {
            $crate::text::alloc_fmt($region, arguments)
        }

        /// Starts a string that is written piece by piece.
        ///
        /// ```
        #[doc = $before]
        /// use core::fmt::Write as _;
        ///
        /// let mut builder = arena.string_builder();
        /// builder.push_str("answer: ");
        /// write!(builder, "{}", 42).unwrap();
        /// assert_eq!(builder.finish(), "answer: 42");
        #[doc = $after]
        /// ```
        #[inline]
        pub fn string_builder<$($r)?>($($receiver)*) -> $crate::StringBuilder<$lock, $x, $A> {
            $crate::StringBuilder::new($region)
        }

        /// Starts a string that has room for `capacity` bytes.
        ///
        /// ```
        #[doc = $before]
        /// let mut builder = arena.string_builder_with_capacity(100);
        /// builder.push_str("answer");
        /// assert_eq!(builder.capacity(), 100);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[track_caller]
        pub fn string_builder_with_capacity<$($r)?>(
            $($receiver)*,
            capacity: usize,
        ) -> $crate::StringBuilder<$lock, $x, $A> {
            $crate::error::infallible($crate::StringBuilder::with_capacity($region, capacity))
        }

        /// Like [`string_builder_with_capacity`](Self::string_builder_with_capacity), without a
        /// panic.
        ///
        /// ```
        #[doc = $before]
        /// assert!(arena.try_string_builder_with_capacity(100).is_ok());
        /// assert!(arena.try_string_builder_with_capacity(5000).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        pub fn try_string_builder_with_capacity<$($r)?>(
            $($receiver)*,
            capacity: usize,
        ) -> Result<$crate::StringBuilder<$lock, $x, $A>, $crate::AllocError> {
            $crate::StringBuilder::with_capacity($region, capacity)
        }

        /// Starts a vector that grows value by value.
        ///
        /// ```
        #[doc = $before]
        /// let mut builder = arena.vec_builder();
        /// builder.push(1);
        /// builder.extend([2, 3]);
        /// assert_eq!(builder.finish(), [1, 2, 3]);
        #[doc = $after]
        /// ```
        #[inline]
        pub fn vec_builder<$($r,)? T>($($receiver)*) -> $crate::VecBuilder<$lock, $x, T, $A> {
            $crate::VecBuilder::new($region)
        }

        /// Starts a vector that has room for `capacity` values.
        ///
        /// ```
        #[doc = $before]
        /// let mut builder = arena.vec_builder_with_capacity(3);
        /// builder.push(1);
        /// assert_eq!((builder.len(), builder.capacity()), (1, 3));
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[track_caller]
        pub fn vec_builder_with_capacity<$($r,)? T>(
            $($receiver)*,
            capacity: usize,
        ) -> $crate::VecBuilder<$lock, $x, T, $A> {
            $crate::error::infallible($crate::VecBuilder::with_capacity($region, capacity))
        }

        /// Like [`vec_builder_with_capacity`](Self::vec_builder_with_capacity), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// assert!(arena.try_vec_builder_with_capacity::<u64>(3).is_ok());
        /// assert!(arena.try_vec_builder_with_capacity::<u64>(5000).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        pub fn try_vec_builder_with_capacity<$($r,)? T>(
            $($receiver)*,
            capacity: usize,
        ) -> Result<$crate::VecBuilder<$lock, $x, T, $A>, $crate::AllocError> {
            $crate::VecBuilder::with_capacity($region, capacity)
        }
    };
}
pub(crate) use growing_methods;
