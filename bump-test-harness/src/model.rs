//! The shadow model, [`Model`]. It runs operations on a [`Heap`] and keeps a book of what must be true;
//! after each operation it compares the two. It checks the place of a block before it touches the
//! block's memory, so it reports a wrong answer instead of acting on it. The book and its checks are in
//! `book.rs`; the operations themselves are in `op.rs`.

mod book;
mod coverage;
mod limits;

use alloc::vec::Vec;
use core::alloc::Layout;
use core::ptr::NonNull;

use crate::block::Block;
use crate::calm::calm;
use crate::heap::{Heap, Resize};
use crate::op::Op;
use crate::violation::Violation;
use book::Book;

pub use coverage::Coverage;
pub use limits::Limits;

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
    book: Book,
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
            book: Book::new(lane),
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
        self.book.live()
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
                if let Some(index) = self.book.index(block) {
                    self.resize(index, layout, how)?;
                }
            }
            Op::Release { block } => {
                if let Some(index) = self.book.index(block) {
                    self.release(index)?;
                }
            }
            Op::Widen { block } => {
                if let Some(index) = self.book.index(block) {
                    self.book.widen(index);
                }
            }
            Op::Exhaust { layout } => self.exhaust(layout)?,
            Op::Reset => {
                let reset = calm("reset", || self.heap.reset())?;
                if reset {
                    self.book.clear();
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
        self.book
            .check(&*self.heap, if cfg!(miri) { 3 } else { usize::MAX })
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
        while !self.live().is_empty() {
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
        self.book.into_live()
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
        let mut block = self.book.admit(&*self.heap, granted, layout)?;
        if zeroed {
            block.check_zeroed(0..block.len())?;
        }
        self.coverage.granted += 1;
        let newest = self.live().len();
        self.book.keep(&*self.heap, newest, &mut block);
        Ok(true)
    }

    fn resize(&mut self, index: usize, layout: Layout, how: Resize) -> Result<(), Violation> {
        let old = self.book.live()[index];
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
        self.book.forget(index);
        let mut block = self.book.admit(&*self.heap, granted, new)?;
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
            self.book.check_private(&block, &old, before..after)?;
        }
        self.book.keep(&*self.heap, index, &mut block);
        Ok(())
    }

    fn release(&mut self, index: usize) -> Result<(), Violation> {
        self.book.live()[index].check("before it was given back")?;
        let block = self.book.forget(index);
        let (heap, ptr) = (&*self.heap, block.lend());
        calm("giving back", || {
            // SAFETY: the block was live until now, its layout the one it was granted with or
            // widened to, and the book has forgotten it.
            unsafe { heap.deallocate(ptr, block.layout()) };
        })
    }

    fn exhaust(&mut self, layout: Layout) -> Result<(), Violation> {
        let mut bytes: usize = self.live().iter().map(|block| block.layout().size()).sum();
        while self.live().len() < self.limits.blocks && bytes <= self.limits.bytes {
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
        self.book.check(&*self.heap, usize::MAX)
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
            .field("live", &self.live())
            .finish_non_exhaustive()
    }
}
