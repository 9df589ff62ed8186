//! [`Growing`]: a heap that asks for more memory when it is full, and [`Grow`], the source that it
//! asks. How a region is extended while its blocks are in use, and why this is sound, is in
//! `extend`. A region by itself goes on behind memory of others; with free lists, memory that does not
//! border goes on the lists.
//!
//! ```text
//!   base                                cursor      end of the region       a source
//!     │ blocks                            │ free      │ ◄───────────────────  more, bordering
//!   ──┴───────────────────────────────────┴───────────┴──
//!     │ blocks              │ a block that is never    │ somebody │ ◄──────  more, behind memory
//!     │                     │ given back ………………………………………… else's   │          of others
//!   ──┴─────────────────────┴──────────────────────────┴──────────┴──
//!     │ free blocks │ others' │ blocks of the region     │ ◄──────────────────  more, anywhere, with
//!   ──┴─────────────┴─────────┴──────────────────────────┴──                    free lists
//! ```

use core::alloc::Layout;
use core::ptr::NonNull;

use bump_core::{RawAlloc, impl_global_alloc};

// Import these from the parent module: a test runs this source in a model checker.
use super::atomic::{AtomicUsize, Ordering};
use super::extend::WAIT;
use super::region::Region;

/// A source of memory for a [`Growing`] heap.
///
/// ```
/// use bump_global::{Grow, Growing};
/// use core::cell::UnsafeCell;
/// use core::mem::MaybeUninit;
/// use core::ptr::NonNull;
///
/// const BYTES: usize = 1 << 20;
/// const PAGE: usize = 1 << 12;
///
/// /// A range of addresses that is reserved for one heap.
/// #[repr(align(4096))]
/// struct Reserved(UnsafeCell<MaybeUninit<[u8; BYTES]>>);
///
/// // SAFETY: the memory is accessed by the heap alone.
/// unsafe impl Sync for Reserved {}
///
/// static RESERVED: Reserved = Reserved(UnsafeCell::new(MaybeUninit::uninit()));
///
/// /// Gives it to the heap page by page. A kernel would map the pages here.
/// struct Pages(());
///
/// impl Pages {
///     /// # Safety
///     ///
///     /// There is no other: two heaps would get the same memory.
///     const unsafe fn new() -> Self {
///         Pages(())
///     }
/// }
///
/// // SAFETY: all that is handed out is a part of one static. Nothing accesses it but the heap that
/// // has the only value of this type.
/// unsafe impl Grow for Pages {
///     fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
///         let start: NonNull<u8> = NonNull::from(&RESERVED.0).cast();
///         let used = end.map_or(0, |end| end.addr().get() - start.addr().get());
///         let bytes = used.checked_add(bytes)?.next_multiple_of(PAGE);
///         (bytes <= BYTES).then(|| NonNull::slice_from_raw_parts(start, bytes))
///     }
/// }
///
/// #[global_allocator]
/// // SAFETY: the only one.
/// static HEAP: Growing<Pages> = Growing::new(unsafe { Pages::new() });
///
/// fn main() {
///     let list: Vec<u32> = (0..10_000).collect();
///     assert!(HEAP.capacity() >= 40_000 && HEAP.capacity() < 80_000);
///
///     let mut too_large: Vec<u8> = Vec::new();
///     assert!(too_large.try_reserve(BYTES).is_err());
/// }
/// ```
///
/// # Safety
///
/// - The memory that [`grow`](Self::grow) returns is valid for reads and writes for as long as the source
///   lives, also when that is moved.
/// - It is returned to one heap only, and nobody else accesses it. So safe code cannot make a second heap
///   on the same memory: a source that starts at the same place for everybody who asks is not `Copy`,
///   is no reference to something shared, and is made by an `unsafe` function.
/// - It is returned once, with one exception: an answer may start with a part of the heap's first memory
///   and of what has bordered it since, up to `end`. The heap leaves that part as it is.
/// - The first pointer that it returns may access all memory that it returns later, too: all of it
///   is one object. (Memory that is no object of the language, such as pages that the host of a
///   program adds, is taken for one if its addresses are exposed.)
/// - [`grow`](Self::grow) does not panic if `end` is one that the heap had, or the end of an answer.
pub unsafe trait Grow {
    /// More memory, of at least `bytes` if there are as many; `None` if there is nothing more.
    ///
    /// `end` is where the heap's memory ends now, `None` before there is any. The answer should border
    /// that, or start in front of it and reach beyond: blocks can then grow into it. If it does not, it
    /// depends on the heap. [`Recycling`](crate::Recycling) puts it on its lists, wherever it is. A
    /// `Region` by itself goes on behind the end and leaves the bytes between alone; an answer in front
    /// of its memory is lost to it.
    ///
    /// Let an answer start and end at a multiple of 8, and of the heap's minimum alignment: the heap uses
    /// no more of it than what lies between two of these, and asks for no more than the request needs. If
    /// there is nothing between them in the first answer, the next `end` is where that answer ends.
    ///
    /// Threads and interrupts can ask at the same time, and get the same answer. Nobody but the heap asks:
    /// the memory may be in its use already. The source may use another heap, but not its own, which would
    /// ask it again.
    fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>>;
}

/// Heaps that [`Growing`] can enlarge: `Region<_, true>`, also beneath [`Recycling`](crate::Recycling).
///
/// ```
/// use bump_global::{Extensible, Recycling, Region};
///
/// fn is_extensible<B: Extensible>() {}
/// is_extensible::<Region<1, true>>();
/// is_extensible::<Recycling<Region<8, true>>>();
/// ```
///
/// # Safety
///
/// The methods do to one region what their documentation says.
pub unsafe trait Extensible: RawAlloc + Sized {
    /// A heap without memory.
    #[cfg(not(model_checker))]
    #[doc(hidden)]
    const EMPTY: Self;

    /// [`Growing::capacity`].
    #[doc(hidden)]
    fn capacity(&self) -> usize;

    /// [`Growing::used`].
    #[doc(hidden)]
    fn used(&self) -> usize;

    /// Where the region ends; `None` if it has no memory yet.
    #[doc(hidden)]
    fn end(&self) -> Option<NonNull<u8>>;

    /// The bytes that are missing to resize a block from the layout `old` to `new`; or for a new block, if
    /// `old` has no bytes. `None` if no region is large enough. If memory lies `elsewhere`, they need not
    /// border the region.
    #[doc(hidden)]
    fn lacking(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
        elsewhere: bool,
    ) -> Option<usize>;

    /// Whether free blocks are merged when the heap is full.
    #[doc(hidden)]
    const MERGES: bool = false;

    /// Takes memory over. Returns how many bytes of it are the heap's, and no part of its region; `None` if
    /// it is refused.
    ///
    /// # Safety
    ///
    /// The memory is as [`Grow`] demands it; nobody else has given memory to the region.
    #[doc(hidden)]
    unsafe fn add(&self, memory: NonNull<[u8]>) -> Option<usize>;
}

// SAFETY: by the methods of the same names.
unsafe impl<const MIN_ALIGN: usize> Extensible for Region<MIN_ALIGN, true> {
    #[cfg(not(model_checker))]
    const EMPTY: Self = Region::with_min_align();

    fn capacity(&self) -> usize {
        Region::capacity(self)
    }

    fn used(&self) -> usize {
        Region::used(self)
    }

    fn end(&self) -> Option<NonNull<u8>> {
        Region::end(self)
    }

    fn lacking(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
        elsewhere: bool,
    ) -> Option<usize> {
        // A last block of no less alignment grows in place.
        let bytes = if old.align() >= new.align() {
            old.size()
        } else {
            0
        };
        self.lacking(block, bytes, new, elsewhere)
    }

    unsafe fn add(&self, memory: NonNull<[u8]>) -> Option<usize> {
        // SAFETY: the caller's promise. A growing heap is not reset, nor asked for the owner of a block.
        unsafe { Region::add(self, memory.cast(), memory.len(), WAIT, true) }.then_some(0)
    }
}

/// A heap that asks a source for more memory when it is full, and so takes as much as the program
/// needs.
///
/// The heap `B` is a region that grows, as an allocator by itself or beneath
/// [`Recycling`](crate::Recycling), which first uses what was freed. If each answer borders the one
/// before, its memory is one range of addresses, and blocks can grow in place into what is added. With
/// `Recycling`, memory can be anywhere, in any order. It is never given back to the source.
///
/// A request that does not fit asks `G` for the missing bytes, and tries again. With a `Recycling` that
/// merges free blocks when it is full, it asks for an eighth of the capacity, or for less if `G` has less:
/// such a heap should be full rarely. Threads never wait for one that is asking: they ask as well, and
/// use the memory as soon as it is added.
///
/// ```
/// use bump_global::{Growing, Recycling, Region};
/// # use bump_global::Grow;
/// # struct Frames;
/// # // SAFETY: it has no memory.
/// # unsafe impl Grow for Frames {
/// #     fn grow(&self, _: Option<std::ptr::NonNull<u8>>, _: usize) -> Option<std::ptr::NonNull<[u8]>> {
/// #         None
/// #     }
/// # }
///
/// // Gives memory back at its end only.
/// static FOR_VALUES: Growing<Frames> = Growing::new(Frames);
///
/// // Uses freed memory again before it asks for more.
/// static HEAP: Growing<Frames, Recycling<Region<1, true>>> = Growing::new(Frames);
/// ```
///
/// For WebAssembly there is a source, `WasmMemory`; others are in the
/// [guide to heaps that grow](crate::guide::growing_heaps).
#[derive(Debug)]
pub struct Growing<G, B = Region<1, true>> {
    pub(super) heap: B,
    pub(super) source: G,
    /// The bytes of the heap that are no part of its region.
    pub(super) elsewhere: AtomicUsize,
}

#[cfg(not(model_checker))]
impl<G, B: Extensible> Growing<G, B> {
    /// A heap that has no memory yet, and asks for it at the first request.
    ///
    /// ```
    /// use bump_global::Growing;
    /// # use bump_global::Grow;
    /// # struct Frames;
    /// # // SAFETY: it has no memory.
    /// # unsafe impl Grow for Frames {
    /// #     fn grow(&self, _: Option<std::ptr::NonNull<u8>>, _: usize) -> Option<std::ptr::NonNull<[u8]>> {
    /// #         None
    /// #     }
    /// # }
    /// static HEAP: Growing<Frames> = Growing::new(Frames);
    /// assert_eq!(HEAP.capacity(), 0);
    /// ```
    #[must_use]
    pub const fn new(source: G) -> Self {
        Growing {
            heap: B::EMPTY,
            source,
            elsewhere: AtomicUsize::new(0),
        }
    }
}

impl<G, B: Extensible> Growing<G, B> {
    /// The source of memory.
    ///
    /// ```
    /// # use bump_global::{Grow, Growing};
    /// # struct Frames(u32);
    /// # // SAFETY: it has no memory.
    /// # unsafe impl Grow for Frames {
    /// #     fn grow(&self, _: Option<std::ptr::NonNull<u8>>, _: usize) -> Option<std::ptr::NonNull<[u8]>> {
    /// #         None
    /// #     }
    /// # }
    /// static HEAP: Growing<Frames> = Growing::new(Frames(7));
    /// assert_eq!(HEAP.source().0, 7);
    /// ```
    #[inline]
    #[must_use]
    pub const fn source(&self) -> &G {
        &self.source
    }

    /// The bytes that the source has given: those in use, and those that are free. Of a region by itself,
    /// memory of others that lies in between is counted, too.
    ///
    /// ```
    /// # use bump_global::{Grow, Growing};
    /// # use std::{alloc::{GlobalAlloc, Layout}, ptr::NonNull};
    /// # struct Kilobyte;
    /// # // SAFETY: memory that is leaked; all of it is handed out at once.
    /// # unsafe impl Grow for Kilobyte {
    /// #     fn grow(&self, end: Option<NonNull<u8>>, _: usize) -> Option<NonNull<[u8]>> {
    /// #         let memory = Box::leak(Box::<[u64; 128]>::new_uninit());
    /// #         end.is_none().then(|| NonNull::slice_from_raw_parts(NonNull::from(memory).cast(), 1024))
    /// #     }
    /// # }
    /// static HEAP: Growing<Kilobyte> = Growing::new(Kilobyte);
    /// // SAFETY: not 0 bytes.
    /// let block = unsafe { HEAP.alloc(Layout::new::<u64>()) };
    /// assert_eq!(HEAP.capacity(), 1024);
    /// ```
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.heap.capacity() + self.elsewhere.load(Ordering::Relaxed)
    }

    /// The bytes of the capacity that were taken from the region, and did not come back to it. Memory
    /// that does not border the region counts as taken.
    ///
    /// ```
    /// # use bump_global::{Grow, Growing};
    /// # use std::{alloc::{GlobalAlloc, Layout}, ptr::NonNull};
    /// # struct Kilobyte;
    /// # // SAFETY: memory that is leaked; all of it is handed out at once.
    /// # unsafe impl Grow for Kilobyte {
    /// #     fn grow(&self, end: Option<NonNull<u8>>, _: usize) -> Option<NonNull<[u8]>> {
    /// #         let memory = Box::leak(Box::<[u64; 128]>::new_uninit());
    /// #         end.is_none().then(|| NonNull::slice_from_raw_parts(NonNull::from(memory).cast(), 1024))
    /// #     }
    /// # }
    /// static HEAP: Growing<Kilobyte> = Growing::new(Kilobyte);
    /// // SAFETY: not 0 bytes.
    /// let block = unsafe { HEAP.alloc(Layout::new::<u64>()) };
    /// assert_eq!(HEAP.used(), 8);
    /// ```
    #[inline]
    #[must_use]
    pub fn used(&self) -> usize {
        self.heap.used() + self.elsewhere.load(Ordering::Relaxed)
    }
}

/// Resizes a block from the layout `old` to `new`, or takes a new one if `old` has no bytes. Asks the
/// source for more memory until it fits; `None` if the source has none.
///
/// # Safety
///
/// The block is of the heap, with the layout `old`, or `old` has no bytes.
#[cold]
#[inline(never)]
unsafe fn take_or_grow<G: Grow, B: Extensible>(
    growing: &Growing<G, B>,
    block: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Option<NonNull<u8>> {
    let Growing {
        heap,
        source,
        elsewhere,
    } = growing;
    let (mut end, mut turn, mut is_last) = (heap.end(), 0, false);
    // Whether the last answer left a gap behind the end.
    let mut is_apart = false;
    loop {
        // The heap has refused already.
        if turn != 0 {
            // SAFETY: the caller's promise: a block without bytes is of every heap. If it is not served,
            // nothing has changed.
            let served = unsafe { heap.reallocate(block, old, new) };
            if served.is_some() || is_last {
                return served;
            }
        }
        // Others may have added enough meanwhile. If they have taken that, too, this call has to ask in
        // any case. A source whose memory did not border may do that again.
        let is_elsewhere = is_apart || elsewhere.load(Ordering::Relaxed) != 0;
        let lacking = heap.lacking(block, old, new, is_elsewhere)?.max(turn);
        turn += 1;
        if lacking == 0 {
            continue;
        }
        let step = if B::MERGES { growing.capacity() / 8 } else { 0 };
        let mut bytes = lacking.max(step);
        let more = loop {
            match source.grow(end, bytes) {
                // The source may have less.
                None if bytes > lacking => bytes = lacking.max(bytes / 2),
                more => break more,
            }
        };
        let (before, mut added) = (end, 0);
        if let Some(memory) = more {
            // SAFETY: contract of `Grow`, and this heap is alone in asking the source.
            added = unsafe { heap.add(memory) }.unwrap_or(0);
            if added != 0 {
                elsewhere.fetch_add(added, Ordering::Relaxed);
            }
            is_apart = end.is_some_and(|end| end < memory.cast());
            // If it is too little for a heap without memory, the source goes on behind it.
            end = Some(end_of(memory));
        }
        // If the end rises, or enough was added elsewhere, there is another turn. If not (others were
        // faster, and the answer was of no use), there is one, too, but their number is limited.
        end = heap.end().or(end);
        let useless = end == before && added < lacking;
        is_last = useless && (more.is_none() || turn >= TURNS);
    }
}

/// Where memory ends.
fn end_of(memory: NonNull<[u8]>) -> NonNull<u8> {
    // SAFETY: the end of memory that is there (contract of `Grow`).
    unsafe { memory.cast::<u8>().add(memory.len()) }
}

/// The number of turns after which an answer that is of no use is the last. Without other threads, nobody
/// was faster.
const TURNS: usize = if WAIT == 0 { 1 } else { 8 };

// SAFETY: all blocks are the heap's. The memory that is added is as the contract of `Grow` says, and the
// source, which may own it, lives as long as the heap.
unsafe impl<G: Grow, B: Extensible> RawAlloc for Growing<G, B> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        let block = self.heap.allocate(layout);
        if block.is_some() {
            return block;
        }
        let (nothing, old) = (NonNull::dangling(), Layout::new::<()>());
        // SAFETY: the old layout has no bytes.
        unsafe { take_or_grow(self, nothing, old, layout) }
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.heap.deallocate(block, layout) };
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.heap.resize(block, old, new) }
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        let resized = unsafe { self.heap.reallocate(block, old, new) };
        if resized.is_some() {
            return resized;
        }
        // SAFETY: the caller's promise; nothing has changed.
        unsafe { take_or_grow(self, block, old, new) }
    }
}

impl_global_alloc!(impl[G: Grow, B: Extensible] for Growing<G, B>);
