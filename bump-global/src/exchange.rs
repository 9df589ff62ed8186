//! The exchange between the memory of a thread and the lists that all threads share.
//!
//! ```text
//!   entry of a thread          its lists                              its chunk
//!                               │    ▲                                ▲       │
//!         all, when they have   │    │  some of a class,       a new  │       │ what is left of
//!         more than allowed     ▼    │  when its list is empty   one  │       ▼ the old one
//!   shared                    shared lists                            region, shared lists
//! ```
//!
//! A thread may keep free blocks of four chunks, and as many more as it took since it last gave its lists
//! away, up to a 32nd of the region. So a thread that frees its own blocks keeps them, and a thread that
//! only frees those of others soon gives them to a thread that only allocates.

use core::alloc::Layout;
use core::ptr::NonNull;

use bump_core::class::GRAIN;
use bump_core::{Cursor, RawBump};

// Import these from the parent module: a test runs this source in a model checker.
use super::entry::{Entry, LISTS};
use super::link::{at, last_of, read, word};
use super::per_thread::PerThread;
use super::thread::slots;

/// The most blocks that a thread takes from a shared list at a time. Other threads wait for the
/// list while it counts them.
const MOST: usize = 32;

impl<B: RawBump, const CHUNK: usize> PerThread<B, CHUNK> {
    /// Takes a block of a class, of `size` bytes, from the shared list, and some more for later.
    ///
    /// If all lists of a thread have as many bytes, it has half of what it may keep. With more, a thread
    /// with blocks of many sizes would soon give all of them away, and take them again.
    pub(super) fn take_shared(
        &self,
        entry: &Entry,
        class: usize,
        size: usize,
    ) -> Option<NonNull<u8>> {
        let base = self.base();
        let room = entry.room.get().min(entry.most.get() / 2 / LISTS);
        let most = (room / size).clamp(1, MOST);
        // SAFETY: all blocks in the lists are from this region.
        let (first, count) = unsafe { self.heap.lists.list(class)?.pop_chain(base, most) }?;
        self.allow(entry, count * size);
        let bytes = (count - 1) * size;
        // SAFETY: the block was taken just now, with a link.
        let rest = unsafe { read(base, first) };
        // SAFETY: the class is one of those for small requests. The thread's list is empty, or this
        // would not have been called. The rest are blocks of the class, and were taken just now.
        unsafe { entry.fill(class, rest, bytes) };
        NonNull::new(at(base, first))
    }

    /// Takes a new chunk, and gives the rest of the old one away.
    pub(super) fn renew_chunk(&self, entry: &Entry) {
        self.give_chunk(entry);
        let Ok(layout) = Layout::from_size_align(Self::CHUNK, GRAIN) else {
            return;
        };
        let lists = self.heap.lists.without_merging();
        // SAFETY: all blocks in the lists are from this region.
        if let Some(chunk) = unsafe { lists.allocate(&self.heap.region, layout) } {
            entry.end.set(word(self.base(), chunk) + Self::CHUNK);
            entry.left.set(Self::CHUNK);
            self.allow(entry, Self::CHUNK);
        }
    }

    /// Lets a thread that took some bytes keep as many more in lists. With a fixed bound of 32 chunks,
    /// two threads that build and free JSON would take a third more time.
    fn allow(&self, entry: &Entry, bytes: usize) {
        let capacity = self.heap.region.memory().map_or(0, |memory| memory.size());
        let before = entry.most.get();
        let most = before
            .saturating_add(bytes)
            .min(capacity / 32)
            .max(Self::LISTED);
        entry.most.set(most);
        let more = most.wrapping_sub(before);
        entry.room.set(entry.room.get().wrapping_add(more));
    }

    /// Gives all memory of an entry to the shared lists.
    pub(super) fn give_all(&self, entry: &Entry) {
        self.give_lists(entry);
        self.give_chunk(entry);
    }

    /// Gives the lists of an entry to the shared ones, each in one exchange.
    #[cold]
    #[inline(never)]
    pub(super) fn give_lists(&self, entry: &Entry) {
        let base = self.base();
        entry.most.set(Self::LISTED);
        entry.room.set(Self::LISTED);
        for (class, own) in entry.lists.iter().enumerate() {
            // Take the blocks from here before they are put there.
            let first = own.replace(0);
            let Some(list) = self.heap.lists.list(class).filter(|_| first != 0) else {
                continue;
            };
            // SAFETY: the blocks were in the list, so they are this thread's, each with a link.
            let last = unsafe { last_of(base, first) };
            // SAFETY: these are blocks of this class from this region, and this thread gives them
            // up.
            unsafe { list.push_chain(base, first, last) };
        }
    }

    /// Gives the rest of the chunk of an entry back to the region, or to the shared lists.
    fn give_chunk(&self, entry: &Entry) {
        let left = entry.left.replace(0);
        if left == 0 {
            return;
        }
        // SAFETY: the address is in the region, so it is not null.
        let start = unsafe { NonNull::new_unchecked(at(self.base(), entry.end.get() - left)) };
        let (lists, region) = (&self.heap.lists, &self.heap.region);
        // SAFETY: the rest belonged to this thread alone. All positions in a chunk are multiples of
        // a grain.
        unsafe { lists.release_range(region, start, left) };
    }

    /// Gives all memory of the calling thread, and of ended threads, to the shared lists.
    pub(super) fn collect(&self) {
        self.leave();
        slots().each_free(B::Cursor::pause, |slot| {
            if let Some(entry) = self.entries.get(slot) {
                self.give_all(entry);
            }
        });
    }
}
