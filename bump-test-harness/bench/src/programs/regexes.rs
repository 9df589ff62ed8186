//! Compiles regular expressions and searches a log with them; some of them are kept for later.

use std::fmt::Write as _;
use std::hint::black_box;

use regex::{Regex, RegexSet};

use crate::random::{Random, word};

const PATTERNS: [&str; 8] = [
    r"^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)",
    r"(?i)\b[a-z0-9._%+-]+@[a-z0-9.-]+\.(com|org|net)\b",
    r"(?<level>WARN|ERROR)\s+(?<module>\w+(?:::\w+)*)",
    r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b",
    r"took\s+(\d+(?:\.\d+)?)\s*(ms|s|us)",
    r"(ba|cor|de){2,4}[a-z]*(?:ter|vo)?",
    r"[[:alpha:]]+\p{Greek}?\s*=\s*\w+",
    r#""(?:[^"\\]|\\.)*""#,
];

/// The lines of a log.
pub(crate) fn log() -> String {
    let mut random = Random::new(2);
    let mut text = String::new();
    for n in 0..200 {
        let _ = writeln!(
            text,
            "2026-11-{:02}T{:02}:{:02} {} {}::{} user={}@{}.org \"{}\" from 10.0.{}.{} took {}.{} ms",
            n % 28 + 1,
            n % 24,
            random.below(60),
            random.pick(&["INFO", "INFO", "DEBUG", "WARN", "ERROR"]),
            word(random.below(30)),
            word(random.below(300)),
            word(random.below(4000)),
            word(random.below(20)),
            word(random.rank(4000)),
            random.below(256),
            random.below(256),
            random.below(300),
            random.below(10),
        );
    }
    text
}

pub(crate) fn run(log: &str) {
    let mut kept = Vec::new();
    let mut found = Vec::new();
    for (n, pattern) in PATTERNS.iter().enumerate() {
        let regex = Regex::new(pattern).unwrap();
        for line in log.lines() {
            if let Some(captures) = regex.captures(line) {
                found.extend(captures.get(0).map(|whole| whole.as_str().to_owned()));
            }
        }
        black_box(regex.replace_all(log, "<$0>"));
        if n % 2 == 0 {
            kept.push(regex);
        }
        found.retain(|text| text.len() > n);
    }
    let set = RegexSet::new(PATTERNS).unwrap();
    let matches: Vec<_> = log.lines().map(|line| set.matches(line)).collect();
    black_box((kept, found, matches));
}
