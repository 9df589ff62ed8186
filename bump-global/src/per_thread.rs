//! [`PerThread`]: each thread has free lists and a chunk of the region for itself, in front of lists
//! that all threads share. What a thread has, and for how long, is in `entry`; when it is exchanged
//! for what is shared, in `exchange`.
//!
//! A request looks in the own list of its class, in the own chunk, in the shared list, and takes a new
//! chunk. A freed block goes on the own list of its class. All blocks are those of size classes, so
//! any thread may free any of them. Large requests, those for more alignment than a grain, and all of a
//! thread that has no entry go to the shared lists.

use core::alloc::Layout;
use core::fmt;
use core::panic::RefUnwindSafe;
use core::ptr::NonNull;

use bump_core::class::{GRAIN, class_size, class_within};
use bump_core::{RawAlloc, RawBump, copy_block};

// From the parent module, so that a test can run this very source in a model checker.
use super::Recycling;
use super::entry::{Entry, SMALL};
use super::link::{at, word};
use super::thread::{LISTED, SLOTS, enter, slot};

/// A heap for programs with threads: each has free lists and `CHUNK` bytes of the region `B` for
/// itself, and shares the rest as a [`Recycling`] heap is shared.
///
/// So threads do not wait for each other, and memory is used again whichever thread frees it.
///
/// ```
/// use bump_global::{Bump, PerThread};
///
/// #[global_allocator]
/// static HEAP: PerThread<Bump<[u8; 1 << 24]>> = PerThread::new(Bump::uninit());
///
/// let threads = [1, 2, 3].map(|n| std::thread::spawn(move || (0..n).collect::<Vec<u64>>()));
/// let numbers = threads.map(|thread| thread.join().unwrap());
/// assert_eq!(numbers[2], [0, 1, 2]);
/// ```
///
/// Threads keep blocks of up to 1 KiB, or of up to an eighth of `CHUNK` if that is less. Requests for
/// more, or for an alignment of more than 8 bytes, go to what is shared.
///
/// At a time, as many threads as a word has bits (64, or 32) have memory for themselves. The others
/// use the shared lists, until one of those ends. A thread that ends leaves its memory to the next
/// one, and to any that would be refused memory otherwise. All is zero in the beginning; beside the
/// region, this takes about 18 KiB.
///
/// # Requests that are refused
///
/// A request is refused if there is no range of free bytes that is large enough for a block of its
/// class, after the calling thread has given its own free memory to the shared lists, with that of all
/// threads that have ended, and neighbouring blocks were merged. So it can be refused because of
/// memory that is free, but for other living threads only: at most five times `CHUNK` for each of them,
/// four in lists and one in a chunk. A thread that waits for long can [give it to others](Self::leave).
///
/// # As a part of others
///
/// As [`Recycling`], it can be the secondary of a [`Fallback`](crate::Fallback), and not the primary.
///
/// # Signal handlers and `fork`
///
/// A signal handler must neither allocate nor free: it can interrupt its own thread within a request.
///
/// A child of a `fork` goes on with the heap, whatever other threads were doing, without the slots of
/// those and what they had for themselves. If one of them had a shared list in hand in this very
/// moment, the child waits for it in vain, for some microseconds, each time that this list is empty;
/// and when the region is full, blocks of that class and of smaller ones are not merged. If it was a
/// list of blocks that threads do not keep, each request of that class waits for some milliseconds,
/// and such blocks are not used again. If it was just collecting what ended threads had left, each
/// request that the child would refuse waits as long.
///
/// # Systems
///
/// Systems without native thread-locals need Rust 1.93, where `thread_local!` does not allocate from
/// the global allocator.
pub struct PerThread<B: RawBump, const CHUNK: usize = 16384> {
    pub(super) entries: [Entry; SLOTS],
    pub(super) heap: Recycling<B>,
}

// SAFETY: an entry is accessed by the owner of its slot alone, and a thread that becomes that does so
// after the one before gave it back; the rest is shared if the heap is.
unsafe impl<B: RawBump, const CHUNK: usize> Sync for PerThread<B, CHUNK> where Recycling<B>: Sync {}

// Nothing panics between two changes of an entry.
impl<B: RawBump + RefUnwindSafe, const CHUNK: usize> RefUnwindSafe for PerThread<B, CHUNK> {}

impl<B: RawBump, const CHUNK: usize> PerThread<B, CHUNK> {
    /// The bytes of a chunk, which are those of a class.
    pub(super) const CHUNK: usize = match class_within(CHUNK) {
        Some(class) => class_size(class),
        None => 0,
    };

    /// The bytes that a thread has in lists at most.
    pub(super) const HELD: usize = LISTED.saturating_mul(Self::CHUNK);

    /// The largest request that a thread serves by itself: with what is left of a chunk that is too
    /// short for it, less than an eighth is given away.
    pub(super) const LARGEST: usize = if Self::CHUNK / 8 < SMALL {
        Self::CHUNK / 8
    } else {
        SMALL
    };

    /// The region. Memory that is taken from it directly is not used again, unless it is given back
    /// there.
    ///
    /// ```
    /// use bump_global::{Bump, PerThread};
    ///
    /// static HEAP: PerThread<Bump<[u8; 1 << 20]>> = PerThread::new(Bump::uninit());
    /// let table: &'static mut [u8; 512] = HEAP.region().leak([0; 512]).unwrap();
    /// assert_eq!(HEAP.region().used(), 512);
    /// ```
    #[must_use]
    pub const fn region(&self) -> &B {
        &self.heap.region
    }

    /// Gives the free memory that the calling thread has for itself to all threads, for instance
    /// because it waits for something now.
    ///
    /// If it goes on and asks for more, it gets another chunk. A thread that ends need not call this.
    ///
    /// ```
    /// use bump_global::{Bump, PerThread};
    ///
    /// #[global_allocator]
    /// static HEAP: PerThread<Bump<[u8; 1 << 24]>> = PerThread::new(Bump::uninit());
    ///
    /// fn main() {
    ///     let worker = std::thread::spawn(|| {
    ///         let length = format!("{}", 1234).len();
    ///         HEAP.leave();
    ///         std::thread::sleep(std::time::Duration::from_millis(10));
    ///         length
    ///     });
    ///     assert_eq!(worker.join().unwrap(), 4);
    /// }
    /// ```
    pub fn leave(&self) {
        if let Some(entry) = self.entry() {
            self.give_all(entry);
        }
    }

    /// The entry of the calling thread, if it has one.
    #[inline]
    pub(super) fn entry(&self) -> Option<&Entry> {
        self.entries.get(slot())
    }

    /// The class of a request that a thread serves by itself, one of those of an [`Entry`], and the bytes of
    /// its blocks.
    #[inline]
    fn small(&self, layout: Layout) -> Option<(usize, usize)> {
        let is_small = layout.align() <= GRAIN && layout.size().wrapping_sub(1) < Self::LARGEST;
        if !is_small {
            return None;
        }
        self.heap.lists.class(&self.heap.region, layout.size())
    }

    /// A pointer that may access all of the region.
    #[inline]
    pub(super) fn base(&self) -> NonNull<u8> {
        let memory = self.heap.region.memory();
        memory.map_or(NonNull::dangling(), |memory| memory.start())
    }

    /// Takes a block from what the calling thread has.
    #[inline]
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let (class, size) = self.small(layout)?;
        // SAFETY: the entry is this thread's, the class one of those for small requests.
        unsafe { self.entry()?.take(self.base(), class, size) }
    }

    /// [`RawAlloc::allocate`] of requests that the thread's own list and chunk do not serve.
    #[cold]
    #[inline(never)]
    fn allocate_slowly(layout: Layout, this: &Self) -> Option<NonNull<u8>> {
        let (lists, region) = (&this.heap.lists, &this.heap.region);
        if let Some((class, size)) = this.small(layout) {
            enter();
            if let Some(entry) = this.entry() {
                // A thread that has just got its slot takes what the owner before it left.
                let mut block = this.take(layout);
                block = block.or_else(|| this.take_shared(entry, class, size));
                if block.is_none() {
                    this.renew_chunk(entry);
                    block = this.take(layout);
                }
                if block.is_some() {
                    return block;
                }
            }
        }
        // SAFETY: all blocks in the lists are from this region.
        if let Some(block) = unsafe { lists.without_merging().allocate(region, layout) } {
            return Some(block);
        }
        let capacity = region.memory().map_or(0, |memory| memory.size());
        if layout.size() > capacity {
            return None;
        }
        this.collect();
        // SAFETY: as above.
        unsafe { lists.allocate(region, layout) }
    }

    /// Resizes a block of `from` bytes in the own chunk, if it is the last one there, to those of a
    /// class, unless there is a free block of that class to move to: if blocks grew here all the same,
    /// ever more of the region would be taken.
    fn resize_last(&self, block: NonNull<u8>, from: usize, class: usize, to: usize) -> bool {
        let Some((entry, list)) = self.entry().zip(self.heap.lists.list(class)) else {
            return false;
        };
        // SAFETY: the class is one of those for small requests.
        let is_free = unsafe { entry.has(class) } || !list.is_empty();
        !is_free && entry.resize(word(self.base(), block), from, to)
    }

    /// The part of [`RawAlloc::reallocate`] that moves.
    ///
    /// # Safety
    ///
    /// As for that.
    #[cold]
    #[inline(never)]
    unsafe fn move_block(
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
        this: &Self,
    ) -> Option<NonNull<u8>> {
        let mut moved = this.take(new);
        if moved.is_none() && new.size() < old.size() {
            let (lists, region) = (&this.heap.lists, &this.heap.region);
            // It needs no other memory, if need be.
            // SAFETY: the caller's promise about the block, which is one of these lists.
            let resized = unsafe { lists.reallocate(region, block, old, new) };
            if resized.is_some() {
                return resized;
            }
        }
        if moved.is_none() {
            moved = Self::allocate_slowly(new, this);
        }
        let moved = moved?;
        // SAFETY: the caller's block, and one that was just handed out.
        unsafe { copy_block(block, old, moved, new) };
        // SAFETY: the caller gives the old block up, and its content was copied.
        unsafe { this.deallocate(block, old) };
        Some(moved)
    }
}

// SAFETY: blocks are of the region, and each is in one place: in use, in a list or chunk of one entry,
// or in the shared lists, which are used with that region alone.
unsafe impl<B: RawBump, const CHUNK: usize> RawAlloc for PerThread<B, CHUNK> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        match self.take(layout) {
            Some(block) => Some(block),
            None => Self::allocate_slowly(layout, self),
        }
    }
    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if let (Some((class, size)), Some(entry)) = (self.small(layout), self.entry()) {
            // SAFETY: the entry is this thread's, the block the caller's, and one of this class.
            unsafe { entry.put(self.base(), class, size, block) };
            if entry.held.get() > Self::HELD {
                self.give_lists(entry);
            }
            return;
        }
        let (lists, region) = (&self.heap.lists, &self.heap.region);
        // SAFETY: the caller's promise about the block, which is one of these lists.
        unsafe { lists.deallocate(region, block, layout) };
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        let (Some((_, from)), Some((class, to))) = (self.small(old), self.small(new)) else {
            let (lists, region) = (&self.heap.lists, &self.heap.region);
            // SAFETY: the caller's promise about the block, which is one of these lists.
            return unsafe { lists.resize(region, block, old, new) };
        };
        if from != to && !self.resize_last(block, from, class, to) {
            return None;
        }
        let base = self.base();
        NonNull::new(at(base, word(base, block)))
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        match unsafe { self.resize(block, old, new) } {
            Some(resized) => Some(resized),
            // SAFETY: the caller's promise.
            None => unsafe { Self::move_block(block, old, new, self) },
        }
    }
}

bump_core::impl_global_alloc!(impl[B: RawBump, const CHUNK: usize] for PerThread<B, CHUNK>);

/// What is shared: the region, and a table of the free blocks.
impl<B: RawBump + fmt::Debug, const CHUNK: usize> fmt::Debug for PerThread<B, CHUNK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PerThread, shared: {:?}", self.heap)
    }
}
