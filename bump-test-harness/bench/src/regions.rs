//! The heaps that traces are replayed on, each over a region of a chosen size.
//!
//! All are as a program has them that has threads: ours as they are, the others with a spin lock.

use std::alloc::{self, GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr::{self, NonNull};

use bump_global::{Bump, PerThread, Recycling, Region};
use bump_test_harness::trace::{Step, Stopped, Trace};
use spinning_top::{RawSpinlock, Spinlock};

/// The largest region, in bytes.
pub const MOST: usize = 1 << 26;

/// The size of a region is a multiple of this, in bytes.
pub const REGION_UNIT: usize = 16;

/// A heap that threads may share, in memory that lasts as long as `'a`.
pub type Heap<'a> = Box<dyn GlobalAlloc + Send + Sync + 'a>;

/// Memory for one heap after the other.
pub struct Memory {
    start: NonNull<u8>,
}

impl Memory {
    /// Twice as long as the largest region, for the heaps whose own size is in their type. All of it
    /// has been touched, so that no heap pays for that.
    pub fn touched() -> Self {
        let layout = Layout::from_size_align(2 * MOST, 1 << 20).unwrap();
        // SAFETY: not 0 bytes.
        let start = unsafe { alloc::alloc(layout) };
        let Some(start) = NonNull::new(start) else {
            alloc::handle_alloc_error(layout);
        };
        // SAFETY: just allocated.
        unsafe { start.write_bytes(1, 2 * MOST) };
        Self { start }
    }

    /// The first byte of all regions.
    pub fn place(&self) -> NonNull<u8> {
        self.start
    }

    /// Its address.
    pub fn start(&self) -> usize {
        self.start.addr().get()
    }

    /// A fresh heap over a region of a number of bytes; `None` if there is none of that size.
    pub fn heap(&mut self, heap: &Subject, region: usize) -> Option<Heap<'_>> {
        assert!(region > 0 && region <= MOST && region.is_multiple_of(REGION_UNIT));
        // SAFETY: the memory is twice as long, and this one's.
        unsafe { heap.over(self.start, region) }
    }

    /// Replays a trace on a fresh heap, and tells how many bytes of its region were handed out at
    /// some time; `None` if there is no such heap, or it refuses a request. `watch` is told after each
    /// request how far the replay is, `end` being counted from the start of the region, and tells
    /// whether to go on.
    pub fn replay(
        &mut self,
        trace: &Trace,
        heap: &Subject,
        region: usize,
        mut watch: impl FnMut(usize, Step) -> bool,
    ) -> Option<usize> {
        let start = self.start();
        let heap = self.heap(heap, region)?;
        let mut taken = 0;
        for (number, step) in trace.replay(&*heap).enumerate() {
            let step = match step {
                Ok(step) => Step {
                    end: step.end - start,
                    ..step
                },
                Err(Stopped::Refused { .. }) => return None,
                Err(damaged) => panic!("{damaged}"),
            };
            taken = step.end;
            if !watch(number, step) {
                return None;
            }
        }
        Some(taken)
    }
}

/// A kind of heap.
pub struct Subject {
    pub name: &'static str,
    /// How many bytes it has outside of its region.
    pub outside: usize,
    /// Makes one over the memory at an address, of a number of bytes, which is used by nobody else
    /// as long as the heap is; `None` if the heap cannot be so large. Behind the region is as much
    /// memory again.
    over: fn(NonNull<u8>, usize) -> Option<Heap<'static>>,
}

impl Subject {
    /// A heap over a region of a number of bytes; `None` if there is none of that size.
    ///
    /// # Safety
    ///
    /// The region is used by nobody else for as long as the heap is. For the heaps whose size is in
    /// their type, there is as much memory again behind it.
    pub unsafe fn over(&self, start: NonNull<u8>, region: usize) -> Option<Heap<'static>> {
        (self.over)(start, region)
    }
}

const fn subject(
    name: &'static str,
    outside: usize,
    over: fn(NonNull<u8>, usize) -> Option<Heap<'static>>,
) -> Subject {
    Subject {
        name,
        outside,
        over,
    }
}

/// The bytes of a heap of ours beside its storage.
const fn beside<T>(storage: usize) -> usize {
    size_of::<T>() - storage
}

/// All heaps, in the order of the tables.
pub const ALL: [Subject; 11] = [
    subject("Bump", beside::<Bump<[u64; 1]>>(8), |start, size| {
        Some(Box::new(region(start, size)))
    }),
    subject(
        "Recycling",
        beside::<Recycling<Bump<[u64; 1]>>>(8),
        |start, size| Some(Box::new(Recycling::<Region>::new(region(start, size)))),
    ),
    subject(
        "PerThread",
        beside::<PerThread<Bump<[u64; 1]>>>(8),
        |start, size| Some(Box::new(PerThread::<Region>::new(region(start, size)))),
    ),
    subject(
        "PerThread of 1 KiB",
        beside::<PerThread<Bump<[u64; 1]>, 1024>>(8),
        |start, size| {
            Some(Box::new(PerThread::<Region, 1024>::new(region(
                start, size,
            ))))
        },
    ),
    subject("talc", size_of::<Talc>(), |start, size| {
        // SAFETY: the caller's memory, for the heap alone.
        let claim = unsafe { talc::source::Claim::new(start.as_ptr(), size) };
        Some(Box::new(Talc::new(claim)))
    }),
    subject("rlsf", size_of::<Tlsf>(), |start, size| {
        let mut heap = Tlsf::new();
        let memory = NonNull::slice_from_raw_parts(start, size);
        // SAFETY: the caller's memory, for the heap alone.
        unsafe { heap.insert_free_block_ptr(memory) };
        Locked::boxed(heap)
    }),
    subject(
        "linked list",
        size_of::<linked_list_allocator::Heap>(),
        |start, size| {
            let mut heap = linked_list_allocator::Heap::empty();
            // SAFETY: the caller's memory, for the heap alone.
            unsafe { heap.init(start.as_ptr(), size) };
            Locked::boxed(heap)
        },
    ),
    subject(
        "dlmalloc",
        size_of::<dlmalloc::Dlmalloc<Once>>(),
        |start, size| {
            let memory = Cell::new(Some((start, size)));
            let mut heap = dlmalloc::Dlmalloc::new_with_allocator(Once(memory));
            // Otherwise it asks for 64 KiB at least.
            assert!(heap.set_granularity(64));
            Locked::boxed(heap)
        },
    ),
    subject(
        "buddy system",
        size_of::<buddy_system_allocator::Heap<32>>(),
        |start, size| {
            let mut heap = buddy_system_allocator::Heap::<32>::empty();
            // SAFETY: the caller's memory, for the heap alone.
            unsafe { heap.init(start.addr().get(), size) };
            Locked::boxed(heap)
        },
    ),
    subject("stalloc", beside::<Stalloc<8>>(8 * BLOCKS), stalloc),
    subject("emballoc", beside::<emballoc::Allocator<64>>(64), emballoc),
];

fn region(start: NonNull<u8>, size: usize) -> Region {
    let region = Region::empty();
    // SAFETY: the caller's memory, for the heap alone.
    unsafe { region.init_raw(start, size) }.unwrap();
    region
}

type Talc = talc::TalcLock<RawSpinlock, talc::source::Claim>;
/// Enough for the largest region.
type Tlsf = rlsf::Tlsf<'static, u32, u32, 22, 16>;

/// A heap for one thread, behind a spin lock.
struct Locked<H>(Spinlock<H>);

trait ForOneThread {
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8;

    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout);

    /// As `GlobalAlloc` does it by default.
    unsafe fn realloc(&mut self, block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: the caller's promise: not 0 bytes.
        let moved = unsafe { self.alloc(new) };
        if !moved.is_null() {
            let kept = old.size().min(new.size());
            // SAFETY: both have as many bytes, and the new one is nobody else's.
            unsafe { ptr::copy_nonoverlapping(block, moved, kept) };
            // SAFETY: the caller's promise: in use, with this layout.
            unsafe { self.dealloc(block, old) };
        }
        moved
    }
}

impl<H: ForOneThread + Send + 'static> Locked<H> {
    fn boxed(heap: H) -> Option<Heap<'static>> {
        Some(Box::new(Self(Spinlock::new(heap))))
    }
}

// SAFETY: forwards to an allocator, and lets in one thread at a time.
unsafe impl<H: ForOneThread> GlobalAlloc for Locked<H> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.0.lock().alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { self.0.lock().dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that this is a layout.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: passed on.
        unsafe { self.0.lock().realloc(block, layout, new) }
    }
}

/// The address of a block, or null.
fn address(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

impl ForOneThread for linked_list_allocator::Heap {
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        address(self.allocate_first_fit(layout).ok())
    }

    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on; a block is not at null.
        unsafe { self.deallocate(NonNull::new_unchecked(block), layout) };
    }
}

impl ForOneThread for buddy_system_allocator::Heap<32> {
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        address(self.alloc(layout).ok())
    }

    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on; a block is not at null.
        unsafe { self.dealloc(NonNull::new_unchecked(block), layout) };
    }
}

impl ForOneThread for Tlsf {
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        address(self.allocate(layout))
    }

    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on; a block is not at null.
        unsafe { self.deallocate(NonNull::new_unchecked(block), layout.align()) };
    }

    unsafe fn realloc(&mut self, block: *mut u8, _: Layout, new: Layout) -> *mut u8 {
        // SAFETY: passed on; a block is not at null.
        address(unsafe { self.reallocate(NonNull::new_unchecked(block), new) })
    }
}

impl ForOneThread for dlmalloc::Dlmalloc<Once> {
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.malloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { self.free(block, layout.size(), layout.align()) };
    }

    unsafe fn realloc(&mut self, block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.realloc(block, old.size(), old.align(), new.size()) }
    }
}

/// Where dlmalloc gets its memory from: all of the region when it asks first, then nothing.
struct Once(Cell<Option<(NonNull<u8>, usize)>>);

// SAFETY: the memory is used by whoever has this, and nobody else.
unsafe impl Send for Once {}

// SAFETY: the memory is handed out once, and is the caller's for good.
unsafe impl dlmalloc::Allocator for Once {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        match self.0.take() {
            Some((start, length)) if size <= length => (start.as_ptr(), length, 0),
            _ => (ptr::null_mut(), 0, 0),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        false
    }

    fn page_size(&self) -> usize {
        64
    }
}

/// Blocks of stalloc, as many as it can have.
const BLOCKS: usize = u16::MAX as usize;
type Stalloc<const BLOCK: usize> = stalloc::UnsafeStalloc<BLOCKS, BLOCK>;

/// The size of a block is the smallest with which there are enough. Their number is in the type, so
/// those behind the region are taken beforehand.
fn stalloc(start: NonNull<u8>, size: usize) -> Option<Heap<'static>> {
    match size.div_ceil(BLOCKS).next_power_of_two() {
        ..=8 => in_blocks::<8>(start, size),
        16 => in_blocks::<16>(start, size),
        32 => in_blocks::<32>(start, size),
        64 => in_blocks::<64>(start, size),
        128 => in_blocks::<128>(start, size),
        256 => in_blocks::<256>(start, size),
        512 => in_blocks::<512>(start, size),
        1024 => in_blocks::<1024>(start, size),
        _ => None,
    }
}

fn in_blocks<const BLOCK: usize>(start: NonNull<u8>, size: usize) -> Option<Heap<'static>>
where
    stalloc::Align<BLOCK>: stalloc::Alignment,
{
    // SAFETY: the memory is long enough and initialised, and the heap consists of numbers of two
    // bytes, of which `clear` writes those that count.
    let heap: &Stalloc<BLOCK> = unsafe { start.cast().as_ref() };
    // SAFETY: there are no blocks yet.
    unsafe { heap.clear() };
    // SAFETY: neither 0 blocks nor more than there are.
    let all = unsafe { heap.allocate_blocks(BLOCKS, 1) }.ok()?;
    // SAFETY: the first of the blocks just taken, at least one.
    unsafe { heap.deallocate_blocks(all, size / BLOCK) };
    Locked::boxed(heap)
}

impl<const BLOCK: usize> ForOneThread for &Stalloc<BLOCK>
where
    stalloc::Align<BLOCK>: stalloc::Alignment,
{
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        let (size, align) = (
            layout.size().div_ceil(BLOCK),
            layout.align().div_ceil(BLOCK),
        );
        // SAFETY: the caller's promise: not 0 bytes.
        address(unsafe { self.allocate_blocks(size, align) }.ok())
    }

    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        // SAFETY: a block in use, which is not at null, with its size.
        unsafe {
            let block = NonNull::new_unchecked(block);
            self.deallocate_blocks(block, layout.size().div_ceil(BLOCK));
        }
    }

    /// Its own, of 0.7.0, takes the old size rounded down to whole blocks, and loses the rest.
    unsafe fn realloc(&mut self, block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        let [before, after] = [old, new].map(|layout| layout.size().div_ceil(BLOCK));
        // SAFETY: a block is not at null.
        let start = unsafe { NonNull::new_unchecked(block) };
        if after < before {
            // SAFETY: a block in use, with its size, and a smaller one that is not 0.
            unsafe { self.shrink_in_place(start, before, after) };
            return block;
        }
        // SAFETY: a block in use, with its size, and a larger one.
        if after == before || unsafe { self.grow_in_place(start, before, after) }.is_ok() {
            return block;
        }
        // SAFETY: passed on.
        let moved = unsafe { self.alloc(new) };
        if !moved.is_null() {
            // SAFETY: both have as many bytes, and the new one is nobody else's.
            unsafe { ptr::copy_nonoverlapping(block, moved, old.size()) };
            // SAFETY: passed on.
            unsafe { self.dealloc(block, old) };
        }
        moved
    }
}

/// The size of the heap is in its type, so what is behind the region is taken beforehand.
fn emballoc(start: NonNull<u8>, size: usize) -> Option<Heap<'static>> {
    // With each block are 4 bytes.
    let room = |bytes: usize| size + 32 <= bytes;
    match () {
        () if room(0x1_0000) => of_bytes::<0x1_0000>(start, size),
        () if room(0x10_0000) => of_bytes::<0x10_0000>(start, size),
        () if room(0x100_0000) => of_bytes::<0x100_0000>(start, size),
        () => None,
    }
}

fn of_bytes<const BYTES: usize>(start: NonNull<u8>, size: usize) -> Option<Heap<'static>> {
    let place = start.cast::<emballoc::Allocator<BYTES>>();
    // SAFETY: the memory is long enough, and the caller's for the heap alone.
    unsafe { place.write(emballoc::Allocator::new()) };
    // SAFETY: just written.
    let heap = Placed(unsafe { place.as_ref() });
    let region = Layout::from_size_align(size - 4, 4).ok()?;
    // SAFETY: not 0 bytes.
    let first = unsafe { heap.alloc(region) };
    let behind = Layout::from_size_align(BYTES - size - 4, 4).ok()?;
    // SAFETY: not 0 bytes.
    let held = unsafe { heap.alloc(behind) };
    assert!(!first.is_null() && !held.is_null());
    // SAFETY: just allocated.
    unsafe { heap.dealloc(first, region) };
    Some(Box::new(heap))
}

/// A heap that is in the memory itself.
struct Placed<A: 'static>(&'static A);

// SAFETY: forwards to an allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Placed<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { self.0.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { self.0.realloc(block, layout, size) }
    }
}
