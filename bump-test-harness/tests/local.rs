//! The suite on `bump-local`.

use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr::NonNull;
use core::slice;

use bump_local::{Arena, Bump, Recycling, RecyclingArena};
use bump_test_harness::Interface;
use bump_test_harness::calls::{ByAllocator04, ByLocalAlloc};
use bump_test_harness::heap::{Heap, Payload};
use bump_test_harness::lent::Lent;
use bump_test_harness::op::layout;

type Small = Bump<[u8; 4096]>;

fn memory(bump: &Small) -> Range<usize> {
    let start = bump.data_ptr().addr().get();
    start..start + bump.capacity()
}

/// An arena that can be exhausted.
fn limited<const MIN_ALIGN: usize>() -> Arena<'static, MIN_ALIGN> {
    let arena = Arena::with_min_align();
    arena.set_allocation_limit(Some(1 << 16));
    arena
}

/// An arena in a buffer.
fn buffered(memory: NonNull<[u8]>) -> Arena<'static> {
    let start = memory.cast::<MaybeUninit<u8>>().as_ptr();
    // SAFETY: the memory outlives the arena, which alone uses it, and any bytes will do.
    let memory = unsafe { slice::from_raw_parts_mut(start, memory.len()) };
    Arena::from_mem(memory)
}

/// A scope with something below it, which must be there at its end.
fn in_scope(body: &mut dyn FnMut(&mut dyn Heap)) {
    let mut arena = Arena::new();
    arena.set_allocation_limit(Some(1 << 16));
    let below: &mut [u64] = arena.alloc_slice_copy(&[7; 9]);
    let below = NonNull::from(below);
    arena.scope(|scope| {
        body(&mut Lent::<_, ByAllocator04>::new(&*scope));
        scope.scope(|inner| body(&mut Lent::<_, ByLocalAlloc>::new(&*inner)));
        let mut unique = scope.arena_mut();
        body(&mut Lent::<_, ByAllocator04>::new(&unique.arena_ref()));
        unique.scope(|inner| body(&mut Lent::<_, ByLocalAlloc>::new(&inner.arena_ref())));
    });
    // SAFETY: the arena has not been reset, and nobody else has the slice.
    assert_eq!(unsafe { below.as_ref() }, [7; 9]);
}

fn make<'a, const MIN_ALIGN: usize>(
    arena: &'a Arena<'static, MIN_ALIGN>,
    value: &mut dyn FnMut() -> Payload,
) -> Option<&'a mut Payload> {
    arena.try_alloc_with(value).ok()
}

fn collect<'a, const MIN_ALIGN: usize>(
    arena: &'a Arena<'static, MIN_ALIGN>,
    items: &mut dyn Iterator<Item = u64>,
) -> Option<&'a mut [u64]> {
    arena.try_alloc_slice_fill_iter(items).ok()
}

/// A heap that uses freed memory again.
fn recycling() -> Recycling<Small, 40> {
    Recycling::new(Bump::uninit())
}

/// Arenas in which freed blocks are used again: one of chunks, a scope in it, and one of a fixed size.
fn recycling_arena(body: &mut dyn FnMut(&mut dyn Heap)) {
    let mut arena = Arena::new();
    arena.set_allocation_limit(Some(1 << 17));
    body(&mut Lent::<_, ByAllocator04>::new(&RecyclingArena::new(
        &arena,
    )));
    arena.scope(|scope| {
        body(&mut Lent::<_, ByAllocator04>::new(&RecyclingArena::new(
            &*scope,
        )));
    });
    let bump: Bump<[u64; 512]> = Bump::uninit();
    body(&mut Lent::<_, ByLocalAlloc>::new(&RecyclingArena::new(
        &bump,
    )));
}

bump_test_harness::conformance! {
    /// Freed memory that is used again, as an `Allocator`. An aligned block needs a grain more.
    mod recycling = allocator04(recycling).inline().capacity(4088);
    /// The same as a `LocalAlloc`.
    mod recycling_local_alloc = local_alloc(recycling).inline().capacity(4088);
    /// Inline storage as an `Allocator` of `allocator-api2` 0.2.
    mod bump02 = allocator02(Small::uninit).region(memory).capacity(4096).reset(Bump::reset);
    /// Inline storage as an `Allocator` of `allocator-api2` 0.4.
    mod bump04 = allocator04(Small::uninit).region(memory).capacity(4096).reset(Bump::reset);
    /// Inline storage as a `LocalAlloc`.
    mod bump_local_alloc = local_alloc(Small::uninit)
        .region(memory).capacity(4096).reset(Bump::reset);
    /// An arena of chunks. It may move while blocks live: they are elsewhere.
    mod arena = allocator04(limited::<1>)
        .movable().reset(Arena::reset).alloc_with(make).alloc_from_iter(collect);
    /// The cursor kept at multiples of 8.
    mod arena_aligned = allocator02(limited::<8>)
        .movable().reset(Arena::reset).alloc_with(make).alloc_from_iter(collect);
    /// Its memory given back at each reset.
    mod arena_released = allocator04(limited::<1>).movable().reset(Arena::release_memory);
    /// As a `LocalAlloc`.
    mod arena_local_alloc = local_alloc(limited::<1>).reset(Arena::reset);
    /// In a buffer, as little aligned as memory can be.
    mod buffered = hosted::<_, ByAllocator04>(layout(5001, 1), buffered).reset(|arena| arena.reset());
    /// A scope, a scope in a scope, and references to both.
    mod scope = from_fn(Interface::Allocator, in_scope);
    /// Lists of free blocks in front of each.
    mod recycling_arena = from_fn(Interface::Allocator, recycling_arena);
}
