//! The list of failure groups.

use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::rollout::{FailureGroup, failure_groups};

/// The failure groups as a list to choose from.
#[derive(Debug, Clone)]
pub struct FailureGroupList {
    /// The groups, the largest first.
    pub failure_groups: Vec<FailureGroup>,
    /// The index of the chosen one.
    pub at: usize,
}

impl FailureGroupList {
    /// Groups the failed jobs. The cost grows with the number of jobs, so the
    /// list is made when it opens and when a job changes, not for each frame.
    pub(in crate::app) fn new(model: &Model, at: usize) -> Self {
        let failure_groups = failure_groups(model.jobs.all().filter_map(Row::facts));
        let at = at.min(failure_groups.len().saturating_sub(1));
        Self { failure_groups, at }
    }
}
