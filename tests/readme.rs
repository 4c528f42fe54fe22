//! The README and what it tells of: its keys are those of the key map, its
//! commands are commands, its settings are settings.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use hgtop::app::{Action, Section};
use hgtop::cli::Cli;
use hgtop::config::{self, Overrides};

const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- /keys -->\n";

fn readme() -> String {
    fs::read_to_string("README.md").unwrap()
}

/// The blocks of code of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn key_table() -> String {
    let mut table = String::new();
    for section in Section::all() {
        table.push_str(&format!(
            "\n| {} | | name in `[keys]` |\n|---|---|---|\n",
            section.title()
        ));
        for action in Action::all().filter(|action| action.section() == section) {
            let keys: Vec<_> = action
                .default_keys()
                .iter()
                .map(|key| format!("`{key}`"))
                .collect();
            table.push_str(&format!(
                "| {} | {} | `{}` |\n",
                keys.join(" "),
                action.description(),
                action.name()
            ));
        }
    }
    table.push('\n');
    table
}

/// Run with `UPDATE_README=1` to write the keys anew.
#[test]
fn the_keys_are_those_of_the_key_map() {
    let text = readme();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (keys, after) = rest.split_once(END).unwrap();
    let table = key_table();
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write("README.md", [before, BEGIN, &table, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(keys, table, "run with UPDATE_README=1");
}

#[test]
fn the_commands_are_commands() {
    let docs = ["README.md", "docs/prometheus.md"].map(|path| fs::read_to_string(path).unwrap());
    let mut count = 0;
    for line in docs.iter().flat_map(|text| blocks(text, "sh")) {
        for line in line.lines() {
            let words = shlex::split(line.trim_end_matches('\\')).unwrap();
            for part in words.split(|word| ["|", "&&", ">", "<"].contains(&word.as_str())) {
                if part.first().is_none_or(|program| program != "hgtop") {
                    continue;
                }
                if let Err(error) = Cli::try_parse_from(part)
                    && error.use_stderr()
                {
                    panic!("{line}: {error}");
                }
                count += 1;
            }
        }
    }
    assert!(count > 15, "only {count} were found");
}

#[test]
fn the_settings_are_settings() {
    let text = readme();
    let environment = "[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n";
    let blocks = blocks(&text, "toml");
    assert!(!blocks.is_empty());
    for block in blocks {
        let block = if block.contains("[environments") {
            block
        } else {
            format!("{block}\n{environment}")
        };
        config::parse(&block, Path::new("README.md"), &Overrides::default())
            .unwrap_or_else(|error| panic!("{block}\n{error}"));
    }
}

/// Every page of documentation in the repository.
fn pages() -> Vec<PathBuf> {
    let files = [".", "docs"].map(|folder| fs::read_dir(folder).unwrap());
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
    let text = String::from_utf8_lossy(&bytes);
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
    for good in [
        "SECURITY.md",
        "#install",
        "docs/soak.md",
        "https://hotglue.com",
    ] {
        assert_eq!(link_problem(page, good), None, "{good}");
    }
}
