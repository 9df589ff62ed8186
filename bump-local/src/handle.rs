//! References to anything that a function may allocate in: an [`ArenaRef`] to an arena, a scope, a
//! guard or a region of a fixed size, or an [`ArenaMut`] for functions that open scopes, too.
//!
//! Both have two lifetimes. The values last for `'a`. For `'lock`, no scope can be opened beside
//! the reference. The two differ in a scope: its values outlive every borrow of it, and an inner
//! scope may be opened as soon as such a borrow is over. So neither type hands out its region for
//! longer than `'lock`. The conversions from each type are in `referring`.

use core::fmt;
use core::marker::PhantomData;

use bump_core::Handle;

use crate::Plain;
use crate::chunks::Chunks;
use crate::guard::ScopeGuard;
use crate::methods::value_methods;
use crate::rewind::{Rewind, impl_raw_alloc};
use crate::scope::{self, Scope};
#[cfg(doc)]
use crate::{Arena, Bump};

/// A reference to an [`Arena`], a [`Scope`], a [`ScopeGuard`] or a [`Bump`] that allocates values
/// for `'a`.
///
/// It is a pointer, and `Copy`. A function that takes one is written, and compiled, once for
/// arenas, scopes and guards:
///
/// ```
/// use bump_local::{Arena, ArenaRef};
///
/// struct List<'a> {
///     head: &'a str,
///     tail: Option<&'a List<'a>>,
/// }
///
/// fn parse<'a>(arena: ArenaRef<'_, 'a>, text: &str) -> &'a List<'a> {
///     let (head, tail) = match text.split_once(' ') {
///         Some((head, rest)) => (head, Some(parse(arena, rest))),
///         None => (text, None),
///     };
///     arena.alloc(List { head: arena.alloc_str(head), tail })
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
/// let mut arena = Arena::from_mem(&mut buffer);
/// let lasting = parse(arena.arena_ref(), "as long as the arena");
/// assert_eq!(lasting.tail.unwrap().head, "long");
/// arena.scope(|scope| {
///     let temporary = parse(scope.arena_ref(), "as long as the scope");
///     assert_eq!(temporary.head, "as");
/// });
/// let guard = arena.guard();
/// assert_eq!(parse(guard.arena_ref(), "as long as the guard").head, "as");
/// ```
///
/// The third parameter is the region, by default that of an arena with the minimum alignment 1. A
/// function that is generic in it serves regions of a fixed size, too. If it takes an
/// `impl Into<ArenaRef>`, its callers can pass a reference to their arena:
///
/// ```
/// use bump_local::{Arena, ArenaRef, Bump, Rewind};
///
/// fn shout<'l, 'a: 'l, A: Rewind + 'a>(arena: impl Into<ArenaRef<'l, 'a, A>>, text: &str) -> &'a str {
///     let copy = arena.into().alloc_str(text);
///     copy.make_ascii_uppercase();
///     copy
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
/// let mut arena = Arena::from_mem(&mut buffer);
/// assert_eq!(shout(&arena, "in an arena"), "IN AN ARENA");
/// arena.scope(|scope| assert_eq!(shout(&*scope, "in a scope"), "IN A SCOPE"));
/// let bump: Bump<[u64; 8]> = Bump::uninit();
/// assert_eq!(shout(&bump, "in a bump"), "IN A BUMP");
/// ```
///
/// # What does not compile
///
/// While the reference is in use, no scope can be opened in the scope that it was made from:
///
/// ```compile_fail,E0502
/// # let mut arena = bump_local::Arena::new();
/// arena.scope(|outer| {
///     let copy = outer.arena_ref();
///     outer.scope(|_| copy.alloc("freed too early"));
/// });
/// ```
///
/// Values cannot be used after the end of their scope:
///
/// ```compile_fail,E0521
/// # let mut arena = bump_local::Arena::new();
/// let mut escaped = None;
/// arena.scope(|scope| escaped = Some(scope.arena_ref()));
/// ```
pub struct ArenaRef<'lock, 'a: 'lock, A: Rewind + ?Sized = Chunks> {
    pub(crate) region: &'a A,
    lock: PhantomData<&'lock ()>,
}

impl<'lock, 'a, A: Rewind + ?Sized> ArenaRef<'lock, 'a, A> {
    /// A reference to a region that is rewound, or used uniquely, only when `'lock` is over, and that
    /// is not rewound during `'a` to before what is allocated now.
    pub(crate) fn new(region: &'a A) -> Self {
        ArenaRef {
            region,
            lock: PhantomData,
        }
    }

    value_methods! {
        [] [self] -> 'a,
        lock: 'lock,
        region: self.region, A,
        before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 4096];\n# let arena = bump_local::Arena::from_mem(&mut buffer);\n# let arena = arena.arena_ref();",
        after: "",
    }
}

impl<'lock, 'a, A: Rewind + ?Sized> ArenaRef<'lock, 'a, A> {
    /// The same with methods that do not compile for values with a destructor that would never run;
    /// see [`Plain`].
    ///
    /// ```
    /// use bump_local::{ArenaRef, Plain};
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let plain: ArenaRef<'_, '_, Plain> = arena.arena_ref().plain();
    /// assert_eq!(*plain.alloc(1), 1);
    /// ```
    #[inline]
    #[must_use]
    pub fn plain(self) -> ArenaRef<'lock, 'a, Plain<A>> {
        ArenaRef::new(Plain::of(self.region))
    }
}

impl<const MIN_ALIGN: usize> ArenaRef<'_, '_, Plain<Chunks<MIN_ALIGN>>> {
    /// Like the `scratch` of a reference that is not plain, but the temporaries are plain, too.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// # let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let arena = arena.plain();
    /// let first = arena.scratch(|temporaries| {
    ///     let words = temporaries.alloc_slice_fill_iter("to be or not".split(' '));
    ///     words.sort();
    ///     arena.alloc_str(words[0])
    /// });
    /// assert_eq!(first, "be");
    /// ```
    pub fn scratch<'env, R>(
        self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Plain<Chunks<MIN_ALIGN>>>) -> R,
    ) -> R {
        let chunks = &self.region.0;
        chunks.scratch(|chunks| scope::open(Plain::of(chunks), f))
    }
}

impl<const MIN_ALIGN: usize> ArenaRef<'_, '_, Chunks<MIN_ALIGN>> {
    /// Opens a scope for temporaries, beside what is allocated here, in which results can be
    /// allocated meanwhile; see [`Arena::scratch`].
    ///
    /// ```
    /// use bump_local::ArenaRef;
    ///
    /// fn first<'a>(arena: ArenaRef<'_, 'a>, text: &str) -> &'a str {
    ///     arena.scratch(|temporaries| {
    ///         let words = temporaries.alloc_slice_fill_iter(text.split(' '));
    ///         words.sort();
    ///         arena.alloc_str(words[0])
    ///     })
    /// }
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// assert_eq!(first(arena.arena_ref(), "to be or not"), "be");
    /// ```
    pub fn scratch<'env, R>(
        self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        self.region.scratch(|chunks| scope::open(chunks, f))
    }
}

impl<A: Rewind + ?Sized> Clone for ArenaRef<'_, '_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Rewind + ?Sized> Copy for ArenaRef<'_, '_, A> {}

impl<A: Rewind + ?Sized> fmt::Debug for ArenaRef<'_, '_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArenaRef").finish_non_exhaustive()
    }
}

impl_raw_alloc!(impl[A: Rewind + ?Sized] for ArenaRef<'_, '_, A>, self => self.region);

// SAFETY: it is a reference, and always leads to the same region. The type names `'lock`, and the
// region is not rewound to before a block until `'lock` is over.
unsafe impl<A: Rewind + ?Sized> Handle for ArenaRef<'_, '_, A> {
    type Allocator = Self;

    #[inline]
    fn allocator(&self) -> &Self {
        self
    }
}

/// A reference that allocates for `'a` like an [`ArenaRef`], and also opens scopes beside the
/// values: for `'lock`, nothing else can reach its region.
///
/// Values that were allocated before a scope can be used in it and after it, also where it is opened
/// in an arena or by a guard:
///
/// ```
/// use bump_local::{Arena, ArenaMut};
///
/// /// The middle word of each line, by the alphabet. The sorted words of a line are free at its end.
/// fn middles<'a>(arena: &mut ArenaMut<'_, 'a>, text: &str) -> &'a [&'a str] {
///     let middles = arena.alloc_slice_fill_copy(text.lines().count(), "");
///     for (middle, line) in middles.iter_mut().zip(text.lines()) {
///         let word = arena.scope(|scope| {
///             let words = scope.alloc_slice_fill_iter(line.split(' '));
///             words.sort_unstable();
///             words[words.len() / 2]
///         });
///         *middle = arena.alloc_str(word);
///     }
///     middles
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
/// let mut arena = Arena::from_mem(&mut buffer);
/// let mut unique = arena.arena_mut();
/// let first = middles(&mut unique, "to be or\nnot to be");
/// let second = middles(&mut unique, "that is the question");
/// assert_eq!((first, second), (&["or", "not"][..], &["that"][..]));
/// ```
///
/// With it, guards nest, for code that cannot use closures:
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
/// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
/// let mut guard = arena.guard();
/// let mut outer = guard.arena_mut();
/// let kept = outer.alloc_str("kept");
/// for _ in 0..1000 {
///     let inner = outer.guard();
///     assert_eq!(inner.alloc_str("temporary").len(), 9);
/// }
/// assert_eq!(kept, "kept");
/// ```
///
/// While one of its scopes or guards is open, it is locked:
///
/// ```compile_fail,E0499
/// # let mut arena = bump_local::Arena::new();
/// let mut unique = arena.arena_mut();
/// unique.scope(|_| unique.scope(|_| ()));
/// ```
///
/// ```compile_fail,E0502
/// # let mut arena = bump_local::Arena::new();
/// let mut unique = arena.arena_mut();
/// let copy = unique.arena_ref();
/// unique.scope(|_| copy.alloc("freed too early"));
/// ```
///
/// ... and so is the arena or scope that it was made from:
///
/// ```compile_fail,E0502
/// # let mut arena = bump_local::Arena::new();
/// let mut unique = arena.arena_mut();
/// unique.scope(|_| arena.alloc("freed too early"));
/// ```
///
/// ```compile_fail,E0499
/// # let mut arena = bump_local::Arena::new();
/// arena.scope(|scope| {
///     let mut unique = scope.arena_mut();
///     scope.scope(|_| unique.alloc("freed too early"));
/// });
/// ```
// It is not `Copy`, and lends its region only as an `ArenaRef` that locks it: with a second way to
// the region, values could be allocated while a scope is open, and freed at its end.
pub struct ArenaMut<'lock, 'a: 'lock, A: Rewind + ?Sized = Chunks> {
    /// Nobody else uses it for `'lock`.
    region: &'a A,
    lock: PhantomData<&'lock mut ()>,
}

impl<'lock, 'a, A: Rewind + ?Sized> ArenaMut<'lock, 'a, A> {
    /// A reference to a region that nobody else uses during `'lock`, and that is not rewound during
    /// `'a` to before what is allocated now.
    pub(crate) fn new(region: &'a A) -> Self {
        ArenaMut {
            region,
            lock: PhantomData,
        }
    }

    /// An [`ArenaRef`] to the same region, which locks this reference.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let unique = arena.arena_mut();
    /// let (one, other) = (unique.arena_ref(), unique.arena_ref());
    /// assert_eq!(*one.alloc(1) + *other.alloc(2), 3);
    /// ```
    #[inline]
    #[must_use]
    pub fn arena_ref<'r>(&'r self) -> ArenaRef<'r, 'a, A> {
        ArenaRef::new(self.region)
    }

    /// Opens a scope, beside what was allocated; see [`Scope`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut unique = arena.arena_mut();
    /// let total = unique.alloc(0);
    /// for number in 0..1000 {
    ///     unique.scope(|scope| *total += *scope.alloc(number));
    /// }
    /// assert_eq!(*total, 499_500);
    /// ```
    pub fn scope<'env, R>(
        &mut self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, A>) -> R,
    ) -> R {
        scope::open(self.region, f)
    }

    /// Opens a scope that ends with the guard, beside what was allocated; see [`ScopeGuard`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut unique = arena.arena_mut();
    /// let kept = unique.alloc_str("kept");
    /// let guard = unique.guard();
    /// guard.alloc_str("temporary");
    /// drop(guard);
    /// assert_eq!((kept.len(), arena.used_bytes()), (4, 4));
    /// ```
    pub fn guard(&mut self) -> ScopeGuard<'_, A> {
        ScopeGuard::new(self.region)
    }

    value_methods! {
        ['r] [&'r self] -> 'a,
        lock: 'r,
        region: self.region, A,
        before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 4096];\n# let mut arena = bump_local::Arena::from_mem(&mut buffer);\n# let arena = arena.arena_mut();",
        after: "",
    }
}

impl<const MIN_ALIGN: usize> ArenaMut<'_, '_, Chunks<MIN_ALIGN>> {
    /// Opens a scope for temporaries, beside what is allocated here, in which results can be
    /// allocated meanwhile; see [`Arena::scratch`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let unique = arena.arena_mut();
    /// let first = unique.scratch(|temporaries| {
    ///     let words = temporaries.alloc_slice_fill_iter("to be or not".split(' '));
    ///     words.sort();
    ///     unique.alloc_str(words[0])
    /// });
    /// assert_eq!(first, "be");
    /// ```
    pub fn scratch<'env, R>(
        &self,
        f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        self.arena_ref().scratch(f)
    }
}

impl<A: Rewind + ?Sized> fmt::Debug for ArenaMut<'_, '_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArenaMut").finish_non_exhaustive()
    }
}
