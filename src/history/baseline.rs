//! What is usual: how long things took before.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::hotglue::Stage;

/// Fewer runs than this say nothing.
pub const ENOUGH: usize = 5;

/// How long something took, over several runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentiles {
    /// How many runs it is read out of.
    pub count: usize,
    /// Half of them were faster.
    pub median: SignedDuration,
    /// Nine of ten were faster.
    pub p90: SignedDuration,
    /// Nineteen of twenty were faster.
    pub p95: SignedDuration,
}

impl Percentiles {
    /// Reads it out of durations in milliseconds; `None` where there are too
    /// few.
    pub fn of(mut times: Vec<i64>) -> Option<Self> {
        if times.len() < ENOUGH {
            return None;
        }
        times.sort_unstable();
        // The nearest rank: a duration that really was, never one made up.
        let rank = |percent: usize| {
            let at = (times.len() * percent).div_ceil(100).max(1) - 1;
            SignedDuration::from_millis(times[at])
        };
        Some(Self {
            count: times.len(),
            median: rank(50),
            p90: rank(90),
            p95: rank(95),
        })
    }
}

/// What is usual for a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageBaseline {
    /// How long it takes.
    pub took: Percentiles,
    /// The longest time without an event in it, where that was seen.
    pub silence: Option<Percentiles>,
    /// In how many of a hundred runs there is such a stage.
    pub share: usize,
}

/// What is usual for a flow and tap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Its stages, `Queued` among them.
    pub stages: BTreeMap<Stage, StageBaseline>,
    /// The whole job, from creation to completion.
    pub whole: Option<Percentiles>,
}

impl Baseline {
    /// What is usual for a stage.
    pub fn stage(&self, stage: Stage) -> Option<&StageBaseline> {
        self.stages.get(&stage)
    }

    /// What is usually still to come after a stage has begun: the stages
    /// behind it that most runs have.
    pub fn after(&self, stage: Stage) -> SignedDuration {
        self.stages
            .range((std::ops::Bound::Excluded(stage), std::ops::Bound::Unbounded))
            .filter(|(_, baseline)| baseline.share >= 50)
            .map(|(_, baseline)| baseline.took.median)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_durations_that_were() {
        assert_eq!(Percentiles::of(vec![1, 2, 3, 4]), None);
        let percentiles =
            Percentiles::of((1..=100).rev().map(|second| second * 1000).collect()).unwrap();
        assert_eq!(percentiles.count, 100);
        assert_eq!(percentiles.median.as_secs(), 50);
        assert_eq!(percentiles.p90.as_secs(), 90);
        assert_eq!(percentiles.p95.as_secs(), 95);
        let small = Percentiles::of(vec![5, 1, 4, 2, 3]).unwrap();
        assert_eq!(small.median.as_millis(), 3);
        assert_eq!(small.p95.as_millis(), 5);
    }
}
