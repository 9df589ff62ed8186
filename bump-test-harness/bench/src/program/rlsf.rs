//! The programs on rlsf, which takes its memory from the system.

use rlsf::GlobalTlsf;

bump_bench::program!(GlobalTlsf = GlobalTlsf::new());
