//! An owning pointer into a region: a `Box` that does not deallocate. The traits that it forwards
//! to its value are in `forwarded`.

use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::ptr::{self, NonNull};

mod contents;
mod forwarded;

/// Owns a value that lives in a region.
///
/// It drops the value when it is dropped itself; the memory stays with the region. It is covariant
/// in both parameters, `Send` and `Sync` as its content is, and an `Option` of it is no larger.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::{LeakBox, Values};
///
/// let region = Example::new(); // some type that is `RawBump`
/// let mut greeting: LeakBox<'_, String> = region.try_leak_box(String::from("Hello")).unwrap();
/// greeting.push_str(" world!");
/// assert_eq!(*greeting, "Hello world!");
/// ```
///
/// Because of the covariance, a box of a `&'static str` can become a box of a shorter reference,
/// into which safe code can write one. So nobody may read the memory as the original type when the
/// box is gone. Nobody does so with the memory of a region, or with a place that a `&'static mut`
/// borrows. For other memory, `unsafe` code has to promise it. A local variable can be read by its
/// name, so its owner could read a dangling reference:
///
/// ```compile_fail,E0597
/// use bump_core::LeakBox;
///
/// let mut long: &'static str = "long";
/// {
///     let short = String::from("short");
///     let mut boxed: LeakBox<'_, &str> = LeakBox::from_mut(&mut long);
///     *boxed = &short;
/// }
/// assert_eq!(long, "short");
/// ```
pub struct LeakBox<'region, T: ?Sized> {
    /// A valid value that only this box may access and drop. When the box is gone, nobody reads the
    /// memory as a `T`, since the box may have become one of a supertype.
    pointer: NonNull<T>,
    /// The lifetime of the memory, and the type of the value that is dropped.
    marker: PhantomData<(&'region (), T)>,
}

// SAFETY: the box owns its value, so sending it is sending the value.
unsafe impl<T: ?Sized + Send> Send for LeakBox<'_, T> {}
// SAFETY: a shared box gives shared access to its value and nothing else.
unsafe impl<T: ?Sized + Sync> Sync for LeakBox<'_, T> {}

impl<'region, T: ?Sized> LeakBox<'region, T> {
    /// Returns the pointer, and does not drop the value: the caller is responsible for it from here
    /// on.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::{LeakBox, Values};
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let owned = region.try_leak_box(String::from("Hello")).unwrap();
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
    /// // SAFETY: valid, and nobody else uses or drops it, now or later.
    /// let owned = unsafe { LeakBox::from_raw(&raw mut *value) };
    /// assert_eq!(owned.len(), 18);
    /// ```
    ///
    /// # Safety
    ///
    /// - The pointer points to a valid value that nobody else accesses or drops, in memory that
    ///   lasts for `'region`.
    /// - When the box is gone, nobody reads the memory as a `T`: the box is covariant, so safe code
    ///   can leave a value of a supertype there.
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
    /// The value is not used after the box is gone: neither dropped again, nor read as a `T`, since
    /// safe code can leave a value of a supertype there.
    #[inline]
    #[must_use]
    pub unsafe fn from_mut_unchecked(val: &'region mut T) -> Self {
        // SAFETY: a unique reference for `'region`; the caller promises that the value is not used
        // afterwards.
        unsafe { Self::from_raw(val) }
    }

    /// Gives the value to the region: its destructor does not run.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::{LeakBox, Values};
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let owned = region.try_leak_box(41).unwrap();
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

    /// Coerces the pointer to another type. The safe form is
    /// [`leak_box_unsize!`](crate::leak_box_unsize).
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::{LeakBox, Values};
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let number = region.try_leak_box(42_u8).unwrap();
    /// // SAFETY: the same pointer, and any byte is valid as an array of one.
    /// let array: LeakBox<'_, [u8; 1]> = unsafe { LeakBox::coerce_with(number, |pointer| pointer.cast()) };
    /// assert_eq!(*array, [42]);
    /// ```
    ///
    /// # Safety
    ///
    /// If `coerce` returns, it returns its argument, with a type for which the same value is valid.
    #[inline]
    pub unsafe fn coerce_with<U: ?Sized>(
        this: Self,
        coerce: impl FnOnce(*mut T) -> *mut U,
    ) -> LeakBox<'region, U> {
        let pointer = coerce(Self::into_raw(this));
        // SAFETY: the pointer of a box, which the caller's function returned unchanged; the memory
        // is the same, and lasts as long.
        unsafe { LeakBox::from_raw(pointer) }
    }

    /// Returns `coerce` unchanged. It tells the compiler the type of its argument, so that
    /// [`leak_box_unsize!`](crate::leak_box_unsize) expands no code of its caller inside `unsafe`.
    #[doc(hidden)]
    #[inline]
    pub fn coercion<U: ?Sized, F: FnOnce(*mut T) -> *mut U>(_: &Self, coerce: F) -> F {
        coerce
    }
}

/// Coerces a [`LeakBox`] of a sized type to one of an unsized type, as a `Box` does by itself.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::{LeakBox, Values, leak_box_unsize};
/// use core::fmt::Debug;
///
/// let region = Example::new(); // some type that is `RawBump`
/// let number = region.try_leak_box(42).unwrap();
/// let printable: LeakBox<'_, dyn Debug> = leak_box_unsize!(number, dyn Debug);
/// assert_eq!(format!("{printable:?}"), "42");
/// ```
///
/// Only coercions are accepted, not casts:
///
/// ```compile_fail,E0308
#[doc = include_str!("example.txt")]
/// # use bump_core::{Values, leak_box_unsize};
/// # let region = Example::new();
/// let number = region.try_leak_box(42_u8).unwrap();
/// let other = leak_box_unsize!(number, u64);
/// ```
#[macro_export]
macro_rules! leak_box_unsize {
    ($boxed:expr, $target:ty) => {{
        let boxed = $boxed;
        let coerce = $crate::LeakBox::coercion(&boxed, |pointer| {
            let coerced: *mut $target = pointer;
            coerced
        });
        // SAFETY: the closure is a coercion, which changes the type and adds metadata.
        unsafe { $crate::LeakBox::coerce_with(boxed, coerce) }
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
    /// This is sound because the memory is never reused: if the box is forgotten, the value stays
    /// valid for ever. With memory for a shorter time it would not be, so this does not compile:
    ///
    /// ```compile_fail,E0597
    #[doc = include_str!("example.txt")]
    /// # use bump_core::{LeakBox, Values};
    /// let region = Example::new(); // gone at the end of this function
    /// let owned = region.try_leak_box(42).unwrap();
    /// core::mem::forget(LeakBox::into_pin(owned));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_pin(this: Self) -> Pin<Self> {
        // SAFETY: the memory lasts for ever, so the value is dropped before its memory is reused;
        // and a pinned box gives no access by which the value could be moved.
        unsafe { Pin::new_unchecked(this) }
    }
}

impl<'region, T> LeakBox<'region, T> {
    /// Moves the value out.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::{LeakBox, Values};
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let owned = region.try_leak_box(String::from("moved")).unwrap();
    /// let text: String = LeakBox::take(owned);
    /// assert_eq!(text, "moved");
    /// ```
    #[inline]
    #[must_use]
    pub fn take(this: Self) -> T {
        // SAFETY: the value is valid and was the box's alone; the box is forgotten.
        unsafe { Self::into_raw(this).read() }
    }
}

impl<T> LeakBox<'static, T> {
    /// Owns a value that needs no destructor, and whose place is borrowed for ever.
    ///
    /// ```
    /// use bump_core::LeakBox;
    ///
    /// let number: &'static mut u32 = Box::leak(Box::new(41));
    /// let mut owned = LeakBox::from_mut(number);
    /// *owned += 1;
    /// assert_eq!(*owned, 42);
    /// # // SAFETY: it is not used any more; Miri looks for what is leaked.
    /// # unsafe { drop(Box::from_raw(LeakBox::into_raw(owned))) };
    /// ```
    ///
    /// For a value that is borrowed for a shorter time, use
    /// [`from_mut_unchecked`](Self::from_mut_unchecked), or move it into a region.
    #[inline]
    #[must_use]
    pub fn from_mut(val: &'static mut T) -> Self
    where
        T: Copy,
    {
        // SAFETY: the borrow never ends, and its only reference was moved to here. So neither the
        // owner nor a reference that this one was made from is ever used again. No destructor runs,
        // since a `Copy` type has none.
        unsafe { Self::from_mut_unchecked(val) }
    }
}

impl<'region, T> LeakBox<'region, MaybeUninit<T>> {
    /// Moves a value into the place.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::{LeakBox, Values};
    /// use core::mem::MaybeUninit;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let place: LeakBox<'_, MaybeUninit<String>> = region.try_leak_box(MaybeUninit::uninit())?;
    /// let text = LeakBox::write(place, String::from("written"));
    /// assert_eq!(*text, "written");
    /// # Ok::<(), bump_core::LeakError<MaybeUninit<String>>>(())
    /// ```
    #[inline]
    pub fn write(mut this: Self, val: T) -> LeakBox<'region, T> {
        MaybeUninit::write(&mut *this, val);
        // SAFETY: the value was just written.
        unsafe { Self::assume_init(this) }
    }

    /// Owns the value in the place.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::{LeakBox, Values};
    /// use core::mem::MaybeUninit;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let mut place = region.try_leak_box(MaybeUninit::<u32>::uninit())?;
    /// place.write(42);
    /// // SAFETY: just initialised.
    /// assert_eq!(*unsafe { LeakBox::assume_init(place) }, 42);
    /// # Ok::<(), bump_core::LeakError<MaybeUninit<u32>>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// The place has been initialised.
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
    #[doc = include_str!("example.txt")]
    /// use bump_core::{LeakBox, Values, leak_box_unsize};
    /// use core::mem::MaybeUninit;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let places = region.try_leak_box([1, 2].map(MaybeUninit::new)).unwrap();
    /// let places: LeakBox<'_, [MaybeUninit<i32>]> = leak_box_unsize!(places, [MaybeUninit<i32>]);
    /// // SAFETY: all are initialised.
    /// assert_eq!(*unsafe { LeakBox::assume_init_slice(places) }, [1, 2]);
    /// ```
    ///
    /// # Safety
    ///
    /// All places have been initialised.
    #[inline]
    #[must_use]
    pub unsafe fn assume_init_slice(this: Self) -> LeakBox<'region, [T]> {
        let places = Self::into_raw(this);
        // SAFETY: the values are valid, as the caller promises, and the box's alone.
        unsafe { LeakBox::from_raw(ptr::slice_from_raw_parts_mut(places.cast(), places.len())) }
    }
}

/// A place that is borrowed for ever, for a value that is written to it.
impl<T> From<&'static mut MaybeUninit<T>> for LeakBox<'static, MaybeUninit<T>> {
    fn from(place: &'static mut MaybeUninit<T>) -> Self {
        // SAFETY: the borrow never ends, and its only reference was moved to here, so the place is
        // never used again but through the box. A `MaybeUninit` has no destructor.
        unsafe { Self::from_mut_unchecked(place) }
    }
}

/// Places that are borrowed for ever, for values that are written to them.
impl<T> From<&'static mut [MaybeUninit<T>]> for LeakBox<'static, [MaybeUninit<T>]> {
    fn from(places: &'static mut [MaybeUninit<T>]) -> Self {
        // SAFETY: as for one place.
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
