//! Arenas for many threads: a pool lends an arena to each thread or task that asks for one, takes
//! it back, and keeps its memory.
//!
//! ```text
//!   Pool ──► lock ──► idle:   slot                                 of threads 1, 17, 33 …
//!        ──► lock ──► idle:   slot ──► slot                        of threads 2, 18, 34 …
//!        ──► …
//!        ──► lock ──► newest: slot ──► slot ──► slot ──► slot      every slot ever made
//!                              ▲ lent             ▲ lent
//!                          PoolArena          PoolArena            each in one thread at a time
//! ```
//!
//! A slot is an arena at a fixed place. Threads are counted, and each takes slots from the list of its
//! number, to which they return: threads with different lists neither wait for each other nor write to
//! the same cache line. If that list is empty, the thread looks into all of them, with all
//! locks in its hands at once, so it makes a slot only if none is idle. A lock is held for the few
//! instructions in which a slot is taken or returned. A thread allocates from its slot without any
//! synchronisation.
//!
//! # Why that is sound
//!
//! 1. *An arena is used by one thread at a time.* A slot is in one list of idle ones, or one
//!    [`PoolArena`] has it, which is not `Sync`. Everything that can allocate from the arena
//!    (scopes, string builders, references to the arena) borrows the `PoolArena`, so none of it is
//!    left when that is dropped and the slot returned. The lock of the list orders the uses by two
//!    threads.
//! 2. *Blocks last as long as the pool is borrowed.* The methods that free them need the pool
//!    uniquely (`reset`, `arenas`, dropping it). A `PoolArena` gives nobody a unique reference to its
//!    arena; scopes free what was allocated since they were opened, which only they can name.
//! 3. *A `PoolArena` that is forgotten* keeps its slot from being lent again, and nothing else: the
//!    pool has a list of all slots, and gets them all back when it is borrowed uniquely.

use core::alloc::GlobalAlloc;
use core::cell::Cell;
use core::fmt;
use core::iter;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread_local;

use crate::arena::Arena;
use crate::error::{AllocError, OnExhaustion, infallible};
use crate::pool_arena::PoolArena;

/// Arenas for many threads: each thread or task takes one, and returns it. The pool keeps the
/// memory, and everything that was allocated lives as long as the pool.
///
/// A pool makes a new arena only when all others are lent. A thread that returns its arena, and takes one
/// again, most often gets the same.
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
/// An arena cannot be used after it was returned, not even by a string or vector that grows in it:
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
    /// A thread that holds the lock of `slots` may wait for those of `idle`, but not the reverse.
    slots: Mutex<Slots<MIN_ALIGN>>,
    idle: [Idle<MIN_ALIGN>; LISTS],
}

/// The number of lists of idle slots. With one list, two threads with tasks of ten nodes do 1.2 times as
/// much as one thread; with 16, 1.9 times.
const LISTS: usize = 16;

/// All slots that were ever made.
struct Slots<const MIN_ALIGN: usize> {
    /// The slot that was made last, the first in the list of all.
    newest: Option<Place<MIN_ALIGN>>,
    /// The memory of the slots. Its base is also that of all arenas.
    memory: Arena<'static>,
}

/// Slots that are not lent, with a lock. The alignment keeps two lists out of one cache line.
#[repr(align(128))]
pub(crate) struct Idle<const MIN_ALIGN: usize>(Mutex<List<MIN_ALIGN>>);

/// The slot that was returned last, the first in the list.
struct List<const MIN_ALIGN: usize>(Option<Place<MIN_ALIGN>>);

/// A pointer to a slot, valid for as long as the pool.
pub(crate) type Place<const MIN_ALIGN: usize> = NonNull<Slot<MIN_ALIGN>>;

/// An arena at a fixed place. The alignment keeps two slots out of one cache line, which two
/// threads would write to.
#[repr(align(128))]
pub(crate) struct Slot<const MIN_ALIGN: usize> {
    pub(crate) arena: Arena<'static, MIN_ALIGN>,
    /// The slot that was made before this one.
    older: Option<Place<MIN_ALIGN>>,
    /// If this slot is idle: the next one in its list. Accessed only with the lock of that held.
    idle: Cell<Option<Place<MIN_ALIGN>>>,
}

// SAFETY: an arena can be sent to another thread, and the pointers lead to slots that belong to the
// pool.
unsafe impl<const MIN_ALIGN: usize> Send for Slots<MIN_ALIGN> {}
// SAFETY: the same; the list has its slots alone.
unsafe impl<const MIN_ALIGN: usize> Send for List<MIN_ALIGN> {}

impl<const MIN_ALIGN: usize> Pool<MIN_ALIGN> {
    /// A pool without arenas, and without memory.
    ///
    /// A pool in a static serves all threads, and values in it live for ever:
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
        let newest = None;
        Pool {
            slots: Mutex::new(Slots { newest, memory }),
            idle: [const { Idle(Mutex::new(List(None))) }; LISTS],
        }
    }

    /// Takes an arena out of the pool, or makes one if all are lent. Dropping the [`PoolArena`]
    /// returns it.
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
        let idle = &self.idle[thread_number() % LISTS];
        // A statement of its own: in the `match`, the lock would be held up to the end of that.
        let taken = idle.lock().take();
        match taken.or_else(|| self.take_elsewhere()) {
            // SAFETY: the slot is one of this pool, is in no list of idle ones, and was lent to nobody
            // else.
            Some(place) => Ok(unsafe { PoolArena::new(idle, place) }),
            None => Err(E::exhausted(size_of::<Slot<MIN_ALIGN>>())),
        }
    }

    /// Takes a slot of any list, or makes one if all are lent; `None` if there is no memory for that.
    #[cold]
    fn take_elsewhere(&self) -> Option<Place<MIN_ALIGN>> {
        let mut slots = lock(&self.slots);
        // All at once, so that none gets a slot after it was found empty.
        let mut lists = self.idle.each_ref().map(Idle::lock);
        let taken = lists.iter_mut().find_map(|list| list.take());
        taken.or_else(|| slots.make())
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
        // All slots are idle, also those whose `PoolArena` was forgotten: the pool is borrowed uniquely.
        let mut lists = self.idle.each_ref().map(Idle::lock);
        lists.iter_mut().for_each(|list| list.0 = None);
        slots.all().for_each(|place| lists[0].put(place));
        slots.all().map(|slot| {
            // SAFETY: the pool is borrowed uniquely for as long, so no arena is lent, and each slot
            // is in the list once.
            unsafe { &mut (*slot.as_ptr()).arena }
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing unwinds while a lock is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// The number of the thread, from 1 on; 0 if it has none yet.
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

/// The number of the calling thread, among those that ever asked for an arena.
#[inline]
fn thread_number() -> usize {
    #[cold]
    fn first() -> usize {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = NUMBER.try_with(|place| place.set(number));
        number
    }

    match NUMBER.try_with(Cell::get) {
        Ok(0) | Err(_) => first(),
        Ok(number) => number,
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

impl<const MIN_ALIGN: usize> Idle<MIN_ALIGN> {
    fn lock(&self) -> MutexGuard<'_, List<MIN_ALIGN>> {
        lock(&self.0)
    }

    /// Takes a slot back.
    ///
    /// # Safety
    ///
    /// The slot is of the pool that the list is of, and was lent to the caller, who does not use it any
    /// more.
    pub(crate) unsafe fn put(&self, place: Place<MIN_ALIGN>) {
        self.lock().put(place);
    }
}

impl<const MIN_ALIGN: usize> List<MIN_ALIGN> {
    /// Takes the first slot.
    fn take(&mut self) -> Option<Place<MIN_ALIGN>> {
        let place = self.0?;
        // SAFETY: slots last as long as the pool, and the list is ours to change.
        self.0 = unsafe { place.as_ref() }.idle.take();
        Some(place)
    }

    /// Puts a slot in front.
    fn put(&mut self, place: Place<MIN_ALIGN>) {
        // SAFETY: slots last as long as the pool, and are borrowed as shared only while it is.
        unsafe { place.as_ref() }.idle.set(self.0.replace(place));
    }
}

impl<const MIN_ALIGN: usize> Slots<MIN_ALIGN> {
    /// Makes a slot; `None` if there is no memory for that.
    fn make(&mut self) -> Option<Place<MIN_ALIGN>> {
        let slot = self.memory.try_alloc_with(|| Slot {
            arena: Arena::over(self.memory.chunks.account().base()),
            older: self.newest,
            idle: Cell::new(None),
        });
        let place = NonNull::from(slot.ok()?);
        self.newest = Some(place);
        Some(place)
    }

    /// The slots, newest first.
    fn all(&self) -> impl Iterator<Item = Place<MIN_ALIGN>> + use<MIN_ALIGN> {
        // SAFETY: the pointers are to slots of the pool, and nobody writes to the field `older` of
        // a finished slot.
        iter::successors(self.newest, |place| unsafe { (*place.as_ptr()).older })
    }
}

impl<const MIN_ALIGN: usize> Drop for Slots<MIN_ALIGN> {
    fn drop(&mut self) {
        for place in self.all() {
            // SAFETY: nothing borrows the pool any more, and each slot is in the list once. The
            // memory of the slots is freed after this.
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
