//! Where to start, by what you have: a guide, compiled and run as a test.
//!
//! | you have | read | run, in the repository |
//! |---|---|---|
//! | an allocator to test | [testing an allocator](testing) | `cargo run --release -p bump-test-harness --example peers` |
//! | a program whose memory you want to see | [`picture`](crate::picture) | `cargo run --release -p bump-test-harness --example memory_picture` |
//! | an allocator to write | the guide of [`bump-core`](https://docs.rs/bump-core) | |

#[doc = include_str!("guide/testing.md")]
pub mod testing {}
