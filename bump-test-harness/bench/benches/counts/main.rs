//! Instructions of each operation of each allocator, counted by callgrind.
//!
//! The function of the benchmark is counted: it is not inlined, so that its `ret`, and the
//! store of the payload, are a part of it (an empty function: 2). Each has a process of its own.
//! The limits are the counts of today: a change that lowers one writes the new count there.

#[path = "../shared/arenas.rs"]
mod arena_subjects;
#[path = "../shared/expressions/mod.rs"]
mod expressions;
#[allow(dead_code, reason = "more can be timed than counted")]
#[path = "../shared/heaps.rs"]
mod heap_subjects;
#[path = "../shared/limits.rs"]
mod limits;

mod arenas;
mod heaps;
mod recycling;
mod recycling_arena;
mod trees;

use std::alloc::Layout;

use arenas::arena;
use gungraun::prelude::*;
use heaps::heap;
use recycling::one_thread;
use recycling_arena::in_an_arena;
use trees::tree;

/// More than there is.
fn huge() -> Layout {
    Layout::from_size_align(isize::MAX as usize - 7, 8).unwrap()
}

main!(
    config = limits::instructions(None),
    library_benchmark_groups = [arena, heap, one_thread, in_an_arena, tree]
);
