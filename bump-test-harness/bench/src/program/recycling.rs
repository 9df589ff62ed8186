//! The programs on a `Recycling`.

use bump_bench::program::SIZE;
use bump_global::{Bump, Recycling};

bump_bench::program!(Recycling<Bump<[u8; SIZE]>> = Recycling::new(Bump::uninit()));
