//! What the watcher knows of a job, and of an environment.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::JobId;
use crate::history::Observation;
use crate::hotglue::{EnvId, FetchError, Job, JobAddress, JobStatus};

/// All that is known of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The last good answer.
    pub job: Option<Arc<Job>>,
    /// What names that job; of a followed flow the newest one.
    pub address: Option<Arc<JobAddress>>,
    /// How polling it goes.
    pub health: Health,
}

/// How polling a job goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// When the last poll ended, well or not.
    pub last_poll: Option<Timestamp>,
    /// When the last good answer came.
    pub last_success: Option<Timestamp>,
    /// How long the last poll took.
    pub latency: Option<Duration>,
    /// When it is asked next; `None` when that is not planned.
    pub next_poll: Option<Timestamp>,
    /// Polls so far.
    pub polls: u32,
    /// Those of them that brought no good answer.
    pub errors: u32,
    /// What is wrong now, if something is.
    pub failure_streak: Option<FailureStreak>,
}

/// Polls that fail, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureStreak {
    /// When the first of them ended.
    pub since: Timestamp,
    /// How many there were.
    pub count: u32,
    /// What the last of them said.
    pub error: Arc<FetchError>,
}

impl FailureStreak {
    /// Failures in a row from which a job counts as unreachable, not merely
    /// stale.
    pub const UNREACHABLE: u32 = 3;
}

/// A job's status changed between two answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The job.
    pub id: JobId,
    /// What names it.
    pub address: Arc<JobAddress>,
    /// Whether the row moved on to this job from an older one.
    pub is_new_run: bool,
    /// What it was; `None` for the first answer.
    pub from: Option<JobStatus>,
    /// What it is.
    pub to: JobStatus,
    /// The answer that said so.
    pub job: Arc<Job>,
    /// When hgtop saw it.
    pub seen: Timestamp,
    /// When the service says its last event was.
    pub updated: Option<Timestamp>,
}

impl Transition {
    /// The news that a job answered so at `seen`.
    pub fn new(
        id: JobId,
        address: Arc<JobAddress>,
        from: Option<JobStatus>,
        job: Arc<Job>,
        seen: Timestamp,
    ) -> Self {
        Self {
            id,
            address,
            is_new_run: false,
            from,
            to: job.status.clone(),
            seen,
            updated: job.last_updated.as_ref().and_then(|moment| moment.at),
            job,
        }
    }

    /// The transition as the history keeps it.
    pub fn observation(&self, env_id: EnvId) -> Observation {
        Observation::new(env_id, Arc::clone(&self.address), &self.job, self.seen)
    }
}

/// How an environment as a whole is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EnvironmentStatus {
    /// Nothing stands in the way.
    #[default]
    Closed,
    /// The service asked to be left alone.
    RateLimited {
        /// Until then.
        until: Timestamp,
    },
    /// The key is refused: one request a minute tries again.
    Unauthorized {
        /// Since then.
        since: Timestamp,
        /// What the service said.
        error: Arc<FetchError>,
        /// When it is tried again.
        next: Timestamp,
    },
    /// Nothing gets through: one request at a time tries again.
    Outage {
        /// Since then.
        since: Timestamp,
        /// What the last try met.
        error: Arc<FetchError>,
        /// When it is tried again.
        next: Timestamp,
    },
}
