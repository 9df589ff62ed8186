//! Wall-clock of operations and of whole tasks, by one thread, in nanoseconds. The script `times`
//! runs builds of this, and makes ratios.

#[allow(dead_code, reason = "less of it is timed than counted")]
#[path = "shared/arenas.rs"]
mod arenas;
#[path = "shared/expressions/mod.rs"]
mod expressions;
#[allow(dead_code, reason = "less of it is timed than counted")]
#[path = "shared/heaps.rs"]
mod heaps;
#[path = "shared/ratios.rs"]
mod ratios;
#[path = "shared/tasks.rs"]
mod tasks;

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use arenas::peers::BumpScope;
use arenas::{Subject, Text};
use bump_bench::{opaque, unknown};
use bump_local::Arena;
use heaps::{Global, Heap, Lists, Threads, peers};
use tasks::{mixed, pair, queue};
use zenbench::{BenchGroup, Suite};

/// How often an operation is done in one go. An arena is reset once in between.
const TIMES: usize = 1000;

/// The arena as it is in a program, where others can reach it: its cursor is in memory. Else the
/// compiler might keep it in a register for as long as the loop takes.
fn shared<A>(arena: &A) -> &A {
    // SAFETY: the same reference.
    unsafe { &*opaque(ptr::from_ref(arena).cast_mut()) }
}

fn alloc_u32<A: Subject>(arena: &A) {
    let arena = shared(arena);
    for n in 0..TIMES {
        opaque(arena.value(n as u32));
    }
}

fn alloc_64_bytes<A: Subject>(arena: &A) {
    let arena = shared(arena);
    for n in 0..TIMES {
        opaque(arena.value([n; 8]));
    }
}

fn alloc_layout<A: Subject>(arena: &A) {
    let arena = shared(arena);
    for _ in 0..TIMES {
        let layout = Layout::from_size_align(unknown(24), unknown(8));
        arena
            .layout(layout.unwrap())
            .map(|block| opaque(block.as_ptr()));
    }
}

fn copy_16_bytes<A: Subject>(arena: &A) {
    let arena = shared(arena);
    let mut values = [7; 16];
    // Else they would not be copied, but set to 7.
    opaque(values.as_mut_ptr());
    for _ in 0..TIMES {
        opaque(arena.slice(&values[..unknown(16)]).as_mut_ptr());
    }
}

fn alloc_free<A: Subject>(arena: &A) {
    let arena = shared(arena);
    let layout = Layout::new::<[u64; 8]>();
    for _ in 0..TIMES {
        let block = arena.allocator().allocate(layout).unwrap().cast::<u64>();
        // SAFETY: just allocated, and large enough.
        unsafe { opaque(block.as_ptr()).write(1) };
        // SAFETY: just allocated.
        unsafe { arena.allocator().deallocate(block.cast(), layout) };
    }
}

fn vec_pushes<A: Subject>(arena: &A) {
    let mut numbers = Vec::new_in(arena.allocator());
    for n in 0..TIMES {
        numbers.push(n);
    }
    opaque(numbers.as_mut_ptr());
}

fn formatting<A: Text>(arena: &A) {
    for n in 0..TIMES {
        let text = arena.text(format_args!("{n:>8} {:08x} {:?}", n * 31, Some(n)));
        opaque(text.as_ptr().cast_mut());
    }
}

/// A node of a binary tree.
#[derive(Clone, Copy)]
struct Node<'a> {
    key: usize,
    children: [Option<&'a Node<'a>>; 2],
}

/// A balanced tree, built from its leaves to its root.
fn tree<A: Subject>(arena: &A, nodes: usize) -> Option<&Node<'_>> {
    if nodes == 0 {
        return None;
    }
    let left = nodes / 2;
    Some(arena.value(Node {
        key: nodes,
        children: [tree(arena, left), tree(arena, nodes - 1 - left)],
    }))
}

fn walk(node: Option<&Node<'_>>) -> usize {
    node.map_or(0, |node| {
        node.key + node.children.into_iter().map(walk).sum::<usize>()
    })
}

fn tree_build_and_walk<A: Subject>(arena: &A) {
    unknown(walk(tree(arena, TIMES)));
}

fn arena<A: Subject + Send + 'static>(
    group: &mut BenchGroup,
    name: &str,
    task: impl Fn(&A) + Send + 'static,
) {
    let mut arena = A::new();
    group.bench(name, move |bencher| {
        bencher.iter(|| {
            task(&arena);
            arena.reset();
        });
    });
}

/// A group of a task for each arena.
macro_rules! arenas {
    ($suite:ident: $($name:literal $task:ident,)*) => {
        $(
            $suite.group(concat!("arena: ", $name), |group| {
                ratios::rounds(group, 200, 1_000_000);
                arena::<Arena<'static>>(group, "bump-local", $task);
                arena::<bumpalo::Bump>(group, "bumpalo", $task);
                arena::<BumpScope<1, true>>(group, "bump-scope up", $task);
                arena::<BumpScope<1, false>>(group, "bump-scope down", $task);
            });
        )*
    };
}

fn heap_alloc_free<H: Heap>() -> impl FnMut() + Send {
    || {
        let layout = Layout::new::<[u64; 8]>();
        for _ in 0..TIMES {
            // SAFETY: not empty.
            let block = opaque(unsafe { H::heap().alloc(layout) });
            // SAFETY: just allocated, and large enough.
            unsafe { block.cast::<u64>().write(1) };
            // SAFETY: just allocated.
            unsafe { H::heap().dealloc(block, layout) };
        }
    }
}

fn heap_reallocs<H: Heap>() -> impl FnMut() + Send {
    || {
        let mut layout = Layout::new::<[u64; 8]>();
        // SAFETY: not empty.
        let mut block = opaque(unsafe { H::heap().alloc(layout) });
        while layout.size() < 8192 {
            let size = 2 * layout.size();
            // SAFETY: in use, with this layout.
            block = opaque(unsafe { H::heap().realloc(block, layout, size) });
            layout = Layout::from_size_align(size, 8).unwrap();
        }
        // SAFETY: in use, with this layout.
        unsafe { H::heap().dealloc(block, layout) };
    }
}

fn heap(group: &mut BenchGroup, name: &str, mut task: impl FnMut() + Send + 'static) {
    group.bench(name, move |bencher| bencher.iter(&mut task));
}

/// A group of a task for each heap that gives memory back. `Bump` has to be named: it gives back its
/// last block only.
macro_rules! heaps {
    ($suite:ident: $($name:literal $task:ident $($bump:ident)?,)*) => {
        $(
            $suite.group(concat!("heap: ", $name), |group| {
                ratios::rounds(group, 200, 1_000_000);
                $(heap(group, "Bump", $task::<$bump>());)?
                heap(group, "Recycling", $task::<Lists>());
                heap(group, "PerThread", $task::<Threads>());
                heap(group, "mimalloc", $task::<peers::Mimalloc>());
                heap(group, "jemalloc", $task::<peers::Jemalloc>());
                heap(group, "snmalloc", $task::<peers::Snmalloc>());
                heap(group, "system", $task::<peers::System>());
                heap(group, "talc", $task::<peers::Talc>());
                heap(group, "linked list", $task::<peers::List>());
                heap(group, "rlsf", $task::<peers::Rlsf>());
                heap(group, "stalloc", $task::<peers::Stalloc>());
                heap(group, "emballoc", $task::<peers::Emballoc>());
            });
        )*
    };
}

fn trees(group: &mut BenchGroup) {
    use expressions::peers;

    ratios::rounds(group, 200, 1_000_000);
    let mut run = |name, run: fn(&str) -> i64| {
        let text = expressions::text();
        group.bench(name, move |bencher| bencher.iter(|| run(&text)));
    };
    run("bump-local", expressions::on_bump_local);
    run("bumpalo", peers::on_bumpalo);
    run("bump-scope", peers::on_bump_scope);
    run("blink-alloc", peers::on_blink_alloc);
    run("typed-arena", peers::on_typed_arena);
    run("Box over mimalloc", peers::on_boxes);
}

fn groups(suite: &mut Suite) {
    arenas! { suite:
        "u32" alloc_u32,
        "64 bytes" alloc_64_bytes,
        "layout" alloc_layout,
        "copy 16 bytes" copy_16_bytes,
        "alloc+free" alloc_free,
        "Vec of 1000 pushes" vec_pushes,
        "formatting" formatting,
        "tree of 1000 built and walked" tree_build_and_walk,
    }
    peers::List::init();
    heaps! { suite:
        "alloc+free" heap_alloc_free Global,
        "alloc+7 reallocs+free" heap_reallocs Global,
        "pair" pair,
        "mixed" mixed,
        "queue" queue,
    }
    suite.group("tree: expressions", trees);
}

fn main() {
    for (group, allocator, time) in ratios::run(groups) {
        println!("{},{allocator},{time:.2}", group.replace(": ", ","));
    }
}
