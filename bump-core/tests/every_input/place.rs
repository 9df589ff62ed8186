//! Placing, against the first and the last address that will do.

use super::tiny::place::{
    Placement, place_after, place_down, place_in_aligned, place_in_object, place_offset, place_up,
};
use super::{Layout, alignments, layouts, next_multiple, numbers};

/// Where a block lands if there is no limit: at the first address that is aligned.
pub(super) fn lowest(cursor: u8, layout: Layout, min_align: u8) -> Option<Placement> {
    let start = next_multiple(cursor.into(), layout.align());
    let end = next_multiple(start + u16::from(layout.size()), min_align);
    Some(Placement {
        start: start.try_into().ok()?,
        end: end.try_into().ok()?,
    })
}

/// What of that is below a limit.
pub(super) fn below(placement: Option<Placement>, limit: u8) -> Option<Placement> {
    placement.filter(|placement| placement.end <= limit)
}

pub(super) fn cursors(min_align: u8) -> impl Iterator<Item = u8> + Clone {
    numbers().filter(move |cursor| cursor % min_align == 0)
}

#[test]
fn upwards_a_block_is_at_the_lowest_address_possible() {
    for min_align in alignments() {
        for layout in layouts() {
            for cursor in cursors(min_align) {
                let lowest = lowest(cursor, layout, min_align);
                for limit in numbers() {
                    let expected = below(lowest, limit);
                    assert_eq!(place_up(cursor, limit, layout, min_align), expected);
                    if cursor <= limit && limit - cursor <= i8::MAX as u8 {
                        let in_object = place_in_object(cursor, limit, layout, min_align);
                        assert_eq!(in_object, expected);
                        if min_align == 1 {
                            let last = cursor.wrapping_sub(1);
                            assert_eq!(place_after(last, limit, layout), expected);
                        }
                    }
                }
            }
        }
    }
}

/// Where a block lands from a position on if there is no limit, 16 bits wide.
pub(super) fn lowest_position(origin: u8, cursor: u8, layout: Layout, min_align: u8) -> (u16, u16) {
    let address = u16::from(origin) + u16::from(cursor);
    let start = next_multiple(address, layout.align()) - u16::from(origin);
    let end = next_multiple(start + u16::from(layout.size()), min_align);
    (start, end)
}

#[test]
fn a_block_is_at_the_lowest_position_possible() {
    for min_align in alignments() {
        for layout in layouts() {
            for origin in cursors(min_align) {
                for cursor in cursors(min_align).filter(|&cursor| cursor <= i8::MAX as u8) {
                    let (start, end) = lowest_position(origin, cursor, layout, min_align);
                    for limit in cursor..=i8::MAX as u8 {
                        let found = place_offset(origin, cursor, limit, layout, min_align);
                        match found {
                            None => assert!(end > limit.into()),
                            Some(found) => assert!(
                                end <= limit.into()
                                    && start == found.start.into()
                                    && end == found.end.into()
                            ),
                        }
                        if origin % layout.align() == 0 {
                            let aligned = place_in_aligned(cursor, limit, layout, min_align);
                            assert_eq!(aligned, found);
                        }
                    }
                }
            }
        }
    }
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
