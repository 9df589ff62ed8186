//! [`Tracked`] in a model checker: its own source, with the checker's atomics. After requests and a
//! reset of the peak at the same time, every figure is exact, in every interleaving and with every
//! value that the memory orderings allow a load to see. The test notices weaker orderings.
//!
//! Not for Miri, and not for every processor: the checker switches between stacks.
#![cfg(all(
    not(any(miri, emulated)),
    any(target_arch = "aarch64", target_arch = "x86_64", target_arch = "x86")
))]

use core::alloc::{GlobalAlloc, Layout};
use std::panic;

use loom::sync::Arc;
use loom::thread;

use self::atomic::{Ordering, WEAK};
use self::tracked::Tracked;

/// The atomics that `tracked` imports: the checker's, with constructors that are `const` as those of
/// `core`, and with orderings that can be weakened.
mod atomic {
    use core::cell::Cell;
    use std::sync::OnceLock;
    use std::thread_local;

    use loom::sync::atomic;
    pub(crate) use loom::sync::atomic::Ordering;

    thread_local! {
        /// This ordering is weakened to `Relaxed`. The checker runs its threads on one thread of
        /// the system.
        pub(crate) static WEAK: Cell<Option<Ordering>> = const { Cell::new(None) };
    }

    fn order(order: Ordering) -> Ordering {
        if WEAK.get() == Some(order) {
            Ordering::Relaxed
        } else {
            order
        }
    }

    /// The checker's atomic is made at the first access.
    #[derive(Debug, Default)]
    pub(crate) struct AtomicUsize {
        initial: usize,
        atomic: OnceLock<atomic::AtomicUsize>,
    }

    impl AtomicUsize {
        pub(crate) const fn new(initial: usize) -> Self {
            AtomicUsize {
                initial,
                atomic: OnceLock::new(),
            }
        }

        fn get(&self) -> &atomic::AtomicUsize {
            self.atomic
                .get_or_init(|| atomic::AtomicUsize::new(self.initial))
        }

        pub(crate) fn load(&self, order: Ordering) -> usize {
            self.get().load(self::order(order))
        }

        pub(crate) fn swap(&self, value: usize, order: Ordering) -> usize {
            self.get().swap(value, self::order(order))
        }

        pub(crate) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
            self.get().fetch_add(value, self::order(order))
        }

        pub(crate) fn fetch_max(&self, value: usize, order: Ordering) -> usize {
            self.get().fetch_max(value, self::order(order))
        }

        pub(crate) fn compare_exchange_weak(
            &self,
            current: usize,
            new: usize,
            success: Ordering,
            failure: Ordering,
        ) -> Result<usize, usize> {
            let (success, failure) = (order(success), order(failure));
            self.get()
                .compare_exchange_weak(current, new, success, failure)
        }
    }
}

/// The trait that `tracked` imports.
mod fallback {
    pub(crate) use bump_global::Owns;
}

#[path = "../../bump-global/src/tracked.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the interface of the crate, of which the models use a part"
)]
mod tracked;

/// An allocator whose blocks nobody looks at.
#[derive(Debug, Default)]
struct Endless;

// SAFETY: no block is accessed.
unsafe impl GlobalAlloc for Endless {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        core::ptr::without_provenance_mut(layout.align())
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("valid")
}

fn take(heap: &Tracked<Endless>, size: usize) {
    // SAFETY: not 0 bytes.
    unsafe { heap.alloc(layout(size)) };
}

fn give_back(heap: &Tracked<Endless>, size: usize) {
    // SAFETY: all blocks of this heap are the same, and one of that size is in use.
    unsafe { heap.dealloc(core::ptr::without_provenance_mut(8), layout(size)) };
}

/// One thread takes a block of 10 bytes, another gives back one of 20 or takes one of 30 and gives
/// it back, and a third begins a phase. Three switches between them are enough for the test of weaker
/// orderings to notice each.
fn phases(gives_back: bool) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let heap = Arc::new(Tracked::new(Endless));
        take(&heap, 100);
        give_back(&heap, 80);

        let takes = {
            let heap = Arc::clone(&heap);
            thread::spawn(move || take(&heap, 10))
        };
        let other = {
            let heap = Arc::clone(&heap);
            thread::spawn(move || {
                if gives_back {
                    give_back(&heap, 20);
                } else {
                    take(&heap, 30);
                    give_back(&heap, 30);
                }
            })
        };
        assert_eq!(heap.reset_peak(), 100);
        takes.join().expect("no panic");
        other.join().expect("no panic");

        let figures = heap.statistics();
        if gives_back {
            assert_eq!(figures.in_use, 10);
            assert!([10, 20, 30].contains(&figures.peak), "{}", figures.peak);
        } else {
            assert_eq!(figures.in_use, 30);
            assert!([30, 50, 60].contains(&figures.peak), "{}", figures.peak);
        }
    });
}

#[test]
fn a_request_counts_for_one_of_two_phases() {
    phases(true);
    phases(false);
}

#[test]
fn weaker_orderings_lose_a_request() {
    for weak in [Ordering::Acquire, Ordering::Release] {
        WEAK.set(Some(weak));
        let noticed = panic::catch_unwind(|| phases(true));
        WEAK.set(None);
        assert!(noticed.is_err(), "{weak:?}");
    }
}
