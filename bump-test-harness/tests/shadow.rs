//! Random operations against a shadow model, in both families; what fails is shrunk.
//!
//! Every block that is handed out is filled with bytes of its own, which are checked after each
//! operation: blocks that overlap, or lie outside of the memory, cannot keep them. Where the memory
//! is one piece, the model also foretells each address, and whether there is room.

extern crate alloc;

use alloc::rc::Rc;
use core::alloc::Layout;
use core::cell::Cell;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;

use bump_core::align::align_up;
use bump_core::{RawAlloc, UNIT};
use bump_local::{Arena, BumpSlice, Chunks, Rewind, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;

#[derive(Clone, Debug)]
enum Op {
    Allocate(Layout),
    Release(prop::sample::Index),
    Reallocate(prop::sample::Index, Layout),
    /// A value with a destructor, one that is made in its place, or a slice of so many.
    Dropped(u8),
    /// A string, piece by piece, with blocks in between; finished or not.
    Text(Vec<u8>, bool),
    /// Blocks beside a guard and in it, which is leaked or not.
    Guard(Layout, bool),
    Scope(Vec<Op>),
    /// Operations on temporaries, a block beside them, and more operations.
    Scratch(Vec<Op>, Layout, Vec<Op>),
}

fn layout() -> impl Strategy<Value = Layout> {
    let size = prop_oneof![4 => 0_usize..40, 1 => 40_usize..500];
    (size, 0_u32..8).prop_map(|(size, align)| Layout::from_size_align(size, 1 << align).unwrap())
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => layout().prop_map(Op::Allocate),
        4 => any::<prop::sample::Index>().prop_map(Op::Release),
        6 => (any::<prop::sample::Index>(), layout()).prop_map(|(index, to)| Op::Reallocate(index, to)),
        1 => (0_u8..9).prop_map(Op::Dropped),
        1 => (vec(0_u8..40, 0..6), any::<bool>()).prop_map(|(text, end)| Op::Text(text, end)),
        1 => (layout(), any::<bool>()).prop_map(|(layout, leaked)| Op::Guard(layout, leaked)),
    ];
    let op = op.prop_recursive(3, 60, 12, |op| {
        let ops = || vec(op.clone(), 0..12);
        prop_oneof![
            ops().prop_map(Op::Scope),
            (ops(), layout(), ops()).prop_map(|(one, layout, two)| Op::Scratch(one, layout, two)),
        ]
    });
    vec(op, 0..if cfg!(miri) { 6 } else { 40 })
}

/// A family of allocators.
trait Family: Rewind {
    /// Whether blocks that are not the last keep their place only if not a byte moves.
    const CHUNKS: bool;

    /// Calls `f` with a scope for temporaries, if there is such a thing.
    fn scratch<'scope>(
        scope: &Scope<'scope, '_, Self>,
        f: &mut dyn FnMut(&mut Scope<'_, '_, Self>) -> Result<(), TestCaseError>,
    ) -> Result<(), TestCaseError>;
}

impl<const MIN_ALIGN: usize> Family for Chunks<MIN_ALIGN> {
    const CHUNKS: bool = true;

    fn scratch<'scope>(
        scope: &Scope<'scope, '_, Self>,
        f: &mut dyn FnMut(&mut Scope<'_, '_, Self>) -> Result<(), TestCaseError>,
    ) -> Result<(), TestCaseError> {
        scope.scratch(|temporaries| f(temporaries))
    }
}

impl Family for BumpSlice {
    const CHUNKS: bool = false;

    fn scratch<'scope>(
        _: &Scope<'scope, '_, Self>,
        _: &mut dyn FnMut(&mut Scope<'_, '_, Self>) -> Result<(), TestCaseError>,
    ) -> Result<(), TestCaseError> {
        Ok(())
    }
}

struct Block {
    start: NonNull<u8>,
    layout: Layout,
    content: u8,
}

impl Block {
    fn fill(&self) {
        // SAFETY: the block is ours, and has as many bytes.
        unsafe { self.start.write_bytes(self.content, self.layout.size()) };
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

/// Memory in one piece, in which the model knows where everything is.
#[derive(Clone, Copy)]
struct Piece {
    cursor: usize,
    limit: usize,
    /// The multiple to which starts and sizes of blocks are rounded.
    unit: usize,
}

impl Piece {
    fn new(cursor: usize, bytes: usize, min_align: usize) -> Self {
        Piece {
            cursor,
            limit: cursor + bytes,
            unit: min_align.max(UNIT),
        }
    }

    /// Where a block is put from an address on.
    fn place(&self, from: usize, layout: Layout) -> Option<(usize, usize)> {
        let start = align_up(from, layout.align().max(self.unit))?;
        let end = self.end(start, layout);
        (end <= self.limit).then_some((start, end))
    }

    fn allocate(&mut self, layout: Layout) -> Option<usize> {
        let (start, end) = self.place(self.cursor, layout)?;
        self.cursor = end;
        Some(start)
    }

    fn end(&self, start: usize, layout: Layout) -> usize {
        start + layout.size().next_multiple_of(self.unit)
    }

    fn release(&mut self, start: usize, layout: Layout) {
        if layout.size() != 0 && self.end(start, layout) == self.cursor {
            self.cursor = start;
        }
    }

    fn reallocate(
        &mut self,
        start: usize,
        old: Layout,
        new: Layout,
        chunks: bool,
    ) -> Option<usize> {
        let old_end = self.end(start, old);
        if old.size() != 0 && start % new.align() == 0 {
            let last = old_end == self.cursor;
            match self.place(start, new) {
                Some((_, end)) if last => {
                    self.cursor = end;
                    return Some(start);
                }
                // Up to its rounded end, where what rounded it is known to be the block's.
                Some((_, end)) if end <= old_end && !chunks => return Some(start),
                _ if !last && chunks && new.size() <= old.size() => return Some(start),
                _ => {}
            }
        }
        let moved = self.allocate(new)?;
        self.release(start, old);
        Some(moved)
    }
}

struct Model {
    blocks: Vec<Block>,
    contents: u8,
    piece: Option<Piece>,
    alive: Rc<Cell<usize>>,
}

/// A value that is counted.
struct Alive(Rc<Cell<usize>>);

impl Alive {
    fn new(count: &Rc<Cell<usize>>) -> Self {
        count.set(count.get() + 1);
        Alive(Rc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Model {
    fn new(piece: Option<Piece>) -> Self {
        Model {
            blocks: Vec::new(),
            contents: 0,
            piece,
            alive: Rc::default(),
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        self.blocks
            .iter()
            .try_for_each(|block| block.check(block.layout.size()))
    }

    /// Checks an answer against what was foretold, and takes the block.
    fn expect(
        &mut self,
        got: Option<NonNull<u8>>,
        foretold: Option<Option<usize>>,
        layout: Layout,
    ) -> Result<Option<Block>, TestCaseError> {
        if layout.size() == 0 {
            prop_assert!(got.is_some());
        } else if let Some(foretold) = foretold {
            prop_assert_eq!(got.map(|start| start.addr().get()), foretold);
        }
        let Some(start) = got else {
            return Ok(None);
        };
        self.contents = self.contents.wrapping_add(1);
        let block = Block {
            start,
            layout,
            content: self.contents,
        };
        block.check(0)?;
        Ok(Some(block))
    }

    fn allocate<A: RawAlloc + ?Sized>(
        &mut self,
        allocator: &A,
        layout: Layout,
    ) -> Result<(), TestCaseError> {
        let got = allocator.allocate(layout);
        let foretold = match &mut self.piece {
            Some(piece) if layout.size() != 0 => Some(piece.allocate(layout)),
            _ => None,
        };
        if let Some(block) = self.expect(got, foretold, layout)? {
            block.fill();
            self.blocks.push(block);
        }
        Ok(())
    }

    fn run<A: Family + ?Sized>(
        &mut self,
        scope: &mut Scope<'_, '_, A>,
        ops: &[Op],
    ) -> Result<(), TestCaseError> {
        // Blocks of outer scopes are not for inner ones to release or resize.
        let own = self.blocks.len();
        for op in ops {
            match op {
                Op::Allocate(layout) => self.allocate(scope, *layout)?,
                Op::Release(index) if self.blocks.len() > own => {
                    let index = own + index.index(self.blocks.len() - own);
                    let block = self.blocks.swap_remove(index);
                    // SAFETY: the scope's block.
                    unsafe { scope.deallocate(block.start, block.layout) };
                    if let Some(piece) = &mut self.piece {
                        piece.release(block.start.addr().get(), block.layout);
                    }
                }
                Op::Reallocate(index, layout) if self.blocks.len() > own => {
                    let index = own + index.index(self.blocks.len() - own);
                    self.reallocate(scope, index, *layout)?;
                }
                Op::Release(_) | Op::Reallocate(..) => {}
                Op::Dropped(form) => {
                    // Not foretold: the size of the link before it depends on the machine.
                    self.piece = None;
                    match form {
                        0 => drop(scope.try_alloc_dropped(Alive::new(&self.alive))),
                        1 => {
                            let make = || {
                                let _ = scope.try_alloc_dropped(Alive::new(&self.alive));
                                Alive::new(&self.alive)
                            };
                            let _ = scope.try_alloc_dropped_with(make);
                        }
                        len => {
                            let values = (0..*len).map(|_| Alive::new(&self.alive));
                            // Whose number is not known beforehand.
                            let _ = scope.try_alloc_slice_dropped(values.filter(|_| true));
                        }
                    }
                }
                Op::Text(pieces, finish) => self.text(scope, pieces, *finish)?,
                Op::Guard(layout, leaked) => {
                    // A block around the guard, which is in use with it.
                    let mut unique = scope.arena_mut();
                    self.allocate(&unique.arena_ref(), *layout)?;
                    let before = self.piece;
                    let blocks = self.blocks.len();
                    let guard = unique.guard();
                    self.allocate(&guard, *layout)?;
                    self.allocate(&guard.arena_ref(), *layout)?;
                    self.check()?;
                    self.blocks.truncate(blocks);
                    if *leaked {
                        mem::forget(guard);
                    } else {
                        drop(guard);
                        self.piece = before;
                    }
                }
                Op::Scope(ops) => {
                    let before = self.piece;
                    let (blocks, alive) = (self.blocks.len(), self.alive.get());
                    scope.scope(|inner| self.run(inner, ops))?;
                    prop_assert_eq!(self.alive.get(), alive);
                    self.blocks.truncate(blocks);
                    self.piece = before.filter(|_| self.piece.is_some());
                }
                Op::Scratch(one, layout, two) => {
                    let mut piece = self.piece.take();
                    let (blocks, alive) = (self.blocks.len(), self.alive.get());
                    A::scratch(scope, &mut |temporaries| {
                        self.run(temporaries, one)?;
                        self.run(temporaries, two)
                    })?;
                    prop_assert_eq!(self.alive.get(), alive);
                    self.blocks.truncate(blocks);
                    let mut results = Vec::new();
                    A::scratch(scope, &mut |temporaries| {
                        self.run(temporaries, one)?;
                        let temporary = self.blocks.len();
                        self.allocate(&*scope, *layout)?;
                        results.extend(self.blocks.drain(temporary..));
                        self.run(temporaries, two)
                    })?;
                    self.blocks.truncate(blocks);
                    if let (Some(piece), [block]) = (&mut piece, &results[..]) {
                        if block.layout.size() != 0 {
                            let start = piece.allocate(block.layout);
                            prop_assert_eq!(start, Some(block.start.addr().get()));
                        }
                    }
                    self.blocks.append(&mut results);
                    self.piece = piece;
                }
            }
            self.check()?;
        }
        Ok(())
    }

    fn reallocate<A: Family + ?Sized>(
        &mut self,
        scope: &Scope<'_, '_, A>,
        index: usize,
        new: Layout,
    ) -> Result<(), TestCaseError> {
        let Block {
            start,
            layout: old,
            content,
        } = self.blocks[index];
        // SAFETY: the scope's block.
        let got = unsafe { scope.reallocate(start, old, new) };
        let address = start.addr().get();
        let foretold = match &mut self.piece {
            Some(piece) if new.size() == 0 => {
                piece.release(address, old);
                None
            }
            Some(piece) => Some(piece.reallocate(address, old, new, A::CHUNKS)),
            None => None,
        };
        if let Some(mut block) = self.expect(got, foretold, new)? {
            let fresh = mem::replace(&mut block.content, content);
            block.check(old.size().min(new.size()))?;
            block.content = fresh;
            block.fill();
            self.blocks[index] = block;
        }
        Ok(())
    }

    fn text<A: Rewind + ?Sized>(
        &mut self,
        scope: &Scope<'_, '_, A>,
        pieces: &[u8],
        finish: bool,
    ) -> Result<(), TestCaseError> {
        // Its growth is the business of `text`.
        self.piece = None;
        let mut text = scope.string_builder();
        let mut expected = String::new();
        for length in pieces {
            let piece = "ä".repeat(usize::from(*length));
            if text.try_push_str(&piece).is_ok() {
                expected.push_str(&piece);
            }
            if length % 2 == 0 {
                self.allocate(scope, Layout::new::<u16>())?;
            }
            prop_assert_eq!(text.as_str(), &expected);
            self.check()?;
        }
        if finish {
            prop_assert_eq!(&*text.finish(), &expected);
        }
        Ok(())
    }
}

/// The memory behind a byte that was just allocated, with `room` bytes behind it.
fn piece_behind(byte: &u8, room: usize, min_align: usize) -> Piece {
    Piece::new((&raw const *byte).addr() + min_align, room, min_align)
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 64 },
        failure_persistence: None,
        // Seeding the default one for each choice takes most of the time in Miri.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_region_of_a_fixed_size(runs in vec(ops(), 1..4), start in 0_usize..16, size in 0_usize..3000) {
        let mut memory = [MaybeUninit::uninit(); 3100];
        let mut bump = BumpSlice::from_mem(&mut memory[start..start + 16 + size]).unwrap();
        for ops in &runs {
            let cursor = bump.data_ptr().addr().get();
            let mut model = Model::new(Some(Piece::new(cursor, bump.capacity(), 1)));
            bump.scope(|scope| model.run(scope, ops))?;
            prop_assert_eq!(bump.used(), 0);
            prop_assert_eq!(model.alive.get(), 0);
        }
    }

    #[test]
    fn an_arena_in_a_buffer(runs in vec(ops(), 1..4), start in 0_usize..16, size in 0_usize..3000) {
        let mut memory = [MaybeUninit::uninit(); 3200];
        let mut arena = Arena::from_mem(&mut memory[start..start + 100 + size]);
        let capacity = arena.chunk_capacity();
        for ops in &runs {
            let piece = piece_behind(arena.alloc(0), arena.chunk_capacity(), 1);
            let mut model = Model::new(Some(piece));
            arena.scope(|scope| model.run(scope, ops))?;
            prop_assert_eq!(arena.used_bytes(), 1);
            prop_assert_eq!(model.alive.get(), 0);
            arena.reset();
            prop_assert_eq!(arena.chunk_capacity(), capacity);
        }
    }

    #[test]
    fn an_arena_with_an_aligned_cursor(ops in ops(), size in 0_usize..3000) {
        let mut memory = [MaybeUninit::uninit(); 3200];
        let mut arena = Arena::<8>::with_min_align_from_mem(&mut memory[..100 + size]);
        let piece = piece_behind(arena.alloc(0), arena.chunk_capacity(), 8);
        let mut model = Model::new(Some(piece));
        arena.scope(|scope| model.run(scope, &ops))?;
        prop_assert_eq!(arena.used_bytes(), 8);
    }

    #[test]
    fn an_arena_of_several_buffers(runs in vec(ops(), 1..4), sizes in vec(0_usize..600, 0..6)) {
        let mut memory = [[MaybeUninit::uninit(); 600]; 6];
        let mut arena = Arena::from_mem(&mut []);
        for (memory, size) in memory.iter_mut().zip(&sizes) {
            arena.add_mem(&mut memory[..*size]);
        }
        let capacity = arena.allocated_bytes();
        for ops in &runs {
            let mut model = Model::new(None);
            arena.scope(|scope| model.run(scope, ops))?;
            prop_assert_eq!(arena.used_bytes(), 0);
            prop_assert_eq!(arena.allocated_bytes(), capacity);
        }
    }

    #[test]
    fn an_arena_that_grows(runs in vec((ops(), any::<bool>()), 1..4), limit in prop::option::of(0_usize..20_000)) {
        let mut arena = Arena::new();
        arena.set_allocation_limit(limit);
        for (ops, release) in &runs {
            let mut model = Model::new(None);
            arena.scope(|scope| model.run(scope, ops))?;
            prop_assert_eq!(arena.used_bytes(), 0);
            prop_assert!(arena.allocated_bytes_including_metadata() <= limit.unwrap_or(usize::MAX));
            if *release {
                arena.release_memory();
                prop_assert_eq!(arena.allocated_bytes(), 0);
            }
        }
    }
}
