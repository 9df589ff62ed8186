//! [`Entry`]: the free memory of one thread in one heap, without atomic operations. Its exchange
//! with the memory that threads share is in `exchange`.
//!
//! ```text
//!   lists    class 0  class 1  class 2  …  class 23            end - left        end
//!               │        0        │           │                    │              │
//!               ▼                 ▼           ▼                    ▼              ▼
//!              ▓▓──▓▓──▓▓        ▓▓▓▓──▓▓▓▓   ▓▓▓▓▓▓▓▓    chunk    │░░░░░░░░░░░░░░│
//!              └────── these bytes, and room for more ──────┘
//! ```
//!
//! # Whose it is
//!
//! Every heap has as many entries as there are *slots* in the process. A thread takes a slot when it
//! first asks for a block or frees one, and gives the slot back when it ends: entry `i` of every heap is
//! for the owner of slot `i`. So no heap knows threads, and no thread knows heaps.
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
//! Giving a slot back is a release, and taking it is an acquire (see `slots`). So two threads never
//! access an entry at the same time, and the next owner sees the entry as the last one left it.
//!
//! # What a `fork` leaves
//!
//! In the child, only the thread that called `fork` exists. Each of the other threads was cut off
//! at some instruction, and never finishes its change. They keep their slots for ever, so nobody
//! accesses their entries, complete or not. All else is in the words of shared lists and in the
//! cursor of the region, each of which changes by one exchange. A block is taken from one place
//! before it is put into another, so it is in at most one place: the child loses the blocks in the
//! entries and in the hands of other threads, and never gets a block that is in use.

use core::ptr::NonNull;

use bump_core::class::class_of;

// Import these from the parent module: a test runs this source in a model checker.
use super::link::{at, read, word, write};
use super::thread::Cell;

/// The bytes of the largest blocks for which threads have lists.
pub(crate) const SMALL: usize = 1024;

/// The number of these lists.
pub(crate) const LISTS: usize = class_of(SMALL) + 1;

/// The free memory of a thread. Only the owner of the slot calls these functions.
// Aligned to a pair of cache lines, which processors load together, so that entries share none.
#[repr(align(128))]
pub(crate) struct Entry {
    /// A list of free blocks for each class: the word of the first block, or 0. Each block links to
    /// the next.
    pub(crate) lists: [Cell<usize>; LISTS],
    /// The bytes that may still be put on the lists, and those that may be there in all.
    pub(crate) room: Cell<usize>,
    pub(crate) most: Cell<usize>,
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
            self.room.set(self.room.get().wrapping_add(size));
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

    /// Puts a block of a class, which has `size` bytes, on its list. Returns whether there was room; if
    /// not, the lists have to be given away.
    ///
    /// # Safety
    ///
    /// The same as for [`take`](Self::take). The block belongs to the caller, who gives it up.
    #[inline]
    pub(crate) unsafe fn put(
        &self,
        base: NonNull<u8>,
        class: usize,
        size: usize,
        block: NonNull<u8>,
    ) -> bool {
        let block = word(base, block);
        // SAFETY: the caller's promise about the class.
        let list = unsafe { self.list(class) };
        // SAFETY: the caller gives the block up, and blocks of all classes have room for a word.
        unsafe { write(base, block, list.get()) };
        list.set(block);
        let (room, is_none_left) = self.room.get().overflowing_sub(size);
        self.room.set(room);
        !is_none_left
    }

    /// Makes a chain of blocks the list of a class, which must be empty. `first` is the word of the
    /// first block, or 0 for none; each block links to the next. `bytes` is their size in all, for which
    /// there is room.
    ///
    /// # Safety
    ///
    /// The same as for [`put`](Self::put), for each block.
    pub(crate) unsafe fn fill(&self, class: usize, first: usize, bytes: usize) {
        // SAFETY: the caller's promise about the class.
        unsafe { self.list(class) }.set(first);
        self.room.set(self.room.get().wrapping_sub(bytes));
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

    /// Resizes a block if it is the last one of the chunk and there is room. Returns whether it
    /// did.
    pub(crate) fn resize(&self, block: usize, from: usize, to: usize) -> bool {
        let left = self.left.get();
        let is_last = block.wrapping_add(from).wrapping_add(left) == self.end.get();
        // Neither number is larger than a region.
        let all = from.wrapping_add(left);
        let fits = is_last && to <= all;
        if fits {
            self.left.set(all.wrapping_sub(to));
        }
        fits
    }
}
