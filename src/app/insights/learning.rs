//! Which flows have a baseline, for which of the others learning was offered,
//! and the learning in progress.

use std::collections::HashSet;

use crate::hotglue::FlowId;
use crate::watch::{EnvironmentId, FollowId, JobId};

/// What is known of the baselines of flows.
#[derive(Debug, Default)]
pub(crate) struct Learning {
    with_baseline: HashSet<(EnvironmentId, FlowId)>,
    offered: HashSet<FollowId>,
    /// The followed flows whose learning the user has begun.
    begun: HashSet<FollowId>,
    /// The rows whose jobs are being listed, and how many there were at first.
    listing: Option<(HashSet<JobId>, usize)>,
}

impl Learning {
    /// Records that the history has a baseline of a flow.
    pub(in crate::app) fn add_baseline(&mut self, environment: EnvironmentId, flow: FlowId) {
        self.with_baseline.insert((environment, flow));
    }

    /// Whether the history has a baseline of a flow.
    pub(in crate::app) fn has_baseline(&self, environment: EnvironmentId, flow: &FlowId) -> bool {
        self.with_baseline.contains(&(environment, flow.clone()))
    }

    /// Whether learning is offered for a followed flow for the first time.
    pub(in crate::app) fn offer(&mut self, follow: FollowId) -> bool {
        self.offered.insert(follow)
    }

    /// Whether learning was offered for a followed flow and has not begun since.
    pub(in crate::app) fn is_offered(&self, follow: FollowId) -> bool {
        self.offered.contains(&follow) && !self.begun.contains(&follow)
    }

    /// Begins to list the jobs of the rows of followed flows.
    pub(in crate::app) fn begin(&mut self, follows: HashSet<FollowId>, rows: &[JobId]) {
        self.begun.extend(follows);
        self.listing = Some((rows.iter().copied().collect(), rows.len()));
    }

    /// Records that rows were listed. Returns how many of how many have been;
    /// `None` where none of them was waited for.
    pub(in crate::app) fn listed(
        &mut self,
        rows: impl IntoIterator<Item = JobId>,
    ) -> Option<(usize, usize)> {
        let (left, total) = self.listing.as_mut()?;
        let before = left.len();
        for row in rows {
            left.remove(&row);
        }
        let (left, total) = (left.len(), *total);
        if left == 0 {
            self.listing = None;
        }
        (left < before).then_some((total - left, total))
    }
}
