//! The arithmetic, for every input of an 8-bit address space, against specifications that are
//! obviously right: they try one address after the other, in integers too wide to overflow.
//!
//! The modules are the crate's own sources, instantiated with an 8-bit `usize` and its `Layout`.
//! Both directions are checked: what is returned is right, and where nothing is returned there is
//! nothing to return. Under Miri, which has nothing to find in code without pointers, and is slow,
//! only some inputs are tried.

mod tiny;

use tiny::Layout;

/// 1, 2, 4 … 128.
fn alignments() -> impl Iterator<Item = u8> {
    (0..8).map(|bit| 1 << bit)
}

/// Every valid layout; under Miri, some.
fn layouts() -> Vec<Layout> {
    let step = if cfg!(miri) { 29 } else { 1 };
    alignments()
        .flat_map(|align| (0..=u8::MAX).map(move |size| (size, align)))
        .filter_map(|(size, align)| Layout::from_size_align(size, align).ok())
        .step_by(step)
        .collect()
}

/// Every number; under Miri, some.
fn numbers() -> impl Iterator<Item = u8> + Clone {
    (0..=u8::MAX).step_by(if cfg!(miri) { 51 } else { 1 })
}

/// The first multiple of `align` from `from` on.
fn next_multiple(from: u16, align: u8) -> u16 {
    (from..)
        .find(|address| address % u16::from(align) == 0)
        .expect("there is one among `align` consecutive numbers")
}

mod align {
    use super::tiny::align::{align_down, align_up, is_aligned, padding};
    use super::{alignments, next_multiple, numbers};

    #[test]
    fn rounding_finds_the_nearest_multiple() {
        for align in alignments() {
            for address in numbers() {
                let above = next_multiple(address.into(), align);
                assert_eq!(is_aligned(address, align), address % align == 0);
                assert_eq!(align_up(address, align), u8::try_from(above).ok());
                assert_eq!(
                    u16::from(padding(address, align)),
                    above - u16::from(address)
                );
                let below = (0..=address).rfind(|below| below % align == 0);
                assert_eq!(Some(align_down(address, align)), below);
            }
        }
    }
}

mod place {
    use super::tiny::place::{
        Placement, place_down, place_in_aligned, place_in_object, place_offset, place_up,
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
                        }
                    }
                }
            }
        }
    }

    /// Where a block lands from a position on if there is no limit, 16 bits wide.
    pub(super) fn lowest_position(
        origin: u8,
        cursor: u8,
        layout: Layout,
        min_align: u8,
    ) -> (u16, u16) {
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
}

mod resize {
    use super::place::{below, cursors, highest, lowest, lowest_position};
    use super::tiny::resize::{
        Resize, block_end, is_last_down, is_last_up, release_down, release_up, resize_down,
        resize_in_object, resize_offset, resize_up,
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

    /// A layout for the old block, by what of it counts: its alignment.
    fn old_layouts() -> impl Iterator<Item = Layout> {
        alignments().map(|align| {
            let size = if align == 128 { 0 } else { 1 };
            Layout::from_size_align(size, align).expect("valid")
        })
    }

    #[test]
    fn upwards_a_block_is_placed_again_from_its_start() {
        for min_align in alignments() {
            for old in old_layouts() {
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
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_block_is_placed_again_from_its_position() {
        for min_align in alignments() {
            for old in old_layouts() {
                let starts = || cursors(min_align).filter(|&start| start <= i8::MAX as u8);
                for (origin, start) in
                    cursors(min_align).flat_map(|origin| starts().map(move |start| (origin, start)))
                {
                    if origin.wrapping_add(start) % old.align() != 0 {
                        continue;
                    }
                    let old_end = block_end(start, old.size(), min_align);
                    // The rest is `place_offset`, for which every layout was tried.
                    for new in layouts().into_iter().step_by(5) {
                        let (new_start, end) = lowest_position(origin, start, new, min_align);
                        for limit in (start..=i8::MAX as u8).step_by(3) {
                            let expected =
                                (end <= limit.into()).then_some((old_end, new_start, end));
                            let found = resize_offset(origin, start, limit, old, new, min_align)
                                .map(|found| {
                                    let placement = found.placement;
                                    (found.old_end, placement.start.into(), placement.end.into())
                                });
                            assert_eq!(found, expected);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn downwards_the_last_block_is_placed_again_from_its_end() {
        for min_align in alignments() {
            // What is done with the end of the block is `place_down`, for which every input was
            // tried; so some of the sizes will do that the old block can have.
            for (start, size, end) in blocks(min_align).filter(|(_, size, _)| size % 9 == 0) {
                for new in layouts().into_iter().step_by(3) {
                    let highest = highest(end, new, min_align);
                    for limit in numbers().filter(|&limit| limit <= start) {
                        let expected = highest.filter(|found| found.start >= limit);
                        assert_eq!(resize_down(start, limit, size, new, min_align), expected);
                    }
                }
            }
        }
    }
}

mod growth {
    use super::tiny::growth::{Chunk, Growth, smallest_chunk};
    use super::{Layout, alignments, layouts, next_multiple, numbers};

    /// The bytes that are enough, and one less is not; 16 bits wide.
    fn needed(layout: Layout, header: Layout) -> u16 {
        let start = next_multiple(header.size().into(), layout.align());
        next_multiple(start + u16::from(layout.size()), header.align())
    }

    fn align(layout: Layout, header: Layout) -> u8 {
        layout.align().max(header.align())
    }

    #[test]
    fn the_smallest_chunk_is_enough_and_no_larger() {
        for layout in layouts() {
            for header in layouts() {
                let expected = u8::try_from(needed(layout, header))
                    .ok()
                    .and_then(|size| Layout::from_size_align(size, align(layout, header)).ok());
                assert_eq!(
                    smallest_chunk(layout, header),
                    expected,
                    "{layout:?} {header:?}"
                );
            }
        }
    }

    #[test]
    fn the_next_chunk_is_the_largest_that_the_policy_and_what_is_available_allow() {
        // The size of a header counts only through the smallest chunk, which is tested above.
        for granule in alignments().filter(|&granule| granule <= 64) {
            let header = Layout::from_size_align(granule, granule).expect("valid");
            for layout in layouts() {
                let smallest = smallest_chunk(layout, header);
                let align = align(layout, header);
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
                        assert_eq!(growth.next_chunk(0, layout, header, available), expected);
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
}

mod plan {
    use super::tiny::plan::Plan;
    use super::{Layout, layouts, next_multiple};

    fn plan(blocks: &[Layout]) -> Plan {
        blocks
            .iter()
            .fold(Plan::new(), |plan, &block| plan.push_layout(block))
    }

    /// What the blocks take from `base` on, one placed after the other.
    fn taken(base: u16, blocks: &[Layout]) -> u16 {
        let mut cursor = base;
        for block in blocks.iter().filter(|block| block.size() > 0) {
            cursor = next_multiple(cursor, block.align()) + u16::from(block.size());
        }
        cursor - base
    }

    /// The figure of a plan: 255 stands for all that is larger.
    fn figure(bytes: u16) -> u8 {
        bytes.try_into().unwrap_or(u8::MAX)
    }

    fn check_order(blocks: &[Layout]) {
        let plan = plan(blocks);
        let sized = || blocks.iter().filter(|block| block.size() > 0);
        let align = sized().map(Layout::align).max().unwrap_or(1);
        assert_eq!(plan.align(), align);
        assert_eq!(plan.in_order(), figure(taken(0, blocks)), "{blocks:?}");
        // Nothing changes when all blocks are moved by the strictest alignment.
        let worst = (0..u16::from(align)).map(|base| taken(base, blocks)).max();
        assert_eq!(
            Some(plan.in_order_unaligned()),
            worst.map(figure),
            "{blocks:?}"
        );
    }

    fn check_any_order(blocks: &[Layout], orders: &[&[Layout]]) {
        let plan = plan(blocks);
        for order in orders {
            assert!(figure(taken(0, order)) <= plan.any_order(), "{order:?}");
            for base in 0..u16::from(plan.align()) {
                let taken = figure(taken(base, order));
                assert!(taken <= plan.any_order_unaligned(), "{base} {order:?}");
            }
        }
        // Not for every plan one byte less is too little, but no figure is beyond reason.
        let sum = |of: fn(&Layout) -> u8| -> u16 {
            let sized = blocks.iter().filter(|block| block.size() > 0);
            sized.map(|block| u16::from(of(block))).sum()
        };
        let most = sum(Layout::size) + sum(Layout::align);
        assert!(plan.any_order() <= figure(most));
        assert!(plan.any_order_unaligned() <= figure(most) || most > u8::MAX.into());
    }

    #[test]
    fn one_or_two_blocks_fit_exactly_and_no_byte_less_does() {
        for a in layouts() {
            check_order(&[a]);
            for b in layouts() {
                check_order(&[a, b]);
            }
        }
    }

    #[test]
    fn three_or_four_blocks_fit_exactly_and_no_byte_less_does() {
        // Sizes count by what they leave over of an alignment, so small ones will do.
        let small = |layout: &Layout| layout.size() <= 9 && layout.align() <= 8;
        let layouts: Vec<Layout> = layouts().into_iter().filter(small).collect();
        for &a in &layouts {
            for &b in &layouts {
                for &c in &layouts {
                    check_order(&[a, b, c]);
                    for &d in layouts.iter().step_by(3) {
                        check_order(&[a, b, c, d]);
                    }
                }
            }
        }
    }

    #[test]
    fn blocks_fit_in_any_order() {
        for a in layouts() {
            for b in layouts().into_iter().step_by(3) {
                check_any_order(&[a, b], &[&[a, b], &[b, a]]);
            }
        }
        let small = |layout: &Layout| layout.size() <= 9 && layout.align() <= 8;
        let layouts: Vec<Layout> = layouts().into_iter().filter(small).collect();
        for &a in &layouts {
            for &b in &layouts {
                for &c in &layouts {
                    let orders: [&[Layout]; 6] = [
                        &[a, b, c],
                        &[a, c, b],
                        &[b, a, c],
                        &[b, c, a],
                        &[c, a, b],
                        &[c, b, a],
                    ];
                    check_any_order(&[a, b, c], &orders);
                }
            }
        }
    }

    #[test]
    fn a_plan_beyond_the_address_space_stays_there() {
        let large = Layout::from_size_align(127, 1).expect("valid");
        let mut plan = plan(&[large, large, large]);
        for _ in 0..3 {
            assert_eq!(plan.in_order(), u8::MAX);
            assert_eq!(plan.in_order_unaligned(), u8::MAX);
            assert_eq!(plan.any_order(), u8::MAX);
            assert_eq!(plan.any_order_unaligned(), u8::MAX);
            plan = plan.push::<u8>().push::<u64>();
        }
        assert_eq!(Plan::new().push_array::<u64>(32).in_order(), u8::MAX);
        assert_eq!(
            Plan::new().push_array::<u64>(32).in_order_unaligned(),
            u8::MAX
        );
        assert_eq!(Plan::new().push_array::<u64>(32).any_order(), u8::MAX);
        assert_eq!(
            Plan::new().push_array::<u64>(32).any_order_unaligned(),
            u8::MAX
        );
    }
}
