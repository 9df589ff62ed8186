//! The workspace's allocators as the only software on a machine: what is checked, in which order.
//! How the machine starts, prints and ends is in `machine`.
#![no_std]
#![no_main]
#![cfg_attr(target_arch = "avr", feature(asm_experimental_arch))]

extern crate alloc;

mod block;
#[cfg(not(target_arch = "avr"))]
mod conformance;
mod heap;
#[cfg(not(any(target_arch = "wasm32", target_arch = "avr")))]
mod interrupt;
mod local;
mod machine;
#[cfg(not(any(target_arch = "wasm32", target_arch = "avr")))]
mod own_heap;
mod pool;
#[cfg(any(feature = "racy", feature = "racy-lists"))]
mod racy;
mod region;
#[cfg(not(any(target_arch = "wasm32", target_arch = "avr")))]
mod section;

use bump_global::Tracked;

#[global_allocator]
static HEAP: Tracked<heap::Whole> = Tracked::new(heap::Whole::new());

/// Runs every check; a failed one panics. An image with a planted fault has no check behind the one that
/// must find it, and, where that is the last one, none before it: it is built and run for that one alone.
fn selftest() {
    let damaged = cfg!(feature = "fail");
    let racy = cfg!(any(feature = "racy", feature = "racy-lists"));
    if !racy {
        run(&[
            ("collections on the heap", heap::collections),
            ("resizing in place and reuse", heap::reuse),
            ("exhaustion", heap::exhaustion),
        ]);
    }
    if !racy && !damaged {
        run(&[
            ("a region between linker symbols", region::check),
            #[cfg(not(any(target_arch = "wasm32", target_arch = "avr")))]
            ("memory in sections", section::check),
            ("arenas out of the heap", local::check),
            ("pinned tasks", pool::check),
            // On AVR the sentences of the contracts would be in RAM, of which there is little.
            #[cfg(not(target_arch = "avr"))]
            ("the conformance suite", conformance::check),
        ]);
    }
    #[cfg(not(any(target_arch = "wasm32", target_arch = "avr")))]
    if !damaged {
        run(&[("an interrupt at every instruction", interrupt::check)]);
    }

    let statistics = HEAP.statistics();
    assert!(statistics.peak <= machine::HEAP);
    assert!(statistics.failed > 0 && statistics.largest_failed == isize::MAX.unsigned_abs());
    machine::figure("bytes in use", statistics.in_use);
    machine::figure("bytes in use, peak", statistics.peak);
    machine::figure("allocations", statistics.allocations);
    machine::figure("failed requests", statistics.failed);
    machine::figure(
        "bytes of the largest failed request",
        statistics.largest_failed,
    );
}

fn run(checks: &[(&str, fn())]) {
    for (name, check) in checks {
        machine::write(name);
        machine::write("\n");
        check();
    }
}
