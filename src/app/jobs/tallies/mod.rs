//! What is counted over all rows, updated as rows change, so that drawing it
//! costs the same for any number of jobs.

mod activity;
mod failure_tally;
mod stage_durations;

pub(crate) use activity::{Activity, BurnUp};
pub(crate) use failure_tally::FailureTally;
pub(crate) use stage_durations::{FlowStages, StageDurations};

use crate::app::jobs::row::Row;
use crate::app::jobs::state_counts::StateCounts;

/// Everything that is counted over rows.
#[derive(Debug, Default)]
pub struct Tallies {
    /// The rows by state.
    pub counts: StateCounts,
    /// When jobs started and finished.
    pub activity: Activity,
    /// How long stages took.
    pub stages: StageDurations,
    /// The failed jobs by the fingerprint of their messages.
    pub failures: FailureTally,
}

impl Tallies {
    pub(super) fn add(&mut self, row: &Row) {
        self.counts.add(row);
        self.activity.add(row);
        self.stages.add(row);
        self.failures.add(row);
    }

    pub(super) fn remove(&mut self, row: &Row) {
        self.counts.remove(row);
        self.activity.remove(row);
        self.stages.remove(row);
        self.failures.remove(row);
    }
}

#[cfg(test)]
mod tests;
