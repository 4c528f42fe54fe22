//! The README and the other documentation: commands are accepted by the parser,
//! config files are valid, and messages to look up are those of the program.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use hgtop::cli::Cli;
use hgtop::config::{self, Overrides};

/// The README, the pages of the book and the other documents.
fn pages() -> Vec<String> {
    let folders = ["docs", "docs/book/src"].map(|folder| fs::read_dir(folder).unwrap());
    let files = folders.into_iter().flatten();
    let paths = files.map(|file| file.unwrap().path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let all = pages.chain([PathBuf::from("README.md")]);
    all.map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The code blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn commands_are_accepted_by_the_parser() {
    let mut count = 0;
    for line in pages().iter().flat_map(|text| blocks(text, "sh")) {
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
    let environment = "[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n";
    let pages = pages();
    let blocks: Vec<_> = pages.iter().flat_map(|text| blocks(text, "toml")).collect();
    assert!(blocks.len() > 4);
    for block in blocks {
        // Blocks show a part of the file.
        let block = match block.find("[environments") {
            Some(_) if block.contains("env_id = ") => block,
            Some(_) => block.replacen("]\n", "]\nenv_id = \"dev.example-env.hotglue.xyz\"\n", 1),
            None => format!("{block}\n{environment}"),
        };
        config::parse(&block, Path::new("README.md"), &Overrides::default())
            .unwrap_or_else(|error| panic!("{block}\n{error}"));
    }
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
    let section = fs::read_to_string("docs/book/src/troubleshooting.md").unwrap();
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
