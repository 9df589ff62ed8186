//! The program of `shared/expressions` on each arena, and in boxes.

use std::hint::black_box;

use gungraun::prelude::*;

#[cfg(feature = "peers")]
use crate::expressions::peers;
use crate::expressions::{on_bump_local, text};
use crate::limits::instructions;

/// The text, after the program has run once.
fn warm(run: fn(&str) -> i64) -> (fn(&str) -> i64, String) {
    let text = text();
    black_box(run(&text));
    (run, text)
}

#[cfg(not(feature = "peers"))]
#[library_benchmark]
#[bench::bump_local(args = (warm(on_bump_local)), config = instructions(2131392))]
fn expressions((run, text): (fn(&str) -> i64, String)) -> (i64, String) {
    (run(&text), text)
}

#[cfg(feature = "peers")]
#[library_benchmark]
#[bench::bump_local(args = (warm(on_bump_local)), config = instructions(2138632))]
#[bench::bumpalo(args = (warm(peers::on_bumpalo)))]
#[bench::bump_scope(args = (warm(peers::on_bump_scope)))]
#[bench::blink_alloc(args = (warm(peers::on_blink_alloc)))]
#[bench::typed_arena(args = (warm(peers::on_typed_arena)))]
#[bench::boxes(args = (warm(peers::on_boxes)))]
fn expressions((run, text): (fn(&str) -> i64, String)) -> (i64, String) {
    (run(&text), text)
}

library_benchmark_group!(name = tree, benchmarks = expressions);
