//! A program in a heap that is too small for it unless blocks grow in place and are given back.
//!
//! It has a `main` of its own: the harness has threads, which would allocate in between. Behind the
//! heap is the system's, so that a failure can be reported, and whatever reaches it is a failure.

use std::alloc::System;
use std::collections::HashMap;

use bump_global::{Bump, Fallback, Tracked};

const KIB: usize = 1 << 10;

/// More than what stays behind in front of a block that was given back.
const PADDING: usize = 16;

#[global_allocator]
static HEAP: Fallback<Bump<[u8; 48 * KIB]>, Tracked<System>> =
    Fallback::new(Bump::uninit(), Tracked::new(System));

fn main() {
    assert!(used() < 16 * KIB, "the runtime left too little: {}", used());
    for test in [
        a_vector_grows_to_what_only_growth_in_place_allows,
        a_loop_with_a_temporary_runs_for_ever,
        what_is_freed_in_reverse_is_all_given_back,
        a_string_is_built_in_place,
        strictly_aligned_and_zeroed,
    ] {
        let before = used();
        test();
        assert!(used() - before < PADDING, "something was not given back");
        let beyond = HEAP.secondary().statistics().allocations;
        assert_eq!(beyond, 0, "the heap was too small");
    }
    exhausted_heap_moves_a_block_to_the_other();
}

fn used() -> usize {
    HEAP.primary().used()
}

fn a_vector_grows_to_what_only_growth_in_place_allows() {
    // By moving, the last two blocks alone would need 16 + 32 KiB.
    const WORDS: u64 = 32 * 1024 / 8;
    let before = used();
    let mut vec = Vec::new();
    for i in 0..WORDS {
        vec.push(i);
    }
    assert!(used() - before < 32 * KIB + PADDING);
    assert!(vec.iter().copied().eq(0..WORDS));

    vec.truncate(1000);
    vec.shrink_to_fit();
    assert!(used() - before < 8000 + PADDING);
    assert!(vec.iter().copied().eq(0..1000));
}

fn a_loop_with_a_temporary_runs_for_ever() {
    let times = if cfg!(miri) { 1_000 } else { 1_000_000 };
    let mut bytes = 0;
    let most = used() + 64;
    for i in 0..times {
        let text = format!("round {i} of {times}");
        bytes += text.len();
        assert!(used() <= most);
    }
    assert!(bytes > times * "round  of ".len());
}

fn what_is_freed_in_reverse_is_all_given_back() {
    let first = Box::new([1_u8; 100]);
    let second = Box::new([2_u8; 200]);
    let third = Box::new([3_u8; 300]);
    let most = used();
    drop(third);
    drop(second);
    assert!(used() <= most - 500);
    drop(first);
}

fn a_string_is_built_in_place() {
    let before = used();
    let mut text = String::new();
    for i in 0..2_000 {
        text.push_str(["drop by ", "drop, "][i % 2]);
    }
    // Its capacity doubles, and there is room for it once only.
    assert!(used() - before <= 2 * text.len());
    assert!(text.starts_with("drop by drop, drop by "));
}

fn strictly_aligned_and_zeroed() {
    #[repr(align(16))]
    struct Aligned([u8; 512]);
    let block: Box<Aligned> = Box::new(Aligned([7; 512]));
    assert!(core::ptr::from_ref(&*block).addr() % 16 == 0);
    assert_eq!(block.0[511], 7);
    drop(block);
    // The memory was used, so it must be cleared.
    let zeroed = vec![0_u8; 512];
    assert!(zeroed.iter().all(|&byte| byte == 0));
}

fn exhausted_heap_moves_a_block_to_the_other() {
    let mut vec = vec![1_u8; 16 * KIB];
    let mut map = HashMap::new();
    map.insert(1, "one");
    vec.resize(64 * KIB, 2);
    assert_eq!(vec[16 * KIB - 1], 1);
    assert_eq!(vec[16 * KIB], 2);
    assert_eq!(HEAP.secondary().statistics().in_use, 64 * KIB);
    drop(vec);
    assert_eq!(HEAP.secondary().statistics().in_use, 0);
    assert_eq!(map[&1], "one");
}
