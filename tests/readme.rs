//! The README: its keys are those of the key map, its commands are accepted, its
//! config files are valid, and its table of settings is complete.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use clap::Parser;
use hgtop::app::{Action, Section};
use hgtop::cli::Cli;
use hgtop::config::{self, Overrides};

const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- /keys -->\n";

fn readme() -> String {
    fs::read_to_string("README.md").unwrap()
}

/// The code blocks of a language.
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

/// Run with `UPDATE_README=1` to write the table of keys.
#[test]
fn key_table_is_the_one_of_the_key_map() {
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
fn commands_are_accepted_by_the_parser() {
    let docs = ["README.md", "docs/prometheus.md"].map(|path| fs::read_to_string(path).unwrap());
    let mut count = 0;
    for line in docs.iter().flat_map(|text| blocks(text, "sh")) {
        for line in line.lines() {
            let arguments = shlex::split(line.trim_end_matches('\\')).unwrap();
            for part in arguments.split(|word| ["|", "&&", ">", "<"].contains(&word.as_str())) {
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
    assert!(count > 15, "only {count} commands were found");
}

#[test]
fn config_files_are_valid() {
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
fn table_of_settings_is_complete() {
    let text = readme();
    let (_, section) = text.split_once("## The config file").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let example = fs::read_to_string("config.example.toml").unwrap();
    let mut count = 0;
    for line in example.lines() {
        let line = line.trim_start_matches("# ");
        let Some((name, _)) = line.split_once(" = ") else {
            continue;
        };
        if !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            continue;
        }
        // The names of actions in `[keys]` are in another table.
        if Action::by_name(name).is_none() {
            assert!(section.contains(&format!("`{name}`")), "{name}");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} settings were found");
}

/// The text of every source file below a folder.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let texts = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path)
        } else {
            fs::read_to_string(&path).unwrap()
        }
    });
    texts.collect()
}

#[test]
fn messages_to_look_up_are_those_of_the_program() {
    let text = readme();
    let (_, section) = text.split_once("## Troubleshooting").unwrap();
    let sources = sources(Path::new("src"));
    let mut count = 0;
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let symptom = line.split('|').nth(1).unwrap();
        for message in symptom.split('`').skip(1).step_by(2) {
            assert!(sources.contains(message), "{message}");
            count += 1;
        }
    }
    assert!(count > 5, "only {count} messages were found");
}
