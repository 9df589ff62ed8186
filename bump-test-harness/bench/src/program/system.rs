//! The programs on the system's heap.

use std::alloc::System;

bump_bench::program!(System = System);
