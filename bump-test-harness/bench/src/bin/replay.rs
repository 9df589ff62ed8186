//! Replays the traces that `record` made on each heap. The first argument tells what for:
//!
//! - `memory`: the smallest region in which a trace completes, and how much of an ample region is
//!   taken, both as multiples of the most bytes in use at a time, and the bytes that a heap has
//!   outside of its region;
//! - `times`: times in regions that get tighter, relative to those of the first heap in an ample
//!   region;
//! - `curves`: how much of an ample region was handed out over time, and the bytes in use.
//!
//! Prints comma-separated values, with nothing in a field for what a heap does not reach.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use bump_bench::regions::{ALL, MOST, Memory, REGION_UNIT, Subject};
use bump_test_harness::trace::{Trace, smallest_region};

/// In the order of the tables.
const TRACES: [&str; 8] = [
    "json", "regex", "words", "syn", "server", "mqtt", "churn", "strings",
];

/// A heap that takes longer for a trace is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

fn read(name: &str) -> Result<Trace, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/traces/{name}.trace"));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.parse()?)
}

/// Replays a trace, and tells how much of the region was taken, and the time.
fn replay(
    memory: &mut Memory,
    trace: &Trace,
    heap: &Subject,
    region: usize,
) -> Option<(usize, Duration)> {
    let start = Instant::now();
    let patient = |number: usize, _| !number.is_multiple_of(1024) || start.elapsed() < PATIENCE;
    let taken = memory.replay(trace, heap, region, patient)?;
    Some((taken, start.elapsed()))
}

fn smallest(memory: &mut Memory, trace: &Trace, heap: &Subject) -> Option<usize> {
    smallest_region(trace.peak(), MOST, |size| {
        replay(memory, trace, heap, size).is_some()
    })
}

/// A field that may be empty.
fn field(number: Option<f64>) -> String {
    number.map_or(String::new(), |number| format!("{number:.2}"))
}

fn memory(memory: &mut Memory) -> Result<(), Box<dyn Error>> {
    println!("trace,heap,smallest region,taken of an ample region,bytes outside");
    for name in TRACES {
        let trace = read(name)?;
        for heap in &ALL {
            let times = |bytes| bytes as f64 / trace.peak() as f64;
            let ample = replay(memory, &trace, heap, MOST);
            println!(
                "{name},{},{},{},{}",
                heap.name,
                field(smallest(memory, &trace, heap).map(times)),
                field(ample.map(|(taken, _)| times(taken))),
                heap.outside
            );
            io::stdout().flush()?;
        }
    }
    Ok(())
}

/// Regions as multiples of the most bytes in use.
const TIGHT: [f64; 6] = [1.1, 1.2, 1.3, 1.7, 2.0, 3.0];

/// Of so many rounds, in which the heaps take turns, the fastest counts.
const ROUNDS: usize = 7;

fn times(memory: &mut Memory) -> Result<(), Box<dyn Error>> {
    println!("trace,heap,region,time");
    for name in TRACES {
        let trace = read(name)?;
        let multiple = |factor: f64, bytes: usize| {
            let region = (bytes as f64 * factor) as usize / REGION_UNIT * REGION_UNIT;
            region.min(MOST)
        };
        // For each heap its regions by name, and the best time in each.
        let mut best = Vec::new();
        for (n, heap) in ALL.iter().enumerate() {
            let least = smallest(memory, &trace, heap);
            let regions = TIGHT
                .map(|factor| (factor.to_string(), multiple(factor, trace.peak())))
                .into_iter()
                .chain(least.map(|least| ("1.3 × its smallest".into(), multiple(1.3, least))))
                .chain([("ample".into(), MOST)]);
            best.extend(regions.map(|(region, size)| (n, region, size, None)));
        }
        for round in 0..ROUNDS {
            for (n, _, size, time) in &mut best {
                // What does not complete at first never does.
                if round > 0 && time.is_none() {
                    continue;
                }
                let again = replay(memory, &trace, &ALL[*n], *size).map(|(_, time)| time);
                *time = match (*time, again) {
                    (Some(time), Some(again)) => Some(again.min(time)),
                    (time, again) => time.or(again),
                };
            }
        }
        let unit = best
            .iter()
            .find(|(n, region, ..)| *n == 0 && region == "ample");
        let unit = unit.and_then(|row| row.3).ok_or("no unit")?.as_secs_f64();
        for (n, region, _, time) in best {
            let time = time.map(|time| time.as_secs_f64() / unit);
            println!("{name},{},{region},{}", ALL[n].name, field(time));
        }
    }
    Ok(())
}

/// The heaps whose curves are drawn.
const DRAWN: [&str; 3] = ["Bump", "talc", "linked list"];

/// Points of a curve.
const POINTS: usize = 200;

fn curves(memory: &mut Memory) -> Result<(), Box<dyn Error>> {
    println!("trace,heap,requests,bytes");
    for name in TRACES {
        let trace = read(name)?;
        let every = trace.requests().len().div_ceil(POINTS);
        let line = |heap: &str, number: usize, bytes: usize| {
            if (number + 1).is_multiple_of(every) || number + 1 == trace.requests().len() {
                println!("{name},{heap},{},{bytes}", number + 1);
            }
        };
        for (n, heap) in ALL
            .iter()
            .filter(|heap| DRAWN.contains(&heap.name))
            .enumerate()
        {
            memory.replay(&trace, heap, MOST, |number, step| {
                if n == 0 {
                    line("bytes in use", number, step.in_use);
                }
                line(heap.name, number, step.end);
                true
            });
        }
    }
    Ok(())
}

fn run() -> Result<(), String> {
    let mut memory_of_heaps = Memory::new();
    let memory_of_heaps = &mut memory_of_heaps;
    let result = match env::args().nth(1).as_deref() {
        Some("memory") => memory(memory_of_heaps),
        Some("times") => times(memory_of_heaps),
        Some("curves") => curves(memory_of_heaps),
        _ => Err("usage: replay memory | times | curves".into()),
    };
    result.map_err(|error| error.to_string())
}

fn main() -> Result<(), String> {
    // One of the heaps is moved to its place whole, by way of the stack.
    let worker = thread::Builder::new().stack_size(1 << 28).spawn(run);
    let worker = worker.map_err(|error| error.to_string())?;
    worker
        .join()
        .unwrap_or_else(|_| Err("a heap is broken".into()))
}
