//! The allocator under an arena, from which its chunks come: the global allocator, or one that the
//! program names.
//!
//! The allocator is held by a pointer to a trait object. So it is no parameter of the types, and
//! functions over arenas and scopes do not mention it. The pointer is read only where a chunk is
//! taken or returned. Without the feature `base` there is no such allocator, and the compiler
//! removes all code that would ask it for chunks.

#[cfg(feature = "base")]
use core::alloc::GlobalAlloc;
use core::alloc::Layout;
use core::ptr::NonNull;

/// The allocator that chunks come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base {
    /// The allocator that the program named, valid for as long as the chunks are used; `None`
    /// stands for the global allocator.
    #[cfg(feature = "base")]
    named: Option<NonNull<dyn GlobalAlloc + Sync>>,
}

impl Base {
    /// The global allocator; without the feature `alloc` none.
    pub(crate) const GLOBAL: Self = Base {
        #[cfg(feature = "base")]
        named: None,
    };
}

#[cfg(feature = "base")]
impl Base {
    /// The base that is an allocator of the program.
    ///
    /// # Safety
    ///
    /// The result is used only as long as the allocator is borrowed.
    pub(crate) const unsafe fn new<'mem>(base: &'mem (dyn GlobalAlloc + Sync + 'mem)) -> Self {
        let base: *const (dyn GlobalAlloc + Sync + 'mem) = base;
        // SAFETY: the types differ in nothing but the lifetime, for which the caller answers.
        let base: *mut (dyn GlobalAlloc + Sync) = unsafe { core::mem::transmute(base) };
        Base {
            named: NonNull::new(base),
        }
    }

    fn named(&self) -> Option<&(dyn GlobalAlloc + Sync)> {
        // SAFETY: it is borrowed as shared, for as long as this is used.
        self.named.map(|base| unsafe { &*base.as_ptr() })
    }

    /// Whether there is an allocator to ask.
    pub(crate) fn exists(&self) -> bool {
        self.named.is_some() || cfg!(feature = "alloc")
    }

    /// Whether both are the same allocator, so that what is taken from one can return to the other.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self.named, other.named) {
            (None, None) => true,
            // This compares the tables of functions, too: two allocators of size 0 may have the
            // same address.
            (Some(one), Some(other)) => core::ptr::eq(one.as_ptr(), other.as_ptr()),
            _ => false,
        }
    }

    pub(crate) fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() > 0);
        match self.named() {
            // SAFETY: a chunk has at least the size of its footer.
            Some(base) => NonNull::new(unsafe { base.alloc(layout) }),
            #[cfg(feature = "alloc")]
            // SAFETY: as above.
            None => NonNull::new(unsafe { alloc::alloc::alloc(layout) }),
            #[cfg(not(feature = "alloc"))]
            None => None,
        }
    }

    /// # Safety
    ///
    /// The block was allocated here, with this layout, and is not used any more.
    pub(crate) unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        match self.named() {
            // SAFETY: the caller's promise.
            Some(base) => unsafe { base.dealloc(block.as_ptr(), layout) },
            #[cfg(feature = "alloc")]
            // SAFETY: as above.
            None => unsafe { alloc::alloc::dealloc(block.as_ptr(), layout) },
            #[cfg(not(feature = "alloc"))]
            None => {}
        }
    }
}

#[cfg(not(feature = "base"))]
impl Base {
    pub(crate) fn exists(&self) -> bool {
        false
    }

    pub(crate) fn is(&self, _: &Self) -> bool {
        true
    }

    pub(crate) fn allocate(&self, _: Layout) -> Option<NonNull<u8>> {
        None
    }

    /// # Safety
    ///
    /// None: this base allocates nothing, so no block can be from here.
    pub(crate) unsafe fn deallocate(&self, _: NonNull<u8>, _: Layout) {}
}
