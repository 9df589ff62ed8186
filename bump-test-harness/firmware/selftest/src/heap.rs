//! The global heap under the collections of `alloc`, as large as the machine allows: what they
//! hold, that they use no more memory than they must, and that its end is reported.

use alloc::alloc::{Layout, alloc, dealloc};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BinaryHeap, VecDeque};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use bump_global::Bump;
use core::alloc::GlobalAlloc;
use core::cell::UnsafeCell;
use core::hint::black_box;

use crate::machine;
use crate::{HEAP, block};

/// The memory of the heap. The suite of conformance frees its blocks in an order that leaves gaps,
/// so it starts over in between.
pub struct Whole(UnsafeCell<Bump<[u64; machine::HEAP / 8]>>);

// SAFETY: shared borrows may be shared; the exclusive one is alone, as the caller of `reset`
// promises.
unsafe impl Sync for Whole {}

impl Whole {
    pub const fn new() -> Self {
        Self(UnsafeCell::new(Bump::uninit()))
    }

    fn bump(&self) -> &Bump<[u64; machine::HEAP / 8]> {
        // SAFETY: there is no exclusive borrow but in `reset`.
        unsafe { &*self.0.get() }
    }

    /// # Safety
    ///
    /// No block is in use, and nobody else uses the heap meanwhile.
    pub unsafe fn reset(&self) {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.0.get() }.reset();
    }
}

// SAFETY: hands on what `Bump` guarantees.
unsafe impl GlobalAlloc for Whole {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { GlobalAlloc::alloc(self.bump(), layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.bump().dealloc(block, layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { GlobalAlloc::alloc_zeroed(self.bump(), layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.bump().realloc(block, layout, size) }
    }
}

/// The bytes of the heap that are consumed.
fn used() -> usize {
    HEAP.allocator().bump().used()
}

/// The collections contain the same as on any machine.
pub fn collections() {
    let mut list: Vec<u32> = (0..40).map(|n| n * n).collect();
    list.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(list[0], 39 * 39);

    // On AVR the compiler's stack is no place for `core::fmt`: see `machine`.
    #[cfg(not(target_arch = "avr"))]
    assert!(alloc::format!("{:?} {:5}", [1, 2], "three").ends_with("] three"));

    let squares: BTreeMap<u16, u16> = (0..20).map(|n| (n, n * n)).collect();
    assert_eq!(squares.range(5..).next(), Some((&5, &25)));

    let mut queue: VecDeque<u8> = VecDeque::new();
    for n in 0..50 {
        queue.push_back(n);
        if n % 2 == 1 {
            queue.pop_front();
        }
    }
    assert_eq!(queue.front(), Some(&25));

    let mut heap: BinaryHeap<u8> = [3, 9, 4].into();
    assert_eq!(heap.pop(), Some(9));

    let shared = Rc::new(7_u64);
    let object: Box<dyn Fn() -> u64> = {
        let shared = Rc::clone(&shared);
        Box::new(move || *shared + 1)
    };
    assert_eq!(object(), 8);
    assert_eq!(Rc::strong_count(&shared), 2);
}

/// The last block grows in place, and comes back when it is dropped: a list built by pushing uses
/// its own size, and a loop with temporaries runs for ever.
pub fn reuse() {
    let before = used();
    let mut list: Vec<u32> = Vec::new();
    (0..64).for_each(|n| list.push(n));
    assert_eq!(used() - before, padded(before) + 64 * size_of::<u32>());
    drop(list);

    let settled = used();
    for n in 0..1000_u32 {
        let mut text = String::new();
        (0..n % 20).for_each(|_| text.push('ü'));
        assert!(black_box(&text).len() < 40);
    }
    assert_eq!(used(), settled, "temporaries are given back");
}

/// The bytes that align the first list in `reuse`.
fn padded(used: usize) -> usize {
    used.wrapping_neg() % align_of::<u32>()
}

/// A request that does not fit fails, and does no harm.
pub fn exhaustion() {
    let mut list: Vec<u8> = Vec::new();
    assert!(list.try_reserve_exact(machine::HEAP + 1).is_err());
    assert!(list.try_reserve_exact(isize::MAX.unsigned_abs()).is_err());

    // To the last byte, in blocks that all hold what was written.
    const SIZE: usize = machine::HEAP / 64;
    const LAYOUT: Layout = Layout::new::<[u64; SIZE / 8]>();
    let before = used();
    let mut blocks = [core::ptr::null_mut(); 80];
    let mut count = 0;
    loop {
        // SAFETY: the size is not zero.
        let block = unsafe { alloc(LAYOUT) };
        if block.is_null() {
            break;
        }
        // SAFETY: the block was just handed out.
        unsafe { block::fill(block, SIZE, count as u8) };
        blocks[count] = block;
        count += 1;
    }
    assert!(
        count > 8 && machine::HEAP - used() < SIZE + 8,
        "the heap is used up"
    );
    if cfg!(feature = "fail") {
        // SAFETY: one of the blocks.
        unsafe { blocks[3].write_volatile(0xff) };
    }
    for (seed, &block) in blocks[..count].iter().enumerate().rev() {
        // SAFETY: the block holds what it was filled with.
        let intact = unsafe { block::holds(block, SIZE, seed as u8) };
        assert!(intact, "a block was overwritten");
        // SAFETY: handed out with this layout, and not used any more.
        unsafe { dealloc(block, LAYOUT) };
    }
    assert!(used() - before < 8, "all blocks are given back");
}
