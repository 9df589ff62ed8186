//! The tree of a file: references, slices and spans, of which no part is owned. All of it is `Copy`
//! and can be sent to other threads.

/// A part of the file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn to(self, end: Span) -> Span {
        Span {
            start: self.start,
            end: end.end,
        }
    }
}

/// A name, of which there is one copy in a file: two are the same if they are at the same place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'p>(pub(crate) &'p str);

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self.0, other.0)
    }
}

impl Eq for Name<'_> {}

impl core::hash::Hash for Name<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.0.as_ptr().hash(state);
    }
}

/// A file, as the parser makes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'p> {
    pub(crate) block: Block<'p>,
    /// The global variables that are used, in the order of their first use.
    pub(crate) globals: &'p [Global<'p>],
    /// The local variables that nothing uses, but for `self` and those whose names begin with `_`.
    pub(crate) unused: &'p [&'p Variable<'p>],
    pub(crate) nodes: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Global<'p> {
    pub(crate) name: Name<'p>,
    pub(crate) first: Span,
    pub(crate) uses: u32,
}

/// The declaration of a local variable or of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable<'p> {
    pub(crate) name: Name<'p>,
    pub(crate) span: Span,
}

impl core::fmt::Display for Variable<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name.0)
    }
}

pub(crate) type Block<'p> = &'p [Statement<'p>];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'p> {
    pub(crate) kind: StatementKind<'p>,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum StatementKind<'p> {
    Empty,
    Break,
    Label(Name<'p>),
    Goto(Name<'p>),
    /// Of a call only.
    Expression(Expression<'p>),
    Assign {
        targets: &'p [Expression<'p>],
        values: &'p [Expression<'p>],
    },
    Local {
        variables: &'p [&'p Variable<'p>],
        values: &'p [Expression<'p>],
    },
    LocalFunction {
        variable: &'p Variable<'p>,
        function: &'p Function<'p>,
    },
    Do(Block<'p>),
    While {
        condition: Expression<'p>,
        body: Block<'p>,
    },
    Repeat {
        body: Block<'p>,
        condition: Expression<'p>,
    },
    If {
        branches: &'p [(Expression<'p>, Block<'p>)],
        otherwise: Block<'p>,
    },
    For {
        variable: &'p Variable<'p>,
        /// Start, end, and step, if there is one.
        range: &'p [Expression<'p>],
        body: Block<'p>,
    },
    ForIn {
        variables: &'p [&'p Variable<'p>],
        values: &'p [Expression<'p>],
        body: Block<'p>,
    },
    Return(&'p [Expression<'p>]),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Function<'p> {
    pub(crate) parameters: &'p [&'p Variable<'p>],
    pub(crate) varargs: bool,
    pub(crate) body: Block<'p>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Expression<'p> {
    pub(crate) kind: ExpressionKind<'p>,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ExpressionKind<'p> {
    Nil,
    Bool(bool),
    Varargs,
    /// As it is written.
    Number(&'p str),
    /// As it is written, without the quotes.
    Text(&'p str),
    Local(&'p Variable<'p>),
    Global(Name<'p>),
    Function(&'p Function<'p>),
    Bracketed(&'p Expression<'p>),
    Unary(&'p str, &'p Expression<'p>),
    Binary(&'p str, &'p [Expression<'p>; 2]),
    /// A table, and what it is asked for.
    Index(&'p [Expression<'p>; 2]),
    Call {
        function: &'p Expression<'p>,
        arguments: &'p [Expression<'p>],
    },
    Method {
        object: &'p Expression<'p>,
        name: Name<'p>,
        arguments: &'p [Expression<'p>],
    },
    Table(&'p [Field<'p>]),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'p> {
    /// `None` for an element of a list.
    pub(crate) key: Option<Expression<'p>>,
    pub(crate) value: Expression<'p>,
}
