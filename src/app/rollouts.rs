//! The rollout that the header shows.

use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::config::Follow;
use crate::rollout::RolloutSummary;
use crate::watch::{EnvironmentId, FollowId};

/// A rollout as the header shows it.
#[derive(Debug)]
pub(crate) struct ShownRollout<'a> {
    /// The followed flow.
    pub(crate) id: FollowId,
    /// Its name, its start and its gate.
    pub(crate) flow: &'a Follow<EnvironmentId>,
    /// Its result so far.
    pub(crate) summary: RolloutSummary,
}

impl Model {
    /// The rollout of the selected row, else the one that started last.
    pub(crate) fn shown_rollout(&self) -> Option<ShownRollout<'_>> {
        let rollouts = || {
            let flows = self
                .follows
                .iter()
                .map(|(id, followed)| (id, &followed.flow));
            flows.filter(|(_, flow)| flow.since.is_some())
        };
        let selected = self.jobs.selected().and_then(Row::latest_follow);
        let of_row = rollouts().find(|(id, _)| Some(*id) == selected);
        let last = || rollouts().max_by_key(|(_, flow)| flow.since);
        let (id, flow) = of_row.or_else(last)?;
        let summary = RolloutSummary::new(
            self.jobs.progress_of(id),
            &flow.gate,
            self.gates.evidence(id),
        );
        Some(ShownRollout { id, flow, summary })
    }
}
