//! A heap of one thread that uses freed memory again, in the frame of the heaps that threads share.

use std::alloc::{GlobalAlloc, Layout};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use bump_bench::{opaque, unknown};
use bump_local::{Bump, Recycling};
use gungraun::prelude::*;

use crate::huge;
use crate::limits::instructions;

type Lists = Recycling<Bump<[u8; 1 << 17]>>;

struct OneThread(Lists);

// SAFETY: the benchmarks have one thread.
unsafe impl Sync for OneThread {}

static HEAP: OneThread = OneThread(Recycling::new(Bump::uninit()));

/// The heap with a block of each size in use, and with a free one in each list if `reused` tells so.
#[inline(never)]
fn warm(reused: bool) -> &'static Lists {
    for size in [4, 24, 64] {
        let layout = Layout::from_size_align(size, size.min(8)).unwrap();
        // SAFETY: not empty.
        let [first, last] = [(); 2].map(|()| opaque(unsafe { HEAP.0.alloc(layout) }));
        assert!(!last.is_null());
        if reused {
            // SAFETY: just allocated.
            unsafe { HEAP.0.dealloc(first, layout) };
        }
    }
    &HEAP.0
}

#[library_benchmark]
#[bench::new(args = (warm(false), 7), config = instructions(21))]
#[bench::reused(args = (warm(true), 7), config = instructions(14))]
fn alloc_u32(_: &'static Lists, value: u32) -> Option<&'static mut u32> {
    // SAFETY: the layout is not empty.
    let place = unsafe { HEAP.0.alloc(Layout::new::<u32>()) }.cast::<MaybeUninit<u32>>();
    // SAFETY: just allocated, and never freed.
    Some(unsafe { place.as_mut() }?.write(value))
}

#[library_benchmark]
#[bench::new(args = (warm(false), Layout::new::<[u64; 3]>()), config = instructions(35))]
#[bench::reused(args = (warm(true), Layout::new::<[u64; 3]>()), config = instructions(24))]
fn alloc_layout(_: &'static Lists, layout: Layout) -> Option<NonNull<u8>> {
    // SAFETY: the layout is not empty.
    NonNull::new(unsafe { HEAP.0.alloc(layout) })
}

#[library_benchmark]
#[bench::last(args = (warm(false)), config = instructions(28))]
#[bench::reused(args = (warm(true)), config = instructions(22))]
fn alloc_free(_: &'static Lists) {
    let layout = Layout::new::<[u64; 8]>();
    // SAFETY: the layout is not empty.
    let block = opaque(unsafe { HEAP.0.alloc(layout) });
    // SAFETY: just allocated.
    unsafe { HEAP.0.dealloc(block, layout) };
}

#[library_benchmark]
#[bench::last(args = (warm(false)), config = instructions(370))]
fn alloc_7_reallocs_free(_: &'static Lists) {
    // SAFETY: a size of 64 with an alignment of 8.
    let mut layout = unsafe { Layout::from_size_align_unchecked(unknown(64), 8) };
    // SAFETY: the layout is not empty.
    let mut block = opaque(unsafe { HEAP.0.alloc(layout) });
    while layout.size() < 8192 {
        let size = 2 * layout.size();
        // SAFETY: the block has this layout.
        block = opaque(unsafe { HEAP.0.realloc(block, layout, size) });
        // SAFETY: a size of at most 8 KiB with an alignment of 8.
        layout = unsafe { Layout::from_size_align_unchecked(size, 8) };
    }
    // SAFETY: the block has this layout.
    unsafe { HEAP.0.dealloc(block, layout) };
}

#[library_benchmark]
#[bench::huge(args = (warm(false), huge()), config = instructions(16))]
fn refused(_: &'static Lists, layout: Layout) -> Option<NonNull<u8>> {
    // SAFETY: the layout is not empty.
    NonNull::new(unsafe { HEAP.0.alloc(layout) })
}

library_benchmark_group!(
    name = one_thread,
    benchmarks = [
        alloc_u32,
        alloc_layout,
        alloc_free,
        alloc_7_reallocs_free,
        refused,
    ]
);
