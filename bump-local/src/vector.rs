//! Vectors that grow in a region: the vector builder. Its memory is that of a slice in the making
//! (`partial`); its traits are in `traits`.

mod traits;

use core::convert::Infallible;

use bump_core::LeakBox;

use crate::chunks::Chunks;
use crate::error::{AllocError, AllocOrInitError, OnExhaustion, infallible};
use crate::partial::{Lock, Partial};
use crate::rewind::Rewind;

/// A vector that grows in a region, in place as long as nothing else is allocated there.
///
/// It is read and written as a slice. It locks the arena or scope that it was made from: no scope
/// can be opened there while it grows, but other values can be allocated. [`finish`](Self::finish)
/// makes its values a slice that lasts for `'r`, and gives back the memory behind them. If the vector
/// is dropped unfinished, its values are dropped and all its memory is given back. Neither gives back
/// memory behind which something else was allocated.
///
/// ```
/// use bump_local::Arena;
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let arena = Arena::from_mem(&mut buffer);
/// let mut primes = arena.vec_builder();
/// for number in 2..30_u8 {
///     if primes.iter().all(|prime| number % prime != 0) {
///         primes.push(number);
///     }
/// }
/// let primes: &mut [u8] = primes.finish();
/// assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
/// assert_eq!(arena.used_bytes(), 10);
/// ```
///
/// In a scope, only values that still grow lock it:
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
/// arena.scope(|outer| {
///     let mut words = outer.vec_builder();
///     words.extend("not to be".split(' '));
///     let words = words.finish();
///     outer.scope(|inner| inner.alloc_slice_copy(words).sort());
///     assert_eq!(words, ["not", "to", "be"]);
/// });
/// ```
///
/// ```compile_fail,E0502
/// # let mut arena = bump_local::Arena::new();
/// arena.scope(|outer| {
///     let mut words = outer.vec_builder();
///     outer.scope(|_| words.push("freed too early"));
/// });
/// ```
///
/// With the feature `std`, a vector of bytes is `io::Write`.
///
/// Values of size 0 use up no memory; a vector takes as many of them as [other
/// slices](crate::Arena::alloc_slice_fill_iter).
#[must_use = "a vector that is not finished is dropped"]
pub struct VecBuilder<'lock, 'r, T, A: Rewind + ?Sized = Chunks> {
    values: Partial<'r, T, A>,
    _lock: Lock<'lock>,
}

impl<'r, T, A: Rewind + ?Sized> VecBuilder<'_, 'r, T, A> {
    /// An empty vector. The caller ties `'lock` to the borrow that must last while the vector
    /// grows.
    pub(crate) fn new(region: &'r A) -> Self {
        VecBuilder {
            values: Partial::new(region),
            _lock: Lock::new(),
        }
    }

    /// An empty vector with room for `capacity` values.
    #[track_caller]
    pub(crate) fn with_capacity<E: OnExhaustion>(
        region: &'r A,
        capacity: usize,
    ) -> Result<Self, E> {
        Ok(VecBuilder {
            values: Partial::with_capacity(region, capacity)?,
            _lock: Lock::new(),
        })
    }

    /// Appends a value.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.push(1);
    /// assert_eq!(builder.finish(), [1]);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory for it.
    #[inline]
    #[track_caller]
    pub fn push(&mut self, val: T) {
        infallible(self.values.push(val));
    }

    /// Like [`push`](Self::push), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// while builder.try_push(1_u64).is_ok() {}
    /// assert!(builder.len() >= 20);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory for it. Then the value is dropped, and the builder is as it was. This
    /// cannot happen for values that a [`try_reserve`](Self::try_reserve) has made room for.
    #[inline]
    pub fn try_push(&mut self, val: T) -> Result<(), AllocError> {
        self.values.push(val)
    }

    /// Appends the values of an iterator; the fallible form of [`Extend`].
    ///
    /// The iterator may be longer or shorter than its `size_hint` says, but there must be memory
    /// for the lower bound of that.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// assert!(builder.try_extend(1..4).is_ok());
    /// assert!(builder.try_extend(0..1000).is_err());
    /// assert_eq!(builder.finish(), [1, 2, 3]);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. The values that came before are in the vector.
    #[inline]
    pub fn try_extend<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<(), AllocError> {
        self.append(values)
    }

    #[inline]
    #[track_caller]
    fn append<E: OnExhaustion>(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), E> {
        let values = values.into_iter();
        let (least, _) = values.size_hint();
        // For values of size 0 a wrong hint costs nothing, so no room is asked for.
        if size_of::<T>() > 0 {
            self.values.reserve(least)?;
        }
        self.values
            .push_all(values.map(Ok::<_, Infallible>))
            .map_err(AllocOrInitError::into_alloc)
    }

    /// Appends copies of all the values, in one step.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.extend_from_slice_copy(b"to be ");
    /// builder.extend_from_slice_copy(b"or not");
    /// assert_eq!(builder.finish(), b"to be or not");
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory for all of them.
    #[inline]
    #[track_caller]
    pub fn extend_from_slice_copy(&mut self, values: &[T])
    where
        T: Copy,
    {
        infallible(self.values.extend_from_slice(values));
    }

    /// Like [`extend_from_slice_copy`](Self::extend_from_slice_copy), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// assert!(builder.try_extend_from_slice_copy(b"to be").is_ok());
    /// assert!(builder.try_extend_from_slice_copy(&[0; 1000]).is_err());
    /// assert_eq!(builder.finish(), b"to be");
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory for all of them. The builder is as it was.
    #[inline]
    pub fn try_extend_from_slice_copy(&mut self, values: &[T]) -> Result<(), AllocError>
    where
        T: Copy,
    {
        self.values.extend_from_slice(values)
    }

    /// Inserts a value at `index`, which may be the end, and moves the values from there on by one
    /// place.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut sorted = arena.vec_builder();
    /// for number in [3, 1, 2] {
    ///     let index = sorted.partition_point(|other| *other < number);
    ///     sorted.insert(index, number);
    /// }
    /// assert_eq!(sorted.finish(), [1, 2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory, or `index` is beyond the end.
    #[track_caller]
    pub fn insert(&mut self, index: usize, val: T) {
        let len = self.len();
        assert!(index <= len, "no place {index} in a vector of {len} values");
        infallible(self.values.insert(index, val));
    }

    /// Like [`insert`](Self::insert), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// assert!(builder.try_insert(0, 1).is_ok());
    /// assert!(builder.try_insert(2, 1).is_err());
    /// assert_eq!(builder.finish(), [1]);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory, or `index` is beyond the end. The value is dropped, the builder is as
    /// it was.
    pub fn try_insert(&mut self, index: usize, val: T) -> Result<(), AllocError> {
        if index > self.len() {
            return Err(AllocError);
        }
        self.values.insert(index, val)
    }

    /// Makes room for `additional` more values.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder::<u8>();
    /// builder.reserve(100);
    /// assert!(builder.capacity() >= 100);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        infallible(self.values.reserve(additional));
    }

    /// Like [`reserve`](Self::reserve), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder::<u8>();
    /// assert!(builder.try_reserve(100).is_ok());
    /// assert!(builder.try_reserve(usize::MAX).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. The builder is as it was.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        self.values.reserve(additional)
    }

    /// The number of values that fit without more memory, including those that are there already.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// assert_eq!(arena.vec_builder_with_capacity::<u32>(10).capacity(), 10);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.values.capacity()
    }

    /// Takes the last value out.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut stack = arena.vec_builder();
    /// stack.extend([1, 2]);
    /// assert_eq!((stack.pop(), stack.pop(), stack.pop()), (Some(2), Some(1), None));
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.values.pop()
    }

    /// Takes the value at `index` out, and moves the values behind it by one place.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.extend([1, 2, 3]);
    /// assert_eq!(builder.remove(0), 1);
    /// assert_eq!(builder.finish(), [2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no value at `index`.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T {
        let len = self.len();
        assert!(index < len, "no value {index} in a vector of {len}");
        self.values.remove(index)
    }

    /// Takes the value at `index` out, and puts the last one in its place.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.extend([1, 2, 3]);
    /// assert_eq!(builder.swap_remove(0), 1);
    /// assert_eq!(builder.finish(), [3, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no value at `index`.
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.len();
        assert!(index < len, "no value {index} in a vector of {len}");
        self.swap(index, len - 1);
        self.values.remove(len - 1)
    }

    /// Drops the values from index `len` on. A vector that is not longer stays as it is.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.extend([1, 2, 3]);
    /// builder.truncate(2);
    /// assert_eq!(builder.finish(), [1, 2]);
    /// ```
    pub fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
    }

    /// Keeps the values for which `keep` returns true, in their order, and drops the others.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.extend(0..6);
    /// builder.retain(|number| number % 2 == 0);
    /// assert_eq!(builder.finish(), [0, 2, 4]);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.values.retain(|val| keep(val));
    }

    /// Drops all values, and keeps the memory for the next ones.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.extend([1, 2, 3]);
    /// builder.clear();
    /// assert!(builder.is_empty() && builder.capacity() >= 3);
    /// ```
    pub fn clear(&mut self) {
        self.values.truncate(0);
    }

    /// Returns the values, whose destructors no longer run, and gives back the memory that they do
    /// not use.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder_with_capacity(20);
    /// builder.extend([3_u8, 1, 2]);
    /// let numbers: &mut [u8] = builder.finish();
    /// numbers.sort();
    /// assert_eq!(numbers, [1, 2, 3]);
    /// assert_eq!(arena.used_bytes(), 3);
    /// ```
    #[inline]
    #[must_use]
    pub fn finish(self) -> &'r mut [T] {
        self.values.finish()
    }

    /// Returns the values in a box, which drops them, and gives back the memory that they do not
    /// use.
    ///
    /// ```
    /// use bump_local::LeakBox;
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.vec_builder();
    /// builder.push(String::from("dropped with the box"));
    /// let texts: LeakBox<'_, [String]> = builder.finish_boxed();
    /// assert_eq!(texts[0].len(), 20);
    /// ```
    #[inline]
    pub fn finish_boxed(self) -> LeakBox<'r, [T]>
    where
        T: 'r,
    {
        self.values.into_boxed()
    }
}
