//! What can go wrong around the config file: child processes, odd files in its
//! place, permissions.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;

use support::{Home, Run};

#[test]
fn key_command_runs_without_any_api_key_in_its_environment() {
    let home = Home::new();
    let environment = home.path("environment");
    let config = format!(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:1\"\n\
         api_key_command = [\"sh\", \"-c\", \"env > {}; echo the-key\"]\n\
         [environments.prod]\nenv_id = \"prod.x.xyz\"\napi_key_env = \"PROD_KEY\"\n\
         [[jobs]]\nenvironment = \"dev\"\njob_root = \"a/flows/f/jobs/1\"\n",
        environment.display()
    );
    fs::write(home.path("config.toml"), config).unwrap();
    let mut command = home.command(&["status", "--env", "dev"]);
    command
        .env("HOTGLUE_API_KEY", "secret-1")
        .env("PROD_KEY", "secret-2")
        .env("COPY", "secret-2")
        .env("NOT_A_KEY", "inherited");
    let run = Run(command.output().unwrap());
    assert_eq!(run.code(), 3, "the service is not there: {}", run.error());
    let environment = fs::read_to_string(environment).unwrap();
    assert!(environment.contains("NOT_A_KEY=inherited"), "{environment}");
    assert!(!environment.contains("secret"), "{environment}");
}

#[test]
fn escape_sequences_of_the_file_never_reach_the_terminal() {
    let hostile = r"\u001B]0;title\u0007\u009B2J\u202Eevil\nforged: line";
    let environment = "[environments.dev]\nenv_id = \"x\"\n";
    for (config, arguments) in [
        (format!("\"{hostile}\" = 1"), &["list"][..]),
        (format!("theme = \"{hostile}\""), &["config", "check"]),
        (
            format!("{environment}[keys]\n\"{hostile}\" = \"q\""),
            &["config", "check"],
        ),
        (
            format!("{environment}[keys]\nquit = \"{hostile}\""),
            &["config", "check"],
        ),
        (
            format!(
                "{environment}api_key_command = [\"/{hostile}\"]\n[[jobs]]\njob_root = \"a/flows/f/jobs/j\"\n"
            ),
            &["status"],
        ),
        (
            format!(
                "{environment}[[jobs]]\nname = \"{hostile}\"\njob_root = \"a/flows/f/jobs/j\"\n[[jobs]]\njob_root = \"a/flows/f/jobs/j\"\n"
            ),
            &["list"],
        ),
    ] {
        let home = Home::with_config(&config);
        let run = home.run(arguments);
        let shown = format!("{}{}", run.out(), run.error());
        assert!(shown.contains("evil"), "{config}: {shown:?}");
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(acts), "{config}: {shown:?}");
        let is_forged = shown.lines().any(|line| line.starts_with("forged"));
        assert!(!is_forged, "{config}: {shown:?}");
    }
}

#[test]
fn pipe_in_place_of_the_config_or_its_lock_is_an_error() {
    let home = Home::new();
    let make = |name: &str| {
        let made = std::process::Command::new("mkfifo")
            .arg(home.path(name))
            .status();
        assert!(made.unwrap().success());
    };
    make("config.toml");
    for arguments in [
        &["list"][..],
        &["add", "a/flows/f/jobs/j"],
        &["config", "check"],
    ] {
        let run = home.run(arguments);
        assert_eq!(run.code(), 2);
        assert!(
            run.error().contains(
                "config.toml: cannot read the file: it is a named pipe, not a regular file; \
                 move it away, or name another file"
            ) || arguments[0] == "add",
            "{}",
            run.error()
        );
    }
    fs::remove_file(home.path("config.toml")).unwrap();
    fs::write(
        home.path("config.toml"),
        "[environments.dev]\nenv_id = \"x\"\n",
    )
    .unwrap();
    make(".config.toml.lock");
    let run = home.run(&["add", "a/flows/f/jobs/j"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error()
            .contains(".config.toml.lock: it is a named pipe"),
        "{}",
        run.error()
    );
}

#[test]
fn dangling_link_and_read_only_file_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = Home::new();
    let path = home.path("config.toml");
    symlink(home.path("gone.toml"), &path).unwrap();
    for arguments in [
        &["add", "a/flows/f/jobs/j"][..],
        &["config", "init"],
        &["list"],
    ] {
        let run = home.run(arguments);
        assert_eq!(run.code(), 2, "{arguments:?}");
        let reason = "gone.toml, which does not exist; create that file, or remove the link";
        assert!(
            run.error().contains(reason),
            "{arguments:?}: {}",
            run.error()
        );
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    }
    fs::remove_file(&path).unwrap();
    let text = "[environments.dev]\nenv_id = \"x\"\n";
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let run = home.run(&["add", "a/flows/f/jobs/j"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("the file is read-only"),
        "{}",
        run.error()
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn url_as_env_id_is_rejected() {
    let home = Home::with_config("[environments.dev]\nenv_id = \"http://foo/bar\"\n");
    let run = home.run(&["config", "check"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error()
            .contains("config.toml:2:10: env_id must be a name"),
        "{}",
        run.error()
    );
    let home = Home::new();
    let run = home.run(&["config", "init", "--env-id", "http://foo/bar"]);
    assert_eq!(run.code(), 2);
    assert!(!home.path("config.toml").exists());
}
