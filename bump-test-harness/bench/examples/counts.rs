//! Makes comma-separated values of what gungraun prints with `--output-format=json`: a line for
//! each operation of each allocator.

use std::error::Error;
use std::io;

use serde_json::Value;

/// The names of allocators that an identifier cannot have; of the others, `_` becomes a space.
const NAMES: [(&str, &str); 16] = [
    ("bump", "Bump"),
    ("recycling", "Recycling"),
    ("per_thread", "PerThread"),
    ("bump_local", "bump-local"),
    ("bump_local_8", "bump-local 8"),
    ("bump_scope", "bump-scope"),
    ("bump_scope_up", "bump-scope up"),
    ("bump_scope_up_8", "bump-scope up 8"),
    ("bump_scope_down", "bump-scope down"),
    ("static_alloc", "static-alloc"),
    ("blink_alloc", "blink-alloc"),
    ("typed_arena", "typed-arena"),
    ("boxes", "Box over mimalloc"),
    ("alloc_free", "alloc+free"),
    ("alloc_7_grows_free", "alloc+7 grows+free"),
    ("alloc_7_reallocs_free", "alloc+7 reallocs+free"),
];

fn title(identifier: &str) -> String {
    match NAMES.iter().find(|(name, _)| *name == identifier) {
        Some((_, title)) => (*title).to_owned(),
        None => identifier.replace('_', " "),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().len() > 1 {
        println!("usage: cargo bench … -- --output-format=json | counts");
        return Ok(());
    }
    println!("group,operation,allocator,instructions");
    for line in io::stdin().lines() {
        let benchmark: Value = serde_json::from_str(&line?)?;
        let name = |field: &str| title(benchmark[field].as_str().unwrap_or_default());
        let instructions = &benchmark["profiles"][0]["data"]["total"]["metrics"]["Ir"];
        println!(
            "{},{},{},{}",
            name("group"),
            name("function_name"),
            name("id"),
            instructions["values"]["new"],
        );
    }
    Ok(())
}
