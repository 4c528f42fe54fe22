//! What is wrong with a config file, and where.
//!
//! No source line is ever repeated: it may hold a key.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// A place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte offset.
    pub fn of(source: &str, offset: usize) -> Self {
        let mut end = offset.min(source.len());
        while !source.is_char_boundary(end) {
            end -= 1;
        }
        let before = &source[..end];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, if it stands at one place.
    pub place: Option<Place>,
    /// What, and what to do.
    pub message: String,
}

/// Why a config file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is none.
    #[error("{}: there is no config file; make one with: hgtop config init", .path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// It is there but cannot be read.
    #[error("{}: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// It says something it should not.
    #[error("{}", listed(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All that is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
}

fn listed(path: &std::path::Path, problems: &[Problem]) -> impl fmt::Display {
    const MOST: usize = 10;
    let mut lines: Vec<String> = problems
        .iter()
        .take(MOST)
        .map(|problem| match problem.place {
            Some(Place { line, column }) => {
                format!("{}:{line}:{column}: {}", path.display(), problem.message)
            }
            None => format!("{}: {}", path.display(), problem.message),
        })
        .collect();
    if problems.len() > MOST {
        lines.push(format!("… and {} more", problems.len() - MOST));
    }
    lines.join("\n")
}

/// `; did you mean 'x'?` where one of the known words is near, else nothing.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = known
        .into_iter()
        .map(|candidate| {
            let likeness = strsim::jaro_winkler(word, candidate)
                .max(strsim::normalized_damerau_levenshtein(word, candidate));
            (likeness, candidate)
        })
        .filter(|(likeness, _)| *likeness > 0.65)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    nearest.map_or_else(String::new, |(_, candidate)| {
        format!("; did you mean '{candidate}'?")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let source = "a = 1\nüü = 2\n";
        assert_eq!(Place::of(source, 0), Place { line: 1, column: 1 });
        assert_eq!(Place::of(source, 10), Place { line: 2, column: 3 });
        assert_eq!(Place::of(source, 999), Place { line: 3, column: 1 });
    }
}
