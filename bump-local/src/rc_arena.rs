//! An arena that several collections own together.

use alloc::rc::Rc;
use core::fmt;
use core::ops::Deref;

use bump_core::Handle;

use crate::arena::Arena;

/// An [`Arena`] that several collections own together, and that lasts as long as the last of them.
///
/// It is an `Rc<Arena>` that is `Allocator`, which `Rc` itself is not in the versions of
/// `allocator-api2`. A single collection needs no `RcArena`: it can own an [`Arena`].
///
/// ```
/// # #[cfg(feature = "allocator-api2-04")] {
/// use allocator_api2_04::vec::Vec;
/// use bump_local::{Arena, RcArena};
///
/// struct Table {
///     names: Vec<char, RcArena<'static>>,
///     values: Vec<u32, RcArena<'static>>,
/// }
///
/// fn table() -> Table {
///     let arena = RcArena::from(Arena::new());
///     Table { names: Vec::new_in(arena.clone()), values: Vec::new_in(arena) }
/// }
///
/// let mut table = table();
/// table.names.push('x');
/// table.values.push(1);
/// assert_eq!((table.names[0], table.values[0]), ('x', 1));
/// # }
/// ```
///
/// Like an `Rc`, it stays on one thread, and so does each collection that has it:
///
/// ```compile_fail,E0277
/// let arena = bump_local::RcArena::from(bump_local::Arena::new());
/// std::thread::spawn(move || arena.alloc(1));
/// ```
pub struct RcArena<'mem, const MIN_ALIGN: usize = 1>(Rc<Arena<'mem, MIN_ALIGN>>);

impl<'mem, const MIN_ALIGN: usize> RcArena<'mem, MIN_ALIGN> {
    /// The arena, to reset it, if no other owner is left.
    ///
    /// ```
    /// use bump_local::{Arena, RcArena};
    ///
    /// let mut arena = RcArena::from(Arena::new());
    /// arena.alloc(1);
    /// let other = arena.clone();
    /// assert!(arena.get_mut().is_none());
    /// drop(other);
    /// arena.get_mut().unwrap().reset();
    /// assert_eq!(arena.used_bytes(), 0);
    /// ```
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut Arena<'mem, MIN_ALIGN>> {
        Rc::get_mut(&mut self.0)
    }

    /// Returns the arena itself, if no other owner is left.
    ///
    /// ```
    /// use bump_local::{Arena, RcArena};
    ///
    /// let arena = RcArena::from(Arena::new());
    /// let other = arena.clone();
    /// let arena = arena.try_unwrap().unwrap_err();
    /// drop(other);
    /// assert!(arena.try_unwrap().is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is another owner. The error is this `RcArena`.
    pub fn try_unwrap(self) -> Result<Arena<'mem, MIN_ALIGN>, Self> {
        Rc::try_unwrap(self.0).map_err(Self)
    }
}

// SAFETY: always the arena in the `Rc`, at a fixed place. Its blocks last until it is borrowed
// uniquely or dropped, and both need that no other owner is left: a collection is an owner, even
// one that was forgotten.
unsafe impl<'mem, const MIN_ALIGN: usize> Handle for RcArena<'mem, MIN_ALIGN> {
    type Allocator = Arena<'mem, MIN_ALIGN>;

    #[inline]
    fn allocator(&self) -> &Self::Allocator {
        self
    }
}

impl<'mem, const MIN_ALIGN: usize> From<Arena<'mem, MIN_ALIGN>> for RcArena<'mem, MIN_ALIGN> {
    fn from(arena: Arena<'mem, MIN_ALIGN>) -> Self {
        RcArena(Rc::new(arena))
    }
}

impl<const MIN_ALIGN: usize> Clone for RcArena<'_, MIN_ALIGN> {
    fn clone(&self) -> Self {
        RcArena(Rc::clone(&self.0))
    }
}

impl<'mem, const MIN_ALIGN: usize> Deref for RcArena<'mem, MIN_ALIGN> {
    type Target = Arena<'mem, MIN_ALIGN>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<const MIN_ALIGN: usize> fmt::Debug for RcArena<'_, MIN_ALIGN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
