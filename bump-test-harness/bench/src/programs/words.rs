//! Counts the words of a text with several threads, as the example `heap` of bump-global does. The
//! threads take turns of some words, so that their requests are interleaved in the same way in
//! every run.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;
use std::sync::{Condvar, Mutex};
use std::thread;

use crate::random::{Random, word};

type Counts = HashMap<String, usize, BuildHasherDefault<DefaultHasher>>;

/// A text of 20 000 words, few of them often.
pub(crate) fn text() -> String {
    let mut random = Random::new(3);
    let mut text = String::new();
    for n in 1..=20_000 {
        text.push_str(&word(random.rank(30_000)));
        text.push_str(if n % 11 == 0 { ".\n" } else { " " });
    }
    text
}

/// Which of the workers may go on, `None` for the thread that started them. Waiting takes no memory.
#[derive(Default)]
struct Turns {
    turn: Mutex<Option<usize>>,
    changed: Condvar,
}

impl Turns {
    /// Lets a worker go on, until it gives the turn back.
    fn give(&self, worker: usize) {
        let mut turn = self.turn.lock().unwrap();
        *turn = Some(worker);
        self.changed.notify_all();
        drop(self.changed.wait_while(turn, |turn| turn.is_some()));
    }

    fn wait(&self, worker: usize) {
        let turn = self.turn.lock().unwrap();
        drop(self.changed.wait_while(turn, |turn| *turn != Some(worker)));
    }

    fn give_back(&self) {
        *self.turn.lock().unwrap() = None;
        self.changed.notify_all();
    }
}

/// Lines of a turn.
const TURN: usize = 5;

pub(crate) fn run(text: &str, threads: usize) {
    let lines: Vec<&str> = text.lines().collect();
    let parts: Vec<&[&str]> = lines.chunks(lines.len().div_ceil(threads)).collect();
    let mut total = Counts::default();
    let turns = &Turns::default();
    thread::scope(|scope| {
        let mut workers = Vec::with_capacity(parts.len());
        for (worker, &part) in parts.iter().enumerate() {
            workers.push(scope.spawn(move || {
                let mut counts = Counts::default();
                for lines in part.chunks(TURN) {
                    turns.wait(worker);
                    lines.iter().for_each(|line| count(line, &mut counts));
                    turns.give_back();
                }
                turns.wait(worker);
                turns.give_back();
                counts
            }));
            // Its first turn, so that it has started before the next one does.
            turns.give(worker);
        }
        for round in 1..parts[0].len().div_ceil(TURN) {
            // The last part may have fewer lines than the others.
            let goes_on = |part: &&[&str]| part.len() > round * TURN;
            let turn = parts.iter().take_while(|part| goes_on(part)).count();
            (0..turn).for_each(|worker| turns.give(worker));
        }
        for (n, worker) in workers.into_iter().enumerate() {
            turns.give(n);
            for (word, count) in worker.join().unwrap() {
                *total.entry(word).or_default() += count;
            }
        }
    });
    let mut ranking: Vec<(&String, &usize)> = total.iter().collect();
    ranking.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    let mut page = String::new();
    for (word, count) in ranking.iter().take(20) {
        let _ = writeln!(page, "{count:8}  {word}");
    }
    black_box(page);
}

fn count(line: &str, counts: &mut Counts) {
    for word in line.split(|letter: char| !letter.is_alphanumeric()) {
        if !word.is_empty() {
            *counts.entry(word.to_lowercase()).or_default() += 1;
        }
    }
}
