//! Threads on one heap that uses freed memory again: blocks never overlap, nothing is refused while
//! memory is free, the region stays small, and all of it is one piece afterwards.

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;

mod blocks;

use blocks::{Block, Random};
use bump_global::{Bump, Recycling};

const THREADS: usize = 4;
const ROUNDS: usize = if cfg!(miri) { 30 } else { 30_000 };

fn random_layout(random: &mut Random, most: usize) -> Layout {
    let align = 1
        << if random.below(4) == 0 {
            random.below(7)
        } else {
            3
        };
    Layout::from_size_align(1 + random.below(most), align).expect("small")
}

/// Runs a job in each of several threads, which start together.
fn together(threads: usize, job: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        for index in 0..threads {
            let (barrier, job) = (&barrier, &job);
            scope.spawn(move || {
                barrier.wait();
                job(index);
            });
        }
    });
}

/// Takes all of a heap that nobody uses, as one block.
fn takes_all(heap: &impl GlobalAlloc, bytes: usize) {
    let layout = Layout::from_size_align(bytes, 8).expect("small");
    Block::new(heap, layout, 1).expect("all is free").free(heap);
}

/// Each thread has some blocks, and frees, resizes and takes them in no order. There is room for
/// several times as much, but it has to be merged all the time.
#[test]
#[cfg_attr(
    not(feature = "std"),
    ignore = "without `std`, no thread waits until one that the system has interrupted goes on"
)]
fn nothing_is_refused_while_memory_is_free() {
    const BYTES: usize = 1 << 17;
    static HEAP: Recycling<Bump<[u64; BYTES / 8]>> = Recycling::new(Bump::uninit());
    together(THREADS, |index| {
        let mut random = Random(index as u64 + 1);
        let mut blocks = Vec::new();
        let value = u8::try_from(index).expect("few");
        for _ in 0..ROUNDS {
            // On average 20 blocks of about 300 bytes: a sixth of the region.
            if blocks.len() < 40 && random.below(2) == 0 {
                let most = [20, 100, 1000][random.below(3)];
                let block = Block::new(&HEAP, random_layout(&mut random, most), value);
                blocks.push(block.expect("there is room for all"));
            } else if !blocks.is_empty() {
                let at = random.below(blocks.len());
                if random.below(4) == 0 {
                    let size = 1 + random.below(500);
                    assert!(blocks[at].resize(&HEAP, size), "there is room for all");
                } else {
                    blocks.swap_remove(at).free(&HEAP);
                }
            }
        }
        for block in blocks {
            block.free(&HEAP);
        }
    });
    takes_all(&HEAP, BYTES);
}

/// One class, a list of some blocks that all threads want at a time. A thread that found it empty while
/// somebody else has the blocks in hand would take fresh memory each time.
#[test]
#[cfg_attr(
    not(feature = "std"),
    ignore = "without `std`, no thread waits until one that the system has interrupted goes on"
)]
fn a_list_in_hand_is_not_taken_for_an_empty_one() {
    const BYTES: usize = 1 << 20;
    static HEAP: Recycling<Bump<[u64; BYTES / 8]>> = Recycling::new(Bump::uninit());
    let layout = Layout::new::<[u64; 8]>();
    let in_use = 8 * THREADS;
    together(THREADS, |index| {
        let value = u8::try_from(index).expect("few");
        let new = || Block::new(&HEAP, layout, value).expect("room");
        let mut blocks: Vec<_> = (0..8).map(|_| new()).collect();
        for round in 0..ROUNDS {
            blocks.swap_remove(round % 7).free(&HEAP);
            blocks.push(new());
        }
        for block in blocks {
            block.free(&HEAP);
        }
    });
    let most = HEAP.region().used().max(HEAP.free_bytes()) / layout.size();
    assert!(most <= 2 * in_use, "{most} of {in_use}");
    takes_all(&HEAP, BYTES);
}

/// Some threads only allocate, and shrink some of what they have; others only free.
#[test]
#[cfg_attr(
    not(feature = "std"),
    ignore = "without `std`, no thread waits until one that the system has interrupted goes on"
)]
fn producers_and_consumers_take_no_more_and_more() {
    const BYTES: usize = 1 << 24;
    static HEAP: Recycling<Bump<[u64; BYTES / 8]>> = Recycling::new(Bump::uninit());
    static IN_USE: AtomicUsize = AtomicUsize::new(0);
    static PEAK: AtomicUsize = AtomicUsize::new(0);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS / 2)
        .map(|_| mpsc::sync_channel::<Block>(256))
        .unzip();
    thread::scope(|scope| {
        for (index, sender) in senders.into_iter().enumerate() {
            scope.spawn(move || {
                let mut random = Random(index as u64 + 1);
                for round in 0..ROUNDS * 2 {
                    let most = [32, 200, 3000][round % 3];
                    let value = u8::try_from(round % 251).expect("small");
                    let mut block =
                        Block::new(&HEAP, random_layout(&mut random, most), value).expect("room");
                    let bytes = block.layout.size();
                    let in_use = IN_USE.fetch_add(bytes, Ordering::Relaxed) + bytes;
                    PEAK.fetch_max(in_use, Ordering::Relaxed);
                    if random.below(4) == 0 {
                        let size = 1 + random.below(bytes);
                        assert!(block.resize(&HEAP, size), "it needs no other memory");
                        IN_USE.fetch_sub(bytes - block.layout.size(), Ordering::Relaxed);
                    }
                    sender.send(block).expect("it is received");
                }
            });
        }
        for receiver in receivers {
            scope.spawn(move || {
                for block in receiver {
                    IN_USE.fetch_sub(block.layout.size(), Ordering::Relaxed);
                    block.free(&HEAP);
                }
            });
        }
    });
    let (used, peak) = (HEAP.region().used(), PEAK.load(Ordering::Relaxed));
    assert!(used <= 2 * peak || cfg!(miri), "{used} of {peak}");
    takes_all(&HEAP, BYTES);
}

/// More is asked for than there is: requests are refused, and nothing is lost.
#[test]
fn exhaustion_and_recovery() {
    const BYTES: usize = 1 << 12;
    static HEAP: Recycling<Bump<[u64; BYTES / 8]>, 36> = Recycling::new(Bump::uninit());
    for seed in 0..4 {
        together(THREADS, |index| {
            let mut random = Random(4 * seed + index as u64 + 1);
            let mut blocks = Vec::new();
            let value = u8::try_from(index).expect("few");
            for _ in 0..ROUNDS / 4 {
                match Block::new(&HEAP, random_layout(&mut random, 300), value) {
                    Some(block) => blocks.push(block),
                    None if blocks.is_empty() => {}
                    None => {
                        for _ in 0..1 + blocks.len() / 2 {
                            let at = random.below(blocks.len());
                            blocks.swap_remove(at).free(&HEAP);
                        }
                    }
                }
            }
            for block in blocks {
                block.free(&HEAP);
            }
        });
        takes_all(&HEAP, BYTES);
    }
}
