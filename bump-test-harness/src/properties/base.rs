//! Arenas over a base allocator: whether they obey it, and what they do when it fails.

use alloc::vec;
use alloc::vec::Vec;

use crate::base::Faults;
use crate::model::Coverage;
use crate::op::{Op, alloc, free, grow, shrink, zeroed};
use crate::property::{Outcome, Trial, sample};

/// Programs that make an arena go back to its base several times.
fn programs() -> Vec<Vec<Op>> {
    vec![
        vec![
            alloc(16, 8),
            alloc(100, 1),
            alloc(1000, 8),
            alloc(10_000, 1),
            alloc(16, 64),
        ],
        vec![
            alloc(3000, 1),
            alloc(3000, 4096),
            zeroed(300, 256),
            free(0),
            alloc(5000, 8),
        ],
        vec![
            alloc(10, 1),
            grow(0, 600, 8),
            grow(0, 6000, 16),
            shrink(0, 5, 1),
            alloc(7000, 1),
        ],
        vec![
            alloc(900, 1),
            alloc(900, 1),
            Op::Reset,
            alloc(4000, 8),
            Op::Reset,
            zeroed(90, 1),
        ],
        vec![
            alloc(1, 1),
            Op::Relocate,
            alloc(2000, 1),
            alloc(9, 1),
            Op::Relocate,
            free(1),
        ],
        vec![
            alloc(1 << 20.min(usize::BITS - 2), 1),
            alloc(3, 1),
            alloc(isize::MAX as usize, 1),
            alloc(3, 1),
        ],
    ]
}

fn under(trial: &Trial<'_>, all: impl IntoIterator<Item = Faults>) -> Outcome {
    if !trial.subject.has_base() {
        return Outcome::Inapplicable("it is not made over a base allocator");
    }
    let mut total = Coverage::default();
    for faults in sample(all) {
        match trial.sequences_with(&faults, sample(programs())) {
            Outcome::Passed(coverage) => total += coverage,
            other => return other,
        }
    }
    Outcome::Passed(total)
}

pub(crate) fn lawful_use(trial: &Trial<'_>) -> Outcome {
    under(
        trial,
        [0, 1, 7, 64, 1000].into_iter().flat_map(|excess| {
            [false, true].map(|over_aligned| Faults {
                excess,
                over_aligned,
                ..Faults::default()
            })
        }),
    )
}

pub(crate) fn failures(trial: &Trial<'_>) -> Outcome {
    // One request fails, or all do from some point on.
    let plans = (0..8).flat_map(|n| [n..n + 1, n..u64::MAX]);
    under(
        trial,
        plans.map(|fail| Faults {
            fail,
            ..Faults::default()
        }),
    )
}
