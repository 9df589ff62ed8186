//! Parses a JSON document into a tree in an arena, and prints what memory that took, next to the
//! same tree in boxes.
//!
//! The lengths of arrays and objects are not known before they are read. So their elements are
//! linked lists at first, each in a scope of its own beside the tree, and are copied into the tree
//! when they are complete: the tree is made of slices without a byte to spare, and the lists are
//! gone.
//!
//! ```text
//! cargo run --release -p bump-local --features alloc --example json [file]
//! ```

use std::alloc::System;
use std::process::ExitCode;

use bump_global::{Statistics, Tracked};
use bump_local::{Arena, Scope};

#[global_allocator]
static HEAP: Tracked<System> = Tracked::new(System);

/// The compiler's description of some of its targets.
const TARGETS: &str = include_str!("targets.json");

/// A tree of which no part is owned.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Json<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'a str),
    Array(&'a [Json<'a>]),
    Object(&'a [(&'a str, Json<'a>)]),
}

/// The same tree, in as many boxes as it needs and none larger than it needs to be.
enum Boxed {
    Null,
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    Array(Box<[Boxed]>),
    Object(Box<[(Box<str>, Boxed)]>),
}

impl From<Json<'_>> for Boxed {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Null => Boxed::Null,
            Json::Bool(bool) => Boxed::Bool(bool),
            Json::Number(number) => Boxed::Number(number),
            Json::Text(text) => Boxed::Text(text.into()),
            Json::Array(values) => {
                Boxed::Array(values.iter().map(|value| (*value).into()).collect())
            }
            Json::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| ((*name).into(), (*value).into()));
                Boxed::Object(fields.collect())
            }
        }
    }
}

impl Boxed {
    /// Whether it is the same tree.
    fn is(&self, json: Json<'_>) -> bool {
        match (self, json) {
            (Boxed::Null, Json::Null) => true,
            (Boxed::Bool(one), Json::Bool(other)) => *one == other,
            (Boxed::Number(one), Json::Number(other)) => *one == other,
            (Boxed::Text(one), Json::Text(other)) => **one == *other,
            (Boxed::Array(ones), Json::Array(others)) => {
                ones.len() == others.len()
                    && ones.iter().zip(others).all(|(one, other)| one.is(*other))
            }
            (Boxed::Object(ones), Json::Object(others)) => {
                let same = |((name, one), (other_name, other)): (
                    &(Box<str>, Boxed),
                    &(&str, Json<'_>),
                )| { **name == **other_name && one.is(*other) };
                ones.len() == others.len() && ones.iter().zip(others).all(same)
            }
            _ => false,
        }
    }
}

/// An element of a list that is not complete.
struct Link<'t, T> {
    value: T,
    previous: Option<&'t Link<'t, T>>,
}

/// How deep lists may be nested: each level takes stack.
const DEEPEST: u32 = 500;

/// The rest of the document.
struct Parser<'text> {
    text: &'text str,
    rest: &'text str,
    /// How many lists are open.
    depth: u32,
}

/// The place of an error, in bytes from the start.
#[derive(Debug)]
struct Unexpected(usize);

impl<'text> Parser<'text> {
    fn new(text: &'text str) -> Self {
        Parser {
            text,
            rest: text,
            depth: 0,
        }
    }

    fn error(&self) -> Unexpected {
        Unexpected(self.text.len() - self.rest.len())
    }

    /// Skips white space, and then `token` if it is there.
    fn skip(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), Unexpected> {
        match self.skip(token) {
            true => Ok(()),
            false => Err(self.error()),
        }
    }

    /// Reads a document into `tree`, with its temporaries in `lists`.
    fn document<'a>(
        mut self,
        tree: &'a Arena<'_>,
        lists: &mut Scope<'_, '_>,
    ) -> Result<Json<'a>, Unexpected> {
        let json = self.value(tree, lists)?;
        self.skip("");
        match self.rest.is_empty() {
            true => Ok(json),
            false => Err(self.error()),
        }
    }

    fn value<'a>(
        &mut self,
        tree: &'a Arena<'_>,
        lists: &mut Scope<'_, '_>,
    ) -> Result<Json<'a>, Unexpected> {
        if self.skip("{") {
            let fields = self.list(tree, lists, "}", |parser, lists| {
                let name = parser.string(tree)?;
                parser.expect(":")?;
                Ok((name, parser.value(tree, lists)?))
            });
            Ok(Json::Object(fields?))
        } else if self.skip("[") {
            let values = self.list(tree, lists, "]", |parser, lists| parser.value(tree, lists));
            Ok(Json::Array(values?))
        } else if self.rest.starts_with('"') {
            self.string(tree).map(Json::Text)
        } else if self.skip("null") {
            Ok(Json::Null)
        } else if self.skip("true") {
            Ok(Json::Bool(true))
        } else if self.skip("false") {
            Ok(Json::Bool(false))
        } else {
            let other = |c: char| !c.is_ascii_digit() && !"+-.eE".contains(c);
            let length = self.rest.find(other).unwrap_or(self.rest.len());
            let (number, rest) = self.rest.split_at(length);
            let number = number.parse().map_err(|_| self.error())?;
            self.rest = rest;
            Ok(Json::Number(number))
        }
    }

    /// Reads elements up to `end`.
    fn list<'a, T: Copy + 'a>(
        &mut self,
        tree: &'a Arena<'_>,
        lists: &mut Scope<'_, '_>,
        end: &str,
        mut element: impl FnMut(&mut Self, &mut Scope<'_, '_>) -> Result<T, Unexpected>,
    ) -> Result<&'a [T], Unexpected> {
        if self.depth == DEEPEST {
            return Err(self.error());
        }
        self.depth += 1;
        let values = lists.scope(|list| {
            let mut last = None;
            let mut length = 0;
            while !self.skip(end) {
                if length > 0 {
                    self.expect(",")?;
                }
                let value = element(self, list)?;
                last = Some(&*list.alloc(Link {
                    value,
                    previous: last,
                }));
                length += 1;
            }
            let links = core::iter::successors(last, |link| link.previous);
            let values = tree.alloc_slice_fill_iter(links.map(|link| link.value));
            values.reverse();
            Ok(&*values)
        });
        self.depth -= 1;
        values
    }

    fn string<'a>(&mut self, tree: &'a Arena<'_>) -> Result<&'a str, Unexpected> {
        self.expect("\"")?;
        let mut text = tree.string_builder();
        loop {
            let length = self.rest.find(['"', '\\']).ok_or_else(|| self.error())?;
            text.push_str(&self.rest[..length]);
            let escaped = self.rest[length..].starts_with('\\');
            self.rest = &self.rest[length + 1..];
            if !escaped {
                return Ok(text.finish());
            }
            let mut rest = self.rest.chars();
            let char = match rest.next().ok_or_else(|| self.error())? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let digits = rest.as_str().get(..4).ok_or_else(|| self.error())?;
                    rest = rest.as_str()[4..].chars();
                    let code = u32::from_str_radix(digits, 16).map_err(|_| self.error())?;
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                other => other,
            };
            self.rest = rest.as_str();
            text.push_str(char.encode_utf8(&mut [0; 4]));
        }
    }
}

/// How many values there are in a tree.
fn count(json: Json<'_>) -> usize {
    1 + match json {
        Json::Array(values) => values.iter().map(|value| count(*value)).sum(),
        Json::Object(fields) => fields.iter().map(|(_, value)| count(*value)).sum(),
        _ => 0,
    }
}

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    if matches!(argument.as_deref(), Some("-h" | "--help")) {
        println!("Parses JSON into an arena and into boxes, and prints the memory of each.\n");
        println!("usage: json [FILE]\n\n  FILE  a document; otherwise a part of a list of targets");
        return ExitCode::SUCCESS;
    }
    let file = argument.map(std::fs::read_to_string);
    let text = match &file {
        Some(Ok(text)) => text,
        Some(Err(error)) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
        None => TARGETS,
    };
    let mut arena = Arena::new();
    let start = HEAP.statistics();
    let json = match arena.scratch(|lists| Parser::new(text).document(&arena, lists)) {
        Ok(json) => json,
        Err(Unexpected(place)) => {
            eprintln!("unexpected input at byte {place}");
            return ExitCode::FAILURE;
        }
    };
    let parsed = HEAP.statistics();
    let boxed = Boxed::from(json);
    let copied = HEAP.statistics();
    assert!(boxed.is(json), "the trees differ");

    println!("{} bytes of JSON, {} values\n", text.len(), count(json));
    println!("                requests to the heap    bytes for the tree    bytes from the heap");
    let row = |name, before: Statistics, after: Statistics, tree| {
        let requests = after.allocations - before.allocations;
        let bytes = after.in_use - before.in_use;
        println!("{name:<16}{requests:>20}{tree:>22}{bytes:>23}");
    };
    row("boxes", parsed, copied, copied.in_use - parsed.in_use);
    row("arena", start, parsed, arena.used_bytes());

    // The same again takes no more.
    arena.reset();
    let before = HEAP.statistics();
    let again = arena.scratch(|lists| Parser::new(text).document(&arena, lists).map(count));
    row(
        "arena, reused",
        before,
        HEAP.statistics(),
        arena.used_bytes(),
    );
    match again {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
