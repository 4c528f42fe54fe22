//! What is watched: jobs and followed flows, and the ids that name them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::config::WatchedJob;
use crate::hotglue::{FlowId, JobAddress, TenantId};

/// The id of a watched job, assigned by its owner. Ids are not reused, so that
/// a late response never reaches another job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

/// The id of an environment, assigned by its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId(pub usize);

/// The id of a followed flow, assigned by its owner. Ids are not reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FollowId(pub u32);

/// A job to watch.
#[derive(Debug, Clone)]
pub struct Target {
    /// The id.
    pub id: JobId,
    /// The environment.
    pub environment: EnvironmentId,
    /// The job, or the rule that selects it.
    pub selector: JobSelector,
    /// The time between two polls while the job runs.
    pub interval: Duration,
    /// The start of the rollout that a tenant's newest job belongs to. Until a
    /// job has begun since then, the tenant's jobs are listed at the interval,
    /// so that its start is seen as soon as its end would be.
    pub since: Option<Timestamp>,
}

impl Target {
    /// Creates the target of a configured job, polled at its own interval or the
    /// common one.
    pub fn job(id: JobId, job: &WatchedJob, interval: Duration) -> Self {
        Self {
            id,
            environment: EnvironmentId(job.environment),
            selector: JobSelector::Job(Arc::new(job.address.clone())),
            interval: job.poll_interval.unwrap_or(interval),
            since: None,
        }
    }
}

/// The job of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum JobSelector {
    /// A given job.
    Job(Arc<JobAddress>),
    /// The newest job of a tenant in a flow.
    Newest {
        /// The flow.
        flow: FlowId,
        /// The tenant.
        tenant: TenantId,
    },
}

impl JobSelector {
    /// Returns the flow.
    pub(crate) fn flow(&self) -> &FlowId {
        match self {
            Self::Job(address) => &address.flow,
            Self::Newest { flow, .. } => flow,
        }
    }

    /// Returns the tenant.
    pub(crate) fn tenant(&self) -> &TenantId {
        match self {
            Self::Job(address) => &address.tenant,
            Self::Newest { tenant, .. } => tenant,
        }
    }
}

/// A flow followed for every tenant of an environment, whose tenants are listed
/// from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantDiscovery {
    /// The id of the followed flow.
    pub(crate) id: FollowId,
    /// The environment.
    pub(crate) environment: EnvironmentId,
}
