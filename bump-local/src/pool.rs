//! Arenas for many threads: a pool lends an arena to each thread or task that asks for one, gets it
//! back, and keeps its memory.
//!
//! ```text
//!   Pool ──► lock ──► idle:   slot ──► slot
//!                     newest: slot ──► slot ──► slot ──► slot      every slot ever made
//!                              ▲ lent             ▲ lent
//!                          PoolArena          PoolArena            each in one thread at a time
//! ```
//!
//! A slot is an arena at a fixed place. The lock is held for the few instructions in which a slot is
//! taken or returned; a thread allocates from the slot that it has without any synchronisation.
//!
//! # Why that is sound
//!
//! 1. *An arena is used by one thread at a time.* A slot is in the list of idle ones, or one
//!    [`PoolArena`] has it, which is not `Sync`. All that can still allocate from the arena borrows
//!    that: scopes, string builders, references to the arena. So nothing of the kind is left when it
//!    is dropped and the slot returned. The lock orders the uses by two threads.
//! 2. *Blocks last as long as the pool is borrowed.* The methods that free them need the pool
//!    uniquely (`reset`, `arenas`, dropping it). A `PoolArena` gives nobody a unique reference to its
//!    arena; scopes free what was allocated since they were opened, which only they can name.
//! 3. *A `PoolArena` that is forgotten* keeps its slot from being lent again, and nothing else: the
//!    pool has a list of all slots, and gets them all back when it is borrowed uniquely.

use core::alloc::GlobalAlloc;
use core::cell::Cell;
use core::fmt;
use core::iter;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bump_core::Handle;

use crate::arena::Arena;
use crate::chunks::Chunks;
use crate::error::{AllocError, OnExhaustion, infallible};
use crate::guard::ScopeGuard;
use crate::methods::value_methods;
use crate::referring::references;
use crate::scope::{self, Scope};

/// Arenas for many threads: each thread or task takes one, and returns it. The pool keeps the memory,
/// and what was allocated lives as long as the pool.
///
/// There are as many arenas as were lent at once. The one that was returned last is lent next.
///
/// ```
/// use bump_local::Pool;
/// use std::thread;
///
/// struct Line<'p> {
///     words: &'p [&'p str],
/// }
///
/// let pool = Pool::new();
/// let files = ["to be", "or not to be"];
/// let lines: Vec<Line<'_>> = thread::scope(|threads| {
///     let parse = |text: &str| {
///         let arena = pool.get();
///         let words = text.split(' ').map(|word| &*arena.alloc_str(word));
///         Line { words: arena.alloc_slice_fill_iter(words) }
///     };
///     let workers = files.map(|text| threads.spawn(move || parse(text)));
///     workers.map(|worker| worker.join().unwrap()).into()
/// });
/// // The threads have ended, and the lines are still there.
/// assert_eq!(lines[1].words, ["or", "not", "to", "be"]);
/// ```
///
/// # What does not compile
///
/// Nothing that was allocated can be used after a reset, or after the pool:
///
/// ```compile_fail,E0502
/// # let mut pool = bump_local::Pool::new();
/// let number = pool.get().alloc(1);
/// pool.reset();
/// *number += 1;
/// ```
///
/// ```compile_fail,E0505
/// # let pool = bump_local::Pool::new();
/// let number = pool.get().alloc(1);
/// drop(pool);
/// *number += 1;
/// ```
///
/// An arena is not used by two threads at once:
///
/// ```compile_fail,E0277
/// # let pool = bump_local::Pool::new();
/// let arena = pool.get();
/// std::thread::scope(|threads| {
///     threads.spawn(|| arena.alloc(1));
/// });
/// ```
///
/// Nor can it be used after it was returned, not even by something that grows in it:
///
/// ```compile_fail,E0716
/// # let pool = bump_local::Pool::new();
/// let mut text = pool.get().string_builder();
/// text.push_str("in an arena that another thread may have");
/// ```
///
/// ```compile_fail,E0716
/// # let pool = bump_local::Pool::new();
/// let arena = pool.get().as_arena();
/// arena.alloc(1);
/// ```
pub struct Pool<const MIN_ALIGN: usize = 1> {
    slots: Mutex<Slots<MIN_ALIGN>>,
}

/// What the lock protects.
struct Slots<const MIN_ALIGN: usize> {
    /// The slot that was made last, the first in the list of all.
    newest: Option<Place<MIN_ALIGN>>,
    /// The slot that was returned last, the first in the list of those that are not lent.
    idle: Option<Place<MIN_ALIGN>>,
    /// Has the slots. Its base is that of all arenas.
    memory: Arena<'static>,
}

/// Where a slot is, for as long as the pool.
type Place<const MIN_ALIGN: usize> = NonNull<Slot<MIN_ALIGN>>;

/// An arena at a fixed place. Two threads write to no cache line that both have.
#[repr(align(128))]
struct Slot<const MIN_ALIGN: usize> {
    arena: Arena<'static, MIN_ALIGN>,
    /// The one that was made before it.
    older: Option<Place<MIN_ALIGN>>,
    /// If it is not lent: the next one that is not. For whoever has the lock.
    idle: Cell<Option<Place<MIN_ALIGN>>>,
}

// SAFETY: an arena can be sent, and so can several. The pointers are to slots that belong to the pool.
unsafe impl<const MIN_ALIGN: usize> Send for Slots<MIN_ALIGN> {}

impl<const MIN_ALIGN: usize> Pool<MIN_ALIGN> {
    /// A pool without arenas, and without memory.
    ///
    /// In a static, it is for all threads, and what is allocated lives for ever:
    ///
    /// ```
    /// use bump_local::Pool;
    ///
    /// static POOL: Pool = Pool::with_min_align();
    ///
    /// let name: &'static str = std::thread::spawn(|| POOL.get().alloc_str("kept")).join().unwrap();
    /// assert_eq!(name, "kept");
    /// ```
    #[must_use]
    pub const fn with_min_align() -> Self {
        Self::over(Arena::new())
    }

    /// Like [`new_in`](Pool::new_in), with any minimum alignment.
    ///
    /// ```
    /// use bump_local::Pool;
    /// use std::alloc::System;
    ///
    /// let pool = Pool::<8>::with_min_align_in(&System);
    /// assert_eq!(*pool.get().alloc(1_u8), 1);
    /// ```
    #[must_use]
    pub const fn with_min_align_in(base: &'static (dyn GlobalAlloc + Sync)) -> Self {
        Self::over(Arena::new_in(base))
    }

    const fn over(memory: Arena<'static>) -> Self {
        let slots = Slots {
            newest: None,
            idle: None,
            memory,
        };
        Pool {
            slots: Mutex::new(slots),
        }
    }

    /// Takes an arena out of the pool, or a new one if all are lent. It is returned when it is
    /// dropped.
    ///
    /// ```
    /// let mut pool = bump_local::Pool::new();
    /// let one = pool.get().alloc(1);
    /// let two = pool.get().alloc(2); // the same arena, which was returned meanwhile
    /// assert_eq!(*one + *two, 3);
    /// assert_eq!(pool.arenas().count(), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory for another arena's own data, about 128 bytes.
    #[must_use]
    #[track_caller]
    pub fn get(&self) -> PoolArena<'_, MIN_ALIGN> {
        infallible(self.lend())
    }

    /// Like [`get`](Self::get), without a panic.
    ///
    /// ```
    /// let pool = bump_local::Pool::new();
    /// let number = pool.try_get()?.try_alloc(1)?;
    /// assert_eq!(*number, 1);
    /// # Ok::<(), bump_local::AllocError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory for another arena's own data.
    pub fn try_get(&self) -> Result<PoolArena<'_, MIN_ALIGN>, AllocError> {
        self.lend()
    }

    #[track_caller]
    fn lend<E: OnExhaustion>(&self) -> Result<PoolArena<'_, MIN_ALIGN>, E> {
        // Not in the `match`, where the lock would be held up to its end.
        let taken = self.lock().take();
        match taken {
            Some(place) => Ok(PoolArena { pool: self, place }),
            None => Err(E::exhausted(size_of::<Slot<MIN_ALIGN>>())),
        }
    }

    /// Frees everything that was allocated in all arenas. All memory is kept, to be used again.
    ///
    /// ```
    /// let mut pool = bump_local::Pool::new();
    /// pool.get().alloc([0_u8; 1000]);
    /// pool.reset();
    /// assert_eq!(pool.arenas().map(|arena| arena.used_bytes()).sum::<usize>(), 0);
    /// ```
    pub fn reset(&mut self) {
        for arena in self.arenas() {
            arena.reset();
        }
    }

    /// All arenas of the pool: to look at their figures, to limit them, to return their memory.
    ///
    /// ```
    /// let mut pool = bump_local::Pool::new();
    /// pool.get().alloc([0_u8; 1000]);
    /// let taken: usize = pool.arenas().map(|arena| arena.allocated_bytes()).sum();
    /// assert!(taken >= 1000);
    /// pool.arenas().for_each(|arena| arena.release_memory());
    /// ```
    pub fn arenas(&mut self) -> impl Iterator<Item = &mut Arena<'static, MIN_ALIGN>> {
        let slots = self.slots.get_mut().unwrap_or_else(PoisonError::into_inner);
        slots.take_back();
        slots.all().map(|slot| {
            // SAFETY: the pool is borrowed uniquely for as long, so no arena is lent, and each slot
            // is in the list once.
            unsafe { &mut (*slot.as_ptr()).arena }
        })
    }

    fn lock(&self) -> MutexGuard<'_, Slots<MIN_ALIGN>> {
        // Nothing unwinds while the lock is held.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// A pool without arenas, and without memory.
    ///
    /// ```
    /// let mut pool = bump_local::Pool::new();
    /// assert_eq!(pool.arenas().count(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with_min_align()
    }

    /// A pool whose arenas take their chunks from an allocator of your choice, as [`Arena::new_in`]
    /// does.
    ///
    /// ```
    /// use bump_global::Tracked;
    /// use bump_local::Pool;
    /// use std::alloc::System;
    ///
    /// static HEAP: Tracked<System> = Tracked::new(System);
    /// static POOL: Pool = Pool::new_in(&HEAP);
    ///
    /// POOL.get().alloc([0_u8; 1000]);
    /// assert!(HEAP.statistics().in_use > 1000);
    /// ```
    #[must_use]
    pub const fn new_in(base: &'static (dyn GlobalAlloc + Sync)) -> Self {
        Self::with_min_align_in(base)
    }
}

impl<const MIN_ALIGN: usize> Slots<MIN_ALIGN> {
    /// Takes a slot that is not lent, or makes one; `None` if there is no memory for that.
    fn take(&mut self) -> Option<Place<MIN_ALIGN>> {
        if let Some(place) = self.idle {
            // SAFETY: slots last as long as the pool, and the list of idle ones is ours to change.
            self.idle = unsafe { place.as_ref() }.idle.take();
            return Some(place);
        }
        let slot = self.memory.try_alloc_with(|| Slot {
            arena: Arena::over(self.memory.chunks.account().base()),
            older: self.newest,
            idle: Cell::new(None),
        });
        let place = NonNull::from(slot.ok()?);
        self.newest = Some(place);
        Some(place)
    }

    /// Makes a slot of the pool the first to be lent.
    fn put(&mut self, place: Place<MIN_ALIGN>) {
        // SAFETY: slots last as long as the pool, and are borrowed as shared only while it is.
        unsafe { place.as_ref() }.idle.set(self.idle.replace(place));
    }

    /// Takes all slots back, those too whose `PoolArena` was forgotten. None is borrowed.
    fn take_back(&mut self) {
        self.idle = None;
        for place in self.all() {
            self.put(place);
        }
    }

    /// The slots, newest first.
    fn all(&self) -> impl Iterator<Item = Place<MIN_ALIGN>> + use<MIN_ALIGN> {
        // SAFETY: a slot of the pool, whose field nobody writes after it was made.
        iter::successors(self.newest, |place| unsafe { (*place.as_ptr()).older })
    }
}

impl<const MIN_ALIGN: usize> Drop for Slots<MIN_ALIGN> {
    fn drop(&mut self) {
        for place in self.all() {
            // SAFETY: nothing borrows the pool any more, and each slot is in the list once. The
            // memory of the slots goes after them.
            unsafe { ptr::drop_in_place(place.as_ptr()) };
        }
    }
}

impl<const MIN_ALIGN: usize> Default for Pool<MIN_ALIGN> {
    fn default() -> Self {
        Self::with_min_align()
    }
}

impl<const MIN_ALIGN: usize> fmt::Debug for Pool<MIN_ALIGN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// An arena of a [`Pool`], in the hands of one thread or task; dropping it returns it.
///
/// It has the methods of an [`Arena`]. What is allocated lives for `'pool`, also after it was
/// returned and another thread goes on with it.
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
    pool: &'pool Pool<MIN_ALIGN>,
    /// Nobody else uses the arena there until it is returned.
    place: Place<MIN_ALIGN>,
}

// SAFETY: it stands for an arena that nobody else uses, and an arena can be sent.
unsafe impl<const MIN_ALIGN: usize> Send for PoolArena<'_, MIN_ALIGN> {}

// As for an arena.
impl<const MIN_ALIGN: usize> UnwindSafe for PoolArena<'_, MIN_ALIGN> {}
impl<const MIN_ALIGN: usize> RefUnwindSafe for PoolArena<'_, MIN_ALIGN> {}

impl<'pool, const MIN_ALIGN: usize> PoolArena<'pool, MIN_ALIGN> {
    /// The arena, for what is needed no longer than until it is returned: for collections, and for
    /// its other methods.
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

    /// The arena. No reference to it leaves this file that could be used after it was returned.
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
        self.pool.lock().put(self.place);
    }
}

impl<const MIN_ALIGN: usize> fmt::Debug for PoolArena<'_, MIN_ALIGN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_arena().fmt(f)
    }
}
