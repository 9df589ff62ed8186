//! Heaps that use freed memory again, against a shadow model, in both families; what fails is shrunk.
//!
//! Every block is filled with bytes of its own, which are checked after each operation. The model knows
//! which ranges are in use. So a request may be refused only if no free range is large enough for it;
//! and after all was freed, in whatever order, one request gets all of the memory.
//!
//! An arena with lists in front of it merges nothing. There, the model knows how many blocks of each
//! class were in use at once: there must be no more of them.

extern crate alloc;

use alloc::collections::{BTreeMap, BTreeSet};
use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr::NonNull;

use bump_core::class::{GRAIN, needed, rounded_size};
use bump_core::{Memory, RawAlloc, RawBump};
use bump_global::Region;
use bump_local::{Arena, BumpSlice, LeakBox, RecyclingArena};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngAlgorithm;

#[derive(Clone, Debug)]
enum Op {
    Allocate(Layout),
    Release(Index),
    Resize(Index, Layout),
    Reallocate(Index, Layout),
}

/// Most are small; some have no bytes, some are huge, some are aligned to more than there is.
fn layout() -> impl Strategy<Value = Layout> {
    let size = prop_oneof![
        1 => Just(0_usize),
        12 => 1_usize..100,
        3 => 100_usize..1500,
        1 => (isize::MAX as usize - 8192)..(isize::MAX as usize),
    ];
    let align = prop_oneof![6 => 0_u32..4, 1 => 4_u32..13];
    (size, align).prop_map(|(size, align)| {
        let huge = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
        Layout::from_size_align(size, 1 << align).unwrap_or(huge)
    })
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let index = any::<Index>;
    let op = prop_oneof![
        8 => layout().prop_map(Op::Allocate),
        5 => index().prop_map(Op::Release),
        1 => (index(), layout()).prop_map(|(index, to)| Op::Resize(index, to)),
        4 => (index(), layout()).prop_map(|(index, to)| Op::Reallocate(index, to)),
    ];
    vec(op, 0..if cfg!(miri) { 30 } else { 300 })
}

struct Block {
    start: NonNull<u8>,
    layout: Layout,
    content: u8,
}

impl Block {
    /// The block, after it was filled.
    fn new(start: NonNull<u8>, layout: Layout, content: u8) -> Self {
        // SAFETY: the block is ours, and has as many bytes.
        unsafe { start.write_bytes(content, layout.size()) };
        Block {
            start,
            layout,
            content,
        }
    }

    /// Whether the first `size` bytes are what they were filled with.
    fn check(&self, size: usize) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.start.addr().get() % self.layout.align(), 0);
        let bytes = NonNull::slice_from_raw_parts(self.start, size);
        // SAFETY: the block is ours, has as many bytes, and was filled.
        let bytes = unsafe { bytes.as_ref() };
        prop_assert_eq!(bytes.iter().find(|byte| **byte != self.content), None);
        Ok(())
    }
}

struct Model<'heap, A> {
    heap: &'heap A,
    /// The memory: from the first multiple of a grain to the last.
    grains: Range<usize>,
    /// All of it, which is what a heap takes for its size.
    capacity: usize,
    /// The classes that have lists.
    largest: usize,
    blocks: Vec<Block>,
    contents: u8,
}

impl<'heap, A: RawAlloc> Model<'heap, A> {
    fn new(heap: &'heap A, memory: Memory, largest: usize) -> Self {
        let (start, capacity) = (memory.start().addr().get(), memory.size());
        let first = start.next_multiple_of(GRAIN);
        let end = (start + capacity) / GRAIN * GRAIN;
        Model {
            heap,
            grains: first..end.max(first),
            capacity,
            largest,
            blocks: Vec::new(),
            contents: 0,
        }
    }

    /// The bytes that a block of a layout takes.
    fn footprint(&self, layout: Layout) -> usize {
        let rounded = rounded_size(needed(layout));
        if rounded <= self.largest && rounded + GRAIN <= self.capacity + 1 {
            rounded
        } else {
            needed(layout).next_multiple_of(GRAIN)
        }
    }

    /// The bytes of the largest free range; `None` if that is not known, because a block is in use that
    /// is somewhere in what was taken for it.
    fn largest_gap(&self) -> Option<usize> {
        let mut used = Vec::new();
        for block in &self.blocks {
            if block.layout.align() > GRAIN {
                return None;
            }
            let start = block.start.addr().get();
            if block.layout.size() != 0 {
                used.push(start..start + self.footprint(block.layout));
            }
        }
        used.sort_by_key(|range| range.start);
        let (mut end, mut gap) = (self.grains.start, 0);
        for range in used {
            assert!(range.start >= end, "blocks overlap");
            gap = gap.max(range.start - end);
            end = range.end;
        }
        Some(gap.max(self.grains.end - end))
    }

    /// Whether it was right to refuse a request.
    fn refused(&self, layout: Layout) -> Result<(), TestCaseError> {
        prop_assert_ne!(layout.size(), 0);
        if let Some(gap) = self.largest_gap() {
            prop_assert!(gap < self.footprint(layout), "{} bytes are free", gap);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        self.largest_gap();
        self.blocks
            .iter()
            .try_for_each(|block| block.check(block.layout.size()))
    }

    fn next_content(&mut self) -> u8 {
        self.contents = self.contents.wrapping_add(1);
        self.contents
    }

    fn allocate(&mut self, layout: Layout) -> Result<(), TestCaseError> {
        let Some(start) = self.heap.allocate(layout) else {
            return self.refused(layout);
        };
        let content = self.next_content();
        self.blocks.push(Block::new(start, layout, content));
        Ok(())
    }

    fn release(&mut self, index: usize) {
        let block = self.blocks.swap_remove(index);
        // SAFETY: the heap's block, with this layout.
        unsafe { self.heap.deallocate(block.start, block.layout) };
    }

    /// The block was resized, to where `start` is.
    fn resized(
        &mut self,
        index: usize,
        start: NonNull<u8>,
        new: Layout,
    ) -> Result<(), TestCaseError> {
        let old = &self.blocks[index];
        let moved = Block {
            start,
            layout: new,
            content: old.content,
        };
        moved.check(old.layout.size().min(new.size()))?;
        let content = self.next_content();
        self.blocks[index] = Block::new(start, new, content);
        Ok(())
    }

    fn run(&mut self, ops: &[Op]) -> Result<(), TestCaseError> {
        for op in ops {
            let count = self.blocks.len();
            match op {
                Op::Allocate(layout) => self.allocate(*layout)?,
                _ if count == 0 => {}
                Op::Release(index) => self.release(index.index(count)),
                Op::Resize(index, new) => {
                    let index = index.index(count);
                    let block = &self.blocks[index];
                    // SAFETY: the heap's block, with this layout.
                    let resized = unsafe { self.heap.resize(block.start, block.layout, *new) };
                    if let Some(start) = resized {
                        self.resized(index, start, *new)?;
                    }
                }
                Op::Reallocate(index, new) => {
                    let index = index.index(count);
                    let block = &self.blocks[index];
                    // SAFETY: the heap's block, with this layout.
                    let moved = unsafe { self.heap.reallocate(block.start, block.layout, *new) };
                    match moved {
                        Some(start) => self.resized(index, start, *new)?,
                        None => self.refused(*new)?,
                    }
                }
            }
            self.check()?;
        }
        while !self.blocks.is_empty() {
            self.release(self.blocks.len() / 2);
        }
        let size = self.grains.len();
        if size != 0 {
            self.allocate(Layout::from_size_align(size, 1).unwrap())?;
            prop_assert_eq!(self.blocks.len(), 1, "nothing is in use");
            self.release(0);
        }
        Ok(())
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 128 },
        failure_persistence: None,
        // Seeding the default one for each choice takes most of the time in Miri.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    }
}

/// A region for threads.
fn region(memory: &mut [MaybeUninit<u8>]) -> Region {
    let region = Region::empty();
    let len = memory.len();
    // SAFETY: the memory outlives the region, and is used by nothing else meanwhile.
    unsafe { region.init_raw(NonNull::from(memory).cast(), len) }.expect("it had none");
    region
}

/// Tests a family: a region of any place and size, twice in a row on the same lists.
macro_rules! family {
    ($name:ident, $region:expr, $recycling:ty, up to $largest:expr) => {
        proptest! {
            #![proptest_config(config())]

            #[test]
            fn $name(runs in vec(ops(), 1..3), start in 0_usize..16, size in 0_usize..3000) {
                let mut memory = [MaybeUninit::uninit(); 3100];
                let region = $region(&mut memory[start..start + 16 + size]);
                let memory = region.memory().expect("some");
                let heap = <$recycling>::new(&region);
                for ops in &runs {
                    Model::new(&heap, memory, $largest).run(ops)?;
                    prop_assert_eq!(heap.free_bytes(), 0);
                }
            }
        }
    };
}

fn slice(memory: &mut [MaybeUninit<u8>]) -> LeakBox<'_, BumpSlice> {
    BumpSlice::from_mem(memory).expect("room")
}

type OneThread<'a, const N: usize> = bump_local::Recycling<&'a BumpSlice, N>;
type Shared<'a, const N: usize> = bump_global::Recycling<&'a Region, N>;

family!(one_thread, slice, OneThread<'_, 40>, up to 1 << 14);
family!(one_thread_with_few_lists, slice, OneThread<'_, 12>, up to 128);
family!(shared, region, Shared<'_, 40>, up to 1 << 14);
family!(shared_with_few_lists, region, Shared<'_, 12>, up to 128);

/// The blocks of a class that an arena had.
#[derive(Default)]
struct Class {
    in_use: usize,
    /// The most that were in use at once.
    most: usize,
    /// The alignments above a grain of any request.
    aligned: BTreeSet<usize>,
}

/// A model of an arena with lists.
struct InArena<'heap, 'arena> {
    heap: &'heap RecyclingArena<'arena, 'arena>,
    blocks: Vec<Block>,
    contents: u8,
    /// By the bytes of their blocks.
    classes: BTreeMap<usize, Class>,
}

impl InArena<'_, '_> {
    fn taken(&mut self, start: NonNull<u8>, layout: Layout) -> Block {
        self.contents = self.contents.wrapping_add(1);
        if layout.size() != 0 {
            let class = self.classes.entry(rounded_size(layout.size())).or_default();
            class.in_use += 1;
            class.most = class.most.max(class.in_use);
            if layout.align() > GRAIN {
                class.aligned.insert(layout.align());
            }
        }
        Block::new(start, layout, self.contents)
    }

    fn freed(&mut self, layout: Layout) {
        if layout.size() != 0 {
            let class = self.classes.get_mut(&rounded_size(layout.size()));
            class.expect("it was taken").in_use -= 1;
        }
    }

    fn run(&mut self, ops: &[Op]) -> Result<(), TestCaseError> {
        for op in ops {
            let count = self.blocks.len();
            match op {
                Op::Allocate(layout) => {
                    if let Some(start) = self.heap.allocate(*layout) {
                        let block = self.taken(start, *layout);
                        self.blocks.push(block);
                    }
                }
                _ if count == 0 => {}
                Op::Release(index) => {
                    let block = self.blocks.swap_remove(index.index(count));
                    self.freed(block.layout);
                    // SAFETY: the heap's block, with this layout.
                    unsafe { self.heap.deallocate(block.start, block.layout) };
                }
                Op::Resize(index, new) | Op::Reallocate(index, new) => {
                    let index = index.index(count);
                    let Block {
                        start,
                        layout,
                        content,
                    } = self.blocks[index];
                    let resized = if matches!(op, Op::Resize(..)) {
                        // SAFETY: the heap's block, with this layout.
                        unsafe { self.heap.resize(start, layout, *new) }
                    } else {
                        // SAFETY: the same.
                        unsafe { self.heap.reallocate(start, layout, *new) }
                    };
                    if let Some(start) = resized {
                        let moved = Block {
                            start,
                            layout: *new,
                            content,
                        };
                        moved.check(layout.size().min(new.size()))?;
                        self.blocks[index] = self.taken(start, *new);
                        self.freed(layout);
                    } else {
                        let smaller = new.size() <= layout.size() && new.align() <= layout.align();
                        prop_assert!(!smaller || matches!(op, Op::Resize(..)));
                    }
                }
            }
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for block in &self.blocks {
            block.check(block.layout.size())?;
        }
        let (mut had, mut most) = (self.heap.free_bytes(), 0);
        for (bytes, class) in &self.classes {
            had += class.in_use * bytes;
            most += class.most * bytes * (1 + class.aligned.len());
        }
        prop_assert!(had <= most, "{had} bytes in blocks, and {most} were in use");
        Ok(())
    }
}

proptest! {
    #![proptest_config(config())]

    /// The end of the lists frees nothing that is in use, and a scope begins with empty ones.
    #[test]
    fn in_an_arena(ops in ops(), in_scope in ops(), limit in 0_usize..100_000) {
        let mut arena = Arena::new();
        arena.set_allocation_limit(Some(limit));
        let run = |heap: &RecyclingArena<'_, '_>, ops: &[Op]| {
            let (blocks, classes) = (Vec::new(), BTreeMap::new());
            let mut model = InArena { heap, blocks, contents: 0, classes };
            model.run(ops)?;
            Ok::<_, TestCaseError>(model.blocks)
        };
        let kept = run(&RecyclingArena::new(&arena), &ops)?;
        arena.scope(|scope| run(&RecyclingArena::new(&*scope), &in_scope))?;
        kept.iter().try_for_each(|block| block.check(block.layout.size()))?;
    }
}
