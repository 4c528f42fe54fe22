//! The earlier runs of one tenant in one flow, as the history has them.

use crate::app::jobs::Row;
use crate::history::Run;
use crate::hotglue::{FlowId, TenantId};
use crate::watch::EnvironmentId;

/// The runs of a tenant in a flow.
#[derive(Debug)]
pub(crate) struct RunHistory {
    environment: EnvironmentId,
    flow: FlowId,
    tenant: TenantId,
    /// Whether the history may know more than the runs below.
    is_outdated: bool,
    /// The runs, newest first; `None` until the history has answered.
    pub(crate) runs: Option<Vec<Run>>,
    /// The last completed run.
    pub(crate) last_completed: Option<Box<Run>>,
}

impl RunHistory {
    /// The runs of a row's tenant and flow, before the history has answered.
    pub(in crate::app) fn new(row: &Row) -> Self {
        Self {
            environment: row.environment,
            flow: row.selector.flow().clone(),
            tenant: row.selector.tenant().clone(),
            is_outdated: true,
            runs: None,
            last_completed: None,
        }
    }

    /// Whether the runs are of a row's tenant and flow.
    pub(in crate::app) fn is_of(&self, row: &Row) -> bool {
        let (flow, tenant) = (row.selector.flow(), row.selector.tenant());
        self.is_about(row.environment, flow, tenant)
    }

    /// Whether the runs are of a tenant and flow.
    pub(in crate::app) fn is_about(
        &self,
        environment: EnvironmentId,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> bool {
        self.environment == environment && self.flow == *flow && self.tenant == *tenant
    }

    /// Records that one of the runs changed.
    pub(in crate::app) fn set_outdated(&mut self) {
        self.is_outdated = true;
    }

    /// Whether the history must be queried; it counts as queried afterwards.
    pub(in crate::app) fn take_outdated(&mut self) -> bool {
        std::mem::take(&mut self.is_outdated)
    }
}
