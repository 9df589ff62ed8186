//! Requests a second of heaps that 1, 2 and 4 threads use at once, as ratios within one run.
//!
//! `back to back`: a thread takes and fills 64 blocks of 64 bytes, frees them in reverse order, and
//! so on. `with work`: about 100 ns of arithmetic for each request. The heaps take turns, and of all
//! turns the fastest counts. Printed are comma-separated values: rates relative to the system's
//! allocator on one thread, so that they can be compared to each other and to nothing else.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::{self, black_box};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bump_bench::opaque;
use bump_global::{Bump, PerThread};

const SIZE: usize = 1 << 28;
const BATCH: usize = 64;

static BUMP: Bump<[u8; SIZE]> = Bump::uninit();
static PER_THREAD: PerThread<Bump<[u8; SIZE]>> = PerThread::new(Bump::uninit());
static STATIC_ALLOC: static_alloc::Bump<[u8; SIZE]> = static_alloc::Bump::uninit();

/// What the threads do in one turn.
struct Load {
    threads: usize,
    batches: usize,
    work: usize,
}

type Turn = fn(&Load) -> Duration;

impl Load {
    /// The time from when the first thread starts to when the last ends.
    fn time<H: GlobalAlloc + Sync>(&self, heap: &H) -> Duration {
        let waiting = AtomicUsize::new(self.threads);
        let turn = || {
            waiting.fetch_sub(1, Ordering::Relaxed);
            // Sleeping threads would not start at the same time.
            while waiting.load(Ordering::Relaxed) != 0 {
                hint::spin_loop();
            }
            let start = Instant::now();
            for _ in 0..self.batches {
                batch(heap, self.work);
            }
            (start, Instant::now())
        };
        let turns: Vec<_> = thread::scope(|scope| {
            let handles: Vec<_> = (0..self.threads).map(|_| scope.spawn(turn)).collect();
            handles
                .into_iter()
                .map(|handle| handle.join().unwrap())
                .collect()
        });
        let (starts, ends): (Vec<_>, Vec<_>) = turns.into_iter().unzip();
        *ends.iter().max().unwrap() - *starts.iter().min().unwrap()
    }
}

#[inline(always)]
fn batch<H: GlobalAlloc>(heap: &H, work: usize) {
    let layout = Layout::new::<[u64; 8]>();
    let mut blocks = [std::ptr::null_mut::<u8>(); BATCH];
    for block in &mut blocks {
        // SAFETY: not empty.
        *block = opaque(unsafe { heap.alloc(layout) });
        assert!(!block.is_null());
        // SAFETY: just allocated, as large and as aligned.
        unsafe { block.cast::<u64>().write(1) };
        let mut number = black_box(1_u64);
        for _ in 0..work {
            number = number.wrapping_mul(6_364_136_223_846_793_005) ^ (number >> 7);
        }
        black_box(number);
    }
    for block in blocks.into_iter().rev() {
        // SAFETY: in use, with this layout.
        unsafe { heap.dealloc(block, layout) };
    }
}

fn main() {
    // Few enough that what shared cursors lose by races fits into their memory.
    let rounds = 100;
    println!("pattern,threads,heap,rate");
    for (pattern, batches, work) in [("back to back", 500, 0), ("with work", 50, 50)] {
        let mut unit = None;
        for threads in [1, 2, 4] {
            let heaps: [(&str, Turn); 5] = [
                ("system", |turn| turn.time(&System)),
                ("Bump", |turn| turn.time(&BUMP)),
                ("PerThread", |turn| turn.time(&PER_THREAD)),
                ("mimalloc", |turn| turn.time(&mimalloc::MiMalloc)),
                ("static-alloc", |turn| turn.time(&STATIC_ALLOC)),
            ];
            let turn = |name: &str| Load {
                threads,
                // It never frees.
                batches: if name == "static-alloc" {
                    batches / 10
                } else {
                    batches
                },
                work,
            };
            let mut best = [Duration::MAX; 5];
            for _ in 0..rounds {
                for (best, (name, time)) in best.iter_mut().zip(&heaps) {
                    *best = time(&turn(name)).min(*best);
                }
            }
            for (best, (name, _)) in best.iter().zip(&heaps) {
                let rate = (threads * turn(name).batches) as f64 / best.as_secs_f64();
                let unit = *unit.get_or_insert(rate);
                println!("{pattern},{threads},{name},{:.2}", rate / unit);
            }
        }
    }
}
