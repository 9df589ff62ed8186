//! Records every block that a program takes from a bump heap, and draws it, address over time: in one
//! picture coloured by the size of the blocks, in another by their age.
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
use core::sync::atomic::{AtomicBool, Ordering};
use std::alloc::System;
use std::path::Path;
use std::process::ExitCode;

use bump_global::Bump;
use bump_test_harness::picture::{Colour, Picture};
use bump_test_harness::recording::{Event, Recorder};

type Heap = Bump<[u8; 16 << 20]>;

#[global_allocator]
static ALLOCATOR: Stage = Stage {
    recorder: Recorder::new(Bump::uninit(), Bump::used),
    over: AtomicBool::new(false),
};

/// The recorded heap as long as the program runs, then the system's, to draw with.
struct Stage {
    recorder: Recorder<Heap, { 1 << 17 }>,
    over: AtomicBool,
}

impl Stage {
    fn owns(&self, block: *mut u8) -> bool {
        let heap = self.recorder.heap();
        let start = heap.data_ptr().addr().get();
        (start..start + heap.capacity()).contains(&block.addr())
    }
}

// SAFETY: each block goes back to where it is from, told by its address.
unsafe impl GlobalAlloc for Stage {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.over.load(Ordering::Relaxed) {
            // SAFETY: the caller's promise, passed on to the allocator of the block.
            unsafe { System.alloc(layout) }
        } else {
            // SAFETY: the caller's promise, passed on to the allocator of the block.
            unsafe { self.recorder.alloc(layout) }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.owns(block) {
            // SAFETY: the caller's promise, passed on to the allocator of the block.
            unsafe { self.recorder.dealloc(block, layout) }
        } else {
            // SAFETY: the caller's promise, passed on to the allocator of the block.
            unsafe { System.dealloc(block, layout) }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.owns(block) {
            // SAFETY: the caller's promise, passed on to the allocator of the block.
            unsafe { self.recorder.realloc(block, layout, size) }
        } else {
            // SAFETY: the caller's promise, passed on to the allocator of the block.
            unsafe { System.realloc(block, layout, size) }
        }
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

const HELP: &str = "Draws what a program that counts words does with a bump heap.

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
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let ranking = words::ranking(&text, threads);
    ALLOCATOR.over.store(true, Ordering::Relaxed);
    println!("{} different words", ranking.len());
    draw()
}

/// Draws what was recorded, with memory of the system's.
fn draw() -> Result<(), String> {
    let recorder = &ALLOCATOR.recorder;
    let events: Vec<Event> = recorder.events().collect();
    let picture = Picture::new(&events, recorder.heap().data_ptr().addr().get());
    println!(
        "{} calls; {} bytes at the peak, {} of them in no block then; {} calls not recorded",
        events.len(),
        picture.peak(),
        picture.waste_at_peak(),
        recorder.lost()
    );
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
    for (colour, name) in [(Colour::Size, "size"), (Colour::Age, "age")] {
        let title = format!("A program that counts words, by the {name} of its blocks");
        let file = target.join(format!("memory-by-{name}.svg"));
        std::fs::create_dir_all(&target)
            .and_then(|()| std::fs::write(&file, picture.svg(&title, colour)))
            .map_err(|error| format!("{}: {error}", file.display()))?;
        println!("{}", file.display());
    }
    Ok(())
}
