//! Counts by state, kept as rows change.

use super::Row;
use crate::hotglue::State;

/// How many jobs are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally([usize; State::ALL.len()]);

impl Tally {
    /// The jobs in a state.
    pub fn of(&self, state: State) -> usize {
        self.0[state as usize]
    }

    /// All jobs.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// The jobs that have come to an end.
    pub fn done(&self) -> usize {
        self.of(State::Completed) + self.of(State::Failed) + self.of(State::Cancelled)
    }

    pub(super) fn add(&mut self, state: State) {
        self.0[state as usize] += 1;
    }

    pub(super) fn remove(&mut self, state: State) {
        self.0[state as usize] = self.0[state as usize].saturating_sub(1);
    }
}

/// Which jobs the table shows, before any filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

    pub(super) fn admits(self, row: &Row) -> bool {
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
