//! `hgtop rollout report`: its numbers are those of `rollout show`, its stages
//! those of the history, and text of the service is no markup in it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::sync::Arc;

use hgtop::history::{Observation, Store};
use hgtop::hotglue::{EnvId, FlowId, Job, JobAddress, JobRoot, TenantId};
use serde_json::{Value, json};

mod support;

use support::bad_server::{Act, BadServer};
use support::{Home, Run};

const HOSTILE: &str = "</td><script>alert('x')</script>\"><img src=x onerror=alert(1)> | `a` \
    \\u202edesrever **bold** ]]> ${7*7}";
const TENANTS: [&str; 5] = ["acme", "globex", "umbrella", "initech", "stark"];

/// A job of the flow as the service lists it.
fn job(tenant: &str, number: &str, status: &str, created: &str, updated: &str) -> String {
    format!(
        r#"{{"job_id":"{number}","s3_root":"{tenant}/flows/f1/jobs/{number}","status":"{status}",
        "start_time":"{created}","last_updated":"{updated}","message":"{}","tap":"shopify",
        "processed_rows":1200,"state":{{"token":"STATE-SECRET"}},"override_key":"OVERRIDE-SECRET",
        "config":{{"password":"CONFIG-SECRET"}}}}"#,
        HOSTILE.replace('"', "\\\"")
    )
}

/// The newest job of each tenant: two failed alike, one is running, one ran
/// before the start, one has no job.
fn newest(tenant: &str) -> Option<String> {
    let (status, updated) = match tenant {
        "acme" => ("JOB_COMPLETED", "2026-11-24T09:05:00Z"),
        "globex" => ("ETL_FAILED", "2026-11-24T09:02:00Z"),
        "umbrella" => ("ETL_FAILED", "2026-11-24T09:03:00Z"),
        "initech" => {
            let before = "2026-11-24T08:00:00Z";
            return Some(job(tenant, "j0", "JOB_COMPLETED", before, before));
        }
        _ => return None,
    };
    Some(job(tenant, "j1", status, "2026-11-24T09:00:10Z", updated))
}

fn service(path: &str, _: usize) -> Act {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.split('/').collect();
    let job = newest(parts[3]);
    if parts.last() == Some(&"status") {
        Act::body(&job.unwrap_or_default())
    } else {
        Act::body(&format!("[{}]", job.unwrap_or_default()))
    }
}

fn config(base: &str, history: bool) -> String {
    format!(
        "history = {history}\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\n\
         api_key = \"KEY-SECRET\"\n[[follow]]\nname = \"invoices\"\nflow = \"f1\"\n\
         tenants = {TENANTS:?}\nsince = 2026-11-24T09:00:00Z\ngate = [\"failed<=2%\"]\n"
    )
}

/// Records the statuses that a job of acme went through.
fn record_steps(home: &Home) {
    let file = home.path(".local/state/hgtop/history.db");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut store = Store::open(&file).unwrap().store;
    for (status, minute) in [("SYNC_STARTED", 1), ("ETL_STARTED", 3)] {
        let time = format!("2026-11-24T09:0{minute}:00Z");
        let body = job("acme", "j1", status, "2026-11-24T09:00:10Z", &time);
        let address = JobAddress {
            flow: FlowId::parse("f1").unwrap(),
            tenant: TenantId::parse("acme").unwrap(),
            job_root: JobRoot::parse("acme/flows/f1/jobs/j1").unwrap(),
        };
        let job = Job::decode(&body).unwrap();
        let env_id = EnvId::parse("dev.x.xyz").unwrap();
        let seen = time.parse().unwrap();
        let observation = Observation::new(env_id, Arc::new(address), &job, seen);
        store.record(&[observation]).unwrap();
    }
}

/// Runs commands in one home directory whose history has steps of a job.
async fn run_all<const N: usize>(commands: [&'static [&'static str]; N]) -> [Run; N] {
    let server = BadServer::start(service).await;
    let config = config(&server.base, true);
    let run = tokio::task::spawn_blocking(move || {
        let home = Home::with_config(&config);
        record_steps(&home);
        commands.map(|command| home.run(command))
    });
    run.await.unwrap()
}

fn parsed(run: &Run) -> Value {
    assert_eq!(run.code(), 0, "{}", run.error());
    serde_json::from_str(&run.out()).unwrap()
}

#[tokio::test]
async fn report_has_the_numbers_of_rollout_show() {
    let [shown, reported, compared] = run_all([
        &["rollout", "show", "invoices", "--output", "json"],
        &["rollout", "report", "invoices", "--format", "json"],
        &["rollout", "compare", "invoices", "--output", "json"],
    ])
    .await;
    let (shown, report) = (parsed(&shown), parsed(&reported));
    assert_eq!(shown["rollout"]["failed"], 2);
    for part in ["version", "rollout", "eta", "gate", "groups", "anomalies"] {
        assert_eq!(report[part], shown[part], "{part}");
    }
    assert_eq!(report["comparison"], parsed(&compared)["comparison"]);
    assert_eq!(report["conclusion"]["result"], "hold");
    assert_eq!(
        report["conclusion"]["headline"],
        "2 of 3 finished jobs failed"
    );
    let window = &report["window"];
    assert_eq!(window["since"], "2026-11-24T09:00:00Z");
    assert_eq!(window["first_started"], "2026-11-24T09:00:10Z");
    assert_eq!(window["last_finished"], "2026-11-24T09:05:00Z");
    let last = report["burn_up"].as_array().unwrap().last().unwrap();
    assert_eq!(
        *last,
        json!({"at": "2026-11-24T09:05:00Z", "finished": 3, "failed": 2})
    );
    let jobs = report["jobs"].as_array().unwrap();
    let tenants: Vec<_> = jobs
        .iter()
        .map(|job| job["tenant"].as_str().unwrap())
        .collect();
    assert_eq!(tenants, ["globex", "umbrella", "initech", "stark", "acme"]);
    assert_eq!(jobs[0]["group"], 1);
    assert_eq!(
        jobs[4]["stages"],
        json!([
            {"stage": "queued", "from": "2026-11-24T09:00:10Z", "to": "2026-11-24T09:01:00Z",
             "failed": false},
            {"stage": "sync", "from": "2026-11-24T09:01:00Z", "to": "2026-11-24T09:03:00Z",
             "failed": false},
            {"stage": "etl", "from": "2026-11-24T09:03:00Z", "to": "2026-11-24T09:05:00Z",
             "failed": false},
        ])
    );
}

#[tokio::test]
async fn no_format_contains_what_the_report_withholds() {
    let runs = run_all([
        &["rollout", "report", "invoices", "--format", "json"],
        &["rollout", "report", "invoices", "--format", "markdown"],
        &["rollout", "report", "invoices"],
        &["rollout", "report", "invoices", "--format", "trace"],
    ])
    .await;
    for run in runs {
        assert_eq!(run.code(), 0, "{}", run.error());
        let text = run.out();
        assert!(
            text.contains("globex") && text.contains("override"),
            "{text}"
        );
        assert!(!text.contains("SECRET"), "{text}");
        assert!(!text.contains("127.0.0.1"), "{text}");
    }
}

#[tokio::test]
async fn markdown_of_hostile_text_has_no_markup_of_it() {
    let [run] = run_all([&["rollout", "report", "invoices", "--format", "markdown"]]).await;
    let text = run.out();
    assert!(text.starts_with("# Rollout invoices\n\n**Hold: 2 of 3 finished jobs failed**\n"));
    assert!(text.contains("\\<script\\>alert("), "{text}");
    for (index, _) in text.match_indices(['<', '`']) {
        assert!(text[..index].ends_with('\\'), "{}", &text[index..]);
    }
    for markup in [" **bold**", "\u{202e}"] {
        assert!(!text.contains(markup), "{markup}: {text}");
    }
}

#[tokio::test]
async fn commands_of_the_report_run() {
    let server = BadServer::start(service).await;
    let config = config(&server.base, true);
    tokio::task::spawn_blocking(move || {
        let home = Home::with_config(&config);
        record_steps(&home);
        let report = parsed(&home.run(&["rollout", "report", "invoices", "--format", "json"]));
        let commands = report["commands"].as_array().unwrap();
        assert_eq!(commands.len(), 5);
        for command in commands {
            let line = command["command"].as_str().unwrap();
            let arguments: Vec<&str> = line.split(' ').skip(1).collect();
            let run = home.run(&arguments);
            // `status` reports that a job failed.
            let expected = i32::from(arguments[0] == "status");
            assert_eq!(run.code(), expected, "{line}: {}", run.error());
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn format_follows_the_extension_and_unknown_ones_are_usage_errors() {
    let server = BadServer::start(service).await;
    let config = config(&server.base, false);
    tokio::task::spawn_blocking(move || {
        let home = Home::with_config(&config);
        for (file, start) in [
            ("a.json", "{"),
            ("a.html", "<!DOCTYPE html>"),
            ("b.md", "# Rollout"),
            ("b.md", "# Rollout"),
        ] {
            let path = home.path(file);
            let path = path.to_str().unwrap();
            let run = home.run(&["rollout", "report", "invoices", "--to", path]);
            assert_eq!(run.code(), 0, "{}", run.error());
            assert_eq!(run.out(), "");
            assert!(run.error().contains("written to"), "{}", run.error());
            assert!(fs::read_to_string(path).unwrap().starts_with(start));
        }
        let file = home.path("a.docx");
        let run = home.run(&[
            "rollout",
            "report",
            "invoices",
            "--to",
            file.to_str().unwrap(),
        ]);
        assert_eq!(run.code(), 2);
        assert!(run.error().contains("names no format"), "{}", run.error());
        let file = home.path("no/such/folder/a.md");
        let run = home.run(&[
            "rollout",
            "report",
            "invoices",
            "--to",
            file.to_str().unwrap(),
        ]);
        assert_eq!(run.code(), 2);
        assert!(run.error().contains("cannot be written"), "{}", run.error());
    })
    .await
    .unwrap();
}
