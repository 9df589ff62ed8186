//! The programs on a `Recycling` whose first pages another thread touches meanwhile.

use bump_bench::first_touch::Memory;
use bump_global::{Recycling, Region};

static MEMORY: Memory = Memory::new();

bump_bench::before_main!(MEMORY.touch_aside());
// SAFETY: the only heap of this memory.
bump_bench::program!(Recycling<Region> = Recycling::new(unsafe { MEMORY.region() }));
