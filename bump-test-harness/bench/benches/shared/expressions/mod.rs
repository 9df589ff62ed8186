//! One program whose data is a tree: it parses expressions, with a table of the names in them and
//! lists of arguments, folds what is constant into another tree, and evaluates that. On an arena of
//! ours, and in `peers` on those of others, and in boxes; what it takes to make and to free all of it
//! is included.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::ops::Deref;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use bump_bench::random::{Random, word};
use hashbrown::HashMap;

/// Where a tree is.
trait Storage: Copy {
    type Link: Deref<Target = Node<Self>>;
    type List: Deref<Target = [Self::Link]>;
    type Memory: Allocator;

    fn link(self, node: Node<Self>) -> Self::Link;
    fn list(self, links: impl Iterator<Item = Self::Link>) -> Self::List;
    /// Where the table of names is.
    fn memory(self) -> Self::Memory;
}

enum Node<S: Storage> {
    Number(i64),
    Name(usize),
    Pair(u8, S::Link, S::Link),
    Call(usize, S::List),
}

type Names<'t, S> =
    HashMap<&'t str, usize, BuildHasherDefault<DefaultHasher>, <S as Storage>::Memory>;

/// A parser of what `expression` writes, and the names so far.
struct Parser<'t, S: Storage> {
    words: std::str::SplitAsciiWhitespace<'t>,
    names: Names<'t, S>,
    storage: S,
}

impl<S: Storage> Parser<'_, S> {
    /// The next node; `None` at the end of a list.
    fn node(&mut self) -> Option<S::Link> {
        let word = self.words.next()?;
        let node = match word {
            ")" => return None,
            "+" | "-" | "*" => {
                let [left, right] = [self.node()?, self.node()?];
                Node::Pair(word.as_bytes()[0], left, right)
            }
            "(" => {
                let name = self.words.next()?;
                let name = self.name(name);
                let storage = self.storage;
                Node::Call(name, storage.list(std::iter::from_fn(|| self.node())))
            }
            _ => match word.parse() {
                Ok(number) => Node::Number(number),
                Err(_) => Node::Name(self.name(word)),
            },
        };
        Some(self.storage.link(node))
    }
}

impl<'t, S: Storage> Parser<'t, S> {
    fn name(&mut self, name: &'t str) -> usize {
        let next = self.names.len();
        *self.names.entry(name).or_insert(next)
    }
}

fn applied(operator: u8, left: i64, right: i64) -> i64 {
    match operator {
        b'+' => left.wrapping_add(right),
        b'-' => left.wrapping_sub(right),
        _ => left.wrapping_mul(right),
    }
}

/// The tree with pairs of numbers replaced by numbers.
fn folded<S: Storage>(storage: S, node: &Node<S>) -> S::Link {
    storage.link(match node {
        Node::Number(number) => Node::Number(*number),
        Node::Name(name) => Node::Name(*name),
        Node::Pair(operator, left, right) => {
            let [left, right] = [folded(storage, left), folded(storage, right)];
            match (&*left, &*right) {
                (Node::Number(left), Node::Number(right)) => {
                    Node::Number(applied(*operator, *left, *right))
                }
                _ => Node::Pair(*operator, left, right),
            }
        }
        Node::Call(name, list) => {
            let list = storage.list(list.iter().map(|node| folded(storage, node)));
            Node::Call(*name, list)
        }
    })
}

fn value<S: Storage>(node: &Node<S>) -> i64 {
    match node {
        Node::Number(number) => *number,
        Node::Name(name) => *name as i64,
        Node::Pair(operator, left, right) => applied(*operator, value(left), value(right)),
        Node::Call(name, list) => {
            let arguments = list.iter().map(|node| value(node));
            arguments.fold(*name as i64, i64::wrapping_add)
        }
    }
}

fn program<S: Storage>(storage: S, text: &str) -> i64 {
    let mut parser = Parser {
        words: text.split_ascii_whitespace(),
        names: HashMap::with_hasher_in(BuildHasherDefault::new(), storage.memory()),
        storage,
    };
    let mut sum = 0_i64;
    while let Some(node) = parser.node() {
        sum = sum.wrapping_add(value(&*folded(storage, &node)));
    }
    sum
}

/// As text, an expression of names, numbers, operators and calls.
fn expression(random: &mut Random, depth: usize, text: &mut String) {
    match random.below(if depth == 0 { 2 } else { 6 }) {
        0 => text.push_str(&random.below(1000).to_string()),
        1 => text.push_str(&word(random.rank(300))),
        2 => {
            text.push_str(&format!("( {}", word(random.rank(300))));
            for _ in 0..random.below(7) {
                text.push(' ');
                expression(random, depth - 1, text);
            }
            text.push_str(" )");
        }
        _ => {
            text.push_str(random.pick(&["+ ", "- ", "* "]));
            expression(random, depth - 1, text);
            text.push(' ');
            expression(random, depth - 1, text);
        }
    }
}

/// A hundred expressions.
pub(crate) fn text() -> String {
    let mut random = Random::new(15);
    let mut text = String::new();
    for _ in 0..100 {
        expression(&mut random, 8, &mut text);
        text.push('\n');
    }
    text
}

/// The storage of an arena by its methods, which `$alloc` calls.
macro_rules! arena {
    ($arena:ty, |$self:ident, $node:ident| $alloc:expr) => {
        arena!(&'a $arena, 'a, |$self, $node| $alloc);
    };
    ($arena:ty, $lifetime:lifetime, |$self:ident, $node:ident| $alloc:expr) => {
        impl<$lifetime> Storage for $arena {
            type Link = &$lifetime Node<Self>;
            type List = Vec<Self::Link, Self>;
            type Memory = Self;

            fn link($self, $node: Node<Self>) -> Self::Link {
                $alloc
            }
            fn list(self, links: impl Iterator<Item = Self::Link>) -> Self::List {
                let mut list = Vec::new_in(self);
                list.extend(links);
                list
            }
            fn memory(self) -> Self {
                self
            }
        }
    };
}

arena!(bump_local::Arena<'static>, |self, node| self.alloc(node));

#[cfg(feature = "peers")]
pub(crate) mod peers;

pub(crate) fn on_bump_local(text: &str) -> i64 {
    program(&bump_local::Arena::new(), text)
}
