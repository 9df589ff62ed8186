//! An author of an allocator who breaks the contract of `RawBump`, and a program that frees what it
//! has not, learn it in a debug build: the panic names the rule.

use core::alloc::Layout;
use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use bump_core::{Cursor, Memory, RawAlloc as _, RawBump, Values as _};

const WORD: Layout = Layout::new::<u64>();

struct Position(Cell<usize>);

// SAFETY: a cell, for one thread.
unsafe impl Cursor for Position {
    const SHARED: bool = false;

    fn load(&self) -> usize {
        self.0.get()
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        let found = self.0.get();
        if found == current {
            self.0.set(new);
            return Ok(());
        }
        Err(found)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the caller's promise.
        unsafe { self.claim(current, new) }
    }
}

const fn position(at: usize) -> Position {
    Position(Cell::new(at))
}

#[repr(align(64))]
struct Buffer([MaybeUninit<u8>; 256]);

impl Buffer {
    const fn new() -> Self {
        Buffer([MaybeUninit::uninit(); 256])
    }
}

/// A region in a part of a buffer, which keeps the contract if the part and the cursor do.
struct Region<'mem, const MIN_ALIGN: usize = 1, const BASE_ALIGN: usize = 1> {
    memory: NonNull<[MaybeUninit<u8>]>,
    cursor: Position,
    marker: PhantomData<&'mem mut [MaybeUninit<u8>]>,
}

// SAFETY: as far as each test keeps to it. The memory is borrowed uniquely; nobody moves the cursor but
// the engine.
unsafe impl<const MIN_ALIGN: usize, const BASE_ALIGN: usize> RawBump
    for Region<'_, MIN_ALIGN, BASE_ALIGN>
{
    type Cursor = Position;

    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = BASE_ALIGN;

    fn cursor(&self) -> &Position {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(self.memory.cast(), self.memory.len()))
    }
}

fn region<const MIN_ALIGN: usize, const BASE_ALIGN: usize>(
    memory: &mut [MaybeUninit<u8>],
    cursor: usize,
) -> Region<'_, MIN_ALIGN, BASE_ALIGN> {
    Region {
        memory: NonNull::from(memory),
        cursor: position(cursor),
        marker: PhantomData,
    }
}

#[test]
fn who_keeps_the_contract_is_served() {
    let mut buffer = Buffer::new();
    let region = region::<8, 64>(&mut buffer.0, 8);
    let [one, two] = [(); 2].map(|()| region.allocate(WORD).expect("there is room"));
    // SAFETY: of this region, with this layout; the last one first.
    unsafe { region.deallocate(two, WORD) };
    // SAFETY: as above.
    unsafe { region.deallocate(one, WORD) };
    assert_eq!(region.level().byte_offset(), 8);
}

/// A region whose positions are addresses, as those of an arena are.
struct Addresses {
    end: NonNull<u8>,
    cursor: Position,
}

// SAFETY: the memory up to the end is nobody else's as long as the region is used.
unsafe impl RawBump for Addresses {
    type Cursor = Position;

    fn cursor(&self) -> &Position {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::up_to(self.end))
    }
}

impl Addresses {
    bump_core::bump_methods!("");
}

fn addresses(memory: &mut [MaybeUninit<u8>]) -> Addresses {
    let memory = memory.as_mut_ptr_range();
    Addresses {
        end: NonNull::new(memory.end).expect("no buffer is there").cast(),
        cursor: position(memory.start.addr()),
    }
}

/// The answers of a region's methods have no meaning for it, and do no harm.
#[test]
fn methods_of_a_region_of_addresses() {
    let mut buffer = Buffer::new();
    let region = addresses(&mut buffer.0);
    assert_eq!(*region.leak(1_u64).expect("there is room"), 1);
    assert_eq!(region.remaining(), 248);
    assert_eq!(region.data_ptr(), region.end);
    let level = region.level();
    assert!(region.leak_at([2_u8; 249], level).is_err());
    let (bytes, _) = region.leak_at([2_u8; 248], level).expect("there is room");
    assert_eq!((bytes[247], region.remaining()), (2, 0));
}

#[cfg(debug_assertions)]
mod broken {
    use bump_core::class::CLASSES;
    use bump_core::{FreeLists, List, RawAlloc};

    use super::*;

    #[test]
    #[should_panic = "the region starts at no multiple of BASE_ALIGN"]
    fn a_start_that_is_not_aligned() {
        let mut buffer = Buffer::new();
        region::<1, 64>(&mut buffer.0[8..], 0).allocate(WORD);
    }

    #[test]
    #[should_panic = "the cursor is at no multiple of MIN_ALIGN"]
    fn a_start_at_no_multiple() {
        let mut buffer = Buffer::new();
        let _ = region::<8, 1>(&mut buffer.0[4..], 0).leak(1_u8);
    }

    #[test]
    #[should_panic = "the region has more bytes than a region can have"]
    fn more_bytes_than_a_region_can_have() {
        struct Huge(Position);

        // SAFETY: broken: no memory is as large.
        unsafe impl RawBump for Huge {
            type Cursor = Position;

            fn cursor(&self) -> &Position {
                &self.0
            }

            fn memory(&self) -> Option<Memory> {
                Some(Memory::new(NonNull::dangling(), isize::MAX.unsigned_abs()))
            }
        }

        Huge(position(0)).allocate(WORD);
    }

    #[test]
    #[should_panic = "the memory of an arena ends at no multiple of a unit"]
    fn an_arena_that_ends_at_no_unit() {
        let mut buffer = Buffer::new();
        addresses(&mut buffer.0[..60]).allocate(WORD);
    }

    #[test]
    #[should_panic = "the cursor is at no multiple of MIN_ALIGN"]
    fn a_cursor_at_no_multiple() {
        let mut buffer = Buffer::new();
        let _ = region::<8, 1>(&mut buffer.0, 12).leak(1_u8);
    }

    #[test]
    #[should_panic = "the cursor is beyond the end of the region"]
    fn a_cursor_beyond_the_end() {
        let mut buffer = Buffer::new();
        region::<1, 1>(&mut buffer.0[..16], 24).allocate(WORD);
    }

    #[test]
    #[should_panic = "it is freed already, or of another region"]
    fn a_block_of_another_region() {
        let (mut buffer, mut other) = (Buffer::new(), Buffer::new());
        let (region, other) = (
            region::<1, 1>(&mut buffer.0, 0),
            region::<1, 1>(&mut other.0, 0),
        );
        let [block, _] =
            [&other, &region].map(|region| region.allocate(WORD).expect("there is room"));
        // SAFETY: broken: the block is of the other one.
        unsafe { region.deallocate(block, WORD) };
    }

    #[test]
    #[should_panic = "it is freed already, or of another region"]
    fn a_block_that_was_freed() {
        let mut buffer = Buffer::new();
        let region = region::<1, 1>(&mut buffer.0, 0);
        let block = region.allocate(WORD).expect("there is room");
        for _ in 0..2 {
            // SAFETY: broken the second time.
            unsafe { region.deallocate(block, WORD) };
        }
    }

    #[test]
    #[should_panic = "it is freed already, or of another region"]
    fn a_block_that_is_resized_after_it_was_freed() {
        let mut buffer = Buffer::new();
        let region = region::<1, 1>(&mut buffer.0, 0);
        let block = region.allocate(WORD).expect("there is room");
        // SAFETY: of this region, with this layout.
        unsafe { region.deallocate(block, WORD) };
        // SAFETY: broken.
        let _ = unsafe { RawAlloc::resize(&region, block, WORD, Layout::new::<u32>()) };
    }

    /// In an arena, a block may be in another piece of its memory, but in none in part.
    #[test]
    #[should_panic = "it is freed already, or of another region"]
    fn a_block_of_an_arena_that_reaches_over_the_cursor() {
        let mut buffer = Buffer::new();
        let region = addresses(&mut buffer.0);
        let block = region.allocate(WORD).expect("there is room");
        // SAFETY: broken: it has 8 bytes.
        unsafe { region.deallocate(block, Layout::new::<[u64; 2]>()) };
    }

    #[test]
    #[should_panic = "a block is not aligned as its layout says"]
    fn a_block_with_another_layout() {
        let mut buffer = Buffer::new();
        let region = region::<1, 1>(&mut buffer.0, 8);
        let block = region.allocate(WORD).expect("there is room");
        let line = Layout::from_size_align(8, 64).expect("valid");
        // SAFETY: broken.
        unsafe { region.deallocate(block, line) };
    }

    /// Lists over a region, and three blocks of it.
    fn with_lists(check: impl FnOnce(&FreeLists<Position>, &Region<'_>, [NonNull<u8>; 3])) {
        let mut buffer = Buffer::new();
        let region = region(&mut buffer.0, 0);
        let lists = [const { List::new(position(0)) }; CLASSES];
        let lists = FreeLists::new(lists, [position(0), position(0)]);
        // SAFETY: the lists are used with this region only.
        let blocks = [(); 3].map(|()| unsafe { lists.allocate(&region, WORD) }.expect("room"));
        check(&lists, &region, blocks);
    }

    #[test]
    #[should_panic = "a block is freed already"]
    fn a_block_that_is_freed_twice_to_lists() {
        with_lists(|lists, region, [block, ..]| {
            for _ in 0..2 {
                // SAFETY: broken the second time.
                unsafe { lists.deallocate(region, block, WORD) };
            }
        });
    }

    #[test]
    #[should_panic = "free blocks overlap: one was freed twice, or with another layout"]
    fn a_block_that_is_freed_as_more_than_it_is() {
        with_lists(|lists, region, [one, two, _]| {
            // SAFETY: of these lists, with this layout.
            unsafe { lists.deallocate(region, two, WORD) };
            // SAFETY: broken.
            unsafe { lists.deallocate(region, one, Layout::new::<[u64; 2]>()) };
            // SAFETY: the lists are used with this region only. It is all of the region, so all is merged.
            unsafe { lists.allocate(region, Layout::new::<[u64; 32]>()) };
        });
    }
}
