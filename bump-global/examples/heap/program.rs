//! The program, and the static that it lives in; not which heap is the global one, since another
//! program records what this one does.
//!
//! It reads a text, counts its words with several threads, prints the most frequent, and then what
//! that took of the heap. Whatever goes wrong ends it with a message: with status 1, a file that is
//! missing, unreadable or not text, and arguments that make no sense; with status 2, a heap that is
//! too small.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::fmt::{self, Write as _};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{ExitCode, exit};
use std::thread;

use bump_global::Bump;
use lexopt::prelude::*;

const HEAP_BYTES: usize = 16 << 20;

const USAGE: &str = "usage: heap [--heap BYTES] [--threads N] [--top N] [FILE]";

const HELP: &str = "
  --heap BYTES  how large the heap is: at most 16777216, which it is otherwise
  --threads N   how many threads count the words: at most 64; otherwise 4
  --top N       how many of the words are printed, most frequent first; otherwise 10
  FILE          a text in UTF-8; otherwise the licence";

/// The memory of the program.
pub(crate) static HEAP: Bump<[u8; HEAP_BYTES]> = Bump::uninit();

/// What `main` does.
pub(crate) fn main() -> ExitCode {
    let result = Options::parse().and_then(|options| run(&options));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            complain(format_args!("{message}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if options.help {
        println!("Counts the words of a text on a heap in a static.\n\n{USAGE}\n{HELP}");
        return Ok(());
    }
    hold_back(options.heap)?;
    let path = options.file.display();
    let bytes = std::fs::read(&options.file).map_err(|error| format!("{path}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| format!("{path} is not text: {error}"))?;

    let counts = count_words(&text, options.threads);
    let mut ranking: Vec<(&String, &usize)> = counts.iter().collect();
    ranking.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));

    let mut page = String::new();
    let _ = writeln!(
        page,
        "{path}: {} bytes, {} words, {} different",
        text.len(),
        counts.values().sum::<usize>(),
        counts.len()
    );
    for (word, count) in ranking.iter().take(options.top) {
        let _ = writeln!(page, "{count:8}  {word}");
    }
    let _ = write!(page, "\n{}", Report::now(options.heap));
    io::stdout()
        .write_all(page.as_bytes())
        .map_err(|error| error.to_string())
}

/// Counts the words of a text, each thread those of its part.
fn count_words(text: &str, threads: usize) -> HashMap<String, usize> {
    let parts = split(text, threads);
    thread::scope(|scope| {
        let workers: Vec<_> = parts
            .into_iter()
            .map(|part| {
                scope.spawn(move || {
                    let mut counts = HashMap::new();
                    for word in part.split(|letter: char| !letter.is_alphanumeric()) {
                        if !word.is_empty() {
                            *counts.entry(word.to_lowercase()).or_insert(0) += 1;
                        }
                    }
                    counts
                })
            })
            .collect();
        let mut total = HashMap::new();
        for worker in workers {
            let counts = worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            for (word, count) in counts {
                *total.entry(word).or_insert(0) += count;
            }
        }
        total
    })
}

/// Splits a text into parts of about the same size, between words.
fn split(mut text: &str, parts: usize) -> Vec<&str> {
    let size = text.len() / parts + 1;
    let mut result = Vec::with_capacity(parts);
    while text.len() > size {
        let tail = &text.as_bytes()[size..];
        let end = tail
            .iter()
            .position(u8::is_ascii_whitespace)
            .map_or(text.len(), |at| size + at);
        // White space in ASCII is never a part of another letter.
        let (part, rest) = text.split_at(end);
        result.push(part);
        text = rest;
    }
    result.push(text);
    result
}

struct Options {
    help: bool,
    file: PathBuf,
    heap: usize,
    threads: usize,
    top: usize,
}

impl Options {
    fn parse() -> Result<Self, String> {
        let mut options = Options {
            help: false,
            file: concat!(env!("CARGO_MANIFEST_DIR"), "/LICENSE").into(),
            heap: HEAP_BYTES,
            threads: 4,
            top: 10,
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

/// Makes the heap as small as was asked for, by taking the rest of it.
fn hold_back(heap: usize) -> Result<(), String> {
    match HEAP.get_slice::<u8>(HEAP_BYTES - heap) {
        Some(_) => Ok(()),
        None => Err(format!(
            "the program itself takes {} bytes of the heap",
            HEAP.used()
        )),
    }
}

/// What the heap gave, and what it would have cost without giving back and growing in place.
struct Report {
    capacity: usize,
    used: usize,
    peak: usize,
    handed_out: usize,
}

/// The highest level that the heap was at.
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// All bytes that were handed out, again for each block that was resized.
static HANDED_OUT: AtomicUsize = AtomicUsize::new(0);

impl Report {
    fn now(capacity: usize) -> Self {
        let held_back = HEAP_BYTES - capacity;
        Report {
            capacity,
            used: HEAP.used() - held_back,
            peak: PEAK.load(Relaxed) - held_back,
            handed_out: HANDED_OUT.load(Relaxed),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:12} bytes of heap", self.capacity)?;
        writeln!(f, "{:12} in use", self.used)?;
        writeln!(f, "{:12} at the peak", self.peak)?;
        writeln!(
            f,
            "{:12} saved by giving back and growing in place",
            self.handed_out.saturating_sub(self.peak)
        )
    }
}

/// The heap, counted, and with an end for the program that has exhausted it.
///
/// The standard library would abort it instead, or panic, and the message of a panic, a backtrace
/// above all, needs memory that is not there.
pub(crate) struct Measured;

impl Measured {
    fn count(block: *mut u8, bytes: usize) -> *mut u8 {
        if block.is_null() {
            exhausted(bytes);
        }
        HANDED_OUT.fetch_add(bytes, Relaxed);
        PEAK.fetch_max(HEAP.used(), Relaxed);
        block
    }
}

// SAFETY: forwards to an allocator; a failure is passed on or ends the program.
unsafe impl GlobalAlloc for Measured {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        Self::count(unsafe { GlobalAlloc::alloc(&HEAP, layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        Self::count(
            unsafe { GlobalAlloc::alloc_zeroed(&HEAP, layout) },
            layout.size(),
        )
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { GlobalAlloc::dealloc(&HEAP, block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        Self::count(
            unsafe { GlobalAlloc::realloc(&HEAP, block, layout, size) },
            size,
        )
    }
}

/// Ends the program, unless it is at its end already: then the request just fails.
fn exhausted(bytes: usize) {
    thread_local! {
        static ENDING: Cell<bool> = const { Cell::new(false) };
    }
    static ENDS: AtomicBool = AtomicBool::new(false);

    if ENDING.get() {
        return;
    }
    if ENDS.swap(true, Relaxed) {
        // Another thread ends the program.
        loop {
            thread::park();
        }
    }
    ENDING.set(true);
    complain(format_args!(
        "the heap is exhausted: {bytes} bytes wanted, {} left; try a larger --heap",
        HEAP.remaining()
    ));
    exit(2);
}

/// Prints a message without a heap: the standard error has no buffer.
fn complain(message: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "heap: {message}");
}
