//! Failures in a row: what an environment may be said to be in.

use std::collections::BTreeSet;

use hgtop::hotglue::FetchError;
use hgtop::watch::{EnvironmentId, EnvironmentStatus};
use tokio::time::Instant;

use super::{Ledger, Outcome, Poll, SECOND};

/// The jobs that must be refused in a row, or all where there are fewer.
const REFUSED_JOBS: usize = 3;
/// The jobs that must get no response in a row before it is an outage.
const OUTAGE_JOBS: usize = 2;

/// The jobs that failed one way, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Streak {
    names: BTreeSet<String>,
    /// Whether they are enough to conclude something about the environment.
    is_enough: bool,
    /// The time at which they last were.
    was_enough: Option<Instant>,
}

impl Streak {
    fn add(&mut self, name: &str, enough: usize) {
        if self.names.len() < REFUSED_JOBS {
            self.names.insert(name.to_owned());
        }
        self.is_enough |= self.names.len() >= enough;
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.is_enough) {
            self.was_enough = Some(Instant::now());
        }
        self.names.clear();
    }

    /// A status that was published just before may arrive just after.
    fn is_enough(&self) -> bool {
        self.is_enough || self.was_enough == Some(Instant::now())
    }
}

impl Ledger {
    /// A response was accepted.
    pub(super) fn accept(&mut self) {
        self.refused.end();
        self.unavailable.end();
    }

    pub(super) fn count_failure(&mut self, name: &str, error: &FetchError) {
        match error {
            FetchError::Unauthorized { .. } => {
                self.unavailable.end();
                let enough = self.polled();
                self.refused.add(name, enough);
            }
            FetchError::TimedOut
            | FetchError::Unreachable { .. }
            | FetchError::Interrupted
            | FetchError::Server { .. } => self.unavailable.add(name, OUTAGE_JOBS),
            // The API key was accepted.
            FetchError::NotFound { .. } | FetchError::Rejected { .. } => self.accept(),
            _ => self.unavailable.end(),
        }
    }

    /// Whether there is reason for what hgtop says about an environment.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn check_status(
        &self,
        id: EnvironmentId,
        status: &EnvironmentStatus,
    ) -> Result<(), String> {
        if self.connected != Some(id) {
            return Ok(());
        }
        let streak = match status {
            EnvironmentStatus::Closed | EnvironmentStatus::RateLimited { .. } => return Ok(()),
            EnvironmentStatus::Unauthorized { .. } => &self.refused,
            EnvironmentStatus::Outage { .. } => &self.unavailable,
        };
        if streak.is_enough() {
            return Ok(());
        }
        Err(format!(
            "{status:?} because of {:?}, of at least {} polled jobs",
            streak.names,
            self.polled()
        ))
    }

    /// The number of jobs that are polled for certain, counted up to
    /// [`REFUSED_JOBS`].
    fn polled(&self) -> usize {
        let now = Instant::now();
        let is_polled = |poll: &&Poll| {
            let is_unfinished = match poll.outcome {
                Outcome::Pending => now.duration_since(poll.last) > SECOND,
                Outcome::Running | Outcome::Error => true,
                Outcome::Failed | Outcome::Completed => false,
            };
            poll.row.is_some() && is_unfinished
        };
        self.polls
            .values()
            .filter(is_polled)
            .take(REFUSED_JOBS)
            .count()
            .max(1)
    }
}
