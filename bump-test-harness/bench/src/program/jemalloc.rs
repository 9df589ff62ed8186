//! The programs on jemalloc.

use tikv_jemallocator::Jemalloc;

bump_bench::program!(Jemalloc = Jemalloc);
