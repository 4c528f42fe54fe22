//! The vocabulary of hgtop: words and phrases that its code, comments, screens
//! and documentation do not use, each with the word to use instead.
//! CONTRIBUTING.md has the glossary.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is searched.
const PLACES: [&str; 14] = [
    "src",
    "tests",
    "benches",
    "examples",
    "fuzz/fuzz_targets",
    "docs",
    "scripts",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "config.example.toml",
    "justfile",
];

/// Phrases that are not used, separated by `|`, and what to write instead. They
/// are found in any case and as parts of identifiers such as `is_over`.
const PHRASES: &[(&str, &str)] = &[
    ("tell|tells|told|telling", "show, report, print"),
    ("mend|mends|mended", "fix"),
    ("ask about|asks about|asked about|asking about", "poll"),
    ("at once", "immediately, at the same time"),
    ("stand|stands|stood|standing", "be"),
    ("person|persons", "user"),
    ("what is there", "the thing itself"),
    ("go on|goes on|going on|went on|goes by", "continue, resume"),
    ("is over|are over|was over|were over", "finished, expired"),
    (
        "of its own|of their own|of one s own|of his own|of ones own",
        "its own",
    ),
    ("so many|so long a", "the number"),
    ("news", "changes, transitions"),
    ("the picture|last good picture", "the screen"),
    ("trouble|troubled|troubles", "outage, failure streak"),
    ("nothing to do with", "do not use"),
    ("anew", "again"),
    ("for good", "permanently"),
    ("roster|rosters", "tenant discovery"),
    ("ghost|ghosts", "not started"),
    ("quiet", "silent"),
    ("verdict|verdicts", "result"),
    ("outlook", "forecast"),
    ("time left", "ETA"),
    ("what is usual|than usual", "baseline"),
    ("saved filter|saved filters", "view"),
    ("what was seen|what it sees|what it saw", "history"),
    ("stranger|strangers", "unlinked tenant"),
    ("obey|obeys|obeyed", "handle, follow"),
    ("patience|politely|politeness", "the limit or time out"),
    ("stumble|stumbled", "crash"),
    ("story|stories", "scenario"),
    ("vocabulary", "fixtures"),
    ("attention", "alerts"),
    ("sighting|sightings", "observation"),
    (
        "what sets them apart|sets them apart|set apart",
        "distinguishing attributes",
    ),
    (
        "could not be learned|was learned|is learned",
        "could not be determined",
    ),
    ("under way|underway", "running, in progress"),
    ("newcomer|newcomers", "new tenant"),
    (
        "all well|ended well|ended badly|how they did",
        "completed, failed",
    ),
    ("affair", "concern"),
    ("under our eyes", "while it is watched"),
    ("blanks", "spaces"),
    ("foremost", "first"),
    ("strewn|thaws|shuffles", "a plain word"),
    ("family|families", "failure group"),
    (
        "job ended|jobs ended|ended job|ended jobs|ended ones|job that ended|jobs that ended|all have ended",
        "finished",
    ),
    ("held against", "compared with"),
    ("how it goes|how it went|how polling goes", "state, result"),
];

/// Idioms that contain a phrase and are right.
const IDIOMS: &[&str] = &[
    "stands for",
    "stand for",
    "stands out",
    "stand out",
    "for good in", // a loop over good values
    "family wise",
    "are over represented",
    "is over represented",
];

/// Types and functions by their former names, in this case only.
const NAMES: &[(&str, &str)] = &[
    ("Outlook", "Forecast"),
    ("Pace", "Anomaly"),
    ("StageUsual", "StageBaseline"),
    ("Announce", "Notification"),
    ("Recall|Recalled", "HistoryQuery, HistoryAnswer"),
    ("Verdict", "PollOutcome"),
    ("Trouble", "FailureStreak"),
    ("Sifted", "ReplyEvent"),
    ("Outside", "EffectRunner"),
    ("Brush", "RenderContext"),
    ("Teller|Manner", "ProgressReporter, ProgressMode"),
    ("Understood", "ParsedLine"),
    ("CutOut", "RemovedTable"),
];

/// Names in code that say nothing about their value.
const CODE: &[(&str, &str)] = &[
    ("/// Since then.", "the event since which"),
    ("let words", "let label, let message, let text"),
    ("fn words", "fn label, fn message"),
    (".words", "label, message"),
    ("&words", "&label, &message, &text"),
    ("|each|", "the name of the item"),
    ("for each in", "the name of the item"),
    ("|at|", "index, time"),
    ("let at ", "let index, let time"),
    ("for at in", "for index in"),
];

/// Uses that are right: the start of a path, the phrases, and the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "src/report/metrics/",
        "family|families",
        "of metrics, in Prometheus",
    ),
    ("docs/alerts.yml", "jobs ended", "in the name of a metric"),
    (
        "docs/prometheus.md",
        "jobs ended",
        "in the name of a metric",
    ),
    (
        "src/report/metrics/",
        "jobs ended",
        "in the name of a metric",
    ),
    ("tests/wait.rs", "quiet", "in the name of an option"),
    ("tests/schemas/", "quiet", "in the name of an option"),
    ("tests/faults/", "quiet", "in the name of an option"),
    ("src/cli/", "quiet", "in the name of an option"),
    ("src/commands/wait", "quiet", "in the name of an option"),
    (
        "src/commands/doctor/",
        "verdict",
        "in the name of a JSON field",
    ),
    ("tests/doctor.rs", "verdict", "in the name of a JSON field"),
    ("docs/schema/", "verdict", "in the name of a JSON field"),
    (
        "docs/book/src/json.md",
        "verdict",
        "in the name of a JSON field",
    ),
    ("tests/schemas/", "verdict", "in the name of a JSON field"),
    (
        "docs/schema/",
        "families",
        "an action's name in older config files",
    ),
    (
        "tests/schemas/",
        "families",
        "an action's name in older config files",
    ),
    (
        "CHANGELOG.md",
        "families",
        "an action's name in older config files",
    ),
    ("tests/fixtures/0.1.0/", "families", "written by 0.1.0"),
    ("CONTRIBUTING.md", "families", "in the name of a file"),
    (
        "src/app/input/",
        "families",
        "an action's name in older config files",
    ),
    (
        "src/app/update/tests/palette.rs",
        "families",
        "an action's name in older config files",
    ),
    ("examples/picture.rs", "family", "of fonts"),
];

/// A phrase found in a line.
struct Hit {
    path: String,
    line: usize,
    phrase: &'static str,
    instead: &'static str,
    text: String,
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pending: Vec<PathBuf> = PLACES.iter().map(|place| root.join(place)).collect();
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.is_file() {
            let is_output = path
                .extension()
                .is_some_and(|extension| extension == "snap" || extension == "svg");
            if !is_output && !path.ends_with("tests/language.rs") {
                found.push(path);
            }
        }
    }
    found
}

/// A line as words in lower case, each with a space before and after it.
/// Identifiers are split at underscores.
fn words(line: &str) -> String {
    let mut words = String::from(" ");
    for word in line.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            words.push_str(&word.to_lowercase());
            words.push(' ');
        }
    }
    words
}

/// The phrases that a line contains.
fn found_in(line: &str) -> Vec<(&'static str, &'static str)> {
    let mut words = words(line);
    for idiom in IDIOMS {
        words = words.replace(&format!(" {idiom} "), " ");
    }
    let mut found = Vec::new();
    for (phrases, instead) in PHRASES {
        let mut phrases = phrases.split('|');
        if let Some(phrase) = phrases.find(|phrase| words.contains(&format!(" {phrase} "))) {
            found.push((phrase, *instead));
        }
    }
    for (fragment, instead) in CODE {
        if line.contains(fragment) {
            found.push((*fragment, *instead));
        }
    }
    let identifiers: Vec<_> = line.split(|c: char| !c.is_alphanumeric()).collect();
    for (names, instead) in NAMES {
        if let Some(name) = names.split('|').find(|name| identifiers.contains(name)) {
            found.push((name, *instead));
        }
    }
    found
}

fn is_allowed(hit: &Hit) -> bool {
    ALLOWED.iter().any(|(path, phrases, _)| {
        hit.path.starts_with(path) && phrases.split('|').any(|it| it == hit.phrase)
    })
}

fn hits() -> Vec<Hit> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut hits = Vec::new();
    for path in files() {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for (index, line) in text.lines().enumerate() {
            for (phrase, instead) in found_in(line) {
                hits.push(Hit {
                    path: name.replace('\\', "/"),
                    line: index + 1,
                    phrase,
                    instead,
                    text: line.trim().to_owned(),
                });
            }
        }
    }
    hits.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    hits
}

#[test]
fn text_uses_the_words_of_the_glossary() {
    let wrong: Vec<_> = hits().into_iter().filter(|hit| !is_allowed(hit)).collect();
    let mut counts: BTreeMap<&Path, usize> = BTreeMap::new();
    for hit in &wrong {
        println!(
            "{}:{}: \"{}\" (use: {}): {}",
            hit.path, hit.line, hit.phrase, hit.instead, hit.text
        );
        let folder = Path::new(&hit.path).parent().unwrap();
        *counts.entry(folder).or_default() += 1;
    }
    for (folder, count) in &counts {
        println!("{count:>5}  {}/", folder.display());
    }
    assert!(wrong.is_empty(), "{} lines to reword", wrong.len());
}

#[test]
fn allowed_uses_still_exist() {
    let hits = hits();
    for (path, phrases, _) in ALLOWED {
        for phrase in phrases.split('|') {
            let mut hits = hits.iter();
            let is_used = hits.any(|hit| hit.path.starts_with(path) && hit.phrase == phrase);
            assert!(is_used, "{path}: {phrase}");
        }
    }
}

#[test]
fn phrases_are_found_in_prose_and_identifiers_but_not_inside_other_words() {
    for line in [
        "// It tells what failed.",
        "fn a_broken_file_is_told() {",
        "\"Time Is Over\"",
        "struct Verdict;",
    ] {
        assert!(!found_in(line).is_empty(), "{line}");
    }
    for line in [
        "// The standard output.",
        "fn amend_newsletter() {",
        "usually",
    ] {
        assert!(found_in(line).is_empty(), "{line}");
    }
}
