//! Counts by state, kept as rows change.

use crate::app::jobs::row::Row;
use crate::hotglue::State;

/// How many jobs are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StateCounts {
    states: [usize; State::ALL.len()],
    anomalies: usize,
}

impl StateCounts {
    /// The jobs in a state.
    pub fn of(&self, state: State) -> usize {
        self.states[state as usize]
    }

    /// The slow and silent jobs.
    pub fn anomalies(&self) -> usize {
        self.anomalies
    }

    /// All jobs.
    pub fn total(&self) -> usize {
        self.states.iter().sum()
    }

    /// The jobs that have come to an end.
    pub fn done(&self) -> usize {
        self.of(State::Completed) + self.of(State::Failed) + self.of(State::Cancelled)
    }

    pub(in crate::app) fn add(&mut self, row: &Row) {
        self.states[row.state() as usize] += 1;
        self.anomalies += usize::from(row.anomaly.is_some());
    }

    pub(in crate::app) fn remove(&mut self, row: &Row) {
        let count = &mut self.states[row.state() as usize];
        *count = count.saturating_sub(1);
        self.anomalies = self
            .anomalies
            .saturating_sub(usize::from(row.anomaly.is_some()));
    }
}

/// Which jobs the table shows, before any filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum Show {
    /// All.
    #[default]
    All,
    /// Running and queued ones.
    Running,
    /// Failed and cancelled ones.
    Failed,
    /// Completed ones.
    Completed,
    /// Those of unknown state.
    Unknown,
    /// Those whose status changed since the start.
    Changed,
}

impl Show {
    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Completed => "completed",
            Self::Unknown => "unknown",
            Self::Changed => "changed",
        }
    }

    pub(in crate::app) fn admits(self, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::Running => matches!(row.state(), State::Running | State::Queued),
            Self::Failed => matches!(row.state(), State::Failed | State::Cancelled),
            Self::Completed => row.state() == State::Completed,
            Self::Unknown => row.state() == State::Unknown,
            Self::Changed => row.changed.is_some(),
        }
    }
}
