//! The program in a real pseudo-terminal: it starts, takes keys, and gives the
//! terminal back on every way out.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use portable_pty::PtySize;
use support::Demo;
use support::window::{LEAVE, Window};

#[test]
fn dashboard_starts_filters_resizes_and_quits() {
    let mut window = Window::open(&["demo", "--seed", "6"]);
    window.shows("48 jobs");
    window.shows("_FAILED");
    window.send("/acme");
    window.shows("of 48");
    window.send("\x1b");
    window.until("all rows", |screen| !screen.contains("of 48"));
    window.send("\r");
    window.shows("Timeline");
    window.send("?");
    window.shows("next failed job");
    window.send("\x1b");
    window.until("no help", |screen| !screen.contains("next failed job"));
    let size = PtySize {
        rows: 20,
        cols: 60,
        pixel_width: 0,
        pixel_height: 0,
    };
    window.screen.screen_mut().set_size(20, 60);
    window.master.as_ref().unwrap().resize(size).unwrap();
    window.until("a narrow table", |screen| {
        screen.contains("NAME") && !screen.contains("ELAPSED")
    });
    window.send("q");
    let (code, output) = window.end();
    assert_eq!(code, 0);
    assert_eq!(output.matches(LEAVE).count(), 1);
    assert!(
        output.contains("jobs finished"),
        "the summary stays in the scrollback"
    );
    for mode in ["\u{1b}[?2004l", "\u{1b}[?1000l", "\u{1b}[?25h"] {
        assert!(output.contains(mode), "{mode:?} is missing");
    }
    assert!(
        output.contains("\u{1b}[?2026h"),
        "frames are synchronized updates"
    );
}

#[test]
fn signals_give_the_terminal_back() {
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("QUIT", 131)] {
        let mut window = Window::open(&["demo", "--jobs", "3"]);
        window.shows("3 jobs");
        window.signal(signal);
        let (exit_code, output) = window.end();
        assert_eq!(exit_code, code, "{signal}");
        assert_eq!(output.matches(LEAVE).count(), 1, "{signal}");
    }
}

#[test]
fn closed_window_ends_the_program() {
    let mut window = Window::open(&["demo", "--jobs", "3"]);
    window.shows("3 jobs");
    drop(window.keys.take());
    drop(window.master.take());
    // The reading thread holds the last handle and drops it after the next
    // frame, which the clock causes within a second.
    window.closed.store(true, Ordering::SeqCst);
    window.wait();
}

#[cfg(target_os = "linux")]
#[test]
fn dashboard_is_redrawn_after_suspend_and_resume() {
    let mut window = Window::open(&["demo", "--jobs", "3"]);
    window.shows("3 jobs");
    window.send("\x1a");
    let id = window.child.process_id().unwrap();
    let stopped = || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        stat.rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with('T')
    };
    let end = Instant::now() + Duration::from_secs(20);
    while !stopped() {
        assert!(Instant::now() < end, "never stopped");
        std::thread::yield_now();
    }
    while !String::from_utf8_lossy(&window.raw).contains(LEAVE) {
        let bytes = window.output.recv_timeout(Duration::from_secs(20)).unwrap();
        window.raw.extend(bytes);
    }
    window.screen = vt100::Parser::new(36, 120, 0);
    window.signal("CONT");
    window.shows("3 jobs");
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn first_run_creates_a_config_file() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open_at(&[], home.path());
    window.shows("Name your hotglue environment.");
    window.send("\r");
    window.shows("env_id is missing");
    window.send("demo.hgtop.example\r");
    window.shows("No jobs are watched yet");
    let path = home.path().join(".config/hgtop/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("env_id = \"demo.hgtop.example\""), "{text}");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn screen_and_config_file_follow_each_other() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let start = "# mine\n[environments.dev] # the only one\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n";
    fs::write(&path, start).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("No jobs are watched yet");
    window
        .send("\x1b[200~acme/flows/f/jobs/one\nglobex/flows/f/jobs/two\nnonsense here\n\x1b[201~");
    window.shows("2 to add, 0 already watched, 0 incomplete, 1 invalid");
    window.send("\r");
    window.shows("0 to add, 0 already watched, 0 incomplete, 1 invalid");
    window.send("\x1b");
    window.until("the rows", |screen| {
        screen.contains("acme") && !screen.contains("nonsense")
    });
    let saved = |wanted: &str| {
        let end = Instant::now() + Duration::from_secs(20);
        while fs::read_to_string(&path).unwrap() != wanted {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                Instant::now() < end,
                "the file is\n{text}\nand not\n{wanted}"
            );
            std::thread::yield_now();
        }
    };
    let (one, two) = (
        "\n[[jobs]]\njob_root = \"acme/flows/f/jobs/one\"\n",
        "\n[[jobs]]\njob_root = \"globex/flows/f/jobs/two\"\n",
    );
    saved(&format!("{start}{one}{two}"));
    window.send("e");
    window.shows("Edit job");
    window.send(" night\twave-1\r");
    window.shows("one night");
    saved(&format!(
        "{start}{one}name = \"one night\"\ntags = [\"wave-1\"]\n{two}"
    ));
    window.send("uu");
    window.shows("No jobs are watched yet");
    saved(start);

    // Another job: right after a save, the one that was removed would be taken
    // for a removal that another program overwrote.
    let three = "\n[[jobs]]\njob_root = \"initech/flows/f/jobs/three\"\n";
    let by_hand = format!("{start}{three}# by hand\n");
    fs::write(&path, &by_hand).unwrap();
    window.shows("initech");
    fs::write(&path, format!("{by_hand}broken = ")).unwrap();
    window.shows("config not applied");
    window.shows("initech");
    fs::write(&path, &by_hand).unwrap();
    window.until("no banner", |screen| !screen.contains("not applied"));
    window.send("d");
    window.shows("Remove from the list");
    window.send("\r");
    window.shows("No jobs are watched yet");
    window.send("u");
    window.shows("initech");
    saved(&by_hand);
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn unsaved_changes_stay_on_the_screen_until_saved() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let start = "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n";
    fs::write(&path, start).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("No jobs are watched yet");
    // A folder in place of the lock file keeps even root from taking the lock.
    fs::create_dir(home.path().join(".config.toml.lock")).unwrap();
    window.send("\x1b[200~acme/flows/f/jobs/one\x1b[201~");
    window.shows("1 to add");
    window.send("\r");
    window.shows("UNSAVED 1");
    window.shows("acme");
    assert_eq!(fs::read_to_string(&path).unwrap(), start);
    fs::remove_dir(home.path().join(".config.toml.lock")).unwrap();
    window.send("\x13");
    window.until("all saved", |screen| !screen.contains("UNSAVED"));
    window.send("q");
    assert_eq!(window.end().0, 0);
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains("acme/flows/f/jobs/one")
    );
}

/// After a kill in the middle of a rollout, a new start shows all events that
/// were recorded before.
#[test]
fn kill_loses_no_recorded_events() {
    let demo = Demo::start(&[
        "--jobs",
        "3",
        "--seed",
        "6",
        "--fail-rate",
        "0",
        "--speed",
        "10",
    ]);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, demo.config.replace("history = false\n", "")).unwrap();
    let arguments = ["--config", path.to_str().unwrap()];
    let mut window = Window::open_at(&arguments, home.path());
    window.shows("3 jobs");
    window.send("L");
    window.shows("→ ETL_STARTED");
    window.signal("KILL");
    window.wait();
    let mut window = Window::open_at(&arguments, home.path());
    window.shows("3 jobs");
    window.send("L");
    window.shows("→ ETL_STARTED");
    window.send("q");
    window.until("no event log", |screen| !screen.contains("Events"));
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn failures_are_notified_and_set_the_title() {
    let demo = Demo::start(&["--jobs", "3", "--fail-rate", "1", "--speed", "60"]);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(
        &path,
        demo.config.replace("notify = []", "notify = [\"failed\"]"),
    )
    .unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("NEW FAILED");
    // The notification and the bell, once what failed has been collected.
    window.outputs(b"\x1b\\\x07");
    window.outputs(b"\x1b]0;hgtop: ");
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn on_change_runs_with_the_change_in_its_environment() {
    let demo = Demo::start(&["--jobs", "2", "--fail-rate", "1", "--speed", "8"]);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let log = home.path().join("changes");
    let script = format!(
        "echo $HGTOP_TENANT $HGTOP_PREVIOUS $HGTOP_STATUS >> {}",
        log.display()
    );
    let settings = format!("on_change = ['sh', '-c', '{script}']\nnotify = []");
    fs::write(&path, demo.config.replace("notify = []", &settings)).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("2 jobs");
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let text = fs::read_to_string(&log).unwrap_or_default();
        if text.lines().any(|line| line.ends_with("_FAILED")) {
            break;
        }
        assert!(Instant::now() < end, "no change was logged: {text:?}");
        std::thread::yield_now();
    }
    window.send("q");
    assert_eq!(window.end().0, 0);
}
