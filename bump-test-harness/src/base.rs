//! [`Base`]: a hostile but lawful base allocator for arenas that take their chunks from another
//! allocator. It can fail at the n-th request, hands out the least aligned legal memory, poisons
//! what is freed, guards the ends of each block, and keeps a book of how it was used.

use alloc::alloc::{alloc, dealloc};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::ops::Range;
use core::ptr::NonNull;

use crate::violation::{Rule, Violation};

/// The ways in which a [`Base`] makes it hard for its user.
///
/// ```
/// use bump_test_harness::base::Faults;
///
/// let faults = Faults { fail: 3..5, ..Faults::default() };
/// assert_eq!(faults.to_string(), "failures from request 3 to 4, 0 bytes more than asked for");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The requests that fail, counted from 0.
    pub fail: Range<u64>,
    /// The bytes that each block has beyond the request.
    pub excess: usize,
    /// Whether memory is aligned far more strictly than asked for. Otherwise it is aligned as
    /// little as possible.
    pub over_aligned: bool,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.fail.start, self.fail.end) {
            (start, end) if start >= end => f.write_str("no failure")?,
            (start, u64::MAX) => write!(f, "failures from request {start} on")?,
            (start, end) => write!(f, "failures from request {start} to {}", end - 1)?,
        }
        write!(f, ", {} bytes more than asked for", self.excess)?;
        if self.over_aligned {
            f.write_str(", aligned more strictly than asked for")?;
        }
        Ok(())
    }
}

/// A base allocator for tests. Clones are handles of the same allocator.
///
/// It implements `Allocator` of each enabled kind. It is neither `Send` nor `Sync`, so a test can
/// show that an arena over it is neither.
///
/// ```
/// use bump_test_harness::base::{Base, Faults};
/// use core::alloc::Layout;
///
/// let base = Base::new(Faults { fail: 1..2, ..Faults::default() });
/// let layout = Layout::from_size_align(8, 8)?;
/// let first = base.allocate(layout).unwrap();
/// assert!(base.allocate(layout).is_none());
/// // Aligned as asked for, and not more strictly.
/// assert_eq!(first.addr().get() % 16, 8);
/// unsafe { base.deallocate(first.cast(), layout) };
/// assert_eq!(base.verdict(), Ok(()));
/// # Ok::<(), core::alloc::LayoutError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Base(Rc<State>);

#[derive(Debug, Default)]
struct State {
    faults: Faults,
    requests: Cell<u64>,
    book: RefCell<Vec<Record>>,
    trouble: RefCell<Option<String>>,
}

/// A block of the base, alive or freed. Freed ones are kept, so that late writes are seen.
#[derive(Debug)]
struct Record {
    /// The underlying memory: a guard, the block, a guard.
    memory: NonNull<u8>,
    whole: Layout,
    /// Where the block starts in the memory.
    lead: usize,
    asked: Layout,
    len: usize,
    alive: bool,
}

const GUARD: usize = 32;
const GUARD_BYTE: u8 = 0xFD;
const FRESH_BYTE: u8 = 0xA5;
const FREED_BYTE: u8 = 0xDD;
/// Requests above this are refused; otherwise the memory of the test machine would decide.
const LARGEST: usize = if usize::BITS < 32 { 2048 } else { 1 << 24 };

impl Base {
    /// A base allocator with the given faults.
    ///
    /// ```
    /// use bump_test_harness::base::{Base, Faults};
    ///
    /// let base = Base::new(Faults { over_aligned: true, ..Faults::default() });
    /// assert_eq!(base.requests(), 0);
    /// ```
    #[must_use]
    pub fn new(faults: Faults) -> Self {
        Self(Rc::new(State {
            faults,
            ..State::default()
        }))
    }

    /// The number of requests so far.
    ///
    /// ```
    /// use bump_test_harness::base::{Base, Faults};
    /// use core::alloc::Layout;
    ///
    /// let base = Base::new(Faults::default());
    /// assert!(base.allocate(Layout::new::<[u8; 1 << 30]>()).is_none());
    /// assert_eq!(base.requests(), 1);
    /// ```
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.0.requests.get()
    }

    /// Asks for a block. `None` if the faults say so, or if memory is short. Size 0 is legal.
    ///
    /// ```
    /// use bump_test_harness::base::{Base, Faults};
    /// use core::alloc::Layout;
    ///
    /// let base = Base::new(Faults::default());
    /// let layout = Layout::new::<u64>();
    /// let block = base.allocate(layout).unwrap();
    /// assert_eq!(block.len(), 8);
    /// # unsafe { base.deallocate(block.cast(), layout) };
    /// ```
    #[must_use]
    pub fn allocate(&self, layout: Layout) -> Option<NonNull<[u8]>> {
        let state = &*self.0;
        let request = state.requests.get();
        state.requests.set(request + 1);
        if state.faults.fail.contains(&request) {
            return None;
        }
        let record = Record::new(layout, &state.faults)?;
        let block = NonNull::slice_from_raw_parts(record.block(), record.len);
        state.book.borrow_mut().push(record);
        Some(block)
    }

    /// Takes a block back and poisons it. If the base has no such block, it notes that in the book.
    ///
    /// ```
    /// use bump_test_harness::base::{Base, Faults};
    /// use core::alloc::Layout;
    ///
    /// let base = Base::new(Faults::default());
    /// let block = base.allocate(Layout::new::<u64>()).unwrap();
    /// // SAFETY: the block is not used any more.
    /// unsafe { base.deallocate(block.cast(), Layout::new::<u32>()) };
    /// assert!(base.damage().unwrap().contains("freed as 4/4"));
    /// ```
    ///
    /// # Safety
    ///
    /// No pointer to the block is used any more.
    pub unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        let mut book = self.0.book.borrow_mut();
        let found = book
            .iter_mut()
            .find(|record| record.alive && record.block() == ptr);
        let trouble = match found {
            Some(record) => record.free(layout),
            None => Some(String::from("a block was freed that is not allocated")),
        };
        self.note(trouble);
    }

    /// Whether a block that is alive starts there.
    #[cfg(feature = "std")]
    pub(crate) fn has(&self, block: NonNull<u8>) -> bool {
        let book = self.0.book.borrow();
        book.iter()
            .any(|record| record.alive && record.block() == block)
    }

    /// Whether `range` lies in one block that is alive.
    ///
    /// ```
    /// use bump_test_harness::base::{Base, Faults};
    /// use core::alloc::Layout;
    ///
    /// let base = Base::new(Faults::default());
    /// let block = base.allocate(Layout::new::<u64>()).unwrap();
    /// let start = block.addr().get();
    /// assert!(base.owns(&(start..start + 8)));
    /// assert!(!base.owns(&(start..start + 9)));
    /// # unsafe { base.deallocate(block.cast(), Layout::new::<u64>()) };
    /// ```
    #[must_use]
    pub fn owns(&self, range: &Range<usize>) -> bool {
        self.0.book.borrow().iter().any(|record| {
            let start = record.block().addr().get();
            record.alive && start <= range.start && range.end <= start + record.len
        })
    }

    /// The first fault of the user so far: a wrong release, or a byte written outside the live
    /// blocks.
    ///
    /// ```
    /// use bump_test_harness::base::{Base, Faults};
    /// use core::alloc::Layout;
    ///
    /// let base = Base::new(Faults::default());
    /// let block = base.allocate(Layout::new::<u64>()).unwrap().cast::<u8>();
    /// // SAFETY: still within the memory of the base, but behind the block.
    /// unsafe { block.add(8).write(0) };
    /// assert_eq!(base.damage().unwrap(), "written behind a block of the base");
    /// ```
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        let noted = self.0.trouble.borrow().clone();
        noted.or_else(|| self.0.book.borrow().iter().find_map(Record::damage))
    }

    /// Judges the user of this base once it is gone.
    ///
    /// ```
    /// use bump_test_harness::base::{Base, Faults};
    /// use core::alloc::Layout;
    ///
    /// let base = Base::new(Faults::default());
    /// assert!(base.verdict().is_ok());
    /// let _kept = base.allocate(Layout::new::<u64>());
    /// assert!(base.verdict().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// The user's first fault, or the number of blocks that it has kept.
    pub fn verdict(&self) -> Result<(), Violation> {
        if let Some(damage) = self.damage() {
            return Err(Violation::new(Rule::BaseRespected, damage));
        }
        match self.0.book.borrow().iter().filter(|r| r.alive).count() {
            0 => Ok(()),
            kept => Err(Violation::new(
                Rule::BaseRespected,
                format!("{kept} blocks of the base were never given back"),
            )),
        }
    }

    fn note(&self, trouble: Option<String>) {
        let mut noted = self.0.trouble.borrow_mut();
        if noted.is_none() {
            *noted = trouble;
        }
    }
}

impl Record {
    fn new(asked: Layout, faults: &Faults) -> Option<Self> {
        let align = asked.align();
        // Without `over_aligned`, the memory is aligned to twice the alignment and the block starts
        // at an odd multiple of it, so it is aligned as asked and no more strictly. With it, the
        // block is aligned 16 times as strictly.
        let (memory_align, lead) = if faults.over_aligned {
            let strict = align.checked_mul(16)?;
            (strict, strict.max(GUARD))
        } else {
            (align.checked_mul(2)?, align * (GUARD.div_ceil(align) | 1))
        };
        let len = asked.size().checked_add(faults.excess)?;
        let whole = lead.checked_add(len)?.checked_add(GUARD)?;
        if whole > LARGEST {
            return None;
        }
        let whole = Layout::from_size_align(whole, memory_align).ok()?;
        // SAFETY: the size is at least that of a guard, so not zero.
        let memory = NonNull::new(unsafe { alloc(whole) })?;
        let record = Self {
            memory,
            whole,
            lead,
            asked,
            len,
            alive: true,
        };
        record.write(0..lead, GUARD_BYTE);
        record.write(lead + len..whole.size(), GUARD_BYTE);
        // Miri itself knows which bytes nobody has written.
        if !cfg!(miri) {
            record.write(lead..lead + len, FRESH_BYTE);
        }
        Some(record)
    }

    fn block(&self) -> NonNull<u8> {
        // SAFETY: `lead` is at most the size of the memory.
        unsafe { self.memory.add(self.lead) }
    }

    fn end(&self) -> usize {
        self.lead + self.len
    }

    fn free(&mut self, layout: Layout) -> Option<String> {
        self.alive = false;
        self.write(self.lead..self.end(), FREED_BYTE);
        let fits = (self.asked.size()..=self.len).contains(&layout.size());
        (!fits || layout.align() != self.asked.align()).then(|| {
            format!(
                "a block asked for as {}/{} with {} bytes was freed as {}/{}",
                self.asked.size(),
                self.asked.align(),
                self.len,
                layout.size(),
                layout.align()
            )
        })
    }

    fn damage(&self) -> Option<String> {
        if !self.holds(0..self.lead, GUARD_BYTE) {
            return Some(String::from("written before a block of the base"));
        }
        if !self.holds(self.end()..self.whole.size(), GUARD_BYTE) {
            return Some(String::from("written behind a block of the base"));
        }
        if !self.alive && !self.holds(self.lead..self.end(), FREED_BYTE) {
            return Some(String::from(
                "written to a block of the base after freeing it",
            ));
        }
        None
    }

    fn write(&self, range: Range<usize>, byte: u8) {
        debug_assert!(range.start <= range.end && range.end <= self.whole.size());
        // SAFETY: the start of the range is inside the memory.
        let start = unsafe { self.memory.add(range.start) };
        // SAFETY: the callers pass ranges inside the memory that hold no live block.
        unsafe { start.write_bytes(byte, range.len()) };
    }

    fn holds(&self, range: Range<usize>, byte: u8) -> bool {
        debug_assert!(range.start <= range.end && range.end <= self.whole.size());
        // SAFETY: the start of the range is inside the memory.
        let start = unsafe { self.memory.add(range.start) };
        let bytes = NonNull::slice_from_raw_parts(start, range.len());
        // SAFETY: the callers pass ranges inside the memory that `write` has initialised.
        let bytes: &[u8] = unsafe { bytes.as_ref() };
        // Compare in pieces: Miri takes one step for each.
        let piece = [byte; if cfg!(miri) { 4096 } else { 256 }];
        bytes
            .chunks(piece.len())
            .all(|chunk| chunk == &piece[..chunk.len()])
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // SAFETY: the memory was allocated with this layout and is freed here only.
        unsafe { dealloc(self.memory.as_ptr(), self.whole) };
    }
}

#[cfg(any(
    feature = "allocator-api2-02",
    feature = "allocator-api2-04",
    feature = "nightly-allocator-api"
))]
macro_rules! allocator_for_base {
    ($($api:tt)*) => {
        // SAFETY: each block is memory of its own that lives until the last handle is gone;
        // handles can be moved and cloned, and the book finds every live block.
        unsafe impl $($api)*::Allocator for Base {
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, $($api)*::AllocError> {
                self.allocate(layout).ok_or($($api)*::AllocError)
            }

            unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
                // SAFETY: the caller gives the block up.
                unsafe { self.deallocate(ptr, layout) }
            }
        }
    };
}

#[cfg(feature = "allocator-api2-02")]
allocator_for_base!(allocator_api2_02::alloc);
#[cfg(feature = "allocator-api2-04")]
allocator_for_base!(allocator_api2_04::alloc);
#[cfg(feature = "nightly-allocator-api")]
allocator_for_base!(core::alloc);
