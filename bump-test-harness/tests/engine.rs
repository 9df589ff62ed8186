//! The engine of `bump-core` by itself, under random operations and against a model that is a list
//! of blocks: all kinds of positions, several minimum alignments, bases aligned to nothing.

use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::NonNull;

use bump_core::align::padding;
use bump_core::{Cursor, Level, Memory, RawAlloc, RawBump, UNIT, Values, engine};
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;

struct CellCursor(Cell<usize>);

impl CellCursor {
    fn replace(&self, current: usize, new: usize) -> Result<(), usize> {
        if self.0.get() != current {
            return Err(self.0.get());
        }
        self.0.set(new);
        Ok(())
    }
}

// SAFETY: one thread, one variable.
unsafe impl Cursor for CellCursor {
    fn load(&self) -> usize {
        self.0.get()
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        assert!(current <= new);
        self.replace(current, new)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        self.replace(current, new)
    }
}

/// A region in the middle of a buffer.
struct Region<const MIN_ALIGN: usize, const BASE_ALIGN: usize = MIN_ALIGN> {
    cursor: CellCursor,
    memory: Memory,
    /// The address at position 0.
    origin: usize,
    /// The position of the end.
    limit: usize,
    /// Owns what `memory` points to.
    buffer: NonNull<[u8]>,
}

const SLACK: usize = 64;

impl<const MIN_ALIGN: usize, const BASE_ALIGN: usize> Region<MIN_ALIGN, BASE_ALIGN> {
    /// `len` bytes, `offset` behind a multiple of 64; positions are addresses if `addresses`.
    fn new(offset: usize, len: usize, addresses: bool) -> Self {
        let bytes = vec![0xEE_u8; len + 2 * SLACK].into_boxed_slice();
        let buffer = NonNull::from(Box::leak(bytes));
        let start = buffer.cast::<u8>();
        let padding = padding(start.addr().get(), SLACK) + offset;
        assert!(padding + len <= buffer.len());
        // SAFETY: inside the buffer, as just compared.
        let base = unsafe { start.add(padding) };
        let address = base.addr().get();
        let (memory, origin, first) = if addresses {
            // SAFETY: inside the buffer, as just compared.
            (Memory::up_to(unsafe { base.add(len) }), 0, address)
        } else {
            (Memory::new(base, len), address, 0)
        };
        Region {
            cursor: CellCursor(Cell::new(first)),
            memory,
            origin,
            limit: first + len,
            buffer,
        }
    }

    /// The position of the cursor.
    fn position(&self) -> usize {
        self.cursor.load()
    }

    /// Whether a block fits, tried address by address.
    fn fits(&self, layout: Layout, min_align: usize) -> bool {
        let (align, size) = (
            layout.align().max(min_align),
            layout.size().next_multiple_of(min_align),
        );
        (self.position()..=self.limit)
            .any(|position| (self.origin + position) % align == 0 && size <= self.limit - position)
    }
}

impl<const MIN_ALIGN: usize, const BASE_ALIGN: usize> Drop for Region<MIN_ALIGN, BASE_ALIGN> {
    fn drop(&mut self) {
        // SAFETY: from a box that was leaked.
        drop(unsafe { Box::from_raw(self.buffer.as_ptr()) });
    }
}

// SAFETY: the buffer is owned and stays where it is; the tests make regions that start at a multiple of
// both alignments, and the cursor is moved by the engine alone.
unsafe impl<const MIN_ALIGN: usize, const BASE_ALIGN: usize> RawBump
    for Region<MIN_ALIGN, BASE_ALIGN>
{
    type Cursor = CellCursor;
    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = BASE_ALIGN;

    fn cursor(&self) -> &CellCursor {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(self.memory)
    }
}

#[derive(Clone, Debug)]
enum Operation {
    /// Packed, as a value is.
    Take(Layout),
    /// Rounded, as a collection asks for it.
    Allocate(Layout),
    TakeAt(Layout, bool),
    Release(usize),
    Resize(usize, Layout),
    Reallocate(usize, Layout),
    GrowZeroed(usize, Layout),
}

/// A block in use, each byte of which has the value `mark`.
struct Block {
    start: NonNull<u8>,
    layout: Layout,
    /// To which its start and its size are rounded.
    min_align: usize,
    mark: u8,
}

impl Block {
    fn new(start: NonNull<u8>, layout: Layout, min_align: usize, mark: u8) -> Self {
        assert!(start.addr().get() % layout.align() == 0);
        // SAFETY: a block just handed out.
        unsafe { start.write_bytes(mark, layout.size()) };
        Block {
            start,
            layout,
            min_align,
            mark,
        }
    }

    fn check(&self, size: usize) {
        // SAFETY: inside a block in use, whose bytes were written.
        let bytes = unsafe { NonNull::slice_from_raw_parts(self.start, size).as_ref() };
        let wrong = bytes.iter().position(|byte| *byte != self.mark);
        assert_eq!(wrong, None, "in {:?}", self.layout);
    }

    /// The same after the block moved to `start` and became `size` bytes long.
    fn check_as(self, start: NonNull<u8>, size: usize) {
        let kept = self.layout.size().min(size);
        Block { start, ..self }.check(kept);
    }

    fn range(&self) -> core::ops::Range<usize> {
        let start = self.start.addr().get();
        start..start + self.layout.size()
    }
}

fn layout() -> impl Strategy<Value = Layout> {
    let size = prop_oneof![4 => 0_usize..40, 1 => 40_usize..300];
    (size, 0_u32..8).prop_map(|(size, log)| Layout::from_size_align(size, 1 << log).unwrap())
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => layout().prop_map(Operation::Take),
        3 => layout().prop_map(Operation::Allocate),
        1 => (layout(), any::<bool>()).prop_map(|(l, right)| Operation::TakeAt(l, right)),
        2 => any::<usize>().prop_map(Operation::Release),
        2 => (any::<usize>(), layout()).prop_map(|(i, l)| Operation::Resize(i, l)),
        2 => (any::<usize>(), layout()).prop_map(|(i, l)| Operation::Reallocate(i, l)),
        1 => (any::<usize>(), layout()).prop_map(|(i, l)| Operation::GrowZeroed(i, l)),
    ]
}

fn run<const MIN_ALIGN: usize, const BASE_ALIGN: usize>(
    region: &Region<MIN_ALIGN, BASE_ALIGN>,
    operations: &[Operation],
) {
    let unit = MIN_ALIGN.max(UNIT);
    let mut blocks: Vec<Block> = Vec::new();
    let mut mark = 0_u8;
    for operation in operations {
        mark = mark.wrapping_add(1);
        let before = region.position();
        // Questions about a block that does not exist.
        let index = |i: &usize| (!blocks.is_empty()).then(|| i % blocks.len());
        match operation {
            Operation::Take(layout) | Operation::Allocate(layout) => {
                let min_align = match operation {
                    Operation::Take(_) => MIN_ALIGN,
                    _ => unit,
                };
                let fitting = layout.size() == 0 || region.fits(*layout, min_align);
                // SAFETY: the minimum alignment of the region, or its unit.
                let taken = unsafe { engine::take(region, *layout, min_align) };
                assert_eq!(taken.is_some(), fitting);
                let Some(taken) = taken else {
                    assert_eq!(region.position(), before);
                    continue;
                };
                assert_eq!(taken.end, region.position());
                if layout.size() == 0 {
                    assert_eq!(taken.end, before);
                } else {
                    let start = taken.block.addr().get() - region.origin;
                    // No more than the alignments need.
                    assert!(start - before < layout.align().max(min_align));
                    assert_eq!((region.origin + start) % min_align, 0);
                    assert_eq!(taken.end, start + layout.size().next_multiple_of(min_align));
                }
                blocks.push(Block::new(taken.block, *layout, min_align, mark));
            }
            Operation::TakeAt(layout, right) => {
                let level = Level::new(if *right { before } else { before ^ 1 });
                match region.get_layout_at(*layout, level) {
                    Ok(block) => {
                        assert!(*right);
                        assert_eq!(block.level, region.level());
                        blocks.push(Block::new(block.ptr, *layout, MIN_ALIGN, mark));
                    }
                    Err(failure) => {
                        assert_eq!(region.position(), before);
                        let exhausted = failure == bump_core::Failure::Exhausted;
                        assert_eq!(exhausted, *right);
                        assert!(!exhausted || !region.fits(*layout, MIN_ALIGN));
                    }
                }
            }
            Operation::Release(i) => {
                let Some(i) = index(i) else { continue };
                let block = blocks.swap_remove(i);
                block.check(block.layout.size());
                // SAFETY: a block in use, which is forgotten here.
                let given_back =
                    unsafe { engine::free(region, block.start, block.layout, block.min_align) };
                let start = block.start.addr().get().wrapping_sub(region.origin);
                let after = if given_back { start } else { before };
                assert_eq!(region.position(), after);
            }
            Operation::Resize(i, new) => {
                let Some(i) = index(i) else { continue };
                let Block {
                    start,
                    layout,
                    min_align,
                    ..
                } = blocks[i];
                // SAFETY: a block in use, which is replaced if it was resized.
                let resized = unsafe { engine::resize(region, start, layout, *new, min_align) };
                if let Some(resized) = resized {
                    assert!(resized == start || new.size() == 0);
                    blocks.swap_remove(i).check_as(resized, new.size());
                    blocks.push(Block::new(resized, *new, min_align, mark));
                } else {
                    assert_eq!(region.position(), before);
                    let shrinks = new.size() <= layout.size();
                    assert!(layout.size() == 0 || !shrinks || new.align() > layout.align());
                }
            }
            Operation::Reallocate(i, new) => {
                let Some(i) = index(i) else { continue };
                let block = &blocks[i];
                if block.min_align != unit {
                    continue;
                }
                // SAFETY: a block in use, which is replaced if it was resized.
                let resized = unsafe { region.reallocate(block.start, block.layout, *new) };
                if let Some(resized) = resized {
                    blocks.swap_remove(i).check_as(resized, new.size());
                    blocks.push(Block::new(resized, *new, unit, mark));
                } else {
                    assert_eq!(region.position(), before);
                    assert!(!region.fits(*new, unit));
                }
            }
            Operation::GrowZeroed(i, new) => {
                let Some(i) = index(i) else { continue };
                if blocks[i].min_align != unit {
                    continue;
                }
                let old = blocks[i].layout;
                let new = Layout::from_size_align(old.size() + new.size(), new.align()).unwrap();
                // SAFETY: a block in use, which is replaced if it was resized.
                let grown = unsafe { region.grow_zeroed(blocks[i].start, old, new) };
                if let Some(grown) = grown {
                    blocks.swap_remove(i).check_as(grown, old.size());
                    let whole = NonNull::slice_from_raw_parts(grown, new.size());
                    // SAFETY: the block, whose head was written and whose tail was cleared.
                    let bytes: &[u8] = unsafe { whole.as_ref() };
                    assert!(bytes[old.size()..].iter().all(|byte| *byte == 0));
                    blocks.push(Block::new(grown, new, unit, mark));
                }
            }
        }
        assert!(region.position() <= region.limit);
        assert_eq!(region.position() % MIN_ALIGN, 0);
        let mut ranges: Vec<_> = blocks
            .iter()
            .inspect(|block| block.check(block.layout.size()))
            .map(Block::range)
            .filter(|range| !range.is_empty())
            .collect();
        ranges.sort_unstable_by_key(|range| range.start);
        assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let inside = |range: &core::ops::Range<usize>| {
            region.buffer.cast::<u8>().addr().get() <= range.start
                && range.end <= region.origin + region.limit
        };
        assert!(ranges.iter().all(inside));
    }
}

/// Blocks that come and go in reverse order leave nothing behind.
fn run_in_reverse<const MIN_ALIGN: usize>(region: &Region<MIN_ALIGN>, layouts: &[Layout]) {
    // Whatever came before, the first block starts at a unit, and so do all after it.
    region.get_layout(Layout::new::<[u8; 3]>());
    let before = region.level();
    let mut after_first = None;
    for _ in 0..3 {
        let mut blocks = Vec::new();
        for layout in layouts {
            let Some(block) = region.allocate(*layout) else {
                break;
            };
            blocks.push((block, *layout));
        }
        for (block, layout) in blocks.into_iter().rev() {
            // SAFETY: a block in use, which is forgotten here.
            unsafe { region.deallocate(block, layout) };
        }
        let after = region.level();
        assert!(after.byte_offset() - before.byte_offset() < UNIT.max(MIN_ALIGN));
        assert_eq!(*after_first.get_or_insert(after), after);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 512 },
        failure_persistence: None,
        // Seeding the default one for each choice takes most of the time in Miri.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    })]

    #[test]
    fn offsets(at in 0..SLACK, len in 0_usize..600, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<1>::new(at, len, false), &operations);
    }

    #[test]
    fn addresses(at in 0..SLACK, len in 0_usize..600, operations in prop::collection::vec(operation(), 0..60)) {
        // The end is at a unit.
        let len = (at + len).next_multiple_of(8) - at;
        run(&Region::<1>::new(at, len, true), &operations);
    }

    #[test]
    fn offsets_kept_at_16(at in 0..SLACK / 16, len in 0_usize..640, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<16>::new(at * 16, len, false), &operations);
    }

    /// As a `Bump` is: the base is aligned more strictly than the cursor, and more than a unit; or less.
    #[test]
    fn offsets_from_an_aligned_base(at in 0..SLACK / 4, len in 0_usize..600, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<1, 4>::new(at * 4, len, false), &operations);
        let at = at / 4 * 16;
        run(&Region::<1, 16>::new(at, len, false), &operations);
        run(&Region::<8, 16>::new(at, len, false), &operations);
    }

    /// As the `Region` of a program is: of the base, nothing is known, though the cursor is kept at a multiple.
    #[test]
    fn offsets_from_an_unknown_base(at in 0..SLACK / 16, len in 0_usize..600, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<16, 1>::new(at * 16, len, false), &operations);
    }

    #[test]
    fn addresses_kept_at_8(at in 0..SLACK / 8, len in 0_usize..80, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<8>::new(at * 8, len * 8, true), &operations);
    }

    #[test]
    fn frees_in_reverse_order_come_back(
        at in 0..SLACK,
        len in 0_usize..600,
        layouts in prop::collection::vec((0_usize..40, 0..UNIT.ilog2() + 1), 0..20),
    ) {
        let layouts: Vec<_> = layouts
            .into_iter()
            .map(|(size, log)| Layout::from_size_align(size, 1 << log).unwrap())
            .collect();
        run_in_reverse(&Region::<1>::new(at, len, false), &layouts);
        run_in_reverse(&Region::<32>::new(at / 32 * 32, len / 32 * 32, false), &layouts);
    }
}
