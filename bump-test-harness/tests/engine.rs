//! The engine of `bump-core` by itself, under random operations and against a model that is a list
//! of blocks: all kinds of positions, several minimum alignments, bases aligned to nothing.

use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::NonNull;

use bump_core::{Cursor, Level, Memory, RawAlloc, RawBump, Space, Values};
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
struct Region<const ADDRESSES: bool, const MIN_ALIGN: usize, const START: usize = 0> {
    cursor: CellCursor,
    memory: Memory,
    /// Owns what `memory` points to.
    buffer: NonNull<[u8]>,
}

const SLACK: usize = 64;

impl<const ADDRESSES: bool, const MIN_ALIGN: usize, const START: usize>
    Region<ADDRESSES, MIN_ALIGN, START>
{
    /// `len` bytes, `offset` behind a multiple of 64.
    fn new(offset: usize, len: usize) -> Self {
        let bytes = vec![0xEE_u8; len + 2 * SLACK].into_boxed_slice();
        let buffer = NonNull::from(Box::leak(bytes));
        let start = buffer.cast::<u8>();
        let padding = bump_core::padding(start.addr().get(), SLACK) + offset;
        assert!(padding + len <= buffer.len());
        // SAFETY: inside the buffer, as just compared.
        let base = unsafe { start.add(padding) };
        let first = if ADDRESSES { base.addr().get() } else { 0 };
        Region {
            cursor: CellCursor(Cell::new(first - START)),
            memory: Memory {
                base,
                limit: first + len,
            },
            buffer,
        }
    }
}

impl<const ADDRESSES: bool, const MIN_ALIGN: usize, const START: usize> Drop
    for Region<ADDRESSES, MIN_ALIGN, START>
{
    fn drop(&mut self) {
        // SAFETY: from a box that was leaked.
        drop(unsafe { Box::from_raw(self.buffer.as_ptr()) });
    }
}

// SAFETY: the buffer is owned and stays where it is; base, limit and first position are multiples
// of the minimum alignment, and the cursor is moved by the engine alone.
unsafe impl<const ADDRESSES: bool, const MIN_ALIGN: usize, const START: usize> RawBump
    for Region<ADDRESSES, MIN_ALIGN, START>
{
    type Cursor = CellCursor;
    const SPACE: Space = if ADDRESSES {
        Space::Addresses
    } else {
        Space::Offsets
    };
    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = MIN_ALIGN;
    const START: usize = START;

    fn cursor(&self) -> &CellCursor {
        &self.cursor
    }

    fn memory(&self) -> Memory {
        self.memory
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Take(Layout),
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
    mark: u8,
}

impl Block {
    fn new(start: NonNull<u8>, layout: Layout, mark: u8) -> Self {
        assert!(start.addr().get() % layout.align() == 0);
        // SAFETY: a block just handed out.
        unsafe { start.write_bytes(mark, layout.size()) };
        Block {
            start,
            layout,
            mark,
        }
    }

    fn check(&self, size: usize) {
        // SAFETY: inside a block in use, whose bytes were written.
        let bytes = unsafe { NonNull::slice_from_raw_parts(self.start, size).as_ref() };
        let wrong = bytes.iter().position(|byte| *byte != self.mark);
        assert_eq!(wrong, None, "in {:?}", self.layout);
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
        4 => layout().prop_map(Operation::Take),
        1 => (layout(), any::<bool>()).prop_map(|(l, right)| Operation::TakeAt(l, right)),
        2 => any::<usize>().prop_map(Operation::Release),
        2 => (any::<usize>(), layout()).prop_map(|(i, l)| Operation::Resize(i, l)),
        2 => (any::<usize>(), layout()).prop_map(|(i, l)| Operation::Reallocate(i, l)),
        1 => (any::<usize>(), layout()).prop_map(|(i, l)| Operation::GrowZeroed(i, l)),
    ]
}

/// The position of the cursor.
fn position<R: RawBump>(region: &R) -> usize {
    region.cursor().load() + R::START
}

/// Whether a block fits at a position, tried address by address.
fn fits<R: RawBump>(region: &R, layout: Layout) -> bool {
    let Memory { base, limit } = region.memory();
    let origin = match R::SPACE {
        Space::Offsets => base.addr().get(),
        Space::Addresses => 0,
    };
    let align = layout.align().max(R::MIN_ALIGN);
    let size = layout.size().next_multiple_of(R::MIN_ALIGN);
    (position(region)..=limit)
        .any(|position| (origin + position) % align == 0 && size <= limit - position)
}

fn run<R: RawBump>(region: &R, operations: &[Operation]) {
    let memory = region.memory();
    let mut blocks: Vec<Block> = Vec::new();
    let mut mark = 0_u8;
    for operation in operations {
        mark = mark.wrapping_add(1);
        let before = region.cursor().load();
        // What is asked of a block that there is not.
        let index = |i: &usize| (!blocks.is_empty()).then(|| i % blocks.len());
        match operation {
            Operation::Take(layout) => {
                let fitting = layout.size() == 0 || fits(region, *layout);
                let block = region.take(*layout);
                assert_eq!(block.is_some(), fitting);
                if layout.size() == 0 || block.is_none() {
                    assert_eq!(region.cursor().load(), before);
                }
                blocks.extend(block.map(|block| Block::new(block, *layout, mark)));
            }
            Operation::TakeAt(layout, right) => {
                let level = Level::new(if *right { before } else { before ^ 1 });
                match region.get_layout_at(*layout, level) {
                    Ok(block) => {
                        assert!(*right);
                        assert_eq!(block.level, region.level());
                        blocks.push(Block::new(block.ptr, *layout, mark));
                    }
                    Err(failure) => {
                        assert_eq!(region.cursor().load(), before);
                        let exhausted = failure == bump_core::Failure::Exhausted;
                        assert_eq!(exhausted, *right);
                        assert!(!exhausted || !fits(region, *layout));
                    }
                }
            }
            Operation::Release(i) => {
                let Some(i) = index(i) else { continue };
                let block = blocks.swap_remove(i);
                block.check(block.layout.size());
                // SAFETY: a block in use, which is forgotten here.
                let given_back = unsafe { region.give_back(block.start, block.layout) };
                let size = block.layout.size().next_multiple_of(R::MIN_ALIGN);
                let after = region.cursor().load();
                assert_eq!(before - after, if given_back { size } else { 0 });
            }
            Operation::Resize(i, new) => {
                let Some(i) = index(i) else { continue };
                let block = &blocks[i];
                // SAFETY: a block in use, which is replaced if it was resized.
                let resized = unsafe { RawBump::resize(region, block.start, block.layout, *new) };
                if let Some(resized) = resized {
                    let kept = block.layout.size().min(new.size());
                    Block {
                        start: resized,
                        ..blocks.swap_remove(i)
                    }
                    .check(kept);
                    blocks.push(Block::new(resized, *new, mark));
                } else {
                    assert_eq!(region.cursor().load(), before);
                    let shrinks = new.size() <= block.layout.size();
                    assert!(
                        block.layout.size() == 0 || !shrinks || new.align() > block.layout.align()
                    );
                }
            }
            Operation::Reallocate(i, new) => {
                let Some(i) = index(i) else { continue };
                let block = &blocks[i];
                // SAFETY: a block in use, which is replaced if it was resized.
                let resized = unsafe { region.reallocate(block.start, block.layout, *new) };
                if let Some(resized) = resized {
                    let kept = block.layout.size().min(new.size());
                    Block {
                        start: resized,
                        ..blocks.swap_remove(i)
                    }
                    .check(kept);
                    blocks.push(Block::new(resized, *new, mark));
                } else {
                    assert_eq!(region.cursor().load(), before);
                    assert!(!fits(region, *new));
                }
            }
            Operation::GrowZeroed(i, new) => {
                let Some(i) = index(i) else { continue };
                let old = blocks[i].layout;
                let new = Layout::from_size_align(old.size() + new.size(), new.align()).unwrap();
                // SAFETY: a block in use, which is replaced if it was resized.
                let grown = unsafe { region.grow_zeroed(blocks[i].start, old, new) };
                if let Some(grown) = grown {
                    Block {
                        start: grown,
                        ..blocks.swap_remove(i)
                    }
                    .check(old.size());
                    let whole = NonNull::slice_from_raw_parts(grown, new.size());
                    // SAFETY: the block, whose head was written and whose tail was cleared.
                    let bytes: &[u8] = unsafe { whole.as_ref() };
                    assert!(bytes[old.size()..].iter().all(|byte| *byte == 0));
                    blocks.push(Block::new(grown, new, mark));
                }
            }
        }
        let Memory { limit, .. } = memory;
        assert!(position(region) <= limit);
        assert_eq!(position(region) % R::MIN_ALIGN, 0);
        let mut ranges: Vec<_> = blocks
            .iter()
            .inspect(|block| block.check(block.layout.size()))
            .map(Block::range)
            .filter(|range| !range.is_empty())
            .collect();
        ranges.sort_unstable_by_key(|range| range.start);
        assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let base = memory.base.addr().get();
        let length = if R::SPACE == Space::Offsets {
            limit
        } else {
            limit - base
        };
        assert!(
            ranges
                .iter()
                .all(|range| base <= range.start && range.end <= base + length)
        );
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
        run(&Region::<false, 1>::new(at, len), &operations);
    }

    #[test]
    fn addresses(at in 0..SLACK, len in 0_usize..600, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<true, 1>::new(at, len), &operations);
    }

    #[test]
    fn addresses_of_the_byte_in_front(at in 0..SLACK, len in 0_usize..600, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<true, 1, 1>::new(at, len), &operations);
    }

    #[test]
    fn offsets_kept_at_16(at in 0..SLACK / 16, len in 0_usize..40, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<false, 16>::new(at * 16, len * 16), &operations);
    }

    #[test]
    fn addresses_kept_at_8(at in 0..SLACK / 8, len in 0_usize..80, operations in prop::collection::vec(operation(), 0..60)) {
        run(&Region::<true, 8>::new(at * 8, len * 8), &operations);
    }
}
