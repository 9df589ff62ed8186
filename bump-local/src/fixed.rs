//! The methods that the regions of a fixed size have in common, [`Bump`](crate::Bump) and
//! [`BumpSlice`](crate::BumpSlice). Both are names for `Inline` with a cursor for one thread.
//!
//! Their methods for blocks and values are those of every region (`bump_core`), and their scopes
//! are those of arenas (`scope`).

use core::alloc::Layout;
use core::fmt;
use core::mem::MaybeUninit;
use core::panic::RefUnwindSafe;
use core::ptr::NonNull;

use bump_core::{
    Allocation, Cursor as _, Failure, LeakBox, Memory, RawBump, bump_methods, debug, engine,
};

use crate::bump::{Bump, Sized};
use crate::bump_slice::{BumpSlice, Slice};
use crate::cell::CellCursor;
use crate::guard::ScopeGuard;
use crate::rewind::{Checkpoint, Rewind};
use crate::scope::{self, Scope};

/// Writes the methods of a type whose only field is an `Inline`, and makes it a region.
macro_rules! fixed {
    (impl[$($generics:tt)*] $name:literal $bump:ty, $inline:ty, $example:literal) => {
        impl<$($generics)*> $bump {
            /// Makes all of the memory available again. Its content stays as it is.
            ///
            /// ```
            #[doc = $example]
            /// bump.leak([0_u8; 64]).unwrap();
            /// bump.reset();
            /// bump.leak([0_u8; 64]).unwrap();
            /// ```
            ///
            /// Nothing that was allocated before can be used afterwards:
            ///
            /// ```compile_fail,E0502
            /// # let mut bump = bump_local::Bump::<[u64; 8]>::uninit();
            /// let value = bump.leak(1_u64).unwrap();
            /// bump.reset();
            /// *value += 1;
            /// ```
            #[inline]
            pub fn reset(&mut self) {
                self.cursor().set(0);
            }

            /// Takes a place for a value, and owns it: what is written to it is dropped with the
            /// box.
            ///
            /// ```
            #[doc = $example]
            /// use bump_local::LeakBox;
            ///
            /// let place = bump.bump_box::<u64>().unwrap();
            /// assert_eq!(*LeakBox::write(place, 42), 42);
            /// ```
            ///
            /// # Errors
            ///
            /// [`Failure::Exhausted`] if it does not fit.
            pub fn bump_box<'bump, V: 'bump>(
                &'bump self,
            ) -> Result<LeakBox<'bump, MaybeUninit<V>>, Failure> {
                let block: Allocation<'bump, V> = self.get().ok_or(Failure::Exhausted)?;
                // SAFETY: the block was just taken for a `V`.
                let place = unsafe { block.uninit() };
                // SAFETY: nobody else has the reference, and a region does not read its memory.
                Ok(unsafe { LeakBox::from_mut_unchecked(place) })
            }

            /// Takes places for `n` values.
            ///
            /// ```
            #[doc = $example]
            /// assert_eq!(bump.bump_array::<u8>(7).unwrap().len(), 7);
            /// assert!(bump.bump_array::<u8>(usize::MAX).is_err());
            /// ```
            ///
            /// # Errors
            ///
            /// [`Failure::Exhausted`] if they do not fit.
            pub fn bump_array<'bump, V: 'bump>(
                &'bump self,
                n: usize,
            ) -> Result<LeakBox<'bump, [MaybeUninit<V>]>, Failure> {
                let places = self.get_uninit_slice(n).ok_or(Failure::Exhausted)?;
                // SAFETY: nobody else has the reference, and a region does not read its memory.
                Ok(unsafe { LeakBox::from_mut_unchecked(places) })
            }

            /// Opens a scope: all that is allocated in it is freed at its end, when the closure
            /// returns or unwinds; see [`Scope`].
            ///
            /// ```
            #[doc = $example]
            /// let length = bump.scope(|scope| scope.alloc_str("temporary").len());
            /// assert_eq!((length, bump.used()), (9, 0));
            /// ```
            pub fn scope<'env, R>(
                &mut self,
                f: impl for<'scope> FnOnce(&mut Scope<'scope, 'env, Self>) -> R,
            ) -> R {
                scope::open(self, f)
            }

            /// Opens a scope that ends with the guard; see [`ScopeGuard`].
            ///
            /// ```
            #[doc = $example]
            /// let guard = bump.guard();
            /// assert_eq!(guard.alloc_str("temporary").len(), 9);
            /// drop(guard);
            /// assert_eq!(bump.used(), 0);
            /// ```
            pub fn guard(&mut self) -> ScopeGuard<'_, Self> {
                ScopeGuard::new(self)
            }

            /// The present state, for [`rewind`](Self::rewind).
            ///
            /// ```
            #[doc = $example]
            /// let checkpoint = bump.checkpoint();
            /// bump.leak(42).unwrap();
            /// // SAFETY: the value is not used any more.
            /// unsafe { bump.rewind(checkpoint) };
            /// assert_eq!(bump.used(), 0);
            /// ```
            #[must_use]
            pub fn checkpoint(&self) -> Checkpoint {
                Rewind::checkpoint(self)
            }

            /// Frees all that was allocated since the checkpoint.
            ///
            /// [Scopes](Self::scope) and [guards](Self::guard) are the safe forms.
            ///
            /// ```
            #[doc = $example]
            /// let kept = bump.leak(1_u8).unwrap();
            /// let checkpoint = bump.checkpoint();
            /// bump.leak(2_u8).unwrap();
            /// // SAFETY: the only value that was allocated since is not used any more.
            /// unsafe { bump.rewind(checkpoint) };
            /// assert_eq!((*kept, bump.used()), (1, 1));
            /// ```
            ///
            /// # Safety
            ///
            /// - The checkpoint is from this allocator, which has not been reset since, nor rewound
            ///   to an earlier one.
            /// - Nothing that was allocated since is used any more, nor what an older block has
            ///   grown by, nor a [`Recycling`](crate::Recycling) or a
            ///   [`RecyclingArena`](crate::RecyclingArena) that had any of it: they keep what is free.
            pub unsafe fn rewind(&self, checkpoint: Checkpoint) {
                // SAFETY: the caller's promise.
                unsafe { Rewind::rewind(self, checkpoint) };
            }

            bump_methods!($example);
        }

        // SAFETY: those of the only field; `rewind` sets the cursor back.
        unsafe impl<$($generics)*> RawBump for $bump {
            type Cursor = CellCursor;

            const MIN_ALIGN: usize = MIN_ALIGN;
            const BASE_ALIGN: usize = <$inline>::BASE_ALIGN;

            #[inline]
            fn cursor(&self) -> &CellCursor {
                self.0.cursor()
            }

            #[inline]
            fn memory(&self) -> Option<Memory> {
                self.0.memory()
            }
        }

        // SAFETY: all blocks are the engine's.
        unsafe impl<$($generics)*> Rewind for $bump {
            type Raw = $inline;

            #[inline]
            fn raw(&self) -> &$inline {
                &self.0
            }

            #[inline]
            fn take_slow(&self, _: Layout, _: usize) -> Option<NonNull<u8>> {
                None
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
                unsafe { engine::resize(&self.0, block, old, new, min_align) }
            }

            #[inline]
            fn widen(&self, block: NonNull<u8>) -> Option<NonNull<u8>> {
                Some(self.memory()?.start().with_addr(block.addr()))
            }

            #[inline]
            fn checkpoint(&self) -> Checkpoint {
                Checkpoint {
                    position: self.cursor().load(),
                    end: NonNull::dangling(),
                }
            }

            #[inline]
            unsafe fn rewind(&self, checkpoint: Checkpoint) {
                // The block that was the last one may have become smaller since the checkpoint.
                self.cursor().set(checkpoint.position.min(self.cursor().load()));
            }
        }

        // The cursor is consistent between any two instructions, so also after a panic.
        impl<$($generics)*> RefUnwindSafe for $bump {}

        impl<$($generics)*> fmt::Debug for $bump {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                debug($name, self, f)
            }
        }
    };
}

fixed!(
    impl[T, const MIN_ALIGN: usize] "Bump" Bump<T, MIN_ALIGN>, Sized<T, MIN_ALIGN>,
    "# #[allow(unused_mut)]\nlet mut bump = bump_local::Bump::<[u64; 8]>::uninit();"
);
fixed!(
    impl[const MIN_ALIGN: usize] "BumpSlice" BumpSlice<MIN_ALIGN>, Slice<MIN_ALIGN>,
    "# let mut buffer = [core::mem::MaybeUninit::uninit(); 128];\n# #[allow(unused_mut)]\nlet mut bump = bump_local::BumpSlice::from_mem(&mut buffer).unwrap();"
);
