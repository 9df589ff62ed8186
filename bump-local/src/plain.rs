//! A region that takes no values with destructors, for programs that want none to be forgotten.
//!
//! The check itself is in `values::leaks`. All values without an owner go through that.

use core::alloc::Layout;
use core::fmt;
use core::ptr::{self, NonNull};

use crate::rewind::{Checkpoint, Rewind};

/// A region in which a value with a destructor does not compile, unless something drops it.
///
/// An arena runs no destructors, so a `Vec` in one of its values is memory that is never freed. All
/// regions have a method `plain`, which gives an [`ArenaRef`](crate::ArenaRef) of this type:
///
/// ```
/// use bump_local::Arena;
///
/// struct Node<'a> {
///     name: &'a str,
///     children: &'a [Node<'a>],
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
/// let arena = Arena::from_mem(&mut buffer);
/// let arena = arena.plain();
/// let mut children = arena.vec_builder();
/// children.push(Node { name: arena.alloc_str("child"), children: &[] });
/// let root = arena.alloc(Node { name: "root", children: children.finish() });
/// assert_eq!((root.name, root.children[0].name), ("root", "child"));
/// ```
///
/// A type that owns memory elsewhere is refused, and the compiler says what can be done:
///
/// ```compile_fail,E0080
/// # let arena = bump_local::Arena::new();
/// let arena = arena.plain();
/// arena.alloc(vec![1, 2, 3]);
/// ```
///
/// ... even if the value would be made in its place, is a part of another type, or one of many:
///
/// ```compile_fail,E0080
/// # let arena = bump_local::Arena::new();
/// # let arena = arena.plain();
/// arena.alloc_with(|| (1, Some(String::new())));
/// ```
///
/// ```compile_fail,E0080
/// # let arena = bump_local::Arena::new();
/// # let arena = arena.plain();
/// arena.alloc_slice_fill_iter("to be".split(' ').map(String::from));
/// ```
///
/// ```compile_fail,E0080
/// # let arena = bump_local::Arena::new();
/// # let arena = arena.plain();
/// let mut builder = arena.vec_builder();
/// builder.push(String::new());
/// builder.finish();
/// ```
///
/// ```compile_fail,E0080
/// # let arena = bump_local::Arena::new();
/// # let arena = arena.plain();
/// arena.alloc_slice_uninit::<String>(3);
/// ```
///
/// A value with an owner is dropped, so it compiles:
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
/// # let arena = bump_local::Arena::from_mem(&mut buffer);
/// let arena = arena.plain();
/// let text = arena.alloc_boxed(String::from("dropped with the box"));
/// assert_eq!(text.len(), 20);
/// ```
///
/// To forget a destructor on purpose, put the value into a
/// [`ManuallyDrop`](core::mem::ManuallyDrop).
///
/// A function that takes a plain reference shows by its signature that it forgets no destructor:
///
/// ```
/// use bump_local::{Arena, ArenaRef, Plain};
///
/// fn parse<'a>(arena: ArenaRef<'_, 'a, Plain>, text: &str) -> &'a [&'a str] {
///     let words = text.split(' ').map(|word| &*arena.alloc_str(word));
///     arena.alloc_slice_fill_iter(words)
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 512];
/// let mut arena = Arena::from_mem(&mut buffer);
/// assert_eq!(parse(arena.plain(), "in an arena").len(), 3);
/// arena.scope(|scope| assert_eq!(parse(scope.plain(), "in a scope").len(), 3));
/// ```
///
/// The compiler checks it when it generates code, so `cargo build` sees it, and `cargo check` does not.
#[repr(transparent)]
pub struct Plain<A: ?Sized = crate::Chunks>(pub(crate) A);

impl<A: ?Sized> Plain<A> {
    /// The same region, as a plain one.
    #[inline]
    pub(crate) const fn of(region: &A) -> &Self {
        // SAFETY: the only field of a transparent struct.
        unsafe { &*(ptr::from_ref(region) as *const Self) }
    }
}

// SAFETY: all blocks are those of the region inside.
unsafe impl<A: Rewind + ?Sized> Rewind for Plain<A> {
    type Raw = A::Raw;

    const FORGETS_DESTRUCTORS: bool = false;

    #[inline]
    fn raw(&self) -> &A::Raw {
        self.0.raw()
    }

    #[inline]
    fn take_slow(&self, layout: Layout, min_align: usize) -> Option<NonNull<u8>> {
        self.0.take_slow(layout, min_align)
    }

    #[inline]
    unsafe fn resize(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
        min_align: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.0.resize(block, old, new, min_align) }
    }

    #[inline]
    fn widen(&self, block: NonNull<u8>) -> Option<NonNull<u8>> {
        self.0.widen(block)
    }

    #[inline]
    fn checkpoint(&self) -> Checkpoint {
        self.0.checkpoint()
    }

    #[inline]
    unsafe fn rewind(&self, checkpoint: Checkpoint) {
        // SAFETY: the caller's promise.
        unsafe { self.0.rewind(checkpoint) };
    }
}

impl<A: fmt::Debug + ?Sized> fmt::Debug for Plain<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plain").field(&&self.0).finish()
    }
}
