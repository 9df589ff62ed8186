//! The suite on `bump-global`.

use core::ops::Range;
use core::ptr::NonNull;

use bump_global::{
    Bump, Extensible, Fallback, Grow, Growing, PerThread, Recycling, Region, Tracked,
};
use bump_test_harness::calls::ByGlobalAlloc;
use bump_test_harness::op::layout;

#[repr(align(64))]
#[expect(dead_code, reason = "only its layout matters")]
struct Aligned([u8; 8192]);

// SAFETY: bytes, whose number is a multiple of the alignment.
unsafe impl bump_core::NoPadding for Aligned {}

fn memory<T>(bump: &Bump<T>) -> Range<usize> {
    let start = bump.data_ptr().addr().get();
    start..start + bump.capacity()
}

type Small = Bump<[u8; 4096]>;

/// Two heaps as one, the first of which is soon full.
fn fallback() -> Fallback<Bump<[u8; 512]>, Small> {
    Fallback::new(Bump::uninit(), Bump::uninit())
}

/// A region over memory that is known only at run time.
fn region(memory: NonNull<[u8]>) -> Region {
    let region = Region::empty();
    // SAFETY: the memory outlives the region, which alone uses it.
    unsafe { region.init_raw(memory.cast(), memory.len()) }.expect("it had none before");
    region
}

/// Memory of which a heap gets more and more, from the start each time.
struct Reserved(NonNull<[u8]>);

// SAFETY: the memory is the heap's alone, which is all that a thread could do with it.
unsafe impl Send for Reserved {}
// SAFETY: as above.
unsafe impl Sync for Reserved {}

// SAFETY: one heap has it, which gets parts of one object, and some again.
unsafe impl Grow for Reserved {
    fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        let start: NonNull<u8> = self.0.cast();
        let used = end.map_or(0, |end| end.addr().get() - start.addr().get());
        let bytes = used.checked_add(bytes)?.next_multiple_of(64);
        (bytes <= self.0.len()).then(|| NonNull::slice_from_raw_parts(start, bytes))
    }
}

fn growing<B: Extensible>(memory: NonNull<[u8]>) -> Growing<Reserved, B> {
    Growing::new(Reserved(memory))
}

bump_test_harness::conformance! {
    /// A heap as small as they get in firmware.
    mod small = global_alloc(Small::uninit)
        .shared().region(memory).capacity(4096).reset(Bump::reset);
    /// One that is aligned by itself.
    mod aligned = global_alloc(Bump::<Aligned>::uninit)
        .shared().region(memory).capacity(8192).reset(Bump::reset);
    /// One in which blocks of a page and above have room.
    mod large = global_alloc(Bump::<[u8; 1 << 17]>::uninit)
        .shared().region(memory).capacity(1 << 17).reset(Bump::reset);
    /// One with room for nothing.
    mod empty = global_alloc(Bump::<[u8; 0]>::uninit).shared().region(memory).reset(Bump::reset);
    /// One that was zero from the start.
    mod zeroed = global_alloc(Small::zeroed)
        .shared().region(memory).capacity(4096).reset(Bump::reset);
    /// Lists and chunks for each thread. An aligned block needs a unit more.
    mod per_thread = global_alloc(|| PerThread::<Small, 512>::new(Bump::uninit()))
        .shared().inline().capacity(4088);
    /// The same as an `Allocator`.
    mod per_thread_allocator = allocator04(|| PerThread::<Small, 512>::new(Bump::uninit()))
        .shared().inline().capacity(4088);
    /// With room for many threads with chunks.
    mod per_thread_large = global_alloc(|| PerThread::<_, 4096>::new(Bump::<[u8; 1 << 16]>::uninit()))
        .shared().inline().capacity((1 << 16) - 8);
    /// As an `Allocator` of `allocator-api2` 0.2.
    mod allocator02 = allocator02(Small::uninit)
        .shared().region(memory).capacity(4096).reset(Bump::reset);
    /// As an `Allocator` of `allocator-api2` 0.4.
    mod allocator04 = allocator04(Small::uninit)
        .shared().region(memory).capacity(4096).reset(Bump::reset);
    /// As a `LocalAlloc`.
    mod local_alloc = local_alloc(Small::uninit)
        .shared().region(memory).capacity(4096).reset(Bump::reset);
    /// Freed memory is used again. An aligned block needs a unit more.
    mod recycling = global_alloc(|| Recycling::<Small>::new(Bump::uninit()))
        .shared().inline().capacity(4088);
    /// The same as an `Allocator`.
    mod recycling_allocator = allocator04(|| Recycling::<Small>::new(Bump::uninit()))
        .shared().inline().capacity(4088);
    /// With lists for small blocks only.
    mod recycling_few_lists = global_alloc(|| Recycling::<Small, 12>::new(Bump::uninit()))
        .shared().inline().capacity(4088);
    /// Without merging.
    mod recycling_unmerged = global_alloc(|| Recycling::<Bump<Aligned>, 40, false>::new(Bump::uninit()))
        .shared().inline().capacity(8184);
    /// With room for blocks of a page and above.
    mod recycling_large = global_alloc(|| Recycling::<Bump<[u8; 1 << 17]>>::new(Bump::uninit()))
        .shared().inline().capacity((1 << 17) - 8);
    /// With room for nothing.
    mod recycling_empty = global_alloc(|| Recycling::<Bump<[u8; 0]>>::new(Bump::uninit()))
        .shared().inline();
    /// Over memory known only at run time, as little aligned as memory can be.
    mod recycling_region = hosted::<_, ByGlobalAlloc>(layout(4099, 1), |memory| {
        Recycling::<Region>::new(region(memory))
    }).shared().capacity(4080);
    /// Over memory known only at run time, as little aligned as memory can be.
    mod region = hosted::<_, ByGlobalAlloc>(layout(4099, 1), region).shared().capacity(4088).reset(|region| region.reset());
    /// One that takes more memory when it is full.
    mod growing = hosted::<_, ByGlobalAlloc>(layout(4096, 8), growing::<Region<1, true>>)
        .shared().capacity(4096);
    /// The same, with lists.
    mod growing_recycling = hosted::<_, ByGlobalAlloc>(layout(4096, 8), growing::<Recycling<Region<1, true>>>)
        .shared().capacity(4080);
    /// Two heaps, one after the other.
    mod fallback = global_alloc(fallback).shared().inline().capacity(4096);
    /// The same as an `Allocator`.
    mod fallback04 = allocator04(fallback).shared().inline().capacity(4096);
    /// With statistics.
    mod tracked = global_alloc(|| Tracked::new(Small::uninit())).shared().inline().capacity(4096);
}
