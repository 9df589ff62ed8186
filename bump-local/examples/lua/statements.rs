//! Statements and blocks. The parser that these are methods of is in `parser`.

use super::{Parser, Result, Trees};
use crate::lexer::{Kind, Token};
use crate::tree::{
    Block, Expression, ExpressionKind, Function, Name, Span, Statement, StatementKind,
};

impl<'p, A: Trees<'p>> Parser<'_, 'p, A> {
    pub(super) fn block(&mut self) -> Result<Block<'p>> {
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
    pub(super) fn inner_block(&mut self) -> Result<Block<'p>> {
        let block = self.scope(Self::block)?;
        self.expect("end", "`end` was expected")?;
        Ok(block)
    }

    pub(super) fn statement(&mut self) -> Result<StatementKind<'p>> {
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

    pub(super) fn branches(&mut self) -> Result<StatementKind<'p>> {
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

    pub(super) fn for_loop(&mut self) -> Result<StatementKind<'p>> {
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
    pub(super) fn named_function(&mut self) -> Result<StatementKind<'p>> {
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

    pub(super) fn local(&mut self) -> Result<StatementKind<'p>> {
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

    pub(super) fn expression_statement(&mut self) -> Result<StatementKind<'p>> {
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

    /// Parameters and body; in a method, `self` comes first.
    pub(super) fn function(&mut self, method: Option<Span>) -> Result<&'p Function<'p>> {
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
