//! Expressions, and the functions among them. The parser that these are methods of is in `parser`.

use super::{Parser, Result, Trees};
use crate::lexer::{Kind, Token};
use crate::tree::{Expression, ExpressionKind, Field, Span};

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

impl<'p, A: Trees<'p>> Parser<'_, 'p, A> {
    pub(super) fn expressions(&mut self) -> Result<&'p [Expression<'p>]> {
        let mut list = self.beside.vec_builder();
        list.push(self.expression()?);
        while self.take(",")? {
            list.push(self.expression()?);
        }
        Ok(self.trees.slice(&list))
    }

    pub(super) fn expression(&mut self) -> Result<Expression<'p>> {
        self.deeper(|parser| parser.operators(0))
    }

    /// An expression of operators that bind more strongly than `least`.
    pub(super) fn operators(&mut self, least: u8) -> Result<Expression<'p>> {
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

    pub(super) fn simple(&mut self) -> Result<Expression<'p>> {
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
    pub(super) fn member(&mut self, table: Expression<'p>) -> Result<Expression<'p>> {
        let (name, span) = self.name()?;
        let key = self.expression_of(ExpressionKind::Text(name.0), span)?;
        let kind = ExpressionKind::Index(self.trees.one([table, key]));
        self.expression_of(kind, table.span.to(span))
    }

    /// A variable or an expression in brackets, with all that is asked of it.
    pub(super) fn suffixed(&mut self) -> Result<Expression<'p>> {
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

    pub(super) fn arguments(&mut self) -> Result<&'p [Expression<'p>]> {
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

    pub(super) fn table(&mut self) -> Result<Expression<'p>> {
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

    pub(super) fn field(&mut self) -> Result<Field<'p>> {
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
}
