//! The recorder's thread.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::support::{database, env, flow, run, tenant};
use crate::history::answer::{HistoryAnswer, HistoryQuery};
use crate::history::recorder::Recorder;
use crate::history::store::Store;

/// Longer than anything here takes, unless something hangs.
const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn everything_recorded_is_saved_before_it_closes() {
    let (_folder, path) = database();
    let (publish, answers) = mpsc::channel();
    let database = path.clone();
    let recorder = Recorder::start(
        move || Store::open(&database),
        move |answer| publish.send(answer).unwrap(),
    );
    recorder.record(run("1", 40));
    recorder.query(HistoryQuery::Runs(env(), flow(), tenant()));
    let HistoryAnswer::Runs {
        runs,
        last_completed,
        ..
    } = answers.recv().unwrap()
    else {
        panic!("another answer");
    };
    assert_eq!(runs.len(), 1);
    assert_eq!(last_completed.unwrap().job_root.job_id(), "1");
    recorder.record(run("2", 40));
    assert_eq!(recorder.close(LIMIT), 0);
    let store = Store::open(&path).unwrap().store;
    assert_eq!(store.runs(&env(), &flow(), None, 9).unwrap().len(), 2);
}

/// Fault 32: another program holds the database. That is reported once, and
/// nothing waits for it for long.
#[test]
fn locked_database_is_reported_once() {
    let (_folder, path) = database();
    drop(Store::open(&path).unwrap());
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (publish, answers) = mpsc::channel();
    let recorder = Recorder::start(
        move || Store::open(&path),
        move |answer| publish.send(answer).unwrap(),
    );
    recorder.record(run("1", 40));
    let notice = answers.recv().unwrap().notice().unwrap();
    assert!(notice.contains("locked"), "{notice}");
    recorder.record(run("2", 40));
    assert_eq!(recorder.close(LIMIT), 12);
    assert!(answers.recv().is_err(), "it is reported once");
}

#[test]
fn database_locked_after_the_start_does_not_hold_up_quitting() {
    let (_folder, path) = database();
    let (publish, answers) = mpsc::channel();
    let database = path.clone();
    let recorder = Recorder::start(
        move || Store::open(&database),
        move |answer| publish.send(answer).unwrap(),
    );
    recorder.query(HistoryQuery::Runs(env(), flow(), tenant()));
    answers.recv().unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    recorder.record(run("1", 40));
    let start = Instant::now();
    assert_eq!(recorder.close(Duration::from_millis(400)), 6);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn database_that_never_opens_does_not_hold_up_quitting() {
    let (_release, never) = mpsc::channel::<()>();
    let recorder = Recorder::start(
        move || {
            let _ = never.recv();
            Store::in_memory().map(|store| crate::history::Opened {
                store,
                set_aside: None,
            })
        },
        |_| {},
    );
    recorder.record(run("1", 40));
    let start = Instant::now();
    assert_eq!(recorder.close(Duration::from_millis(200)), 6);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn query_that_never_ends_is_stopped() {
    let mut store = Store::in_memory().unwrap();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    store.stop_on(std::sync::Arc::clone(&stop)).unwrap();
    let (begun, begin) = mpsc::channel();
    std::thread::scope(|scope| {
        let query = scope.spawn(move || {
            begun.send(()).unwrap();
            let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                           SELECT COUNT(*) FROM n";
            store.connection.query_row(endless, [], |_| Ok(()))
        });
        begin.recv().unwrap();
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        let error = query.join().unwrap().unwrap_err();
        let code = error.sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::OperationInterrupted));
    });
}
