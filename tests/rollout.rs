//! `hgtop rollout`: starting, listing and showing rollouts, and what counts in
//! the other commands.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

mod support;

use support::bad_server::{Act, BadServer};
use support::{Home, Run};

const CONFIG: &str = "[environments.dev]
env_id = \"dev.x.xyz\"

# the first wave
[[follow]]
name = \"invoices\"   # a name
flow = \"f1\"
tenants = [\"acme\", \"globex\"]
gate = [\"failed<=2%\", \"failed<3\"]

[[follow]]
flow = \"f2\"
tenants = \"*\"
since = 2026-11-24T09:00:00Z # the start
";

#[test]
fn start_is_written_to_the_file_and_listed() {
    let home = Home::with_config(CONFIG);
    let run = home.run(&[
        "rollout",
        "start",
        "invoices",
        "--at",
        "2026-11-24T10:00:00+01:00",
    ]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert_eq!(
        run.out(),
        "rollout \"invoices\" starts at 2026-11-24T09:00:00Z\n"
    );
    let text = fs::read_to_string(home.path("config.toml")).unwrap();
    let gate = "gate = [\"failed<=2%\", \"failed<3\"]\n";
    let expected = CONFIG.replace(gate, &format!("{gate}since = 2026-11-24T09:00:00Z\n"));
    assert_eq!(text, expected);
    assert_eq!(
        home.run(&["rollout", "list"]).out(),
        "NAME      ENVIRONMENT  FLOW  SINCE                 TENANTS  GATE\n\
         invoices  dev          f1    2026-11-24T09:00:00Z  2        failed<=2% failed<3\n\
         f2        dev          f2    2026-11-24T09:00:00Z  all\n"
    );
    let run = home.run(&["rollout", "list", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(
        document,
        serde_json::json!({"version": 1, "rollouts": [
            {"name": "invoices", "flow": "f1", "environment": "dev",
             "since": "2026-11-24T09:00:00Z", "tenants": ["acme", "globex"],
             "gate": ["failed<=2%", "failed<3"]},
            {"name": "f2", "flow": "f2", "environment": "dev",
             "since": "2026-11-24T09:00:00Z", "tenants": "*", "gate": []},
        ]})
    );
}

#[test]
fn start_by_flow_id_is_now_and_keeps_the_comment() {
    let home = Home::with_config(CONFIG);
    let before = jiff::Timestamp::now();
    let run = home.run(&["rollout", "start", "f2"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let text = fs::read_to_string(home.path("config.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("since")).unwrap();
    let (value, comment) = line["since = ".len()..].split_once(' ').unwrap();
    assert_eq!(comment, "# the start");
    let start: jiff::Timestamp = value.parse().unwrap();
    assert!(start.duration_since(before).abs() < jiff::SignedDuration::from_secs(30));
    assert!(
        run.out().ends_with("(before: 2026-11-24T09:00:00Z)\n"),
        "{}",
        run.out()
    );
}

#[test]
fn unknown_and_ambiguous_names_are_usage_errors() {
    let home = Home::with_config(CONFIG);
    for (name, expected) in [
        ("invoice", "(did you mean \"invoices\"?)"),
        ("nonsense", "no followed flow is named \"nonsense\""),
    ] {
        let run = home.run(&["rollout", "start", name]);
        assert_eq!(run.code(), 2);
        assert!(run.error().contains(expected), "{}", run.error());
    }
    let twice = format!("{CONFIG}[[follow]]\nflow = \"f2\"\ntenants = [\"acme\"]\n");
    let run = Home::with_config(&twice).run(&["rollout", "start", "f2"]);
    assert_eq!(run.code(), 2);
    assert!(run.error().contains("several"), "{}", run.error());
    let none = Home::with_config("[environments.dev]\nenv_id = \"dev.x.xyz\"\n");
    let run = none.run(&["rollout", "start", "x"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("hgtop add --follow"),
        "{}",
        run.error()
    );
    assert_eq!(none.run(&["rollout", "list"]).code(), 0);
    let bad = home.run(&["rollout", "start", "invoices", "--at", "soon"]);
    assert_eq!(bad.code(), 2);
}

/// The newest job of each tenant: acme completed, globex and umbrella failed
/// alike, initech ran before the start, stark has no job.
fn service(path: &str, _: usize) -> Act {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.split('/').collect();
    let tenant = parts[3];
    let (status, created, message) = match tenant {
        "acme" => ("JOB_COMPLETED", "2026-11-24T09:00:00Z", ""),
        "globex" | "umbrella" => ("ETL_FAILED", "2026-11-24T09:10:00Z", "disk full"),
        "initech" => ("EXPORT_FAILED", "2026-11-24T08:59:59Z", "yesterday"),
        _ => return Act::body("[]"),
    };
    let job = format!(
        r#"{{"job_id":"j1","s3_root":"{tenant}/flows/f1/jobs/j1","status":"{status}",
        "start_time":"{created}","last_updated":"{created}","message":"{message}"}}"#
    );
    if parts.last() == Some(&"status") {
        Act::body(&job)
    } else {
        Act::body(&format!("[{job}]"))
    }
}

/// Two followed flows that share tenants, and two entries: one is the newest
/// job of acme, the other is an earlier one.
fn shared_config(base: &str) -> String {
    format!(
        "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\n\
         api_key = \"k\"\n\
         [[jobs]]\nname = \"mine\"\njob_root = \"acme/flows/f1/jobs/j1\"\ntags = [\"wave\"]\n\
         [[follow]]\nname = \"invoices\"\nflow = \"f1\"\n\
         tenants = [\"acme\", \"globex\", \"umbrella\", \"initech\", \"stark\"]\n\
         since = 2026-11-24T09:00:00Z\ngate = [\"failed<=2%\", \"failed<5\"]\n\
         [[follow]]\nname = \"again\"\nflow = \"f1\"\ntenants = [\"acme\", \"globex\"]\n"
    )
}

async fn run(config: String, arguments: &'static [&'static str]) -> Run {
    let run = tokio::task::spawn_blocking(move || Home::with_config(&config).run(arguments));
    run.await.unwrap()
}

#[tokio::test]
async fn rollout_is_shown_with_disjoint_counts_gate_and_groups() {
    let server = BadServer::start(service).await;
    let config = shared_config(&server.base);
    let arguments = &["rollout", "show", "invoices", "--output", "json"];
    let shown = run(config.clone(), arguments).await;
    assert_eq!(shown.code(), 0, "{}", shown.error());
    let document: serde_json::Value = serde_json::from_str(&shown.out()).unwrap();
    assert_eq!(
        document["rollout"],
        serde_json::json!({
            "name": "invoices", "flow": "f1", "environment": "dev",
            "since": "2026-11-24T09:00:00Z", "expected": 5, "not_started": 2, "running": 0,
            "finished": 3, "completed": 1, "failed": 2, "canceled": 0, "undetermined": 0,
        })
    );
    assert_eq!(document["version"], 1);
    let hold = serde_json::json!({"condition": "failed<=2%", "result": "hold", "needed": null});
    assert_eq!(document["gate"], hold);
    assert_eq!(document["gates"][0], hold);
    let second = serde_json::json!({"condition": "failed<5", "result": "pass", "needed": null});
    assert_eq!(document["gates"][1], second);
    let groups = document["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!(groups[0]["count"], 2);
    assert_eq!(
        groups[0]["tenants"],
        serde_json::json!(["globex", "umbrella"])
    );
    let text = run(config.clone(), &["rollout", "show", "invoices"])
        .await
        .out();
    assert!(
        text.contains("3/5 finished: 1 completed, 2 failed\n2 not started\n"),
        "{text}"
    );
    assert!(text.contains("gate failed<=2%: hold (2 of 3"), "{text}");
    let wrong = run(config, &["rollout", "show", "invoice"]).await;
    assert_eq!(wrong.code(), 2);
    assert!(
        wrong.error().contains("did you mean \"invoices\"?"),
        "{}",
        wrong.error()
    );
}

#[tokio::test]
async fn job_that_several_sources_name_is_printed_once() {
    let server = BadServer::start(service).await;
    let config = shared_config(&server.base);
    let polled = run(config.clone(), &["status", "--output", "json"]).await;
    let document: serde_json::Value = serde_json::from_str(&polled.out()).unwrap();
    let jobs = document["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 5, "{jobs:?}");
    let of = |tenant: &str| jobs.iter().find(|job| job["tenant"] == tenant).unwrap();
    let acme = of("acme");
    assert_eq!(acme["name"], "mine");
    let names = serde_json::json!(["mine", "acme invoices", "acme again"]);
    assert_eq!(acme["names"], names);
    assert_eq!(acme["tags"], serde_json::json!(["wave"]));
    assert_eq!(acme["state"], "completed");
    for tenant in ["initech", "stark"] {
        let job = of(tenant);
        assert_eq!(
            (&job["state"], &job["job_root"]),
            (&"not started".into(), &().into())
        );
    }
    // The entry, and each followed tenant once.
    let listed = run(config, &["list", "--output", "json"]).await;
    let document: serde_json::Value = serde_json::from_str(&listed.out()).unwrap();
    let jobs = document["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 6, "{jobs:?}");
    let names = serde_json::json!(["acme invoices", "acme again"]);
    assert_eq!(jobs[1]["names"], names);
}

#[tokio::test]
async fn wait_counts_a_shared_job_once_and_waits_for_tenants_that_have_not_started() {
    let server = BadServer::start(service).await;
    let config = shared_config(&server.base);
    let waited = run(config, &["wait", "--timeout", "2s"]).await;
    assert_eq!(waited.code(), 124, "{}", waited.error());
    let wanted = "5 jobs: 1 completed, 2 failed, 2 not started";
    assert!(waited.error().contains(wanted), "{}", waited.error());
}
