//! An arena with lists of free blocks in front of it: a block of a list, the next one of the arena, and
//! blocks that are freed in the current chunk and in one behind ten others.

use std::alloc::Layout;
use std::ptr::NonNull;

use allocator_api2::alloc::Allocator as _;
use bump_bench::opaque;
use bump_local::{Arena, RecyclingArena};
use gungraun::prelude::*;

use crate::limits::instructions;

type Lists = RecyclingArena<'static, 'static>;

const LAYOUT: Layout = Layout::new::<[u64; 8]>();

/// Lists with a block in use, and with a free one if `reused` tells so.
#[inline(never)]
fn warm(reused: bool) -> &'static Lists {
    let arena: &Arena<'_> = Box::leak(Box::new(Arena::new()));
    let lists: &Lists = Box::leak(Box::new(RecyclingArena::new(arena)));
    let [first, _last] = [(); 2].map(|()| lists.allocate(LAYOUT).unwrap());
    if reused {
        // SAFETY: just allocated.
        unsafe { lists.deallocate(first.cast(), LAYOUT) };
    }
    lists
}

/// Lists, and a block of an arena in which so many chunks are before and after the one of the block.
fn block_between(before: usize, after: usize) -> (&'static Lists, NonNull<u8>) {
    let arena: &Arena<'_> = Box::leak(Box::new(Arena::new()));
    let lists: &Lists = Box::leak(Box::new(RecyclingArena::new(arena)));
    let more = |chunks: usize| {
        for _ in 0..chunks {
            lists.allocate(LAYOUT).unwrap();
            arena.alloc_slice_fill_copy(arena.chunk_capacity(), 0_u8);
        }
    };
    more(before);
    let block = lists.allocate(LAYOUT).unwrap().cast();
    more(after);
    lists.allocate(LAYOUT).unwrap();
    (lists, block)
}

#[library_benchmark]
#[bench::new(args = (warm(false), LAYOUT), config = instructions(55))]
#[bench::reused(args = (warm(true), LAYOUT), config = instructions(35))]
fn alloc_layout(lists: &'static Lists, layout: Layout) -> Option<NonNull<u8>> {
    Some(lists.allocate(layout).ok()?.cast())
}

#[library_benchmark]
#[bench::last(args = (warm(false)), config = instructions(34))]
#[bench::reused(args = (warm(true)), config = instructions(49))]
fn alloc_free(lists: &'static Lists) -> Option<()> {
    let block = lists.allocate(LAYOUT).ok()?.cast::<u8>();
    let block = NonNull::new(opaque(block.as_ptr()))?;
    // SAFETY: just allocated.
    unsafe { lists.deallocate(block, LAYOUT) };
    Some(())
}

#[library_benchmark]
#[bench::in_the_current_chunk(args = (block_between(10, 0)), config = instructions(23))]
#[bench::in_the_eleventh_chunk(args = (block_between(10, 1)), config = instructions(123))]
fn free((lists, block): (&'static Lists, NonNull<u8>)) {
    // SAFETY: from there, with this layout.
    unsafe { lists.deallocate(block, LAYOUT) };
}

library_benchmark_group!(
    name = in_an_arena,
    benchmarks = [alloc_layout, alloc_free, free]
);
