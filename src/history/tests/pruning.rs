//! Removing old runs.

use jiff::SignedDuration;

use super::support::{body, env, flow, observation_of, short_run, time};
use crate::history::store::Store;
use crate::hotglue::Text;

const DAY: i64 = 24 * 60 * 60;

/// A store with one run on each of the last `days` days.
fn store_of_days(days: i64) -> Store {
    let mut store = Store::in_memory().unwrap();
    let runs: Vec<_> = (0..days)
        .map(|day| short_run(&day.to_string(), day * DAY))
        .collect();
    store.record(&runs).unwrap();
    store
}

fn count(store: &Store) -> usize {
    store.runs(&env(), &flow(), None, 1000).unwrap().len()
}

#[test]
fn runs_older_than_90_days_are_removed_a_tenth_at_a_time() {
    let mut store = store_of_days(200);
    let mut left = 200;
    for removed in [20, 18, 16, 14, 13, 11, 10, 7, 0] {
        assert_eq!(store.prune(time(199 * DAY)).unwrap(), removed);
        left -= removed;
        assert_eq!(count(&store), left);
    }
    let runs = store.runs(&env(), &flow(), None, 1000).unwrap();
    let oldest = runs.iter().map(|run| run.last).min();
    assert_eq!(oldest, Some(time(109 * DAY)));
    assert_eq!(left, 91, "the newest run and those of 90 days before");
}

#[test]
fn clock_that_is_set_ahead_removes_nothing() {
    let mut store = store_of_days(80);
    let ahead = time(180 * DAY);
    assert_eq!(store.prune(ahead).unwrap(), 0);
    // Polls at that time: one answer without a time of the service, one with.
    let without_time = r#"{"status":"SYNC_FAILED","tap":"shopify"}"#;
    let observations = [
        observation_of("x", without_time, ahead),
        observation_of("y", &body("SYNC_FAILED", 80 * DAY), ahead),
    ];
    store.record(&observations).unwrap();
    assert_eq!(store.prune(ahead).unwrap(), 0);
    assert_eq!(store.prune(time(80 * DAY)).unwrap(), 0);
    assert_eq!(count(&store), 82);
}

#[test]
fn service_time_in_the_future_is_not_believed() {
    let mut store = store_of_days(80);
    let now = time(80 * DAY);
    let observation = observation_of("x", &body("SYNC_FAILED", 9_000 * DAY), now);
    store.record(&[observation]).unwrap();
    let ahead = now + SignedDuration::from_hours(100 * 24);
    assert_eq!(store.prune(ahead).unwrap(), 0);
}

#[test]
fn steps_and_durations_go_with_their_run() {
    let mut store = Store::in_memory().unwrap();
    for number in 0..20 {
        let run = super::support::run(&number.to_string(), 40);
        store.record(&run).unwrap();
    }
    store.record(&[short_run("new", 100 * DAY)]).unwrap();
    assert_eq!(store.prune(time(100 * DAY)).unwrap(), 2);
    let runs = "SELECT COUNT(DISTINCT run) FROM steps";
    let runs: i64 = store
        .connection
        .query_row(runs, [], |row| row.get(0))
        .unwrap();
    assert_eq!(runs, 19);
    let past = store.past_runs(&env(), &flow(), None, 99).unwrap();
    assert_eq!(past.len(), 19);
}

#[test]
fn stopped_store_removes_nothing_more() {
    let mut store = store_of_days(200);
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    store.stop_on(stop).unwrap();
    assert_eq!(store.prune(time(199 * DAY)).unwrap(), 0);
}

#[test]
fn texts_of_removed_runs_are_removed() {
    let mut store = Store::in_memory().unwrap();
    let texts = |store: &Store| {
        let sql = "SELECT group_concat(text) FROM (SELECT text FROM texts ORDER BY text)";
        let texts: String = store
            .connection
            .query_row(sql, [], |row| row.get(0))
            .unwrap();
        texts
    };
    for number in 0..20 {
        let mut run = short_run(&number.to_string(), number);
        run.tap = Text::new(&format!("tap-{number}"));
        store.record(&[run]).unwrap();
    }
    store
        .record(&[short_run("new", 100 * 24 * 60 * 60)])
        .unwrap();
    assert!(texts(&store).contains("tap-0,"));
    assert!(store.prune(time(100 * 24 * 60 * 60)).unwrap() > 0);
    let left = texts(&store);
    assert!(
        !left.contains("tap-0,") && left.contains("tap-19"),
        "{left}"
    );
    let runs = store.runs(&env(), &flow(), None, 99).unwrap();
    assert!(runs.iter().all(|run| run.message.is_some()), "{runs:?}");
}
