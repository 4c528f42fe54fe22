//! The lists of the browser: its levels, what it asks the service to list, and
//! what it receives.

use crate::hotglue::{Flow, FlowId, ListedJob, TenantId};
use crate::watch::EnvironmentId;

/// The level of the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Level {
    /// The environments.
    Environments(Vec<EnvironmentId>),
    /// The flows of an environment.
    Flows,
    /// The tenants, for a flow.
    Tenants(Flow),
    /// A tenant's jobs in a flow.
    Jobs(Flow, TenantId),
}

/// The list of a level, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) enum Listing {
    /// It needs no request: the environments are known.
    Local,
    /// It was requested.
    Waiting,
    /// It arrived.
    Ready(Listed),
    /// It could not be fetched, with the reason.
    Failed(String),
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListRequest {
    /// The flows of the environment.
    Flows,
    /// The tenants of the environment.
    Tenants,
    /// A tenant's jobs in a flow.
    Jobs(FlowId, TenantId),
}

/// What was listed.
#[derive(Debug, Clone)]
pub enum Listed {
    /// The flows.
    Flows(Vec<Flow>),
    /// The tenants.
    Tenants(Vec<TenantId>),
    /// The jobs, newest first.
    Jobs(Vec<ListedJob>),
}

impl Listed {
    /// The number of items.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Flows(flows) => flows.len(),
            Self::Tenants(tenants) => tenants.len(),
            Self::Jobs(jobs) => jobs.len(),
        }
    }

    /// The id of an item.
    pub(in crate::app) fn id(&self, index: usize) -> Option<&str> {
        match self {
            Self::Flows(flows) => flows.get(index).map(|flow| flow.id.as_str()),
            Self::Tenants(tenants) => tenants.get(index).map(TenantId::as_str),
            Self::Jobs(jobs) => jobs
                .get(index)
                .map(|listed| listed.address.job_root.as_str()),
        }
    }
}
