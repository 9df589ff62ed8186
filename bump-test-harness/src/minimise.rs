//! Makes a failing sequence short: takes steps out and halves figures as long as it still fails.
//!
//! It serves sequences that no property-testing library made and could shrink. It takes out halves,
//! quarters and so on, as the *ddmin* of Zeller and Hildebrandt does, "Simplifying and Isolating
//! Failure-Inducing Input" (2002).

use alloc::vec::Vec;

use crate::op::{self, Op};

/// The shortest sequence found that still `fails`, beginning at one that does.
///
/// ```
/// use bump_test_harness::{minimise::minimise, op::{Op, alloc, free, exhaust, grow}};
///
/// let long = vec![alloc(64, 8), free(0), alloc(40, 4), exhaust(8, 8), grow(0, 100, 8)];
/// let has_grow = |ops: &[Op]| ops.iter().any(|op| matches!(op, Op::Resize { .. }));
/// assert_eq!(minimise(long, has_grow), [grow(0, 1, 1)]);
/// ```
pub fn minimise(mut ops: Vec<Op>, mut fails: impl FnMut(&[Op]) -> bool) -> Vec<Op> {
    loop {
        let before = ops.clone();
        remove_steps(&mut ops, &mut fails);
        lower_figures(&mut ops, &mut fails);
        if ops == before {
            return ops;
        }
    }
}

fn remove_steps(ops: &mut Vec<Op>, fails: &mut impl FnMut(&[Op]) -> bool) {
    let mut chunk = ops.len() / 2;
    while chunk > 0 {
        let mut start = 0;
        while start < ops.len() {
            let mut shorter = ops.clone();
            shorter.drain(start..(start + chunk).min(ops.len()));
            if fails(&shorter) {
                *ops = shorter;
            } else {
                start += chunk;
            }
        }
        chunk /= 2;
    }
}

fn lower_figures(ops: &mut [Op], fails: &mut impl FnMut(&[Op]) -> bool) {
    for i in 0..ops.len() {
        let mut lowering = 0;
        while let Some(lower) = lowered(ops[i], lowering) {
            let former = core::mem::replace(&mut ops[i], lower);
            if lower != former && fails(ops) {
                lowering = 0;
            } else {
                ops[i] = former;
                lowering += 1;
            }
        }
    }
}

/// The `n`-th way to make an operation simpler.
fn lowered(op: Op, n: usize) -> Option<Op> {
    let with = |former: core::alloc::Layout, make: &dyn Fn(core::alloc::Layout) -> Op| {
        let (size, align) = (former.size(), former.align());
        Some(make(match n {
            // Never halve to 0: a request for no bytes is of another kind.
            0 => op::layout(size.min(1), align),
            1 => op::layout(size.div_ceil(2), align),
            2 => op::layout((size - size % 8).max(size.min(1)), align),
            3 => op::layout(size.saturating_sub(1).max(size.min(1)), align),
            4 => op::layout(size, 1),
            5 => op::layout(size, (align / 2).max(1)),
            _ => return None,
        }))
    };
    match op {
        Op::Allocate { layout, zeroed } => with(layout, &|layout| Op::Allocate { layout, zeroed }),
        Op::Resize { block, layout, how } => {
            with(layout, &|layout| Op::Resize { block, layout, how })
        }
        Op::Exhaust { layout } => with(layout, &|layout| Op::Exhaust { layout }),
        _ => None,
    }
}
