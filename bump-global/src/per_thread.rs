//! [`PerThread`]: each thread bumps inside a piece of the shared region that is its own.
//!
//! A cursor that threads share does not scale: each claim moves its cache line to another core.
//! Here the shared cursor hands out *chunks*, and within its chunk a thread needs no atomic
//! operation. The algorithm is the engine's for both; what lives here is who owns which chunk. What
//! identifies a thread is in `thread`, with the constructor.
//!
//! ```text
//!   region   │ chunk of A ▓▓▓░░│ large block │ chunk of B ▓░░░░│ chunk of A ▓▓▓▓│ free        │
//!                          ▲                               ▲                   ▲
//!                   left over by A                  cursor of B          cursor of A,
//!                                                                    and of the region
//! ```
//!
//! # Which chunk is a thread's
//!
//! A thread is identified by the address of a thread-local that has neither content nor destructor.
//! No two threads have it at the same address while both live. So nothing needs to be allocated or
//! registered for a thread, nothing be done when it ends, and each [`PerThread`] has its own table,
//! from these addresses to chunks: several in one program know nothing of each other.
//!
//! When a thread ends, its entry stays, and serves the next thread whose thread-local is at that
//! address. Systems keep the stacks of ended threads, and with them their thread-locals, for new
//! threads, so there are about as many addresses as threads that ever lived at the same time. That
//! the old thread's accesses to the entry happen before those of the new one follows from this:
//! whoever hands memory of an ended thread to a new one as its thread-local memory has to order
//! their accesses to *that*, and the end of a thread is behind all else that it did. Who does not
//! want to rely on addresses calls [`PerThread::leave`]. That hands the entry over by its owner,
//! released and acquired, as the model checker tries.
//!
//! # What is used again
//!
//! What ends at a cursor is given back, and grows in place, as everywhere. Besides, a chunk counts
//! its blocks: those that were taken from it, less those that its owner freed. When that is 0,
//! nothing of the chunk is in use, and its cursor starts again. So a thread that now and then has
//! freed all that it took, in whatever order, stays in one chunk, which stays in its processor's
//! cache.
//!
//! The count is right because whose block it is can be told by where it starts: from the start of a
//! chunk up to its cursor, all blocks are its own.
//!
//! - The last byte of a chunk is never handed out. So no block of it ends at the start of another
//!   chunk or at the cursor of the region, which might take it in and hand out its bytes.
//! - A block that this thread frees in somebody else's chunk stays counted there. That chunk does
//!   not start again. Who takes over a chunk takes over its count.
//! - Who gives up the rest of a chunk, or goes on in another one, forgets it. Then its blocks are
//!   blocks of the region.
//! - A block of the region that ends where a chunk starts may become the first of that chunk:
//!   nobody else counts it, and nothing lies in between.
//! - What is freed here was handed out here; unless this is a part of a [`Fallback`](crate::Fallback),
//!   whose other part may have its memory inside of a block of this one. Then each free is preceded
//!   by the question whether the block is [owned](Owns), and the count is given up.

use core::alloc::Layout;
use core::fmt;
use core::panic::RefUnwindSafe;
use core::ptr::NonNull;

use bump_core::engine::{self, dangling, unit};
use bump_core::{Cursor, Memory, RawAlloc, RawBump, UNIT};

// From the parent module, so that a test can run this very source in a model checker.
use super::Owns;
use super::atomic::{AtomicUsize, Ordering};
use super::thread::{Cell, THREADS, identity};

/// How many places of the table a thread looks at for its entry.
const PROBES: usize = if THREADS < 8 { THREADS } else { 8 };

/// So many blocks that they are never all freed.
const UNCOUNTED: usize = usize::MAX / 2;

/// A heap for programs with threads: each takes `CHUNK` bytes of the region `B` at a time, and
/// hands them out without an atomic operation.
///
/// Requests for more than an eighth of a chunk go to the region. The last block of a thread is
/// given back, and grows in place; so does the last block of the region. A chunk whose blocks were
/// all freed by its thread, in whatever order, is used again, unless this is the primary of a
/// [`Fallback`](crate::Fallback).
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
/// At most 64 threads have a chunk at a time; the region serves all others. The table of chunks
/// takes 8 KiB beside the region.
///
/// Not for signal handlers that allocate: they can interrupt their own thread within a request. The
/// region itself ([`Bump`](crate::Bump)) is. Systems without native thread-locals need Rust 1.93,
/// where `thread_local!` does not allocate from the global allocator.
pub struct PerThread<B, const CHUNK: usize = 32768> {
    pub(super) entries: [Entry; THREADS],
    /// About how many entries without an owner have a rest.
    pub(super) left: AtomicUsize,
    /// Not 0 if somebody asked what is [owned](Owns), for which chunks are not counted any more.
    pub(super) asked: AtomicUsize,
    pub(super) region: B,
}

/// The chunk of a thread; unless it is nobody's, only that thread accesses more than `owner`.
// On its own pair of cache lines, which processors load together.
#[repr(align(128))]
pub(super) struct Entry {
    /// What tells the owner, or 0.
    pub(super) owner: AtomicUsize,
    pub(super) cursor: Position,
    pub(super) limit: Cell<usize>,
    /// Where the chunk starts.
    pub(super) start: Cell<usize>,
}

/// A cursor for one thread, which counts the blocks that it handed out.
pub(super) struct Position {
    pub(super) value: Cell<usize>,
    /// How many blocks of the chunk are in use; or more, see the module's documentation.
    pub(super) blocks: Cell<usize>,
}

// SAFETY: one thread accesses it, in program order, and each method is a plain comparison and
// assignment. Memory that another thread gives back gets here by way of the region's cursor, or of
// whatever sent the block to this thread.
unsafe impl Cursor for Position {
    #[inline]
    fn load(&self) -> usize {
        self.value.get()
    }

    #[inline]
    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the caller's promise.
        unsafe { self.exchange(current, new) }?;
        self.blocks.set(self.blocks.get() + 1);
        Ok(())
    }

    #[inline]
    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        // SAFETY: the caller's promise.
        unsafe { self.exchange(current, new) }?;
        self.blocks.set(self.blocks.get() - 1);
        Ok(())
    }

    #[inline]
    unsafe fn exchange(&self, current: usize, new: usize) -> Result<(), usize> {
        let found = self.load();
        if found != current {
            return Err(found);
        }
        self.value.set(new);
        Ok(())
    }
}

/// The chunk of the calling thread, as a region of its own.
struct Local<'a, B> {
    entry: &'a Entry,
    region: &'a B,
}

// SAFETY: the bytes from the entry's cursor to its limit were taken from the region, which grants
// all that is demanded of them, for this thread, and nobody else accesses them. Before the first
// chunk both positions are 0. The cursor is set to the start of each new chunk, and to 0 with the
// limit; and to the start of the chunk when no block in there is in use.
unsafe impl<B: RawBump> RawBump for Local<'_, B> {
    type Cursor = Position;

    const MIN_ALIGN: usize = B::MIN_ALIGN;
    const BASE_ALIGN: usize = B::BASE_ALIGN;

    #[inline]
    fn cursor(&self) -> &Position {
        &self.entry.cursor
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        let start = self.region.memory()?.start();
        Some(Memory::new(start, self.entry.limit.get()))
    }
}

impl<B: RawBump> Local<'_, B> {
    /// The position of a block in the region.
    #[inline]
    fn position(&self, block: NonNull<u8>) -> usize {
        let start = self
            .region
            .memory()
            .map_or(0, |memory| memory.start().addr().get());
        block.addr().get().wrapping_sub(start)
    }

    /// Whether a block, of at least one byte, is the last one of the chunk.
    #[inline]
    fn ends_with(&self, block: NonNull<u8>, layout: Layout) -> bool {
        engine::is_last(self, block, layout, unit::<B>())
            && self.entry.start.get() <= self.position(block)
    }

    /// Makes a block, of at least one byte, the first one of the chunk, if it ends where that and
    /// the free bytes start.
    fn adopt(&self, block: NonNull<u8>, layout: Layout) {
        let Entry { cursor, start, .. } = self.entry;
        let position = self.position(block);
        if engine::is_last(self, block, layout, unit::<B>()) && position < start.get() {
            start.set(position);
            cursor.blocks.set(cursor.blocks.get() + 1);
        }
    }

    /// Takes a block back if it is one of the chunk, which it tells.
    ///
    /// # Safety
    ///
    /// As for [`RawAlloc::deallocate`]; of at least one byte.
    #[inline]
    unsafe fn release(&self, block: NonNull<u8>, layout: Layout) -> bool {
        let Entry { cursor, start, .. } = self.entry;
        let position = self.position(block);
        if position < start.get() || cursor.load() <= position {
            return false;
        }
        // SAFETY: the caller's promise.
        if !unsafe { engine::free(self, block, layout, unit::<B>()) } {
            cursor.blocks.set(cursor.blocks.get() - 1);
        }
        if cursor.blocks.get() == 0 {
            cursor.value.set(start.get());
        }
        true
    }

    /// Gives the rest of the chunk back to the region, if it is the last thing in there; whoever
    /// goes on there then goes on where this thread stopped. Tells whether it was.
    fn give_up_rest(&self) -> bool {
        let limit = self.entry.limit.get();
        let rest = self.entry.cursor.load();
        // SAFETY: the rest, with the last bytes, is this thread's, which forgets it.
        let given =
            limit != 0 && unsafe { self.region.cursor().give_back(limit + UNIT, rest) }.is_ok();
        if given {
            self.entry.set(0, 0);
        }
        given
    }

    /// Takes a new chunk, in place of what is left of the old one; tells whether there was one.
    fn refill(&self, size: usize) -> bool {
        let Ok(layout) = Layout::from_size_align(size, UNIT) else {
            return false;
        };
        match engine::take(self.region, layout, unit::<B>()) {
            Some(chunk) => {
                let start = self.position(chunk.block);
                // Without its last bytes.
                self.entry.set(
                    start,
                    start + size.next_multiple_of(UNIT.max(B::MIN_ALIGN)) - UNIT,
                );
                true
            }
            None => false,
        }
    }
}

impl Entry {
    /// A chunk of which nothing is used.
    fn set(&self, start: usize, limit: usize) {
        self.cursor.value.set(start);
        self.limit.set(limit);
        self.cursor.blocks.set(0);
        self.start.set(start);
    }

    /// Takes the chunk of another entry.
    fn take_from(&self, other: &Self) {
        self.set(other.start.get(), other.limit.get());
        self.cursor.value.set(other.cursor.value.get());
        self.cursor.blocks.set(other.cursor.blocks.get());
        other.set(0, 0);
    }

    /// Relaxed: only the thread itself stores and removes this number, so it reads what it wrote;
    /// or what an ended thread wrote, see the module's documentation.
    #[inline]
    fn is_owned_by(&self, thread: usize) -> bool {
        self.owner.load(Ordering::Relaxed) == thread
    }

    /// Makes the thread the owner, if there is none; after all that the one before did.
    fn acquire(&self, thread: usize) -> bool {
        self.owner
            .compare_exchange(0, thread, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Leaves the entry, after all that its owner did, to whoever acquires it.
    fn release(&self) {
        self.owner.store(0, Ordering::Release);
    }
}

// SAFETY: an entry is used by its owner alone, and whoever becomes that does so after the one
// before left it; the region is shared.
unsafe impl<B: Sync, const CHUNK: usize> Sync for PerThread<B, CHUNK> {}

// Nothing panics between two changes of an entry.
impl<B: RefUnwindSafe, const CHUNK: usize> RefUnwindSafe for PerThread<B, CHUNK> {}

impl<B, const CHUNK: usize> PerThread<B, CHUNK> {
    /// The region, to use it without a chunk in between.
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
        &self.region
    }
}

impl<B: RawBump, const CHUNK: usize> PerThread<B, CHUNK> {
    /// What is larger, or aligned to more, does not come from a chunk. So all that does fits in a new
    /// one, and what is left of the old one is less than a quarter. Nothing fits in chunks that are
    /// no longer than the alignment of all blocks, since their last byte is not handed out.
    const LARGE: usize = if CHUNK > B::MIN_ALIGN { CHUNK / 8 } else { 0 };

    /// Leaves the rest of the calling thread's chunk to others, for instance because it ends.
    ///
    /// If it goes on and asks for more, it gets another chunk.
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
    ///         HEAP.leave(); // the last thing it does
    ///         length
    ///     });
    ///     assert_eq!(worker.join().unwrap(), 4);
    /// }
    /// ```
    pub fn leave(&self) {
        let Some(entry) = identity().and_then(|thread| Self::find(thread, self)) else {
            return;
        };
        self.with(entry).give_up_rest();
        if entry.limit.get() - entry.cursor.load() > Self::LARGE {
            self.left.fetch_add(1, Ordering::Relaxed);
        } else {
            entry.set(0, 0);
        }
        entry.release();
    }

    /// Takes over what some thread left, in place of what is left of the chunk.
    fn take_over(&self, local: &Local<'_, B>) -> bool {
        // This counter only spares threads the search: it touches the cache lines of all others.
        if self.left.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let thread = local.entry.owner.load(Ordering::Relaxed);
        self.entries.iter().any(|left| {
            if !left.acquire(thread) {
                return false;
            }
            let limit = left.limit.get();
            if limit != 0 {
                local.entry.take_from(left);
                self.go_on_with(local.entry);
                self.left.fetch_sub(1, Ordering::Relaxed);
            }
            left.release();
            limit != 0
        })
    }

    /// Gives up the count of a chunk that was somebody else's, if it has to be.
    ///
    /// Relaxed: whoever frees what is not counted has asked before.
    fn go_on_with(&self, entry: &Entry) {
        if self.asked.load(Ordering::Relaxed) != 0 {
            entry.cursor.blocks.set(UNCOUNTED);
        }
    }

    /// The entry of the calling thread, if it is where that looks first.
    #[inline]
    fn at_home(&self) -> Option<&Entry> {
        let thread = identity()?;
        let entry = &self.entries[home(thread)];
        entry.is_owned_by(thread).then_some(entry)
    }

    /// The chunk of the calling thread; `None` if there is no place for it in the table.
    #[cold]
    fn local(&self) -> Option<Local<'_, B>> {
        Self::find(identity()?, self).map(|entry| self.with(entry))
    }

    /// The chunk of an entry.
    #[inline]
    fn with<'a>(&'a self, entry: &'a Entry) -> Local<'a, B> {
        Local {
            entry,
            region: &self.region,
        }
    }

    /// The entry of a thread, if need be a new one.
    fn find(thread: usize, this: &Self) -> Option<&Entry> {
        const { assert!(THREADS.is_power_of_two()) };
        let probed = || (0..PROBES).map(|probe| &this.entries[(home(thread) + probe) % THREADS]);
        let owned = probed().find(|entry| entry.is_owned_by(thread));
        owned.or_else(|| {
            let entry = probed().find(|entry| entry.acquire(thread))?;
            this.go_on_with(entry);
            // With the rest of the chunk that somebody left there.
            if entry.limit.get() != 0 {
                this.left.fetch_sub(1, Ordering::Relaxed);
            }
            Some(entry)
        })
    }

    /// [`RawAlloc::allocate`] when the chunk is elsewhere, or does not have that much: then in a
    /// new one, or in the region.
    #[cold]
    #[inline(never)]
    fn allocate_slow(layout: Layout, this: &Self) -> Option<NonNull<u8>> {
        if layout.size() > Self::LARGE || layout.align() > Self::LARGE {
            return RawAlloc::allocate(&this.region, layout).or_else(|| {
                let latest = this.region.memory()?.size().checked_sub(layout.size())?;
                // With what is left of the chunk, if that can be enough.
                let local = this.local()?;
                let given = local.entry.cursor.load() <= latest && local.give_up_rest();
                given
                    .then(|| RawAlloc::allocate(&this.region, layout))
                    .flatten()
            });
        }
        if let Some(local) = this.local() {
            if let Some(block) = RawAlloc::allocate(&local, layout) {
                return Some(block);
            }
            local.give_up_rest();
            let block = this
                .take_over(&local)
                .then(|| RawAlloc::allocate(&local, layout))
                .flatten();
            if block.is_some() {
                return block;
            }
            if local.refill(CHUNK) {
                return RawAlloc::allocate(&local, layout);
            }
        }
        RawAlloc::allocate(&this.region, layout)
    }

    /// [`RawAlloc::deallocate`] when the chunk is not where the thread looks first, or the block not
    /// in the chunk.
    ///
    /// # Safety
    ///
    /// As for [`RawAlloc::deallocate`].
    #[cold]
    #[inline(never)]
    unsafe fn release_slow(block: NonNull<u8>, layout: Layout, this: &Self) {
        let in_chunk = |local: Local<'_, B>| {
            local.adopt(block, layout);
            // SAFETY: the caller's promise.
            unsafe { local.release(block, layout) }
        };
        if !this.local().is_some_and(in_chunk) {
            // SAFETY: the caller's promise.
            unsafe { RawAlloc::deallocate(&this.region, block, layout) };
        }
    }

    /// [`RawAlloc::resize`] when the chunk is elsewhere, does not border on the block, or does not
    /// have that much.
    ///
    /// # Safety
    ///
    /// As for [`RawAlloc::resize`].
    #[cold]
    #[inline(never)]
    unsafe fn resize_slow(
        new: Layout,
        this: &Self,
        block: NonNull<u8>,
        old: Layout,
    ) -> Option<NonNull<u8>> {
        if let Some(local) = this.local() {
            local.adopt(block, old);
            if local.ends_with(block, old) {
                // SAFETY: the caller's promise.
                if let Some(block) = unsafe { RawAlloc::resize(&local, block, old, new) } {
                    return Some(block);
                }
                // Then a block that was the last in the chunk is the last in the region.
                local.give_up_rest();
            }
        }
        // SAFETY: the caller's promise.
        unsafe { RawAlloc::resize(&this.region, block, old, new) }
    }
}

/// Where a thread looks first. Fibonacci hashing: the addresses differ in different bits on
/// different systems, by stacks or by a few words, and the upper bits of the product depend on all
/// of them.
#[inline]
fn home(thread: usize) -> usize {
    // The golden ratio of the range, by a quotient of Fibonacci numbers, and odd.
    const FACTOR: usize = (usize::MAX / 89 * 55) | 1;
    thread.wrapping_mul(FACTOR) >> (usize::BITS - THREADS.ilog2())
}

// SAFETY: blocks are of the chunks and of the region, by the engine, which hands out each byte
// once: chunks are blocks of the region, and the module's documentation tells why freed blocks may
// go to any cursor. The blocks stay where they are when the region does (contract of `RawBump`),
// since positions in chunks are positions in the region. Nothing here panics: indices are masked,
// and the hash has the bits of an index.
unsafe impl<B: RawBump + Sync, const CHUNK: usize> RawAlloc for PerThread<B, CHUNK> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(dangling(layout));
        }
        match self
            .at_home()
            .and_then(|entry| RawAlloc::allocate(&self.with(entry), layout))
        {
            Some(block) => Some(block),
            None => Self::allocate_slow(layout, self),
        }
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        if let Some(entry) = self.at_home() {
            let local = self.with(entry);
            // SAFETY: the caller's promise.
            let in_chunk = unsafe { local.release(block, layout) };
            // Where most others end, nothing is free.
            if in_chunk
                || !(engine::is_last(&local, block, layout, unit::<B>())
                    || engine::is_last(&self.region, block, layout, unit::<B>()))
            {
                return;
            }
        }
        // SAFETY: the caller's promise.
        unsafe { Self::release_slow(block, layout, self) };
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        if old.size() == 0 {
            return None;
        }
        if new.size() == 0 {
            // SAFETY: the caller's promise.
            unsafe { self.deallocate(block, old) };
            return Some(dangling(new));
        }
        let in_chunk = |entry| {
            let local = self.with(entry);
            // What another block gives up may be the region's to take.
            if !local.ends_with(block, old) {
                return None;
            }
            // SAFETY: the caller's promise.
            unsafe { RawAlloc::resize(&local, block, old, new) }
        };
        match self.at_home().and_then(in_chunk) {
            Some(block) => Some(block),
            // SAFETY: the caller's promise.
            None => unsafe { Self::resize_slow(new, self, block, old) },
        }
    }
}

impl<B: Default, const CHUNK: usize> Default for PerThread<B, CHUNK> {
    fn default() -> Self {
        PerThread::new(B::default())
    }
}

impl<B: fmt::Debug, const CHUNK: usize> fmt::Debug for PerThread<B, CHUNK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerThread")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

bump_core::impl_global_alloc!(impl[B: RawBump + Sync, const CHUNK: usize] for PerThread<B, CHUNK>);

// SAFETY: all blocks are of the region. What another allocator made inside of them is released as
// they are: who does it has asked before. From then on that thread's chunk is not counted, nor is
// one that was somebody else's. A new one is, but nothing lies in there, and for whatever is taken
// from it the thread asks again.
unsafe impl<B: RawBump + Owns, const CHUNK: usize> Owns for PerThread<B, CHUNK> {
    const UNIT: usize = B::UNIT;

    fn owns(&self, block: NonNull<u8>) -> bool {
        let owns = self.region.owns(block);
        if owns {
            // A thread that only reads leaves the cache line with the others.
            if self.asked.load(Ordering::Relaxed) == 0 {
                self.asked.store(1, Ordering::Relaxed);
            }
            if let Some(local) = self.local() {
                local.entry.cursor.blocks.set(UNCOUNTED);
            }
        }
        owns
    }
}
