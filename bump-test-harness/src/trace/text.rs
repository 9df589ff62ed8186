//! A [`Trace`] as text, with a line for each request: how it is written, and read back. Whether a
//! request that was read is lawful is decided in `trace.rs`.

use core::alloc::Layout;
use core::fmt;
use core::str::FromStr;

use super::{Builder, Request, Trace};

/// The text is not a trace. The error has the number of the first wrong line, from 1.
///
/// ```
/// use bump_test_harness::trace::{NotATrace, Trace};
///
/// // The second line frees a block that is not in use.
/// assert_eq!("alloc 0 24/8\nfree 1".parse::<Trace>(), Err(NotATrace { line: 2 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATrace {
    /// The number of the line.
    pub line: usize,
}

impl fmt::Display for NotATrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not a lawful request", self.line)
    }
}

impl core::error::Error for NotATrace {}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allocate { block, layout } => {
                write!(f, "alloc {block} {}/{}", layout.size(), layout.align())
            }
            Self::Resize { block, size } => write!(f, "resize {block} {size}"),
            Self::Release { block } => write!(f, "free {block}"),
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.requests
            .iter()
            .try_for_each(|request| writeln!(f, "{request}"))
    }
}

impl FromStr for Trace {
    type Err = NotATrace;

    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let mut trace = Builder::default();
        for (line, text) in text.lines().enumerate() {
            read(text)
                .filter(|request| trace.allows(request))
                .map(|request| trace.add(request))
                .ok_or(NotATrace { line: line + 1 })?;
        }
        Ok(trace.finish())
    }
}

fn read(line: &str) -> Option<Request> {
    let mut words = line.split_whitespace();
    let call = words.next()?;
    let block = words.next()?.parse().ok()?;
    let request = match call {
        "alloc" => {
            let (size, align) = words.next()?.split_once('/')?;
            let layout = Layout::from_size_align(size.parse().ok()?, align.parse().ok()?);
            Request::Allocate {
                block,
                layout: layout.ok()?,
            }
        }
        "resize" => Request::Resize {
            block,
            size: words.next()?.parse().ok()?,
        },
        "free" => Request::Release { block },
        _ => return None,
    };
    words.next().is_none().then_some(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_trace_is_not_read() {
        for (text, line) in [
            ("alloc 0 0/1", 1),
            ("alloc 0 4/3", 1),
            ("alloc 4000000000 4/4", 1),
            ("alloc 0 4/4\nalloc 0 4/4", 2),
            ("alloc 0 4/4\nresize 0 0", 2),
            ("alloc 0 4/4\nresize 0 9223372036854775807", 2),
            ("alloc 0 4/4\nfree 0\nfree 0", 3),
            ("alloc 0 4/4\nfree 0 1", 2),
            ("alloc 0 4/4\n\nfree 0", 2),
        ] {
            assert_eq!(text.parse::<Trace>(), Err(NotATrace { line }), "{text}");
        }
    }
}
