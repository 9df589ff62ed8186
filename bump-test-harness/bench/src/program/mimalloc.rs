//! The programs on mimalloc.

use mimalloc::MiMalloc;

bump_bench::program!(MiMalloc = MiMalloc);
