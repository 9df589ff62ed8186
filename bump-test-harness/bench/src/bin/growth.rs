//! The cost of a block as an arena gets larger: by the size of the arena, and by the chunk it is in.
//!
//! Prints comma-separated values: times of a block of 64 bytes, relative to the first in its
//! series.

use std::time::{Duration, Instant};

use bump_bench::opaque;
use bump_local::Arena;

const BLOCK: usize = 64;

/// Fills as many bytes, and tells how long that took.
fn fill(arena: &Arena<'_>, bytes: usize) -> Duration {
    let start = Instant::now();
    for _ in 0..bytes / BLOCK {
        opaque(arena.alloc([7_u64; BLOCK / 8]));
    }
    start.elapsed()
}

fn print(series: &str, points: &[(usize, f64)]) {
    for (x, time) in points {
        println!("{series},{x},{:.2}", time / points[0].1);
    }
}

fn main() {
    println!("series,x,relative time");
    // Fresh pages would cost more than the blocks in them, so the second time counts.
    let by_size = (10..=30).step_by(2).map(|bits| {
        let size = 1_usize << bits;
        let mut arena = Arena::with_capacity(size);
        let best = (0..4 + (1 << 20) / size).map(|_| {
            let time = fill(&arena, size);
            arena.reset();
            time
        });
        let best = best.skip(1).min().unwrap_or_default();
        (size, best.as_secs_f64() / (size / BLOCK) as f64)
    });
    print("size of the arena in bytes", &by_size.collect::<Vec<_>>());

    // Chunks of 1 MiB, the largest that an arena grows by; with the request of the memory.
    let arena = Arena::new();
    fill(&arena, 4 << 20);
    let by_chunk: Vec<_> = (1..=1000)
        .map(|n| (n, fill(&arena, 1 << 20).as_secs_f64()))
        .collect();
    // The median of each stretch, since a single chunk meets whatever else the machine does.
    let stretches = [1, 10, 100, 200, 400, 600, 800, 901].map(|first| {
        let mut times: Vec<_> = by_chunk[first - 1..]
            .iter()
            .take(100)
            .map(|(_, time)| *time)
            .collect();
        times.sort_by(f64::total_cmp);
        (first, times[times.len() / 2])
    });
    print("first of 100 chunks", &stretches);
}
