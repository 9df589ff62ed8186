//! The job: counting the words of a text with several threads, in strings and maps. It knows nothing
//! of the heap that it runs on.

use std::collections::HashMap;
use std::thread;

/// The words of a text in small letters, most frequent first.
pub(crate) fn ranking(text: &str, threads: usize) -> Vec<(String, usize)> {
    let mut ranking: Vec<_> = count(text, threads).into_iter().collect();
    ranking.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    ranking
}

/// Counts the words of a text, each thread those of its part.
fn count(text: &str, threads: usize) -> HashMap<String, usize> {
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
