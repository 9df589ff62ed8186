//! [`Book`]: the blocks of a heap that live, and the checks of their places and contents. It asks the
//! heap about its memory, but never for a block, and gives none back; `model.rs` does that.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::ops::Range;

use crate::block::Block;
use crate::heap::{Granted, Heap};
use crate::violation::{Rule, Violation};

/// The blocks of one heap that live. The calls that ask the heap about its memory are given the heap.
pub(super) struct Book {
    /// The blocks that live, the oldest first.
    live: Vec<Block>,
    /// Where each live block that has bytes starts and ends.
    places: BTreeMap<usize, usize>,
    /// The fill of the next block. No two blocks of one book have the same.
    next_fill: u32,
    /// Ranges of the heap's own memory that were written, so that reading them is defined.
    written: Vec<Range<usize>>,
}

impl Book {
    /// An empty book. The fills of its blocks differ from those of another `lane`.
    pub(super) fn new(lane: u8) -> Self {
        Self {
            live: Vec::new(),
            places: BTreeMap::new(),
            next_fill: u32::from(lane) << 24,
            written: Vec::new(),
        }
    }

    /// The blocks that live, the oldest first.
    pub(super) fn live(&self) -> &[Block] {
        &self.live
    }

    /// The blocks that live; nobody checks them any more.
    pub(super) fn into_live(self) -> Vec<Block> {
        self.live
    }

    /// The live block that an operation names, as an index into the book.
    pub(super) fn index(&self, block: usize) -> Option<usize> {
        let count = self.live.len();
        (count > 0).then(|| count - 1 - block % count)
    }

    /// Checks the place of a block that was just granted. Nothing touches the block before.
    pub(super) fn admit(
        &self,
        heap: &dyn Heap,
        granted: Granted,
        asked: Layout,
    ) -> Result<Block, Violation> {
        let block = Block::new(granted, asked)?;
        if block.len() == 0 {
            return Ok(block);
        }
        if heap.owns(block.range()) == Some(false) {
            return Err(Violation::new(
                Rule::Inside,
                format!("a block of {} bytes leaves the memory", block.len()),
            ));
        }
        let range = block.range();
        // Blocks in the book do not overlap, so among those that start before the end of this one,
        // only the last can reach into it.
        match self.places.range(..range.end).next_back() {
            Some((_, &end)) if end > range.start => Err(Violation::new(
                Rule::Disjoint,
                format!("a block of {} bytes shares bytes with another", range.len()),
            )),
            _ => Ok(block),
        }
    }

    /// Fills a block and enters it into the book.
    pub(super) fn keep(&mut self, heap: &dyn Heap, index: usize, block: &mut Block) {
        block.fill(self.next_fill);
        self.next_fill = self.next_fill.wrapping_add(1);
        if heap.owns(block.range()) == Some(true) {
            self.note_written(block);
        }
        if block.len() > 0 {
            self.places.insert(block.range().start, block.range().end);
        }
        self.live.insert(index, *block);
    }

    /// Notes which bytes of the heap's memory are written now. The middle of a large block counts
    /// as not written, even if it was before: the allocator may have copied bytes there that nobody
    /// wrote.
    fn note_written(&mut self, block: &Block) {
        let Range { start, end } = block.range();
        let middle = block.unwatched();
        let middle = start + middle.start..start + middle.end;
        if !middle.is_empty() {
            self.written
                .retain(|range| range.end <= middle.start || middle.end <= range.start);
        }
        let parts = [start..middle.start, middle.end..end];
        // Leave empty ranges out: the list takes memory of the machine, which may have little.
        self.written
            .extend(parts.into_iter().filter(|part| !part.is_empty()));
    }

    /// Takes a block out of the book.
    pub(super) fn forget(&mut self, index: usize) -> Block {
        let block = self.live.remove(index);
        if block.len() > 0 {
            self.places.remove(&block.start());
        }
        block
    }

    /// Whether the new tail of a moved block holds the bytes of the live block behind the old one.
    /// If so, the copy read beyond the end. Looks only at bytes that were written before.
    pub(super) fn check_private(
        &self,
        new: &Block,
        old: &Block,
        tail: Range<usize>,
    ) -> Result<(), Violation> {
        const PROOF: usize = 8;
        let place = new.start() + tail.start..new.start() + tail.end;
        let readable = |range: &Range<usize>| range.start <= place.start && place.end <= range.end;
        if new.start() == old.start() || tail.len() < PROOF || !self.written.iter().any(readable) {
            return Ok(());
        }
        let source = old.start() + tail.start;
        let witness = self.live.iter().find(|other| {
            let range = other.range();
            range.start <= source && source + PROOF <= range.end
        });
        let Some(other) = witness else { return Ok(()) };
        let offset = source - other.start();
        if (0..PROOF).all(|i| new.byte(tail.start + i) == other.byte(offset + i)) {
            return Err(Violation::new(
                Rule::Private,
                format!("bytes from {} on came from another block", tail.start),
            ));
        }
        Ok(())
    }

    /// Lets a block have all bytes that it was granted with.
    pub(super) fn widen(&mut self, index: usize) {
        self.live[index].widen();
    }

    /// Takes all blocks out of the book.
    pub(super) fn clear(&mut self) {
        self.live.clear();
        self.places.clear();
    }

    /// Checks the `count` newest blocks, and whether the heap damaged memory that is not its own.
    pub(super) fn check(&self, heap: &dyn Heap, count: usize) -> Result<(), Violation> {
        for (age, block) in self.live.iter().rev().take(count).enumerate() {
            if block.len() > 0 && heap.owns(block.range()) == Some(false) {
                return Err(Violation::new(
                    Rule::Inside,
                    format!("block {age} is not in the memory any more"),
                ));
            }
            block.check(format_args!("of block {age}"))?;
        }
        match heap.damage() {
            Some(damage) => Err(Violation::new(Rule::Contained, damage)),
            None => Ok(()),
        }
    }
}
