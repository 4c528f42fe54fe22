//! The filter language: words that are searched for in all columns, and terms
//! for one field such as `status:failed` or `-tenant:acme,globex`.

use std::str::FromStr;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use crate::app::jobs::row::Row;

/// A parsed filter.
pub struct Filter {
    text: String,
    terms: Vec<Term>,
    matcher: Matcher,
    buffer: Vec<char>,
    indices: Vec<u32>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Filter({:?})", self.text)
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::new("")
    }
}

/// A field of a row, by the names that terms give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
enum Field {
    #[strum(to_string = "status", serialize = "state")]
    Status,
    Tenant,
    Flow,
    Tag,
    #[strum(to_string = "env", serialize = "environment")]
    Environment,
    Tap,
    Target,
    Name,
    Message,
}

enum Test {
    /// The field contains one of these words, which are in lower case.
    Field(Field, Vec<String>),
    /// Any column contains these letters, in this order and close together.
    Any(Atom, usize),
}

struct Term {
    test: Test,
    negated: bool,
}

impl Filter {
    /// The names of the fields that a term can be for.
    pub fn fields() -> impl Iterator<Item = &'static str> {
        Field::iter().map(Into::into)
    }

    /// Parses a filter. Any text is one.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            terms: split_words(text)
                .into_iter()
                .filter_map(|word| term(&word))
                .collect(),
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
            indices: Vec::new(),
        }
    }

    /// The text of the filter.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the filter admits every row.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the filter admits a row.
    pub fn admits(&mut self, row: &Row) -> bool {
        let Self {
            terms,
            matcher,
            buffer,
            indices,
            ..
        } = self;
        terms.iter().all(|term| {
            let found = match &term.test {
                Test::Field(field, wanted) => in_field(*field, wanted, row),
                Test::Any(atom, letters) => {
                    let mut found = |text: &str| {
                        indices.clear();
                        let haystack = Utf32Str::new(text, buffer);
                        // Letters scattered over a long text are no match.
                        atom.indices(haystack, matcher, indices).is_some()
                            && span(indices) <= letters * 2 + 1
                    };
                    in_any_column(row, &mut found)
                }
            };
            found != term.negated
        })
    }
}

fn span(indices: &[u32]) -> usize {
    match (indices.iter().min(), indices.iter().max()) {
        (Some(first), Some(last)) => (last - first) as usize + 1,
        _ => 0,
    }
}

fn in_any_column(row: &Row, found: &mut impl FnMut(&str) -> bool) -> bool {
    let job = row.job();
    let of_job = |text: Option<&crate::hotglue::Text>, found: &mut dyn FnMut(&str) -> bool| {
        text.is_some_and(|text| found(text.as_str()))
    };
    found(row.name.as_str())
        || found(row.tenant())
        || found(row.flow())
        || found(row.status_label())
        || row
            .address()
            .is_some_and(|address| found(address.job_root.job_id()))
        || found(row.environment_name.as_str())
        || row.tags.iter().any(|tag| found(tag.as_str()))
        || of_job(job.and_then(|job| job.tap.as_ref()), found)
        || of_job(job.and_then(|job| job.target.as_ref()), found)
        || row.message_line().is_some_and(|message| found(&message))
}

fn in_field(field: Field, wanted: &[String], row: &Row) -> bool {
    let has = |text: &str| {
        let lower = text.to_lowercase();
        wanted.iter().any(|word| lower.contains(word))
    };
    let job = row.job();
    match field {
        Field::Name => has(row.name.as_str()),
        Field::Status => has(row.state_name()) || has(row.status_label()),
        Field::Tenant => has(row.tenant()),
        Field::Flow => has(row.flow()),
        Field::Environment => has(row.environment_name.as_str()),
        Field::Tag => row.tags.iter().any(|tag| has(tag.as_str())),
        Field::Tap => job
            .and_then(|job| job.tap.as_ref())
            .is_some_and(|tap| has(tap.as_str())),
        Field::Target => job
            .and_then(|job| job.target.as_ref())
            .is_some_and(|target| has(target.as_str())),
        Field::Message => row.message_line().is_some_and(|message| has(&message)),
    }
}

fn term(word: &str) -> Option<Term> {
    let (negated, word) = match word.strip_prefix(['-', '!']) {
        // A minus sign alone is a negation that is still being typed.
        Some("") => return None,
        Some(rest) => (true, rest),
        None => (false, word),
    };
    if let Some((field, wanted)) = word.split_once(':')
        && let Ok(field) = Field::from_str(field)
    {
        let wanted: Vec<_> = wanted
            .split(',')
            .filter(|value| !value.is_empty())
            .map(str::to_lowercase)
            .collect();
        // `status:` without a value is still being typed.
        return (!wanted.is_empty()).then_some(Term {
            test: Test::Field(field, wanted),
            negated,
        });
    }
    let kind = if negated {
        AtomKind::Substring
    } else {
        AtomKind::Fuzzy
    };
    let atom = Atom::new(
        word,
        CaseMatching::Ignore,
        Normalization::Smart,
        kind,
        false,
    );
    Some(Term {
        test: Test::Any(atom, word.chars().count()),
        negated,
    })
}

/// Splits at white space outside of double quotes, which are removed.
fn split_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::jobs::tests::row;
    use crate::hotglue::{Job, Text};

    fn admits(filter: &str) -> bool {
        let mut row = row(0, "acme nightly", "ETL_FAILED");
        row.tags = vec![Text::new("rollout")];
        Filter::new(filter).admits(&row)
    }

    #[test]
    fn row_is_admitted_by_words_and_terms_that_all_match() {
        for yes in [
            "",
            "acme",
            "ACME",
            "acm",
            "acngt",
            "etl_f",
            "status:failed",
            "status:ETL",
            "status:running,failed",
            "tenant:acme",
            "tag:rollout",
            "-status:completed",
            "acme status:failed",
            "env:dev",
            "Environment:dev",
            "state:failed",
            "!globex",
            "name:\"acme night\"",
            "status:",
            "-",
            "!",
        ] {
            assert!(admits(yes), "{yes}");
        }
        for no in [
            "globex",
            "status:completed",
            "tenant:globex",
            "-acme",
            "acme status:running",
            "tag:other",
            "-status:failed",
            "aeltgy",
        ] {
            assert!(!admits(no), "{no}");
        }
    }

    #[test]
    fn every_field_is_searched_for_its_value() {
        let mut row = row(0, "acme nightly", "ETL_FAILED");
        row.tags = vec![Text::new("rollout")];
        let answer =
            r#"{"status":"ETL_FAILED","tap":"shopify","target":"intacct","message":"disk full"}"#;
        row.snapshot.job = Some(Arc::new(Job::decode(answer).unwrap()));
        let values = [
            "failed",
            "acme",
            "l8odS2mce",
            "rollout",
            "dev",
            "shopify",
            "intacct",
            "nightly",
            "disk",
        ];
        assert_eq!(Filter::fields().count(), values.len());
        for (field, value) in Filter::fields().zip(values) {
            let filter = format!("{field}:{value}");
            assert!(Filter::new(&filter).admits(&row), "{filter}");
            let filter = format!("{field}:other");
            assert!(!Filter::new(&filter).admits(&row), "{filter}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_filter(text in "\\PC{0,40}") {
            let _ = admits(&text);
        }
    }
}
