//! Blocks that come through `GlobalAlloc` or `Allocator` and are freed in reverse order come back
//! completely, whatever their sizes, up to the alignment that the region keeps: so loops with
//! temporaries run for ever.

use core::alloc::{GlobalAlloc, Layout};
use core::fmt::{self, Write as _};
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use allocator_api2_04::alloc::{AllocError, Allocator};
use allocator_api2_04::vec::Vec;
use bump_core::UNIT;
use bump_global::Region;
use bump_local::Arena;

const HEAP: usize = 64 << 10;

/// A `GlobalAlloc`, called as the global one is.
#[derive(Clone, Copy)]
struct Global<'heap>(&'heap dyn GlobalAlloc);

// SAFETY: forwards to an allocator that is borrowed meanwhile; never asks it for 0 bytes.
unsafe impl Allocator for Global<'_> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        assert_ne!(layout.size(), 0);
        // SAFETY: not 0 bytes.
        let block = NonNull::new(unsafe { self.0.alloc(layout) }).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(block.as_ptr(), layout) };
    }

    unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        assert_eq!(old.align(), new.align());
        // SAFETY: the caller's promise.
        let block = unsafe { self.0.realloc(block.as_ptr(), old, new.size()) };
        let block = NonNull::new(block).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, new.size()))
    }
}

/// Where the next block would be.
fn next(heap: impl Allocator, align: usize) -> usize {
    let probe = Layout::from_size_align(1, align).unwrap();
    let block = heap.allocate(probe).expect("there is room").cast::<u8>();
    // SAFETY: from this heap with this layout.
    unsafe { heap.deallocate(block, probe) };
    block.addr().get()
}

/// Takes blocks of all kinds that are aligned to at most `most`, and frees the last one first.
fn blocks_come_back(heap: impl Allocator + Copy, most: usize) {
    let aligns = (0..).map(|bit| 1 << bit).take_while(|align| *align <= most);
    let sizes = if cfg!(miri) {
        &[5, 24][..]
    } else {
        &[1, 5, 8, 13, 24, 100]
    };
    let mut layouts = Vec::new();
    for align in aligns {
        for size in sizes {
            layouts.push(Layout::from_size_align(*size, align).unwrap());
        }
    }
    let start = next(heap, 1);
    assert_eq!(start % most, 0, "nothing is in front that is not aligned");
    for first in &layouts {
        for second in &layouts {
            for third in &layouts {
                let blocks = [first, second, third].map(|layout| {
                    let block = heap.allocate(*layout).expect("there is room");
                    (block.cast::<u8>(), *layout)
                });
                for (block, layout) in blocks.into_iter().rev() {
                    // SAFETY: from this heap with this layout.
                    unsafe { heap.deallocate(block, layout) };
                }
                assert_eq!(next(heap, 1), start, "{first:?} {second:?} {third:?}");
            }
        }
    }
}

/// A text that is formatted in a heap.
struct Text<A: Allocator>(Vec<u8, A>);

impl<A: Allocator> fmt::Write for Text<A> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0.try_reserve(piece.len()).map_err(|_| fmt::Error)?;
        self.0.extend_from_slice(piece.as_bytes());
        Ok(())
    }
}

/// A loop that formats and collects, as programs do.
fn a_loop_runs_for_ever(heap: impl Allocator + Copy) {
    let start = next(heap, 1);
    for round in 0..if cfg!(miri) { 20 } else { 100_000 } {
        let mut text = Text(Vec::new_in(heap));
        write!(text, "round {round} of a loop with temporaries").expect("there is room");
        let text = core::str::from_utf8(&text.0).unwrap();
        let mut words = Vec::<&str, _>::new_in(heap);
        for word in text.split(' ') {
            words.try_reserve(1).expect("there is room");
            words.push(word);
        }
        assert_eq!(words.len(), 7);
    }
    assert_eq!(next(heap, 1), start);
}

fn all(heap: impl Allocator + Copy, most: usize) {
    blocks_come_back(heap, most);
    a_loop_runs_for_ever(heap);
}

/// As aligned as the strictest minimum alignment here.
#[repr(align(64))]
struct Memory([MaybeUninit<u8>; HEAP]);

impl Memory {
    const fn new() -> Self {
        Memory([MaybeUninit::uninit(); HEAP])
    }
}

#[test]
fn heaps_that_threads_share() {
    type Bump = bump_global::Bump<[u64; HEAP / 8]>;
    static HEAPS: [Bump; 3] = [const { Bump::uninit() }; 3];
    let [global, bump, slice] = &HEAPS;
    all(Global(global), UNIT);
    all(bump, UNIT);
    all(slice.as_bump_slice().expect("not strictly aligned"), UNIT);

    let mut memory = Memory::new();
    let region = Region::empty();
    // SAFETY: nobody else uses the memory as long as the region is used.
    unsafe { region.init_raw(NonNull::from(&mut memory.0).cast(), HEAP) }.expect("the first");
    all(Global(&region), UNIT);
    all(&region, UNIT);
}

#[test]
fn arenas_scopes_and_regions_of_one_thread() {
    let mut memory = Memory::new();
    let mut arena = Arena::from_mem(&mut memory.0);
    all(&arena, UNIT);
    arena.scope(|scope| all(&*scope, UNIT));
    arena.scratch(|temporaries| all(&*temporaries, UNIT));
    let mut bump = bump_local::Bump::<[u64; HEAP / 8]>::uninit();
    all(&bump, UNIT);
    bump.scope(|scope| all(&*scope, UNIT));
    let slice: &mut bump_local::BumpSlice = &mut bump;
    all(&*slice, UNIT);
}

#[test]
fn a_minimum_alignment_is_kept_by_all_blocks() {
    let bump = bump_global::Bump::<Memory, 64>::with_min_align();
    all(Global(&bump), 64);
    all(&bump, 64);

    let mut memory = Memory::new();
    let region = Region::<64>::with_min_align();
    // SAFETY: nobody else uses the memory as long as the region is used.
    unsafe { region.init_raw(NonNull::from(&mut memory.0).cast(), HEAP) }.expect("the first");
    all(Global(&region), 64);
    all(&region, 64);

    let mut memory = Memory::new();
    let mut arena = Arena::<16>::with_min_align_from_mem(&mut memory.0);
    all(&arena, 16);
    arena.scope(|scope| all(&*scope, 16));
}

/// A block that is aligned more strictly than the region leaves the padding in front of it behind. Lists
/// of free blocks use that again.
#[test]
fn the_padding_of_a_stricter_block_stays_behind() {
    let temporaries = [5, 24].map(|size| {
        let align = if size == 5 { 1 } else { 64 };
        Layout::from_size_align(size, align).unwrap()
    });
    let round = |heap: &dyn GlobalAlloc| {
        let heap = Global(heap);
        let blocks = temporaries.map(|layout| heap.allocate(layout).map(|block| (block, layout)));
        for (block, layout) in blocks.iter().rev().flatten() {
            // SAFETY: from this heap with this layout.
            unsafe { heap.deallocate(block.cast(), *layout) };
        }
        blocks.iter().all(Result::is_ok)
    };
    let bump = bump_global::Bump::<Memory>::uninit();
    assert!(round(&bump));
    assert_eq!(bump.used(), 64);
    assert!((0..HEAP / 64).any(|_| !round(&bump)));

    let bump = bump_global::Bump::<Memory>::uninit();
    let recycling = bump_global::Recycling::<&_>::new(&bump);
    assert!((0..2 * HEAP / 64).all(|_| round(&recycling)));
    assert!(bump.used() < 256);
}
