//! The baselines and the correction that come from the history.

use super::calibration::Calibration;
use crate::history::PastRun;
use crate::hotglue::{EnvId, FlowId};
use crate::rollout::baseline::FlowBaseline;

/// The baselines of flows, and the correction of forecasts by earlier ones.
#[derive(Debug, Clone, Default)]
pub struct LearnedBaselines {
    /// The baselines; flows with too few runs are missing.
    pub baselines: Vec<(EnvId, FlowId, FlowBaseline)>,
    /// The correction.
    pub calibration: Calibration,
}

impl LearnedBaselines {
    /// Learns from the finished runs of flows. Takes about a second for a
    /// million runs.
    pub fn new(flows: &[(EnvId, FlowId, Vec<PastRun>)]) -> Self {
        let baselines = flows.iter().filter_map(|(env_id, flow, past)| {
            Some((env_id.clone(), flow.clone(), FlowBaseline::new(past)?))
        });
        Self {
            baselines: baselines.collect(),
            calibration: Calibration::default(),
        }
    }
}
