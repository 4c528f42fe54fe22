//! `hgtop wait` in scripts: its output and exit codes.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::bad_server::{Act, BadServer};
use support::{Demo, Home};

/// A rollout that finishes immediately.
fn fast(arguments: &[&str]) -> (Demo, Home) {
    let demo = Demo::start(&[arguments, &["--speed", "300"]].concat());
    let home = Home::with_config(&demo.config);
    (demo, home)
}

#[test]
fn wait_exits_with_0_when_all_jobs_completed() {
    let (_demo, home) = fast(&["--jobs", "6", "--fail-rate", "0"]);
    let run = home.run(&["wait", "--timeout", "60s"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(run.out().contains("JOB_COMPLETED"), "{}", run.out());
    assert!(!run.out().contains('\u{1b}'));
    assert!(run.error().contains("6 jobs: 6 completed, 0 failed"));
    // Jobs that had finished before count, too, and nothing is printed.
    let run = home.run(&["wait", "--quiet"]);
    assert_eq!(
        (run.code(), run.out(), run.error()),
        (0, String::new(), String::new())
    );
}

#[test]
fn wait_exits_with_1_and_the_message_of_a_failed_job() {
    let (_demo, home) = fast(&["--jobs", "4", "--fail-rate", "1"]);
    let run = home.run(&["wait", "--output", "json"]);
    assert_eq!(run.code(), 1);
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["jobs"].as_array().unwrap().len(), 4);
    let message = document["jobs"][0]["message"].as_str().unwrap();
    let first = message.lines().next().unwrap();
    assert!(run.error().contains(first), "{}", run.error());
    let run = home.run(&["wait", "--gate", "failed<=4", "--quiet"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let both = ["wait", "--gate", "failed<=4", "--gate", "failed<=50%"];
    let run = home.run(&both);
    assert_eq!(run.code(), 1);
    assert!(
        run.error().contains("gate failed<=50%: hold ("),
        "{}",
        run.error()
    );
    let run = home.run(&[&both[..], &["--output", "jsonl"]].concat());
    assert_eq!(run.code(), 1);
    let events: Vec<serde_json::Value> = run
        .out()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let gates = events.iter().filter(|event| event["event"] == "gate");
    assert_eq!(
        gates.clone().next_back().unwrap()["conditions"][1]["result"],
        "hold"
    );
    assert!(events.iter().any(|event| event["event"] == "transition"));
    // Four jobs prove nothing about the rate behind them.
    let run = home.run(&["wait", "--gate", "failed<=50%", "--confidence", "95"]);
    assert_eq!(run.code(), 4, "{}", run.error());
    assert!(
        run.error().contains("more clean jobs needed"),
        "{}",
        run.error()
    );
}

#[test]
fn wait_can_end_with_the_first_failure_or_enough_finished_jobs() {
    // At this speed no job finishes for minutes.
    let demo = Demo::start(&[
        "--jobs",
        "40",
        "--seed",
        "6",
        "--fail-rate",
        "0.5",
        "--speed",
        "0.1",
    ]);
    let home = Home::with_config(&demo.config);
    let run = home.run(&["wait", "--fail-fast", "--timeout", "30s", "--quiet"]);
    assert_eq!(run.code(), 1, "{}", run.error());
    let run = home.run(&[
        "wait",
        "--min-finished",
        "1",
        "--gate",
        "failed<40",
        "--timeout",
        "30s",
    ]);
    assert_eq!(run.code(), 4, "{}", run.error());
    let needed = "gate failed<40: inconclusive: 1 more clean job needed";
    assert!(run.error().contains(needed), "{}", run.error());
    let run = home.run(&["wait", "--gate", "failed<1", "--dry-run", "--timeout", "1s"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(
        run.error().contains("gate failed<1: hold"),
        "{}",
        run.error()
    );
    let run = home.run(&["wait", "--timeout", "1s"]);
    assert_eq!(run.code(), 124);
    assert!(run.error().contains("timed out after 1s; 40 jobs: "));
}

#[test]
fn wait_exits_with_3_when_a_state_cannot_be_determined() {
    let (demo, home) = fast(&["--jobs", "1", "--fail-rate", "0"]);
    let run = home.run(&["wait", "acme/flows/x/jobs/none", "--quiet"]);
    assert_eq!(run.code(), 3);
    assert!(run.error().contains("does not exist"), "{}", run.error());
    let refused = Home::with_config(&demo.config.replace("api_key = \"demo", "api_key = \"other"));
    let run = refused.run(&["wait"]);
    assert_eq!(run.code(), 3);
    assert!(run.error().contains("API key refused"), "{}", run.error());
    drop(demo);
    let run = home.run(&["wait"]);
    assert_eq!(run.code(), 3, "{}", run.error());
    assert!(
        run.error().contains("connection refused"),
        "{}",
        run.error()
    );
    assert_eq!(home.run(&["wait", "nonsense"]).code(), 2);
    assert_eq!(home.run(&["wait", "--tag", "none"]).code(), 2);
}

#[test]
fn a_temporary_outage_does_not_end_the_wait() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let arguments = |speed| {
        [
            "--jobs",
            "2",
            "--fail-rate",
            "0",
            "--seed",
            "6",
            "--speed",
            speed,
        ]
    };
    let demo = Demo::start_at(&address, &arguments("0.01"));
    let home = Home::with_config(&demo.config);
    let mut child = home
        .command(&["wait", "--output", "jsonl", "--timeout", "45s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut changes = BufReader::new(child.stdout.take().unwrap()).lines();
    // Both jobs have answered: one that never did is given up with the service.
    for _ in 0..2 {
        let change: serde_json::Value =
            serde_json::from_str(&changes.next().unwrap().unwrap()).unwrap();
        assert_eq!(change["version"], 1);
    }
    drop(demo);
    let mut notes = BufReader::new(child.stderr.take().unwrap()).lines();
    let note = notes
        .by_ref()
        .map(Result::unwrap)
        .find(|note| note.contains("retrying"));
    assert!(note.unwrap().contains("connection refused"));
    let _demo = Demo::start_at(&address, &arguments("300"));
    let code = child.wait().unwrap().code();
    let notes: Vec<_> = notes.map(Result::unwrap).collect();
    assert_eq!(code, Some(0), "{notes:?}");
}

/// One refused poll of one job while the others are accepted says nothing
/// about the API key; refused polls of three jobs in a row do.
#[tokio::test(flavor = "multi_thread")]
async fn wait_survives_one_refused_poll_and_ends_after_three_in_a_row() {
    let phase = Arc::new(AtomicUsize::new(0));
    let polls = Arc::new(AtomicUsize::new(0));
    let (answers, counted) = (Arc::clone(&phase), Arc::clone(&polls));
    let server = BadServer::start(move |path, _| {
        let is_first_job = path.contains("t0");
        if !is_first_job {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        match answers.load(Ordering::SeqCst) {
            // Once: the job is polled again after a minute.
            1 if is_first_job => Act::status(403),
            0 | 1 => Act::job("SYNC_STARTED"),
            _ => Act::status(403),
        }
    })
    .await;
    let job = |job| format!("[[jobs]]\njob_root = \"t{job}/flows/f/jobs/j{job}\"\n");
    let jobs = (0..5).map(job).collect::<Vec<_>>().concat();
    let home = Home::with_config(&format!(
        "history = false\npoll_interval = \"1s\"\n[environments.dev]\nenv_id = \"dev.x.xyz\"\n\
         base_url = \"{}\"\napi_key = \"k\"\n{jobs}",
        server.base
    ));
    let mut child = home
        .command(&["wait", "--timeout", "120s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let more_polls = async |count: usize| {
        let wanted = polls.load(Ordering::SeqCst) + count;
        while polls.load(Ordering::SeqCst) < wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    more_polls(8).await;
    phase.store(1, Ordering::SeqCst);
    more_polls(12).await;
    assert_eq!(child.try_wait().unwrap(), None, "one refused poll ended it");
    phase.store(2, Ordering::SeqCst);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(3));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("API key refused (403"), "{error}");
}

#[test]
fn signal_prints_the_summary_and_sets_the_exit_code() {
    let demo = Demo::start(&["--jobs", "3", "--speed", "0.01"]);
    let home = Home::with_config(&demo.config);
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (status, error) = interrupt(&home, signal);
        assert_eq!(status, Some(code));
        assert!(error.contains("interrupted; 3 jobs: "), "{error}");
    }
}

/// Runs a wait and ends it with a signal; returns its exit code and errors.
fn interrupt(home: &Home, signal: &str) -> (Option<i32>, String) {
    let mut child = home
        .command(&["wait"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A first line means that it handles signals.
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    let id = child.id().to_string();
    std::process::Command::new("kill")
        .args([signal, &id])
        .status()
        .unwrap();
    let status = child.wait().unwrap();
    let mut error = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    (status.code(), error)
}

/// The recipe of the README: the response that starts a job is piped into the wait,
/// without a config file.
#[test]
fn a_response_on_standard_input_needs_no_config_file() {
    let demo = Demo::start(&["--jobs", "1", "--fail-rate", "0", "--speed", "300"]);
    let line = |name: &str| {
        let start = demo.config.find(&format!("{name} = \"")).unwrap() + name.len() + 4;
        let rest = &demo.config[start..];
        rest[..rest.find('"').unwrap()].to_owned()
    };
    let answer = serde_json::json!({
        "env_id": line("env_id"),
        "s3_root": line("job_root"),
        "status": "JOB_CREATED",
    });
    let home = Home::new();
    let mut child = home
        .command(&[
            "wait",
            "-",
            "--base-url",
            &line("base_url"),
            "--timeout",
            "30s",
        ])
        .env_remove("HGTOP_CONFIG")
        .env("HOTGLUE_API_KEY", line("api_key"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(answer.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("JOB_COMPLETED"));
}

#[test]
fn a_followed_flow_is_waited_for_and_recorded() {
    let (_demo, home) = fast(&["--jobs", "12", "--fail-rate", "0"]);
    let text = std::fs::read_to_string(home.path("config.toml")).unwrap();
    std::fs::write(
        home.path("config.toml"),
        text.replace("history = false\n", ""),
    )
    .unwrap();
    let flow = "Nq4vW8xTz";
    let run = home.run(&["wait", "--follow", flow, "-u", "globex", "--timeout", "30s"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let run = home.run(&["history", "tickets v2", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    let runs = document["runs"].as_array().unwrap();
    assert!(!runs.is_empty());
    assert_eq!(runs[0]["tenant"], "globex");
    // Tenants that do not use the flow do not count.
    let run = home.run(&["wait", "--follow", flow, "--timeout", "30s"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(
        run.error().contains("3 jobs: 3 completed, 0 failed"),
        "{}",
        run.error()
    );
    let run = home.run(&[
        "wait",
        "--follow",
        flow,
        "-u",
        "globex",
        "--newer-than",
        "2099-01-01",
        "--timeout",
        "1s",
    ]);
    assert_eq!(run.code(), 124, "an older job does not count");
    assert!(
        run.error()
            .contains("1 job: 0 completed, 0 failed, 1 not started"),
        "{}",
        run.error()
    );
}
