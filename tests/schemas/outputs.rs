//! What the commands print against the schemas.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::{Demo, Home, Run};
use super::{close, problems, schema};

/// The file in docs/schema for a command line.
fn file_of(arguments: &[&str]) -> String {
    let names = arguments.iter().take_while(|word| !word.starts_with('-'));
    let names: Vec<_> = names.copied().take(2).collect();
    match names[..] {
        [command @ ("rollout" | "history"), sub] => format!("{command}-{sub}.json"),
        [command, ..] => format!("{command}.json"),
        [] => unreachable!("a command line has a command"),
    }
}

/// Runs a command with both forms of JSON; every document and line is valid
/// and has documented fields only. Returns the number of values.
fn check(home: &Home, arguments: &[&str]) -> usize {
    let mut closed = schema(&file_of(arguments));
    close(&mut closed);
    let print = |form: &str| home.run(&[arguments, &["--output", form]].concat());
    let parsed = |run: &Run, text: &str| -> Value {
        let parsed = serde_json::from_str(text);
        parsed.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", run.error()))
    };
    let run = print("json");
    let mut values = vec![parsed(&run, &run.out())];
    let run = print("jsonl");
    values.extend(run.out().lines().map(|line| parsed(&run, line)));
    for value in &values {
        let problems = problems(&closed, value);
        assert!(
            problems.is_empty(),
            "{arguments:?}: {problems:?}\n{value:#}"
        );
    }
    values.len()
}

/// A home directory with a rollout of the demo, some of it finished and
/// recorded.
fn rollout() -> (Demo, Home) {
    let demo = Demo::start(&["--jobs", "12", "--speed", "60", "--fail-rate", "0.5"]);
    let home = Home::with_config(&demo.config.replace("history = false", "history = true"));
    let end = Instant::now() + Duration::from_mins(1);
    while !home
        .run(&["status", "--output", "csv"])
        .out()
        .contains(",failed,")
    {
        assert!(Instant::now() < end, "no job failed");
    }
    (demo, home)
}

#[test]
fn outputs_are_valid() {
    let (_demo, home) = rollout();
    let document: Value =
        serde_json::from_str(&home.run(&["rollout", "list", "-o", "json"]).out()).unwrap();
    let name = document["rollouts"][0]["name"].as_str().unwrap().to_owned();
    let flow = document["rollouts"][0]["flow"].as_str().unwrap().to_owned();
    let newest = home.run(&["discover", "--flow", &flow, "--output", "json"]);
    let jobs: Value = serde_json::from_str(&newest.out()).unwrap();
    let tenant = jobs["jobs"][0]["tenant"].as_str().unwrap().to_owned();

    assert!(check(&home, &["list"]) > 12);
    assert!(check(&home, &["status"]) > 12);
    assert!(check(&home, &["discover"]) > 1);
    assert!(check(&home, &["discover", "--flow", &flow, "--tenants"]) > 1);
    assert!(check(&home, &["discover", "--flow", &flow]) > 1);
    assert!(check(&home, &["discover", "--flow", &flow, "--tenant", &tenant]) > 1);
    assert!(check(&home, &["rollout", "list"]) > 1);
    assert!(check(&home, &["history", "learn"]) > 1);
    assert!(check(&home, &["wait", "--timeout", "1s", "--gate", "failed<=2%"]) > 2);
    // What has finished is recorded and compared.
    home.run(&["wait", "--quiet", "--timeout", "60s"]);
    assert!(check(&home, &["history"]) > 12);
    assert!(check(&home, &["rollout", "show", &name]) > 1);
    assert!(check(&home, &["rollout", "compare", &name]) > 1);
    assert!(check(&home, &["doctor"]) > 3);
}

#[test]
fn jobs_without_an_answer_are_valid() {
    let home = Home::with_config(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n\
         api_key = \"k\"\n[[jobs]]\njob_root = \"a/flows/f/jobs/j\"\n[[follow]]\nflow = \"f\"\n\
         tenants = [\"b\"]\n",
    );
    assert_eq!(check(&home, &["list"]), 3);
    assert!(check(&home, &["status", "--timeout", "2s"]) > 1);
    assert_eq!(check(&home, &["history"]), 1);
    assert!(check(&home, &["doctor"]) > 3);
}

/// The commands that have `--output`, in `--help`.
#[test]
fn every_command_with_json_has_a_schema() {
    use clap::CommandFactory;
    fn collect(command: &clap::Command, path: &[&str], found: &mut BTreeSet<String>) {
        let has_json = command.get_arguments().any(|argument| {
            argument.get_id() == "output"
                && argument
                    .get_possible_values()
                    .iter()
                    .any(|value| value.get_name() == "json")
        });
        if has_json {
            found.insert(format!("{}.json", path.join("-")));
        }
        for inner in command.get_subcommands() {
            let path: Vec<_> = path.iter().copied().chain([inner.get_name()]).collect();
            collect(inner, &path, found);
        }
    }
    let mut found = BTreeSet::new();
    collect(&hgtop::cli::Cli::command(), &[], &mut found);
    let described = super::schemas()
        .into_iter()
        .map(|(file, _)| file.to_owned());
    let described: BTreeSet<_> = described.filter(|file| file != "config.json").collect();
    assert_eq!(found, described);
}

#[test]
fn values_that_are_not_documented_are_found() {
    let (_demo, home) = rollout();
    let document = home.run(&["status", "--output", "json"]).out();
    let mut document: Value = serde_json::from_str(&document).unwrap();
    let mut closed = schema("status.json");
    close(&mut closed);
    assert!(problems(&closed, &document).is_empty());
    document["jobs"][0]["surprise"] = 1.into();
    assert!(problems(&schema("status.json"), &document).is_empty());
    assert!(!problems(&closed, &document).is_empty());
    document["jobs"][0]["tenant"] = 1.into();
    assert!(!problems(&schema("status.json"), &document).is_empty());
}
