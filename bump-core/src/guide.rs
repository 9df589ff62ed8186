//! Where to start, by what you have: a guide, compiled and run as a test.
//!
//! | you have | read | run, in the repository |
//! |---|---|---|
//! | an allocator to write | [an allocator of your own](own_allocator) | `cargo run -p bump-core --example own_heap` |
//! | one to test | the guide of [`bump-test-harness`](https://docs.rs/bump-test-harness) | `cargo run --release -p bump-test-harness --example peers` |
//! | one that exists, to choose | [`bump-global`](https://docs.rs/bump-global) for heaps, [`bump-local`](https://docs.rs/bump-local) for arenas | |

#[doc = include_str!("guide/own_allocator.md")]
pub mod own_allocator {}
