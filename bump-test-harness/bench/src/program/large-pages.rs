//! The programs on a `Recycling` in large pages.

use bump_bench::first_touch::Memory;
use bump_global::{Recycling, Region};

static MEMORY: Memory = Memory::new();

bump_bench::before_main!(MEMORY.use_large_pages());
// SAFETY: the only heap of this memory.
bump_bench::program!(Recycling<Region> = Recycling::new(unsafe { MEMORY.region() }));
