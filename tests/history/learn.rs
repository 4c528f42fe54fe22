//! Runs from listings.

use std::fs;
#[cfg(unix)]
use std::process::Stdio;
#[cfg(unix)]
use std::time::Duration;

use rusqlite::Connection;

use crate::support::bad_server::{Act, BadServer};
use crate::{FOLLOW, count, database, home, job, service};

fn learned(output: &str) -> serde_json::Value {
    let document: serde_json::Value = serde_json::from_str(output).unwrap();
    assert_eq!(document["version"], 1);
    document["learned"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_learning_sends_nothing() {
    let server = service(&["acme", "globex", "unlinked"], 60).await;
    let home = home(&server, FOLLOW);
    let run = home.run(&["history", "learn", "--dry-run", "--output", "json"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert_eq!(learned(&run.out())["calls"], 3);
    assert_eq!((server.asked("/tenants/"), server.asked("/jobs")), (1, 0));

    let run = home.run(&["history", "learn", "--output", "json"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let result = learned(&run.out());
    assert_eq!(result["new_runs"], 100, "50 of each tenant");
    assert_eq!(
        (&result["unlinked"], &result["calls"]),
        (&1.into(), &3.into())
    );
    assert_eq!(
        server.requests.lock().unwrap().len(),
        4,
        "the tenants are known"
    );

    // Without an API key nothing can be sent, and nothing has to be.
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    fs::write(
        home.path("config.toml"),
        config.replace(
            "api_key = \"hush-key\"\n",
            "api_key_env = \"NO_SUCH_KEY\"\n",
        ),
    )
    .unwrap();
    for arguments in [
        &["history", "learn", "--dry-run"][..],
        &["history", "learn"],
    ] {
        let run = home.run(arguments);
        assert_eq!(run.code(), 0, "{}", run.error());
        assert!(run.error().contains("nothing to learn"), "{}", run.error());
    }
    assert_eq!(server.requests.lock().unwrap().len(), 4);
    let run = home.run(&["history", "invoices", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(document["runs"].as_array().unwrap().len(), 50);
    assert_eq!(document["rollouts"][0]["since"], "2026-11-24T09:00:00Z");
    assert_eq!(document["database"]["runs"], 100);
    assert!(
        document["database"]["bytes"].as_i64().unwrap() > 50_000,
        "{}",
        document["database"]
    );
    let run = home.run(&["history"]);
    assert!(
        run.error()
            .contains("rollout invoices in dev since 2026-11-24T09:00:00Z")
    );
    assert!(
        run.error().contains("database: 100 runs, 0."),
        "{}",
        run.error()
    );
    for file in ["history.db", "history.db-wal"] {
        let bytes = fs::read(database(&home).with_file_name(file)).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("hush"), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_listing_is_requested_again_and_adds_what_is_new() {
    let server = service(&["acme", "unlinked"], 3).await;
    let home = home(&server, FOLLOW);
    assert_eq!(home.run(&["history", "learn"]).code(), 0);
    let connection = Connection::open(database(&home)).unwrap();
    connection
        .execute("UPDATE learned SET time = time - 7200000", [])
        .unwrap();
    connection
        .execute("DELETE FROM runs WHERE job_root LIKE '%/2'", [])
        .unwrap();
    let run = home.run(&["history", "learn", "--max-age", "3h"]);
    assert!(run.error().contains("nothing to learn"), "{}", run.error());
    let run = home.run(&["history", "learn", "--max-age", "1h", "--output", "json"]);
    assert_eq!(learned(&run.out())["new_runs"], 1);
    assert_eq!(count(&database(&home), "runs"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn learning_any_flow_works_and_an_unknown_one_is_an_error() {
    let server = service(&["acme", "globex", "unlinked"], 2).await;
    let home = home(&server, "");
    let run = home.run(&["history", "learn"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("name a flow with --flow"),
        "{}",
        run.error()
    );
    let run = home.run(&["history", "learn", "--flow", "f2"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(
        run.error()
            .contains("learned 4 runs of 3 tenants with 4 calls"),
        "{}",
        run.error()
    );
    let run = home.run(&["history", "learn", "--flow", "f9"]);
    assert_eq!(run.code(), 2, "{}", run.error());
    assert!(
        run.error().contains("no flow \"f9\" in environment dev"),
        "{}",
        run.error()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rate_limit_and_outage_are_waited_for_and_a_refused_key_ends_it() {
    let server = BadServer::start(|path, number| match (path, number) {
        (path, 1) if path.ends_with("/acme/jobs") => {
            Act::Answer(429, &[("retry-after", "1")], String::new())
        }
        (path, 1) if path.ends_with("/globex/jobs") => Act::status(503),
        (path, _) if path.contains("/f2/") => Act::status(401),
        _ => Act::body(&format!("[{}]", job("acme", "f1", 1, "ETL_FAILED"))),
    })
    .await;
    let home = home(
        &server,
        "[[follow]]\nflow = \"f1\"\ntenants = [\"acme\", \"globex\"]\n\
         [[follow]]\nflow = \"f2\"\ntenants = [\"acme\", \"globex\"]\n",
    );
    let run = home.run(&["history", "learn", "--flow", "f1", "--output", "json"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert_eq!(learned(&run.out())["calls"], 4);
    let run = home.run(&["history", "learn", "--flow", "f2"]);
    assert_eq!(run.code(), 3);
    assert!(
        run.error().contains("stopped: API key refused"),
        "{}",
        run.error()
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_learning_is_continued() {
    // From the third tenant on, no answer comes until the signal was sent.
    let tenants = ["t1", "t2", "t3", "t4", "t5", "t6"];
    let server = BadServer::start(move |path, number| {
        let tenant = path.split('/').nth(3).unwrap_or_default().to_owned();
        if number == 1 && tenants[2..].contains(&tenant.as_str()) {
            return Act::Hang;
        }
        Act::body(&format!("[{}]", job(&tenant, "f1", 1, "JOB_COMPLETED")))
    })
    .await;
    let follow = format!("[[follow]]\nflow = \"f1\"\ntenants = {tenants:?}\n");
    let home = home(&server, &follow);
    let mut command = home.command(&["history", "learn"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let path = database(&home);
    while !path.exists() || count(&path, "sqlite_schema") < 9 || count(&path, "learned") < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    while server.requests.lock().unwrap().len() < 6 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        error.contains("interrupted; run it again to continue"),
        "{error}"
    );
    let before = server.requests.lock().unwrap().len();
    let run = home.run(&["history", "learn", "--output", "json"]);
    let result = learned(&run.out());
    assert_eq!(
        (&result["up_to_date"], &result["tenants"]),
        (&2.into(), &4.into())
    );
    assert_eq!(server.requests.lock().unwrap().len(), before + 4);
    assert_eq!(count(&path, "runs"), 6);
}
