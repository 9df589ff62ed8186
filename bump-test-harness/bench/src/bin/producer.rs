//! Does the memory of a heap grow for ever? One thread allocates and another one frees, for as many
//! blocks as the first argument says. Some are aligned to more than a cache line, some grow and some
//! shrink. At most 256 are between the two.
//!
//! ```text
//! producer BLOCKS [HEAP…]
//! ```
//!
//! Prints comma-separated values, after powers of ten: the most bytes that were in use at a time and
//! how much of the region was handed out. There is no line for what a heap does not reach, because it
//! refuses a request.

use std::alloc::{GlobalAlloc, Layout};
use std::env;
use std::io::{self, Write};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use bump_bench::random::Random;
use bump_bench::regions::{ALL, MOST, Memory};

/// The blocks that are handed over in one go.
const BATCH: usize = 32;
/// Batches on the way; with one in the hands of each thread there are 256 blocks.
const ON_THE_WAY: usize = 256 / BATCH - 2;

/// The region of a heap that cannot be as large as the others are, in bytes.
const SMALL: usize = 500_000;

/// A block, and the byte at both of its ends.
struct Block {
    start: *mut u8,
    layout: Layout,
    mark: u8,
}

// SAFETY: it is used by the thread that has it.
unsafe impl Send for Block {}

impl Block {
    fn mark(&self) {
        // SAFETY: the block is this one's, and not empty.
        unsafe { self.start.write(self.mark) };
        // SAFETY: as above.
        unsafe { self.start.add(self.layout.size() - 1).write(self.mark) };
    }

    fn check(&self) {
        // SAFETY: the block is this one's, both ends were written to.
        let first = unsafe { self.start.read() };
        // SAFETY: as above.
        let last = unsafe { self.start.add(self.layout.size() - 1).read() };
        assert_eq!((first, last), (self.mark, self.mark), "a block is damaged");
    }
}

/// Known to both threads.
struct Shared<'a> {
    heap: &'a (dyn GlobalAlloc + Sync),
    start: usize,
    in_use: AtomicUsize,
    /// The highest end of a block, as an offset.
    taken: AtomicUsize,
}

impl Shared<'_> {
    fn note(&self, block: &Block) {
        let end = block.start.addr() + block.layout.size() - self.start;
        if end > self.taken.load(Relaxed) {
            self.taken.fetch_max(end, Relaxed);
        }
    }

    fn allocate(&self, layout: Layout, mark: u8) -> Option<Block> {
        // SAFETY: not 0 bytes.
        let start = unsafe { self.heap.alloc(layout) };
        if start.is_null() {
            return None;
        }
        assert!(start.addr().is_multiple_of(layout.align()));
        self.in_use.fetch_add(layout.size(), Relaxed);
        let block = Block {
            start,
            layout,
            mark,
        };
        self.note(&block);
        block.mark();
        Some(block)
    }

    /// Whether there was room for it.
    fn resize(&self, block: &mut Block, size: usize) -> bool {
        block.check();
        // SAFETY: in use, with this layout; the sizes here are far below the largest.
        let start = unsafe { self.heap.realloc(block.start, block.layout, size) };
        if start.is_null() {
            return false;
        }
        // Wraps around when the block shrinks, as does the sum.
        let more = size.wrapping_sub(block.layout.size());
        self.in_use.fetch_add(more, Relaxed);
        block.start = start;
        block.layout = Layout::from_size_align(size, block.layout.align()).unwrap();
        self.note(block);
        // SAFETY: the block is not empty, and its first byte was copied.
        assert_eq!(unsafe { start.read() }, block.mark, "a block is damaged");
        block.mark();
        true
    }

    fn free(&self, block: &Block) {
        block.check();
        // SAFETY: in use, with this layout.
        unsafe { self.heap.dealloc(block.start, block.layout) };
        self.in_use.fetch_sub(block.layout.size(), Relaxed);
    }

    /// Allocates as many blocks, or as there is room for; one in eight grows. Prints, at powers of ten,
    /// the blocks so far and the most bytes that were in use.
    fn produce(
        &self,
        blocks: usize,
        queue: &SyncSender<Vec<Block>>,
        mut print: impl FnMut(usize, usize),
    ) {
        let mut random = Random::new(9);
        let mut most = 0;
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..blocks {
            let size = match random.below(16) {
                0 => random.below(4096) + 1,
                1..6 => random.below(512) + 1,
                _ => random.below(64) + 1,
            };
            let align = match random.below(16) {
                0 => 256,
                1 => 64,
                _ => 8,
            };
            let layout = Layout::from_size_align(size, align).unwrap();
            let Some(mut block) = self.allocate(layout, number as u8) else {
                return;
            };
            if random.below(8) == 0 && !self.resize(&mut block, 2 * size) {
                return;
            }
            most = most.max(self.in_use.load(Relaxed));
            batch.push(block);
            if batch.len() == BATCH {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                queue.send(full).unwrap();
            }
            let done = number + 1;
            if done >= 100_000 && done.ilog10() > number.ilog10() {
                print(done, most);
            }
        }
    }

    /// Frees the blocks; one in eight shrinks before.
    fn consume(&self, queue: &Receiver<Vec<Block>>) {
        let mut random = Random::new(10);
        // As a thread of a program, it asks for memory itself.
        let own = self.allocate(Layout::new::<u64>(), 0);
        for mut block in queue.iter().flatten() {
            if random.below(8) == 0 {
                let size = block.layout.size().div_ceil(3);
                // A heap may refuse even that; then the block stays as it is.
                self.resize(&mut block, size);
            }
            self.free(&block);
        }
        if let Some(own) = own {
            self.free(&own);
        }
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some(blocks) = arguments.first().and_then(|count| count.parse().ok()) else {
        eprintln!("usage: producer BLOCKS [HEAP…]");
        std::process::exit(1);
    };
    let mut memory = Memory::touched();
    println!("heap,blocks,most in use,taken");
    for subject in &ALL {
        if arguments.len() > 1 && !arguments[1..].iter().any(|name| name == subject.name) {
            continue;
        }
        let start = memory.start();
        let region = match memory.heap(subject, MOST) {
            Some(_) => MOST,
            None => SMALL,
        };
        let Some(heap) = memory.heap(subject, region) else {
            continue;
        };
        let shared = &Shared {
            heap: &*heap,
            start,
            in_use: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
        };
        let (queue, other_end) = sync_channel(ON_THE_WAY);
        thread::scope(|scope| {
            scope.spawn(move || shared.consume(&other_end));
            shared.produce(blocks, &queue, |done, most| {
                println!(
                    "{},{done},{most},{}",
                    subject.name,
                    shared.taken.load(Relaxed)
                );
                let _ = io::stdout().flush();
            });
            drop(queue);
        });
    }
}
