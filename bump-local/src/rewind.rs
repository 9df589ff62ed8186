//! The base of values and scopes: an allocator that can be rewound.
//!
//! It has two implementations: the regions of a fixed size, and the lists of chunks behind an
//! arena.

use core::alloc::Layout;
use core::ptr::NonNull;

use bump_core::{RawBump, engine};

/// A state of a [`Rewind`], to which it can be rewound.
///
/// A plain number: taking one is always safe, going back to one is not.
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let arena = bump_local::Arena::from_mem(&mut buffer);
/// let checkpoint: bump_local::Checkpoint = arena.checkpoint();
/// arena.alloc(42);
/// // SAFETY: the value is not used any more.
/// unsafe { arena.rewind(checkpoint) };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint {
    /// The position of the cursor.
    pub(crate) position: usize,
    /// The end of the memory that the cursor is in.
    pub(crate) end: NonNull<u8>,
}

/// An allocator for one thread whose blocks can be freed all at once, back to a [`Checkpoint`].
///
/// Such an allocator has [scopes](crate::Scope). Only this crate can make a checkpoint, so only its
/// allocators implement the trait.
///
/// ```
/// use bump_local::{Arena, Bump, Rewind, Scope};
///
/// /// Takes a scope of any allocator.
/// fn shout<'s, A: Rewind>(scope: &Scope<'s, '_, A>, text: &str) -> &'s str {
///     let copy = scope.alloc_str(text);
///     copy.make_ascii_uppercase();
///     copy
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let mut arena = bump_local::Arena::from_mem(&mut buffer);
/// let mut bump: Bump<[u64; 8]> = Bump::uninit();
/// assert_eq!(arena.scope(|scope| shout(scope, "in an arena").len()), 11);
/// assert_eq!(bump.scope(|scope| shout(scope, "in a bump").len()), 9);
/// ```
///
/// # Safety
///
/// - A block that is taken from [`raw`](Self::raw) is one of the allocator.
/// - A block is valid until it is freed, or the allocator is rewound to a checkpoint that was taken
///   before it, borrowed mutably or dropped.
/// - The pointer that [`widen`](Self::widen) returns has the address that it was given, and may access
///   all of each block that includes this address.
pub unsafe trait Rewind {
    /// The region that blocks are taken from at the moment.
    type Raw: RawBump + ?Sized;

    /// Whether values with destructors may be moved here that nothing will drop.
    const FORGETS_DESTRUCTORS: bool = true;

    /// The region that blocks are taken from at the moment.
    fn raw(&self) -> &Self::Raw;

    /// Takes a block for which [`raw`](Self::raw) has no room.
    fn take_slow(&self, layout: Layout, min_align: usize) -> Option<NonNull<u8>>;

    /// Resizes a block in place. If that is not possible, returns `None` and changes nothing.
    ///
    /// # Safety
    ///
    /// `block` was taken with `old` and `min_align`. If the result is `Some`, only the returned
    /// block with the layout `new` is used from then on.
    unsafe fn resize(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
        min_align: usize,
    ) -> Option<NonNull<u8>>;

    /// The pointer to a block in use as one that may access all memory around the block: the pointer
    /// of a caller may be valid for the bytes of a value only. `None` for a block of no memory here.
    fn widen(&self, block: NonNull<u8>) -> Option<NonNull<u8>>;

    /// The present state.
    fn checkpoint(&self) -> Checkpoint;

    /// Frees all blocks that were taken since the checkpoint. Their memory is kept.
    ///
    /// # Safety
    ///
    /// - The checkpoint is from this allocator, which has not been reset since, nor rewound to an
    ///   earlier one, and the same scratches are open as then.
    /// - No block that was taken since is used any more, and of older blocks no bytes by which they
    ///   have grown since; nor a [`Recycling`](crate::Recycling) or a
    ///   [`RecyclingArena`](crate::RecyclingArena) that had any of them.
    unsafe fn rewind(&self, checkpoint: Checkpoint);
}

/// The alignment at which a region keeps its cursor.
pub(crate) const fn min_align<A: Rewind + ?Sized>() -> usize {
    <A::Raw as RawBump>::MIN_ALIGN
}

/// The minimum alignment of blocks for collections.
pub(crate) const fn unit<A: Rewind + ?Sized>(_: &A) -> usize {
    engine::unit::<A::Raw>()
}

/// Takes a block from a region.
#[inline]
pub(crate) fn take<A: Rewind + ?Sized>(
    region: &A,
    layout: Layout,
    min_align: usize,
) -> Option<NonNull<u8>> {
    // SAFETY: callers pass the minimum alignment of the region or its unit, which is not less.
    match unsafe { engine::take(region.raw(), layout, min_align) } {
        Some(taken) => Some(taken.block),
        None => region.take_slow(layout, min_align),
    }
}

/// Frees a block of a region, if it is the last one; returns whether it was.
///
/// # Safety
///
/// It was taken with `layout` and `min_align`, and is not used any more.
#[inline]
pub(crate) unsafe fn free<A: Rewind + ?Sized>(
    region: &A,
    block: NonNull<u8>,
    layout: Layout,
    min_align: usize,
) -> bool {
    // SAFETY: the caller's promise. A block of another region than the current one does not end at
    // the cursor, since no two regions overlap or border each other.
    unsafe { engine::free(region.raw(), block, layout, min_align) }
}

/// Implements [`RawAlloc`] for a type that refers to a region.
///
/// Collections get blocks that are rounded, as [`RawAlloc`] of every region rounds them.
macro_rules! impl_raw_alloc {
    (impl[$($generics:tt)*] for $type:ty, $self:ident => $region:expr) => {
        // SAFETY: as for the region itself, which lasts longer than the type can be borrowed.
        unsafe impl<$($generics)*> bump_core::RawAlloc for $type {
            #[inline]
            fn allocate(
                &$self,
                layout: core::alloc::Layout,
            ) -> Option<core::ptr::NonNull<u8>> {
                $crate::rewind::take($region, layout, $crate::rewind::unit($region))
            }

            #[inline]
            unsafe fn deallocate(
                &$self,
                block: core::ptr::NonNull<u8>,
                layout: core::alloc::Layout,
            ) {
                let unit = $crate::rewind::unit($region);
                // SAFETY: the caller's promise; all three methods round to the same unit.
                unsafe { $crate::rewind::free($region, block, layout, unit) };
            }

            #[inline]
            unsafe fn resize(
                &$self,
                block: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Option<core::ptr::NonNull<u8>> {
                let unit = $crate::rewind::unit($region);
                // SAFETY: the caller's promise; all three methods round to the same unit.
                unsafe { $crate::rewind::Rewind::resize($region, block, old, new, unit) }
            }
        }
    };
}
pub(crate) use impl_raw_alloc;
