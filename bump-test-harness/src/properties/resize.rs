//! Blocks that change size or alignment, in place and moved.

use alloc::vec;
use alloc::vec::Vec;

use crate::base::Faults;
use crate::heap::Resize;
use crate::op::{self, Op, alloc, exhaust, free, grow, shrink};
use crate::property::{Outcome, Trial};

/// Old and new alignment: the same, looser, stricter.
const ALIGNMENTS: [(usize, usize); 8] = [
    (8, 8),
    (1, 1),
    (8, 1),
    (64, 2),
    (1, 2),
    (8, 64),
    (1, 4096),
    (4096, 16),
];

/// Sizes from and to, the smaller one first. The last are above what 16 bits can count, where `usize`
/// has more.
const SIZES: [(usize, usize); 7] = [
    (16, 16),
    (1, 2),
    (15, 17),
    (24, 200),
    (90, 100),
    (1500, 2000),
    (66_000_u32 as usize, 150_000_u32 as usize),
];

/// Every combination, as the last block, between others, and after a release.
fn cases(how: Resize) -> impl Iterator<Item = Vec<Op>> {
    SIZES.into_iter().flat_map(move |(small, large)| {
        ALIGNMENTS.into_iter().flat_map(move |(before, after)| {
            let (from, to) = match how {
                Resize::Shrink => (large, small),
                _ => (small, large),
            };
            let block = alloc(from, before);
            let other = alloc(16, 1);
            let resized = |block| op::resize(how, block, to, after);
            [
                // The last block, which may stay in place; what follows must not reach into it.
                vec![alloc(1, 1), block, resized(0), other, alloc(32, 8)],
                // A block that is not the last, so that growing has to move it.
                vec![alloc(1, 1), block, other, resized(1), other, alloc(32, 8)],
                // A block that moves into memory which was used before.
                vec![
                    alloc(4000, 1),
                    free(0),
                    alloc(3, 1),
                    block,
                    resized(0),
                    other,
                    free(0),
                    other,
                ],
            ]
        })
    })
}

pub(crate) fn grow_blocks(trial: &Trial<'_>) -> Outcome {
    trial.sequences(cases(Resize::Grow))
}

pub(crate) fn shrink_blocks(trial: &Trial<'_>) -> Outcome {
    // Then back again, to the alignment that it had.
    let back = ALIGNMENTS.into_iter().map(|(before, after)| {
        vec![
            alloc(100, before),
            shrink(0, 90, after),
            grow(0, 100, before),
            alloc(16, 1),
        ]
    });
    trial.sequences(cases(Resize::Shrink).chain(back))
}

pub(crate) fn grow_zeroed(trial: &Trial<'_>) -> Outcome {
    // Cut off and grown again: the old bytes are still there.
    let stale = [(64, 8), (100, 1), (1000, 3)].map(|(large, small)| {
        vec![
            alloc(large, 1),
            shrink(0, small, 1),
            op::resize(Resize::GrowZeroed, 0, large, 1),
            alloc(8, 8),
        ]
    });
    trial.sequences(cases(Resize::GrowZeroed).chain(stale))
}

pub(crate) fn failed(trial: &Trial<'_>) -> Outcome {
    const MAX: usize = isize::MAX as usize;
    let grow_zeroed = |block, size, align| op::resize(Resize::GrowZeroed, block, size, align);
    trial.sequences([
        vec![
            alloc(100, 8),
            grow(0, MAX, 8),
            alloc(100, 8),
            grow_zeroed(0, MAX, 1),
            alloc(9, 1),
        ],
        vec![
            alloc(100, 1),
            alloc(9, 1),
            grow(1, MAX, 1),
            alloc(9, 1),
            grow(2, MAX - 200, 64),
            alloc(9, 1),
        ],
        vec![alloc(100, 8), grow(0, MAX, 8), free(0), alloc(100, 8)],
        vec![
            exhaust(40, 8),
            exhaust(1, 1),
            grow(0, 41, 8),
            grow(0, 9000, 8),
            free(0),
        ],
        vec![
            exhaust(40, 8),
            exhaust(1, 1),
            grow(5, 200, 8),
            grow_zeroed(3, 200, 1),
            free(2),
        ],
        // Shrinking may fail too: the stricter alignment can need memory that is not there.
        vec![
            alloc(1, 1),
            exhaust(40, 8),
            exhaust(1, 1),
            shrink(0, 1, 4096),
            shrink(4, 40, 4096),
        ],
        vec![
            alloc(200, 1),
            exhaust(16, 1),
            grow(1, 16, 4096),
            grow_zeroed(2, 30, 4096),
            free(0),
        ],
    ])
}

pub(crate) fn provenance(trial: &Trial<'_>) -> Outcome {
    // The model passes each pointer on as a `Box` would, good for the bytes of the old layout only,
    // and writes every byte of the new block through the pointer that it gets back.
    let steps = |block| {
        [
            grow(block, 64, 8),
            grow(block, 128, 8),
            shrink(block, 8, 8),
            grow(block, 256, 8),
            op::resize(Resize::GrowZeroed, block, 512, 16),
            shrink(block, 24, 16),
            grow(block, 32, 64),
        ]
    };
    let mut last = vec![alloc(16, 8)];
    last.extend(steps(0));
    last.push(free(0));
    let mut inner = vec![alloc(16, 8), alloc(16, 8)];
    inner.extend(steps(1));
    inner.extend([free(1), alloc(16, 8)]);
    let narrow = vec![
        alloc(64, 8),
        shrink(0, 8, 8),
        free(0),
        alloc(64, 8),
        alloc(64, 8),
    ];
    // Under Miri, too: only Miri sees the difference.
    trial.sequences_with(&Faults::default(), [last, inner, narrow])
}
