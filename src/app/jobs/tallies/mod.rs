//! What is counted over all rows, updated as rows change, so that drawing it
//! costs the same for any number of jobs.

mod activity;
mod failure_tally;
mod follow_tally;
mod stage_durations;

pub(crate) use activity::{Activity, BurnUp};
pub(crate) use failure_tally::FailureTally;
pub(crate) use follow_tally::FollowTally;
pub(crate) use stage_durations::{FlowStages, StageDurations};

use crate::app::jobs::row::Row;
use crate::app::jobs::state_counts::StateCounts;

/// Everything that is counted over rows.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// The rows by state.
    pub(crate) counts: StateCounts,
    /// When jobs started and finished.
    pub(crate) activity: Activity,
    /// How long stages took.
    pub(crate) stages: StageDurations,
    /// The failed jobs by the fingerprint of their messages.
    pub(crate) failures: FailureTally,
    /// How far the followed flows are.
    pub(crate) follows: FollowTally,
}

impl Tallies {
    /// Counts a row, unless another one represents its job. The last run of a
    /// tenant that has not started is not counted.
    pub(super) fn add(&mut self, row: &Row) {
        if row.shown_by.is_some() {
            return;
        }
        self.counts.add(row);
        self.follows.add(row);
        if row.is_not_started() {
            return;
        }
        self.activity.add(row);
        self.stages.add(row);
        self.failures.add(row);
    }

    pub(super) fn remove(&mut self, row: &Row) {
        if row.shown_by.is_some() {
            return;
        }
        self.counts.remove(row);
        self.follows.remove(row);
        if row.is_not_started() {
            return;
        }
        self.activity.remove(row);
        self.stages.remove(row);
        self.failures.remove(row);
    }
}

#[cfg(test)]
mod tests;
