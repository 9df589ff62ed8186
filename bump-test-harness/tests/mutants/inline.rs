//! An allocator whose memory is in its own value, and that implements `Allocator` by value all the
//! same: a `Vec` that owned it would dangle when moved.

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use allocator_api2_04::alloc::{AllocError, Allocator};

pub(crate) struct Inline {
    memory: UnsafeCell<[MaybeUninit<u8>; 2048]>,
    used: Cell<usize>,
}

impl Inline {
    pub(crate) fn new() -> Self {
        Self {
            memory: UnsafeCell::new([const { MaybeUninit::uninit() }; 2048]),
            used: Cell::new(0),
        }
    }
}

// SAFETY: it is not: blocks do not survive a move, which is the bug.
unsafe impl Allocator for Inline {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let memory = NonNull::from(&self.memory).cast::<u8>();
        let start = memory.addr().get() + self.used.get();
        let start = start
            .checked_next_multiple_of(layout.align())
            .ok_or(AllocError)?;
        let offset = start - memory.addr().get();
        let end = offset.checked_add(layout.size()).ok_or(AllocError)?;
        if end > 2048 {
            return Err(AllocError);
        }
        self.used.set(end);
        // SAFETY: the offset is inside the memory.
        let block = unsafe { memory.add(offset) };
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    unsafe fn deallocate(&self, _block: NonNull<u8>, _layout: Layout) {}
}
