//! The lifetime of blocks: exhausted memory, releases in any order, resets and moves.

use alloc::vec;
use alloc::vec::Vec;

use crate::base::Faults;
use crate::model::{Limits, Model};
use crate::op::{Op, alloc, exhaust, free, grow, layout, shrink, zeroed};
use crate::property::{Outcome, Trial, failed};
use crate::violation::Rule;

pub(crate) fn exhaustion(trial: &Trial<'_>) -> Outcome {
    let cases = [(1, 1), (24, 1), (16, 16), (64, 8), (8, 64), (1000, 1)];
    let outcome = trial.sequences(cases.into_iter().flat_map(|(size, align)| {
        [
            vec![
                exhaust(size, align),
                exhaust(1, 1),
                alloc(1, 1),
                zeroed(size, align),
                free(0),
                alloc(size, align),
                grow(0, 2 * size, align),
                free(3),
                zeroed(size, align),
                exhaust(size, align),
            ],
            vec![
                alloc(7, 1),
                exhaust(size, align),
                shrink(0, 1, 1),
                exhaust(1, 1),
                free(0),
                free(0),
            ],
        ]
    }));
    match outcome {
        Outcome::Passed(coverage) if coverage.refused == 0 => {
            Outcome::Inapplicable("the memory did not run out within the limits")
        }
        other => other,
    }
}

pub(crate) fn release_order(trial: &Trial<'_>) -> Outcome {
    // The odd sizes side by side: what is written to a freed one is soon in its neighbour.
    let sizes = [(24, 8), (1, 1), (7, 1), (64, 16)];
    let few = permutations(sizes.len()).into_iter().flat_map(|order| {
        let mut straight: Vec<Op> = sizes.map(|(size, align)| alloc(size, align)).into();
        let mut refilling = straight.clone();
        // Which of the four live, the newest first, as the operations name them.
        let mut live: Vec<usize> = (0..sizes.len()).rev().collect();
        for &block in &order {
            let place = live.iter().position(|&other| other == block).unwrap_or(0);
            live.remove(place);
            straight.push(free(place));
            // This block takes the place of the freed one, and stays.
            refilling.extend([free(place), zeroed(16, 4), free(0)]);
        }
        straight.extend([zeroed(64, 8), alloc(32, 1)]);
        refilling.extend([zeroed(64, 8), alloc(32, 1)]);
        [straight, refilling]
    });
    // More freed blocks than a list of a fixed length has places for, and all of them taken again:
    // the newest first, the oldest first, and in no order.
    let count = if cfg!(any(miri, not(feature = "std"))) {
        12
    } else {
        100
    };
    let orders: [fn(usize, usize) -> usize; 3] = [|_, _| 0, |left, _| left - 1, |_, i| 7 * i];
    let many = orders.map(|block| {
        let fill = || core::iter::repeat_n(alloc(16, 8), count);
        let release = (0..count).map(|i| free(block(count - i, i)));
        fill().chain(release).chain(fill()).collect()
    });
    trial.sequences(few.chain(many))
}

/// All orders of `0..n`.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    (0..n).fold(vec![Vec::new()], |shorter, next| {
        shorter
            .iter()
            .flat_map(|order| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, next);
                    longer
                })
            })
            .collect()
    })
}

pub(crate) fn reset(trial: &Trial<'_>) -> Outcome {
    let sequences = [
        vec![Op::Reset, alloc(16, 8)],
        vec![alloc(16, 8), Op::Reset, zeroed(16, 8), alloc(16, 8)],
        vec![
            alloc(100, 1),
            alloc(64, 64),
            Op::Reset,
            Op::Reset,
            alloc(100, 1),
            zeroed(64, 64),
        ],
        vec![
            exhaust(64, 8),
            Op::Reset,
            zeroed(64, 8),
            exhaust(64, 8),
            Op::Reset,
            exhaust(24, 1),
        ],
        vec![
            alloc(5000, 1),
            alloc(5000, 1),
            Op::Reset,
            alloc(10, 1),
            alloc(5000, 1),
            Op::Reset,
        ],
        vec![
            alloc(64, 1),
            shrink(0, 8, 1),
            Op::Reset,
            zeroed(200, 1),
            grow(0, 300, 1),
        ],
        // Memory that was free before the reset must not be handed out twice after it.
        vec![
            alloc(64, 8),
            alloc(64, 8),
            alloc(64, 8),
            shrink(1, 24, 8),
            free(2),
            Op::Reset,
            alloc(64, 8),
            alloc(64, 8),
            alloc(24, 8),
            alloc(24, 8),
        ],
    ];
    match trial.sequences(sequences) {
        Outcome::Passed(coverage) if coverage.upheavals == 0 => {
            Outcome::Inapplicable("it has no reset")
        }
        Outcome::Passed(coverage) => match trial.subject.capacity() {
            Some(capacity) if capacity > 0 && !capacity_returns(trial, capacity) => failed(
                Rule::Granted,
                "after a reset the promised capacity is not there any more",
            ),
            _ => Outcome::Passed(coverage),
        },
        other => other,
    }
}

/// Whether a request for all of the capacity is granted again after each reset.
fn capacity_returns(trial: &Trial<'_>, capacity: usize) -> bool {
    let mut returns = true;
    let _ = trial.subject.fresh(&Faults::default(), &mut |heap| {
        let mut model = Model::new(heap, Limits::default(), 0);
        for _ in 0..5 {
            let whole = model.allocate(layout(capacity, 1), false);
            returns &= matches!(whole, Ok(true)) && model.step(Op::Reset).is_ok();
        }
    });
    returns
}

pub(crate) fn moves(trial: &Trial<'_>) -> Outcome {
    let go = Op::Relocate;
    let outcome = trial.sequences([
        vec![go, alloc(16, 8), go, alloc(16, 8), go, free(1), free(0)],
        vec![
            alloc(24, 8),
            alloc(1, 1),
            go,
            grow(1, 100, 8),
            go,
            shrink(1, 8, 8),
            alloc(9, 1),
        ],
        vec![
            alloc(24, 8),
            go,
            grow(0, 100, 8),
            go,
            zeroed(64, 64),
            go,
            free(0),
            go,
            zeroed(70, 1),
        ],
        vec![
            exhaust(64, 8),
            go,
            free(0),
            go,
            alloc(64, 8),
            go,
            exhaust(64, 8),
        ],
    ]);
    // Apart: a reset counts as an upheaval, too.
    let with_reset = vec![
        alloc(10, 1),
        go,
        Op::Reset,
        go,
        alloc(10, 1),
        zeroed(64, 8),
        go,
    ];
    match outcome {
        Outcome::Passed(coverage) if coverage.upheavals == 0 => {
            Outcome::Inapplicable("it does not promise to live on when moved")
        }
        Outcome::Passed(mut coverage) => match trial.sequences([with_reset]) {
            Outcome::Passed(more) => {
                coverage += more;
                Outcome::Passed(coverage)
            }
            other => other,
        },
        other => other,
    }
}
