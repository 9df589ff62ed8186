//! The arithmetic, for every input of an 8-bit address space, against specifications that are
//! obviously right: they try one address after the other, in integers too wide to overflow.
//!
//! The modules are the crate's own sources, instantiated with an 8-bit `usize` and its `Layout`.
//! Both directions are checked: what is returned is right, and where nothing is returned there is
//! nothing to return. Where the compiler does not optimise, which it does in the workspace, and under
//! Miri, only some inputs are tried. Not under emulation: 8 bits are 8 bits on every machine.
#![cfg(not(emulated))]

mod tiny;

use tiny::Layout;

/// 1, 2, 4 … 128.
fn alignments() -> impl Iterator<Item = u8> {
    (0..8).map(|bit| 1 << bit)
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
        .step_by(one_in(7, 29))
        .collect()
}

/// Every number, if all inputs are tried.
fn numbers() -> impl Iterator<Item = u8> + Clone {
    (0..=u8::MAX).step_by(one_in(5, 51))
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
        Placement, place_after, place_down, place_in_aligned, place_in_object, place_offset,
        place_up,
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
                        let old_end =
                            u16::from(start) + next_multiple(old.size().into(), min_align);
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
    use super::{Layout, alignments, layouts, next_multiple, numbers};

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
                    for &d in &layouts {
                        check_order(&[a, b, c, d]);
                    }
                }
            }
        }
    }

    #[test]
    fn blocks_fit_in_any_order() {
        for a in layouts() {
            for b in layouts() {
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

    // Any number of blocks, by induction: what holds without blocks, and for a plan with one block
    // more if it did before, holds for all. A plan is eight words, and each of the following tests
    // looks at those that belong together, with every value that they can have.

    /// A plan by its words: bytes in order, strictest alignment, `D` and the bytes of the rest, sums
    /// of sizes and of alignments, count, bits.
    fn from_words(words: [u8; 8]) -> Plan {
        // SAFETY: a plan is eight words, and any words are one.
        unsafe { core::mem::transmute::<[u8; 8], Plan>(words) }
    }

    fn words(plan: Plan) -> [u8; 8] {
        // SAFETY: see above.
        unsafe { core::mem::transmute::<Plan, [u8; 8]>(plan) }
    }

    fn sized_layouts() -> impl Iterator<Item = Layout> {
        layouts().into_iter().filter(|layout| layout.size() > 0)
    }

    #[test]
    fn without_blocks_a_plan_is_at_its_base() {
        assert_eq!(words(Plan::new()), [0, 1, 0, 0, 0, 0, 0, 0]);
        for align in alignments() {
            for word in numbers() {
                let plan = from_words([word, align, word, word, word, word, word, word]);
                let nothing = Layout::from_size_align(0, align);
                assert_eq!(plan.push_layout(nothing.expect("valid")), plan);
            }
        }
    }

    #[test]
    fn another_block_in_order_is_placed_where_the_last_one_ends() {
        for block in sized_layouts() {
            for end in numbers() {
                let [in_order, ..] =
                    words(from_words([end, 1, 0, 0, 0, 0, 0, 0]).push_layout(block));
                let next = next_multiple(end.into(), block.align()) + u16::from(block.size());
                assert_eq!(in_order, figure(next));
            }
        }
    }

    /// Where the blocks of a plan end if they are placed from a base on, as its words tell.
    fn end_from(base: u16, align: u8, lead: u16, rest: u16) -> u16 {
        next_multiple(base + lead, align) + rest
    }

    #[test]
    fn another_block_from_any_base_is_placed_where_the_last_one_ends() {
        for block in sized_layouts() {
            for align in alignments() {
                for rest in numbers() {
                    let pushed =
                        words(from_words([0, align, 0, rest, 0, 0, 0, 0]).push_layout(block));
                    let [_, next_align, next_lead, next_rest, ..] = pushed;
                    assert_eq!(next_align, align.max(block.align()));
                    // What is beyond the address space stays there.
                    if next_lead < u8::MAX && next_rest < u8::MAX {
                        // Nothing changes when all is moved by the strictest alignment.
                        for base in 0..u16::from(next_align) {
                            let end = end_from(base, align, 0, rest.into());
                            let end = next_multiple(end, block.align()) + u16::from(block.size());
                            let (lead, rest) = (next_lead.into(), next_rest.into());
                            assert_eq!(end_from(base, next_align, lead, rest), end);
                        }
                    } else {
                        let end = next_multiple(rest.into(), block.align());
                        assert!(end + u16::from(block.size()) >= u8::MAX.into());
                    }
                    // From a base that is higher by `lead`, the same.
                    for lead in numbers() {
                        let plan = from_words([0, align, lead, rest, 0, 0, 0, 0]);
                        let [_, next_align, lead_of_both, next_rest, ..] =
                            words(plan.push_layout(block));
                        assert!(
                            lead_of_both == lead.saturating_add(next_lead)
                                && [pushed[1], pushed[3]] == [next_align, next_rest]
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn from_the_worst_base_the_blocks_take_what_the_plan_says() {
        for align in alignments() {
            for lead in numbers() {
                for rest in numbers() {
                    let plan = from_words([0, align, lead, rest, 0, 0, 0, 0]);
                    let taken = |base| end_from(base, align, lead.into(), rest.into()) - base;
                    let worst = (0..u16::from(align)).map(taken).max();
                    assert_eq!(Some(plan.in_order_unaligned()), worst.map(figure));
                }
            }
        }
    }

    #[test]
    fn another_block_adds_to_the_sums() {
        for block in sized_layouts() {
            for word in numbers() {
                let [.., sizes, aligns, count, bits] =
                    words(from_words([0, 1, 0, 0, word, word, word, word]).push_layout(block));
                assert_eq!(sizes, word.saturating_add(block.size()));
                assert_eq!(aligns, word.saturating_add(block.align()));
                assert_eq!(count, word.saturating_add(1));
                assert_eq!(bits, word | block.size() | block.align());
            }
        }
    }

    #[test]
    fn in_any_order_the_sums_without_what_all_have_in_common_are_enough() {
        for grain in alignments() {
            let multiple = |number: u8| number % grain == 0;
            for block in sized_layouts().filter(|b| multiple(b.size()) && multiple(b.align())) {
                for end in numbers().filter(|&end| multiple(end)) {
                    let next = next_multiple(end.into(), block.align()) + u16::from(block.size());
                    assert!(next % u16::from(grain) == 0);
                    let most = u16::from(block.align() - grain) + u16::from(block.size());
                    assert!(next <= u16::from(end) + most);
                }
            }
        }
    }

    #[test]
    fn in_any_order_the_figures_are_these_sums() {
        for bits in numbers() {
            let grain = bits & bits.wrapping_neg();
            for aligns in numbers() {
                // There are no more blocks than their alignments allow.
                for count in numbers().filter(|&count| count <= aligns) {
                    let paddings = |grain: u8| match aligns.checked_sub(count.saturating_mul(grain))
                    {
                        _ if aligns == u8::MAX => Some(u8::MAX),
                        paddings => paddings,
                    };
                    let (Some(aligned), Some(anywhere)) = (paddings(grain), paddings(1)) else {
                        continue;
                    };
                    for sizes in numbers() {
                        for align in alignments() {
                            let plan = from_words([0, align, 0, 0, sizes, aligns, count, bits]);
                            let aligned = sizes.saturating_add(aligned);
                            let anywhere = sizes.saturating_add(anywhere);
                            assert!(plan.any_order() == aligned);
                            let most = anywhere.min(aligned.saturating_add(align - 1));
                            assert!(plan.any_order_unaligned() == most);
                        }
                    }
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
