//! The engine over a cursor of the test's own.

use core::cell::UnsafeCell;
use core::ptr::NonNull;

use bump_core::{Cursor, FreeLists, List, Memory, RawBump};
use bump_global::{AtomicCursor, Recycling};

use crate::interrupt::REGION;

/// A heap whose words are `C`.
#[repr(C, align(16))]
pub struct Heap<C> {
    memory: UnsafeCell<[u8; REGION]>,
    cursor: C,
}

impl<C> Heap<C> {
    /// `cursor` is new.
    pub const fn new(cursor: C) -> Self {
        Self {
            memory: UnsafeCell::new([0; REGION]),
            cursor,
        }
    }
}

// SAFETY: the memory is `REGION` bytes that only the engine uses, and the offset in it starts at 0.
unsafe impl<C: Cursor> RawBump for Heap<C> {
    type Cursor = C;
    fn cursor(&self) -> &C {
        &self.cursor
    }
    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(NonNull::from(&self.memory).cast(), REGION))
    }
}

bump_core::impl_global_alloc!(impl[C: Cursor] for Heap<C>);

/// The cursor of a `Bump`, but for its patience. Where an interrupt finds that the code which it has
/// interrupted has all free blocks in hand, it waits in vain: the 16384 turns of a `Bump` would be most of
/// the instructions of this test.
pub struct Hasty(AtomicCursor);

impl Hasty {
    const fn new() -> Self {
        Hasty(AtomicCursor::new())
    }
}

// SAFETY: each method is that of the cursor inside.
unsafe impl Cursor for Hasty {
    fn load(&self) -> usize {
        self.0.load()
    }
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the caller's promise.
        unsafe { self.0.claim(current, new) }
    }
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the caller's promise.
        unsafe { self.0.give_back(current, new) }
    }
    unsafe fn exchange(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the caller's promise.
        unsafe { self.0.exchange(current, new) }
    }
    const PATIENCE: u32 = AtomicCursor::PATIENCE;
    fn pause(turn: u32) -> bool {
        AtomicCursor::pause(turn) && turn < Self::PATIENCE
    }
}

/// Lists of blocks of a heap, all of whose words are hasty.
pub type Lists = Recycling<Heap<Hasty>, 8>;

pub const fn lists() -> Lists {
    let lists = [const { List::new(Hasty::new()) }; 8];
    let lists = FreeLists::new(lists, [const { Hasty::new() }; 2]);
    // SAFETY: the lists are new, and so are their words; the heap is not moved.
    unsafe { Recycling::with_lists(Heap::new(Hasty::new()), lists) }
}
