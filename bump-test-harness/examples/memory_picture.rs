//! Records every block that a program takes from a bump heap, and from one that uses freed memory
//! again, and draws both side by side, address over time: in one picture coloured by the size of the
//! blocks, in another by their age.
//!
//! ```text
//! cargo run --release -p bump-test-harness --example memory_picture [-- --help]
//! ```
//!
//! The program is the one of the example `heap` of `bump-global`, which counts words with threads. To
//! draw a program of your own, wrap its heap in the same way.

#[path = "../../bump-global/examples/heap/words.rs"]
mod words;

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::alloc::System;
use std::path::Path;
use std::process::ExitCode;

use bump_global::{Bump, Recycling};
use bump_test_harness::picture::{Colour, Picture, side_by_side};
use bump_test_harness::recording::{Event, Recorder};

type Heap = Bump<[u8; 16 << 20]>;

static BUMP: Recorder<Heap, { 1 << 17 }> = Recorder::new(Bump::uninit(), Bump::used);
static RECYCLING: Recorder<Recycling<Heap>, { 1 << 17 }> =
    Recorder::new(Recycling::new(Bump::uninit()), |heap| heap.region().used());

/// Where requests go: 0 for the system's heap, 1 and 2 for those that are recorded.
static STAGE: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Stage = Stage;

struct Stage;

impl Stage {
    fn current() -> &'static dyn GlobalAlloc {
        match STAGE.load(Ordering::Relaxed) {
            0 => &System,
            1 => &BUMP,
            _ => &RECYCLING,
        }
    }

    /// The heap that a block is from, told by its address.
    fn of(block: *mut u8) -> &'static dyn GlobalAlloc {
        let is_of = |heap: &Heap| {
            let start = heap.data_ptr().addr().get();
            (start..start + heap.capacity()).contains(&block.addr())
        };
        if is_of(BUMP.heap()) {
            &BUMP
        } else if is_of(RECYCLING.heap().region()) {
            &RECYCLING
        } else {
            &System
        }
    }
}

// SAFETY: each block goes back to where it is from.
unsafe impl GlobalAlloc for Stage {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { Self::current().alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on to the allocator of the block.
        unsafe { Self::of(block).dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise, passed on to the allocator of the block.
        unsafe { Self::of(block).realloc(block, layout, size) }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("memory_picture: {message}");
            ExitCode::FAILURE
        }
    }
}

const HELP: &str =
    "Draws what a program that counts words does with a bump heap, and with one that recycles.

usage: memory_picture [--threads N] [FILE]

  --threads N  how many threads count the words; otherwise 4
  FILE         a text in UTF-8; otherwise the licence

writes target/memory-by-size.svg and target/memory-by-age.svg";

fn run() -> Result<(), String> {
    let mut threads = 4;
    let mut file = concat!(env!("CARGO_MANIFEST_DIR"), "/LICENSE").to_owned();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "-h" | "--help" => {
                println!("{HELP}");
                return Ok(());
            }
            "--threads" => {
                let count = arguments.next().and_then(|count| count.parse().ok());
                threads = count.filter(|&count| count > 0).ok_or(HELP)?;
            }
            _ if argument.starts_with('-') => return Err(HELP.to_owned()),
            _ => file = argument,
        }
    }
    for (stage, name) in [(1, "Bump"), (2, "Recycling")] {
        STAGE.store(stage, Ordering::Relaxed);
        let words = std::fs::read_to_string(&file).map(|text| words::ranking(&text, threads).len());
        STAGE.store(0, Ordering::Relaxed);
        let words = words.map_err(|error| format!("{file}: {error}"))?;
        println!("{words} different words on {name}");
    }
    draw()
}

/// The picture of a recording, on memory of the system's.
fn picture<A: GlobalAlloc, const EVENTS: usize>(
    name: &str,
    recorder: &Recorder<A, EVENTS>,
    region: &Heap,
) -> Picture {
    let events: Vec<Event> = recorder.events().collect();
    let picture = Picture::new(&events, region.data_ptr().addr().get());
    println!(
        "{name}: {} calls; {} bytes at the peak, {} of them in no block then; {} calls not recorded",
        events.len(),
        picture.peak(),
        picture.waste_at_peak(),
        recorder.lost()
    );
    picture
}

/// Draws what was recorded.
fn draw() -> Result<(), String> {
    let bump = picture("Bump", &BUMP, BUMP.heap());
    let recycling = picture("Recycling", &RECYCLING, RECYCLING.heap().region()).that_reuses(true);
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
    for (colour, name) in [(Colour::Size, "size"), (Colour::Age, "age")] {
        let [one, other] = ["Bump", "Recycling<Bump>"].map(|heap| {
            format!("A program that counts words on {heap}, by the {name} of its blocks")
        });
        let pictures = side_by_side(&[(&one, &bump), (&other, &recycling)], colour);
        let file = target.join(format!("memory-by-{name}.svg"));
        std::fs::create_dir_all(&target)
            .and_then(|()| std::fs::write(&file, pictures))
            .map_err(|error| format!("{}: {error}", file.display()))?;
        println!("{}", file.display());
    }
    Ok(())
}
