//! What the watcher publishes about a job and about an environment.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::target::JobId;
use crate::history::Observation;
use crate::hotglue::{EnvId, FetchError, Job, JobAddress, JobStatus};

/// The known state of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The last successful response.
    pub job: Option<Arc<Job>>,
    /// The address of that job; for a followed flow, of the newest one.
    pub address: Option<Arc<JobAddress>>,
    /// The success of polling.
    pub health: Health,
}

impl Snapshot {
    /// Whether another snapshot of the job says the same, apart from when it
    /// was polled.
    pub(crate) fn confirms(&self, other: &Self) -> bool {
        self.job == other.job
            && self.address == other.address
            && self.health.failure_streak == other.health.failure_streak
            && self.health.last_success.is_some() == other.health.last_success.is_some()
    }
}

/// The success of polling a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// The time of the last poll, successful or not.
    pub last_poll: Option<Timestamp>,
    /// The time of the last successful poll.
    pub last_success: Option<Timestamp>,
    /// The duration of the last poll.
    pub latency: Option<Duration>,
    /// The time of the next poll; `None` when none is planned.
    pub next_poll: Option<Timestamp>,
    /// The number of polls.
    pub polls: u32,
    /// The number of failed polls.
    pub errors: u32,
    /// The failures since the last successful poll, if any.
    pub failure_streak: Option<FailureStreak>,
}

/// Polls that failed in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureStreak {
    /// The time of the first failure.
    pub since: Timestamp,
    /// The number of failures.
    pub count: u32,
    /// The error of the last failure.
    pub error: Arc<FetchError>,
}

impl FailureStreak {
    /// The number of failures in a row from which a job counts as unreachable,
    /// not merely stale.
    pub const UNREACHABLE: u32 = 3;
}

/// A change of a job's status between two responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The id of the watched job.
    pub id: JobId,
    /// The address of the job.
    pub(crate) address: Arc<JobAddress>,
    /// Whether the job replaced an earlier run in its row.
    pub is_new_run: bool,
    /// The status before; `None` for the first response.
    pub(crate) from: Option<JobStatus>,
    /// The status now.
    pub to: JobStatus,
    /// The response with that status.
    pub(crate) job: Arc<Job>,
    /// The time of the response.
    pub(crate) seen: Timestamp,
    /// The time of the job's last event, as the service reports it.
    pub(crate) updated: Option<Timestamp>,
}

impl Transition {
    /// Creates the transition to the status of a response received at `seen`.
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

    /// Returns the transition as the history records it.
    pub(crate) fn observation(&self, env_id: EnvId) -> Observation {
        Observation::new(env_id, Arc::clone(&self.address), &self.job, self.seen)
    }
}

/// The state of an environment's circuit breaker, for display.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EnvironmentStatus {
    /// Jobs are polled when they are due.
    #[default]
    Closed,
    /// The service limits the rate; no request is sent.
    RateLimited {
        /// The end of the wait.
        until: Timestamp,
    },
    /// The API key is refused; one request a minute is sent as a probe.
    Unauthorized {
        /// The time since which the key is refused.
        since: Timestamp,
        /// The error of the last request.
        error: Arc<FetchError>,
        /// The time of the next probe.
        next: Timestamp,
    },
    /// The service is down; one request at a time is sent as a probe.
    Outage {
        /// The time since which the service is down.
        since: Timestamp,
        /// The error of the last request.
        error: Arc<FetchError>,
        /// The time of the next probe.
        next: Timestamp,
    },
}

impl EnvironmentStatus {
    /// Returns the start and the last error of a failure.
    pub(super) fn failure(&self) -> Option<(Timestamp, &Arc<FetchError>)> {
        match self {
            Self::Unauthorized { since, error, .. } | Self::Outage { since, error, .. } => {
                Some((*since, error))
            }
            Self::Closed | Self::RateLimited { .. } => None,
        }
    }
}
