//! Wall-clock, interleaved: in each round all arms of a group take a turn in a new order, and of
//! all rounds the fastest of each counts, since whatever else the machine does only makes it
//! slower.

use std::time::Duration;

use zenbench::{BenchGroup, GateConfig, Suite};

/// As many rounds, however long they take, of samples of at most as many nanoseconds.
pub(crate) fn rounds(group: &mut BenchGroup, rounds: usize, nanoseconds: u64) {
    let config = group.config();
    config.max_rounds(rounds).auto_rounds(false);
    config.sample_target_ns(nanoseconds).min_sample_ns(0);
    config.max_time(Duration::MAX).max_wall_time(Duration::MAX);
}

/// Runs the groups: of each arm its group, its name and its time in nanoseconds.
pub(crate) fn run(groups: impl FnOnce(&mut Suite)) -> Vec<(String, String, f64)> {
    // It need not wait for a machine that does nothing else.
    let result = zenbench::run_gated(GateConfig::disabled(), groups);
    let mut times = Vec::new();
    for group in result.comparisons {
        for arm in group.benchmarks {
            times.push((group.group_name.clone(), arm.name, arm.summary.min));
        }
    }
    times
}
