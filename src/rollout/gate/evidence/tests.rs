//! Tests of conditions on rows and durations.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::rollout::paired_job::TenantMedians;

const MEDIAN_SECONDS: i64 = 100;

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn paired(outcome: RunOutcome, median_rows: u64) -> PairedJob {
    PairedJob {
        outcome,
        medians: TenantMedians {
            duration: Some(seconds(MEDIAN_SECONDS)),
            rows: Some(median_rows),
        },
    }
}

fn completed(took: i64, rows: u64) -> RunOutcome {
    RunOutcome::Completed {
        took: Some(seconds(took)),
        rows: Some(rows),
    }
}

fn failed(took: i64) -> RunOutcome {
    RunOutcome::Failed {
        took: Some(seconds(took)),
    }
}

fn spent(spent: i64) -> RunOutcome {
    RunOutcome::Unfinished {
        spent: seconds(spent),
    }
}

fn condition(text: &str) -> Condition {
    text.parse().unwrap()
}

fn evidence(text: &str, outcomes: &[RunOutcome]) -> (Option<bool>, Evidence) {
    let jobs = outcomes.iter().map(|outcome| paired(*outcome, 100));
    let evidence = Evidence::of(condition(text), jobs);
    (evidence.is_met(condition(text)), evidence)
}

#[test]
fn rows_pass_as_soon_as_they_suffice_and_hold_only_after_the_last_job() {
    let is_met = |outcomes: &[RunOutcome]| evidence("rows>=80%", outcomes).0;
    let whole = completed(1, 100);
    assert_eq!(is_met(&[whole, spent(9), spent(9)]), None);
    assert_eq!(is_met(&[completed(1, 240), spent(9), spent(9)]), Some(true));
    assert_eq!(is_met(&[completed(1, 239), spent(9), spent(9)]), None);
    assert_eq!(is_met(&[completed(1, 79), failed(9)]), Some(false));
    // A failed tenant is not compared, nor is one that counts nothing.
    let uncounted = RunOutcome::Completed {
        took: None,
        rows: None,
    };
    assert_eq!(
        is_met(&[completed(1, 80), failed(9), uncounted]),
        Some(true)
    );
    assert_eq!(is_met(&[failed(9), uncounted]), None);
    assert_eq!(is_met(&[completed(1, 0), completed(1, 0)]), Some(false));
    assert_eq!(evidence("rows>80%", &[completed(1, 80)]).0, Some(false));
}

#[test]
fn p90_is_decided_by_the_time_already_spent() {
    let is_met = |outcomes: &[RunOutcome]| evidence("p90<=1.3x", outcomes).0;
    let within = [completed(130, 1); 9];
    let ten = |last: RunOutcome| [&within[..], &[last]].concat();
    assert_eq!(is_met(&ten(spent(130))), Some(true));
    assert_eq!(is_met(&ten(completed(131, 1))), Some(true));
    assert_eq!(is_met(&within[..8]), Some(true));
    assert_eq!(
        is_met(&[&within[..8], &[spent(0), spent(0)]].concat()),
        None
    );
    assert_eq!(
        is_met(&[&within[..8], &[spent(131), spent(131)]].concat()),
        Some(false)
    );
    // Before anything completed.
    assert_eq!(is_met(&[spent(131), spent(131), spent(0)]), Some(false));
    // One that fails sooner does not count, one that fails later does.
    assert_eq!(is_met(&[failed(130), failed(10)]), None);
    assert_eq!(
        is_met(&[&within[..8], &[failed(131)]].concat()),
        Some(false)
    );
    assert_eq!(evidence("p90<1.3x", &within).0, Some(false));
}

#[test]
fn reasons_name_what_is_missing() {
    let reason = |text: &str, outcomes: &[RunOutcome]| {
        let (_, evidence) = evidence(text, outcomes);
        evidence.reason(condition(text)).unwrap()
    };
    let none = Evidence::of(
        condition("rows>=80%"),
        [PairedJob {
            outcome: spent(1),
            medians: TenantMedians::default(),
        }],
    );
    let expected = "no baseline; run `hgtop history learn`";
    assert_eq!(none.reason(condition("rows>=80%")).unwrap(), expected);
    assert_eq!(none.reason(condition("p90<=2x")).unwrap(), expected);
    assert_eq!(none.description(condition("rows>=80%"), 1), None);

    let jobs = [completed(130, 100), spent(0), spent(0)];
    assert_eq!(reason("rows>=80%", &jobs), "140 more rows needed");
    assert_eq!(reason("rows>80%", &jobs), "141 more rows needed");
    assert_eq!(reason("p90<=1.3x", &jobs), "2 more jobs within 1.3x needed");
    assert_eq!(
        reason("p90<=1.3x", &[failed(1)]),
        "no job with a baseline completed"
    );
    assert_eq!(
        reason("rows>=80%", &[failed(1)]),
        "no job with a baseline completed and counted its rows"
    );
    let empty = [paired(completed(1, 0), 0)];
    let empty = Evidence::of(condition("rows>=80%"), empty);
    assert_eq!(
        empty.reason(condition("rows>=80%")).unwrap(),
        "the baseline has no rows"
    );
}

#[test]
fn descriptions_name_the_evidence() {
    let jobs = [completed(131, 7_400), completed(9, 600), spent(0)];
    let jobs = jobs.map(|outcome| paired(outcome, 4_000));
    let description = |text: &str, expected| {
        let evidence = Evidence::of(condition(text), jobs);
        evidence.description(condition(text), expected).unwrap()
    };
    assert_eq!(description("rows>=80%", 3), "8k rows, baseline 12k, 66.7 %");
    assert_eq!(
        description("p90<=1.3x", 5),
        "1 of 2 jobs took longer than 1.3x their baseline; 3 of 5 jobs have a baseline"
    );
}

/// A job's life: how long it runs, how it ends, and the rows it moves.
#[derive(Debug, Clone, Copy)]
struct Life {
    duration: i64,
    completes: bool,
    rows: Option<u64>,
    median_rows: u64,
}

impl Life {
    fn at(self, time: i64) -> PairedJob {
        let took = Some(seconds(self.duration));
        let outcome = match (time >= self.duration, self.completes) {
            (false, _) => spent(time),
            (true, true) => RunOutcome::Completed {
                took,
                rows: self.rows,
            },
            (true, false) => RunOutcome::Failed { took },
        };
        paired(outcome, self.median_rows)
    }
}

fn life() -> impl Strategy<Value = Life> {
    let rows = prop_oneof![4 => (0_u64..300).prop_map(Some), 1 => Just(None)];
    (1_i64..200, prop::bool::weighted(0.8), rows, 0_u64..200).prop_map(
        |(duration, completes, rows, median_rows)| Life {
            duration,
            completes,
            rows,
            median_rows,
        },
    )
}

/// The condition evaluated literally on finished jobs.
fn brute_force(condition: Condition, lives: &[Life]) -> Option<bool> {
    let limit = condition.limit;
    if condition.metric == GateMetric::Rows {
        let counted = lives.iter().filter(|life| life.completes);
        let counted: Vec<_> = counted
            .filter_map(|life| Some((life.rows?, life.median_rows)))
            .collect();
        let rows: u64 = counted.iter().map(|(rows, _)| rows).sum();
        let typical: u64 = counted.iter().map(|(_, typical)| typical).sum();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        return (rows + typical > 0).then_some(rows as f64 * 100.0 >= limit * typical as f64);
    }
    let is_beyond = |life: &Life| life.duration * 10 > MEDIAN_SECONDS * 13;
    let counted = lives
        .iter()
        .filter(|life| life.completes || is_beyond(life));
    let mut durations: Vec<i64> = counted.map(|life| life.duration).collect();
    durations.sort_unstable();
    // The nearest rank.
    let rank = (durations.len() * 9).div_ceil(10).checked_sub(1)?;
    Some(durations[rank] * 10 <= MEDIAN_SECONDS * 13)
}

proptest! {
    #[test]
    fn decided_result_is_that_of_the_finished_jobs(
        lives in prop::collection::vec(life(), 1..25),
        text in prop_oneof![Just("rows>=80%"), Just("rows>=130%"), Just("p90<=1.3x")],
    ) {
        let condition = condition(text);
        let end = brute_force(condition, &lives);
        let mut last = None;
        for time in 0..=200 {
            let jobs = lives.iter().map(|life| life.at(time));
            last = Evidence::of(condition, jobs).is_met(condition);
            if last.is_some() {
                prop_assert_eq!(last, end, "at {}", time);
            }
        }
        prop_assert_eq!(last, end);
    }

    /// What is undecided is open: some end of the unfinished jobs passes, and
    /// another one does not.
    #[test]
    fn undecided_result_can_still_become_either(
        lives in prop::collection::vec(life(), 1..25),
        time in 0_i64..200,
        text in prop_oneof![Just("rows>=80%"), Just("p90<=1.3x")],
    ) {
        let condition = condition(text);
        let now = || lives.iter().map(|life| life.at(time));
        let evidence = Evidence::of(condition, now());
        prop_assume!(evidence.is_met(condition).is_none() && evidence.open > 0);
        let ended = |outcome: fn(i64) -> RunOutcome| {
            let jobs = now().map(|job| match job.outcome {
                RunOutcome::Unfinished { spent } => PairedJob {
                    outcome: outcome(spent.as_secs()),
                    ..job
                },
                RunOutcome::Completed { .. } | RunOutcome::Failed { .. } => job,
            });
            Evidence::of(condition, jobs).is_met(condition)
        };
        prop_assert_eq!(ended(|spent| completed(spent.max(1), 1_000_000)), Some(true));
        let missed = ended(|spent| completed(spent + 200, 0));
        // Without rows in the baseline a miss is nothing.
        prop_assert!(missed == Some(false) || evidence.typical_rows == 0 && missed.is_none());
    }
}
