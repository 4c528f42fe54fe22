//! `hgtop discover` and `hgtop add --follow`: what an environment lists.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;

use support::bad_server::{Act, BadServer};
use support::{Demo, Home};

/// A flow of the simulated service, which is named "tickets".
const FLOW: &str = "Nq4vW8xTz";

fn demo() -> (Demo, Home) {
    let demo = Demo::start(&["--jobs", "12", "--speed", "300"]);
    let home = Home::with_config(&demo.config);
    (demo, home)
}

fn config(base: &str) -> String {
    format!(
        "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\n\
         api_key = \"k\"\n"
    )
}

#[test]
fn flows_tenants_and_jobs_are_listed() {
    let (_demo, home) = demo();
    let run = home.run(&["discover", "--output", "json"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(document["flows"].as_array().unwrap().len(), 6);

    let run = home.run(&["discover", "--flow", FLOW, "--output", "csv"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(run.out().lines().count() >= 2, "{}", run.out());
    assert!(run.error().contains("tenants do not use this flow"));

    let run = home.run(&["discover", "--flow", FLOW, "--tenants"]);
    assert!(run.out().contains("globex"), "{}", run.out());
    let run = home.run(&["discover", "--flow", FLOW, "-u", "globex"]);
    assert_eq!(run.code(), 0);
    assert!(run.out().lines().count() >= 2, "{}", run.out());
}

#[test]
fn unknown_flow_is_an_error_that_suggests_near_ids() {
    let (_demo, home) = demo();
    let before = fs::read_to_string(home.path("config.toml")).unwrap();
    for arguments in [
        &["discover", "--flow"][..],
        &["discover", "-u", "acme", "--flow"],
        &["discover", "--tenants", "--flow"],
        &["add", "--follow"],
        &["add", "--dry-run", "--follow"],
    ] {
        let run = home.run(&[arguments, &["nope"]].concat());
        assert_eq!(run.code(), 2, "{arguments:?}");
        let wanted = "no flow \"nope\" in environment demo; list flows with: hgtop discover";
        assert!(run.error().contains(wanted), "{}", run.error());
        let run = home.run(&[arguments, &["Nq4vW8xTx"]].concat());
        assert_eq!(run.code(), 2, "{arguments:?}");
        let wanted = format!("(did you mean \"{FLOW}\"?)");
        assert!(run.error().contains(&wanted), "{}", run.error());
        let run = home.run(&[arguments, &["ticket"]].concat());
        let wanted = format!("(did you mean \"{FLOW}\", which is named \"tickets\"?)");
        assert!(run.error().contains(&wanted), "{}", run.error());
    }
    let after = fs::read_to_string(home.path("config.toml")).unwrap();
    assert_eq!(after, before, "nothing was added");
}

#[test]
fn known_flow_is_added() {
    let (_demo, home) = demo();
    let run = home.run(&["add", "--follow", FLOW, "-u", "acme", "--name", "mine"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert_eq!(run.error(), "");
    let after = fs::read_to_string(home.path("config.toml")).unwrap();
    assert!(after.contains("name = \"mine\""), "{after}");
}

#[tokio::test]
async fn flow_that_cannot_be_verified_is_added_with_a_warning() {
    let server = BadServer::start(|_, _| Act::status(403)).await;
    for text in [
        config(&server.base),
        config(&server.base).replace("api_key = \"k\"\n", ""),
    ] {
        let home = Home::with_config(&text);
        let (run, after) = tokio::task::spawn_blocking(move || {
            let run = home.run(&["add", "--follow", "f"]);
            (run, fs::read_to_string(home.path("config.toml")).unwrap())
        })
        .await
        .unwrap();
        assert_eq!(run.code(), 0, "{}", run.error());
        let wanted = "warning: flow \"f\" could not be verified";
        assert!(run.error().contains(wanted), "{}", run.error());
        assert!(after.contains("flow = \"f\""), "{after}");
    }
}

#[tokio::test]
async fn refused_listing_is_an_undetermined_state() {
    let server = BadServer::start(|_, _| Act::status(403)).await;
    let home = Home::with_config(&config(&server.base));
    let runs = tokio::task::spawn_blocking(move || {
        [
            home.run(&["discover"]),
            home.run(&["discover", "--flow", "f"]),
            home.run(&["discover", "--flow", "f", "-u", "t"]),
        ]
    });
    for run in runs.await.unwrap() {
        assert_eq!(run.code(), 3);
        assert!(run.error().contains("cannot list the"), "{}", run.error());
    }
}

#[tokio::test]
async fn tenant_that_cannot_be_listed_is_named() {
    let server = BadServer::start(|path, _| {
        let job = r#"[{"s3_root":"t1/flows/f/jobs/j","status":"JOB_COMPLETED","job_id":"j"}]"#;
        match path {
            _ if path.contains("/t1/") => Act::body(job),
            _ if path.contains("/t2/") => Act::status(500),
            _ if path.contains("tenants") => Act::body(r#"["t1","t2"]"#),
            _ => Act::status(404),
        }
    })
    .await;
    let home = Home::with_config(&config(&server.base));
    let run = tokio::task::spawn_blocking(move || home.run(&["discover", "--flow", "f"]));
    let run = run.await.unwrap();
    assert_eq!(run.code(), 3, "{}", run.error());
    assert!(run.out().contains("t1"), "{}", run.out());
    assert!(run.error().contains("t2: "), "{}", run.error());
}
