//! A slice in the making. It grows in its region, in place if it can. If it is dropped unfinished,
//! its values are dropped and its memory is given back.
//!
//! Everything whose length is not known beforehand, or whose elements are made by code that may
//! fail, unwind or use the region itself, is built with it: slices in `values`, vectors in `vector`,
//! strings in `text`.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};
use core::ptr::{self, NonNull};

use bump_core::{LeakBox, copy_block};

use crate::error::{AllocOrInitError, OnExhaustion};
use crate::rewind::{self, Rewind, min_align};
use crate::values;

/// A borrow that must last until this is dropped: that of a scope in which something grows.
pub(crate) struct Lock<'lock>(PhantomData<&'lock ()>);

impl Lock<'_> {
    pub(crate) const fn new() -> Self {
        Lock(PhantomData)
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {}
}

/// A growing slice in a region.
pub(crate) struct Partial<'r, T, A: Rewind + ?Sized> {
    region: &'r A,
    /// A block for `capacity` values, of which the first `len` are initialised. May access the whole
    /// region.
    values: NonNull<T>,
    len: usize,
    /// `capacity * size_of::<T>()` is at most `isize::MAX`.
    capacity: usize,
}

impl<'r, T, A: Rewind + ?Sized> Partial<'r, T, A> {
    /// The least number of values that a slice takes memory for when it has to grow: as many as fit
    /// into 64 bytes.
    const LEAST: usize = match 64_usize.checked_div(size_of::<T>()) {
        Some(0) | None => 1,
        Some(values) => values,
    };

    /// The most values that a slice takes. Values of size 0 use up no memory, so their number is
    /// limited: an endless iterator is noticed within a second.
    const MOST: usize = if size_of::<T>() == 0 {
        1 << if usize::BITS > 16 { 20 } else { 15 }
    } else {
        usize::MAX
    };

    /// An empty slice, without memory.
    #[inline]
    pub(crate) const fn new(region: &'r A) -> Self {
        Partial {
            region,
            values: NonNull::dangling(),
            len: 0,
            capacity: 0,
        }
    }

    /// An empty slice with room for `capacity` values.
    #[inline]
    #[track_caller]
    pub(crate) fn with_capacity<E: OnExhaustion>(
        region: &'r A,
        capacity: usize,
    ) -> Result<Self, E> {
        if capacity > Self::MOST {
            return Err(E::exhausted(0));
        }
        let values = values::take_slice::<E, T, A>(region, capacity)?;
        Ok(Partial {
            region,
            values: values.cast(),
            len: 0,
            capacity,
        })
    }

    /// The values of an iterator, whatever it claims about its length, until it fails.
    #[inline]
    #[track_caller]
    pub(crate) fn collect<E: OnExhaustion, X>(
        region: &'r A,
        values: impl Iterator<Item = Result<T, X>>,
    ) -> Result<Self, AllocOrInitError<X, E>> {
        let (least, _) = values.size_hint();
        // For values of size 0 a wrong hint costs nothing, so no room is asked for.
        let least = least.min(Self::MOST);
        let mut slice = Self::with_capacity(region, least).map_err(AllocOrInitError::Alloc)?;
        slice.push_all(values)?;
        Ok(slice)
    }

    /// An empty slice with room for the least that it would take, if the memory in use has that.
    #[inline]
    pub(crate) fn with_least(region: &'r A) -> Self {
        let mut slice = Self::new(region);
        let _ = slice.resize_here(Self::LEAST);
        slice
    }

    /// The layout of the block.
    fn layout(&self) -> Layout {
        // SAFETY: the invariant of `capacity`.
        let size = unsafe { size_of::<T>().unchecked_mul(self.capacity) };
        // SAFETY: the block was taken with this layout, or it is that of no values.
        unsafe { Layout::from_size_align_unchecked(size, align_of::<T>()) }
    }

    /// The number of values that fit without more memory.
    #[inline]
    pub(crate) const fn room(&self) -> usize {
        self.capacity - self.len
    }

    /// Makes room for `additional` values.
    #[inline]
    #[track_caller]
    pub(crate) fn reserve<E: OnExhaustion>(&mut self, additional: usize) -> Result<(), E> {
        if additional <= self.room() {
            return Ok(());
        }
        match self.resize_for(additional) {
            Some(()) => Ok(()),
            None => {
                let needed = self.len.saturating_add(additional);
                Err(E::exhausted(needed.saturating_mul(size_of::<T>())))
            }
        }
    }

    /// Makes room for more values than fit: twice the capacity, or more if needed, and at least
    /// [`LEAST`](Self::LEAST).
    #[cold]
    fn resize_for(&mut self, additional: usize) -> Option<()> {
        let needed = self.len.checked_add(additional)?;
        if needed > Self::MOST {
            return None;
        }
        let due = needed.max(self.capacity.saturating_mul(2));
        let due = due.max(Self::LEAST).min(Self::MOST);
        self.resize_here(due)
            // A few more values may fit where twice as many do not, so that small chunks are
            // filled. Only for small slices: a large one would come back here for each value.
            .or_else(|| match needed <= Self::LEAST {
                true => self.resize_here(needed),
                false => None,
            })
            .or_else(|| self.resize(due))
            .or_else(|| self.resize(needed))
    }

    /// Enlarges the block in place, or takes the first one, from the memory that is in use at the
    /// moment.
    #[inline]
    fn resize_here(&mut self, capacity: usize) -> Option<()> {
        let new = Layout::array::<T>(capacity).ok()?;
        self.values = if self.capacity == 0 {
            values::take(self.region, new)?
        } else {
            let old = self.layout();
            // SAFETY: the block has the layout `old`, and if there is a new one only that is used.
            unsafe {
                self.region
                    .resize(self.values.cast(), old, new, min_align::<A>())
            }?
            .cast()
        };
        self.capacity = capacity;
        Some(())
    }

    /// Changes the capacity, to no less than the length.
    fn resize(&mut self, capacity: usize) -> Option<()> {
        let new = Layout::array::<T>(capacity).ok()?;
        let old = self.layout();
        // SAFETY: the block has the layout `old`, and if there is a new one only that is used. A
        // block without bytes is from every region.
        let resized = unsafe {
            self.region
                .resize(self.values.cast(), old, new, min_align::<A>())
        };
        let values = match resized {
            Some(values) => values,
            None => {
                let values = rewind::take(self.region, new, min_align::<A>())?;
                // SAFETY: the block, and one that was just taken.
                unsafe { copy_block(self.values.cast(), old, values, new) };
                values
            }
        };
        self.values = values.cast();
        self.capacity = capacity;
        Some(())
    }

    /// Appends a value.
    #[inline]
    #[track_caller]
    pub(crate) fn push<E: OnExhaustion>(&mut self, val: T) -> Result<(), E> {
        self.reserve(1)?;
        // SAFETY: there is room for one.
        unsafe { self.push_unchecked(val) };
        Ok(())
    }

    /// Appends a value.
    ///
    /// # Safety
    ///
    /// There is room for it.
    #[inline]
    pub(crate) unsafe fn push_unchecked(&mut self, val: T) {
        // SAFETY: less than `capacity`, so inside the block.
        let place = unsafe { self.values.add(self.len) };
        // SAFETY: a place of the block without a value.
        unsafe { place.write(val) };
        self.len += 1;
    }

    /// Appends the values of an iterator, until that fails or there is no memory. The values that
    /// came before stay.
    #[inline]
    #[track_caller]
    pub(crate) fn push_all<E: OnExhaustion, X>(
        &mut self,
        values: impl Iterator<Item = Result<T, X>>,
    ) -> Result<(), AllocOrInitError<X, E>> {
        for val in values {
            let val = val.map_err(AllocOrInitError::Init)?;
            self.push(val).map_err(AllocOrInitError::Alloc)?;
        }
        Ok(())
    }

    /// Inserts a value at `index`, which may be the end, and moves the values from there on by one
    /// place.
    #[track_caller]
    pub(crate) fn insert<E: OnExhaustion>(&mut self, index: usize, val: T) -> Result<(), E> {
        debug_assert!(index <= self.len);
        self.reserve(1)?;
        // SAFETY: at most `len`, so inside the block.
        let place = unsafe { self.values.add(index) };
        // SAFETY: there is room for one more, so the block goes on behind the place.
        let behind = unsafe { place.add(1) };
        // SAFETY: the values from there on, moved by one place, which is theirs or free.
        unsafe { place.copy_to(behind, self.len - index) };
        // SAFETY: the value that was there has moved.
        unsafe { place.write(val) };
        self.len += 1;
        Ok(())
    }

    /// Takes the value at `index` out, and moves the values behind it by one place.
    pub(crate) fn remove(&mut self, index: usize) -> T {
        debug_assert!(index < self.len);
        self.len -= 1;
        // SAFETY: less than the length, so inside the block.
        let place = unsafe { self.values.add(index) };
        // SAFETY: a value, whose place is overwritten or given up.
        let val = unsafe { place.read() };
        // SAFETY: at most at the end of the block.
        let behind = unsafe { place.add(1) };
        // SAFETY: the values behind it, moved by one place, which is free or theirs.
        unsafe { behind.copy_to(place, self.len - index) };
        val
    }

    /// Takes the last value out.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: less than the length that was, so inside the block.
        let place = unsafe { self.values.add(self.len) };
        // SAFETY: a value, whose place is given up.
        Some(unsafe { place.read() })
    }

    /// Drops the values from `len` on.
    pub(crate) fn truncate(&mut self, len: usize) {
        let Some(rest) = self.len.checked_sub(len) else {
            return;
        };
        // Set the length first, so that no value is dropped twice if a destructor unwinds.
        self.len = len;
        // SAFETY: less than the length that was, so inside the block or at its end.
        let values = unsafe { self.values.add(len) };
        let values = ptr::slice_from_raw_parts_mut(values.as_ptr(), rest);
        // SAFETY: values that are in the slice no more.
        unsafe { values.drop_in_place() };
    }

    /// Keeps the values for which `keep` returns true, in their order, and drops the others.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        /// On drop, moves the values that were not seen behind those that are kept, also on
        /// unwinding.
        struct Sifted<'a, 'r, T, A: Rewind + ?Sized> {
            slice: &'a mut Partial<'r, T, A>,
            len: usize,
            seen: usize,
            kept: usize,
        }

        impl<T, A: Rewind + ?Sized> Sifted<'_, '_, T, A> {
            /// The place at an index up to the length.
            fn place(&self, index: usize) -> NonNull<T> {
                debug_assert!(index <= self.len);
                // SAFETY: at most the length that was, so inside the block or at its end.
                unsafe { self.slice.values.add(index) }
            }

            /// Moves `count` values to the end of those that are kept.
            fn move_up(&mut self, from: usize, count: usize) {
                // SAFETY: `count` values, and as many places before their end that have none.
                unsafe { self.place(from).copy_to(self.place(self.kept), count) };
                self.kept += count;
            }
        }

        impl<T, A: Rewind + ?Sized> Drop for Sifted<'_, '_, T, A> {
            fn drop(&mut self) {
                self.move_up(self.seen, self.len - self.seen);
                self.slice.len = self.kept;
            }
        }

        // The length is 0 until the end, so that no value is dropped twice.
        let len = mem::take(&mut self.len);
        let mut sifted = Sifted {
            slice: self,
            len,
            seen: 0,
            kept: 0,
        };
        while sifted.seen < len {
            let mut place = sifted.place(sifted.seen);
            // SAFETY: a value that was not seen yet.
            let is_kept = keep(unsafe { place.as_mut() });
            sifted.seen += 1;
            if is_kept {
                sifted.move_up(sifted.seen - 1, 1);
            } else {
                // SAFETY: a value that was seen and is not kept.
                unsafe { place.drop_in_place() };
            }
        }
    }

    /// Appends copies of values.
    #[inline]
    #[track_caller]
    pub(crate) fn extend_from_slice<E: OnExhaustion>(&mut self, values: &[T]) -> Result<(), E>
    where
        T: Copy,
    {
        if values.len() > self.room() {
            return self.extend_slow(values);
        }
        // SAFETY: at most `capacity`, so inside the block or at its end.
        let place = unsafe { self.values.add(self.len) };
        let source = NonNull::from(values).cast();
        // SAFETY: there is room for as many values, and `values` is no part of a block that nobody
        // else has a pointer to.
        unsafe { place.copy_from_nonoverlapping(source, values.len()) };
        self.len += values.len();
        Ok(())
    }

    /// [`extend_from_slice`](Self::extend_from_slice) where there is no room: a tail call, so that
    /// the caller keeps nothing across it.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn extend_slow<E: OnExhaustion>(&mut self, values: &[T]) -> Result<(), E>
    where
        T: Copy,
    {
        self.reserve(values.len())?;
        self.extend_from_slice(values)
    }

    /// The values so far.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        let values = NonNull::slice_from_raw_parts(self.values, self.len);
        // SAFETY: initialised, and borrowed as `self` is.
        unsafe { values.as_ref() }
    }

    /// The values so far.
    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        let mut values = NonNull::slice_from_raw_parts(self.values, self.len);
        // SAFETY: initialised, and borrowed as `self` is.
        unsafe { values.as_mut() }
    }

    /// The number of values that there is memory for.
    #[inline]
    pub(crate) const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the values, whose destructors no longer run, and gives back the memory that is not
    /// used.
    #[inline]
    pub(crate) fn finish(self) -> &'r mut [T] {
        values::leaks::<T, A>();
        let mut values = self.into_raw();
        // SAFETY: initialised, and nobody else has a pointer; the block lasts as long as the region
        // is borrowed.
        unsafe { values.as_mut() }
    }

    /// Returns the values with an owner.
    #[inline]
    pub(crate) fn into_boxed(self) -> LeakBox<'r, [T]>
    where
        T: 'r,
    {
        // SAFETY: the values are initialised and nobody else has a pointer; the block lasts as long as
        // the region is borrowed, which takes it for nothing else.
        unsafe { LeakBox::from_raw(self.into_raw().as_ptr()) }
    }

    /// [`finish`](Self::finish), by a pointer that may access the whole region.
    #[inline]
    pub(crate) fn into_raw(self) -> NonNull<[T]> {
        let mut this = ManuallyDrop::new(self);
        if this.len < this.capacity {
            // A region may refuse to shrink a block. Then the rest of it stays unused.
            let len = this.len;
            let _ = this.resize(len);
        }
        NonNull::slice_from_raw_parts(this.values, this.len)
    }
}

impl<T, A: Rewind + ?Sized> Drop for Partial<'_, T, A> {
    fn drop(&mut self) {
        /// Gives the block back, also when a destructor unwinds.
        struct Block<'a, 'r, T, A: Rewind + ?Sized>(&'a Partial<'r, T, A>);

        impl<T, A: Rewind + ?Sized> Drop for Block<'_, '_, T, A> {
            fn drop(&mut self) {
                let block = self.0.values.cast();
                // SAFETY: the region's block, with this layout, whose values are dropped.
                unsafe { rewind::free(self.0.region, block, self.0.layout(), min_align::<A>()) };
            }
        }

        let values = ptr::slice_from_raw_parts_mut(self.values.as_ptr(), self.len);
        let _block = Block(self);
        // SAFETY: the initialised values, which nobody else has a pointer to.
        unsafe { values.drop_in_place() };
    }
}
