//! The shape of the source tree: modules import only those below them, the
//! pure layers have neither I/O nor a clock, files stay short. See
//! ARCHITECTURE.md.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every top-level module but `main` and `lib`, highest first.
const LAYERS: [&str; 15] = [
    "commands",
    "cli",
    "runtime",
    "terminal",
    "ui",
    "app",
    "rollout",
    "report",
    "replay",
    "watch",
    "history",
    "config",
    "hotglue",
    "demo",
    "http_server",
];

/// Imports of modules that every layer above must not use either: the
/// simulated service shares no code with the client that is tested against it.
const DEMO_IMPORTS: [&str; 2] = ["demo", "http_server"];

/// Layers that are functions of their arguments.
const PURE: [&str; 3] = ["app", "ui", "rollout"];

/// What a pure layer must not name. A grouped import such as `std::{fs, io}`
/// would hide from this list, so it is on it.
const IMPURE: [&str; 12] = [
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::{",
    "tokio::",
    "reqwest::",
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
];

const LONGEST_FILE: usize = 450;
/// Lines of the files directly in one folder; larger ones have subfolders.
const LARGEST_FOLDER: usize = 3_200;

struct Source {
    /// Relative to the repository.
    path: String,
    text: String,
}

impl Source {
    /// The layer of a file in `src`; `None` for `main.rs` and `lib.rs`.
    fn layer(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let name = inside.split(['/', '.']).next()?;
        (!["main", "lib"].contains(&name)).then_some(name)
    }

    /// Lines of code with their numbers, without comments and unit tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_test_file = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        let lines = self.text.lines().take_while(|line| *line != "#[cfg(test)]");
        let lines = lines.enumerate().filter(move |_| !is_test_file);
        lines
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
                found.push(Source {
                    path: relative.replace('\\', "/"),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    found
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|name| *name == layer)
}

/// The modules that a line names after `crate::`.
fn imports(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn modules_import_only_modules_below_them() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for source in sources(&["src"]) {
        let Some(layer) = source.layer() else {
            continue;
        };
        let own = rank(layer).unwrap_or_else(|| panic!("{}: not in LAYERS", source.path));
        for (index, line) in source.text.lines().enumerate() {
            for imported in imports(line) {
                let place = format!("{}:{}: {layer} imports {imported}", source.path, index + 1);
                let below = rank(imported).unwrap_or_else(|| panic!("{place}: not in LAYERS"));
                if below < own || (layer == "demo" && !DEMO_IMPORTS.contains(&imported)) {
                    wrong.push(place);
                }
                count += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 200, "only {count} imports were found");
}

#[test]
fn pure_layers_have_no_io_and_no_clock() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for source in sources(&["src"]) {
        if !source.layer().is_some_and(|layer| PURE.contains(&layer)) {
            continue;
        }
        for (number, line) in source.code() {
            count += 1;
            if let Some(name) = IMPURE.iter().find(|name| line.contains(**name)) {
                wrong.push(format!("{}:{number}: {name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 2_000, "only {count} lines were read");
}

#[test]
fn source_files_stay_short() {
    let mut wrong = Vec::new();
    for source in sources(&["src", "tests", "benches", "examples"]) {
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn folders_of_source_files_stay_small() {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources(&["src"]) {
        let (folder, _) = source.path.rsplit_once('/').unwrap();
        *lines.entry(folder.to_owned()).or_default() += source.text.lines().count();
    }
    assert!(lines.len() > 10, "only {} folders were found", lines.len());
    lines.retain(|_, lines| *lines > LARGEST_FOLDER);
    assert!(lines.is_empty(), "{lines:?}");
}
