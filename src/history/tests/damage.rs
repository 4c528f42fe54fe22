//! Damaged databases, and those of a newer version.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::support::{database, env, flow, run, tenant};
use crate::history::answer::HistoryQuery;
use crate::history::damage::{FileId, set_aside};
use crate::history::error::HistoryError;
use crate::history::recorder::Recorder;
use crate::history::store::Store;

/// A database with many runs, in one file.
fn fill(path: &Path) {
    let mut store = Store::open(path).unwrap().store;
    let runs: Vec<_> = (0..300)
        .flat_map(|number| run(&number.to_string(), 40))
        .collect();
    store.record(&runs).unwrap();
}

/// Overwrites every page after the first.
fn damage(path: &Path) {
    let length = fs::metadata(path).unwrap().len();
    assert!(length > 100_000, "several pages: {length}");
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    let junk = b"damage! ".repeat(usize::try_from(length - 4096).unwrap() / 8);
    file.write_all(&junk).unwrap();
}

fn count(store: &Store) -> usize {
    store.runs(&env(), &flow(), None, 1000).unwrap().len()
}

/// Fault 32: a damaged database is moved aside; one of a newer hgtop stays.
#[test]
fn file_that_is_no_database_is_set_aside() {
    let (_folder, path) = database();
    fs::write(&path, "this is not a database".repeat(99)).unwrap();
    let opened = Store::open(&path).unwrap();
    let aside = opened.set_aside.unwrap();
    assert!(fs::read(&aside).unwrap().starts_with(b"this is not a"));
    assert_eq!(count(&opened.store), 0);
}

#[test]
fn damage_after_the_first_page_is_found_at_the_start() {
    let (_folder, path) = database();
    fill(&path);
    damage(&path);
    let before = fs::read(&path).unwrap();
    let mut opened = Store::open(&path).unwrap();
    let aside = opened.set_aside.take().unwrap();
    assert_eq!(fs::read(aside).unwrap(), before, "moved, not changed");
    opened.store.record(&run("new", 40)).unwrap();
    assert_eq!(count(&opened.store), 1);
}

#[test]
fn database_of_a_newer_version_is_not_changed() {
    let (_folder, path) = database();
    fill(&path);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, HistoryError::Newer { found: 99, .. }));
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[test]
fn damage_found_in_use_is_reported_once_and_recording_continues() {
    let (folder, path) = database();
    fill(&path);
    let (publish, answers) = mpsc::channel();
    let opened = Store::open(&path).unwrap();
    // Pages that the check left in memory would hide the damage.
    let forget = "PRAGMA shrink_memory";
    opened.store.connection.execute_batch(forget).unwrap();
    damage(&path);
    let recorder = Recorder::start(
        move || Ok(opened),
        move |answer| publish.send(answer).unwrap(),
    );
    for number in 0..3 {
        recorder.query(HistoryQuery::Runs(env(), flow(), tenant()));
        recorder.record(run(&format!("new-{number}"), 40));
    }
    assert_eq!(recorder.close(Duration::from_mins(1)), 0);
    let notices: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.notice())
        .collect();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("history.damaged-"), "{notices:?}");
    assert_eq!(count(&Store::open(&path).unwrap().store), 3);
    let names = fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("history.damaged-")),
        "{names:?}"
    );
}

// Elsewhere a file has no identity beyond its name.
#[cfg(unix)]
#[test]
fn database_that_another_process_replaced_is_not_set_aside() {
    let (_folder, path) = database();
    fs::write(&path, "damaged").unwrap();
    let damaged = FileId::of(&path).unwrap();
    assert!(set_aside(&path, Some(&damaged)).unwrap().is_some());
    assert_eq!(set_aside(&path, Some(&damaged)).unwrap(), None, "no file");
    fill(&path);
    assert_eq!(
        set_aside(&path, Some(&damaged)).unwrap(),
        None,
        "a new file"
    );
    assert_eq!(count(&Store::open(&path).unwrap().store), 300);
}

#[test]
fn log_of_a_damaged_database_moves_with_it() {
    let (folder, path) = database();
    for ending in ["", "-wal", "-shm"] {
        fs::write(folder.path().join(format!("history.db{ending}")), ending).unwrap();
    }
    let aside = set_aside(&path, FileId::of(&path).as_ref())
        .unwrap()
        .unwrap();
    let log = format!("{}-wal", aside.display());
    assert_eq!(fs::read_to_string(log).unwrap(), "-wal");
    assert!(!folder.path().join("history.db-wal").exists());
    // A second one in the same second gets another name.
    fs::write(&path, "again").unwrap();
    let second = set_aside(&path, FileId::of(&path).as_ref())
        .unwrap()
        .unwrap();
    assert_ne!(second, aside);
    assert_eq!(fs::read_to_string(aside).unwrap(), "");
}

#[cfg(unix)]
#[test]
fn database_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _) = database();
    let path = folder.path().join("deeper").join("history.db");
    fill(&path);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
