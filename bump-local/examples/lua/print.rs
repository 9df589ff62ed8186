//! The tree as text: each statement and each operation in brackets, what it is first.

use core::fmt::{self, Display, Formatter, Write as _};

use crate::tree::{Block, Expression, ExpressionKind, Field, Function, Statement, StatementKind};

/// Items behind a space each.
fn list<T: Display>(f: &mut Formatter<'_>, items: &[T]) -> fmt::Result {
    items.iter().try_for_each(|item| write!(f, " {item}"))
}

fn block(f: &mut Formatter<'_>, statements: Block<'_>) -> fmt::Result {
    f.write_str(" {")?;
    list(f, statements)?;
    f.write_str(" }")
}

impl Display for Statement<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('(')?;
        match self.kind {
            StatementKind::Empty => f.write_char(';')?,
            StatementKind::Break => f.write_str("break")?,
            StatementKind::Label(name) => write!(f, "label {}", name.0)?,
            StatementKind::Goto(name) => write!(f, "goto {}", name.0)?,
            StatementKind::Expression(call) => write!(f, "do {call}")?,
            StatementKind::Assign { targets, values } => {
                f.write_str("set")?;
                list(f, targets)?;
                f.write_str(" =")?;
                list(f, values)?;
            }
            StatementKind::Local { variables, values } => {
                f.write_str("local")?;
                list(f, variables)?;
                f.write_str(" =")?;
                list(f, values)?;
            }
            StatementKind::LocalFunction { variable, function } => {
                write!(f, "local {variable} = {function}")?;
            }
            StatementKind::Do(body) => {
                f.write_str("block")?;
                block(f, body)?;
            }
            StatementKind::While { condition, body } => {
                write!(f, "while {condition}")?;
                block(f, body)?;
            }
            StatementKind::Repeat { body, condition } => {
                write!(f, "until {condition}")?;
                block(f, body)?;
            }
            StatementKind::If {
                branches,
                otherwise,
            } => {
                f.write_str("if")?;
                for (condition, body) in branches {
                    write!(f, " {condition}")?;
                    block(f, body)?;
                }
                block(f, otherwise)?;
            }
            StatementKind::For {
                variable,
                range,
                body,
            } => {
                write!(f, "for {variable} =")?;
                list(f, range)?;
                block(f, body)?;
            }
            StatementKind::ForIn {
                variables,
                values,
                body,
            } => {
                f.write_str("for")?;
                list(f, variables)?;
                f.write_str(" in")?;
                list(f, values)?;
                block(f, body)?;
            }
            StatementKind::Return(values) => {
                f.write_str("return")?;
                list(f, values)?;
            }
        }
        f.write_char(')')
    }
}

impl Display for Function<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("(function")?;
        list(f, self.parameters)?;
        f.write_str(if self.varargs { " ..." } else { "" })?;
        block(f, self.body)?;
        f.write_char(')')
    }
}

impl Display for Expression<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            ExpressionKind::Nil => f.write_str("nil"),
            ExpressionKind::Bool(value) => write!(f, "{value}"),
            ExpressionKind::Varargs => f.write_str("..."),
            ExpressionKind::Number(number) => f.write_str(number),
            ExpressionKind::Text(text) => write!(f, "{text:?}"),
            ExpressionKind::Local(variable) => write!(f, "{variable}"),
            ExpressionKind::Global(name) => write!(f, "_ENV.{}", name.0),
            ExpressionKind::Function(function) => write!(f, "{function}"),
            ExpressionKind::Bracketed(inner) => write!(f, "(first {inner})"),
            ExpressionKind::Unary(operator, operand) => write!(f, "({operator} {operand})"),
            ExpressionKind::Binary(operator, [left, right]) => {
                write!(f, "({operator} {left} {right})")
            }
            ExpressionKind::Index([table, key]) => write!(f, "{table}[{key}]"),
            ExpressionKind::Call {
                function,
                arguments,
            } => {
                write!(f, "(call {function}")?;
                list(f, arguments)?;
                f.write_char(')')
            }
            ExpressionKind::Method {
                object,
                name,
                arguments,
            } => {
                write!(f, "(call {object}:{}", name.0)?;
                list(f, arguments)?;
                f.write_char(')')
            }
            ExpressionKind::Table(fields) => {
                f.write_str("(table")?;
                list(f, fields)?;
                f.write_char(')')
            }
        }
    }
}

impl Display for Field<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.key {
            Some(key) => write!(f, "[{key}]={}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}
