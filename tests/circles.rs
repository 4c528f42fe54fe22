//! No circles between source files: if A uses something of B, directly or through
//! others, B uses nothing of A. A re-export alone is no use.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module by its path from the crate root, such as `app::jobs`.
type Module = Vec<String>;

struct Source {
    file: String,
    /// What the file uses, as paths from the crate root.
    uses: BTreeSet<Module>,
    /// The names that the file re-exports, and what they are.
    exports: BTreeMap<String, Module>,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn module_of(file: &Path) -> Module {
    let path = file.with_extension("");
    let mut module: Module = path
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

/// Code without comments, string literals and unit tests.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let raw = rest
            .strip_prefix('r')
            .map(|raw| raw.trim_start_matches('#'));
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = raw.filter(|raw| raw.starts_with('"')) {
            let hashes = rest.len() - 1 - raw.len();
            let end = format!("\"{}", "#".repeat(hashes));
            2 + hashes + raw[1..].find(&end).unwrap() + end.len()
        } else if c == '"' {
            let mut end = 1;
            while rest.as_bytes()[end] != b'"' {
                end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
            }
            end + 1
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else if rest.starts_with("'\\") {
            3 + rest[3..].find('\'').unwrap()
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[length..];
    }
    code
}

/// The paths of a `use` tree such as `a::{b, c::{d, e as f}}`, each with the name
/// that it gets.
fn leaves(tree: &str, prefix: &str, found: &mut Vec<(String, String)>) {
    let tree = tree.trim();
    if let Some((head, group)) = tree.split_once('{') {
        let group = &group[..group.rfind('}').unwrap()];
        let (mut depth, mut start) = (0, 0);
        for (index, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    leaves(&group[start..index], &format!("{prefix}{head}"), found);
                    start = index + 1;
                }
                _ => {}
            }
        }
        leaves(&group[start..], &format!("{prefix}{head}"), found);
    } else if !tree.is_empty() {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = format!("{prefix}{path}");
        let path = path.strip_suffix("::self").unwrap_or(&path);
        let name = match name {
            "" => path.rsplit("::").next().unwrap(),
            name => name,
        };
        found.push((path.to_owned(), name.to_owned()));
    }
}

/// A path as one from the crate root; `None` for those of other crates.
fn absolute(path: &str, module: &Module, modules: &BTreeSet<Module>) -> Option<Module> {
    let mut parts = path.split("::").map(str::to_owned).peekable();
    let mut base = match parts.peek()?.as_str() {
        "crate" => {
            parts.next();
            Module::new()
        }
        "self" => {
            parts.next();
            module.clone()
        }
        "super" => module.clone(),
        first => {
            let mut child = module.clone();
            child.push(first.to_owned());
            if !modules.contains(&child) {
                return None;
            }
            module.clone()
        }
    };
    while parts.peek().is_some_and(|part| part == "super") {
        parts.next();
        base.pop();
    }
    base.extend(parts);
    Some(base)
}

fn read(file: &Path, root: &Path, modules: &BTreeSet<Module>) -> (Module, Source) {
    let relative = file.strip_prefix(root).unwrap();
    let module = module_of(relative);
    let code = code(&fs::read_to_string(file).unwrap());
    let mut source = Source {
        file: relative.display().to_string(),
        uses: BTreeSet::new(),
        exports: BTreeMap::new(),
    };
    let mut imported: BTreeMap<String, Module> = BTreeMap::new();
    // `use` declarations: from the keyword to the semicolon.
    let mut body = String::new();
    let mut remaining = code.as_str();
    while let Some(index) = remaining.find("use ") {
        let is_word = remaining[..index]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        let (before, after) = remaining.split_at(index);
        body.push_str(before);
        if !is_word {
            body.push_str("use ");
            remaining = &after[4..];
            continue;
        }
        let end = after.find(';').unwrap();
        let is_export = before.trim_end().ends_with("pub") || before.trim_end().ends_with(')');
        let mut found = Vec::new();
        leaves(&after[4..end], "", &mut found);
        for (path, name) in found {
            if let Some(path) = absolute(&path, &module, modules) {
                if is_export {
                    source.exports.insert(name, path);
                } else if modules.contains(&path) {
                    imported.insert(name, path);
                } else {
                    source.uses.insert(path);
                }
            }
        }
        remaining = &after[end..];
    }
    body.push_str(remaining);

    // A visibility is no use.
    let body: String = body
        .split("pub(in ")
        .enumerate()
        .map(|(index, part)| match part.split_once(')') {
            Some((_, rest)) if index > 0 => rest,
            _ => part,
        })
        .collect();
    // Paths in the code itself.
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for path in body
        .split(|c| !is_path(c))
        .filter(|path| path.contains("::"))
    {
        let path = path.trim_end_matches(':');
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        let path = match imported.get(first) {
            Some(base) => Some(
                base.iter()
                    .cloned()
                    .chain(rest.split("::").map(str::to_owned))
                    .collect(),
            ),
            None => absolute(path, &module, modules),
        };
        source
            .uses
            .extend(path.filter(|path| !modules.contains(path)));
    }
    (module, source)
}

/// The file that defines what a path names, through re-exports.
fn target(path: &Module, sources: &BTreeMap<Module, Source>) -> Option<Module> {
    let mut path = path.clone();
    for _ in 0..8 {
        let depth = (0..=path.len())
            .rev()
            .find(|end| sources.contains_key(&path[..*end]))?;
        let (module, rest) = path.split_at(depth);
        let export = rest
            .first()
            .and_then(|name| sources[module].exports.get(name));
        match export {
            Some(origin) => path = origin.iter().chain(&rest[1..]).cloned().collect(),
            None => return Some(module.to_vec()),
        }
    }
    None
}

/// The files that can be reached from a file, over one arrow or more.
fn reachable(from: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    let mut pending = vec![from];
    while let Some(module) = pending.pop() {
        for next in &arrows[module] {
            if found.insert(next.clone()) {
                pending.push(next);
            }
        }
    }
    found
}

#[test]
fn no_source_files_use_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<_> = files(&root)
        .into_iter()
        .filter(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap();
            !name.ends_with("tests") && !["main", "lib"].contains(&name)
        })
        .collect();
    let modules: BTreeSet<Module> = files
        .iter()
        .map(|file| module_of(file.strip_prefix(&root).unwrap()))
        .collect();
    let sources: BTreeMap<Module, Source> = files
        .iter()
        .map(|file| read(file, &root, &modules))
        .collect();
    let arrows: BTreeMap<Module, BTreeSet<Module>> = sources
        .iter()
        .map(|(module, source)| {
            let targets = source.uses.iter().filter_map(|path| target(path, &sources));
            (
                module.clone(),
                targets.filter(|target| target != module).collect(),
            )
        })
        .collect();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > 300, "only {count} arrows were found");
    let reachable: BTreeMap<_, _> = arrows
        .keys()
        .map(|module| (module, reachable(module, &arrows)))
        .collect();
    let mut circles = BTreeSet::new();
    for (module, others) in &reachable {
        if others.contains(*module) {
            let circle: Vec<_> = others
                .iter()
                .filter(|other| reachable[other].contains(*module))
                .collect();
            let arrows = circle.iter().flat_map(|from| {
                let inside = arrows[*from].iter().filter(|to| circle.contains(to));
                inside.map(|to| format!("  {} -> {}", sources[*from].file, sources[to].file))
            });
            circles.insert(arrows.collect::<Vec<_>>().join("\n"));
        }
    }
    let circles: Vec<_> = circles.into_iter().collect();
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n\n"));
}
