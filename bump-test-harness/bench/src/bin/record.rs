//! Runs the programs and writes down what they ask of their heap, as traces in `target/traces`.
//!
//! Prints comma-separated values: of each trace its requests and what is in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::thread;

use bump_bench::programs;
use bump_test_harness::recording::{Event, Recorder};
use bump_test_harness::trace::{Request, Trace};

/// The system's heap, recorded: enough for all programs.
static RECORDER: Recorder<System, 3_000_000> = Recorder::new(System, |_| 0);

#[global_allocator]
static HEAP: Ordered = Ordered {
    locked: AtomicBool::new(false),
};

/// A lock around the recorder, so that the calls of threads are written down in their order.
struct Ordered {
    locked: AtomicBool,
}

impl Ordered {
    fn call<T>(&self, call: impl FnOnce() -> T) -> T {
        while self.locked.swap(true, Acquire) {
            thread::yield_now();
        }
        let result = call();
        self.locked.store(false, Release);
        result
    }
}

// SAFETY: forwards to an allocator.
unsafe impl GlobalAlloc for Ordered {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        self.call(|| unsafe { RECORDER.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        self.call(|| unsafe { RECORDER.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        self.call(|| unsafe { RECORDER.dealloc(block, layout) });
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: passed on.
        self.call(|| unsafe { RECORDER.realloc(block, layout, size) })
    }
}

/// How many bytes a request takes from the heap, as if nothing were given back.
fn asked(request: &Request) -> usize {
    match request {
        Request::Allocate { layout, .. } => layout.size(),
        Request::Resize { size, .. } => *size,
        Request::Release { .. } => 0,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/traces");
    fs::create_dir_all(&folder)?;
    println!("trace,requests,peak in bytes,blocks at the peak,bytes asked for");
    for program in &programs::TRACED {
        let run = (program.prepare)();
        let before = RECORDER.events().count();
        run();
        let after = RECORDER.events().count();
        if RECORDER.lost() > 0 {
            return Err("the recorder is full".into());
        }
        let events: Vec<Event> = RECORDER.events().take(after).skip(before).collect();
        let trace = Trace::new(&events);
        fs::write(
            folder.join(program.name).with_extension("trace"),
            trace.to_string(),
        )?;
        println!(
            "{},{},{},{},{}",
            program.name,
            trace.requests().len(),
            trace.peak(),
            trace.blocks_at_peak(),
            trace.requests().iter().map(asked).sum::<usize>(),
        );
    }
    Ok(())
}
