//! Traces of programs, recorded here and replayed on our heaps: how large a region has to be, as a
//! multiple of the most bytes in use at a time. The programs are those of the benchmarks, shortened.
//! The bounds are those of machines of 64 bits: pointers are a large part of what programs store.
#![cfg(target_pointer_width = "64")]

// They have the lints of the benchmarks, and use more of `random` there.
#[allow(clippy::cast_possible_truncation, reason = "see above")]
#[allow(clippy::std_instead_of_alloc, reason = "see above")]
#[allow(clippy::std_instead_of_core, reason = "see above")]
#[path = "../bench/src/programs/churn.rs"]
mod churn;
#[allow(clippy::cast_possible_truncation, reason = "see above")]
#[allow(clippy::std_instead_of_alloc, reason = "see above")]
#[allow(clippy::std_instead_of_core, reason = "see above")]
#[path = "../bench/src/programs/mqtt.rs"]
mod mqtt;
#[allow(clippy::cast_possible_truncation, reason = "see above")]
#[allow(dead_code, reason = "see above")]
#[allow(unreachable_pub, reason = "see above")]
#[path = "../bench/src/random.rs"]
mod random;
#[allow(clippy::std_instead_of_core, reason = "see above")]
#[path = "../bench/src/programs/strings.rs"]
mod strings;

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use std::alloc::System;

use bump_global::{PerThread, Recycling, Region};
use bump_test_harness::recording::{Event, Recorder};
use bump_test_harness::trace::{Stopped, Trace, smallest_region};

#[global_allocator]
static HEAP: Recorder<System, 100_000> = Recorder::new(System, |_| 0);

fn record(program: fn()) -> Trace {
    let before = HEAP.events().count();
    program();
    let after = HEAP.events().count();
    assert_eq!(HEAP.lost(), 0);
    let events: Vec<Event> = HEAP.events().take(after).skip(before).collect();
    Trace::new(&events)
}

/// Memory that is given to one heap after the other, 32 times what any trace has in use.
struct Memory(Vec<u64>);

impl Memory {
    fn new(trace: &Trace) -> Self {
        Self(vec![0; 4 * trace.peak()])
    }

    /// The smallest region, in parts of which 100 are the most bytes in use at a time.
    fn percent<A: GlobalAlloc>(
        &mut self,
        trace: &Trace,
        heap: impl Fn(NonNull<u8>, usize) -> A,
    ) -> usize {
        let most = size_of_val(self.0.as_slice());
        let smallest = smallest_region(trace.peak(), most, |size| {
            let start = NonNull::from(self.0.as_mut_slice()).cast();
            let heap = heap(start, size);
            match trace.replay(&heap).find_map(Result::err) {
                None => true,
                Some(Stopped::Refused { .. }) => false,
                Some(damaged) => panic!("{damaged}"),
            }
        });
        100 * smallest.unwrap_or(usize::MAX / 100) / trace.peak()
    }
}

fn bump(start: NonNull<u8>, size: usize) -> Region {
    let region = Region::empty();
    // SAFETY: the memory is used by nobody else as long as the region is, and is longer.
    unsafe { region.init_raw(start, size) }.unwrap();
    region
}

fn per_thread(start: NonNull<u8>, size: usize) -> PerThread<Region, 1024> {
    PerThread::new(bump(start, size))
}

fn recycling(start: NonNull<u8>, size: usize) -> Recycling<Region> {
    Recycling::new(bump(start, size))
}

/// A heap that gives nothing back: what the bounds are to be sharp enough for.
struct NeverFrees(Region);

// SAFETY: forwards to an allocator; a block that is not given back stays in use.
unsafe impl GlobalAlloc for NeverFrees {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { GlobalAlloc::alloc(&self.0, layout) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { GlobalAlloc::realloc(&self.0, block, layout, size) }
    }
}

/// How large a region of one of our heaps has to be, in parts of which 100 are the most bytes in use.
type Measure = fn(&mut Memory, &Trace) -> usize;

const BUMP: Measure = |memory, trace| memory.percent(trace, bump);
const PER_THREAD: Measure = |memory, trace| memory.percent(trace, per_thread);
const RECYCLING: Measure = |memory, trace| memory.percent(trace, recycling);

/// A program to be recorded, and the largest regions that it may need.
struct Bound {
    name: &'static str,
    program: fn(),
    at_most: &'static [(Measure, usize)],
}

const BOUNDS: [Bound; 3] = [
    Bound {
        name: "mqtt",
        program: || mqtt::run(200),
        at_most: &[(BUMP, 400), (PER_THREAD, 150), (RECYCLING, 170)],
    },
    Bound {
        name: "churn",
        program: || churn::run(4000),
        at_most: &[(RECYCLING, 150)],
    },
    Bound {
        name: "strings",
        program: || strings::run(3),
        at_most: &[(BUMP, 500), (PER_THREAD, 200), (RECYCLING, 150)],
    },
];

#[cfg_attr(miri, ignore = "takes minutes")]
#[test]
fn programs_complete_in_regions_of_a_stated_size() {
    for bound in BOUNDS {
        let name = bound.name;
        let trace = record(bound.program);
        assert!(trace.requests().len() > 1000);
        let mut memory = Memory::new(&trace);
        let leaking = memory.percent(&trace, |start, size| NeverFrees(bump(start, size)));
        println!("{name}, without giving back: {leaking} %");
        for (measure, at_most) in bound.at_most {
            let found = measure(&mut memory, &trace);
            println!("{name}: {found} % of {at_most} %");
            assert!((100..=*at_most).contains(&found));
            // So the bound is sharp.
            assert!(leaking > *at_most);
        }
    }
}
