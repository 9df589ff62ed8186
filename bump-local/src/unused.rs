//! Shrinking over time: a spare chunk that no round has needed for a while is returned to the base.
//!
//! The program says when a round is over. Each spare chunk then knows up to where blocks have been
//! in it (`Chunk::filled`): up to the last block, if the arena went on to another chunk, and
//! otherwise up to the first. So taking and freeing blocks costs nothing for this, and blocks of
//! scopes count, too.
//!
//! A round *needed* a chunk if there were blocks in it, and
//!
//! - they are known to have filled a quarter of it; or
//! - the chunk is at most twice as large as all chunks before it together, as regular chunks are; the
//!   footers count.
//!
//! So a chunk that was taken for one large request is returned, although the small requests of
//! later rounds go there. It is returned even if they fill it, as long as it is the last chunk of
//! the round, since nothing tells how full that is. The requests then get new chunks, which grow
//! from a small size again, and the second rule keeps those.

use crate::chunk::ChunkRef;
use crate::chunks::Chunks;

impl ChunkRef {
    /// Ends a round for a spare chunk, where the chunks before it have the size `before`. The result
    /// is whether the chunk has to be returned: it is from the base, and none of the last `rounds`
    /// rounds needed it.
    fn end_round(self, before: usize, rounds: u8) -> bool {
        let used = self.filled.replace(self.start()) - self.start();
        if used > 0 && (used >= self.capacity() / 4 || self.size() / 2 <= before) {
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
        let mut unused = None;
        let mut before = self.used().map(|(chunk, _)| chunk.size()).sum();
        while let Some(chunk) = last.next.get() {
            if chunk.end_round(before, rounds) {
                last.next.set(chunk.next.replace(unused));
                unused = Some(chunk);
            } else {
                before += chunk.size();
                last = chunk;
            }
        }
        let mut kept = None;
        while let Some(chunk) = self.passed.pop() {
            if chunk.end_round(before, rounds) {
                chunk.next.set(unused.replace(chunk));
            } else {
                chunk.next.set(kept.replace(chunk));
            }
        }
        while let Some(chunk) = kept {
            kept = chunk.next.take();
            self.passed.push(chunk);
        }
        if unused.is_some() {
            // Regular chunks grow from no more than the largest chunk that is left.
            let largest = self.all().map(|chunk| chunk.taken()).max();
            self.regular
                .set(self.regular.get().min(largest.unwrap_or(0)));
        }
        // Only now: the base may allocate in this arena, and make a spare chunk the current one.
        while let Some(chunk) = unused {
            unused = chunk.next.take();
            // SAFETY: the chunk is in no list any more. It was spare, so no block is in it, and no
            // checkpoint that may still be used (`chunks`).
            unsafe { self.account().put_back(chunk) };
        }
    }
}
