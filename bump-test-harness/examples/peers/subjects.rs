//! The allocators of the table: ours and the system's always, the well-known ones with the feature `peers`.

use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::NonNull;

use bump_global::{Bump, Fallback, PerThread, Recycling, Region};
use bump_local::Arena;
use bump_test_harness::calls::ByGlobalAlloc;
use bump_test_harness::{Subject, op, subject};
use std::alloc::System;

/// Makes a subject.
pub(crate) type Make = fn() -> Box<dyn Subject>;

/// A subject with its name in the table.
pub(crate) struct Named {
    pub(crate) name: String,
    make: Make,
}

impl Named {
    pub(crate) fn make(&self) -> Box<dyn Subject> {
        (self.make)()
    }
}

/// All of them, in the order of the table, maybe with those that are planted.
pub(crate) fn all(planted: bool) -> Vec<Named> {
    let named = |&(name, make): &(&str, Make)| Named {
        name: String::from(name),
        make,
    };
    let planted = if planted { PLANTED } else { &[] };
    #[cfg(feature = "peers")]
    let wellknown = crate::wellknown::ALL;
    #[cfg(not(feature = "peers"))]
    let wellknown = &[];
    OURS.iter()
        .chain(wellknown)
        .chain(planted)
        .map(named)
        .collect()
}

/// Two that take their process down, to see that the table survives it.
pub(crate) const PLANTED: &[(&str, Make)] = &[
    ("planted: crashes", || {
        Box::new(subject::global_alloc(|| Planted(|| std::process::abort())))
    }),
    ("planted: hangs", || {
        Box::new(subject::global_alloc(|| Planted(std::thread::park)))
    }),
];

/// The system's heap, but for requests that are aligned to 32 KiB.
struct Planted(fn());

// SAFETY: forwards to an allocator, or never returns.
unsafe impl GlobalAlloc for Planted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        while layout.align() == 1 << 15 {
            (self.0)();
        }
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { System.dealloc(ptr, layout) }
    }
}

/// The one of that name.
pub(crate) fn named(name: &str) -> Option<Named> {
    all(true).into_iter().find(|subject| subject.name == name)
}

/// How large a memory of fixed size is.
pub(crate) const BYTES: usize = 1 << 16;

type Heap = Bump<[u8; BYTES]>;

fn memory(bump: &Heap) -> Range<usize> {
    let start = bump.data_ptr().addr().get();
    start..start + bump.capacity()
}

fn region(memory: NonNull<[u8]>) -> Region {
    let region = Region::empty();
    // SAFETY: the memory outlives the region, which alone uses it.
    unsafe { region.init_raw(memory.cast(), memory.len()) }.expect("it had none before");
    region
}

/// An arena that can be exhausted.
fn arena() -> Arena<'static> {
    let arena = Arena::new();
    arena.set_allocation_limit(Some(BYTES));
    arena
}

fn fallback() -> Fallback<Bump<[u8; 1024]>, Heap> {
    Fallback::new(Bump::uninit(), Bump::uninit())
}

const OURS: &[(&str, Make)] = &[
    ("bump-global Bump, GlobalAlloc", || {
        let subject = subject::global_alloc(Heap::uninit).region(memory);
        Box::new(subject.shared().capacity(BYTES).reset(Bump::reset))
    }),
    ("bump-global Bump, Allocator 0.2", || {
        let subject = subject::allocator02(Heap::uninit).region(memory);
        Box::new(subject.shared().capacity(BYTES).reset(Bump::reset))
    }),
    ("bump-global Bump, Allocator 0.4", || {
        let subject = subject::allocator04(Heap::uninit).region(memory);
        Box::new(subject.shared().capacity(BYTES).reset(Bump::reset))
    }),
    ("bump-global Bump, LocalAlloc", || {
        let subject = subject::local_alloc(Heap::uninit).region(memory);
        Box::new(subject.shared().capacity(BYTES).reset(Bump::reset))
    }),
    ("bump-global Region, GlobalAlloc", || {
        let subject = subject::hosted::<_, ByGlobalAlloc>(op::layout(BYTES, 1), region).shared();
        // The memory starts at no unit.
        Box::new(subject.capacity(BYTES - 8).reset(|region| region.reset()))
    }),
    ("bump-global Recycling, GlobalAlloc", || {
        let subject = subject::global_alloc(|| Recycling::<Heap>::new(Bump::uninit()));
        Box::new(subject.shared().inline().capacity(BYTES - 8))
    }),
    ("bump-global PerThread, GlobalAlloc", || {
        let subject = subject::global_alloc(|| PerThread::<_, 4096>::new(Heap::uninit()));
        Box::new(subject.shared().inline().capacity(BYTES - 8))
    }),
    ("bump-global Fallback, GlobalAlloc", || {
        Box::new(
            subject::global_alloc(fallback)
                .shared()
                .inline()
                .capacity(BYTES),
        )
    }),
    ("bump-local Bump, Allocator 0.4", || {
        let subject = subject::allocator04(bump_local::Bump::<[u8; BYTES]>::uninit).inline();
        Box::new(subject.capacity(BYTES).reset(bump_local::Bump::reset))
    }),
    ("bump-local Arena, Allocator 0.4", || {
        let subject = subject::allocator04(arena).movable().reset(Arena::reset);
        Box::new(
            subject
                .alloc_with(|arena, make| arena.try_alloc_with(make).ok())
                .alloc_from_iter(|arena, items| arena.try_alloc_slice_fill_iter(items).ok()),
        )
    }),
    ("bump-local Arena, LocalAlloc", || {
        Box::new(subject::local_alloc(arena).reset(Arena::reset))
    }),
    ("system, GlobalAlloc", || {
        Box::new(subject::global_alloc(|| System).shared().capacity(BYTES))
    }),
];
