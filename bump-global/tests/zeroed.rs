//! Heaps over memory that is zero: what was never used is not cleared, and what was is.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use std::thread;

use bump_core::RawAlloc;
use bump_global::{Bump, Grow, Growing, OverRegion, Recycling, Region, Zeroed};
use static_assertions::assert_impl_all;

mod blocks;
use blocks::Random;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("small")
}

/// A region over memory that the test keeps for as long.
fn region(memory: &mut [u64]) -> Region {
    let bytes = size_of_val(memory);
    let region = Region::empty();
    // SAFETY: the test does not use the memory, and drops the region first.
    unsafe { region.init_raw(NonNull::from(memory).cast(), bytes) }.expect("the first");
    region
}

/// Memory whose bytes are all 7.
const SEVENS: [u64; 128] = [0x0707_0707_0707_0707; 128];

/// The promise that the memory is zero is not kept here, which shows what is cleared.
fn sevens(memory: &mut [u64; 128]) -> Zeroed<Region> {
    // SAFETY: the memory is initialised, and nobody relies on the value.
    unsafe { Zeroed::new(region(memory)) }
}

/// The first bytes of a block that are zero, if all behind them are as in the beginning.
fn cleared(block: NonNull<u8>, size: usize) -> usize {
    // SAFETY: the block has so many bytes, which are initialised.
    let bytes = unsafe { core::slice::from_raw_parts(block.as_ptr(), size) };
    let cleared = bytes.iter().take_while(|&&byte| byte == 0).count();
    assert!(bytes[cleared..].iter().all(|&byte| byte == 7), "{bytes:?}");
    cleared
}

#[test]
fn memory_that_was_never_used_is_not_cleared() {
    let mut memory = SEVENS;
    let heap = sevens(&mut memory);
    let one = heap.allocate_zeroed(layout(100)).expect("it fits");
    assert_eq!(cleared(one, 100), 0);
    let two = heap.allocate_zeroed(layout(100)).expect("it fits");
    assert_eq!(cleared(two, 100), 0);
    // SAFETY: it is from there, with this layout.
    unsafe { heap.deallocate(two, layout(100)) };
    // As far as the end of the block, with its padding, and no further.
    let again = heap.allocate_zeroed(layout(200)).expect("it fits");
    assert_eq!((again, cleared(again, 200)), (two, 104));
}

/// Has one piece of memory.
struct Once(NonNull<u64>);

// SAFETY: it is returned once, and the test keeps it for as long.
unsafe impl Grow for Once {
    fn grow(&self, end: Option<NonNull<u8>>, _: usize) -> Option<NonNull<[u8]>> {
        let memory = NonNull::slice_from_raw_parts(self.0.cast(), size_of_val(&SEVENS));
        end.is_none().then_some(memory)
    }
}

/// All kinds of heaps over a region tell where that is, and how much of it is in use.
#[test]
fn every_heap_over_a_region_leaves_alone_what_was_never_used() {
    fn check<B: OverRegion>(heap: B, bytes: usize) {
        // SAFETY: the memory is initialised, and nobody relies on the value.
        let heap = unsafe { Zeroed::new(heap) };
        for block in 1..=3 {
            let one = heap.allocate_zeroed(layout(100)).expect("it fits");
            assert_eq!(cleared(one, 100), 0);
            assert_eq!((heap.capacity(), heap.used()), (1024, block * bytes));
        }
    }
    // A `u64` may be aligned to less than a class.
    #[repr(align(8))]
    struct Aligned([[u64; 128]; 4]);

    let mut memory = Aligned([SEVENS; 4]);
    let Aligned([one, two, three, four]) = &mut memory;
    // A block has the bytes of its class, if there are classes.
    check(region(one), 104);
    check(<Recycling<Region>>::new(region(two)), 112);
    check(<Growing<_>>::new(Once(NonNull::from(three).cast())), 104);
    let source = Once(NonNull::from(four).cast());
    check(<Growing<_, Recycling<Region<1, true>>>>::new(source), 112);
}

#[test]
fn what_a_block_had_before_it_became_smaller_is_cleared() {
    let mut memory = SEVENS;
    let heap = sevens(&mut memory);
    let block = heap.allocate(layout(80)).expect("it fits");
    // SAFETY: it is from there, with this layout.
    let smaller = unsafe { heap.resize(block, layout(80), layout(16)) }.expect("in place");
    let next = heap.allocate_zeroed(layout(128)).expect("it fits");
    assert_eq!(cleared(next, 128), 64);
    // SAFETY: it is from there, with this layout.
    unsafe { heap.deallocate(next, layout(128)) };

    // In place, behind what it keeps.
    // SAFETY: as above.
    let larger = unsafe { heap.grow_zeroed(smaller, layout(16), layout(400)) }.expect("in place");
    // SAFETY: it has so many bytes.
    let tail = unsafe { larger.add(16) };
    assert_eq!((larger, cleared(tail, 384)), (block, 128));
}

#[test]
fn what_was_in_use_before_a_reset_is_cleared() {
    let mut memory = SEVENS;
    let mut heap = sevens(&mut memory);
    heap.allocate(layout(300)).expect("it fits");
    heap.reset();
    let block = heap.allocate_zeroed(layout(1000)).expect("it fits");
    assert_eq!(cleared(block, 1000), 304);
}

/// Takes blocks as zero, and frees them in any order; each is filled while it is in use.
fn churn<B: OverRegion>(heap: &Zeroed<B>, seed: u64, rounds: usize) {
    let mut random = Random(seed);
    let mut blocks: Vec<(NonNull<u8>, Layout)> = Vec::new();
    for _ in 0..rounds {
        let align = 1 << random.below(7);
        let size = 1 + random.below(200);
        let layout = Layout::from_size_align(size, align).expect("small");
        match random.below(4) {
            0 | 1 => {
                let Some(block) = heap.allocate_zeroed(layout) else {
                    continue;
                };
                // SAFETY: the block has so many bytes, which are zero or were written.
                let bytes = unsafe { core::slice::from_raw_parts(block.as_ptr(), size) };
                assert!(bytes.iter().all(|&byte| byte == 0), "{bytes:?}");
                // SAFETY: as above.
                unsafe { block.write_bytes(0xff, size) };
                blocks.push((block, layout));
            }
            2 if !blocks.is_empty() => {
                let chosen = random.below(blocks.len());
                let (block, old) = blocks[chosen];
                let size = old.size() + random.below(100);
                let new = Layout::from_size_align(size, old.align()).expect("small");
                // SAFETY: it is from there, with this layout.
                let Some(grown) = (unsafe { heap.grow_zeroed(block, old, new) }) else {
                    continue;
                };
                // SAFETY: it has so many bytes.
                let bytes = unsafe { core::slice::from_raw_parts(grown.as_ptr(), size) };
                let (kept, added) = bytes.split_at(old.size());
                assert!(kept.iter().all(|&byte| byte == 0xff));
                assert!(added.iter().all(|&byte| byte == 0), "{added:?}");
                // SAFETY: as above.
                unsafe { grown.write_bytes(0xff, size) };
                blocks[chosen] = (grown, new);
            }
            3 if !blocks.is_empty() => {
                let chosen = random.below(blocks.len());
                let (block, old) = blocks[chosen];
                let smaller = 1 + random.below(old.size());
                let new = Layout::from_size_align(smaller, old.align()).expect("small");
                // SAFETY: it is from there, with this layout.
                if let Some(resized) = unsafe { heap.reallocate(block, old, new) } {
                    blocks[chosen] = (resized, new);
                }
            }
            _ => {}
        }
        if blocks.len() > 20 {
            let (block, layout) = blocks.swap_remove(random.below(blocks.len()));
            // SAFETY: it is from there, with this layout.
            unsafe { heap.deallocate(block, layout) };
        }
    }
    for (block, layout) in blocks.into_iter().rev() {
        // SAFETY: it is from there, with this layout.
        unsafe { heap.deallocate(block, layout) };
    }
}

#[test]
fn what_is_taken_as_zero_is_zero() {
    const ROUNDS: usize = if cfg!(miri) { 40 } else { 20_000 };
    for seed in 1..=if cfg!(miri) { 1 } else { 8 } {
        let mut memory = [0; 1 << 11];
        // SAFETY: the memory is zero.
        let heap = unsafe { Zeroed::new(region(&mut memory)) };
        churn(&heap, seed, ROUNDS);
        let mut memory = [0; 1 << 11];
        // SAFETY: as above.
        let heap = unsafe { Zeroed::new(<Recycling<Region>>::new(region(&mut memory))) };
        churn(&heap, seed, ROUNDS);
        let mut memory = vec![0; 1 << 13];
        // SAFETY: as above.
        let heap = unsafe { Zeroed::new(<Recycling<Region>>::new(region(&mut memory))) };
        thread::scope(|scope| {
            for thread in 1..=2 {
                let heap = &heap;
                scope.spawn(move || churn(heap, seed * 10 + thread, ROUNDS));
            }
        });
    }
}

assert_impl_all!(Zeroed<Bump<u64>>: Send, Sync, GlobalAlloc);
