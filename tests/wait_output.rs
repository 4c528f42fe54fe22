//! `hgtop wait` on a terminal and for CI services.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

#[cfg(target_os = "linux")]
use std::io::{BufRead, BufReader};
#[cfg(target_os = "linux")]
use std::process::Stdio;

use support::bad_server::{Act, BadServer};
use support::window::Window;
use support::{Demo, Home};

/// A rollout that finishes immediately.
fn fast(arguments: &[&str]) -> (Demo, Home) {
    let demo = Demo::start(&[arguments, &["--speed", "300"]].concat());
    let home = Home::with_config(&demo.config);
    (demo, home)
}

/// A config with one job, `t0`, on a server.
fn one_job(base: &str) -> String {
    format!(
        "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\n\
         api_key = \"k\"\n[[jobs]]\njob_root = \"t0/flows/f/jobs/j0\"\n"
    )
}

#[test]
fn terminal_shows_a_bar_and_what_runs_and_keeps_its_mode() {
    let demo = Demo::start(&["--jobs", "12", "--seed", "6", "--speed", "0.5"]);
    let home = Home::with_config(&demo.config);
    let config = home.path("config.toml");
    let config = config.to_str().unwrap();
    // `stty` shows the mode that the program leaves behind.
    let script = format!(
        "trap : INT; \"{}\" wait --config '{config}'; echo \"code $?\"; stty -a",
        env!("CARGO_BIN_EXE_hgtop")
    );
    let mut window = Window::of("/bin/sh", &["-c", &script], home.path(".").as_path(), &[]);
    window.shows("/12 finished");
    window.shows("t lists running jobs");
    window.until("a solid bar in color", |screen| screen.contains("██████"));
    window.send("t");
    // The list is above the progress table, which is drawn again below it.
    window.until("the running jobs", |screen| {
        let list = screen.find("\n  ").filter(|_| screen.contains("12 jobs: "));
        let picture = screen.rfind("/12 finished");
        list.zip(picture)
            .is_some_and(|(list, picture)| list < picture)
    });
    window.send("\u{3}");
    window.shows("code 130");
    window.until("the mode of before", |screen| {
        screen.contains(" icanon") && screen.contains(" echo ")
    });
    assert!(
        window.text().contains("interrupted; 12 jobs: "),
        "{}",
        window.text()
    );
}

#[test]
fn many_failures_are_printed_as_groups() {
    let (_demo, home) = fast(&["--jobs", "200", "--fail-rate", "1"]);
    let run = home.run(&["wait", "--output", "json", "--timeout", "60s"]);
    assert_eq!(run.code(), 1);
    let error = run.error();
    assert!(error.contains(" and "), "{error}");
    assert!(!error.contains("Traceback"), "{error}");
    assert!(error.lines().count() < 80, "{error}");
    let named = error
        .lines()
        .find(|line| line.contains(" jobs: ETL_FAILED: "));
    assert!(named.is_some(), "{error}");
    // The whole messages are in the JSON.
    assert!(run.out().contains("Traceback"), "{}", run.out());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_is_printed_whole() {
    let answer = r#"{"status":"JOB_FAILED","message":"Traceback (most recent call last):\n  File \"etl.py\"\nKeyError: 'x'"}"#;
    let server = BadServer::start(|_, _| Act::body(answer)).await;
    let home = Home::with_config(&one_job(&server.base));
    let run = tokio::task::spawn_blocking(move || home.run(&["wait"]));
    let run = run.await.unwrap();
    let expected =
        "JOB_FAILED: Traceback (most recent call last):\n      File \"etl.py\"\n    KeyError: 'x'";
    assert!(run.error().contains(expected), "{}", run.error());
    // The line of the table names the error.
    assert!(run.out().contains("KeyError"), "{}", run.out());
}

/// The runner of GitHub Actions reads commands in every line of the log, and a
/// message is what anybody wrote.
#[tokio::test(flavor = "multi_thread")]
async fn messages_are_no_commands_for_github() {
    let answer = r#"{"status":"JOB_FAILED","message":"::set-env name=a::b\n ::stop-commands::x\n##[add-mask]y\n100%: KeyError, 'x'"}"#;
    let server = BadServer::start(|_, _| Act::body(answer)).await;
    let home = Home::with_config(&one_job(&server.base));
    let summary = home.path("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let file = summary.clone();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = home.command(&["wait", "--output", "github"]);
        let output = command.env("GITHUB_STEP_SUMMARY", &file).output().unwrap();
        (
            support::Run(output),
            std::fs::read_to_string(&file).unwrap(),
        )
    });
    let (run, summary) = run.await.unwrap();
    assert_eq!(run.code(), 1);
    let log = format!("{}{}", run.out(), run.error());
    let commands: Vec<_> = log
        .lines()
        .filter(|line| line.trim_start().starts_with("::"))
        .collect();
    assert_eq!(
        commands,
        ["::error title=j0%3A JOB_FAILED::::set-env name=a::b"],
        "{log}"
    );
    assert!(!log.contains("##["), "{log}");
    assert!(summary.starts_with("before\n## hgtop wait\n"), "{summary}");
    assert!(summary.contains("| 1 | JOB\\_FAILED |"), "{summary}");
    assert!(!summary.contains("\n::"), "{summary}");
}

#[test]
fn github_gets_an_annotation_for_each_failure_group_and_condition() {
    let (_demo, home) = fast(&["--jobs", "60", "--fail-rate", "0.4", "--seed", "3"]);
    let summary = home.path("summary.md");
    let run = |arguments: &[&str]| {
        let mut command = home.command(&[&["wait", "--output", "github"], arguments].concat());
        command.env("GITHUB_STEP_SUMMARY", &summary);
        support::Run(command.output().unwrap())
    };
    let held = run(&["--gate", "failed<=1%"]);
    assert_eq!(held.code(), 1, "{}", held.error());
    let out = held.out();
    let errors = out
        .lines()
        .filter(|line| line.starts_with("::error title="));
    let count = errors.clone().count();
    assert!((2..=10).contains(&count), "{out}");
    assert!(out.contains("::error title=gate failed<=1%25::"), "{out}");
    let summary = std::fs::read_to_string(&summary).unwrap();
    assert!(summary.contains("| failed\\<=1% | hold |"), "{summary}");
    // What does not fail the step is a warning.
    let passed = run(&["--gate", "failed<=99%"]);
    assert_eq!(passed.code(), 0, "{}", passed.error());
    assert!(!passed.out().contains("::error"), "{}", passed.out());
    assert!(
        passed.out().contains("::warning title="),
        "{}",
        passed.out()
    );
    // A summary that cannot be written changes nothing of the result.
    let mut command = home.command(&["wait", "--output", "github", "--gate", "failed<=99%"]);
    command.env("GITHUB_STEP_SUMMARY", home.path("missing/summary.md"));
    let run = support::Run(command.output().unwrap());
    assert_eq!(run.code(), 0);
    assert!(
        run.error().contains("cannot write the step summary"),
        "{}",
        run.error()
    );
}

#[test]
fn junit_has_a_case_for_each_job_and_condition() {
    let (_demo, home) = fast(&["--jobs", "40", "--fail-rate", "0.4", "--seed", "3"]);
    let gate = ["--gate", "failed<=1%", "--gate", "failed<40"];
    let run = home.run(&[&["wait", "--output", "junit"][..], &gate].concat());
    assert_eq!(run.code(), 1, "{}", run.error());
    let xml = run.out();
    let count = |part: &str| xml.matches(part).count();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    assert_eq!(count("<testcase "), 42, "{xml}");
    assert_eq!(count("classname=\"hgtop.gate\""), 2);
    assert!(
        xml.contains("<failure type=\"hold\" message=\"gate failed&lt;=1%: hold"),
        "{xml}"
    );
    let failures = count("<failure ");
    // The gate is decided by the first failed job.
    assert!(failures >= 2, "{xml}");
    assert!(xml.contains("<skipped message="), "{xml}");
    assert_eq!(
        count(&format!("tests=\"42\" failures=\"{failures}\"")),
        2,
        "{xml}"
    );
    // A wait that ends early leaves no job out.
    let demo = Demo::start(&["--jobs", "5", "--speed", "0.01", "--seed", "6"]);
    let home = Home::with_config(&demo.config);
    let run = home.run(&["wait", "--output", "junit", "--timeout", "1s"]);
    assert_eq!(run.code(), 124);
    assert!(
        run.out().contains("message=\"timed out after 1s ("),
        "{}",
        run.out()
    );
    assert_eq!(run.out().matches("<testcase ").count(), 5);
}

/// Whether it listens is read from `/proc`.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_prints_what_is_running() {
    let demo = Demo::start(&["--jobs", "3", "--speed", "0.01"]);
    let home = Home::with_config(&demo.config);
    let mut child = home
        .command(&["wait", "-q"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut notes = BufReader::new(child.stderr.take().unwrap()).lines();
    let id = child.id().to_string();
    // Until it listens, the signal would end it.
    let listens = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
        caught & (1 << 9) != 0
    };
    while !listens() {
        std::thread::yield_now();
    }
    let kill = |signal: &str| {
        std::process::Command::new("kill")
            .args([signal, id.as_str()])
            .status()
            .unwrap()
    };
    kill("-USR1");
    let first = notes.next().unwrap().unwrap();
    assert!(first.starts_with("hgtop: 3 jobs: "), "{first}");
    let job = notes.next().unwrap().unwrap();
    assert!(job.starts_with("hgtop:   "), "{job}");
    kill("-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
}
