//! [`Heap`]: the common part of `GlobalAlloc`, `Allocator` and `LocalAlloc`, so that one model can
//! drive all three. The calls of each interface are in `calls.rs`.

use alloc::string::String;
use core::alloc::Layout;
use core::fmt;
use core::ops::Range;
use core::ptr::NonNull;

/// The interface through which an allocator is checked.
///
/// ```
/// use bump_test_harness::Interface;
///
/// assert_eq!(Interface::GlobalAlloc.to_string(), "GlobalAlloc");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interface {
    /// `core::alloc::GlobalAlloc`.
    GlobalAlloc,
    /// `Allocator`, of the standard library or of `allocator-api2`.
    Allocator,
    /// `LocalAlloc` of `alloc-traits`.
    LocalAlloc,
}

impl Interface {
    /// Whether requests of zero bytes are legal calls.
    ///
    /// ```
    /// use bump_test_harness::Interface;
    ///
    /// assert!(Interface::Allocator.takes_size_zero() && !Interface::GlobalAlloc.takes_size_zero());
    /// ```
    #[must_use]
    pub const fn takes_size_zero(self) -> bool {
        matches!(self, Self::Allocator)
    }

    /// Whether resizing may change the alignment of a block.
    ///
    /// ```
    /// use bump_test_harness::Interface;
    ///
    /// assert!(Interface::LocalAlloc.changes_alignment() && !Interface::GlobalAlloc.changes_alignment());
    /// ```
    #[must_use]
    pub const fn changes_alignment(self) -> bool {
        matches!(self, Self::Allocator | Self::LocalAlloc)
    }

    /// Whether there is a call that grows a block and zeroes the new bytes.
    ///
    /// ```
    /// use bump_test_harness::Interface;
    ///
    /// assert!(Interface::Allocator.zeroes_growth() && !Interface::LocalAlloc.zeroes_growth());
    /// ```
    #[must_use]
    pub const fn zeroes_growth(self) -> bool {
        matches!(self, Self::Allocator)
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::GlobalAlloc => "GlobalAlloc",
            Self::Allocator => "Allocator",
            Self::LocalAlloc => "LocalAlloc",
        })
    }
}

/// A block as the allocator handed it out.
///
/// ```
/// use bump_test_harness::calls::{ByGlobalAlloc, Calls};
/// use bump_test_harness::op::layout;
///
/// let bump = bump_global::Bump::<[u64; 8]>::uninit();
/// let granted = ByGlobalAlloc::allocate(&bump, layout(10, 4), false).unwrap();
/// assert!(granted.ptr.cast::<u32>().is_aligned());
/// assert_eq!((granted.len, granted.layout), (10, layout(10, 4)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Granted {
    /// Where the block starts.
    pub ptr: NonNull<u8>,
    /// The bytes that may be used: at least the size of the layout.
    pub len: usize,
    /// The layout with which the block is given back.
    pub layout: Layout,
}

/// One of the calls that resize a block.
///
/// `GlobalAlloc` and `LocalAlloc` have one call, `realloc`, for all three.
///
/// ```
/// use bump_test_harness::{Resize, op};
///
/// assert_eq!(op::resize(Resize::Grow, 0, 16, 8), op::grow(0, 16, 8));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resize {
    /// `grow`, to at least the old size.
    Grow,
    /// `grow_zeroed`, to at least the old size.
    GrowZeroed,
    /// `shrink`, to at most the old size.
    Shrink,
}

/// The content of an allocation from a closure, see [`Heap::alloc_with`].
pub type Payload = [u64; 4];

/// An allocator behind one of the interfaces.
///
/// Most users never meet this trait: [`subject`](crate::subject) wraps the three interfaces.
/// Implement it for an allocator that has none of them.
///
/// ```
/// use bump_test_harness::heap::{Granted, Heap, Interface, Resize};
/// use bump_test_harness::{Limits, model, op};
/// use core::alloc::Layout;
/// use core::ptr::NonNull;
/// use std::alloc::{alloc, alloc_zeroed, dealloc, realloc};
///
/// /// The functions of the standard library.
/// struct Functions;
///
/// // SAFETY: the blocks are those of the global allocator.
/// unsafe impl Heap for Functions {
///     fn interface(&self) -> Interface {
///         Interface::GlobalAlloc
///     }
///
///     fn allocate(&self, layout: Layout, zeroed: bool) -> Option<Granted> {
///         // SAFETY: the suite asks for no size of 0 where that is forbidden.
///         let ptr = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
///         NonNull::new(ptr).map(|ptr| Granted { ptr, len: layout.size(), layout })
///     }
///
///     unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
///         // SAFETY: the caller's promise.
///         unsafe { dealloc(ptr.as_ptr(), layout) };
///     }
///
///     unsafe fn resize(
///         &self,
///         ptr: NonNull<u8>,
///         old: Layout,
///         new: Layout,
///         _: Resize,
///     ) -> Option<Granted> {
///         // SAFETY: the caller's promise.
///         let ptr = unsafe { realloc(ptr.as_ptr(), old, new.size()) };
///         NonNull::new(ptr).map(|ptr| Granted { ptr, len: new.size(), layout: new })
///     }
/// }
///
/// let ops = op::parse("alloc 16/8; zeroed 100/1; grow 0 200/1; free 1").unwrap();
/// assert!(model::run(&mut Functions, Limits::default(), &ops).is_ok());
/// ```
///
/// # Safety
///
/// A granted block whose range [`owns`](Self::owns) does not reject must be readable and writable
/// memory until it is given back, as in the contract of `GlobalAlloc` and `Allocator`.
pub unsafe trait Heap {
    /// The interface behind this heap.
    fn interface(&self) -> Interface;

    /// Asks for a block. `None` if it is refused.
    fn allocate(&self, layout: Layout, zeroed: bool) -> Option<Granted>;

    /// Gives a block back.
    ///
    /// # Safety
    ///
    /// `ptr` is a block of this heap that is currently allocated and `layout` fits it.
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout);

    /// Changes the layout of a block. `None` if that is refused; the old block then stays as it is.
    ///
    /// # Safety
    ///
    /// `ptr` is a block of this heap that is currently allocated and `old` fits it. `new` has the
    /// old alignment unless [`Interface::changes_alignment`], a size above zero unless
    /// [`Interface::takes_size_zero`], and a size on the right side of the old one for `how`.
    unsafe fn resize(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        how: Resize,
    ) -> Option<Granted>;

    /// Whether `block` lies in the memory of this heap; `None` if that is not known.
    fn owns(&self, block: Range<usize>) -> Option<bool> {
        let _ = block;
        None
    }

    /// Frees every block at once. Returns `false` if this heap cannot.
    fn reset(&mut self) -> bool {
        false
    }

    /// Moves the allocator itself to other memory, if that is allowed while blocks live.
    fn relocate(&mut self) -> bool {
        false
    }

    /// Looks for damage around the allocator and its memory, and returns a description of it.
    fn damage(&self) -> Option<String> {
        None
    }

    /// Allocates a value that `make` produces while the allocation is under way.
    ///
    /// The outer `None` says that this heap has no such call, the inner one that it refused.
    fn alloc_with(&self, make: &mut dyn FnMut() -> Payload) -> Option<Option<NonNull<Payload>>> {
        let _ = make;
        None
    }

    /// Allocates a slice of what an iterator yields.
    ///
    /// The outer `None` says that this heap has no such call, the inner one that it refused.
    fn alloc_from_iter(
        &self,
        items: &mut dyn Iterator<Item = u64>,
    ) -> Option<Option<NonNull<[u64]>>> {
        let _ = items;
        None
    }
}
