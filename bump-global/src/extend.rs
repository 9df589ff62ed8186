//! How a [`Region`] gets more memory at its end.
//!
//! The length of a `Region<_, true>` may rise while blocks are in use. Why that is sound:
//!
//! 1. *The length only rises*: it is changed by nothing but exchanges for a larger one, from 0 on.
//!    So a block that fitted once fits for ever, and so does the cursor behind it.
//! 2. *Every user of the added memory sees what was done to it before.* The exchange is a
//!    `Release`, and a request that counts on the new length has loaded it by an `Acquire`, or a
//!    later one, whose exchange continues the release sequence.
//! 3. *A thread may know of less memory than another.* The loads of the cursor and of the length
//!    are of two variables, and nothing orders them: a thread can find the cursor behind a block
//!    of memory whose length it does not know yet. The engine compares the two for such memory
//!    (`Memory::growing`), and the request is refused, as if it had come before the extension. A
//!    thread that knows by other means that the region was extended, as the one that has done it,
//!    finds the new length.
//! 4. *A block that is freed ends where it ended when it was taken.* The end of a block depends on its
//!    start and its size alone, and not on where the region ends.

use core::alloc::Layout;
use core::ptr::{self, NonNull};

use bump_core::Cursor as _;
use bump_core::align::{align_down, padding};
use bump_core::place::block_end;

// Import these from the parent module: a test runs this source in a model checker.
use super::atomic::{Ordering, PATIENCE, pause};
use super::region::{Region, RegionError};

/// The number of turns that an extension waits for memory in front of its own, before it skips
/// that. A thread that has the memory in front is about to add it. If nobody has it, as behind
/// memory of others, each extension waits so long: 100 turns are 20 µs with threads, and those of
/// [`PATIENCE`] 4 ms.
pub(super) const WAIT: u32 = if cfg!(all(target_family = "wasm", not(target_feature = "atomics"))) {
    // There is no other thread.
    0
} else if PATIENCE < 100 {
    PATIENCE
} else {
    100
};

/// The same where nothing is lost without the memory in front: as long as nobody else gets the processor.
pub(super) const SHORT_WAIT: u32 = if WAIT < 32 { WAIT } else { 32 };

impl<const MIN_ALIGN: usize> Region<MIN_ALIGN, true> {
    /// Adds memory at the end of the region, while its blocks are in use: the `len` bytes at `start`,
    /// or those of them that lie behind the end. Others may take blocks, and extend it, meanwhile.
    ///
    /// ```
    /// use bump_global::Region;
    /// use core::mem::MaybeUninit;
    /// use core::ptr::NonNull;
    ///
    /// const FRAME: usize = 4096;
    /// static HEAP: Region<1, true> = Region::with_min_align();
    ///
    /// // Addresses that a kernel keeps for its heap, and maps frame by frame.
    /// let kept: NonNull<u8> = NonNull::from(Box::leak(Box::<[u64; 1024]>::new_uninit())).cast();
    /// // SAFETY: from here on the heap's alone.
    /// unsafe { HEAP.extend(kept, FRAME) }.unwrap();
    /// let first = HEAP.leak([1_u8; 4000]).unwrap();
    /// assert!(HEAP.leak([2_u8; 4000]).is_err());
    ///
    /// // SAFETY: the next frame of the same object.
    /// let next = unsafe { kept.add(FRAME) };
    /// // SAFETY: as above, and the heap's alone.
    /// unsafe { HEAP.extend(next, FRAME) }.unwrap();
    /// let second = HEAP.leak([2_u8; 4000]).unwrap();
    /// assert_eq!((first[0], second[0], HEAP.capacity()), (1, 2, 2 * FRAME));
    /// ```
    ///
    /// The new end is rounded down to a multiple of the minimum alignment and of a
    /// [`UNIT`](bump_core::UNIT).
    ///
    /// The first memory can be given in this way, too.
    ///
    /// # Errors
    ///
    /// The memory, if it starts behind the end of the region or in front of its start, or is less than a
    /// unit.
    ///
    /// # Safety
    ///
    /// Unless it is refused, all of this holds of the bytes that lie behind the end of the region:
    ///
    /// - They are valid for reads and writes through the pointer that the region was given first,
    ///   for as long as the region or a block of it is used: they are a part of the same object. To
    ///   lie side by side is not enough: two statics, or two slices that were split, are two
    ///   objects. So there is no safe form of this.
    /// - Nobody else accesses them.
    /// - The region and they do not wrap around the end of the address space.
    pub unsafe fn extend(
        &self,
        start: NonNull<u8>,
        len: usize,
    ) -> Result<(), RegionError<NonNull<[u8]>>> {
        // SAFETY: the caller's promise.
        if unsafe { self.add(start, len, 0, false) } {
            return Ok(());
        }
        Err(RegionError {
            memory: NonNull::slice_from_raw_parts(start, len),
            reason: "the region does not end where the memory starts",
        })
    }

    /// Takes memory over: the first, or what borders the region, or overlaps with its end. Returns
    /// whether it did. Memory that lies behind the end waits for so many turns, in which another thread
    /// may add the bytes between.
    ///
    /// If it `skips`, it is then taken, too. The bytes between and what was left of the region become a
    /// block that nobody gives back.
    ///
    /// # Safety
    ///
    /// As for [`extend`](Self::extend). If it `skips`, the region is never reset, and tells nobody that it
    /// owns a block: blocks of others can lie between.
    pub(super) unsafe fn add(
        &self,
        start: NonNull<u8>,
        len: usize,
        turns: u32,
        skips: bool,
    ) -> bool {
        let lead = padding(start.addr().get(), Self::ALIGN).min(len);
        let bytes = align_down(len - lead, Self::ALIGN);
        if bytes == 0 {
            return false;
        }
        // SAFETY: at most as many bytes as there are.
        let first = unsafe { start.add(lead) }.as_ptr();
        // The region starts there if this is the first memory. As in `init_raw`, the length that is
        // changed below orders this.
        let (null, order) = (ptr::null_mut(), Ordering::Relaxed);
        let base = match self.start.compare_exchange(null, first, order, order) {
            Ok(_) => first,
            Err(base) => base,
        };
        // A position. Memory in front of the region has one that is more than any in a region can
        // be.
        let from = first.addr().wrapping_sub(base.addr());
        let end = from.saturating_add(bytes).min(Self::MOST);
        if end <= from {
            return false;
        }
        let (mut skipped, mut turn) = (false, 0);
        loop {
            let size = self.len.load(Ordering::Relaxed);
            if skipped || from <= size {
                // A thread that sees the new length sees what was done to the memory before.
                let (success, failure) = (Ordering::Release, Ordering::Relaxed);
                let raised = || self.len.compare_exchange(size, end, success, failure);
                if end <= size || raised().is_ok() {
                    return true;
                }
            } else if turn < turns && pause(turn) {
                turn += 1;
            } else if !skips {
                return false;
            } else {
                let cursor = self.cursor.0.load();
                // Others have skipped this memory.
                if cursor >= from {
                    return false;
                }
                // The cursor is beyond the end then, where the engine refuses everything, until the
                // end is behind it again.
                // SAFETY: from there on, memory is the caller's; what lies in front is left alone.
                skipped = unsafe { self.cursor.0.claim(cursor, from) }.is_ok();
            }
        }
    }

    /// The address of the end; `None` if the region has no memory yet.
    pub(super) fn end(&self) -> Option<NonNull<u8>> {
        let (start, len) = self.range().filter(|&(_, len)| len != 0)?;
        // SAFETY: the end of the object that starts there.
        Some(unsafe { start.add(len) })
    }

    /// The bytes that the region lacks for a block of the layout `new`; `None` if no region can have as
    /// many. `block` would be resized to that, if it is the last one, and has bytes: `bytes` of them. If
    /// the next memory lies `elsewhere`, all of the block has to be in there.
    pub(super) fn lacking(
        &self,
        block: NonNull<u8>,
        bytes: usize,
        new: Layout,
        elsewhere: bool,
    ) -> Option<usize> {
        let align = new.align().max(Self::ALIGN);
        let (start, size) = if elsewhere {
            // It starts at some multiple of `ALIGN`.
            (align.wrapping_sub(Self::ALIGN), 0)
        } else {
            // Before there is memory, nobody knows where it will be; the next turn knows.
            let (base, size) = self
                .range()
                .map_or((0, 0), |(base, size)| (base.addr().get(), size));
            let cursor = self.cursor.0.load();
            let start = block.addr().get().wrapping_sub(base);
            let is_last = bytes != 0 && block_end(start, bytes, Self::ALIGN) == cursor;
            let from = if is_last { start } else { cursor };
            (
                from.wrapping_add(padding(base.wrapping_add(from), align)),
                size,
            )
        };
        // No overflow: see `place_up`.
        let end = block_end(start, new.size(), Self::ALIGN);
        (end <= Self::MOST).then(|| end.saturating_sub(size))
    }
}
