//! The parser of Lua 5.4: a tree in one arena, and what is needed only meanwhile in another.
//!
//! The elements of a list are collected in a vector beside the tree, and copied into the tree when
//! they are complete, so that no slice of it has a byte to spare. Names and variables are looked up in
//! hash maps, which are beside the tree as well.

use bump_local::{ArenaRef, VecBuilder};
use hashbrown::{DefaultHashBuilder, HashMap};

use crate::lexer::{Error, Kind, Lexer, Token};
use crate::tree::{
    Block, Expression, ExpressionKind, Field, File, Function, Global, Name, Span, Statement,
    StatementKind, Variable,
};

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
    /// What the variables of open blocks have taken the place of, innermost last.
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

/// How strongly an operator binds what is before it, and what is behind.
fn binary(operator: &str) -> Option<(u8, u8)> {
    Some(match operator {
        "or" => (1, 1),
        "and" => (2, 2),
        "<" | ">" | "<=" | ">=" | "~=" | "==" => (3, 3),
        "|" => (4, 4),
        "~" => (5, 5),
        "&" => (6, 6),
        "<<" | ">>" => (7, 7),
        // To the right, as the last one.
        ".." => (9, 8),
        "+" | "-" => (10, 10),
        "*" | "/" | "//" | "%" => (11, 11),
        "^" => (14, 13),
        _ => return None,
    })
}

/// How strongly operators before an operand bind it.
const UNARY: u8 = 12;

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

    // Statements.

    fn block(&mut self) -> Result<Block<'p>> {
        let mut statements = self.beside.vec_builder();
        let ends = ["end", "else", "elseif", "until"];
        while self.token.kind != Kind::End && !ends.iter().any(|end| self.is(end)) {
            let start = self.token.span;
            let last = self.is("return");
            let kind = self.statement()?;
            let span = Span {
                start: start.start,
                end: self.token.span.start,
            };
            statements.push(Statement { kind, span });
            self.nodes += 1;
            if last {
                break;
            }
        }
        Ok(self.trees.slice(&statements))
    }

    /// A block with variables of its own, up to `end`.
    fn inner_block(&mut self) -> Result<Block<'p>> {
        let block = self.scope(Self::block)?;
        self.expect("end", "`end` was expected")?;
        Ok(block)
    }

    fn statement(&mut self) -> Result<StatementKind<'p>> {
        let Token { kind, text, .. } = self.token;
        if kind != Kind::Symbol {
            return self.expression_statement();
        }
        if !matches!(
            text,
            ";" | "break"
                | "::"
                | "goto"
                | "do"
                | "while"
                | "repeat"
                | "if"
                | "for"
                | "function"
                | "local"
                | "return"
        ) {
            return self.expression_statement();
        }
        self.advance()?;
        Ok(match text {
            ";" => StatementKind::Empty,
            "break" => StatementKind::Break,
            "goto" => StatementKind::Goto(self.name()?.0),
            "::" => {
                let (name, _) = self.name()?;
                self.expect("::", "`::` was expected")?;
                StatementKind::Label(name)
            }
            "do" => StatementKind::Do(self.inner_block()?),
            "while" => {
                let condition = self.expression()?;
                self.expect("do", "`do` was expected")?;
                let body = self.inner_block()?;
                StatementKind::While { condition, body }
            }
            // The condition sees the variables of the body.
            "repeat" => self.scope(|parser| {
                let body = parser.block()?;
                parser.expect("until", "`until` was expected")?;
                let condition = parser.expression()?;
                Ok(StatementKind::Repeat { body, condition })
            })?,
            "if" => self.branches()?,
            "for" => self.scope(Self::for_loop)?,
            "function" => self.named_function()?,
            "local" => self.local()?,
            _ => {
                let ends = ["end", "else", "elseif", "until", ";"];
                let nothing = self.token.kind == Kind::End || ends.iter().any(|end| self.is(end));
                let values = if nothing { &[] } else { self.expressions()? };
                self.take(";")?;
                StatementKind::Return(values)
            }
        })
    }

    fn branches(&mut self) -> Result<StatementKind<'p>> {
        let mut branches = self.beside.vec_builder();
        let otherwise = loop {
            let condition = self.expression()?;
            self.expect("then", "`then` was expected")?;
            branches.push((condition, self.scope(Self::block)?));
            if self.take("elseif")? {
                continue;
            }
            if self.take("else")? {
                break self.inner_block()?;
            }
            self.expect("end", "`end` was expected")?;
            break &[];
        };
        let branches = self.trees.slice(&branches);
        Ok(StatementKind::If {
            branches,
            otherwise,
        })
    }

    fn for_loop(&mut self) -> Result<StatementKind<'p>> {
        let mut names = self.beside.vec_builder();
        names.push(self.name()?);
        if self.take("=")? {
            let range = self.expressions()?;
            if !(2..=3).contains(&range.len()) {
                return self.error("a loop has a start, an end and perhaps a step");
            }
            self.expect("do", "`do` was expected")?;
            let variable = self.declare(names[0]);
            let body = self.inner_block()?;
            return Ok(StatementKind::For {
                variable,
                range,
                body,
            });
        }
        while self.take(",")? {
            names.push(self.name()?);
        }
        self.expect("in", "`in` was expected")?;
        let values = self.expressions()?;
        self.expect("do", "`do` was expected")?;
        let variables = self.declare_all(&names);
        let body = self.inner_block()?;
        Ok(StatementKind::ForIn {
            variables,
            values,
            body,
        })
    }

    /// `function table.name:method(...) ... end`, which is an assignment.
    fn named_function(&mut self) -> Result<StatementKind<'p>> {
        let mut target = self.variable()?;
        let mut method = None;
        while method.is_none() && (self.is(".") || self.is(":")) {
            if self.advance()?.text == ":" {
                method = Some(self.token.span);
            }
            target = self.member(target)?;
        }
        let function = self.function(method)?;
        let span = target.span.to(self.token.span);
        let value = self.expression_of(ExpressionKind::Function(function), span)?;
        Ok(StatementKind::Assign {
            targets: self.trees.slice(&[target]),
            values: self.trees.slice(&[value]),
        })
    }

    fn local(&mut self) -> Result<StatementKind<'p>> {
        if self.take("function")? {
            let name = self.name()?;
            let variable = self.declare(name);
            let function = self.function(None)?;
            return Ok(StatementKind::LocalFunction { variable, function });
        }
        let mut names = self.beside.vec_builder();
        loop {
            names.push(self.name()?);
            if self.take("<")? {
                self.name()?;
                self.expect(">", "`>` was expected")?;
            }
            if !self.take(",")? {
                break;
            }
        }
        let values = if self.take("=")? {
            self.expressions()?
        } else {
            &[]
        };
        // The values do not see the variables.
        let variables = self.declare_all(&names);
        Ok(StatementKind::Local { variables, values })
    }

    fn expression_statement(&mut self) -> Result<StatementKind<'p>> {
        let first = self.suffixed()?;
        let is_call = |expression: &Expression<'_>| {
            matches!(
                expression.kind,
                ExpressionKind::Call { .. } | ExpressionKind::Method { .. }
            )
        };
        if is_call(&first) {
            return Ok(StatementKind::Expression(first));
        }
        let mut targets = self.beside.vec_builder();
        targets.push(first);
        while self.take(",")? {
            targets.push(self.suffixed()?);
        }
        self.expect("=", "a call or an assignment was expected")?;
        Ok(StatementKind::Assign {
            targets: self.trees.slice(&targets),
            values: self.expressions()?,
        })
    }

    // Expressions.

    fn expressions(&mut self) -> Result<&'p [Expression<'p>]> {
        let mut list = self.beside.vec_builder();
        list.push(self.expression()?);
        while self.take(",")? {
            list.push(self.expression()?);
        }
        Ok(self.trees.slice(&list))
    }

    fn expression(&mut self) -> Result<Expression<'p>> {
        self.deeper(|parser| parser.operators(0))
    }

    /// An expression of operators that bind more strongly than `least`.
    fn operators(&mut self, least: u8) -> Result<Expression<'p>> {
        let Token { kind, text, span } = self.token;
        let mut left = if kind == Kind::Symbol && ["not", "-", "#", "~"].contains(&text) {
            self.advance()?;
            let operand = self.deeper(|parser| parser.operators(UNARY))?;
            let kind = ExpressionKind::Unary(text, self.trees.one(operand));
            self.expression_of(kind, span.to(operand.span))?
        } else {
            self.simple()?
        };
        while self.token.kind == Kind::Symbol {
            let operator = self.token.text;
            let Some((_, behind)) = binary(operator).filter(|(before, _)| *before > least) else {
                break;
            };
            self.advance()?;
            let right = self.deeper(|parser| parser.operators(behind))?;
            let kind = ExpressionKind::Binary(operator, self.trees.one([left, right]));
            left = self.expression_of(kind, left.span.to(right.span))?;
        }
        Ok(left)
    }

    fn simple(&mut self) -> Result<Expression<'p>> {
        let Token { kind, text, span } = self.token;
        let kind = match (kind, text) {
            (Kind::Number, _) => ExpressionKind::Number(text),
            (Kind::Text, _) => ExpressionKind::Text(text),
            (Kind::Symbol, "nil") => ExpressionKind::Nil,
            (Kind::Symbol, "true") => ExpressionKind::Bool(true),
            (Kind::Symbol, "false") => ExpressionKind::Bool(false),
            (Kind::Symbol, "...") => ExpressionKind::Varargs,
            (Kind::Symbol, "{") => return self.table(),
            (Kind::Symbol, "function") => {
                self.advance()?;
                let function = self.function(None)?;
                let span = span.to(self.token.span);
                return self.expression_of(ExpressionKind::Function(function), span);
            }
            _ => return self.suffixed(),
        };
        self.advance()?;
        self.expression_of(kind, span)
    }

    /// `.name`, behind the dot.
    fn member(&mut self, table: Expression<'p>) -> Result<Expression<'p>> {
        let (name, span) = self.name()?;
        let key = self.expression_of(ExpressionKind::Text(name.0), span)?;
        let kind = ExpressionKind::Index(self.trees.one([table, key]));
        self.expression_of(kind, table.span.to(span))
    }

    /// A variable or an expression in brackets, with all that is asked of it.
    fn suffixed(&mut self) -> Result<Expression<'p>> {
        let start = self.token.span;
        let mut value = if self.take("(")? {
            let inner = self.expression()?;
            let end = self.expect(")", "`)` was expected")?;
            let kind = ExpressionKind::Bracketed(self.trees.one(inner));
            self.expression_of(kind, start.to(end))?
        } else {
            self.variable()?
        };
        loop {
            let text = self.token.text;
            let kind = match (self.token.kind, text) {
                (Kind::Symbol, ".") => {
                    self.advance()?;
                    value = self.member(value)?;
                    continue;
                }
                (Kind::Symbol, "[") => {
                    self.advance()?;
                    let key = self.expression()?;
                    self.expect("]", "`]` was expected")?;
                    ExpressionKind::Index(self.trees.one([value, key]))
                }
                (Kind::Symbol, ":") => {
                    self.advance()?;
                    let (name, _) = self.name()?;
                    ExpressionKind::Method {
                        object: self.trees.one(value),
                        name,
                        arguments: self.arguments()?,
                    }
                }
                (Kind::Symbol, "(" | "{") | (Kind::Text, _) => ExpressionKind::Call {
                    function: self.trees.one(value),
                    arguments: self.arguments()?,
                },
                _ => return Ok(value),
            };
            let end = self.token.span.start;
            let span = Span {
                start: start.start,
                end,
            };
            value = self.expression_of(kind, span)?;
        }
    }

    fn arguments(&mut self) -> Result<&'p [Expression<'p>]> {
        if self.token.kind == Kind::Text || self.is("{") {
            let argument = self.simple()?;
            return Ok(self.trees.slice(&[argument]));
        }
        self.expect("(", "arguments were expected")?;
        if self.take(")")? {
            return Ok(&[]);
        }
        let arguments = self.expressions()?;
        self.expect(")", "`)` was expected")?;
        Ok(arguments)
    }

    fn table(&mut self) -> Result<Expression<'p>> {
        let start = self.advance()?.span;
        let mut fields = self.beside.vec_builder();
        while !self.is("}") {
            fields.push(self.field()?);
            if !self.take(",")? && !self.take(";")? {
                break;
            }
        }
        let end = self.expect("}", "`}` was expected")?;
        let kind = ExpressionKind::Table(self.trees.slice(&fields));
        self.expression_of(kind, start.to(end))
    }

    fn field(&mut self) -> Result<Field<'p>> {
        if self.take("[")? {
            let key = Some(self.expression()?);
            self.expect("]", "`]` was expected")?;
            self.expect("=", "`=` was expected")?;
            let value = self.expression()?;
            return Ok(Field { key, value });
        }
        let mut ahead = self.lexer;
        if self.token.kind == Kind::Name && ahead.next()?.text == "=" {
            let (name, span) = self.name()?;
            let key = self.expression_of(ExpressionKind::Text(name.0), span)?;
            self.advance()?;
            let value = self.expression()?;
            return Ok(Field {
                key: Some(key),
                value,
            });
        }
        let value = self.expression()?;
        Ok(Field { key: None, value })
    }

    /// Parameters and body; in a method, `self` comes first.
    fn function(&mut self, method: Option<Span>) -> Result<&'p Function<'p>> {
        self.scope(|parser| {
            let mut names = parser.beside.vec_builder();
            if let Some(span) = method {
                let name = *parser.names.entry("self").or_insert(Name("self"));
                names.push((name, span));
            }
            parser.expect("(", "parameters were expected")?;
            let mut varargs = false;
            while !parser.is(")") {
                varargs = parser.take("...")?;
                if !varargs {
                    names.push(parser.name()?);
                }
                if varargs || !parser.take(",")? {
                    break;
                }
            }
            parser.expect(")", "`)` was expected")?;
            let parameters = parser.declare_all(&names);
            let body = parser.block()?;
            parser.expect("end", "`end` was expected")?;
            Ok(parser.trees.one(Function {
                parameters,
                varargs,
                body,
            }))
        })
    }
}
