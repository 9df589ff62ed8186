//! [`Tracked`]: statistics of the requests to an allocator.
//!
//! It wraps any [`GlobalAlloc`], not only those of this crate. Allocators that are not wrapped pay
//! nothing for it.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use crate::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::fallback::Owns;

/// An allocator that keeps [`Statistics`].
///
/// ```
/// use bump_global::{Bump, Tracked};
///
/// #[global_allocator]
/// static HEAP: Tracked<Bump<[u8; 1 << 16]>> = Tracked::new(Bump::uninit());
///
/// fn main() {
///     let before = HEAP.statistics();
///     let v = vec![1_u64; 100];
///     assert_eq!(HEAP.statistics().in_use - before.in_use, 800);
///     drop(v);
///     assert!(HEAP.statistics().peak >= before.in_use + 800);
///     assert_eq!(HEAP.statistics().failed, 0);
/// }
/// ```
///
/// Blocks that are taken from the [allocator](Self::allocator) itself are not counted.
///
/// # As a part of a `Fallback`
///
/// The secondary allocator of a [`Fallback`](crate::Fallback) may hand out parts of a block that
/// its primary has lent to it, and the primary gets these parts back ([`Owns`]). As the primary,
/// `Tracked` subtracts them from the bytes in use:
///
/// - If the lent block was taken through `Tracked`, it was counted, and the figures stay exact.
/// - If it was taken from the [allocator](Self::allocator) itself, it was not. The figures for the
///   bytes in use and their peak are then too small, by no more than the parts that came back. They
///   are never too large, and stop at 0.
///
/// As the secondary, `Tracked` is not told of the parts that the primary gets: their bytes stay in
/// use, since they are lost to the secondary.
#[derive(Debug, Default)]
pub struct Tracked<A> {
    allocator: A,
    in_use: AtomicUsize,
    peak: AtomicUsize,
    allocations: AtomicUsize,
    failed: AtomicUsize,
    largest_failed: AtomicUsize,
}

/// The figures of a [`Tracked`] allocator.
///
/// Each figure is exact while no request is running, also after requests from several threads.
/// Counts start again from 0 after `usize::MAX`.
///
/// ```
/// use bump_global::{Bump, Tracked};
/// use core::alloc::{GlobalAlloc, Layout};
///
/// let heap = Tracked::new(Bump::<[u8; 64]>::uninit());
/// // SAFETY: not 0 bytes.
/// unsafe { heap.alloc(Layout::new::<[u8; 10]>()) };
/// // SAFETY: as above.
/// unsafe { heap.alloc(Layout::new::<[u8; 100]>()) };
///
/// let statistics = heap.statistics();
/// assert_eq!((statistics.in_use, statistics.peak, statistics.allocations), (10, 10, 1));
/// assert_eq!((statistics.failed, statistics.largest_failed), (1, 100));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Statistics {
    /// The bytes of the blocks in use, without what lies between them.
    pub in_use: usize,
    /// The most bytes that were in use at a time, since [`Tracked::reset_peak`] if that was called.
    pub peak: usize,
    /// The blocks that were handed out. Resizing one is not a new one.
    pub allocations: usize,
    /// The requests, for new blocks or to resize one, that were not met.
    pub failed: usize,
    /// The size of the largest such request, in bytes.
    pub largest_failed: usize,
}

impl<A> Tracked<A> {
    /// Wraps an allocator that has no blocks in use.
    ///
    /// ```
    /// use bump_global::{Bump, Tracked};
    ///
    /// static HEAP: Tracked<Bump<[u8; 1 << 20]>> = Tracked::new(Bump::uninit());
    /// assert_eq!(HEAP.statistics().allocations, 0);
    /// ```
    #[must_use]
    pub const fn new(allocator: A) -> Self {
        Tracked {
            allocator,
            in_use: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            allocations: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            largest_failed: AtomicUsize::new(0),
        }
    }

    /// The present figures.
    ///
    /// ```
    /// use bump_global::{Bump, Tracked};
    /// use core::alloc::{GlobalAlloc, Layout};
    ///
    /// let heap = Tracked::new(Bump::<[u8; 64]>::uninit());
    /// // SAFETY: not 0 bytes.
    /// unsafe { heap.alloc(Layout::new::<u64>()) };
    /// assert_eq!(heap.statistics().in_use, 8);
    /// ```
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            in_use: self.in_use.load(Relaxed),
            peak: self.peak.load(Relaxed),
            allocations: self.allocations.load(Relaxed),
            failed: self.failed.load(Relaxed),
            largest_failed: self.largest_failed.load(Relaxed),
        }
    }

    /// The allocator itself.
    ///
    /// ```
    /// use bump_global::{Bump, Tracked};
    /// use core::alloc::{GlobalAlloc, Layout};
    ///
    /// let heap = Tracked::new(Bump::<[u8; 64]>::uninit());
    /// // SAFETY: not 0 bytes.
    /// unsafe { heap.alloc(Layout::new::<[u64; 2]>()) };
    /// assert_eq!(heap.allocator().used(), 16);
    /// ```
    #[inline]
    #[must_use]
    pub const fn allocator(&self) -> &A {
        &self.allocator
    }

    /// Begins a new phase: its peak starts at the bytes that are in use now. Returns the peak of
    /// the phase that ends.
    ///
    /// A request that is under way in another thread counts for one of the two phases.
    ///
    /// ```
    /// use bump_global::{Bump, Tracked};
    ///
    /// #[global_allocator]
    /// static HEAP: Tracked<Bump<[u8; 1 << 16]>> = Tracked::new(Bump::uninit());
    ///
    /// fn main() {
    ///     let kept = vec![0_u8; 100];
    ///     drop(vec![0_u8; 10_000]);
    ///     let first_phase = HEAP.reset_peak();
    ///     drop(vec![0_u8; 1000]);
    ///     let second_phase = HEAP.reset_peak();
    ///     assert_eq!(first_phase - second_phase, 9000);
    /// }
    /// ```
    pub fn reset_peak(&self) -> usize {
        let ended = self.peak.swap(0, Relaxed);
        // Read the count by a read-modify-write, which sees the latest value. A request comes
        // before it, and is counted; or it comes after it, and its `Acquire` sees the peak as it
        // was reset, and raises it again.
        raise(&self.peak, self.in_use.fetch_add(0, Release));
        ended
    }

    // Every figure is one atomic, which changes during the call that it counts. So the history of
    // each figure is one in which the calls came one after the other.

    #[inline]
    fn add(&self, bytes: usize) {
        let in_use = self.in_use.fetch_add(bytes, Acquire).wrapping_add(bytes);
        raise(&self.peak, in_use);
    }

    /// Subtracts bytes that are given back, and returns how many there were to subtract.
    ///
    /// It returns less than `bytes` only if a [`Fallback`](crate::Fallback) gives back a block that
    /// was not counted. The count stops at 0 there: a negative one would be read as an immense one.
    #[inline]
    fn subtract(&self, bytes: usize) -> usize {
        let mut in_use = self.in_use.load(Relaxed);
        loop {
            let subtracted = bytes.min(in_use);
            match self.in_use.compare_exchange_weak(
                in_use,
                in_use.wrapping_sub(subtracted),
                Relaxed,
                Relaxed,
            ) {
                Ok(_) => return subtracted,
                Err(changed) => in_use = changed,
            }
        }
    }

    #[inline]
    fn handed_out(&self, block: *mut u8, bytes: usize) -> *mut u8 {
        if block.is_null() {
            self.refused(bytes);
        } else {
            self.allocations.fetch_add(1, Relaxed);
            self.add(bytes);
        }
        block
    }

    #[cold]
    fn refused(&self, bytes: usize) {
        self.failed.fetch_add(1, Relaxed);
        raise(&self.largest_failed, bytes);
    }
}

/// Makes `maximum` at least `value`. Most often it already is, and is not written.
#[inline]
fn raise(maximum: &AtomicUsize, value: usize) {
    if maximum.load(Relaxed) < value {
        maximum.fetch_max(value, Relaxed);
    }
}

// SAFETY: forwards every call unchanged, and panics if the allocator does.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Tracked<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises that the layout is not empty.
        let block = unsafe { self.allocator.alloc(layout) };
        self.handed_out(block, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises that the layout is not empty.
        let block = unsafe { self.allocator.alloc_zeroed(layout) };
        self.handed_out(block, layout.size())
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Subtract first: the bytes may be in use again as soon as they are given back.
        self.subtract(layout.size());
        // SAFETY: the caller promises that the block is from here, in use, and has this layout.
        unsafe { self.allocator.dealloc(block, layout) };
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let mut given_back = layout.size().saturating_sub(size);
        if given_back != 0 {
            // First, as in `dealloc`.
            given_back = self.subtract(given_back);
        }
        // SAFETY: the caller promises that the block is from here, in use, and has this layout, and
        // that the size is valid.
        let resized = unsafe { self.allocator.realloc(block, layout, size) };
        if resized.is_null() {
            self.refused(size);
            self.add(given_back);
        } else if size > layout.size() {
            self.add(size.wrapping_sub(layout.size()));
        }
        resized
    }
}

// SAFETY: its blocks are those of the allocator.
unsafe impl<A: Owns> Owns for Tracked<A> {
    const UNIT: usize = A::UNIT;

    #[inline]
    fn owns(&self, block: NonNull<u8>) -> bool {
        self.allocator.owns(block)
    }
}
