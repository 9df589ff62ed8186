//! The programs on a `PerThread`.

use bump_bench::program::SIZE;
use bump_global::{Bump, PerThread};

bump_bench::program!(PerThread<Bump<[u8; SIZE]>> = PerThread::new(Bump::uninit()));
