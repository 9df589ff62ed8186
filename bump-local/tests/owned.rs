//! Collections that own the arena that they are in: they move, are sent, forgotten, and leaked.
#![cfg(all(feature = "std", feature = "allocator-api2-04"))]

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::pin::Pin;
use std::alloc::System;
use std::thread;

use allocator_api2_04::alloc::Allocator;
use allocator_api2_04::boxed::Box;
use allocator_api2_04::vec::Vec;
use bump_global::Tracked;
use bump_local::{Arena, Pool, PoolArena, RcArena};
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_impl_all!(Arena<'static>: Allocator);
assert_impl_all!(&'static Arena<'static>: Allocator);
assert_impl_all!(PoolArena<'static>: Allocator);
assert_impl_all!(RcArena<'static, 16>: Allocator);
assert_impl_all!(Vec<u8, Arena<'static>>: Send);
assert_not_impl_any!(Vec<u8, Arena<'static>>: Sync);
assert_not_impl_any!(Vec<*const u8, Arena<'static>>: Send);
// An allocator with its memory inside moves with it.
assert_not_impl_any!(bump_local::Bump<[u8; 64]>: Allocator);

const COUNT: u64 = if cfg!(miri) { 100 } else { 10_000 };

fn fill<A: Allocator>(vec: &mut Vec<u64, A>) {
    let from = vec.len() as u64;
    vec.extend(from..from + COUNT);
    assert!(vec.iter().copied().eq(0..from + COUNT));
}

#[test]
fn a_vector_owns_its_arena() {
    let base = Tracked::new(System);
    let mut vec = Vec::new_in(Arena::new_in(&base));
    fill(&mut vec);
    // Elsewhere on the stack, and in another thread, with what it had.
    let mut vec = core::hint::black_box(vec);
    fill(&mut vec);
    let mut vec = thread::scope(|threads| {
        let grow = move || {
            fill(&mut vec);
            vec
        };
        threads.spawn(grow).join().unwrap()
    });
    fill(&mut vec);
    let number = vec.allocator().alloc(7);
    assert_eq!((*number, vec.len() as u64), (7, 4 * COUNT));
    vec.truncate(10);
    vec.shrink_to_fit();
    let boxed = vec.into_boxed_slice();
    assert_eq!(*boxed, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let taken = base.statistics().in_use;
    assert!(taken >= 80);
    drop(boxed);
    assert_eq!(base.statistics().in_use, 0);
}

#[test]
fn a_vector_in_a_buffer_owns_its_arena() {
    let mut buffer = [const { MaybeUninit::uninit() }; 512];
    let mut vec = Vec::new_in(Arena::from_mem(&mut buffer));
    while vec.try_reserve(1).is_ok() {
        vec.push(vec.len());
    }
    let vec = core::hint::black_box(vec);
    assert!(vec.len() > 30 && vec.iter().copied().eq(0..vec.len()));
}

#[test]
fn collections_own_an_arena_together() {
    let arena = RcArena::from(Arena::<8>::with_min_align());
    let mut one = Vec::new_in(arena.clone());
    let mut other = one.clone();
    fill(&mut one);
    fill(&mut other);
    let boxed = Box::new_in([1_u64; 3], arena);
    drop(one);
    fill(&mut other);
    assert_eq!(*boxed, [1; 3]);
    let mut arena = other.allocator().clone();
    assert!(arena.get_mut().is_none());
    drop((other, boxed));
    arena.get_mut().unwrap().reset();
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn a_forgotten_collection_keeps_the_arena() {
    let mut arena = RcArena::from(Arena::new());
    let mut memory = Vec::with_capacity_in(10, arena.clone());
    memory.push(1_u8);
    let pointer = memory.as_ptr();
    core::mem::forget(memory);
    assert!(arena.get_mut().is_none());
    arena.alloc([2_u8; 100]);
    // SAFETY: the block was not freed: its owner was forgotten, and with it the right to the arena.
    assert_eq!(unsafe { pointer.read() }, 1);
    let arena = arena.try_unwrap().unwrap_err();
    if cfg!(miri) {
        // Nothing is lost in the end. SAFETY: the one that was forgotten.
        drop(unsafe { core::ptr::read(&arena) });
    }
}

#[test]
fn a_value_that_is_pinned_stays_in_its_place() {
    let boxed: Pin<Box<[u64; 4], Arena<'static>>> = Box::pin_in([7; 4], Arena::new());
    let place = core::ptr::from_ref(&*boxed);
    let moved = core::hint::black_box([boxed]);
    assert_eq!(core::ptr::from_ref(&*moved[0]), place);
    assert_eq!(*moved[0], [7; 4]);
}

#[test]
fn what_is_leaked_lasts_as_long_as_the_memory() {
    let mut buffer = [const { MaybeUninit::uninit() }; 512];
    let leaked: &mut u64 = Box::leak(Box::new_in(1, Arena::from_mem(&mut buffer)));
    *leaked += 1;
    assert_eq!(*leaked, 2);
    let pool = Pool::new();
    let leaked = Box::leak(Box::new_in(3_u64, pool.get()));
    assert_eq!(*pool.get().alloc(1) + *leaked, 4);
}

#[test]
fn a_vector_owns_an_arena_of_a_pool() {
    let mut pool = Pool::new();
    let vecs: [Vec<u64, PoolArena<'_>>; 2] = thread::scope(|threads| {
        let make = || {
            let mut vec = Vec::new_in(pool.get());
            fill(&mut vec);
            vec
        };
        let workers = [(); 2].map(|()| threads.spawn(make));
        workers.map(|worker| worker.join().unwrap())
    });
    for mut vec in vecs {
        fill(&mut vec);
    }
    assert_eq!(pool.arenas().count(), 2);
    pool.reset();
    let vec: Vec<u64, _> = Vec::new_in(pool.get());
    assert_eq!(vec.allocator().as_arena().used_bytes(), 0);
}

#[test]
fn requests_are_the_same_by_value_and_by_reference() {
    let arena = Arena::new();
    let layout = Layout::new::<[u64; 4]>();
    let block = arena.allocate(layout).unwrap();
    let twice = Layout::new::<[u64; 8]>();
    // SAFETY: just allocated, with this layout.
    let grown = unsafe { (&&arena).grow(block.cast(), layout, twice) }.unwrap();
    assert_eq!(grown.cast::<u8>(), block.cast());
    // SAFETY: as above.
    unsafe { arena.deallocate(grown.cast(), twice) };
    assert_eq!(arena.used_bytes(), 0);
}
