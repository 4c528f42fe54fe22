//! Rows counted by state, updated as they change.

use crate::app::jobs::row::Row;
use crate::hotglue::State;
use crate::rollout::Anomaly;

/// How many jobs are in each state, and how many of those are slow or silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StateCounts {
    states: [StateCount; State::ALL.len()],
    pending: usize,
    not_started: usize,
}

/// The jobs in one state. A job is slow or silent, never both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct StateCount {
    jobs: usize,
    slow: usize,
    silent: usize,
}

impl StateCounts {
    /// The number of jobs in a state; pending and not started ones are in none.
    pub fn of(&self, state: State) -> usize {
        self.states[state as usize].jobs
    }

    /// The number of jobs that are pending their first poll.
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// The number of expected jobs that have not started.
    pub fn not_started(&self) -> usize {
        self.not_started
    }

    /// The number of slow jobs among those in a state.
    pub fn slow(&self, state: State) -> usize {
        self.states[state as usize].slow
    }

    /// The number of silent jobs among those in a state.
    pub fn silent(&self, state: State) -> usize {
        self.states[state as usize].silent
    }

    /// The number of slow and silent jobs.
    pub(crate) fn anomalies(&self) -> usize {
        let anomalies = self.states.iter().map(|count| count.slow + count.silent);
        anomalies.sum()
    }

    /// The number of all jobs.
    pub fn total(&self) -> usize {
        let jobs: usize = self.states.iter().map(|count| count.jobs).sum();
        jobs + self.pending + self.not_started
    }

    /// The number of finished jobs.
    pub(crate) fn finished(&self) -> usize {
        self.of(State::Completed) + self.of(State::Failed) + self.of(State::Cancelled)
    }

    pub(super) fn add(&mut self, row: &Row) {
        self.change(row, |count| *count += 1);
    }

    pub(super) fn remove(&mut self, row: &Row) {
        self.change(row, |count| *count = count.saturating_sub(1));
    }

    /// Changes every count that a row is part of.
    fn change(&mut self, row: &Row, change: impl Fn(&mut usize)) {
        if row.is_pending() {
            change(&mut self.pending);
            return;
        }
        if row.is_not_started() {
            change(&mut self.not_started);
            return;
        }
        let count = &mut self.states[row.state() as usize];
        change(&mut count.jobs);
        match row.anomaly {
            Some(Anomaly::Slow { .. }) => change(&mut count.slow),
            Some(Anomaly::Silent { .. }) => change(&mut count.silent),
            None => {}
        }
    }
}
