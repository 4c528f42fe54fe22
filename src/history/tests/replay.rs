//! Moments of the record: what was watched and known at a time.

use std::sync::Arc;

use rusqlite::Connection;

use super::support::{database, env, flow, observation, root, run, short_run, tenant, time};
use crate::history::error::HistoryError;
use crate::history::replay::{
    JobList, JobUpdate, ListedEnvironment, ListedFollow, MomentQuery, RecordedList, Seek, Within,
};
use crate::history::store::Store;
use crate::hotglue::{JobAddress, Text};

fn list(tenants: &[&str]) -> JobList {
    JobList {
        poll_interval: 5,
        environments: vec![ListedEnvironment {
            name: "dev".to_owned(),
            env_id: env().to_string(),
            accent: None,
        }],
        follows: vec![ListedFollow {
            name: "rollout".to_owned(),
            flow: flow().to_string(),
            tenants: tenants.iter().map(ToString::to_string).collect(),
            ..ListedFollow::default()
        }],
        ..JobList::default()
    }
}

fn record_list(store: &mut Store, second: i64, is_start: bool, tenants: &[&str]) {
    let recorded = RecordedList {
        time: time(second),
        is_start,
        list: list(tenants),
    };
    store.record_list(&recorded).unwrap();
}

fn job_update(id: &str, second: i64, message: &str, error: Option<&str>) -> JobUpdate {
    JobUpdate {
        env_id: env(),
        address: Arc::new(JobAddress {
            flow: flow(),
            tenant: tenant(),
            job_root: root(id),
        }),
        seen: time(second),
        updated: Some(time(second)),
        message: Some(Text::new(message)),
        rows: Some(u64::try_from(second).unwrap()),
        error: error.map(Text::new),
    }
}

fn query(seek: Seek) -> MomentQuery {
    MomentQuery {
        number: 1,
        seek,
        within: Within::Find(None, None),
    }
}

#[test]
fn moment_has_what_was_known_then_and_nothing_later() {
    let mut store = Store::in_memory().unwrap();
    record_list(&mut store, 0, true, &["acme", "globex"]);
    for observation in run("1", 40) {
        store.record(&[observation]).unwrap();
    }
    let updates = [
        job_update("1", 12, "page 1\nof 9", None),
        job_update("1", 30, "page 7\nof 9", None),
        job_update("1", 40, "page 7\nof 9", Some("503 Service Unavailable")),
        job_update("unknown", 40, "", None),
    ];
    store.record_updates(&updates).unwrap();
    let job_at = |second| {
        let moment = store.moment(time(second)).unwrap();
        moment.newest.first().map(|(_, runs)| runs[0].clone())
    };
    assert_eq!(job_at(0), None, "seen a second after it was created");
    let job = job_at(20).unwrap();
    assert_eq!(job.steps.last().unwrap().status.as_str(), "SYNC_STARTED");
    assert_eq!(job.message.as_ref().unwrap().as_str(), "page 1\nof 9");
    assert_eq!((job.updated, job.total_rows), (Some(time(12)), Some(12)));
    assert!(job.failure.is_none());
    let job = job_at(45).unwrap();
    assert_eq!(job.message.unwrap().as_str(), "page 7\nof 9");
    let (error, since) = job.failure.unwrap();
    assert_eq!(
        (error.as_str(), since),
        ("503 Service Unavailable", time(40))
    );
    // An update of an earlier status does not count for a later one.
    let job = job_at(51).unwrap();
    assert_eq!(job.steps.last().unwrap().status.as_str(), "SYNC_SUCCESS");
    assert_eq!((job.updated, job.failure), (Some(time(50)), None));
    assert!(
        job_at(99)
            .unwrap()
            .fields
            .iter()
            .any(|(name, _)| name.as_str() == "processed_rows")
    );
}

#[test]
fn list_is_the_one_that_was_watched_then() {
    let mut store = Store::in_memory().unwrap();
    for observation in run("1", 40) {
        store.record(&[observation]).unwrap();
    }
    // Without a list, every flow counts as followed.
    let derived = store.moment(time(99)).unwrap();
    assert_eq!(derived.list_time, None);
    assert_eq!(derived.list.follows[0].tenants, ["acme"]);
    assert_eq!(derived.newest.len(), 1);
    record_list(&mut store, 10, true, &["acme"]);
    record_list(&mut store, 50, false, &["acme", "globex"]);
    let tenants = |second| {
        let moment = store.moment(time(second)).unwrap();
        moment.list.follows[0].tenants.len()
    };
    assert_eq!([tenants(5), tenants(49), tenants(50)], [1, 1, 2]);
    assert_eq!(store.moment(time(60)).unwrap().started, Some(time(10)));
}

#[test]
fn seeking_finds_changes_and_failures_and_no_learned_runs() {
    let mut store = Store::in_memory().unwrap();
    record_list(&mut store, 0, true, &["acme"]);
    // Learned from a listing long after it failed.
    let mut learned = short_run("old", 1_000);
    learned.seen = time(90_000);
    learned.updated = Some(time(1_000));
    store.record(&[learned]).unwrap();
    store
        .record(&[observation("1", "SYNC_STARTED", 10)])
        .unwrap();
    store
        .record(&[observation("1", "SYNC_FAILED", 20)])
        .unwrap();
    store
        .record(&[observation("2", "SYNC_STARTED", 30)])
        .unwrap();
    let seek = |seek| {
        let (_, moment) = store.seek(&query(seek)).unwrap();
        moment.map(|moment| moment.time.duration_since(time(0)).as_secs())
    };
    let next = |after, failures| {
        let after = time(after);
        seek(Seek::Next { after, failures })
    };
    let previous = |before, failures| {
        let before = time(before);
        seek(Seek::Previous { before, failures })
    };
    assert_eq!(
        [next(0, false), next(11, false), next(31, false)],
        [Some(11), Some(21), None]
    );
    assert_eq!([next(0, true), next(21, true)], [Some(21), None]);
    assert_eq!(
        [previous(31, false), previous(99, true)],
        [Some(21), Some(21)]
    );
    assert_eq!(seek(Seek::Time(time(-99))), Some(0));
    let (span, _) = store.seek(&query(Seek::End)).unwrap();
    assert_eq!(span.unwrap().failures, [time(21)]);
}

#[test]
fn database_is_not_written_when_it_is_only_read() {
    let (_folder, path) = database();
    let mut store = Store::open(&path).unwrap().store;
    store.record(&run("1", 40)).unwrap();
    drop(store);
    let before = std::fs::read(&path).unwrap();
    let mut store = Store::open_read_only(&path).unwrap();
    assert_eq!(store.moment(time(99)).unwrap().newest.len(), 1);
    assert!(store.record(&run("2", 40)).is_err());
    assert_eq!(store.prune(time(0)).unwrap(), 0);
    drop(store);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn earlier_version_is_read_from_a_copy_and_stays_as_it_is() {
    let (_folder, path) = database();
    let mut store = Store::open(&path).unwrap().store;
    store.record(&run("1", 40)).unwrap();
    drop(store);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TABLE updates; DROP TABLE job_lists; DROP INDEX steps_by_time; \
             PRAGMA user_version = 4; PRAGMA journal_mode = DELETE",
        )
        .unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    let store = Store::open_read_only(&path).unwrap();
    assert_eq!(store.moment(time(99)).unwrap().newest.len(), 1);
    drop(store);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn file_that_is_no_history_is_refused() {
    let (folder, path) = database();
    let missing = Store::open_read_only(&path).unwrap_err();
    assert!(matches!(missing, HistoryError::File { .. }), "{missing}");
    std::fs::write(&path, "no database").unwrap();
    let text = Store::open_read_only(&path).unwrap_err();
    assert!(matches!(text, HistoryError::NotAHistory { .. }), "{text}");
    let other = folder.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    let other = Store::open_read_only(&other).unwrap_err();
    assert!(matches!(other, HistoryError::NotAHistory { .. }), "{other}");
}

/// 2,000 jobs with an event each 20 s, 7 statuses and a message each.
#[test]
fn event_takes_at_most_100_bytes() {
    let mut store = Store::in_memory().unwrap();
    let tenants: Vec<String> = (0..200).map(|number| format!("tenant-{number}")).collect();
    let names: Vec<&str> = tenants.iter().map(String::as_str).collect();
    record_list(&mut store, 0, true, &names);
    let (_, empty) = store.size().unwrap();
    let mut events = 0;
    for number in 0..200 {
        let id = format!("2026/11/24/03/40/{number:06}");
        for observation in run(&id, 400) {
            store.record(&[observation]).unwrap();
            events += 1;
        }
        for beat in 0..20 {
            let message = format!("page {beat} of 20");
            let second = 12 + beat * 20;
            store
                .record_updates(&[job_update(&id, second, &message, None)])
                .unwrap();
            events += 1;
        }
    }
    let (_, bytes) = store.size().unwrap();
    let each = (bytes - empty) / events;
    assert!(each <= 100, "{each} bytes");
}
