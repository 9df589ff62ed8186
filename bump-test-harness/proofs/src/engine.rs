//! The engine as machine code: the generic functions as they are compiled for two kinds of region.
//! A heap has an atomic cursor, and its positions count from its first byte; an arena has a plain
//! cursor, and its positions are addresses. Only to be searched for calls into the panic machinery.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use bump_core::{
    Allocation, Cursor, Failure, LeakError, Level, Memory, RawAlloc, RawBump, Values,
    impl_global_alloc,
};

pub struct Shared(AtomicUsize);

// SAFETY: an atomic.
unsafe impl Cursor for Shared {
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, Ordering::Acquire, Ordering::Relaxed)
            .map(drop)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, Ordering::Release, Ordering::Relaxed)
            .map(drop)
    }
}

pub struct Unshared(Cell<usize>);

// SAFETY: a cell in one thread.
unsafe impl Cursor for Unshared {
    fn load(&self) -> usize {
        self.0.get()
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        if self.0.get() != current {
            return Err(self.0.get());
        }
        self.0.set(new);
        Ok(())
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: moving the cursor is the same in both directions.
        unsafe { self.claim(current, new) }
    }
}

/// A region whose memory is known at run time, if it has any.
pub struct Heap {
    cursor: Shared,
    memory: Option<Memory>,
}

// SAFETY: nobody makes one.
unsafe impl RawBump for Heap {
    type Cursor = Shared;

    fn cursor(&self) -> &Shared {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        self.memory
    }
}

/// A region that ends at an address.
pub struct Arena {
    cursor: Unshared,
    end: NonNull<u8>,
}

// SAFETY: nobody makes one.
unsafe impl RawBump for Arena {
    type Cursor = Unshared;

    fn cursor(&self) -> &Unshared {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::up_to(self.end))
    }
}

impl_global_alloc!(impl[] for Heap);

macro_rules! export {
    ($($name:ident($($arg:ident: $type:ty),*) -> $returned:ty, $body:expr;)*) => {$(
        /// # Safety
        ///
        /// Not to be called.
        #[unsafe(no_mangle)]
        #[allow(
            unused_unsafe,
            clippy::extra_unused_lifetimes,
            reason = "some of the methods are safe, and some return no borrow"
        )]
        pub unsafe fn $name<'a>($($arg: $type),*) -> $returned {
            // SAFETY: the caller's promise.
            unsafe { $body }
        }
    )*};
}

type Leaked<'a> = Result<(&'a mut [u64; 5], Level), LeakError<[u64; 5]>>;

export! {
    engine_alloc(heap: &Heap, layout: Layout) -> *mut u8, heap.alloc(layout);
    engine_alloc_zeroed(heap: &Heap, layout: Layout) -> *mut u8, heap.alloc_zeroed(layout);
    engine_dealloc(heap: &Heap, block: *mut u8, layout: Layout) -> (), heap.dealloc(block, layout);
    engine_realloc(heap: &Heap, block: *mut u8, layout: Layout, size: usize) -> *mut u8,
        heap.realloc(block, layout, size);
    engine_grow_zeroed(arena: &Arena, block: NonNull<u8>, old: Layout, new: Layout)
        -> Option<NonNull<u8>>, arena.grow_zeroed(block, old, new);
    engine_allocate(arena: &Arena, layout: Layout) -> Option<NonNull<u8>>, arena.allocate(layout);
    engine_reallocate(arena: &Arena, block: NonNull<u8>, old: Layout, new: Layout)
        -> Option<NonNull<u8>>, arena.reallocate(block, old, new);
    engine_deallocate(arena: &Arena, block: NonNull<u8>, layout: Layout) -> (),
        arena.deallocate(block, layout);
    engine_leak(heap: &'a Heap, value: u32) -> Option<&'a mut u32>, Values::leak(heap, value).ok();
    engine_leak_at(heap: &'a Heap, value: [u64; 5], level: Level) -> Leaked<'a>,
        Values::leak_at(heap, value, level);
    engine_leak_slice(heap: &'a Heap, values: &[u16]) -> Option<&'a mut [u16]>,
        Values::leak_slice_copy(heap, values);
    engine_get_layout_at(heap: &'a Heap, layout: Layout, level: Level)
        -> Result<Allocation<'a>, Failure>, Values::get_layout_at(heap, layout, level);
}
