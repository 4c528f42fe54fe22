//! The runs of a rollout and those before its start, from the history and the
//! newest polls.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::poll_once::PollResult;
use super::super::watchlist::Watchlist;
use crate::config::Follow;
use crate::history::{COMPARED_RUNS, HistoryError, Observation, PastRun, Store};
use crate::hotglue::{EnvId, Text};
use crate::report::{ComparisonLabels, ComparisonRecord, WorstRecord};
use crate::rollout::{ComparedMetric, ComparedRuns, UnfinishedRun};
use crate::watch::JobId;

/// The worst tenants of a metric that are named.
const WORST_SHOWN: usize = 3;

/// The runs that polls found since the start of a rollout.
#[derive(Default)]
pub(crate) struct PolledRuns {
    finished: Vec<Observation>,
    unfinished: Vec<UnfinishedRun>,
}

impl PolledRuns {
    /// The polled runs that were created at the start or later.
    pub(crate) fn of(
        list: &Watchlist,
        results: &BTreeMap<JobId, PollResult>,
        env_id: &EnvId,
        since: Timestamp,
    ) -> Self {
        let mut polled = Self::default();
        for entry in &list.entries {
            let Some(PollResult::Run(address, job, seen)) = results.get(&entry.target.id) else {
                continue;
            };
            let created = job.start_time.as_ref().and_then(|start| start.at);
            let Some(created) = created.filter(|created| *created >= since) else {
                continue;
            };
            if job.status.is_finished() {
                let observed = Observation::new(env_id.clone(), address.clone(), job, *seen);
                polled.finished.push(observed);
            } else {
                polled.unfinished.push(UnfinishedRun {
                    tenant: entry.target.selector.tenant().clone(),
                    tap_version: job.tap_version(),
                    started: created,
                });
            }
        }
        polled
    }
}

/// The runs of the expected tenants on both sides of the start.
pub(crate) struct SplitRuns {
    pub(crate) before: Vec<PastRun>,
    after: Vec<PastRun>,
    unfinished: Vec<UnfinishedRun>,
}

impl SplitRuns {
    /// Reads the recorded runs, and adds those that only the polls know.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn read(
        store: &Store,
        env_id: &EnvId,
        follow: &Follow,
        since: Timestamp,
        polled: PolledRuns,
    ) -> Result<Self, HistoryError> {
        let is_expected = |run: &PastRun| match &follow.tenants {
            Some(tenants) => tenants.contains(&run.tenant),
            None => true,
        };
        let mut before = store.past_runs(env_id, &follow.flow, Some(since), COMPARED_RUNS)?;
        let recorded = store.past_runs(env_id, &follow.flow, None, COMPARED_RUNS)?;
        // Polls are decoded by the same code as what was recorded.
        let mut newest = Store::in_memory()?;
        newest.record(&polled.finished)?;
        let newest = newest.past_runs(env_id, &follow.flow, None, COMPARED_RUNS)?;
        let known: BTreeSet<String> = recorded
            .iter()
            .map(|run| run.job_root.to_string())
            .collect();
        let unknown = |run: &PastRun| !known.contains(run.job_root.as_str());
        let mut after = recorded;
        after.extend(newest.into_iter().filter(unknown));
        after.retain(|run| run.started >= since && is_expected(run));
        before.retain(is_expected);
        Ok(Self {
            before,
            after,
            unfinished: polled.unfinished,
        })
    }

    /// The runs as they are compared.
    pub(crate) fn compared(&self, now: Timestamp) -> ComparedRuns<'_> {
        ComparedRuns {
            before: &self.before,
            after: &self.after,
            unfinished: &self.unfinished,
            now,
        }
    }
}

/// A compared metric as a record.
pub(crate) fn comparison_record(one: &ComparedMetric) -> ComparisonRecord {
    let worst = one.worst.iter().map(|worst| WorstRecord {
        tenant: worst.tenant.to_string(),
        before: rounded(worst.before),
        after: rounded(worst.after),
    });
    ComparisonRecord {
        cohort: one.cohort.as_ref().map(Text::one_line),
        metric: one.name(),
        before: rounded(one.before),
        after: rounded(one.after),
        shift: rounded(one.shift),
        low: (!one.metric.is_ratio() || one.low > 0.0).then(|| rounded(one.low)),
        high: one.high.is_finite().then(|| rounded(one.high)),
        scale: if one.metric.is_ratio() {
            "ratio"
        } else {
            "difference"
        },
        pairs: one.pairs,
        result: one.result.label(),
        worst: worst.collect(),
        labels: ComparisonLabels {
            before: one.before_label(),
            after: one.after_label(),
            shift: one.shift_label(),
            interval: one.interval_label(),
            worst: one.worst_label(WORST_SHOWN),
            tint: one.result.tint(),
        },
    }
}

/// A number with four decimals, so that binary fractions do not show.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}
