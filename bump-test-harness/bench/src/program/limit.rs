//! The programs on the heap that knows all requests before they are made.

use std::error::Error;

use bump_bench::known::Known;
use bump_bench::program::{Heap, run_on};

#[global_allocator]
static HEAP: Known = Known::new();

fn main() -> Result<(), Box<dyn Error>> {
    // It is for counting alone, so there is nothing to touch.
    let heap = Heap {
        start: std::ptr::null_mut(),
        bytes: 0,
    };
    run_on(&heap, |program| HEAP.count(program))
}
