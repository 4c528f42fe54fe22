//! The report of a rollout as data: `hgtop rollout report --format json`, and
//! what the other formats are made from.

use jiff::Timestamp;
use serde::Serialize;

use super::comparison::ComparisonRecord;
use super::conclusion::Conclusion;
use super::record::{
    BurnUpPoint, CommandRecord, Contents, JobOutcome, JobRecord, SlowRecord, Window, rfc3339,
};
use super::result::RolloutResult;

/// The most jobs that are listed as the slowest.
const MOST_SLOW: usize = 10;

/// What happened in a rollout, for those who were not there.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RolloutReport {
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) generated: Timestamp,
    /// What it comes to.
    pub(crate) conclusion: Conclusion,
    pub(crate) window: Window,
    /// The fields of `rollout show --output json`.
    #[serde(flatten)]
    pub(crate) result: RolloutResult,
    /// The finished and failed jobs over time.
    pub(crate) burn_up: Vec<BurnUpPoint>,
    /// The jobs that took longest beside their baselines, the slowest first.
    pub(crate) slowest: Vec<SlowRecord>,
    /// The comparison with the runs before the start; empty without a start
    /// or without earlier runs.
    pub(crate) comparison: Vec<ComparisonRecord>,
    /// The expected jobs; the most urgent first.
    pub(crate) jobs: Vec<JobRecord>,
    /// The commands that print the same.
    pub(crate) commands: Vec<CommandRecord>,
    pub(crate) contents: Contents,
    /// What could not be determined.
    pub(crate) problems: Vec<String>,
}

impl RolloutReport {
    /// Sorts the jobs and derives what follows from them.
    pub(crate) fn new(parts: ReportParts) -> Self {
        let ReportParts {
            now,
            since,
            result,
            mut jobs,
            comparison,
            commands,
            problems,
        } = parts;
        let slowness = |job: &JobRecord| job.slowness().unwrap_or_default();
        jobs.sort_by(|a, b| {
            let by_outcome = (a.outcome, a.group).cmp(&(b.outcome, b.group));
            by_outcome
                .then_with(|| slowness(b).total_cmp(&slowness(a)))
                .then_with(|| a.tenant.cmp(&b.tenant))
        });
        let window = Window {
            since,
            first_started: jobs.iter().filter_map(|job| job.started).min(),
            last_finished: jobs.iter().filter_map(|job| job.finished).max(),
            has_unfinished: jobs.iter().any(|job| job.outcome == JobOutcome::Running),
            now,
        };
        let slowest = slowest(&jobs);
        Self {
            generated: now,
            conclusion: Conclusion::new(&result, &window, &comparison, &slowest),
            window,
            burn_up: burn_up(&jobs),
            slowest,
            result,
            comparison,
            jobs,
            commands,
            contents: Contents::ALL,
            problems,
        }
    }
}

/// What a report is made from.
#[derive(Debug)]
pub(crate) struct ReportParts {
    pub(crate) now: Timestamp,
    /// The start of the rollout.
    pub(crate) since: Option<Timestamp>,
    pub(crate) result: RolloutResult,
    pub(crate) jobs: Vec<JobRecord>,
    pub(crate) comparison: Vec<ComparisonRecord>,
    pub(crate) commands: Vec<CommandRecord>,
    pub(crate) problems: Vec<String>,
}

fn slowest(jobs: &[JobRecord]) -> Vec<SlowRecord> {
    let slow = jobs.iter().filter_map(|job| {
        let ratio = job.slowness().filter(|ratio| *ratio > 1.0)?;
        Some(SlowRecord {
            tenant: job.tenant.clone(),
            state: job.state,
            elapsed_seconds: job.elapsed_seconds?,
            baseline_seconds: job.baseline_seconds?,
            ratio: (ratio * 100.0).round() / 100.0,
        })
    });
    let mut slow: Vec<_> = slow.collect();
    slow.sort_by(|a, b| {
        let by_ratio = b.ratio.total_cmp(&a.ratio);
        by_ratio.then_with(|| b.elapsed_seconds.cmp(&a.elapsed_seconds))
    });
    slow.truncate(MOST_SLOW);
    slow
}

/// One point for each time at which jobs finished. The last one has the counts
/// of the result, as far as the service gave the times.
fn burn_up(jobs: &[JobRecord]) -> Vec<BurnUpPoint> {
    let mut finishes: Vec<_> = jobs
        .iter()
        .filter_map(|job| Some((job.finished?, job.outcome == JobOutcome::Failed)))
        .collect();
    finishes.sort_unstable();
    let mut points: Vec<BurnUpPoint> = Vec::new();
    let mut failed = 0;
    for (number, (at, has_failed)) in (1..).zip(finishes) {
        failed += usize::from(has_failed);
        if points.last().is_some_and(|point| point.at == at) {
            points.pop();
        }
        points.push(BurnUpPoint {
            at,
            finished: number,
            failed,
        });
    }
    points
}
