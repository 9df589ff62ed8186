//! A block that was taken, its lifetime and its level.

use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::{LeakBox, Level};

/// The time for which a block may be used.
///
/// Safe code can make one with any lifetime. Only in an [`Allocation`] that a region returned does
/// it mean something.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::{AllocTime, Values};
///
/// let region = Example::new(); // some type that is `RawBump`
/// let block = region.get::<u64>().unwrap();
/// let lifetime: AllocTime<'_> = block.lifetime; // no longer than `region` is borrowed
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllocTime<'region> {
    marker: PhantomData<&'region ()>,
}

impl fmt::Debug for AllocTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("AllocTime")
    }
}

/// A block of uninitialised memory, and the level of the region behind it.
///
/// This is a plain record: safe code can make one with any pointer and lifetime. So the methods
/// that use the block are `unsafe`; their caller promises that a region returned the record.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::{Allocation, Values};
///
/// let region = Example::new(); // some type that is `RawBump`
/// let block: Allocation<'_, u64> = region.get().unwrap();
/// assert!(block.ptr.is_aligned());
/// assert_eq!(block.level.byte_offset(), 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use = "the block stays taken, used or not"]
pub struct Allocation<'region, T: ?Sized = u8> {
    /// The block, aligned for the layout that was asked for. It may access all of the region.
    pub ptr: NonNull<T>,

    /// How long the block may be used.
    pub lifetime: AllocTime<'region>,

    /// The level of the region right behind the block.
    pub level: Level,
}

impl<T> Allocation<'_, T> {
    /// The level at which the block starts. The block must have been taken for a `T`, from a region
    /// without a [minimum alignment](crate::RawBump::MIN_ALIGN); otherwise the result is
    /// meaningless.
    ///
    /// For a block without bytes, it is the level at which the block was taken.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::Values;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// region.leak(1_u8).unwrap();
    /// // Behind padding.
    /// assert_eq!(region.get::<u32>().unwrap().level_start().byte_offset(), 4);
    /// ```
    #[must_use]
    pub const fn level_start(&self) -> Level {
        Level::new(self.level.byte_offset().wrapping_sub(size_of::<T>()))
    }
}

impl<T> Allocation<'_, [T]> {
    /// The level at which the block starts. The block must have been taken for this slice, from a
    /// region without a [minimum alignment](crate::RawBump::MIN_ALIGN); otherwise the result is
    /// meaningless.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::Values;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let block = region.get_slice::<u32>(3).unwrap();
    /// assert_eq!((block.level_start().byte_offset(), block.level.byte_offset()), (0, 12));
    /// ```
    #[must_use]
    pub fn level_start(&self) -> Level {
        let size = size_of::<T>().wrapping_mul(self.ptr.len());
        Level::new(self.level.byte_offset().wrapping_sub(size))
    }
}

impl<'region, T> Allocation<'region, T> {
    /// Moves a value into the block and leaks it: its destructor does not run.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::Values;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let block = region.get::<u64>().unwrap();
    /// // SAFETY: taken for a `u64`, and used once.
    /// let number: &mut u64 = unsafe { block.leak(42) };
    /// assert_eq!(*number, 42);
    /// ```
    ///
    /// # Safety
    ///
    /// The block was taken with the layout of `T`, from a region that keeps it for `'region`, and
    /// nothing else uses it.
    #[inline]
    pub unsafe fn leak(self, val: T) -> &'region mut T {
        // SAFETY: the caller promises that the block was taken for a `T`, so it is large enough and
        // aligned, and that nothing else uses it.
        unsafe { self.ptr.write(val) };
        let mut ptr = self.ptr;
        // SAFETY: the value was just written, and the caller promises that nothing else uses the
        // block for `'region`.
        unsafe { ptr.as_mut() }
    }

    /// Moves a value into the block and owns it there: its destructor runs when the box is dropped.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::Values;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let block = region.get::<String>().unwrap();
    /// // SAFETY: taken for a `String`, and used once.
    /// let text = unsafe { block.boxed(String::from("dropped in time")) };
    /// assert_eq!(text.len(), 15);
    /// ```
    ///
    /// # Safety
    ///
    /// The block was taken with the layout of `T`, from a region that keeps it for `'region`, and
    /// nothing else uses it.
    #[inline]
    pub unsafe fn boxed(self, val: T) -> LeakBox<'region, T> {
        // SAFETY: the caller promises that the block was taken for a `T`, so it is large enough and
        // aligned, and that nothing else uses it.
        unsafe { self.ptr.write(val) };
        // SAFETY: the value was just written, and the caller promises that nothing else uses the
        // block for `'region`. A region never reads its memory as a `T`.
        unsafe { LeakBox::from_raw(self.ptr.as_ptr()) }
    }

    /// The block as a place for a value.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use bump_core::Values;
    ///
    /// let region = Example::new(); // some type that is `RawBump`
    /// let block = region.get::<u64>().unwrap();
    /// // SAFETY: taken for a `u64`, and used once.
    /// let place = unsafe { block.uninit() };
    /// assert_eq!(*place.write(42), 42);
    /// ```
    ///
    /// # Safety
    ///
    /// The block was taken with the layout of `T`, from a region that keeps it for `'region`, and
    /// nothing else uses it.
    #[inline]
    #[must_use]
    pub unsafe fn uninit(self) -> &'region mut MaybeUninit<T> {
        // SAFETY: uninitialised memory is a valid `MaybeUninit`, and the caller promises that
        // nothing else uses the block for `'region`.
        unsafe { self.ptr.cast().as_mut() }
    }
}
