//! Allocators that threads share, by their interface as a heap.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

use bump_bench::{mark, opaque, unknown};

/// The operations of one heap.
macro_rules! heap {
    ($module:ident, $name:literal, $heap:expr, $init:expr) => {
        mod $module {
            use super::*;

            #[unsafe(export_name = concat!("count/heap u32/", $name))]
            #[inline(never)]
            fn value(value: u32) -> *mut u32 {
                mark!(concat!("u32 ", $name));
                // SAFETY: the layout is not empty.
                let place =
                    unsafe { GlobalAlloc::alloc(&$heap, Layout::new::<u32>()) }.cast::<u32>();
                if !place.is_null() {
                    // SAFETY: just allocated.
                    unsafe { place.write(value) };
                }
                place
            }

            #[unsafe(export_name = concat!("count/heap layout/", $name))]
            #[inline(never)]
            fn layout(layout: Layout) -> *mut u8 {
                mark!(concat!("layout ", $name));
                // SAFETY: the layouts below are not empty.
                unsafe { GlobalAlloc::alloc(&$heap, layout) }
            }

            #[unsafe(export_name = concat!("count/heap refused/", $name))]
            #[inline(never)]
            fn refused(layout: Layout) -> *mut u8 {
                mark!(concat!("refused ", $name));
                // SAFETY: the layouts below are not empty.
                unsafe { GlobalAlloc::alloc(&$heap, layout) }
            }

            #[unsafe(export_name = concat!("count/heap alloc+free/", $name))]
            #[inline(never)]
            fn free() {
                mark!(concat!("free ", $name));
                let layout = Layout::new::<[u64; 8]>();
                // SAFETY: the layout is not empty.
                let block = opaque(unsafe { GlobalAlloc::alloc(&$heap, layout) });
                // SAFETY: just allocated.
                unsafe { GlobalAlloc::dealloc(&$heap, block, layout) };
            }

            #[unsafe(export_name = concat!("count/heap alloc+7 reallocs+free/", $name))]
            #[inline(never)]
            fn grow() {
                mark!(concat!("grow ", $name));
                // SAFETY: a size of 64 with an alignment of 8.
                let mut layout = unsafe { Layout::from_size_align_unchecked(unknown(64), 8) };
                // SAFETY: the layout is not empty.
                let mut block = opaque(unsafe { GlobalAlloc::alloc(&$heap, layout) });
                while layout.size() < 8192 {
                    let size = 2 * layout.size();
                    // SAFETY: the block has this layout.
                    block = opaque(unsafe { GlobalAlloc::realloc(&$heap, block, layout, size) });
                    // SAFETY: a size of at most 8 KiB with an alignment of 8.
                    layout = unsafe { Layout::from_size_align_unchecked(size, 8) };
                }
                // SAFETY: the block has this layout.
                unsafe { GlobalAlloc::dealloc(&$heap, block, layout) };
            }

            pub(super) fn run() {
                let () = $init;
                // The first requests of a size may have to get memory from the system.
                for size in [4, 24, 64, 128, 256, 512, 1024, 2048, 4096, 8192].repeat(3) {
                    let layout = Layout::from_size_align(size, size.min(8)).unwrap();
                    // SAFETY: not empty.
                    assert!(!unsafe { GlobalAlloc::alloc(&$heap, layout) }.is_null());
                }
                assert!(!value(black_box(7)).is_null());
                assert!(!layout(black_box(Layout::new::<[u64; 3]>())).is_null());
                free();
                grow();
                let huge = Layout::from_size_align(isize::MAX as usize - 7, 8).unwrap();
                assert!(refused(black_box(huge)).is_null());
            }
        }
    };
}

const SIZE: usize = 1 << 17;

static BUMP: bump_global::Bump<[u8; SIZE]> = bump_global::Bump::uninit();
heap!(bump, "bump-global", BUMP, ());

static PER_THREAD: bump_global::PerThread<bump_global::Bump<[u8; 4 * SIZE]>> =
    bump_global::PerThread::new(bump_global::Bump::uninit());
heap!(per_thread, "bump-global PerThread", PER_THREAD, ());

#[unsafe(export_name = "count/heap leak u32/bump-global")]
#[inline(never)]
fn leak(value: u32) -> Option<&'static mut u32> {
    mark!("leak bump-global");
    BUMP.leak(value).ok()
}

#[cfg(feature = "peers")]
mod peers {
    use super::*;

    static STATIC_ALLOC: static_alloc::Bump<[u8; SIZE]> = static_alloc::Bump::uninit();
    heap!(static_alloc_, "static-alloc", STATIC_ALLOC, ());

    #[unsafe(export_name = "count/heap leak u32/static-alloc")]
    #[inline(never)]
    fn leak(value: u32) -> Option<&'static mut u32> {
        mark!("leak static-alloc");
        STATIC_ALLOC.leak(value).ok()
    }

    static BLINK: blink_alloc::GlobalBlinkAlloc = blink_alloc::GlobalBlinkAlloc::new();
    // In its other mode it is the system's allocator.
    // SAFETY: one thread, and nothing was allocated before.
    heap!(blink, "blink-alloc", BLINK, unsafe { BLINK.blink_mode() });

    heap!(mimalloc_, "mimalloc", mimalloc::MiMalloc, ());
    heap!(system, "system", std::alloc::System, ());

    static mut TALC_MEMORY: [u8; SIZE] = [0; SIZE];
    static TALC: talc::TalcLock<spinning_top::RawSpinlock, talc::source::Claim> =
        // SAFETY: the memory is given to nobody else.
        talc::TalcLock::new(unsafe { talc::source::Claim::array(&raw mut TALC_MEMORY) });
    heap!(talc_, "talc", TALC, ());

    static mut LIST_MEMORY: [u64; SIZE / 8] = [0; SIZE / 8];
    static LIST: linked_list_allocator::LockedHeap = linked_list_allocator::LockedHeap::empty();
    // SAFETY: the memory is given to nobody else.
    heap!(list, "linked_list_allocator", LIST, unsafe {
        LIST.lock().init((&raw mut LIST_MEMORY).cast(), SIZE);
    });

    static RLSF: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
    heap!(rlsf_, "rlsf", RLSF, ());

    pub(super) fn run() {
        static_alloc_::run();
        assert!(leak(black_box(7)).is_some());
        blink::run();
        mimalloc_::run();
        system::run();
        talc_::run();
        list::run();
        rlsf_::run();
    }
}

pub(super) fn run() {
    bump::run();
    per_thread::run();
    assert!(leak(black_box(7)).is_some());
    #[cfg(feature = "peers")]
    peers::run();
}
