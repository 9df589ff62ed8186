//! The sequences of the property of that name, chosen by a fuzzer that sees which code they reach:
//! the first byte picks an allocator of ours, the others are decoded by `op::decode`.
//!
//! A failure prints the sequence; `cargo fuzz tmin` and the harness's `minimise` make it short.
#![no_main]

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::slice;

use bump_global::{Bump, Fallback, Region};
use bump_local::Arena;
use bump_test_harness::base::Faults;
use bump_test_harness::calls::{ByAllocator04, ByGlobalAlloc};
use bump_test_harness::op::layout;
use bump_test_harness::{Limits, Subject, op, property, subject};
use libfuzzer_sys::fuzz_target;

type Small = Bump<[u8; 1024]>;

fn region(memory: NonNull<[u8]>) -> Region {
    let region = Region::empty();
    // SAFETY: the memory outlives the region, which alone uses it.
    unsafe { region.init_raw(memory.cast(), memory.len()) }.expect("it had none before");
    region
}

fn buffered(memory: NonNull<[u8]>) -> Arena<'static> {
    let start = memory.cast::<MaybeUninit<u8>>().as_ptr();
    // SAFETY: the memory outlives the arena, which alone uses it, and any bytes will do.
    let memory = unsafe { slice::from_raw_parts_mut(start, memory.len()) };
    Arena::from_mem(memory)
}

fn limited<const MIN_ALIGN: usize>() -> Arena<'static, MIN_ALIGN> {
    let arena = Arena::with_min_align();
    arena.set_allocation_limit(Some(1 << 14));
    arena
}

fn choose(number: u8) -> Box<dyn Subject> {
    match number % 8 {
        0 => Box::new(
            subject::global_alloc(Small::uninit)
                .inline()
                .reset(Bump::reset),
        ),
        1 => Box::new(
            subject::allocator04(Small::uninit)
                .inline()
                .reset(Bump::reset),
        ),
        2 => Box::new(
            subject::hosted::<_, ByGlobalAlloc>(layout(999, 1), region).reset(|it| it.reset()),
        ),
        3 => Box::new(
            subject::allocator04(|| Fallback::new(Small::uninit(), Small::uninit())).inline(),
        ),
        4 => Box::new(
            subject::allocator04(bump_local::Bump::<[u64; 128]>::uninit)
                .inline()
                .reset(bump_local::Bump::reset),
        ),
        5 => Box::new(
            subject::hosted::<_, ByAllocator04>(layout(999, 1), buffered).reset(|it| it.reset()),
        ),
        6 => Box::new(
            subject::allocator04(limited::<1>)
                .movable()
                .reset(Arena::reset),
        ),
        _ => Box::new(
            subject::allocator04(limited::<8>)
                .movable()
                .reset(Arena::reset),
        ),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((number, sequence)) = input.split_first() else {
        return;
    };
    let ops = op::decode(sequence);
    let subject = choose(*number);
    if let Err(violation) =
        property::run_sequence(&*subject, &Faults::default(), Limits::SMALL, &ops)
    {
        panic!("subject {}: {violation} [{}]", number % 8, op::format(&ops));
    }
});
