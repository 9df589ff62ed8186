//! The sizes of chunks, against every size that a chunk could have.

use super::tiny::growth::{Chunk, Growth, smallest_chunk};
use super::{Layout, alignments, layouts, next_multiple, numbers};

/// The bytes that are enough, and one less is not; 16 bits wide.
fn needed(block: Layout, footer: Layout) -> u16 {
    let start = next_multiple(block.size().into(), footer.align());
    next_multiple(start + u16::from(footer.size()), footer.align())
}

fn align(block: Layout, footer: Layout) -> u8 {
    block.align().max(footer.align())
}

#[test]
fn the_smallest_chunk_is_enough_and_no_larger() {
    for block in layouts() {
        for footer in layouts() {
            let expected = u8::try_from(needed(block, footer))
                .ok()
                .and_then(|size| Layout::from_size_align(size, align(block, footer)).ok());
            assert_eq!(
                smallest_chunk(block, footer),
                expected,
                "{block:?} {footer:?}"
            );
        }
    }
}

#[test]
fn the_next_chunk_is_the_largest_that_the_policy_and_what_is_available_allow() {
    // The size of a footer counts only through the smallest chunk, which is tested above.
    for granule in alignments().filter(|&granule| granule <= 64) {
        let footer = Layout::from_size_align(granule, granule).expect("valid");
        for block in layouts() {
            let smallest = smallest_chunk(block, footer);
            let align = align(block, footer);
            // By the most bytes that it may have, the largest chunk of this alignment.
            let mut largest = 0;
            let largest_chunks: Vec<u8> = (0..=u8::MAX)
                .map(|most| {
                    if most % granule == 0 && Layout::from_size_align(most, align).is_ok() {
                        largest = most;
                    }
                    largest
                })
                .collect();
            for due in numbers() {
                let growth = Growth::new(due, due);
                for available in numbers() {
                    let expected = match smallest {
                        Some(smallest) if smallest.size() <= available => {
                            // The multiples of `granule` up to `due`, of any size.
                            let oversized = smallest.size() > due / granule * granule;
                            let most = largest_chunks[usize::from(due.min(available))];
                            let size = if oversized { smallest.size() } else { most };
                            let layout = Layout::from_size_align(size, align).expect("valid");
                            assert!(layout.size() >= smallest.size() && size <= available);
                            Some(Chunk { layout, oversized })
                        }
                        _ => None,
                    };
                    assert_eq!(growth.next_chunk(0, block, footer, available), expected);
                }
            }
        }
    }
}

#[test]
fn regular_chunks_double_from_the_minimum_to_the_cap() {
    let nothing = Layout::from_size_align(0, 1).expect("valid");
    for minimum in numbers() {
        for cap in numbers() {
            let growth = Growth::new(minimum, cap);
            for previous in numbers() {
                let due = (u16::from(previous) * 2)
                    .max(minimum.into())
                    .min(cap.into())
                    .min(i8::MAX as u16);
                let chunk = growth
                    .next_chunk(previous, nothing, nothing, u8::MAX)
                    .expect("nothing always fits");
                assert_eq!(u16::from(chunk.layout.size()), due);
                assert!(!chunk.oversized);
            }
        }
    }
}
