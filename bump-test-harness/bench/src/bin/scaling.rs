//! The cost of requests as something grows: the region, the chunks of an arena, the free blocks, the
//! threads, the alignment.
//!
//! Prints comma-separated values, a line for each time that something is counted, with how many
//! requests that is; the script `measure` adds the instructions.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::{self, NonNull};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use bump_bench::regions::{ALL, MOST, Memory, REGION_UNIT};
use bump_bench::{counted, opaque};
use bump_local::Arena;
use cpu_time::ThreadTime;

/// Pairs of a request and a free that are counted together.
const PAIRS: usize = 100;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// Takes a block, and whether there was one.
fn take(heap: &dyn GlobalAlloc, layout: Layout) -> Option<*mut u8> {
    // SAFETY: no layout here has 0 bytes.
    let block = opaque(unsafe { heap.alloc(layout) });
    (!block.is_null()).then_some(block)
}

/// Counts blocks that are taken and freed.
fn pairs(series: &str, name: &str, x: usize, heap: &dyn GlobalAlloc, layout: Layout) {
    // Chunks and lists that the first request needs are not counted.
    for round in 0..2 {
        let mut pairs = || {
            for _ in 0..PAIRS {
                if let Some(block) = take(heap, layout) {
                    // SAFETY: just allocated.
                    unsafe { heap.dealloc(block, layout) };
                }
            }
        };
        match round {
            0 => pairs(),
            _ => counted(&mut pairs),
        }
    }
    println!("{series},{name},{x},{PAIRS}");
}

/// Address space, for which there need not be as much memory.
fn reserve(bytes: usize) -> Option<NonNull<u8>> {
    let (access, kind) = (
        libc::PROT_READ | libc::PROT_WRITE,
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
    );
    // SAFETY: a new mapping, at no particular address.
    let start = unsafe { libc::mmap(ptr::null_mut(), bytes, access, kind, -1, 0) };
    (start != libc::MAP_FAILED)
        .then(|| NonNull::new(start.cast()))
        .flatten()
}

fn by_region(memory: &mut Memory) {
    const SERIES: &str = "bytes of the region";
    // Most of it is in use.
    let fill = |name: &str, heap: &dyn GlobalAlloc, bytes: usize| {
        take(heap, layout(bytes / 8 * 5, 8));
        pairs(SERIES, name, bytes, heap, layout(64, 8));
    };
    for subject in &ALL {
        for bits in (16..=26).step_by(2) {
            let bytes = 1 << bits;
            if let Some(heap) = memory.heap(subject, bytes) {
                fill(subject.name, &*heap, bytes);
            }
        }
        if !OURS.contains(&subject.name) {
            continue;
        }
        for bits in (28..=34).step_by(2) {
            let bytes = 1 << bits;
            // SAFETY: memory for this heap alone, for good.
            let heap = reserve(bytes).and_then(|start| unsafe { subject.over(start, bytes) });
            if let Some(heap) = heap {
                fill(subject.name, &*heap, bytes);
            }
        }
    }
}

/// The heaps of this workspace.
const OURS: [&str; 3] = ["Bump", "Recycling", "PerThread"];

fn by_chunk() {
    const SERIES: &str = "chunks of the arena";
    const CHUNK: usize = 1 << 20;
    for chunks in [1, 4, 16, 64, 256, 1024, 4096] {
        let mut arena = Arena::new();
        for _ in 0..chunks {
            assert!(arena.try_alloc_layout(layout(CHUNK, 1)).is_ok());
        }
        let line = |what: &str, requests: usize| println!("{SERIES},{what},{chunks},{requests}");
        let mut blocks = || {
            for _ in 0..PAIRS {
                opaque(arena.alloc([7_u64; 8]));
            }
        };
        // Now there is a chunk with room for the blocks.
        blocks();
        counted(&mut blocks);
        line("a block", PAIRS);
        counted(&mut || assert!(arena.try_alloc_layout(layout(CHUNK, 1)).is_ok()));
        line("a chunk", 1);
        counted(&mut || arena.reset());
        line("a reset", 1);
        counted(&mut || assert!(arena.try_alloc_layout(layout(CHUNK, 1)).is_ok()));
        line("a chunk that is used again", 1);
        let mut arena = Some(arena);
        counted(&mut || drop(arena.take()));
        line("the end of the arena", 1);
    }
}

/// A heap that takes longer to prepare is not prepared for more.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts something for more and more blocks, as long as that takes no longer.
fn with_more(largest: usize, mut prepare: impl FnMut(usize)) {
    let mut blocks = 1;
    while blocks <= largest {
        let start = ThreadTime::now();
        prepare(blocks);
        if start.elapsed() > PATIENCE {
            return;
        }
        blocks *= 10;
    }
}

/// Blocks of 64 bytes.
fn blocks(heap: &dyn GlobalAlloc, count: usize) -> Vec<*mut u8> {
    (0..count)
        .map_while(|_| take(heap, layout(64, 8)))
        .collect()
}

fn free(heap: &dyn GlobalAlloc, blocks: impl Iterator<Item = *mut u8>) {
    for block in blocks {
        // SAFETY: of `blocks`, and freed once.
        unsafe { heap.dealloc(block, layout(64, 8)) };
    }
}

fn by_free_blocks(memory: &mut Memory) {
    for subject in &ALL {
        with_more(100_000, |count| {
            if let Some(heap) = memory.heap(subject, MOST) {
                let all = blocks(&*heap, 2 * count);
                free(&*heap, all.into_iter().step_by(2));
                for (size, what) in [(64, "their"), (96, "another")] {
                    let series = format!("free blocks; {what} size is asked for");
                    pairs(&series, subject.name, count, &*heap, layout(size, 8));
                }
            }
        });
    }
}

/// Nothing but free blocks of 64 bytes is left, and more is asked for.
fn by_blocks_to_merge(memory: &mut Memory) {
    const MERGE: &str = "free blocks; several have to be merged";
    for subject in &ALL {
        with_more(100_000, |count| {
            // Some room for what a heap has besides.
            let region = (count * 64 + 4096).next_multiple_of(REGION_UNIT);
            if let Some(heap) = memory.heap(subject, region) {
                let all = blocks(&*heap, usize::MAX);
                let count_in_region = all.len();
                free(&*heap, all.into_iter());
                let mut found = false;
                counted(&mut || found = take(&*heap, layout(2048, 8)).is_some());
                // A heap that refuses has merged nothing.
                let name = [" (refuses)", ""][usize::from(found)];
                println!("{MERGE},{}{name},{count_in_region},1", subject.name);
            }
        });
    }
}

fn by_threads(memory: &mut Memory) {
    for subject in &ALL {
        for threads in [1, 2, 4, 8, 16, 32, 64] {
            let Some(heap) = memory.heap(subject, MOST) else {
                continue;
            };
            let (started, done) = (Barrier::new(threads), Barrier::new(threads));
            thread::scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(|| {
                        let block = take(&*heap, layout(64, 8));
                        started.wait();
                        done.wait();
                        free(&*heap, block.into_iter());
                    });
                }
                started.wait();
                pairs("threads", subject.name, threads, &*heap, layout(64, 8));
                done.wait();
            });
        }
    }
}

fn by_alignment(memory: &mut Memory) {
    for subject in &ALL {
        for align in [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096] {
            if let Some(heap) = memory.heap(subject, MOST) {
                pairs("alignment", subject.name, align, &*heap, layout(64, align));
            }
        }
    }
}

/// The series, each of which is a process of its own.
fn main() {
    println!("series,heap,x,requests");
    let memory = &mut Memory::touched();
    match std::env::args().nth(1).as_deref() {
        Some("region") => by_region(memory),
        Some("chunks") => by_chunk(),
        Some("free") => by_free_blocks(memory),
        Some("merge") => by_blocks_to_merge(memory),
        Some("threads") => by_threads(memory),
        Some("alignment") => by_alignment(memory),
        _ => eprintln!("usage: scaling region | chunks | free | merge | threads | alignment"),
    }
}
