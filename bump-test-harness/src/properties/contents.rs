//! The contents of blocks: zeros where they are promised, and copies of just the right bytes.

use alloc::vec;
use alloc::vec::Vec;

use crate::op::{Op, alloc, exhaust, free, grow, shrink, zeroed};
use crate::property::{Outcome, Trial};

fn zeroed_cases(size: usize, align: usize) -> [Vec<Op>; 8] {
    let z = zeroed(size, align);
    [
        vec![z, z, alloc(1, 1), z],
        // Memory that serves again after its owner wrote to it: released, ..
        vec![alloc(size, align), free(0), z],
        vec![alloc(2 * size, align), free(0), alloc(1, 1), z, z],
        vec![
            alloc(size, align),
            alloc(size, align),
            free(1),
            z,
            free(1),
            z,
            free(0),
            z,
        ],
        // .. cut off, ..
        vec![alloc(4 * size, align), shrink(0, size, align), z, z],
        vec![
            alloc(size, align),
            grow(0, 4 * size, align),
            free(0),
            z,
            z,
            z,
        ],
        // .. after exhaustion, or all at once.
        vec![exhaust(size, align), free(0), free(0), free(0), z, z, z],
        vec![
            alloc(size, align),
            alloc(3 * size, align),
            Op::Reset,
            z,
            z,
            z,
        ],
    ]
}

pub(crate) fn zeroed_blocks(trial: &Trial<'_>) -> Outcome {
    let shapes = [(1, 1), (8, 8), (24, 4), (64, 64), (333, 1), (5000, 1)];
    trial.sequences(
        shapes
            .into_iter()
            .flat_map(|(size, align)| zeroed_cases(size, align)),
    )
}

pub(crate) fn exact_copy(trial: &Trial<'_>) -> Outcome {
    // The memory has been written to, so that its bytes can be judged. A copy of the new size
    // drags the neighbour's bytes along.
    let too_long_a_read = [free(0), Op::Reset].into_iter().flat_map(|forget| {
        [8, 64, 100].map(|size| {
            vec![
                alloc(8 * size, 1),
                forget,
                alloc(size, 1),
                alloc(2 * size, 1),
                grow(1, 2 * size, 1),
            ]
        })
    });
    // At the very end there is room for a block of 192 bytes and nothing more. One of 206, a byte
    // behind an aligned place, shrinks to that with an alignment that it finds only there: a copy
    // of the old size runs over the end.
    let at_the_end = (26..29).map(|freed| {
        let mut ops = vec![exhaust(16, 1)];
        ops.extend((0..freed).map(|_| free(0)));
        ops.extend([
            alloc(16, 16),
            alloc(1, 1),
            alloc(206, 1),
            shrink(0, 192, 16),
        ]);
        ops
    });
    // A hole of 16 bytes between two blocks, for one that shrinks from 255: the same over the next.
    let in_a_hole = (0..6).map(|hole| {
        let mut ops = vec![alloc(1, 1), alloc(255, 1)];
        ops.extend([alloc(16, 16); 6]);
        ops.extend([free(hole), shrink(if hole < 6 { 5 } else { 6 }, 16, 16)]);
        ops
    });
    trial.sequences(too_long_a_read.chain(at_the_end).chain(in_a_hole))
}
