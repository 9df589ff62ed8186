//! The shadow model. It runs operations on a [`Heap`] and keeps a book of what must be true; after
//! each operation it compares the two. It checks the place of a block before it touches the block's
//! memory, so it reports a wrong answer instead of acting on it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::ops::Range;
use core::ptr::NonNull;

use crate::block::Block;
use crate::calm::calm;
use crate::heap::{Granted, Heap, Resize};
use crate::op::Op;
use crate::violation::{Rule, Violation};

/// How far [`Op::Exhaust`] goes with an allocator that does not refuse.
///
/// ```
/// use bump_test_harness::Limits;
///
/// let limits = Limits { blocks: 10, ..Limits::default() };
/// assert!(limits.bytes > 1000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Live blocks.
    pub blocks: usize,
    /// Bytes in live blocks.
    pub bytes: usize,
}

impl Limits {
    /// Limits that use up a small memory with few requests: for long sequences, and many of them.
    pub const SMALL: Self = Self {
        blocks: 64,
        bytes: 8192,
    };
}

impl Default for Limits {
    /// 1024 blocks and 128 KiB, or far less where an interpreter runs the code or `usize` is small.
    fn default() -> Self {
        if cfg!(miri) || usize::BITS < 32 {
            Self {
                blocks: if cfg!(miri) { 12 } else { 48 },
                bytes: 4096,
            }
        } else {
            Self {
                blocks: 1024,
                bytes: 1 << 17,
            }
        }
    }
}

/// Counts of what happened in runs without a violation, to see whether they showed anything at all.
///
/// ```
/// use bump_test_harness::Coverage;
///
/// let mut sum = Coverage { granted: 3, ..Coverage::default() };
/// sum += Coverage { granted: 1, refused: 1, ..Coverage::default() };
/// assert_eq!((sum.granted, sum.refused), (4, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Requests that got a block.
    pub granted: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Resized blocks that kept their address.
    pub in_place: u64,
    /// Resized blocks that got another address.
    pub moved: u64,
    /// Resets and moves of the allocator that were carried out.
    pub upheavals: u64,
}

impl core::ops::AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.granted += other.granted;
        self.refused += other.refused;
        self.in_place += other.in_place;
        self.moved += other.moved;
        self.upheavals += other.upheavals;
    }
}

/// A heap under test, and the book about it.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::calls::ByGlobalAlloc;
/// use bump_test_harness::lent::Lent;
/// use bump_test_harness::model::Model;
/// use bump_test_harness::{Limits, op};
///
/// let bump = Bump::<[u8; 1024]>::uninit();
/// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
/// let mut model = Model::new(&mut heap, Limits::default(), 0);
/// for step in op::parse("alloc 16/8; alloc 4/4; free 1").unwrap() {
///     model.step(step)?;
/// }
/// assert_eq!(model.finish()?.granted, 2);
/// # Ok::<(), bump_test_harness::Violation>(())
/// ```
pub struct Model<'h> {
    heap: &'h mut dyn Heap,
    limits: Limits,
    /// The blocks that live, the oldest first.
    live: Vec<Block>,
    /// Where each live block that has bytes starts and ends.
    places: BTreeMap<usize, usize>,
    /// The fill of the next block. No two blocks of one model have the same.
    next_fill: u32,
    /// Ranges of the heap's own memory that were written, so that reading them is defined.
    written: Vec<Range<usize>>,
    coverage: Coverage,
}

/// Runs `ops` on a heap that nobody else uses, and gives every block back at the end.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::calls::ByGlobalAlloc;
/// use bump_test_harness::lent::Lent;
/// use bump_test_harness::model::run;
/// use bump_test_harness::{Limits, op};
///
/// let bump = Bump::<[u8; 1024]>::uninit();
/// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
/// let ops = op::parse("exhaust 104/4; free 0; alloc 104/4").unwrap();
/// let coverage = run(&mut heap, Limits::default(), &ops)?;
/// assert_eq!((coverage.granted, coverage.refused), (10, 1));
/// # Ok::<(), bump_test_harness::Violation>(())
/// ```
///
/// # Errors
///
/// The first violation. The operations after it are not carried out and the heap's blocks are
/// leaked, because nothing that such a heap does can be relied upon.
pub fn run(heap: &mut dyn Heap, limits: Limits, ops: &[Op]) -> Result<Coverage, Violation> {
    let mut model = Model::new(heap, limits, 0);
    for &op in ops {
        model.step(op)?;
    }
    model.finish()
}

impl<'h> Model<'h> {
    /// Starts a book about a heap without live blocks.
    ///
    /// Models that run at the same time on one allocator must have different `lane`s, so that their
    /// blocks differ in their contents.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::Model;
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// assert!(model.live().is_empty());
    /// ```
    pub fn new(heap: &'h mut dyn Heap, limits: Limits, lane: u8) -> Self {
        Self {
            heap,
            limits,
            live: Vec::new(),
            places: BTreeMap::new(),
            next_fill: u32::from(lane) << 24,
            written: Vec::new(),
            coverage: Coverage::default(),
        }
    }

    /// The blocks that live, the oldest first.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::Model;
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// model.step(op::alloc(1, 1))?;
    /// assert_eq!(model.live().len(), 1);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    #[must_use]
    pub fn live(&self) -> &[Block] {
        &self.live
    }

    /// The counts of the calls so far.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::Model;
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// model.step(op::alloc(2000, 1))?;
    /// assert_eq!(model.coverage().refused, 1);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Carries out one operation and checks all that must hold afterwards.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::Model;
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// model.step(op::alloc(10, 1))?;
    /// model.step(op::grow(0, 20, 1))?;
    /// assert_eq!(model.live()[0].len(), 20);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The violation that the operation showed.
    pub fn step(&mut self, op: Op) -> Result<(), Violation> {
        match op {
            Op::Allocate { layout, zeroed } => {
                self.allocate(layout, zeroed)?;
            }
            Op::Resize { block, layout, how } => {
                if let Some(index) = self.index(block) {
                    self.resize(index, layout, how)?;
                }
            }
            Op::Release { block } => {
                if let Some(index) = self.index(block) {
                    self.release(index)?;
                }
            }
            Op::Widen { block } => {
                if let Some(index) = self.index(block) {
                    self.live[index].widen();
                }
            }
            Op::Exhaust { layout } => self.exhaust(layout)?,
            Op::Reset => {
                let reset = calm("reset", || self.heap.reset())?;
                if reset {
                    self.live.clear();
                    self.places.clear();
                    self.coverage.upheavals += 1;
                }
            }
            Op::Relocate => {
                if calm("moving the allocator", || self.heap.relocate())? {
                    self.coverage.upheavals += 1;
                }
            }
        }
        // Under an interpreter, check the newest blocks only, since it is slow; `finish` checks
        // all.
        self.check_newest(if cfg!(miri) { 3 } else { usize::MAX })
    }

    /// Gives every block back, the oldest first, and checks once more.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::Model;
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// model.step(op::alloc(10, 1))?;
    /// model.finish()?;
    /// // The block was given back, and nobody wrote to it before.
    /// assert_eq!(bump.used(), 0);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The violation that showed, if one did.
    pub fn finish(mut self) -> Result<Coverage, Violation> {
        while !self.live.is_empty() {
            self.release(0)?;
        }
        self.check()?;
        Ok(self.coverage)
    }

    /// Hands the live blocks over; the caller has to check them and give them back.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::{Model, release_all};
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// model.step(op::alloc(10, 1))?;
    /// let blocks = model.into_live();
    /// // SAFETY: the blocks of this heap, which nobody else has.
    /// unsafe { release_all(&heap, blocks) }?;
    /// assert_eq!(bump.used(), 0);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    #[must_use]
    pub fn into_live(self) -> Vec<Block> {
        self.live
    }

    /// Asks for a block without looking at the others. Returns whether the heap granted it.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::Model;
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// assert!(model.allocate(op::layout(10, 1), true)?);
    /// assert!(!model.allocate(op::layout(2000, 1), true)?);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The violation that the request showed.
    pub fn allocate(&mut self, layout: Layout, zeroed: bool) -> Result<bool, Violation> {
        let layout = self.legal(layout);
        let answer = calm("the request", || self.heap.allocate(layout, zeroed))?;
        let Some(granted) = answer else {
            self.coverage.refused += 1;
            return Ok(false);
        };
        let mut block = self.admit(granted, layout)?;
        if zeroed {
            block.check_zeroed(0..block.len())?;
        }
        self.coverage.granted += 1;
        self.keep(self.live.len(), &mut block);
        Ok(true)
    }

    fn resize(&mut self, index: usize, layout: Layout, how: Resize) -> Result<(), Violation> {
        let old = self.live[index];
        let new = self.legal_resize(old.layout(), layout, how);
        let ptr = old.lend();
        let heap = &*self.heap;
        let answer = calm("resizing", || {
            // SAFETY: the block is live and its layout the one it was granted with or widened to;
            // `legal_resize` made the new layout legal for this interface and call.
            unsafe { heap.resize(ptr, old.layout(), new, how) }
        })?;
        let Some(granted) = answer else {
            // After the step, all blocks are checked, so the old one is, too: it must be untouched.
            self.coverage.refused += 1;
            return Ok(());
        };
        self.forget(index);
        let mut block = self.admit(granted, new)?;
        self.coverage.granted += 1;
        if block.start() == old.start() {
            self.coverage.in_place += 1;
        } else {
            self.coverage.moved += 1;
        }

        let (before, after) = (old.layout().size(), block.layout().size());
        block.check_inherited(&old, before.min(after))?;
        if how == Resize::GrowZeroed && self.heap.interface().zeroes_growth() {
            // Between the end of the old layout and the end of the old block, old bytes may remain.
            block.check_zeroed(old.len().min(block.len())..block.len())?;
        } else if after > before {
            self.check_private(&block, &old, before..after)?;
        }
        self.keep(index, &mut block);
        Ok(())
    }

    fn release(&mut self, index: usize) -> Result<(), Violation> {
        self.live[index].check("before it was given back")?;
        let block = self.forget(index);
        let (heap, ptr) = (&*self.heap, block.lend());
        calm("giving back", || {
            // SAFETY: the block was live until now, its layout the one it was granted with or
            // widened to, and the book has forgotten it.
            unsafe { heap.deallocate(ptr, block.layout()) };
        })
    }

    fn exhaust(&mut self, layout: Layout) -> Result<(), Violation> {
        let mut bytes: usize = self.live.iter().map(|block| block.layout().size()).sum();
        while self.live.len() < self.limits.blocks && bytes <= self.limits.bytes {
            if !self.allocate(layout, false)? {
                break;
            }
            bytes = bytes.saturating_add(layout.size());
        }
        Ok(())
    }

    /// Checks everything that holds between any two operations.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::calls::ByGlobalAlloc;
    /// use bump_test_harness::lent::Lent;
    /// use bump_test_harness::model::Model;
    /// use bump_test_harness::{Limits, op};
    ///
    /// let bump = Bump::<[u8; 1024]>::uninit();
    /// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
    /// let mut model = Model::new(&mut heap, Limits::default(), 0);
    /// model.allocate(op::layout(10, 1), false)?;
    /// model.check()?;
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first rule that does not hold.
    pub fn check(&self) -> Result<(), Violation> {
        self.check_newest(usize::MAX)
    }

    fn check_newest(&self, count: usize) -> Result<(), Violation> {
        for (age, block) in self.live.iter().rev().take(count).enumerate() {
            if block.len() > 0 && self.heap.owns(block.range()) == Some(false) {
                return Err(Violation::new(
                    Rule::Inside,
                    format!("block {age} is not in the memory any more"),
                ));
            }
            block.check(format_args!("of block {age}"))?;
        }
        match self.heap.damage() {
            Some(damage) => Err(Violation::new(Rule::Contained, damage)),
            None => Ok(()),
        }
    }

    /// Checks the place of a block that was just granted. Nothing touches the block before.
    fn admit(&self, granted: Granted, asked: Layout) -> Result<Block, Violation> {
        let block = Block::new(granted, asked)?;
        if block.len() == 0 {
            return Ok(block);
        }
        if self.heap.owns(block.range()) == Some(false) {
            return Err(Violation::new(
                Rule::Inside,
                format!("a block of {} bytes leaves the memory", block.len()),
            ));
        }
        let range = block.range();
        // Blocks in the book do not overlap, so among those that start before the end of this one,
        // only the last can reach into it.
        match self.places.range(..range.end).next_back() {
            Some((_, &end)) if end > range.start => Err(Violation::new(
                Rule::Disjoint,
                format!("a block of {} bytes shares bytes with another", range.len()),
            )),
            _ => Ok(block),
        }
    }

    /// Fills a block and enters it into the book.
    fn keep(&mut self, index: usize, block: &mut Block) {
        block.fill(self.next_fill);
        self.next_fill = self.next_fill.wrapping_add(1);
        if self.heap.owns(block.range()) == Some(true) {
            self.note_written(block);
        }
        if block.len() > 0 {
            self.places.insert(block.range().start, block.range().end);
        }
        self.live.insert(index, *block);
    }

    /// Notes which bytes of the heap's memory are written now. The middle of a large block counts
    /// as not written, even if it was before: the allocator may have copied bytes there that nobody
    /// wrote.
    fn note_written(&mut self, block: &Block) {
        let Range { start, end } = block.range();
        let middle = block.unwatched();
        let middle = start + middle.start..start + middle.end;
        if !middle.is_empty() {
            self.written
                .retain(|range| range.end <= middle.start || middle.end <= range.start);
        }
        let parts = [start..middle.start, middle.end..end];
        // Leave empty ranges out: the list takes memory of the machine, which may have little.
        self.written
            .extend(parts.into_iter().filter(|part| !part.is_empty()));
    }

    /// Takes a block out of the book.
    fn forget(&mut self, index: usize) -> Block {
        let block = self.live.remove(index);
        if block.len() > 0 {
            self.places.remove(&block.start());
        }
        block
    }

    /// Whether the new tail of a moved block holds the bytes of the live block behind the old one.
    /// If so, the copy read beyond the end. Looks only at bytes that were written before.
    fn check_private(&self, new: &Block, old: &Block, tail: Range<usize>) -> Result<(), Violation> {
        const PROOF: usize = 8;
        let place = new.start() + tail.start..new.start() + tail.end;
        let readable = |range: &Range<usize>| range.start <= place.start && place.end <= range.end;
        if new.start() == old.start() || tail.len() < PROOF || !self.written.iter().any(readable) {
            return Ok(());
        }
        let source = old.start() + tail.start;
        let witness = self.live.iter().find(|other| {
            let range = other.range();
            range.start <= source && source + PROOF <= range.end
        });
        let Some(other) = witness else { return Ok(()) };
        let offset = source - other.start();
        if (0..PROOF).all(|i| new.byte(tail.start + i) == other.byte(offset + i)) {
            return Err(Violation::new(
                Rule::Private,
                format!("bytes from {} on came from another block", tail.start),
            ));
        }
        Ok(())
    }

    /// The live block that an operation names, as an index into the book.
    fn index(&self, block: usize) -> Option<usize> {
        let count = self.live.len();
        (count > 0).then(|| count - 1 - block % count)
    }

    fn legal(&self, layout: Layout) -> Layout {
        if layout.size() == 0 && !self.heap.interface().takes_size_zero() {
            // Every alignment has a layout of one byte, because it is at most half the address
            // space.
            Layout::from_size_align(1, layout.align()).unwrap_or(Layout::new::<u8>())
        } else {
            layout
        }
    }

    fn legal_resize(&self, old: Layout, new: Layout, how: Resize) -> Layout {
        let interface = self.heap.interface();
        let align = if interface.changes_alignment() {
            new.align()
        } else {
            old.align()
        };
        let size = match how {
            Resize::Grow | Resize::GrowZeroed => new.size().max(old.size()),
            Resize::Shrink => new.size().min(old.size()),
        };
        // A size that is legal with one alignment may not be with the other.
        self.legal(Layout::from_size_align(size, align).unwrap_or(old))
    }
}

/// Checks and gives back blocks that another model allocated on the same heap.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::calls::ByGlobalAlloc;
/// use bump_test_harness::lent::Lent;
/// use bump_test_harness::model::{Model, release_all};
/// use bump_test_harness::{Limits, op};
///
/// let bump = Bump::<[u8; 1024]>::uninit();
/// let mut heap = Lent::<_, ByGlobalAlloc>::new(&bump);
/// let mut model = Model::new(&mut heap, Limits::default(), 0);
/// model.step(op::alloc(10, 1))?;
/// let blocks = model.into_live(); // for another thread, say
/// // SAFETY: the blocks of this heap, which nobody else has.
/// unsafe { release_all(&heap, blocks) }?;
/// # Ok::<(), bump_test_harness::Violation>(())
/// ```
///
/// # Errors
///
/// The violation that showed.
///
/// # Safety
///
/// The blocks are from this heap, in use, and given up here.
pub unsafe fn release_all(heap: &dyn Heap, blocks: Vec<Block>) -> Result<(), Violation> {
    for block in blocks {
        block.check("of a block from another thread")?;
        let ptr: NonNull<u8> = block.lend();
        calm("giving back", || {
            // SAFETY: the caller promises that the block is of this heap and given up.
            unsafe { heap.deallocate(ptr, block.layout()) };
        })?;
    }
    Ok(())
}

impl core::fmt::Debug for Model<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Model")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}
