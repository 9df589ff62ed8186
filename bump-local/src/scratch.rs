//! Memory for temporaries beside an arena's own: spare chunks, new ones, or half of what is left.
//!
//! Spare chunks are taken when they are needed, by the arena or by the temporaries.
//!
//! ```text
//!   before   │ blocks        │ free                                    │ footer │
//!   during   │ blocks        │ free        │ footer │ temporaries │ footer│ footer │
//! ```
//!
//! The last, in which the current chunk ends early for the time being, is for lists that have no
//! other chunk as large and must not take one.

use core::ptr::NonNull;

use bump_core::align_up;

use crate::chunk::{Chunk, ChunkRef};
use crate::chunks::Chunks;

/// A chunk that ends early.
struct Split {
    whole: ChunkRef,
    /// Takes the place of `whole` in the list.
    lower: ChunkRef,
    /// What is left, without the two footers.
    upper: ChunkRef,
}

/// A list for temporaries, which returns all its chunks when it is dropped.
struct Scratch<'a, const MIN_ALIGN: usize> {
    lender: &'a Chunks<MIN_ALIGN>,
    chunks: Chunks<MIN_ALIGN>,
    split: Option<Split>,
}

impl<const MIN_ALIGN: usize> Chunks<MIN_ALIGN> {
    /// Calls `f` with a list for temporaries, which takes spare chunks of this one and grows on its
    /// account.
    pub(crate) fn scratch<R>(&self, f: impl FnOnce(&Self) -> R) -> R {
        let scratch = Scratch::new(self);
        f(&scratch.chunks)
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

    /// Ends the current chunk halfway through what is left of it.
    fn split(&self) -> Option<Split> {
        let whole = self.current()?;
        let middle = self.current.position() + self.room() / 2;
        let lower_end = align_up(middle, align_of::<Chunk>())? + size_of::<Chunk>();
        let upper_len = whole.limit().checked_sub(lower_end)?;
        let byte = |address: usize| {
            // SAFETY: `start <= address <= whole`, all in the chunk, which the pointer may access.
            unsafe { whole.end().sub(whole.limit() - address) }
        };
        // SAFETY: memory of the chunk behind the cursor, which no block has, and which is this
        // chunk's alone until the scratch is over. It starts and ends at multiples of a footer's
        // alignment, as the whole does.
        let upper = unsafe { Chunk::format(byte(lower_end), upper_len, None) }?;
        // SAFETY: of the bytes from the start, only the footer at their end is written, which is
        // behind the cursor, too. The blocks before it stay where they are. Aligned as above.
        let lower = unsafe { Chunk::format(byte(whole.start()), lower_end - whole.start(), None) }?;
        self.replace(whole, lower);
        Some(Split {
            whole,
            lower,
            upper,
        })
    }
}

impl<'a, const MIN_ALIGN: usize> Scratch<'a, MIN_ALIGN> {
    fn new(lender: &'a Chunks<MIN_ALIGN>) -> Self {
        // Spare chunks must be as large, or all that is left here could not be used meanwhile.
        let split = if lender.may_grow() || lender.largest_spare() >= lender.room() / 2 {
            None
        } else {
            lender.split()
        };
        let mut chunks = Chunks::new();
        chunks.lender = Some(NonNull::from(lender));
        if let Some(split) = &split {
            chunks.insert(split.upper);
        }
        Scratch {
            lender,
            chunks,
            split,
        }
    }
}

impl<const MIN_ALIGN: usize> Drop for Scratch<'_, MIN_ALIGN> {
    fn drop(&mut self) {
        if let Some(split) = &self.split {
            // The upper half is the first chunk of the list. It does not last.
            self.chunks.set_first(split.upper.next.take());
            self.lender.replace(split.lower, split.whole);
        }
        self.lender.append(&self.chunks);
    }
}
