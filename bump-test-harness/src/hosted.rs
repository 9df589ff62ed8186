//! [`Hosted`]: an allocator over one piece of memory, which a [`Base`] guards on both sides.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use crate::base::Base;
use crate::calls::Calls;
use crate::heap::{Granted, Interface, Resize};

/// An allocator and the memory that it manages, a block of a [`Base`].
///
/// Made by [`subject::hosted`](crate::subject::hosted).
///
/// ```
/// use bump_global::Region;
/// use bump_test_harness::calls::ByGlobalAlloc;
/// use bump_test_harness::{op, property, subject};
///
/// let subject = subject::hosted::<_, ByGlobalAlloc>(op::layout(999, 1), |memory| {
///     let region = Region::empty();
///     // SAFETY: the memory outlives the region, which alone uses it.
///     unsafe { region.init_raw(memory.cast(), memory.len()) }.unwrap();
///     region
/// });
/// // The function gets the hosted allocator, by `Deref`.
/// let subject = subject.reset(|region| region.reset());
/// assert!(property::named("reset").unwrap().check(&subject).passed());
/// ```
#[derive(Debug)]
pub struct Hosted<H> {
    // The first field, so that it is dropped before its memory.
    heap: H,
    _lease: Lease,
}

/// A block of a base, given back on drop.
#[derive(Debug)]
struct Lease {
    base: Base,
    memory: NonNull<u8>,
    layout: Layout,
}

// SAFETY: only the lease is not `Sync`, and no method that takes `&self` touches it. The heap is
// `Sync`, and only the heap accesses the memory.
unsafe impl<H: Sync> Sync for Hosted<H> {}

impl<H> Hosted<H> {
    /// Makes an allocator over a block of the base; `None` if the base refuses.
    pub(crate) fn new(
        base: Base,
        layout: Layout,
        make: impl FnOnce(NonNull<[u8]>) -> H,
    ) -> Option<Self> {
        let memory = base.allocate(layout)?;
        Some(Self {
            heap: make(memory),
            _lease: Lease {
                base,
                memory: memory.cast(),
                layout,
            },
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

impl Drop for Lease {
    fn drop(&mut self) {
        // SAFETY: the heap, which alone used the memory, is gone.
        unsafe { self.base.deallocate(self.memory, self.layout) };
    }
}

/// Marks calls through the interface `I` of an allocator that is [`Hosted`].
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::Interface;
/// use bump_test_harness::calls::{ByGlobalAlloc, Calls};
/// use bump_test_harness::hosted::{Hosted, Within};
///
/// type Calling = Within<ByGlobalAlloc>;
/// assert_eq!(<Calling as Calls<Hosted<Bump<u64>>>>::INTERFACE, Interface::GlobalAlloc);
/// ```
#[derive(Debug)]
pub struct Within<I>(PhantomData<I>);

// SAFETY: each call is passed on to the interface `I`, which keeps its contract.
unsafe impl<H, I: Calls<H>> Calls<Hosted<H>> for Within<I> {
    const INTERFACE: Interface = I::INTERFACE;

    fn allocate(allocator: &Hosted<H>, layout: Layout, zeroed: bool) -> Option<Granted> {
        I::allocate(&allocator.heap, layout, zeroed)
    }

    unsafe fn deallocate(allocator: &Hosted<H>, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promises are those of the same call of `I`.
        unsafe { I::deallocate(&allocator.heap, ptr, layout) }
    }

    unsafe fn resize(
        allocator: &Hosted<H>,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        how: Resize,
    ) -> Option<Granted> {
        // SAFETY: the caller's promises are those of the same call of `I`.
        unsafe { I::resize(&allocator.heap, ptr, old, new, how) }
    }
}
