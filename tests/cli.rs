//! The commands as scripts use them: output, errors, exit codes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Read;
use std::process::Stdio;

mod support;

use support::Home;

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
        check.out().contains(": OK: 1 environment, 0 jobs"),
        "{}",
        check.out()
    );
    assert_eq!(
        home.run(&["config", "init"]).code(),
        2,
        "an existing file is not overwritten"
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
            "[keys]\nrefrsh = \"x\"",
            r#"config.toml:2:1: unknown action "refrsh" in [keys] (did you mean "refresh"?)"#,
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
fn output_that_cannot_be_written_is_an_error() {
    let home = Home::with_config("[environments.dev]\nenv_id = \"x\"\n");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = home.command(&["list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the output"));
}
