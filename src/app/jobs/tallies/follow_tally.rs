//! How far the rows of each followed flow are.

use std::collections::BTreeMap;

use crate::app::jobs::row::Row;
use crate::rollout::ProgressCounts;
use crate::watch::FollowId;

/// The rows of each followed flow by their progress since its start.
#[derive(Debug, Default)]
pub(crate) struct FollowTally(BTreeMap<FollowId, ProgressCounts>);

impl FollowTally {
    /// The rows of a followed flow by their progress.
    pub(crate) fn of(&self, follow: FollowId) -> ProgressCounts {
        self.0.get(&follow).cloned().unwrap_or_default()
    }

    pub(super) fn add(&mut self, row: &Row) {
        for (follow, progress) in row.progress_by_follow() {
            self.0.entry(follow).or_default().add(progress);
        }
    }

    pub(super) fn remove(&mut self, row: &Row) {
        for (follow, progress) in row.progress_by_follow() {
            if let Some(counts) = self.0.get_mut(&follow) {
                counts.remove(progress);
            }
        }
    }
}
