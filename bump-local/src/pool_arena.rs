//! An arena that a pool has lent. `pool` has the argument why its blocks may outlive it.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use bump_core::Handle;

use crate::arena::Arena;
use crate::chunks::Chunks;
use crate::guard::ScopeGuard;
use crate::methods::value_methods;
#[cfg(doc)]
use crate::pool::Pool;
use crate::pool::{Idle, Place};
use crate::referring::references;
use crate::scope::{self, Scope};

/// An arena of a [`Pool`], in the hands of one thread or task; dropping it returns it.
///
/// It has the methods of an [`Arena`] for values, scopes and guards, and all others by
/// [`as_arena`](Self::as_arena). Values in it live for `'pool`, even after the arena was returned and
/// lent to another thread.
///
/// ```
/// let pool = bump_local::Pool::new();
/// let text = {
///     let arena = pool.get();
///     let mut text = arena.string_builder();
///     text.push_str("built here");
///     text.finish()
/// };
/// assert_eq!(text, "built here");
/// ```
///
/// A task can carry it from one thread to another:
///
/// ```
/// # let pool = bump_local::Pool::new();
/// let arena = pool.get();
/// let one = arena.alloc(1);
/// std::thread::scope(|threads| {
///     threads.spawn(move || assert_eq!(*one + *arena.alloc(2), 3));
/// });
/// ```
pub struct PoolArena<'pool, const MIN_ALIGN: usize = 1> {
    /// Where the slot is returned to.
    idle: &'pool Idle<MIN_ALIGN>,
    /// The slot. Nobody else uses its arena until that is returned.
    place: Place<MIN_ALIGN>,
}

// SAFETY: nobody else uses the arena in the slot, and an arena can be sent to another thread.
unsafe impl<const MIN_ALIGN: usize> Send for PoolArena<'_, MIN_ALIGN> {}

// An arena is unwind safe, too.
impl<const MIN_ALIGN: usize> UnwindSafe for PoolArena<'_, MIN_ALIGN> {}
impl<const MIN_ALIGN: usize> RefUnwindSafe for PoolArena<'_, MIN_ALIGN> {}

impl<'pool, const MIN_ALIGN: usize> PoolArena<'pool, MIN_ALIGN> {
    /// The arena of a slot.
    ///
    /// # Safety
    ///
    /// The slot is one of the pool that the list is of, is in no list, and was lent to nobody else.
    pub(crate) unsafe fn new(idle: &'pool Idle<MIN_ALIGN>, place: Place<MIN_ALIGN>) -> Self {
        PoolArena { idle, place }
    }

    /// The arena: for collections, and for all methods of [`Arena`]. Values that are allocated
    /// through this reference borrow it, so they do not outlive the `PoolArena`.
    ///
    /// ```
    /// # let pool = bump_local::Pool::new();
    /// let arena = pool.get();
    /// arena.alloc_str("abc");
    /// assert_eq!(arena.as_arena().used_bytes(), 3);
    /// ```
    #[inline]
    #[must_use]
    pub fn as_arena(&self) -> &Arena<'static, MIN_ALIGN> {
        self.arena()
    }

    /// The arena. No reference with this lifetime leaves this file, since it could be used after
    /// the arena was returned.
    #[inline]
    fn arena(&self) -> &'pool Arena<'static, MIN_ALIGN> {
        // SAFETY: the slot lasts as long as the pool, and is borrowed as shared only while that is.
        let slot = unsafe { self.place.as_ref() };
        &slot.arena
    }

    /// Opens a scope: all that is allocated in it is freed at its end; see [`Arena::scope`].
    ///
    /// ```
    /// # let pool = bump_local::Pool::new();
    /// let mut arena = pool.get();
    /// let kept = arena.alloc_str("kept");
    /// arena.scope(|scope| scope.alloc_str("temporary").len());
    /// assert_eq!((&*kept, arena.as_arena().used_bytes()), ("kept", 4));
    /// ```
    pub fn scope<'env, R>(
        &mut self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        scope::open(&self.arena().chunks, f)
    }

    /// Opens a scope that ends with the guard; see [`Arena::guard`].
    ///
    /// ```
    /// # let pool = bump_local::Pool::new();
    /// let mut arena = pool.get();
    /// let guard = arena.guard();
    /// assert_eq!(guard.alloc_str("temporary").len(), 9);
    /// drop(guard);
    /// assert_eq!(arena.as_arena().used_bytes(), 0);
    /// ```
    pub fn guard(&mut self) -> ScopeGuard<'_, Chunks<MIN_ALIGN>> {
        ScopeGuard::new(&self.arena().chunks)
    }

    /// Opens a scope for temporaries beside what is in the arena; see [`Arena::scratch`].
    ///
    /// ```
    /// # let pool = bump_local::Pool::new();
    /// let arena = pool.get();
    /// let first = arena.scratch(|temporaries| {
    ///     let words = temporaries.alloc_slice_fill_iter("to be or not".split(' '));
    ///     words.sort();
    ///     arena.alloc_str(words[0])
    /// });
    /// assert_eq!(first, "be");
    /// ```
    pub fn scratch<'env, R>(
        &self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        self.arena().scratch(f)
    }

    value_methods! {
        ['r] [&'r self] -> 'pool,
        lock: 'r,
        region: &self.arena().chunks, Chunks<MIN_ALIGN>,
        before: "# let pool = bump_local::Pool::new();\n# let arena = pool.get();\n# arena.as_arena().set_allocation_limit(Some(4600));",
        after: "",
    }
}

references! {
    impl['pool, const MIN_ALIGN: usize] for PoolArena<'pool, MIN_ALIGN>, Chunks<MIN_ALIGN>,
    this => &this.arena().chunks,
    lock: 'r, values: 'pool,
    before: "# let pool = bump_local::Pool::new();\n# let mut arena = pool.get();",
    after: "",
}

// SAFETY: the arena is at a fixed place, and its blocks last as long as the pool, in which no other
// arena has them. Scopes, which a unique borrow can open, free their own blocks only.
unsafe impl<const MIN_ALIGN: usize> Handle for PoolArena<'_, MIN_ALIGN> {
    type Allocator = Arena<'static, MIN_ALIGN>;

    #[inline]
    fn allocator(&self) -> &Arena<'static, MIN_ALIGN> {
        self.arena()
    }
}

impl<const MIN_ALIGN: usize> Drop for PoolArena<'_, MIN_ALIGN> {
    fn drop(&mut self) {
        // SAFETY: the slot was lent to this value, and nothing borrows this value any more.
        unsafe { self.idle.put(self.place) };
    }
}

impl<const MIN_ALIGN: usize> fmt::Debug for PoolArena<'_, MIN_ALIGN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_arena().fmt(f)
    }
}
