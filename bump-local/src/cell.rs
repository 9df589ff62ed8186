//! The cursors of everything in this crate: a number in a [`Cell`], for one thread.

use core::cell::Cell;

use bump_core::Cursor;

/// A cursor that belongs to one thread.
///
/// For your own allocators; those of this crate do not give access to theirs.
///
/// ```
/// use bump_core::Cursor;
/// use bump_local::cell::CellCursor;
///
/// let cursor = CellCursor::new(0);
/// // SAFETY: the cursor of no region.
/// assert_eq!(unsafe { cursor.claim(0, 8) }, Ok(()));
/// assert_eq!(cursor.load(), 8);
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct CellCursor(Cell<usize>);

impl CellCursor {
    /// A cursor at a position.
    ///
    /// ```
    /// use bump_core::Cursor;
    ///
    /// assert_eq!(bump_local::cell::CellCursor::new(8).load(), 8);
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(position: usize) -> Self {
        CellCursor(Cell::new(position))
    }

    /// Sets the cursor to a position, whatever it was.
    #[inline]
    pub(crate) fn set(&self, position: usize) {
        self.0.set(position);
    }
}

// SAFETY: a `Cell` is not `Sync`, so all calls come from one thread, one after the other. The two
// changes are made exactly if the position was found to be `current`. `RawBump` forbids a region to
// come in between.
unsafe impl Cursor for CellCursor {
    const SHARED: bool = false;

    #[inline]
    fn load(&self) -> usize {
        self.0.get()
    }

    #[inline]
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        let found = self.0.get();
        if found == current {
            self.0.set(new);
            Ok(())
        } else {
            Err(found)
        }
    }

    #[inline]
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the same exchange in the other direction, which the caller answers for.
        unsafe { self.claim(current, new) }
    }
}

/// A cursor that keeps the position of the last byte in use, which is one in front of it.
///
/// With that, rounding up only sets the low bits of the position, which saves two instructions in
/// the rows `u32` and `layout` of the benchmarks.
#[doc(hidden)]
#[derive(Debug)]
pub struct LastByte(CellCursor);

impl LastByte {
    /// A cursor at a position.
    #[inline]
    pub(crate) const fn new(position: usize) -> Self {
        LastByte(CellCursor::new(position.wrapping_sub(1)))
    }

    /// Sets the cursor to a position, whatever it was.
    #[inline]
    pub(crate) fn set(&self, position: usize) {
        self.0.set(position.wrapping_sub(1));
    }

    /// Sets the cursor to the position of another one.
    #[inline]
    pub(crate) fn copy_from(&self, other: &Self) {
        self.0.set(other.0.load());
    }
}

// SAFETY: a `CellCursor` that counts from one byte further.
unsafe impl Cursor for LastByte {
    const SHARED: bool = false;

    #[inline]
    fn load(&self) -> usize {
        self.0.load().wrapping_add(1)
    }

    #[inline]
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the caller's promise.
        unsafe { self.0.claim(current.wrapping_sub(1), new.wrapping_sub(1)) }
            .map_err(|found| found.wrapping_add(1))
    }

    #[inline]
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the same exchange in the other direction, which the caller answers for.
        unsafe { self.claim(current, new) }
    }
}
