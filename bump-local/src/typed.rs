//! An arena of values of one type: it counts them, iterates over them, and drops them when it is
//! dropped.
//!
//! The list of the values is in `runs`, and the iterator over them in `iter_mut`.

mod iter_mut;

use core::alloc::Layout;
use core::cell::Cell;
use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::arena::Arena;
use crate::error::{AllocError, AllocOrInitError, OnExhaustion, infallible};
use crate::partial::Partial;
use crate::runs::{Run, Runs};
use crate::values::Place;

pub use iter_mut::TypedIterMut;

/// An arena of values of one type, which runs their destructors when it is dropped. Its methods are
/// those of `typed-arena`.
///
/// ```
/// use bump_local::TypedArena;
/// use core::cell::RefCell;
///
/// struct Node<'a> {
///     name: String,
///     neighbours: RefCell<Vec<&'a Node<'a>>>,
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
/// let nodes = TypedArena::from_mem(&mut buffer); // or `TypedArena::new()`, which grows on the heap
/// let node = |name: &str| nodes.alloc(Node { name: name.into(), neighbours: RefCell::default() });
/// let (one, other) = (node("one"), node("other"));
/// // Even cycles: values may refer to each other, if their type has no destructor of its own.
/// one.neighbours.borrow_mut().push(other);
/// other.neighbours.borrow_mut().push(one);
/// assert_eq!(one.neighbours.borrow()[0].name, "other");
/// // Here the names and the vectors are freed.
/// ```
///
/// Its memory is that of an [`Arena`]: buffers, or chunks of the heap, up to a limit.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use bump_local::{Arena, TypedArena};
///
/// let arena = Arena::new();
/// arena.set_allocation_limit(Some(10_000));
/// let mut texts = TypedArena::from(arena);
/// while texts.try_alloc(String::from("text")).is_ok() {}
/// assert!(texts.len() > 300);
/// assert!(texts.iter_mut().all(|text| text == "text"));
/// # }
/// ```
///
/// # What does not compile
///
/// A value whose destructor could use another value that is dropped already:
///
/// ```compile_fail,E0597
/// # use bump_local::TypedArena;
/// # use core::cell::Cell;
/// struct Node<'a>(Cell<Option<&'a Node<'a>>>, String);
/// impl Drop for Node<'_> {
///     fn drop(&mut self) {
///         println!("{}", self.0.get().map_or("none", |node| &node.1));
///     }
/// }
/// let nodes = TypedArena::new();
/// let node: &Node<'_> = nodes.alloc(Node(Cell::new(None), String::new()));
/// node.0.set(Some(node));
/// ```
///
/// A value whose borrow is shorter than those of the other values:
///
/// ```compile_fail
/// # use bump_local::TypedArena;
/// fn insert<'short>(texts: &TypedArena<'_, &'static str>, text: &'short str) {
///     let texts: &TypedArena<'_, &'short str> = texts;
///     texts.alloc(text);
/// }
/// ```
///
/// Iterating over the values while one of them is in use:
///
/// ```compile_fail,E0502
/// # use bump_local::TypedArena;
/// let mut numbers = TypedArena::new();
/// let number = numbers.alloc(1);
/// numbers.iter_mut().for_each(|number| *number += 1);
/// *number += 1;
/// ```
pub struct TypedArena<'mem, T> {
    /// Declared before the arena: fields are dropped in order, and the values are in the memory of
    /// the arena.
    runs: Runs,
    arena: Arena<'mem>,
    /// Tells the compiler that dropping the arena drops values of type `T`. Invariant in `T`, since
    /// values are written through shared borrows.
    values: PhantomData<Cell<T>>,
}

// SAFETY: the values belong to the arena alone.
unsafe impl<T: Send> Send for TypedArena<'_, T> {}

impl<'mem, T> TypedArena<'mem, T> {
    /// An arena without memory, which takes the first chunk when it is needed.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// let numbers = bump_local::TypedArena::new();
    /// *numbers.alloc(1) += 1;
    /// # }
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with_arena(Arena::new())
    }

    /// An arena in a buffer; see [`Arena::from_mem`].
    ///
    /// ```
    /// use bump_local::TypedArena;
    /// use core::mem::MaybeUninit;
    ///
    /// let mut buffer = [MaybeUninit::uninit(); 256];
    /// let numbers = TypedArena::from_mem(&mut buffer);
    /// assert_eq!(*numbers.alloc(1), 1);
    /// assert!(numbers.try_alloc_extend(0..100).is_err());
    /// ```
    #[must_use]
    pub fn from_mem(memory: &'mem mut [MaybeUninit<u8>]) -> Self {
        Self::with_arena(Arena::from_mem(memory))
    }

    const fn with_arena(arena: Arena<'mem>) -> Self {
        TypedArena {
            runs: Runs::new::<T>(),
            arena,
            values: PhantomData,
        }
    }

    /// Moves a value into the arena.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let texts = bump_local::TypedArena::from_mem(&mut buffer);
    /// let text: &mut String = texts.alloc(String::from("dropped with the arena"));
    /// text.push('!');
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[inline]
    #[track_caller]
    pub fn alloc(&self, val: T) -> &mut T {
        infallible(self.add(val))
    }

    /// Like [`alloc`](Self::alloc), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let texts = bump_local::TypedArena::from_mem(&mut buffer);
    /// while texts.try_alloc(String::from("dropped with the arena")).is_ok() {}
    /// assert!(texts.len() >= 5);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. The value is dropped.
    #[inline]
    pub fn try_alloc(&self, val: T) -> Result<&mut T, AllocError> {
        self.add(val)
    }

    #[inline]
    #[track_caller]
    fn add<E: OnExhaustion>(&self, val: T) -> Result<&mut T, E> {
        // Only from the chunk in use: in another chunk, the value could not belong to the last run.
        if let Some(place) = Place::take_here(&self.arena.chunks) {
            let last = self.runs.last();
            if let Some(last) = last.filter(|run| run.ends_at(place.pointer())) {
                let val = place.write(val);
                // SAFETY: just written where the run ends, and its destructor does not run otherwise.
                unsafe { last.add::<T>() };
                return Ok(val);
            }
        }
        self.add_run(val)
    }

    /// Moves a value into a run of its own.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn add_run<E: OnExhaustion>(&self, val: T) -> Result<&mut T, E> {
        self.make_room(1);
        // Take the head first. Behind the value, it would be where the next value of the run
        // belongs.
        let head = Place::take(&self.arena.chunks)?;
        let place = Place::take(&self.arena.chunks)?;
        let values = NonNull::slice_from_raw_parts(place.pointer(), 1);
        let val = place.write(val);
        // SAFETY: the value that was just written, in the arena, which is dropped after the runs.
        unsafe { self.runs.push::<T>(head, values) };
        Ok(val)
    }

    /// Makes room for the head of a run and so many values in one chunk, if there is memory for it.
    /// Without this, a chunk that is taken for a large value would have no room for its head.
    fn make_room(&self, values: usize) {
        if let Some(run) = Self::run(values) {
            // An error changes nothing: the head and the values may still fit one by one.
            let _ = self.arena.chunks.reserve(run);
        }
    }

    /// The layout of the head of a run with so many values.
    fn run(values: usize) -> Option<Layout> {
        let values = Layout::array::<T>(values).ok()?;
        let (run, _) = Layout::new::<Run>().extend(values).ok()?;
        Some(run)
    }

    /// Collects an iterator in the arena, and returns the values as a slice.
    ///
    /// The iterator may be longer or shorter than its `size_hint` says, but there must be memory
    /// for the lower bound of that. It may use the arena itself.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// let texts = bump_local::TypedArena::from_mem(&mut buffer);
    /// let words: &mut [String] = texts.alloc_extend("to be".split(' ').map(String::from));
    /// assert_eq!(words, ["to", "be"]);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[inline]
    #[track_caller]
    pub fn alloc_extend<I: IntoIterator<Item = T>>(&self, values: I) -> &mut [T] {
        infallible(self.extend(values))
    }

    /// Like [`alloc_extend`](Self::alloc_extend), without a panic of its own.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// let texts = bump_local::TypedArena::from_mem(&mut buffer);
    /// assert!(texts.try_alloc_extend(core::iter::repeat(String::new())).is_err());
    /// assert!(texts.is_empty());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. Values that the iterator has made are dropped.
    #[inline]
    pub fn try_alloc_extend<I: IntoIterator<Item = T>>(
        &self,
        values: I,
    ) -> Result<&mut [T], AllocError> {
        self.extend(values)
    }

    #[track_caller]
    fn extend<E: OnExhaustion>(&self, values: impl IntoIterator<Item = T>) -> Result<&mut [T], E> {
        let values = values.into_iter();
        self.make_room(values.size_hint().0);
        // Take the head first, so that nothing can fail once the values are made.
        let head = Place::take(&self.arena.chunks)?;
        let collected = Partial::collect(&self.arena.chunks, values.map(Ok::<_, Infallible>));
        let mut values = collected.map_err(AllocOrInitError::into_alloc)?.into_raw();
        if !values.is_empty() {
            // SAFETY: the values that were just collected, in the arena, which is dropped after the
            // runs.
            unsafe { self.runs.push(head, values) };
        }
        // SAFETY: the values are initialised. Only their run has another pointer to them, and that
        // is used only while the arena is borrowed uniquely.
        Ok(unsafe { values.as_mut() })
    }

    /// The number of values.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// let texts = bump_local::TypedArena::from_mem(&mut buffer);
    /// texts.alloc(String::new());
    /// assert_eq!(texts.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.len::<T>()
    }

    /// Whether there is no value.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// assert!(bump_local::TypedArena::<String>::from_mem(&mut buffer).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.last().is_none()
    }

    /// All values, in the order in which they came into the arena.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// let mut numbers = bump_local::TypedArena::from_mem(&mut buffer);
    /// numbers.alloc(1);
    /// numbers.alloc_extend([2, 3]);
    /// numbers.iter_mut().for_each(|number| *number *= 2);
    /// assert!(numbers.iter_mut().eq([&2, &4, &6]));
    /// ```
    pub fn iter_mut(&mut self) -> TypedIterMut<'_, T> {
        // SAFETY: the values are of type `T`, and borrowed uniquely as the arena is.
        unsafe { TypedIterMut::new(&self.runs) }
    }

    /// Drops all values, and keeps the memory for others.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// let mut texts = bump_local::TypedArena::from_mem(&mut buffer);
    /// for _ in 0..1000 {
    ///     texts.alloc(String::from("freed by the next line"));
    ///     texts.clear();
    /// }
    /// ```
    pub fn clear(&mut self) {
        self.runs.drop_all();
        self.arena.reset();
    }

    /// The arena that the values are in: for its figures, its limit, and to allocate values of
    /// other types that live as long.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// let mut words: bump_local::TypedArena<'_, &str> = bump_local::TypedArena::from_mem(&mut buffer);
    /// assert_eq!(words.as_arena().alloc_str("beside the values"), "beside the values");
    /// assert_eq!((words.len(), words.as_arena().used_bytes()), (0, 17));
    /// ```
    #[must_use]
    pub const fn as_arena(&self) -> &Arena<'mem> {
        &self.arena
    }
}

#[cfg(feature = "alloc")]
impl<T> TypedArena<'_, T> {
    /// An arena with a chunk for `capacity` values.
    ///
    /// ```
    /// let numbers = bump_local::TypedArena::<u64>::with_capacity(100);
    /// let taken = numbers.as_arena().allocated_bytes();
    /// numbers.alloc_extend(0..100);
    /// assert_eq!(numbers.as_arena().allocated_bytes(), taken);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_arena(Arena::with_capacity(Self::bytes(capacity)))
    }

    /// Like [`with_capacity`](Self::with_capacity), without a panic.
    ///
    /// ```
    /// use bump_local::TypedArena;
    ///
    /// assert!(TypedArena::<u64>::try_with_capacity(100).is_ok());
    /// assert!(TypedArena::<u64>::try_with_capacity(usize::MAX).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, AllocError> {
        Arena::try_with_capacity(Self::bytes(capacity)).map(Self::with_arena)
    }

    /// The bytes of so many values in a run, and of the padding in front of it; `usize::MAX`, which no
    /// arena has, if that overflows.
    fn bytes(values: usize) -> usize {
        let run = Self::run(values).and_then(|run| run.size().checked_add(run.align() - 1));
        run.unwrap_or(usize::MAX)
    }

    /// Moves all values to a vector, in the order in which they came into the arena.
    ///
    /// ```
    /// let texts = bump_local::TypedArena::new();
    /// texts.alloc(String::from("one"));
    /// texts.alloc(String::from("two"));
    /// assert_eq!(texts.into_vec(), ["one", "two"]);
    /// ```
    #[must_use]
    pub fn into_vec(self) -> alloc::vec::Vec<T> {
        // Take the memory first: if that fails, the arena still has all values.
        let mut values = alloc::vec::Vec::with_capacity(self.len());
        for run in self.runs.take_all() {
            let first = run.all_values::<T>().cast::<T>();
            values.extend((0..run.len::<T>()).map(|index| {
                // SAFETY: less than the length, so a value of the run.
                let place = unsafe { first.add(index) };
                // SAFETY: the arena has given the run up, so it does not drop the value, and each
                // one is read once.
                unsafe { place.read() }
            }));
        }
        values
    }
}

impl<'mem, T> From<Arena<'mem>> for TypedArena<'mem, T> {
    fn from(arena: Arena<'mem>) -> Self {
        Self::with_arena(arena)
    }
}

impl<T> Default for TypedArena<'_, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for TypedArena<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedArena")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
