//! Resizing and releasing, against placing anew.

use super::place::{below, cursors, highest, lowest, lowest_position};
use super::tiny::resize::{
    Resize, block_end, is_last_down, is_last_up, release_down, release_up, resize_after,
    resize_down, resize_in_object, resize_offset, resize_up,
};
use super::{Layout, alignments, layouts, next_multiple, numbers};

/// The blocks that there can be: where they start, and where they end with their rounding.
fn blocks(min_align: u8) -> impl Iterator<Item = (u8, u8, u8)> {
    cursors(min_align).flat_map(move |start| {
        (0..=i8::MAX as u8).filter_map(move |size| {
            let end = next_multiple(u16::from(start) + u16::from(size), min_align);
            Some((start, size, u8::try_from(end).ok()?))
        })
    })
}

#[test]
fn the_last_block_borders_the_cursor() {
    for min_align in alignments() {
        for (start, size, end) in blocks(min_align) {
            assert_eq!(block_end(start, size, min_align), end);
            for cursor in numbers() {
                assert_eq!(is_last_up(cursor, start, size, min_align), cursor == end);
                assert_eq!(is_last_down(cursor, start), cursor == start);
                assert_eq!(
                    release_up(cursor, start, size, min_align),
                    (cursor == end).then_some(start)
                );
                assert_eq!(
                    release_down(cursor, start, size, min_align),
                    (cursor == start).then_some(end)
                );
            }
        }
    }
}

// The old layout counts by its size for the old end, and by its alignment for the new place; and
// nothing else counts for both of them, as the source has it. So all new layouts and all limits
// are tried with a block of each alignment, and all old sizes with a new layout of each.

/// A layout of each alignment; the old block has it.
fn each_alignment() -> impl Iterator<Item = Layout> {
    alignments().map(|align| {
        let size = if align == 128 { 0 } else { 1 };
        Layout::from_size_align(size, align).expect("valid")
    })
}

#[test]
fn upwards_a_block_is_placed_again_from_its_start() {
    for min_align in alignments() {
        for old in each_alignment() {
            for start in cursors(min_align.max(old.align())) {
                let old_end = block_end(start, old.size(), min_align);
                for new in layouts() {
                    let lowest = lowest(start, new, min_align);
                    for limit in numbers() {
                        let expected =
                            below(lowest, limit).map(|placement| Resize { old_end, placement });
                        assert_eq!(resize_up(start, limit, old, new, min_align), expected);
                        if start <= limit && limit - start <= i8::MAX as u8 {
                            let in_object = resize_in_object(start, limit, old, new, min_align);
                            assert_eq!(in_object, expected);
                            if min_align == 1 {
                                assert_eq!(resize_after(start, limit, old, new), expected);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Origins of positions, and the positions of blocks of a layout.
fn positions(old: Layout, min_align: u8) -> impl Iterator<Item = (u8, u8)> {
    cursors(min_align).flat_map(move |origin| {
        cursors(min_align)
            .filter(move |&start| {
                start <= i8::MAX as u8 && origin.wrapping_add(start) % old.align() == 0
            })
            .map(move |start| (origin, start))
    })
}

#[test]
fn a_block_is_placed_again_from_its_position() {
    let layouts = layouts();
    for min_align in alignments() {
        for old in each_alignment() {
            for (origin, start) in positions(old, min_align) {
                let old_end = block_end(start, old.size(), min_align);
                for &new in &layouts {
                    let (new_start, end) = lowest_position(origin, start, new, min_align);
                    for limit in start..=i8::MAX as u8 {
                        match resize_offset(origin, start, limit, old, new, min_align) {
                            None => assert!(end > limit.into()),
                            Some(found) => assert!(
                                end <= limit.into()
                                    && found.old_end == old_end
                                    && new_start == found.placement.start.into()
                                    && end == found.placement.end.into()
                            ),
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_old_block_ends_where_it_did() {
    for min_align in alignments() {
        for old in layouts() {
            for new in each_alignment() {
                for start in cursors(min_align.max(old.align())) {
                    let end = u16::from(start) + next_multiple(old.size().into(), min_align);
                    let Ok(end) = u8::try_from(end) else {
                        continue;
                    };
                    let lowest = lowest(start, new, min_align);
                    let expected = lowest.map(|placement| Resize {
                        old_end: end,
                        placement,
                    });
                    assert_eq!(resize_up(start, u8::MAX, old, new, min_align), expected);
                    let limit = start.saturating_add(i8::MAX as u8);
                    let expected = expected.filter(|found| found.placement.end <= limit);
                    let found = resize_in_object(start, limit, old, new, min_align);
                    assert_eq!(found, expected);
                    if min_align == 1 {
                        assert_eq!(resize_after(start, limit, old, new), expected);
                    }
                }
                for (origin, start) in positions(old, min_align) {
                    let old_end = u16::from(start) + next_multiple(old.size().into(), min_align);
                    if old_end > i8::MAX as u16 {
                        continue;
                    }
                    let (new_start, end) = lowest_position(origin, start, new, min_align);
                    match resize_offset(origin, start, i8::MAX as u8, old, new, min_align) {
                        None => assert!(end > i8::MAX as u16),
                        Some(found) => assert!(
                            end <= i8::MAX as u16
                                && old_end == found.old_end.into()
                                && new_start == found.placement.start.into()
                                && end == found.placement.end.into()
                        ),
                    }
                }
            }
        }
    }
}

#[test]
fn downwards_the_last_block_is_placed_again_from_its_end() {
    for min_align in alignments() {
        for new in layouts() {
            let by_end: Vec<_> = (0..=u8::MAX)
                .map(|end| (end % min_align == 0).then(|| highest(end, new, min_align)))
                .collect();
            for (start, size, end) in blocks(min_align) {
                let highest = by_end[usize::from(end)].expect("an end is rounded");
                // The block itself is within the limit.
                for limit in numbers().take_while(|&limit| limit <= start) {
                    let found = resize_down(start, limit, size, new, min_align);
                    match (found, highest) {
                        (Some(found), Some(highest)) => assert!(
                            found.start >= limit
                                && found.start == highest.start
                                && found.end == highest.end
                        ),
                        (None, Some(highest)) => assert!(highest.start < limit),
                        (None, None) => {}
                        (Some(_), None) => panic!("there is no such place"),
                    }
                }
            }
        }
    }
}
