//! Lines that are formatted, joined, split, replaced and sorted; a few of each round are kept.

use std::hint::black_box;

use crate::random::{Random, word};

pub(crate) fn run(rounds: usize) {
    let mut random = Random::new(8);
    let mut kept: Vec<String> = Vec::new();
    for round in 0..rounds {
        let mut lines = Vec::new();
        for n in 0..120 {
            let name = word(random.rank(5000));
            let value = random.below(100_000);
            lines.push(match n % 3 {
                0 => format!("{name:<14}{value:>8}"),
                1 => format!("{name} = {:?}", Some(value)),
                _ => format!("{name}: {value:#x}, {}", name.to_uppercase()),
            });
        }
        let page = lines.join("\n").replace("Some", "about");
        let columns: Vec<String> = page
            .lines()
            .map(|line| line.split_whitespace().rev().collect::<Vec<_>>().join("\t"))
            .collect();
        let mut words: Vec<String> = page
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort();
        words.dedup();
        kept.push(words.iter().take(20).map(String::as_str).collect());
        kept.extend(columns.into_iter().skip(round % 7).step_by(17));
        if kept.len() > 200 {
            kept.drain(..80);
        }
    }
    black_box(kept);
}
