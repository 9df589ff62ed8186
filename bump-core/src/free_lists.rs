//! A heap whose freed blocks are used again: a list of free blocks for each size class, over a
//! region that new blocks are taken from, in steps (`pace`). At the end of a step, free blocks are cut
//! and merged (`merge`).
//!
//! ```text
//!   lists    class 0  class 1  class 2  …                                    one word each
//!               │        0        │
//!               ▼                 ▼
//!   region   ┌─────┬───────────┬───────┬─────────────┬──────┬───────────────────────────┐
//!            │free │  in use   │ free  │   in use    │ free │       never used yet      │
//!            └─────┴───────────┴───────┴─────────────┴──────┴───────────────────────────┘
//!                                                           ▲ cursor        ▲ end of the step
//!   allocate   the first block of the list, or as many bytes from the cursor on
//!   deallocate back to the region if it is the last block, or on the list
//! ```
//!
//! Nothing is written in front of a block: whoever releases it tells the layout, and with that the
//! class. A block has the bytes of its class, so any block of a list serves any request of its
//! class. Requests for more alignment than a grain are in `aligned`, which turns them into larger
//! ones.

use core::alloc::Layout;
use core::ptr::NonNull;

// Import these from the parent module: a test runs this source in a model checker.
use super::align::{align_down, padding};
use super::aligned::{align_block, start_of};
use super::class::{CLASSES, GRAIN, class_of, needed, rounded_size};
use super::codegen::unlikely;
use super::engine::dangling;
use super::in_grains::{base, give_back, most, resize, take, whole};
use super::link::word;
use super::list::Popped;
use super::merge::{allocate_from, cut, merge, number_of_lists, release_range};
use super::pace::Pace;
use super::{Cursor, List, RawBump, copy_block};

/// Lists of free blocks for the first `N` size classes.
///
/// With [`CLASSES`], which is the default, there is a list for every block. With fewer, blocks that
/// are larger than the largest class are taken from the end of the region, and cut into blocks of
/// that class when they are freed: choose `N` such that these are rare.
///
/// `MERGE` tells whether neighbouring free blocks are merged at the end of a step and of the region.
///
/// All functions get the region that the blocks are from. It is the same one each time, and is not reset
/// while the lists are used. It may be moved while none of its blocks is in use, by multiples of a
/// [`GRAIN`], if it is [`Relocatable`](crate::Relocatable). Its minimum alignment is at most a `GRAIN`,
/// or it does not compile.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::{FreeLists, List};
/// use bump_core::class::CLASSES;
/// use core::alloc::Layout;
///
/// let region = Example::new(); // some type that is `RawBump`
/// let word = || ExampleCursor(core::cell::Cell::new(0));
/// let lists: FreeLists<_> =
///     FreeLists::new([(); CLASSES].map(|()| List::new(word())), [word(), word()]);
///
/// let layout = Layout::new::<u64>();
/// // SAFETY: the lists are used with this region only.
/// let [one, _two] = [(); 2].map(|()| unsafe { lists.allocate(&region, layout) }.unwrap());
/// // SAFETY: the block is from these lists, with this layout.
/// unsafe { lists.deallocate(&region, one, layout) };
/// // SAFETY: as above.
/// assert_eq!(unsafe { lists.allocate(&region, layout) }, Some(one));
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct FreeLists<C, const N: usize = CLASSES, const MERGE: bool = true> {
    lists: [List<C>; N],
    pace: Pace<C>,
}

impl<C: Cursor, const N: usize, const MERGE: bool> FreeLists<C, N, MERGE> {
    /// Lists for the classes, in their order, and two more words, which are 0.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// // Lists for blocks of up to 64 bytes.
    /// const SMALL: usize = class_of(64) + 1;
    /// let words = [(); 2].map(|()| ExampleCursor(core::cell::Cell::new(0)));
    /// let lists: FreeLists<_, SMALL> = FreeLists::new([(); SMALL].map(|()| word()), words);
    /// ```
    #[must_use]
    pub const fn new(lists: [List<C>; N], words: [C; 2]) -> Self {
        let pace = Pace::new(words);
        FreeLists { lists, pace }
    }

    /// Takes a block; `None` if there is no memory for it. A size of 0 is served without memory.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// // SAFETY: the lists are used with this region only.
    /// let block = unsafe { lists.allocate(&region, layout) }.unwrap();
    /// assert!(block.cast::<u64>().is_aligned());
    /// ```
    ///
    /// # Safety
    ///
    /// All blocks in the lists are from `region`, which was not reset since they were taken.
    #[inline]
    pub unsafe fn allocate<B: RawBump>(&self, region: &B, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(dangling(layout));
        }
        // Where size counts, the function that serves all requests is the only copy (see `build.rs`).
        if layout.align() <= GRAIN && !cfg!(small) {
            let (class, bytes) = (class_of(layout.size()), rounded_size(layout.size()));
            if Self::has_list(class, bytes, most(region)) {
                // SAFETY: there is such a list.
                let list = unsafe { self.lists.get_unchecked(class) };
                // SAFETY: the caller's promise.
                match unsafe { list.try_pop(base(region)) } {
                    Popped::Block(block) => return Some(block),
                    Popped::Nothing => {
                        if let Some(block) = self.take_in_step(region, bytes) {
                            return Some(block);
                        }
                    }
                    Popped::Contended => {}
                }
            } else if layout.size() > most(region) {
                return None;
            }
        }
        // SAFETY: the caller's promise.
        unsafe { allocate_slowly(layout, self, region) }
    }

    /// Takes a block back.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// // SAFETY: the lists are used with this region only.
    /// let block = unsafe { lists.allocate(&region, layout) }.unwrap();
    /// // SAFETY: the block is from these lists, with this layout.
    /// unsafe { lists.deallocate(&region, block, layout) };
    /// // SAFETY: as above.
    /// assert_eq!(unsafe { lists.allocate(&region, layout) }, Some(block));
    /// ```
    ///
    /// # Safety
    ///
    /// `block` is from these lists and `region`, with `layout`, and is not used any more.
    #[inline]
    pub unsafe fn deallocate<B: RawBump>(&self, region: &B, block: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        // Where size counts, the function that releases all blocks is the only copy (see `build.rs`).
        if layout.align() <= GRAIN && !cfg!(small) {
            let (class, bytes) = (class_of(layout.size()), rounded_size(layout.size()));
            if Self::has_list(class, bytes, most(region)) {
                // Try the region first: it then grows less, and its last block can grow.
                // SAFETY: the block has these bytes, and the caller gives it up.
                if !unsafe { give_back(region, block, bytes) } {
                    // SAFETY: there is such a list.
                    let list = unsafe { self.lists.get_unchecked(class) };
                    // SAFETY: the caller's block, which has the size of its class.
                    unsafe { list.push(base(region), block) };
                }
                return;
            }
        }
        // SAFETY: the caller's promise.
        unsafe { release_slowly(block, layout, self, region) };
    }

    /// Resizes a block where it is: within its class, or as the last block of the region. `None`,
    /// and nothing changed, if it would have to move, or if a part of it would have to be cut off.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// let (five, eight) = (Layout::new::<[u8; 5]>(), Layout::new::<[u8; 8]>());
    /// // SAFETY: the lists are used with this region only.
    /// let block = unsafe { lists.allocate(&region, five) }.unwrap();
    /// // SAFETY: the block is from these lists, with this layout.
    /// assert_eq!(unsafe { lists.resize(&region, block, five, eight) }, Some(block));
    /// ```
    ///
    /// # Safety
    ///
    /// `block` is from these lists and `region`, with `old`. If the result is `Some`, only the
    /// returned block with the layout `new` is used from then on.
    #[inline]
    pub unsafe fn resize<B: RawBump>(
        &self,
        region: &B,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        if !starts_at_the_same_place(old, new) {
            return None;
        }
        let (_, from) = self.class(region, old);
        let (_, to) = self.class(region, new);
        // SAFETY: the caller's promise: the block has a start.
        let start = unsafe { start_of(region, block, old) };
        // SAFETY: the block has these bytes; if it has less afterwards, the caller gives up the rest.
        let resized = from == to || unsafe { resize(region, start, from, to) };
        resized.then(|| whole(region, block))
    }

    /// Resizes a block, moving it if need be; `None`, and the old block as it was, if there is no
    /// memory for it.
    ///
    /// A block that becomes smaller moves, too, if a block of its new class is at hand: the old block
    /// then serves the next request of its class as a whole. If none is at hand, its end is cut off.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// let (small, large) = (Layout::new::<u64>(), Layout::new::<[u64; 3]>());
    /// // SAFETY: the lists are used with this region only.
    /// let [one, _two] = [(); 2].map(|()| unsafe { lists.allocate(&region, small) }.unwrap());
    /// // SAFETY: the block is from these lists, with this layout.
    /// let moved = unsafe { lists.reallocate(&region, one, small, large) }.unwrap();
    /// assert_ne!(moved, one);
    /// ```
    ///
    /// # Safety
    ///
    /// As for [`resize`](Self::resize).
    #[inline]
    pub unsafe fn reallocate<B: RawBump>(
        &self,
        region: &B,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        match unsafe { self.resize(region, block, old, new) } {
            Some(resized) => Some(resized),
            // SAFETY: the caller's promise.
            None => unsafe { move_block(block, old, new, self, region) },
        }
    }

    /// The list of a class.
    #[doc(hidden)]
    #[inline]
    pub fn list(&self, class: usize) -> Option<&List<C>> {
        self.lists.get(class)
    }

    /// The same lists without merging: a request that only a merge could serve is refused.
    #[doc(hidden)]
    #[inline]
    pub const fn without_merging(&self) -> &FreeLists<C, N, false> {
        // SAFETY: both types have the same fields, in the order of C.
        unsafe { &*core::ptr::from_ref(self).cast() }
    }

    /// Takes any bytes back that were part of a block.
    ///
    /// # Safety
    ///
    /// They are the caller's, who gives them up; they are of `region`, and both ends are multiples of
    /// a grain.
    #[doc(hidden)]
    pub unsafe fn release_range<B: RawBump>(&self, region: &B, start: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller's promise about the range.
        unsafe { release_range(&self.lists, region, word(base(region), start), bytes) };
    }

    /// Puts memory on the lists that is no part of the region whose blocks are there. Returns how many
    /// bytes: 0 if none of them can be used.
    ///
    /// Less than a grain is left out at each end, and some grains right in front of the base: so no word
    /// is 0, and no block ends where the region starts. Memory that reaches over the place half the
    /// address space away is left out, too: so neighbours that are merged are no larger than a block can
    /// be.
    ///
    /// # Safety
    ///
    /// - The memory is the caller's, who gives it up for as long as the lists are used. `base`, which is
    ///   that of the region, may access it.
    /// - The region may grow. It never grows into the memory.
    #[doc(hidden)]
    #[cold]
    pub unsafe fn add(&self, base: NonNull<u8>, start: NonNull<u8>, bytes: usize) -> usize {
        let lead = padding(start.addr().get(), GRAIN).min(bytes);
        let first = word(base, start).wrapping_add(lead);
        let before_base = first.wrapping_neg().saturating_sub(GRAIN);
        let bytes = align_down(bytes - lead, GRAIN).min(before_base);
        let both_ends_in_one_half =
            (first ^ first.wrapping_add(bytes)) <= isize::MAX.unsigned_abs();
        if N == 0 || !both_ends_in_one_half {
            return 0;
        }
        // SAFETY: the caller's promise; both ends are in the memory, at multiples of a grain.
        unsafe { cut(&self.lists, base, first, bytes) };
        bytes
    }

    /// The class of a block for a layout, and the bytes that the block has. Where there is no list of
    /// that class, or where the region may be too small for such a block, `N` stands for the class,
    /// and the bytes are exact, so that a request for all of the region can be met.
    #[doc(hidden)]
    #[inline]
    pub fn class<B: RawBump>(&self, region: &B, layout: Layout) -> (usize, usize) {
        Self::class_within(most(region), layout)
    }

    /// [`class`](Self::class) in a region of which the largest block has `most` bytes.
    #[inline]
    const fn class_within(most: usize, layout: Layout) -> (usize, usize) {
        let bytes = needed(layout);
        let (class, size) = (class_of(bytes), rounded_size(bytes));
        if Self::has_list(class, size, most) {
            (class, size)
        } else {
            // Saves 10 instructions in the row `alloc+7 reallocs+free` (one thread: 21), and 20 bytes of
            // flash.
            unlikely();
            // Half of the address space is a multiple of a grain: the sum does not overflow.
            (N, bytes.wrapping_add(GRAIN - 1) & !(GRAIN - 1))
        }
    }

    /// Whether there is a list for blocks of a class, which have `bytes` bytes, in a region of which the
    /// largest block has `most`.
    #[inline]
    const fn has_list(class: usize, bytes: usize, most: usize) -> bool {
        // A region may start up to a grain behind its base.
        (N >= CLASSES || class < N) && bytes <= most.saturating_sub(GRAIN - 1)
    }

    /// Takes a block of a class, of `bytes` bytes, wherever it is; `N` stands for no class.
    ///
    /// # Safety
    ///
    /// All blocks in the lists are from `region`. The bytes are no more than the region can have.
    #[inline]
    unsafe fn find<B: RawBump>(
        &self,
        region: &B,
        class: usize,
        bytes: usize,
    ) -> Option<NonNull<u8>> {
        let turn = &mut 0;
        // SAFETY: the caller's promise.
        let mut found = unsafe { self.take(region, class, bytes, turn) };
        if found.is_none() {
            let larger = class + 1..number_of_lists::<B, N>(region);
            // SAFETY: the caller's promise.
            found = unsafe { allocate_from(&self.lists, region, larger, bytes, turn) };
        }
        if found.is_some() {
            return found;
        }
        if !MERGE {
            let fresh = take(region, bytes);
            self.pace.begin_step(region.cursor().load());
            return fresh;
        }
        if self.pace.rests() {
            if let Some(fresh) = take(region, bytes) {
                return Some(fresh);
            }
        }
        // SAFETY: the caller's promise.
        unsafe { merge(&self.lists, region, bytes, turn, &self.pace) }
    }

    /// Takes a block that is at hand: one of the list, or the next of the step.
    ///
    /// # Safety
    ///
    /// All blocks in the lists are from `region`. Those of `class` have `bytes` bytes.
    unsafe fn take<B: RawBump>(
        &self,
        region: &B,
        class: usize,
        bytes: usize,
        turn: &mut u32,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        let block = unsafe { allocate_from(&self.lists, region, class..class + 1, bytes, turn) };
        block.or_else(|| self.take_in_step(region, bytes))
    }

    /// Takes the next bytes of the region, unless the step is at its end.
    #[inline]
    fn take_in_step<B: RawBump>(&self, region: &B, bytes: usize) -> Option<NonNull<u8>> {
        if !self.pace.is_in_step(region.cursor().load()) {
            return None;
        }
        take(region, bytes)
    }
}

/// [`FreeLists::allocate`] for any layout of at least a byte.
///
/// # Safety
///
/// As for that function.
#[cold]
#[inline(never)]
unsafe fn allocate_slowly<B: RawBump, C: Cursor, const N: usize, const MERGE: bool>(
    layout: Layout,
    lists: &FreeLists<C, N, MERGE>,
    region: &B,
) -> Option<NonNull<u8>> {
    // Look at the region once: if it got its memory in between, the class and the comparison would
    // not fit together.
    let most = most(region);
    let (class, bytes) = FreeLists::<C, N, MERGE>::class_within(most, layout);
    if bytes > most {
        return None;
    }
    // SAFETY: the caller promises that the lists belong to the region; the bytes were compared above.
    let start = unsafe { lists.find(region, class, bytes) }?;
    // SAFETY: the block was just taken, with the bytes that the layout needs.
    Some(unsafe { align_block(region, start, layout) })
}

/// [`FreeLists::deallocate`] for any layout of at least a byte.
///
/// # Safety
///
/// As for that function.
#[cold]
#[inline(never)]
unsafe fn release_slowly<B: RawBump, C: Cursor, const N: usize, const MERGE: bool>(
    block: NonNull<u8>,
    layout: Layout,
    lists: &FreeLists<C, N, MERGE>,
    region: &B,
) {
    // SAFETY: the caller promises that the block is in use with this layout.
    let start = unsafe { start_of(region, block, layout) };
    let (_, bytes) = lists.class(region, layout);
    // SAFETY: the block has these bytes, and the caller gives it up.
    unsafe { lists.release_range(region, start, bytes) };
}

/// The part of [`FreeLists::reallocate`] that copies, or cuts.
///
/// # Safety
///
/// As for that function.
#[cold]
#[inline(never)]
unsafe fn move_block<B: RawBump, C: Cursor, const N: usize, const MERGE: bool>(
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
    lists: &FreeLists<C, N, MERGE>,
    region: &B,
) -> Option<NonNull<u8>> {
    let (_, from) = lists.class(region, old);
    let (class, to) = lists.class(region, new);
    let moved = if starts_at_the_same_place(old, new) && to < from {
        // SAFETY: the caller's promise.
        let start = unsafe { lists.take(region, class, to, &mut 0) };
        let Some(start) = start else {
            // SAFETY: the caller's promise: the block has a start.
            let start = unsafe { start_of(region, block, old) };
            let end = word(base(region), start) + to;
            // SAFETY: the end of the caller's block, which is given up.
            unsafe { cut(&lists.lists, base(region), end, from - to) };
            return Some(whole(region, block));
        };
        // SAFETY: just taken, with the `to` bytes that `new` needs.
        unsafe { align_block(region, start, new) }
    } else {
        // SAFETY: the caller's promise.
        unsafe { lists.allocate(region, new) }?
    };
    // SAFETY: the caller's block, and one that was just handed out.
    unsafe { copy_block(block, old, moved, new) };
    // SAFETY: the caller gives the old block up, and its content was copied.
    unsafe { lists.deallocate(region, block, old) };
    Some(moved)
}

/// Whether a block can become one of another layout without being moved to another alignment.
#[inline]
const fn starts_at_the_same_place(old: Layout, new: Layout) -> bool {
    let both_have_bytes = old.size() != 0 && new.size() != 0;
    let both_at_the_start = old.align() <= GRAIN && new.align() <= GRAIN;
    both_have_bytes && (both_at_the_start || old.align() == new.align())
}
