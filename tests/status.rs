//! `hgtop status` against a service that misbehaves: every job is polled, and
//! what is known is printed.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use support::bad_server::{Act, BadServer};
use support::{Demo, Home, Run};

/// The config of `jobs` jobs, fast enough for a test.
fn config(base: &str, jobs: usize) -> String {
    let mut text = format!(
        "history = false\nmax_requests_per_second = 1000\n[environments.prod]\n\
         env_id = \"prod.x.xyz\"\nbase_url = \"{base}\"\napi_key = \"k\"\n"
    );
    for number in 0..jobs {
        text.push_str(&format!(
            "[[jobs]]\njob_root = \"t{number}/flows/f/jobs/j{number}\"\n"
        ));
    }
    text
}

/// The number of the job that a request is about.
fn number(path: &str) -> usize {
    let tenant = path.split('/').nth(3).unwrap();
    tenant.trim_start_matches('t').parse().unwrap()
}

async fn run(home: Home, arguments: &'static [&'static str]) -> Run {
    let run = tokio::task::spawn_blocking(move || home.run(arguments));
    run.await.unwrap()
}

/// How many of the JSON's jobs have a status, and the errors of the others.
fn results(run: &Run) -> (usize, Vec<String>) {
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    let jobs = document["jobs"].as_array().unwrap();
    let errors = jobs.iter().filter_map(|job| job["error"].as_str());
    let errors: Vec<_> = errors.map(str::to_owned).collect();
    let with_status = jobs.iter().filter(|job| job["status"].is_string());
    let count = with_status.count();
    assert_eq!(count + errors.len(), jobs.len());
    (count, errors)
}

#[test]
fn completed_rollout_is_printed_in_every_format() {
    let demo = Demo::start(&["--jobs", "8", "--fail-rate", "0", "--speed", "1000"]);
    assert!(demo.config.starts_with("# base URL: http://127.0.0.1:"));
    let home = Home::with_config(&demo.config);
    // A thousand times as fast, it has finished by the second poll.
    let mut last = home.run(&["status", "--output", "json"]);
    for _ in 0..100 {
        if last.out().matches("JOB_COMPLETED").count() == 8 {
            break;
        }
        last = home.run(&["status", "--output", "json"]);
    }
    assert_eq!(last.code(), 0, "{}", last.error());
    let document: serde_json::Value = serde_json::from_str(&last.out()).unwrap();
    assert_eq!(document["version"], 1);
    let jobs = document["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 8);
    for job in jobs {
        assert_eq!(job["status"], "JOB_COMPLETED");
        assert_eq!(job["state"], "completed");
        assert_eq!(job["error"], serde_json::Value::Null);
        assert!(job["elapsed_seconds"].as_i64().is_some());
    }

    let lines = home.run(&["status", "--output", "jsonl"]).out();
    assert_eq!(lines.lines().count(), 8);
    assert!(lines.lines().all(|line| line.contains("\"version\":1")));
    let csv = home.run(&["status", "--output", "csv"]).out();
    assert!(csv.starts_with("name,environment,env_id,tenant,flow,job_root,tags,status,"));
    let table = home.run(&["status"]).out();
    assert!(table.starts_with("NAME"));
    assert!(!table.contains(['\u{1b}', '\t']));
    assert!(
        home.run(&["status", "--color", "always"])
            .out()
            .contains("\u{1b}[32m")
    );

    let name = jobs[0]["name"].as_str().unwrap();
    let root = jobs[1]["job_root"].as_str().unwrap();
    let two = home.run(&["status", name, root, "--output", "jsonl"]);
    assert_eq!(two.out().lines().count(), 2);
    let typo = home.run(&["status", &name[..name.len() - 1]]);
    assert_eq!(typo.code(), 2);
    assert!(
        typo.error()
            .contains(&format!("(did you mean \"{name}\"?)")),
        "{}",
        typo.error()
    );
    let unknown = home.run(&["status", "x/flows/f/jobs/none"]);
    assert_eq!(unknown.code(), 3);
    assert!(
        unknown.out().contains("job does not exist"),
        "{}",
        unknown.out()
    );
}

#[test]
fn failed_jobs_and_a_wrong_api_key_have_their_exit_codes() {
    let demo = Demo::start(&["--jobs", "6", "--fail-rate", "1", "--speed", "1000"]);
    let home = Home::with_config(&demo.config);
    let mut last = home.run(&["status"]);
    for _ in 0..100 {
        if last.out().matches("_FAILED").count() == 6 {
            break;
        }
        last = home.run(&["status"]);
    }
    assert_eq!(last.code(), 1);
    let home = Home::with_config(&demo.config.replace("demo-key-for", "SECRET"));
    let refused = home.run(&["status"]);
    assert_eq!(refused.code(), 3);
    assert!(
        refused.out().contains("API key refused (403: Forbidden)"),
        "{}",
        refused.out()
    );
    assert!(!format!("{}{}", refused.out(), refused.error()).contains("SECRET"));
}

#[test]
fn service_that_is_down_is_an_undetermined_state() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let home = Home::with_config(&format!(
        "[environments.dev]\nenv_id = \"x\"\nbase_url = \"http://{address}\"\napi_key = \"k\"\n\
         [[jobs]]\njob_root = \"a/flows/f/jobs/1\"\n[[jobs]]\njob_root = \"a/flows/f/jobs/2\"\n"
    ));
    let run = home.run(&["status"]);
    assert_eq!(run.code(), 3);
    assert!(
        run.out()
            .contains("connection refused: is the service running?"),
        "{}",
        run.out()
    );
}

#[tokio::test]
async fn every_job_is_polled_when_the_first_answers_are_server_errors() {
    let server = BadServer::start(|path, _| match number(path) {
        0..3 => Act::status(500),
        _ => Act::job("JOB_COMPLETED"),
    })
    .await;
    let home = Home::with_config(&config(&server.base, 33));
    let run = run(home, &["status", "--output", "json"]).await;
    assert_eq!(run.code(), 3);
    let (with_status, errors) = results(&run);
    assert_eq!(with_status, 30, "{}", run.out());
    assert_eq!(errors.len(), 3);
}

#[tokio::test]
async fn refused_jobs_do_not_silence_the_others() {
    for refused in [0..1, 100..102, 199..201, 1..100] {
        let is_refused = refused.clone();
        let server = BadServer::start(move |path, _| {
            if is_refused.contains(&number(path)) {
                Act::status(403)
            } else {
                Act::job("JOB_COMPLETED")
            }
        })
        .await;
        // One after the other, so that many are refused in a row.
        let text = config(&server.base, 201).replace(
            "history = false",
            "history = false\nmax_concurrent_requests = 1",
        );
        let home = Home::with_config(&text);
        let run = run(home, &["status", "--output", "json"]).await;
        assert_eq!(run.code(), 3);
        let (with_status, errors) = results(&run);
        assert_eq!(with_status, 201 - refused.len(), "{refused:?}");
        assert_eq!(errors.len(), refused.len());
    }
}

#[tokio::test]
async fn wrong_api_key_costs_few_requests() {
    let server = BadServer::start(|_, _| Act::status(403)).await;
    let home = Home::with_config(&config(&server.base, 201));
    let run = run(home, &["status", "--output", "json"]).await;
    assert_eq!(run.code(), 3);
    assert_eq!(results(&run).1.len(), 201);
    assert!(server.asked("GET") <= 3 + 16, "{}", server.asked("GET"));
}

#[tokio::test]
async fn service_that_is_down_is_not_tried_for_every_job() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let text = config(&format!("http://{address}"), 2_000).replace("second = 1000", "second = 20");
    let begin = Instant::now();
    let run = run(Home::with_config(&text), &["status", "--output", "json"]).await;
    assert_eq!(run.code(), 3);
    assert_eq!(results(&run).1.len(), 2_000);
    assert!(begin.elapsed() < Duration::from_secs(20), "at 20 a second");
}

#[tokio::test]
async fn rate_limit_is_shown_and_ends_with_the_timeout() {
    let server = BadServer::start(|path, _| match number(path) {
        0 => Act::job("JOB_COMPLETED"),
        _ => Act::Answer(429, &[("retry-after", "600")], "{}".to_owned()),
    })
    .await;
    let text = config(&server.base, 5).replace(
        "history = false",
        "history = false\nmax_concurrent_requests = 1",
    );
    let begin = Instant::now();
    let arguments = &["status", "--timeout", "2s", "--output", "json"];
    let run = run(Home::with_config(&text), arguments).await;
    assert_eq!(run.code(), 3);
    assert!(begin.elapsed() >= Duration::from_secs(2));
    assert!(begin.elapsed() < Duration::from_secs(10));
    let shown = "hgtop: prod: rate limited by hotglue, resuming in 9m 59s\n";
    assert_eq!(run.error(), shown);
    let (with_status, errors) = results(&run);
    assert_eq!(with_status, 1, "what is known is printed");
    for error in errors {
        let wanted = "timed out after 2s: rate limited by hotglue, resuming in 9m 5";
        assert!(error.starts_with(wanted), "{error}");
    }
    assert_eq!(server.asked("GET"), 2, "nothing is sent during the wait");
}

#[tokio::test]
async fn rate_limited_jobs_are_polled_after_the_wait() {
    let server = BadServer::start(|path, times| {
        if times == 1 && number(path) > 0 {
            Act::Answer(429, &[("retry-after", "1")], "{}".to_owned())
        } else {
            Act::job("JOB_COMPLETED")
        }
    })
    .await;
    let home = Home::with_config(&config(&server.base, 20));
    let run = run(home, &["status", "--output", "json"]).await;
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(run.error().contains("prod: rate limited by hotglue"));
    assert_eq!(results(&run).0, 20);
}

#[tokio::test]
async fn answer_that_never_comes_ends_with_the_timeout() {
    let server = BadServer::start(|path, _| match number(path) {
        0 => Act::Hang,
        _ => Act::job("SYNC_STARTED"),
    })
    .await;
    let home = Home::with_config(&config(&server.base, 3));
    let run = run(home, &["status", "--timeout", "1s", "--output", "json"]).await;
    assert_eq!(run.code(), 3);
    assert_eq!(results(&run), (2, vec!["timed out after 1s".to_owned()]));
}

#[tokio::test]
async fn tenants_that_cannot_be_listed_do_not_silence_the_jobs() {
    let server = BadServer::start(|path, _| {
        if path.contains("jobs/status") {
            Act::job("JOB_COMPLETED")
        } else {
            Act::status(403)
        }
    })
    .await;
    let mut text = config(&server.base, 3);
    text.push_str("[[follow]]\nname = \"invoices\"\nflow = \"f\"\ntenants = \"*\"\n");
    let run = run(Home::with_config(&text), &["status", "--output", "json"]).await;
    assert_eq!(run.code(), 3);
    assert_eq!(results(&run).0, 3);
    let problem = "prod: cannot list the tenants of invoices";
    assert!(run.error().contains(problem), "{}", run.error());
}

#[test]
fn only_near_names_are_suggested() {
    let home = Home::with_config(
        "[environments.dev]\nenv_id = \"x\"\n[[jobs]]\nname = \"acme nightly\"\n\
         job_root = \"acme/flows/f/jobs/1\"\n[[jobs]]\nname = \"one\"\n\
         job_root = \"globex/flows/f/jobs/2\"\n",
    );
    let error = |name: &str| {
        let run = home.run(&["status", name]);
        assert_eq!(run.code(), 2);
        run.error()
    };
    assert!(error("acme nightli").contains("acme nightly"));
    assert!(error("onne").contains("did you mean \"one\"?"));
    for unrelated in ["nope", "bone of contention", "x", "completely else"] {
        let error = error(unrelated);
        assert!(!error.contains("did you mean"), "{error}");
    }
}
