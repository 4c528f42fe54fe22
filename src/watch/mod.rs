//! The watcher: asks about every job when its time comes, and tells of what
//! it learned over a channel.
//!
//! What to do when is decided by [`Schedule`], which is pure: time and chance
//! are handed in. Around it stands a task that sends the requests and applies
//! the answers. Nothing here knows who listens.

mod backoff;
mod rate_limiter;
mod schedule;
mod snapshot;
mod updates;
mod watched;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use crate::config::WatchedJob;
use crate::hotglue::{FlowId, JobAddress, TenantId};

pub(crate) use rate_limiter::RateLimiter;
pub use schedule::{CircuitState, Limits, PollOutcome, Schedule};
pub use snapshot::{EnvironmentStatus, FailureStreak, Health, Snapshot, Transition};
pub use updates::{Batch, Updates};
pub use watcher::{Service, Watcher, start, start_with_clock};

/// A watched job, by the number its owner gave it. Numbers are not used
/// again, so that a late answer can never land on another job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

/// An environment, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId(pub usize);

/// A followed flow, by the number its owner gave it; not used again either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FollowId(pub u32);

/// Something to ask the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PollRequest {
    /// How a job is doing.
    Status(JobId),
    /// Which job is the newest of a tenant in a flow.
    Newest(JobId),
    /// Which tenants the environment has, for a flow followed for all of them.
    Tenants(FollowId),
}

impl PollRequest {
    /// Whether it is a listing call, which is made less often.
    pub fn is_listing(self) -> bool {
        !matches!(self, Self::Status(_))
    }
}

/// A job to watch.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its number.
    pub id: JobId,
    /// Where it runs.
    pub environment: EnvironmentId,
    /// Which job it is.
    pub selector: JobSelector,
    /// Time between two polls while it runs.
    pub interval: Duration,
}

impl Target {
    /// A job of the config, asked about at its own interval or the common one.
    pub fn job(id: JobId, job: &WatchedJob, interval: Duration) -> Self {
        Self {
            id,
            environment: EnvironmentId(job.environment),
            selector: JobSelector::Job(Arc::new(job.address.clone())),
            interval: job.poll_interval.unwrap_or(interval),
        }
    }
}

/// Which job a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum JobSelector {
    /// This one.
    Job(Arc<JobAddress>),
    /// The newest of a tenant in a flow, whichever that is.
    Newest {
        /// The flow.
        flow: FlowId,
        /// The tenant.
        tenant: TenantId,
    },
}

impl JobSelector {
    /// The flow.
    pub fn flow(&self) -> &FlowId {
        match self {
            Self::Job(address) => &address.flow,
            Self::Newest { flow, .. } => flow,
        }
    }

    /// The tenant.
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::Job(address) => &address.tenant,
            Self::Newest { tenant, .. } => tenant,
        }
    }
}

/// A flow followed for every tenant of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantDiscovery {
    /// Its number.
    pub id: FollowId,
    /// Where it runs.
    pub environment: EnvironmentId,
}
