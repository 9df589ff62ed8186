//! [`Block`]: a live block of the shadow model, the only place where a block's bytes are touched.

use alloc::format;
use core::alloc::Layout;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr::NonNull;
use core::slice;

use crate::heap::Granted;
use crate::violation::{Rule, Violation};

/// In blocks larger than twice this, only this many bytes at each end are looked at.
const WINDOW: usize = if cfg!(miri) { 8 } else { 2048 };

/// A block that is currently allocated, and what it was filled with.
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
/// model.step(op::alloc(10, 4))?;
/// let block = model.live()[0];
/// assert_eq!((block.start() % 4, block.len()), (0, 10));
/// model.finish()?;
/// # Ok::<(), bump_test_harness::Violation>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Block {
    ptr: NonNull<u8>,
    len: usize,
    layout: Layout,
    fill: u32,
}

// SAFETY: a block is memory that its holder alone accesses, like a `Box<[u8]>`; the interfaces that
// are checked across threads allow any thread to use and release it.
unsafe impl Send for Block {}

impl Block {
    /// Takes a block over, after the checks that need only its address and length.
    pub(crate) fn new(granted: Granted, asked: Layout) -> Result<Self, Violation> {
        let start = granted.ptr.addr().get();
        if start % asked.align() != 0 {
            let actual = 1_usize << start.trailing_zeros();
            return Err(Violation::new(
                Rule::Aligned,
                format!("asked for alignment {}, got {actual}", asked.align()),
            ));
        }
        if granted.len < asked.size() {
            return Err(Violation::new(
                Rule::LongEnough,
                format!("asked for {} bytes, got {}", asked.size(), granted.len),
            ));
        }
        if start.checked_add(granted.len).is_none() {
            return Err(Violation::new(
                Rule::Inside,
                format!("a block of {} bytes wraps around", granted.len),
            ));
        }
        Ok(Self {
            ptr: granted.ptr,
            len: granted.len,
            layout: granted.layout,
            fill: 0,
        })
    }

    /// The address of the first byte.
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
    /// model.step(op::alloc(10, 4))?;
    /// assert_eq!(model.live()[0].start() % 4, 0);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    #[must_use]
    pub fn start(&self) -> usize {
        self.ptr.addr().get()
    }

    /// The addresses of the block.
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
    /// model.step(op::alloc(10, 4))?;
    /// assert_eq!(model.live()[0].range().len(), 10);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start()..self.start() + self.len
    }

    /// The bytes that the allocator granted.
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
    /// model.step(op::alloc(10, 4))?;
    /// assert_eq!(model.live()[0].len(), 10);
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a size, not a collection")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The layout with which the block is given back.
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
    /// model.step(op::alloc(10, 4))?;
    /// assert_eq!(model.live()[0].layout(), op::layout(10, 4));
    /// # Ok::<(), bump_test_harness::Violation>(())
    /// ```
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Makes the layout as large as the block.
    pub(crate) fn widen(&mut self) {
        if let Ok(layout) = Layout::from_size_align(self.len, self.layout.align()) {
            self.layout = layout;
        }
    }

    /// The pointer as a `Box` or `Vec` would pass it on: derived from a reference to the bytes of
    /// the layout, so that it may access no others.
    pub(crate) fn lend(&self) -> NonNull<u8> {
        let start = self.ptr.cast::<MaybeUninit<u8>>().as_ptr();
        // SAFETY: the block is live, so that many bytes are valid, and nobody else refers to them
        // now; any bytes will do for `MaybeUninit`.
        let bytes = unsafe { slice::from_raw_parts_mut(start, self.layout.size()) };
        NonNull::from(bytes).cast()
    }

    /// Writes every byte (of large blocks: the bytes at both ends) through the block's pointer.
    pub(crate) fn fill(&mut self, fill: u32) {
        self.fill = fill;
        for i in self.looked_at(0..self.len) {
            // SAFETY: `i < len`, so the byte is in the live block.
            let byte = unsafe { self.ptr.add(i) };
            // SAFETY: as above, and the block is ours to write.
            unsafe { byte.write(pattern(fill, i)) };
        }
    }

    /// Reads one byte, which must have been written before.
    pub(crate) fn byte(&self, i: usize) -> u8 {
        debug_assert!(i < self.len);
        // SAFETY: `i < len`, so the byte is in the live block.
        let byte = unsafe { self.ptr.add(i) };
        // SAFETY: as above; the callers read only what they, the allocator or a former owner of the
        // memory wrote.
        unsafe { byte.read() }
    }

    /// Whether the block still holds what it was filled with.
    pub(crate) fn check(&self, when: impl fmt::Display) -> Result<(), Violation> {
        match self.first_difference(0..self.len, |i| pattern(self.fill, i)) {
            Some(i) => Err(Violation::new(
                Rule::Untouched,
                format!("byte {i} of {} changed {when}", self.len),
            )),
            None => Ok(()),
        }
    }

    pub(crate) fn check_zeroed(&self, range: Range<usize>) -> Result<(), Violation> {
        match self.first_difference(range, |_| 0) {
            Some(i) => Err(Violation::new(
                Rule::Zeroed,
                format!("byte {i} of {} is not zero", self.len),
            )),
            None => Ok(()),
        }
    }

    /// Whether the first `kept` bytes are those that `old` was filled with.
    pub(crate) fn check_inherited(&self, old: &Self, kept: usize) -> Result<(), Violation> {
        // Where only the ends of the old block were filled, only those can be compared.
        let mut filled = old.looked_at(0..kept);
        match filled.find(|&i| self.byte(i) != pattern(old.fill, i)) {
            Some(i) => Err(Violation::new(
                Rule::Preserved,
                format!("byte {i} of the {kept} kept ones differs"),
            )),
            None => Ok(()),
        }
    }

    fn first_difference(
        &self,
        range: Range<usize>,
        expected: impl Fn(usize) -> u8,
    ) -> Option<usize> {
        self.looked_at(range).find(|&i| self.byte(i) != expected(i))
    }

    /// The middle of a large block, whose bytes nobody writes or looks at; empty, and at the end,
    /// if it is not large.
    pub(crate) fn unwatched(&self) -> Range<usize> {
        if self.len <= 2 * WINDOW {
            self.len..self.len
        } else {
            WINDOW..self.len - WINDOW
        }
    }

    /// The places in `range` that are not in the unwatched middle.
    fn looked_at(&self, range: Range<usize>) -> impl Iterator<Item = usize> + use<> {
        let middle = self.unwatched();
        let first = range.start..range.end.min(middle.start);
        let last = range.start.max(middle.end)..range.end;
        first.chain(last)
    }
}

/// The byte at place `i` of a block: never zero, different from block to block, and without a
/// period that a misplaced copy could hide in. The mixing is that of MurmurHash3's finaliser.
fn pattern(fill: u32, i: usize) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are enough")]
    let mut x = fill.wrapping_mul(0x9E37_79B9).wrapping_add(i as u32);
    x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B);
    x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
    x.to_be_bytes()[0] | 1
}
