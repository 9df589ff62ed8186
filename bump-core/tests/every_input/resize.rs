//! Resizing, against placing anew.

use super::place::{cursors, highest, limits};
use super::tiny::resize::{resize_down, resize_up};
use super::{alignments, layouts, next_multiple, numbers};

#[test]
fn upwards_a_block_is_resized_from_its_start() {
    for min_align in alignments() {
        // The most bytes of a region.
        let most = i8::MAX as u8 / min_align * min_align;
        for size in 0..=i8::MAX as u8 {
            let rounded = next_multiple(size.into(), min_align);
            let is_right = |found: Option<u8>, start: u8, limit: u8| {
                let end = u16::from(start) + rounded;
                found.map(u16::from) == Some(end).filter(|&end| end <= limit.into())
            };
            for address in numbers().filter(|address| address % min_align == 0) {
                for limit in limits(address).filter(|limit| limit % min_align == 0) {
                    let found = resize_up(None, address, limit, size, min_align);
                    assert!(is_right(found, address, limit));
                }
                // The block may be anywhere in its region.
                for start in (0..=most).step_by(13) {
                    let origin = address.wrapping_sub(start);
                    for limit in start..=most {
                        let found = resize_up(Some(origin), start, limit, size, min_align);
                        assert!(is_right(found, start, limit));
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
