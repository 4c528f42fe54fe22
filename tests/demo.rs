//! `hgtop demo` with a config: it looks as the config says, and does nothing
//! else of it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;

use support::Home;
use support::window::Window;

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
