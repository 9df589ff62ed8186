//! Lists of free blocks, by one thread that plays all who use them: how long a chain is, and whose blocks
//! are whose while somebody has a list in hand.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use bump_core::class::{CLASSES, class_of};
use bump_core::{Cursor, FreeLists, List, RawBump, link};

struct Word(AtomicUsize);

// SAFETY: exchanges of one atomic.
unsafe impl Cursor for Word {
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        self.0
            .compare_exchange(current, new, success, failure)
            .map(drop)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        let (success, failure) = (Ordering::Release, Ordering::Relaxed);
        self.0
            .compare_exchange(current, new, success, failure)
            .map(drop)
    }

    /// Nobody goes on while this thread waits.
    fn pause(turn: u32) -> bool {
        turn < 2
    }
}

/// Four grains.
#[repr(align(8))]
struct Memory([MaybeUninit<u8>; 32]);

/// A list, and the blocks that its test puts there.
struct Blocks {
    memory: Box<Memory>,
    list: List<Word>,
}

impl Blocks {
    fn new() -> Self {
        Blocks {
            memory: Box::new(Memory([MaybeUninit::uninit(); 32])),
            list: List::new(Word(AtomicUsize::new(0))),
        }
    }

    fn base(&mut self) -> NonNull<u8> {
        NonNull::from(&mut self.memory.0).cast()
    }
}

/// The words of a chain, from its first one on.
fn links(base: NonNull<u8>, first: usize) -> Vec<usize> {
    let mut word = first;
    let mut words = Vec::new();
    while word != 0 {
        words.push(word);
        // SAFETY: blocks that were taken from a list, each with a link.
        word = unsafe { link::read(base, word) };
    }
    words
}

#[test]
fn a_chain_has_as_many_blocks_as_were_asked_for() {
    for most in 1..6 {
        let mut blocks = Blocks::new();
        let base = blocks.base();
        let list = &blocks.list;
        // SAFETY: a block of the memory each.
        let all = [0, 1, 2, 3].map(|index| unsafe { base.add(8 * index) });
        for block in all {
            // SAFETY: nobody uses it.
            unsafe { list.push(base, block) };
        }
        let words = all.map(|block| link::word(base, block));

        // SAFETY: all blocks are of this memory.
        let (first, count) = unsafe { list.pop_chain(base, most) }.expect("there are four");
        let taken: Vec<usize> = words.into_iter().rev().take(most).collect();
        assert_eq!((links(base, first), count), (taken, most.min(4)));
        for block in all.iter().rev().skip(most) {
            // SAFETY: as above.
            assert_eq!(unsafe { list.pop(base) }, Some(*block));
        }
        assert!(list.is_empty());
    }
}

#[test]
fn blocks_that_are_freed_while_the_list_is_in_hand_can_be_taken_and_no_others() {
    for most in 1..4 {
        let mut blocks = Blocks::new();
        let base = blocks.base();
        let list = &blocks.list;
        // SAFETY: a block of the memory each.
        let [one, two, three] = [0, 1, 2].map(|index| unsafe { base.add(8 * index) });
        // SAFETY: nobody uses it.
        unsafe { list.push(base, one) };
        let in_hand = list.detach(&mut 0).expect("nobody else has it");
        for block in [two, three] {
            // SAFETY: nobody uses it.
            unsafe { list.push(base, block) };
        }

        // SAFETY: all blocks are of this memory.
        let (first, count) = unsafe { list.pop_chain(base, most) }.expect("there are two");
        let free = [three, two].map(|block| link::word(base, block));
        let taken = free.iter().take(most).copied().collect();
        assert_eq!((links(base, first), count), (taken, most.min(2)));
        // It is in hand as before.
        assert!(!list.is_empty());
        assert_eq!(list.detach(&mut 0), None);
        // SAFETY: as above.
        assert_eq!(unsafe { list.pop(base) }, None);
        if most > 1 {
            // SAFETY: as above.
            assert_eq!(unsafe { list.pop_chain(base, most) }, None);
        }

        // SAFETY: detached above.
        unsafe { list.attach(base, in_hand) };
        let left: &[_] = if most == 1 { &[two, one] } else { &[one] };
        for block in left {
            // SAFETY: all blocks are of this memory.
            assert_eq!(unsafe { list.pop(base) }, Some(*block));
        }
        assert!(list.is_empty());
    }
}

/// A region of four grains.
struct Region {
    start: NonNull<u8>,
    cursor: Word,
}

// SAFETY: the memory is nobody else's for as long as the test uses the region.
unsafe impl RawBump for Region {
    type Cursor = Word;

    fn cursor(&self) -> &Word {
        &self.cursor
    }

    fn memory(&self) -> Option<bump_core::Memory> {
        Some(bump_core::Memory::new(self.start, size_of::<Memory>()))
    }
}

#[test]
fn a_merge_leaves_lists_alone_that_somebody_has_in_hand() {
    let word = || Word(AtomicUsize::new(0));
    let mut blocks = Blocks::new();
    let base = blocks.base();
    let region = Region {
        start: base,
        cursor: word(),
    };
    let lists: FreeLists<_> =
        FreeLists::new([(); CLASSES].map(|()| List::new(word())), [word(), word()]);
    let (small, large) = (Layout::new::<u64>(), Layout::new::<[u64; 2]>());
    // SAFETY: the lists are used with this region only.
    let [one, two] = [(); 2].map(|()| unsafe { lists.allocate(&region, small) }.expect("room"));
    // SAFETY: as above.
    let _last = unsafe { lists.allocate(&region, large) }.expect("room");
    for block in [one, two] {
        // SAFETY: it is from these lists, with this layout.
        unsafe { lists.deallocate(&region, block, small) };
    }

    // Somebody may be about to put a block on this list.
    let list = lists
        .list(class_of(16))
        .expect("there is one for each class");
    assert_eq!(list.detach(&mut 0), Some(0));
    // SAFETY: as above.
    assert_eq!(unsafe { lists.allocate(&region, large) }, None);
    assert_eq!(list.detach(&mut 0), None, "it is still in hand");
    // SAFETY: detached above.
    unsafe { list.attach(base, 0) };
    // SAFETY: as above.
    let merged = unsafe { lists.allocate(&region, large) };
    assert_eq!(merged, Some(one));
}
