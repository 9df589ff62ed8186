//! [`Entry`]: the free memory of one thread in one heap, without an atomic operation. When it is
//! exchanged for memory that threads share is in `per_thread`.
//!
//! ```text
//!   lists    class 0  class 1  class 2  …  class 23            end - left        end
//!               │        0        │           │                    │              │
//!               ▼                 ▼           ▼                    ▼              ▼
//!              ▓▓──▓▓──▓▓        ▓▓▓▓──▓▓▓▓   ▓▓▓▓▓▓▓▓    chunk    │░░░░░░░░░░░░░░│
//!              └──────────── held: these bytes ──────┘
//! ```
//!
//! # Whose it is
//!
//! Every heap has as many entries as there are *slots* in the process. A thread takes a slot at its
//! first request, and gives it back when it ends: entry `i` of every heap is for the owner of slot
//! `i`. So no heap knows threads, and no thread knows heaps.
//!
//! ```text
//!      ┌────────────── a thread takes the slot ──────────────┐
//!      │                                                     ▼
//!   slot free: the entry is as                  slot taken: its owner alone
//!   the last owner has left it                  accesses the entry
//!      ▲    │    ▲                                           │
//!      │    │    └──────────── the thread ends ──────────────┘
//!      │    ▼
//!   a thread that would have to refuse a request otherwise takes
//!   the slot, empties the entry, and gives the slot back
//! ```
//!
//! Giving a slot back releases, taking it acquires (see `slots`). So an entry is never accessed by two
//! threads at a time, and the next owner goes on with what the last one has left.
//!
//! # What a `fork` leaves
//!
//! In the child, only the thread exists that has called it. Memory is as it was at some instruction of
//! each of the others, and nobody ever finishes what they were about. They have their slots for ever,
//! so nobody finds their entries, complete or not. Everything else is in words of shared lists and in
//! the cursor of the region, which change by one exchange each. A block is taken from one place before
//! it is given to another, so it is in one place at most: the child loses what was in the entries and
//! in the hands of other threads, and never gets what is in use.

use core::ptr::NonNull;

use bump_core::class::class_of;

// From the parent module, so that a test can run this very source in a model checker.
use super::link::{at, read, word, write};
use super::thread::Cell;

/// The bytes of the largest blocks for which threads have lists.
pub(crate) const SMALL: usize = 1024;

/// The number of these lists.
pub(crate) const LISTS: usize = class_of(SMALL) + 1;

/// The free memory of a thread. Only the owner of the slot calls what is here.
// On its own pair of cache lines, which processors load together.
#[repr(align(128))]
pub(crate) struct Entry {
    /// A list of free blocks for each class: the first one's word, 0 for none. Each links to the next.
    pub(crate) lists: [Cell<usize>; LISTS],
    /// The bytes in the lists.
    pub(crate) held: Cell<usize>,
    /// The chunk: the word of its end, and the bytes of it that are left.
    pub(crate) end: Cell<usize>,
    pub(crate) left: Cell<usize>,
}

impl Entry {
    /// The list of a class.
    ///
    /// # Safety
    ///
    /// The class is less than [`LISTS`].
    #[inline]
    unsafe fn list(&self, class: usize) -> &Cell<usize> {
        // SAFETY: the caller's promise about the class.
        unsafe { self.lists.get_unchecked(class) }
    }

    /// Takes a block of a class, which has `size` bytes: from the list, or from the chunk.
    ///
    /// # Safety
    ///
    /// `base` may access the region of the heap. The class is less than [`LISTS`].
    #[inline]
    pub(crate) unsafe fn take(
        &self,
        base: NonNull<u8>,
        class: usize,
        size: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise about the class.
        let list = unsafe { self.list(class) };
        let mut block = list.get();
        if block != 0 {
            // SAFETY: the block is in the list, so it is this thread's, with a link.
            list.set(unsafe { read(base, block) });
            self.held.set(self.held.get().wrapping_sub(size));
        } else {
            let left = self.left.get();
            if left < size {
                return None;
            }
            self.left.set(left.wrapping_sub(size));
            block = self.end.get().wrapping_sub(left);
        }
        // SAFETY: a block of the region is not at address 0.
        Some(unsafe { NonNull::new_unchecked(at(base, block)) })
    }

    /// Puts a block of a class, which has `size` bytes, on its list.
    ///
    /// # Safety
    ///
    /// As for [`take`](Self::take). The block is the caller's, who gives it up.
    #[inline]
    pub(crate) unsafe fn put(
        &self,
        base: NonNull<u8>,
        class: usize,
        size: usize,
        block: NonNull<u8>,
    ) {
        let block = word(base, block);
        // SAFETY: the caller's promise about the class.
        let list = unsafe { self.list(class) };
        // SAFETY: the caller's block, which has room for a word.
        unsafe { write(base, block, list.get()) };
        list.set(block);
        self.held.set(self.held.get().wrapping_add(size));
    }

    /// Makes blocks of a class, of so many bytes in all, the list of it, which is empty. `first` links
    /// to the second, and so on; it is 0 if there is none.
    ///
    /// # Safety
    ///
    /// As for [`put`](Self::put).
    pub(crate) unsafe fn fill(&self, class: usize, first: usize, bytes: usize) {
        // SAFETY: the caller's promise about the class.
        unsafe { self.list(class) }.set(first);
        self.held.set(self.held.get().wrapping_add(bytes));
    }

    /// Whether a block of a class is in its list.
    ///
    /// # Safety
    ///
    /// The class is less than [`LISTS`].
    pub(crate) unsafe fn has(&self, class: usize) -> bool {
        // SAFETY: the caller's promise about the class.
        unsafe { self.list(class) }.get() != 0
    }

    /// Resizes a block if it is the last one of the chunk, and there is room; tells whether it was.
    pub(crate) fn resize(&self, block: usize, from: usize, to: usize) -> bool {
        let left = self.left.get();
        let is_last = block.wrapping_add(from).wrapping_add(left) == self.end.get();
        // Neither is more than a region has.
        let all = from.wrapping_add(left);
        let fits = is_last && to <= all;
        if fits {
            self.left.set(all.wrapping_sub(to));
        }
        fits
    }
}
