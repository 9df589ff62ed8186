//! Memory for temporaries beside an arena's own: spare chunks, new chunks, or half of what is left
//! of the current one.
//!
//! Spare chunks are taken when they are needed, by the arena or by the temporaries.
//!
//! ```text
//!   before   │ blocks        │ free                                    │ footer │
//!   during   │ blocks        │ free        │ footer │ temporaries │ footer│ footer │
//! ```
//!
//! The picture shows the last way: the current chunk of the arena ends early for the time being. It
//! serves temporaries for which no spare chunk has room and no new one can be taken.

use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::NonNull;

use bump_core::align::align_up;
use bump_core::place::place_up;

use crate::base::Base;
use crate::chunk::{Chunk, ChunkRef};
use crate::chunks::Chunks;

/// The link from a list of temporaries to the list that lends to it.
pub(crate) struct Loan<const MIN_ALIGN: usize> {
    /// Borrowed as shared for longer than the loan lasts.
    lender: NonNull<Chunks<MIN_ALIGN>>,
    /// The lender's current chunk when the loan began. It is in use until the loan ends, because
    /// nothing that was allocated before can be freed until then. If there was none, the first
    /// chunk that the lender gets takes this role.
    chunk: Option<ChunkRef>,
    split: Cell<Option<Split>>,
}

/// A chunk that ends early.
#[derive(Clone, Copy)]
struct Split {
    /// The lower part, which replaces the whole chunk in the lender's list.
    lower: ChunkRef,
    /// The upper part, for temporaries.
    upper: ChunkRef,
}

/// A list for temporaries, which returns all its chunks when it is dropped.
struct Scratch<'a, const MIN_ALIGN: usize> {
    loan: &'a Loan<MIN_ALIGN>,
    chunks: Chunks<MIN_ALIGN>,
}

impl ChunkRef {
    /// The chunk that stands in for this one if this one ends early; otherwise this one.
    ///
    /// A chunk that ends early is followed by the one that stands in for it. Only those two start
    /// at the same place.
    pub(crate) fn in_place(self) -> Self {
        let mut chunk = self;
        while let Some(next) = chunk.next.get().filter(|next| next.start() == self.start()) {
            chunk = next;
        }
        chunk
    }
}

impl<const MIN_ALIGN: usize> Chunks<MIN_ALIGN> {
    /// Calls `f` with a list for temporaries, which takes spare chunks of this one and grows on its
    /// account.
    pub(crate) fn scratch<R>(&self, f: impl FnOnce(&Self) -> R) -> R {
        let loan = Loan {
            lender: NonNull::from(self),
            chunk: self.current(),
            split: Cell::new(None),
        };
        // This base is never asked: new chunks are on the account of the lender.
        let mut chunks = Chunks::new(Base::GLOBAL);
        chunks.loan = Some(NonNull::from(&loan));
        let scratch = Scratch {
            loan: &loan,
            chunks,
        };
        f(&scratch.chunks)
    }

    /// For a list of temporaries: half of what is left of the lender's current chunk, if that half
    /// has room for a block.
    pub(crate) fn borrow(&self, layout: Layout) -> Option<ChunkRef> {
        let loan = self.loan()?;
        let lender = loan.lender();
        if lender.current().is_none() {
            // The lender is a list of temporaries without a chunk: it gets its half first.
            lender.insert(lender.borrow(layout)?);
        }
        loan.split(layout).or_else(|| lender.borrow(layout))
    }

    /// Puts `new`, a chunk with the same start, in the place of `old` in the list.
    fn replace(&self, old: ChunkRef, new: ChunkRef) {
        new.next.set(old.next.take());
        new.filled.set(old.filled.get());
        match self.all().find(|chunk| chunk.next.get() == Some(old)) {
            Some(before) => before.next.set(Some(new)),
            None => self.set_first(Some(new)),
        }
        if self.current() == Some(old) {
            self.current.end.set(new.end());
        }
    }
}

impl<const MIN_ALIGN: usize> Loan<MIN_ALIGN> {
    pub(crate) fn lender(&self) -> &Chunks<MIN_ALIGN> {
        // SAFETY: it is borrowed for longer than the loan lasts, and only as shared.
        unsafe { self.lender.as_ref() }
    }

    /// Ends the lender's chunk halfway through what is left of it, once.
    fn split(&self, layout: Layout) -> Option<ChunkRef> {
        if self.split.get().is_some() {
            return None;
        }
        let lender = self.lender();
        let whole = self.chunk.or_else(|| lender.first())?.in_place();
        let filled = lender.filled(whole);
        let middle = filled + (whole.limit() - filled) / 2;
        let lower_end = align_up(middle, align_of::<Chunk>())? + size_of::<Chunk>();
        let upper_len = whole.limit().checked_sub(lower_end)?;
        let upper_limit = whole.limit().checked_sub(size_of::<Chunk>())?;
        place_up(None, lower_end, upper_limit, layout, MIN_ALIGN)?;
        let byte = |address: usize| {
            // SAFETY: `start <= address <= whole`, all in the chunk, which the pointer may access.
            unsafe { whole.end().sub(whole.limit() - address) }
        };
        // SAFETY: memory of the chunk behind its last block, where the lender takes none until the
        // loan is over. It starts and ends at multiples of a footer's alignment, as the whole does.
        let upper = unsafe { Chunk::format(byte(lower_end), upper_len, None) }?;
        // SAFETY: of the bytes from the start, only the footer at their end is written, which is
        // behind the last block, too. The blocks before it stay where they are. Aligned as above.
        let lower = unsafe { Chunk::format(byte(whole.start()), lower_end - whole.start(), None) }?;
        lender.replace(whole, lower);
        whole.next.set(Some(lower));
        lower.whole.set(Some(whole));
        self.split.set(Some(Split { lower, upper }));
        Some(upper)
    }

    /// Makes the lender's chunk end again where it did before the split.
    fn unsplit(&self, lower: ChunkRef) {
        let Some(whole) = lower.whole.get() else {
            return;
        };
        let in_place = lower.in_place();
        if in_place == lower {
            self.lender().replace(lower, whole);
            return;
        }
        // Another loan, which still lasts, has split the lower half meanwhile. The end of that loan
        // will restore the whole chunk.
        let mut above = in_place;
        while let Some(next) = above.whole.get().filter(|next| *next != lower) {
            above = next;
        }
        above.whole.set(Some(whole));
        whole.next.set(Some(above));
    }
}

impl<const MIN_ALIGN: usize> Drop for Scratch<'_, MIN_ALIGN> {
    fn drop(&mut self) {
        let lender = self.loan.lender();
        self.chunks.gather();
        if let Some(Split { lower, upper }) = self.loan.split.get() {
            // The upper half is in the list of temporaries, and must not go to the lender.
            debug_assert!(self.chunks.all().any(|chunk| chunk == upper));
            let is_before = |chunk: &ChunkRef| chunk.next.get() == Some(upper);
            let before = self.chunks.all().find(is_before);
            let rest = upper.next.take();
            match before {
                Some(before) => before.next.set(rest),
                None => self.chunks.set_first(rest),
            }
            self.loan.unsplit(lower);
        }
        lender.append(&self.chunks);
    }
}
