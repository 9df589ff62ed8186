//! Parses Lua with several threads into trees in the arenas of a pool: with spans, names of which there
//! is one copy, and symbol tables in hash maps on the arenas. The trees outlive the threads. Prints
//! the time and the memory of that, next to those of the same trees in boxes.
//!
//! ```text
//! cargo run --release -p bump-local --features std,allocator-api2-02 --example lua [-- [--tree] file…]
//! ```
//!
//! | file | what is in it |
//! |---|---|
//! | `main.rs` | which files, which threads, and what is printed |
//! | `tree.rs` | the tree: references and slices |
//! | `lexer.rs` | the tokens, as parts of the text |
//! | `print.rs` | the tree as text |
//! | `parser.rs`, `statements.rs`, `expressions.rs` | the parser, which has one arena for the tree and one for what is needed meanwhile |

use core::cmp::Reverse;
use core::time::Duration;
use std::alloc::System;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs, thread};

use bump_global::Tracked;
use bump_local::{Arena, ArenaRef, Pool};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

mod lexer;
mod parser;
mod print;
mod tree;

use parser::{Trees, parse};
use tree::File;

#[global_allocator]
static HEAP: Tracked<System> = Tracked::new(System);

const SAMPLE: &str = include_str!("sample.lua");

/// How often the sample is parsed, if no file is named.
const COPIES: usize = 1000;

/// How often the time is taken. The shortest counts.
const TURNS: usize = 5;

type Sources = Vec<(String, String)>;

/// The files, or so many copies of the sample if none is named.
fn sources(names: Vec<String>, copies: usize) -> Result<Sources, String> {
    if names.is_empty() {
        return Ok(vec![("sample.lua".into(), SAMPLE.into()); copies]);
    }
    let read = |name: String| match fs::read_to_string(&name) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(format!("{name}: {error}")),
    };
    names.into_iter().map(read).collect()
}

/// The line that has a byte.
fn line(text: &str, at: u32) -> usize {
    1 + text
        .bytes()
        .take(at as usize)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// Parses all files into the arenas of a pool.
fn parse_all<'p>(pool: &'p Pool, sources: &Sources) -> Result<Vec<File<'p>>, String> {
    let file = |(name, text): &(String, String)| {
        let arena = pool.get();
        // The parser's temporaries are beside the tree, and are gone when the tree is complete.
        let parsed = arena.scratch(|beside| parse(arena.arena_ref(), beside.arena_ref(), text));
        parsed.map_err(|error| format!("{name}:{}: {}", line(text, error.at), error.message))
    };
    sources.par_iter().map(file).collect()
}

/// Each part of a tree in a box of its own, which is never freed.
#[derive(Clone, Copy)]
struct Boxes;

impl<'p> Trees<'p> for Boxes {
    fn one<T: Copy + 'p>(self, value: T) -> &'p T {
        Box::leak(Box::new(value))
    }

    fn slice<T: Copy + 'p>(self, values: &[T]) -> &'p [T] {
        Box::leak(values.into())
    }

    fn text(self, text: &str) -> &'p str {
        Box::leak(text.into())
    }
}

/// Parses all files into boxes, by one thread.
fn parse_into_boxes(sources: &Sources) -> usize {
    let mut beside = Arena::new();
    let nodes = sources.iter().map(|(_, text)| {
        let parsed =
            beside.scope(|beside| parse(Boxes, beside.arena_ref(), text).map(|file| file.nodes));
        parsed.unwrap_or(0)
    });
    nodes.sum()
}

/// The shortest time of several turns.
fn shortest<E>(mut turn: impl FnMut() -> Result<(), E>) -> Result<Duration, E> {
    let mut shortest = Duration::MAX;
    for _ in 0..TURNS {
        let start = Instant::now();
        turn()?;
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}

/// The global variables of all files with their uses, those with the most first.
fn globals<'p>(arena: ArenaRef<'_, 'p>, files: &[File<'p>]) -> &'p [(&'p str, u64)] {
    arena.scratch(|beside| {
        let mut uses = hashbrown::HashMap::new_in(beside.arena_ref());
        for global in files.iter().flat_map(|file| file.globals) {
            *uses.entry(global.name.0).or_insert(0) += u64::from(global.uses);
        }
        let sorted = arena.alloc_slice_fill_iter(uses.iter().map(|(name, uses)| (*name, *uses)));
        sorted.sort_unstable_by_key(|(name, uses)| (Reverse(*uses), *name));
        &*sorted
    })
}

/// Prints the trees of files, and what is remarkable in them.
fn print(names: Vec<String>) -> Result<(), String> {
    let (sources, pool) = (sources(names, 1)?, Pool::new());
    for ((name, text), file) in sources.iter().zip(parse_all(&pool, &sources)?) {
        for statement in file.block {
            println!("{name}:{}: {statement}", line(text, statement.span.start));
        }
        for variable in file.unused {
            let line = line(text, variable.span.start);
            println!("{name}:{line}: the variable {variable} is not used");
        }
        for global in file.globals {
            let line = line(text, global.first.start);
            println!("{name}:{line}: the global {} is used first", global.name.0);
        }
    }
    Ok(())
}

fn run(names: Vec<String>) -> Result<(), String> {
    let sources = sources(names, COPIES)?;
    let bytes: usize = sources.iter().map(|(_, text)| text.len()).sum();
    println!("{} files of Lua, {bytes} bytes", sources.len());

    let mut pool = Pool::new();
    let processors = thread::available_parallelism().map_or(1, |number| number.get());
    let mut one = Duration::ZERO;
    for threads in [1, processors] {
        let workers = ThreadPoolBuilder::new().num_threads(threads).build();
        let workers = workers.map_err(|error| error.to_string())?;
        let time = shortest(|| {
            pool.reset();
            workers.install(|| parse_all(&pool, &sources).map(drop))
        })?;
        if threads == 1 {
            one = time;
        }
        let speed = one.as_secs_f64() / time.as_secs_f64();
        println!("in arenas, {threads} threads: {time:.1?}, {speed:.2} times as fast as one");
    }

    let before = HEAP.statistics();
    let time = shortest(|| {
        parse_into_boxes(&sources);
        Ok::<(), String>(())
    })?;
    let boxes = HEAP.statistics();
    let ratio = time.as_secs_f64() / one.as_secs_f64();
    println!("in boxes, 1 threads: {time:.1?}, {ratio:.2} times as long as in arenas");

    pool.reset();
    let files = parse_all(&pool, &sources)?;
    let nodes: usize = files.iter().map(|file| file.nodes).sum();
    let statements: usize = files.iter().map(|file| file.block.len()).sum();
    println!("{nodes} nodes; {statements} statements are not in functions");
    for (name, uses) in globals(pool.get().arena_ref(), &files).iter().take(5) {
        println!("{uses:>8} uses of the global {name}");
    }
    let used: usize = pool.arenas().map(|arena| arena.used_bytes()).sum();
    println!(
        "{used} bytes in {} arenas; in boxes {} bytes, and what the heap adds to each of {}",
        pool.arenas().count(),
        (boxes.in_use - before.in_use) / TURNS,
        (boxes.allocations - before.allocations) / TURNS,
    );
    Ok(())
}

fn main() -> ExitCode {
    let mut names: Vec<String> = env::args().skip(1).collect();
    let option = names.first().filter(|name| name.starts_with('-')).cloned();
    let done = match option.as_deref() {
        None => run(names),
        Some("--tree") => print(names.split_off(1)),
        Some(option) => {
            println!("Parses Lua with several threads into trees in the arenas of a pool.\n");
            println!("usage: lua [--tree] [file…]");
            match option {
                "--help" => Ok(()),
                _ => Err(format!("there is no option {option}")),
            }
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
