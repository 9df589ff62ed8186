//! [`Lent`] and its counterpart by value: an allocator that implements an interface, as a [`Heap`].

use alloc::boxed::Box;
use alloc::string::String;
use core::alloc::Layout;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;
use core::ptr::{self, NonNull};

use crate::base::Base;
use crate::calls::Calls;
use crate::heap::{Granted, Heap, Interface, Payload, Resize};
use crate::hostile::{armed, disarmed};

/// The promises of an allocator beyond its interface, and the calls for them.
pub(crate) struct Promises<A> {
    pub(crate) capacity: Option<usize>,
    pub(crate) region: Option<fn(&A) -> Range<usize>>,
    pub(crate) reset: Option<fn(&mut A)>,
    pub(crate) movable: bool,
    pub(crate) alloc_with: Option<AllocWith<A>>,
    pub(crate) alloc_from_iter: Option<AllocFromIter<A>>,
}

/// Allocates a value that the closure makes.
pub type AllocWith<A> = for<'a> fn(&'a A, &mut dyn FnMut() -> Payload) -> Option<&'a mut Payload>;
/// Allocates a slice of what the iterator yields.
pub type AllocFromIter<A> =
    for<'a> fn(&'a A, &mut dyn Iterator<Item = u64>) -> Option<&'a mut [u64]>;

impl<A> Clone for Promises<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Promises<A> {}

impl<A> Default for Promises<A> {
    fn default() -> Self {
        Self {
            capacity: None,
            region: None,
            reset: None,
            movable: false,
            alloc_with: None,
            alloc_from_iter: None,
        }
    }
}

/// An allocator that is called through the interface `I` by reference.
///
/// For allocators that exist only inside a closure, such as scopes; see
/// [`from_fn`](crate::subject::from_fn).
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::calls::ByGlobalAlloc;
/// use bump_test_harness::lent::Lent;
/// use bump_test_harness::model::run;
/// use bump_test_harness::{Limits, op};
///
/// let bump = Bump::<[u8; 1024]>::uninit();
/// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
/// let ops = op::parse("alloc 16/8; grow 0 32/8").unwrap();
/// let coverage = run(&mut heap, Limits::default(), &ops)?;
/// assert_eq!(coverage.in_place, 1);
/// # Ok::<(), bump_test_harness::Violation>(())
/// ```
pub struct Lent<'a, A, I> {
    allocator: &'a A,
    promises: Promises<A>,
    interface: PhantomData<fn() -> I>,
}

impl<'a, A, I: Calls<A>> Lent<'a, A, I> {
    /// Makes a heap of an allocator, which must have no live blocks.
    ///
    /// ```
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::heap::{Heap, Interface};
    /// use bump_test_harness::lent::Lent;
    ///
    /// let heap = Lent::<_, ByGlobalAlloc>::new(&std::alloc::System);
    /// assert_eq!(heap.interface(), Interface::GlobalAlloc);
    /// ```
    pub fn new(allocator: &'a A) -> Self {
        Self::promising(allocator, Promises::default())
    }

    pub(crate) fn promising(allocator: &'a A, promises: Promises<A>) -> Self {
        Self {
            allocator,
            promises,
            interface: PhantomData,
        }
    }
}

impl<A, I> fmt::Debug for Lent<'_, A, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

// SAFETY: the blocks are those of the allocator behind the interface, whose contract says so.
unsafe impl<A, I: Calls<A>> Heap for Lent<'_, A, I> {
    fn interface(&self) -> Interface {
        I::INTERFACE
    }

    fn allocate(&self, layout: Layout, zeroed: bool) -> Option<Granted> {
        I::allocate(self.allocator, layout, zeroed)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promises are those of the same call of the allocator.
        unsafe { I::deallocate(self.allocator, ptr, layout) }
    }

    unsafe fn resize(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        how: Resize,
    ) -> Option<Granted> {
        // SAFETY: the caller's promises are those of the same call of the allocator.
        unsafe { I::resize(self.allocator, ptr, old, new, how) }
    }

    fn owns(&self, block: Range<usize>) -> Option<bool> {
        let region = self.promises.region?(self.allocator);
        Some(region.start <= block.start && block.end <= region.end)
    }

    fn alloc_with(&self, make: &mut dyn FnMut() -> Payload) -> Option<Option<NonNull<Payload>>> {
        let granted = self.promises.alloc_with?(self.allocator, make);
        Some(granted.map(NonNull::from))
    }

    fn alloc_from_iter(
        &self,
        items: &mut dyn Iterator<Item = u64>,
    ) -> Option<Option<NonNull<[u64]>>> {
        let granted = self.promises.alloc_from_iter?(self.allocator, items);
        Some(granted.map(NonNull::from))
    }
}

/// An allocator by value, with guards around it, and perhaps over a base.
pub(crate) struct Owned<A, I> {
    /// `None` only while the allocator moves.
    slot: Option<Box<Guarded<A>>>,
    promises: Promises<A>,
    base: Option<Base>,
    /// Whether the base is reached by way of the global allocator.
    over_heap: bool,
    interface: PhantomData<fn() -> I>,
}

/// An allocator between guards, whose bytes it must not touch. The guard behind it catches writes
/// beyond the end of inline storage.
#[repr(C)]
struct Guarded<A> {
    before: [u8; GUARD],
    allocator: A,
    after: [u8; GUARD],
}

const GUARD: usize = 64;
const GUARD_BYTE: u8 = 0xFB;

impl<A, I: Calls<A>> Owned<A, I> {
    pub(crate) fn new(allocator: A, promises: Promises<A>, base: Option<Base>) -> Self {
        Self {
            slot: Some(Box::new(Guarded {
                before: [GUARD_BYTE; GUARD],
                allocator,
                after: [GUARD_BYTE; GUARD],
            })),
            promises,
            base,
            over_heap: false,
            interface: PhantomData,
        }
    }

    /// The base is reached by way of the global allocator.
    #[cfg(feature = "std")]
    pub(crate) fn over_heap(mut self) -> Self {
        self.over_heap = true;
        self
    }

    pub(crate) fn allocator(&self) -> &A {
        &self.guarded().allocator
    }

    fn guarded(&self) -> &Guarded<A> {
        self.slot.as_ref().expect("it is being moved")
    }

    fn lend(&self) -> Lent<'_, A, I> {
        Lent::promising(self.allocator(), self.promises)
    }
}

// SAFETY: as for `Lent`; the allocator lives as long as this heap.
unsafe impl<A, I: Calls<A>> Heap for Owned<A, I> {
    fn interface(&self) -> Interface {
        I::INTERFACE
    }

    fn allocate(&self, layout: Layout, zeroed: bool) -> Option<Granted> {
        armed(self.over_heap, || self.lend().allocate(layout, zeroed))
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        armed(self.over_heap, || {
            // SAFETY: the caller's promises are those of the same call of the allocator.
            unsafe { self.lend().deallocate(ptr, layout) }
        });
    }

    unsafe fn resize(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        how: Resize,
    ) -> Option<Granted> {
        armed(self.over_heap, || {
            // SAFETY: the caller's promises are those of the same call of the allocator.
            unsafe { self.lend().resize(ptr, old, new, how) }
        })
    }

    fn owns(&self, block: Range<usize>) -> Option<bool> {
        match &self.base {
            Some(base) => Some(base.owns(&block)),
            None => self.lend().owns(block),
        }
    }

    fn reset(&mut self) -> bool {
        match (self.promises.reset, self.slot.as_mut()) {
            (Some(reset), Some(guarded)) => {
                armed(self.over_heap, || reset(&mut guarded.allocator));
                true
            }
            _ => false,
        }
    }

    fn relocate(&mut self) -> bool {
        if !self.promises.movable {
            return false;
        }
        if let Some(former) = self.slot.take() {
            // The old place is freed at the end, so that the new one is a different one.
            self.slot = Some(Box::new(*former));
        }
        true
    }

    fn damage(&self) -> Option<String> {
        let guarded = self.guarded();
        if !intact(&guarded.before) || !intact(&guarded.after) {
            return Some(String::from("bytes next to the allocator changed"));
        }
        self.base.as_ref().and_then(Base::damage)
    }

    fn alloc_with(&self, make: &mut dyn FnMut() -> Payload) -> Option<Option<NonNull<Payload>>> {
        armed(self.over_heap, || {
            self.lend().alloc_with(&mut || disarmed(&mut *make))
        })
    }

    fn alloc_from_iter(
        &self,
        items: &mut dyn Iterator<Item = u64>,
    ) -> Option<Option<NonNull<[u64]>>> {
        armed(self.over_heap, || {
            self.lend().alloc_from_iter(&mut Disarmed(items))
        })
    }
}

impl<A, I> Drop for Owned<A, I> {
    fn drop(&mut self) {
        let allocator = self.slot.take();
        armed(self.over_heap, || drop(allocator));
    }
}

/// An iterator of the harness, which the allocator under test calls.
struct Disarmed<'i>(&'i mut dyn Iterator<Item = u64>);

impl Iterator for Disarmed<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        disarmed(|| self.0.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// Reads the bytes by volatile loads, since the allocator under test may have changed them.
fn intact(guard: &[u8; GUARD]) -> bool {
    // SAFETY: the bytes are borrowed, so they are readable.
    let found = unsafe { ptr::read_volatile(guard) };
    found == [GUARD_BYTE; GUARD]
}
