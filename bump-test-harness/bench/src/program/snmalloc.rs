//! The programs on snmalloc.

use snmalloc_rs::SnMalloc;

bump_bench::program!(SnMalloc = SnMalloc);
