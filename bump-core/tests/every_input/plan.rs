//! Plans, against placing their blocks one after the other.

use super::tiny::plan::Plan;
use super::{Layout, alignments, layouts, next_multiple, numbers};

fn plan(blocks: &[Layout]) -> Plan {
    blocks
        .iter()
        .fold(Plan::new(), |plan, &block| plan.push_layout(block))
}

/// The bytes that the blocks take from `base` on, one placed after the other.
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
            let [in_order, ..] = words(from_words([end, 1, 0, 0, 0, 0, 0, 0]).push_layout(block));
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
                let pushed = words(from_words([0, align, 0, rest, 0, 0, 0, 0]).push_layout(block));
                let [_, next_align, next_lead, next_rest, ..] = pushed;
                assert_eq!(next_align, align.max(block.align()));
                // An end beyond the address space stays there.
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
                let paddings = |grain: u8| match aligns.checked_sub(count.saturating_mul(grain)) {
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
