//! Draws what the example `heap` does with its memory, address over time: what a bump heap does
//! with a program, and how large it has to be.
//!
//! ```text
//! cargo run --release -p bump-test-harness --example memory_picture [-- ARGUMENTS OF heap]
//! ```
//!
//! writes two pictures, one coloured by the size of the blocks and one by their age. For a program
//! of your own, wrap its heap in the same way.

#[path = "../../bump-global/examples/heap/program.rs"]
mod program;

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicBool, Ordering};
use std::alloc::System;
use std::path::Path;
use std::process::ExitCode;

use bump_test_harness::picture::{Colour, Picture};
use bump_test_harness::recording::{Event, Recorder};

#[global_allocator]
static ALLOCATOR: Stage = Stage {
    recorder: Recorder::new(program::Measured, |_| program::HEAP.used()),
    over: AtomicBool::new(false),
};

/// The recorded heap as long as the program runs, then the system's, to draw with.
struct Stage {
    recorder: Recorder<program::Measured, { 1 << 17 }>,
    over: AtomicBool,
}

// SAFETY: each block goes back to where it is from, told by its address.
unsafe impl GlobalAlloc for Stage {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.over.load(Ordering::Relaxed) {
            // SAFETY: passed on.
            unsafe { System.alloc(layout) }
        } else {
            // SAFETY: passed on.
            unsafe { self.recorder.alloc(layout) }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let start = program::HEAP.data_ptr().addr().get();
        if (start..start + program::HEAP.capacity()).contains(&block.addr()) {
            // SAFETY: passed on.
            unsafe { self.recorder.dealloc(block, layout) }
        } else {
            // SAFETY: passed on.
            unsafe { System.dealloc(block, layout) }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = program::HEAP.data_ptr().addr().get();
        if (start..start + program::HEAP.capacity()).contains(&block.addr()) {
            // SAFETY: passed on.
            unsafe { self.recorder.realloc(block, layout, size) }
        } else {
            // SAFETY: passed on.
            unsafe { System.realloc(block, layout, size) }
        }
    }
}

fn main() -> ExitCode {
    let status = program::main();
    ALLOCATOR.over.store(true, Ordering::Relaxed);
    if std::env::args().any(|argument| argument == "-h" || argument == "--help") {
        println!("\nmemory_picture takes the same, and draws pictures of the heap into target/.");
        return status;
    }

    let events: Vec<Event> = ALLOCATOR.recorder.events().collect();
    let picture = Picture::new(&events, program::HEAP.data_ptr().addr().get());
    println!(
        "\n{} calls; {} bytes at the peak, {} of them in no block then; {} calls not recorded",
        events.len(),
        picture.peak(),
        picture.waste_at_peak(),
        ALLOCATOR.recorder.lost()
    );
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
    for (colour, name) in [(Colour::Size, "size"), (Colour::Age, "age")] {
        let title = format!("The heap of the example `heap`, by {name}");
        let file = target.join(format!("memory-by-{name}.svg"));
        let written = std::fs::create_dir_all(&target)
            .and_then(|()| std::fs::write(&file, picture.svg(&title, colour)));
        if let Err(error) = written {
            eprintln!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
        println!("{}", file.display());
    }
    status
}
