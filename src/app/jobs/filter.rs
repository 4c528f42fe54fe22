//! The filter language: words that are looked for in all columns, and
//! narrowing words such as `status:failed` or `-tenant:acme,globex`.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::jobs::row::Row;

/// A filter, ready to be held against rows.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Status,
    Tenant,
    Flow,
    Tap,
    Target,
    Tag,
    Environment,
    Message,
}

enum Test {
    /// In the field, one of these words, in lower case.
    Narrow(Field, Vec<String>),
    /// In any column, these letters in their order and close together.
    Fuzzy(Atom, usize),
}

struct Term {
    test: Test,
    negated: bool,
}

impl Filter {
    /// The words that narrow to one field, for the hint beside the input.
    pub const NARROWING: [&str; 9] = [
        "status:", "tenant:", "flow:", "tag:", "env:", "tap:", "target:", "name:", "message:",
    ];

    /// Reads a filter. Any text is one.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            terms: words(text)
                .into_iter()
                .filter_map(|word| term(&word))
                .collect(),
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
            indices: Vec::new(),
        }
    }

    /// The filter as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row passes.
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
                Test::Narrow(field, wanted) => narrow(*field, wanted, row),
                Test::Fuzzy(atom, letters) => {
                    let mut found = |text: &str| {
                        indices.clear();
                        let haystack = Utf32Str::new(text, buffer);
                        // Letters strewn over a long text are no match to a person.
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

fn narrow(field: Field, wanted: &[String], row: &Row) -> bool {
    let has = |text: &str| {
        let lower = text.to_lowercase();
        wanted.iter().any(|word| lower.contains(word))
    };
    let job = row.job();
    match field {
        Field::Name => has(row.name.as_str()),
        Field::Status => has(row.state().name()) || has(row.status_label()),
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
        && let Some(field) = field_of(field)
    {
        let wanted: Vec<_> = wanted
            .split(',')
            .filter(|each| !each.is_empty())
            .map(str::to_lowercase)
            .collect();
        // `status:` with nothing behind it is a word still being typed.
        return (!wanted.is_empty()).then_some(Term {
            test: Test::Narrow(field, wanted),
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
        test: Test::Fuzzy(atom, word.chars().count()),
        negated,
    })
}

fn field_of(name: &str) -> Option<Field> {
    Some(match name.to_ascii_lowercase().as_str() {
        "name" => Field::Name,
        "status" | "state" => Field::Status,
        "tenant" => Field::Tenant,
        "flow" => Field::Flow,
        "tap" => Field::Tap,
        "target" => Field::Target,
        "tag" => Field::Tag,
        "env" | "environment" => Field::Environment,
        "message" => Field::Message,
        _ => return None,
    })
}

/// Splits at blanks, but not within double quotes, which are dropped.
fn words(text: &str) -> Vec<String> {
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
    use super::*;
    use crate::app::jobs::tests::row;

    fn admits(filter: &str) -> bool {
        let mut row = row(0, "acme nightly", "ETL_FAILED");
        row.tags = vec![crate::hotglue::Text::new("rollout")];
        Filter::new(filter).admits(&row)
    }

    #[test]
    fn words_and_narrowing_words() {
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

    proptest::proptest! {
        #[test]
        fn any_text_is_a_filter(text in "\\PC{0,40}") {
            let _ = admits(&text);
        }
    }
}
