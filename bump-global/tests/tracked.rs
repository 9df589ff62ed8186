//! The figures of [`Tracked`], compared with exact counts: after every call of random lawful
//! sequences, on allocators that lie beside and inside each other. And the peak of a phase.

extern crate alloc;

use alloc::collections::BTreeSet;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::RefCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use bump_global::{Bump, Fallback, Owns, Region, Tracked};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("valid")
}

/// A generator of random numbers (xorshift), so that a seed tells the whole case.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// The counts that the figures must have, kept by the byte.
#[derive(Default)]
struct Exact {
    /// The addresses of the bytes that were handed out and not given back.
    bytes: BTreeSet<usize>,
    peak: usize,
    allocations: usize,
    failed: usize,
    largest_failed: usize,
    /// The bytes that were given back, or resized, without having been handed out.
    strange: usize,
}

impl Exact {
    fn add(&mut self, block: *mut u8, size: usize) {
        for address in block.addr()..block.addr() + size {
            assert!(self.bytes.insert(address), "handed out twice");
        }
    }

    fn remove(&mut self, block: *mut u8, size: usize) {
        for address in block.addr()..block.addr() + size {
            self.strange += usize::from(!self.bytes.remove(&address));
        }
    }

    fn refused(&mut self, size: usize) {
        self.failed += 1;
        self.largest_failed = self.largest_failed.max(size);
    }

    fn update_peak(&mut self) {
        self.peak = self.peak.max(self.bytes.len());
    }
}

/// Forwards every call, and counts what comes through it.
#[derive(Default)]
struct Counted<A> {
    allocator: A,
    exact: RefCell<Exact>,
}

impl<A> Counted<A> {
    fn handed_out(&self, block: *mut u8, size: usize) -> *mut u8 {
        let mut exact = self.exact.borrow_mut();
        if block.is_null() {
            exact.refused(size);
        } else {
            exact.allocations += 1;
            exact.add(block, size);
            exact.update_peak();
        }
        block
    }
}

// SAFETY: forwards every call unchanged.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counted<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        self.handed_out(unsafe { self.allocator.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let block = unsafe { self.allocator.alloc_zeroed(layout) };
        self.handed_out(block, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.exact.borrow_mut().remove(block, layout.size());
        // SAFETY: the caller's promise.
        unsafe { self.allocator.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        let resized = unsafe { self.allocator.realloc(block, layout, size) };
        let mut exact = self.exact.borrow_mut();
        if resized.is_null() {
            exact.refused(size);
        } else {
            exact.remove(block, layout.size());
            exact.add(resized, size);
            exact.update_peak();
        }
        resized
    }
}

// SAFETY: its blocks are those of the allocator.
unsafe impl<A: Owns> Owns for Counted<A> {
    const UNIT: usize = A::UNIT;

    fn owns(&self, block: NonNull<u8>) -> bool {
        self.allocator.owns(block)
    }
}

type Counting<A> = Tracked<Counted<A>>;
type Part = Counting<Region>;

/// Compares the figures with the exact counts. Returns whether all that was given back had been
/// handed out.
fn compare<A>(tracked: &Counting<A>, case: &str) -> bool {
    let (figures, exact) = (tracked.statistics(), tracked.allocator().exact.borrow());
    let in_use = exact.bytes.len();
    assert_eq!(figures.allocations, exact.allocations, "{case}");
    assert_eq!(figures.failed, exact.failed, "{case}");
    assert_eq!(figures.largest_failed, exact.largest_failed, "{case}");
    if exact.strange == 0 {
        assert_eq!(
            (figures.in_use, figures.peak),
            (in_use, exact.peak),
            "{case}"
        );
    } else {
        // Never too large, and too small by no more than what was not handed out.
        assert!(
            figures.in_use <= in_use && figures.peak <= exact.peak,
            "{case}"
        );
        assert!(figures.in_use + exact.strange >= in_use, "{case}");
        assert!(figures.in_use <= figures.peak, "{case}");
    }
    exact.strange == 0
}

/// Gives each part memory, in a random order: some of a part that has memory, asked for through
/// `Tracked` or behind its back, or some from elsewhere.
fn hand_over(parts: [&Part; 3], elsewhere: &mut [MaybeUninit<u8>], random: &mut Random) {
    let mut elsewhere = elsewhere.chunks_exact_mut(1000);
    let first = random.below(3);
    for turn in 0..3 {
        let part = parts[(first + turn) % 3];
        let memory = layout(
            1 + random.below(if turn == 0 { 1000 } else { 300 }),
            1 << random.below(5),
        );
        let lender = parts[(first + random.below(turn + 1)) % 3];
        let lent = match random.below(3) {
            _ if turn == 0 => None,
            0 => None,
            // SAFETY: not 0 bytes.
            1 => NonNull::new(unsafe { lender.alloc(memory) }),
            _ => lender.allocator().allocator.alloc(memory),
        };
        let start =
            lent.unwrap_or_else(|| NonNull::from(elsewhere.next().expect("one a turn")).cast());
        // SAFETY: a block that is never given back as a whole, or memory that nobody else names
        // while the part is in use.
        unsafe { part.allocator().allocator.init_raw(start, memory.size()) }.expect("the first");
    }
}

/// A random sequence of lawful calls. Returns whether all that the parts were given back had been
/// handed out by them.
fn sequence<H: GlobalAlloc>(
    heap: &Counting<H>,
    parts: [&Part; 3],
    random: &mut Random,
    case: &str,
) -> bool {
    let mut blocks: Vec<(*mut u8, Layout)> = Vec::new();
    let mut usual = true;
    for _ in 0..60 {
        match random.below(8) {
            0..3 => {
                let layout = layout(1 + random.below(120), 1 << random.below(5));
                let block = if random.below(2) == 0 {
                    // SAFETY: not 0 bytes.
                    unsafe { heap.alloc(layout) }
                } else {
                    // SAFETY: not 0 bytes.
                    unsafe { heap.alloc_zeroed(layout) }
                };
                if !block.is_null() {
                    blocks.push((block, layout));
                }
            }
            3..5 if !blocks.is_empty() => {
                // Most often the last one.
                let index = (blocks.len() - 1).saturating_sub(random.below(3));
                let (block, layout) = blocks.swap_remove(index);
                // SAFETY: from this heap with this layout.
                unsafe { heap.dealloc(block, layout) };
            }
            5..7 if !blocks.is_empty() => {
                let index = (blocks.len() - 1).saturating_sub(random.below(3));
                let (block, old) = blocks[index];
                let new = layout(1 + random.below(200), old.align());
                // SAFETY: from this heap with this layout, and a valid size.
                let resized = unsafe { heap.realloc(block, old, new.size()) };
                if !resized.is_null() {
                    blocks[index] = (resized, new);
                }
            }
            _ => {
                let part = parts[random.below(3)];
                let mut exact = part.allocator().exact.borrow_mut();
                part.reset_peak();
                exact.peak = part.statistics().in_use;
                assert_eq!(part.statistics().peak, exact.peak, "{case}");
            }
        }
        assert!(compare(heap, case), "all blocks are its own");
        for part in parts {
            usual &= compare(part, case);
        }
    }
    for (block, layout) in blocks.drain(..) {
        // SAFETY: from this heap with this layout.
        unsafe { heap.dealloc(block, layout) };
    }
    assert!(compare(heap, case));
    assert_eq!(heap.statistics().in_use, 0, "{case}");
    for part in parts {
        usual &= compare(part, case);
    }
    usual
}

#[test]
fn figures_are_exact_in_every_composition() {
    let seeds: u64 = if cfg!(miri) { 2 } else { 500 };
    let mut strange = 0;
    for seed in 1..=seeds {
        let case = format!("seed {seed}");
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut elsewhere = vec![MaybeUninit::uninit(); 3000];
        let usual = if seed % 2 == 0 {
            let heap = Counting::<Fallback<Part, Fallback<Part, Part>>>::default();
            let fallback = &heap.allocator().allocator;
            let nested = fallback.secondary();
            let parts = [fallback.primary(), nested.primary(), nested.secondary()];
            hand_over(parts, &mut elsewhere, &mut random);
            sequence(&heap, parts, &mut random, &case)
        } else {
            let heap = Counting::<Fallback<Fallback<Part, Part>, Part>>::default();
            let fallback = &heap.allocator().allocator;
            let nested = fallback.primary();
            let parts = [nested.primary(), nested.secondary(), fallback.secondary()];
            hand_over(parts, &mut elsewhere, &mut random);
            sequence(&heap, parts, &mut random, &case)
        };
        strange += u64::from(!usual);
    }
    let share = strange * 100 / seeds;
    assert!(
        (5..=80).contains(&share),
        "{share} of 100 cases with blocks that were not counted"
    );
}

#[test]
fn a_block_that_was_not_counted_leaves_the_figures_sane() {
    type Heap = Fallback<Tracked<Bump<[u64; 125]>>, Region>;
    static HEAP: Heap = Fallback::new(Tracked::new(Bump::uninit()), Region::empty());
    let (primary, secondary) = (HEAP.primary(), HEAP.secondary());
    // Not counted, since it is taken from the allocator itself.
    let lent = primary
        .allocator()
        .get_uninit_slice::<u8>(1000)
        .expect("all of it");
    secondary.init(lent).expect("the first");

    let lent = layout(92, 4);
    // SAFETY: not 0 bytes.
    let block = unsafe { HEAP.alloc(lent) };
    assert!(primary.owns(NonNull::new(block).expect("the secondary has room")));
    // SAFETY: from this heap with this layout, and a valid size.
    let shrunk = unsafe { HEAP.realloc(block, lent, 2) };
    assert!(!shrunk.is_null());
    assert_eq!(
        (primary.statistics().in_use, primary.statistics().peak),
        (0, 0)
    );
    // SAFETY: from this heap with this layout.
    unsafe { HEAP.dealloc(shrunk, layout(2, 4)) };
    let figures = primary.statistics();
    assert_eq!((figures.in_use, figures.peak), (0, 0));

    // Blocks that are handed out from then on are counted as ever.
    // SAFETY: not 0 bytes.
    let block = unsafe { primary.alloc(layout(1, 1)) };
    assert_eq!(primary.statistics().in_use, usize::from(!block.is_null()));
}

#[test]
fn a_refused_request_to_shrink_restores_what_it_took_and_no_more() {
    /// Refuses to resize.
    #[derive(Default)]
    struct Rigid(Bump<[u8; 128]>);

    // SAFETY: the blocks of the region.
    unsafe impl GlobalAlloc for Rigid {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { GlobalAlloc::alloc(&self.0, layout) }
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { self.0.dealloc(block, layout) };
        }
        unsafe fn realloc(&self, _: *mut u8, _: Layout, _: usize) -> *mut u8 {
            core::ptr::null_mut()
        }
    }

    let heap = Tracked::<Rigid>::default();
    // SAFETY: not 0 bytes.
    let uncounted = unsafe { GlobalAlloc::alloc(&heap.allocator().0, layout(50, 1)) };
    // SAFETY: not 0 bytes.
    let counted = unsafe { heap.alloc(layout(10, 1)) };
    for block in [uncounted, counted] {
        let old = layout(if block == counted { 10 } else { 50 }, 1);
        // SAFETY: of the allocator, with this layout.
        assert!(unsafe { heap.realloc(block, old, 1) }.is_null());
        assert_eq!((heap.statistics().in_use, heap.statistics().peak), (10, 10));
    }
}

#[test]
fn the_peak_of_a_phase() {
    let heap = Tracked::new(Bump::<[u8; 64]>::uninit());
    // SAFETY: not 0 bytes.
    let first = unsafe { heap.alloc(layout(40, 1)) };
    // SAFETY: from this heap with this layout.
    let first = unsafe { heap.realloc(first, layout(40, 1), 10) };
    assert_eq!(heap.reset_peak(), 40);
    assert_eq!(heap.statistics().peak, 10, "in use as the phase begins");
    // SAFETY: not 0 bytes.
    let second = unsafe { heap.alloc(layout(20, 1)) };
    // SAFETY: from this heap with this layout.
    unsafe { heap.dealloc(second, layout(20, 1)) };
    assert_eq!((heap.statistics().in_use, heap.statistics().peak), (10, 30));
    // SAFETY: from this heap with this layout.
    unsafe { heap.dealloc(first, layout(10, 1)) };
    assert_eq!((heap.reset_peak(), heap.reset_peak()), (30, 0));
}
