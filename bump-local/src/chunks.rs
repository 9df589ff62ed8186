//! The memory of an arena: a list of chunks, of which one is in use.
//!
//! ```text
//!   first ──► full ──► full ──► current ──► spare ──► spare
//! ```
//!
//! A request that does not fit into the current chunk goes to the first spare chunk that has room,
//! or to a new one, which then is the current one. Resetting and rewinding make an earlier chunk
//! the current one, and so all behind it spare. New chunks always come right behind the current
//! one: whatever was taken since a checkpoint is behind it in the list, too.
//!
//! So the same requests after a reset find the same chunks, in the same order. A spare chunk without
//! room for a request leaves the list for the heap of those that were passed over (`passed`), where
//! the largest of them can be seen at once.
//!
//! A new chunk is taken from the base (`account`) only if no spare one has room, and then the spare
//! ones that came from there are returned. So at that time all chunks are in use, and each but the
//! last has less free memory than the request needed that came next. An arena therefore has memory
//! in proportion to the most that it needed at once, however many rounds there were. Buffers of the
//! caller stay.
//!
//! No checkpoint that may still be used points into a spare chunk. The chunk of a checkpoint was the
//! current one when the checkpoint was taken. Only rewinding to an earlier checkpoint, or a reset,
//! makes a chunk before it the current one, and both put an end to the checkpoint.
//!
//! For the same reason a chunk for one large request becomes the current one, although it is full
//! then. The rest of the chunk before it, which is less than the request and its padding, is not
//! used until a reset.
//!
//! The borrow of the memory and the methods that programs call are in `arena`.

use core::alloc::Layout;
use core::cell::Cell;
use core::fmt;
use core::iter;
use core::mem::MaybeUninit;
use core::panic::RefUnwindSafe;
use core::ptr::{self, NonNull};

use bump_core::align::is_aligned;
use bump_core::codegen::promise_alignment;
use bump_core::engine;
use bump_core::place::place_up;
use bump_core::{Cursor as _, Memory, RawBump, places};

use crate::account::Account;
use crate::base::Base;
use crate::cell::LastByte;
use crate::chunk::{Chunk, ChunkRef};
use crate::passed::Passed;
use crate::rewind::{Checkpoint, Rewind};
use crate::scratch::Loan;

/// No chunk is larger than an object may be.
const LARGEST_BLOCK: usize = isize::MAX.unsigned_abs() - size_of::<Chunk>();

/// Sentinel: the end before the first chunk exists. It is an address without provenance, at which
/// nothing is read or written. The cursor is there too, so nothing fits.
const NOWHERE: NonNull<u8> = match NonNull::new(ptr::without_provenance_mut(align_of::<Chunk>())) {
    Some(end) => end,
    None => unreachable!(),
};

/// Sentinel for an end that is not known.
const UNKNOWN: NonNull<u8> = NonNull::dangling();

/// The region between the cursor and the end of the current chunk.
///
/// A request that is served from there reads these two fields and nothing else.
#[repr(C)]
#[derive(Debug)]
pub struct Current<const MIN_ALIGN: usize> {
    pub(crate) cursor: LastByte,
    /// The footer of the current chunk, [`NOWHERE`] without one. May access the whole chunk.
    pub(crate) end: Cell<NonNull<u8>>,
}

// SAFETY: `end` may access its chunk, which lasts as long as the list, wherever that is moved, and
// in which nothing but blocks is before the footer. The cursor starts at a multiple of the
// alignment of `Chunk`, which every `MIN_ALIGN` divides. When another chunk becomes the current
// one, cursor and memory change together, and from then on `Chunks` calls `resize` only for blocks
// of that chunk: for those that end at the cursor, and chunks do not overlap.
unsafe impl<const MIN_ALIGN: usize> RawBump for Current<MIN_ALIGN> {
    type Cursor = LastByte;

    const MIN_ALIGN: usize = MIN_ALIGN;

    #[inline]
    fn cursor(&self) -> &LastByte {
        &self.cursor
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        Some(Memory::up_to(self.end.get()))
    }
}

impl<const MIN_ALIGN: usize> Current<MIN_ALIGN> {
    /// The state before the first chunk.
    const fn nowhere() -> Self {
        Current {
            cursor: LastByte::new(align_of::<Chunk>()),
            end: Cell::new(NOWHERE),
        }
    }

    /// Makes a chunk that ends at `end` the current one, with the cursor at `position`.
    fn set(&self, position: usize, end: NonNull<u8>) {
        self.cursor.set(position);
        self.end.set(end);
    }

    /// Takes over the chunk and the cursor of another one.
    #[inline]
    fn copy_from(&self, other: &Self) {
        self.cursor.copy_from(&other.cursor);
        self.end.set(other.end.get());
    }
}

/// The size and the alignment of the smallest piece of a chunk: both are the alignment of a footer.
#[repr(align(16))]
struct Unit(#[expect(dead_code, reason = "only its size and alignment count")] [u8; 16]);

const _: () = assert!(align_of::<Unit>() == align_of::<Chunk>());

/// The chunks of an [`Arena`](crate::Arena), whose cursor is kept at multiples of `MIN_ALIGN`.
///
/// Programs meet this type only as the parameter of a [`Scope`](crate::Scope). `Arena` frees the
/// chunks when it is dropped, since it knows how long borrowed memory lasts.
///
/// ```
/// use bump_local::{Arena, Chunks, Scope};
///
/// /// For scopes of arenas whose minimum alignment is 8.
/// fn numbers<'s>(scope: &Scope<'s, '_, Chunks<8>>) -> &'s [u64] {
///     scope.alloc_slice_fill_iter(0..3)
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let mut arena = Arena::<8>::with_min_align_from_mem(&mut buffer);
/// assert_eq!(arena.scope(|scope| numbers(scope).len()), 3);
/// ```
#[repr(C)]
pub struct Chunks<const MIN_ALIGN: usize = 1> {
    pub(crate) current: Current<MIN_ALIGN>,
    /// The current chunk after a reset: the first one, empty.
    first: Current<MIN_ALIGN>,
    /// The end of the chunk after which no other can come, once that is known.
    last: Cell<NonNull<u8>>,
    /// The spare chunks that were too small for a request. Empty if there is no current chunk.
    pub(crate) passed: Passed,
    account: Account,
    /// For a list of temporaries: how it shares the chunks and the account of another list
    /// (`scratch`). The loan outlives this list and does not move.
    pub(crate) loan: Option<NonNull<Loan<MIN_ALIGN>>>,
}

// SAFETY: the chunks belong to the list alone, and blocks in use borrow it. A list with a lender
// stays where it was made (`scratch`).
unsafe impl<const MIN_ALIGN: usize> Send for Chunks<MIN_ALIGN> {}

// The list is consistent whenever code is called that may unwind.
impl<const MIN_ALIGN: usize> RefUnwindSafe for Chunks<MIN_ALIGN> {}

impl<const MIN_ALIGN: usize> Chunks<MIN_ALIGN> {
    /// A list without chunks, which will come from a base.
    pub(crate) const fn new(base: Base) -> Self {
        const {
            assert!(
                MIN_ALIGN.is_power_of_two() && MIN_ALIGN <= align_of::<Chunk>(),
                "the minimum alignment is a power of two, at most 16"
            );
        }
        Chunks {
            current: Current::nowhere(),
            first: Current::nowhere(),
            last: Cell::new(UNKNOWN),
            passed: Passed::new(),
            account: Account::new(base),
            loan: None,
        }
    }

    /// The current chunk.
    pub(crate) fn current(&self) -> Option<ChunkRef> {
        footer(self.current.end.get())
    }

    /// The first chunk.
    pub(crate) fn first(&self) -> Option<ChunkRef> {
        footer(self.first.end.get())
    }

    /// Makes a chunk the first one.
    pub(crate) fn set_first(&self, chunk: Option<ChunkRef>) {
        match chunk {
            Some(chunk) => self.first.set(chunk.start(), chunk.end()),
            None => self.first.copy_from(&Current::nowhere()),
        }
    }

    /// The chunks of the list, in the order of their use: all but those that were passed over.
    pub(crate) fn all(&self) -> impl Iterator<Item = ChunkRef> + '_ {
        iter::successors(self.first(), |chunk| chunk.next.get())
    }

    /// The chunks that are in use, and up to where blocks are in them.
    pub(crate) fn used(&self) -> impl Iterator<Item = (ChunkRef, usize)> + '_ {
        self.all().scan(false, |spare, chunk| {
            if *spare {
                return None;
            }
            *spare = Some(chunk) == self.current();
            Some((chunk, self.filled(chunk)))
        })
    }

    /// The chunks that are not in use. Those that were passed over are put back into the list
    /// first.
    pub(crate) fn spare(&self) -> impl Iterator<Item = ChunkRef> + '_ {
        self.gather();
        let next = |chunk: &ChunkRef| chunk.next.get();
        iter::successors(self.current().as_ref().and_then(next), next)
    }

    /// Up to where blocks are in a chunk that is in use.
    pub(crate) fn filled(&self, chunk: ChunkRef) -> usize {
        if Some(chunk) == self.current() {
            self.current.cursor.load()
        } else {
            chunk.filled.get()
        }
    }

    /// Puts the chunks that were passed over back into the list, right behind the current one.
    pub(crate) fn gather(&self) {
        while let Some(chunk) = self.passed.pop() {
            self.insert(chunk);
        }
    }

    /// The bytes between the cursor and the end of the current chunk.
    pub(crate) fn room(&self) -> usize {
        let end = self.current.end.get().addr().get();
        end.saturating_sub(self.current.cursor.load())
    }

    /// The loan of this list, if it is one of temporaries.
    pub(crate) fn loan(&self) -> Option<&Loan<MIN_ALIGN>> {
        let loan = self.loan.as_ref()?;
        // SAFETY: the loan outlives this list, does not move, and is only borrowed as shared.
        Some(unsafe { loan.as_ref() })
    }

    /// The list that lends to this one.
    fn lender(&self) -> Option<&Self> {
        self.loan().map(Loan::lender)
    }

    pub(crate) fn account(&self) -> &Account {
        self.lender().map_or(&self.account, Self::account)
    }

    /// Forgets which chunk was the last: another one may come after it again.
    pub(crate) fn may_grow(&self) {
        self.last.set(UNKNOWN);
    }

    /// Puts a chunk right behind the current one; the first becomes the current one at once, and
    /// may have others behind it.
    pub(crate) fn insert(&self, chunk: ChunkRef) {
        self.last.set(UNKNOWN);
        match self.current() {
            Some(current) => chunk.next.set(current.next.replace(Some(chunk))),
            None => {
                self.set_first(Some(chunk));
                self.enter(chunk, 0);
            }
        }
    }

    /// Makes a chunk the current one, for a request of `bytes` bytes. The chunk is empty, and the next
    /// one in the list.
    fn enter(&self, chunk: ChunkRef, bytes: usize) {
        if let Some(current) = self.current() {
            current.filled.set(self.current.cursor.load());
        }
        chunk.filled.set(chunk.start() + bytes);
        self.current.set(chunk.start(), chunk.end());
    }

    /// Takes a spare chunk with room for a block, or one of the lender's, out of the list: the first
    /// that waits in the order of use; without one the largest of those that were passed over.
    fn unlink(&self, layout: Layout) -> Option<ChunkRef> {
        if let Some(current) = self.current() {
            while let Some(chunk) = current.next.get() {
                current.next.set(chunk.next.take());
                if chunk.fits(layout, MIN_ALIGN) {
                    return Some(chunk);
                }
                self.passed.push(chunk);
            }
        }
        let passed = self.passed.take(layout, MIN_ALIGN);
        passed.or_else(|| self.lender()?.unlink(layout))
    }

    /// Takes a chunk from the base, with room for a block that fits into no spare chunk, and
    /// returns the spare chunks.
    fn grow(&self, layout: Layout) -> Option<ChunkRef> {
        let account = self.account();
        let request = || account.take(layout, self.returnable() > 0);
        let chunk = request().or_else(|| {
            // The limit or the base refuses. Return the spare chunks first, but only if that makes
            // enough room: an absurd request must not cost them.
            let least = Account::least(layout)?;
            let within_limit = Some(account.available()).filter(|available| *available < least);
            if self.returnable().saturating_add(within_limit.unwrap_or(0)) < least {
                return None;
            }
            self.return_passed();
            request()
        })?;
        self.return_passed();
        Some(chunk)
    }

    /// The bytes of the base in chunks that were passed over.
    fn returnable(&self) -> usize {
        self.passed.owned() + self.lender().map_or(0, Self::returnable)
    }

    /// Returns the chunks of the base that were passed over.
    fn return_passed(&self) {
        if self.passed.owned() > 0 {
            let mut borrowed = None;
            while let Some(chunk) = self.passed.pop() {
                if chunk.layout().is_none() {
                    chunk.next.set(borrowed.replace(chunk));
                    continue;
                }
                // SAFETY: the chunk is in no list any more. It was spare, so no block in it is in
                // use, and no checkpoint that may still be used points into it (see the top of this
                // file).
                unsafe { self.account().put_back(chunk) };
            }
            while let Some(chunk) = borrowed {
                borrowed = chunk.next.take();
                self.passed.push(chunk);
            }
        }
        match self.lender() {
            Some(lender) => lender.return_passed(),
            None => self.may_grow(),
        }
    }

    /// Makes room for a block, in the current chunk or in the next one. A new chunk counts as a
    /// regular one, however large it is: a program that asks for it in advance means to fill it.
    pub(crate) fn reserve(&self, layout: Layout) -> Option<()> {
        let (cursor, end) = (self.current.cursor.load(), self.current.end.get());
        if place_up(0, cursor, end.addr().get(), layout, MIN_ALIGN).is_some() {
            return Some(());
        }
        let chunk = match self.unlink(layout) {
            Some(chunk) => chunk,
            None => {
                let chunk = self.grow(layout)?;
                self.account().grow_from(chunk);
                chunk
            }
        };
        self.insert(chunk);
        Some(())
    }

    /// Takes a block from another chunk.
    #[cold]
    #[inline(never)]
    fn take_elsewhere(&self, layout: Layout, min_align: usize) -> Option<NonNull<u8>> {
        let chunk = self
            .unlink(layout)
            .or_else(|| self.grow(layout))
            .or_else(|| self.borrow(layout));
        let Some(chunk) = chunk else {
            self.note_last();
            return None;
        };
        self.insert(chunk);
        self.enter(chunk, layout.size());
        // SAFETY: callers pass the minimum alignment of the region or its unit, which is not less.
        unsafe { engine::take(&self.current, layout, min_align) }.map(|taken| taken.block)
    }

    /// Remembers that the current chunk is the last one, if not even the smallest may come after
    /// it.
    fn note_last(&self) {
        let none = self.passed.is_empty()
            && self
                .current()
                .is_none_or(|chunk| chunk.next.get().is_none());
        // A list of temporaries cannot know: its chunks come from the lender and its account.
        if none && self.loan.is_none() && self.account().available() <= size_of::<Chunk>() {
            self.last.set(self.current.end.get());
        }
    }

    /// Adds a piece of memory, right behind the current chunk. A piece that is too small is
    /// ignored.
    ///
    /// # Safety
    ///
    /// The memory lasts as long as the list, and is borrowed as long.
    pub(crate) unsafe fn add(&self, memory: &mut [MaybeUninit<u8>]) {
        let units = places::<Unit>(memory);
        let len = size_of_val(units);
        // SAFETY: the caller's promise, and that of `Unit`.
        if let Some(chunk) = unsafe { Chunk::format(NonNull::from(units).cast(), len, None) } {
            self.insert(chunk);
        }
    }

    /// Adds the chunks of another list, which is not used any more, right behind the current one.
    pub(crate) fn append(&self, other: &Self) {
        other.gather();
        let (Some(first), Some(last)) = (other.first(), other.all().last()) else {
            return;
        };
        match self.current() {
            Some(current) => last.next.set(current.next.replace(Some(first))),
            None => self.insert(first),
        }
        self.last.set(UNKNOWN);
        self.account().add(other.account.taken());
    }

    /// Frees all blocks and keeps the memory.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.current.copy_from(&self.first);
    }

    /// Frees all blocks and returns the memory of the base to it. Memory that the list borrows stays.
    pub(crate) fn release_memory(&mut self) {
        self.gather();
        let mut next = self.first();
        self.set_first(None);
        self.last.set(UNKNOWN);
        self.reset();
        self.account.shrink_to(0);
        // The last chunk goes first, so that a base that is a bump allocator can use all of the
        // memory again.
        let mut last = None;
        while let Some(chunk) = next {
            next = chunk.next.replace(last);
            last = Some(chunk);
        }
        while let Some(chunk) = last {
            last = chunk.next.take();
            if chunk.layout().is_some() {
                // SAFETY: it is in the list no more, and no block is in use.
                unsafe { self.account.put_back(chunk) };
            } else {
                self.insert(chunk);
            }
        }
    }
}

/// The chunk that ends at an end which a list or a checkpoint keeps.
#[inline]
fn footer(end: NonNull<u8>) -> Option<ChunkRef> {
    // SAFETY: the ends that a list keeps are `NOWHERE` or those of its chunks. A checkpoint that may
    // be used keeps one that the list had, and its chunk has been in use since (`return_passed`).
    (end != NOWHERE).then(|| unsafe { ChunkRef::from_end(end) })
}

// SAFETY: the blocks of the current chunk are the list's; rewinding makes no chunk invalid.
unsafe impl<const MIN_ALIGN: usize> Rewind for Chunks<MIN_ALIGN> {
    type Raw = Current<MIN_ALIGN>;

    #[inline]
    fn raw(&self) -> &Current<MIN_ALIGN> {
        &self.current
    }

    fn take_slow(&self, layout: Layout, min_align: usize) -> Option<NonNull<u8>> {
        if layout.size() > LARGEST_BLOCK || self.last.get() == self.current.end.get() {
            return None;
        }
        self.take_elsewhere(layout, min_align)
    }

    #[inline]
    unsafe fn resize(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
        min_align: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        if unsafe { engine::is_last(&self.current, block, old, min_align) } {
            // SAFETY: the caller's promise; a block that ends at the cursor is in the current
            // chunk.
            unsafe { engine::resize(&self.current, block, old, new, min_align) }
        } else if new.size() <= old.size() && is_aligned(block.addr().get(), new.align()) {
            // The new block needs no byte beyond the old one, so the pointer that we were given may
            // access it all.
            promise_alignment(block, new.align());
            Some(block)
        } else {
            None
        }
    }

    #[inline]
    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            position: self.current.cursor.load(),
            end: self.current.end.get(),
        }
    }

    #[inline]
    unsafe fn rewind(&self, checkpoint: Checkpoint) {
        let Checkpoint {
            mut position,
            mut end,
        } = checkpoint;
        if end != self.current.end.get() {
            (position, end) = match footer(end) {
                // A scratch may have made the chunk end early since.
                Some(chunk) => (position, chunk.in_place().end()),
                // The checkpoint is older than the first chunk.
                None => (self.first.cursor.load(), self.first.end.get()),
            };
        }
        if end == self.current.end.get() {
            // The block that was the last one may have become smaller since the checkpoint.
            position = position.min(self.current.cursor.load());
        }
        self.current.set(position, end);
    }
}

impl<const MIN_ALIGN: usize> fmt::Debug for Chunks<MIN_ALIGN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks")
            .field("room", &self.room())
            .field("account", self.account())
            .finish_non_exhaustive()
    }
}
