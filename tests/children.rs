//! Children of hgtop (hooks and the editor) get no API key in their
//! environment, whatever its variable is called.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use support::bad_server::{Act, BadServer};
use support::window::Window;
use support::{Home, Run};

const KEY: &str = "marker-Kq7Zp2";

/// Writes the environment to a file, in one piece.
fn print_environment(to: &Path) -> String {
    let to = to.display();
    format!("env > {to}.part && mv {to}.part {to}")
}

/// Waits for a file and returns its text.
fn text_of(path: &Path) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(text) = fs::read_to_string(path) {
            return text;
        }
        assert!(Instant::now() < end, "{} never appeared", path.display());
        std::thread::yield_now();
    }
}

#[test]
fn hooks_get_the_transition_and_no_api_key() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(BadServer::start(|_, number| {
        Act::job(if number < 2 {
            "SYNC_STARTED"
        } else {
            "JOB_COMPLETED"
        })
    }));
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let environment = home.path().join("environment");
    let base = &server.base;
    let text = format!(
        "history = false\npoll_interval = \"1s\"\n\
         on_change = [\"sh\", \"-c\", {:?}]\n\
         [environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\napi_key_env = \"THE_KEY\"\n\
         [environments.command]\nenv_id = \"command.x.xyz\"\nbase_url = \"{base}\"\n\
         api_key_command = [\"echo\", \"command-key\"]\n\
         [[jobs]]\nenvironment = \"dev\"\nname = \"one\"\njob_root = \"acme/flows/f/jobs/1\"\n",
        print_environment(&environment),
    );
    fs::write(&path, text).unwrap();
    let variables = [
        ("THE_KEY", KEY),
        ("A_COPY", KEY),
        ("COMMAND_COPY", "command-key"),
        ("UNRELATED", "stays"),
    ];
    let arguments = ["--config", path.to_str().unwrap()];
    let mut window = Window::open_with(&arguments, home.path(), &variables);
    window.shows("JOB_COMPLETED");
    let environment = text_of(&environment);
    assert!(environment.contains("HGTOP_STATUS=JOB_COMPLETED"));
    assert!(environment.contains("UNRELATED=stays"));
    for withheld in [KEY, "command-key", "HOTGLUE_API_KEY", "THE_KEY", "A_COPY"] {
        assert!(!environment.contains(withheld), "{withheld}");
    }
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn editor_gets_no_api_key_even_when_the_config_has_errors() {
    let config = "[environments.dev]\nenv_id = \"dev.x.xyz\"\napi_key_env = \"THE_KEY\"\n";
    for (text, code) in [
        (config.to_owned(), 0),
        (format!("{config}unknown = 1\n"), 2),
        (format!("{config}not toml\n"), 2),
    ] {
        let home = Home::with_config(&text);
        let environment = home.path("environment");
        let editor = format!("sh -c '{}'", print_environment(&environment));
        let mut command = home.command(&["config", "edit"]);
        command
            .env("EDITOR", editor)
            .env("THE_KEY", KEY)
            .env("A_COPY", KEY)
            .env("HOTGLUE_API_KEY", "another")
            .env("UNRELATED", "stays");
        let run = Run(command.output().unwrap());
        assert_eq!(run.code(), code, "{}", run.error());
        let environment = text_of(&environment);
        assert!(environment.contains("UNRELATED=stays"));
        for withheld in [KEY, "another", "HOTGLUE_API_KEY", "THE_KEY", "A_COPY"] {
            assert!(!environment.contains(withheld), "{withheld} in {text}");
        }
    }
}
