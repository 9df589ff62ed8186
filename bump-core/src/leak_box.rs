//! An owning pointer into a region: `Box` without a deallocation.

use core::borrow::{Borrow, BorrowMut};
use core::cmp::Ordering;
use core::future::Future;
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll};
use core::{error, fmt};

/// Owns a value that lives in a region.
///
/// It drops the value when it is dropped itself; the memory stays with the region. It is covariant
/// in both parameters, `Send` and `Sync` as its content is, and an `Option` of it is no larger.
///
/// ```
/// use bump_core::LeakBox;
/// use core::mem::MaybeUninit;
///
/// let mut place = MaybeUninit::uninit();
/// let mut greeting = LeakBox::write(LeakBox::from(&mut place), String::from("Hello"));
/// greeting.push_str(" world!");
/// assert_eq!(*greeting, "Hello world!");
/// ```
pub struct LeakBox<'region, T: ?Sized> {
    /// A valid value that only this box may access and drop.
    pointer: NonNull<T>,
    /// How long the memory may be used, and what is dropped.
    marker: PhantomData<(&'region (), T)>,
}

// SAFETY: the box owns its value, so sending it is sending the value.
unsafe impl<T: ?Sized + Send> Send for LeakBox<'_, T> {}
// SAFETY: a shared box gives shared access to its value and nothing else.
unsafe impl<T: ?Sized + Sync> Sync for LeakBox<'_, T> {}

impl<'region, T: ?Sized> LeakBox<'region, T> {
    /// Gives the value up: the caller is responsible for it from here on.
    ///
    /// ```
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut place = MaybeUninit::uninit();
    /// let owned = LeakBox::write(LeakBox::from(&mut place), String::from("Hello"));
    /// let pointer = LeakBox::into_raw(owned);
    /// // SAFETY: the pointer is from `into_raw`, and is wrapped only once.
    /// drop(unsafe { LeakBox::from_raw(pointer) });
    /// ```
    #[inline]
    #[must_use = "the value is never dropped unless the pointer is wrapped again"]
    pub fn into_raw(this: Self) -> *mut T {
        ManuallyDrop::new(this).pointer.as_ptr()
    }

    /// Owns the value behind a pointer.
    ///
    /// ```
    /// use bump_core::LeakBox;
    /// use core::mem::ManuallyDrop;
    ///
    /// let mut value = ManuallyDrop::new(String::from("dropped by the box"));
    /// // SAFETY: valid, and nobody else uses or drops it.
    /// let owned = unsafe { LeakBox::from_raw(&raw mut *value) };
    /// assert_eq!(owned.len(), 18);
    /// ```
    ///
    /// # Safety
    ///
    /// The pointer points to a valid value that nobody else accesses or drops, in memory that lasts
    /// for `'region`.
    #[inline]
    #[must_use]
    pub unsafe fn from_raw(pointer: *mut T) -> Self {
        LeakBox {
            // SAFETY: no value is at null.
            pointer: unsafe { NonNull::new_unchecked(pointer) },
            marker: PhantomData,
        }
    }

    /// Owns the value behind a reference.
    ///
    /// ```
    /// use bump_core::LeakBox;
    /// use core::mem::ManuallyDrop;
    ///
    /// let mut value = ManuallyDrop::new(String::from("dropped by the box"));
    /// // SAFETY: it is not used afterwards, and `ManuallyDrop` does not drop it.
    /// let owned = unsafe { LeakBox::from_mut_unchecked(&mut *value) };
    /// assert_eq!(owned.len(), 18);
    /// ```
    ///
    /// # Safety
    ///
    /// The value is not used after the box is dropped, in particular not dropped again.
    #[inline]
    #[must_use]
    pub unsafe fn from_mut_unchecked(val: &'region mut T) -> Self {
        // SAFETY: a unique reference for `'region`; the rest is the caller's promise.
        unsafe { Self::from_raw(val) }
    }

    /// Gives the value to the region: its destructor does not run.
    ///
    /// ```
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut place = MaybeUninit::uninit();
    /// let owned = LeakBox::write(LeakBox::from(&mut place), 41);
    /// let number: &mut i32 = LeakBox::leak(owned);
    /// *number += 1;
    /// assert_eq!(*number, 42);
    /// ```
    #[inline]
    pub fn leak<'a>(this: Self) -> &'a mut T
    where
        'region: 'a,
    {
        // SAFETY: the value is valid, was the box's alone, and the memory lasts for `'a`.
        unsafe { &mut *Self::into_raw(this) }
    }

    /// Changes the type of the pointer, for a coercion that a pointer has and a box does not:
    /// [`leak_box_unsize!`](crate::leak_box_unsize) is the safe form.
    ///
    /// ```
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut place = MaybeUninit::uninit();
    /// let number = LeakBox::write(LeakBox::from(&mut place), 42_u8);
    /// // SAFETY: the same pointer, and any byte is valid as an array of one.
    /// let array: LeakBox<'_, [u8; 1]> = unsafe { LeakBox::coerce_with(number, |pointer| pointer.cast()) };
    /// assert_eq!(*array, [42]);
    /// ```
    ///
    /// # Safety
    ///
    /// `coerce` returns its argument, with another type that is valid for the same value.
    #[inline]
    pub unsafe fn coerce_with<U: ?Sized>(
        this: Self,
        coerce: impl FnOnce(*mut T) -> *mut U,
    ) -> LeakBox<'region, U> {
        // SAFETY: the same value, for the same time.
        unsafe { LeakBox::from_raw(coerce(Self::into_raw(this))) }
    }
}

/// Coerces a [`LeakBox`] of a sized type to one of an unsized type, as a `Box` does by itself.
///
/// ```
/// use bump_core::{LeakBox, leak_box_unsize};
/// use core::fmt::Debug;
/// use core::mem::MaybeUninit;
///
/// let mut place = MaybeUninit::uninit();
/// let number = LeakBox::write(LeakBox::from(&mut place), 42);
/// let printable: LeakBox<'_, dyn Debug> = leak_box_unsize!(number, dyn Debug);
/// assert_eq!(format!("{printable:?}"), "42");
/// ```
///
/// Only coercions are accepted, not casts:
///
/// ```compile_fail,E0308
/// # use bump_core::{LeakBox, leak_box_unsize};
/// # use core::mem::MaybeUninit;
/// let mut place = MaybeUninit::uninit();
/// let number = LeakBox::write(LeakBox::from(&mut place), 42_u8);
/// let other = leak_box_unsize!(number, u64);
/// ```
#[macro_export]
macro_rules! leak_box_unsize {
    ($boxed:expr, $target:ty) => {{
        let boxed = $boxed;
        // SAFETY: the closure is a coercion, which changes the type and adds metadata.
        unsafe {
            $crate::LeakBox::coerce_with(boxed, |pointer| {
                let coerced: *mut $target = pointer;
                coerced
            })
        }
    }};
}

impl<T: ?Sized> LeakBox<'static, T> {
    /// Pins the value where it is.
    ///
    /// ```
    /// use bump_core::LeakBox;
    /// use core::mem::MaybeUninit;
    /// use core::pin::Pin;
    ///
    /// let place: &'static mut _ = Box::leak(Box::new(MaybeUninit::uninit()));
    /// let pinned: Pin<LeakBox<'static, u32>> = LeakBox::into_pin(LeakBox::write(place.into(), 42));
    /// assert_eq!(*pinned, 42);
    /// # // SAFETY: it is not used any more; Miri looks for what is leaked.
    /// # unsafe { drop(Box::from_raw(LeakBox::into_raw(Pin::into_inner_unchecked(pinned)))) };
    /// ```
    ///
    /// Safe for memory that is never reused: if the box is forgotten, the value stays valid for
    /// ever, so its destructor always runs before its memory is invalidated. Not so for other
    /// memory:
    ///
    /// ```compile_fail,E0597
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut place = MaybeUninit::uninit();
    /// let owned = LeakBox::write(LeakBox::from(&mut place), 42);
    /// core::mem::forget(LeakBox::into_pin(owned));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_pin(this: Self) -> Pin<Self> {
        // SAFETY: see above; and a box gives no access to its value by which it could be moved.
        unsafe { Pin::new_unchecked(this) }
    }
}

impl<'region, T> LeakBox<'region, T> {
    /// Moves the value out.
    ///
    /// ```
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut place = MaybeUninit::uninit();
    /// let owned = LeakBox::write(LeakBox::from(&mut place), String::from("moved"));
    /// let text: String = LeakBox::take(owned);
    /// assert_eq!(text, "moved");
    /// ```
    #[inline]
    #[must_use]
    pub fn take(this: Self) -> T {
        // SAFETY: the value is valid and was the box's alone; the box is forgotten.
        unsafe { Self::into_raw(this).read() }
    }

    /// Owns a value that needs no destructor.
    ///
    /// ```
    /// use bump_core::LeakBox;
    ///
    /// let mut number = 41;
    /// let mut owned = LeakBox::from_mut(&mut number);
    /// *owned += 1;
    /// assert_eq!(*owned, 42);
    /// ```
    #[inline]
    #[must_use]
    pub fn from_mut(val: &'region mut T) -> Self
    where
        T: Copy,
    {
        // SAFETY: a `Copy` type has no destructor, so using the value later is no harm.
        unsafe { Self::from_mut_unchecked(val) }
    }
}

impl<'region, T> LeakBox<'region, MaybeUninit<T>> {
    /// Moves a value into the place.
    ///
    /// ```
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut place = MaybeUninit::uninit();
    /// let place: LeakBox<'_, MaybeUninit<String>> = LeakBox::from(&mut place);
    /// let text = LeakBox::write(place, String::from("written"));
    /// assert_eq!(*text, "written");
    /// ```
    #[inline]
    pub fn write(mut this: Self, val: T) -> LeakBox<'region, T> {
        MaybeUninit::write(&mut *this, val);
        // SAFETY: just initialised.
        unsafe { Self::assume_init(this) }
    }

    /// Owns the value in the place.
    ///
    /// ```
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut place = MaybeUninit::uninit();
    /// let mut place: LeakBox<'_, MaybeUninit<u32>> = LeakBox::from(&mut place);
    /// place.write(42);
    /// // SAFETY: just initialised.
    /// assert_eq!(*unsafe { LeakBox::assume_init(place) }, 42);
    /// ```
    ///
    /// # Safety
    ///
    /// The place was initialised.
    #[inline]
    #[must_use]
    pub unsafe fn assume_init(this: Self) -> LeakBox<'region, T> {
        // SAFETY: the value is valid, as the caller promises, and the box's alone.
        unsafe { LeakBox::from_raw(Self::into_raw(this).cast()) }
    }
}

impl<'region, T> LeakBox<'region, [MaybeUninit<T>]> {
    /// Owns the values in the places.
    ///
    /// ```
    /// # use bump_core::LeakBox;
    /// # use core::mem::MaybeUninit;
    /// let mut places = [MaybeUninit::new(1), MaybeUninit::new(2)];
    /// let places = LeakBox::from(places.as_mut_slice());
    /// // SAFETY: all are initialised.
    /// assert_eq!(*unsafe { LeakBox::assume_init_slice(places) }, [1, 2]);
    /// ```
    ///
    /// # Safety
    ///
    /// All places were initialised.
    #[inline]
    #[must_use]
    pub unsafe fn assume_init_slice(this: Self) -> LeakBox<'region, [T]> {
        let places = Self::into_raw(this);
        // SAFETY: the values are valid, as the caller promises, and the box's alone.
        unsafe { LeakBox::from_raw(ptr::slice_from_raw_parts_mut(places.cast(), places.len())) }
    }
}

impl<'region, T> From<&'region mut MaybeUninit<T>> for LeakBox<'region, MaybeUninit<T>> {
    fn from(place: &'region mut MaybeUninit<T>) -> Self {
        // SAFETY: a `MaybeUninit` has no destructor.
        unsafe { Self::from_mut_unchecked(place) }
    }
}

impl<'region, T> From<&'region mut [MaybeUninit<T>]> for LeakBox<'region, [MaybeUninit<T>]> {
    fn from(places: &'region mut [MaybeUninit<T>]) -> Self {
        // SAFETY: a `MaybeUninit` has no destructor.
        unsafe { Self::from_mut_unchecked(places) }
    }
}

impl<T: ?Sized> Drop for LeakBox<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the value is valid and the box's alone, and the box is not used any more.
        unsafe { self.pointer.drop_in_place() }
    }
}

impl<T: ?Sized> Deref for LeakBox<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the value is valid and borrowed as the box is.
        unsafe { self.pointer.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for LeakBox<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the value is valid and borrowed as the box is.
        unsafe { self.pointer.as_mut() }
    }
}

// The box moves without its value, so it needs no pinning, whatever the value needs.
impl<T: ?Sized> Unpin for LeakBox<'_, T> {}

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
        self.pointer.fmt(f)
    }
}

impl<T: error::Error + ?Sized> error::Error for LeakBox<'_, T> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        (**self).source()
    }
}

impl<T: Hash + ?Sized> Hash for LeakBox<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: Hasher + ?Sized> Hasher for LeakBox<'_, T> {
    fn finish(&self) -> u64 {
        (**self).finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        (**self).write(bytes);
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

impl<I: ExactSizeIterator + ?Sized> ExactSizeIterator for LeakBox<'_, I> {}

impl<I: FusedIterator + ?Sized> FusedIterator for LeakBox<'_, I> {}

impl<F: Future + Unpin + ?Sized> Future for LeakBox<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut **self).poll(context)
    }
}
