//! The forecast of one rollout from a snapshot of its jobs.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::calibration::Calibration;
use super::eta::{Eta, LastJob};
use super::flow_jobs::{Finished, FlowJobs, Unfinished};
use super::last_finish::LastFinish;
use crate::history::RecordedForecast;
use crate::hotglue::{EnvId, FlowId};
use crate::rollout::baseline::{Expectation, FlowBaseline};
use crate::watch::JobId;

/// The most jobs that an ETA names as the last.
const MOST_NAMED: usize = 5;
/// As many runs of the baseline as the failure rate of a rollout is at most
/// compared with.
const MOST_TRUSTED_RUNS: f64 = 40.0;

/// A started job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StartedJob {
    /// The job.
    pub(crate) id: JobId,
    /// What was expected of it.
    pub(crate) expected: Expectation,
    /// When it was created, by the clock of the service.
    pub(crate) started: Timestamp,
    /// How far it is.
    pub(crate) end: Option<JobEnd>,
    /// When a poll of it succeeded last. What happened since is not known.
    pub(crate) polled: Timestamp,
}

/// How a job finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobEnd {
    /// When, by the clock of the service.
    pub at: Timestamp,
    /// Whether it completed; it failed or was canceled otherwise.
    pub completed: bool,
}

/// The started jobs of one flow.
#[derive(Debug, Clone)]
pub struct FlowSnapshot {
    /// The baseline of the flow.
    pub baseline: Arc<FlowBaseline>,
    /// Its started jobs.
    pub jobs: Vec<StartedJob>,
}

/// A rollout at one moment, as far as its ETA needs it.
#[derive(Debug, Clone, Default)]
pub struct RolloutSnapshot {
    /// Its flows.
    pub flows: Vec<FlowSnapshot>,
    /// How many unfinished jobs have no baseline.
    pub without_baseline: usize,
    /// How many expected jobs have not started.
    pub not_started: usize,
    /// The correction by earlier forecasts.
    pub calibration: Arc<Calibration>,
}

/// The forecast of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct RolloutForecast {
    /// When it was made.
    pub(crate) made: Timestamp,
    /// The start of the first unfinished job.
    pub(crate) since: Timestamp,
    /// How many jobs of the rollout had finished.
    pub(crate) finished: usize,
    /// How many jobs were expected to finish in all.
    pub(crate) expected: usize,
    /// The ETA, corrected by earlier forecasts.
    pub eta: Eta,
    /// The uncorrected finish for each of [`Self::PROBABILITIES`], from which
    /// later forecasts are corrected.
    pub(crate) quantiles: [Timestamp; 7],
}

impl RolloutForecast {
    /// The probabilities of the recorded quantiles.
    pub const PROBABILITIES: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

    /// The forecast of a flow as it is recorded.
    pub(crate) fn record(&self, env_id: EnvId, flow: FlowId) -> RecordedForecast {
        RecordedForecast {
            env_id,
            flow,
            made: self.made,
            since: self.since,
            finished: self.finished,
            expected: self.expected,
            p50: self.eta.p50,
            p90: self.eta.p90,
            quantiles: self.quantiles.to_vec(),
            finish: None,
        }
    }

    /// The probability that recorded quantiles gave to a finish no later than
    /// the real one.
    pub(crate) fn outcome(quantiles: &[Timestamp; 7], finish: Timestamp) -> f64 {
        let after = quantiles.partition_point(|quantile| *quantile < finish);
        let probability = |index: usize| Self::PROBABILITIES[index];
        let seconds = |time: Timestamp| time.as_millisecond();
        match (after.checked_sub(1), quantiles.get(after)) {
            (None, _) => probability(0) / 2.0,
            (Some(last), None) => f64::midpoint(probability(last), 1.0),
            (Some(before), Some(next)) => {
                let (from, to) = (seconds(quantiles[before]), seconds(*next));
                #[expect(clippy::cast_precision_loss, reason = "milliseconds of a rollout")]
                let share = (seconds(finish) - from) as f64 / (to - from).max(1) as f64;
                probability(before) + share * (probability(after) - probability(before))
            }
        }
    }
}

impl StartedJob {
    /// A job of a tenant whose baseline is known.
    pub fn new(
        id: JobId,
        expected: Expectation,
        started: Timestamp,
        polled: Timestamp,
        end: Option<JobEnd>,
    ) -> Self {
        Self {
            id,
            expected,
            started,
            end,
            polled,
        }
    }

    fn unfinished(&self, now: Timestamp) -> Unfinished {
        Unfinished {
            expected: self.expected,
            seconds: since(self.started, self.polled.min(now)),
            until_now: since(self.started, now),
        }
    }
}

impl RolloutSnapshot {
    /// The forecast at `now`. `None` while no started job is unfinished, or
    /// where fewer than four of five unfinished jobs have a baseline.
    pub fn forecast(&self, now: Timestamp) -> Option<RolloutForecast> {
        let mut ids = Vec::new();
        let mut first = now;
        let flows: Vec<_> = self
            .flows
            .iter()
            .map(|flow| {
                let unfinished = flow.jobs.iter().filter(|job| job.end.is_none());
                ids.extend(unfinished.map(|job| {
                    first = first.min(job.started);
                    job.id
                }));
                flow.jobs(now)
            })
            .collect();
        if ids.len() < 4 * self.without_baseline {
            return None;
        }
        let finished: usize = flows.iter().map(|flow| flow.finished.len()).sum();
        let distribution = LastFinish::new(flows)?;
        let time = |seconds: f64| {
            let seconds = SignedDuration::from_secs_f64(seconds);
            now.checked_add(seconds).unwrap_or(Timestamp::MAX)
        };
        let corrected = |probability: f64| {
            let nominal = self.calibration.corrected(probability);
            time(distribution.quantile(nominal))
        };
        let last_jobs = distribution.last_jobs();
        let eta = Eta {
            p50: corrected(0.5),
            p90: corrected(0.9),
            from: corrected(0.05),
            to: corrected(0.95),
            last_jobs: last_jobs
                .iter()
                .take(MOST_NAMED)
                .filter_map(|last| {
                    Some(LastJob {
                        id: *ids.get(last.index)?,
                        expected: time(last.median),
                    })
                })
                .collect(),
            started: distribution.jobs(),
            not_started: self.not_started,
        };
        let unfinished = ids.len() + self.without_baseline + self.not_started;
        Some(RolloutForecast {
            made: now,
            since: first,
            finished,
            expected: finished + unfinished,
            eta,
            quantiles: RolloutForecast::PROBABILITIES
                .map(|probability| time(distribution.quantile(probability))),
        })
    }
}

impl FlowSnapshot {
    /// The jobs as the distribution takes them. Of the finished ones only those
    /// that ran together with an unfinished one are of the same rollout.
    fn jobs(&self, now: Timestamp) -> FlowJobs {
        let running = self.jobs.iter().filter(|job| job.end.is_none());
        let earliest = running.clone().map(|job| job.started).min();
        let finished: Vec<Finished> = self
            .jobs
            .iter()
            .filter_map(|job| {
                let end = job.end.filter(|end| Some(end.at) >= earliest)?;
                Some(Finished {
                    expected: job.expected,
                    seconds: since(job.started, end.at),
                    completed: end.completed,
                })
            })
            .collect();
        let failed = finished.iter().filter(|job| !job.completed).count();
        FlowJobs {
            tails: Arc::clone(self.baseline.tails()),
            failing: failing(self.baseline.failures(), failed, finished.len()),
            unfinished: running.map(|job| job.unfinished(now)).collect(),
            finished,
        }
    }
}

/// The probability that a job of the rollout fails: what is known of it so far,
/// combined with the runs before (the mean of a beta distribution).
#[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 jobs")]
fn failing((past_failed, past): (usize, usize), failed: usize, finished: usize) -> f64 {
    let share = (past_failed as f64 + 0.5) / (past as f64 + 10.0);
    let trusted = (past as f64 + 10.0).min(MOST_TRUSTED_RUNS);
    (share * trusted + failed as f64) / (trusted + finished as f64)
}

/// Seconds from one time to another; none where it is earlier.
fn since(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_is_the_probability_of_the_real_finish() {
        let time = |seconds| Timestamp::from_second(seconds).unwrap();
        let quantiles = [10, 20, 30, 40, 50, 60, 70].map(time);
        let outcome = |seconds| RolloutForecast::outcome(&quantiles, time(seconds));
        assert!((outcome(40) - 0.5).abs() < 1e-9);
        assert!((outcome(45) - 0.625).abs() < 1e-9);
        assert!((outcome(1) - 0.025).abs() < 1e-9);
        assert!((outcome(99) - 0.975).abs() < 1e-9);
    }

    #[test]
    fn failure_rate_of_the_rollout_outweighs_the_past_in_time() {
        let rate = |past, failed, finished| failing(past, failed, finished);
        assert!(rate((0, 100), 0, 0) < 0.01);
        assert!(rate((0, 100), 10, 20) > 0.15);
        assert!((rate((50, 90), 0, 0) - 0.505).abs() < 1e-9);
    }
}
