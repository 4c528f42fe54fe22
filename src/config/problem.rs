//! What is wrong with a config file, and where.
//!
//! A source line is never repeated, since it may hold an API key. What is
//! repeated of the file, such as the name of an unknown key, is cleaned here,
//! so that no escape sequence of a file reaches a terminal.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::hotglue::Text;

/// The most of one message that is shown, in bytes.
const MAX_MESSAGE_BYTES: usize = 1000;
/// The most problems that are listed.
const MAX_LISTED: usize = 10;

/// A place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
}

/// Where each line of a text starts, to place byte offsets in it.
pub(super) struct LineIndex<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let breaks = source.match_indices('\n');
        let starts = std::iter::once(0).chain(breaks.map(|(offset, _)| offset + 1));
        Self {
            source,
            starts: starts.collect(),
        }
    }

    /// The place of a byte offset.
    pub(super) fn place(&self, offset: usize) -> Place {
        let mut end = offset.min(self.source.len());
        while !self.source.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= end);
        let start = self.starts[line - 1];
        Place {
            line,
            column: self.source[start..end].chars().count() + 1,
        }
    }
}

/// One problem of a config file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    place: Option<Place>,
    message: String,
}

impl Problem {
    /// A problem at one place; the message says what is wrong and the fix.
    pub(crate) fn at(place: Place, message: &str) -> Self {
        Self {
            place: Some(place),
            message: clean(message),
        }
    }

    /// What is wrong, and the fix; without the place.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// A problem of the config as a whole.
    pub(crate) fn general(message: &str) -> Self {
        Self {
            place: None,
            message: clean(message),
        }
    }
}

/// Why a config file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no file.
    #[error("{}: no config file; create one with: hgtop config init", shown_path(.path))]
    Missing {
        /// The path of the missing file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("{}: {reason}", shown_path(.path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason, and the fix.
        reason: String,
    },
    /// The file has errors.
    #[error("{}", listed(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The errors, in the order of the file.
        problems: Vec<Problem>,
    },
}

fn listed(path: &Path, problems: &[Problem]) -> impl fmt::Display {
    let path = shown_path(path);
    let mut lines: Vec<String> = problems
        .iter()
        .take(MAX_LISTED)
        .map(|Problem { place, message }| match place {
            Some(Place { line, column }) => format!("{path}:{line}:{column}: {message}"),
            None => format!("{path}: {message}"),
        })
        .collect();
    if problems.len() > MAX_LISTED {
        lines.push(format!("… and {} more", problems.len() - MAX_LISTED));
    }
    lines.join("\n")
}

/// A message or a part of one, on one line and safe to show.
pub(super) fn clean(message: &str) -> String {
    Text::cut(message, MAX_MESSAGE_BYTES).one_line()
}

/// A path, safe to show.
pub(super) fn shown_path(path: &Path) -> String {
    clean(&path.display().to_string())
}

/// ` (did you mean "x"?)` with the known word nearest to an unknown one, or
/// nothing where none is near.
pub(crate) fn did_you_mean<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    // Comparing takes quadratic time, and no known word is this long.
    const MAX_BYTES: usize = 256;
    if unknown.len() > MAX_BYTES {
        return String::new();
    }
    let typed = unknown.to_lowercase();
    // One error in three characters; shorter words are near to too many others.
    let max_distance = typed.chars().count() / 3;
    let nearest = known
        .into_iter()
        .filter(|candidate| candidate.len() <= MAX_BYTES)
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&typed, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= max_distance)
        .min_by_key(|(distance, _)| *distance);
    nearest.map_or_else(String::new, |(_, candidate)| {
        format!(" (did you mean \"{candidate}\"?)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_suggested() {
        let known = ["poll_interval", "theme", "one"];
        let hint = |unknown: &str| did_you_mean(unknown, known);
        assert_eq!(hint("pol_intervall"), " (did you mean \"poll_interval\"?)");
        assert_eq!(hint("THEME"), " (did you mean \"theme\"?)");
        assert_eq!(hint("onne"), " (did you mean \"one\"?)");
        for unrelated in [
            "nope",
            "x",
            "",
            "interval",
            "thematic",
            &"theme".repeat(100),
        ] {
            assert_eq!(hint(unrelated), "", "{unrelated}");
        }
    }

    #[test]
    fn places_count_lines_and_characters() {
        let index = LineIndex::new("a = 1\nüü = 2\n");
        let place = |line, column| Place { line, column };
        assert_eq!(index.place(0), place(1, 1));
        assert_eq!(index.place(5), place(1, 6));
        assert_eq!(index.place(6), place(2, 1));
        assert_eq!(index.place(10), place(2, 3));
        assert_eq!(index.place(999), place(3, 1));
        assert_eq!(LineIndex::new("").place(0), place(1, 1));
    }

    #[test]
    fn nothing_of_a_message_or_path_acts_on_a_terminal() {
        let hostile = "\u{1b}[2J\u{9b}1m\u{202e}\nforged: line";
        let place = Place { line: 1, column: 1 };
        let errors = [
            ConfigError::Invalid {
                path: hostile.into(),
                problems: vec![Problem::at(place, hostile)],
            },
            ConfigError::Invalid {
                path: hostile.into(),
                problems: vec![Problem::general(hostile)],
            },
            ConfigError::Missing {
                path: hostile.into(),
            },
        ];
        for error in errors {
            let shown = error.to_string();
            assert!(
                !shown.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\n']),
                "{shown:?}"
            );
            assert!(shown.contains("␛[2J"), "{shown:?}");
        }
    }
}
