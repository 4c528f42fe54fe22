//! The commands as scripts use them: output, errors, exit codes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

mod support;

use support::{Demo, Home};

#[test]
fn status_of_a_completed_rollout_exits_with_0() {
    let demo = Demo::start(&["--jobs", "8", "--fail-rate", "0", "--speed", "1000"]);
    assert!(demo.config.starts_with("# base URL: http://127.0.0.1:"));
    let home = Home::with_config(&demo.config);
    // At a thousand times the speed, it finishes before the second poll.
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
    assert!(csv.starts_with("name,tenant,flow,status,updated,elapsed,message\r\n"));
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
fn status_reports_failures_and_a_wrong_api_key() {
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
fn status_reports_a_service_that_is_down() {
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

#[test]
fn list_needs_neither_network_nor_api_key() {
    let home = Home::with_config(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\n[[jobs]]\nname = \"one\"\n\
         job_root = \"acme/flows/f/jobs/1\"\ntags = [\"wave-1\"]\n",
    );
    let run = home.run(&["list", "--output", "json"]);
    assert_eq!(run.code(), 0);
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(document["jobs"][0]["tenant"], "acme");
    assert_eq!(document["jobs"][0]["tags"][0], "wave-1");
    insta::assert_snapshot!(home.run(&["list"]).out(), @r"
    NAME  ENVIRONMENT  TENANT  FLOW  TAGS    JOB_ROOT
    one   dev          acme    f     wave-1  acme/flows/f/jobs/1
    ");
    let no_key = home.run(&["status"]);
    assert_eq!(no_key.code(), 3);
    assert!(
        no_key.out().contains("$HOTGLUE_API_KEY is not set"),
        "{}",
        no_key.out()
    );
}

#[test]
fn config_is_created_checked_and_its_errors_reported() {
    let home = Home::new();
    let path = home.path("config.toml");
    assert_eq!(
        home.run(&["config", "path"]).out().trim(),
        path.to_str().unwrap()
    );
    let missing = home.run(&["status"]);
    assert_eq!(missing.code(), 2);
    assert!(
        missing.error().contains("hgtop config init"),
        "{}",
        missing.error()
    );
    assert_eq!(home.run(&["config", "init"]).code(), 0);
    let check = home.run(&["config", "check"]);
    assert_eq!(check.code(), 0);
    assert!(
        check.out().contains("Environments: 1. Jobs: 1."),
        "{}",
        check.out()
    );
    assert_eq!(
        home.run(&["config", "init"]).code(),
        2,
        "an existing file is left as it is"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    for (text, words) in [
        (
            "poll_intervall = \"5s\"",
            r#"config.toml:1:1: unknown key "poll_intervall" (did you mean "poll_interval"?)"#,
        ),
        (
            "[keys]\npol_now = \"x\"",
            r#"config.toml:2:1: unknown action "pol_now" in [keys] (did you mean "poll_now"?)"#,
        ),
        ("theme = ", "config.toml:1:9:"),
    ] {
        let home = Home::with_config(text);
        let run = home.run(&["config", "check"]);
        assert_eq!(run.code(), 2);
        assert!(run.error().contains(words), "{}", run.error());
    }
    let folder = Home::new();
    fs::create_dir(folder.path("config.toml")).unwrap();
    let run = folder.run(&["list"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("not a regular file"),
        "{}",
        run.error()
    );
}

#[test]
fn dashboard_needs_a_terminal() {
    let home = Home::new();
    for arguments in [&[][..], &["demo"]] {
        let run = home.run(arguments);
        assert_eq!(run.code(), 2);
        assert!(run.error().contains("hgtop status"), "{}", run.error());
        assert!(run.out().is_empty());
    }
}

#[test]
fn completions_manual_pages_and_help_are_printed() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.run(&["completions", shell]).out().contains("hgtop"));
    }
    assert!(home.run(&["man"]).out().contains(".TH hgtop"));
    for command in ["demo", "list", "status", "config", "completions", "man"] {
        let help = home.run(&[command, "--help"]);
        assert_eq!(help.code(), 0);
        assert!(help.out().contains("Example"), "{command}");
    }
    assert_eq!(home.run(&["--no-such-flag"]).code(), 2);
    assert!(home.run(&["--version"]).out().starts_with("hgtop "));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let job = |number: u32| format!("[[jobs]]\njob_root = \"acme/flows/f/jobs/{number}\"\n");
    let jobs = (0..5_000).map(job).collect::<Vec<_>>().concat();
    let home = Home::with_config(&format!("[environments.dev]\nenv_id = \"x\"\n{jobs}"));
    let mut child = home
        .command(&["list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn lost_output_is_an_error() {
    let home = Home::with_config("[environments.dev]\nenv_id = \"x\"\n");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = home.command(&["list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the output"));
}

#[test]
fn doctor_reports_each_fault_with_its_remedy() {
    let demo = Demo::start(&["--jobs", "2"]);
    let home = Home::with_config(&demo.config);
    let run = home.run(&["doctor", "--output", "json"]);
    assert_eq!(run.code(), 0, "{}", run.out());
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    let checks = document["checks"].as_array().unwrap();
    let result = |name: &str| {
        let check = checks.iter().find(|check| check["name"] == name);
        check.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    for name in [
        "config",
        "demo: connection",
        "demo: service",
        "demo: clock",
        "demo: access",
        "log",
    ] {
        assert_eq!(result(name), "ok", "{name}");
    }
    assert!(!run.out().contains("demo-key"));

    let refused = Home::with_config(&demo.config.replace("api_key = \"demo", "api_key = \"other"));
    let run = refused.run(&["doctor"]);
    assert_eq!(run.code(), 1);
    assert!(
        run.out().contains("API key refused (403: Forbidden)"),
        "{}",
        run.out()
    );
    let no_key = Home::with_config(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n",
    );
    let run = no_key.run(&["doctor"]);
    assert_eq!(run.code(), 1);
    assert!(
        run.out().contains("$HOTGLUE_API_KEY is not set"),
        "{}",
        run.out()
    );
    assert!(run.out().contains("is the service up?"), "{}", run.out());
    let run = Home::new().run(&["doctor"]);
    assert_eq!(run.code(), 1);
    assert!(run.out().contains("hgtop config init"), "{}", run.out());
}
