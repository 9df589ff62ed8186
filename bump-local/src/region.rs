//! What values and scopes are built on: an allocator that can be rewound.
//!
//! Both families are one: the regions of a fixed size, and the lists of chunks behind an arena.

use core::alloc::Layout;
use core::ptr::NonNull;

use bump_core::{RawAlloc, RawBump};

/// A state of a [`Region`], to which it can be rewound.
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
    /// The end of the memory in which that is.
    pub(crate) end: NonNull<u8>,
}

/// An allocator for one thread whose blocks can be freed all at once, back to a [`Checkpoint`].
///
/// With it come [scopes](crate::Scope). Nobody else can make a checkpoint, so it is implemented by
/// the allocators of this crate only.
///
/// ```
/// use bump_local::{Arena, Bump, Region, Scope};
///
/// /// In a scope of whatever allocator.
/// fn shout<'s, A: Region>(scope: &Scope<'s, '_, A>, text: &str) -> &'s str {
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
/// - A block that is taken from [`raw`](Self::raw) is one of the allocator, as if it was allocated.
/// - A block is valid until it is released, or the region is rewound to a checkpoint that was taken
///   before it, borrowed mutably or dropped.
pub unsafe trait Region: RawAlloc {
    /// The region in which blocks are taken at the moment.
    type Raw: RawBump + ?Sized;

    /// The region in which blocks are taken at the moment.
    fn raw(&self) -> &Self::Raw;

    /// Takes a block that is empty, or that [`raw`](Self::raw) has no room for.
    fn take_slow(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// The present state.
    fn checkpoint(&self) -> Checkpoint;

    /// Frees all blocks that were taken since the checkpoint. Their memory is kept.
    ///
    /// # Safety
    ///
    /// - The checkpoint is from this region, which has not been reset since, nor rewound to an
    ///   earlier one, and the same scratches are open as then.
    /// - No block that was taken since is used any more, nor what an older one has grown by.
    unsafe fn rewind(&self, checkpoint: Checkpoint);
}

/// Implements [`RawAlloc`] for a handle of a region.
macro_rules! impl_raw_alloc {
    (impl[$($generics:tt)*] for $handle:ty, $self:ident => $region:expr) => {
        // SAFETY: as for the region itself, which lasts longer than the handle can be borrowed.
        unsafe impl<$($generics)*> bump_core::RawAlloc for $handle {
            #[inline]
            fn allocate(
                &$self,
                layout: core::alloc::Layout,
            ) -> Option<core::ptr::NonNull<u8>> {
                $region.allocate(layout)
            }

            #[inline]
            unsafe fn release(
                &$self,
                block: core::ptr::NonNull<u8>,
                layout: core::alloc::Layout,
            ) {
                // SAFETY: the caller's promise.
                unsafe { $region.release(block, layout) };
            }

            #[inline]
            unsafe fn resize(
                &$self,
                block: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Option<core::ptr::NonNull<u8>> {
                // SAFETY: the caller's promise.
                unsafe { $region.resize(block, old, new) }
            }
        }
    };
}
pub(crate) use impl_raw_alloc;
