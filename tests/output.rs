//! What the commands print is clean: no escape sequence of a config, of
//! arguments or of an answer reaches the terminal.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::io::Write;
use std::process::Stdio;

use support::bad_server::{Act, BadServer};
use support::{Home, Run};

/// Sets the title, clears the screen, turns text around, starts a color.
const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}\u{9b}31m";
/// The same in a TOML string.
const TOML_ESCAPES: &str = r"\u001b]0;owned\u0007\u001b[2J\u202e\u009b31m";

fn assert_clean(run: &Run, what: &str) {
    for text in [run.out(), run.error()] {
        let forbidden = |c: char| {
            (c.is_control() && !matches!(c, '\n' | '\r')) || matches!(c, '\u{202a}'..='\u{202e}')
        };
        let found = text.find(forbidden);
        assert_eq!(found, None, "{what}: {text:?}");
    }
}

/// Configs with escapes in each place that an error or an output may show.
fn configs() -> Vec<String> {
    let e = TOML_ESCAPES;
    let environment =
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n";
    let job = "job_root = \"a/flows/f/jobs/1\"\n";
    vec![
        format!("\"{e}\" = 1\n"),
        format!("theme = \"{e}\"\n"),
        format!("poll_interval = \"{e}\"\n"),
        format!("on_change = [\"{e}\"]\nnotify = [\"{e}\"]\n"),
        format!("[keys]\n\"{e}\" = \"x\"\n"),
        format!("[keys]\nhelp = \"{e}\"\n"),
        format!("[environments.\"{e}\"]\nenv_id = \"{e}\"\n"),
        format!("[environments.\"x{e}\"]\nenv_id = \"x\"\nbase_url = \"http://{e}\"\n"),
        format!("[environments.dev]\nenv_id = \"x\"\napi_key_env = \"{e}\"\n[[jobs]]\n{job}"),
        format!("[environments.dev]\nenv_id = \"x\"\napi_key_command = [\"{e}\"]\n[[jobs]]\n{job}"),
        format!("[environments.dev]\nenv_id = \"x\"\napi_key = \"{e}\"\n[[jobs]]\n{job}"),
        format!("{environment}[[jobs]]\nname = \"{e}\\nforged\"\ntags = [\"{e}\"]\n{job}"),
        format!("{environment}[[jobs]]\nenvironment = \"{e}\"\n{job}"),
        format!("{environment}[[jobs]]\njob_root = \"{e}\"\n"),
        format!("{environment}[[follow]]\nname = \"{e}\"\nflow = \"f\"\ntenants = [\"t\"]\n"),
        format!("{environment}[[follow]]\nflow = \"{e}\"\ntenants = [\"{e}\"]\n"),
        format!("{environment}[[views]]\nname = \"{e}\"\nfilter = \"{e}\"\n"),
        format!("theme = \"auto\" {ESCAPES}\n"),
    ]
}

#[test]
fn no_escape_of_a_config_is_printed() {
    for config in configs() {
        let home = Home::with_config(&config);
        for arguments in [
            &["config", "check"][..],
            &["list"],
            &["list", "--output", "json"],
            &["list", "--output", "jsonl"],
            &["list", "--output", "csv"],
            &["list", "--output", "markdown"],
            &["history"],
            &["status", "--timeout", "5s"],
            &["wait", "--timeout", "1s"],
            &["doctor", "--output", "json"],
            &["doctor"],
            &["remove", "nope"],
            &["discover", "--env", "nope"],
        ] {
            let run = home.run(arguments);
            assert_clean(&run, &format!("{arguments:?} of {config:?}"));
        }
    }
}

#[test]
fn no_escape_of_the_arguments_is_printed() {
    let home = Home::with_config(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n",
    );
    let program = format!("/no/such{ESCAPES}");
    for arguments in [
        &[ESCAPES][..],
        &[&format!("--{ESCAPES}")],
        &["status", ESCAPES],
        &["status", "--output", ESCAPES],
        &["status", "--timeout", ESCAPES],
        &["status", "--base-url", ESCAPES],
        &["list", "--env", ESCAPES],
        &["list", "--env-id", ESCAPES],
        &["list", "--config", &program],
        &["list", "--log-file", &program],
        &["add", ESCAPES],
        &["add", "--dry-run", "a/flows/f/jobs/1", "--name", ESCAPES],
        &["add", "--follow", ESCAPES],
        &["remove", ESCAPES],
        &["wait", "--tag", ESCAPES],
        &["wait", "--gate", ESCAPES],
        &["discover", "--flow", ESCAPES],
        &["discover", "--flow", "f", "-u", ESCAPES],
        &["export", "--listen", ESCAPES],
        &["demo", "--serve", ESCAPES],
        &["completions", ESCAPES],
        &["man", "--to", &format!("/dev/null/{ESCAPES}")],
    ] {
        let run = home.run(arguments);
        assert_clean(&run, &format!("{arguments:?}"));
    }
    let mut command = home.command(&["config", "edit"]);
    let run = Run(command.env("EDITOR", &program).output().unwrap());
    assert_eq!(run.code(), 2);
    assert!(run.error().contains("/no/such␛"), "{}", run.error());
    assert_clean(&run, "$EDITOR");
}

#[test]
fn no_escape_of_pasted_references_is_printed() {
    let home = Home::with_config("[environments.dev]\nenv_id = \"dev.x.xyz\"\n");
    let lines = format!(
        "a/flows/f/jobs/{ESCAPES}\n{{\"job_root\":\"a/flows/f/jobs/1\",\"job_name\":\"{TOML_ESCAPES}\"}}\n\
         curl '{ESCAPES}'\n{ESCAPES}\n"
    );
    for command in ["add", "status", "wait"] {
        let mut child = home
            .command(&[command, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(lines.as_bytes()).unwrap();
        drop(stdin);
        let run = Run(child.wait_with_output().unwrap());
        assert_clean(&run, command);
    }
}

#[tokio::test]
async fn no_escape_of_an_answer_is_printed() {
    let text = TOML_ESCAPES;
    for body in [
        format!(r#"{{"status":"ETL_FAILED","message":"{text}\nforged","tap":"{text}"}}"#),
        format!(r#"{{"status":"{text}"}}"#),
        format!(r#"{{"message":"{text}"}}"#),
    ] {
        for status in [200, 400, 403, 404, 500] {
            let answer = body.clone();
            let server = BadServer::start(move |_, _| Act::Answer(status, &[], answer.clone()));
            let server = server.await;
            let home = Home::with_config(&format!(
                "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{}\"\n\
                 api_key = \"k\"\n[[jobs]]\njob_root = \"a/flows/f/jobs/1\"\n",
                server.base
            ));
            let finishes = status == 200 && body.contains("ETL_FAILED");
            let runs = tokio::task::spawn_blocking(move || {
                let mut runs = vec![
                    home.run(&["status"]),
                    home.run(&["status", "--output", "json"]),
                    home.run(&["discover"]),
                ];
                if finishes {
                    runs.push(home.run(&["wait"]));
                    runs.push(home.run(&["wait", "--output", "jsonl"]));
                }
                runs
            });
            for run in runs.await.unwrap() {
                assert_clean(&run, &format!("{status} {body}"));
            }
        }
    }
}

#[test]
fn color_is_used_as_asked() {
    let home = Home::new();
    let is_styled = |arguments: &[&str]| home.run(arguments).out().contains('\u{1b}');
    assert!(!is_styled(&["--help"]), "not on a pipe");
    assert!(is_styled(&["--color", "always", "--help"]));
    assert!(!is_styled(&["--color", "never", "--help"]));
    let mut command = home.command(&["doctor", "--color", "always"]);
    let run = Run(command.env("NO_COLOR", "1").output().unwrap());
    assert!(run.out().contains('\u{1b}'), "the option takes precedence");
}
