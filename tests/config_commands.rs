//! The commands that change the config file: they lose nothing in it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use support::{Home, Run};

const ONE_ENVIRONMENT: &str = "# mine\n[environments.dev]\nenv_id = \"dev.x.xyz\" # the id\n\n[[jobs]]\nname = \"one\"\njob_root = \"a/flows/f/jobs/1\"\n";

#[test]
fn jobs_are_added_from_every_form_of_reference() {
    let home = Home::with_config(ONE_ENVIRONMENT);
    let run = home.run(&[
        "add",
        "b/flows/f/jobs/2",
        "--name",
        "two",
        "--tag",
        "w1",
        "--interval",
        "2s",
    ]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let text = fs::read_to_string(home.path("config.toml")).unwrap();
    let added = "\n[[jobs]]\nname = \"two\"\njob_root = \"b/flows/f/jobs/2\"\npoll_interval = \"2s\"\ntags = [\"w1\"]\n";
    assert_eq!(text, format!("{ONE_ENVIRONMENT}{added}"));

    let url = "https://api.hotglue.com/dev.x.xyz/f/c/jobs/status?job_root=c/flows/f/jobs/3";
    let run = home.run(&["add", url, "a/flows/f/jobs/1", "nonsense", "x/flows/f"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.out().contains("added \"3\" (dev: c/flows/f/jobs/3)"),
        "{}",
        run.out()
    );
    assert!(run.out().contains("already watched as \"one\""));
    assert!(run.out().contains("line 3: nonsense: only an id"));
    assert!(run.error().contains("2 references were not added"));

    let before = fs::read_to_string(home.path("config.toml")).unwrap();
    assert_eq!(
        home.run(&["add", "--dry-run", "d/flows/f/jobs/4"]).code(),
        0
    );
    assert_eq!(
        fs::read_to_string(home.path("config.toml")).unwrap(),
        before
    );

    let mut child = home
        .command(&["add", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let answer =
        br#"{"env_id": "dev.x.xyz", "flow_id": "f", "tenant": "e", "s3_root": "e/flows/f/jobs/5"}"#;
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), answer).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(
        home.run(&["list", "--output", "jsonl"])
            .out()
            .lines()
            .count(),
        4
    );

    assert_eq!(
        home.run(&["remove", "two", "e/flows/f/jobs/5", "3"]).code(),
        0
    );
    assert_eq!(
        fs::read_to_string(home.path("config.toml")).unwrap(),
        ONE_ENVIRONMENT
    );
    let run = home.run(&["remove", "onne"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains(r#"(did you mean "one"?)"#),
        "{}",
        run.error()
    );
    let missing = Home::new().run(&["add", "b/flows/f/jobs/2"]);
    assert_eq!(missing.code(), 2);
    assert!(missing.error().contains("hgtop config init"));
}

#[test]
fn config_edit_opens_the_editor_and_checks_the_file() {
    let home = Home::with_config(ONE_ENVIRONMENT);
    let run = |editor: &str| {
        Run(home
            .command(&["config", "edit"])
            .env("EDITOR", editor)
            .output()
            .unwrap())
    };
    assert_eq!(run("true").code(), 0);
    let broken = run("sh -c 'echo broken = >> \"$0\"'");
    assert_eq!(broken.code(), 2);
    assert!(
        broken.error().contains("config.toml:8:"),
        "{}",
        broken.error()
    );
    assert_eq!(run("/no/such/editor").code(), 2);
}

/// Whenever a save is killed, the file has the old content or the new.
#[test]
fn killed_save_never_leaves_half_a_file() {
    let home = Home::with_config(ONE_ENVIRONMENT);
    for number in 0..200_u64 {
        let root = format!("k/flows/f/jobs/k{number}");
        let mut child = home
            .command(&["add", &root])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (started, until) = (Instant::now(), Duration::from_micros(number * 37 % 4_000));
        while started.elapsed() < until {
            std::hint::spin_loop();
        }
        let _ = child.kill();
        child.wait().unwrap();
        let text = fs::read_to_string(home.path("config.toml")).unwrap();
        assert!(text.starts_with(ONE_ENVIRONMENT) && text.ends_with('\n'));
    }
    let run = home.run(&["config", "check"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert_eq!(
        home.run(&["add", "z/flows/f/jobs/last"]).code(),
        0,
        "no lock is left behind"
    );
}

/// Fault 28: two processes add fifty jobs each at the same time.
#[test]
fn concurrent_adds_lose_nothing() {
    let home = Home::with_config(ONE_ENVIRONMENT);
    let add_fifty = |who: &str| {
        for number in 0..50 {
            let run = home.run(&["add", &format!("{who}/flows/f/jobs/{who}{number}")]);
            assert_eq!(run.code(), 0, "{}", run.error());
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| add_fifty("x"));
        scope.spawn(|| add_fifty("y"));
    });
    let text = fs::read_to_string(home.path("config.toml")).unwrap();
    assert!(text.starts_with(ONE_ENVIRONMENT));
    let listed = home.run(&["list", "--output", "jsonl"]).out();
    assert_eq!(listed.lines().count(), 101);
}

/// Fault 25: the disk has no space for the new file.
#[cfg(unix)]
#[test]
fn full_disk_leaves_the_old_file_whole() {
    let home = Home::with_config(ONE_ENVIRONMENT);
    let program = env!("CARGO_BIN_EXE_hgtop");
    // No file may grow; the signal for it is ignored.
    let script = format!("trap '' XFSZ; ulimit -f 0; exec {program} add b/flows/f/jobs/2");
    let run = Run(home.command_of("sh", &["-c", &script]).output().unwrap());
    assert_eq!(run.code(), 2, "{}", run.out());
    assert!(run.error().contains("config.toml"), "{}", run.error());
    assert!(run.error().contains("not saved"), "{}", run.error());
    let names: Vec<_> = fs::read_dir(home.path("")).unwrap().collect();
    assert!(
        names.len() <= 2,
        "only the file and its lock are left: {names:?}"
    );
    assert_eq!(
        fs::read_to_string(home.path("config.toml")).unwrap(),
        ONE_ENVIRONMENT
    );
}

/// Fault 24: the file is not text.
#[test]
fn file_that_is_not_text_is_an_error() {
    let home = Home::new();
    fs::write(home.path("config.toml"), b"# caf\xe9\n").unwrap();
    let run = home.run(&["list"]);
    assert_eq!(run.code(), 2);
    assert!(run.error().contains("config.toml") && run.error().contains("UTF-8"));
    let run = home.run(&["add", "b/flows/f/jobs/2"]);
    assert_eq!(run.code(), 2);
    assert_eq!(
        fs::read(home.path("config.toml")).unwrap(),
        b"# caf\xe9\n",
        "the file is unchanged"
    );

    fs::create_dir(home.path("folder")).unwrap();
    let run = home.run(&["list", "--config", home.path("folder").to_str().unwrap()]);
    assert_eq!(run.code(), 2);
    assert!(run.error().contains("folder"), "{}", run.error());
}

/// Fault 30: an API key in a file that other users can read.
#[cfg(unix)]
#[test]
fn api_key_that_others_can_read_is_a_warning_with_the_fix() {
    use std::os::unix::fs::PermissionsExt;
    let text = ONE_ENVIRONMENT.replace("# the id", "\napi_key = \"very-secret\"");
    let home = Home::with_config(&text);
    let path = home.path("config.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let run = home.run(&["list"]);
    assert_eq!(run.code(), 0);
    assert!(run.error().contains("chmod 600"), "{}", run.error());
    assert!(!run.error().contains("very-secret"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.run(&["list"]).error(), "");
}
