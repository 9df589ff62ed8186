//! Faults of other allocators, tried here: memory of every start and length, blocks without
//! bytes, allocators that move or are reset, destructors that panic.

extern crate alloc;

use alloc::rc::Rc;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::panic::{AssertUnwindSafe, RefUnwindSafe};
use core::ptr::NonNull;
use std::panic::{catch_unwind, resume_unwind};

use bump_core::{RawAlloc, UNIT};
use bump_global::allocator_api2::WithAllocationInfo;
use bump_global::leaked::{LeakBox, leak_box_unsize};
use bump_global::{Bump, Fallback, Owns, Region, Tracked};
use static_assertions::{assert_impl_all, assert_not_impl_any};

const CANARY: u8 = 0xa5;

/// A heap that is handed too little memory, or such that is not aligned, uses what there is.
#[test]
fn a_region_stays_inside_for_every_start_and_length() {
    #[repr(align(64))]
    struct Buffer([u8; 64]);
    let mut buffer = Buffer([CANARY; 64]);
    for start in 0..20 {
        for len in 0..40 {
            buffer.0.fill(CANARY);
            let all = NonNull::from(&mut buffer.0).cast::<u8>();
            let region = Region::empty();
            // SAFETY: at most 20 of 64 bytes from the start.
            let memory = unsafe { all.add(start) };
            // SAFETY: at most 60 of 64 bytes, which nobody else uses as long as the region is used.
            unsafe { region.init_raw(memory, len) }.expect("the first");
            assert_eq!((region.capacity(), region.remaining()), (len, len));
            // Also of no bytes, it is handed over once.
            // SAFETY: refused.
            unsafe { region.init_raw(memory, 64) }.expect_err("the second");

            let words = core::iter::from_fn(|| region.leak(u32::MAX).ok());
            let lead = memory.addr().get().wrapping_neg() % align_of::<u32>();
            assert_eq!(words.count(), len.saturating_sub(lead) / 4);
            while region.leak(0_u8).is_ok() {}
            assert_eq!(region.remaining(), 0);
            assert!(region.leak([0_u8; 0]).is_ok());
            let inside = start..start + len;
            let changed = |(at, byte): (usize, &u8)| inside.contains(&at) || *byte == CANARY;
            assert!(buffer.0.iter().enumerate().all(changed));
        }
    }
}

/// Memory that is too short for the minimum alignment is none, wherever it starts.
#[test]
fn memory_that_is_too_short_for_the_alignment_is_none() {
    fn check<const GROWS: bool>() {
        #[repr(align(64))]
        struct Buffer([u8; 64]);
        let mut buffer = Buffer([CANARY; 64]);
        for start in 0..10 {
            for len in 0..30 {
                let region = Region::<8, GROWS>::with_min_align();
                // SAFETY: in the buffer.
                let memory = unsafe { NonNull::from(&mut buffer.0).cast::<u8>().add(start) };
                // SAFETY: nobody else uses it as long as the region is used.
                unsafe { region.init_raw(memory, len) }.expect("the first");
                let words = (start + len).saturating_sub(start.next_multiple_of(8)) / 8;
                assert_eq!(region.capacity(), 8 * words);
                assert!(region.leak(()).is_ok());
                assert_eq!(
                    core::iter::from_fn(|| region.leak(1_u8).ok()).count(),
                    words
                );
            }
        }
    }
    check::<false>();
    check::<true>();
}

#[test]
fn figures_are_right_after_a_reset() {
    static MEMORY: Bump<[u8; 32]> = Bump::uninit();
    let mut region = Region::empty();
    region.reset();
    assert_eq!((region.used(), region.remaining()), (0, 0));
    let memory = MEMORY.get_uninit_slice(32).expect("all of it");
    region.init(memory).expect("the first");
    let mut bump: Bump<[u8; 32]> = Bump::uninit();
    for _ in 0..2 {
        region.leak([1_u8; 5]).expect("there is room");
        bump.leak([1_u8; 5]).expect("there is room");
        assert_eq!((region.used(), region.remaining()), (5, 27));
        assert_eq!((bump.used(), bump.remaining()), (5, 27));
        region.reset();
        bump.reset();
        assert_eq!((region.used(), region.remaining()), (0, 32));
        assert_eq!((bump.used(), bump.remaining()), (0, 32));
    }
}

#[test]
fn an_allocator_that_moves_goes_on_where_it_is() {
    let bump: Bump<[u8; 16]> = Bump::uninit();
    bump.leak(1_u8).expect("there is room");
    let moved = Box::new(bump);
    let byte = moved.leak(2_u8).expect("there is room");
    let place = core::ptr::from_ref(byte).addr();
    assert_eq!(place, moved.data_ptr().addr().get() + 1);
    assert!(moved.leak([3_u8; 14]).is_ok());
    assert!(moved.leak(4_u8).is_err());
    assert_eq!(*byte, 2);
}

/// Blocks without bytes are from neither of two allocators, wherever their addresses lie, and
/// blocks become such and grow out of it.
#[test]
fn blocks_without_bytes_are_from_neither() {
    type Heap = Fallback<Tracked<Bump<[u64; 2]>>, Tracked<Bump<[u64; 8]>>>;
    let heap = Heap::default();
    let in_use = || {
        let secondary = heap.secondary().statistics().in_use;
        (heap.primary().statistics().in_use, secondary)
    };
    for align in [1, 8, 4096] {
        let nothing = Layout::from_size_align(0, align).expect("valid");
        let bytes = |size| Layout::from_size_align(size, 1).expect("valid");
        let block = heap.allocate(nothing).expect("nothing");
        assert_eq!(block.addr().get() % align, 0);
        let zeroed = heap.allocate_zeroed(nothing).expect("nothing");
        // SAFETY: from this heap with this layout.
        unsafe { heap.deallocate(zeroed, nothing) };
        assert_eq!(in_use(), (0, 0));
        // SAFETY: from this heap with this layout.
        let small = unsafe { heap.grow_zeroed(block, nothing, bytes(16)) }.expect("room");
        assert!(heap.primary().owns(small));
        // SAFETY: from this heap with this layout.
        let large = unsafe { heap.grow_zeroed(small, bytes(16), bytes(20)) }.expect("room");
        assert_eq!(in_use(), (0, 20_usize.next_multiple_of(UNIT)));
        // SAFETY: the block has 20 bytes, which were cleared.
        assert_eq!(unsafe { large.cast::<[u8; 20]>().read() }, [0; 20]);
        // SAFETY: from this heap with this layout.
        let block = unsafe { heap.reallocate(large, bytes(20), nothing) }.expect("nothing");
        assert_eq!(block.addr().get() % align, 0);
        assert_eq!(in_use(), (0, 0));
        // SAFETY: from this heap with this layout.
        unsafe { heap.deallocate(block, nothing) };
        assert_eq!(in_use(), (0, 0));
    }
}

/// A block of either allocator becomes one of another alignment, of no bytes, and one that is zero; neither
/// is asked for what `GlobalAlloc` forbids.
#[test]
fn a_block_of_either_keeps_its_bytes_with_another_alignment() {
    #[repr(align(64))]
    struct Lines(#[expect(dead_code, reason = "only its place matters")] [u8; 1024]);

    /// Is never asked for no bytes.
    #[derive(Default)]
    struct Lawful(Bump<Lines>);

    // SAFETY: the blocks of the region.
    unsafe impl GlobalAlloc for Lawful {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            assert_ne!(layout.size(), 0);
            // SAFETY: the caller's promise.
            unsafe { GlobalAlloc::alloc(&self.0, layout) }
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { self.0.dealloc(block, layout) };
        }
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            assert_ne!(size, 0);
            // SAFETY: the caller's promise.
            unsafe { self.0.realloc(block, layout, size) }
        }
    }

    // SAFETY: the blocks of the region.
    unsafe impl Owns for Lawful {
        const UNIT: usize = <Bump<Lines>>::UNIT;

        fn owns(&self, block: NonNull<u8>) -> bool {
            self.0.owns(block)
        }
    }

    let heap = Fallback::<Lawful, Lawful>::default();
    let layout = |size, align| Layout::from_size_align(size, align).expect("valid");
    for turn in 0..2 {
        // Behind it, no block is aligned to a line by chance.
        heap.allocate(layout(8, 8)).expect("room");
        let block = heap.allocate(layout(40, 8)).expect("room");
        assert_eq!(heap.primary().owns(block), turn == 0);
        // SAFETY: the block has so many bytes.
        unsafe { block.write_bytes(7, 40) };
        // SAFETY: from this heap with this layout.
        let strict = unsafe { heap.reallocate(block, layout(40, 8), layout(48, 64)) };
        let strict = strict.expect("room");
        assert_eq!(strict.addr().get() % 64, 0);
        // SAFETY: as many bytes were written.
        assert_eq!(unsafe { strict.cast::<[u8; 40]>().read() }, [7; 40]);
        // SAFETY: from this heap with this layout.
        let nothing = unsafe { heap.reallocate(strict, layout(48, 64), layout(0, 64)) };
        assert_eq!(nothing.expect("nothing").addr().get(), 64);
        // The same bytes again.
        let zero = heap.allocate_zeroed(layout(48, 64)).expect("room");
        assert_eq!(zero, strict);
        // SAFETY: the block has so many bytes, which were cleared.
        assert_eq!(unsafe { zero.cast::<[u8; 48]>().read() }, [0; 48]);
        if turn == 0 {
            heap.primary()
                .0
                .alloc(layout(heap.primary().0.remaining(), 1));
        }
    }
}

/// `GlobalAlloc` forbids it, and where nothing is assumed of that it does no harm.
#[cfg(debug_assertions)]
#[test]
fn a_global_allocator_that_is_asked_for_nothing_gives_nothing() {
    fn ask(heap: &dyn GlobalAlloc) {
        for align in [1, 8, 4096] {
            let nothing = Layout::from_size_align(0, align).expect("valid");
            let bytes = Layout::from_size_align(8, align).expect("valid");
            // SAFETY: served, by a heap that is full, too.
            let block = unsafe { heap.alloc(nothing) };
            assert!(!block.is_null() && block.addr() % align == 0);
            // SAFETY: as above.
            let zeroed = unsafe { heap.alloc_zeroed(nothing) };
            assert!(!zeroed.is_null());
            // SAFETY: from this heap with this layout.
            unsafe { heap.dealloc(zeroed, nothing) };
            // SAFETY: from this heap with this layout.
            let grown = unsafe { heap.realloc(block, nothing, 8) };
            if grown.is_null() {
                // SAFETY: as above; it was refused.
                unsafe { heap.dealloc(block, nothing) };
            } else {
                assert_eq!(grown.addr() % align, 0);
                // SAFETY: from this heap with this layout.
                let shrunk = unsafe { heap.realloc(grown, bytes, 0) };
                assert!(!shrunk.is_null());
                // SAFETY: from this heap with this layout.
                unsafe { heap.dealloc(shrunk, nothing) };
            }
        }
    }
    let heap = Tracked::new(Bump::<[u8; 64]>::uninit());
    ask(&heap);
    assert_eq!(heap.statistics().in_use, 0);
    ask(&Bump::<()>::uninit());
    ask(&Region::empty());
    ask(&Fallback::new(Bump::<[u8; 4]>::uninit(), Region::empty()));
    #[cfg(feature = "std")]
    ask(&bump_global::PerThread::<_, 64>::new(
        Bump::<[u8; 256]>::uninit(),
    ));
}

/// A block of the secondary that cannot grow there comes back to the primary.
#[test]
fn a_block_moves_to_the_first_allocator_with_its_bytes() {
    let heap: Fallback<Bump<[u64; 4]>, Bump<[u64; 2]>> = Fallback::default();
    let layout = |size| Layout::from_size_align(size, 1).expect("valid");
    let all = heap.allocate(layout(32)).expect("all of the primary");
    let block = heap.allocate(layout(16)).expect("all of the secondary");
    assert!(heap.secondary().owns(block));
    // SAFETY: the block has 16 bytes.
    unsafe { block.write_bytes(7, 16) };
    // SAFETY: from this heap with this layout.
    assert!(unsafe { heap.reallocate(block, layout(16), layout(17)) }.is_none());
    // SAFETY: from this heap with this layout.
    unsafe { heap.deallocate(all, layout(32)) };
    // SAFETY: from this heap with this layout.
    let moved = unsafe { heap.reallocate(block, layout(16), layout(17)) }.expect("room");
    assert!(heap.primary().owns(moved));
    // SAFETY: the block has 17 bytes, 16 of which were written.
    assert_eq!(unsafe { moved.cast::<[u8; 16]>().read() }, [7; 16]);
    let rounded = 17_usize.next_multiple_of(UNIT);
    assert_eq!(
        (heap.primary().used(), heap.secondary().used()),
        (rounded, 0)
    );
}

/// A block that cannot grow is one failed request to each allocator: to enlarge it where it is, and
/// for a new one to the other.
#[test]
fn a_block_that_cannot_grow_is_counted_once() {
    type Heap = Fallback<Tracked<Bump<[u64; 2]>>, Tracked<Bump<[u64; 8]>>>;
    let heap = Heap::default();
    let failed = || {
        let secondary = heap.secondary().statistics().failed;
        (heap.primary().statistics().failed, secondary)
    };
    let layout = |size| Layout::from_size_align(size, 1).expect("valid");
    // SAFETY: not 0 bytes.
    let block = unsafe { heap.alloc(layout(8)) };
    // SAFETY: from this heap with this layout.
    let moved = unsafe { heap.realloc(block, layout(8), 32) };
    assert!(!moved.is_null());
    assert_eq!(failed(), (1, 0));
    // SAFETY: from this heap with this layout.
    assert!(unsafe { heap.realloc(moved, layout(32), 65) }.is_null());
    assert_eq!(failed(), (2, 1));
    let zeroed = NonNull::new(moved).expect("in use");
    // SAFETY: from this heap with this layout.
    assert!(unsafe { heap.grow_zeroed(zeroed, layout(32), layout(65)) }.is_none());
    assert_eq!(failed(), (3, 2));
    // For a stricter alignment there is no request to where the block is.
    let strict = Layout::from_size_align(65, 2 * UNIT).expect("valid");
    // SAFETY: from this heap with this layout.
    assert!(unsafe { heap.reallocate(zeroed, layout(32), strict) }.is_none());
    assert_eq!(failed(), (4, 3));
}

/// Panics when it is dropped, if it shall, and counts how often it is.
#[derive(Debug)]
struct Bomb<'count>(&'count Cell<u32>, bool);

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        if self.1 {
            // Without the message that `panic!` prints.
            resume_unwind(Box::new(()));
        }
    }
}

#[test]
fn a_destructor_that_panics_runs_once() {
    let bump: Bump<[u64; 32]> = Bump::uninit();
    let count = Cell::new(0);
    let bombs = || [false, true, false].map(|explodes| Bomb(&count, explodes));

    let boxed = bump.leak_box(bombs()).expect("there is room");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(boxed))).is_err());
    assert_eq!(count.take(), 3, "the others too");

    let slice: LeakBox<'_, [Bomb<'_>]> =
        leak_box_unsize!(bump.leak_box(bombs()).expect("there is room"), [Bomb<'_>]);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(slice))).is_err());
    assert_eq!(count.take(), 3);

    // A value that does not fit is dropped by the caller, who gets it back.
    let full: Bump<[u8; 1]> = Bump::uninit();
    let refused = full.try_leak_box(bombs()).expect_err("too large");
    assert_eq!(count.get(), 0);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(refused))).is_err());
    assert_eq!(count.take(), 3);
    assert!(catch_unwind(AssertUnwindSafe(|| full.leak_box(bombs()).is_none())).is_err());
    assert_eq!(count.take(), 3);
}

/// A value is written where there was another one, which is not dropped: nobody knows what is
/// there.
#[test]
fn what_was_in_the_memory_is_not_dropped() {
    let mut bump: Bump<[u64; 8]> = Bump::uninit();
    let count = Cell::new(0);
    for _ in 0..2 {
        bump.leak(Bomb(&count, true)).expect("there is room");
        let block = bump.get::<Bomb<'_>>().expect("there is room");
        // SAFETY: the block was taken for a value of this type, and is used once.
        core::mem::forget(unsafe { block.boxed(Bomb(&count, true)) });
        bump.reset();
    }
    assert_eq!(count.get(), 0);
}

/// A figure that starts again from 0 is no reason to panic.
#[test]
fn counts_start_again() {
    /// Hands out as many bytes as there can be, which nobody touches.
    struct Endless;
    // SAFETY: no block is used, nor given back.
    unsafe impl GlobalAlloc for Endless {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            core::ptr::without_provenance_mut(layout.align())
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }
    let heap = Tracked::new(Endless);
    let largest = Layout::from_size_align(isize::MAX.unsigned_abs(), 1).expect("valid");
    for in_use in [usize::MAX / 2, usize::MAX - 1, usize::MAX / 2 - 2] {
        // SAFETY: not 0 bytes.
        unsafe { heap.alloc(largest) };
        assert_eq!(heap.statistics().in_use, in_use);
    }
    assert_eq!(heap.statistics().peak, usize::MAX - 1);
}

// A wrapper of another allocator may go to threads if that may.
assert_impl_all!(Tracked<Bump<u8>>: Send, Sync, RefUnwindSafe);
assert_impl_all!(Fallback<Bump<u8>, Region>: Send, Sync, RefUnwindSafe);
assert_not_impl_any!(Tracked<Cell<u8>>: Sync);
assert_not_impl_any!(Fallback<Cell<u8>, Region>: Sync);
assert_not_impl_any!(Fallback<Region, Cell<u8>>: Sync);
assert_not_impl_any!(Tracked<Rc<u8>>: Send);
// It remembers in a cell.
assert_impl_all!(WithAllocationInfo<&'static Region>: Send);
assert_not_impl_any!(WithAllocationInfo<&'static Region>: Sync);
