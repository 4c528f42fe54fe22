//! The dashboard while something is wrong with its config file or history.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;

use support::window::Window;

const CONFIG: &str =
    "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n";

/// Pastes a reference to a job, and adds it.
fn add(window: &mut Window, root: &str) {
    window.send(&format!("\x1b[200~{root}\x1b[201~"));
    window.shows("1 to add");
    window.send("\r");
}

#[test]
fn deleted_config_file_is_not_replaced_by_one_without_environments() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, CONFIG).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("No jobs are watched yet");
    fs::remove_file(&path).unwrap();
    window.shows("no config file");
    add(&mut window, "acme/flows/f/jobs/one");
    window.shows("UNSAVED 1");
    assert!(!path.exists(), "the file is not created");
    // Once it is back, the change can be saved.
    fs::write(&path, CONFIG).unwrap();
    window.until("no banner", |screen| !screen.contains("no config file"));
    window.send("\x13");
    window.until("all saved", |screen| !screen.contains("UNSAVED"));
    window.send("q");
    assert_eq!(window.end().0, 0);
    let text = fs::read_to_string(&path).unwrap();
    let job = "\n[[jobs]]\njob_root = \"acme/flows/f/jobs/one\"\n";
    assert_eq!(text, format!("{CONFIG}{job}"));
}

#[test]
fn quitting_reports_what_was_not_saved() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, CONFIG).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("No jobs are watched yet");
    // Another program holds the lock, and does not release it.
    let lock = fs::File::create(home.path().join(".config.toml.lock")).unwrap();
    lock.lock().unwrap();
    add(&mut window, "acme/flows/f/jobs/one");
    window.shows("acme");
    window.send("q");
    let (code, output) = window.end();
    assert_eq!(code, 0);
    let notice = "1 change was not saved to the config file";
    assert!(output.contains(notice), "{output}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CONFIG);
}

#[test]
fn damaged_history_is_set_aside_with_a_notice() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, CONFIG).unwrap();
    let folder = home.path().join("state");
    let database = folder.join("hgtop/history.db");
    fs::create_dir_all(database.parent().unwrap()).unwrap();
    fs::write(&database, "not a database ".repeat(1000)).unwrap();
    let variables = [("XDG_STATE_HOME", folder.to_str().unwrap())];
    let arguments = ["--config", path.to_str().unwrap()];
    let mut window = Window::open_with(&arguments, home.path(), &variables);
    window.shows("the history was damaged");
    window.send("q");
    assert_eq!(window.end().0, 0);
    let names = fs::read_dir(database.parent().unwrap()).unwrap();
    let aside = names
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("history.damaged-"));
    let kept = fs::read_to_string(aside.unwrap()).unwrap();
    assert!(kept.starts_with("not a database"));
}
