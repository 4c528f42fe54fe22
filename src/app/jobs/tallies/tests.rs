//! What is counted incrementally, compared with a count of all rows.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use crate::app::jobs::Jobs;
use crate::app::jobs::columns::Columns;
use crate::app::jobs::tallies::Tallies;
use crate::app::jobs::tests::{now, row, snapshot, transition};
use crate::hotglue::{STAGES, Stage};
use crate::watch::{Batch, JobId};

const STATUSES: [&str; 6] = [
    "JOB_CREATED",
    "SYNC_STARTED",
    "ETL_STARTED",
    "ETL_FAILED",
    "SYNC_FAILED",
    "JOB_COMPLETED",
];

/// Everything that a screen can show of the tallies.
fn shown(tallies: &Tallies) -> [String; 3] {
    let burn_up = tallies.activity.burn_up(None, now(), 100);
    let mut failures: Vec<_> = tallies
        .failures
        .largest()
        .map(|group| (group.example.clone(), group.count))
        .collect();
    failures.sort();
    let stages = tallies.stages.iter().map(|(_, flow, stages)| {
        let counts = STAGES.iter().map(|stage| stages.count(*stage));
        (format!("{flow} {}", stages.tap), counts.collect::<Vec<_>>())
    });
    let has_any = |counts: &[usize]| counts.iter().any(|count| *count > 0);
    let stages: BTreeMap<_, _> = stages.filter(|(_, counts)| has_any(counts)).collect();
    [
        format!("{burn_up:?}"),
        format!("{failures:?}"),
        format!("{stages:?}"),
    ]
}

fn jobs() -> Jobs {
    let rows = (0..8).map(|number| row(number, &format!("t{number} job"), "JOB_CREATED"));
    Jobs::new(rows.collect(), Columns::new(false, false))
}

fn change(jobs: &mut Jobs, id: u32, status: &str, age: i64) {
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(id), snapshot(status, age));
    batch.transitions.push(transition(id, status));
    jobs.apply(batch);
}

proptest! {
    #[test]
    fn tallies_equal_a_count_of_all_rows(
        changes in proptest::collection::vec((0..8_u32, 0..6_usize, 0..9_000_i64), 1..40),
        removed in 0..8_u32,
    ) {
        let mut jobs = jobs();
        for (id, status, age) in changes {
            change(&mut jobs, id, STATUSES[status], age);
        }
        jobs.remove(&[JobId(removed)]);
        let mut counted = Tallies::default();
        for row in jobs.all() {
            counted.add(row);
        }
        prop_assert_eq!(shown(jobs.tallies()), shown(&counted));
        prop_assert_eq!(&jobs.tallies().activity, &counted.activity);
    }
}

#[test]
fn burn_up_begins_after_the_last_gap_and_ends_now() {
    let mut jobs = jobs();
    change(&mut jobs, 0, "JOB_COMPLETED", 7_200);
    change(&mut jobs, 1, "JOB_COMPLETED", 300);
    change(&mut jobs, 2, "ETL_FAILED", 60);
    let activity = &jobs.tallies().activity;
    let burn_up = activity.burn_up(None, now(), 100);
    assert!(now().duration_since(burn_up.start) < SignedDuration::from_mins(30));
    let total = burn_up.total();
    assert_eq!((total.completed, total.failed), (1, 1));
    assert_eq!(burn_up.points.last().unwrap().completed, 0);
    let since = now() - SignedDuration::from_mins(180);
    let all = activity.burn_up(Some(since), now(), 20);
    assert_eq!(all.total().completed, 2);
    assert!(all.points.len() <= 20, "{all:?}");
    let [completed, failed] = activity.rates(now());
    assert!(completed > 0.0 && failed > 0.0, "{completed} {failed}");
}

#[test]
fn failure_groups_are_listed_by_size() {
    let mut jobs = jobs();
    for (id, status) in [(0, "SYNC_FAILED"), (1, "ETL_FAILED"), (2, "ETL_FAILED")] {
        change(&mut jobs, id, status, 60);
    }
    let failures = &jobs.tallies().failures;
    let counts: Vec<_> = failures.largest().map(|group| group.count).collect();
    assert_eq!(counts, [2, 1]);
    let largest = failures.largest().next().unwrap();
    assert!(largest.is_growing(now()));
    let trend = largest.trend(now(), 7);
    assert_eq!((trend.len(), trend[0], trend.iter().sum()), (7, 2, 2_u64));
    change(&mut jobs, 1, "SYNC_STARTED", 0);
    change(&mut jobs, 2, "SYNC_STARTED", 0);
    assert_eq!(jobs.tallies().failures.len(), 1);
}

#[test]
fn median_of_a_stage_is_that_of_the_finished_ones() {
    let mut jobs = jobs();
    for id in 0..3 {
        change(&mut jobs, id, "SYNC_STARTED", 100);
        change(&mut jobs, id, "ETL_STARTED", 0);
    }
    let stages: Vec<_> = jobs.tallies().stages.iter().collect();
    let (_, _, stages) = stages.first().unwrap();
    assert_eq!(stages.count(Stage::Sync), 3);
    assert!(stages.median(Stage::Sync).is_some());
    assert_eq!(stages.median(Stage::Export), None);
}
