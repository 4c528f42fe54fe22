//! References in every form, valid and invalid.

mod forms;
mod limits;
mod tables;

use super::*;
use crate::hotglue::ids::{EnvId, FlowId, TenantId};

/// The root, tenant, flow and `env_id` of the only reference of a text.
fn one(text: &str) -> [String; 4] {
    let found = read_references(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    let reference = found[0]
        .result
        .clone()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    [
        reference.job_root.to_string(),
        text(reference.tenant.as_ref().map(TenantId::as_str)),
        text(reference.flow.as_ref().map(FlowId::as_str)),
        text(reference.env_id.as_ref().map(EnvId::as_str)),
    ]
}

/// The error of the only reference of a text.
fn error(text: &str) -> ReferenceError {
    let found = read_references(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found[0].result.clone().unwrap_err()
}

/// The number of references in a text, all of them valid.
fn count(text: &str) -> usize {
    let found = read_references(text);
    for read in &found {
        assert!(read.result.is_ok(), "{read:?}");
    }
    found.len()
}
