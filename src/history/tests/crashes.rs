//! The database as a crash leaves it, at every step of writing: it opens
//! without damage, with everything that was committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::support::{database, env, flow, root, run};
use crate::history::observation::Observation;
use crate::history::store::Store;
use crate::history::write::write;

/// The files of a database: the database itself and its log.
#[derive(Clone, PartialEq, Eq)]
struct Files {
    database: Vec<u8>,
    log: Vec<u8>,
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

fn copy(path: &Path) -> Files {
    Files {
        database: fs::read(path).unwrap_or_default(),
        log: fs::read(log_of(path)).unwrap_or_default(),
    }
}

/// Opens copied files and returns the number of steps that each run has.
fn reopen(files: &Files, scene: &str) -> Vec<(String, usize)> {
    let (_folder, path) = database();
    fs::write(&path, &files.database).unwrap();
    fs::write(log_of(&path), &files.log).unwrap();
    let opened = Store::open(&path).expect(scene);
    assert_eq!(opened.set_aside, None, "{scene}");
    let store = opened.store;
    let check = "PRAGMA integrity_check";
    let report: String = store
        .connection
        .query_row(check, [], |row| row.get(0))
        .unwrap();
    assert_eq!(report, "ok", "{scene}");
    let mut runs: Vec<_> = store
        .runs(&env(), &flow(), None, 1000)
        .unwrap()
        .into_iter()
        .map(|run| (run.job_root.job_id().to_owned(), run.steps.len()))
        .collect();
    runs.sort();
    runs
}

fn expected(runs: &[(&str, usize)]) -> Vec<(String, usize)> {
    let runs = runs.iter();
    runs.map(|(id, steps)| ((*id).to_owned(), *steps)).collect()
}

#[test]
fn every_committed_batch_survives() {
    let (_folder, path) = database();
    let mut store = Store::open(&path).unwrap().store;
    let mut steps = 0;
    for observation in run("1", 40) {
        store.record(&[observation]).unwrap();
        steps += 1;
        let runs = reopen(&copy(&path), &format!("after {steps} commits"));
        assert_eq!(runs, expected(&[("1", steps)]));
    }
}

/// Within a batch, the files are copied at every changed row and every written
/// observation, while the small cache writes uncommitted pages to the log.
#[test]
fn batch_is_recorded_whole_or_not_at_all() {
    let (_folder, path) = database();
    let mut store = Store::open(&path).unwrap().store;
    store.record(&run("before", 40)).unwrap();
    let committed = expected(&[("before", 6)]);
    store
        .connection
        .pragma_update(None, "cache_size", 1)
        .unwrap();
    let copies = Arc::new(Mutex::new(Vec::new()));
    let (seen, copied) = (path.clone(), Arc::clone(&copies));
    let take_copy = move |_: rusqlite::hooks::Action, _: &str, _: &str, _: i64| {
        let mut copies = copied.lock().unwrap();
        let files = copy(&seen);
        if copies.last() != Some(&files) {
            copies.push(files);
        }
    };
    store.connection.update_hook(Some(take_copy)).unwrap();
    let batch: Vec<Observation> = (0..200)
        .flat_map(|number| run(&format!("in-{number}"), 40))
        .collect();
    let transaction = store.connection.transaction().unwrap();
    for observation in &batch {
        write(&transaction, observation).unwrap();
    }
    copies.lock().unwrap().push(copy(&path));
    transaction.commit().unwrap();
    let copies = copies.lock().unwrap();
    assert!(copies.len() > 5, "{} different copies", copies.len());
    for (number, files) in copies.iter().enumerate() {
        let runs = reopen(files, &format!("copy {number} of {}", copies.len()));
        assert_eq!(runs, committed, "copy {number}");
    }
    assert_eq!(reopen(&copy(&path), "after the commit").len(), 201);
}

/// A log that ends anywhere: at each frame, and within one.
#[test]
fn cut_log_keeps_a_prefix_of_the_commits() {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4096;
    let (_folder, path) = database();
    let mut store = Store::open(&path).unwrap().store;
    store
        .connection
        .pragma_update(None, "wal_autocheckpoint", 0)
        .unwrap();
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    store
        .connection
        .query_row(checkpoint, [], |_| Ok(()))
        .unwrap();
    for observation in run("1", 40) {
        store.record(&[observation]).unwrap();
    }
    let files = copy(&path);
    let frames = (files.log.len() - HEADER) / FRAME;
    assert!(frames >= 6, "{frames} frames");
    let mut ends = vec![0, 1, HEADER - 1];
    for frame in 0..=frames {
        let start = HEADER + frame * FRAME;
        ends.extend([0, 1, 23, 24, 25, 2_000, FRAME - 1].map(|offset| start + offset));
    }
    let mut longest = 0;
    for end in ends.into_iter().filter(|end| *end <= files.log.len()) {
        let cut = Files {
            database: files.database.clone(),
            log: files.log[..end].to_vec(),
        };
        let runs = reopen(&cut, &format!("log cut at {end}"));
        let steps = runs.first().map_or(0, |(_, steps)| *steps);
        assert!(steps >= longest, "a longer log holds no less: {end}");
        longest = steps;
    }
    assert_eq!(longest, 6);
    let steps = store.steps(&env(), &root("1")).unwrap();
    assert_eq!(steps.len(), 6);
}

/// The log is copied into the database page by page; it stays until the end.
#[test]
fn checkpoint_that_stops_at_any_page_loses_nothing() {
    const PAGE: usize = 4096;
    let (_folder, path) = database();
    let mut store = Store::open(&path).unwrap().store;
    store
        .connection
        .pragma_update(None, "wal_autocheckpoint", 0)
        .unwrap();
    for number in 0..20 {
        store.record(&run(&number.to_string(), 40)).unwrap();
    }
    let before = copy(&path);
    let checkpoint = "PRAGMA wal_checkpoint(FULL)";
    store
        .connection
        .query_row(checkpoint, [], |_| Ok(()))
        .unwrap();
    let after = copy(&path);
    let complete = reopen(&before, "before the checkpoint");
    assert_eq!(complete.len(), 20);
    assert_ne!(before.database, after.database);
    let pages = after.database.len() / PAGE;
    for page in 0..=pages {
        for part in [0, 1, PAGE / 2] {
            let end = (page * PAGE + part).min(after.database.len());
            let mut database = after.database[..end].to_vec();
            database.extend(before.database.iter().skip(end));
            let stopped = Files {
                database,
                log: before.log.clone(),
            };
            let runs = reopen(&stopped, &format!("stopped at byte {end}"));
            assert_eq!(runs, complete, "byte {end}");
        }
    }
}
