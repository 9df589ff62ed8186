//! [`RecyclingArena`]: an arena in which freed blocks are used again. A list of them for each size class
//! is in front of the arena; there is no merging.
//!
//! ```text
//!   lists    class 0  class 1  class 2  …                       one pointer each
//!               │        0        │
//!               ▼                 ▼
//!   chunks   ┌─────┬───────────┬──────┬────────┐  ┌──────┬────────┬──────┐
//!            │free │  in use   │ free │ in use │  │ free │ in use │      │
//!            └─────┴───────────┴──────┴────────┘  └──────┴────────┴──────┘
//!               │                 │                  ▲
//!               0                 └──────────────────┘
//! ```
//!
//! A free block starts with a pointer to the next one of its class, which may be in any chunk. So the
//! lists need pointers and not, as those of `Recycling`, distances from the start of one region.
//!
//! # Why no list outlives its blocks
//!
//! The lists borrow the region as an `ArenaRef` does. For `'lock`, nothing rewinds the region to before
//! a block that is in use or in a list, and nothing resets it. So the end of a scope need not look for
//! lists: those in the scope are gone by then.

use core::alloc::Layout;
use core::cell::Cell;
use core::fmt;
use core::iter;
use core::ptr::NonNull;

use bump_core::align::is_aligned;
use bump_core::class::{CLASSES, GRAIN, class_of, class_size, rounded_size};
use bump_core::{RawAlloc, copy_block, engine};

use crate::ArenaRef;
use crate::chunks::Chunks;
use crate::rewind::{self, Rewind, unit};

/// An arena in which freed memory is used again: for collections that grow and die while other values
/// of the arena stay.
///
/// An [`Arena`](crate::Arena) uses a freed block again only if it is the last one. A vector that grows
/// beside others leaves a block behind each time, and so does each vector that dies. With a
/// `RecyclingArena` in front of it, these blocks go to lists, one for each size class
/// ([`bump_core::class`]), and the next requests of the class are served from there:
///
/// ```
/// # #[cfg(all(feature = "alloc", feature = "allocator-api2-04"))] {
/// use allocator_api2_04::alloc::Allocator;
/// use allocator_api2_04::vec::Vec;
/// use bump_local::{Arena, RecyclingArena};
///
/// /// A queue of lines, in which always ten are waiting.
/// fn queue(allocator: impl Allocator + Copy) {
///     let mut lines = Vec::new_in(allocator);
///     for length in (1..100).cycle().take(10_000) {
///         let mut line = Vec::new_in(allocator);
///         (0..length).for_each(|_| line.push(b'x'));
///         lines.push(line);
///         if lines.len() > 10 {
///             lines.remove(0);
///         }
///     }
/// }
///
/// let arena = Arena::new();
/// queue(&arena);
/// assert!(arena.used_bytes() > 700_000);
///
/// let arena = Arena::new();
/// let recycling = RecyclingArena::new(&arena);
/// queue(&recycling);
/// assert!(arena.used_bytes() < 4_000);
/// # }
/// ```
///
/// Values without an allocator of their own go to the arena directly, before, between and after.
/// A [scope](crate::Scope), a [guard](crate::ScopeGuard), a [`Bump`](crate::Bump) and an [`ArenaRef`]
/// serve as well as an arena. When the `RecyclingArena` is dropped, its free blocks stay with the arena
/// or the scope until that ends.
///
/// # How much it takes
///
/// A request takes memory from the arena only if all blocks of its class are in use. So there are never
/// more blocks of a class than were in use at once, however long the program runs. Free blocks are not
/// merged, and do not serve another class. A block is at most a quarter, or 7 bytes, larger than the
/// request. For a request that is aligned to more than 8 bytes, only blocks that happen to be aligned
/// like that count, so each such alignment may take as many blocks again.
///
/// The lists themselves are a pointer for each class, in the value: 1.9 KB on 64-bit machines. For a
/// heap of a fixed size, in which free blocks are also merged, there is [`Recycling`](crate::Recycling).
///
/// # How long a request takes
///
/// A list serves a request in a fixed time if that is aligned to at most 8 bytes; otherwise, free blocks
/// of the class that are not aligned like that are skipped. To free a block that is not in the current
/// chunk takes time in proportion to the number of chunks, because its chunk has to be found: a pointer
/// that comes from a value may not be used for more than the bytes of the value. In a large arena, take
/// large chunks ([`reserve`](crate::Arena::reserve)).
///
/// # What does not compile
///
/// While it is in use, its arena cannot be reset, and no scope can be opened around it:
///
/// ```compile_fail,E0502
/// # use bump_local::RecyclingArena;
/// # let mut arena = bump_local::Arena::new();
/// let recycling = RecyclingArena::new(&arena);
/// arena.reset();
/// recycling.free_bytes();
/// ```
///
/// ```compile_fail,E0502
/// # use bump_local::RecyclingArena;
/// # let mut arena = bump_local::Arena::new();
/// arena.scope(|outer| {
///     let recycling = RecyclingArena::new(&*outer);
///     outer.scope(|_| recycling.free_bytes());
/// });
/// ```
///
/// [`Arena::rewind`](crate::Arena::rewind) is unsafe, and does not know of the lists: a `RecyclingArena`
/// that had memory since the checkpoint must not be used any more.
pub struct RecyclingArena<'lock, 'a, A: Rewind + ?Sized = Chunks> {
    arena: ArenaRef<'lock, 'a, A>,
    /// For each class, the first free block.
    lists: [Link; CLASSES],
}

/// A way to a free block, by a pointer that may access all of the block; `None` at the end of a list.
type Link = Cell<Option<NonNull<Free>>>;

/// The start of a free block. A block in a list is used by nobody else.
struct Free {
    next: Link,
}

// Every block has room for it.
const _: () = assert!(size_of::<Free>() <= GRAIN && align_of::<Free>() <= GRAIN);

/// The layout of the blocks of the class that serves a request with bytes, with the alignment of the
/// request; `None` if there can be no such block.
#[inline]
fn block_for(layout: Layout) -> Option<Layout> {
    let bytes = rounded_size(layout.size());
    Layout::from_size_align(bytes, layout.align().max(GRAIN)).ok()
}

impl<'lock, 'a, A: Rewind + ?Sized> RecyclingArena<'lock, 'a, A> {
    /// Empty lists in front of an arena, a scope, a guard or a region of a fixed size. This takes no
    /// memory there.
    ///
    /// ```
    /// use bump_local::{Bump, RecyclingArena};
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// RecyclingArena::new(&arena);
    /// arena.scope(|scope| assert_eq!(RecyclingArena::new(&*scope).free_bytes(), 0));
    /// let bump: Bump<[u64; 64]> = Bump::uninit();
    /// RecyclingArena::new(&bump);
    /// ```
    #[must_use]
    pub fn new(arena: impl Into<ArenaRef<'lock, 'a, A>>) -> Self {
        RecyclingArena {
            arena: arena.into(),
            lists: [const { Cell::new(None) }; CLASSES],
        }
    }

    /// The bytes of the free blocks in the lists. This walks through all of them.
    ///
    /// ```
    /// use bump_core::RawAlloc;
    /// use bump_local::RecyclingArena;
    /// use core::alloc::Layout;
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let recycling = RecyclingArena::new(&arena);
    /// let layout = Layout::new::<[u8; 60]>();
    /// let [one, _two] = [(); 2].map(|()| recycling.allocate(layout).unwrap());
    /// // SAFETY: it is from there, with this layout.
    /// unsafe { recycling.deallocate(one, layout) };
    /// assert_eq!(recycling.free_bytes(), 64);
    /// ```
    #[must_use]
    pub fn free_bytes(&self) -> usize {
        let blocks = |list: &Link| {
            // SAFETY: a block in a list starts with a `Free`, and is the list's alone.
            iter::successors(list.get(), |free| unsafe { free.as_ref() }.next.get()).count()
        };
        let bytes = |(class, list)| blocks(list) * class_size(class);
        self.lists.iter().enumerate().map(bytes).sum()
    }

    /// The list for a request with bytes.
    #[inline]
    fn list(&self, layout: Layout) -> Option<&Link> {
        self.lists.get(class_of(layout.size()))
    }

    /// Takes the first block for a request that is aligned.
    #[inline]
    fn take_free(&self, layout: Layout) -> Option<NonNull<u8>> {
        let mut link = self.list(layout)?;
        loop {
            let free = link.get()?;
            // SAFETY: a block in a list starts with a `Free`, and is the list's alone.
            let next = unsafe { &free.as_ref().next };
            if is_aligned(free.addr().get(), layout.align()) {
                link.set(next.get());
                return Some(free.cast());
            }
            link = next;
        }
    }
}

// SAFETY: a block is one of the region, of the bytes of its class, and is in use or in one list. The
// region is not rewound to before it for `'lock`, which the type names. Nothing panics: classes are
// looked up by `get`.
unsafe impl<A: Rewind + ?Sized> RawAlloc for RecyclingArena<'_, '_, A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return Some(engine::dangling(layout));
        }
        let region = self.arena.region;
        self.take_free(layout)
            .or_else(|| rewind::take(region, block_for(layout)?, unit(region)))
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        let region = self.arena.region;
        // The last block goes back to the region, so that blocks of other classes can have its place.
        let last = block_for(layout).is_some_and(|bytes| {
            // SAFETY: `allocate` took the block with at least these bytes, and the caller gives it up.
            unsafe { rewind::free(region, block, bytes, unit(region)) }
        });
        if last {
            return;
        }
        if let (Some(list), Some(block)) = (self.list(layout), region.widen(block)) {
            let free = block.cast::<Free>();
            let next = Cell::new(list.get());
            // SAFETY: the first bytes of the block, which is aligned to a grain, and the caller's no more.
            unsafe { free.write(Free { next }) };
            list.set(Some(free));
        }
    }

    #[inline]
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        if old.size() == 0 || new.size() == 0 || !is_aligned(block.addr().get(), new.align()) {
            return None;
        }
        let region = self.arena.region;
        if class_of(old.size()) == class_of(new.size()) {
            // The caller's pointer may be valid for the old size only.
            return region.widen(block);
        }
        // Where a free block waits, the block moves there. If it became another one of that class
        // instead, one that grows beside others would add a block to the list each time.
        if self.list(new)?.get().is_some() {
            return None;
        }
        let (old_block, new_block) = (block_for(old)?, block_for(new)?);
        let (raw, unit) = (region.raw(), unit(region));
        // SAFETY: `allocate` took the block with at least these bytes.
        if !unsafe { engine::is_last(raw, block, old_block, unit) } {
            return None;
        }
        // SAFETY: the same; it ends at the cursor, so it is in the memory that `raw` is now.
        unsafe { engine::resize(raw, block, old_block, new_block, unit) }
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        if let Some(resized) = unsafe { self.resize(block, old, new) } {
            return Some(resized);
        }
        let Some(moved) = self.allocate(new) else {
            // To shrink never fails. The rest of the block is lost until the arena is reset.
            let stays = new.size() <= old.size() && is_aligned(block.addr().get(), new.align());
            return stays.then_some(block);
        };
        // SAFETY: the caller's block, and one that was just handed out.
        unsafe { copy_block(block, old, moved, new) };
        // SAFETY: the caller gives the old block up, and its content was copied.
        unsafe { self.deallocate(block, old) };
        Some(moved)
    }
}

impl<A: Rewind + ?Sized> fmt::Debug for RecyclingArena<'_, '_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecyclingArena")
            .field("free_bytes", &self.free_bytes())
            .finish_non_exhaustive()
    }
}
