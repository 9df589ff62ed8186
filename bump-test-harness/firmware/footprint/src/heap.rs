//! The allocators that are compared, each set up as its documentation says, over the same number of
//! bytes.

use crate::REGION;
use core::mem::MaybeUninit;

/// For those that are handed their memory at run time.
#[allow(dead_code, reason = "some allocators hold their memory themselves")]
const fn region() -> *mut [MaybeUninit<u8>] {
    #[repr(align(16))]
    struct Region(
        #[expect(dead_code, reason = "used through the pointer")] [MaybeUninit<u8>; REGION],
    );
    static mut MEMORY: Region = Region([MaybeUninit::uninit(); REGION]);
    core::ptr::slice_from_raw_parts_mut((&raw mut MEMORY).cast(), REGION)
}

/// A heap without a lock of its own, behind a critical section.
#[allow(dead_code, reason = "some allocators lock themselves")]
mod locked {
    use core::cell::UnsafeCell;

    pub struct Locked<H>(UnsafeCell<H>);

    // SAFETY: `with` is the only access, and critical sections exclude each other.
    unsafe impl<H> Sync for Locked<H> {}

    impl<H> Locked<H> {
        pub const fn new(heap: H) -> Self {
            Self(UnsafeCell::new(heap))
        }
        pub fn with<R>(&self, use_it: impl FnOnce(&mut H) -> R) -> R {
            // SAFETY: inside a critical section, and no `use_it` below enters another.
            critical_section::with(|_| use_it(unsafe { &mut *self.0.get() }))
        }
    }
}

#[cfg(not(any(
    feature = "bump",
    feature = "recycling",
    feature = "static-alloc",
    feature = "llff",
    feature = "tlsf",
    feature = "linked-list",
    feature = "buddy",
    feature = "talc",
    feature = "rlsf"
)))]
mod chosen {
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr;

    struct Null;
    #[global_allocator]
    static HEAP: Null = Null;

    // SAFETY: it never hands out memory.
    unsafe impl GlobalAlloc for Null {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            ptr::null_mut()
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
        unsafe fn realloc(&self, _: *mut u8, _: Layout, _: usize) -> *mut u8 {
            ptr::null_mut()
        }
    }
    pub fn init() {}
}

#[cfg(feature = "bump")]
mod chosen {
    use super::REGION;
    use bump_global::Bump;

    #[global_allocator]
    static HEAP: Bump<[u8; REGION]> = Bump::uninit();
    pub fn init() {}
}

#[cfg(feature = "recycling")]
mod chosen {
    use super::REGION;
    use bump_global::{Bump, Recycling};

    // With lists for blocks of up to 512 bytes.
    #[global_allocator]
    static HEAP: Recycling<Bump<[u8; REGION]>, 20> = Recycling::new(Bump::uninit());
    pub fn init() {}
}

#[cfg(feature = "static-alloc")]
mod chosen {
    use super::REGION;
    use static_alloc::Bump;

    #[global_allocator]
    static HEAP: Bump<[u8; REGION]> = Bump::uninit();
    pub fn init() {}
}

#[cfg(any(feature = "llff", feature = "tlsf"))]
mod chosen {
    use super::{REGION, region};
    #[cfg(feature = "llff")]
    use embedded_alloc::LlffHeap as Heap;
    #[cfg(feature = "tlsf")]
    use embedded_alloc::TlsfHeap as Heap;

    #[global_allocator]
    static HEAP: Heap = Heap::empty();
    pub fn init() {
        // SAFETY: called once, and nothing else uses the region.
        unsafe { HEAP.init(region().addr(), REGION) }
    }
}

#[cfg(feature = "linked-list")]
mod chosen {
    use super::{REGION, locked::Locked, region};
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr::{self, NonNull};
    use linked_list_allocator::Heap;

    struct Global(Locked<Heap>);
    #[global_allocator]
    static HEAP: Global = Global(Locked::new(Heap::empty()));

    // SAFETY: hands on what the heap guarantees.
    unsafe impl GlobalAlloc for Global {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.0
                .with(|heap| heap.allocate_first_fit(layout))
                .map_or(ptr::null_mut(), NonNull::as_ptr)
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise; a block is never null.
            self.0
                .with(|heap| unsafe { heap.deallocate(NonNull::new_unchecked(block), layout) });
        }
    }
    pub fn init() {
        // SAFETY: called once, and nothing else uses the region.
        HEAP.0
            .with(|heap| unsafe { heap.init(region().cast(), REGION) });
    }
}

#[cfg(feature = "buddy")]
mod chosen {
    use super::{REGION, locked::Locked, region};
    use buddy_system_allocator::Heap;
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr::{self, NonNull};

    /// Orders up to the one that holds the region.
    const ORDERS: usize = REGION.ilog2() as usize + 1;
    struct Global(Locked<Heap<ORDERS>>);
    #[global_allocator]
    static HEAP: Global = Global(Locked::new(Heap::empty()));

    // SAFETY: hands on what the heap guarantees.
    unsafe impl GlobalAlloc for Global {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.0
                .with(|heap| heap.alloc(layout))
                .map_or(ptr::null_mut(), NonNull::as_ptr)
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: a block is never null.
            let block = unsafe { NonNull::new_unchecked(block) };
            // SAFETY: the caller's promise.
            self.0.with(|heap| unsafe { heap.dealloc(block, layout) });
        }
    }
    pub fn init() {
        // SAFETY: called once, and nothing else uses the region.
        HEAP.0
            .with(|heap| unsafe { heap.init(region().addr(), REGION) });
    }
}

#[cfg(feature = "talc")]
mod chosen {
    use super::region;
    use core::cell::Cell;
    use critical_section::RestoreState;
    use talc::{TalcLock, source::Claim};

    /// A critical section as the lock that `talc` asks for.
    struct Critical(Cell<RestoreState>);

    // SAFETY: critical sections exclude each other, and only the one that is open uses the cell.
    unsafe impl lock_api::RawMutex for Critical {
        #[allow(
            clippy::declare_interior_mutable_const,
            reason = "the trait asks for a constant"
        )]
        const INIT: Self = Self(Cell::new(RestoreState::invalid()));
        type GuardMarker = lock_api::GuardNoSend;
        fn lock(&self) {
            // SAFETY: `unlock` releases.
            self.0.set(unsafe { critical_section::acquire() });
        }
        fn try_lock(&self) -> bool {
            self.lock();
            true
        }
        unsafe fn unlock(&self) {
            // SAFETY: what `lock` acquired last.
            unsafe { critical_section::release(self.0.get()) }
        }
    }

    // SAFETY: as above.
    unsafe impl Sync for Critical {}
    // SAFETY: as above.
    unsafe impl Send for Critical {}

    #[global_allocator]
    static HEAP: TalcLock<Critical, Claim> = TalcLock::new(
        // SAFETY: nothing else uses the region.
        unsafe { Claim::new(region().cast(), crate::REGION) },
    );
    pub fn init() {}
}

#[cfg(feature = "rlsf")]
mod chosen {
    use super::{locked::Locked, region};
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr::{self, NonNull};
    use rlsf::Tlsf;

    type Heap = Tlsf<'static, u16, u16, 10, 8>;
    struct Global(Locked<Heap>);
    #[global_allocator]
    static HEAP: Global = Global(Locked::new(Heap::new()));

    // SAFETY: hands on what the heap guarantees.
    unsafe impl GlobalAlloc for Global {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.0
                .with(|heap| heap.allocate(layout))
                .map_or(ptr::null_mut(), NonNull::as_ptr)
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise; a block is never null.
            self.0.with(|heap| unsafe {
                heap.deallocate(NonNull::new_unchecked(block), layout.align())
            });
        }
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: the caller's promise.
            let layout = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
            // SAFETY: the caller's promise; a block is never null.
            self.0
                .with(|heap| unsafe { heap.reallocate(NonNull::new_unchecked(block), layout) })
                .map_or(ptr::null_mut(), NonNull::as_ptr)
        }
    }
    pub fn init() {
        // SAFETY: never null.
        let region = unsafe { NonNull::new_unchecked(region() as *mut [u8]) };
        // SAFETY: called once, and nothing else uses the region.
        HEAP.0
            .with(|heap| unsafe { heap.insert_free_block_ptr(region) });
    }
}

pub use chosen::init;
