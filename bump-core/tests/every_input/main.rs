//! The arithmetic, for every input of an 8-bit address space, against specifications that are
//! obviously right: they try one address after the other, in integers too wide to overflow.
//!
//! `tiny` has the crate's own sources, instantiated with an 8-bit `usize` and its `Layout`.
//! Both directions are checked: what is returned is right, and where nothing is returned there is
//! nothing to return. Where the compiler does not optimise, which it does in the workspace, and under
//! Miri, only some inputs are tried. Not under emulation: 8 bits are 8 bits on every machine.
#![cfg(not(emulated))]

mod align;
mod class;
mod growth;
mod place;
mod plan;
mod resize;
mod tiny;

use tiny::Layout;

/// 1, 2, 4 … 128; under Miri 1, 8, 64.
fn alignments() -> impl Iterator<Item = u8> {
    (0..8).step_by(one_in(1, 3)).map(|bit| 1 << bit)
}

/// One in how many of a kind of input is tried.
const fn one_in(unoptimised: usize, miri: usize) -> usize {
    if cfg!(miri) {
        miri
    } else if cfg!(unoptimised) {
        unoptimised
    } else {
        1
    }
}

/// Every valid layout, if all inputs are tried.
fn layouts() -> Vec<Layout> {
    alignments()
        .flat_map(|align| (0..=u8::MAX).map(move |size| (size, align)))
        .filter_map(|(size, align)| Layout::from_size_align(size, align).ok())
        .step_by(one_in(7, 97))
        .collect()
}

/// Every number, if all inputs are tried.
fn numbers() -> impl Iterator<Item = u8> + Clone {
    (0..=u8::MAX).step_by(one_in(5, 85))
}

/// The first multiple of `align` from `from` on.
fn next_multiple(from: u16, align: u8) -> u16 {
    (from..)
        .find(|address| address % u16::from(align) == 0)
        .expect("there is one among `align` consecutive numbers")
}
