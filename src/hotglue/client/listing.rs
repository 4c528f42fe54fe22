//! The listing calls: the tenants and flows of an environment, and the jobs of
//! a tenant in a flow.
//!
//! They are not part of the API document but observed in public code, so that
//! elements that are incomplete or of another shape are skipped.

use serde_json::value::RawValue;

use super::base_url::Listing;
use super::error::FetchError;
use super::http_client::Client;
use crate::hotglue::ids::{FlowId, JobAddress, TenantId};
use crate::hotglue::job::{DecodeError, Job};
use crate::hotglue::json::{Fields, plain_text, shown};
use crate::hotglue::text::Text;

/// A flow of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The id.
    pub id: FlowId,
    /// The display name.
    pub name: Option<Text>,
}

/// A job of a listing, with its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedJob {
    /// The job as listed.
    pub job: Job,
    /// The address for polling its status.
    pub address: JobAddress,
}

impl Client {
    /// Returns the tenants of the environment, sorted. A tenant that cannot be
    /// polled, because its name contains control characters for example, is
    /// left out.
    ///
    /// # Errors
    /// Fails as [`Client::job_status`] does; the API key may not permit the
    /// call.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, FetchError> {
        let body = self.list(Listing::Tenants).await?;
        Ok(read_tenants(&body)?)
    }

    /// Returns the flows of the environment, or those that `tenant` has linked.
    ///
    /// # Errors
    /// Fails as [`Client::tenants`] does.
    pub async fn flows(&self, tenant: Option<&TenantId>) -> Result<Vec<Flow>, FetchError> {
        let body = self
            .list(tenant.map_or(Listing::Flows, Listing::LinkedFlows))
            .await?;
        Ok(read_flows(&body)?)
    }

    /// Returns the jobs of a tenant in a flow, newest first, as far back as the
    /// service lists them.
    ///
    /// # Errors
    /// Fails as [`Client::tenants`] does; 400 and 404 mean that the tenant has
    /// not linked the flow.
    pub(crate) async fn jobs(
        &self,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Result<Vec<ListedJob>, FetchError> {
        let body = self.list(Listing::Jobs(flow, tenant)).await?;
        Ok(read_jobs(&body, flow, tenant)?)
    }
}

/// Decodes a listing of tenants: sorted, each once. Elements that are not a
/// tenant's id are skipped.
///
/// # Errors
/// A body that is not a JSON array.
pub fn read_tenants(body: &str) -> Result<Vec<TenantId>, DecodeError> {
    let mut tenants: Vec<TenantId> = elements(body)?
        .into_iter()
        // The name must reach the service as it came: a cleaned or shortened
        // one would be another tenant.
        .filter_map(|element| TenantId::parse(&plain_text(element)?).ok())
        .collect();
    tenants.sort_unstable();
    tenants.dedup();
    Ok(tenants)
}

/// Decodes a listing of flows. Elements without a flow's id are skipped.
///
/// # Errors
/// A body that is not a JSON array.
pub fn read_flows(body: &str) -> Result<Vec<Flow>, DecodeError> {
    Ok(elements(body)?.into_iter().filter_map(read_flow).collect())
}

fn read_flow(element: &RawValue) -> Option<Flow> {
    let fields = Fields::read(element.get()).ok()?;
    let id = fields.get("id").and_then(plain_text);
    let id = id.or_else(|| plain_text(fields.get("flow_id")?))?;
    let name = fields.get("name").and_then(|name| shown(name, 256));
    Some(Flow {
        id: FlowId::parse(&id).ok()?,
        name: name.filter(|name| !name.as_str().is_empty()),
    })
}

/// Decodes a listing of a tenant's jobs in a flow, newest first. Elements that
/// are not a job, or have no job root, are skipped.
///
/// # Errors
/// A body that is not a JSON array.
pub fn read_jobs(
    body: &str,
    flow: &FlowId,
    tenant: &TenantId,
) -> Result<Vec<ListedJob>, DecodeError> {
    let mut jobs: Vec<ListedJob> = elements(body)?
        .into_iter()
        .filter_map(|element| {
            let job = Job::decode(element.get()).ok()?;
            let address = JobAddress {
                flow: flow.clone(),
                tenant: tenant.clone(),
                job_root: job.s3_root.clone()?,
            };
            Some(ListedJob { job, address })
        })
        .collect();
    // The order of the listing is not documented.
    let started = |listed: &ListedJob| listed.job.start_time.as_ref().and_then(|start| start.at);
    jobs.sort_by_key(|listed| std::cmp::Reverse(started(listed)));
    Ok(jobs)
}

/// Returns the elements of a JSON array.
fn elements(body: &str) -> Result<Vec<&RawValue>, DecodeError> {
    let body = body.trim_start_matches('\u{feff}').trim();
    serde_json::from_str(body).map_err(|error| match body.bytes().next() {
        None => DecodeError::Empty,
        Some(b'[') => DecodeError::Invalid {
            line: error.line(),
            column: error.column(),
        },
        Some(first) if first != b'{' => DecodeError::NotJson {
            html: first == b'<',
        },
        Some(_) => DecodeError::NotAnArray,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<ListedJob>, DecodeError> {
        let flow = FlowId::parse("f").unwrap();
        read_jobs(body, &flow, &TenantId::parse("acme").unwrap())
    }

    #[test]
    fn jobs_are_sorted_newest_first_and_other_elements_skipped() {
        let jobs = read(
            r#"[{"status":"JOB_COMPLETED","s3_root":"acme/flows/f/jobs/1","start_time":"2026-11-01T10:00:00Z"},
                {"status":"SYNC_STARTED","s3_root":"acme/flows/f/jobs/3","start_time":"2026-11-03T10:00:00Z"},
                {"status":"ETL_FAILED","s3_root":"acme/flows/f/jobs/2","start_time":"2026-11-02T10:00:00Z"},
                {"status":"ETL_FAILED"}, 7, null, {"s3_root":"acme/flows/f/jobs/4"}]"#,
        )
        .unwrap();
        let ids: Vec<_> = jobs
            .iter()
            .map(|listed| listed.address.job_root.job_id())
            .collect();
        assert_eq!(ids, ["3", "2", "1"]);
    }

    #[test]
    fn a_body_that_is_not_an_array_is_an_error() {
        assert_eq!(read(""), Err(DecodeError::Empty));
        assert_eq!(read("{}"), Err(DecodeError::NotAnArray));
        assert_eq!(read("<html>"), Err(DecodeError::NotJson { html: true }));
        assert!(matches!(read("[{"), Err(DecodeError::Invalid { .. })));
        assert_eq!(read("[]"), Ok(Vec::new()));
    }

    #[test]
    fn tenants_are_kept_as_sent_or_left_out() {
        let long = "x".repeat(600);
        let body = format!(
            r#"["globex", "acme", "acme", 12598713, "Zoe\u0308", "two words", null, {{"id":"x"}},
                "esc\u001b[2J", "line\nbreak", "zero\u200bwidth", "..", "", "{long}"]"#
        );
        let tenants = read_tenants(&body).unwrap();
        let names: Vec<_> = tenants.iter().map(TenantId::as_str).collect();
        let expected = ["12598713", "Zoe\u{308}", "acme", "globex", "two words"];
        assert_eq!(names, expected);
    }

    #[test]
    fn flows_are_kept_as_sent_or_left_out() {
        let body = r#"[{"id":"f1","name":"Invoices\u001b"},{"flow_id":"f2","name":""},
            {"id":"f\u001b3"},{"name":"no id"},7]"#;
        let flows = read_flows(body).unwrap();
        let expected = [("f1", Some("Invoices␛")), ("f2", None)];
        let read: Vec<_> = flows
            .iter()
            .map(|flow| (flow.id.as_str(), flow.name.as_ref().map(Text::as_str)))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_job_root_is_kept_as_sent_whatever_its_length() {
        let root = format!(
            "acme/flows/f/jobs/{}o\u{308}\u{308}\u{308}\u{308}\u{308}\u{308}",
            "x".repeat(900)
        );
        let jobs = read(&format!(
            r#"[{{"status":"SYNC_STARTED","s3_root":"{root}"}}]"#
        ))
        .unwrap();
        assert_eq!(jobs[0].address.job_root.as_str(), root);
    }
}
