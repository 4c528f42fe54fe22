//! What is usual: how long things took before.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::hotglue::Stage;

/// Fewer runs than this say nothing.
pub const ENOUGH: usize = 5;

/// How long something took, over several runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// How many runs it is read out of.
    pub count: usize,
    /// Half of them were faster.
    pub median: SignedDuration,
    /// Nine of ten were faster.
    pub p90: SignedDuration,
    /// Nineteen of twenty were faster.
    pub p95: SignedDuration,
}

impl Spread {
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
pub struct StageUsual {
    /// How long it takes.
    pub took: Spread,
    /// The longest time without an event in it, where that was seen.
    pub silence: Option<Spread>,
    /// In how many of a hundred runs there is such a stage.
    pub share: usize,
}

/// What is usual for a flow and tap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usual {
    /// Its stages, `Queued` among them.
    pub stages: BTreeMap<Stage, StageUsual>,
    /// The whole job, from creation to completion.
    pub whole: Option<Spread>,
}

impl Usual {
    /// What is usual for a stage.
    pub fn stage(&self, stage: Stage) -> Option<&StageUsual> {
        self.stages.get(&stage)
    }

    /// What is usually still to come after a stage has begun: the stages
    /// behind it that most runs have.
    pub fn after(&self, stage: Stage) -> SignedDuration {
        self.stages
            .range((std::ops::Bound::Excluded(stage), std::ops::Bound::Unbounded))
            .filter(|(_, usual)| usual.share >= 50)
            .map(|(_, usual)| usual.took.median)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_durations_that_were() {
        assert_eq!(Spread::of(vec![1, 2, 3, 4]), None);
        let spread = Spread::of((1..=100).rev().map(|second| second * 1000).collect()).unwrap();
        assert_eq!(spread.count, 100);
        assert_eq!(spread.median.as_secs(), 50);
        assert_eq!(spread.p90.as_secs(), 90);
        assert_eq!(spread.p95.as_secs(), 95);
        let small = Spread::of(vec![5, 1, 4, 2, 3]).unwrap();
        assert_eq!(small.median.as_millis(), 3);
        assert_eq!(small.p95.as_millis(), 5);
    }
}
