//! What one wants to do, and how: guides, each compiled and run as a test.

#[doc = include_str!("guide/own_allocator.md")]
pub mod own_allocator {}
