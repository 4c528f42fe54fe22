//! Rows for tests, and the order under every kind of change.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::app::Column;
use crate::config::WatchedJob;
use crate::hotglue::{Job, JobAddress, JobRoot, JobStatus, State, Text};
use crate::watch::{Batch, Snapshot, Transition};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A row whose last answer had that status.
pub(crate) fn row(number: u32, name: &str, status: &str) -> Row {
    let tenant = name.split(' ').next().unwrap();
    let root = format!("{tenant}/flows/l8odS2mce/jobs/id{number}");
    let job = WatchedJob {
        name: Text::new(name),
        environment: EnvironmentId(0),
        address: JobAddress::of_root(JobRoot::parse(&root).unwrap()).unwrap(),
        poll_interval: None,
        tags: Vec::new(),
    };
    let mut row = Row::new(JobId(number), job, Text::new("dev"));
    row.snapshot = snapshot(status, i64::from(number));
    row
}

/// What is known after an answer with that status, `age` seconds old.
pub(crate) fn snapshot(status: &str, age: i64) -> Snapshot {
    let updated = now() - SignedDuration::from_secs(age);
    let start = updated - SignedDuration::from_secs(age * 7 % 300);
    let body = format!(
        r#"{{"status":"{status}","last_updated":"{updated}","start_time":"{start}","tap":"shopify"}}"#
    );
    Snapshot {
        job: Some(Arc::new(Job::decode(&body).unwrap())),
        ..Snapshot::default()
    }
}

/// The news that a job has that status now, having been created before.
pub(crate) fn transition(key: u32, status: &str) -> Transition {
    let root = JobRoot::parse(&format!("t/flows/f/jobs/id{key}")).unwrap();
    Transition::new(
        JobId(key),
        Arc::new(JobAddress::of_root(root).unwrap()),
        Some(JobStatus::JobCreated),
        snapshot(status, 0).job.unwrap(),
        now(),
    )
}

fn batch(key: u32, status: &str, age: i64) -> Batch {
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(key), snapshot(status, age));
    batch.transitions.push(transition(key, status));
    batch
}

fn jobs(count: u32) -> Jobs {
    let rows =
        (0..count).map(|number| row(number, &format!("t{} job", number % 7), "SYNC_STARTED"));
    Jobs::new(rows.collect(), Columns::new(false, false))
}

fn order_of(jobs: &Jobs) -> Vec<u32> {
    jobs.shown().map(|row| row.key.0).collect()
}

#[test]
fn failures_come_first_and_the_cursor_stays_on_top_until_it_is_moved() {
    let mut jobs = jobs(5);
    jobs.apply(batch(3, "ETL_FAILED", 1));
    assert_eq!(order_of(&jobs), [3, 0, 1, 2, 4]);
    assert_eq!(jobs.selected().unwrap().key, JobId(3));
    jobs.step(2);
    assert_eq!(jobs.selected().unwrap().key, JobId(1));
    jobs.apply(batch(4, "SYNC_FAILED", 1));
    assert_eq!(order_of(&jobs), [3, 4, 0, 1, 2]);
    assert_eq!((jobs.selected().unwrap().key, jobs.cursor()), (JobId(1), 3));
}

#[test]
fn a_row_that_leaves_the_view_hands_the_cursor_to_its_neighbour() {
    let mut jobs = jobs(5);
    jobs.set_show(Show::Running);
    jobs.go_to(2);
    jobs.apply(batch(2, "JOB_COMPLETED", 1));
    assert_eq!(order_of(&jobs), [0, 1, 3, 4]);
    assert_eq!(jobs.selected().unwrap().key, JobId(3));
    jobs.set_show(Show::Completed);
    assert_eq!(order_of(&jobs), [2]);
    jobs.set_show(Show::Unknown);
    assert!(jobs.selected().is_none());
    jobs.set_show(Show::Changed);
    assert_eq!(order_of(&jobs), [2]);
}

#[test]
fn the_window_follows_the_cursor() {
    let mut jobs = jobs(100);
    jobs.fit(10);
    jobs.go_to(50);
    assert_eq!(jobs.window(), 41..51);
    jobs.step(-3);
    assert_eq!(jobs.window(), 41..51);
    jobs.step(-20);
    assert_eq!(jobs.window(), 27..37);
    jobs.fit(200);
    assert_eq!(jobs.window(), 0..100);
    jobs.set_filter("no such job");
    assert_eq!(jobs.window(), 0..0);
}

#[test]
fn failures_are_sought_round_the_list() {
    let mut jobs = jobs(6);
    jobs.set_sort(Sort {
        column: None,
        reversed: false,
    });
    let failed = |row: &Row| row.state() == State::Failed;
    assert!(!jobs.seek(true, failed));
    jobs.apply(batch(1, "ETL_FAILED", 1));
    jobs.apply(batch(4, "ETL_FAILED", 1));
    for wanted in [1, 4, 1] {
        assert!(jobs.seek(true, failed));
        assert_eq!(jobs.cursor(), wanted);
    }
    assert!(jobs.seek(false, failed));
    assert_eq!(jobs.cursor(), 4);
}

const STATUSES: [&str; 6] = [
    "JOB_CREATED",
    "SYNC_STARTED",
    "ETL_FAILED",
    "EXPORT_STARTED",
    "JOB_COMPLETED",
    "ODD",
];

proptest! {
    /// Kept by single changes, the order is the one that sorting gives.
    #[test]
    fn the_kept_order_is_the_sorted_order(
        sort in prop::sample::select(Sort::CHOICES.to_vec()),
        reversed: bool,
        groupings in 0..6_usize,
        folds: bool,
        filter in prop::sample::select(vec!["", "t3", "status:failed", "-t1"]),
        changes in prop::collection::vec((0..40_u32, 0..6_usize, 0..500_i64), 1..60),
    ) {
        let sort = Sort { column: sort, reversed };
        let mut kept = jobs(40);
        kept.set_sort(sort);
        kept.set_filter(filter);
        for _ in 0..groupings {
            kept.cycle_groups();
        }
        kept.go_to(7);
        if folds {
            kept.fold();
        }
        for (key, status, age) in changes {
            kept.apply(batch(key, STATUSES[status], age));
            prop_assert_eq!(kept.selected, kept.order.get(kept.cursor).copied());
        }
        let order = kept.order.clone();
        kept.rebuild();
        prop_assert_eq!(&order, &kept.order);
        prop_assert_eq!(kept.shown().count(), kept.shown_count());
        let counted = kept.all().filter(|row| row.state() == State::Failed).count();
        prop_assert_eq!(kept.counts().of(State::Failed), counted);
        prop_assert_eq!(kept.counts().total(), 40);
    }
}

/// Three rows that differ in every column; the first answer belongs to the
/// first row in ascending order.
fn rows_that_differ_in_every_column() -> Vec<Row> {
    let answers = [
        r#"{"status":"ETL_FAILED","message":"a","tap":"a","start_time":"2026-11-23T09:00:00Z","last_updated":"2026-11-23T11:00:00Z"}"#,
        r#"{"status":"SYNC_STARTED","message":"b","tap":"b","start_time":"2026-11-23T10:00:00Z","last_updated":"2026-11-23T10:30:00Z"}"#,
        r#"{"status":"JOB_COMPLETED","message":"c","tap":"c","start_time":"2026-11-23T08:00:00Z","last_updated":"2026-11-23T08:10:00Z"}"#,
    ];
    let rows = answers.into_iter().zip(["a", "b", "c"]).zip(0..);
    rows.map(|((answer, letter), number)| {
        let root = format!("{letter}/flows/{letter}/jobs/{letter}");
        let job = WatchedJob {
            name: Text::new(letter),
            environment: EnvironmentId(number as usize),
            address: JobAddress::of_root(JobRoot::parse(&root).unwrap()).unwrap(),
            poll_interval: None,
            tags: Vec::new(),
        };
        let mut row = Row::new(JobId(number), job, Text::new(letter));
        row.snapshot.job = Some(Arc::new(Job::decode(answer).unwrap()));
        row
    })
    .collect()
}

#[test]
fn table_sorts_by_every_column_in_both_directions() {
    let mut jobs = Jobs::new(rows_that_differ_in_every_column(), Columns::new(true, true));
    for column in Sort::CHOICES {
        let ascending = match column {
            // Running jobs first, then finished ones, the longest foremost.
            Some(Column::Elapsed) => [1, 0, 2],
            // The furthest stage first.
            Some(Column::Progress) => [2, 0, 1],
            Some(
                Column::Name
                | Column::Environment
                | Column::Tenant
                | Column::Flow
                | Column::Tap
                | Column::Status
                | Column::Updated
                | Column::Tags
                | Column::Message,
            )
            | None => [0, 1, 2],
        };
        let mut descending = ascending;
        descending.reverse();
        for (reversed, expected) in [(true, descending), (false, ascending)] {
            jobs.set_sort(Sort { column, reversed });
            assert_eq!(order_of(&jobs), expected, "{column:?} {reversed}");
        }
    }
}
