//! Wall-clock of heaps that 1, 2 and 4 threads use at once: ratios within one run.
//!
//! - `back to back`: a thread takes and fills 64 blocks of 64 bytes, frees them in reverse order, and
//!   so on. `with work`: about 100 ns of arithmetic for each request.
//! - `pair`, `mixed`, `queue`: as by one thread, see `shared/tasks.rs`; each thread has its own blocks.
//! - `producer and consumer`: one thread takes blocks of 64 bytes, another one frees them. At most 256
//!   are between the two.
//!
//! Printed are requests a second of all threads. The system's allocator is 1, with one thread, or as
//! producer and consumer.

#[allow(dead_code, reason = "less of it is timed here than by one thread")]
#[macro_use]
#[path = "shared/heaps.rs"]
mod heaps;
#[path = "shared/ratios.rs"]
mod ratios;
#[path = "shared/tasks.rs"]
mod tasks;

use std::alloc::{self, GlobalAlloc, Layout};
use std::array;
use std::hint::{self, black_box};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread;

use bump_bench::opaque;
use bump_global::{Bump, PerThread, Recycling};
use heaps::{Heap, peers};
use tasks::{Boxed, boxed, mixed, pair, queue};
use zenbench::{BenchGroup, Suite};

/// The size of a heap in bytes.
const SIZE: usize = 1 << 24;
/// Requests in one go.
const BATCH: usize = 64;
/// Turns in a sample: few, so that often nothing else on the machine gets into one.
const TURNS: usize = 2;
/// Turns of a task that lasts, in one turn of the threads.
const OF_A_TASK: usize = 10;
/// The blocks that a producer hands over in one go, and how often it does so in a turn.
const HANDED: usize = 32;
const TIMES_HANDED: usize = 300;

static RECYCLING: Recycling<Bump<[u8; SIZE]>> = Recycling::new(Bump::uninit());
heap!(Lists, RECYCLING);

static PER_THREAD: PerThread<Bump<[u8; SIZE]>> = PerThread::new(Bump::uninit());
heap!(Threads, PER_THREAD);

/// A turn of one thread.
type Task = Box<dyn FnMut() + Send>;

/// The work of the threads in one turn of `batch`.
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
fn wait(mut until: impl FnMut() -> bool) {
    for spins in 0.. {
        match until() {
            true => return,
            false if spins % 64 == 63 => thread::yield_now(),
            false => hint::spin_loop(),
        }
    }
}

/// The tasks of threads that use a heap in batches.
fn batches<H: GlobalAlloc + Sync + 'static>(heap: &'static H, load: Load) -> Vec<Task> {
    let task = move || (0..load.batches).for_each(|_| batch(heap, load.work));
    (0..load.threads)
        .map(|_| -> Task { Box::new(task) })
        .collect()
}

/// The tasks of threads that each do the same, with blocks of their own.
fn alike<F: FnMut() + Send + 'static>(threads: usize, task: fn() -> F) -> Vec<Task> {
    let one = |_| -> Task {
        let mut task = task();
        Box::new(move || (0..OF_A_TASK).for_each(|_| task()))
    };
    (0..threads).map(one).collect()
}

/// The tasks of a producer and a consumer. They spin where the channel would have them sleep, since
/// waking a thread takes as long as hundreds of requests.
fn producer_and_consumer<H: Heap>() -> Vec<Task> {
    // With one batch in the hands of each, there are 256 blocks.
    let (sender, receiver) = sync_channel::<[Boxed<H>; HANDED]>(256 / HANDED - 2);
    let produce = move || {
        for _ in 0..TIMES_HANDED {
            let mut unsent = Some(array::from_fn(|_| boxed()));
            wait(|| {
                let Some(blocks) = unsent.take() else {
                    return true;
                };
                if let Err(TrySendError::Full(blocks)) = sender.try_send(blocks) {
                    unsent = Some(blocks);
                }
                unsent.is_none()
            });
        }
    };
    let consume = move || {
        for _ in 0..TIMES_HANDED {
            wait(|| receiver.try_recv().map(drop).is_ok());
        }
    };
    vec![Box::new(produce), Box::new(consume)]
}

/// Threads that do tasks, which are made for each sample. They start each turn together: those that
/// had slept would be late, which is not the heap's doing.
fn arm(
    group: &mut BenchGroup,
    name: &str,
    threads: usize,
    tasks: impl Fn() -> Vec<Task> + Send + 'static,
) {
    const END: usize = usize::MAX;
    group.bench(format!("{threads},{name}"), move |bencher| {
        let mut others = tasks();
        let mut own = others.remove(0);
        let (turn, done, count) = (AtomicUsize::new(0), AtomicUsize::new(0), others.len());
        let (turn, done) = (&turn, &done);
        thread::scope(|scope| {
            for mut task in others {
                scope.spawn(move || {
                    for last in 0.. {
                        wait(|| turn.load(Acquire) > last);
                        if turn.load(Relaxed) == END {
                            return;
                        }
                        task();
                        done.fetch_add(1, Release);
                    }
                });
            }
            let mut all = || {
                let turns = 1 + turn.fetch_add(1, Release);
                own();
                wait(|| done.load(Acquire) == turns * count);
            };
            // By the end of the first all have started, and have the blocks that they keep.
            all();
            bencher.iter(all);
            turn.store(END, Release);
        });
    });
}

/// A group of a task for each heap, with one thread and with two.
macro_rules! alike {
    ($suite:ident: $($name:literal $task:ident,)*) => {
        $(
            group($suite, $name, |group| {
                for threads in [1, 2] {
                    arm(group, "system", threads, move || alike(threads, $task::<peers::System>));
                    arm(group, "Recycling", threads, move || alike(threads, $task::<Lists>));
                    arm(group, "PerThread", threads, move || alike(threads, $task::<Threads>));
                    arm(group, "mimalloc", threads, move || alike(threads, $task::<peers::Mimalloc>));
                }
            });
        )*
    };
}

fn group(suite: &mut Suite, name: &str, arms: impl FnOnce(&mut BenchGroup)) {
    suite.group(name, |group| {
        ratios::rounds(group, 1000, 0);
        let config = group.config();
        (config.min_iterations, config.max_iterations) = (TURNS, TURNS);
        arms(group);
    });
}

fn groups(suite: &mut Suite) {
    let bump = Memory::<Bump<[u8; SIZE]>>::new();
    let static_alloc = Memory::<static_alloc::Bump<[u8; SIZE]>>::new();
    for (pattern, count, work) in [("back to back", 100, 0), ("with work", 10, 50)] {
        group(suite, pattern, |group| {
            for threads in [1, 2, 4] {
                let load = Load {
                    threads,
                    batches: count,
                    work,
                };
                arm(group, "system", threads, move || {
                    batches(peers::System::heap(), load)
                });
                arm(group, "Bump", threads, move || {
                    // SAFETY: as `Bump::zeroed` makes it; the threads of the sample before have ended.
                    batches(unsafe { bump.renew() }, load)
                });
                arm(group, "PerThread", threads, move || {
                    batches(Threads::heap(), load)
                });
                arm(group, "mimalloc", threads, move || {
                    batches(peers::Mimalloc::heap(), load)
                });
                arm(group, "static-alloc", threads, move || {
                    // SAFETY: as its `zeroed` makes it; the threads of the sample before have ended.
                    batches(unsafe { static_alloc.renew() }, load)
                });
            }
        });
    }
    alike! { suite:
        "pair" pair,
        "mixed" mixed,
        "queue" queue,
    }
    group(suite, "producer and consumer", |group| {
        arm(group, "system", 2, producer_and_consumer::<peers::System>);
        arm(group, "Recycling", 2, producer_and_consumer::<Lists>);
        arm(group, "PerThread", 2, producer_and_consumer::<Threads>);
        arm(
            group,
            "mimalloc",
            2,
            producer_and_consumer::<peers::Mimalloc>,
        );
    });
}

fn main() {
    println!("pattern,threads,heap,rate");
    let times = ratios::run(groups);
    let threads = |arm: &str| arm.split(',').next().and_then(|n| n.parse().ok());
    let requests = |arm, time| threads(arm).unwrap_or(f64::NAN) / time;
    for (pattern, arm, time) in &times {
        // The system's allocator, mostly with one thread, comes first.
        let first = times.iter().find(|(group, ..)| group == pattern);
        let unit = first.map_or(f64::NAN, |(_, arm, time)| requests(arm, time));
        println!("{pattern},{arm},{:.2}", requests(arm, time) / unit);
    }
}
