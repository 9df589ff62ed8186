//! A bump allocator over memory of its own, correct unless a [`Bug`] is asked for.

use alloc::alloc::{alloc, alloc_zeroed, dealloc};
use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::Mutex;

mod calls;

use allocator_api2_04::alloc::{AllocError, Allocator};
use bump_test_harness::base::Base;

/// The planted bugs, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    MissingPadding,
    OffByOneAtTheEnd,
    PaddingNotCounted,
    PanicsOnSizeZero,
    SizeZeroMisaligned,
    ComparesSigned,
    FailedRequestMovesTheCounter,
    RefusesTheLastByte,
    SaysMoreThanItTook,
    PanicsWhenFull,
    GrowsBeyondTheEnd,
    AnyReleaseMovesTheCursor,
    ReleaseTakesSizeFromCursor,
    ReleaseWritesALink,
    ResetForgets,
    ResetLeavesAGap,
    StaleZero,
    ZeroesTooLittle,
    ZeroesOnePage,
    CopiesTooLittle,
    GrowForgetsAlignment,
    GrowsOverTheNext,
    GrowZeroedLeavesTail,
    GrowZeroedWipesAll,
    ShrinkForgetsAlignment,
    CopiesForwardsOverItself,
    FailedGrowReleases,
    CopiesTheNewSize,
    CopiesTheOldSize,
    ReservesBeforeTheClosure,
    ClosuresPassTheEnd,
    PanicsInACallWhenFull,
    BelievesTheHint,
    StopsAtTheHint,
    TakesAsTheHintSays,
    ForgetsWhatAPanicLeft,
    LoadThenStore,
    KeepsAHoleOverReset,
    GrowsThroughTheCallersPointer,
    ReadsWhatNobodyWrote,
}

/// How many bytes it hands out.
pub(crate) const CAPACITY: usize = 8192;

const MARGIN: usize = 8192;

const fn memory(margin: usize) -> Layout {
    match Layout::from_size_align(margin + CAPACITY + margin, 64) {
        Ok(layout) => layout,
        Err(_) => panic!("a small constant"),
    }
}

pub(crate) struct Specimen {
    /// Real memory around what is handed out, so that a bug does its damage to nobody else.
    memory: NonNull<u8>,
    /// Where the memory came from, if not from the heap; touched by `on` and `drop` only.
    base: Option<Base>,
    cursor: AtomicUsize,
    /// The bytes that a shrunk block left between two others, reused by one bug only.
    hole: Mutex<Range<usize>>,
    bug: Option<Bug>,
}

// SAFETY: the memory belongs to the specimen, the cursor is atomic and hands each byte to one
// thread, and no method that takes `&self` touches the base.
unsafe impl Sync for Specimen {}

impl Specimen {
    pub(crate) fn new(bug: Option<Bug>) -> Self {
        let allocate = match bug {
            Some(Bug::ReadsWhatNobodyWrote) => alloc,
            _ => alloc_zeroed,
        };
        // SAFETY: the size is not zero.
        let memory = unsafe { allocate(memory(MARGIN)) };
        Self::over(NonNull::new(memory).expect("memory for a test"), bug, None)
    }

    /// Without a margin: the base itself has guards around the memory.
    pub(crate) fn on(base: Base, bug: Option<Bug>) -> Option<Self> {
        let memory = base.allocate(memory(0))?.cast::<u8>();
        // SAFETY: the memory is as large as that.
        unsafe { memory.write_bytes(0, CAPACITY) };
        Some(Self::over(memory, bug, Some(base)))
    }

    fn over(memory: NonNull<u8>, bug: Option<Bug>, base: Option<Base>) -> Self {
        Self {
            memory,
            base,
            cursor: AtomicUsize::new(0),
            hole: Mutex::default(),
            bug,
        }
    }

    fn margin(&self) -> usize {
        if self.base.is_some() { 0 } else { MARGIN }
    }

    pub(crate) fn region(&self) -> Range<usize> {
        self.start()..self.start() + CAPACITY
    }

    pub(crate) fn reset(&mut self) {
        if self.is(Bug::ResetForgets) {
            return;
        }
        let first = if self.is(Bug::ResetLeavesAGap) { 8 } else { 0 };
        *self.cursor.get_mut() = first;
    }

    fn is(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn start(&self) -> usize {
        self.memory.addr().get() + self.margin()
    }

    /// The pointer to a place that was handed out, or that a bug makes us believe was.
    fn at(&self, offset: usize) -> NonNull<u8> {
        // SAFETY: bugs leave the capacity by less than the margin, see `take`.
        unsafe { self.memory.add(self.margin() + offset) }
    }

    fn offset(&self, block: NonNull<u8>) -> usize {
        block.addr().get() - self.start()
    }

    fn aligned(&self, offset: usize, align: usize) -> usize {
        offset + bump_core::align::padding(self.start() + offset, align)
    }

    fn move_cursor(&self, from: usize, to: usize) -> bool {
        if self.is(Bug::LoadThenStore) {
            let current = self.cursor.load(SeqCst);
            std::thread::yield_now();
            if current == from {
                self.cursor.store(to, SeqCst);
            }
            return current == from;
        }
        self.cursor
            .compare_exchange(from, to, SeqCst, SeqCst)
            .is_ok()
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let (size, align) = (layout.size(), layout.align());
        if size == 0 {
            assert!(!self.is(Bug::PanicsOnSizeZero), "size 0");
            let odd = self.is(Bug::SizeZeroMisaligned);
            return NonNull::new(ptr::without_provenance_mut(if odd { 1 } else { align }));
        }
        if self.is(Bug::KeepsAHoleOverReset) {
            let mut hole = self.hole.lock().expect("no thread panics");
            let start = self.aligned(hole.start, align);
            if start + size <= hole.end && start <= hole.end {
                hole.start = start + size;
                return Some(self.at(start));
            }
        }
        loop {
            let used = self.cursor.load(SeqCst);
            let start = if self.is(Bug::MissingPadding) {
                used
            } else {
                // No alignment can wrap it: the address space has room above every allocation.
                self.start()
                    .wrapping_add(used)
                    .checked_next_multiple_of(align)?
                    .wrapping_sub(self.start())
            };
            if self.is(Bug::FailedRequestMovesTheCounter) {
                let step = size.wrapping_add(start.wrapping_sub(used));
                let used = self.cursor.fetch_add(step, SeqCst);
                let fits = used <= CAPACITY && used.checked_add(step)? <= CAPACITY;
                return fits.then(|| self.at(start));
            }
            let end = start.checked_add(size)?;
            let limit = match self.bug {
                Some(Bug::OffByOneAtTheEnd) => CAPACITY + 1,
                Some(Bug::RefusesTheLastByte) => CAPACITY - 1,
                _ => CAPACITY,
            };
            let beyond = if self.is(Bug::ComparesSigned) {
                end as isize > limit as isize
            } else {
                end > limit
            };
            if beyond {
                assert!(!self.is(Bug::PanicsWhenFull), "full");
                return None;
            }
            let next = if self.is(Bug::PaddingNotCounted) {
                used + size
            } else {
                end
            };
            if self.move_cursor(used, next) {
                return Some(self.at(start));
            }
        }
    }

    fn take_zeroed(&self, layout: Layout) -> Option<NonNull<u8>> {
        let block = self.take(layout)?;
        let bytes = match self.bug {
            // The memory was zero in the beginning.
            Some(Bug::StaleZero) => 0,
            Some(Bug::ZeroesTooLittle) => layout.size() / 8 * 8,
            Some(Bug::ZeroesOnePage) => layout.size().min(4096),
            _ => layout.size(),
        };
        // SAFETY: the block is new and has at least so many bytes.
        unsafe { block.write_bytes(0, bytes) };
        Some(block)
    }

    fn give_back(&self, block: NonNull<u8>, size: usize) {
        if size == 0 {
            return;
        }
        let start = self.offset(block);
        if self.is(Bug::ReleaseWritesALink) {
            // SAFETY: not in the block, if that is small; that is the bug. In the memory.
            unsafe { block.cast::<u64>().write_unaligned(0) };
        }
        if self.is(Bug::AnyReleaseMovesTheCursor) {
            self.cursor.store(start, SeqCst);
        } else if self.is(Bug::ReleaseTakesSizeFromCursor) {
            self.cursor.fetch_sub(size, SeqCst);
        } else {
            self.move_cursor(start + size, start);
        }
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        if old.size() == 0 {
            return self.take(new);
        }
        if new.size() == 0 {
            self.give_back(block, old.size());
            return self.take(new);
        }
        let growing = new.size() >= old.size();
        let start = self.offset(block);
        let (old_end, new_end) = (start + old.size(), start.checked_add(new.size())?);
        let forgets = self.is(if growing {
            Bug::GrowForgetsAlignment
        } else {
            Bug::ShrinkForgetsAlignment
        });
        if forgets || self.aligned(start, new.align()) == start {
            let room = new_end <= CAPACITY
                || (self.is(Bug::GrowsBeyondTheEnd) && new_end <= CAPACITY + MARGIN);
            if room && self.move_cursor(old_end, new_end) {
                // It is at the same address, but may be good for the old bytes only.
                let callers = self.is(Bug::GrowsThroughTheCallersPointer);
                return Some(if callers { block } else { self.at(start) });
            }
            if self.is(Bug::KeepsAHoleOverReset) && !growing {
                *self.hole.lock().expect("no thread panics") = new_end..old_end;
            }
            if !growing || (self.is(Bug::GrowsOverTheNext) && new_end <= CAPACITY) {
                return Some(self.at(start));
            }
        }
        // Inside its old place, where it overlaps itself.
        let inner = self.aligned(start, new.align());
        if !growing && inner + new.size() <= old_end {
            self.move_cursor(old_end, inner + new.size());
            if self.is(Bug::CopiesForwardsOverItself) {
                for i in 0..new.size() {
                    let (from, to) = (self.at(start + i), self.at(inner + i));
                    // SAFETY: both are in the old block.
                    unsafe { to.copy_from(from, 1) };
                }
            } else {
                let (from, to) = (self.at(start), self.at(inner));
                // SAFETY: both places are in the old block.
                unsafe { to.copy_from(from, new.size()) };
            }
            return Some(self.at(inner));
        }
        let Some(moved) = self.take(new) else {
            if self.is(Bug::FailedGrowReleases) {
                self.give_back(block, old.size());
            }
            return None;
        };
        let bytes = match self.bug {
            Some(Bug::CopiesTooLittle) => old.size().min(new.size()) - 1,
            Some(Bug::CopiesTheNewSize) => new.size(),
            Some(Bug::CopiesTheOldSize) => old.size(),
            _ => old.size().min(new.size()),
        };
        // The margin, or the base's guard, holds what a bug copies beyond.
        if self.offset(moved) + bytes <= CAPACITY + self.margin().max(24) {
            let from = self.at(start);
            // SAFETY: both places are in the memory.
            unsafe { moved.copy_from(from, bytes) };
        }
        self.give_back(block, old.size());
        Some(moved)
    }

    unsafe fn resize_zeroed(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: passed on.
        let block = unsafe { self.resize(block, old, new) }?;
        let from = match self.bug {
            Some(Bug::GrowZeroedLeavesTail) => (old.size() + 8).min(new.size()),
            Some(Bug::GrowZeroedWipesAll) => 0,
            _ => old.size(),
        };
        // SAFETY: `from` is at most the size of the block.
        let tail = unsafe { block.add(from) };
        if self.is(Bug::ReadsWhatNobodyWrote) {
            let mut tail = NonNull::slice_from_raw_parts(tail, new.size() - from);
            // SAFETY: it is not, that is the bug: in new memory there are no `u8` to refer to.
            let tail: &mut [u8] = unsafe { tail.as_mut() };
            // To spare the writes, most of which are not needed.
            for byte in tail.iter_mut().filter(|byte| **byte != 0) {
                *byte = 0;
            }
            return Some(block);
        }
        // SAFETY: from there on the block has so many bytes.
        unsafe { tail.write_bytes(0, new.size() - from) };
        Some(block)
    }

    fn answer(
        &self,
        block: Option<NonNull<u8>>,
        layout: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let more = self.is(Bug::SaysMoreThanItTook) && layout.size() % 8 != 0;
        let len = if more {
            layout.size().next_multiple_of(8)
        } else {
            layout.size()
        };
        let block = block.ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, len))
    }
}

impl Drop for Specimen {
    fn drop(&mut self) {
        match &self.base {
            // SAFETY: allocated in `on` with this layout, and given up.
            Some(base) => unsafe { base.deallocate(self.memory, memory(0)) },
            // SAFETY: allocated in `new` with this layout.
            None => unsafe { dealloc(self.memory.as_ptr(), memory(MARGIN)) },
        }
    }
}

// SAFETY: without a bug each byte is handed out once; the memory is not in the value.
unsafe impl Allocator for Specimen {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.answer(self.take(layout), layout)
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.answer(self.take_zeroed(layout), layout)
    }

    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        self.give_back(block, layout.size());
    }

    unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        self.answer(unsafe { self.resize(block, old, new) }, new)
    }

    unsafe fn grow_zeroed(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        self.answer(unsafe { self.resize_zeroed(block, old, new) }, new)
    }

    unsafe fn shrink(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        self.answer(unsafe { self.resize(block, old, new) }, new)
    }
}

// SAFETY: as for `Allocator`.
unsafe impl GlobalAlloc for Specimen {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout).map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.take_zeroed(layout)
            .map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            self.give_back(block, layout.size());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(new) = Layout::from_size_align(size, layout.align()) else {
            return ptr::null_mut();
        };
        NonNull::new(block)
            // SAFETY: the caller's promise.
            .and_then(|block| unsafe { self.resize(block, layout, new) })
            .map_or(ptr::null_mut(), NonNull::as_ptr)
    }
}
