//! The well-known allocators, each through the interfaces that it implements and over a memory of
//! the same size where it is given one.

use core::alloc::GlobalAlloc;
use core::ptr::NonNull;

use bump_test_harness::base::Base;
use bump_test_harness::calls::ByGlobalAlloc;
use bump_test_harness::{Subject, op, subject};

use crate::subjects::{BYTES, Make};

type StaticBump = static_alloc::Bump<[u8; BYTES]>;
type UnsyncBump = static_alloc::unsync::Bump<[u8; BYTES]>;
type BlinkAlloc = blink_alloc::BlinkAlloc<Base>;
type ScopeBase = bump_scope::alloc::compat::AllocatorApi2V04Compat<Base>;
type ScopeBump = bump_scope::Bump<ScopeBase>;
type Talc = talc::TalcLock<spinning_top::RawSpinlock, talc::source::Manual>;

/// Bumpalo takes its chunks from the global allocator, up to a limit, and so can be exhausted.
fn bumpalo() -> bumpalo::Bump {
    let bump = bumpalo::Bump::new();
    bump.set_allocation_limit(Some(BYTES));
    bump
}

/// An allocator over memory that is aligned for a pointer.
fn hosted<H: GlobalAlloc + Sync + 'static>(make: fn(NonNull<[u8]>) -> H) -> Box<dyn Subject> {
    let layout = op::layout(BYTES, align_of::<usize>());
    Box::new(subject::hosted::<_, ByGlobalAlloc>(layout, make).shared())
}

fn talc(memory: NonNull<[u8]>) -> Talc {
    let talc = Talc::new(talc::source::Manual);
    // SAFETY: the memory outlives the heap, which alone uses it.
    unsafe { talc.lock().claim(memory.cast().as_ptr(), memory.len()) }.expect("enough to start");
    talc
}

fn linked_list(memory: NonNull<[u8]>) -> linked_list_allocator::LockedHeap {
    // SAFETY: the memory outlives the heap, which alone uses it.
    unsafe { linked_list_allocator::LockedHeap::new(memory.cast().as_ptr(), memory.len()) }
}

fn embedded_llff(memory: NonNull<[u8]>) -> embedded_alloc::LlffHeap {
    let heap = embedded_alloc::LlffHeap::empty();
    // SAFETY: the memory outlives the heap, which alone uses it. The interface of that
    // crate takes it as a number.
    unsafe {
        heap.init(
            memory.cast::<u8>().as_ptr().expose_provenance(),
            memory.len(),
        );
    };
    heap
}

fn embedded_tlsf(memory: NonNull<[u8]>) -> embedded_alloc::TlsfHeap {
    let heap = embedded_alloc::TlsfHeap::empty();
    // SAFETY: as above.
    unsafe {
        heap.init(
            memory.cast::<u8>().as_ptr().expose_provenance(),
            memory.len(),
        );
    };
    heap
}

/// The rows of the table.
pub(crate) const ALL: &[(&str, Make)] = &[
    ("static-alloc Bump, GlobalAlloc", || {
        Box::new(
            subject::global_alloc(StaticBump::uninit)
                .shared()
                .inline()
                .capacity(BYTES),
        )
    }),
    ("static-alloc Bump, LocalAlloc", || {
        Box::new(
            subject::local_alloc(StaticBump::uninit)
                .shared()
                .inline()
                .capacity(BYTES),
        )
    }),
    ("static-alloc Bump, Allocator 0.4", || {
        // It implements the interface by value, and so promises to be movable.
        let subject = subject::allocator04(StaticBump::uninit).movable();
        Box::new(subject.shared().inline().capacity(BYTES))
    }),
    ("static-alloc unsync Bump, Allocator 0.4", || {
        let subject = subject::allocator04(UnsyncBump::uninit).movable();
        Box::new(subject.inline().capacity(BYTES))
    }),
    ("bumpalo, Allocator 0.2", || {
        let subject = subject::allocator02(bumpalo).reset(bumpalo::Bump::reset);
        Box::new(subject.alloc_with(|bump, make| bump.try_alloc_with(make).ok()))
    }),
    ("bump-scope, Allocator 0.4", || {
        let make = |base| {
            ScopeBump::try_new_in(bump_scope::alloc::compat::AllocatorApi2V04Compat(base)).ok()
        };
        let subject = subject::allocator04_on(make)
            .movable()
            .reset(ScopeBump::reset);
        Box::new(
            subject
                .alloc_with(|bump, make| {
                    let value = bump.try_alloc_with(make).ok()?;
                    Some(bump_scope::BumpBox::leak(value))
                })
                .alloc_from_iter(|bump, items| {
                    let slice = bump.try_alloc_iter(items).ok()?;
                    Some(bump_scope::BumpBox::leak(slice))
                }),
        )
    }),
    ("blink-alloc, Allocator 0.4", || {
        let make = |base| Some(BlinkAlloc::new_in(base));
        Box::new(
            subject::allocator04_on(make)
                .movable()
                .reset(BlinkAlloc::reset),
        )
    }),
    ("blink-alloc Sync, Allocator 0.4", || {
        let subject = subject::allocator04(blink_alloc::SyncBlinkAlloc::new).movable();
        Box::new(subject.shared().reset(blink_alloc::SyncBlinkAlloc::reset))
    }),
    ("talc, GlobalAlloc", || hosted(talc)),
    ("linked_list_allocator, GlobalAlloc", || hosted(linked_list)),
    ("embedded-alloc LLFF, GlobalAlloc", || hosted(embedded_llff)),
    ("embedded-alloc TLSF, GlobalAlloc", || hosted(embedded_tlsf)),
    ("rlsf, GlobalAlloc", || {
        Box::new(
            subject::global_alloc(rlsf::SmallGlobalTlsf::new)
                .shared()
                .capacity(BYTES),
        )
    }),
];
