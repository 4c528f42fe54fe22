//! What a reference contains.

use super::error::ReferenceError;
use crate::hotglue::ids::{EnvId, FlowId, IdError, JobRoot, TenantId};
use crate::hotglue::text::Text;

/// A job as a reference names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The root.
    pub job_root: JobRoot,
    /// The tenant, where the reference or the root contains it.
    pub tenant: Option<TenantId>,
    /// The flow, where the reference or the root contains it.
    pub flow: Option<FlowId>,
    /// The environment's id at the service.
    pub env_id: Option<EnvId>,
    /// The environment's name in a config file.
    pub environment: Option<String>,
    /// The name given by a user.
    pub name: Option<Text>,
}

impl Reference {
    /// Reads a root, and the tenant and flow it contains.
    pub(super) fn from_root(root: &str) -> Result<Self, IdError> {
        let job_root = JobRoot::parse(root)?;
        let parts = job_root.parts();
        Ok(Self {
            tenant: parts.as_ref().map(|parts| parts.tenant.clone()),
            flow: parts.map(|parts| parts.flow),
            job_root,
            env_id: None,
            environment: None,
            name: None,
        })
    }
}

/// One reference of a text, or the reason why it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReference {
    /// The first line, from 1.
    pub line: usize,
    /// The last line.
    pub last_line: usize,
    /// The beginning of the text, for a user to recognize it; API keys are
    /// masked.
    pub(crate) excerpt: Text,
    /// The reference.
    pub result: Result<Reference, ReferenceError>,
}
