//! Rows counted by state, updated as they change.

use crate::app::jobs::row::Row;
use crate::hotglue::State;

/// The number of jobs in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StateCounts {
    states: [usize; State::ALL.len()],
    anomalies: usize,
}

impl StateCounts {
    /// The number of jobs in a state.
    pub fn of(&self, state: State) -> usize {
        self.states[state as usize]
    }

    /// The number of slow and silent jobs.
    pub fn anomalies(&self) -> usize {
        self.anomalies
    }

    /// The number of all jobs.
    pub fn total(&self) -> usize {
        self.states.iter().sum()
    }

    /// The number of finished jobs.
    pub fn finished(&self) -> usize {
        self.of(State::Completed) + self.of(State::Failed) + self.of(State::Cancelled)
    }

    pub(super) fn add(&mut self, row: &Row) {
        self.states[row.state() as usize] += 1;
        self.anomalies += usize::from(row.anomaly.is_some());
    }

    pub(super) fn remove(&mut self, row: &Row) {
        let count = &mut self.states[row.state() as usize];
        *count = count.saturating_sub(1);
        self.anomalies = self
            .anomalies
            .saturating_sub(usize::from(row.anomaly.is_some()));
    }
}
