//! Which types can be sent to another thread, and shared with one, and why.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::panic::{RefUnwindSafe, UnwindSafe};

use bump_local::cell::CellCursor;
use bump_local::{
    Alloca, Arena, ArenaMut, ArenaRef, Bump, BumpSlice, Checkpoint, Chunks, FixedHeap, LeakBox,
    Plain, Recycling, RecyclingArena, Scope, ScopeGuard, SingleThreaded, StringBuilder, TypedArena,
    TypedIterMut, VecBuilder,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

// Memory and a cursor, which is a `Cell`. It can be sent, since blocks borrow it: none is in use then,
// but boxes that somebody else leaked. It cannot be shared: a cell is for one thread.
assert_impl_all!(Arena<'static>: Send, Unpin, UnwindSafe, RefUnwindSafe);
assert_not_impl_any!(Arena<'static>: Sync, Clone);
assert_impl_all!(Chunks<8>: Send);
assert_not_impl_any!(Chunks<8>: Sync, Clone);
assert_impl_all!(Plain: Send);
assert_not_impl_any!(Plain: Sync, Clone);
assert_impl_all!(Recycling<Bump<[u64; 8]>>: Send);
assert_not_impl_any!(Recycling<Bump<[u64; 8]>>: Sync, Clone);
assert_impl_all!(CellCursor: Send);
assert_not_impl_any!(CellCursor: Sync, Clone);
// The type of the storage does not matter: no value of it is in there.
assert_impl_all!(Bump<*mut u8>: Send);
assert_impl_all!(Bump<&'static mut u8>: Send, UnwindSafe, RefUnwindSafe);
assert_not_impl_any!(Bump<u8>: Sync, Clone);
assert_impl_all!(BumpSlice: Send, UnwindSafe, RefUnwindSafe);
assert_not_impl_any!(BumpSlice: Sync);

// The same with values, which are dropped where it is.
assert_impl_all!(TypedArena<'static, u8>: Send);
assert_not_impl_any!(TypedArena<'static, u8>: Sync, Clone);
assert_not_impl_any!(TypedArena<'static, *const u8>: Send);

// They allocate in a region that somebody else has, who may be in another thread by then.
assert_not_impl_any!(ArenaRef<'static, 'static>: Send, Sync);
assert_not_impl_any!(ArenaRef<'static, 'static, Plain<BumpSlice>>: Send, Sync);
assert_not_impl_any!(ArenaMut<'static, 'static>: Send, Sync, Clone);
assert_not_impl_any!(ArenaMut<'static, 'static, Bump<u8>>: Send, Sync);
assert_impl_all!(Scope<'static, 'static>: Unpin, UnwindSafe, RefUnwindSafe);
assert_not_impl_any!(Scope<'static, 'static>: Send, Sync, Clone);
assert_not_impl_any!(Scope<'static, 'static, BumpSlice>: Send, Sync);
assert_impl_all!(ScopeGuard<'static, Chunks>: Unpin, UnwindSafe, RefUnwindSafe);
assert_not_impl_any!(ScopeGuard<'static, Chunks>: Send, Sync, Clone);
assert_not_impl_any!(ScopeGuard<'static, BumpSlice>: Send, Sync);
assert_impl_all!(StringBuilder<'static, 'static, Chunks>: Unpin, UnwindSafe, RefUnwindSafe);
assert_not_impl_any!(StringBuilder<'static, 'static, Chunks>: Send, Sync, Clone);
assert_not_impl_any!(StringBuilder<'static, 'static, BumpSlice>: Send, Sync);
assert_not_impl_any!(VecBuilder<'static, 'static, u8>: Send, Sync, Clone);
assert_not_impl_any!(VecBuilder<'static, 'static, u8, BumpSlice>: Send, Sync);
assert_not_impl_any!(RecyclingArena<'static, 'static>: Send, Sync, Clone);
assert_not_impl_any!(RecyclingArena<'static, 'static, Plain<Chunks<8>>>: Send, Sync);
assert_not_impl_any!(Recycling<&'static Bump<[u64; 8]>>: Send, Sync);
assert_not_impl_any!(Checkpoint: Send, Sync);

// References to values: they never touch the region.
assert_impl_all!(LeakBox<'static, u8>: Send, Sync);
assert_impl_all!(LeakBox<'static, PhantomPinned>: Unpin);
assert_not_impl_any!(LeakBox<'static, *mut u8>: Send, Sync);
assert_not_impl_any!(LeakBox<'static, Cell<u8>>: Sync);
assert_impl_all!(TypedIterMut<'static, u8>: Send, Sync);
assert_not_impl_any!(TypedIterMut<'static, *mut u8>: Send, Sync);
assert_not_impl_any!(TypedIterMut<'static, Cell<u8>>: Sync);

// A number, and no value.
assert_impl_all!(Alloca<*mut u8>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);

// A promise of the program: there is one thread.
assert_impl_all!(SingleThreaded<Bump<u64>>: Sync);
assert_impl_all!(SingleThreaded<FixedHeap<4096, 64>>: Sync);
// Each value of the type refers to the same memory, in every thread.
assert_not_impl_any!(FixedHeap<4096, 64>: Send, Sync, Clone);

#[cfg(feature = "alloc")]
mod with_alloc {
    use super::*;
    use bump_local::RcArena;

    // The counter is not atomic.
    assert_impl_all!(RcArena<'static, 16>: Clone, Unpin);
    assert_not_impl_any!(RcArena<'static>: Send, Sync);
}

#[cfg(feature = "std")]
mod with_std {
    use super::*;
    use bump_local::{Pool, PoolArena};

    // Locks are around the lists of arenas.
    assert_impl_all!(Pool: Send, Sync, UnwindSafe, RefUnwindSafe);
    // One thread has it at a time, as an arena.
    assert_impl_all!(PoolArena<'static>: Send, Unpin, UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(PoolArena<'static>: Sync, Clone);
}
