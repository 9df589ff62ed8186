//! [`WithAllocationInfo`]: what a collection's requests did to the level of a region.
//!
//! The interface `Allocator` has no place for it; this is a handle that remembers.

use core::alloc::Layout;
use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;

use bump_core::engine::unit;
use bump_core::place::block_end;
use bump_core::{Handle, Level, RawAlloc, RawBump, Values};

/// A reference to a region that remembers the level of the last request.
///
/// It is an `Allocator` like the reference, for one thread. The levels are those of the request
/// itself: to ask the region afterwards would be a race where others use it.
///
/// ```
/// # #[cfg(feature = "allocator-api2-04")] {
/// # use allocator_api2_04 as allocator_api2;
/// use allocator_api2::vec::Vec;
/// use bump_global::Bump;
/// use bump_global::allocator_api2::WithAllocationInfo;
///
/// let bump: Bump<[u64; 4]> = Bump::uninit();
/// bump.leak(0_u32).unwrap();
///
/// let mut vec = Vec::<u32, _>::new_in(WithAllocationInfo::new(&bump));
/// vec.reserve_exact(3);
/// assert_eq!(vec.allocator().last_allocation_start().byte_offset(), 8);
/// assert_eq!(vec.allocator().last_observed_level().byte_offset(), 24);
///
/// // It is the last block, so it grows where it is.
/// vec.reserve_exact(5);
/// assert_eq!(vec.allocator().last_allocation_start().byte_offset(), 8);
/// assert_eq!(vec.allocator().last_observed_level().byte_offset(), 32);
/// # }
/// ```
pub struct WithAllocationInfo<A> {
    region: A,
    start: Cell<Level>,
    observed: Cell<Level>,
}

impl<'region, B: RawBump + ?Sized> WithAllocationInfo<&'region B> {
    /// A handle of a region.
    ///
    /// ```
    /// # #[cfg(feature = "allocator-api2-04")] {
    /// # use allocator_api2_04 as allocator_api2;
    /// use allocator_api2::vec::Vec;
    /// use bump_global::Bump;
    /// use bump_global::allocator_api2::WithAllocationInfo;
    ///
    /// let bump: Bump<[u64; 4]> = Bump::uninit();
    /// let vec = Vec::<u32, _>::with_capacity_in(4, WithAllocationInfo::new(&bump));
    /// assert_eq!(bump.used(), 16);
    /// # drop(vec);
    /// # }
    /// ```
    #[must_use]
    pub const fn new(region: &'region B) -> Self {
        WithAllocationInfo {
            region,
            start: Cell::new(Level::new(0)),
            observed: Cell::new(Level::new(0)),
        }
    }
}

impl<A> WithAllocationInfo<A> {
    /// The level behind the block, and behind the bytes that round its size, after a request that
    /// was met; the level at which the block did not fit after one that was not.
    ///
    /// ```
    /// # #[cfg(feature = "allocator-api2-04")] {
    /// # use allocator_api2_04 as allocator_api2;
    /// use allocator_api2::vec::Vec;
    /// use bump_global::Bump;
    /// use bump_global::allocator_api2::WithAllocationInfo;
    ///
    /// let bump: Bump<[u64; 4]> = Bump::uninit();
    /// let vec = Vec::<u32, _>::with_capacity_in(4, WithAllocationInfo::new(&bump));
    /// assert_eq!(vec.allocator().last_observed_level().byte_offset(), 16);
    /// # }
    /// ```
    #[must_use]
    pub fn last_observed_level(&self) -> Level {
        self.observed.get()
    }

    /// The level at which the block starts that was taken or resized last.
    ///
    /// ```
    /// # #[cfg(feature = "allocator-api2-04")] {
    /// # use allocator_api2_04 as allocator_api2;
    /// use allocator_api2::vec::Vec;
    /// use bump_global::Bump;
    /// use bump_global::allocator_api2::WithAllocationInfo;
    ///
    /// let bump: Bump<[u64; 4]> = Bump::uninit();
    /// bump.leak(1_u32).unwrap();
    /// let vec = Vec::<u32, _>::with_capacity_in(4, WithAllocationInfo::new(&bump));
    /// assert_eq!(vec.allocator().last_allocation_start().byte_offset(), 8);
    /// # }
    /// ```
    #[must_use]
    pub fn last_allocation_start(&self) -> Level {
        self.start.get()
    }
}

impl<B: RawBump + ?Sized> WithAllocationInfo<&B> {
    /// Remembers where a block, of at least one byte, starts, and the level behind it.
    fn remember(&self, block: NonNull<u8>, size: usize) {
        if let Some(memory) = self.region.memory() {
            let origin = memory.start().addr().get();
            let start = block.addr().get().wrapping_sub(origin);
            let end = block_end(block.addr().get(), size, unit::<B>()).wrapping_sub(origin);
            self.start.set(Level::new(start));
            self.observed.set(Level::new(end));
        }
    }
}

// SAFETY: blocks are taken from the region, and resized and released by it.
unsafe impl<B: RawBump + ?Sized> RawAlloc for WithAllocationInfo<&B> {
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        let taken = self.region.allocate(layout);
        match taken {
            Some(block) if layout.size() != 0 => self.remember(block, layout.size()),
            Some(_) => {
                let level = self.region.level();
                self.start.set(level);
                self.observed.set(level);
            }
            None => self.observed.set(self.region.level()),
        }
        taken
    }

    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.region.deallocate(block, layout) };
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        let resized = unsafe { RawAlloc::resize(self.region, block, old, new) };
        match resized {
            Some(resized) if new.size() != 0 => self.remember(resized, new.size()),
            _ => self.observed.set(self.region.level()),
        }
        resized
    }
}

// SAFETY: the handle has a reference to the region, whose memory stays when the handle moves.
unsafe impl<B: RawBump + ?Sized> Handle for WithAllocationInfo<&B> {
    type Allocator = Self;

    fn allocator(&self) -> &Self {
        self
    }
}

impl<A> fmt::Debug for WithAllocationInfo<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithAllocationInfo")
            .field("last_allocation_start", &self.start.get())
            .field("last_observed_level", &self.observed.get())
            .finish_non_exhaustive()
    }
}
