//! The book in docs/book: pages that are made from the program are up to date,
//! and every page is in the summary.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hgtop::app::{Action, Section};
use serde_json::Value;

const PAGES: &str = "docs/book/src";

/// Compares a page with what it is made from.
fn check(page: &str, text: &str) {
    let path = Path::new(PAGES).join(page);
    if std::env::var_os("UPDATE_BOOK").is_some() {
        fs::write(&path, text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{page}: run with UPDATE_BOOK=1");
}

/// Run with `UPDATE_BOOK=1` to write the page.
#[test]
fn page_of_keys_is_made_from_the_key_map() {
    let mut page = "# Keys\n\n`?` shows them, `:` finds actions by name, and the footer shows the \
                    keys that\napply. The names in the last column bind other keys, in `[keys]` \
                    of the\n[config file](config.md).\n"
        .to_owned();
    for section in Section::all() {
        page.push_str(&format!(
            "\n## {}\n\n| key | | name in `[keys]` |\n|---|---|---|\n",
            section.title()
        ));
        for action in Action::all().filter(|action| action.section() == section) {
            let keys = action.default_keys().iter();
            let keys: Vec<_> = keys.map(|key| format!("`{key}`")).collect();
            page.push_str(&format!(
                "| {} | {} | `{}` |\n",
                keys.join(" "),
                action.description(),
                action.name()
            ));
        }
    }
    check("keys.md", &page);
}

fn schema(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The names of types, of constants and of values to choose from.
fn kind(schema: &Value) -> String {
    let list = |values: &[Value]| {
        let shown = values.iter().map(|value| match value {
            Value::String(text) => format!("`{text}`"),
            value => value.to_string(),
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    if let Some(value) = schema.get("const") {
        return format!("`{value}`").replace('"', "");
    }
    if let Some(values) = schema["enum"].as_array() {
        return list(values);
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        return forms.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap().replace('_', " ");
    }
    if let Some([first]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return kind(first);
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(_) if schema["format"] == "date-time" => "time".to_owned(),
        Value::String(name) => name.clone(),
        Value::Array(_) if schema["format"] == "date-time" => "time or null".to_owned(),
        Value::Array(names) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        _ => "any".to_owned(),
    }
}

/// A table of the properties of an object.
fn properties(schema: &Value) -> String {
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut table = "| key | type | default | meaning |\n|---|---|---|---|\n".to_owned();
    for (name, property) in schema["properties"].as_object().unwrap() {
        let default = match property.get("default") {
            Some(default) => format!("`{default}`"),
            None if required.contains(&name.as_str()) => "required".to_owned(),
            None => String::new(),
        };
        table.push_str(&format!(
            "| `{name}` | {} | {} | {} |\n",
            cell(&kind(property)),
            cell(&default),
            cell(property["description"].as_str().unwrap())
        ));
    }
    table
}

/// Run with `UPDATE_BOOK=1` to write the page.
#[test]
fn page_of_settings_is_made_from_the_schema() {
    let schema = schema(Path::new("docs/schema/config.json"));
    let mut page = "# Config file\n\n`hgtop config path` prints its location; `--config FILE` and \
                    `$HGTOP_CONFIG` name\nanother. `hgtop config init` writes one with every \
                    setting explained, and beside it\nthe JSON schema by which editors complete \
                    it. After an upgrade, write the schema again:\n\n```sh\nhgtop config schema > \
                    ~/.config/hgtop/hgtop.schema.json\n```\n\nThe first line of the config file \
                    refers to it:\n\n```toml\n#:schema ./hgtop.schema.json\n```\n\nhgtop keeps \
                    comments and layout, and applies edits within a second. An unknown key\nis an \
                    error with line, column and the nearest name; until it is fixed, the previous\n\
                    settings apply. An environment is known by its name: renamed, it is a new \
                    one, while\nthe history, which knows it by its `env_id`, stays.\n\n## \
                    Settings\n\n"
        .to_owned();
    page.push_str(&properties(&schema));
    for (title, name) in [
        ("`[environments.NAME]`", "environment"),
        ("`[[jobs]]`", "job"),
        ("`[[follow]]`", "follow"),
        ("`[[views]]`", "view"),
        ("`[[commands]]`", "command"),
    ] {
        page.push_str(&format!("\n## {title}\n\n"));
        page.push_str(&properties(&schema["definitions"][name]));
    }
    page.push_str("\n## `[keys]`\n\n[Keys](keys.md) lists the actions: `ACTION = \"key\"`, or several keys.\n");
    check("config.md", &page);
}

/// Run with `UPDATE_BOOK=1` to write the page.
#[test]
fn page_of_json_is_made_from_the_schemas() {
    let mut page = "# JSON\n\n`--output json` prints one document with `\"version\": 1`, and \
                    `--output jsonl` one\nrecord on each line. Fields are only ever added. What \
                    `list`, `status` and `discover`\nprint as `json`, `jsonl` or `csv` can be \
                    piped into `add -`, `status -` and `wait -`.\nThe schemas are in `docs/schema`.\n"
        .to_owned();
    let files = fs::read_dir("docs/schema").unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
    for file in &files {
        let schema = schema(file);
        if file.ends_with("config.json") {
            continue;
        }
        let title = schema["title"].as_str().unwrap();
        page.push_str(&format!("\n## `{title}`\n"));
        for form in schema["anyOf"].as_array().unwrap() {
            fields(&mut page, "", form);
        }
        for (name, definition) in schema["definitions"].as_object().into_iter().flatten() {
            fields(&mut page, name, definition);
        }
    }
    check("json.md", &page);
}

/// Writes a table of the fields of an object, and of the objects in it.
fn fields(page: &mut String, name: &str, schema: &Value) {
    // A line repeats the record of the document.
    let is_line = name.is_empty() && schema["properties"]["version"].is_object();
    let heading = match schema
        .pointer("/properties/event/const")
        .and_then(Value::as_str)
    {
        Some(event) => format!("The event `{event}`"),
        None if name.is_empty() => "The document".to_owned(),
        None => format!("`{name}`"),
    };
    let has_parts = schema["properties"].as_object().unwrap().values();
    let parts: Vec<_> = has_parts
        .filter(|part| part["items"]["properties"].is_object() || part["properties"].is_object())
        .collect();
    if is_line && parts.is_empty() && schema["properties"]["event"].is_null() {
        return;
    }
    page.push_str(&format!(
        "\n{heading}:\n\n| field | type | meaning |\n|---|---|---|\n"
    ));
    for (name, property) in schema["properties"].as_object().unwrap() {
        page.push_str(&format!(
            "| `{name}` | {} | {} |\n",
            cell(&kind(property)),
            cell(property["description"].as_str().unwrap())
        ));
    }
    for (name, property) in schema["properties"].as_object().unwrap() {
        for part in [property, &property["items"]] {
            if part["properties"].is_object() {
                fields(page, name, part);
            }
        }
    }
}

#[test]
fn every_page_is_in_the_summary_once() {
    let summary = fs::read_to_string(Path::new(PAGES).join("SUMMARY.md")).unwrap();
    let linked: Vec<_> = summary
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap().to_owned())
        .collect();
    let pages: BTreeSet<_> = fs::read_dir(PAGES)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .filter(|page| page != "SUMMARY.md")
        .collect();
    assert_eq!(linked.len(), pages.len());
    assert_eq!(linked.into_iter().collect::<BTreeSet<_>>(), pages);
}

/// mdBook is not among the tools of every machine.
#[test]
fn mdbook_builds_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let built = std::process::Command::new("mdbook")
        .args(["build", "docs/book", "--dest-dir"])
        .arg(folder.path())
        .output();
    match built {
        Err(error) => eprintln!("skipped: mdbook: {error}"),
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{errors}");
            assert!(!errors.contains("ERROR"), "{errors}");
            assert!(folder.path().join("tour.html").exists());
        }
    }
}
