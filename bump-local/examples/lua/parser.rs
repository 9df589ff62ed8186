//! The parser of Lua 5.4: a tree in one arena, and what is needed only meanwhile in another.
//!
//! The elements of a list are collected in a vector beside the tree, and copied into the tree when
//! they are complete, so that no slice of it has a byte to spare. Names and variables are looked up in
//! hash maps, which are beside the tree as well.

use bump_local::{ArenaRef, VecBuilder};
use hashbrown::{DefaultHashBuilder, HashMap};

use crate::lexer::{Error, Kind, Lexer, Token};
use crate::tree::{Expression, ExpressionKind, File, Global, Name, Span, Variable};

#[path = "expressions.rs"]
mod expressions;
#[path = "statements.rs"]
mod statements;

/// Where trees are made.
pub(crate) trait Trees<'p>: Copy {
    fn one<T: Copy + 'p>(self, value: T) -> &'p T;
    fn slice<T: Copy + 'p>(self, values: &[T]) -> &'p [T];
    fn text(self, text: &str) -> &'p str;
}

impl<'p> Trees<'p> for ArenaRef<'_, 'p> {
    fn one<T: Copy + 'p>(self, value: T) -> &'p T {
        self.alloc(value)
    }

    fn slice<T: Copy + 'p>(self, values: &[T]) -> &'p [T] {
        self.alloc_slice_copy(values)
    }

    fn text(self, text: &str) -> &'p str {
        self.alloc_str(text)
    }
}

type Map<'t, K, V> = HashMap<K, V, DefaultHashBuilder, ArenaRef<'t, 't>>;
type List<'t, T> = VecBuilder<'t, 't, T>;
type Result<T> = core::result::Result<T, Error>;

struct Parser<'t, 'p, A> {
    trees: A,
    beside: ArenaRef<'t, 't>,
    lexer: Lexer<'p>,
    token: Token<'p>,
    /// The copy of each name.
    names: Map<'t, &'p str, Name<'p>>,
    /// The local variables that can be seen here.
    visible: Map<'t, Name<'p>, Seen<'p>>,
    /// The variables that those of open blocks have taken the place of, innermost last.
    hidden: List<'t, (Name<'p>, Option<Seen<'p>>)>,
    unused: List<'t, &'p Variable<'p>>,
    /// Where the global variables are in the list.
    known: Map<'t, Name<'p>, usize>,
    globals: List<'t, Global<'p>>,
    depth: usize,
    nodes: usize,
}

/// A local variable, and whether something has used it.
#[derive(Clone, Copy)]
struct Seen<'p> {
    variable: &'p Variable<'p>,
    used: bool,
}

/// More blocks and brackets in each other than a program has, and fewer than the stack.
const DEEPEST: usize = 200;

/// Parses a file into a tree; `beside` is for what is not needed any more then.
pub(crate) fn parse<'p>(
    trees: impl Trees<'p>,
    beside: ArenaRef<'_, '_>,
    text: &str,
) -> Result<File<'p>> {
    let mut lexer = Lexer::new(trees.text(text))?;
    let token = lexer.next()?;
    let mut parser = Parser {
        trees,
        beside,
        lexer,
        token,
        names: HashMap::new_in(beside),
        visible: HashMap::new_in(beside),
        hidden: beside.vec_builder(),
        unused: beside.vec_builder(),
        known: HashMap::new_in(beside),
        globals: beside.vec_builder(),
        depth: 0,
        nodes: 0,
    };
    let block = parser.scope(Parser::block)?;
    if parser.token.kind != Kind::End {
        return parser.error("the end of the file was expected");
    }
    Ok(File {
        block,
        globals: trees.slice(&parser.globals),
        unused: trees.slice(&parser.unused),
        nodes: parser.nodes,
    })
}

impl<'t, 'p, A: Trees<'p>> Parser<'t, 'p, A> {
    fn error<T>(&self, message: &'static str) -> Result<T> {
        let at = self.token.span.start;
        Err(Error { at, message })
    }

    fn is(&self, symbol: &str) -> bool {
        self.token.kind == Kind::Symbol && self.token.text == symbol
    }

    /// Goes to the next token, and returns this one.
    fn advance(&mut self) -> Result<Token<'p>> {
        let next = self.lexer.next()?;
        Ok(core::mem::replace(&mut self.token, next))
    }

    fn take(&mut self, symbol: &str) -> Result<bool> {
        let is = self.is(symbol);
        if is {
            self.advance()?;
        }
        Ok(is)
    }

    fn expect(&mut self, symbol: &str, message: &'static str) -> Result<Span> {
        if !self.is(symbol) {
            return self.error(message);
        }
        Ok(self.advance()?.span)
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEEPEST {
            return self.error("too many blocks and brackets in each other");
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn name(&mut self) -> Result<(Name<'p>, Span)> {
        if self.token.kind != Kind::Name {
            return self.error("a name was expected");
        }
        let Token { text, span, .. } = self.advance()?;
        // The text of the file is in the tree, so the name is where it was first.
        let name = *self.names.entry(text).or_insert(Name(text));
        Ok((name, span))
    }

    fn declare(&mut self, (name, span): (Name<'p>, Span)) -> &'p Variable<'p> {
        let variable = self.trees.one(Variable { name, span });
        let used = name.0.starts_with('_') || name.0 == "self";
        let before = self.visible.insert(name, Seen { variable, used });
        self.hidden.push((name, before));
        variable
    }

    fn declare_all(&mut self, names: &[(Name<'p>, Span)]) -> &'p [&'p Variable<'p>] {
        let mut variables = self.beside.vec_builder_with_capacity(names.len());
        for name in names {
            variables.push(self.declare(*name));
        }
        self.trees.slice(&variables)
    }

    /// Parses what declares variables that are not seen behind it.
    fn scope<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let open = self.hidden.len();
        let parsed = self.deeper(parse);
        while self.hidden.len() > open {
            let Some((name, before)) = self.hidden.pop() else {
                break;
            };
            let gone = match before {
                Some(before) => self.visible.insert(name, before),
                None => self.visible.remove(&name),
            };
            let unused = gone.filter(|seen| !seen.used).map(|seen| seen.variable);
            self.unused.extend(unused);
        }
        parsed
    }

    fn variable(&mut self) -> Result<Expression<'p>> {
        let (name, span) = self.name()?;
        let kind = match self.visible.get_mut(&name) {
            Some(seen) => {
                seen.used = true;
                ExpressionKind::Local(seen.variable)
            }
            None => {
                let next = self.globals.len();
                let place = *self.known.entry(name).or_insert(next);
                if place == next {
                    self.globals.push(Global {
                        name,
                        first: span,
                        uses: 0,
                    });
                }
                self.globals[place].uses += 1;
                ExpressionKind::Global(name)
            }
        };
        self.expression_of(kind, span)
    }

    fn expression_of(&mut self, kind: ExpressionKind<'p>, span: Span) -> Result<Expression<'p>> {
        self.nodes += 1;
        Ok(Expression { kind, span })
    }
}
