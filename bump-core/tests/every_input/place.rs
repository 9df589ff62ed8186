//! Placing, against the first and the last address that will do.

use super::tiny::place::{Placement, end_behind, place_down, place_up};
use super::{Layout, alignments, layouts, next_multiple, numbers, one_in};

/// The limits of a range that starts at `first` and is a part of one object.
pub(super) fn limits(first: u8) -> impl Iterator<Item = u8> {
    (first..=first.saturating_add(i8::MAX as u8)).step_by(one_in(5, 43))
}

/// How many origins there are for each one that is tried with a case, where they are too many to be
/// tried together: no power of two, so that those which are tried have all remainders.
const ORIGINS: usize = if cfg!(miri) { 1 } else { 31 };

/// The cases that are tried with an origin.
pub(super) fn some<T>(cases: &[T], origin: u8) -> impl Iterator<Item = &T> {
    cases
        .iter()
        .skip(usize::from(origin) % ORIGINS)
        .step_by(ORIGINS)
}

/// The lowest position from `position` on whose address is a multiple.
pub(super) fn rounded(origin: u8, position: u16, align: u8) -> u16 {
    let origin = u16::from(origin);
    next_multiple(origin + position, align) - origin
}

#[test]
fn an_end_is_the_lowest_multiple_or_the_limit() {
    for min_align in alignments() {
        for origin in numbers() {
            for block_end in numbers() {
                let rounded = rounded(origin, block_end.into(), min_align);
                for limit in limits(block_end) {
                    let end = end_behind(origin, block_end.wrapping_sub(1), limit, min_align);
                    assert_eq!(u16::from(end), rounded.min(limit.into()));
                }
            }
        }
    }
}

// All cursors, limits, layouts and minimum alignments are tried together, with some of the origins.

#[test]
fn upwards_a_block_is_at_the_lowest_position_possible() {
    let layouts = layouts();
    for min_align in alignments() {
        for origin in numbers() {
            for &layout in some(&layouts, origin) {
                for cursor in numbers() {
                    let start = rounded(origin, cursor.into(), layout.align());
                    let block_end = start + u16::from(layout.size());
                    let rounded = rounded(origin, block_end, min_align);
                    for limit in limits(cursor) {
                        match place_up(origin, cursor, limit, layout, min_align) {
                            None => assert!(block_end > limit.into()),
                            Some(Placement { start: found, end }) => assert!(
                                block_end <= limit.into()
                                    && start == found.into()
                                    && rounded.min(limit.into()) == end.into()
                            ),
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn cursors(min_align: u8) -> impl Iterator<Item = u8> + Clone {
    numbers().filter(move |cursor| cursor % min_align == 0)
}

/// Where a block lands downwards if there is no limit: at the last address that is aligned.
pub(super) fn highest(cursor: u8, layout: Layout, min_align: u8) -> Option<Placement> {
    let last = cursor.checked_sub(layout.size())?;
    let start = (0..=last)
        .rfind(|start| start % layout.align() == 0 && start % min_align == 0)
        .expect("0 is a multiple of everything");
    // It ends at or below the cursor, which is a multiple of the minimum alignment.
    let end = next_multiple(u16::from(start) + u16::from(layout.size()), min_align);
    assert!(end <= cursor.into());
    Some(Placement {
        start,
        end: end.try_into().expect("at most the cursor"),
    })
}

#[test]
fn downwards_a_block_is_at_the_highest_address_possible() {
    for min_align in alignments() {
        for layout in layouts() {
            for cursor in cursors(min_align) {
                let highest = highest(cursor, layout, min_align);
                for limit in numbers() {
                    let expected = highest.filter(|found| found.start >= limit);
                    assert_eq!(place_down(cursor, limit, layout, min_align), expected);
                }
            }
        }
    }
}
