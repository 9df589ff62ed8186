//! Allocators that threads share, by their interface as a heap.

use std::alloc::{GlobalAlloc, Layout};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use bump_bench::{opaque, unknown};
use gungraun::prelude::*;

use crate::heap_subjects::*;
use crate::huge;
use crate::limits::instructions;

/// The heap as it is in a program that runs for a while: of each size blocks are in use, for which
/// it may have had to get memory from the system, and one was freed, which some can hand out again.
#[inline(never)]
fn warm<H: Heap>(heap: H) -> H {
    H::init();
    let sizes = [4, 24, 64, 128, 256, 512, 1024, 2048, 4096, 8192];
    let layouts = sizes.map(|size| Layout::from_size_align(size, size.min(8)).unwrap());
    // SAFETY: not empty.
    let alloc = |layout| opaque(unsafe { H::heap().alloc(layout) });
    for layout in layouts.repeat(3) {
        assert!(!alloc(layout).is_null());
    }
    for layout in layouts {
        // SAFETY: just allocated; all fit.
        unsafe { H::heap().dealloc(alloc(layout), layout) };
    }
    assert!(alloc(huge()).is_null());
    heap
}

/// Counts a function for each heap. The limits are those of ours, `Bump`, `Recycling` and
/// `PerThread`; in parentheses is what is passed.
macro_rules! count {
    ([$bump:literal, $recycling:literal, $per_thread:literal], ($($argument:expr),*), $($function:tt)*) => {
        #[cfg(not(feature = "peers"))]
        #[library_benchmark]
        #[bench::bump(args = (warm(Global), $($argument),*), config = instructions($bump))]
        #[bench::recycling(args = (warm(Lists), $($argument),*), config = instructions($recycling))]
        #[bench::per_thread(args = (warm(Threads), $($argument),*), config = instructions($per_thread))]
        $($function)*

        #[cfg(feature = "peers")]
        #[library_benchmark]
        #[bench::bump(args = (warm(Global), $($argument),*), config = instructions($bump))]
        #[bench::recycling(args = (warm(Lists), $($argument),*), config = instructions($recycling))]
        #[bench::per_thread(args = (warm(Threads), $($argument),*), config = instructions($per_thread))]
        #[bench::static_alloc(args = (warm(peers::StaticAlloc), $($argument),*))]
        #[bench::blink_alloc(args = (warm(peers::Blink), $($argument),*))]
        #[bench::mimalloc(args = (warm(peers::Mimalloc), $($argument),*))]
        #[bench::jemalloc(args = (warm(peers::Jemalloc), $($argument),*))]
        #[bench::system(args = (warm(peers::System), $($argument),*))]
        #[bench::talc(args = (warm(peers::Talc), $($argument),*))]
        #[bench::linked_list(args = (warm(peers::List), $($argument),*))]
        #[bench::rlsf(args = (warm(peers::Rlsf), $($argument),*))]
        #[bench::stalloc(args = (warm(peers::Stalloc), $($argument),*))]
        #[bench::emballoc(args = (warm(peers::Emballoc), $($argument),*))]
        $($function)*
    };
}

count!(
    [13, 23, 21],
    (7),
    fn alloc_u32<H: Heap>(_: H, value: u32) -> Option<&'static mut u32> {
        // SAFETY: the layout is not empty.
        let place = unsafe { H::heap().alloc(Layout::new::<u32>()) }.cast::<MaybeUninit<u32>>();
        // SAFETY: just allocated, and never freed.
        Some(unsafe { place.as_mut() }?.write(value))
    }
);

count!(
    [17, 36, 32],
    (Layout::new::<[u64; 3]>()),
    fn alloc_layout<H: Heap>(_: H, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the layout is not empty.
        NonNull::new(unsafe { H::heap().alloc(layout) })
    }
);

count!(
    [20, 32, 37],
    (),
    fn alloc_free<H: Heap>(_: H) {
        let layout = Layout::new::<[u64; 8]>();
        // SAFETY: the layout is not empty.
        let block = opaque(unsafe { H::heap().alloc(layout) });
        // SAFETY: just allocated.
        unsafe { H::heap().dealloc(block, layout) };
    }
);

count!(
    [151, 359, 1121],
    (),
    fn alloc_7_reallocs_free<H: Heap>(_: H) {
        // SAFETY: a size of 64 with an alignment of 8.
        let mut layout = unsafe { Layout::from_size_align_unchecked(unknown(64), 8) };
        // SAFETY: the layout is not empty.
        let mut block = opaque(unsafe { H::heap().alloc(layout) });
        while layout.size() < 8192 {
            let size = 2 * layout.size();
            // SAFETY: the block has this layout.
            block = opaque(unsafe { H::heap().realloc(block, layout, size) });
            // SAFETY: a size of at most 8 KiB with an alignment of 8.
            layout = unsafe { Layout::from_size_align_unchecked(size, 8) };
        }
        // SAFETY: the block has this layout.
        unsafe { H::heap().dealloc(block, layout) };
    }
);

count!(
    [13, 16, 43],
    (huge()),
    fn refused<H: Heap>(_: H, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the layout is not empty.
        NonNull::new(unsafe { H::heap().alloc(layout) })
    }
);

#[cfg(not(feature = "peers"))]
#[library_benchmark]
#[bench::bump(args = (warm(Global), 7), config = instructions(13))]
fn leak_u32<H: Leak>(_: H, value: u32) -> Option<&'static mut u32> {
    H::leak(value)
}

#[cfg(feature = "peers")]
#[library_benchmark]
#[bench::bump(args = (warm(Global), 7), config = instructions(13))]
#[bench::static_alloc(args = (warm(peers::StaticAlloc), 7))]
fn leak_u32<H: Leak>(_: H, value: u32) -> Option<&'static mut u32> {
    H::leak(value)
}

library_benchmark_group!(
    name = heap,
    benchmarks = [
        leak_u32,
        alloc_u32,
        alloc_layout,
        alloc_free,
        alloc_7_reallocs_free,
        refused,
    ]
);
