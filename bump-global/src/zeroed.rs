//! [`Zeroed`]: a heap over memory that is zero already, and is not cleared again.
//!
//! ```text
//!   base                               mark         cursor          end
//!     │ was in use before, or is          │ in use     │ never used    │
//!   ──┴───────────────────────────────────┴────────────┴───────────────┴──
//!     a block that starts here is cleared,  but not what lies behind the mark
//! ```
//!
//! The *mark* is a position behind all blocks that were ever freed or resized. Before a block is
//! freed, the mark is raised to the cursor, and no block in use is behind that. So taking memory
//! costs nothing.
//!
//! Why a block that is behind the mark is zero:
//!
//! 1. Its bytes were in no block before. Otherwise somebody freed them, and had raised the mark behind
//!    them before that.
//! 2. The request sees that mark. Giving memory back is a release, and taking it is an acquire, of
//!    the cursor or of a list ([`Cursor`]): the mark was raised before the release, and is loaded
//!    after the acquire. It never falls, so a later mark is right as well.

use core::alloc::Layout;
use core::ptr::NonNull;

use bump_core::{Cursor as _, RawAlloc, RawBump, impl_global_alloc};

// Import these from the parent module: a test runs this source in a model checker.
use super::atomic::{AtomicUsize, Ordering};

/// A heap over memory that is zero until it is used. A request for memory that is zero clears nothing
/// of it.
///
/// Pages of the operating system, of `memory.grow`, and what start-up has cleared are such memory. A
/// vector of zeros of half a gigabyte touches no page then.
///
/// ```
/// use bump_global::{Region, Zeroed};
/// use std::alloc::{GlobalAlloc, Layout, System};
/// use std::ptr::NonNull;
///
/// # const BYTES: usize = 1 << if cfg!(miri) { 16 } else { 29 };
/// let layout = Layout::from_size_align(BYTES, 4096)?;
/// // SAFETY: not 0 bytes. (The system maps them only when they are touched.)
/// let memory = NonNull::new(unsafe { System.alloc_zeroed(layout) }).ok_or("no memory")?;
/// let region = Region::empty();
/// // SAFETY: the memory is nobody else's.
/// unsafe { region.init_raw(memory, BYTES) }?;
/// // SAFETY: the memory is zero, and nothing was taken of it.
/// let heap = unsafe { Zeroed::new(region) };
///
/// // SAFETY: not 0 bytes.
/// let block = unsafe { heap.alloc_zeroed(Layout::new::<[u64; 8]>()) };
/// // SAFETY: the block has `BYTES` bytes, which are zero.
/// assert_eq!(unsafe { block.cast::<[u64; 8]>().read() }, [0; 8]);
/// # drop(heap);
/// # // SAFETY: allocated above, with this layout; the heap is gone.
/// # unsafe { System.dealloc(memory.as_ptr(), layout) };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The heap inside is a region, or a [`Recycling`](crate::Recycling) over one. It cannot be accessed,
/// since `Zeroed` would not know of blocks that are freed there. Freeing and resizing cost some
/// instructions more.
#[derive(Debug)]
pub struct Zeroed<B> {
    pub(super) heap: B,
    /// The position up to which memory may have been in use; it only rises.
    pub(super) mark: AtomicUsize,
}

/// Heaps that can be [`Zeroed`]: those that are a region, or take all of their memory from one.
///
/// ```
/// use bump_global::{Bump, OverRegion, Recycling, Region};
///
/// fn is_over_region<B: OverRegion>() {}
/// is_over_region::<Region>();
/// is_over_region::<Recycling<Bump<[u8; 1024]>>>();
/// ```
///
/// # Safety
///
/// The region is the same each time, and each block is a part of it, or ends outside of it. No byte of the
/// region is written but in blocks in use, and in those that were freed or resized.
pub unsafe trait OverRegion: RawAlloc {
    /// The position of the region's cursor.
    #[doc(hidden)]
    fn cursor_position(&self) -> usize;

    /// The address of the region's first byte; 0 if it has no memory.
    #[doc(hidden)]
    fn start_address(&self) -> usize;

    /// The bytes of the region.
    #[doc(hidden)]
    fn bytes(&self) -> usize;
}

// SAFETY: it is a region.
unsafe impl<B: RawBump> OverRegion for B {
    #[inline]
    fn cursor_position(&self) -> usize {
        self.cursor().load()
    }

    #[inline]
    fn start_address(&self) -> usize {
        self.memory()
            .map_or(0, |memory| memory.start().addr().get())
    }

    #[inline]
    fn bytes(&self) -> usize {
        self.memory().map_or(0, |memory| memory.size())
    }
}

// SAFETY: all blocks are the heap's, and nothing else is written.
#[cfg(not(model_checker))]
unsafe impl<G: crate::Grow, B: crate::Extensible + OverRegion> OverRegion for crate::Growing<G, B> {
    #[inline]
    fn cursor_position(&self) -> usize {
        self.heap.cursor_position()
    }

    #[inline]
    fn start_address(&self) -> usize {
        self.heap.start_address()
    }

    #[inline]
    fn bytes(&self) -> usize {
        self.heap.capacity()
    }
}

#[cfg(not(model_checker))]
impl<B> Zeroed<B> {
    /// A heap whose memory is zero.
    ///
    /// ```
    /// use bump_global::{Bump, Zeroed};
    ///
    /// static HEAP: Zeroed<Bump<[u64; 128]>> =
    ///     // SAFETY: all of it is zero: there is no padding in an array of numbers.
    ///     unsafe { Zeroed::new(Bump::zeroed()) };
    /// ```
    ///
    /// # Safety
    ///
    /// - All memory that the heap has now is initialised to zero, and so is memory that it gets later,
    ///   when it gets it. A static that is not initialised is not: it reads as zero on most machines, but
    ///   to read it is undefined behaviour.
    /// - Blocks that were taken from the heap before, or are taken in another way than through
    ///   this, are never freed. A reference to a region is such a way, for example, if `heap` is a
    ///   copy of it.
    /// - If the heap is moved while no block is in use, its memory stays zero.
    #[must_use]
    pub const unsafe fn new(heap: B) -> Self {
        Zeroed {
            heap,
            mark: AtomicUsize::new(0),
        }
    }
}

#[cfg(not(model_checker))]
impl<const MIN_ALIGN: usize> Zeroed<crate::Region<MIN_ALIGN>> {
    /// Makes all of the memory available again. Memory that was in use is cleared when it is taken
    /// as zero.
    ///
    /// ```
    /// use bump_global::{Region, Zeroed};
    ///
    /// // SAFETY: a region without memory has none that is not zero.
    /// let mut heap = unsafe { Zeroed::new(Region::empty()) };
    /// heap.reset();
    /// ```
    #[inline]
    pub fn reset(&mut self) {
        self.raise();
        self.heap.reset();
    }
}

impl<B: OverRegion> Zeroed<B> {
    /// The bytes of the region. Memory that a `Recycling` got elsewhere is not counted.
    ///
    /// ```
    /// use bump_global::{Bump, Zeroed};
    ///
    /// // SAFETY: all of it is zero: there is no padding in an array of numbers.
    /// let heap = unsafe { Zeroed::new(Bump::<[u64; 8]>::zeroed()) };
    /// assert_eq!((heap.capacity(), heap.used()), (64, 0));
    /// ```
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.heap.bytes()
    }

    /// The bytes that were taken from the region, and did not come back to it.
    ///
    /// ```
    /// use bump_global::{Region, Zeroed};
    ///
    /// // SAFETY: a region without memory has none that is not zero.
    /// assert_eq!(unsafe { Zeroed::new(Region::empty()) }.used(), 0);
    /// ```
    #[inline]
    #[must_use]
    pub fn used(&self) -> usize {
        self.heap.cursor_position()
    }

    /// Raises the mark behind all blocks in use, before one of them is freed or resized.
    #[inline]
    fn raise(&self) {
        // A block in use is in front of the cursor, and its owner sees a cursor that is behind it.
        let cursor = self.heap.cursor_position();
        if cursor > self.mark.load(Ordering::Relaxed) {
            self.mark.fetch_max(cursor, Ordering::Relaxed);
        }
    }

    /// Clears those of the bytes that may have been in use.
    ///
    /// # Safety
    ///
    /// They are of a block of the heap that is the caller's.
    unsafe fn clear(&self, bytes: NonNull<u8>, count: usize) {
        let position = bytes.addr().get().wrapping_sub(self.heap.start_address());
        // A block of the region is in front of the cursor. Memory that was added elsewhere is not, and
        // there is no mark for it.
        let used = if position.wrapping_add(count) <= self.heap.cursor_position() {
            self.mark.load(Ordering::Relaxed).saturating_sub(position)
        } else {
            count
        };
        // SAFETY: the caller's promise.
        unsafe { bytes.write_bytes(0, used.min(count)) };
    }
}

// SAFETY: all blocks are the heap's; one that has to be zero is, as argued above.
unsafe impl<B: OverRegion> RawAlloc for Zeroed<B> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.heap.allocate(layout)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Option<NonNull<u8>> {
        let block = self.heap.allocate(layout)?;
        // SAFETY: just taken, with the bytes of the layout.
        unsafe { self.clear(block, layout.size()) };
        Some(block)
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        self.raise();
        // SAFETY: the caller's promise.
        unsafe { self.heap.deallocate(block, layout) };
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        self.raise();
        // SAFETY: the caller's promise.
        unsafe { self.heap.resize(block, old, new) }
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        self.raise();
        // SAFETY: the caller's promise.
        unsafe { self.heap.reallocate(block, old, new) }
    }

    #[inline]
    unsafe fn grow_zeroed(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        let grown = unsafe { self.reallocate(block, old, new) }?;
        if let Some(added) = new.size().checked_sub(old.size()) {
            // SAFETY: the old size is at most the new one, and the block has the new one.
            let tail = unsafe { grown.add(old.size()) };
            // SAFETY: the rest of the block has this many bytes.
            unsafe { self.clear(tail, added) };
        }
        Some(grown)
    }
}

impl_global_alloc!(impl[B: OverRegion] for Zeroed<B>);
