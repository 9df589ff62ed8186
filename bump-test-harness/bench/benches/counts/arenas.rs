//! Arenas of one thread, by their own methods and by those of an allocator.

use std::alloc::Layout;
use std::ptr::{self, NonNull};

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use bump_bench::{opaque, unknown};
use bump_local::{Arena, Bump};
use gungraun::prelude::*;

#[cfg(feature = "peers")]
use crate::arena_subjects::peers::BumpScope;
use crate::arena_subjects::{Subject, Text};
use crate::huge;
use crate::limits::instructions;

/// An arena whose cursor is aligned, and not at the start of a chunk. It is never dropped.
fn new<A: Subject>() -> &'static A {
    new_mut()
}

#[inline(never)]
fn new_mut<A: Subject>() -> &'static mut A {
    let arena = Box::leak(Box::new(A::new()));
    assert!(arena.try_value([7_u64; 2]).is_some());
    assert!(arena.layout(huge()).is_none());
    arena
}

fn inline() -> &'static Bump<[u64; 64]> {
    Box::leak(Box::new(Bump::uninit()))
}

/// The block, after something may have been done with it that the compiler does not see.
#[inline(always)]
fn used(block: Option<NonNull<u8>>) -> NonNull<u8> {
    let block = opaque(block.map_or(ptr::null_mut(), NonNull::as_ptr));
    // SAFETY: an arena has memory for all that is asked of it here.
    unsafe { NonNull::new_unchecked(block) }
}

/// Counts a function for each arena. The limits are those of ours, without and with a minimum
/// alignment of 8; in parentheses is what is passed.
macro_rules! count {
    ([$one:literal, $eight:literal], $new:ident($($argument:expr),*), $($function:tt)*) => {
        #[cfg(not(feature = "peers"))]
        #[library_benchmark]
        #[bench::bump_local(args = ($new::<Arena<'static>>(), $($argument),*), config = instructions($one))]
        #[bench::bump_local_8(args = ($new::<Arena<'static, 8>>(), $($argument),*), config = instructions($eight))]
        $($function)*

        #[cfg(feature = "peers")]
        #[library_benchmark]
        #[bench::bump_local(args = ($new::<Arena<'static>>(), $($argument),*), config = instructions($one))]
        #[bench::bump_local_8(args = ($new::<Arena<'static, 8>>(), $($argument),*), config = instructions($eight))]
        #[bench::bumpalo(args = ($new::<bumpalo::Bump>(), $($argument),*))]
        #[bench::bumpalo_8(args = ($new::<bumpalo::Bump<8>>(), $($argument),*))]
        #[bench::bump_scope_up(args = ($new::<BumpScope<1, true>>(), $($argument),*))]
        #[bench::bump_scope_up_8(args = ($new::<BumpScope<8, true>>(), $($argument),*))]
        #[bench::bump_scope_down(args = ($new::<BumpScope<1, false>>(), $($argument),*))]
        $($function)*
    };
}

count!(
    [9, 8],
    new(7),
    fn alloc_u32<A: Subject>(arena: &'static A, value: u32) -> &'static mut u32 {
        arena.value(value)
    }
);

count!(
    [9, 8],
    new(7),
    fn alloc_u64<A: Subject>(arena: &'static A, value: u64) -> &'static mut u64 {
        arena.value(value)
    }
);

count!(
    [9, 8],
    new(7),
    fn try_alloc_u32<A: Subject>(arena: &'static A, value: u32) -> Option<&'static mut u32> {
        arena.try_value(value)
    }
);

count!(
    [16, 15],
    new([7; 8]),
    fn alloc_64_bytes<A: Subject>(arena: &'static A, value: [u64; 8]) -> &'static mut [u64; 8] {
        arena.value(value)
    }
);

count!(
    [14014, 13014],
    new(),
    fn alloc_64_bytes_1000_times<A: Subject>(arena: &'static A) {
        for n in 0..1000 {
            opaque(arena.value([n; 8]));
        }
    }
);

count!(
    [12, 14],
    new(Layout::new::<[u64; 3]>()),
    fn alloc_layout<A: Subject>(arena: &'static A, layout: Layout) -> Option<NonNull<u8>> {
        arena.layout(layout)
    }
);

count!(
    [30, 32],
    new([7; 16].as_slice()),
    fn copy_16_bytes<A: Subject>(arena: &'static A, values: &'static [u8]) -> &'static mut [u8] {
        arena.slice(values)
    }
);

count!(
    [49, 51],
    new([7; 256].as_slice()),
    fn copy_256_bytes<A: Subject>(arena: &'static A, values: &'static [u8]) -> &'static mut [u8] {
        arena.slice(values)
    }
);

count!(
    [155, 156],
    new(),
    fn alloc_7_grows_free<A: Subject>(arena: &'static A) {
        // SAFETY: a size of 64 with an alignment of 8.
        let mut layout = unsafe { Layout::from_size_align_unchecked(unknown(64), 8) };
        let mut block = used(arena.layout(layout));
        while layout.size() < 8192 {
            // SAFETY: a size of at most 8 KiB with an alignment of 8.
            let new = unsafe { Layout::from_size_align_unchecked(2 * layout.size(), 8) };
            // SAFETY: the block has this layout.
            let grown = unsafe { arena.allocator().grow(block, layout, new) };
            block = used(grown.ok().map(NonNull::cast));
            layout = new;
        }
        // SAFETY: the block has this layout.
        unsafe { arena.allocator().deallocate(block, layout) };
    }
);

count!(
    [15, 14],
    new(),
    fn alloc_free<A: Subject>(arena: &'static A) {
        let layout = Layout::new::<[u64; 8]>();
        let block = used(arena.layout(layout));
        // SAFETY: just allocated.
        unsafe { arena.allocator().deallocate(block, layout) };
    }
);

count!(
    [3, 3],
    new_mut(),
    fn reset<A: Subject>(arena: &'static mut A) {
        arena.reset();
    }
);

count!(
    [21, 23],
    new(huge()),
    fn refused<A: Subject>(arena: &'static A, layout: Layout) -> Option<NonNull<u8>> {
        arena.layout(layout)
    }
);

count!(
    [41007, 39006],
    new(),
    fn tree_of_1000<A: Subject>(arena: &'static A) -> Option<&'static Node> {
        tree(arena, 1000)
    }
);

count!(
    [9272, 9271],
    new(),
    fn vec_of_1000_pushes<A: Subject>(arena: &'static A) -> Vec<u64, impl Allocator> {
        let mut numbers = Vec::new_in(arena.allocator());
        for number in 0..1000 {
            numbers.push(number);
        }
        numbers
    }
);

#[cfg(not(feature = "peers"))]
#[library_benchmark]
#[bench::bump_local(args = (new::<Arena<'static>>(), 7), config = instructions(1267))]
fn format<A: Text>(arena: &'static A, number: u32) -> &'static str {
    arena.text(format_args!(
        "{number:>8} {:08x} {:?}",
        number * 31,
        Some(number)
    ))
}

#[cfg(feature = "peers")]
#[library_benchmark]
#[bench::bump_local(args = (new::<Arena<'static>>(), 7), config = instructions(1267))]
#[bench::bumpalo(args = (new::<bumpalo::Bump>(), 7))]
#[bench::bump_scope_up(args = (new::<BumpScope<1, true>>(), 7))]
#[bench::bump_scope_down(args = (new::<BumpScope<1, false>>(), 7))]
fn format<A: Text>(arena: &'static A, number: u32) -> &'static str {
    arena.text(format_args!(
        "{number:>8} {:08x} {:?}",
        number * 31,
        Some(number)
    ))
}

/// A node of a binary tree.
#[derive(Clone, Copy)]
struct Node {
    _key: usize,
    _children: [Option<&'static Node>; 2],
}

/// A balanced tree, built from its leaves to its root.
#[inline(never)]
fn tree<A: Subject>(arena: &'static A, nodes: usize) -> Option<&'static Node> {
    if nodes == 0 {
        return None;
    }
    let left = nodes / 2;
    Some(arena.value(Node {
        _key: nodes,
        _children: [tree(arena, left), tree(arena, nodes - 1 - left)],
    }))
}

// An arena of a fixed size that contains its memory.
#[library_benchmark]
#[bench::bump_local(args = (inline(), 7), config = instructions(11))]
fn inline_u32(bump: &'static Bump<[u64; 64]>, value: u32) -> Option<&'static mut u32> {
    bump.leak(value).ok()
}

#[library_benchmark]
#[bench::bump_local(args = (inline(), Layout::new::<[u64; 3]>()), config = instructions(20))]
fn inline_layout(bump: &'static Bump<[u64; 64]>, layout: Layout) -> Option<NonNull<u8>> {
    bump.alloc(layout)
}

library_benchmark_group!(
    name = arena,
    benchmarks = [
        alloc_u32,
        alloc_u64,
        try_alloc_u32,
        alloc_64_bytes,
        alloc_64_bytes_1000_times,
        alloc_layout,
        copy_16_bytes,
        copy_256_bytes,
        alloc_7_grows_free,
        alloc_free,
        reset,
        refused,
        tree_of_1000,
        vec_of_1000_pushes,
        format,
        inline_u32,
        inline_layout,
    ]
);
