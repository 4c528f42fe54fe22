//! How long one thing takes, such as whole runs or one stage, by tenant.
//!
//! Logarithms of durations have three levels: the typical one of the flow and
//! tap, the tenant's around it, and the run around the tenant's. A tenant with
//! few runs is drawn toward the flow (empirical Bayes: B. Efron, C. Morris,
//! "Stein's estimation rule and its competitors", Journal of the American
//! Statistical Association 68, 1973), one with many stays where its own runs
//! are. Levels are medians, so that stragglers move nothing. Runs that started
//! about the same time have something in common (a busy service, a slower
//! script, a weekday), which is taken away before the runs of a tenant are
//! compared: a forecast learns again what the runs of its rollout share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;

use crate::hotglue::{TenantId, Text};
use crate::rollout::statistics::tail::{Tail, median};

/// The fewest durations that anything is concluded from.
pub(crate) const FEWEST: usize = 3;
/// The fewest runs of a tenant of which one is compared with the others.
const FEWEST_OWN: usize = 2;
/// The fewest durations from which a deviation is called one.
const FEWEST_TO_JUDGE: usize = 8;
/// The fewest tenants from which the spread of their sizes is known.
const FEWEST_TENANTS: usize = 5;
/// The spread of sizes before that, as a logarithm.
const UNKNOWN_SPREAD: f64 = 1.0;
/// The scale of a tenant's runs while fewer than five are known.
const UNKNOWN_SCALE: f64 = 0.3;
/// No duration is taken to be shorter, in seconds: the service reports events
/// and hgtop sees them with delays of that order.
pub(crate) const SHORTEST: f64 = 1.0;
/// The variance of the median of a normal sample, as a multiple of that of its
/// mean: half of pi.
const MEDIAN_VARIANCE: f64 = std::f64::consts::FRAC_PI_2;
/// The median of the absolute value of a standard normal variable.
const NORMAL_MEDIAN: f64 = 0.674_489_750_196_081_7;

/// Runs that start within as many seconds of each other count as started
/// together …
const TOGETHER: i64 = 3 * 60 * 60;
/// … where they are of as many tenants.
const FEWEST_TOGETHER: usize = 8;
/// How far runs that started together usually are from others, as a logarithm,
/// where that is not known.
const UNKNOWN_SHARED: f64 = 0.15;
/// The least that is assumed of it: the next rollout may be another one.
const SMALLEST_SHARED: f64 = 0.08;
/// The least spread of sizes.
const SMALLEST_SPREAD: f64 = 0.05;

/// A duration that occurred.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duration<'a> {
    /// When its run started, in seconds of any epoch.
    pub(super) started: i64,
    pub(super) tenant: &'a TenantId,
    pub(super) tap: &'a Text,
    pub(super) seconds: f64,
}

/// How long a run is expected to take before it has begun.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// The logarithm of the median duration in seconds.
    pub(crate) ln_median: f64,
    /// The scale of logarithmic durations around it.
    pub(crate) scale: f64,
    /// Whether the tenant has no run, so that the scale is that of the sizes of
    /// tenants.
    pub(crate) is_guess: bool,
}

/// The distributions around what is expected, in scales.
#[derive(Debug, Clone)]
pub(crate) struct Tails {
    /// Of runs around the typical one of their tenant.
    pub(crate) runs: Tail,
    /// Of tenants around the typical one of their tap.
    pub(crate) sizes: Tail,
    /// How far what the runs of a rollout share usually is from one, as a
    /// logarithm.
    pub(crate) shared: f64,
}

impl Tails {
    /// The distribution around an expectation.
    pub(crate) fn of(&self, expected: Expectation) -> &Tail {
        if expected.is_guess {
            &self.sizes
        } else {
            &self.runs
        }
    }
}

/// What is typical of a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typical {
    /// The median.
    pub(crate) p50: SignedDuration,
    /// The 90th percentile.
    pub(crate) p90: SignedDuration,
    /// The 95th percentile.
    pub(crate) p95: SignedDuration,
    /// How many runs of the tenant it is made from; with few of them it is
    /// mostly that of the flow.
    pub(crate) runs: usize,
}

/// The start of a run and its logarithmic duration.
type Value = (i64, f64);

/// The durations of a tenant.
#[derive(Debug, Clone, Copy)]
struct Level {
    ln_median: f64,
    runs: usize,
    /// The second longest, in seconds: a single outlier hides nothing.
    second_longest: f64,
}

/// The distribution of one kind of duration. See the module's documentation.
#[derive(Debug, Clone)]
pub(crate) struct Durations {
    tails: Arc<Tails>,
    /// The scale of runs around their tenant's median.
    within: f64,
    /// The scale of the tenants around the median of their tap.
    between: f64,
    center: f64,
    taps: HashMap<Text, f64>,
    tenants: HashMap<TenantId, Level>,
    count: usize,
}

impl Durations {
    /// Learns from durations that occurred. `None` for fewer than three.
    pub(super) fn fit<'a>(durations: impl IntoIterator<Item = Duration<'a>>) -> Option<Self> {
        let mut by_tenant: BTreeMap<&TenantId, (&Text, Vec<Value>)> = BTreeMap::new();
        let mut count = 0;
        for duration in durations {
            let (_, values) = by_tenant
                .entry(duration.tenant)
                .or_insert((duration.tap, Vec::new()));
            let value = duration.seconds.max(SHORTEST).ln();
            values.push((duration.started, value));
            count += 1;
        }
        if count < FEWEST {
            return None;
        }
        let mut tenants = HashMap::new();
        let mut of_taps: HashMap<&Text, Vec<f64>> = HashMap::new();
        for (tenant, (tap, values)) in &by_tenant {
            let mut values: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
            let ln_median = median(&mut values)?;
            of_taps.entry(tap).or_default().push(ln_median);
            let level = Level {
                ln_median,
                runs: values.len(),
                second_longest: values.iter().rev().nth(1).map_or(0.0, |value| value.exp()),
            };
            tenants.insert((*tenant).clone(), level);
        }
        let mut all: Vec<f64> = tenants.values().map(|level| level.ln_median).collect();
        let center = median(&mut all)?;
        let taps: HashMap<Text, f64> = of_taps
            .into_iter()
            .filter(|(_, medians)| medians.len() >= FEWEST)
            .filter_map(|(tap, mut medians)| Some((tap.clone(), median(&mut medians)?)))
            .collect();
        let batches = Batches::new(by_tenant.iter().flat_map(|(tenant, (_, values))| {
            let level = tenants.get(*tenant).filter(|level| level.runs >= FEWEST);
            let level = level.map(|level| level.ln_median);
            values
                .iter()
                .filter_map(move |(started, value)| Some((*started, value - level?)))
        }));
        let own: Vec<(f64, Vec<f64>)> = by_tenant
            .values()
            .map(|(tap, values)| {
                let own = |(started, value): &Value| value - batches.shared(*started);
                let mut values: Vec<f64> = values.iter().map(own).collect();
                values.sort_by(f64::total_cmp);
                (taps.get(*tap).copied().unwrap_or(center), values)
            })
            .collect();
        let around = |levels: Levels| {
            let residuals: Vec<f64> = own
                .iter()
                .flat_map(|(center, values)| levels.residuals(*center, values))
                .collect();
            Tail::fit(&residuals)
                .filter(|_| residuals.len() >= FEWEST_TENANTS)
                .unwrap_or_else(|| (Tail::prior(), UNKNOWN_SCALE))
        };
        let distances: Vec<(f64, usize)> = by_tenant
            .iter()
            .filter_map(|(tenant, (tap, _))| {
                let level = tenants.get(*tenant)?;
                let center = taps.get(*tap).copied().unwrap_or(center);
                Some((level.ln_median - center, level.runs))
            })
            .collect();
        // Where the sizes of tenants say nothing, each is where its runs are.
        let (_, within) = around(Levels {
            within: 1.0,
            between: f64::INFINITY,
        });
        let (sizes, between) = sizes(&distances, within);
        let (runs, within) = around(Levels { within, between });
        Some(Self {
            tails: Arc::new(Tails {
                runs,
                sizes,
                shared: batches.spread,
            }),
            within,
            between,
            center,
            taps,
            tenants,
            count,
        })
    }

    /// The distributions around what is expected.
    pub(crate) fn tails(&self) -> &Arc<Tails> {
        &self.tails
    }

    /// The median of the tenants, among those with the tap where it has enough.
    pub(super) fn center(&self, tap: &Text) -> SignedDuration {
        let center = self.taps.get(tap).copied().unwrap_or(self.center);
        seconds(center.exp())
    }

    /// What is expected of the next run of a tenant.
    pub(crate) fn expectation(&self, tenant: &TenantId, tap: Option<&Text>) -> Expectation {
        let center = tap.and_then(|tap| self.taps.get(tap));
        let center = center.copied().unwrap_or(self.center);
        let Some(level) = self.tenants.get(tenant) else {
            return Expectation {
                ln_median: center,
                scale: self.between.hypot(self.within),
                is_guess: true,
            };
        };
        let levels = Levels {
            within: self.within,
            between: self.between,
        };
        let (ln_median, scale) = levels.expected(center, level.ln_median, level.runs);
        Expectation {
            ln_median,
            scale: scale * self.within,
            is_guess: false,
        }
    }

    /// What is typical of a tenant.
    pub(crate) fn typical(&self, tenant: &TenantId, tap: Option<&Text>) -> Typical {
        let expected = self.expectation(tenant, tap);
        let exceeded_with = |probability| {
            let position = self.tails.of(expected).exceeded_with(probability);
            seconds((expected.ln_median + position * expected.scale).exp())
        };
        Typical {
            p50: seconds(expected.ln_median.exp()),
            p90: exceeded_with(0.1),
            p95: exceeded_with(0.05),
            runs: self.tenants.get(tenant).map_or(0, |level| level.runs),
        }
    }

    /// The duration that a healthy run of a tenant exceeds with at most a
    /// probability: no less than its second longest run, and the longer the
    /// less is known. `None` where too little is known to call anything a deviation.
    pub(crate) fn limit(
        &self,
        tenant: &TenantId,
        tap: Option<&Text>,
        probability: f64,
    ) -> Option<SignedDuration> {
        if self.count < FEWEST_TO_JUDGE {
            return None;
        }
        let expected = self.expectation(tenant, tap);
        #[expect(clippy::cast_precision_loss, reason = "no history has 2^52 runs")]
        let caution = 1.0 + 1.5 / (self.count as f64).sqrt();
        let position = self.tails.of(expected).exceeded_with(probability) * caution;
        // What the runs of a rollout share is no fault of one of them.
        let spread = position * expected.scale + 2.0 * self.tails.shared;
        let limit = (expected.ln_median + spread).exp();
        let level = self.tenants.get(tenant);
        let reached = level.map_or(0.0, |level| level.second_longest);
        Some(seconds(limit.max(reached)))
    }
}

/// The scales of the two levels below the flow.
#[derive(Debug, Clone, Copy)]
struct Levels {
    /// Of runs around their tenant's median.
    within: f64,
    /// Of the tenants around the median of their tap.
    between: f64,
}

impl Levels {
    /// What is expected of the next run of a tenant with a number of runs: the
    /// median, and the scale around it as a multiple of `within`.
    fn expected(self, center: f64, median: f64, runs: usize) -> (f64, f64) {
        let uncertainty = median_variance(runs);
        let spread = (self.between / self.within).powi(2);
        let weight = 1.0 / (1.0 + uncertainty / spread);
        let median = center + weight * (median - center);
        (median, (1.0 + weight * uncertainty).sqrt())
    }

    /// How far each of the sorted values of a tenant is from what the others
    /// let expect, on the scale of `within`: the error of a forecast from them.
    /// The errors of the forecast of the next run are like these, whatever
    /// their distribution is.
    fn residuals(self, center: f64, sorted: &[f64]) -> impl Iterator<Item = f64> {
        let count = sorted.len();
        let judged = if count < FEWEST_OWN { 0 } else { count };
        (0..judged).map(move |index| {
            // The median of the others is next to the median of all.
            let other = |position: usize| sorted[position + usize::from(position >= index)];
            let others = count - 1;
            let middle = if others % 2 == 1 {
                other(others / 2)
            } else {
                f64::midpoint(other(others / 2 - 1), other(others / 2))
            };
            let (expected, scale) = self.expected(center, middle, others);
            (sorted[index] - expected) / scale
        })
    }
}

/// The variance of the median of a number of values of variance one.
fn median_variance(runs: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no history has 2^52 runs")]
    let count = runs.max(1) as f64;
    // The median of one or two values is their mean.
    if runs < FEWEST {
        1.0 / count
    } else {
        MEDIAN_VARIANCE / count
    }
}

/// The distribution and the scale of the tenants' true medians, from the
/// distances of the measured ones with their numbers of runs.
fn sizes(distances: &[(f64, usize)], within: f64) -> (Tail, f64) {
    let values: Vec<f64> = distances.iter().map(|(distance, _)| *distance).collect();
    let fitted = Tail::fit(&values).filter(|_| values.len() >= FEWEST_TENANTS);
    let Some((tail, scale)) = fitted else {
        return (Tail::prior(), UNKNOWN_SPREAD);
    };
    let variances = distances.iter().map(|(_, runs)| median_variance(*runs));
    #[expect(clippy::cast_precision_loss, reason = "no flow has 2^52 tenants")]
    let measured = variances.sum::<f64>() / distances.len() as f64;
    let spread = scale.powi(2) - within.powi(2) * measured;
    (tail, spread.max(SMALLEST_SPREAD.powi(2)).sqrt())
}

/// What runs that started together have in common.
struct Batches {
    /// The starts of the first and last run of each, and the median distance of
    /// its runs from those of their tenants.
    batches: Vec<(i64, i64, f64)>,
    /// The spread of those medians.
    spread: f64,
}

impl Batches {
    /// Finds them among runs, by their start and distance.
    fn new(runs: impl Iterator<Item = (i64, f64)>) -> Self {
        let mut runs: Vec<_> = runs.collect();
        runs.sort_by_key(|(started, _)| *started);
        let mut batches = Vec::new();
        let mut rest = &runs[..];
        while let Some((first, _)) = rest.first() {
            let size = rest.partition_point(|(started, _)| *started < first + TOGETHER);
            let (batch, others) = rest.split_at(size);
            rest = others;
            let mut distances: Vec<f64> = batch.iter().map(|(_, distance)| *distance).collect();
            if let (Some(shared), Some((last, _))) = (median(&mut distances), batch.last())
                && size >= FEWEST_TOGETHER
            {
                batches.push((*first, *last, shared));
            }
        }
        let mut distances: Vec<f64> = batches.iter().map(|(.., shared)| shared.abs()).collect();
        let spread = median(&mut distances)
            .filter(|_| batches.len() >= FEWEST_TENANTS)
            .map_or(UNKNOWN_SHARED, |median| median / NORMAL_MEDIAN);
        Self {
            batches,
            spread: spread.max(SMALLEST_SHARED),
        }
    }

    /// What a run that started at a time has in common with others.
    fn shared(&self, started: i64) -> f64 {
        let after = self
            .batches
            .partition_point(|(first, ..)| *first <= started);
        let batch = after.checked_sub(1).map(|index| self.batches[index]);
        batch
            .filter(|(_, last, _)| started <= *last)
            .map_or(0.0, |(.., shared)| shared)
    }
}

/// A duration of a number of seconds; a day short of forever at most.
fn seconds(seconds: f64) -> SignedDuration {
    const MOST: f64 = 1e9;
    SignedDuration::from_secs_f64(seconds.clamp(0.0, MOST))
}

#[cfg(test)]
mod tests;
