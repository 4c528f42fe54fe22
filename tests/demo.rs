//! `hgtop demo` with a config: it looks as the config says, and does nothing
//! else of it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::window::Window;
use support::{Demo, Home};

const CONFIG: &str = "glyphs = \"ascii\"\ntheme = \"mono\"\n\
     on_change = [\"sh\", \"-c\", \"touch \\\"$HOME/hook-ran\\\"\"]\n\
     [keys]\nhelp = \"H\"\n\
     [environments.mine]\nenv_id = \"mine.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n\
     api_key_command = [\"sh\", \"-c\", \"touch \\\"$HOME/command-ran\\\"\"]\n\
     [[jobs]]\nname = \"my own job\"\njob_root = \"acme/flows/f/jobs/1\"\n";

#[test]
fn demo_takes_looks_and_keys_of_a_config_and_nothing_else() {
    let home = Home::with_config(CONFIG);
    let path = home.path("config.toml");
    let config = ["--config", path.to_str().unwrap()];
    let arguments = [&["demo", "--jobs", "5", "--speed", "200"], &config[..]].concat();
    let mut window = Window::open_at(&arguments, &home.path(""));
    window.shows("5 jobs");
    window.until("finished jobs", |screen| screen.contains("JOB_COMPLETED"));
    assert!(!window.text().contains("my own job"));
    assert!(window.text().is_ascii(), "{}", window.text());
    window.send("H");
    window.shows("Help");
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("Help"));
    window.send("q");
    let (code, output) = window.end();
    assert_eq!(code, 0);
    let colors = ["\u{1b}[38;", "\u{1b}[31m", "\u{1b}[32m"];
    assert!(!colors.iter().any(|color| output.contains(color)));
    for unwanted in ["hook-ran", "command-ran", ".local", ".cache"] {
        let path = home.path(unwanted);
        let is_log =
            unwanted == ".local" && fs::exists(path.join("state/hgtop/hgtop.log")).unwrap();
        assert!(is_log || !path.exists(), "{unwanted}");
    }
    let history = home.path(".local/state/hgtop/history.db");
    assert!(!history.exists(), "the demo records nothing");
    assert_eq!(fs::read_to_string(&path).unwrap(), CONFIG);
}

#[test]
fn demo_without_config_ignores_a_broken_one() {
    let home = Home::with_config("glyphs = ");
    let mut window = Window::open_with(
        &["demo", "--jobs", "5"],
        &home.path(""),
        &[("HGTOP_CONFIG", home.path("config.toml").to_str().unwrap())],
    );
    window.shows("5 jobs");
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn broken_config_that_is_named_is_an_error() {
    let home = Home::with_config("glyphs = ");
    let path = home.path("config.toml");
    let missing = home.path("missing.toml");
    for (path, wanted) in [(&path, "config.toml:1:"), (&missing, "missing.toml")] {
        let arguments = ["demo", "--config", path.to_str().unwrap()];
        let (code, output) = Window::open_at(&arguments, &home.path("")).end();
        assert_eq!(code, 2, "{output}");
        assert!(output.contains(wanted), "{output}");
    }
}

/// The demo is a rollout: a gate that is decided, a job that completed without
/// rows, a cause that its failures share, and a version that is slower.
#[test]
fn demo_shows_the_gate_cause_anomaly_and_slower_version_of_a_rollout() {
    let home = Home::new();
    let mut window = Window::open_at(&["demo", "--speed", "8"], &home.path(""));
    window.shows("48 jobs");
    window.shows("gate inconclusive");
    window.shows("gate hold");
    window.send("F");
    window.shows("tap intercom: ");
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("tap intercom: "));
    window.send("/rows=0 status:completed\r");
    window.shows("1 of 48");
    window.send("\r");
    window.shows("completed with 0 rows (baseline ");
    // A comparison is of the time when it was opened.
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        window.send("=");
        window.until("a comparison", |screen| screen.contains("sync duration"));
        if window.text().contains("slower") {
            break;
        }
        assert!(Instant::now() < end, "{}", window.text());
        window.send("\x1b");
        window.until("no comparison", |screen| !screen.contains("sync duration"));
    }
    window.send("\x1b");
    window.until("no comparison", |screen| !screen.contains("sync duration"));
    window.send("q");
    assert_eq!(window.end().0, 0);
    let history = home.path(".local/state/hgtop/history.db");
    assert!(!history.exists(), "the demo records nothing");
}

#[test]
fn served_demo_is_a_rollout_whose_baseline_can_be_learned() {
    let demo = Demo::start(&["--speed", "100"]);
    let home = Home::with_config(&demo.config.replace("history = false\n", ""));
    let run = |arguments: &[&str]| {
        let run = home.run(arguments);
        let document: Value = serde_json::from_str(&run.out()).unwrap_or_default();
        (run.code(), document)
    };
    assert_eq!(home.run(&["wait", "--timeout", "60s"]).code(), 1);
    let (code, show) = run(&["rollout", "show", "tickets v2", "--output", "json"]);
    assert_eq!(code, 0);
    assert_eq!(show["gate"]["condition"], "failed<=10%");
    assert_eq!(show["gate"]["result"], "hold");
    assert_eq!(show["anomalies"], json!([]), "{show}");
    let learned = home.run(&["history", "learn"]);
    assert_eq!(learned.code(), 0, "{}", learned.error());
    let (_, show) = run(&["rollout", "show", "tickets v2", "--output", "json"]);
    let anomalies = show["anomalies"].as_array().unwrap();
    let mut anomalies = anomalies.iter().filter(|one| one["kind"] == "rows");
    assert_eq!(anomalies.next().unwrap()["tenant"], "globex", "{show}");
    assert!(anomalies.next().is_none());
    let (code, compared) = run(&["rollout", "compare", "tickets v2", "--output", "json"]);
    assert_eq!(code, 0);
    let result = |metric| {
        let metrics = compared["comparison"].as_array().unwrap();
        let found = metrics.iter().find(|one| one["metric"] == metric);
        found.unwrap()["result"].clone()
    };
    assert_eq!(result("duration"), "slower", "{compared}");
    assert_eq!(result("sync duration"), "slower", "{compared}");
}
