//! Blocks for tests of heaps: each is filled with one value, and whoever frees or
//! resizes it looks whether somebody else has written to it.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

/// Numbers that are random enough, and the same in each run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Less than `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("less than a `usize`")
    }
}

/// A block that is filled with one value.
pub(crate) struct Block {
    pub(crate) start: NonNull<u8>,
    pub(crate) layout: Layout,
    value: u8,
}

// SAFETY: the block is its owner's alone, whichever thread that is.
unsafe impl Send for Block {}

impl Block {
    /// `None` if there is no memory for it.
    pub(crate) fn new(heap: &impl GlobalAlloc, layout: Layout, value: u8) -> Option<Self> {
        // SAFETY: not 0 bytes.
        let start = NonNull::new(unsafe { heap.alloc(layout) })?;
        assert_eq!(start.addr().get() % layout.align(), 0);
        // SAFETY: the block has so many bytes.
        unsafe { start.write_bytes(value, layout.size()) };
        Some(Block {
            start,
            layout,
            value,
        })
    }

    /// The first bytes are as they were written.
    pub(crate) fn check(&self, bytes: usize) {
        // SAFETY: the block has at least as many bytes, which were filled.
        let bytes = unsafe { core::slice::from_raw_parts(self.start.as_ptr(), bytes) };
        assert!(bytes.iter().all(|&byte| byte == self.value));
    }

    /// Whether it was resized.
    #[must_use]
    pub(crate) fn resize(&mut self, heap: &impl GlobalAlloc, size: usize) -> bool {
        // SAFETY: the block is from this heap; the new layout is small and not empty.
        let resized = unsafe { heap.realloc(self.start.as_ptr(), self.layout, size) };
        let Some(resized) = NonNull::new(resized) else {
            self.check(self.layout.size());
            return false;
        };
        assert_eq!(resized.addr().get() % self.layout.align(), 0);
        self.start = resized;
        self.check(size.min(self.layout.size()));
        self.layout = Layout::from_size_align(size, self.layout.align()).expect("small");
        // SAFETY: the block has so many bytes.
        unsafe { resized.write_bytes(self.value, size) };
        true
    }

    pub(crate) fn free(self, heap: &impl GlobalAlloc) {
        self.check(self.layout.size());
        // SAFETY: it is from this heap, and not used any more.
        unsafe { heap.dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Takes blocks of up to 300 bytes, resizes them and frees them, in any order. Their values differ from one
/// block to the next, and between users whose seeds are different and less than 8.
#[allow(dead_code, reason = "for some of the tests")]
pub(crate) fn use_heap(heap: &impl GlobalAlloc, seed: u8, rounds: usize) {
    let mut random = Random(u64::from(seed) * 0x9e37_79b9);
    let mut blocks: Vec<Block> = Vec::new();
    let mut value = seed;
    for _ in 0..rounds {
        value = value.wrapping_add(8);
        let size = 1 + random.below(300);
        match random.below(5) {
            0 | 1 => {
                let layout = Layout::from_size_align(size, 1 << random.below(8)).expect("small");
                blocks.extend(Block::new(heap, layout, value));
            }
            2 if !blocks.is_empty() => {
                let chosen = random.below(blocks.len());
                let _ = blocks[chosen].resize(heap, size);
            }
            3 if !blocks.is_empty() => {
                let chosen = random.below(blocks.len());
                blocks.swap_remove(chosen).free(heap);
            }
            _ => {
                if let Some(last) = blocks.pop() {
                    last.free(heap);
                }
            }
        }
    }
    for block in blocks.into_iter().rev() {
        block.free(heap);
    }
}
