//! The distribution of the time at which the last started job finishes.
//!
//! A job's logarithmic duration is the tenant's typical one, plus a factor that
//! all runs of its flow in this rollout share (a slower script, a busy
//! service), plus a residual of the job's own, whose scale is that of the
//! baseline times a spread, since a rollout may be steadier or more erratic
//! than the runs before. What is known of factor and spread is updated by
//! every job: finished ones by their durations, unfinished and failed ones by
//! not having completed yet (they are censored: leaving them out would favor
//! the quick ones). Given both, jobs finish independently, so that the
//! distribution of the last finish is a product, computed instead of
//! simulated.

use std::f64::consts::LN_2;
use std::sync::Arc;

use super::flow_jobs::{FlowJobs, Unfinished};
use super::shared::{Shared, shared_values};
use crate::rollout::baseline::{SHORTEST, Tails};

/// Jobs less likely than this to be the last are left out.
const NEVER_LAST: f64 = 1e-5;
/// As many jobs of a flow are named as possibly the last at most.
const MOST_LAST: usize = 16;
/// Points of time at which the distribution is evaluated.
const POINTS: u32 = 28;
/// A lower probability is that of nothing.
const IMPOSSIBLE: f64 = 1e-9;
/// The longest time that is considered, in seconds.
const LONGEST: f64 = 1e8;
/// A failing job fails after a quarter or three quarters of its duration, in
/// place of every share being equally likely: the logarithms.
const LN_FAILS_AFTER: [f64; 2] = [-2.0 * LN_2, -0.287_682_072_451_780_9];
/// A lower probability of failing is not worth its time.
const SELDOM: f64 = 0.01;

/// A job that may be the last.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    job: Unfinished,
    /// Its index among the unfinished jobs of all flows.
    index: usize,
}

/// The candidates of one flow.
#[derive(Debug, Clone)]
struct Flow {
    tails: Arc<Tails>,
    failing: f64,
    shared: Vec<Shared>,
    /// The mean of the shared values.
    central: Shared,
    candidates: Vec<Candidate>,
    /// For every candidate and shared value, the probability that the job is
    /// unfinished at its last poll.
    known: Vec<f64>,
}

/// A job that may be the last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Last {
    /// Its index among the unfinished jobs of all flows.
    pub(crate) index: usize,
    /// The probability that it is.
    pub(crate) probability: f64,
    /// The median time from now to its finish, in seconds.
    pub(crate) median: f64,
}

/// A time at which the distribution is evaluated.
#[derive(Debug, Clone)]
struct Point {
    /// Seconds from now.
    seconds: f64,
    /// The probability that all jobs finish until then.
    all: f64,
    /// The same for each flow, given each of its shared values.
    flows: Vec<Vec<f64>>,
}

/// The distribution of the last finish. See the module's documentation.
#[derive(Debug, Clone)]
pub(crate) struct LastFinish {
    flows: Vec<Flow>,
    /// Ascending times.
    points: Vec<Point>,
    /// The number of unfinished jobs.
    jobs: usize,
}

impl LastFinish {
    /// The distribution for the unfinished jobs, informed by the finished ones.
    /// `None` when no job is unfinished.
    pub(crate) fn new(flows: Vec<FlowJobs>) -> Option<Self> {
        let mut jobs = 0;
        let mut prepared = Vec::new();
        for flow in flows {
            let shared = shared_values(&flow);
            let candidates = flow.unfinished.iter().zip(jobs..);
            let candidates = candidates
                .map(|(job, index)| Candidate { job: *job, index })
                .collect();
            jobs += flow.unfinished.len();
            prepared.push(Flow {
                tails: flow.tails,
                failing: flow.failing,
                central: Shared::mean(&shared),
                shared,
                candidates,
                known: Vec::new(),
            });
        }
        if jobs == 0 {
            return None;
        }
        let mut distribution = Self {
            flows: prepared,
            points: Vec::new(),
            jobs,
        };
        distribution.keep_candidates();
        distribution.evaluate();
        Some(distribution)
    }

    /// Leaves out the jobs that finish before another one does almost surely.
    fn keep_candidates(&mut self) {
        let late = |flow: &Flow, probability| {
            let rest = move |candidate: &Candidate| flow.rest(&candidate.job, probability);
            flow.candidates.iter().map(rest).collect::<Vec<_>>()
        };
        let earliest = self.flows.iter().flat_map(|flow| late(flow, 0.95));
        let earliest = earliest.fold(f64::MIN, f64::max);
        for flow in &mut self.flows {
            let latest = late(flow, NEVER_LAST);
            let mut latest = latest.iter();
            flow.candidates
                .retain(|_| latest.next().is_some_and(|latest| *latest >= earliest));
            flow.known = flow
                .candidates
                .iter()
                .flat_map(|candidate| {
                    let shared = flow.shared.iter();
                    shared.map(|shared| {
                        flow.unfinished(&candidate.job, ln_seconds(candidate.job.seconds), shared)
                    })
                })
                .collect();
        }
    }

    /// Evaluates the distribution where it rises.
    fn evaluate(&mut self) {
        let (low, high) = (self.time_of(0.004), self.time_of(0.996));
        let points = (0..=POINTS).map(|point| {
            let share = f64::from(point) / f64::from(POINTS);
            // The later part is longer and smoother.
            self.point(low + (high - low) * share.powf(1.5))
        });
        self.points = points.collect();
    }

    /// A time at which all jobs have finished with roughly a probability.
    fn time_of(&self, probability: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        while self.all_finished(high) < probability && high < LONGEST {
            low = high;
            high *= 2.0;
        }
        for _ in 0..5 {
            let middle = f64::midpoint(low, high);
            if self.all_finished(middle) < probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        if probability < 0.5 { low } else { high }
    }

    /// The probability that all jobs finish within `seconds` from now.
    fn all_finished(&self, seconds: f64) -> f64 {
        self.point(seconds).all
    }

    fn point(&self, seconds: f64) -> Point {
        let flows = self.flows.iter().map(|flow| flow.all_finished(seconds));
        let flows: Vec<Vec<f64>> = flows.collect();
        let of_flows = self.flows.iter().zip(&flows);
        let all = of_flows.map(|(flow, given)| flow.expected(given)).product();
        Point {
            seconds,
            all,
            flows,
        }
    }

    /// The time from now, in seconds, within which all jobs finish with a
    /// probability.
    pub(crate) fn quantile(&self, probability: f64) -> f64 {
        let after = self.points.partition_point(|point| point.all < probability);
        let before = after.checked_sub(1).map(|index| &self.points[index]);
        match (before, self.points.get(after)) {
            (Some(from), Some(to)) if to.all > from.all => {
                let share = (probability - from.all) / (to.all - from.all);
                from.seconds + (to.seconds - from.seconds) * share
            }
            (_, Some(point)) | (Some(point), None) => point.seconds,
            (None, None) => 0.0,
        }
    }

    /// The unfinished jobs that are the likeliest to be the last, by their index
    /// among those of all flows; the likeliest first.
    pub(crate) fn last_jobs(&self) -> Vec<Last> {
        let mut jobs = Vec::new();
        for (index, flow) in self.flows.iter().enumerate() {
            // The likeliest of the shared values is enough to choose those jobs
            // of which it is worth to consider all values.
            let values = flow.shared.iter().enumerate();
            let likeliest =
                values.max_by(|(_, one), (_, other)| one.weight.total_cmp(&other.weight));
            let Some((likeliest, _)) = likeliest else {
                continue;
            };
            let candidates = 0..flow.candidates.len();
            let rough = candidates.map(|job| (job, self.share(index, job, likeliest)));
            let mut rough: Vec<(usize, f64)> = rough.collect();
            rough.sort_by(|(_, one), (_, other)| other.total_cmp(one));
            jobs.extend(rough.iter().take(MOST_LAST).map(|(job, _)| {
                let values = flow.shared.iter().enumerate();
                let shares =
                    values.map(|(value, shared)| shared.weight * self.share(index, *job, value));
                let candidate = &flow.candidates[*job];
                Last {
                    index: candidate.index,
                    probability: shares.sum(),
                    median: flow.rest(&candidate.job, 0.5),
                }
            }));
        }
        jobs.sort_by(|one: &Last, other| other.probability.total_cmp(&one.probability));
        jobs
    }

    /// The probability that a candidate of a flow is the last job, given one of
    /// the flow's shared values: the density of the last finish is the sum over
    /// the jobs of the probability that all others have finished while the job
    /// does.
    fn share(&self, index: usize, position: usize, value: usize) -> f64 {
        let flow = &self.flows[index];
        let (candidate, shared) = (&flow.candidates[position], &flow.shared[value]);
        let known = flow.known[position * flow.shared.len() + value];
        let mut share = 0.0;
        let mut before = None;
        for point in &self.points {
            let until = candidate.job.until_now + point.seconds;
            let left = flow.unfinished(&candidate.job, ln_seconds(until), shared) / known;
            let ln_finished = (-left.min(1.0)).ln_1p().max(-50.0);
            let given = &point.flows[index];
            let others = point.all / flow.expected(given).max(f64::MIN_POSITIVE);
            let all = given[value] * others;
            if let Some((ln, earlier)) = before {
                share += f64::midpoint(earlier, all) * (ln_finished - ln);
            }
            before = Some((ln_finished, all));
        }
        share
    }

    /// The number of unfinished jobs.
    pub(crate) fn jobs(&self) -> usize {
        self.jobs
    }
}

impl Flow {
    /// The probability that a job is unfinished after a time of running, of
    /// which `ln` is the logarithm in seconds.
    fn unfinished(&self, job: &Unfinished, ln: f64, shared: &Shared) -> f64 {
        let scale = job.expected.scale * shared.spread;
        let position = (ln - job.expected.ln_median - shared.factor) / scale;
        let tail = self.tails.of(job.expected);
        let survival = tail.survival(position);
        if self.failing < SELDOM {
            return survival;
        }
        let failing: f64 = LN_FAILS_AFTER
            .iter()
            .map(|ln: &f64| tail.survival(position - ln / scale) / 2.0)
            .sum();
        (1.0 - self.failing) * survival + self.failing * failing
    }

    /// The probability that all candidates finish within `seconds` from now,
    /// given each of the shared values.
    fn all_finished(&self, seconds: f64) -> Vec<f64> {
        let mut all = vec![1.0; self.shared.len()];
        let known = self.known.chunks_exact(self.shared.len().max(1));
        for (candidate, known) in self.candidates.iter().zip(known) {
            let ln = ln_seconds(candidate.job.until_now + seconds);
            let mut likeliest: f64 = 0.0;
            for ((all, shared), known) in all.iter_mut().zip(&self.shared).zip(known) {
                if *all > IMPOSSIBLE {
                    let left = self.unfinished(&candidate.job, ln, shared);
                    *all *= 1.0 - (left / known).min(1.0);
                }
                likeliest = likeliest.max(*all);
            }
            if likeliest <= IMPOSSIBLE {
                break;
            }
        }
        all
    }

    /// The mean of what is given for each of the shared values.
    fn expected(&self, given: &[f64]) -> f64 {
        let values = self.shared.iter().zip(given);
        values.map(|(shared, given)| shared.weight * given).sum()
    }

    /// The time from now after which a job is unfinished with a probability,
    /// at the mean of the shared values.
    fn rest(&self, job: &Unfinished, probability: f64) -> f64 {
        let shared = &self.central;
        let scale = job.expected.scale * shared.spread;
        let center = job.expected.ln_median + shared.factor;
        let position = (ln_seconds(job.seconds) - center) / scale;
        let tail = self.tails.of(job.expected);
        let then = tail.survival(position) * probability;
        (center + tail.exceeded_with(then) * scale).exp() - job.until_now
    }
}

/// The logarithm of a time of running, in seconds.
fn ln_seconds(seconds: f64) -> f64 {
    seconds.max(SHORTEST).ln()
}

#[cfg(test)]
mod tests;
