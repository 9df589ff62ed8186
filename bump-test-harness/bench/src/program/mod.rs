//! Whole programs, by crates that others have published, with the heap swapped: beside this file is a
//! program for each heap.
//!
//! ```text
//! program-HEAP NAME times     of a process that does it once, and of later runs
//! program-HEAP NAME first     the times of a process that does it once, alone
//! program-HEAP NAME memory    page faults and memory of a process that does it once
//! program-HEAP NAME count     a later run is counted, by callgrind
//! ```
//!
//! The scripts `programs` and `measure` run them.

use std::env;
use std::error::Error;
use std::fs;
use std::thread;
use std::time::Instant;

use cpu_time::{ProcessTime, ThreadTime};

use crate::counted;
use crate::programs::{Program, WHOLE};

/// The heap of a program that is made by [`program!`](crate::program!).
pub struct Heap {
    pub start: *mut u8,
    pub bytes: usize,
}

impl Heap {
    /// Touches all pages of a heap that is a part of the program, so that it need not happen later.
    /// The general heaps have touched what they hand out again.
    fn touch(&self) {
        for offset in (0..self.bytes).step_by(4096) {
            // SAFETY: inside of the static, which changes through shared references; there are no
            // other threads, and the byte stays as it is.
            unsafe {
                let byte = self.start.add(offset);
                byte.write_volatile(byte.read_volatile());
            }
        }
    }
}

/// Bytes of a heap that is a part of the program.
pub const SIZE: usize = 1 << 27;

/// Makes the program of a heap.
#[macro_export]
macro_rules! program {
    ($type:ty = $heap:expr) => {
        #[global_allocator]
        static HEAP: $type = $heap;

        fn main() -> Result<(), Box<dyn std::error::Error>> {
            let heap = $crate::program::Heap {
                start: (&raw const HEAP).cast_mut().cast(),
                bytes: size_of::<$type>(),
            };
            $crate::program::run_on(&heap, $crate::program::count)
        }
    };
}

/// The minor page faults of the process so far.
fn faults() -> Result<u64, Box<dyn Error>> {
    // The fields before have no spaces, since the name of the program has none.
    let fields = fs::read_to_string("/proc/self/stat")?;
    let minor = fields.split(' ').nth(9).ok_or("no such field")?;
    Ok(minor.parse()?)
}

/// The most memory that the process had at a time, in KiB.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no such line")?.parse()?)
}

/// The nanoseconds of a run in each of some threads at once.
fn run(program: &Program, threads: usize) -> u128 {
    let runs: Vec<_> = (0..threads)
        .map(|_| {
            let prepare = program.prepare;
            move || {
                let run = prepare();
                let start = Instant::now();
                run();
                start.elapsed().as_nanos()
            }
        })
        .collect();
    thread::scope(|scope| {
        let running: Vec<_> = runs.into_iter().map(|run| scope.spawn(run)).collect();
        let times = running.into_iter().map(|run| run.join().unwrap());
        times.max().unwrap_or(0)
    })
}

/// Prints nanoseconds: the processor time of the process from its start to the end of a first run;
/// the fastest of later runs, on memory that has been touched, of one thread and of two.
fn times(program: &Program, heap: &Heap) {
    (program.prepare)()();
    println!("process,{}", ProcessTime::now().as_duration().as_nanos());
    heap.touch();
    for (name, threads) in [("later", 1), ("later in 2 threads", 2)] {
        let best = (0..10).map(|_| run(program, threads)).min().unwrap_or(0);
        println!("{name},{best}");
    }
}

/// Prints the nanoseconds of processor time from the start of the process to the end of a first run:
/// of all threads, and of the one that runs the program.
fn first(program: &Program) {
    (program.prepare)()();
    println!("process,{}", ProcessTime::now().as_duration().as_nanos());
    println!(
        "its main thread,{}",
        ThreadTime::now().as_duration().as_nanos()
    );
}

/// Prints the page faults and the KiB of memory of the process from its start to the end of a run.
fn memory(program: &Program) -> Result<(), Box<dyn Error>> {
    (program.prepare)()();
    println!("page faults,{}", faults()?);
    println!("peak KiB,{}", peak()?);
    Ok(())
}

/// Counts a run, after as many as the limit needs to know what is asked for.
pub fn count(program: &Program) {
    (0..3).for_each(|_| (program.prepare)()());
    let mut run = Some((program.prepare)());
    counted(&mut || {
        if let Some(run) = run.take() {
            run();
        }
    });
}

/// Does what the arguments of the process say, on a heap that has a way to count.
///
/// # Errors
///
/// If they say nothing, or the system does not tell what the process has used.
pub fn run_on(heap: &Heap, count: fn(&Program)) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let usage = "usage: program-HEAP NAME times | first | memory | count";
    let [name, what] = arguments.as_slice() else {
        return Err(usage.into());
    };
    let program = WHOLE.iter().find(|program| program.name == name);
    let program = program.ok_or("none of the programs")?;
    match what.as_str() {
        "times" => times(program, heap),
        "first" => first(program),
        "memory" => memory(program)?,
        "count" => {
            count(program);
            println!("program\n{name}");
            // Nothing is freed any more, by destructors of the thread neither.
            // SAFETY: the process ends, and all that it printed has left it with its line.
            unsafe { libc::_exit(0) };
        }
        _ => return Err(usage.into()),
    }
    Ok(())
}
