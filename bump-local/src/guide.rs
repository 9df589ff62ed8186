//! What one wants to do, and how: guides, each compiled and run as a test.

#[doc = include_str!("guide/destructors.md")]
pub mod destructors {}
#[doc = include_str!("guide/from_bumpalo.md")]
pub mod from_bumpalo {}
#[doc = include_str!("guide/scopes.md")]
pub mod scopes {}
#[cfg(feature = "std")]
#[doc = include_str!("guide/threads.md")]
pub mod threads {}
