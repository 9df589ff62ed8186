//! Placing, against the first and the last address that will do.

use super::tiny::place::{Placement, block_end, place_down, place_up};
use super::{Layout, alignments, layouts, next_multiple, numbers, one_in};

/// The limits of a range that starts at `first` and is a part of one object.
pub(super) fn limits(first: u8) -> impl Iterator<Item = u8> {
    (first..=first.saturating_add(i8::MAX as u8)).step_by(one_in(5, 43))
}

/// How many origins there are for each one that is tried with a case, where they are too many to be
/// tried together: no power of two, so that those which are tried have all remainders.
const ORIGINS: usize = if cfg!(miri) { 1 } else { 31 };

/// The cases that are tried with an origin.
fn some<T>(cases: &[T], origin: u8) -> impl Iterator<Item = &T> {
    cases
        .iter()
        .skip(usize::from(origin) % ORIGINS)
        .step_by(ORIGINS)
}

#[test]
fn a_block_ends_with_its_rounded_size() {
    for min_align in alignments() {
        for start in numbers() {
            for size in 0..=i8::MAX as u8 {
                let end = u16::from(start) + next_multiple(size.into(), min_align);
                // Beyond the address space it has no meaning.
                if let Ok(end) = u8::try_from(end) {
                    assert_eq!(block_end(start, size, min_align), end);
                }
            }
        }
    }
}

/// The lowest position from `cursor` on whose address is a multiple of both alignments, and the end.
fn lowest(origin: u8, cursor: u8, layout: Layout, min_align: u8) -> (u16, u16) {
    let address = u16::from(origin) + u16::from(cursor);
    let align = layout.align().max(min_align);
    let start = next_multiple(address, align) - u16::from(origin);
    (
        start,
        start + next_multiple(layout.size().into(), min_align),
    )
}

/// Whether a placement is that, or none if the end lies behind the limit.
fn is_right(found: Option<Placement>, (start, end): (u16, u16), limit: u8) -> bool {
    match found {
        None => end > limit.into(),
        Some(found) => {
            end <= limit.into() && start == found.start.into() && end == found.end.into()
        }
    }
}

// All cursors, limits, layouts and minimum alignments are tried together, with some of the origins.

#[test]
fn upwards_a_block_is_at_the_lowest_position_possible() {
    let layouts = layouts();
    for min_align in alignments() {
        // The most bytes of a region.
        let most = i8::MAX as u8 / min_align * min_align;
        for origin in numbers() {
            for &layout in some(&layouts, origin) {
                for cursor in numbers().take_while(|&cursor| cursor <= most) {
                    let lowest = lowest(origin, cursor, layout, min_align);
                    for limit in (cursor..=most).step_by(one_in(5, 43)) {
                        let found = place_up(Some(origin), cursor, limit, layout, min_align);
                        assert!(is_right(found, lowest, limit));
                    }
                }
            }
        }
    }
}

#[test]
fn upwards_a_block_is_at_the_lowest_address_possible() {
    for min_align in alignments() {
        for layout in layouts() {
            for cursor in numbers() {
                let lowest = lowest(0, cursor, layout, min_align);
                for limit in limits(cursor).filter(|limit| limit % min_align == 0) {
                    let found = place_up(None, cursor, limit, layout, min_align);
                    assert!(is_right(found, lowest, limit));
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
