//! The places and sizes of blocks: alignment, disjointness, the smallest and the largest requests.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::base::Faults;
use crate::op::{self, Op, alloc, exhaust, free, grow, shrink, zeroed};
use crate::property::{Failure, Outcome, Trial, sample};
use crate::violation::{Rule, Violation};

/// Alignments from 1 byte to 64 KiB, which is more than a page; only some of them under Miri.
fn alignments() -> impl Iterator<Item = usize> + Clone {
    (0..usize::BITS.min(17))
        .step_by(if cfg!(miri) { 4 } else { 1 })
        .map(|power| 1_usize << power)
        .filter(|&align| align < isize::MAX as usize)
}

pub(crate) fn alignment(trial: &Trial<'_>) -> Outcome {
    trial.sequences(alignments().flat_map(|align| {
        [1, 3, align, align.saturating_add(1)].map(|size| {
            // The single byte before each request spoils the alignment of what follows.
            vec![
                alloc(1, 1),
                alloc(size, align),
                alloc(1, 1),
                zeroed(size, align),
                alloc(3, 1),
                alloc(size, align),
            ]
        })
    }))
}

pub(crate) fn disjoint(trial: &Trial<'_>) -> Outcome {
    let count = if cfg!(miri) { 12 } else { 40 };
    let mixed: Vec<Op> = (0..count)
        .map(|i| alloc(1 + (i * 37) % 100, 1 << (i % 6)))
        .collect();
    let small = vec![alloc(1, 1); 32];
    let odd: Vec<Op> = (0..24).map(|i| alloc(2 * i + 1, 1 << (i % 3))).collect();
    let with_releases = (0..count)
        .flat_map(|i| [alloc(8 + i, 8), alloc(5, 1), free(i % 3)])
        .collect();
    // Use the memory to its last byte: bytes behind it must not be handed out.
    let full = [1, 3, 8, 24, 64].map(|size| vec![alloc(1, 1), exhaust(size, 1), exhaust(1, 1)]);
    trial.sequences([mixed, small, odd, with_releases].into_iter().chain(full))
}

pub(crate) fn size_zero(trial: &Trial<'_>) -> Outcome {
    trial.sequences(alignments().flat_map(|align| {
        [
            vec![
                alloc(0, align),
                zeroed(0, align),
                alloc(8, 8),
                alloc(0, align),
                alloc(8, 1),
                free(1),
                free(2),
                free(2),
            ],
            vec![
                alloc(0, align),
                grow(0, 24, align),
                shrink(0, 0, align),
                free(0),
            ],
            vec![
                alloc(1, 1),
                alloc(0, 1),
                op::resize(crate::Resize::GrowZeroed, 0, 16, align),
                shrink(0, 0, 1),
                grow(0, 0, align),
                shrink(0, 0, 1),
                alloc(8, 8),
            ],
            // The memory is used up, and the next request is for 0 bytes.
            vec![
                exhaust(64, 1),
                exhaust(1, 1),
                alloc(0, align),
                zeroed(0, 1),
                free(1),
                free(0),
            ],
        ]
    }))
}

pub(crate) fn largest(trial: &Trial<'_>) -> Outcome {
    const MAX: usize = isize::MAX as usize;
    // Miri ends at requests for memory that is aligned more strictly than the compiler aligns.
    const STRICTEST: usize = 1 << if cfg!(miri) { 29 } else { usize::BITS - 2 };
    let sizes = [MAX, MAX - 1, MAX - 15, MAX - 4096, MAX / 2 + 1];
    let aligns = [1, 2, 16, 4096, STRICTEST / 2, STRICTEST];
    let singles = sizes.into_iter().flat_map(move |size| {
        aligns.into_iter().map(move |align| {
            vec![
                alloc(16, 1),
                alloc(size, align),
                zeroed(size, align),
                grow(0, size, align),
                op::resize(crate::Resize::GrowZeroed, 0, size, align),
                alloc(16, 1),
                alloc(1, align),
                alloc(16, 16),
            ]
        })
    });
    // A counter that moves although the request fails comes around to where it was, and then
    // memory is handed out twice.
    let wrapping = (1..20).map(|rest| {
        let mut ops = vec![alloc(64, 1)];
        ops.extend([alloc(MAX, 1); 2]);
        ops.extend((0..rest).map(|_| alloc(MAX - 7, 1)));
        ops.extend([alloc(rest, 1), alloc(64, 1), alloc(64, 1)]);
        ops
    });
    trial.sequences(singles.chain(wrapping))
}

pub(crate) fn capacity(trial: &Trial<'_>) -> Outcome {
    let Some(capacity) = trial.subject.capacity() else {
        return Outcome::Inapplicable("no capacity is promised");
    };
    let requests = alignments()
        .take_while(move |&align| align <= capacity)
        .flat_map(move |align| {
            let most = capacity - (align - 1);
            [1, most / 2, most]
                .into_iter()
                .filter(move |&size| size > 0 && size <= most)
                .flat_map(move |size| [alloc(size, align), zeroed(size, align)])
        });
    let mut total = crate::Coverage::default();
    for op in sample(requests) {
        let ops = vec![op];
        match trial.run(&Faults::default(), &ops) {
            Err(violation) => {
                return Outcome::Failed(trial.shortest(&Faults::default(), ops, &violation));
            }
            Ok(coverage) if coverage.granted == 0 => {
                return Outcome::Failed(Failure {
                    violation: Violation::new(
                        Rule::Granted,
                        format!("the promised capacity is {capacity} bytes"),
                    ),
                    sequence: ops,
                });
            }
            Ok(coverage) => total += coverage,
        }
    }
    Outcome::Passed(total)
}

pub(crate) fn fitting(trial: &Trial<'_>) -> Outcome {
    let widen = Op::Widen { block: 0 };
    let cases = [1, 10, 24, 100].into_iter().flat_map(|size| {
        [1, 8, 64].into_iter().flat_map(move |align| {
            [
                vec![
                    alloc(size, align),
                    widen,
                    alloc(8, 8),
                    free(1),
                    alloc(size, align),
                ],
                vec![alloc(size, align), widen, free(0), zeroed(size, align)],
                vec![
                    alloc(size, align),
                    widen,
                    grow(0, 4 * size, align),
                    widen,
                    alloc(3, 1),
                ],
                vec![
                    alloc(4 * size, align),
                    widen,
                    shrink(0, size, align),
                    widen,
                    alloc(3, 1),
                ],
                vec![
                    alloc(size, align),
                    op::resize(crate::Resize::GrowZeroed, 0, 3 * size, align),
                    widen,
                    alloc(size, 1),
                    shrink(1, size, align),
                ],
            ]
        })
    });
    trial.sequences(cases)
}
