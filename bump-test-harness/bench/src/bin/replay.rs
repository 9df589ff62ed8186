//! Replays the traces that `record` made on each heap. The first argument tells what for:
//!
//! - `memory`: the smallest region in which a trace completes, and how much of an ample region is
//!   taken, both as multiples of the most bytes in use at a time;
//! - `outside`: the bytes that a heap has outside of its region;
//! - `times`: processor times in regions that get tighter, relative to those of the first heap in an ample
//!   region;
//! - `instructions`: what is to be counted, by callgrind, with the limit first;
//! - `curves`: how much of an ample region was handed out over time, and the bytes in use.
//!
//! Prints comma-separated values, with nothing in a field for what a heap does not reach.

use std::alloc::GlobalAlloc;
use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use bump_bench::counted;
use bump_bench::limit::Limit;
use bump_bench::regions::{ALL, MOST, Memory, REGION_UNIT, Subject};
use bump_test_harness::trace::{Trace, smallest_region};
use cpu_time::ThreadTime;

/// In the order of the tables.
const TRACES: [&str; 8] = [
    "json", "regex", "words", "syn", "server", "mqtt", "churn", "strings",
];

/// A heap that takes longer for a trace is not waited for.
const PATIENCE: Duration = Duration::from_secs(3);

fn read(name: &str) -> Result<Trace, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/traces/{name}.trace"));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.parse()?)
}

/// A trace on a heap, in regions of any size.
struct Trial<'m, 'a> {
    memory: &'m mut Memory,
    trace: &'a Trace,
    heap: &'a Subject,
    /// Whether it took too long once. Then it is not tried again.
    gave_up: bool,
}

impl<'m, 'a> Trial<'m, 'a> {
    fn new(memory: &'m mut Memory, trace: &'a Trace, heap: &'a Subject) -> Self {
        Self {
            memory,
            trace,
            heap,
            gave_up: false,
        }
    }

    /// How much of the region was taken, and the time.
    fn replay(&mut self, region: usize) -> Option<(usize, Duration)> {
        if self.gave_up {
            return None;
        }
        let start = ThreadTime::now();
        let taken = self
            .memory
            .replay(self.trace, self.heap, region, |number, _| {
                self.gave_up = number.is_multiple_of(1024) && start.elapsed() > PATIENCE;
                !self.gave_up
            });
        Some((taken?, start.elapsed()))
    }

    /// The smallest region in which the trace completes.
    fn smallest(&mut self) -> Option<usize> {
        smallest_region(self.trace.peak(), MOST, |region| {
            self.replay(region).is_some()
        })
    }
}

/// A field that may be empty.
fn field(number: Option<f64>) -> String {
    number.map_or(String::new(), |number| format!("{number:.2}"))
}

fn memory(memory: &mut Memory) -> Result<(), Box<dyn Error>> {
    println!("trace,heap,smallest region,taken of an ample region");
    for name in TRACES {
        let trace = &read(name)?;
        for heap in &ALL {
            let mut trial = Trial::new(memory, trace, heap);
            let times = |bytes| bytes as f64 / trace.peak() as f64;
            let ample = trial.replay(MOST).map(|(taken, _)| times(taken));
            let smallest = trial.smallest().map(times);
            println!("{name},{},{},{}", heap.name, field(smallest), field(ample));
            io::stdout().flush()?;
        }
    }
    Ok(())
}

fn outside() {
    println!("heap,bytes");
    for heap in &ALL {
        println!("{},{}", heap.name, heap.outside);
    }
}

/// Regions as multiples of the most bytes in use.
const TIGHT: [f64; 6] = [1.1, 1.2, 1.3, 1.7, 2.0, 3.0];

/// Of so many rounds, in which the heaps take turns, the fastest counts.
const ROUNDS: usize = 5;

/// A time that is not taken again.
const LONG: Duration = Duration::from_millis(200);

/// The best time of a heap in one of the regions.
struct Row<'a> {
    heap: &'a Subject,
    region: String,
    bytes: usize,
    best: Option<Duration>,
}

/// The regions of a heap, none if it takes too long.
fn rows<'a>(mut trial: Trial<'_, 'a>) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut add = |region: &str, bytes: usize| {
        rows.push(Row {
            heap: trial.heap,
            region: region.to_owned(),
            bytes: bytes.min(MOST) / REGION_UNIT * REGION_UNIT,
            best: None,
        });
    };
    for factor in TIGHT {
        let bytes = (trial.trace.peak() as f64 * factor) as usize;
        add(&factor.to_string(), bytes);
    }
    if let Some(smallest) = trial.smallest() {
        add("1.3 × its smallest", smallest / 10 * 13);
    }
    add("ample", MOST);
    if trial.gave_up {
        rows.clear();
    }
    rows
}

fn times(memory: &mut Memory) -> Result<(), Box<dyn Error>> {
    println!("trace,heap,region,time");
    for name in TRACES {
        let trace = &read(name)?;
        let mut all = Vec::new();
        for heap in &ALL {
            all.extend(rows(Trial::new(memory, trace, heap)));
        }
        for round in 0..ROUNDS {
            for row in &mut all {
                // A heap that does not complete at first never does; one that takes long is hardly disturbed.
                if round > 0 && row.best.is_none_or(|best| best > LONG) {
                    continue;
                }
                let mut trial = Trial::new(memory, trace, row.heap);
                let time = trial.replay(row.bytes).map(|(_, time)| time);
                row.best = row.best.into_iter().chain(time).min();
            }
        }
        let unit = all
            .iter()
            .find(|row| row.heap.name == ALL[0].name && row.region == "ample");
        let unit = unit
            .and_then(|row| row.best)
            .ok_or("no unit")?
            .as_secs_f64();
        for row in all {
            let time = row.best.map(|best| best.as_secs_f64() / unit);
            println!("{name},{},{},{}", row.heap.name, row.region, field(time));
        }
        io::stdout().flush()?;
    }
    Ok(())
}

/// As [`PATIENCE`], under callgrind.
const PATIENCE_WHEN_COUNTED: Duration = Duration::from_secs(30);

/// Has a replay counted, and prints a line for it with how many requests were made.
fn count(name: &str, trace: &Trace, title: &str, heap: &(dyn GlobalAlloc + Send + Sync)) {
    let mut made = 0;
    counted(&mut || {
        let start = ThreadTime::now();
        for step in trace.replay(heap) {
            let late = made % 1024 == 0 && start.elapsed() > PATIENCE_WHEN_COUNTED;
            if step.is_err() || late {
                return;
            }
            made += 1;
        }
    });
    println!("{name},{title},{made}");
}

fn instructions(memory: &mut Memory) -> Result<(), Box<dyn Error>> {
    println!("trace,heap,requests");
    for name in TRACES {
        let trace = &read(name)?;
        // SAFETY: the memory is as long, and nothing else is in it until the next heap. The
        // requests of the trace are made once.
        let limit = unsafe { Limit::new(trace, memory.place(), MOST) };
        count(name, trace, "limit", &limit.ok_or("no room for the limit")?);
        for subject in &ALL {
            // Three times what is in use, for those that cannot be as large as the others.
            let small = 3 * trace.peak() / REGION_UNIT * REGION_UNIT;
            let region = match memory.heap(subject, MOST) {
                Some(_) => MOST,
                None => small,
            };
            if let Some(heap) = memory.heap(subject, region) {
                count(name, trace, subject.name, &*heap);
            }
        }
    }
    Ok(())
}

/// The heaps whose curves are drawn.
const DRAWN: [&str; 4] = ["Bump", "Recycling", "talc", "linked list"];

/// Those of a service and of firmware.
const DRAWN_TRACES: [&str; 2] = ["server", "mqtt"];

/// Points of a curve.
const POINTS: usize = 200;

fn curves(memory: &mut Memory) -> Result<(), Box<dyn Error>> {
    println!("trace,heap,requests,bytes");
    for name in DRAWN_TRACES {
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
    let mut memory_of_heaps = Memory::touched();
    let memory_of_heaps = &mut memory_of_heaps;
    let result = match env::args().nth(1).as_deref() {
        Some("memory") => memory(memory_of_heaps),
        Some("outside") => {
            outside();
            Ok(())
        }
        Some("times") => times(memory_of_heaps),
        Some("instructions") => instructions(memory_of_heaps),
        Some("curves") => curves(memory_of_heaps),
        _ => Err("usage: replay memory | outside | times | instructions | curves".into()),
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
