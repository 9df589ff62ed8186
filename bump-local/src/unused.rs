//! Shrinking over time: spare chunks that no round needed for a while return to the base.
//!
//! The program says when a round is over. A spare chunk then knows up to where blocks have been in it
//! (`Chunk::filled`): all of them if the arena went on to another chunk, and else the first. So
//! nothing is noted where blocks are taken or freed, and what a scope has used counts, too.
//!
//! A round *needed* a chunk if blocks were in it, and
//!
//! - they are known to have been a quarter of it; or
//! - it is at most twice as large as the chunks before it together, as those are by which an arena
//!   grows.
//!
//! So a chunk that was taken for one large request is given up, although the small requests of later
//! rounds go there. If they fill it, which cannot be known of the last chunk of a round, they get
//! chunks that grow from a small size again, and those are kept: the second rule holds for them.

use crate::chunk::ChunkRef;
use crate::chunks::Chunks;

impl ChunkRef {
    /// Ends a round for a spare chunk with `before` bytes in the chunks before it. Returns whether it
    /// is to be returned to the base: whether none of the last `rounds` rounds needed it.
    fn end_round(self, before: usize, rounds: u8) -> bool {
        let (start, capacity) = (self.start(), self.capacity());
        let used = self.filled.replace(start) - start;
        if used > 0 && (used >= capacity / 4 || capacity / 2 <= before) {
            self.unused.set(0);
        } else {
            self.unused.set(self.unused.get().saturating_add(1));
        }
        self.unused.get() >= rounds && self.taken() > 0
    }
}

impl<const MIN_ALIGN: usize> Chunks<MIN_ALIGN> {
    /// Ends a round, and returns the spare chunks of the base that none of the last `rounds` rounds
    /// needed. The others stay in their order.
    pub(crate) fn release_unused(&self, rounds: u8) {
        let Some(mut last) = self.current() else {
            return;
        };
        let taken = self.account().taken();
        let mut before = self.used().map(|(chunk, _)| chunk.capacity()).sum();
        while let Some(chunk) = last.next.get() {
            if chunk.end_round(before, rounds) {
                last.next.set(chunk.next.take());
                // SAFETY: the chunk is in no list any more. It was spare, so no block is in it, and no
                // checkpoint that may still be used (`chunks`).
                unsafe { self.account().put_back(chunk) };
            } else {
                before += chunk.capacity();
                last = chunk;
            }
        }
        let mut kept = None;
        while let Some(chunk) = self.passed.pop() {
            if chunk.end_round(before, rounds) {
                // SAFETY: as above.
                unsafe { self.account().put_back(chunk) };
            } else {
                chunk.next.set(kept.replace(chunk));
            }
        }
        while let Some(chunk) = kept {
            kept = chunk.next.take();
            self.passed.push(chunk);
        }
        if self.account().taken() < taken {
            self.may_grow();
            // Regular chunks grow from what is left.
            let largest = self.all().map(|chunk| chunk.taken()).max();
            self.account().shrink_to(largest.unwrap_or(0));
        }
    }
}
