//! Every way to lose a race: a cursor that loses on purpose, so that all paths of the engine that
//! are taken only if another thread was faster are taken here by one thread.

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;

use bump_core::class::CLASSES;
use bump_core::{Cursor, Failure, FreeLists, Level, List, Memory, RawAlloc, RawBump, UNIT, Values};
use bump_global::AtomicCursor;
use bump_global::allocator_api2::WithAllocationInfo;

/// A cursor that another thread moves right before it is moved, as often as it is told.
struct Losing {
    cursor: AtomicCursor,
    /// How many times it loses from now on.
    losses: Cell<usize>,
    /// How many bytes the other thread takes each time, if they are there. With 0 bytes the
    /// exchange fails for no reason, which a cursor may.
    step: usize,
}

impl Losing {
    fn loses(&self, found: &mut usize) -> bool {
        let Some(losses) = self.losses.get().checked_sub(1) else {
            return false;
        };
        self.losses.set(losses);
        let position = self.cursor.load();
        *found = (position + self.step).min(BYTES);
        // SAFETY: not less than the position, and in the region.
        unsafe { self.cursor.claim(position, *found) }.expect("one thread");
        true
    }
}

// SAFETY: moved by the atomic cursor only; fails without moving it, or after somebody else moved
// it.
unsafe impl Cursor for Losing {
    fn load(&self) -> usize {
        self.cursor.load()
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        let mut found = 0;
        if self.loses(&mut found) {
            return Err(found);
        }
        // SAFETY: the caller's promise.
        unsafe { self.cursor.claim(current, new) }
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        let mut found = 0;
        if self.loses(&mut found) {
            return Err(found);
        }
        // SAFETY: the caller's promise.
        unsafe { self.cursor.give_back(current, new) }
    }
}

const BYTES: usize = 64;

#[repr(align(64))]
struct Aligned(UnsafeCell<[u8; BYTES]>);

struct Region {
    cursor: Losing,
    memory: Aligned,
}

// SAFETY: the memory is a part of the region, which is borrowed by its blocks.
unsafe impl RawBump for Region {
    type Cursor = Losing;

    fn cursor(&self) -> &Losing {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(NonNull::from(&self.memory.0).cast(), BYTES))
    }
}

/// A region that loses the next `losses` races to somebody who takes `step` bytes each time.
fn region(losses: usize, step: usize) -> Region {
    Region {
        cursor: Losing {
            cursor: AtomicCursor::new(),
            losses: Cell::new(losses),
            step,
        },
        memory: Aligned(UnsafeCell::new([0; BYTES])),
    }
}

/// Where a block lies in the region.
fn offset(region: &Region, block: NonNull<u8>) -> usize {
    block.addr().get() - region.memory.0.get().addr()
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("small")
}

#[test]
fn a_block_is_taken_behind_what_the_others_took() {
    for losses in 0..5 {
        for step in [0, 1, 3] {
            let region = region(losses, step);
            let block = region.allocate(layout(8, 8)).expect("there is room");
            let start = (losses * step).next_multiple_of(8);
            assert_eq!(offset(&region, block), start, "{losses} {step}");
            assert_eq!(region.level(), Level::new(start + 8));

            let region = self::region(losses, step);
            let block = region.get_layout(layout(8, 8)).expect("there is room");
            assert_eq!(offset(&region, block.ptr), start);
            assert_eq!(block.level, Level::new(start + 8));

            // Not everywhere aligned to 8.
            let start = (losses * step).next_multiple_of(align_of::<u64>());
            let region = self::region(losses, step);
            let block = region.get::<u64>().expect("there is room");
            assert_eq!(offset(&region, block.ptr.cast()), start);
            assert_eq!(block.level_start(), Level::new(start));

            let region = self::region(losses, step);
            let value = region.leak(7_u64).expect("there is room");
            assert_eq!(*value, 7);
            assert_eq!(offset(&region, NonNull::from(value).cast()), start);

            let region = self::region(losses, step);
            let values = region
                .leak_slice_copy(&[1_u64, 2, 3])
                .expect("there is room");
            assert_eq!(values, [1, 2, 3]);
            assert_eq!(offset(&region, NonNull::from(values).cast()), start);
        }
    }
}

#[test]
fn what_the_others_leave_may_be_too_little() {
    let region = region(4, 16);
    assert_eq!(region.allocate(layout(8, 1)), None);
    assert_eq!(region.level(), Level::new(BYTES));

    let region = self::region(3, 20);
    assert_eq!(region.get_layout(layout(8, 1)), None);

    let region = self::region(1, 60);
    assert_eq!(region.get::<u64>(), None);

    let region = self::region(1, 60);
    let refused = region.leak(String::from("kept")).expect_err("4 bytes left");
    assert_eq!(refused.kind(), Failure::Exhausted);
    assert_eq!(refused.into_inner(), "kept");

    let region = self::region(1, 60);
    assert_eq!(region.leak_slice_copy(&[1_u64]), None);
}

#[test]
fn an_exact_level_is_lost_with_the_race() {
    let region = region(1, 3);
    let start = Level::new(0);
    assert_eq!(
        region.get_at::<u8>(start),
        Err(Failure::Mismatch {
            observed: Level::new(3)
        })
    );

    let region = self::region(1, 3);
    let refused = region.leak_at(String::from("kept"), start);
    let refused = refused.expect_err("the level was lost");
    assert!(matches!(refused.kind(), Failure::Mismatch { .. }));
    assert_eq!(refused.into_inner(), "kept");

    // Nobody moved the cursor: the level is still there.
    let region = self::region(2, 0);
    let (value, level) = region.leak_at(7_u8, start).expect("the level was kept");
    assert_eq!((*value, level), (7, Level::new(1)));
}

#[test]
fn levels_are_those_of_the_request_that_won() {
    for losses in 0..4 {
        for step in [0, 3] {
            let region = region(losses, step);
            let info = WithAllocationInfo::new(&region);
            let block = info.allocate(layout(8, 8)).expect("there is room");
            let start = (losses * step).next_multiple_of(8);
            assert_eq!(offset(&region, block), start);
            assert_eq!(info.last_allocation_start(), Level::new(start));
            assert_eq!(info.last_observed_level(), Level::new(start + 8));
        }
    }
    let region = region(1, 60);
    let info = WithAllocationInfo::new(&region);
    assert!(info.allocate(layout(8, 8)).is_none());
    assert_eq!(info.last_observed_level(), Level::new(60));
}

#[test]
fn a_block_that_cannot_grow_in_place_moves_with_its_bytes() {
    let region = region(0, 5);
    let block = region.allocate(layout(4, 4)).expect("there is room");
    // SAFETY: the block has 4 bytes.
    unsafe { block.cast().write(0xdead_beef_u32) };

    region.cursor.losses.set(1);
    // SAFETY: the block has this layout.
    let grown = unsafe { RawAlloc::resize(&region, block, layout(4, 4), layout(12, 4)) };
    assert_eq!(grown, None, "and nothing changed:");
    // SAFETY: the block has 4 bytes.
    assert_eq!(unsafe { block.cast::<u32>().read() }, 0xdead_beef);

    // SAFETY: the block has this layout.
    let moved = unsafe { region.reallocate(block, layout(4, 4), layout(12, 4)) };
    let moved = moved.expect("there is room elsewhere");
    assert_eq!(
        offset(&region, moved),
        (UNIT + 5).next_multiple_of(4),
        "behind the block, rounded, and what was taken"
    );
    // SAFETY: the block has at least 4 bytes.
    assert_eq!(unsafe { moved.cast::<u32>().read() }, 0xdead_beef);
}

#[test]
fn what_is_not_given_back_stays_taken() {
    let region = region(0, 5);
    let block = region.allocate(layout(4, 4)).expect("there is room");
    region.cursor.losses.set(1);
    // SAFETY: the block has this layout.
    unsafe { region.deallocate(block, layout(4, 4)) };
    assert_eq!(region.level(), Level::new(UNIT + 5));

    // The block shrinks where it is all the same.
    let block = region.allocate(layout(16, 1)).expect("there is room");
    let start = (UNIT + 5).next_multiple_of(UNIT);
    assert_eq!(offset(&region, block), start);
    region.cursor.losses.set(1);
    // SAFETY: the block has this layout.
    let shrunk = unsafe { RawAlloc::resize(&region, block, layout(16, 1), layout(2, 1)) };
    assert_eq!(shrunk, Some(block));
    assert_eq!(region.level(), Level::new(start + 16 + 5));
}

#[test]
fn what_is_cut_off_a_block_that_just_was_the_last_is_in_a_list() {
    // The others take all that is left, so the block cannot move.
    let region = region(0, 16);
    let word = || Losing {
        cursor: AtomicCursor::new(),
        losses: Cell::new(0),
        step: 0,
    };
    let lists: FreeLists<_> =
        FreeLists::new([(); CLASSES].map(|()| List::new(word())), [word(), word()]);
    // SAFETY: the lists are used with this region only.
    let block = unsafe { lists.allocate(&region, layout(48, 8)) }.expect("there is room");
    region.cursor.losses.set(1);
    // SAFETY: the block has this layout.
    let shrunk = unsafe { lists.reallocate(&region, block, layout(48, 8), layout(8, 8)) };
    assert_eq!(shrunk, Some(block));
    // SAFETY: the lists are used with this region only.
    let rest = unsafe { lists.allocate(&region, layout(40, 8)) }.expect("what was cut off");
    assert_eq!(offset(&region, rest), 8);
}
