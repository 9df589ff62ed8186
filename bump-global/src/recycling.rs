//! [`Recycling`]: a heap that uses freed memory again. Its lists, and all work on them, are in
//! [`FreeLists`]; this is their interface.

use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;

use bump_core::class::{CLASSES, GRAIN};
use bump_core::{FreeLists, List, RawAlloc, RawBump, Relocatable};

use crate::extend::SHORT_WAIT;
use crate::{AtomicCursor, Extensible, OverRegion, Region, RegionError};

/// A heap that uses freed memory again, without a lock, on the memory of a region.
///
/// There is a list of free blocks for each of `N` size classes ([`bump_core::class`]). A request is
/// served, in this order, by
///
/// 1. the first block of the list of its class,
/// 2. the next bytes of the region,
/// 3. a larger free block, which is cut,
/// 4. a block that neighbouring free blocks make together, after all were merged.
///
/// A block that is freed goes back to the region if it is the last one there, or on its list. The
/// last block grows in place, and every block does within its class.
///
/// ```
/// use bump_global::{Bump, Recycling};
///
/// #[global_allocator]
/// static HEAP: Recycling<Bump<[u8; 1 << 16]>> = Recycling::new(Bump::uninit());
///
/// fn main() {
///     let mut queue = std::collections::VecDeque::new();
///     for message in 0..100_000 {
///         queue.push_back(format!("message {message}"));
///         if queue.len() > 100 {
///             queue.pop_front(); // neither the last block nor in order
///         }
///     }
///     assert!(HEAP.region().used() < 1 << 16);
/// }
/// ```
///
/// # Requests that are refused
///
/// A request is refused if no range of free bytes is large enough for a block of its class. While it
/// looks for one, others may have some of the lists in hand: for some instructions when they take a
/// block, for longer when they merge. It waits for them, with the feature `std` by
/// letting other threads run, and so finds what they put back. But it does not wait for ever: code
/// that was interrupted puts nothing back before the interrupt ends. So
///
/// - a request in an interrupt or a signal handler can be refused though memory is free, if the
///   region is full, and if the code that it interrupted was allocating or freeing memory itself;
/// - without the feature `std` this is so for a thread, too, that has interrupted one of lower
///   priority in such a moment, on the same processor.
///
/// # With other allocators
///
/// It can be [`Tracked`](crate::Tracked), and the secondary of a [`Fallback`](crate::Fallback). It
/// is not [`Owns`](crate::Owns), so it cannot be the primary: the memory of the other part could be
/// a block of this heap. A block in there that came back here would count with all bytes of its
/// class, and some of these lie behind its end.
///
/// ```compile_fail,E0277
/// use bump_global::{Bump, Fallback, Recycling, Region};
///
/// #[global_allocator]
/// static HEAP: Fallback<Recycling<Bump<[u8; 1024]>>, Region> =
///     Fallback::new(Recycling::new(Bump::uninit()), Region::empty());
/// # fn main() {}
/// ```
///
/// # How long a request takes
///
/// Requests that are served by a list or by the region take a fixed number of instructions, unless
/// others race with them. If others put blocks on the same list at that very moment, there are some
/// more for each of those blocks. The region is taken in steps, of an eighth each. At the end of a
/// step, and when the region is full, there are some for each class; and merging takes `n log n`
/// comparisons for `n` free blocks. Where each request needs a bound, leave merging out: with
/// `MERGE = false`, free blocks are cut, but never merged.
///
/// # How many classes
///
/// The heap takes `N + 2` words beyond the region; all are zero in the beginning. The default has a
/// list for blocks of every size. With less, blocks that are larger than those of the last class
/// are only taken from the end of the region, and are cut into blocks of that class when they are
/// freed:
///
/// | `N` | up to | | `N` | up to |
/// |--:|--:|---|--:|--:|
/// | 16 | 256 bytes | | 36 | 8 KiB |
/// | 20 | 512 bytes | | 48 | 64 KiB |
/// | 24 | 1 KiB | | 64 | 1 MiB |
/// | 28 | 2 KiB | | 80 | 16 MiB |
// Aligned so that every move of the heap is by a multiple of a grain.
#[repr(align(8))]
pub struct Recycling<B, const N: usize = CLASSES, const MERGE: bool = true>
where
    B: RawBump,
{
    pub(crate) lists: FreeLists<B::Cursor, N, MERGE>,
    pub(crate) region: B,
}

impl<B, const N: usize, const MERGE: bool> Recycling<B, N, MERGE>
where
    B: Relocatable<Cursor = AtomicCursor>,
{
    /// A heap on a region, which threads and interrupts share.
    ///
    /// The storage is of a type [without padding](bump_core::NoPadding): a move of the heap could
    /// lose padding, and with it the lists that are in it:
    ///
    /// ```compile_fail,E0277
    /// use bump_global::{Bump, Recycling};
    ///
    /// #[repr(align(64))]
    /// struct Padded(u8);
    ///
    /// static HEAP: Recycling<Bump<[Padded; 16]>> = Recycling::new(Bump::uninit());
    /// ```
    ///
    /// ```
    /// use bump_global::{Bump, Recycling};
    ///
    /// static HEAP: Recycling<Bump<[u8; 1024]>> = Recycling::new(Bump::uninit());
    /// // With lists for blocks of up to 1 KiB, and without merging.
    /// static SMALL: Recycling<Bump<[u8; 1024]>, 24, false> = Recycling::new(Bump::uninit());
    /// assert!(size_of_val(&SMALL) < 1024 + 29 * size_of::<usize>());
    /// ```
    #[must_use]
    pub const fn new(region: B) -> Self {
        let lists = [const { List::new(AtomicCursor::new()) }; N];
        Recycling {
            lists: FreeLists::new(lists, [const { AtomicCursor::new() }; 2]),
            region,
        }
    }
}

impl<B: Relocatable<Cursor = AtomicCursor> + Default> Default for Recycling<B> {
    fn default() -> Self {
        Recycling::new(B::default())
    }
}

impl<const MIN_ALIGN: usize, const N: usize, const MERGE: bool>
    Recycling<Region<MIN_ALIGN, true>, N, MERGE>
{
    /// Adds memory to the heap while it is used: any number of ranges, in any order, whether they border
    /// or not. Memory that borders the end of the region becomes a part of it, as does the first; all
    /// other memory goes on the lists of free blocks.
    ///
    /// ```
    /// use bump_global::{Recycling, Region};
    /// use core::ptr::NonNull;
    ///
    /// static HEAP: Recycling<Region<1, true>> = Recycling::new(Region::with_min_align());
    ///
    /// /// # Safety
    /// ///
    /// /// The memory map says that the ranges are usable, and nobody else uses them.
    /// unsafe fn init(memory: NonNull<u8>, map: &[(usize, usize)]) {
    ///     for &(start, len) in map {
    ///         // SAFETY: the caller's promise.
    ///         unsafe { HEAP.add_memory(memory.add(start), len) }.expect("at least some bytes");
    ///     }
    /// }
    ///
    /// # #[repr(align(4096))]
    /// # struct Ram([u8; 0x9000]);
    /// # static mut RAM: Ram = Ram([0; 0x9000]);
    /// # fn memory() -> NonNull<u8> { NonNull::new((&raw mut RAM).cast()).unwrap() }
    /// fn main() {
    ///     // SAFETY: all of it is one static, and the ranges are the heap's alone.
    ///     unsafe { init(memory(), &[(0x4000, 0x3000), (0x0, 0x1000), (0x8000, 0x1000)]) };
    ///     assert_eq!(HEAP.region().capacity(), 0x3000);
    ///     assert_eq!(HEAP.free_bytes(), 0x2000);
    /// }
    /// ```
    ///
    /// Requests take the same time however many ranges there are. Hand the largest one over first, since it
    /// becomes the region, and those that border one another from the lowest to the highest: on the lists,
    /// a range is cut into blocks of the classes.
    ///
    /// Up to 24 bytes of a range that lies right in front of the region are not used, and less than 8 at
    /// the other ends.
    ///
    /// # Errors
    ///
    /// The memory, if none of it can be used: it has no 8 bytes at a multiple of 8 beside these, or it
    /// reaches over the place half the address space away from the first memory.
    ///
    /// # Safety
    ///
    /// Unless it is refused:
    ///
    /// - The memory is valid for reads and writes through the pointer that the region was given first,
    ///   for as long as the heap or a block of it is used: all of it is a part of one object. The direct
    ///   map of a kernel is one, if its pointers are made by
    ///   [`with_exposed_provenance_mut`](core::ptr::with_exposed_provenance_mut): it is no object of the
    ///   language, and is taken for one. Two statics are two, wherever they lie; for these there is
    ///   [`Fallback`](crate::Fallback).
    /// - Nobody else accesses it. The heap does not have it already.
    /// - It does not wrap around the end of the address space.
    pub unsafe fn add_memory(
        &self,
        start: NonNull<u8>,
        len: usize,
    ) -> Result<(), RegionError<NonNull<[u8]>>> {
        let memory = NonNull::slice_from_raw_parts(start, len);
        // SAFETY: the caller's promise.
        match unsafe { self.add_anywhere(memory, 0) } {
            Some(_) => Ok(()),
            None => Err(RegionError {
                memory,
                reason: "the memory is too small, or too far from the region",
            }),
        }
    }

    /// [`add_memory`](Self::add_memory), which waits for so many turns for memory that borders the region
    /// in front of this. Returns how many bytes are on the lists; `None` if none can be used.
    ///
    /// # Safety
    ///
    /// As for that. Memory that borders the region may have a part that the heap has.
    unsafe fn add_anywhere(&self, memory: NonNull<[u8]>, turns: u32) -> Option<usize> {
        let (start, len) = (memory.cast(), memory.len());
        // SAFETY: the caller's promise. The region skips nothing, so all that lies in it is the heap's.
        if unsafe { self.region.add(start, len, turns, false) } {
            return Some(0);
        }
        let (base, _) = self.region.range()?;
        // SAFETY: the memory is the caller's, and no part of the region, which would have taken it.
        match unsafe { self.lists.add(base, start, len) } {
            0 => None,
            bytes => Some(bytes),
        }
    }
}

impl<B: RawBump, const N: usize, const MERGE: bool> Recycling<B, N, MERGE> {
    /// A heap on a region, with lists that are empty: for regions whose cursor is not that of this
    /// crate, for which there is [`new`](Self::new).
    ///
    /// ```
    /// use bump_core::{FreeLists, List};
    /// use bump_global::{AtomicCursor, Bump, Recycling};
    ///
    /// const LIST: List<AtomicCursor> = List::new(AtomicCursor::new());
    /// const WORD: AtomicCursor = AtomicCursor::new();
    /// const LISTS: FreeLists<AtomicCursor, 24> = FreeLists::new([LIST; 24], [WORD; 2]);
    /// static HEAP: Recycling<Bump<[u8; 1024]>, 24> =
    ///     // SAFETY: the lists are new, and so are their words.
    ///     unsafe { Recycling::with_lists(Bump::uninit(), LISTS) };
    /// ```
    ///
    /// # Safety
    ///
    /// - The lists are empty: their words are 0, and nobody else changes them.
    /// - The region is [`Relocatable`], or the heap is not moved.
    #[must_use]
    pub const unsafe fn with_lists(region: B, lists: FreeLists<B::Cursor, N, MERGE>) -> Self {
        Recycling { lists, region }
    }

    /// The region. Memory that is taken from it directly is not used again, unless it is given back
    /// there.
    ///
    /// ```
    /// use bump_global::{Bump, Recycling};
    ///
    /// static HEAP: Recycling<Bump<[u8; 1024]>> = Recycling::new(Bump::uninit());
    /// let forever: &'static mut u64 = HEAP.region().leak(7).unwrap();
    /// assert!(HEAP.region().used() >= 8);
    /// ```
    #[inline]
    #[must_use]
    pub const fn region(&self) -> &B {
        &self.region
    }

    /// The bytes in the lists: what was freed, and did not go back to the region. Those that
    /// somebody has in hand are not counted.
    ///
    /// They are counted block by block. The blocks of a list are in hand meanwhile, so others wait
    /// for them or take more of the region: call this to look at a heap, not all the time.
    ///
    /// ```
    /// use bump_global::{Bump, Recycling};
    /// use core::alloc::{GlobalAlloc, Layout};
    ///
    /// static HEAP: Recycling<Bump<[u64; 128]>> = Recycling::new(Bump::uninit());
    /// let layout = Layout::new::<[u8; 60]>();
    /// // SAFETY: not 0 bytes.
    /// let [one, _two] = [(); 2].map(|()| unsafe { HEAP.alloc(layout) });
    /// // SAFETY: it is from there, with this layout.
    /// unsafe { HEAP.dealloc(one, layout) };
    /// assert_eq!(HEAP.free_bytes(), 64);
    /// ```
    #[must_use]
    pub fn free_bytes(&self) -> usize {
        // SAFETY: all blocks in the lists are from this region.
        unsafe { self.lists.free_bytes(&self.region) }
    }
}

// SAFETY: the lists hand out blocks of the region, each to one caller alone, and have the region
// that they are used with beside them.
unsafe impl<B: RawBump, const N: usize, const MERGE: bool> RawAlloc for Recycling<B, N, MERGE> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: all blocks in the lists are from this region.
        unsafe { self.lists.allocate(&self.region, layout) }
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.lists.deallocate(&self.region, block, layout) };
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.lists.resize(&self.region, block, old, new) }
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.lists.reallocate(&self.region, block, old, new) }
    }
}

// SAFETY: all blocks are of the region, or memory that was added. In the region, the heap writes beside
// blocks in use only to free blocks, where blocks were in use before, and to the word in front of an
// aligned block, which is in the bytes that were taken for it.
unsafe impl<B: RawBump, const N: usize, const MERGE: bool> OverRegion for Recycling<B, N, MERGE> {
    #[inline]
    fn cursor_position(&self) -> usize {
        self.region.cursor_position()
    }

    #[inline]
    fn start_address(&self) -> usize {
        self.region.start_address()
    }

    #[inline]
    fn bytes(&self) -> usize {
        self.region.bytes()
    }
}

// SAFETY: by the methods of the region, which are told how many bytes the lists take for a request.
unsafe impl<const MIN_ALIGN: usize, const N: usize, const MERGE: bool> Extensible
    for Recycling<Region<MIN_ALIGN, true>, N, MERGE>
{
    const EMPTY: Self = Recycling::new(Region::with_min_align());

    fn capacity(&self) -> usize {
        self.region.capacity()
    }

    fn used(&self) -> usize {
        self.region.used()
    }

    fn end(&self) -> Option<NonNull<u8>> {
        self.region.end()
    }

    fn lacking(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
        elsewhere: bool,
    ) -> Option<usize> {
        let class = |layout| self.lists.class(&self.region, layout);
        let bytes = |layout| class(layout).1;
        let whole = Layout::from_size_align(bytes(new), GRAIN).ok()?;
        if elsewhere {
            // Without merging, no list has a block for a request that has no class.
            let servable = MERGE || class(new).0 < N;
            return servable.then_some(whole.size());
        }
        // A last block grows in place, if it starts where its bytes do.
        let starts = old.size() != 0 && old.align().max(new.align()) <= GRAIN;
        let old = if starts { bytes(old) } else { 0 };
        self.region.lacking(block, old, whole, false)
    }

    // If the heap grew page by page, all free blocks would be merged for each page.
    const MERGES: bool = MERGE;

    unsafe fn add(&self, memory: NonNull<[u8]>) -> Option<usize> {
        // SAFETY: the caller's promise.
        unsafe { self.add_anywhere(memory, SHORT_WAIT) }
    }
}

/// The region, and a table of the free blocks.
impl<B: RawBump + fmt::Debug, const N: usize, const MERGE: bool> fmt::Debug
    for Recycling<B, N, MERGE>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: all blocks in the lists are from this region.
        unsafe { self.lists.debug(&self.region, f) }
    }
}
