//! A heap of one's own as the global allocator of a program with threads: its memory comes from the
//! operating system at the first request, and its cursor is an atomic. The engine does the rest.
//!
//! ```text
//! cargo run -p bump-core --example own_heap
//! ```

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::alloc::System;
use std::process::ExitCode;
use std::thread;

use bump_core::{Cursor, Memory, RawBump, Values, impl_global_alloc};

/// How many bytes of the memory are taken.
struct Taken(AtomicUsize);

// SAFETY: all exchanges are of one atomic, so one comes after the other. Those that take memory
// acquire what those that give it back release.
unsafe impl Cursor for Taken {
    fn load(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    unsafe fn claim(&self, current: usize, new: usize) -> Result<(), usize> {
        let exchanged = self
            .0
            .compare_exchange(current, new, Ordering::Acquire, Ordering::Relaxed);
        exchanged.map(drop)
    }

    unsafe fn give_back(&self, current: usize, new: usize) -> Result<(), usize> {
        let exchanged = self
            .0
            .compare_exchange(current, new, Ordering::Release, Ordering::Relaxed);
        exchanged.map(drop)
    }
}

struct Heap {
    taken: Taken,
    /// The first byte of the memory; null before the first request.
    start: AtomicPtr<u8>,
}

const BYTES: usize = 16 << 20;

// SAFETY: the memory is never freed, and nobody else has it. It is the same one each time. `taken`
// starts at 0, and only the engine moves it. The system's heap does not use this one.
unsafe impl RawBump for Heap {
    type Cursor = Taken;

    fn cursor(&self) -> &Taken {
        &self.taken
    }

    fn memory(&self) -> Option<Memory> {
        let start = match NonNull::new(self.start.load(Ordering::Acquire)) {
            Some(start) => start,
            None => self.first_request()?,
        };
        Some(Memory::new(start, BYTES))
    }
}

impl Heap {
    /// Asks the system for the memory. Of threads that do so at the same time, one is the first.
    #[cold]
    fn first_request(&self) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(BYTES, 4096).ok()?;
        // SAFETY: the layout has bytes.
        let start = NonNull::new(unsafe { System.alloc(layout) })?;
        let exchanged = self.start.compare_exchange(
            ptr::null_mut(),
            start.as_ptr(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match exchanged {
            Ok(_) => Some(start),
            Err(first) => {
                // SAFETY: just taken with this layout, and nobody else has seen it.
                unsafe { System.dealloc(start.as_ptr(), layout) };
                NonNull::new(first)
            }
        }
    }
}

impl_global_alloc!(impl[] for Heap);

#[global_allocator]
static HEAP: Heap = Heap {
    taken: Taken(AtomicUsize::new(0)),
    start: AtomicPtr::new(ptr::null_mut()),
};

fn main() -> ExitCode {
    if std::env::args().len() > 1 {
        println!("Makes strings on a heap of its own, and prints what they take.\n");
        println!("usage: own_heap");
        return ExitCode::SUCCESS;
    }
    let strings = thread::scope(|threads| {
        let work = |thread| move || Vec::from_iter((0..1000).map(|n| format!("{thread}: {n}")));
        let workers = [0, 1, 2, 3].map(|thread| threads.spawn(work(thread)));
        workers.map(|worker| worker.join().map_or(0, |strings| strings.len()))
    });
    println!(
        "{} strings of 4 threads: {} of {BYTES} bytes are taken",
        strings.iter().sum::<usize>(),
        HEAP.level().byte_offset()
    );

    // The last block grows where it is, and is given back.
    let before = HEAP.level();
    let mut numbers = Vec::new();
    for number in 0..100_000_u64 {
        numbers.push(number);
    }
    let size = 8 * numbers.capacity();
    let taken = HEAP.level().byte_offset() - before.byte_offset();
    println!("a vector that grew to {size} bytes takes {taken}");
    drop(numbers);
    let left = HEAP.level().byte_offset() - before.byte_offset();
    println!("and after it {left} are taken");
    if (taken, left) == (size, 0) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
