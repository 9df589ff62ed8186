//! Where to start, by what you have: guides, each compiled and run as a test.
//!
//! | you have | read | run, in the repository |
//! |---|---|---|
//! | a microcontroller | [a heap in a static](global_heap), [how large it must be](how_large), [without compare-and-swap](without_cas) | `bump-test-harness/firmware/run cortex-m3` |
//! | a microcontroller with several banks, or DMA | [memory in sections](memory_in_sections), [blocks for devices](global_heap#blocks-for-devices) | `bump-test-harness/firmware/run cortex-m3` |
//! | a kernel | [kernels that find their memory](kernels) | `bump-test-harness/firmware/run x86-64` |
//! | a boot stage | [memory known at run time](run_time_memory) | `bump-test-harness/firmware/run rv32imac` |
//! | a WebAssembly module | [heaps that grow](growing_heaps#webassembly) | `bump-test-harness/firmware/run wasm` |
//! | a server, or another program with threads | [a heap that lasts](global_heap#a-heap-that-lasts), [the first touch of memory](first_touch) | `cargo run --release -p bump-global --features std --example heap` |
//! | tasks of an executor | [pinned tasks](static_tasks) | `cargo run -p bump-global --example tasks` |
//! | another allocator until now | from [`static-alloc`](from_static_alloc), [`embedded-alloc`](from_embedded_alloc), [`linked_list_allocator`](from_linked_list_allocator), [`talc`](from_talc) | |
//!
//! For a parser, or a request that frees all at its end, there are the arenas of
//! [`bump-local`](https://docs.rs/bump-local); for an allocator of your own
//! [`bump-core`](https://docs.rs/bump-core), and to test one
//! [`bump-test-harness`](https://docs.rs/bump-test-harness).

// The page is always there; its examples are run where the system calls are.
#[cfg_attr(
    any(not(doctest), all(target_os = "linux", not(miri))),
    doc = include_str!("guide/first_touch.md")
)]
pub mod first_touch {}
#[doc = include_str!("guide/from_embedded_alloc.md")]
pub mod from_embedded_alloc {}
#[doc = include_str!("guide/from_linked_list_allocator.md")]
pub mod from_linked_list_allocator {}
#[doc = include_str!("guide/from_static_alloc.md")]
pub mod from_static_alloc {}
#[doc = include_str!("guide/from_talc.md")]
pub mod from_talc {}
#[doc = include_str!("guide/global_heap.md")]
pub mod global_heap {}
#[doc = include_str!("guide/growing_heaps.md")]
pub mod growing_heaps {}
#[doc = include_str!("guide/how_large.md")]
pub mod how_large {}
#[doc = include_str!("guide/kernels.md")]
pub mod kernels {}
#[doc = include_str!("guide/memory_in_sections.md")]
pub mod memory_in_sections {}
#[doc = include_str!("guide/run_time_memory.md")]
pub mod run_time_memory {}
#[cfg_attr(any(not(doctest), feature = "allocator-api2-04"), doc = include_str!("guide/static_tasks.md"))]
pub mod static_tasks {}
#[doc = include_str!("guide/without_cas.md")]
pub mod without_cas {}
