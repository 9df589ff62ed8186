//! The conversions of each type that allocates to an [`ArenaRef`] and an
//! [`ArenaMut`](crate::ArenaMut).

#[cfg(feature = "std")]
use crate::PoolArena;
use crate::chunks::Chunks;
use crate::guard::ScopeGuard;
use crate::rewind::Rewind;
use crate::scope::Scope;
use crate::{Arena, ArenaMut, ArenaRef, Bump, BumpSlice};

/// Writes the conversions of a type to the two references. The values last as long as the type is
/// locked, for one borrow; only in a scope, they last as long as the scope.
macro_rules! references {
    (
        impl[$($generics:tt)*] for $type:ty, $A:ty, $this:ident => $region:expr,
        lock: $r:lifetime, values: $a:lifetime,
        before: $before:literal, after: $after:literal $(,)?
    ) => {
        impl<$($generics)*> $type {
            /// A reference for functions that allocate in an arena, a scope, a guard or a region of
            /// a fixed size.
            ///
            /// ```
            #[doc = $before]
            /// use bump_local::{ArenaRef, Rewind};
            ///
            /// fn sum<'a, A: Rewind + ?Sized>(
            ///     arena: ArenaRef<'_, 'a, A>,
            ///     one: u32,
            ///     other: u32,
            /// ) -> &'a u32 {
            ///     arena.alloc(one + other)
            /// }
            ///
            /// assert_eq!(*sum(arena.arena_ref(), 1, 2), 3);
            #[doc = $after]
            /// ```
            #[inline]
            #[must_use]
            pub fn arena_ref<$r>(&$r self) -> $crate::ArenaRef<$r, $a, $A> {
                let $this = self;
                $crate::ArenaRef::new($region)
            }

            /// The same with methods that do not compile for values with a destructor that would
            /// never run; see [`Plain`]($crate::Plain).
            ///
            /// ```
            #[doc = $before]
            /// assert_eq!(*arena.plain().alloc(1), 1);
            #[doc = $after]
            /// ```
            #[inline]
            #[must_use]
            pub fn plain<$r>(&$r self) -> $crate::ArenaRef<$r, $a, $crate::Plain<$A>> {
                self.arena_ref().plain()
            }

            /// A reference for functions that allocate, and also open scopes beside their values.
            ///
            /// ```
            #[doc = $before]
            /// let mut unique = arena.arena_mut();
            /// let kept = unique.alloc(1);
            /// unique.scope(|scope| *kept += *scope.alloc(2));
            /// assert_eq!(*kept, 3);
            #[doc = $after]
            /// ```
            #[inline]
            #[must_use]
            pub fn arena_mut<$r>(&$r mut self) -> $crate::ArenaMut<$r, $a, $A> {
                let $this = self;
                $crate::ArenaMut::new($region)
            }
        }
    };
}
#[cfg(feature = "std")]
pub(crate) use references;

references! {
    impl['mem, const MIN_ALIGN: usize] for Arena<'mem, MIN_ALIGN>, Chunks<MIN_ALIGN>,
    this => &this.chunks,
    lock: 'r, values: 'r,
    before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];\n# let mut arena = bump_local::Arena::from_mem(&mut buffer);",
    after: "",
}
references! {
    impl['a, 'env, A: Rewind + ?Sized] for Scope<'a, 'env, A>, A,
    this => this.region,
    lock: 'r, values: 'a,
    before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];\n# let mut arena = bump_local::Arena::from_mem(&mut buffer);\n# arena.scope(|arena| {",
    after: "# });",
}
references! {
    impl['outer, A: Rewind + ?Sized] for ScopeGuard<'outer, A>, A,
    this => this.region,
    lock: 'r, values: 'r,
    before: "# let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];\n# let mut arena = bump_local::Arena::from_mem(&mut buffer);\n# let mut arena = arena.guard();",
    after: "",
}
references! {
    impl[T, const MIN_ALIGN: usize] for Bump<T, MIN_ALIGN>, Bump<T, MIN_ALIGN>,
    this => this,
    lock: 'r, values: 'r,
    before: "# let mut arena = bump_local::Bump::<[u64; 8]>::uninit();",
    after: "",
}
references! {
    impl[const MIN_ALIGN: usize] for BumpSlice<MIN_ALIGN>, BumpSlice<MIN_ALIGN>,
    this => this,
    lock: 'r, values: 'r,
    before: "# let mut buffer = [core::mem::MaybeUninit::uninit(); 128];\n# let mut arena = bump_local::BumpSlice::from_mem(&mut buffer).unwrap();",
    after: "",
}

impl<'a, const MIN_ALIGN: usize> From<&'a Arena<'_, MIN_ALIGN>>
    for ArenaRef<'a, 'a, Chunks<MIN_ALIGN>>
{
    fn from(arena: &'a Arena<'_, MIN_ALIGN>) -> Self {
        arena.arena_ref()
    }
}

impl<'lock, 'a, A: Rewind + ?Sized> From<&'lock Scope<'a, '_, A>> for ArenaRef<'lock, 'a, A> {
    fn from(scope: &'lock Scope<'a, '_, A>) -> Self {
        scope.arena_ref()
    }
}

impl<'a, A: Rewind + ?Sized> From<&'a ScopeGuard<'_, A>> for ArenaRef<'a, 'a, A> {
    fn from(guard: &'a ScopeGuard<'_, A>) -> Self {
        guard.arena_ref()
    }
}

#[cfg(feature = "std")]
impl<'lock, 'pool, const MIN_ALIGN: usize> From<&'lock PoolArena<'pool, MIN_ALIGN>>
    for ArenaRef<'lock, 'pool, Chunks<MIN_ALIGN>>
{
    fn from(arena: &'lock PoolArena<'pool, MIN_ALIGN>) -> Self {
        arena.arena_ref()
    }
}

impl<'lock, 'a, A: Rewind + ?Sized> From<&'lock ArenaMut<'_, 'a, A>> for ArenaRef<'lock, 'a, A> {
    fn from(unique: &'lock ArenaMut<'_, 'a, A>) -> Self {
        unique.arena_ref()
    }
}

impl<'a, T, const MIN_ALIGN: usize> From<&'a Bump<T, MIN_ALIGN>>
    for ArenaRef<'a, 'a, Bump<T, MIN_ALIGN>>
{
    fn from(bump: &'a Bump<T, MIN_ALIGN>) -> Self {
        bump.arena_ref()
    }
}

impl<'a, const MIN_ALIGN: usize> From<&'a BumpSlice<MIN_ALIGN>>
    for ArenaRef<'a, 'a, BumpSlice<MIN_ALIGN>>
{
    fn from(bump: &'a BumpSlice<MIN_ALIGN>) -> Self {
        bump.arena_ref()
    }
}
