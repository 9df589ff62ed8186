//! [`PerThread`]: each thread has free lists and a chunk of the region for itself, in front of
//! lists that all threads share. The memory of one thread is in `entry`; its exchange with the
//! shared lists is in `exchange`.
//!
//! A request looks, in this order, in the thread's list of its class, in the thread's chunk, and in
//! the shared list; then it takes a new chunk. A freed block goes on the list of the thread that
//! frees it. All blocks have sizes of classes, so any thread may free any of them. Large requests,
//! requests for more alignment than a grain, and all requests of a thread without an entry go to
//! the shared lists.

use core::alloc::Layout;
use core::fmt;
use core::panic::RefUnwindSafe;
use core::ptr::NonNull;

use bump_core::class::{CLASSES, GRAIN, class_size, class_within};
use bump_core::codegen::unlikely;
use bump_core::{RawAlloc, RawBump, copy_block};

// Import these from the parent module: a test runs this source in a model checker.
use super::Recycling;
use super::entry::{Entry, SMALL};
use super::link::{at, word};
use super::thread::{LISTED, SLOTS, enter, slot};

/// A heap for programs with threads. Each thread has free lists and `CHUNK` bytes of the region `B`
/// for itself; the threads share the rest as they share a [`Recycling`] heap.
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
/// Threads keep blocks of up to 1 KiB, or of up to an eighth of `CHUNK` if that is less. Larger
/// requests, and those for an alignment of more than 8 bytes, go to the shared lists.
///
/// As many threads at a time as a word has bits (64 or 32) have memory for themselves. The others
/// use the shared lists until one of those threads ends. A thread that ends leaves its memory to
/// the next one, and to any that would be refused memory otherwise. A new heap is all zero; beside
/// the region it takes about 18 KiB (on 32 bits: 5 KiB).
///
/// # Requests that are refused
///
/// Before a request is refused, the calling thread gives its own free memory to the shared lists,
/// and that of all threads that have ended, and neighbouring blocks are merged. The request is
/// refused if no range of free bytes is large enough for a block of its class then. Only memory
/// that other living threads keep free for themselves is out of reach: a chunk of each of them, and
/// blocks in lists. These are at most four chunks, and as many bytes more as the thread took since it
/// last gave its lists away; and at most a 32nd of the region, unless four chunks are more. A thread
/// that waits for a long time can [give them to others](Self::leave).
///
/// # As a part of others
///
/// Like [`Recycling`], it can be the secondary of a [`Fallback`](crate::Fallback), but not the
/// primary.
///
/// # Signal handlers and `fork`
///
/// A signal handler must neither allocate nor free: it can interrupt its own thread within a
/// request.
///
/// A child of a `fork` can go on using the heap, whatever other threads were doing. It loses the
/// slots of those threads, and the memory that they had for themselves. If one of them was in the
/// middle of a change at the moment of the `fork`, the child loses more:
///
/// - The thread had a shared list in hand: the child waits for it in vain, for some microseconds
///   each time that this list is empty; and when the region is full, blocks of that class and of
///   smaller ones are not merged.
/// - The list in hand has blocks that threads do not keep: each request of the class waits for some
///   milliseconds, and such blocks are not used again.
/// - The thread was collecting the memory of ended threads: each request that the child would
///   refuse waits as long, and one of their slots is lost with its memory.
///
/// # Systems
///
/// Systems without native thread-locals need Rust 1.93, where `thread_local!` does not allocate
/// from the global allocator.
pub struct PerThread<B: RawBump, const CHUNK: usize = 16384> {
    pub(super) entries: [Entry; SLOTS],
    pub(super) heap: Recycling<B>,
}

// SAFETY: only the owner of a slot accesses its entry, and a thread becomes the owner after the one
// before it gave the slot back. The heap is `Sync` by the bound.
unsafe impl<B: RawBump, const CHUNK: usize> Sync for PerThread<B, CHUNK> where Recycling<B>: Sync {}

// No panic is possible between two changes of an entry.
impl<B: RawBump + RefUnwindSafe, const CHUNK: usize> RefUnwindSafe for PerThread<B, CHUNK> {}

impl<B: RawBump, const CHUNK: usize> PerThread<B, CHUNK> {
    /// The bytes of a chunk: `CHUNK`, rounded down to the size of a class.
    pub(super) const CHUNK: usize = match class_within(CHUNK) {
        Some(class) => class_size(class),
        None => 0,
    };

    /// The bytes that a thread may keep in lists, wherever they come from.
    pub(super) const LISTED: usize = LISTED.saturating_mul(Self::CHUNK);

    /// The largest request that a thread serves by itself. When the rest of a chunk is too short
    /// for a request, it is given away; with this limit, that is less than an eighth of the chunk.
    pub(super) const LARGEST: usize = if Self::CHUNK / 8 < SMALL {
        Self::CHUNK / 8
    } else {
        SMALL
    };

    /// The region. Memory that is taken from the region directly is used again only if it is given
    /// back to the region.
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

    /// Gives the free memory of the calling thread to all threads. Call it before a thread waits
    /// for a long time.
    ///
    /// At its next request, the thread gets another chunk. A thread that ends need not call this.
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

    /// The class of a request that a thread serves by itself, and the bytes of its blocks. The
    /// class is one of those that an [`Entry`] has lists for.
    #[inline]
    fn small(&self, layout: Layout) -> Option<(usize, usize)> {
        // As one condition, the compiler would compute both before it branches: two instructions more for
        // each block that is taken or freed.
        if layout.align() > GRAIN {
            unlikely();
            return None;
        }
        if layout.size().wrapping_sub(1) >= Self::LARGEST {
            unlikely();
            return None;
        }
        let (class, size) = self.heap.lists.class(&self.heap.region, layout);
        (class != CLASSES).then_some((class, size))
    }

    /// A pointer that may access all of the region.
    #[inline]
    pub(super) fn base(&self) -> NonNull<u8> {
        let memory = self.heap.region.memory();
        memory.map_or(NonNull::dangling(), |memory| memory.start())
    }

    /// Takes a block from the memory of the calling thread.
    #[inline]
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let (class, size) = self.small(layout)?;
        // SAFETY: the entry is this thread's, the class one of those for small requests.
        unsafe { self.entry()?.take(self.base(), class, size) }
    }

    /// [`RawAlloc::allocate`] for requests that the thread's own list and chunk cannot serve.
    #[cold]
    #[inline(never)]
    fn allocate_slowly(layout: Layout, this: &Self) -> Option<NonNull<u8>> {
        let (lists, region) = (&this.heap.lists, &this.heap.region);
        if let Some((class, size)) = this.small(layout) {
            enter();
            if let Some(entry) = this.entry() {
                // If the thread got its slot just now, the entry has what the owner before it left.
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

    /// [`RawAlloc::deallocate`] of a small block in a thread that has no entry. It gets one, if it can:
    /// with lists, a thread that only frees is twice as fast.
    ///
    /// # Safety
    ///
    /// As for that function.
    #[cold]
    #[inline(never)]
    unsafe fn deallocate_slowly(block: NonNull<u8>, layout: Layout, this: &Self) {
        enter();
        if this.entry().is_some() {
            // SAFETY: the caller's promise.
            unsafe { this.deallocate(block, layout) };
        } else {
            let (lists, region) = (&this.heap.lists, &this.heap.region);
            // SAFETY: the caller's promise about the block, which is one of these lists.
            unsafe { lists.deallocate(region, block, layout) };
        }
    }

    /// Resizes a block of `from` bytes to the bytes of a class, if it is the last one in the
    /// thread's chunk. Does not do so if a free block of that class is in the thread's list:
    /// growing in place all the same would take ever more of the region.
    fn resize_last(&self, block: NonNull<u8>, from: usize, class: usize, to: usize) -> bool {
        let Some((entry, list)) = self.entry().zip(self.heap.lists.list(class)) else {
            return false;
        };
        // SAFETY: the class is one of those for small requests.
        let is_free = unsafe { entry.has(class) } || !list.is_empty();
        !is_free && entry.resize(word(self.base(), block), from, to)
    }

    /// Moves a block: the part of [`RawAlloc::reallocate`] that is left when resizing in place
    /// failed.
    ///
    /// # Safety
    ///
    /// The same as for [`RawAlloc::reallocate`].
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
            // Without another block, the shared lists may still resize this one where it is.
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
        // SAFETY: the caller's block with its layout, and one that was just handed out.
        unsafe { copy_block(block, old, moved, new) };
        // SAFETY: the caller gives the old block up, and its content was copied.
        unsafe { this.deallocate(block, old) };
        Some(moved)
    }
}

// SAFETY: all blocks lie in the region, and each is in exactly one place: in use, in a list or the
// chunk of one entry, or in the shared lists. These lists are used with this region only.
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
        let Some((class, size)) = self.small(layout) else {
            let (lists, region) = (&self.heap.lists, &self.heap.region);
            // SAFETY: the caller's promise about the block, which is one of these lists.
            return unsafe { lists.deallocate(region, block, layout) };
        };
        let Some(entry) = self.entry() else {
            // SAFETY: the caller's promise.
            return unsafe { Self::deallocate_slowly(block, layout, self) };
        };
        // SAFETY: the entry is this thread's, the block the caller's, and one of this class.
        let had_room = unsafe { entry.put(self.base(), class, size, block) };
        if !had_room {
            self.give_lists(entry);
        }
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
        // SAFETY: the caller promises that the block is in use with the layout `old`.
        match unsafe { self.resize(block, old, new) } {
            Some(resized) => Some(resized),
            // SAFETY: as above, and the block was not resized.
            None => unsafe { Self::move_block(block, old, new, self) },
        }
    }
}

bump_core::impl_global_alloc!(impl[B: RawBump, const CHUNK: usize] for PerThread<B, CHUNK>);

/// Shows the shared part: the region, and a table of the free blocks.
impl<B: RawBump + fmt::Debug, const CHUNK: usize> fmt::Debug for PerThread<B, CHUNK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PerThread, shared: {:?}", self.heap)
    }
}
