//! The algorithms that put values, slices and strings into a region: one for each, over any
//! [`Rewind`], and for both the fallible and the panicking form. The methods that call them are in
//! `methods`.

use core::alloc::Layout;
use core::convert::Infallible;
use core::ffi::CStr;
use core::mem::{ManuallyDrop, MaybeUninit, needs_drop};
use core::ptr::NonNull;

use bump_core::codegen::own_path;
use bump_core::{LeakBox, engine};

use crate::error::{AllocOrInitError, OnExhaustion};
use crate::partial::Partial;
use crate::rewind::{self, Rewind, min_align};

/// The first attempt to take a block for values of type `T`, whose layout is `layout`.
///
/// The rest belongs in cold functions, as tail calls with all that they need: a value that lives
/// across a call costs two instructions on the path without the call, too.
#[inline]
pub(crate) fn take<T, A: Rewind + ?Sized>(region: &A, layout: Layout) -> Option<NonNull<T>> {
    // SAFETY: the alignment is the region's own.
    let taken = unsafe { engine::take(region.raw(), layout, min_align::<A>()) }?;
    Some(taken.block.cast())
}

/// The second attempt.
#[inline]
#[track_caller]
fn take_slow<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    layout: Layout,
) -> Result<NonNull<T>, E> {
    match region.take_slow(layout, min_align::<A>()) {
        Some(block) => Ok(block.cast()),
        None => Err(E::exhausted(layout.size())),
    }
}

/// Takes a block for values of type `T`, whose layout is `layout`.
#[inline]
#[track_caller]
fn take_block<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    layout: Layout,
) -> Result<NonNull<T>, E> {
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn slow<E: OnExhaustion, T, A: Rewind + ?Sized>(
        region: &A,
        layout: Layout,
    ) -> Result<NonNull<T>, E> {
        take_slow(region, layout)
    }

    match take(region, layout) {
        Some(block) => Ok(block),
        None => {
            let block = slow(region, layout)?;
            own_path();
            Ok(block)
        }
    }
}

/// Stops the compilation if a value whose type has a destructor would be without an owner in a
/// [`Plain`](crate::Plain) region.
#[inline]
pub(crate) const fn leaks<T, A: Rewind + ?Sized>() {
    const {
        assert!(
            A::FORGETS_DESTRUCTORS || !needs_drop::<T>(),
            "this type has a destructor, which a plain arena would never run: own the value by \
             `alloc_boxed`, leave it to a scope by `alloc_dropped`, or put its content into the \
             arena: a `&str` for a `String`, a `&[T]` for a `Vec<T>`"
        );
    }
}

/// Moves a value into the region, without an owner.
#[inline]
#[track_caller]
pub(crate) fn alloc<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    val: T,
) -> Result<&mut T, E> {
    leaks::<T, A>();
    put(region, val)
}

/// Moves a value into the region.
#[inline]
#[track_caller]
pub(crate) fn put<E: OnExhaustion, T, A: Rewind + ?Sized>(region: &A, val: T) -> Result<&mut T, E> {
    match take(region, Layout::new::<T>()) {
        // SAFETY: taken for a `T`.
        Some(place) => Ok(unsafe { write(place, val) }),
        None => put_slow((region, val)),
    }
}

/// The value and the region come as a pair, which is put together only on the way here. Passed
/// alone, a value of more than two words would have to be in memory even on the path without the
/// call.
#[cold]
#[inline(never)]
#[track_caller]
fn put_slow<E: OnExhaustion, T, A: Rewind + ?Sized>((region, val): (&A, T)) -> Result<&mut T, E> {
    let place = take_slow(region, Layout::new::<T>())?;
    // SAFETY: taken for a `T`.
    Ok(unsafe { write(place, val) })
}

/// # Safety
///
/// The place is aligned and ours alone for `'a`, with the bytes of a `T`.
#[inline]
unsafe fn write<'a, T>(mut place: NonNull<T>, val: T) -> &'a mut T {
    // SAFETY: the caller's promise.
    unsafe { place.write(val) };
    // SAFETY: just initialised.
    unsafe { place.as_mut() }
}

/// Takes a place for a value.
#[inline]
#[track_caller]
pub(crate) fn alloc_uninit<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
) -> Result<&mut MaybeUninit<T>, E> {
    leaks::<T, A>();
    let mut place: NonNull<MaybeUninit<T>> = take_block(region, Layout::new::<T>())?;
    // SAFETY: taken for a `T`, and valid uninitialised.
    Ok(unsafe { place.as_mut() })
}

/// Takes a place for a value, whose bytes are zero.
#[inline]
#[track_caller]
pub(crate) fn alloc_zeroed<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
) -> Result<&mut MaybeUninit<T>, E> {
    let place: &mut MaybeUninit<T> = alloc_uninit(region)?;
    // Write bytes: a zeroed value would first be on the stack, and its padding need not be zero.
    // SAFETY: a unique reference to a place, for which all bytes are valid.
    unsafe { place.as_mut_ptr().write_bytes(0, 1) };
    Ok(place)
}

/// Takes a block of a layout that is known at run time only.
#[inline]
#[track_caller]
pub(crate) fn alloc_layout<E: OnExhaustion, A: Rewind + ?Sized>(
    region: &A,
    layout: Layout,
) -> Result<NonNull<u8>, E> {
    take_block(region, layout)
}

/// Takes places for values, by a pointer that may access the whole region.
#[inline]
#[track_caller]
pub(crate) fn take_slice<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    len: usize,
) -> Result<NonNull<[T]>, E> {
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn slow<E: OnExhaustion, T, A: Rewind + ?Sized>(
        region: &A,
        len: usize,
    ) -> Result<NonNull<[T]>, E> {
        let Ok(layout) = Layout::array::<T>(len) else {
            return Err(E::exhausted(len.saturating_mul(size_of::<T>())));
        };
        let place = take_slow(region, layout)?;
        Ok(NonNull::slice_from_raw_parts(place, len))
    }

    let layout = Layout::array::<T>(len).ok();
    match layout.and_then(|layout| take(region, layout)) {
        Some(place) => Ok(NonNull::slice_from_raw_parts(place, len)),
        None => slow(region, len),
    }
}

/// Takes places for values.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_uninit<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    len: usize,
) -> Result<&mut [MaybeUninit<T>], E> {
    leaks::<T, A>();
    let mut places = take_slice::<E, MaybeUninit<T>, A>(region, len)?;
    // SAFETY: just taken for as many values, and used by nobody else; valid uninitialised.
    Ok(unsafe { places.as_mut() })
}

/// Takes places for values, whose bytes are zero.
#[track_caller]
pub(crate) fn alloc_slice_zeroed<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    len: usize,
) -> Result<&mut [MaybeUninit<T>], E> {
    let places = alloc_slice_uninit(region, len)?;
    // SAFETY: a unique reference to as many places, for which all bytes are valid.
    unsafe { places.as_mut_ptr().write_bytes(0, len) };
    Ok(places)
}

/// Makes a value in its place; if that fails or unwinds, the place is given back.
///
/// The closure may use the region. If it took blocks that last, the place stays taken.
#[inline]
#[track_caller]
pub(crate) fn alloc_try_with<E: OnExhaustion, T, X, A: Rewind + ?Sized>(
    region: &A,
    make: impl FnOnce() -> Result<T, X>,
) -> Result<&mut T, AllocOrInitError<X, E>> {
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn slow<E: OnExhaustion, T, X, A: Rewind + ?Sized>(
        (region, make): (&A, impl FnOnce() -> Result<T, X>),
    ) -> Result<&mut T, AllocOrInitError<X, E>> {
        let place = take_slow(region, Layout::new::<T>()).map_err(AllocOrInitError::Alloc)?;
        Place { region, place }.fill(make)
    }

    leaks::<T, A>();
    match take(region, Layout::new::<T>()) {
        Some(place) => Place { region, place }.fill(make),
        None => slow((region, make)),
    }
}

/// Makes a value in its place.
#[inline]
#[track_caller]
pub(crate) fn alloc_with<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    make: impl FnOnce() -> T,
) -> Result<&mut T, E> {
    alloc_try_with(region, || Ok::<_, Infallible>(make())).map_err(AllocOrInitError::into_alloc)
}

/// A place without a value, given back when it is dropped.
pub(crate) struct Place<'r, T, A: Rewind + ?Sized> {
    region: &'r A,
    /// A pointer to a block for a `T`, which nobody else uses. It may access the whole region.
    place: NonNull<T>,
}

impl<'r, T, A: Rewind + ?Sized> Place<'r, T, A> {
    /// Takes a place for a value.
    #[inline]
    #[track_caller]
    pub(crate) fn take<E: OnExhaustion>(region: &'r A) -> Result<Self, E> {
        let place = take_block(region, Layout::new::<T>())?;
        Ok(Place { region, place })
    }

    /// Takes a place in the current memory of the region, if that has room.
    #[inline]
    pub(crate) fn take_here(region: &'r A) -> Option<Self> {
        let place = take(region, Layout::new::<T>())?;
        Some(Place { region, place })
    }

    /// A pointer to the place.
    #[inline]
    pub(crate) const fn pointer(&self) -> NonNull<T> {
        self.place
    }

    /// Moves a value to the place, which is then no longer given back.
    #[inline]
    pub(crate) fn write(self, val: T) -> &'r mut T {
        let place = ManuallyDrop::new(self).place;
        // SAFETY: taken for a `T`.
        unsafe { write(place, val) }
    }

    #[inline]
    fn fill<E, X>(
        self,
        make: impl FnOnce() -> Result<T, X>,
    ) -> Result<&'r mut T, AllocOrInitError<X, E>> {
        let val = make().map_err(AllocOrInitError::Init)?;
        Ok(self.write(val))
    }
}

impl<T, A: Rewind + ?Sized> Drop for Place<'_, T, A> {
    fn drop(&mut self) {
        let (block, layout) = (self.place.cast(), Layout::new::<T>());
        // SAFETY: the place was taken for a `T`, and nobody else has the pointer.
        unsafe { rewind::free(self.region, block, layout, min_align::<A>()) };
    }
}

/// Moves a value into the region and owns it there.
#[inline]
#[track_caller]
pub(crate) fn alloc_boxed<'r, E: OnExhaustion, T: 'r, A: Rewind + ?Sized>(
    region: &'r A,
    val: T,
) -> Result<LeakBox<'r, T>, E> {
    let val = put(region, val)?;
    // SAFETY: the value was moved to the region, and nobody else has the reference.
    Ok(unsafe { LeakBox::from_mut_unchecked(val) })
}

/// Collects an iterator and owns its values.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_boxed<'r, E: OnExhaustion, T: 'r, A: Rewind + ?Sized>(
    region: &'r A,
    values: impl IntoIterator<Item = T>,
) -> Result<LeakBox<'r, [T]>, E> {
    let values = values.into_iter().map(Ok::<_, Infallible>);
    let values = Partial::collect(region, values).map_err(AllocOrInitError::into_alloc)?;
    Ok(values.into_boxed())
}

/// Copies a slice.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_copy<'r, E: OnExhaustion, T: Copy, A: Rewind + ?Sized>(
    region: &'r A,
    values: &[T],
) -> Result<&'r mut [T], E> {
    /// # Safety
    ///
    /// The place was taken for as many values, and is used by nobody else.
    #[inline]
    unsafe fn copy<'r, T: Copy>(place: NonNull<T>, values: &[T]) -> &'r mut [T] {
        let source = NonNull::from(values).cast::<T>();
        // SAFETY: the caller's promise.
        unsafe { place.copy_from_nonoverlapping(source, values.len()) };
        let mut copy = NonNull::slice_from_raw_parts(place, values.len());
        // SAFETY: just initialised.
        unsafe { copy.as_mut() }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn slow<'r, E: OnExhaustion, T: Copy, A: Rewind + ?Sized>(
        region: &'r A,
        values: &[T],
    ) -> Result<&'r mut [T], E> {
        let place = take_slow(region, Layout::for_value(values))?;
        // SAFETY: just taken for as many values.
        Ok(unsafe { copy(place, values) })
    }

    match take(region, Layout::for_value(values)) {
        // SAFETY: just taken for as many values.
        Some(place) => Ok(unsafe { copy(place, values) }),
        None => slow(region, values),
    }
}

/// Copies a string.
#[inline]
#[track_caller]
pub(crate) fn alloc_str<'r, E: OnExhaustion, A: Rewind + ?Sized>(
    region: &'r A,
    text: &str,
) -> Result<&'r mut str, E> {
    let bytes = alloc_slice_copy(region, text.as_bytes())?;
    // SAFETY: a copy of what was a string.
    Ok(unsafe { core::str::from_utf8_unchecked_mut(bytes) })
}

/// Copies a C string, up to its end, which is a zero.
#[inline]
#[track_caller]
pub(crate) fn alloc_cstr<'r, E: OnExhaustion, A: Rewind + ?Sized>(
    region: &'r A,
    text: &CStr,
) -> Result<&'r CStr, E> {
    let bytes = alloc_slice_copy(region, text.to_bytes_with_nul())?;
    // SAFETY: a copy of what was a C string.
    Ok(unsafe { CStr::from_bytes_with_nul_unchecked(bytes) })
}

/// Makes each value of a slice from its index, until the closure fails.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_try_fill_with<E: OnExhaustion, T, X, A: Rewind + ?Sized>(
    region: &A,
    len: usize,
    mut make: impl FnMut(usize) -> Result<T, X>,
) -> Result<&mut [T], AllocOrInitError<X, E>> {
    let mut slice = Partial::with_capacity(region, len).map_err(AllocOrInitError::Alloc)?;
    for index in 0..len {
        let val = make(index).map_err(AllocOrInitError::Init)?;
        // SAFETY: there is room for `len`.
        unsafe { slice.push_unchecked(val) };
    }
    Ok(slice.finish())
}

/// Collects an iterator, whatever its `size_hint` says, until it fails.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_try_fill_iter<E: OnExhaustion, T, X, A: Rewind + ?Sized>(
    region: &A,
    values: impl IntoIterator<Item = Result<T, X>>,
) -> Result<&mut [T], AllocOrInitError<X, E>> {
    Ok(Partial::collect(region, values.into_iter())?.finish())
}

/// Fills a slice with copies of a value.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_fill_copy<E: OnExhaustion, T: Copy, A: Rewind + ?Sized>(
    region: &A,
    len: usize,
    val: T,
) -> Result<&mut [T], E> {
    if size_of::<T>() == 0 {
        // Values of size 0: any number of them fits, and there is nothing to write.
        let places: *mut [MaybeUninit<T>] = alloc_slice_uninit(region, len)?;
        // SAFETY: a unique reference to places without bytes. `val` shows that the type has a value,
        // and that may be copied.
        return Ok(unsafe { &mut *(places as *mut [T]) });
    }
    alloc_slice_fill_with(region, len, |_| val)
}

/// Makes each value of a slice from its index.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_fill_with<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    len: usize,
    mut make: impl FnMut(usize) -> T,
) -> Result<&mut [T], E> {
    alloc_slice_try_fill_with(region, len, |index| Ok::<_, Infallible>(make(index)))
        .map_err(AllocOrInitError::into_alloc)
}

/// Collects an iterator, whatever its `size_hint` says.
#[inline]
#[track_caller]
pub(crate) fn alloc_slice_fill_iter<E: OnExhaustion, T, A: Rewind + ?Sized>(
    region: &A,
    values: impl IntoIterator<Item = T>,
) -> Result<&mut [T], E> {
    alloc_slice_try_fill_iter(region, values.into_iter().map(Ok::<_, Infallible>))
        .map_err(AllocOrInitError::into_alloc)
}
