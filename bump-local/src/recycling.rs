//! [`Recycling`]: a heap for one thread that uses freed memory again. The lists and their
//! algorithms are in [`FreeLists`]; the interface is here.

use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;

use bump_core::class::CLASSES;
use bump_core::{FreeLists, List, RawAlloc, RawBump, Relocatable, impl_global_alloc};

use crate::cell::CellCursor;

/// A heap for one thread that uses freed memory again, on the memory of a region. It is for
/// collections that grow, shrink and die in any order, in a program that has no heap or should not
/// ask it.
///
/// There is a list of free blocks for each of `N` size classes ([`bump_core::class`]). A request is
/// served, in this order, by
///
/// 1. the first block of the list of its class,
/// 2. the next bytes of the region,
/// 3. a larger free block, which is cut,
/// 4. neighbouring free blocks, after all free blocks were merged.
///
/// A block that is freed goes back to the region if it is the last one there, or on its list. The
/// last block grows in place, and every block grows in place within its class. A request is refused
/// exactly if no range of free bytes is large enough for a block of its class.
///
/// ```
/// # #[cfg(feature = "allocator-api2-04")] {
/// use allocator_api2_04::vec::Vec;
/// use bump_local::{Bump, Recycling};
///
/// let heap: Recycling<Bump<[u64; 512]>> = Recycling::new(Bump::uninit());
/// let mut table = Vec::new_in(&heap);
/// for round in 0..10_000_u64 {
///     // Freed when the table has grown behind it: neither the last block nor in order.
///     let mut row = Vec::new_in(&heap);
///     row.extend(0..round % 40);
///     table.push(row);
///     if table.len() > 10 {
///         table.swap_remove(3);
///     }
/// }
/// # }
/// ```
///
/// The memory of any region with a cursor of this crate will do: a [`Bump`](crate::Bump) in the heap
/// itself, or a reference to one or to a [`BumpSlice`](crate::BumpSlice) in a buffer:
///
/// ```
/// use bump_core::RawAlloc;
/// use bump_local::{BumpSlice, Recycling};
/// use core::alloc::Layout;
/// use core::mem::MaybeUninit;
///
/// let mut buffer = [MaybeUninit::uninit(); 4096];
/// let bump = BumpSlice::from_mem(&mut buffer)?;
/// // With lists for blocks of up to 1 KiB, and without merging.
/// let heap: Recycling<&BumpSlice, 24, false> = Recycling::new(&bump);
/// assert!(heap.allocate(Layout::new::<[u64; 8]>()).is_some());
/// # Ok::<(), bump_local::FromMemError>(())
/// ```
///
/// It is for one thread, as the region is. For threads and interrupts there is the `Recycling` of the
/// crate `bump-global`.
///
/// ```compile_fail,E0277
/// use bump_local::{Bump, Recycling};
///
/// fn shared(_: impl Sync) {}
/// shared(Recycling::<Bump<[u64; 512]>>::new(Bump::uninit()));
/// ```
///
/// In a program that has one thread and no interrupts, as its author has to promise,
/// [`SingleThreaded`](crate::SingleThreaded) makes it the heap of the whole program.
///
/// # How long a request takes
///
/// A request that is served by a list or by the region takes a fixed number of instructions. The
/// region is taken in steps of an eighth each. At the end of a step, and when the region is full, a
/// request looks at each class, and merging takes `n log n` comparisons for `n` free blocks. Where
/// each request needs a bound, leave merging out: with `MERGE = false`, free blocks are cut, but
/// never merged.
///
/// # How many classes
///
/// The heap takes `N + 2` words beside the region, all zero in the beginning. The default has a
/// list for blocks of every size. With fewer lists, blocks that are larger than those of the last
/// class are only taken from the end of the region, and are cut into blocks of that class when they
/// are freed. With 16 lists, blocks up to 256 bytes have one; each further four lists double that.
// Aligned so that a move of the heap shifts its blocks by a multiple of a grain.
#[repr(align(8))]
pub struct Recycling<B, const N: usize = CLASSES, const MERGE: bool = true> {
    lists: FreeLists<CellCursor, N, MERGE>,
    region: B,
}

impl<B, const N: usize, const MERGE: bool> Recycling<B, N, MERGE>
where
    B: Relocatable<Cursor = CellCursor>,
{
    /// A heap on a region.
    ///
    /// The storage is of a type [without padding](bump_core::NoPadding): a move does not keep
    /// padding, and would lose the parts of the lists that are in it.
    ///
    /// ```compile_fail,E0277
    /// use bump_local::{Bump, Recycling};
    ///
    /// #[repr(align(64))]
    /// struct Padded(u8);
    ///
    /// let heap: Recycling<Bump<[Padded; 16]>> = Recycling::new(Bump::uninit());
    /// ```
    ///
    /// ```
    /// use bump_local::{Bump, Recycling};
    ///
    /// let heap: Recycling<Bump<[u64; 128]>, 24> = Recycling::new(Bump::uninit());
    /// assert!(size_of_val(&heap) <= 1024 + 28 * size_of::<usize>());
    /// ```
    #[must_use]
    pub const fn new(region: B) -> Self {
        let lists = [const { List::new(CellCursor::new(0)) }; N];
        Recycling {
            lists: FreeLists::new(lists, [const { CellCursor::new(0) }; 2]),
            region,
        }
    }
}

impl<B, const N: usize, const MERGE: bool> Default for Recycling<B, N, MERGE>
where
    B: Relocatable<Cursor = CellCursor> + Default,
{
    fn default() -> Self {
        Recycling::new(B::default())
    }
}

impl<B: RawBump, const N: usize, const MERGE: bool> Recycling<B, N, MERGE> {
    /// The region. Memory that is taken from it directly is used again only if it is given back to
    /// the region.
    ///
    /// ```
    /// use bump_local::{Bump, Recycling};
    ///
    /// let heap: Recycling<Bump<[u64; 128]>> = Recycling::new(Bump::uninit());
    /// let kept: &mut u64 = heap.region().leak(7).unwrap();
    /// assert_eq!((*kept, heap.region().used()), (7, 8));
    /// ```
    #[inline]
    #[must_use]
    pub const fn region(&self) -> &B {
        &self.region
    }

    /// The bytes of the free blocks in the lists, without those that went back to the region. This
    /// walks through all free blocks.
    ///
    /// ```
    /// use bump_core::RawAlloc;
    /// use bump_local::{Bump, Recycling};
    /// use core::alloc::Layout;
    ///
    /// let heap: Recycling<Bump<[u64; 128]>> = Recycling::new(Bump::uninit());
    /// let layout = Layout::new::<[u8; 60]>();
    /// let [one, _two] = [(); 2].map(|()| heap.allocate(layout).unwrap());
    /// // SAFETY: it is from there, with this layout.
    /// unsafe { heap.deallocate(one, layout) };
    /// assert_eq!(heap.free_bytes(), 64);
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

impl_global_alloc!(impl[B: RawBump, const N: usize, const MERGE: bool] for Recycling<B, N, MERGE>);

/// The region, and a table of the free blocks.
impl<B: RawBump + fmt::Debug, const N: usize, const MERGE: bool> fmt::Debug
    for Recycling<B, N, MERGE>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: all blocks in the lists are from this region.
        unsafe { self.lists.debug(&self.region, f) }
    }
}
