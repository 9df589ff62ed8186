//! The tokens of Lua 5.4, each a part of the text.

use crate::tree::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    Number,
    /// The token is what is between the quotes or brackets.
    Text,
    /// A keyword, an operator or a bracket.
    Symbol,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'p> {
    pub(crate) kind: Kind,
    pub(crate) text: &'p str,
    pub(crate) span: Span,
}

/// An error in a file, and at which byte.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) at: u32,
    pub(crate) message: &'static str,
}

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// Longer ones first.
const SYMBOLS: [&str; 33] = [
    "...", "..", "==", "~=", "<=", ">=", "<<", ">>", "//", "::", "+", "-", "*", "/", "%", "^", "#",
    "&", "~", "|", "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":", ",", ".",
];

#[derive(Clone, Copy)]
pub(crate) struct Lexer<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Lexer<'p> {
    /// For at most 4 GiB.
    pub(crate) fn new(text: &'p str) -> Result<Self, Error> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error {
                at: u32::MAX,
                message: "the file is too large",
            });
        }
        // The line that tells a shell what to do.
        let at = if text.starts_with('#') {
            text.find('\n').unwrap_or(text.len())
        } else {
            0
        };
        Ok(Lexer { text, at })
    }

    fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }

    fn error<T>(&self, message: &'static str) -> Result<T, Error> {
        let at = u32::try_from(self.at).unwrap_or(u32::MAX);
        Err(Error { at, message })
    }

    /// How long the part is of which all characters are so.
    fn length(text: &str, is: impl Fn(char) -> bool) -> usize {
        text.find(|char| !is(char)).unwrap_or(text.len())
    }

    /// The text between `[[` and `]]`, or `[==[` and `]==]`, if that is here.
    fn long_bracket(&mut self) -> Result<Option<&'p str>, Error> {
        let Some(inner) = self.rest().strip_prefix('[') else {
            return Ok(None);
        };
        let level = Self::length(inner, |char| char == '=');
        let Some(content) = inner[level..].strip_prefix('[') else {
            return Ok(None);
        };
        let closing = |at: &usize| {
            let end = &content[*at + 1..];
            Self::length(end, |char| char == '=') == level && end[level..].starts_with(']')
        };
        let ends = content.match_indices(']').map(|(at, _)| at);
        let Some(end) = ends.into_iter().find(closing) else {
            return self.error("a long bracket is not closed");
        };
        self.at += 2 * (level + 2) + end;
        Ok(Some(&content[..end]))
    }

    fn skip_blanks(&mut self) -> Result<(), Error> {
        loop {
            self.at += Self::length(self.rest(), char::is_whitespace);
            if !self.rest().starts_with("--") {
                return Ok(());
            }
            self.at += 2;
            if self.long_bracket()?.is_none() {
                self.at += Self::length(self.rest(), |char| char != '\n');
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<&'p str, Error> {
        let content = &self.rest()[1..];
        let mut escaped = false;
        for (at, char) in content.char_indices() {
            match char {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\n' => break,
                char if char == quote => {
                    self.at += at + 2;
                    return Ok(&content[..at]);
                }
                _ => {}
            }
        }
        self.error("a string is not closed")
    }

    fn number(text: &str) -> usize {
        let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
        let exponent = if hexadecimal { ['p', 'P'] } else { ['e', 'E'] };
        let mut previous = ' ';
        text.find(|char: char| {
            let sign = matches!(char, '+' | '-') && exponent.contains(&previous);
            previous = char;
            !(char.is_ascii_alphanumeric() || char == '.' || sign)
        })
        .unwrap_or(text.len())
    }

    pub(crate) fn next(&mut self) -> Result<Token<'p>, Error> {
        self.skip_blanks()?;
        let start = self.at;
        let rest = self.rest();
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let digit = |text: &str| text.starts_with(|char: char| char.is_ascii_digit());
        let (kind, text) = match rest.chars().next() {
            None => (Kind::End, ""),
            Some(quote @ ('"' | '\'')) => (Kind::Text, self.quoted(quote)?),
            Some('.') if digit(&rest[1..]) => (Kind::Number, &rest[..Self::number(rest)]),
            Some(char) if char.is_ascii_digit() => (Kind::Number, &rest[..Self::number(rest)]),
            Some(char) if is_name(char) => {
                let name = &rest[..Self::length(rest, is_name)];
                let keyword = KEYWORDS.binary_search(&name).is_ok();
                (if keyword { Kind::Symbol } else { Kind::Name }, name)
            }
            Some(_) => match self.long_bracket()? {
                Some(text) => (Kind::Text, text),
                None => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                    Some(symbol) => (Kind::Symbol, &rest[..symbol.len()]),
                    None => return self.error("a character that Lua does not know"),
                },
            },
        };
        if self.at == start {
            self.at += text.len();
        }
        let [start, end] = [start, self.at].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        let span = Span { start, end };
        Ok(Token { kind, text, span })
    }
}
