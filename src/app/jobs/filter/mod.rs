//! The filter language: words that are searched for in all columns, terms for
//! one field such as `status:failed` or `-tenant:acme,globex`, comparisons such
//! as `elapsed>10m`, and `or`, `and`, `not` and parentheses to combine them.

mod compare;
mod complete;
mod field;
mod parse;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nucleo_matcher::pattern::Atom;
use nucleo_matcher::{Config, Matcher, Utf32Str};
use thiserror::Error;

pub(crate) use complete::{Candidates, candidates};

use crate::app::jobs::row::Row;
use compare::Comparison;
use field::Field;

/// A parsed filter.
pub struct Filter {
    text: String,
    expression: Expression,
    /// Whether a row may be admitted, or no longer, as time passes.
    depends_on_time: bool,
    search: Search,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Filter({:?})", self.text)
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::of(String::new(), Expression::All(Vec::new()))
    }
}

/// What a filter reads the time from.
#[derive(Debug, Clone)]
pub struct FilterClock {
    /// The time that is shown.
    pub(crate) now: Timestamp,
    /// The time zone of clock times such as `09:30`.
    pub(crate) zone: TimeZone,
}

impl Default for FilterClock {
    fn default() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
        }
    }
}

/// Why a text is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FilterError {
    /// The byte offset of the mistake.
    pub at: usize,
    /// What is wrong, and the fix.
    pub message: String,
}

/// Whether the text of a filter is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// It is being typed: an incomplete end admits every row.
    InProgress,
    /// It is complete: an incomplete end is an error.
    Finished,
}

/// Terms and how they are combined.
#[derive(Debug)]
enum Expression {
    /// All hold; an empty one admits every row.
    All(Vec<Expression>),
    /// One holds.
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Test(Test),
}

#[derive(Debug)]
enum Test {
    /// The field contains one of these words, which are in lower case.
    Contains(Field, Vec<String>),
    /// The field is this word, which is in lower case.
    Equals(Field, String),
    /// A number, an age or a time compares as wanted.
    Compares(Comparison),
    /// Any column contains these letters, in this order and close together,
    /// or the message contains them as they are.
    Anywhere(Word),
}

/// A word that is searched for in all columns.
#[derive(Debug)]
struct Word {
    in_columns: Atom,
    in_message: Atom,
    letters: usize,
}

/// The state of a text search, kept to reuse its memory.
struct Search {
    matcher: Matcher,
    buffer: Vec<char>,
    indices: Vec<u32>,
}

impl Filter {
    /// Parses a filter.
    ///
    /// # Errors
    /// The place of the first mistake and its reason.
    pub fn parse(text: &str, clock: &FilterClock, typing: Typing) -> Result<Self, FilterError> {
        let expression = parse::parse(text, clock, typing)?;
        Ok(Self::of(text.to_owned(), expression))
    }

    fn of(text: String, expression: Expression) -> Self {
        let mut depends_on_time = false;
        expression.comparisons(&mut |comparison| depends_on_time |= comparison.depends_on_time());
        Self {
            text,
            expression,
            depends_on_time,
            search: Search {
                matcher: Matcher::new(Config::DEFAULT),
                buffer: Vec::new(),
                indices: Vec::new(),
            },
        }
    }

    /// The text of the filter.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the filter admits every row.
    pub fn is_empty(&self) -> bool {
        matches!(&self.expression, Expression::All(parts) if parts.is_empty())
    }

    /// Whether the filter admits a row at `now`.
    pub(crate) fn admits(&mut self, row: &Row, now: Timestamp) -> bool {
        self.expression.admits(row, now, &mut self.search)
    }

    /// When the filter may judge a row differently although the row stays as
    /// it is; `None` where it never does.
    pub(super) fn next_change(&self, row: &Row, now: Timestamp) -> Option<Timestamp> {
        if !self.depends_on_time {
            return None;
        }
        let mut next: Option<Timestamp> = None;
        self.expression.comparisons(&mut |comparison| {
            let change = comparison.next_change(row, now);
            next = [next, change].into_iter().flatten().min();
        });
        next
    }
}

impl Expression {
    fn admits(&self, row: &Row, now: Timestamp, search: &mut Search) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.admits(row, now, search)),
            Self::Any(parts) => parts.iter().any(|part| part.admits(row, now, search)),
            Self::Not(part) => !part.admits(row, now, search),
            Self::Test(Test::Contains(field, wanted)) => field.any_value(row, &mut |value| {
                let value = value.to_lowercase();
                wanted.iter().any(|word| value.contains(word))
            }),
            Self::Test(Test::Equals(field, wanted)) => {
                field.any_value(row, &mut |value| value.to_lowercase() == *wanted)
            }
            Self::Test(Test::Compares(comparison)) => comparison.holds(row, now),
            Self::Test(Test::Anywhere(word)) => search.finds(word, row),
        }
    }

    fn comparisons(&self, visit: &mut impl FnMut(&Comparison)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.comparisons(visit);
                }
            }
            Self::Not(part) => part.comparisons(visit),
            Self::Test(Test::Compares(comparison)) => visit(comparison),
            Self::Test(Test::Contains(..) | Test::Equals(..) | Test::Anywhere(_)) => {}
        }
    }
}

impl Search {
    fn finds(&mut self, word: &Word, row: &Row) -> bool {
        let Self {
            matcher,
            buffer,
            indices,
        } = self;
        let mut in_column = |text: &str| {
            indices.clear();
            let haystack = Utf32Str::new(text, buffer);
            // Letters scattered over a long text are no match.
            word.in_columns
                .indices(haystack, matcher, indices)
                .is_some()
                && span(indices) <= word.letters * 2 + 1
        };
        if field::any_column(row, &mut in_column) {
            return true;
        }
        let mut in_message = |text: &str| {
            let haystack = Utf32Str::new(text, buffer);
            word.in_message.score(haystack, matcher).is_some()
        };
        Field::Message.any_value(row, &mut in_message)
    }
}

fn span(indices: &[u32]) -> usize {
    match (indices.iter().min(), indices.iter().max()) {
        (Some(first), Some(last)) => (last - first) as usize + 1,
        _ => 0,
    }
}
