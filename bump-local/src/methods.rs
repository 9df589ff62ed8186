//! The methods by which programs put values into an arena, a scope, a guard or a reference to any
//! of them, written once: a macro, because they differ in nothing but how long the result lasts, and
//! programs call them without importing a trait. The names are those of `bumpalo`.

/// Writes the methods, inside an `impl` block.
///
/// - `['r] [&'r self] -> 'x` are the generics and the receiver of each method, and how long what is
///   allocated lasts: as long as the borrow, or as long as the scope;
/// - `lock` is the borrow that must last while something grows;
/// - `region` is the expression for the [`Rewind`](crate::Rewind) of type `A`;
/// - `before` and `after` frame the examples, in which `arena` has room for 4000 bytes.
macro_rules! value_methods {
    (
        [$($r:lifetime)?] [$($receiver:tt)*] -> $x:lifetime,
        lock: $lock:lifetime,
        region: $region:expr, $A:ty,
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
        /// The closure may use the arena, too. If it unwinds, the place of the value is given back.
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

        /// Makes a value in the arena, or fails and gives its place back. Its destructor does not
        /// run.
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
        /// That of the closure.
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
        /// then dropped, and their memory is given back.
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
        /// That of the closure.
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

        /// Like [`alloc_slice_fill_copy`](Self::alloc_slice_fill_copy), without a panic of its own.
        ///
        /// ```
        #[doc = $before]
        /// assert_eq!(arena.try_alloc_slice_fill_copy(3, 7).unwrap(), [7, 7, 7]);
        #[doc = $after]
        /// ```
        ///
        /// # Errors
        ///
        /// If there is no memory. Values that were made are dropped.
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

        /// Collects an iterator.
        ///
        /// It may be longer or shorter than it claims, but what it claims to have at least must fit;
        /// one that never ends uses up the memory. Of values without bytes, which use up none, there
        /// is memory for no more than 2^20 (2^15 on machines of 16 bits), as in all slices whose
        /// values are made one by one. The iterator may use the arena itself.
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
        /// memory is given back.
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

        /// Takes a block of memory. A block of size 0 takes nothing. It is not rounded, so no
        /// interface of allocators takes it back.
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
pub(crate) use value_methods;
