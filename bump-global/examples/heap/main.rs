//! An ordinary program, with threads, strings and maps, that lives in a `static`.
//!
//! ```text
//! cargo run -p bump-global --example heap [-- --help]
//! ```

mod program;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: program::Measured = program::Measured;

fn main() -> ExitCode {
    program::main()
}
