//! One check in a process of its own: both sides of it, and the lines that pass between them.

use core::time::Duration;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use bump_test_harness::base::Faults;
use bump_test_harness::minimise::minimise;
use bump_test_harness::{Limits, Outcome, op, property};

use crate::subjects;

/// The outcome of a check.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Passed,
    Inapplicable(String),
    /// The violation, and the shortest sequence.
    Failed(String, String),
    /// How the process ended, and the sequence that it ran.
    Crashed(String, String),
    /// The sequence with which it does not end.
    Hung(String),
}

/// Before each sequence the child says which: the last one is the culprit if it dies.
const RUNNING: &str = "running\t";

/// The child's side of a check.
pub(crate) fn check(subject: &str, property: &str) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let (Some(subject), Some(property)) = (subjects::named(subject), property::named(property))
    else {
        return ExitCode::FAILURE;
    };
    let outcome = property.check_watched(&*subject.make(), &|ops| {
        // Nobody listens any more: then nobody misses it either.
        let _ = writeln!(std::io::stdout(), "{RUNNING}{}", op::format(ops));
    });
    let line = match outcome {
        Outcome::Passed(_) => String::from("passed"),
        Outcome::Inapplicable(why) => format!("inapplicable\t{why}"),
        Outcome::Failed(failure) => format!(
            "failed\t{}\t{}",
            failure.violation,
            op::format(&failure.sequence)
        ),
    };
    match writeln!(std::io::stdout(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The child's side of a repetition: only whether it gets to the end counts.
pub(crate) fn replay(subject: &str, sequence: &str) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let (Some(subject), Some(ops)) = (subjects::named(subject), op::parse(sequence)) else {
        return ExitCode::FAILURE;
    };
    let _ = property::run_sequence(
        &*subject.make(),
        &Faults::default(),
        Limits::default(),
        &ops,
    );
    ExitCode::SUCCESS
}

/// Runs a check in a child and waits for it, not longer than that.
pub(crate) fn run_check(subject: &str, property: &str, timeout: Duration) -> std::io::Result<Cell> {
    let mut last = String::new();
    let mut cell = None;
    let end = run(&["--check", subject, property], timeout, |line| {
        let mut parts = line.split('\t').map(String::from);
        let mut next = || parts.next().unwrap_or_default();
        match next().as_str() {
            "running" => last = next(),
            "passed" => cell = Some(Cell::Passed),
            "inapplicable" => cell = Some(Cell::Inapplicable(next())),
            "failed" => cell = Some(Cell::Failed(next(), next())),
            _ => {}
        }
    })?;
    Ok(match (end, cell) {
        (None, _) => Cell::Hung(shortest(subject, &last, HANG, |end| end.is_none())),
        (Some(status), Some(cell)) if status.success() => cell,
        (Some(status), _) => {
            let crashed = |end: Option<ExitStatus>| end.is_some_and(|status| !status.success());
            Cell::Crashed(
                status.to_string(),
                shortest(subject, &last, timeout, crashed),
            )
        }
    })
}

/// A repetition that has not ended by then counts as hanging.
const HANG: Duration = Duration::from_millis(500);
/// How many repetitions may end badly: each that hangs takes its time.
const REPETITIONS: usize = 40;

/// The shortest sequence found that ends in the same way.
fn shortest(
    subject: &str,
    sequence: &str,
    timeout: Duration,
    same: impl Fn(Option<ExitStatus>) -> bool,
) -> String {
    let mut left = REPETITIONS;
    let mut ends_so = |sequence: &str| {
        let end = (left > 0).then(|| run(&["--replay", subject, sequence], timeout, |_| {}));
        let yes = matches!(end, Some(Ok(end)) if same(end));
        left -= usize::from(yes);
        yes
    };
    match op::parse(sequence) {
        Some(ops) if ends_so(sequence) => {
            op::format(&minimise(ops, |ops| ends_so(&op::format(ops))))
        }
        _ => String::from(sequence),
    }
}

/// Runs this program with other arguments, passes on what it prints, and kills it when the time is
/// up: then the answer is `None`.
fn run(
    arguments: &[&str],
    timeout: Duration,
    mut each_line: impl FnMut(&str),
) -> std::io::Result<Option<ExitStatus>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (sender, receiver) = mpsc::channel();
    let out = child.stdout.take();
    let reader = thread::spawn(move || {
        // A line that is not text belongs to a child that is about to die.
        for line in out.into_iter().flat_map(|out| BufReader::new(out).lines()) {
            if line.is_ok_and(|line| sender.send(line).is_err()) {
                break;
            }
        }
    });
    let deadline = std::time::Instant::now() + timeout;
    let end = loop {
        let rest = deadline.saturating_duration_since(std::time::Instant::now());
        match receiver.recv_timeout(rest) {
            Ok(line) => each_line(&line),
            Err(RecvTimeoutError::Disconnected) => break Some(child.wait()?),
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                break None;
            }
        }
    };
    let _ = reader.join();
    Ok(end)
}
