//! The comparison of a rollout with the runs before it, paired by tenant.
//!
//! Durations and rows are compared as ratios within a tenant, so that large
//! tenants count no more than small ones; failures by an exact test stratified
//! by tenant. Every statement keeps its error rate under continual looking:
//! the error of 5 % is divided among the metrics and cohorts compared (C. E.
//! Bonferroni's inequality), so that it holds for the table as a whole.
//!
//! Three things would make a naive comparison wrong. Quick runs finish first,
//! so a run counts from a time that does not depend on how long it takes (see
//! `pairs`). A tenant's runs of one day may all be slower than those of
//! another, and so may those of a rollout by chance (see `fluctuation`). And
//! some tenants are busier on some weekdays (also there).

mod fluctuation;
mod metric;
mod pairs;
mod text;

use std::collections::BTreeMap;

use super::statistics::confidence_sequence::{Side, rate_sequence};
use super::statistics::paired::{Difference, Shift, middle};
use super::statistics::stratified::{Stratum, proves_change};
use crate::hotglue::{TenantId, Text};
use fluctuation::Fluctuation;
pub use metric::{ComparisonResult, Metric};
pub use pairs::{ComparedRuns, UnfinishedRun};
use pairs::{Numbers, Pair, Pairing};

/// Ratios within this of one are no difference worth reporting: 10 %.
const NEGLIGIBLE_RATIO: f64 = 1.1;
/// Differences of failure rates up to this are none worth reporting.
const NEGLIGIBLE_RATE: f64 = 0.05;
/// The most tenants that are listed as the worst of a metric.
const MOST_WORST: usize = 5;

/// A tenant whose numbers got worse.
#[derive(Debug, Clone, PartialEq)]
pub struct WorstTenant {
    /// The tenant.
    pub(crate) tenant: TenantId,
    /// The tenant's number before the start; a share for a failure rate.
    pub(crate) before: f64,
    /// The number after the start.
    pub(crate) after: f64,
}

/// One metric of a rollout compared with the runs before it. Durations are in
/// seconds, rates are shares.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedMetric {
    /// The cohort, where the comparison is by cohort.
    pub(crate) cohort: Option<Text>,
    /// What is compared.
    pub metric: Metric,
    /// The median tenant before the start; the mean share for a failure rate.
    pub(crate) before: f64,
    /// The same tenants after it.
    pub(crate) after: f64,
    /// The typical ratio of after to before within a tenant; for a failure
    /// rate the difference.
    pub(crate) shift: f64,
    /// The lower end of the interval of the shift; zero for a ratio without
    /// one.
    pub low: f64,
    /// The upper end; infinity for a ratio without one.
    pub high: f64,
    /// The number of tenants with runs on both sides.
    pub(crate) pairs: usize,
    /// What is found.
    pub result: ComparisonResult,
    /// The tenants that got worst, the worst first.
    pub(crate) worst: Vec<WorstTenant>,
}

/// Compares a rollout with the runs before it. Metrics without a pair are left
/// out.
pub fn compare(runs: ComparedRuns<'_>) -> Vec<ComparedMetric> {
    let pairing = Pairing::new(runs);
    let pairs: Vec<&Pair<'_>> = pairing.pairs.iter().collect();
    compare_pairs(None, &pairing, &pairs, 1)
}

/// Compares each cohort of tenants with their own runs before the start.
/// `cohort` returns the cohort of a tenant and the tap version of its run
/// since the start. Cohorts are in alphabetical order.
pub fn compare_by(
    runs: ComparedRuns<'_>,
    cohort: impl Fn(&TenantId, Option<&Text>) -> Vec<Text>,
) -> Vec<ComparedMetric> {
    let pairing = Pairing::new(runs);
    let mut cohorts: BTreeMap<Text, Vec<&Pair<'_>>> = BTreeMap::new();
    for pair in &pairing.pairs {
        for name in cohort(pair.tenant, pair.tap_version) {
            cohorts.entry(name).or_default().push(pair);
        }
    }
    let count = cohorts.len();
    let cohorts = cohorts.into_iter();
    cohorts
        .flat_map(|(name, pairs)| compare_pairs(Some(&name), &pairing, &pairs, count))
        .collect()
}

/// Compares each version of the tap with the tenants' own runs before the start.
pub fn compare_by_version(runs: ComparedRuns<'_>) -> Vec<ComparedMetric> {
    compare_by(runs, |_, version| {
        let unknown = || Text::new("unknown version");
        vec![version.cloned().unwrap_or_else(unknown)]
    })
}

fn compare_pairs(
    cohort: Option<&Text>,
    pairing: &Pairing<'_>,
    pairs: &[&Pair<'_>],
    cohorts: usize,
) -> Vec<ComparedMetric> {
    let compared = Metric::all().filter_map(|metric| {
        #[expect(clippy::cast_precision_loss, reason = "there are few cohorts")]
        let error = metric.error() / cohorts.max(1) as f64;
        let compared = match metric {
            Metric::FailureRate => compare_failures(pairs, error),
            Metric::Duration | Metric::Stage(_) | Metric::Rows => {
                compare_ratios(metric, pairing, pairs, error)
            }
        }?;
        Some(ComparedMetric {
            cohort: cohort.cloned(),
            ..compared
        })
    });
    compared.collect()
}

fn compare_ratios(
    metric: Metric,
    pairing: &Pairing<'_>,
    pairs: &[&Pair<'_>],
    error: f64,
) -> Option<ComparedMetric> {
    let before: Vec<_> = pairs.iter().map(|pair| pair.before.as_slice()).collect();
    let starts = pairs.iter().filter_map(|pair| pair.first_start());
    let fluctuation = Fluctuation::of(metric, &before, starts);
    let numbers: Vec<_> = pairs
        .iter()
        .filter_map(|pair| pair.numbers(metric, &fluctuation, pairing.now))
        .collect();
    let counted: Vec<_> = numbers.iter().filter_map(|one| one.difference).collect();
    // Before any run counts, the completed ones give an estimate at least.
    let completed: Vec<_> = numbers
        .iter()
        .filter_map(|one| Some(Difference::exact((one.after? / one.before).ln())))
        .collect();
    let shift = match Shift::of(&counted, error) {
        Some(shift) => shift.widened(fluctuation.margin(error)),
        None => Shift {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            ..Shift::of(&completed, error)?
        },
    };
    let (low, high) = (shift.low.exp(), shift.high.exp());
    let is_duration = metric != Metric::Rows;
    let result = if low > 1.0 / NEGLIGIBLE_RATIO && high < NEGLIGIBLE_RATIO {
        ComparisonResult::NoDifference
    } else {
        match (low > 1.0, high < 1.0, is_duration) {
            (true, _, true) => ComparisonResult::Slower,
            (true, _, false) => ComparisonResult::Higher,
            (_, true, true) => ComparisonResult::Faster,
            (_, true, false) => ComparisonResult::Lower,
            (false, false, _) => ComparisonResult::Inconclusive,
        }
    };
    let on_both_sides = numbers
        .iter()
        .filter_map(|one| Some((one.before, one.after?)));
    let (mut before, mut after): (Vec<_>, Vec<_>) = on_both_sides.unzip();
    Some(ComparedMetric {
        cohort: None,
        metric,
        before: middle(&mut before)?,
        after: middle(&mut after)?,
        shift: shift.estimate.exp(),
        low,
        high,
        pairs: counted.len(),
        result,
        worst: worst_ratios(is_duration, &numbers),
    })
}

/// The tenants with the largest ratios; of rows, the most distant from one.
fn worst_ratios(is_duration: bool, numbers: &[Numbers<'_>]) -> Vec<WorstTenant> {
    let distance = |one: &&Numbers<'_>| {
        let ln = (one.after.unwrap_or(one.before) / one.before).ln();
        if is_duration { ln } else { ln.abs() }
    };
    let mut far: Vec<_> = numbers
        .iter()
        .filter(|one| distance(one) > NEGLIGIBLE_RATIO.ln())
        .collect();
    far.sort_by(|one, other| {
        let by_distance = distance(other).total_cmp(&distance(one));
        by_distance.then_with(|| one.tenant.cmp(other.tenant))
    });
    let far = far.into_iter().take(MOST_WORST);
    far.filter_map(|one| {
        Some(WorstTenant {
            tenant: one.tenant.clone(),
            before: one.before,
            after: one.after?,
        })
    })
    .collect()
}

fn compare_failures(pairs: &[&Pair<'_>], error: f64) -> Option<ComparedMetric> {
    let compared: Vec<_> = pairs
        .iter()
        .filter_map(|pair| Some((pair, pair.stratum()?)))
        .collect();
    let strata: Vec<Stratum> = compared.iter().map(|(_, stratum)| *stratum).collect();
    #[expect(clippy::cast_precision_loss, reason = "there are few tenants")]
    let count = strata.len() as f64;
    let share = |one: &Stratum| f64::from(one.failed_before) / f64::from(one.finished_before);
    let outcome = |one: &Stratum| f64::from(u8::from(one.failed == Some(true)));
    let before = strata.iter().map(share).sum::<f64>() / count;
    let after = strata.iter().map(outcome).sum::<f64>() / count;
    if strata.is_empty() {
        return None;
    }
    // Half of the error goes to the exact test, half to the interval.
    let is_proven = |side| proves_change(side, &strata, error / 4.0);
    let in_all = |of: fn(&Stratum) -> u64| strata.iter().map(of).sum::<u64>();
    let before_interval = rate_sequence(
        in_all(|one| one.failed_before.into()),
        in_all(|one| one.finished_before.into()),
        error / 4.0,
    );
    let finished = in_all(|one| u64::from(one.failed.is_some()));
    let after_interval = rate_sequence(
        in_all(|one| u64::from(one.failed == Some(true))),
        finished,
        error / 4.0,
    );
    let mut low = (after_interval.0 - before_interval.1).min(after - before);
    let mut high = (after_interval.1 - before_interval.0).max(after - before);
    let result = if is_proven(Side::Above) {
        low = low.max(0.0);
        ComparisonResult::Higher
    } else if is_proven(Side::Below) {
        high = high.min(0.0);
        ComparisonResult::Lower
    } else if low > -NEGLIGIBLE_RATE && high < NEGLIGIBLE_RATE {
        ComparisonResult::NoDifference
    } else {
        ComparisonResult::Inconclusive
    };
    let mut failed: Vec<_> = compared
        .iter()
        .filter(|(_, one)| one.failed == Some(true))
        .collect();
    failed.sort_by(|(one, a), (other, b)| {
        share(a)
            .total_cmp(&share(b))
            .then_with(|| one.tenant.cmp(other.tenant))
    });
    let worst = failed
        .into_iter()
        .take(MOST_WORST)
        .map(|(pair, one)| WorstTenant {
            tenant: pair.tenant.clone(),
            before: share(one),
            after: 1.0,
        });
    Some(ComparedMetric {
        cohort: None,
        metric: Metric::FailureRate,
        before,
        after,
        shift: after - before,
        low,
        high,
        pairs: strata.len(),
        result,
        worst: worst.collect(),
    })
}

#[cfg(test)]
mod tests;
