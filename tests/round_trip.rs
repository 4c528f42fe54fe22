//! What hgtop prints, hgtop reads: the output of each command that lists jobs,
//! in each machine format, is the input of each command that takes references.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::io::Write;
use std::process::Stdio;

use jiff::Timestamp;
use support::{Demo, Home, Run};

const FORMS: [&str; 3] = ["json", "jsonl", "csv"];

fn run_with_input(home: &Home, arguments: &[&str], input: &str) -> Run {
    let mut child = home
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    Run(child.wait_with_output().unwrap())
}

/// The jobs of a printed document, as JSON.
fn jobs(form: &str, text: &str) -> Vec<serde_json::Value> {
    match form {
        "json" => {
            let document: serde_json::Value = serde_json::from_str(text).unwrap();
            document["jobs"].as_array().unwrap().clone()
        }
        "jsonl" => text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        _ => {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let rows = reader.deserialize::<std::collections::HashMap<String, Option<String>>>();
            rows.map(|row| serde_json::json!(row.unwrap())).collect()
        }
    }
}

/// Whether every job has its root, and all times are RFC 3339.
fn check_fields(form: &str, command: &str, text: &str) -> usize {
    let jobs = jobs(form, text);
    for job in &jobs {
        let root = job["job_root"].as_str().unwrap_or_default();
        assert!(root.contains("/jobs/"), "{command} {form}: {job}");
        for field in ["start_time", "last_updated"] {
            if let Some(time) = job[field].as_str() {
                time.parse::<Timestamp>().unwrap();
            }
        }
        if command != "list" {
            assert!(job["start_time"].is_string(), "{command} {form}: {job}");
            assert!(!job["elapsed_seconds"].is_null(), "{command} {form}: {job}");
        }
    }
    jobs.len()
}

#[test]
fn printed_jobs_are_read_by_add_status_and_wait() {
    let demo = Demo::start(&["--jobs", "6", "--fail-rate", "0", "--speed", "300"]);
    let home = Home::with_config(&demo.config);
    let without_jobs = demo.config.split("[[jobs]]").next().unwrap();
    let empty = Home::with_config(without_jobs);
    let listed = home.run(&["list", "--output", "json"]).out();
    let flow = jobs("json", &listed)[0]["flow"]
        .as_str()
        .unwrap()
        .to_owned();
    let discover = ["discover", "--flow", flow.as_str()];
    for (name, command) in [
        ("list", &["list"][..]),
        ("status", &["status"]),
        ("discover", &discover),
    ] {
        for form in FORMS {
            let printed = home.run(&[command, &["--output", form]].concat()).out();
            let count = check_fields(form, name, &printed);
            assert!(count > 0, "{command:?} {form}");
            let add = run_with_input(&empty, &["add", "--dry-run", "-"], &printed);
            assert_eq!(add.code(), 0, "{name} {form}: {}", add.error());
            assert_eq!(add.out().matches("would add").count(), count, "{printed}");
            let status = run_with_input(&empty, &["status", "--output", "json", "-"], &printed);
            assert_eq!(status.code(), 0, "{name} {form}: {}", status.error());
            assert_eq!(check_fields("json", "status", &status.out()), count);
            let wait = run_with_input(&empty, &["wait", "--timeout", "60s", "-"], &printed);
            assert_eq!(wait.code(), 0, "{name} {form}: {}", wait.error());
            let summary = format!("{count} job");
            assert!(wait.error().contains(&summary), "{}", wait.error());
        }
    }
}

#[test]
fn printed_tenant_without_a_job_is_no_error() {
    let config = "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\napi_key = \"k\"\n\
                  base_url = \"http://127.0.0.1:9\"\n";
    let follow = "[[follow]]\nflow = \"f\"\ntenants = [\"acme\"]\n";
    let job = "[[jobs]]\njob_root = \"globex/flows/f/jobs/1\"\n";
    let home = Home::with_config(&format!("{config}{follow}{job}"));
    let empty = Home::with_config(config);
    for form in FORMS {
        let printed = home.run(&["list", "--output", form]).out();
        let add = run_with_input(&empty, &["add", "--dry-run", "-"], &printed);
        assert_eq!(add.code(), 0, "{form}: {}", add.error());
        assert_eq!(add.out().matches("would add").count(), 1, "{}", add.out());
        assert!(add.out().contains("no job yet"), "{}", add.out());
        let arguments = ["status", "--timeout", "10s", "--output", "json", "-"];
        let status = run_with_input(&empty, &arguments, &printed);
        assert_eq!(jobs("json", &status.out()).len(), 1, "{}", status.error());
        assert!(status.error().contains("no job yet"), "{}", status.error());
    }
}

#[test]
fn duplicate_lines_name_the_first_one() {
    let home = Home::with_config("[environments.dev]\nenv_id = \"dev.x.xyz\"\n");
    let line = "acme/flows/f/jobs/1\n";
    let input = format!("# comment\n{line}globex/flows/f/jobs/2\n{line}");
    let add = run_with_input(&home, &["add", "-"], &input);
    assert_eq!(add.code(), 0, "{}", add.error());
    assert!(
        add.out().contains("line 4: duplicate of line 2"),
        "{}",
        add.out()
    );
    let again = run_with_input(&home, &["add", "-"], line);
    assert!(
        again.out().contains("already watched as"),
        "{}",
        again.out()
    );
}
