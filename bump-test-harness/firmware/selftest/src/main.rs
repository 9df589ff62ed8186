//! The workspace's allocators as the only software on a machine: what is checked, in which order.
//! How the machine starts, prints and ends is in `machine`.
#![no_std]
#![no_main]
#![cfg_attr(target_arch = "avr", feature(asm_experimental_arch))]

extern crate alloc;

mod block;
mod heap;
#[cfg(not(any(target_arch = "wasm32", target_arch = "avr")))]
mod interrupt;
mod machine;
mod pool;
#[cfg(feature = "racy")]
mod racy;
mod region;

use bump_global::{Bump, Tracked};

#[global_allocator]
static HEAP: Tracked<Bump<[u64; 256]>> = Tracked::new(Bump::uninit());

/// Runs every check; a failed one panics.
fn selftest() {
    let checks: &[(&str, fn())] = &[
        ("collections on the heap", heap::collections),
        ("resizing in place and reuse", heap::reuse),
        ("exhaustion", heap::exhaustion),
        ("a region between linker symbols", region::check),
        ("pinned tasks", pool::check),
        #[cfg(not(any(target_arch = "wasm32", target_arch = "avr")))]
        ("an interrupt at every instruction", interrupt::check),
    ];
    for (name, check) in checks {
        machine::write(name);
        machine::write("\n");
        check();
    }

    let statistics = HEAP.statistics();
    assert!(statistics.peak <= HEAP.allocator().capacity());
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
