//! What one wants to do, and how: a guide, compiled and run as a test.

#[doc = include_str!("guide/testing.md")]
pub mod testing {}
