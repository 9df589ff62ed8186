//! Instructions of `Box::new` through `#[global_allocator]`, of the heap that a feature names.

#[path = "shared/global.rs"]
mod global;
#[path = "shared/limits.rs"]
mod limits;

use std::hint::black_box;

use gungraun::prelude::*;
use limits::instructions;

/// A number, after the first requests of a size, which may have to get memory from the system.
fn warm() -> u32 {
    let boxes = black_box([7, 7, 7].map(|n: u32| black_box(Box::new(n))));
    *boxes[0]
}

macro_rules! count {
    ($heap:ident, $limit:expr) => {
        #[library_benchmark]
        #[bench::$heap(args = (warm()), config = instructions($limit))]
        fn box_new(value: u32) -> Box<u32> {
            Box::new(value)
        }
    };
}
#[cfg(feature = "heap-bump")]
count!(bump, 21);
#[cfg(feature = "heap-recycling")]
count!(recycling, 25);
#[cfg(feature = "heap-per-thread")]
count!(per_thread, 23);
#[cfg(feature = "heap-mimalloc")]
count!(mimalloc, None);
#[cfg(feature = "heap-static-alloc")]
count!(static_alloc, None);
#[cfg(not(any(
    feature = "heap-bump",
    feature = "heap-per-thread",
    feature = "heap-recycling",
    feature = "heap-mimalloc",
    feature = "heap-static-alloc"
)))]
count!(system, None);

library_benchmark_group!(name = global_allocator, benchmarks = box_new);
main!(library_benchmark_groups = global_allocator);
