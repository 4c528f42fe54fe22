//! The durations of the stages of this rollout beside their baselines.

use std::cmp::Reverse;
use std::iter::once;

use jiff::SignedDuration;

use crate::app::jobs::{FlowStages, StageDurations};
use crate::hotglue::{STAGES, Stage};
use crate::rollout::{FlowBaseline, Forecast};

/// The most flows and taps that are read.
const MAX_FLOWS: usize = 20;

/// The stages that take time, in order.
fn stages() -> impl Iterator<Item = Stage> {
    once(Stage::Queued).chain(STAGES)
}

/// A stage of this rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StageSummary {
    /// The stage.
    pub(crate) stage: Stage,
    /// The median of each flow and tap, averaged by their number of jobs.
    pub(crate) median: SignedDuration,
    /// The baseline of the same flows and taps, averaged in the same way; `None`
    /// without one.
    pub(crate) baseline: Option<SignedDuration>,
}

/// Medians and their baselines, weighted by the number of jobs.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    jobs: i64,
    median: i64,
    baseline: i64,
}

impl Sums {
    fn add(&mut self, jobs: usize, median: SignedDuration, baseline: SignedDuration) {
        let jobs = i64::try_from(jobs).unwrap_or(i64::MAX);
        let weighted = |time: SignedDuration| jobs.saturating_mul(time.as_secs());
        self.jobs += jobs;
        self.median = self.median.saturating_add(weighted(median));
        self.baseline = self.baseline.saturating_add(weighted(baseline));
    }

    fn mean(self, sum: i64) -> Option<SignedDuration> {
        Some(SignedDuration::from_secs(sum.checked_div(self.jobs)?))
    }
}

/// Summarizes the stages of the flows and taps with the most jobs. Where some of
/// them have a baseline, only these are compared.
pub(crate) fn stage_summaries(
    durations: &StageDurations,
    forecast: &Forecast,
) -> Vec<StageSummary> {
    let mut flows: Vec<_> = durations.iter().collect();
    let jobs = |of_flow: &FlowStages| stages().map(|stage| of_flow.count(stage)).max();
    flows.sort_by_key(|(.., of_flow)| Reverse(jobs(of_flow)));
    flows.truncate(MAX_FLOWS);
    let summarize = |stage: Stage| {
        let (mut compared, mut all) = (Sums::default(), Sums::default());
        for (environment, flow, of_flow) in &flows {
            let Some(median) = of_flow.median(stage) else {
                continue;
            };
            let count = of_flow.count(stage);
            all.add(count, median, SignedDuration::ZERO);
            let baseline = forecast.baseline(*environment, flow);
            let typical = |baseline: &FlowBaseline| baseline.stage_of_tap(&of_flow.tap, stage);
            if let Some(typical) = baseline.and_then(typical) {
                compared.add(count, median, typical);
            }
        }
        let baseline = compared.mean(compared.baseline);
        let sums = if baseline.is_some() { compared } else { all };
        Some(StageSummary {
            stage,
            median: sums.mean(sums.median)?,
            baseline,
        })
    };
    stages().filter_map(summarize).collect()
}
