//! Completions of the word before the cursor: names of fields, operators, and
//! the values that the rows have.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::compare::Quantity;
use super::field::Field;
use crate::app::jobs::row::Row;
use crate::hotglue::State;

/// The most values offered.
const MAX_VALUES: usize = 200;
/// Statuses that are judgments of hgtop.
const JUDGMENTS: [&str; 4] = ["slow", "silent", "rows", "pending"];

/// What can replace the end of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidates {
    /// The byte offset of what is replaced.
    pub(crate) start: usize,
    /// The replacements, in the order in which they are offered.
    pub(crate) texts: Vec<String>,
}

/// The completions of a filter's text before the cursor.
pub(crate) fn candidates<'a>(text: &str, rows: impl Iterator<Item = &'a Row>) -> Candidates {
    let mut quoted = false;
    let mut start = 0;
    for (index, c) in text.char_indices() {
        quoted ^= c == '"';
        if !quoted && (c.is_whitespace() || c == '(') {
            start = index + c.len_utf8();
        }
    }
    let word = &text[start..];
    let unsigned = word.strip_prefix(['-', '!']).unwrap_or(word);
    let start = text.len() - unsigned.len();
    let named = unsigned.find([':', '=']).and_then(|end| {
        let field = Field::from_str(&unsigned[..end]).ok()?;
        Some((field, end + 1))
    });
    let Some((field, values)) = named else {
        return Candidates {
            start,
            texts: names(unsigned),
        };
    };
    let last = unsigned[values..].rfind(',').map_or(0, |comma| comma + 1);
    let start = start + values + last;
    let typed = text[start..].replace('"', "").to_lowercase();
    let is_typed = |value: &str| value.to_lowercase().starts_with(&typed);
    let mut general: Vec<&str> = Vec::new();
    if field == Field::Status {
        let all = State::ALL.map(State::name).into_iter().chain(JUDGMENTS);
        general.extend(all.filter(|value| is_typed(value)));
    }
    let mut found = BTreeSet::new();
    let mut add = |value: &str| {
        if is_typed(value) && !general.contains(&value) {
            found.insert(value.to_owned());
        }
        false
    };
    // A message is no value that is typed whole.
    if field != Field::Message {
        for row in rows {
            field.any_value(row, &mut add);
        }
    }
    Candidates {
        start,
        texts: general
            .iter()
            .map(|value| (*value).to_owned())
            .chain(found)
            .take(MAX_VALUES)
            .map(|value| quote(&value))
            .collect(),
    }
}

/// Names of fields and operators that start with a text.
fn names(typed: &str) -> Vec<String> {
    let fields = Field::all().map(|field| format!("{}:", field.name()));
    let quantities = Quantity::all().map(|quantity| format!("{}>", quantity.name()));
    let operators = ["or", "not"].map(|operator| format!("{operator} "));
    let typed = typed.to_lowercase();
    fields
        .chain(quantities)
        .chain(operators)
        .filter(|word| word.starts_with(&typed))
        .collect()
}

/// A value as it has to be typed.
fn quote(value: &str) -> String {
    let value = value.replace('"', "");
    if value.contains(|c: char| c.is_whitespace() || "(),".contains(c)) {
        format!("\"{value}\"")
    } else {
        value
    }
}
