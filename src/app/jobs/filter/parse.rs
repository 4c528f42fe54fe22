//! Parsing a filter: words are split at white space outside of double quotes;
//! `and` binds tighter than `or`, and is implied between two words.

use std::str::FromStr;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};

use super::compare::{Comparison, Operator, Quantity};
use super::field::Field;
use super::{Expression, FilterClock, FilterError, Test, Typing, Word};
use crate::config::did_you_mean;

/// The most parentheses inside of each other.
const MAX_DEPTH: usize = 32;

pub(super) fn parse(
    text: &str,
    clock: &FilterClock,
    typing: Typing,
) -> Result<Expression, FilterError> {
    let mut parser = Parser {
        tokens: tokens(text),
        position: 0,
        end: text.trim_end().len(),
        clock,
        typing,
    };
    let expression = parser.alternatives(0)?;
    match parser.tokens.get(parser.position) {
        Some(token) => Err(error(token.at, "no parenthesis is open here")),
        None => Ok(expression),
    }
}

fn error(at: usize, message: impl Into<String>) -> FilterError {
    FilterError {
        at,
        message: message.into(),
    }
}

/// A word or a parenthesis.
#[derive(Debug)]
struct Token {
    kind: Kind,
    /// The byte offset of its start.
    at: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    /// A minus sign or an exclamation mark before a parenthesis.
    Not,
    Word {
        /// The text without its quotes.
        text: String,
        /// Whether it starts with a quote, so that nothing in it is special.
        is_quoted: bool,
    },
}

/// Splits at white space outside of double quotes, which are removed. A
/// parenthesis is one only at the start of a word or, where one is open, at the
/// end of a word in which none is open.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Option<(usize, String, bool)> = None;
    let (mut quoted, mut depth, mut inner) = (false, 0_usize, 0_usize);
    let mut letters = text.char_indices().peekable();
    let push = |tokens: &mut Vec<Token>, word: &mut Option<(usize, String, bool)>| {
        if let Some((at, text, is_quoted)) = word.take()
            && !text.is_empty()
        {
            let kind = Kind::Word { text, is_quoted };
            tokens.push(Token { kind, at });
        }
    };
    while let Some((at, c)) = letters.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert((at, String::new(), true));
            }
            c if c.is_whitespace() && !quoted => {
                push(&mut tokens, &mut word);
                inner = 0;
            }
            '(' if !quoted && word.is_none() => {
                depth += 1;
                tokens.push(Token {
                    kind: Kind::Open,
                    at,
                });
            }
            '-' | '!'
                if !quoted && word.is_none() && letters.peek().is_some_and(|(_, c)| *c == '(') =>
            {
                tokens.push(Token {
                    kind: Kind::Not,
                    at,
                });
            }
            ')' if !quoted && depth > 0 && inner == 0 => {
                push(&mut tokens, &mut word);
                depth -= 1;
                tokens.push(Token {
                    kind: Kind::Close,
                    at,
                });
            }
            c => {
                match c {
                    '(' if !quoted => inner += 1,
                    ')' if !quoted => inner = inner.saturating_sub(1),
                    _ => {}
                }
                word.get_or_insert((at, String::new(), false)).1.push(c);
            }
        }
    }
    push(&mut tokens, &mut word);
    tokens
}

struct Parser<'a> {
    tokens: Vec<Token>,
    position: usize,
    /// The byte offset where the text ends.
    end: usize,
    clock: &'a FilterClock,
    typing: Typing,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.position).map(|token| &token.kind)
    }

    /// The offset of the next token.
    fn at(&self) -> usize {
        let token = self.tokens.get(self.position);
        token.map_or(self.end, |token| token.at)
    }

    /// Whether the next token is one of these operators.
    fn is_operator(&self, operators: &[&str]) -> bool {
        matches!(self.peek(), Some(Kind::Word { text, is_quoted: false })
            if operators.iter().any(|operator| text.eq_ignore_ascii_case(operator)))
    }

    /// An incomplete part: an error once the text is complete.
    fn incomplete(&self, at: usize, message: &str) -> Result<Expression, FilterError> {
        match self.typing {
            Typing::InProgress => Ok(Expression::All(Vec::new())),
            Typing::Finished => Err(error(at, message)),
        }
    }

    fn alternatives(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut parts = vec![self.conjunction(depth)?];
        while self.is_operator(&["or", "|", "||"]) {
            let offset = self.at();
            self.position += 1;
            let is_first_missing = parts
                .last()
                .is_some_and(|part| matches!(part, Expression::All(parts) if parts.is_empty()));
            if is_first_missing && parts.len() == 1 {
                return Err(error(offset, "\"or\" needs a condition before it"));
            }
            let part = self.conjunction(depth)?;
            if matches!(&part, Expression::All(parts) if parts.is_empty()) {
                self.incomplete(self.at(), "\"or\" needs a condition after it")?;
                // What is still being typed does not widen the filter.
                continue;
            }
            parts.push(part);
        }
        Ok(match parts.len() {
            1 => parts.swap_remove(0),
            _ => Expression::Any(parts),
        })
    }

    fn conjunction(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut parts = Vec::new();
        loop {
            match self.peek() {
                None | Some(Kind::Close) => break,
                Some(_) if self.is_operator(&["or", "|", "||"]) => break,
                Some(_) if self.is_operator(&["and", "&", "&&"]) => {
                    if parts.is_empty() {
                        return Err(error(self.at(), "\"and\" needs a condition before it"));
                    }
                    self.position += 1;
                    if self.peek().is_none() {
                        self.incomplete(self.end, "\"and\" needs a condition after it")?;
                    }
                }
                Some(_) => parts.push(self.negatable(depth)?),
            }
        }
        // An empty part, such as `status:` without a value, admits every row.
        parts.retain(|part| !matches!(part, Expression::All(parts) if parts.is_empty()));
        Ok(match parts.len() {
            1 => parts.swap_remove(0),
            _ => Expression::All(parts),
        })
    }

    fn negatable(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut is_negated = false;
        while self.peek() == Some(&Kind::Not) || self.is_operator(&["not"]) {
            is_negated = !is_negated;
            self.position += 1;
            if matches!(self.peek(), None | Some(Kind::Close)) || self.is_operator(&["or", "and"]) {
                return self.incomplete(self.at(), "\"not\" needs a condition after it");
            }
        }
        let part = if self.peek() == Some(&Kind::Open) {
            self.parenthesis(depth)?
        } else {
            self.word()?
        };
        let is_empty = matches!(&part, Expression::All(parts) if parts.is_empty());
        Ok(if is_negated && !is_empty {
            Expression::Not(Box::new(part))
        } else {
            part
        })
    }

    fn parenthesis(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let start = self.at();
        if depth == MAX_DEPTH {
            return Err(error(start, "too many parentheses inside of each other"));
        }
        self.position += 1;
        let part = self.alternatives(depth + 1)?;
        if self.peek() == Some(&Kind::Close) {
            self.position += 1;
        } else {
            self.incomplete(start, "this parenthesis is not closed")?;
        }
        Ok(part)
    }

    fn word(&mut self) -> Result<Expression, FilterError> {
        let Some(Token {
            kind: Kind::Word { text, is_quoted },
            at,
        }) = self.tokens.get(self.position)
        else {
            return Err(error(self.at(), "a condition is missing here"));
        };
        self.position += 1;
        let (text, at) = (text.as_str(), *at);
        if *is_quoted {
            return Ok(anywhere(text, AtomKind::Substring));
        }
        let (negated, rest) = match text.strip_prefix(['-', '!']) {
            // A minus sign alone is a negation that is still being typed.
            Some("") => return Ok(Expression::All(Vec::new())),
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let start = at + text.len() - rest.len();
        let term = match self.term(rest, start)? {
            Some(term) => term,
            None if negated => anywhere(rest, AtomKind::Substring),
            None => anywhere(rest, AtomKind::Fuzzy),
        };
        let is_empty = matches!(&term, Expression::All(parts) if parts.is_empty());
        Ok(if negated && !is_empty {
            Expression::Not(Box::new(term))
        } else {
            term
        })
    }

    /// A term for one field; `None` for a word to search for.
    fn term(&self, word: &str, at: usize) -> Result<Option<Expression>, FilterError> {
        let Some(end) = word.find([':', '<', '>', '=']) else {
            return Ok(None);
        };
        let (name, rest) = word.split_at(end);
        let field = Field::from_str(name);
        if let Some(values) = rest.strip_prefix(':') {
            if let Ok(field) = field {
                return Ok(Some(contains(field, values)));
            }
            let Ok(quantity) = Quantity::from_str(name) else {
                return Ok(None);
            };
            let name = quantity.name();
            let message = format!("{name} is compared with <, <=, =, >= or >, such as {name}>10m");
            return Err(error(at + end, message));
        }
        let Some((operator, value)) = Operator::split(rest) else {
            return Ok(None);
        };
        let value_at = at + word.len() - value.len();
        if let Ok(quantity) = Quantity::from_str(name) {
            let needed = format!("{} needs {}", quantity.name(), quantity.examples());
            if value.is_empty() {
                return self.incomplete(value_at, &needed).map(Some);
            }
            return match Comparison::parse(quantity, operator, value, self.clock) {
                Some(comparison) => Ok(Some(Expression::Test(Test::Compares(comparison)))),
                // The last word may be a value that is still being typed.
                None if self.position == self.tokens.len() && may_continue(value) => {
                    self.incomplete(value_at, &needed).map(Some)
                }
                None => Err(error(value_at, needed)),
            };
        }
        if let Ok(field) = field {
            if operator != Operator::Equal {
                let name = field.name();
                let message = format!("{name} is text; write {name}:… or {name}=…");
                return Err(error(at + end, message));
            }
            let value = value.to_lowercase();
            let test = Expression::Test(Test::Equals(field, value.clone()));
            return Ok(Some(if value.is_empty() {
                Expression::All(Vec::new())
            } else {
                test
            }));
        }
        let names = Quantity::all().map(Quantity::name);
        let hint = did_you_mean(name, names.chain(Field::all().map(Field::name)));
        if hint.is_empty() {
            Ok(None)
        } else {
            Err(error(at, format!("unknown field \"{name}\"{hint}")))
        }
    }
}

/// Whether a value may become a duration or a time by typing more.
fn may_continue(value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | 'T' | 'h' | 'm' | 'd');
    value.chars().all(is_part)
}

fn contains(field: Field, values: &str) -> Expression {
    let wanted: Vec<_> = values
        .split(',')
        .filter(|value| !value.is_empty())
        .map(str::to_lowercase)
        .collect();
    // `status:` without a value is still being typed.
    if wanted.is_empty() {
        return Expression::All(Vec::new());
    }
    Expression::Test(Test::Contains(field, wanted))
}

fn anywhere(word: &str, kind: AtomKind) -> Expression {
    let atom = |kind| {
        let (case, normalization) = (CaseMatching::Ignore, Normalization::Smart);
        Atom::new(word, case, normalization, kind, false)
    };
    Expression::Test(Test::Anywhere(Word {
        in_columns: atom(kind),
        in_message: atom(AtomKind::Substring),
        letters: word.chars().count(),
    }))
}
