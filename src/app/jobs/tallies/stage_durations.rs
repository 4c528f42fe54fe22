//! How long the stages of the jobs took, by flow and tap, to be compared with
//! the baseline of the same flow and tap.

use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;

use crate::app::jobs::row::Row;
use crate::hotglue::{FlowId, Stage, Text};
use crate::watch::EnvironmentId;

/// The stages of all jobs. See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct StageDurations(HashMap<(EnvironmentId, FlowId), Vec<FlowStages>>);

/// The stages of the jobs of a flow and tap.
#[derive(Debug, Default)]
pub(crate) struct FlowStages {
    /// The tap; empty where the service names none.
    pub(crate) tap: Text,
    /// The number of stages that took each number of seconds, by stage.
    seconds: [BTreeMap<i64, usize>; Stage::ALL.len()],
    counts: [usize; Stage::ALL.len()],
}

impl FlowStages {
    /// The number of finished stages of a kind.
    pub(crate) fn count(&self, stage: Stage) -> usize {
        self.counts[stage as usize]
    }

    /// The median duration of a stage. The work grows with the number of
    /// different durations in seconds, not with the number of jobs.
    pub(crate) fn median(&self, stage: Stage) -> Option<SignedDuration> {
        let middle = self.count(stage).div_ceil(2);
        let mut passed = 0;
        let found = self.seconds[stage as usize].iter().find(|(_, count)| {
            passed += *count;
            passed >= middle
        });
        found.map(|(seconds, _)| SignedDuration::from_secs(*seconds))
    }

    fn change(&mut self, row: &Row, add: bool) {
        let finished = |span: &crate::hotglue::StageSpan| !span.failed;
        for span in row.spans().into_iter().filter(finished) {
            let Some(end) = span.to else { continue };
            let seconds = end.duration_since(span.from).as_secs();
            let counts = &mut self.seconds[span.stage as usize];
            let total = &mut self.counts[span.stage as usize];
            let count = counts.entry(seconds).or_default();
            if add {
                *count += 1;
                *total += 1;
            } else {
                *count = count.saturating_sub(1);
                *total = total.saturating_sub(1);
                if *count == 0 {
                    counts.remove(&seconds);
                }
            }
        }
    }
}

impl StageDurations {
    /// Every flow and tap with its stages.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (EnvironmentId, &FlowId, &FlowStages)> {
        self.0.iter().flat_map(|((environment, flow), taps)| {
            taps.iter().map(move |stages| (*environment, flow, stages))
        })
    }

    pub(super) fn add(&mut self, row: &Row) {
        self.change(row, true);
    }

    pub(super) fn remove(&mut self, row: &Row) {
        self.change(row, false);
    }

    fn change(&mut self, row: &Row, add: bool) {
        let Some(job) = row.job().filter(|_| !row.is_not_started()) else {
            return;
        };
        let tap = job.tap.clone().unwrap_or_default();
        let flow = (row.environment, row.selector.flow().clone());
        let taps = self.0.entry(flow).or_default();
        let index = taps.iter().position(|stages| stages.tap == tap);
        let index = index.unwrap_or_else(|| {
            taps.push(FlowStages {
                tap,
                ..FlowStages::default()
            });
            taps.len() - 1
        });
        taps[index].change(row, add);
    }
}
