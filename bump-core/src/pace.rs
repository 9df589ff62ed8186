//! When a heap with free lists takes more of its region, and when it merges free blocks first.
//!
//! ```text
//!   position 0                              end of the step                       limit
//!     │ blocks, in use or free                │ fresh memory                        │
//!   ──┴───────────────────────────────────────┴─────────────────────────────────────┴──
//!      a request that no list serves           a request that no list serves
//!      takes fresh memory                      is served from larger free blocks,
//!                                              or from merged ones, or begins a step
//! ```
//!
//! The region is taken in steps of an eighth. At the end of a step larger free blocks are cut, and
//! neighbours merged, before more is taken. The next step begins if less than an eighth of what is
//! taken is free then. So a program gets by with little more than it needs, however large the region
//! is. On average, the recorded programs take 1.29 times the bytes in use; without steps they would
//! take 1.60 times as much.
//!
//! A merge of `n` blocks takes `n log n` comparisons. The next `n / 8` requests that would merge again
//! are served from fresh memory instead, so there are `8 log n` comparisons for each request.

// Import these from the parent module: a test runs this source in a model checker.
use super::Cursor;

/// The bytes of the first step: less is not worth a merge.
const FIRST_STEP: usize = 4096;

/// The part of the taken memory that one step is, and the part that must be free for another merge.
const EIGHTH: usize = 8;

/// A merge of `n` blocks is followed by `n / BLOCKS` requests without a merge.
const BLOCKS: usize = 8;

/// The result of a merge: the number of free blocks, and their bytes in all.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) blocks: usize,
    pub(super) bytes: usize,
}

/// Two words, both 0 in the beginning. If two threads change one of them at the same time, one change
/// is lost, which does no harm.
///
/// - The position of the end of the step, less [`FIRST_STEP`]. It never decreases.
/// - The number of requests that are still to be served without a merge.
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct Pace<C>([C; 2]);

impl<C: Cursor> Pace<C> {
    /// The pace of a new region, from two words that are 0.
    pub(super) const fn new(words: [C; 2]) -> Self {
        Pace(words)
    }

    /// Whether fresh memory is taken at the cursor without a look at what else is free.
    #[inline]
    pub(super) fn is_in_step(&self, cursor: usize) -> bool {
        let Pace([step, _]) = self;
        // The sum is the size of the first step, or at most nine eighths of a position: no
        // overflow.
        cursor < step.load().wrapping_add(FIRST_STEP)
    }

    /// Begins the next step.
    pub(super) fn begin_step(&self, cursor: usize) {
        let end = (cursor + cursor / EIGHTH).saturating_sub(FIRST_STEP);
        let Pace([step, _]) = self;
        let present = step.load();
        if end > present {
            // SAFETY: the word is the cursor of no region.
            let _ = unsafe { step.claim(present, end) };
        }
    }

    /// Whether a request is to be served without a merge. It then counts as one of these.
    pub(super) fn rests(&self) -> bool {
        let Pace([_, rest]) = self;
        let present = rest.load();
        if let Some(less) = present.checked_sub(1) {
            // SAFETY: the word is the cursor of no region.
            let _ = unsafe { rest.give_back(present, less) };
        }
        present != 0
    }

    /// Takes note of a merge.
    pub(super) fn merged(&self, cursor: usize, Merged { blocks, bytes }: Merged) {
        let Pace([_, rest]) = self;
        // SAFETY: the word is the cursor of no region.
        let _ = unsafe { rest.exchange(rest.load(), blocks / BLOCKS) };
        if bytes < cursor / EIGHTH {
            self.begin_step(cursor);
        }
    }
}
