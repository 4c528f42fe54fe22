//! The README and what it tells of: its keys are those of the key map, its
//! commands are commands, its settings are settings.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use clap::Parser;
use hgtop::app::{Action, Group};
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
    for group in Group::ALL {
        table.push_str(&format!(
            "\n| {} | | name in `[keys]` |\n|---|---|---|\n",
            group.title()
        ));
        for action in Action::all().filter(|action| action.group() == group) {
            let keys: Vec<_> = action
                .default_keys()
                .iter()
                .map(|key| format!("`{key}`"))
                .collect();
            table.push_str(&format!(
                "| {} | {} | `{}` |\n",
                keys.join(" "),
                action.words(),
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

#[test]
fn the_files_it_points_to_are_there() {
    for path in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/prometheus.md",
    ] {
        let text = fs::read_to_string(path).unwrap();
        let folder = Path::new(path).parent().unwrap();
        for target in text.split("](").skip(1) {
            let target = target.split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.join(target).exists(), "{path}: {target}");
            }
        }
    }
}
