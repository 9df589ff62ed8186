//! A fault planted on purpose: the engine over a cursor that compares and then stores, as if nobody
//! could come in between. The interrupts must find it.

use core::cell::UnsafeCell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bump_core::{Cursor, Memory, RawBump};

const SIZE: usize = 512;

/// Load, compare, store: three steps that an interrupt can part.
pub struct Racy(AtomicUsize);

impl Racy {
    fn replace(&self, current: usize, new: usize) -> Result<(), usize> {
        let found = self.0.load(Relaxed);
        if found != current {
            return Err(found);
        }
        self.0.store(new, Relaxed);
        Ok(())
    }
}

// SAFETY: does not hold, which is the point.
unsafe impl Cursor for Racy {
    fn load(&self) -> usize {
        self.0.load(Relaxed)
    }
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        self.replace(current, new)
    }
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        self.replace(current, new)
    }
}

/// A heap that is right as long as nothing interrupts.
#[repr(C, align(16))]
pub struct Heap {
    memory: UnsafeCell<[u8; SIZE]>,
    cursor: Racy,
}

impl Heap {
    pub const fn uninit() -> Self {
        Self {
            memory: UnsafeCell::new([0; SIZE]),
            cursor: Racy(AtomicUsize::new(0)),
        }
    }
    pub fn reset(&mut self) {
        *self.cursor.0.get_mut() = 0;
    }
}

// SAFETY: the memory is `SIZE` bytes that only the engine uses, and the offset in it starts at 0.
unsafe impl RawBump for Heap {
    type Cursor = Racy;
    fn cursor(&self) -> &Racy {
        &self.cursor
    }
    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(NonNull::from(&self.memory).cast(), SIZE))
    }
}

bump_core::impl_global_alloc!(impl[] for Heap);
