//! The methods that every region type has, written once: a macro, because what a user finds in the
//! documentation of a type, and calls without importing a trait, are inherent methods.
//!
//! The methods only forward to [`RawBump`](crate::RawBump) and [`Values`](crate::Values). Making a
//! region, its capacity and resetting it are each type's own.

/// Writes the methods by which blocks and values are taken from a region, inside an `impl` block of
/// a type that is [`RawBump`](crate::RawBump).
///
/// The argument starts the examples in the documentation: it makes an empty region named `bump`,
/// of at least 64 bytes and aligned for a `u64`.
///
/// ```
#[doc = include_str!("example.txt")]
/// impl Example {
///     bump_core::bump_methods!("let bump = my_crate::Example::new();");
/// }
///
/// let bump = Example::new();
/// assert_eq!(*bump.leak(42).unwrap(), 42);
/// assert_eq!(bump.used(), 4);
/// ```
#[macro_export]
macro_rules! bump_methods {
    ($example:literal) => {
        /// Takes a block of memory; `None` if it does not fit.
        ///
        /// A block of size 0 takes nothing and is always available. The block is in use until the
        /// region is reset or gone, or it is given back by `GlobalAlloc` or `Allocator`: it is rounded
        /// as theirs are.
        ///
        /// ```
        #[doc = $example]
        /// use core::alloc::Layout;
        ///
        /// let block = bump.alloc(Layout::new::<[u64; 4]>()).unwrap();
        /// assert!(block.cast::<u64>().is_aligned());
        /// assert!(bump.alloc(Layout::new::<[u8; 1 << 12]>()).is_none());
        /// ```
        #[inline]
        pub fn alloc(&self, layout: ::core::alloc::Layout) -> Option<::core::ptr::NonNull<u8>> {
            $crate::RawAlloc::allocate(self, layout)
        }

        /// Takes a block of memory at exactly `level`; the same as
        /// [`get_layout_at`](Self::get_layout_at).
        ///
        /// ```
        #[doc = $example]
        /// use core::alloc::Layout;
        ///
        /// let start = bump.level();
        /// let block = bump.alloc_at(Layout::new::<u64>(), start).unwrap();
        /// assert_eq!(block.level.byte_offset(), 8);
        /// assert!(bump.alloc_at(Layout::new::<u64>(), start).is_err());
        /// ```
        ///
        /// # Errors
        ///
        /// [`Mismatch`]($crate::Failure::Mismatch) if the region is not at that level,
        /// [`Exhausted`]($crate::Failure::Exhausted) if the block does not fit.
        #[inline]
        pub fn alloc_at(
            &self,
            layout: ::core::alloc::Layout,
            level: $crate::Level,
        ) -> Result<$crate::Allocation<'_>, $crate::Failure> {
            $crate::Values::get_layout_at(self, layout, level)
        }

        /// Takes a block of memory, and tells the level behind it; `None` if it does not fit.
        ///
        /// ```
        #[doc = $example]
        /// use core::alloc::Layout;
        ///
        /// let block = bump.get_layout(Layout::new::<[u8; 7]>()).unwrap();
        /// assert_eq!(block.level.byte_offset(), 7);
        /// ```
        #[inline]
        pub fn get_layout(&self, layout: ::core::alloc::Layout) -> Option<$crate::Allocation<'_>> {
            $crate::Values::get_layout(self, layout)
        }

        /// Takes a block of memory at exactly `level`, and tells the level behind it.
        ///
        /// So nobody else has a block that was taken since the region was at that level, and the
        /// new block lies behind the last one, with nothing but padding in between.
        ///
        /// ```
        #[doc = $example]
        /// use core::alloc::Layout;
        ///
        /// let start = bump.level();
        /// let first = bump.get_layout_at(Layout::new::<u8>(), start).unwrap();
        /// assert!(bump.get_layout_at(Layout::new::<u8>(), start).is_err());
        /// let second = bump.get_layout_at(Layout::new::<u8>(), first.level).unwrap();
        /// assert_eq!(second.ptr.addr().get(), first.ptr.addr().get() + 1);
        /// ```
        ///
        /// # Errors
        ///
        /// [`Mismatch`]($crate::Failure::Mismatch) if the region is not at that level,
        /// [`Exhausted`]($crate::Failure::Exhausted) if the block does not fit.
        #[inline]
        pub fn get_layout_at(
            &self,
            layout: ::core::alloc::Layout,
            level: $crate::Level,
        ) -> Result<$crate::Allocation<'_>, $crate::Failure> {
            $crate::Values::get_layout_at(self, layout, level)
        }

        /// Takes a block for a `V`; `None` if it does not fit.
        ///
        /// ```
        #[doc = $example]
        /// let block = bump.get::<u64>().unwrap();
        /// // SAFETY: the block was taken for a `u64`.
        /// let value = unsafe { block.leak(42) };
        /// assert_eq!(*value, 42);
        /// ```
        #[inline]
        pub fn get<V>(&self) -> Option<$crate::Allocation<'_, V>> {
            $crate::Values::get(self)
        }

        /// Takes a block for a `V` at exactly `level`.
        ///
        /// ```
        #[doc = $example]
        /// let block = bump.get_at::<u64>(bump.level()).unwrap();
        /// // SAFETY: the block was taken for a `u64`.
        /// let next = unsafe { block.leak(1) };
        /// assert_eq!(*next, 1);
        /// ```
        ///
        /// # Errors
        ///
        /// [`Mismatch`]($crate::Failure::Mismatch) if the region is not at that level,
        /// [`Exhausted`]($crate::Failure::Exhausted) if the block does not fit.
        #[inline]
        pub fn get_at<V>(
            &self,
            level: $crate::Level,
        ) -> Result<$crate::Allocation<'_, V>, $crate::Failure> {
            $crate::Values::get_at(self, level)
        }

        /// Takes a block for a slice of `len` values; `None` if it does not fit.
        ///
        /// ```
        #[doc = $example]
        /// assert_eq!(bump.get_slice::<u32>(6).unwrap().ptr.len(), 6);
        /// assert!(bump.get_slice::<u32>(usize::MAX).is_none());
        /// assert!(bump.get_slice::<()>(usize::MAX).is_some());
        /// ```
        #[inline]
        pub fn get_slice<V>(&self, len: usize) -> Option<$crate::Allocation<'_, [V]>> {
            $crate::Values::get_slice(self, len)
        }

        /// Takes a block for a slice of `len` values, as places to write them to; `None` if it does
        /// not fit.
        ///
        /// ```
        #[doc = $example]
        /// let places = bump.get_uninit_slice::<u32>(3).unwrap();
        /// for (place, value) in places.iter_mut().zip(1..) {
        ///     place.write(value);
        /// }
        /// ```
        #[inline]
        pub fn get_uninit_slice<V>(
            &self,
            len: usize,
        ) -> Option<&mut [::core::mem::MaybeUninit<V>]> {
            $crate::Values::get_uninit_slice(self, len)
        }

        /// Moves a value into the region, for as long as that lives. Its destructor does not run.
        ///
        /// ```
        #[doc = $example]
        /// let value = bump.leak(42_u64).unwrap();
        /// *value += 1;
        /// assert_eq!(*value, 43);
        ///
        /// let refused = bump.leak([7_u8; 1 << 12]).unwrap_err();
        /// assert_eq!(refused.into_inner()[0], 7);
        /// ```
        ///
        /// # Errors
        ///
        /// The value, if it does not fit.
        #[inline]
        pub fn leak<V>(&self, val: V) -> Result<&mut V, $crate::LeakError<V>> {
            $crate::Values::leak(self, val)
        }

        /// Moves a value into the region at exactly `level`, and tells the level behind it. Its
        /// destructor does not run.
        ///
        /// ```
        #[doc = $example]
        /// let (one, level) = bump.leak_at(1_u32, bump.level()).unwrap();
        /// let (two, _) = bump.leak_at(2_u32, level).unwrap();
        /// assert!(core::ptr::eq(two, (one as *const u32).wrapping_add(1)));
        /// ```
        ///
        /// # Errors
        ///
        /// The value, and why it was refused.
        #[inline]
        pub fn leak_at<V>(
            &self,
            val: V,
            level: $crate::Level,
        ) -> Result<(&mut V, $crate::Level), $crate::LeakError<V>> {
            $crate::Values::leak_at(self, val, level)
        }

        /// Moves a value into the region and owns it there; `None`, and the value is dropped, if it
        /// does not fit.
        ///
        /// ```
        #[doc = $example]
        /// let mut greeting = bump.leak_box(String::from("Hello")).unwrap();
        /// greeting.push_str(" world!");
        /// assert_eq!(*greeting, "Hello world!");
        /// ```
        #[inline]
        pub fn leak_box<V>(&self, val: V) -> Option<$crate::LeakBox<'_, V>> {
            $crate::Values::try_leak_box(self, val).ok()
        }

        /// Moves a value into the region at exactly `level` and owns it there. If it is refused, it
        /// is dropped.
        ///
        /// ```
        #[doc = $example]
        /// let start = bump.level();
        /// let first = bump.leak_box_at(String::from("first"), start).unwrap();
        /// assert_eq!(*first, "first");
        /// assert!(bump.leak_box_at(String::from("too late"), start).is_err());
        /// ```
        ///
        /// # Errors
        ///
        /// [`Mismatch`]($crate::Failure::Mismatch) if the region is not at that level,
        /// [`Exhausted`]($crate::Failure::Exhausted) if the value does not fit.
        #[inline]
        pub fn leak_box_at<V>(
            &self,
            val: V,
            level: $crate::Level,
        ) -> Result<$crate::LeakBox<'_, V>, $crate::Failure> {
            $crate::Values::try_leak_box_at(self, val, level).map_err(|refused| refused.kind())
        }

        /// Moves a value into the region and owns it there.
        ///
        /// ```
        #[doc = $example]
        /// let refused = bump.try_leak_box([7_u8; 1 << 12]).unwrap_err();
        /// assert_eq!(refused.into_inner()[0], 7);
        /// ```
        ///
        /// # Errors
        ///
        /// The value, if it does not fit.
        #[inline]
        pub fn try_leak_box<V>(
            &self,
            val: V,
        ) -> Result<$crate::LeakBox<'_, V>, $crate::LeakError<V>> {
            $crate::Values::try_leak_box(self, val)
        }

        /// Moves a value into the region at exactly `level` and owns it there.
        ///
        /// ```
        #[doc = $example]
        /// let start = bump.level();
        /// bump.leak(1_u8).unwrap();
        /// let refused = bump.try_leak_box_at(String::from("too late"), start).unwrap_err();
        /// assert_eq!(refused.into_inner(), "too late");
        /// ```
        ///
        /// # Errors
        ///
        /// The value, and why it was refused.
        #[inline]
        pub fn try_leak_box_at<V>(
            &self,
            val: V,
            level: $crate::Level,
        ) -> Result<$crate::LeakBox<'_, V>, $crate::LeakError<V>> {
            $crate::Values::try_leak_box_at(self, val, level)
        }

        /// Copies a slice into the region, for as long as that lives; `None` if it does not fit.
        ///
        /// ```
        #[doc = $example]
        /// let copy = bump.leak_slice_copy(&[1_u32, 2, 3]).unwrap();
        /// copy[0] = 10;
        /// assert_eq!(copy, [10, 2, 3]);
        /// ```
        #[inline]
        pub fn leak_slice_copy<V: Copy>(&self, values: &[V]) -> Option<&mut [V]> {
            $crate::Values::leak_slice_copy(self, values)
        }

        /// Copies a string into the region, for as long as that lives; `None` if it does not fit.
        ///
        /// ```
        #[doc = $example]
        /// let copy = bump.leak_str("bump").unwrap();
        /// copy.make_ascii_uppercase();
        /// assert_eq!(copy, "BUMP");
        /// ```
        #[inline]
        pub fn leak_str(&self, text: &str) -> Option<&mut str> {
            $crate::Values::leak_str(self, text)
        }

        /// How far the region is consumed.
        ///
        /// Where it is shared, the answer may be out of date at once. It orders no memory accesses.
        ///
        /// ```
        #[doc = $example]
        /// bump.leak_str("abc").unwrap();
        /// assert_eq!(bump.level().byte_offset(), 3);
        /// ```
        #[inline]
        pub fn level(&self) -> $crate::Level {
            $crate::Values::level(self)
        }

        /// The bytes that are consumed, padding included.
        ///
        /// ```
        #[doc = $example]
        /// bump.leak_str("abc").unwrap();
        /// bump.leak(1_u32).unwrap();
        /// assert_eq!(bump.used(), 8);
        /// assert_eq!(bump.remaining(), bump.capacity() - 8);
        /// ```
        #[inline]
        pub fn used(&self) -> usize {
            $crate::Values::level(self).byte_offset()
        }

        /// The bytes that are left. The padding before a block comes out of them, too.
        ///
        /// ```
        #[doc = $example]
        /// let before = bump.remaining();
        /// bump.leak_str("abc").unwrap();
        /// assert_eq!(bump.remaining(), before - 3);
        /// ```
        #[inline]
        pub fn remaining(&self) -> usize {
            let capacity = $crate::RawBump::memory(self).map_or(0, |memory| memory.size());
            capacity.saturating_sub($crate::Values::level(self).byte_offset())
        }

        /// A pointer to the first byte of the region, which may access all of it.
        ///
        /// Blocks in use, and references to them, must not be disturbed through it.
        ///
        /// ```
        #[doc = $example]
        /// let text = bump.leak_str("first").unwrap();
        /// assert_eq!(text.as_ptr(), bump.data_ptr().as_ptr());
        /// ```
        #[inline]
        pub fn data_ptr(&self) -> ::core::ptr::NonNull<u8> {
            let memory = $crate::RawBump::memory(self);
            memory.map_or(::core::ptr::NonNull::dangling(), |memory| memory.start())
        }

        /// The block that starts at a level, by a pointer that may access all of the region: also
        /// the blocks behind it.
        ///
        /// ```
        #[doc = $example]
        /// let start = bump.level();
        /// let (_, level) = bump.leak_at(1_u32, start).unwrap();
        /// let (_, _) = bump.leak_at(2_u32, level).unwrap();
        /// // SAFETY: a block for a `u32` was taken at this level.
        /// let first = unsafe { bump.get_unchecked::<u32>(start) }.ptr;
        /// // SAFETY: two `u32`, one behind the other, to which there is no reference any more.
        /// let both = unsafe { core::slice::from_raw_parts_mut(first.as_ptr(), 2) };
        /// assert_eq!(both, [1, 2]);
        /// ```
        ///
        /// # Safety
        ///
        /// A block was taken that starts at `level`
        /// ([`level_start`]($crate::Allocation::level_start)), and that is aligned for a `V`. The
        /// accesses of the caller through the pointer do not overlap those of others.
        #[inline]
        pub unsafe fn get_unchecked<V>(&self, level: $crate::Level) -> $crate::Allocation<'_, V> {
            // SAFETY: the caller's promise.
            unsafe { $crate::Values::get_unchecked(self, level) }
        }
    };
}
