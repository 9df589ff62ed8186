//! A region that is extended while others use it, and a heap that asks for more memory, in a model
//! checker: the crate's own sources, every interleaving of some threads with few switches, and every
//! value that the memory orderings allow a load to see.
//!
//! Each unit of the memory has a shadow that notices accesses that no ordering separates, and counts
//! who owns it.
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

use bump_core::{RawAlloc, RawBump as _, UNIT};
use checked::atomic::WEAK;
use checked::growing::{Grow, Growing};
use checked::region::Region;
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

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-global/src/extend.rs"]
    pub(crate) mod extend;

    #[allow(
        dead_code,
        unreachable_pub,
        reason = "public in the crate whose source this is"
    )]
    #[path = "../../bump-global/src/growing.rs"]
    pub(crate) mod growing;

    impl region::Region<1, true> {
        pub(crate) fn empty() -> Self {
            region::Region {
                len: atomic::AtomicUsize::new(0),
                start: atomic::AtomicPtr::new(core::ptr::null_mut()),
                cursor: region::Apart(AtomicCursor::default()),
            }
        }

        /// Goes on at the start of some memory, whether it borders or not, as a growing heap does.
        ///
        /// # Safety
        ///
        /// As for `extend`.
        pub(crate) unsafe fn go_on(&self, start: core::ptr::NonNull<u8>, len: usize) -> bool {
            // SAFETY: the caller's promise; the region is not reset.
            unsafe { self.add(start, len, 0, true) }
        }
    }

    impl<G> growing::Growing<G> {
        pub(crate) fn empty(source: G) -> Self {
            growing::Growing {
                heap: region::Region::empty(),
                source,
                elsewhere: atomic::AtomicUsize::new(0),
            }
        }
    }
}

const UNITS: usize = 5;

#[repr(align(8))]
struct Bytes(#[expect(dead_code, reason = "only its place matters")] [u8; UNITS * UNIT]);

/// Memory, and a shadow of each unit: how often it was taken.
struct Memory {
    bytes: UnsafeCell<Bytes>,
    shadow: [loom::cell::UnsafeCell<u8>; UNITS],
    /// The units that were handed out, for a source.
    used: AtomicUsize,
}

// SAFETY: the bytes are never accessed, and the shadow is what the model is about: it panics where
// two threads access it at a time.
unsafe impl Sync for Memory {}
// SAFETY: as above.
unsafe impl Send for Memory {}

impl Memory {
    fn new() -> Self {
        Memory {
            bytes: UnsafeCell::new(Bytes([0; UNITS * UNIT])),
            shadow: core::array::from_fn(|_| loom::cell::UnsafeCell::new(0)),
            used: AtomicUsize::new(0),
        }
    }

    fn at(&self, unit: usize) -> NonNull<u8> {
        let start: NonNull<u8> = NonNull::from(&self.bytes).cast();
        // SAFETY: so much is there.
        unsafe { start.add(unit * UNIT) }
    }

    fn unit(&self, block: NonNull<u8>) -> usize {
        (block.addr().get() - self.at(0).addr().get()) / UNIT
    }

    /// Accesses a unit as its owner, for good.
    fn own(&self, unit: usize) {
        // SAFETY: the checker panics before anything else if this is a race.
        let before = self.shadow[unit].with_mut(|count| unsafe { count.replace(1) });
        assert_eq!(before, 0, "a unit has two owners");
    }

    /// Does what a kernel does to memory before it hands that out.
    fn prepare(&self, unit: usize) {
        // SAFETY: as above.
        self.shadow[unit].with_mut(|count| unsafe { *count = 0 });
    }

    /// Takes a block of one unit, for good; whether there was one.
    fn take(&self, heap: &impl RawAlloc) -> bool {
        let layout = Layout::new::<[u8; UNIT]>();
        let block = heap.allocate(layout);
        if let Some(block) = block {
            self.own(self.unit(block));
        }
        block.is_some()
    }

    /// The next units, whoever asks.
    fn next(&self, units: usize) -> Option<NonNull<[u8]>> {
        let order = Ordering::Relaxed;
        let free = |used: usize| used.checked_add(units).filter(|&used| used <= UNITS);
        let from = self.used.fetch_update(order, order, free).ok()?;
        (from..from + units).for_each(|unit| self.prepare(unit));
        Some(NonNull::slice_from_raw_parts(self.at(from), units * UNIT))
    }
}

/// Runs a job that each of the threads has, at the same time, in all ways with few switches where they
/// need not be.
fn threads<T: Send + Sync + 'static>(shared: &Arc<T>, jobs: &[fn(&T)]) {
    let threads: Vec<_> = jobs
        .iter()
        .map(|&job| {
            let shared = Arc::clone(shared);
            thread::spawn(move || job(&shared))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
}

fn model(switches: usize, check: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(switches);
    model.check(check);
}

/// One thread adds a unit that it has used before, and others take what they find. One of them may know
/// of less memory than the other, whose block it finds the cursor behind.
fn extensions_race_with_requests() {
    model(3, || {
        let shared = Arc::new((Region::<1, true>::empty(), Memory::new()));
        let (region, memory) = &*shared;
        // SAFETY: the memory is kept until the region is gone.
        unsafe { region.init_raw(memory.at(0), UNIT) }.expect("it had none");
        threads(
            &shared,
            &[
                |(region, memory)| {
                    memory.prepare(1);
                    // SAFETY: as above.
                    unsafe { region.extend(memory.at(1), UNIT) }.expect("it borders");
                },
                |(region, memory)| {
                    memory.take(region);
                    memory.take(region);
                },
                |(region, memory)| {
                    memory.take(region);
                },
            ],
        );
    });
}

#[test]
fn requests_race_with_an_extension() {
    extensions_race_with_requests();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn an_extension_must_release() {
    WEAK.set(Some((Ordering::Release, Ordering::Relaxed)));
    extensions_race_with_requests();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_request_must_acquire() {
    WEAK.set(Some((Ordering::Acquire, Ordering::Relaxed)));
    extensions_race_with_requests();
}

/// Two threads extend a region by memory that overlaps: it ends where the longer one does.
#[test]
fn two_extensions_race() {
    model(3, || {
        let shared = Arc::new((Region::<1, true>::empty(), Memory::new()));
        let (region, memory) = &*shared;
        // SAFETY: the memory is kept until the region is gone.
        unsafe { region.init_raw(memory.at(0), UNIT) }.expect("it had none");
        threads(
            &shared,
            &[
                |(region, memory)| {
                    // SAFETY: as above.
                    unsafe { region.extend(memory.at(1), UNIT) }.expect("it borders");
                    memory.take(region);
                },
                |(region, memory)| {
                    // SAFETY: as above.
                    unsafe { region.extend(memory.at(1), 3 * UNIT) }.expect("it borders");
                    assert!(memory.take(region) && memory.take(region));
                },
            ],
        );
        assert_eq!(region.capacity(), 4 * UNIT);
    });
}

/// The memory is kept until the heap is gone, by those who share both.
struct Source(Arc<Memory>);

// SAFETY: no unit is handed out twice, and all are of one object.
unsafe impl Grow for Source {
    fn grow(&self, _: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        self.0.next(bytes.div_ceil(UNIT))
    }
}

/// Threads that find the heap full ask at the same time.
#[test]
fn threads_ask_at_the_same_time() {
    model(3, || {
        let memory = Arc::new(Memory::new());
        let shared = Arc::new((Growing::empty(Source(Arc::clone(&memory))), memory));
        let (heap, memory) = &*shared;
        assert!(memory.take(heap));
        threads(
            &shared,
            &[
                |(heap, memory)| {
                    memory.take(heap);
                },
                |(heap, memory)| {
                    memory.take(heap);
                },
            ],
        );
        // Whatever was lost, there is one more.
        assert!(memory.take(heap) || memory.used.load(Ordering::Relaxed) == UNITS);
    });
}

/// Threads that find the heap without memory.
#[test]
fn threads_ask_first() {
    model(3, || {
        let memory = Arc::new(Memory::new());
        let shared = Arc::new((Growing::empty(Source(Arc::clone(&memory))), memory));
        threads(
            &shared,
            &[
                |(heap, memory)| {
                    assert!(memory.take(heap));
                },
                |(heap, memory)| {
                    assert!(memory.take(heap));
                },
            ],
        );
    });
}

/// The same, where the source returns the same memory until the heap has it.
#[test]
fn the_first_memory_is_added_twice() {
    model(3, || {
        let shared = Arc::new((Region::<1, true>::empty(), Memory::new()));
        let add: fn(&(Region<1, true>, Memory)) = |(region, memory)| {
            // SAFETY: the memory is kept until the region is gone.
            unsafe { region.extend(memory.at(0), 2 * UNIT) }.expect("it is the first, or the same");
            assert!(memory.take(region));
        };
        threads(&shared, &[add, add]);
        assert_eq!(shared.0.capacity(), 2 * UNIT);
    });
}

/// Two threads go on behind memory of others, which lies between the two, too.
#[test]
fn two_threads_go_on_behind_memory_of_others() {
    fn go_on((region, memory): &(Region<1, true>, Memory), unit: usize) {
        // SAFETY: the memory is kept until the region is gone.
        unsafe { region.go_on(memory.at(unit), UNIT) };
        memory.take(region);
    }
    model(3, || {
        let shared = Arc::new((Region::<1, true>::empty(), Memory::new()));
        let (region, memory) = &*shared;
        // SAFETY: as above.
        unsafe { region.init_raw(memory.at(0), UNIT) }.expect("it had none");
        assert!(memory.take(region));
        memory.own(1);
        memory.own(3);
        threads(
            &shared,
            &[|shared| go_on(shared, 2), |shared| go_on(shared, 4)],
        );
    });
}

/// Two threads hand memory over that does not border. One of them is refused, and has somewhere to count
/// from then: free lists take the memory.
#[test]
fn the_first_memory_is_not_the_only_one() {
    fn add((region, memory): &(Region<1, true>, Memory), unit: usize) {
        // SAFETY: the memory is kept until the region is gone.
        if unsafe { region.extend(memory.at(unit), UNIT) }.is_err() {
            assert!(region.memory().is_some());
        }
    }
    model(3, || {
        let shared = Arc::new((Region::<1, true>::empty(), Memory::new()));
        threads(&shared, &[|shared| add(shared, 0), |shared| add(shared, 3)]);
        assert_eq!(shared.0.capacity(), UNIT);
    });
}

/// Somebody else takes memory of the same source, in between.
#[test]
fn memory_of_others_lies_between() {
    model(2, || {
        let memory = Arc::new(Memory::new());
        let shared = Arc::new((Growing::empty(Source(Arc::clone(&memory))), memory));
        let (heap, memory) = &*shared;
        assert!(memory.take(heap));
        threads(
            &shared,
            &[
                |(_, memory)| {
                    if let Some(foreign) = memory.next(1) {
                        memory.own(memory.unit(foreign.cast()));
                    }
                },
                |(heap, memory)| {
                    memory.take(heap);
                },
                |(heap, memory)| {
                    memory.take(heap);
                },
            ],
        );
        // Memory that two threads skip at a time may be lost, but not the heap's own.
        let owned = |unit: &loom::cell::UnsafeCell<u8>| {
            // SAFETY: the threads are gone.
            unit.with(|count| usize::from(unsafe { *count }))
        };
        assert!(memory.shadow.iter().map(owned).sum::<usize>() >= 3);
    });
}
