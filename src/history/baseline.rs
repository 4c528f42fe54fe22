//! Baselines: how long the runs of a flow took.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::SignedDuration;

use crate::hotglue::Stage;

/// The fewest durations that percentiles are computed from.
pub(crate) const MIN_RUNS: usize = 5;
/// A stage that fewer of a hundred runs have is not expected to come.
const MIN_SHARE: usize = 50;

/// Percentiles of durations, each the duration of an actual run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentiles {
    /// The number of durations.
    pub count: usize,
    /// The 50th percentile.
    pub p50: SignedDuration,
    /// The 90th percentile.
    pub p90: SignedDuration,
    /// The 95th percentile.
    pub p95: SignedDuration,
}

impl Percentiles {
    /// Computes the percentiles of durations in milliseconds; `None` for fewer
    /// than `MIN_RUNS`.
    pub fn of(mut durations: Vec<i64>) -> Option<Self> {
        if durations.len() < MIN_RUNS {
            return None;
        }
        durations.sort_unstable();
        let nearest_rank = |percent: usize| {
            let rank = (durations.len() * percent).div_ceil(100).max(1);
            SignedDuration::from_millis(durations[rank - 1])
        };
        Some(Self {
            count: durations.len(),
            p50: nearest_rank(50),
            p90: nearest_rank(90),
            p95: nearest_rank(95),
        })
    }
}

/// The baseline of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageBaseline {
    /// How long the stage takes.
    pub duration: Percentiles,
    /// The longest time without an event in it, where recorded.
    pub silence: Option<Percentiles>,
    /// How many of a hundred runs have the stage.
    pub share: usize,
}

/// The baseline of a flow and tap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Its stages, `Queued` among them.
    pub stages: BTreeMap<Stage, StageBaseline>,
    /// The whole job, from its creation to its completion.
    pub total: Option<Percentiles>,
}

impl Baseline {
    /// The baseline of a stage.
    pub fn stage(&self, stage: Stage) -> Option<&StageBaseline> {
        self.stages.get(&stage)
    }

    /// The time that a job usually takes after a stage: the medians of the
    /// later stages that most runs have.
    pub fn after(&self, stage: Stage) -> SignedDuration {
        self.stages
            .range((Bound::Excluded(stage), Bound::Unbounded))
            .filter(|(_, baseline)| baseline.share >= MIN_SHARE)
            .map(|(_, baseline)| baseline.duration.p50)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_of_actual_runs() {
        assert_eq!(Percentiles::of(vec![1, 2, 3, 4]), None);
        let percentiles =
            Percentiles::of((1..=100).rev().map(|second| second * 1000).collect()).unwrap();
        assert_eq!(percentiles.count, 100);
        assert_eq!(percentiles.p50.as_secs(), 50);
        assert_eq!(percentiles.p90.as_secs(), 90);
        assert_eq!(percentiles.p95.as_secs(), 95);
        let small = Percentiles::of(vec![5, 1, 4, 2, 3]).unwrap();
        assert_eq!(small.p50.as_millis(), 3);
        assert_eq!(small.p95.as_millis(), 5);
    }
}
