//! The events that gungraun counts, and how many are too many.

use std::env;

use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig};

/// Instructions and nothing else, with a limit where there is one.
///
/// Counts repeat exactly with the compiler that they were made with. With another one,
/// `OTHER_COMPILER` in the environment allows a tenth more, or 3.
pub(crate) fn instructions(at_most: impl Into<Option<u64>>) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::with_args(["--cache-sim=no"]);
    if let Some(count) = at_most.into() {
        let tolerance = match env::var_os("OTHER_COMPILER") {
            Some(_) => (count / 10).max(3),
            None => 0,
        };
        callgrind.hard_limits([(EventKind::Ir, count + tolerance)]);
    }
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}
