//! The example `heap` as a program: what it prints, and how it ends when something is wrong. Not under
//! emulation: it is a program of its own.

#![cfg(not(any(miri, emulated)))]

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs the example, which the test runner built beside this test. A backtrace would need memory
/// that an exhausted heap does not have, so it is asked for.
fn heap(arguments: &[&str]) -> Output {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let example = profile.join("examples").join("heap");
    Command::new(&example)
        .args(arguments)
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("the example, which `cargo test` builds unless told to build less")
}

fn fails(arguments: &[&str], status: i32, message: &str) {
    let output = heap(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{errors}");
    assert!(errors.contains(message), "{errors}");
    assert!(output.stdout.is_empty());
}

/// The number in a line of the report that starts with `name`, in a column.
fn number(text: &str, name: &str, column: usize) -> usize {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    let numbers = line[name.len()..].split_whitespace();
    numbers
        .map(|word| word.parse().unwrap())
        .nth(column)
        .unwrap()
}

#[test]
fn counts_words() {
    for threads in ["1", "7"] {
        let picture = picture(threads);
        let output = heap(&["--threads", threads, "--top", "3", "--svg", &picture]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        // The licence, as `tr -cs A-Za-z0-9 '\n'` counts it.
        let ranking = "     106  the\n      78  or\n      74  of\n\n";
        assert!(text.contains(ranking), "{text}");
        for heap in 0..3 {
            // Bytes in use were taken. All but `Bump` use again the bytes that were in use once.
            let (taken, in_use) = (
                number(&text, "bytes taken", heap),
                number(&text, "in use at most", heap),
            );
            assert!(in_use <= taken && taken < 16 << 20, "{text}");
            assert!(heap == 0 || taken < 6 * in_use, "{text}");
        }
        let svg = std::fs::read_to_string(&picture).unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert!(svg.matches("class=\"taken\"").count() > 3 * 80);
    }
}

/// A file for a picture, beside the program that draws it.
fn picture(name: &str) -> String {
    let file = std::env::current_exe().unwrap().with_file_name(name);
    file.with_extension("svg").to_str().unwrap().to_owned()
}

#[test]
fn runs_on_one_heap() {
    let output = heap(&[
        "--on",
        "recycling",
        "--heap",
        "400000",
        "--svg",
        &picture("one"),
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("Recycling") && !text.contains("PerThread"),
        "{text}"
    );
    assert!(number(&text, "bytes taken", 0) < 400_000);
}

#[test]
fn says_how_it_is_used() {
    for option in ["--help", "-h"] {
        let output = heap(&[option]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(text.contains("\nusage: heap [OPTION]"), "{text}");
        assert!(!text.contains("bytes taken"), "nothing else: {text}");
    }
}

#[test]
fn a_file_that_is_missing_or_no_text() {
    fails(&["no such file"], 1, "no such file: ");
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    fails(&[directory.to_str().unwrap()], 1, "irectory");
    let program = std::env::current_exe().unwrap();
    fails(&[program.to_str().unwrap()], 1, "is not text");
}

#[test]
fn a_heap_that_is_too_small() {
    for bytes in ["0", "2000", "20000", "100000"] {
        fails(&["--heap", bytes], 2, "Bump is exhausted");
    }
    for name in ["Recycling", "PerThread"] {
        fails(&["--heap", "50000", "--on", name], 2, "is exhausted");
    }
    fails(&["--heap", "99999999999"], 1, "too large");
}

#[test]
fn arguments_that_are_wrong() {
    fails(&["--unknown"], 1, "usage: heap");
    fails(&["one", "two"], 1, "usage: heap");
    fails(&["--threads", "many"], 1, "usage: heap");
    fails(&["--on", "none"], 1, "no heap is called none");
}
