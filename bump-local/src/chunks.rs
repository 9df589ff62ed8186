//! The memory of an arena: a list of chunks, of which one is in use.
//!
//! ```text
//!   first ──► full ──► full ──► current ──► spare ──► spare
//! ```
//!
//! A request that does not fit into the current chunk goes to the first spare chunk that has room,
//! or to a new one (`next_chunk`), which then is the current one. Resetting and rewinding make an earlier chunk
//! the current one, and so all behind it spare. New chunks always come right behind the current
//! one: whatever was taken since a checkpoint is behind it in the list, too.
//!
//! So the same requests after a reset find the same chunks, in the same order. A spare chunk without
//! room for a request leaves the list for the heap of those that were passed over (`passed`), where
//! the largest of them can be seen at once.
//!
//! No checkpoint that may still be used points into a spare chunk. The chunk of a checkpoint was the
//! current one when the checkpoint was taken. Only rewinding to an earlier checkpoint, or a reset,
//! makes a chunk before it the current one, and both put an end to the checkpoint.
//!
//! The current chunk as a region is in `current`, the borrow of the memory and the methods that
//! programs call are in `arena`.

use core::alloc::Layout;
use core::cell::Cell;
use core::fmt;
use core::iter;
use core::mem::MaybeUninit;
use core::panic::RefUnwindSafe;
use core::ptr::NonNull;

use bump_core::align::is_aligned;
use bump_core::codegen::promise_alignment;
use bump_core::{Cursor as _, engine, places};

use crate::account::Account;
use crate::base::Base;
use crate::chunk::{Chunk, ChunkRef};
use crate::current::{Current, footer};
use crate::passed::Passed;
use crate::rewind::{Checkpoint, Rewind};
use crate::scratch::Loan;

/// No chunk is larger than an object may be.
const LARGEST_BLOCK: usize = isize::MAX.unsigned_abs() - size_of::<Chunk>();

/// Sentinel for an end that is not known.
const UNKNOWN: NonNull<u8> = NonNull::dangling();

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
    /// The size of the last regular chunk, from which the next one grows.
    pub(crate) regular: Cell<usize>,
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
            regular: Cell::new(0),
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
    pub(crate) fn lender(&self) -> Option<&Self> {
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
    pub(crate) fn enter(&self, chunk: ChunkRef, bytes: usize) {
        if let Some(current) = self.current() {
            current.filled.set(self.current.cursor.load());
        }
        chunk.filled.set(chunk.start() + bytes);
        self.current.set(chunk.start(), chunk.end());
    }

    /// Remembers that the current chunk is the last one, if not even the smallest may come after
    /// it.
    pub(crate) fn note_last(&self) {
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
        self.reset();
        self.regular.set(0);
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

// SAFETY: the blocks of the current chunk are the list's; rewinding makes no chunk invalid.
unsafe impl<const MIN_ALIGN: usize> Rewind for Chunks<MIN_ALIGN> {
    type Raw = Current<MIN_ALIGN>;

    #[inline]
    fn raw(&self) -> &Current<MIN_ALIGN> {
        &self.current
    }

    fn take_slow(&self, layout: Layout, min_align: usize) -> Option<NonNull<u8>> {
        // An absurd request is refused at once: this saves 220 instructions in the row `refused`.
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

    fn widen(&self, block: NonNull<u8>) -> Option<NonNull<u8>> {
        let address = block.addr().get();
        let holds = |chunk: &ChunkRef| (chunk.start()..chunk.limit()).contains(&address);
        // Most blocks that are freed are young.
        let chunk = self.current().into_iter().chain(self.all()).find(holds)?;
        Some(chunk.first_byte().with_addr(block.addr()))
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
        let Checkpoint { position, end } = checkpoint;
        // The block that was the last one may have been freed since, or have become smaller.
        if end == self.current.end.get() {
            let position = position.min(self.current.cursor.load());
            return self.current.cursor.set(position);
        }
        match footer(end) {
            Some(chunk) => {
                // A scratch may have made the chunk end early since, behind what was in it by then.
                let chunk = chunk.in_place();
                let position = position.min(self.filled(chunk));
                self.current.set(position, chunk.end());
            }
            // The checkpoint is older than the first chunk.
            None => self.current.copy_from(&self.first),
        }
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
