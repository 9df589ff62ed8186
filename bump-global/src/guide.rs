//! What one wants to do, and how: guides, each compiled and run as a test.

#[doc = include_str!("guide/from_static_alloc.md")]
pub mod from_static_alloc {}
#[doc = include_str!("guide/global_heap.md")]
pub mod global_heap {}
#[doc = include_str!("guide/how_large.md")]
pub mod how_large {}
#[doc = include_str!("guide/run_time_memory.md")]
pub mod run_time_memory {}
#[doc = include_str!("guide/static_tasks.md")]
pub mod static_tasks {}
#[doc = include_str!("guide/without_cas.md")]
pub mod without_cas {}
