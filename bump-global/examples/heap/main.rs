//! An ordinary program, with threads, strings and maps, that lives in statics: it counts the words
//! of a text, on each of three heaps, and shows what that took of them.
//!
//! ```text
//! cargo run --release -p bump-global --features std --example heap [-- --help]
//! ```
//!
//! Each error ends it with a message: with status 1, a file that is missing, unreadable or
//! not text, and arguments that make no sense; with status 2, a heap that is too small.

mod heaps;
mod picture;
mod words;

use core::fmt::Write as _;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;

use heaps::{HEAP_BYTES, HEAPS, Heap};
use picture::{Grid, Totals};

#[global_allocator]
static ALLOCATOR: heaps::Switch = heaps::Switch;

const USAGE: &str = "usage: heap [OPTION]... [FILE]";

const HELP: &str = "
  --heap BYTES   how large each heap is: at most 16777216, which it is otherwise
  --on NAME      the heap to run on: Bump, Recycling or PerThread; otherwise one after the other
  --rounds N     how often the words are counted on each; otherwise 10
  --threads N    how many threads count the words: at most 64; otherwise 4
  --top N        how many of the words are printed, most frequent first; otherwise 5
  --svg FILE     where the picture is written; otherwise target/heaps.svg
  FILE           a text in UTF-8; otherwise the licence";

fn main() -> ExitCode {
    let result = Options::parse().and_then(|options| run(&options));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            heaps::complain(format_args!("{message}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if options.help {
        println!("Counts the words of a text on heaps in statics.\n\n{USAGE}\n{HELP}");
        return Ok(());
    }
    let path = options.file.display();
    let bytes = std::fs::read(&options.file).map_err(|error| format!("{path}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| format!("{path} is not text: {error}"))?;

    let mut page = String::new();
    let mut used = Vec::new();
    for (index, heap) in HEAPS.iter().enumerate() {
        if options.on.is_some_and(|on| on != heap.name) {
            continue;
        }
        heap.hold_back(options.heap);
        let ranking = heaps::on(index, || {
            let mut ranking = Vec::new();
            for _ in 0..options.rounds {
                ranking = words::ranking(&text, options.threads);
            }
            ranking
        });
        if used.is_empty() {
            let words: usize = ranking.iter().map(|(_, count)| count).sum();
            let (bytes, different) = (text.len(), ranking.len());
            let _ = writeln!(
                page,
                "{path}: {bytes} bytes, {words} words, {different} different"
            );
            for (word, count) in ranking.iter().take(options.top) {
                let _ = writeln!(page, "{count:8}  {word}");
            }
        }
        drop(ranking);
        used.push(heap);
    }
    report(&mut page, &used);
    draw(&mut page, &used, options)?;
    io::stdout()
        .write_all(page.as_bytes())
        .map_err(|error| error.to_string())
}

/// The bytes that each heap took, as a table.
fn report(page: &mut String, heaps: &[&Heap]) {
    let totals: Vec<Totals> = heaps
        .iter()
        .map(|heap| Totals::new(heap.events()))
        .collect();
    let names = heaps.iter().map(|heap| heap.name.to_owned());
    let lines: [(&str, Vec<String>); 4] = [
        ("", names.collect()),
        (
            "calls",
            totals.iter().map(|total| total.calls.to_string()).collect(),
        ),
        (
            "bytes taken",
            totals.iter().map(|total| total.taken.to_string()).collect(),
        ),
        (
            "in use at most",
            totals
                .iter()
                .map(|total| total.in_use.to_string())
                .collect(),
        ),
    ];
    for (name, cells) in lines {
        let _ = write!(page, "\n{name:14}");
        for cell in cells {
            let _ = write!(page, "{cell:>WIDTH$}");
        }
    }
    page.push_str("\n\n");
    for heap in heaps {
        let more = heap.calls_not_recorded();
        if more > 0 {
            let _ = writeln!(
                page,
                "{}: {more} calls more, which were not recorded\n",
                heap.name
            );
        }
    }
}

/// The distance of two columns of the report, and the size of its pictures.
const WIDTH: usize = 21;
const COARSE: (usize, usize) = (WIDTH - 1, 12);

/// The pictures: characters on the page, and an SVG in a file.
fn draw(page: &mut String, heaps: &[&Heap], options: &Options) -> Result<(), String> {
    let most = heaps.iter().map(|heap| Totals::new(heap.events()).taken);
    let bytes = most.max().unwrap_or(0);
    let grids: Vec<Grid> = heaps
        .iter()
        .map(|heap| Grid::new(heap.events(), bytes, COARSE))
        .collect();
    for row in (0..COARSE.1).rev() {
        let label = bytes.div_ceil(COARSE.1) * (row + 1) / 1024;
        let _ = write!(page, "{label:9} KiB ");
        for grid in &grids {
            let _ = write!(page, "│{:width$}", grid.row(row), width = COARSE.0);
        }
        page.push('\n');
    }
    let _ = writeln!(
        page,
        "{:14}{}",
        "",
        "└ time, in calls ─── ".repeat(heaps.len())
    );
    page.push_str("                █ in use   ▒ half of it   · taken, and in no block\n\n");

    let fine: Vec<(&str, Grid)> = heaps
        .iter()
        .map(|heap| (heap.name, Grid::new(heap.events(), bytes, picture::FINE)))
        .collect();
    let svg = picture::svg("Memory of each heap, address over time", &fine, bytes);
    let file = &options.svg;
    file.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(file, svg))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    let _ = writeln!(page, "The same in more detail: {}", file.display());
    Ok(())
}

struct Options {
    help: bool,
    file: PathBuf,
    heap: usize,
    on: Option<&'static str>,
    rounds: usize,
    svg: PathBuf,
    threads: usize,
    top: usize,
}

impl Options {
    fn parse() -> Result<Self, String> {
        let mut options = Options {
            help: false,
            file: concat!(env!("CARGO_MANIFEST_DIR"), "/LICENSE").into(),
            heap: HEAP_BYTES,
            on: None,
            rounds: 10,
            svg: "target/heaps.svg".into(),
            threads: 4,
            top: 5,
        };
        let mut arguments = lexopt::Parser::from_env();
        options
            .read(&mut arguments)
            .map_err(|error| format!("{error}\n{USAGE}"))?;
        Ok(options)
    }

    fn read(&mut self, arguments: &mut lexopt::Parser) -> Result<(), lexopt::Error> {
        let mut files = 0;
        while let Some(argument) = arguments.next()? {
            match argument {
                Short('h') | Long("help") => self.help = true,
                Long("heap") => self.heap = at_most(HEAP_BYTES, &arguments.value()?)?,
                Long("on") => self.on = Some(heap_named(&arguments.value()?)?),
                Long("rounds") => self.rounds = at_most(1000, &arguments.value()?)?.max(1),
                Long("svg") => self.svg = arguments.value()?.into(),
                Long("threads") => self.threads = at_most(64, &arguments.value()?)?.max(1),
                Long("top") => self.top = arguments.value()?.parse()?,
                Value(file) if files == 0 => {
                    self.file = file.into();
                    files += 1;
                }
                other => return Err(other.unexpected()),
            }
        }
        Ok(())
    }
}

fn at_most(limit: usize, value: &OsString) -> Result<usize, lexopt::Error> {
    let number: usize = value.parse()?;
    if number > limit {
        return Err(format!("{number} is too large: at most {limit}").into());
    }
    Ok(number)
}

fn heap_named(value: &OsString) -> Result<&'static str, lexopt::Error> {
    let names = HEAPS.iter().map(|heap| heap.name);
    names
        .into_iter()
        .find(|name| value.eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("no heap is called {}", value.to_string_lossy()).into())
}
