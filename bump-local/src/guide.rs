//! Where to start, by what you have: guides, each compiled and run as a test.
//!
//! | you have | read | run, in the repository |
//! |---|---|---|
//! | a parser, a compiler | [arenas and scopes](scopes), [maps and vectors](scopes#maps-and-vectors) in them | `cargo run --release -p bump-local --features std,allocator-api2-02 --example lua` |
//! | requests, frames, other work in rounds | [a scope is a round](scopes#a-scope-is-a-round) | `cargo run --release -p bump-local --features alloc --example json` |
//! | values that need their destructors, futures to pin | [destructors and pins](destructors) | |
//! | a tree or a collection that shall own its arena | [owned arenas](owned/index.html), feature `alloc` | that of requests |
//! | threads, each with an arena | [arenas and threads](threads/index.html), feature `std` | that of a parser |
//! | data to read and write with `serde` | [arenas and `serde`](serde) | |
//! | another arena until now | from [`bumpalo`](from_bumpalo), [`bump-scope`](from_bump_scope), [`typed-arena`](from_typed_arena) | |
//!
//! For a heap, where blocks are freed one by one, there is
//! [`bump-global`](https://docs.rs/bump-global); for an arena of your own
//! [`bump-core`](https://docs.rs/bump-core), and to test one
//! [`bump-test-harness`](https://docs.rs/bump-test-harness).

#[doc = include_str!("guide/destructors.md")]
pub mod destructors {}
#[doc = include_str!("guide/from_bump_scope.md")]
pub mod from_bump_scope {}
#[doc = include_str!("guide/from_bumpalo.md")]
pub mod from_bumpalo {}
#[doc = include_str!("guide/from_typed_arena.md")]
pub mod from_typed_arena {}
#[cfg(feature = "alloc")]
// Its examples are run with this feature, and the page is there without it.
#[cfg_attr(any(not(doctest), feature = "allocator-api2-04"), doc = include_str!("guide/owned.md"))]
pub mod owned {}
#[cfg_attr(
    any(
        not(doctest),
        all(feature = "alloc", feature = "allocator-api2-02", feature = "allocator-api2-04")
    ),
    doc = include_str!("guide/scopes.md")
)]
pub mod scopes {}
#[doc = include_str!("guide/serde.md")]
pub mod serde {}
#[cfg(feature = "std")]
#[doc = include_str!("guide/threads.md")]
pub mod threads {}
