//! The watcher: asks about every job when its time comes, and tells of what
//! it learned over a channel.
//!
//! What to do when is decided by [`Schedule`], which is pure: time and chance
//! are handed in. Around it stands a task that sends the requests and applies
//! the answers. Nothing here knows who listens.

mod backoff;
mod pace;
mod schedule;
mod snapshot;
mod updates;
mod watched;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use crate::config::WatchedJob;
use crate::hotglue::{FlowId, JobAddress, TenantId};

pub use schedule::{Gate, Limits, Schedule, Verdict};
pub use snapshot::{Condition, Health, Snapshot, Transition, Trouble};
pub use updates::{Batch, Updates};
pub use watcher::{Service, Watcher, start};

/// A watched job, by the number its owner gave it. Numbers are not used
/// again, so that a late answer can never land on another job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey(pub u32);

/// An environment, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentKey(pub usize);

/// A followed flow, by the number its owner gave it; not used again either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FollowKey(pub u32);

/// Something to ask the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// How a job is doing.
    Status(JobKey),
    /// Which job is the newest of a tenant in a flow.
    Newest(JobKey),
    /// Which tenants the environment has, for a flow followed for all of them.
    Tenants(FollowKey),
}

impl Ask {
    /// Whether it is a listing call, which is made less often.
    pub fn is_listing(self) -> bool {
        !matches!(self, Self::Status(_))
    }
}

/// A job to watch.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its number.
    pub key: JobKey,
    /// Where it runs.
    pub environment: EnvironmentKey,
    /// Which job it is.
    pub subject: Subject,
    /// Time between two polls while it runs.
    pub interval: Duration,
}

impl Target {
    /// A job of the config, asked about at its own interval or the common one.
    pub fn job(key: JobKey, job: &WatchedJob, interval: Duration) -> Self {
        Self {
            key,
            environment: EnvironmentKey(job.environment),
            subject: Subject::Job(Arc::new(job.address.clone())),
            interval: job.poll_interval.unwrap_or(interval),
        }
    }
}

/// Which job a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
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

impl Subject {
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
pub struct Roster {
    /// Its number.
    pub key: FollowKey,
    /// Where it runs.
    pub environment: EnvironmentKey,
}
