//! The methods for single values and blocks.

/// Writes them; see [`value_methods`](super::value_methods).
macro_rules! single_methods {
    (
        [$($r:lifetime)?] [$($receiver:tt)*] -> $x:lifetime,
        lock: $_lock:lifetime,
        region: $region:expr, $_A:ty,
        before: $before:literal, after: $after:literal $(,)?
    ) => {
        /// Moves a value into the arena. Its destructor does not run.
        ///
        /// ```
        #[doc = $before]
        /// let number = arena.alloc(41);
        /// *number += 1;
        /// assert_eq!(*number, 42);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc<$($r,)? T>($($receiver)*, val: T) -> &$x mut T {
            $crate::error::infallible($crate::values::alloc($region, val))
        }

        /// Like [`alloc`](Self::alloc), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc(42), Ok(&mut 42));
        /// assert!(arena.try_alloc([0_u8; 5000]).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc<$($r,)? T>($($receiver)*, val: T) -> Result<&$x mut T, $crate::AllocError> {
            $crate::values::alloc($region, val)
        }

        /// Makes a value in the arena. Its destructor does not run.
        ///
        /// The closure may use the arena, too. If it unwinds, the place of the value is given back,
        /// unless a block that the closure took is in use behind it.
        ///
        /// ```
        #[doc = $before]
        /// let pair = arena.alloc_with(|| (1, "one"));
        /// assert_eq!(pair.0, 1);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_with<$($r,)? F: FnOnce() -> T, T>($($receiver)*, make: F) -> &$x mut T {
            $crate::error::infallible($crate::values::alloc_with($region, make))
        }

        /// Like [`alloc_with`](Self::alloc_with), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// let large = arena.try_alloc_with(|| [0_u8; 5000]);
        /// assert!(large.is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. The closure is not called then.
        #[inline]
        pub fn try_alloc_with<$($r,)? F: FnOnce() -> T, T>(
            $($receiver)*,
            make: F,
        ) -> Result<&$x mut T, $crate::AllocError> {
            $crate::values::alloc_with($region, make)
        }

        /// Makes a value in the arena. If the closure fails, the place of the value is given back, as
        /// in [`alloc_with`](Self::alloc_with). Its destructor does not run.
        ///
        /// ```
        #[doc = $before]
        /// let number = arena.alloc_try_with(|| "42".parse::<u32>()).unwrap();
        /// assert_eq!(*number, 42);
        /// assert!(arena.alloc_try_with(|| "forty-two".parse::<u32>()).is_err());
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
        pub fn alloc_try_with<$($r,)? F: FnOnce() -> Result<T, E>, T, E>(
            $($receiver)*,
            make: F,
        ) -> Result<&$x mut T, E> {
            $crate::values::alloc_try_with($region, make).map_err($crate::AllocOrInitError::into_init)
        }

        /// Like [`alloc_try_with`](Self::alloc_try_with), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// use bump_local::AllocOrInitError;
        ///
        /// let result = arena.try_alloc_try_with(|| "forty-two".parse::<u32>());
        /// assert!(matches!(result, Err(AllocOrInitError::Init(_))));
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory, or that of the closure.
        #[inline]
        pub fn try_alloc_try_with<$($r,)? F: FnOnce() -> Result<T, E>, T, E>(
            $($receiver)*,
            make: F,
        ) -> Result<&$x mut T, $crate::AllocOrInitError<E>> {
            $crate::values::alloc_try_with($region, make)
        }

        /// Moves a value into the arena and owns it there: its destructor runs when the box is
        /// dropped.
        ///
        /// ```
        #[doc = $before]
        /// let mut greeting = arena.alloc_boxed(String::from("Hello"));
        /// greeting.push_str(" world!");
        /// assert_eq!(*greeting, "Hello world!");
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_boxed<$($r,)? T: $x>($($receiver)*, val: T) -> $crate::LeakBox<$x, T> {
            $crate::error::infallible($crate::values::alloc_boxed($region, val))
        }

        /// Like [`alloc_boxed`](Self::alloc_boxed), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// let boxed = arena.try_alloc_boxed(String::from("dropped in time")).unwrap();
        /// assert_eq!(boxed.len(), 15);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_boxed<$($r,)? T: $x>(
            $($receiver)*,
            val: T,
        ) -> Result<$crate::LeakBox<$x, T>, $crate::AllocError> {
            $crate::values::alloc_boxed($region, val)
        }

        /// Takes a place for a value, not initialised.
        ///
        /// ```
        #[doc = $before]
        /// let number: &mut u32 = arena.alloc_uninit().write(42);
        /// assert_eq!(*number, 42);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_uninit<$($r,)? T>($($receiver)*) -> &$x mut core::mem::MaybeUninit<T> {
            $crate::error::infallible($crate::values::alloc_uninit($region))
        }

        /// Like [`alloc_uninit`](Self::alloc_uninit), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// let place = arena.try_alloc_uninit().unwrap();
        /// assert_eq!(*place.write(42), 42);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_uninit<$($r,)? T>(
            $($receiver)*,
        ) -> Result<&$x mut core::mem::MaybeUninit<T>, $crate::AllocError> {
            $crate::values::alloc_uninit($region)
        }

        /// Takes a place for a value, all of whose bytes are zero.
        ///
        /// ```
        #[doc = $before]
        /// let number = arena.alloc_zeroed::<u32>();
        /// // SAFETY: zero is a valid number.
        /// assert_eq!(unsafe { number.assume_init() }, 0);
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_zeroed<$($r,)? T>($($receiver)*) -> &$x mut core::mem::MaybeUninit<T> {
            $crate::error::infallible($crate::values::alloc_zeroed($region))
        }

        /// Like [`alloc_zeroed`](Self::alloc_zeroed), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// let number = arena.try_alloc_zeroed::<u32>().unwrap();
        /// // SAFETY: zero is a valid number.
        /// assert_eq!(unsafe { number.assume_init() }, 0);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_zeroed<$($r,)? T>(
            $($receiver)*,
        ) -> Result<&$x mut core::mem::MaybeUninit<T>, $crate::AllocError> {
            $crate::values::alloc_zeroed($region)
        }

        /// Takes a block of memory; a block of size 0 takes none. The size is not rounded, so the
        /// block must not be given back through an interface of allocators.
        ///
        /// ```
        #[doc = $before]
        /// use core::alloc::Layout;
        ///
        /// let block = arena.alloc_layout(Layout::new::<u64>());
        /// assert!(block.cast::<u64>().is_aligned());
        #[doc = $after]
        /// ```
        ///
        /// # Panics
        ///
        /// If there is no memory.
        #[inline]
        #[track_caller]
        pub fn alloc_layout<$($r)?>(
            $($receiver)*,
            layout: core::alloc::Layout,
        ) -> core::ptr::NonNull<u8> {
            $crate::error::infallible($crate::values::alloc_layout($region, layout))
        }

        /// Like [`alloc_layout`](Self::alloc_layout), without a panic.
        ///
        /// ```
        #[doc = $before]
        /// use core::alloc::Layout;
        ///
        /// assert!(arena.try_alloc_layout(Layout::new::<u64>()).is_ok());
        /// assert!(arena.try_alloc_layout(Layout::new::<[u8; 5000]>()).is_err());
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory.
        #[inline]
        pub fn try_alloc_layout<$($r)?>(
            $($receiver)*,
            layout: core::alloc::Layout,
        ) -> Result<core::ptr::NonNull<u8>, $crate::AllocError> {
            $crate::values::alloc_layout($region, layout)
        }
    };
}
pub(crate) use single_methods;
