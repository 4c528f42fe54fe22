//! The faults of the terminal (docs/faults.md), each injected in a pseudo-terminal.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use portable_pty::PtySize;
use support::bad_server::{Act, BadServer};
use support::window::{LEAVE, Window};

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// A config that watches one job of a test server.
fn config(base: &str, name: &str) -> String {
    format!(
        "history = false\npoll_interval = \"1s\"\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\napi_key = \"marker-key\"\n\
         [[jobs]]\nname = \"{name}\"\njob_root = \"acme/flows/f/jobs/1\"\n"
    )
}

/// A dashboard that crashes, for the next test to run in a terminal.
#[test]
fn crashing_dashboard() {
    if std::env::var_os("HGTOP_CRASH").is_none() {
        return;
    }
    hgtop::terminal::install_panic_hook(Some("/tmp/hgtop.log".into()));
    let session = hgtop::terminal::Session::take().unwrap();
    let mut surface = session.surface().unwrap();
    surface.draw(|_| {}).unwrap();
    // On another thread a panic is only logged.
    let other = std::thread::spawn(|| panic!("a task crashes"));
    let _ = other.join();
    panic!("the screen crashes");
}

#[test]
fn fault_33_a_panic_gives_the_screen_back_and_names_the_log() {
    let program = std::env::current_exe().unwrap();
    let home = tempfile::tempdir().unwrap();
    let arguments = ["crashing_dashboard", "--exact", "--nocapture"];
    let crash = [("HGTOP_CRASH", "1")];
    let window = Window::of(program.to_str().unwrap(), &arguments, home.path(), &crash);
    let (code, output) = window.end();
    assert_eq!(code, 101);
    assert_eq!(output.matches(LEAVE).count(), 1);
    let after = &output[output.find(LEAVE).unwrap()..];
    assert!(
        after.contains("hgtop crashed: ") && after.contains("the screen crashes"),
        "{after}"
    );
    assert!(after.contains("The log is in /tmp/hgtop.log"), "{after}");
    assert!(!output.contains("a task crashes"));
}

#[cfg(target_os = "linux")]
#[test]
fn fault_35_suspended_resized_and_resumed() {
    let mut window = Window::open(&["demo", "--jobs", "3"]);
    window.shows("3 jobs");
    window.send("\x1a");
    let id = window.child.process_id().unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        if stat
            .rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with('T')
        {
            break;
        }
        assert!(Instant::now() < end, "never stopped");
        std::thread::yield_now();
    }
    window.resize(70, 20);
    window.signal("CONT");
    window.until("the narrow table", |screen| {
        screen.contains("NAME") && !screen.contains("ELAPSED")
    });
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn fault_36_a_storm_of_sizes() {
    let mut window = Window::open(&["demo", "--jobs", "300"]);
    window.shows("300 jobs");
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..500 {
        let size = size(rng.u16(1..400), rng.u16(1..150));
        window.master.as_ref().unwrap().resize(size).unwrap();
    }
    for (cols, rows) in [(1, 1), (20, 5), (500, 200)] {
        let size = size(cols, rows);
        window.master.as_ref().unwrap().resize(size).unwrap();
    }
    window.resize(20, 5);
    window.shows("window too small");
    window.resize(120, 36);
    window.shows("300 jobs");
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn fault_38_a_paste_of_five_megabytes_with_controls_in_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, config("http://127.0.0.1:9", "one")).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("1 job");
    let mut paste = String::from("\x1b[200~");
    for number in 0..10_000 {
        paste.push_str(&format!("t{number}/flows/f/jobs/j{number}\n"));
    }
    paste.push_str("nul\0 bell\x07 bidi\u{202e} escape \x1b]52;c;AAAA\x07\n");
    paste.push_str(&"x".repeat(4_700_000));
    paste.push_str("\x1b[201~");
    window.send(&paste);
    window.until("the form", |screen| screen.contains("10000 to add"));
    window.send("\x1b");
    window.shows("esc again discards");
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("10000 to add"));
    window.send("q");
    let (code, output) = window.end();
    assert_eq!(code, 0);
    assert!(!output.contains("\u{1b}]52;c;AAAA"));
}

#[test]
fn fault_38_keys_work_after_a_paste_that_never_ends() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, config("http://127.0.0.1:9", "one")).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("1 job");
    window.send("\x1b[200~globex/flows/f/jobs/2");
    window.shows("1 to add");
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("Add jobs"));
    window.send("q");
    assert_eq!(window.end().0, 0);
}

/// A pasted end marker must not turn the rest of the text into key presses.
#[test]
fn fault_38_pasted_end_marker_presses_no_keys() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let text = config("http://127.0.0.1:9", "one");
    fs::write(&path, &text).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("1 job");
    window.send("\x1b[200~globex/flows/f/jobs/2\n\x1b[201~\x1b\x1bd\rq\x1b[201~");
    window.shows("1 to add");
    window.send("\x1b");
    window.shows("esc again discards");
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("Add jobs"));
    window.shows("1 job");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    window.send("q");
    assert_eq!(window.end().0, 0);
}

#[test]
fn fault_39_foreign_text_cannot_leave_its_cell() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let message = "\\u001b[31mred\\u001b]0;title\\u0007 \\u202eabc \\u009b31m 日本語 👩‍👩‍👧 a\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301";
    let body = format!(
        "{{\"status\":\"ETL_FAILED\",\"tap\":\"{message}\",\"message\":\"{message}\",\"last_updated\":\"2026-11-23T12:00:00Z\"}}"
    );
    let server = runtime.block_on(BadServer::start(move |_, _| Act::body(&body)));
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, config(&server.base, "one\u{202e}two")).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("ETL_FAILED");
    for keys in ["\r", "\x1b[C", "\x1b[C", "\x1b[C", "z"] {
        window.send(keys);
    }
    window.shows("message");
    window.send("q");
    window.send("q");
    let (_, output) = window.end();
    for foreign in ["\u{1b}[31mred", "\u{1b}]0;title", "\u{202e}", "\u{9b}"] {
        assert!(!output.contains(foreign), "{foreign:?}");
    }
    let marks = output.matches('\u{301}').count();
    assert!(marks % 6 != 5, "few marks on a character");
    for form in ["table", "csv", "markdown", "json"] {
        let home = support::Home::with_config(&fs::read_to_string(&path).unwrap());
        let run = home.run(&["status", "--output", form]);
        assert_eq!(run.code(), 1);
        let plain = run.out();
        let control = |each: char| each.is_control() && each != '\n' && each != '\r';
        assert!(!plain.contains(control), "{form}: {plain:?}");
        assert!(!plain.contains('\u{202e}'), "{form}");
    }
}

/// Polling continues while nobody reads the terminal; afterwards one frame
/// shows the current states.
#[test]
fn fault_40_a_terminal_that_does_not_read() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(BadServer::start(|_, number| {
        Act::job(if number < 8 {
            "SYNC_STARTED"
        } else {
            "JOB_COMPLETED"
        })
    }));
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, config(&server.base, "one")).unwrap();
    let mut window = Window::open_at(&["--config", path.to_str().unwrap()], home.path());
    window.shows("SYNC_STARTED");
    window.stop_reading();
    // Each of these redraws every cell, far more than a terminal buffers.
    for turn in 0..60 {
        window.send("t");
        let size = size(200 + turn % 2, 60);
        window.master.as_ref().unwrap().resize(size).unwrap();
    }
    let end = Instant::now() + Duration::from_secs(30);
    while server.asked("GET") < 8 {
        assert!(Instant::now() < end, "polling stopped with the terminal");
        std::thread::yield_now();
    }
    window.resume_reading();
    window.resize(120, 36);
    window.shows("JOB_COMPLETED");
    window.send("q");
    assert_eq!(window.end().0, 0);
}

/// The number of files in a folder, after a check that none contains the marker.
fn files_without(folder: &Path, marker: &str) -> usize {
    let mut files = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = fs::read(&path).unwrap();
            let found = bytes
                .windows(marker.len())
                .any(|window| window == marker.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    files
}

/// Nothing contains the key: no screen, file, log, output, argument, request to
/// another host, or copied command.
#[test]
fn the_key_is_nowhere_but_in_requests_to_its_own_host() {
    const MARKER: &str = "marker-Kq7Zp2";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let trap = runtime.block_on(BadServer::start(|_, _| Act::job("JOB_COMPLETED")));
    let to: &'static str = Box::leak(format!("{}/x", trap.base).into_boxed_str());
    let headers: &'static [_] = Box::leak(Box::new([("location", to)]));
    let server = runtime.block_on(BadServer::start(move |path, number| {
        if path.contains("flows") || path.contains("tenants") {
            return Act::status(403);
        }
        match number % 9 {
            1 => Act::job("SYNC_STARTED"),
            2 => Act::Answer(302, headers, String::new()),
            3 => Act::status(500),
            4 => Act::body("<html>"),
            5 => Act::body("{\"status\": 7"),
            6 => Act::Reset,
            7 => Act::Answer(400, &[], "{\"Message\": \"gone\"}".to_owned()),
            8 if number > 30 => Act::status(403),
            _ => Act::job("ETL_FAILED"),
        }
    }));
    let home = support::Home::new();
    let text = config(&server.base, "one")
        .replace("history = false\n", "")
        .replace("api_key = \"marker-key\"", "api_key_env = \"THE_KEY\"");
    fs::write(home.path("config.toml"), &text).unwrap();
    let mut seen = String::new();
    let commands: [&[&str]; 9] = [
        &["status", "--output", "json"],
        &["list", "--output", "csv"],
        &["wait", "--timeout", "3s"],
        &["discover"],
        &["discover", "--flow", "f"],
        &["history", "--output", "json"],
        &["doctor"],
        &["config", "check"],
        &["add", "--dry-run", "b/flows/f/jobs/2"],
    ];
    for (at, arguments) in commands.iter().enumerate() {
        let log = home.path(&format!("log{at}"));
        let log = log.to_str().unwrap().to_owned();
        let more = ["--log-level", "trace", "--log-file", &log];
        let mut command = home.command(&[arguments, more.as_slice()].concat());
        let output = command.env("THE_KEY", MARKER).output().unwrap();
        seen.push_str(&String::from_utf8_lossy(&output.stdout));
        seen.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    let path = home.path("config.toml");
    let log = home.path("dashboard.log");
    let arguments = [
        "--config",
        path.to_str().unwrap(),
        "--log-level",
        "trace",
        "--log-file",
        log.to_str().unwrap(),
    ];
    let mut window = Window::open_with(&arguments, &home.path(""), &[("THE_KEY", MARKER)]);
    window.shows("1 job");
    let id = window.child.process_id().unwrap();
    if let Ok(line) = fs::read(format!("/proc/{id}/cmdline")) {
        assert!(!String::from_utf8_lossy(&line).contains(MARKER));
    }
    window.send("\r");
    window.shows("Timeline");
    window.send("\x1b[C\x1b[C\x1b[Cx");
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("Timeline"));
    window.send("cL");
    window.shows("Events");
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("Events"));
    window.send("D");
    window.shows("Discover");
    let asked = server.asked("GET");
    let end = Instant::now() + Duration::from_secs(5);
    while server.asked("GET") < asked + 3 && Instant::now() < end {
        std::thread::yield_now();
    }
    window.send("\x1b");
    window.until("the table", |screen| !screen.contains("Discover"));
    window.send("q");
    seen.push_str(&window.end().1);
    assert!(!seen.contains(MARKER));
    let files = files_without(&home.path(""), MARKER);
    assert!(files > 8, "logs and history were written");
    assert_eq!(trap.asked("GET"), 0, "the other host sees no request");
    assert!(server.asked(MARKER) > 5, "its own host does");
}
