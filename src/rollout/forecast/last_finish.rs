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

use std::sync::Arc;

use crate::rollout::baseline::{Expectation, SHORTEST, Tails};
use crate::rollout::statistics::tail::Tail;

/// How many values of the shared factor are considered in each round.
const FACTORS: u32 = 21;
/// The spreads that are considered …
const SPREADS: [f64; 5] = [0.5, 0.71, 1.0, 1.41, 2.0];
/// … and how far a spread usually is from one, as a logarithm.
const SPREAD_SCALE: f64 = 0.2;
/// Pairs of factor and spread that are kept, the likeliest first.
const KEPT: usize = 12;
/// Pairs less likely than this are left out.
const NEGLIGIBLE: f64 = 0.003;
/// Jobs less likely than this to be the last are left out.
const NEVER_LAST: f64 = 1e-5;
/// Points of time at which the distribution is evaluated.
const POINTS: u32 = 28;
/// The longest time that is considered, in seconds.
const LONGEST: f64 = 1e8;
/// The shares of its duration after which a failing job fails, in place of
/// every share being equally likely.
const FAILS_AFTER: [f64; 2] = [0.25, 0.75];
/// A lower probability of failing is not worth its time.
const SELDOM: f64 = 0.01;

/// An unfinished job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unfinished {
    /// What was expected of it.
    pub(crate) expected: Expectation,
    /// How long it had run at its last successful poll, in seconds.
    pub(crate) seconds: f64,
    /// How long it has run by now if it has not finished since.
    pub(crate) until_now: f64,
}

/// A finished job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finished {
    /// What was expected of it.
    pub(crate) expected: Expectation,
    /// How long it ran, in seconds.
    pub(crate) seconds: f64,
    /// Whether it completed. A failed job counts as one that would have taken
    /// longer.
    pub(crate) completed: bool,
}

/// The jobs of one flow.
#[derive(Debug, Clone)]
pub(crate) struct FlowJobs {
    /// The distribution of their durations around what is expected.
    pub(crate) tails: Arc<Tails>,
    /// The unfinished jobs.
    pub(crate) unfinished: Vec<Unfinished>,
    /// The finished jobs of the same rollout.
    pub(crate) finished: Vec<Finished>,
    /// The probability that a job fails.
    pub(crate) failing: f64,
}

/// A value of what the runs of a flow share, with its probability.
#[derive(Debug, Clone, Copy)]
struct Shared {
    factor: f64,
    spread: f64,
    weight: f64,
}

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

/// The distribution of the last finish. See the module's documentation.
#[derive(Debug, Clone)]
pub(crate) struct LastFinish {
    flows: Vec<Flow>,
    /// Times from now in seconds, ascending, with the probabilities that all
    /// jobs finish until then.
    points: Vec<(f64, f64)>,
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
                        flow.unfinished(&candidate.job, candidate.job.seconds, shared)
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
            let time = low + (high - low) * share.powf(1.5);
            (time, self.all_finished(time))
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
        let of_flows = self.flows.iter().map(|flow| flow.all_finished(seconds));
        of_flows.product()
    }

    /// The time from now, in seconds, within which all jobs finish with a
    /// probability.
    pub(crate) fn quantile(&self, probability: f64) -> f64 {
        let after = self
            .points
            .partition_point(|(_, reached)| *reached < probability);
        let before = after.checked_sub(1).map(|index| self.points[index]);
        match (before, self.points.get(after)) {
            (Some((from, low)), Some((to, high))) if high > &low => {
                from + (to - from) * (probability - low) / (high - low)
            }
            (_, Some((time, _))) => *time,
            (Some((time, _)), None) => time,
            (None, None) => 0.0,
        }
    }

    /// The unfinished jobs that may be the last, by their index among those of
    /// all flows; the likeliest first.
    pub(crate) fn last_jobs(&self) -> Vec<Last> {
        // The density of the last finish is the sum over the jobs of the
        // probability that all others have finished while the job does.
        let mut jobs = Vec::new();
        for flow in &self.flows {
            let Some(shared) = flow.shared.first() else {
                continue;
            };
            for (position, candidate) in flow.candidates.iter().enumerate() {
                let known = flow.known[position * flow.shared.len()];
                let ln_finished = |time: f64| {
                    let until = candidate.job.until_now + time;
                    let left = flow.unfinished(&candidate.job, until, shared) / known;
                    (-left.min(1.0)).ln_1p().max(-50.0)
                };
                let mut share = 0.0;
                let mut before = None;
                for (time, probability) in &self.points {
                    let now = (ln_finished(*time), *probability);
                    if let Some((ln, earlier)) = before {
                        share += f64::midpoint(earlier, now.1) * (now.0 - ln);
                    }
                    before = Some(now);
                }
                jobs.push(Last {
                    index: candidate.index,
                    probability: share,
                    median: flow.rest(&candidate.job, 0.5),
                });
            }
        }
        jobs.sort_by(|one: &Last, other| other.probability.total_cmp(&one.probability));
        jobs
    }

    /// The number of unfinished jobs.
    pub(crate) fn jobs(&self) -> usize {
        self.jobs
    }
}

impl Flow {
    /// The probability that a job is unfinished after `seconds` of running.
    fn unfinished(&self, job: &Unfinished, seconds: f64, shared: &Shared) -> f64 {
        let scale = job.expected.scale * shared.spread;
        let ln = seconds.max(SHORTEST).ln();
        let position = (ln - job.expected.ln_median - shared.factor) / scale;
        let tail = self.tails.of(job.expected);
        let survival = tail.survival(position);
        if self.failing < SELDOM {
            return survival;
        }
        let failing: f64 = FAILS_AFTER
            .iter()
            .map(|share: &f64| tail.survival(position - share.ln() / scale) / 2.0)
            .sum();
        (1.0 - self.failing) * survival + self.failing * failing
    }

    /// The probability that all candidates finish within `seconds` from now.
    fn all_finished(&self, seconds: f64) -> f64 {
        let count = self.shared.len();
        let given = |index: usize, shared: &Shared| {
            let mut probability = 1.0;
            for (position, candidate) in self.candidates.iter().enumerate() {
                let until = candidate.job.until_now + seconds;
                let left = self.unfinished(&candidate.job, until, shared);
                probability *= 1.0 - (left / self.known[position * count + index]).min(1.0);
                if probability < 1e-9 {
                    return 0.0;
                }
            }
            probability
        };
        let weighted = self.shared.iter().enumerate();
        weighted
            .map(|(index, shared)| shared.weight * given(index, shared))
            .sum()
    }

    /// The time from now after which a job is unfinished with a probability,
    /// at the likeliest shared value.
    fn rest(&self, job: &Unfinished, probability: f64) -> f64 {
        let Some(shared) = self.shared.first() else {
            return 0.0;
        };
        let scale = job.expected.scale * shared.spread;
        let center = job.expected.ln_median + shared.factor;
        let position = (job.seconds.max(SHORTEST).ln() - center) / scale;
        let tail = self.tails.of(job.expected);
        let then = tail.survival(position) * probability;
        (center + tail.exceeded_with(then) * scale).exp() - job.until_now
    }
}

/// The likeliest pairs of factor and spread, the likeliest first.
fn shared_values(flow: &FlowJobs) -> Vec<Shared> {
    let position = |expected: Expectation, seconds: f64| {
        let distance = seconds.max(SHORTEST).ln() - expected.ln_median;
        let slope = 1.0 / expected.scale;
        (distance * slope, slope, flow.tails.of(expected))
    };
    let running = flow.unfinished.iter();
    let censored: Vec<_> = running
        .map(|job| position(job.expected, job.seconds))
        .chain(
            flow.finished
                .iter()
                .filter(|job| !job.completed)
                .map(|job| position(job.expected, job.seconds)),
        )
        .collect();
    let completed: Vec<_> = flow
        .finished
        .iter()
        .filter(|job| job.completed)
        .map(|job| position(job.expected, job.seconds))
        .collect();
    let prior = Tail::prior();
    let ln_likelihood = |factor: f64, spread: f64| {
        let residual = |position: f64, slope: f64| (position - factor * slope) / spread;
        let of_prior = prior.ln_density(factor / flow.tails.shared)
            - 0.5 * (spread.ln() / SPREAD_SCALE).powi(2);
        let running = censored
            .iter()
            .map(|(position, slope, tail)| tail.ln_survival(residual(*position, *slope)));
        let ended = completed.iter().map(|(position, slope, tail)| {
            tail.ln_density(residual(*position, *slope)) - spread.ln()
        });
        of_prior + running.sum::<f64>() + ended.sum::<f64>()
    };
    // Each round looks closer at where the likelihood is.
    let (mut center, mut reach) = (0.0, 2.0);
    let mut values = Vec::new();
    for _ in 0..3 {
        let step = 2.0 * reach / f64::from(FACTORS - 1);
        values.clear();
        for index in 0..FACTORS {
            let factor = center - reach + f64::from(index) * step;
            values.extend(SPREADS.map(|spread| Shared {
                factor,
                spread,
                weight: ln_likelihood(factor, spread),
            }));
        }
        normalize(&mut values);
        center = values.iter().map(|value| value.weight * value.factor).sum();
        let variance: f64 = values
            .iter()
            .map(|value| value.weight * (value.factor - center).powi(2))
            .sum();
        reach = (3.0 * variance.sqrt()).max(1.5 * step).min(reach);
    }
    values.sort_by(|one, other| other.weight.total_cmp(&one.weight));
    values.retain(|value| value.weight > NEGLIGIBLE);
    thinned(values)
}

/// Turns logarithms of likelihoods into probabilities.
fn normalize(values: &mut [Shared]) {
    let largest = values.iter().map(|value| value.weight);
    let largest = largest.fold(f64::MIN, f64::max);
    for value in values.iter_mut() {
        value.weight = (value.weight - largest).exp();
    }
    let total: f64 = values.iter().map(|value| value.weight).sum();
    for value in values {
        value.weight /= total;
    }
}

/// At most `KEPT` values that together have the same mean and about the same
/// variance: each of the rest joins the one that it is closest to.
fn thinned(mut values: Vec<Shared>) -> Vec<Shared> {
    let rest = values.split_off(values.len().min(KEPT));
    for value in rest {
        let distance = |kept: &Shared| {
            (kept.factor - value.factor).abs() + (kept.spread / value.spread).ln().abs()
        };
        let closest = values
            .iter_mut()
            .min_by(|one, other| distance(one).total_cmp(&distance(other)));
        if let Some(kept) = closest {
            kept.weight += value.weight;
        }
    }
    let total: f64 = values.iter().map(|value| value.weight).sum();
    for value in &mut values {
        value.weight /= total;
    }
    values
}

#[cfg(test)]
mod tests;
