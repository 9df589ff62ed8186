//! A list of free blocks in one word, without a lock. Its user decides which blocks are in it.
//!
//! The word tells where the first block is, 0 for none. A free block tells where the next one is in its
//! own first word.
//!
//! ```text
//!   word        a free block       a free block
//!   ┌──────┐    ┌──────┬──────┐    ┌──────┬──────┐
//!   │    ──┼───►│    ──┼─…    │───►│   0  │ …    │
//!   └──────┘    └──────┴──────┘    └──────┴──────┘
//! ```
//!
//! To put a block on the list, its owner writes the list's word into it, and exchanges that for the
//! block's own. To take one, a caller *detaches* the whole list: it exchanges the word for a mark,
//! which stands for "somebody has the blocks in hand". All of them are the caller's then. It keeps
//! the first, and exchanges the mark for the second:
//!
//! ```text
//!   take        word: A → B → C      detach        word: mark        attach       word: B → C
//!               ───────────────────────────►  in hand: A → B → C  ──────────────────────────►
//!                                                  keep A
//! ```
//!
//! So nobody ever reads a block that is not theirs, and a block that comes and goes while somebody
//! else thinks about it does no harm (the "ABA problem").
//!
//! The mark is the lowest bit of the word, which is clear in the word for any block. While it is
//! set, others put blocks on the list as ever, but a caller that wants one waits for a moment: if
//! it took the list for empty, it would take fresh memory, again and again, while blocks are free.
//! Only the caller that set the mark takes it away, and it waits for nobody before that.
//!
//! A list that nobody shares ([`Cursor::SHARED`] is `false`) makes the same exchanges with a mark
//! of no bits, which makes a detached list an empty one. Two exchanges become one if nobody can
//! come in between.
//!
//! The orderings are those of [`Cursor`]: a detachment is a `claim`, so it happens after all that
//! was done before each `give_back` that put blocks on the list.

use core::hint::assert_unchecked;
use core::ptr::NonNull;

// Import these from the parent module: a test runs this source in a model checker.
use super::Cursor;
use super::link::{at, last_of, read, word, write};

/// How often a thread looks at a list that somebody has in hand, before it goes on without a block
/// of it. It is not [`Cursor::PATIENCE`], since the thread has other memory at hand.
const CHAIN_PATIENCE: u32 = 100;

/// A list of free blocks. Its word is a [`Cursor`], so that it is shared as a region is whose cursor
/// is of that type.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::{List, RawAlloc, RawBump};
/// use core::alloc::Layout;
///
/// let region = Example::new(); // some type that is `RawBump`
/// let base = region.memory().unwrap().start();
/// let block = region.allocate(Layout::new::<u64>()).unwrap();
///
/// let list = List::new(ExampleCursor(core::cell::Cell::new(0)));
/// // SAFETY: the block was taken just now, and all that is in the list is from this region.
/// unsafe { list.push(base, block) };
/// assert!(!list.is_empty());
/// // SAFETY: as above.
/// assert_eq!(unsafe { list.pop(base) }, Some(block));
/// // SAFETY: as above.
/// assert_eq!(unsafe { list.pop(base) }, None);
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct List<C>(C);

/// The result of an attempt to take a block.
pub(super) enum Popped {
    Block(NonNull<u8>),
    /// The list is empty.
    Nothing,
    /// Somebody else was faster, or has the blocks in hand.
    Contended,
}

impl<C: Cursor> List<C> {
    /// In the word of a list whose blocks somebody has in hand.
    const MARK: usize = if C::SHARED { 1 } else { 0 };

    /// A list in a word, which is empty if that is 0.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// let list = List::new(ExampleCursor(core::cell::Cell::new(0)));
    /// assert!(list.is_empty());
    /// ```
    #[must_use]
    pub const fn new(word: C) -> Self {
        List(word)
    }

    /// Whether the list has no block, and nobody has blocks of it in hand.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// assert!(list.is_empty());
    /// let block = region.allocate(layout).unwrap();
    /// // SAFETY: the block was taken just now.
    /// unsafe { list.push(base, block) };
    /// assert!(!list.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.load() == 0
    }

    /// Puts a block on the list.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// let block = region.allocate(layout).unwrap();
    /// // SAFETY: the block was taken just now.
    /// unsafe { list.push(base, block) };
    /// assert!(!list.is_empty());
    /// ```
    ///
    /// # Safety
    ///
    /// The block is the caller's, who gives it up. It has at least a [`GRAIN`](crate::class::GRAIN),
    /// to which it is aligned. It is in the region that starts at `base`, which may access all of it. So
    /// are all blocks that are put on this list.
    #[inline]
    pub unsafe fn push(&self, base: NonNull<u8>, block: NonNull<u8>) {
        let block = word(base, block);
        // SAFETY: the caller's promise about the block, which is first and last.
        unsafe { self.push_chain(base, block, block) };
    }

    /// Puts blocks on the list, in one exchange: those from `first` to `last`, each of which links
    /// to the next.
    ///
    /// # Safety
    ///
    /// All of them are as [`push`](Self::push) demands of one.
    #[doc(hidden)]
    #[inline]
    pub unsafe fn push_chain(&self, base: NonNull<u8>, first: usize, last: usize) {
        let head = self.0.load();
        debug_assert!(head & !Self::MARK != first, "a block is freed already");
        if !C::SHARED {
            // Exchange the word first: as far as the compiler knows, a write to the block could
            // change the word, which it would then have to load again.
            // SAFETY: the word is the cursor of no region.
            let exchanged = unsafe { self.0.give_back(head, first) };
            debug_assert!(exchanged.is_ok(), "nobody comes in between");
            // SAFETY: the caller's block, which has room for a word.
            return unsafe { write(base, last, head) };
        }
        // Where size counts, the function for all cases is the only copy (see `build.rs`).
        if head & Self::MARK == 0 && !cfg!(small) {
            // SAFETY: the caller's block, which has room for a word.
            unsafe { write(base, last, head) };
            // SAFETY: the word is the cursor of no region.
            if unsafe { self.0.give_back(head, first) }.is_ok() {
                return;
            }
        }
        // SAFETY: the caller's promise.
        unsafe { push_again(self, base, first, last) };
    }

    /// Takes a block from the list; `None` if it is empty, or was in somebody's hand all the time
    /// that this waited.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// let blocks = [(); 2].map(|()| region.allocate(layout).unwrap());
    /// for block in blocks {
    ///     // SAFETY: the block was taken just now.
    ///     unsafe { list.push(base, block) };
    /// }
    /// // SAFETY: all blocks are from this region.
    /// assert_eq!(unsafe { list.pop(base) }, Some(blocks[1]));
    /// ```
    ///
    /// # Safety
    ///
    /// The region that all blocks of this list are in starts at `base`, which may access all of it.
    pub unsafe fn pop(&self, base: NonNull<u8>) -> Option<NonNull<u8>> {
        for turn in 0..C::PATIENCE {
            // SAFETY: the caller's promise.
            match unsafe { self.try_pop(base) } {
                Popped::Block(block) => return Some(block),
                Popped::Nothing => return None,
                Popped::Contended if C::pause(turn) => {}
                Popped::Contended => break,
            }
        }
        None
    }

    /// The first attempt to [`pop`](Self::pop).
    ///
    /// # Safety
    ///
    /// As for that function.
    #[inline]
    pub(super) unsafe fn try_pop(&self, base: NonNull<u8>) -> Popped {
        let head = self.0.load();
        if head == 0 {
            return Popped::Nothing;
        }
        if C::SHARED {
            // SAFETY: the word is the cursor of no region.
            if head & Self::MARK != 0 || unsafe { self.0.claim(head, Self::MARK) }.is_err() {
                return Popped::Contended;
            }
        }
        let found = if C::SHARED { Self::MARK } else { head };
        // SAFETY: the list was detached, or nobody else can change it: its first block is this call's,
        // and has a link.
        let rest = unsafe { read(base, head) };
        // Where size counts, the function for all cases is the only copy (see `build.rs`).
        let fast = !C::SHARED || !cfg!(small);
        Popped::Block(
            // SAFETY: the word is the cursor of no region.
            if fast && unsafe { self.0.give_back(found, rest) }.is_ok() {
                let block = at(base, head);
                // Without this, a caller that turns `None` into a null pointer would compare the
                // block to null: two instructions more in the row of a `u32` that is reused by one
                // thread.
                // SAFETY: no block is at address 0.
                unsafe { assert_unchecked(!block.is_null()) };
                // SAFETY: as above.
                unsafe { NonNull::new_unchecked(block) }
            } else {
                // SAFETY: as above; what was detached from this list is put back.
                unsafe { keep_first(self, base, head, rest) }
            },
        )
    }

    /// Takes up to `most` blocks, and at least one. Returns the word for the first block, and the
    /// number of blocks. Each links to the next, the last one to 0. `None` in the same cases as for
    /// [`pop`](Self::pop).
    ///
    /// If the blocks are in somebody's hand, those that others have put on the list since then serve
    /// as well. Others wait while this counts the blocks: `most` is a small number.
    ///
    /// # Safety
    ///
    /// As for [`pop`](Self::pop).
    #[doc(hidden)]
    pub unsafe fn pop_chain(&self, base: NonNull<u8>, most: usize) -> Option<(usize, usize)> {
        let mut turn = 0;
        let head = loop {
            let head = self.0.load();
            if head == 0 {
                return None;
            }
            // SAFETY: the word is the cursor of no region.
            if head != Self::MARK && unsafe { self.0.claim(head, Self::MARK) }.is_ok() {
                break head;
            }
            if turn == CHAIN_PATIENCE || !C::pause(turn) {
                return None;
            }
            turn += 1;
        };
        let first = head & !Self::MARK;
        let (mut last, mut count) = (first, 1);
        // SAFETY: the blocks were in the list, so they are this call's, each with a link.
        let mut rest = unsafe { read(base, last) };
        while rest != 0 && count < most {
            last = rest;
            // SAFETY: as above.
            rest = unsafe { read(base, last) };
            count += 1;
        }
        if rest != 0 {
            // SAFETY: as above.
            unsafe { write(base, last, 0) };
        }
        if head & Self::MARK == 0 {
            // SAFETY: this call has set the mark, and the rest is of the blocks that were there.
            unsafe { self.attach(base, rest) };
        } else if rest != 0 {
            // SAFETY: as above.
            let last = unsafe { last_of(base, rest) };
            // SAFETY: as above. The mark is somebody else's.
            unsafe { self.push_chain(base, rest, last) };
        }
        Some((first, count))
    }

    /// Takes all blocks, and leaves the mark: the word for the first, 0 for none. `None` if they
    /// were in somebody's hand all the time that this waited.
    ///
    /// `turn` counts the turns of a caller that waits for several lists.
    ///
    /// A caller that got the blocks must [attach](Self::attach) those that it does not keep, even
    /// if there are none. Until then it must not wait for others, except to detach further lists,
    /// and all callers that detach several must do so in the same order.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// let block = region.allocate(layout).unwrap();
    /// // SAFETY: the block was taken just now.
    /// unsafe { list.push(base, block) };
    ///
    /// let chain = list.detach(&mut 0).unwrap();
    /// assert!(chain != 0 && !list.is_empty());
    /// // SAFETY: detached just now; all blocks are from this region.
    /// unsafe { list.attach(base, chain) };
    /// // SAFETY: as above.
    /// assert_eq!(unsafe { list.pop(base) }, Some(block));
    /// ```
    pub fn detach(&self, turn: &mut u32) -> Option<usize> {
        self.detach_within(turn, u32::MAX)
    }

    /// [`detach`](Self::detach) that waits up to a turn at most.
    #[inline]
    pub(super) fn detach_within(&self, turn: &mut u32, patience: u32) -> Option<usize> {
        loop {
            let head = self.0.load();
            // SAFETY: the word is the cursor of no region.
            if head & Self::MARK == 0 && unsafe { self.0.claim(head, Self::MARK) }.is_ok() {
                return Some(head);
            }
            if *turn >= patience || !C::pause(*turn) {
                return None;
            }
            *turn = turn.wrapping_add(1);
        }
    }

    /// Puts blocks back, under those that others have put on the list meanwhile, and takes the mark
    /// away.
    ///
    /// This takes one step for each block that others have put there, and no more.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// // An empty list is detached and attached as well.
    /// assert_eq!(list.detach(&mut 0), Some(0));
    /// // SAFETY: detached just now, and there are no blocks.
    /// unsafe { list.attach(base, 0) };
    /// assert!(list.is_empty());
    /// ```
    ///
    /// # Safety
    ///
    /// The caller has detached the list and not attached anything yet. `chain` is the word for a
    /// block of it, 0 for none, from which on all blocks are the caller's, who gives them up. `base`
    /// is as for [`pop`](Self::pop).
    pub unsafe fn attach(&self, base: NonNull<u8>, mut chain: usize) {
        loop {
            let head = self.0.load();
            let pushed = head & !Self::MARK;
            if pushed == 0 || chain == 0 {
                // SAFETY: the word is the cursor of no region.
                if unsafe { self.0.give_back(head, pushed | chain) }.is_ok() {
                    return;
                }
                continue;
            }
            // SAFETY: as above.
            if unsafe { self.0.claim(head, Self::MARK) }.is_ok() {
                // SAFETY: the blocks were detached just now, each with a link.
                let last = unsafe { last_of(base, pushed) };
                // SAFETY: as above.
                unsafe { write(base, last, chain) };
                chain = pushed;
            }
        }
    }
}

/// [`List::push_chain`] after somebody else was faster, or has the blocks in hand: the mark stays where it
/// is.
///
/// # Safety
///
/// As for that function.
#[cold]
#[inline(never)]
unsafe fn push_again<C: Cursor>(list: &List<C>, base: NonNull<u8>, first: usize, last: usize) {
    loop {
        let head = list.0.load();
        // SAFETY: the caller's block, which has room for a word.
        unsafe { write(base, last, head & !List::<C>::MARK) };
        // SAFETY: the word is the cursor of no region.
        if unsafe { list.0.give_back(head, first | head & List::<C>::MARK) }.is_ok() {
            return;
        }
    }
}

/// The end of [`List::try_pop`] after others have put blocks on the list. Returns the block, so that
/// nothing is alive across the call.
///
/// # Safety
///
/// The list was detached, `block` is its first block and `rest` what that links to; and as for
/// [`List::pop`].
#[cold]
#[inline(never)]
unsafe fn keep_first<C: Cursor>(
    list: &List<C>,
    base: NonNull<u8>,
    block: usize,
    rest: usize,
) -> NonNull<u8> {
    // SAFETY: the caller has detached it.
    unsafe { list.attach(base, rest) };
    // SAFETY: no block is at address 0.
    unsafe { NonNull::new_unchecked(at(base, block)) }
}
