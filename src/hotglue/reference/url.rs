//! References in URLs: the status URL, and any link that contains a root.

use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::error::ReferenceError;
use super::types::Reference;
use crate::hotglue::ids::{EnvId, FlowId, TenantId};

pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Reads a status URL, or any URL that contains a root.
pub(super) fn read_url(url: &str) -> Result<Reference, ReferenceError> {
    let url = Url::parse(url).map_err(|_| ReferenceError::UrlWithoutRoot)?;
    let root = url
        .query_pairs()
        .find(|(name, _)| matches!(name.as_ref(), "job_root" | "s3_root"))
        .map(|(_, value)| value.into_owned());
    let Some(root) = root else {
        return read_link(&percent_decode_str(url.as_str()).decode_utf8_lossy());
    };
    let mut reference = Reference::from_root(&root)?;
    let path: Vec<_> = url
        .path_segments()
        .into_iter()
        .flatten()
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    // A base URL may have a path before the environment.
    if let [.., env_id, flow, tenant, jobs, status] = &path[..]
        && (jobs.as_str(), status.as_str()) == ("jobs", "status")
    {
        reference.env_id = Some(EnvId::parse(env_id)?);
        reference.flow = Some(FlowId::parse(flow)?);
        reference.tenant = Some(TenantId::parse(tenant)?);
    }
    Ok(reference)
}

/// Reads the root in the path of a link, or in its fragment.
fn read_link(link: &str) -> Result<Reference, ReferenceError> {
    if !(link.contains("/flows/") && link.contains("/jobs/")) {
        return Err(ReferenceError::UrlWithoutRoot);
    }
    let end = link.find(['?', '#']).unwrap_or(link.len());
    let path = Some(&link[..end]).filter(|path| path.contains("/flows/"));
    Ok(Reference::from_root(from_tenant(path.unwrap_or(link)))?)
}

/// Drops what precedes the tenant, as in a link or the path of a bucket.
pub(super) fn from_tenant(path: &str) -> &str {
    let flows = path.find("/flows/").unwrap_or_default();
    path[..flows]
        .rfind('/')
        .map_or(path, |slash| &path[slash + 1..])
}
