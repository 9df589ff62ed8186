//! Resizing and releasing, against placing anew.

use super::place::{cursors, highest, limits, rounded, some};
use super::tiny::place::{Placement, place_up};
use super::tiny::resize::{end_down, end_up, resize_down, resize_up};
use super::{Layout, alignments, layouts, next_multiple, numbers};

/// The sizes of all blocks.
fn sizes() -> Vec<u8> {
    numbers()
        .take_while(|&size| size <= i8::MAX as u8)
        .collect()
}

#[test]
fn upwards_a_block_is_resized_from_its_start() {
    let sizes = sizes();
    for min_align in alignments() {
        for origin in numbers() {
            for &size in some(&sizes, origin) {
                for start in numbers() {
                    let block_end = u16::from(start) + u16::from(size);
                    let rounded = rounded(origin, block_end, min_align);
                    for limit in limits(start) {
                        match resize_up(origin, start, limit, size, min_align) {
                            None => assert!(block_end > limit.into()),
                            Some(end) => assert!(
                                block_end <= limit.into()
                                    && rounded.min(limit.into()) == end.into()
                            ),
                        }
                    }
                }
            }
        }
    }
}

/// The cursor is behind a block that was just placed, and stays there if the block is resized to
/// the size that it has.
#[test]
fn upwards_a_block_ends_where_it_was_placed() {
    for min_align in alignments() {
        for origin in numbers() {
            for size in some(&sizes(), origin) {
                // Aligned to 1, it starts at the cursor: each start is tried.
                let layout = Layout::from_size_align(*size, 1).expect("valid");
                for cursor in numbers() {
                    for limit in limits(cursor) {
                        let Some(Placement { start, end }) =
                            place_up(origin, cursor, limit, layout, min_align)
                        else {
                            continue;
                        };
                        let resized = resize_up(origin, start, limit, *size, min_align);
                        assert_eq!(end_up(origin, start, limit, *size, min_align), end);
                        assert_eq!(resized, Some(end));
                    }
                }
            }
        }
    }
}

/// The blocks of a downward allocator: where they start, and where they end with their rounding.
fn blocks(min_align: u8) -> impl Iterator<Item = (u8, u8, u8)> {
    cursors(min_align).flat_map(move |start| {
        (0..=i8::MAX as u8).filter_map(move |size| {
            let end = next_multiple(u16::from(start) + u16::from(size), min_align);
            Some((start, size, u8::try_from(end).ok()?))
        })
    })
}

#[test]
fn downwards_a_block_ends_at_the_next_multiple() {
    for min_align in alignments() {
        for (start, size, end) in blocks(min_align) {
            assert_eq!(end_down(start, size, min_align), end);
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
