//! What the runs of a flow in one rollout share: a factor on their durations and
//! a spread of their residuals, each pair with its probability.
//!
//! Before any job has run, the factor is like those of earlier days, or the
//! rollout changes how long runs take (a new script or version): a mixture of a
//! narrow and a wide prior (spike and slab: T. J. Mitchell, J. J. Beauchamp,
//! "Bayesian variable selection in linear regression", Journal of the American
//! Statistical Association 83, 1988). The narrow part keeps a rollout like the
//! ones before from being doubted, the wide one does not resist a change that
//! the first finished jobs show.

use super::flow_jobs::FlowJobs;
use crate::rollout::baseline::{Expectation, SHORTEST};
use crate::rollout::statistics::tail::Tail;

/// How many values of the shared factor are considered in each round.
const FACTORS: u32 = 21;
/// The spreads that are considered …
const SPREADS: [f64; 5] = [0.5, 0.71, 1.0, 1.41, 2.0];
/// … and how far a spread usually is from one, as a logarithm.
const SPREAD_SCALE: f64 = 0.2;
/// The probability that a rollout changes how long runs take …
const CHANGES: f64 = 0.25;
/// … and by how much it then does, as a logarithm.
const CHANGE: f64 = 0.4;
/// Values less likely than this are left out.
const NEGLIGIBLE: f64 = 0.003;
/// About how many values are kept of all pairs of factor and spread.
const KEPT: f64 = 8.0;

/// A value of what the runs of a flow share, with its probability.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    /// By how much all runs are longer, as a logarithm.
    pub(super) factor: f64,
    /// The scale of their residuals, as a multiple of that of the baseline.
    pub(super) spread: f64,
    /// The probability of both.
    pub(super) weight: f64,
}

/// Pairs of factor and spread that represent all of them, by spread.
pub(super) fn shared_values(flow: &FlowJobs) -> Vec<Shared> {
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
        let of_prior = ln_prior(factor, flow.tails.shared, &prior)
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
    // The spreads of one factor follow each other.
    let of = |index: usize| values.iter().skip(index).step_by(SPREADS.len());
    let mut kept: Vec<Shared> = (0..SPREADS.len())
        .flat_map(|index| thinned(of(index)))
        .collect();
    kept.retain(|value| value.weight > NEGLIGIBLE);
    let total: f64 = kept.iter().map(|value| value.weight).sum();
    for value in &mut kept {
        value.weight /= total;
    }
    kept
}

/// The logarithm of the prior density of a factor: mostly it is like those of
/// the days before; otherwise the rollout changes how long runs take.
fn ln_prior(factor: f64, shared: f64, like_before: &Tail) -> f64 {
    let before = like_before.ln_density(factor / shared).exp() / shared;
    let deviation = factor / CHANGE;
    let changed = (-0.5 * deviation * deviation).exp() / (CHANGE * std::f64::consts::TAU.sqrt());
    ((1.0 - CHANGES) * before + CHANGES * changed).ln()
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

/// Fewer values in place of those of one spread, by factor ascending: each is
/// the mean of about a `KEPT`th of all probability.
fn thinned<'a>(values: impl Iterator<Item = &'a Shared>) -> Vec<Shared> {
    let mut parts: Vec<Vec<Shared>> = vec![Vec::new()];
    let mut reached = 0.0;
    for value in values {
        if reached >= 1.0 / KEPT {
            parts.push(Vec::new());
            reached = 0.0;
        }
        reached += value.weight;
        if let Some(part) = parts.last_mut() {
            part.push(*value);
        }
    }
    parts.iter().map(|part| Shared::mean(part)).collect()
}

impl Shared {
    /// The mean of values, with the sum of their weights.
    pub(super) fn mean(values: &[Self]) -> Self {
        let weight: f64 = values.iter().map(|value| value.weight).sum();
        let mean = |of: fn(&Self) -> f64| {
            let values = values.iter().map(|value| value.weight * of(value));
            values.sum::<f64>() / weight.max(f64::MIN_POSITIVE)
        };
        Self {
            factor: mean(|value| value.factor),
            spread: mean(|value| value.spread.ln()).exp(),
            weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rollout::baseline::Tails;
    use crate::rollout::forecast::flow_jobs::Finished;

    /// The mean factor that finished runs let expect, of which each took as
    /// many times as long as is typical.
    fn mean_factor(times: f64, runs: usize) -> f64 {
        let expected = Expectation {
            ln_median: 60_f64.ln(),
            scale: 0.25,
            is_guess: false,
        };
        let finished = Finished {
            expected,
            seconds: 60.0 * times,
            completed: true,
        };
        let values = shared_values(&FlowJobs {
            tails: Arc::new(Tails {
                runs: Tail::prior(),
                sizes: Tail::prior(),
                shared: 0.08,
            }),
            unfinished: Vec::new(),
            finished: vec![finished; runs],
            failing: 0.0,
        });
        let total: f64 = values.iter().map(|value| value.weight).sum();
        assert!((total - 1.0).abs() < 1e-9, "{total}");
        values
            .iter()
            .map(|value| value.weight * value.factor)
            .sum::<f64>()
            .exp()
    }

    #[test]
    fn a_change_is_believed_after_a_few_runs() {
        let factor = mean_factor(1.5, 8);
        assert!((1.44..1.52).contains(&factor), "{factor}");
    }

    #[test]
    fn one_run_is_no_change_and_no_run_none() {
        assert!(mean_factor(1.3, 1) < 1.15, "{}", mean_factor(1.3, 1));
        assert!((mean_factor(1.0, 0) - 1.0).abs() < 0.01);
    }
}
