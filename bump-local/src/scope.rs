//! Scopes: all that is allocated in a scope is freed at its end, and the memory is kept.
//!
//! A scope is a checkpoint that cannot be misused. While it is open, the arena or scope that it was
//! opened in is borrowed uniquely, so nothing can be allocated there that the end of the inner
//! scope would free. The *brand* `'scope` stands for the time until the end: values in the scope may
//! be used for that long. No caller can name it, so nothing that has it in its type can leave the
//! closure.
//!
//! ```text
//!   arena.scope(|outer| {         │                the outer scope notes the cursor
//!       outer.alloc(a);           │ a │
//!       outer.scope(|inner| {     │ a │            the inner scope notes the cursor
//!           inner.alloc(b);       │ a │  b  │
//!       });                       │ a │            the cursor is set back: `b` is free
//!       outer.alloc(c);           │ a │ c │
//!   });                           │                and again: all is free, the memory is kept
//! ```
//!
//! The last bar of each line is the cursor.
//!
//! # Why pinning in a scope is sound
//!
//! [`Pin`] promises that a value stays where it is, and that its memory is not reused or
//! invalidated before its destructor has run, whatever the program does in between. An arena cannot
//! promise the latter of a box that it hands out: the box can be forgotten, and the arena reset. In
//! a closure scope there is no such box. The duty to run the destructor is a link in a list
//! (`destructors`) whose head is a local variable of [`open`], the function that calls the closure:
//!
//! 1. *No program can get at it.* The closure gets a reference to the [`Scope`], never the scope:
//!    to forget it or to replace it takes another one of the same type, and there is none, since no
//!    two scopes have the same brand, in which the type is invariant. `mem::forget` of a reference
//!    to the value, or of anything else, changes nothing in the list.
//! 2. *No way out of the closure leads past it.* Return, early return, `?` and unwinding all end in
//!    `open`, which drops the list, and the rest of it if a destructor unwinds; only then it
//!    rewinds the cursor. If a second one unwinds meanwhile, the process aborts, and no memory is
//!    reused. A closure that never ends never frees.
//! 3. *Nothing frees earlier.* Only the owner of the region, or a unique borrow of it, can rewind,
//!    reset, return or drop the memory behind a scope, and the scope borrows the region. Inner
//!    scopes end first, at a checkpoint behind the value. A guard that is leaked never rewinds. To
//!    give back a block, a program needs the block, and nobody has the block of the value.
//! 4. *The destructor can use all that the value borrows.* The value lives for `'env`, which is
//!    longer than the scope: it may borrow from outside, and from outer scopes, but not from its
//!    own, where its neighbours may be dropped before it.
//!
//! A [`ScopeGuard`] is a value that programs can forget, so it has neither `pin` nor
//! `alloc_dropped`; it is in `guard`.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;

use crate::chunks::Chunks;
use crate::destructors::Destructors;
use crate::error::{AllocError, OnExhaustion, infallible};
use crate::guard::ScopeGuard;
use crate::methods::value_methods;
use crate::rewind::{Rewind, impl_raw_alloc};

/// The inside of a scope: allocates values that last until the end of the scope.
///
/// The closure of [`Arena::scope`](crate::Arena::scope) and its like is called with one. `'scope`
/// is the time until the end of the scope, `'env` a longer one, during which everything lives that
/// the scope drops. `A` is the region, by default that of an [`Arena`](crate::Arena).
///
/// ```
/// use bump_local::{Arena, Scope};
///
/// struct Node<'s> {
///     value: u32,
///     next: Option<&'s Node<'s>>,
/// }
///
/// fn push<'s>(scope: &Scope<'s, '_>, value: u32, next: Option<&'s Node<'s>>) -> &'s Node<'s> {
///     scope.alloc(Node { value, next })
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let mut arena = Arena::from_mem(&mut buffer);
/// let sum = arena.scope(|scope| {
///     let list = push(scope, 1, Some(push(scope, 2, None)));
///     list.value + list.next.unwrap().value
/// });
/// assert_eq!(sum, 3);
/// assert_eq!(arena.used_bytes(), 0);
/// ```
///
/// # Results beside temporaries
///
/// At the end of a scope, everything that was allocated in it is gone. To keep a result, allocate
/// it in an outer scope, and the temporaries beside it: in a [scratch](crate::Arena::scratch),
/// which frees them at once and keeps the memory; or, in a region of a fixed size, in an arena that
/// is made of a part of it, for as long as the outer scope is open.
///
/// ```
/// use bump_local::{Arena, Bump};
///
/// let mut bump: Bump<[u64; 64]> = Bump::uninit();
/// bump.scope(|results| {
///     let mut temporaries = Arena::from_mem(results.alloc_slice_uninit(256));
///     for (text, least) in [("to be or not", "be"), ("to be", "be"), ("that is", "is")] {
///         let first = temporaries.scope(|scope| {
///             let words = scope.alloc_slice_fill_iter(text.split(' '));
///             words.sort_unstable();
///             results.alloc_str(words[0])
///         });
///         assert_eq!(first, least);
///     }
/// });
/// ```
///
/// # What does not compile
///
/// A reference cannot be returned:
///
/// ```compile_fail
/// # let mut arena = bump_local::Arena::new();
/// let escaped = arena.scope(|scope| scope.alloc(1));
/// ```
///
/// It cannot leave in a variable, a cell, a box, the outer scope or the scope itself, either.
///
/// While an inner scope is open, nothing can be allocated in the outer one, neither directly nor by
/// something that grows there:
///
/// ```compile_fail,E0502
/// # let mut arena = bump_local::Arena::new();
/// arena.scope(|outer| {
///     outer.scope(|_| {
///         outer.alloc(1);
///     });
/// });
/// ```
///
/// A value that is dropped at the end must not borrow one that may be dropped or gone before it:
///
/// ```compile_fail,E0521
/// # let mut arena = bump_local::Arena::new();
/// struct Loud<'a>(&'a String);
/// impl Drop for Loud<'_> {
///     fn drop(&mut self) {
///         println!("{}", self.0);
///     }
/// }
/// arena.scope(|scope| {
///     let text: &String = scope.alloc_dropped(String::new());
///     scope.alloc_dropped(Loud(text));
/// });
/// ```
pub struct Scope<'scope, 'env: 'scope, A: Rewind + ?Sized = Chunks> {
    pub(crate) region: &'scope A,
    destructors: Destructors,
    /// Invariant in both lifetimes. A shorter `'env` would admit values that borrow from the scope
    /// itself, and two scopes could be exchanged if their brands could be made the same.
    brand: PhantomData<(Invariant<'scope>, Invariant<'env>)>,
}

/// A lifetime that can be made neither longer nor shorter.
type Invariant<'a> = fn(&'a ()) -> &'a ();

/// Calls `f` with a scope in `region`, of which the caller has unique use.
pub(crate) fn open<'env, A: Rewind + ?Sized, R>(
    region: &A,
    f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, A>) -> R,
) -> R {
    // Dropped last, also on unwinding: the destructors run before their memory is freed.
    let guard = ScopeGuard::new(region);
    let mut scope = Scope {
        region: guard.region,
        destructors: Destructors::default(),
        brand: PhantomData,
    };
    f(&mut scope)
}

impl<'scope, 'env, A: Rewind + ?Sized> Scope<'scope, 'env, A> {
    /// Moves a value into the scope, at whose end its destructor runs.
    ///
    /// The destructors of a scope run in reverse order, also when it unwinds. If one of them
    /// unwinds itself, the rest still run.
    ///
    /// ```
    /// use core::cell::Cell;
    ///
    /// struct CountDown<'a>(&'a Cell<u32>);
    ///
    /// impl Drop for CountDown<'_> {
    ///     fn drop(&mut self) {
    ///         self.0.set(self.0.get() - 1);
    ///     }
    /// }
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let open = Cell::new(2);
    /// arena.scope(|scope| {
    ///     scope.alloc_dropped(CountDown(&open));
    ///     scope.alloc_dropped(CountDown(&open));
    ///     assert_eq!(open.get(), 2);
    /// });
    /// assert_eq!(open.get(), 0);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[inline]
    #[track_caller]
    pub fn alloc_dropped<T: 'env>(&self, val: T) -> &'scope mut T {
        infallible(self.register(val))
    }

    /// Like [`alloc_dropped`](Self::alloc_dropped), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     let text = scope.try_alloc_dropped(String::from("dropped at the end"))?;
    ///     text.push('!');
    ///     Ok::<(), bump_local::AllocError>(())
    /// })?;
    /// # Ok::<(), bump_local::AllocError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. The value is dropped.
    #[inline]
    pub fn try_alloc_dropped<T: 'env>(&self, val: T) -> Result<&'scope mut T, AllocError> {
        self.register(val)
    }

    /// Makes a value in the scope, at whose end its destructor runs; see
    /// [`alloc_dropped`](Self::alloc_dropped).
    ///
    /// The closure may use the scope, too. Values that it leaves to the scope are dropped after
    /// this one. If the closure unwinds, the place of the value is given back.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     let text = scope.alloc_dropped_with(|| String::from("dropped at the end"));
    ///     text.push('!');
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory. The closure is not called then.
    #[inline]
    #[track_caller]
    pub fn alloc_dropped_with<T: 'env>(&self, make: impl FnOnce() -> T) -> &'scope mut T {
        infallible(self.register_with(make))
    }

    /// Like [`alloc_dropped_with`](Self::alloc_dropped_with), without a panic of its own.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     assert!(scope.try_alloc_dropped_with(|| vec![1]).is_ok());
    ///     assert!(scope.try_alloc_dropped_with(|| [const { String::new() }; 100]).is_err());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. The closure is not called then.
    #[inline]
    pub fn try_alloc_dropped_with<T: 'env>(
        &self,
        make: impl FnOnce() -> T,
    ) -> Result<&'scope mut T, AllocError> {
        self.register_with(make)
    }

    #[inline]
    #[track_caller]
    fn register_with<T: 'env, E: OnExhaustion>(
        &self,
        make: impl FnOnce() -> T,
    ) -> Result<&'scope mut T, E> {
        // SAFETY: as in `register`.
        unsafe { self.destructors.alloc_with(self.region, make) }
    }

    /// Collects an iterator in the scope, at whose end the values are dropped, in their order.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     let words = scope.alloc_slice_dropped("to be".split(' ').map(String::from));
    ///     words[0].push_str(" or not to");
    ///     assert_eq!(words, ["to or not to", "be"]);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_dropped<T: 'env>(
        &self,
        values: impl IntoIterator<Item = T>,
    ) -> &'scope mut [T] {
        infallible(self.register_slice(values))
    }

    /// Like [`alloc_slice_dropped`](Self::alloc_slice_dropped), without a panic of its own.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     assert!(scope.try_alloc_slice_dropped([String::new()]).is_ok());
    ///     let endless = core::iter::repeat(String::new());
    ///     assert!(scope.try_alloc_slice_dropped(endless).is_err());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. Values that were made are dropped.
    #[inline]
    pub fn try_alloc_slice_dropped<T: 'env>(
        &self,
        values: impl IntoIterator<Item = T>,
    ) -> Result<&'scope mut [T], AllocError> {
        self.register_slice(values)
    }

    #[inline]
    #[track_caller]
    fn register_slice<T: 'env, E: OnExhaustion>(
        &self,
        values: impl IntoIterator<Item = T>,
    ) -> Result<&'scope mut [T], E> {
        // SAFETY: as in `register`.
        unsafe { self.destructors.alloc_slice(self.region, values) }
    }

    /// Moves a value into the scope and pins it there: it stays in its place until its destructor
    /// has run, at the end of the scope.
    ///
    /// The top of the module's source has the argument why this is sound without `'static`,
    /// although an arena without scopes cannot pin.
    ///
    /// ```
    /// use core::future::Future;
    /// use core::task::{Context, Poll, Waker};
    ///
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// let answer = arena.scope(|scope| {
    ///     let mut future = scope.pin(async { 42 });
    ///     future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    /// });
    /// assert_eq!(answer, Poll::Ready(42));
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[inline]
    #[track_caller]
    pub fn pin<T: 'env>(&self, val: T) -> Pin<&'scope mut T> {
        // SAFETY: the value is dropped in its place before its memory is reused or invalidated: see
        // the top of this file.
        unsafe { Pin::new_unchecked(self.alloc_dropped(val)) }
    }

    /// Like [`pin`](Self::pin), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     let future = scope.try_pin(async { 42 });
    ///     assert!(future.is_ok());
    ///     assert!(scope.try_pin([0_u8; 1000]).is_err());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. The value is dropped.
    #[inline]
    pub fn try_pin<T: 'env>(&self, val: T) -> Result<Pin<&'scope mut T>, AllocError> {
        let val = self.try_alloc_dropped(val)?;
        // SAFETY: as in `pin`.
        Ok(unsafe { Pin::new_unchecked(val) })
    }

    #[inline]
    #[track_caller]
    fn register<T: 'env, E: OnExhaustion>(&self, val: T) -> Result<&'scope mut T, E> {
        // SAFETY: the list is dropped before the region is rewound behind the scope (`open`), and
        // what the value borrows lives for `'env`, which outlives the call of `open`.
        unsafe { self.destructors.alloc(self.region, val) }
    }

    /// Opens a scope inside this one, which is locked meanwhile; see [`Scope`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|outer| {
    ///     let total = outer.alloc(0);
    ///     for number in 0..1000 {
    ///         outer.scope(|inner| *total += *inner.alloc(number));
    ///     }
    ///     assert_eq!(*total, 499_500);
    /// });
    /// ```
    pub fn scope<'inner, R>(
        &mut self,
        f: impl for<'s> FnOnce(&mut Scope<'s, 'inner, A>) -> R,
    ) -> R {
        open(self.region, f)
    }

    /// Opens a scope inside this one that ends with the guard; see [`ScopeGuard`].
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     let guard = scope.guard();
    ///     assert_eq!(guard.alloc_str("temporary").len(), 9);
    /// });
    /// ```
    pub fn guard(&mut self) -> ScopeGuard<'_, A> {
        ScopeGuard::new(self.region)
    }

    value_methods! {
        ['r] [&'r self] -> 'scope,
        lock: 'r,
        region: self.region, A,
        before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 4096];\n# let mut arena = bump_local::Arena::from_mem(&mut buffer);\n# arena.scope(|arena| {",
        after: "# });",
    }
}

impl<const MIN_ALIGN: usize> Scope<'_, '_, Chunks<MIN_ALIGN>> {
    /// Opens a scope for temporaries, beside this one, in which results can be allocated meanwhile;
    /// see [`Arena::scratch`](crate::Arena::scratch).
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 1024];
    /// # let mut arena = bump_local::Arena::from_mem(&mut buffer);
    /// arena.scope(|scope| {
    ///     let first = scope.scratch(|temporaries| {
    ///         let words = temporaries.alloc_slice_fill_iter("to be".split(' '));
    ///         words.sort();
    ///         scope.alloc_str(words[0])
    ///     });
    ///     assert_eq!(first, "be");
    /// });
    /// ```
    pub fn scratch<'env, R>(
        &self,
        f: impl for<'s> FnOnce(&mut Scope<'s, 'env, Chunks<MIN_ALIGN>>) -> R,
    ) -> R {
        self.region.scratch(|chunks| open(chunks, f))
    }
}

impl_raw_alloc!(impl[A: Rewind + ?Sized] for Scope<'_, '_, A>, self => self.region);

impl<A: Rewind + ?Sized> fmt::Debug for Scope<'_, '_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
