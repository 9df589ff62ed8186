//! The methods for slices whose values are made one by one, by closures or iterators.

/// Writes them; see [`value_methods`](super::value_methods).
macro_rules! made_methods {
    (
        [$($r:lifetime)?] [$($receiver:tt)*] -> $x:lifetime,
        lock: $_lock:lifetime,
        region: $region:expr, $_A:ty,
        before: $before:literal, after: $after:literal $(,)?
    ) => {
        /// Collects an iterator and owns its values in the arena: their destructors run when the box
        /// is dropped.
        ///
        /// ```
        #[doc = $before]
        /// let mut words = arena.alloc_slice_boxed("to be".split(' ').map(String::from));
        /// words[0].push_str(" or not to");
        /// assert_eq!(*words, ["to or not to", "be"]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_boxed<$($r,)? T: $x, I: IntoIterator<Item = T>>(
            $($receiver)*,
            values: I,
        ) -> $crate::LeakBox<$x, [T]> {
            $crate::error::infallible($crate::values::alloc_slice_boxed($region, values))
        }

        /// Like [`alloc_slice_boxed`](Self::alloc_slice_boxed), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// let words = arena.try_alloc_slice_boxed("to be".split(' ').map(String::from)).unwrap();
        /// assert_eq!(*words, ["to", "be"]);
        /// assert!(arena.try_alloc_slice_boxed(core::iter::repeat(String::new())).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_boxed<$($r,)? T: $x, I: IntoIterator<Item = T>>(
            $($receiver)*,
            values: I,
        ) -> Result<$crate::LeakBox<$x, [T]>, $crate::AllocError> {
            $crate::values::alloc_slice_boxed($region, values)
        }

        /// Makes each value of a slice from its index.
        ///
        /// ```
        #[doc = $before]
        /// let squares = arena.alloc_slice_fill_with(4, |index| index * index);
        /// assert_eq!(squares, [0, 1, 4, 9]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_fill_with<$($r,)? T, F: FnMut(usize) -> T>(
            $($receiver)*,
            len: usize,
            make: F,
        ) -> &$x mut [T] {
            $crate::error::infallible($crate::values::alloc_slice_fill_with($region, len, make))
        }

        /// Like [`alloc_slice_fill_with`](Self::alloc_slice_fill_with), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// let squares = arena.try_alloc_slice_fill_with(4, |index| index * index).unwrap();
        /// assert_eq!(squares, [0, 1, 4, 9]);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_fill_with<$($r,)? T, F: FnMut(usize) -> T>(
            $($receiver)*,
            len: usize,
            make: F,
        ) -> Result<&$x mut [T], $crate::AllocError> {
            $crate::values::alloc_slice_fill_with($region, len, make)
        }

        /// Makes each value of a slice from its index, until that fails. Values that were made are
        /// then dropped, and their memory is given back, unless a block is in use behind it.
        ///
        /// ```
        #[doc = $before]
        /// let words = ["1", "2", "three"];
        /// assert!(arena.alloc_slice_try_fill_with(3, |index| words[index].parse::<u32>()).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        ///
        /// # Errors
        ///
        /// The error of the closure.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_try_fill_with<$($r,)? T, F: FnMut(usize) -> Result<T, E>, E>(
            $($receiver)*,
            len: usize,
            make: F,
        ) -> Result<&$x mut [T], E> {
            $crate::values::alloc_slice_try_fill_with($region, len, make)
                .map_err($crate::AllocOrInitError::into_init)
        }

        /// Like [`alloc_slice_try_fill_with`](Self::alloc_slice_try_fill_with), without a panic of
        /// its own.
        ///
        /// ```
        #[doc = $before]
        /// use bump_local::AllocOrInitError;
        ///
        /// let words = ["1", "2", "three"];
        /// let failed = arena.try_alloc_slice_try_fill_with(3, |index| words[index].parse::<u32>());
        /// assert!(matches!(failed, Err(AllocOrInitError::Init(_))));
        /// let refused = arena.try_alloc_slice_try_fill_with(5000, |_| "1".parse::<u32>());
        /// assert!(matches!(refused, Err(AllocOrInitError::Alloc(_))));
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory, or that of the closure. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_try_fill_with<$($r,)? T, F: FnMut(usize) -> Result<T, E>, E>(
            $($receiver)*,
            len: usize,
            make: F,
        ) -> Result<&$x mut [T], $crate::AllocOrInitError<E>> {
            $crate::values::alloc_slice_try_fill_with($region, len, make)
        }

        /// Collects an iterator.
        ///
        /// The iterator may be longer or shorter than its `size_hint` says, but there must be
        /// memory for the lower bound of that. An iterator that never ends uses up the memory.
        /// Values of size 0 use up none, so at most 2^20 of them (2^15 on machines of 16 bits) are
        /// taken, as in all slices whose values are made one by one. The iterator may use the arena
        /// itself.
        ///
        /// ```
        #[doc = $before]
        /// let even = arena.alloc_slice_fill_iter((0..10).filter(|number| number % 2 == 0));
        /// assert_eq!(even, [0, 2, 4, 6, 8]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_fill_iter<$($r,)? T, I: IntoIterator<Item = T>>(
            $($receiver)*,
            values: I,
        ) -> &$x mut [T] {
            $crate::error::infallible($crate::values::alloc_slice_fill_iter($region, values))
        }

        /// Like [`alloc_slice_fill_iter`](Self::alloc_slice_fill_iter), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_fill_iter(1..4).unwrap(), [1, 2, 3]);
        /// assert!(arena.try_alloc_slice_fill_iter(core::iter::repeat(0)).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_fill_iter<$($r,)? T, I: IntoIterator<Item = T>>(
            $($receiver)*,
            values: I,
        ) -> Result<&$x mut [T], $crate::AllocError> {
            $crate::values::alloc_slice_fill_iter($region, values)
        }

        /// Collects an iterator until it fails. Values that were made are then dropped, and their
        /// memory is given back, unless a block is in use behind it.
        ///
        /// ```
        #[doc = $before]
        /// let numbers = arena.alloc_slice_try_fill_iter(["1", "2"].map(str::parse::<u32>)).unwrap();
        /// assert_eq!(numbers, [1, 2]);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        ///
        /// # Errors
        ///
        /// The first of the iterator.
        #[inline]
        #[track_caller]
        pub fn alloc_slice_try_fill_iter<$($r,)? T, I: IntoIterator<Item = Result<T, E>>, E>(
            $($receiver)*,
            values: I,
        ) -> Result<&$x mut [T], E> {
            $crate::values::alloc_slice_try_fill_iter($region, values)
                .map_err($crate::AllocOrInitError::into_init)
        }

        /// Like [`alloc_slice_try_fill_iter`](Self::alloc_slice_try_fill_iter), without a panic of
        /// its own.
        ///
        /// ```
        #[doc = $before]
        /// use bump_local::AllocOrInitError;
        ///
        /// let failed = arena.try_alloc_slice_try_fill_iter(["1", "two"].map(str::parse::<u32>));
        /// assert!(matches!(failed, Err(AllocOrInitError::Init(_))));
        /// let refused = arena.try_alloc_slice_try_fill_iter(core::iter::repeat("1".parse::<u32>()));
        /// assert!(matches!(refused, Err(AllocOrInitError::Alloc(_))));
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory, or the first of the iterator. Values that were made are dropped.
        #[inline]
        pub fn try_alloc_slice_try_fill_iter<$($r,)? T, I: IntoIterator<Item = Result<T, E>>, E>(
            $($receiver)*,
            values: I,
        ) -> Result<&$x mut [T], $crate::AllocOrInitError<E>> {
            $crate::values::alloc_slice_try_fill_iter($region, values)
        }
    };
}
pub(crate) use made_methods;
