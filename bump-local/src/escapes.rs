//! Ways to get at freed memory from safe code, none of which compiles. The files here have nothing but
//! these tests.
//!
//! The documentation of each type has the mistakes that a user may make in earnest.

mod buffers;
#[cfg(feature = "allocator-api2-04")]
mod collections;
mod destructors;
mod fixed;
mod guards;
mod references;
mod resets;
mod scopes;
mod scratches;
