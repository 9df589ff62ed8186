//! A heap whose memory is zero, in a model checker: a block that is taken as zero is zero, however the
//! threads race that use memory and give it back. The crate's own sources, every interleaving of some
//! threads with few switches, and every value that the memory orderings allow a load to see.
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

use bump_core::{Memory, RawAlloc, RawBump, UNIT};
use checked::atomic::WEAK;
use checked::cursor::AtomicCursor;
use checked::zeroed::Zeroed;
use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;

/// The items that the sources import from their parent module.
#[path = "."]
mod checked {
    #[path = "checked/atomic.rs"]
    pub(crate) mod atomic;

    #[allow(unreachable_pub, reason = "public in the crate whose source this is")]
    #[path = "../../bump-global/src/cursor.rs"]
    pub(crate) mod cursor;

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-global/src/zeroed.rs"]
    pub(crate) mod zeroed;

    impl<B> zeroed::Zeroed<B> {
        pub(crate) fn of(heap: B) -> Self {
            zeroed::Zeroed {
                heap,
                mark: atomic::AtomicUsize::new(0),
            }
        }
    }
}

const UNITS: usize = 3;

#[repr(align(8))]
struct Bytes(#[expect(dead_code, reason = "only its place matters")] [u8; UNITS * UNIT]);

/// Memory that is zero. The checker runs one thread at a time, so its bytes can be accessed.
struct Region {
    cursor: AtomicCursor,
    bytes: UnsafeCell<Bytes>,
}

// SAFETY: blocks are one thread's each, and the checker runs one thread at a time.
unsafe impl Sync for Region {}
// SAFETY: as above.
unsafe impl Send for Region {}

// SAFETY: the memory is a part of the region, which stays where it is.
unsafe impl RawBump for Region {
    type Cursor = AtomicCursor;

    fn cursor(&self) -> &AtomicCursor {
        &self.cursor
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(NonNull::from(&self.bytes).cast(), UNITS * UNIT))
    }
}

const LAYOUT: Layout = Layout::new::<[u8; UNIT]>();

/// Takes a block as zero, looks whether it is, uses it, and gives it back.
fn use_once(heap: &Zeroed<Region>) {
    let Some(block) = heap.allocate_zeroed(LAYOUT) else {
        return;
    };
    // SAFETY: the block has so many bytes, which were zero from the start or were written.
    let bytes = unsafe { block.cast::<[u8; UNIT]>().read() };
    assert_eq!(bytes, [0; UNIT], "a block that was used is not cleared");
    // SAFETY: the block is this thread's.
    unsafe { block.write_bytes(1, UNIT) };
    // SAFETY: taken with this layout, and not used any more.
    unsafe { heap.deallocate(block, LAYOUT) };
}

fn blocks_are_zero() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let heap = Arc::new(Zeroed::of(Region {
            cursor: AtomicCursor::default(),
            bytes: UnsafeCell::new(Bytes([0; UNITS * UNIT])),
        }));
        let threads: Vec<_> = (1..=2)
            .map(|times| {
                let heap = Arc::clone(&heap);
                thread::spawn(move || (0..times).for_each(|_| use_once(&heap)))
            })
            .collect();
        for thread in threads {
            thread.join().expect("no thread panics");
        }
    });
}

#[test]
fn blocks_of_threads_that_race_are_zero() {
    blocks_are_zero();
}

#[test]
#[should_panic(expected = "is not cleared")]
fn giving_back_must_release() {
    WEAK.set(Some((Ordering::Release, Ordering::Relaxed)));
    blocks_are_zero();
}

#[test]
#[should_panic(expected = "is not cleared")]
fn taking_must_acquire() {
    WEAK.set(Some((Ordering::Acquire, Ordering::Relaxed)));
    blocks_are_zero();
}
