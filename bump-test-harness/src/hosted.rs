//! [`Hosted`]: an allocator over one piece of memory, which a [`Base`] guards on both sides.

use core::alloc::{GlobalAlloc, Layout};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use crate::base::Base;

/// An allocator and the memory that it manages, a block of a [`Base`].
///
/// For allocators that are given memory: the block is guarded on both sides and only as aligned as
/// was asked for.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use bump_global::Region;
/// use bump_test_harness::{hosted::Hosted, property, subject};
/// use core::alloc::Layout;
///
/// // 1001 bytes at an odd address.
/// let layout = Layout::from_size_align(1001, 1).unwrap();
/// let subject = subject::global_alloc_on(move |base| {
///     Hosted::new(base, layout, |memory| {
///         let region = Region::empty();
///         // SAFETY: the memory outlives the region, which alone uses it.
///         unsafe { region.init_raw(memory.cast(), memory.len()) }.unwrap();
///         region
///     })
/// });
/// let report = property::check_all(&subject.shared().capacity(1001));
/// assert!(report.all_passed(), "{report}");
/// # }
/// ```
#[derive(Debug)]
pub struct Hosted<H> {
    heap: H,
    /// Touched by `new` and `drop` only.
    base: Base,
    memory: NonNull<u8>,
    layout: Layout,
}

// SAFETY: no method that takes `&self` touches the base, which alone is not `Sync`; the memory is
// the business of the heap, which is.
unsafe impl<H: Sync> Sync for Hosted<H> {}

impl<H> Hosted<H> {
    /// Makes an allocator over a block of the base; `None` if the base refuses.
    pub fn new(base: Base, layout: Layout, make: impl FnOnce(NonNull<[u8]>) -> H) -> Option<Self> {
        let memory = base.allocate(layout)?;
        Some(Self {
            heap: make(memory),
            base,
            memory: memory.cast(),
            layout,
        })
    }
}

impl<H> Deref for Hosted<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.heap
    }
}

impl<H> DerefMut for Hosted<H> {
    fn deref_mut(&mut self) -> &mut H {
        &mut self.heap
    }
}

impl<H> Drop for Hosted<H> {
    fn drop(&mut self) {
        // SAFETY: the heap, which alone used the memory, serves nobody any more.
        unsafe { self.base.deallocate(self.memory, self.layout) };
    }
}

// SAFETY: forwards to an allocator that keeps the contract.
unsafe impl<H: GlobalAlloc> GlobalAlloc for Hosted<H> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.heap.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { self.heap.dealloc(ptr, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.heap.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.heap.realloc(ptr, layout, new_size) }
    }
}
