//! The next chunk of an arena: where a request goes for which the current one has no room.
//!
//! In this order, it is
//!
//! 1. the first spare chunk in the list that has room,
//! 2. the largest of those that were passed over (`passed`),
//! 3. for a list of temporaries, such a chunk of its lender (`scratch`),
//! 4. a new one from the base (`account`),
//! 5. for a list of temporaries, half of the lender's current chunk.
//!
//! A new chunk is taken from the base only if no spare one has room, and then the spare ones that came
//! from there are returned. So at that time all chunks are in use, and each but the last of its list has
//! less free memory than the request needed that came next. An arena therefore has memory in proportion
//! to the most that it needed at once, however many rounds there were. Buffers of the caller stay.
//!
//! A chunk for one large request becomes the current one, too, although it is full then: whatever was
//! taken since a checkpoint has to be behind it in the list. The rest of the chunk before it, which is
//! less than the request and its padding, is not used until a reset.

use core::alloc::Layout;
use core::ptr::NonNull;

use bump_core::place::place_up;
use bump_core::{Cursor as _, engine};

use crate::account::Account;
use crate::chunk::ChunkRef;
use crate::chunks::Chunks;

impl<const MIN_ALIGN: usize> Chunks<MIN_ALIGN> {
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
        let request = || account.take(layout, &self.regular, self.returnable() > 0);
        let chunk = request().or_else(|| {
            // The limit or the base refuses. Return the spare chunks first, but only if that makes
            // enough room: an absurd request must not cost them.
            let (least, returnable) = (Account::least(layout)?, self.returnable());
            let enough = if account.available() < least {
                account.available_without(returnable)
            } else {
                returnable
            };
            if enough < least {
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
                // use, and no checkpoint that may still be used points into it (see the top of
                // `chunks`).
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
        if place_up(None, cursor, end.addr().get(), layout, MIN_ALIGN).is_some() {
            return Some(());
        }
        let chunk = match self.unlink(layout) {
            Some(chunk) => chunk,
            None => {
                let chunk = self.grow(layout)?;
                self.regular.set(self.regular.get().max(chunk.taken()));
                chunk
            }
        };
        self.insert(chunk);
        Some(())
    }

    /// Takes a block from another chunk.
    #[cold]
    #[inline(never)]
    pub(crate) fn take_elsewhere(&self, layout: Layout, min_align: usize) -> Option<NonNull<u8>> {
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
}
