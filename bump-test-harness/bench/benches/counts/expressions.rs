//! One program whose data is a tree: it parses expressions, with a table of the names in them and
//! lists of arguments, folds what is constant into another tree, and evaluates that. On arenas, and
//! on boxes; what it takes to make and to free all of it is included.

use std::alloc::{GlobalAlloc as _, Layout};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;
use std::ops::Deref;
use std::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use allocator_api2_04::alloc::Allocator as Later;
use bump_bench::random::{Random, word};
use gungraun::prelude::*;
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

fn text() -> String {
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

type BumpScope = bump_scope::Bump<bump_scope::alloc::Global>;

arena!(bump_local::Arena<'static>, |self, node| self.alloc(node));
arena!(bumpalo::Bump, |self, node| self.alloc(node));
arena!(BumpScope, |self, node| {
    bump_scope::BumpBox::leak(self.alloc(node))
});

/// An arena of blink-alloc, whose interface is that of a later version.
#[derive(Clone, Copy)]
struct Blink<'a>(&'a blink_alloc::BlinkAlloc);

// SAFETY: passes on to an allocator with the same interface.
unsafe impl Allocator for Blink<'_> {
    #[inline(always)]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        Later::allocate(self.0, layout).map_err(|_| AllocError)
    }
    #[inline(always)]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: passed on.
        unsafe { Later::deallocate(self.0, block, layout) };
    }
    #[inline(always)]
    unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: passed on.
        unsafe { Later::grow(self.0, block, old, new) }.map_err(|_| AllocError)
    }
}

arena!(Blink<'a>, 'a, |self, node| Box::leak(Box::new_in(node, self)));

/// mimalloc, of which each box is.
#[derive(Clone, Copy)]
struct Boxes;

// SAFETY: passes on to an allocator that is there for good.
unsafe impl Allocator for Boxes {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: mimalloc takes 0 bytes as well.
        let block = unsafe { mimalloc::MiMalloc.alloc(layout) };
        let block = NonNull::new(block).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: passed on.
        unsafe { mimalloc::MiMalloc.dealloc(block.as_ptr(), layout) };
    }
}

impl Storage for Boxes {
    type Link = Box<Node<Self>, Self>;
    type List = Vec<Self::Link, Self>;
    type Memory = Self;

    fn link(self, node: Node<Self>) -> Self::Link {
        Box::new_in(node, self)
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

/// Arenas of nodes and of links to them. Lists are made in mimalloc before they are moved in, since
/// such an arena cannot be used while a list is made in it; the table of names stays there.
#[derive(Clone, Copy)]
struct Typed<'a> {
    nodes: &'a typed_arena::Arena<Node<Typed<'a>>>,
    links: &'a typed_arena::Arena<&'a Node<Typed<'a>>>,
}

impl<'a> Storage for Typed<'a> {
    type Link = &'a Node<Self>;
    type List = &'a [Self::Link];
    type Memory = Boxes;

    fn link(self, node: Node<Self>) -> Self::Link {
        self.nodes.alloc(node)
    }
    fn list(self, links: impl Iterator<Item = Self::Link>) -> Self::List {
        let mut list = Vec::new_in(Boxes);
        list.extend(links);
        self.links.alloc_extend(list)
    }
    fn memory(self) -> Boxes {
        Boxes
    }
}

/// The text, after the program has run once.
fn warm(run: fn(&str) -> i64) -> (fn(&str) -> i64, String) {
    let text = text();
    black_box(run(&text));
    (run, text)
}

fn on_bump_local(text: &str) -> i64 {
    program(&bump_local::Arena::new(), text)
}

fn on_bumpalo(text: &str) -> i64 {
    program(&bumpalo::Bump::new(), text)
}

fn on_bump_scope(text: &str) -> i64 {
    program(&BumpScope::new(), text)
}

fn on_blink_alloc(text: &str) -> i64 {
    program(Blink(&blink_alloc::BlinkAlloc::new()), text)
}

fn on_typed_arena(text: &str) -> i64 {
    let (nodes, links) = (typed_arena::Arena::new(), typed_arena::Arena::new());
    let storage = Typed {
        nodes: &nodes,
        links: &links,
    };
    program(storage, text)
}

fn on_boxes(text: &str) -> i64 {
    program(Boxes, text)
}

#[library_benchmark]
#[bench::bump_local(args = (warm(on_bump_local)))]
#[bench::bumpalo(args = (warm(on_bumpalo)))]
#[bench::bump_scope(args = (warm(on_bump_scope)))]
#[bench::blink_alloc(args = (warm(on_blink_alloc)))]
#[bench::typed_arena(args = (warm(on_typed_arena)))]
#[bench::boxes(args = (warm(on_boxes)))]
fn expressions((run, text): (fn(&str) -> i64, String)) -> (i64, String) {
    (run(&text), text)
}

library_benchmark_group!(name = tree, benchmarks = expressions);
