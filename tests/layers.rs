//! The order of the modules: each may import only those below it. See
//! ARCHITECTURE.md.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// Highest first.
const LAYERS: [&str; 11] = [
    "commands", "cli", "terminal", "ui", "app", "report", "watch", "history", "config", "hotglue",
    "demo",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_module_imports_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap().with_extension("");
        let layer = inside.iter().next().unwrap().to_str().unwrap();
        let Some(own) = LAYERS.iter().position(|each| *each == layer) else {
            continue;
        };
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let imported = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap();
                let place = LAYERS.iter().position(|each| *each == imported);
                let place = place
                    .unwrap_or_else(|| panic!("{}: unknown module {imported}", path.display()));
                assert!(
                    place >= own,
                    "{}:{}: {layer} imports {imported}",
                    path.display(),
                    number + 1
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "the imports were not found");
}
