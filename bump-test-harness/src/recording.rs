//! [`Recorder`]: writes down the requests of a program to its heap, and takes no memory from it.
//! Pictures of a recording are in `picture.rs`, replays of one in `trace.rs`.

use core::alloc::{GlobalAlloc, Layout};
use core::fmt;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// A heap that writes down each call, up to `EVENTS` of them, in memory of its own.
///
/// It can be the global allocator, threads and interrupts included, and as a static that is all
/// zero it costs nothing in the program's file.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::recording::{Call, Recorder};
///
/// #[global_allocator]
/// static HEAP: Recorder<Bump<[u8; 1 << 16]>, 1000> = Recorder::new(Bump::uninit(), Bump::used);
///
/// fn main() {
///     let before = HEAP.events().count();
///     drop(Box::new(7_u64));
///     let calls: Vec<Call> = HEAP.events().skip(before).map(|event| event.call).take(2).collect();
///     assert_eq!(calls, [Call::Allocated, Call::Released]);
/// }
/// ```
pub struct Recorder<A, const EVENTS: usize> {
    heap: A,
    level: fn(&A) -> usize,
    next: AtomicUsize,
    slots: [Slot; EVENTS],
}

/// One call of a program to its heap.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::recording::{Event, Recorder};
/// use core::alloc::{GlobalAlloc, Layout};
///
/// let heap = Recorder::<Bump<[u8; 64]>, 2>::new(Bump::uninit(), Bump::used);
/// // SAFETY: not 0 bytes.
/// unsafe { heap.alloc(Layout::new::<[u8; 16]>()) };
/// let Event { size, align, level, .. } = heap.events().next().unwrap();
/// assert_eq!((size, align, level), (16, 1, 16));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which call, and how it ended.
    pub call: Call,
    /// Where the block starts.
    pub address: usize,
    /// The size of the block in bytes, or the size that was refused.
    pub size: usize,
    /// The alignment that was asked for, in bytes.
    pub align: usize,
    /// Where the block started before; differs from `address` for a [`Call::Resized`] only.
    pub before: usize,
    /// The bytes of the heap's memory that were taken after the call, or before it for a
    /// [`Call::Released`].
    pub level: usize,
}

/// A call of the heap, and how it ended.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::recording::{Call, Recorder};
/// use core::alloc::{GlobalAlloc, Layout};
///
/// let heap = Recorder::<Bump<[u8; 64]>, 2>::new(Bump::uninit(), Bump::used);
/// // SAFETY: not 0 bytes.
/// unsafe { heap.alloc(Layout::new::<[u8; 16]>()) };
/// // SAFETY: not 0 bytes.
/// unsafe { heap.alloc(Layout::new::<[u8; 100]>()) };
/// let calls: Vec<Call> = heap.events().map(|event| event.call).collect();
/// assert_eq!(calls, [Call::Allocated, Call::Refused]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A block was handed out.
    Allocated,
    /// A block was given back.
    Released,
    /// A block was resized, in place or not.
    Resized,
    /// A request, for a block or to resize one, was not met.
    Refused,
}

struct Slot {
    /// 0 until the others are written, then the call.
    call: AtomicU8,
    /// The alignment, as a power of two.
    align: AtomicU8,
    address: AtomicUsize,
    size: AtomicUsize,
    before: AtomicUsize,
    level: AtomicUsize,
}

impl Slot {
    const fn new() -> Self {
        Self {
            call: AtomicU8::new(0),
            align: AtomicU8::new(0),
            address: AtomicUsize::new(0),
            size: AtomicUsize::new(0),
            before: AtomicUsize::new(0),
            level: AtomicUsize::new(0),
        }
    }

    fn read(&self) -> Option<Event> {
        // Acquire: this sees the other fields, which were written before the call was.
        let call = match self.call.load(Ordering::Acquire) {
            1 => Call::Allocated,
            2 => Call::Released,
            3 => Call::Resized,
            4 => Call::Refused,
            _ => return None,
        };
        Some(Event {
            call,
            address: self.address.load(Ordering::Relaxed),
            size: self.size.load(Ordering::Relaxed),
            align: 1 << self.align.load(Ordering::Relaxed),
            before: self.before.load(Ordering::Relaxed),
            level: self.level.load(Ordering::Relaxed),
        })
    }

    fn write(&self, event: Event) {
        self.address.store(event.address, Ordering::Relaxed);
        self.size.store(event.size, Ordering::Relaxed);
        // The power is below the number of bits of an address, so one byte holds it.
        let align = event.align.trailing_zeros().to_le_bytes()[0];
        self.align.store(align, Ordering::Relaxed);
        self.before.store(event.before, Ordering::Relaxed);
        self.level.store(event.level, Ordering::Relaxed);
        let call = match event.call {
            Call::Allocated => 1,
            Call::Released => 2,
            Call::Resized => 3,
            Call::Refused => 4,
        };
        self.call.store(call, Ordering::Release);
    }
}

impl<A, const EVENTS: usize> Recorder<A, EVENTS> {
    /// Wraps a heap; `level` tells how many bytes of its memory are taken.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::recording::Recorder;
    ///
    /// static HEAP: Recorder<Bump<[u8; 64]>, 100> = Recorder::new(Bump::uninit(), Bump::used);
    /// ```
    #[must_use]
    pub const fn new(heap: A, level: fn(&A) -> usize) -> Self {
        Self {
            heap,
            level,
            next: AtomicUsize::new(0),
            slots: [const { Slot::new() }; EVENTS],
        }
    }

    /// The heap that is wrapped.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::recording::Recorder;
    /// use core::alloc::{GlobalAlloc, Layout};
    ///
    /// let heap = Recorder::<Bump<[u8; 64]>, 2>::new(Bump::uninit(), Bump::used);
    /// // SAFETY: not 0 bytes.
    /// unsafe { heap.alloc(Layout::new::<[u8; 16]>()) };
    /// assert_eq!(heap.heap().used(), 16);
    /// ```
    pub const fn heap(&self) -> &A {
        &self.heap
    }

    /// The calls so far, in the order in which they were written down.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::recording::Recorder;
    /// use core::alloc::{GlobalAlloc, Layout};
    ///
    /// let heap = Recorder::<Bump<[u8; 64]>, 2>::new(Bump::uninit(), Bump::used);
    /// // SAFETY: not 0 bytes.
    /// unsafe { heap.alloc(Layout::new::<[u8; 16]>()) };
    /// assert_eq!(heap.events().count(), 1);
    /// ```
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        let written = self.next.load(Ordering::Relaxed).min(EVENTS);
        self.slots[..written].iter().filter_map(Slot::read)
    }

    /// The number of calls that were not recorded, because there was no room for them.
    ///
    /// ```
    /// use bump_global::Bump;
    /// use bump_test_harness::recording::Recorder;
    /// use core::alloc::{GlobalAlloc, Layout};
    ///
    /// let heap = Recorder::<Bump<[u8; 64]>, 2>::new(Bump::uninit(), Bump::used);
    /// // SAFETY: not 0 bytes.
    /// unsafe { heap.alloc(Layout::new::<[u8; 16]>()) };
    /// assert_eq!(heap.lost(), 0);
    /// ```
    pub fn lost(&self) -> usize {
        self.next.load(Ordering::Relaxed).saturating_sub(EVENTS)
    }

    fn record(&self, call: Call, block: *mut u8, layout: Layout, before: *mut u8) {
        // Each number is given to one event, so each slot is written once.
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(slot) = self.slots.get(number) {
            slot.write(Event {
                call,
                address: block.addr(),
                size: layout.size(),
                align: layout.align(),
                before: before.addr(),
                level: (self.level)(&self.heap),
            });
        }
    }

    fn record_answer(
        &self,
        call: Call,
        block: *mut u8,
        layout: Layout,
        before: *mut u8,
    ) -> *mut u8 {
        if block.is_null() {
            self.record(Call::Refused, before, layout, before);
        } else {
            self.record(call, block, layout, before);
        }
        block
    }
}

// SAFETY: forwards to an allocator that keeps the contract, and allocates nothing meanwhile.
unsafe impl<A: GlobalAlloc, const EVENTS: usize> GlobalAlloc for Recorder<A, EVENTS> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those of the same call of the heap.
        let block = unsafe { self.heap.alloc(layout) };
        self.record_answer(Call::Allocated, block, layout, block)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those of the same call of the heap.
        let block = unsafe { self.heap.alloc_zeroed(layout) };
        self.record_answer(Call::Allocated, block, layout, block)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Record first, so that no other block at this place is in an earlier event.
        self.record(Call::Released, block, layout, block);
        // SAFETY: the caller's promises are those of the same call of the heap.
        unsafe { self.heap.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are those of the same call of the heap.
        let resized = unsafe { self.heap.realloc(block, layout, size) };
        // SAFETY: the caller promises that the size, rounded up to the alignment, is at most
        // `isize::MAX`; the alignment is that of a layout.
        let layout = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        self.record_answer(Call::Resized, resized, layout, block)
    }
}

impl<A: fmt::Debug, const EVENTS: usize> fmt::Debug for Recorder<A, EVENTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("heap", &self.heap)
            .field("events", &self.events().count())
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}
