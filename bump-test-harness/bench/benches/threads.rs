//! Wall-clock of heaps that 1, 2 and 4 threads use at once: ratios within one run.
//!
//! `back to back`: a thread takes and fills 64 blocks of 64 bytes, frees them in reverse order, and
//! so on. `with work`: about 100 ns of arithmetic for each request. Printed are requests a second
//! of all threads, those of the system's allocator with one thread being 1.

#[path = "shared/ratios.rs"]
mod ratios;

use std::alloc::{self, GlobalAlloc, Layout, System};
use std::hint::{self, black_box};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;

use bump_bench::opaque;
use bump_global::{Bump, PerThread};
use mimalloc::MiMalloc;
use zenbench::{BenchGroup, Suite};

/// The size of a heap in bytes.
const SIZE: usize = 1 << 24;
/// Requests in one go.
const BATCH: usize = 64;
/// Turns in a sample: few, so that often nothing else on the machine gets into one.
const TURNS: usize = 2;

static PER_THREAD: PerThread<Bump<[u8; SIZE]>> = PerThread::new(Bump::uninit());

/// What is done in one turn.
#[derive(Clone, Copy)]
struct Load {
    threads: usize,
    /// Of each thread.
    batches: usize,
    /// Steps of arithmetic for each request.
    work: usize,
}

fn batch<H: GlobalAlloc>(heap: &H, work: usize) {
    let layout = Layout::new::<[u64; 8]>();
    let mut blocks = [std::ptr::null_mut::<u8>(); BATCH];
    for block in &mut blocks {
        // SAFETY: not empty.
        *block = opaque(unsafe { heap.alloc(layout) });
        if block.is_null() {
            alloc::handle_alloc_error(layout);
        }
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

/// A heap whose memory is written, so that no page of it is touched for the first time later.
struct Memory<H>(*mut H);

// SAFETY: the heaps are for all threads.
unsafe impl<H: Sync> Send for Memory<H> {}

impl<H> Clone for Memory<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Memory<H> {}

impl<H> Memory<H> {
    fn new() -> Self {
        // SAFETY: not empty.
        let heap = unsafe { alloc::alloc(Layout::new::<H>()) }.cast::<H>();
        assert!(!heap.is_null());
        Self(heap)
    }
    /// The heap, with nothing in use.
    ///
    /// # Safety
    ///
    /// All bytes zero are one, and nothing refers to the one before.
    unsafe fn renew(self) -> &'static H {
        // SAFETY: memory for one, and the caller's promise.
        unsafe {
            self.0.write_bytes(0, 1);
            &*self.0
        }
    }
}

/// Waits for another thread, which may have to wait for this one's processor.
fn wait(until: impl Fn() -> bool) {
    for spins in 0.. {
        match until() {
            true => return,
            false if spins % 64 == 63 => thread::yield_now(),
            false => hint::spin_loop(),
        }
    }
}

/// Threads that use a heap, which is made for each sample. They start each turn together: those
/// that had slept would be late, which is not the heap's doing.
fn arm<H: GlobalAlloc + Sync + 'static>(
    group: &mut BenchGroup,
    name: &str,
    load: Load,
    heap: impl Fn() -> &'static H + Send + 'static,
) {
    const END: usize = usize::MAX;
    let name = format!("{},{name}", load.threads);
    group.bench(name, move |bencher| {
        let heap = heap();
        let (turn, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let batches = || (0..load.batches).for_each(|_| batch(heap, load.work));
        let others = load.threads - 1;
        let other = || {
            for last in 0.. {
                wait(|| turn.load(Acquire) > last);
                if turn.load(Relaxed) == END {
                    return;
                }
                batches();
                done.fetch_add(1, Release);
            }
        };
        thread::scope(|scope| {
            (0..others).for_each(|_| drop(scope.spawn(other)));
            let all = || {
                let turns = 1 + turn.fetch_add(1, Release);
                batches();
                wait(|| done.load(Acquire) == turns * others);
            };
            // By the end of the first all have started.
            all();
            bencher.iter(all);
            turn.store(END, Release);
        });
    });
}

fn groups(suite: &mut Suite) {
    let bump = Memory::<Bump<[u8; SIZE]>>::new();
    let static_alloc = Memory::<static_alloc::Bump<[u8; SIZE]>>::new();
    for (pattern, batches, work) in [("back to back", 100, 0), ("with work", 10, 50)] {
        suite.group(pattern, |group| {
            ratios::rounds(group, 1000, 0);
            let config = group.config();
            (config.min_iterations, config.max_iterations) = (TURNS, TURNS);
            for threads in [1, 2, 4] {
                let load = Load {
                    threads,
                    batches,
                    work,
                };
                arm(group, "system", load, || &System);
                // SAFETY: as `Bump::zeroed` makes it; the threads of the sample before have ended.
                arm(group, "Bump", load, move || unsafe { bump.renew() });
                arm(group, "PerThread", load, || &PER_THREAD);
                arm(group, "mimalloc", load, || &MiMalloc);
                // SAFETY: as its `zeroed` makes it; the threads of the sample before have ended.
                arm(group, "static-alloc", load, move || unsafe {
                    static_alloc.renew()
                });
            }
        });
    }
}

fn main() {
    println!("pattern,threads,heap,rate");
    let times = ratios::run(groups);
    for (pattern, arm, time) in &times {
        // The system's allocator with one thread comes first.
        let unit = times.iter().find(|(group, ..)| group == pattern);
        let threads = arm.split(',').next().and_then(|n| n.parse::<f64>().ok());
        let rate = threads.unwrap_or(f64::NAN) / time;
        println!(
            "{pattern},{arm},{:.2}",
            rate * unit.map_or(f64::NAN, |(.., time)| *time)
        );
    }
}
