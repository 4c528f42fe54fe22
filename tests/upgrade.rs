//! Upgrading from 0.1.0: its config file, its history and the fields of its JSON.
//! What tests/fixtures/0.1.0 holds was written by hgtop 0.1.0.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Home, Run};

const FIXTURES: &str = "tests/fixtures/0.1.0";

/// A home directory as 0.1.0 left it.
fn home() -> Home {
    let config = fs::read_to_string(Path::new(FIXTURES).join("config.toml")).unwrap();
    let home = Home::with_config(&config);
    let database = home.path(".local/state/hgtop/history.db");
    fs::create_dir_all(database.parent().unwrap()).unwrap();
    fs::copy(Path::new(FIXTURES).join("history.db"), database).unwrap();
    home
}

/// What 0.1.0 printed.
fn printed(file: &str) -> Value {
    let text = fs::read_to_string(Path::new(FIXTURES).join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.out()).unwrap_or_else(|error| panic!("{error}: {}", run.error()))
}

/// Where a value lacks something of an older one. Fields may be added, and
/// values that `may_differ` names may have others.
fn losses(path: &str, old: &Value, new: &Value, may_differ: &[&str], found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in old {
                let path = format!("{path}/{name}");
                match new.get(name) {
                    None => found.push(format!("{path}: missing")),
                    Some(_) if may_differ.contains(&name.as_str()) => {}
                    Some(new) => losses(&path, value, new, may_differ, found),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                losses(&format!("{path}/{index}"), old, new, may_differ, found);
            }
        }
        _ if old == new => {}
        _ => found.push(format!("{path}: {old} became {new}")),
    }
}

fn assert_nothing_lost(old: &Value, new: &Value, may_differ: &[&str]) {
    let mut found = Vec::new();
    losses("", old, new, may_differ, &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn config_of_the_old_version_is_read_in_full() {
    let home = home();
    let run = home.run(&["config", "check"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(
        run.out()
            .contains("2 environments, 2 jobs, 5 followed flows"),
        "{}",
        run.out()
    );
    let list = document(&home.run(&["list", "--output", "json"]));
    assert_nothing_lost(&printed("list.json"), &list, &[]);
}

#[test]
fn history_of_the_old_version_is_read_in_full() {
    let home = home();
    let old = printed("history.json");
    let runs = old["runs"].as_array().unwrap();
    let steps: usize = runs
        .iter()
        .map(|run| run["steps"].as_array().unwrap().len())
        .sum();
    assert_eq!((runs.len(), steps), (28, 202), "the fixture");
    // Read twice: once while it is brought to the new version, once after.
    for _ in 0..2 {
        let run = home.run(&["history", "--output", "json"]);
        assert_eq!(run.code(), 0, "{}", run.error());
        let new = document(&run);
        assert_nothing_lost(&old, &new, &[]);
        assert_eq!(new["database"]["runs"], 28);
    }
}

/// Scripts that read the JSON of 0.1.0 find every field; only the messages of
/// errors changed.
#[test]
fn fields_of_the_old_version_are_still_printed() {
    let home = home();
    let arguments = [
        "status",
        "--env",
        "demo",
        "--timeout",
        "3s",
        "--output",
        "json",
    ];
    let run = home.command(&arguments).env("HGTOP_TEST_KEY", "k").output();
    let status = document(&Run(run.unwrap()));
    let old = printed("status.json");
    assert_eq!(
        old["jobs"].as_array().unwrap().len(),
        status["jobs"].as_array().unwrap().len()
    );
    assert_nothing_lost(&old, &status, &["error"]);
}

#[test]
fn losses_are_found() {
    let old = printed("history.json");
    let mut without_step = old.clone();
    without_step["runs"][0]["steps"]
        .as_array_mut()
        .unwrap()
        .pop();
    let mut without_field = old.clone();
    without_field["runs"][0]
        .as_object_mut()
        .unwrap()
        .remove("flow");
    let mut changed = old.clone();
    changed["runs"][0]["status"] = "JOB_COMPLETED".into();
    for new in [without_step, without_field, changed] {
        let mut found = Vec::new();
        losses("", &old, &new, &[], &mut found);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
