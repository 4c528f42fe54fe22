//! The documentation: its links lead somewhere, the files and tests that it
//! names exist, and the page about performance is complete.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every page of documentation in the repository.
fn pages() -> Vec<PathBuf> {
    let files = [".", "docs", "docs/book/src"].map(|folder| fs::read_dir(folder).unwrap());
    let paths = files.into_iter().flatten().map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// The anchors that a page offers, as GitHub derives them from its headings.
fn anchors(text: &str) -> HashSet<String> {
    let mut is_code = false;
    let headings = text.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with('#')
    });
    let slug = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

/// A page of the book with the file that it includes.
fn with_includes(path: &Path, text: &str) -> String {
    let Some(name) = text.strip_prefix("{{#include ") else {
        return text.to_owned();
    };
    let (name, _) = name.split_once("}}").unwrap();
    fs::read_to_string(path.parent().unwrap().join(name)).unwrap_or_default()
}

/// What is wrong with a link of the page at `path`, if anything is.
fn link_problem(path: &Path, target: &str) -> Option<String> {
    if target.contains("://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    if file.is_empty() && anchor.is_empty() {
        return Some("empty link".to_owned());
    }
    let file = match file {
        "" => path.to_owned(),
        file => path.parent().unwrap().join(file),
    };
    let Ok(bytes) = fs::read(&file) else {
        return Some("no such file".to_owned());
    };
    let text = with_includes(&file, &String::from_utf8_lossy(&bytes));
    if text.trim().is_empty() {
        return Some("the file is empty".to_owned());
    }
    (!anchor.is_empty() && !anchors(&text).contains(anchor))
        .then(|| format!("no heading #{anchor}"))
}

#[test]
fn links_lead_to_files_with_content_and_to_headings() {
    let mut problems = Vec::new();
    let mut count = 0;
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1) {
            let target = target.split(')').next().unwrap();
            count += 1;
            if let Some(problem) = link_problem(&path, target) {
                problems.push(format!("{}: ({target}): {problem}", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count > 20, "only {count} links were found");
}

#[test]
fn link_check_rejects_links_that_lead_nowhere() {
    let page = Path::new("README.md");
    for broken in [
        "",
        "#",
        "no/such/file.md",
        "#no-such-heading",
        "SECURITY.md#no-such-heading",
    ] {
        assert!(link_problem(page, broken).is_some(), "{broken}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty.md"), "\n").unwrap();
    assert!(link_problem(&folder.path().join("page.md"), "empty.md").is_some());
    for valid in [
        "SECURITY.md",
        "#install",
        "docs/soak.md",
        "https://hotglue.com",
    ] {
        assert_eq!(link_problem(page, valid), None, "{valid}");
    }
}

/// The names in backticks of a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn files_named_in_the_documentation_exist() {
    const FOLDERS: [&str; 7] = [
        "src/",
        "tests/",
        "docs/",
        "benches/",
        "examples/",
        "scripts/",
        "fuzz/",
    ];
    let mut problems = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for name in names(&text) {
            if FOLDERS.iter().any(|folder| name.starts_with(folder)) {
                count += 1;
                if !Path::new(name).exists() {
                    problems.push(format!("{}: {name}", page.display()));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count > 50, "only {count} names were found");
}

/// The text of every source file below a folder.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let texts = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            fs::read_to_string(&path).unwrap()
        } else {
            String::new()
        }
    });
    texts.collect()
}

#[test]
fn tests_named_in_the_documentation_exist() {
    let sources = sources(Path::new("src")) + &sources(Path::new("tests"));
    let mut problems = Vec::new();
    let mut count = 0;
    for page in ["ARCHITECTURE.md", "docs/faults.md"] {
        let text = fs::read_to_string(page).unwrap();
        // Tests are named in the last column of a table.
        let cells = text
            .lines()
            .filter_map(|line| line.trim_end_matches(" |").rsplit_once("| "));
        for name in cells.flat_map(|(_, cell)| names(cell)) {
            let is_test = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if is_test && name.matches('_').count() > 1 {
                count += 1;
                if !sources.contains(&format!("fn {name}(")) {
                    problems.push(format!("{page}: {name}"));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count > 50, "only {count} names were found");
}

#[test]
fn page_about_performance_has_values_for_every_benchmark() {
    let page = fs::read_to_string("docs/performance.md").unwrap();
    let benches = fs::read_to_string("benches/hgtop.rs").unwrap();
    let mut count = 0;
    for part in benches.split("#[divan::bench").skip(1) {
        let (_, rest) = part.split_once("fn ").unwrap();
        let (name, _) = rest.split_once('(').unwrap();
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("{name} is missing; run just performance"));
        assert!(
            [" ns", " µs", " ms"].iter().any(|unit| row.contains(unit)),
            "{row}"
        );
        count += 1;
    }
    assert!(count > 10, "only {count} benchmarks were found");
    for heading in ["## The process", "## Polls per second", "## Benchmarks"] {
        let (_, section) = page.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter(|line| line.starts_with('|')).count();
        assert!(rows > 4, "{heading} has {rows} rows");
    }
}
