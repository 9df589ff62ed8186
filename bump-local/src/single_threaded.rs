//! Heaps for whole programs that have one thread and nothing that interrupts it, such as guests of
//! virtual machines: [`SingleThreaded`], and [`FixedHeap`] for machines whose only writable memory,
//! beside the stack, is a heap at a fixed address.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};

use bump_core::{Memory, RawAlloc, RawBump, Relocatable, UNIT, impl_global_alloc};

use crate::cell::CellCursor;

/// An allocator of this crate as the heap of a program that has one thread, and no interrupts or
/// signal handlers that allocate: with no atomic instruction, and none that switches interrupts off.
///
/// ```
/// use bump_local::{Bump, SingleThreaded};
/// use core::alloc::{GlobalAlloc, Layout};
///
/// // In such a program: `#[global_allocator]`.
/// static HEAP: SingleThreaded<Bump<[u8; 1 << 16]>> =
///     // SAFETY: this program has one thread, and no signal handlers.
///     unsafe { SingleThreaded::new(Bump::uninit()) };
///
/// // SAFETY: not 0 bytes.
/// assert!(!unsafe { GlobalAlloc::alloc(&HEAP, Layout::new::<u64>()) }.is_null());
/// let buffer: &'static mut [u8; 100] = HEAP.leak([0; 100]).unwrap();
/// assert_eq!(HEAP.used(), 108);
/// ```
///
/// With a [`Recycling`](crate::Recycling) in it, freed memory is used again, in any order.
///
/// It must not serve a program whose runtime or libraries have threads of their own, as on most
/// machines with an operating system.
#[derive(Debug)]
#[repr(transparent)]
pub struct SingleThreaded<A>(A);

// SAFETY: contract of `new`.
unsafe impl<A> Sync for SingleThreaded<A> {}

impl<A> SingleThreaded<A> {
    /// The allocator as one that can be in a static.
    ///
    /// ```
    /// use bump_local::{Bump, Recycling, SingleThreaded};
    ///
    /// static HEAP: SingleThreaded<Recycling<Bump<[u64; 512]>>> =
    ///     // SAFETY: this program has one thread, and no signal handlers.
    ///     unsafe { SingleThreaded::new(Recycling::new(Bump::uninit())) };
    /// ```
    ///
    /// # Safety
    ///
    /// For as long as the value exists, only one thread uses it, and nothing that can interrupt
    /// such a use does: no interrupt handler, no signal handler, no trap handler. Every request to
    /// the global allocator is such a use.
    #[must_use]
    pub const unsafe fn new(allocator: A) -> Self {
        SingleThreaded(allocator)
    }
}

impl<A> Deref for SingleThreaded<A> {
    type Target = A;

    #[inline]
    fn deref(&self) -> &A {
        &self.0
    }
}

// SAFETY: each call is passed on to the allocator inside, which keeps the contract.
unsafe impl<A: RawAlloc> RawAlloc for SingleThreaded<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.0.allocate(layout)
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.deallocate(block, layout) };
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.0.resize(block, old, new) }
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.0.allocate_zeroed(layout)
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.0.reallocate(block, old, new) }
    }
}

impl_global_alloc!(impl[A: RawAlloc] for SingleThreaded<A>);

/// A heap in the `BYTES` bytes at the address `START`, with its cursor in the first word of them: for
/// machines that have no writable statics, but memory for a heap, which is zero when the program starts.
///
/// ```no_run
/// use bump_local::{FixedHeap, SingleThreaded};
///
/// // On a machine that has 32 KiB there, as Solana has.
/// # #[cfg(target_pointer_width = "64")]
/// #[global_allocator]
/// static HEAP: SingleThreaded<FixedHeap<0x3_0000_0000, 0x8000>> =
///     // SAFETY: the memory is the heap's alone, and zero; there is one thread, and no interrupt.
///     unsafe { SingleThreaded::new(FixedHeap::new()) };
/// # fn main() {}
/// ```
///
/// A value of this type has no bytes: the two numbers are in the code, and all state is at the
/// address.
#[derive(Debug)]
pub struct FixedHeap<const START: usize, const BYTES: usize>(
    /// Makes the heap not `Sync`: it is for one thread.
    PhantomData<*const CellCursor>,
);

impl<const START: usize, const BYTES: usize> FixedHeap<START, BYTES> {
    /// The heap at that address.
    ///
    /// Memory that is not aligned to a [`UNIT`], is smaller than one, or wraps around the end of the address
    /// space does not compile:
    ///
    /// ```compile_fail,E0080
    /// // SAFETY: not right.
    /// let heap = unsafe { bump_local::FixedHeap::<0x1001, 64>::new() };
    /// ```
    ///
    /// ```
    /// // SAFETY: it is not used.
    /// let heap = unsafe { bump_local::FixedHeap::<0x1000, 64>::new() };
    /// ```
    ///
    /// # Safety
    ///
    /// - The memory is valid for reads and writes for as long as the heap or a block of it is used.
    /// - Its first word is 0 when the first heap at this address is used first.
    /// - Only heaps of the same type on the same thread access it.
    #[must_use]
    pub const unsafe fn new() -> Self {
        const {
            assert!(START % UNIT == 0 && START != 0);
            assert!(BYTES >= UNIT && BYTES <= isize::MAX as usize);
            assert!(START.checked_add(BYTES).is_some());
        }
        FixedHeap(PhantomData)
    }
}

// SAFETY: the memory is as the contract of `new` says, and the cursor in its first word starts at 0. The
// rest starts a unit behind that, at a multiple of a unit.
unsafe impl<const START: usize, const BYTES: usize> RawBump for FixedHeap<START, BYTES> {
    type Cursor = CellCursor;

    const BASE_ALIGN: usize = UNIT;

    #[inline]
    fn cursor(&self) -> &CellCursor {
        // SAFETY: a word of memory that heaps of this thread share, by shared borrows alone.
        unsafe { &*ptr::with_exposed_provenance(START) }
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        let start = NonNull::new(ptr::with_exposed_provenance_mut(START + UNIT))?;
        Some(Memory::new(start, BYTES - UNIT))
    }
}

// SAFETY: the memory is elsewhere.
unsafe impl<const START: usize, const BYTES: usize> Relocatable for FixedHeap<START, BYTES> {}
