//! Which rollout the comparison is about.

use jiff::Timestamp;

use crate::hotglue::{FlowId, TenantId, Text};
use crate::watch::EnvironmentId;

/// Which rollout is compared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRollout {
    /// The name of the followed flow.
    pub name: Text,
    /// The environment.
    pub environment: EnvironmentId,
    /// The flow.
    pub flow: FlowId,
    /// The expected tenants; `None` for all.
    pub tenants: Option<Vec<TenantId>>,
    /// The start.
    pub since: Timestamp,
    /// Whether each tap version is compared on its own.
    pub by_version: bool,
}
