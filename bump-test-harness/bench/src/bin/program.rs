//! Three real programs with the heap swapped by a feature: parsing JSON, compiling regular
//! expressions, and formatting strings.
//!
//! Built once for each heap by the script `programs`, which lets the builds take turns.

use std::env;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use cpu_time::ProcessTime;

#[path = "../../benches/shared/global.rs"]
mod global;

fn json(document: &str) {
    let value: serde_json::Value = serde_json::from_str(document).unwrap();
    assert!(value["packages"].is_array());
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

/// Prints, in nanoseconds, the processor time of the process from its start to the end of the first
/// run, and the time of the fastest of later runs, on memory that has been touched.
fn time(mut program: impl FnMut()) {
    program();
    println!("process {}", ProcessTime::now().as_duration().as_nanos());
    global::touch();
    let mut run = || {
        let start = Instant::now();
        program();
        start.elapsed().as_nanos()
    };
    println!("later {}", (0..10).map(|_| run()).min().unwrap_or(0));
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments[1].as_str() {
        "json" => {
            let document = fs::read_to_string(&arguments[2]).unwrap();
            time(|| json(&document));
        }
        "regex" => time(regex),
        "format" => time(format),
        _ => unreachable!("none of the programs"),
    }
}
