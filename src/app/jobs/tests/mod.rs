//! Rows for tests, and the jobs under every kind of change.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::app::Column;
use crate::hotglue::{Job, JobAddress, JobRoot, JobStatus, State, Text};
use crate::watch::{Batch, Snapshot, Transition};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A row whose last answer had a status.
pub(crate) fn row(number: u32, name: &str, status: &str) -> Row {
    let tenant = name.split(' ').next().unwrap();
    let root = format!("{tenant}/flows/l8odS2mce/jobs/id{number}");
    let job = WatchedJob {
        name: Text::new(name),
        environment: EnvironmentId(0),
        address: JobAddress::from_root(JobRoot::parse(&root).unwrap()).unwrap(),
        poll_interval: None,
        tags: Vec::new(),
    };
    let mut row = Row::new(JobId(number), job, Text::new("dev"));
    row.snapshot = snapshot(status, i64::from(number));
    row
}

/// The snapshot after an answer with a status, whose last event was `age`
/// seconds ago.
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

/// The transition of a job from `JOB_CREATED` to a status.
pub(crate) fn transition(id: u32, status: &str) -> Transition {
    let root = JobRoot::parse(&format!("t/flows/f/jobs/id{id}")).unwrap();
    Transition::new(
        JobId(id),
        Arc::new(JobAddress::from_root(root).unwrap()),
        Some(JobStatus::JobCreated),
        snapshot(status, 0).job.unwrap(),
        now(),
    )
}

fn batch(id: u32, status: &str, age: i64) -> Batch {
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(id), snapshot(status, age));
    batch.transitions.push(transition(id, status));
    batch
}

fn jobs(count: u32) -> Jobs {
    let rows =
        (0..count).map(|number| row(number, &format!("t{} job", number % 7), "SYNC_STARTED"));
    Jobs::new(rows.collect(), Columns::new(false, false))
}

fn order_of(jobs: &Jobs) -> Vec<u32> {
    jobs.shown().map(|row| row.id.0).collect()
}

#[test]
fn pending_jobs_are_counted_apart_and_listed_below_running_ones() {
    let mut rows: Vec<_> = [
        "JOB_COMPLETED",
        "JOB_CREATED",
        "ETL_FAILED",
        "X",
        "ETL_STARTED",
        "X",
    ]
    .iter()
    .zip(0..)
    .map(|(status, number)| row(number, "t job", status))
    .collect();
    rows[3].snapshot = Snapshot::default();
    let mut jobs = Jobs::new(rows, Columns::new(false, false));
    assert_eq!(order_of(&jobs), [2, 5, 4, 3, 1, 0]);
    let counts = jobs.counts();
    assert_eq!((counts.pending(), counts.of(State::Unknown)), (1, 1));
    assert_eq!(counts.total(), 6);
    jobs.set_show(Show::Unknown);
    assert_eq!(order_of(&jobs), [5]);
    jobs.set_show(Show::All);
    jobs.set_filter("status:pending", Typing::Finished).unwrap();
    assert_eq!(order_of(&jobs), [3]);
    jobs.set_filter("", Typing::Finished).unwrap();
    jobs.apply(batch(3, "JOB_COMPLETED", 1));
    assert_eq!(jobs.counts().pending(), 0);
    assert_eq!(order_of(&jobs)[..4], [2, 5, 4, 1]);
}

#[test]
fn cursor_stays_on_top_until_it_is_moved_and_on_its_job_afterwards() {
    let mut jobs = jobs(5);
    jobs.apply(batch(3, "ETL_FAILED", 1));
    assert_eq!(order_of(&jobs), [3, 0, 1, 2, 4]);
    assert_eq!(jobs.selected().unwrap().id, JobId(3));
    jobs.step(2);
    assert_eq!(jobs.selected().unwrap().id, JobId(1));
    jobs.apply(batch(4, "SYNC_FAILED", 1));
    assert_eq!(order_of(&jobs), [3, 4, 0, 1, 2]);
    assert_eq!(
        (jobs.selected().unwrap().id, jobs.selection().cursor()),
        (JobId(1), 3)
    );
}

#[test]
fn cursor_moves_to_a_neighbor_when_its_row_is_no_longer_shown() {
    let mut jobs = jobs(5);
    jobs.set_show(Show::Running);
    jobs.go_to(2);
    jobs.apply(batch(2, "JOB_COMPLETED", 1));
    assert_eq!(order_of(&jobs), [0, 1, 3, 4]);
    assert_eq!(jobs.selected().unwrap().id, JobId(3));
    jobs.set_show(Show::Completed);
    assert_eq!(order_of(&jobs), [2]);
    jobs.set_show(Show::Unknown);
    assert!(jobs.selected().is_none());
    jobs.set_show(Show::Changed);
    assert_eq!(order_of(&jobs), [2]);
}

#[test]
fn window_follows_the_cursor() {
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
    jobs.set_filter("no such job", Typing::Finished).unwrap();
    assert_eq!(jobs.window(), 0..0);
}

#[test]
fn search_for_failures_wraps_around() {
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
        assert_eq!(jobs.selection().cursor(), wanted);
    }
    assert!(jobs.seek(false, failed));
    assert_eq!(jobs.selection().cursor(), 4);
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
    #[test]
    fn incremental_order_equals_sorted_order(
        sort in prop::sample::select(Sort::CHOICES.to_vec()),
        reversed: bool,
        groupings in 0..6_usize,
        collapse: bool,
        filter in prop::sample::select(vec![
            "", "t3", "status:failed", "-t1", "updated<2m or elapsed=1m", "not elapsed>90s",
        ]),
        changes in prop::collection::vec((0..40_u32, 0..6_usize, 0..500_i64), 1..60),
    ) {
        let mut jobs = jobs(40);
        jobs.set_sort(Sort { column: sort, reversed });
        let mut clock = FilterClock { now: now(), ..FilterClock::default() };
        jobs.set_clock(clock.clone());
        jobs.set_filter(filter, Typing::Finished).unwrap();
        for _ in 0..groupings {
            jobs.cycle_groups();
        }
        jobs.go_to(7);
        if collapse {
            jobs.toggle_group();
        }
        let mut sorted_once = Batch::default();
        for (id, status, age) in &changes {
            let change = batch(*id, STATUSES[*status], *age);
            sorted_once.snapshots.extend(change.snapshots.clone());
            jobs.apply(change);
            // Rows also change with time alone.
            clock.now += SignedDuration::from_secs(*age / 10);
            jobs.advance(clock.now);
            let line = jobs.table.line(jobs.selection.cursor());
            prop_assert_eq!(jobs.selection.line(), line);
        }
        let lines = jobs.table.lines().to_vec();
        jobs.rebuild();
        prop_assert_eq!(&lines, jobs.table.lines());
        prop_assert_eq!(jobs.shown().count(), jobs.table().shown_count());
        let failed = jobs.all().filter(|row| row.state() == State::Failed).count();
        prop_assert_eq!(jobs.counts().of(State::Failed), failed);
        prop_assert_eq!(jobs.counts().total(), 40);
        // The same answers in one batch, which is sorted as a whole.
        jobs.apply(sorted_once);
        prop_assert_eq!(&lines, jobs.table.lines());
    }
}

#[test]
fn many_changes_in_one_batch_give_the_same_order_as_single_ones() {
    let (mut one_by_one, mut together) = (jobs(40), jobs(40));
    let mut all = Batch::default();
    for id in 0..40 {
        let change = batch(id, STATUSES[id as usize % 6], i64::from(id));
        all.snapshots.extend(change.snapshots.clone());
        all.transitions.extend(change.transitions.clone());
        one_by_one.apply(change);
    }
    together.apply(all);
    assert_eq!(order_of(&together), order_of(&one_by_one));
    assert_eq!(together.counts(), one_by_one.counts());
}

#[test]
fn removed_job_is_no_longer_found_counted_or_marked() {
    let mut jobs = jobs(3);
    jobs.select(JobId(1));
    jobs.toggle_mark();
    let root = jobs.selected().unwrap().address().unwrap().job_root.clone();
    let removed = jobs.remove(&[JobId(1)]);
    assert_eq!(removed.len(), 1);
    assert!(jobs.find(EnvironmentId(0), &root).is_none());
    assert_eq!(jobs.counts().total(), 2);
    assert_eq!(jobs.selection().marked_count(), 0);
    assert_eq!(jobs.selected().unwrap().id, JobId(2));
    assert_eq!(jobs.store().next_id(), JobId(3));
    jobs.insert(removed);
    assert_eq!(jobs.find(EnvironmentId(0), &root).unwrap().id, JobId(1));
    assert_eq!(order_of(&jobs), [0, 1, 2]);
}

#[test]
fn restored_job_keeps_its_last_known_status_when_its_first_poll_fails() {
    let mut jobs = jobs(2);
    jobs.apply(batch(0, "SYNC_STARTED", 10));
    let rows = jobs.remove(&[JobId(0)]);
    jobs.insert(rows);
    // The watcher forgot the job when it was removed.
    let failed = Batch {
        snapshots: [(JobId(0), Snapshot::default())].into(),
        ..Batch::default()
    };
    jobs.apply(failed);
    let row = jobs.get(JobId(0)).unwrap();
    assert_eq!(row.job().unwrap().status.as_str(), "SYNC_STARTED");
}

#[test]
fn collapsed_group_shows_only_its_header_and_is_the_target_of_actions() {
    let mut jobs = jobs(8);
    assert_eq!(jobs.cycle_groups(), GroupBy::Tenant);
    jobs.select(JobId(7));
    assert!(jobs.toggle_group());
    assert!(jobs.selection().is_on_group());
    assert_eq!(jobs.targets(), [JobId(0), JobId(7)]);
    assert_eq!(jobs.table().shown_count(), 6);
    assert!(jobs.toggle_group());
    assert_eq!(jobs.table().shown_count(), 8);
}

/// Three rows that differ in every column; the first answer belongs to the
/// first row in ascending order.
fn rows_that_differ_in_every_column() -> Vec<Row> {
    let answers = [
        r#"{"status":"ETL_FAILED","message":"a","tap":"a","start_time":"2026-11-23T09:00:00Z","last_updated":"2026-11-23T11:00:00Z","processed_rows":30}"#,
        r#"{"status":"SYNC_STARTED","message":"b","tap":"b","start_time":"2026-11-23T10:00:00Z","last_updated":"2026-11-23T10:30:00Z","processed_rows":20}"#,
        r#"{"status":"JOB_COMPLETED","message":"c","tap":"c","start_time":"2026-11-23T08:00:00Z","last_updated":"2026-11-23T08:10:00Z","processed_rows":0}"#,
    ];
    let rows = answers.into_iter().zip(["a", "b", "c"]).zip(0..);
    rows.map(|((answer, letter), number)| {
        let root = format!("{letter}/flows/{letter}/jobs/{letter}");
        let job = WatchedJob {
            name: Text::new(letter),
            environment: EnvironmentId(number as usize),
            address: JobAddress::from_root(JobRoot::parse(&root).unwrap()).unwrap(),
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
            // Running jobs first, then finished ones, the longest one first.
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
                | Column::Rows
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
