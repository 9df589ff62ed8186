//! The engine over the shared cursor in a model checker: every interleaving of two threads, those
//! of three with few switches, and every value that the memory orderings allow a load to see. The
//! same for the hand-over of a `Region`'s memory.
//!
//! Both are the crate's own sources, with the checker's atomics and cells. Each byte of the
//! region has a shadow that notices accesses that no ordering separates: it does so with orderings
//! that are weaker than they should be.
//!
//! Not for Miri, and not for every processor: the checker switches between stacks. Not under
//! emulation: what is explored is a model of the memory, not the machine's.
#![cfg(all(
    not(any(miri, emulated)),
    any(target_arch = "aarch64", target_arch = "x86_64", target_arch = "x86")
))]

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::ptr::NonNull;

use bump_core::{Cursor, Memory, RawAlloc, RawBump, UNIT, engine};
use checked::atomic::WEAK;
use checked::cursor::AtomicCursor;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

/// The items that the sources import from their parent module.
#[path = "."]
mod checked {
    #[path = "checked/atomic.rs"]
    pub(crate) mod atomic;

    use cursor::AtomicCursor;

    #[allow(unreachable_pub, reason = "public in the crate whose source this is")]
    #[path = "../../bump-global/src/cursor.rs"]
    pub(crate) mod cursor;

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-global/src/region.rs"]
    pub(crate) mod region;

    impl region::Region {
        pub(crate) fn empty() -> Self {
            region::Region {
                len: atomic::AtomicUsize::new(0),
                start: atomic::AtomicPtr::new(core::ptr::null_mut()),
                cursor: region::Apart(AtomicCursor::default()),
            }
        }
    }
}

/// So aligned that nothing is lost in front of the first block of a collection.
#[repr(align(8))]
struct Bytes<const SIZE: usize>([u8; SIZE]);

const _: () = assert!(align_of::<Bytes<1>>() % UNIT == 0);

/// A region, and a shadow of its bytes.
struct Region<C, const BYTES: usize = 24> {
    cursor: C,
    bytes: UnsafeCell<Bytes<BYTES>>,
    shadow: [loom::cell::UnsafeCell<u8>; BYTES],
}

// SAFETY: the bytes are never accessed, and the shadow is what the model is about: it panics where
// two threads access it at a time.
unsafe impl<C, const BYTES: usize> Sync for Region<C, BYTES> {}
// SAFETY: as above.
unsafe impl<C, const BYTES: usize> Send for Region<C, BYTES> {}

// SAFETY: the memory is a part of the region, which stays where it is.
unsafe impl<C: Cursor, const BYTES: usize> RawBump for Region<C, BYTES> {
    type Cursor = C;

    fn cursor(&self) -> &C {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(NonNull::from(&self.bytes).cast(), BYTES))
    }
}

impl<C: Cursor, const BYTES: usize> Region<C, BYTES> {
    fn new(cursor: C) -> Self {
        Region {
            cursor,
            bytes: UnsafeCell::new(Bytes([0; BYTES])),
            shadow: core::array::from_fn(|_| loom::cell::UnsafeCell::new(0)),
        }
    }

    /// The shadow of a block.
    fn shadow(&self, block: NonNull<u8>, size: usize) -> &[loom::cell::UnsafeCell<u8>] {
        let start = block.addr().get() - self.bytes.get().addr();
        &self.shadow[start..start + size]
    }

    fn fill(&self, block: NonNull<u8>, size: usize, value: u8) {
        for byte in self.shadow(block, size) {
            // SAFETY: the checker panics before anything else if this is a race.
            byte.with_mut(|byte| unsafe { *byte = value });
        }
    }

    fn check(&self, block: NonNull<u8>, size: usize, value: u8) {
        for byte in self.shadow(block, size) {
            // SAFETY: the checker panics before anything else if this is a race.
            byte.with(|byte| assert_eq!(unsafe { *byte }, value));
        }
    }

    /// Takes a block, uses it, and gives it back.
    fn use_once(&self, value: u8) {
        // SAFETY: the alignment is the region's own.
        if let Some(block) = unsafe { engine::take(self, bytes(2), 1) }.map(|taken| taken.block) {
            self.fill(block, 2, value);
            self.check(block, 2, value);
            // SAFETY: taken with this layout, and not used any more.
            unsafe { engine::free(self, block, bytes(2), 1) };
        }
    }

    /// Takes a block, grows and shrinks it, and gives it back.
    fn grow_and_shrink(&self, value: u8) {
        // SAFETY: the alignment is the region's own.
        let block = unsafe { engine::take(self, bytes(2), 1) }
            .map(|taken| taken.block)
            .expect("there is room for all");
        self.fill(block, 2, value);
        let mut size = 2;
        for new in [4, 1] {
            // SAFETY: the block has this layout, and is used with the new one if it is resized.
            let resized = unsafe { engine::resize(self, block, bytes(size), bytes(new), 1) };
            if let Some(resized) = resized {
                assert_eq!(resized, block, "in place");
                self.check(block, size.min(new), value);
                size = new;
                self.fill(block, size, value);
            }
        }
        self.check(block, size, value);
        // SAFETY: the block has this layout, and is not used any more.
        unsafe { engine::free(self, block, bytes(size), 1) };
    }
}

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 1).expect("a small layout")
}

/// Runs the jobs at the same time, in all ways; with more than two, in those that switch between
/// threads `switches` times where they need not.
fn model<C: Cursor + 'static>(
    switches: Option<usize>,
    cursor: fn() -> C,
    jobs: &'static [fn(&Region<C>)],
) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = switches;
    model.check(move || {
        let region = Arc::new(Region::new(cursor()));
        let threads: Vec<_> = jobs
            .iter()
            .map(|job| {
                let region = Arc::clone(&region);
                thread::spawn(move || job(&region))
            })
            .collect();
        for thread in threads {
            thread.join().expect("no thread panics");
        }
    });
}

#[test]
fn two_threads_claim_and_give_back() {
    model(
        None,
        AtomicCursor::default,
        &[
            |region| {
                region.use_once(1);
                region.use_once(2);
            },
            |region| region.use_once(3),
        ],
    );
}

#[test]
fn two_threads_grow_and_shrink() {
    model(
        None,
        AtomicCursor::default,
        &[
            |region| region.grow_and_shrink(1),
            |region| region.grow_and_shrink(2),
        ],
    );
}

#[test]
fn three_threads() {
    model(
        Some(2),
        AtomicCursor::default,
        &[
            |region| region.use_once(1),
            |region| region.grow_and_shrink(2),
            |region| region.use_once(3),
        ],
    );
}

#[test]
fn a_region_for_one_block_is_used_by_one_thread_at_a_time() {
    model(
        None,
        AtomicCursor::default,
        &[|region| use_all(region, 1), |region| use_all(region, 2)],
    );
}

/// Takes the whole region, if nobody else has it.
fn use_all<C: Cursor, const BYTES: usize>(region: &Region<C, BYTES>, value: u8) {
    // SAFETY: the alignment is the region's own.
    if let Some(block) = unsafe { engine::take(region, bytes(BYTES), 1) }.map(|taken| taken.block) {
        region.fill(block, BYTES, value);
        region.check(block, BYTES, value);
        // SAFETY: taken with this layout, and not used any more.
        assert!(unsafe { engine::free(region, block, bytes(BYTES), 1) });
    }
}

/// A cursor with memory orderings to choose.
struct Orderings<const CLAIM_ACQUIRES: bool, const GIVE_BACK_RELEASES: bool>(AtomicUsize);

impl<const CLAIM_ACQUIRES: bool, const GIVE_BACK_RELEASES: bool>
    Orderings<CLAIM_ACQUIRES, GIVE_BACK_RELEASES>
{
    fn new() -> Self {
        Orderings(AtomicUsize::new(0))
    }

    fn replace(&self, current: usize, new: usize, order: Ordering) -> Result<(), usize> {
        self.0
            .compare_exchange(current, new, order, Ordering::Relaxed)
            .map(drop)
    }
}

// SAFETY: wrong unless both are true, which is what the model finds out.
unsafe impl<const CLAIM_ACQUIRES: bool, const GIVE_BACK_RELEASES: bool> Cursor
    for Orderings<CLAIM_ACQUIRES, GIVE_BACK_RELEASES>
{
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        let order = if CLAIM_ACQUIRES {
            Ordering::Acquire
        } else {
            Ordering::Relaxed
        };
        self.replace(current, new, order)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        let order = if GIVE_BACK_RELEASES {
            Ordering::Release
        } else {
            Ordering::Relaxed
        };
        self.replace(current, new, order)
    }
}

#[test]
#[should_panic(expected = "Causality violation")]
fn giving_back_must_release() {
    model(
        None,
        Orderings::<true, false>::new,
        &[|region| use_all(region, 1), |region| use_all(region, 2)],
    );
}

#[test]
#[should_panic(expected = "Causality violation")]
fn claiming_must_acquire() {
    model(
        None,
        Orderings::<false, true>::new,
        &[|region| use_all(region, 1), |region| use_all(region, 2)],
    );
}

#[test]
fn with_both_the_model_passes() {
    model(
        None,
        Orderings::<true, true>::new,
        &[|region| use_all(region, 1), |region| use_all(region, 2)],
    );
}

/// Two threads hand memory over that they have used, and two take blocks of what they find.
#[test]
fn hand_overs_race_with_requests() {
    struct Memory {
        bytes: UnsafeCell<u64>,
        shadow: loom::cell::UnsafeCell<u8>,
    }
    // SAFETY: as for `Region` above.
    unsafe impl Sync for Memory {}
    // SAFETY: as above.
    unsafe impl Send for Memory {}

    impl Memory {
        fn touch(&self) {
            // SAFETY: the checker panics before anything else if this is a race.
            self.shadow.with_mut(|byte| unsafe { *byte += 1 });
        }
        fn start(&self) -> NonNull<u8> {
            NonNull::from(&self.bytes).cast()
        }
    }

    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let region = Arc::new(checked::region::Region::empty());
        let memories = Arc::new([(); 2].map(|()| Memory {
            bytes: UnsafeCell::new(0),
            shadow: loom::cell::UnsafeCell::new(0),
        }));
        let owners: Vec<_> = (0..2)
            .map(|i| {
                let (region, memories) = (Arc::clone(&region), Arc::clone(&memories));
                thread::spawn(move || {
                    let memory = &memories[i];
                    memory.touch();
                    // SAFETY: the memory is kept until the region is gone.
                    let refused = unsafe { region.init_raw(memory.start(), UNIT) }.is_err();
                    if refused {
                        memory.touch();
                    }
                    !refused
                })
            })
            .collect();
        if let Some(block) = region.allocate(bytes(UNIT)) {
            let memory = memories.iter().find(|memory| memory.start() == block);
            memory.expect("the start of a whole memory").touch();
        }
        let winners = owners.into_iter().filter_map(|owner| {
            let won = owner.join().expect("no thread panics");
            won.then_some(())
        });
        assert_eq!(winners.count(), 1);
    });
}

// A request that sees the length too early finds no pointer and is refused, or it finds the memory,
// to which its owner still seems to write.
#[test]
#[should_panic(expected = "Causality violation")]
fn a_hand_over_must_release() {
    WEAK.set(Some((Ordering::Release, Ordering::Relaxed)));
    hand_overs_race_with_requests();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_request_must_acquire() {
    WEAK.set(Some((Ordering::Acquire, Ordering::Relaxed)));
    hand_overs_race_with_requests();
}
