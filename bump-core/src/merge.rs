//! The work at the end of a step, and at the end of the region: larger free blocks are cut, and
//! then all free blocks are merged.
//!
//! ```text
//!   lists      class 2: e → b     class 5: c → a      class 9: d
//!
//!   region     ┌───────┬───────┬───────┬───────┬───────┬───────┬───────┬───────┐
//!              │   a   │   b   │in use │   c   │in use │   d   │   e   │ limit
//!              └───────┴───────┴───────┴───────┴───────┴───────┴───────┴
//!   1. all lists are detached
//!   2. their blocks are sorted by address:    e, d, c, b, a
//!   3. neighbours are one range:              d + e, c, a + b
//!   4. the last one goes back to the region:  d + e
//!   5. the lowest in which the request fits serves it; all else is cut into blocks of the lists
//! ```
//!
//! The sorted list is linked through the blocks themselves. It is made of sorted runs of 1, 2, 4, …
//! blocks, so `n` blocks take `n log n` comparisons, and no memory but a word for each length of a
//! run.
//!
//! # Who waits for whom
//!
//! A block that a caller cuts is in no list for a moment. Nobody must be refused memory in this
//! moment, so the caller keeps the list of the block detached until the pieces are on their lists.
//! The pieces are of smaller classes, and a merge detaches the lists from the largest class down.
//! Once it has a list, it therefore finds all pieces of the blocks that were in it. For the same
//! reason, one of two merges at a time waits for the other at its first list.
//!
//! A caller that has detached lists waits for nobody, except that a merge waits for lists of
//! smaller classes than those it has. So there is always a caller that does not wait.
//!
//! Blocks can be freed all the time, and are not found by a merge that has detached their list
//! already.

use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr::NonNull;
use core::slice;

// Import these from the parent module: a test runs this source in a model checker.
use super::class::{GRAIN, class_size, class_within};
use super::in_grains::{base, give_back, most, take};
use super::link::{at, read, write};
use super::pace::{Merged, Pace};
use super::{Cursor, List, RawBump};

/// The bytes of a word. A block that is to be sorted has two words, if there is room for them.
const WORD: usize = size_of::<usize>();

/// In the word of a block that is sorted: the block has room for one word only, so its size is not
/// written down. It is a [`GRAIN`]. No address of a block has this bit. On 32 bits, every block has
/// room for two words.
const ONE_WORD: usize = if GRAIN < 2 * WORD { 1 } else { 0 };

/// In debug builds, the message to a caller who broke its promise.
const OVERLAP: &str = "free blocks overlap: one was freed twice, or with another layout";

/// Takes `bytes` from the first block of the first of some lists that has one, and puts the rest of
/// the block on the lists. Waits for lists that somebody has in hand up to turn [`Cursor::PATIENCE`].
///
/// # Safety
///
/// All blocks in the lists are from `region`. Those of `classes` have at least `bytes` bytes, a
/// multiple of a grain.
pub(super) unsafe fn allocate_from<B: RawBump, C: Cursor, const N: usize>(
    lists: &[List<C>; N],
    region: &B,
    classes: Range<usize>,
    bytes: usize,
    turn: &mut u32,
) -> Option<NonNull<u8>> {
    for class in classes {
        let Some(list) = lists.get(class) else {
            break;
        };
        if list.is_empty() {
            continue;
        }
        let Some(block) = list.detach_within(turn, C::PATIENCE) else {
            continue;
        };
        let mut rest = 0;
        if block != 0 {
            // SAFETY: the block was detached, with a link.
            rest = unsafe { read(base(region), block) };
            let rest_bytes = class_size(class) - bytes;
            // SAFETY: the end of a block that is this call's.
            unsafe { cut(lists, base(region), block + bytes, rest_bytes) };
        }
        // SAFETY: this call has detached it.
        unsafe { list.attach(base(region), rest) };
        if block != 0 {
            return NonNull::new(at(base(region), block));
        }
    }
    None
}

/// Puts a range on the lists, as blocks that are as large as can be.
///
/// # Safety
///
/// The range is the caller's, who gives it up. It is memory that `base` may access, as all blocks of
/// the lists are. Both ends are multiples of a grain.
pub(super) unsafe fn cut<C: Cursor, const N: usize>(
    lists: &[List<C>; N],
    base: NonNull<u8>,
    mut start: usize,
    mut bytes: usize,
) {
    while let Some(class) = class_within(bytes) {
        // The largest blocks there are, if the range is larger.
        let class = class.min(N.saturating_sub(1));
        let Some(list) = lists.get(class) else {
            return;
        };
        // SAFETY: the caller's memory, so not null.
        let block = unsafe { NonNull::new_unchecked(at(base, start)) };
        // SAFETY: the start of the caller's range, of the size of this class.
        unsafe { list.push(base, block) };
        start += class_size(class);
        bytes -= class_size(class);
    }
}

/// Gives a range back to the region if it is the last one there, or puts it on the lists.
///
/// # Safety
///
/// As for [`cut`], with the base of the region.
#[cold]
#[inline(never)]
pub(super) unsafe fn release_range<B: RawBump, C: Cursor, const N: usize>(
    lists: &[List<C>; N],
    region: &B,
    start: usize,
    bytes: usize,
) {
    // SAFETY: in the region, so not null.
    let range = unsafe { NonNull::new_unchecked(at(base(region), start)) };
    // SAFETY: the caller's promise.
    if !unsafe { give_back(region, range, bytes) } {
        // SAFETY: as above.
        unsafe { cut(lists, base(region), start, bytes) };
    }
}

/// Merges the free blocks of all lists, and serves a request for `bytes` from what there is then, or
/// from the region; `None` if that is not enough, or if the lists were in somebody's hand all the
/// time that this waited.
///
/// Sorting `n` free blocks takes up to `n log2 n` comparisons; all else takes a few steps for each
/// block and each list.
///
/// # Safety
///
/// All blocks in the lists are from `region`. `bytes` is a multiple of a grain.
#[cold]
#[inline(never)]
pub(super) unsafe fn merge<B: RawBump, C: Cursor, const N: usize>(
    lists: &[List<C>; N],
    region: &B,
    bytes: usize,
    turn: &mut u32,
    pace: &Pace<C>,
) -> Option<NonNull<u8>> {
    let base = base(region);
    let number = number_of_lists::<B, N>(region);
    // The lists from here on are detached.
    let mut first_detached = number;
    let mut runs = Runs::new();
    for class in (0..number).rev() {
        // SAFETY: there are as many lists.
        let list = unsafe { lists.get_unchecked(class) };
        let Some(mut block) = list.detach(turn) else {
            break;
        };
        first_detached = class;
        while block != 0 {
            // SAFETY: the block was detached, with a link.
            let next = unsafe { read(base, block) };
            let word = if class_size(class) < 2 * WORD {
                block | ONE_WORD
            } else {
                // SAFETY: the block is this call's, and has room for two words.
                unsafe { write(base, block + WORD, class_size(class)) };
                block
            };
            // SAFETY: the block is this call's.
            unsafe { runs.add(base, word) };
            block = next;
        }
    }
    // SAFETY: all blocks are this call's.
    let mut word = unsafe { runs.merged(base) };
    let mut merged = Merged::default();
    // The lowest range so far that is large enough.
    let (mut found, mut found_size) = (0, 0);
    while word != 0 {
        // The range of the next block, and of all blocks that it touches.
        let (mut start, mut size) = (0, 0);
        while word != 0 {
            let block = word & !ONE_WORD;
            let block_size = if word == block {
                // SAFETY: the block is this call's, and its second word was written above.
                unsafe { read(base, block + WORD) }
            } else {
                GRAIN
            };
            if size != 0 {
                debug_assert!(block + block_size <= start, "{OVERLAP}");
                if block + block_size != start {
                    break;
                }
            }
            (start, size) = (block, block_size + size);
            merged.blocks += 1;
            merged.bytes += block_size;
            // SAFETY: the block is this call's, with a link.
            word = unsafe { read(base, block) };
        }
        if size >= bytes {
            core::mem::swap(&mut found, &mut start);
            core::mem::swap(&mut found_size, &mut size);
        }
        if size != 0 {
            // SAFETY: all blocks of the range are this call's.
            unsafe { release_range(lists, region, start, size) };
        }
    }

    let served = if found != 0 {
        // SAFETY: as above.
        unsafe { release_range(lists, region, found + bytes, found_size - bytes) };
        NonNull::new(at(base, found))
    } else {
        take(region, bytes)
    };
    for class in (first_detached..number).rev() {
        // SAFETY: there are as many lists.
        let list = unsafe { lists.get_unchecked(class) };
        // SAFETY: this call has detached it.
        unsafe { list.attach(base, 0) };
    }
    pace.merged(region.cursor().load(), merged);
    served
}

/// The number of lists that can have blocks: no block has more bytes than the region can have.
pub(super) fn number_of_lists<B: RawBump, const N: usize>(region: &B) -> usize {
    // For small code, the merge looks at the other lists, too.
    if cfg!(small) {
        return N;
    }
    class_within(most(region)).map_or(0, |largest| N.min(largest + 1))
}

/// Lists of blocks that are linked by their first words, the highest address first: at index `i`
/// one of `1 << i` blocks, or none. Indices that never had a list are not initialised: to initialise
/// all of them would take `memset`, which many programs have no other use for.
struct Runs {
    runs: [MaybeUninit<usize>; usize::BITS as usize],
    initialised: usize,
}

impl Runs {
    const fn new() -> Self {
        Runs {
            runs: [MaybeUninit::uninit(); usize::BITS as usize],
            initialised: 0,
        }
    }

    /// The runs that are initialised.
    fn runs(&mut self) -> &mut [usize] {
        let start = self.runs.as_mut_ptr().cast();
        // SAFETY: the first `initialised` runs are initialised.
        unsafe { slice::from_raw_parts_mut(start, self.initialised) }
    }

    /// Adds a block, as one adds 1 to a number: two runs of one length are one of twice the length.
    ///
    /// # Safety
    ///
    /// The block and all that are in the runs are the caller's.
    unsafe fn add(&mut self, base: NonNull<u8>, block: usize) {
        // SAFETY: the caller's promise.
        unsafe { write(base, block & !ONE_WORD, 0) };
        let mut run = block;
        for same in self.runs() {
            if *same == 0 {
                *same = run;
                return;
            }
            // SAFETY: the caller's promise.
            run = unsafe { merge_runs(base, *same, run) };
            *same = 0;
        }
        // SAFETY: there are less than half as many blocks as addresses.
        let next = unsafe { self.runs.get_unchecked_mut(self.initialised) };
        next.write(run);
        self.initialised += 1;
    }

    /// Takes all runs out, merged into one.
    ///
    /// # Safety
    ///
    /// All blocks that are in the runs are the caller's.
    unsafe fn merged(&mut self, base: NonNull<u8>) -> usize {
        let mut all = 0;
        for run in self.runs() {
            // SAFETY: the caller's promise.
            all = unsafe { merge_runs(base, all, *run) };
        }
        self.initialised = 0;
        all
    }
}

/// One run of two.
///
/// # Safety
///
/// All blocks that are in the runs are the caller's.
unsafe fn merge_runs(base: NonNull<u8>, mut a: usize, mut b: usize) -> usize {
    let (mut first, mut last) = (0, 0);
    while a != 0 || b != 0 {
        debug_assert_ne!(a, b, "{OVERLAP}");
        // No block is at address 0: the end of a run counts as the lowest.
        let highest = if a > b { a } else { b };
        if last == 0 {
            first = highest;
        } else {
            // SAFETY: the caller's promise.
            unsafe { write(base, last & !ONE_WORD, highest) };
        }
        if a == 0 || b == 0 {
            break;
        }
        last = highest;
        // SAFETY: the caller's promise.
        let next = unsafe { read(base, highest & !ONE_WORD) };
        if highest == a {
            a = next;
        } else {
            b = next;
        }
    }
    first
}
