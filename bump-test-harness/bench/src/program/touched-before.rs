//! The programs on a `Recycling` whose first pages are touched before the program starts.

use bump_bench::first_touch::Memory;
use bump_global::{Recycling, Region};

static MEMORY: Memory = Memory::new();

bump_bench::before_main!(MEMORY.touch());
// SAFETY: the only heap of this memory.
bump_bench::program!(Recycling<Region> = Recycling::new(unsafe { MEMORY.region() }));
