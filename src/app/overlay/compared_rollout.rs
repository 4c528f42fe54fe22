//! Which rollout the comparison is about.

use jiff::Timestamp;

use crate::hotglue::{FlowId, TenantId, Text};
use crate::watch::EnvironmentId;

/// Which rollout is compared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRollout {
    /// The name of the followed flow.
    pub(crate) name: Text,
    /// The environment.
    pub(crate) environment: EnvironmentId,
    /// The flow.
    pub(crate) flow: FlowId,
    /// The expected tenants; `None` for all.
    pub(crate) tenants: Option<Vec<TenantId>>,
    /// The start.
    pub(crate) since: Timestamp,
    /// Whether each tap version is compared on its own.
    pub(crate) by_version: bool,
}
