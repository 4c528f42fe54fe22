//! Which runs of a tenant are compared, and from when on they count.
//!
//! A tenant's first run since the start is compared with its newest runs
//! before. Runs that finish are a biased sample while others are running, of
//! the quick and of those that fail early. So a run counts from a time that
//! does not depend on its outcome: once it could have taken well longer than
//! before, finished or not, or once no run is unfinished.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::fluctuation::Fluctuation;
use super::metric::{Metric, number};
use crate::history::PastRun;
use crate::hotglue::{State, TenantId, Text};
use crate::rollout::statistics::paired::{Difference, middle};
use crate::rollout::statistics::stratified::Stratum;

/// The most runs before the start that make a tenant's number. It is odd, so
/// that one more run is above their median exactly as often as below.
const MOST_RUNS: usize = 11;
/// The most runs before the start that a failure rate is taken from. A tenant
/// that failed long ago and was repaired should not count.
const MOST_OUTCOMES: usize = 10;
/// How many times the tenant's typical duration a run has to be old to count.
const DUE: f64 = 1.5;

/// A run since the start that has not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedRun {
    /// The tenant.
    pub tenant: TenantId,
    /// The version of the tap, where the service reports it.
    pub tap_version: Option<Text>,
    /// When the run was created.
    pub started: Timestamp,
}

/// What is compared with what.
#[derive(Debug, Clone, Copy)]
pub struct ComparedRuns<'a> {
    /// The finished runs before the start.
    pub before: &'a [PastRun],
    /// The finished runs since the start.
    pub after: &'a [PastRun],
    /// The unfinished runs since the start.
    pub unfinished: &'a [UnfinishedRun],
    /// The time.
    pub now: Timestamp,
}

/// A tenant's numbers on both sides.
pub(super) struct Numbers<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) before: f64,
    /// `None` while the run is not completed.
    pub(super) after: Option<f64>,
    /// The logarithm of their ratio; `None` while the run does not count yet.
    pub(super) difference: Option<Difference>,
}

/// All tenants with runs on both sides.
pub(super) struct Pairing<'a> {
    pub(super) pairs: Vec<Pair<'a>>,
    pub(super) now: Timestamp,
}

/// The runs of a tenant.
pub(super) struct Pair<'a> {
    pub(super) tenant: &'a TenantId,
    /// The tap's version in the first run since the start.
    pub(super) tap_version: Option<&'a Text>,
    /// Finished runs before the start, newest first.
    pub(super) before: Vec<&'a PastRun>,
    /// Finished runs since the start, oldest first.
    after: Vec<&'a PastRun>,
    /// When the unfinished run since the start was created.
    unfinished: Option<Timestamp>,
    /// Whether the first run since the start counts already.
    is_due: bool,
}

impl<'a> Pairing<'a> {
    pub(super) fn new(runs: ComparedRuns<'a>) -> Self {
        let mut before: BTreeMap<&TenantId, Vec<&PastRun>> = BTreeMap::new();
        for run in runs.before {
            before.entry(&run.tenant).or_default().push(run);
        }
        for of_tenant in before.values_mut() {
            of_tenant.sort_by_key(|run| std::cmp::Reverse(run.started));
        }
        let mut typical: Vec<f64> = before
            .values()
            .filter_map(|runs| typical_duration(runs))
            .collect();
        // The typical duration of a tenant that never completed a run.
        let of_flow = middle(&mut typical);
        let mut after: BTreeMap<&TenantId, Vec<&PastRun>> = BTreeMap::new();
        for run in runs.after {
            after.entry(&run.tenant).or_default().push(run);
        }
        let mut unfinished: BTreeMap<&TenantId, &UnfinishedRun> = BTreeMap::new();
        for run in runs.unfinished {
            let first = unfinished.entry(&run.tenant).or_insert(run);
            if run.started < first.started {
                *first = run;
            }
        }
        let mut pairs = Vec::new();
        for (tenant, before) in before {
            let mut after = after.remove(tenant).unwrap_or_default();
            after.sort_by_key(|run| run.started);
            let unfinished = unfinished.remove(tenant);
            let version = match (after.first(), unfinished) {
                (Some(run), _) => run.tap_version.as_ref(),
                (None, Some(run)) => run.tap_version.as_ref(),
                (None, None) => continue,
            };
            pairs.push(Pair {
                tenant,
                tap_version: version,
                before,
                after,
                unfinished: unfinished.map(|run| run.started),
                is_due: false,
            });
        }
        let is_open = pairs.iter().any(Pair::is_open);
        for pair in &mut pairs {
            let first = pair.first_start();
            let waited = first.map(|first| runs.now.duration_since(first));
            let typical = typical_duration(&pair.before).or(of_flow);
            let is_old = waited
                .zip(typical)
                .is_some_and(|(waited, typical)| waited.as_secs_f64() >= DUE * typical);
            pair.is_due = is_old || !is_open;
        }
        Self {
            pairs,
            now: runs.now,
        }
    }
}

/// The median duration of a tenant's newest completed runs, in seconds.
fn typical_duration(runs: &[&PastRun]) -> Option<f64> {
    let durations = runs.iter().filter_map(|run| number(Metric::Duration, run));
    middle(&mut durations.take(MOST_RUNS).collect::<Vec<_>>())
}

impl<'a> Pair<'a> {
    /// Whether the tenant has no finished run since the start.
    fn is_open(&self) -> bool {
        self.after.is_empty()
    }

    /// When the first run since the start was created.
    pub(super) fn first_start(&self) -> Option<Timestamp> {
        let finished = self.after.first().map(|run| run.started);
        finished.into_iter().chain(self.unfinished).min()
    }

    /// The tenant's numbers of a metric. `None` without a number before the
    /// start, and when every run since then failed.
    pub(super) fn numbers(
        &self,
        metric: Metric,
        fluctuation: &Fluctuation,
        now: Timestamp,
    ) -> Option<Numbers<'a>> {
        let completed = self.after.iter().find(|run| run.state == State::Completed);
        let started = completed.map(|run| run.started).or(self.unfinished)?;
        let runs = fluctuation.comparable(&self.before, started);
        let mut before: Vec<f64> = runs
            .filter_map(|run| number(metric, run))
            .take(MOST_RUNS)
            .collect();
        if before.len().is_multiple_of(2) {
            before.pop();
        }
        let before = middle(&mut before)?;
        let after = match completed {
            Some(run) => Some(number(metric, run)?),
            None => None,
        };
        let elapsed = now.duration_since(started).max(SignedDuration::ZERO);
        let difference = match (after, metric) {
            (Some(after), _) => Difference::exact((after / before).ln()),
            (None, Metric::Duration) => {
                Difference::at_least((elapsed.as_secs_f64().max(0.1) / before).ln())
            }
            (None, Metric::Stage(_) | Metric::Rows | Metric::FailureRate) => Difference::UNKNOWN,
        };
        Some(Numbers {
            tenant: self.tenant,
            before,
            after,
            difference: self.is_due.then_some(difference),
        })
    }

    /// The tenant's outcomes; `None` while its run does not count.
    pub(super) fn stratum(&self) -> Option<Stratum> {
        let mut stratum = Stratum {
            failed_before: 0,
            finished_before: 0,
            failed: self.after.first().map(|run| run.state != State::Completed),
        };
        for run in self.before.iter().take(MOST_OUTCOMES) {
            stratum.finished_before += 1;
            stratum.failed_before += u32::from(run.state != State::Completed);
        }
        (self.is_due && stratum.finished_before > 0).then_some(stratum)
    }
}
