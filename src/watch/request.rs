//! The requests of the watcher, and their outcomes as far as the schedule
//! depends on them.

use std::time::Duration;

use super::target::{FollowId, JobId};
use crate::hotglue::FetchError;

/// A request to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PollRequest {
    /// The status of a job.
    Status(JobId),
    /// The newest job of a tenant in a flow.
    Newest(JobId),
    /// The tenants of the environment, for a flow followed for all of them.
    Tenants(FollowId),
}

impl PollRequest {
    /// Whether the request is a listing call, which is sent less often.
    pub(crate) fn is_listing(self) -> bool {
        !matches!(self, Self::Status(_))
    }

    /// All requests that concern the same job.
    pub(super) fn of_same_job(self) -> impl Iterator<Item = Self> {
        let requests = match self {
            Self::Status(id) | Self::Newest(id) => [Self::Status(id), Self::Newest(id)],
            Self::Tenants(_) => [self; 2],
        };
        requests.into_iter()
    }

    /// Whether both requests concern the same job, or are the same.
    pub(super) fn is_same_job(self, other: Self) -> bool {
        self.of_same_job().any(|request| request == other)
    }
}

/// The outcome of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollOutcome {
    /// The job is running, or its status is unknown.
    Running,
    /// The job completed.
    Completed,
    /// The job failed or was canceled.
    Failed,
    /// The service does not know the job, or rejects the request.
    NotFound,
    /// The API gateway does not know the path. It responds before it checks the
    /// API key, so that nothing is known about the key.
    NoSuchPath,
    /// The response is not usable, which concerns this job only.
    Error,
    /// No response, or a server error: the whole service may be down.
    Unavailable,
    /// The API key was refused.
    Unauthorized,
    /// The service limits the rate, and may say for how long.
    RateLimited(Option<Duration>),
}

impl PollOutcome {
    /// Whether the response proves that the service accepts the API key.
    pub(super) fn is_success(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Completed | Self::Failed | Self::NotFound
        )
    }
}

impl From<&FetchError> for PollOutcome {
    fn from(error: &FetchError) -> Self {
        match error {
            FetchError::RateLimited { retry_after, .. } => Self::RateLimited(*retry_after),
            FetchError::NoSuchPath => Self::NoSuchPath,
            error if error.is_not_found() => Self::NotFound,
            error if error.is_unauthorized() => Self::Unauthorized,
            error if error.is_outage() => Self::Unavailable,
            _ => Self::Error,
        }
    }
}
