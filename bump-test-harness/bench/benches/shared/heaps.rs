//! The heaps that are compared. Each is named by a type, so that the address of the static is known
//! where it is used, as that of a program's heap is.

use std::alloc::GlobalAlloc;

use bump_global::{Bump, PerThread, Recycling};

/// The size of a heap in bytes: enough for all operations.
const SIZE: usize = 1 << 17;

pub(crate) trait Heap: Send + 'static {
    fn heap() -> &'static impl GlobalAlloc;

    /// Has to be called before the first request.
    fn init() {}
}

/// Values that are moved in, which not all heaps do.
pub(crate) trait Leak: Heap {
    fn leak(value: u32) -> Option<&'static mut u32>;
}

macro_rules! heap {
    ($name:ident, $heap:expr $(, $init:expr)?) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl Heap for $name {
            #[inline(always)]
            fn heap() -> &'static impl GlobalAlloc {
                &$heap
            }
            $(
                fn init() {
                    $init;
                }
            )?
        }
    };
}

static BUMP: Bump<[u8; SIZE]> = Bump::uninit();
heap!(Global, BUMP);

impl Leak for Global {
    #[inline(always)]
    fn leak(value: u32) -> Option<&'static mut u32> {
        BUMP.leak(value).ok()
    }
}

static RECYCLING: Recycling<Bump<[u8; SIZE]>> = Recycling::new(Bump::uninit());
heap!(Lists, RECYCLING);

static PER_THREAD: PerThread<Bump<[u8; 4 * SIZE]>> = PerThread::new(Bump::uninit());
heap!(Threads, PER_THREAD);

#[cfg(feature = "peers")]
pub(crate) mod peers {
    use super::*;

    static STATIC_ALLOC: static_alloc::Bump<[u8; SIZE]> = static_alloc::Bump::uninit();
    heap!(StaticAlloc, STATIC_ALLOC);

    impl Leak for StaticAlloc {
        #[inline(always)]
        fn leak(value: u32) -> Option<&'static mut u32> {
            STATIC_ALLOC.leak(value).ok()
        }
    }

    static BLINK: blink_alloc::GlobalBlinkAlloc = blink_alloc::GlobalBlinkAlloc::new();
    // In its other mode it is the system's allocator.
    // SAFETY: one thread, and nothing was allocated before.
    heap!(Blink, BLINK, unsafe { BLINK.blink_mode() });

    heap!(Mimalloc, mimalloc::MiMalloc);
    heap!(Jemalloc, tikv_jemallocator::Jemalloc);
    heap!(Snmalloc, snmalloc_rs::SnMalloc);
    heap!(System, std::alloc::System);

    static mut TALC_MEMORY: [u8; SIZE] = [0; SIZE];
    static TALC: talc::TalcLock<spinning_top::RawSpinlock, talc::source::Claim> =
        // SAFETY: the memory is given to nobody else.
        talc::TalcLock::new(unsafe { talc::source::Claim::array(&raw mut TALC_MEMORY) });
    heap!(Talc, TALC);

    static mut LIST_MEMORY: [u64; SIZE / 8] = [0; SIZE / 8];
    static LIST: linked_list_allocator::LockedHeap = linked_list_allocator::LockedHeap::empty();
    // SAFETY: the memory is given to nobody else.
    heap!(List, LIST, unsafe {
        LIST.lock().init((&raw mut LIST_MEMORY).cast(), SIZE);
    });

    static STALLOC: stalloc::SyncStalloc<{ SIZE / 8 }, 8> = stalloc::SyncStalloc::new();
    heap!(Stalloc, STALLOC);

    static EMBALLOC: emballoc::Allocator<SIZE> = emballoc::Allocator::new();
    heap!(Emballoc, EMBALLOC);

    static RLSF: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
    heap!(Rlsf, RLSF);
}
