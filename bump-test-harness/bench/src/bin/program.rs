//! Three real programs with the heap swapped by a feature: parsing JSON, compiling regular
//! expressions, and formatting strings.
//!
//! Built once for each heap by the script `programs`, which lets the builds take turns. Prints the
//! nanoseconds of the fastest of several runs of each program.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

#[path = "../../benches/shared/global.rs"]
mod global;

/// A document of a few hundred kilobytes, with all that JSON has.
fn document() -> String {
    let mut text = String::from("[");
    for n in 0..2000 {
        let separator = if n == 0 { "" } else { "," };
        write!(
            text,
            r#"{separator}{{"id":{n},"name":"user {n}","tags":["a","b\n","{n}"],"score":{}.5,
            "nested":{{"on":{},"none":null}}}}"#,
            n * 7,
            n % 2 == 0
        )
        .unwrap();
    }
    text.push(']');
    text
}

fn json(document: &str) {
    let value: serde_json::Value = serde_json::from_str(document).unwrap();
    assert_eq!(value.as_array().unwrap().len(), 2000);
    black_box(&value);
}

fn regex() {
    for pattern in [
        r"^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$",
        r"(?i)\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b",
        r"(foo|bar|baz|qux)+[[:alpha:]]*(?:x{2,5}|y)",
    ] {
        black_box(
            regex_lite::Regex::new(pattern)
                .unwrap()
                .is_match("2026-11-23T00:00Z"),
        );
    }
}

fn format() {
    let mut lines = Vec::new();
    for n in 0..1000 {
        lines.push(format!("{n:>8} {:08x} {:?}", n * 31, Some(n)));
    }
    assert_eq!(black_box(lines.join("\n")).lines().count(), 1000);
}

/// The fastest of several runs, in nanoseconds.
fn time(mut program: impl FnMut()) -> u128 {
    (0..10)
        .map(|_| {
            let start = Instant::now();
            program();
            start.elapsed().as_nanos()
        })
        .min()
        .unwrap_or(0)
}

fn main() {
    // Fresh pages cost more than what is measured. Heaps that give memory back to the system may do
    // so here.
    drop(black_box(vec![1_u8; 1 << 28]));
    let document = document();
    println!("json {}", time(|| json(&document)));
    println!("regex {}", time(regex));
    println!("format {}", time(format));
}
