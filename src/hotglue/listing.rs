//! The listing calls: which tenants and flows an environment has, and a
//! tenant's jobs in a flow.
//!
//! They are not part of the API document but observed in public code, so
//! whatever is missing or of another shape is passed over, and a refusal is
//! told as one.

use serde_json::value::RawValue;

use super::base_url::Listing;
use super::client::Client;
use super::error::FetchError;
use super::ids::{FlowId, JobAddress, JobRoot, TenantId};
use super::job::{DecodeError, Job};
use super::json::{Fields, shown};
use super::text::Text;

/// A flow of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// What it is called.
    pub name: Option<Text>,
}

/// A job of a list, and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedJob {
    /// The job as the list has it.
    pub job: Job,
    /// What names it.
    pub address: JobAddress,
}

impl Client {
    /// The tenants of the environment.
    ///
    /// # Errors
    /// As [`Client::job_status`]; the service may refuse the call altogether.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, FetchError> {
        let body = self.list(Listing::Tenants).await?;
        let mut tenants: Vec<TenantId> = elements(&body)?
            .into_iter()
            .filter_map(|element| TenantId::parse(shown(element, 512)?.as_str()).ok())
            .collect();
        tenants.sort_unstable();
        tenants.dedup();
        Ok(tenants)
    }

    /// The flows of the environment; those that a tenant has linked, where one
    /// is given.
    ///
    /// # Errors
    /// As [`Client::tenants`].
    pub async fn flows(&self, tenant: Option<&TenantId>) -> Result<Vec<Flow>, FetchError> {
        let body = self
            .list(tenant.map_or(Listing::Flows, Listing::LinkedFlows))
            .await?;
        let flow = |element: &RawValue| {
            let fields = Fields::read(element.get()).ok()?;
            let text = |name: &str| shown(fields.get(name)?, 256);
            let id = text("id").or_else(|| text("flow_id"))?;
            Some(Flow {
                id: FlowId::parse(id.as_str()).ok()?,
                name: text("name").filter(|name| !name.as_str().is_empty()),
            })
        };
        Ok(elements(&body)?.into_iter().filter_map(flow).collect())
    }

    /// A tenant's jobs in a flow, the newest first. How far back they go is the
    /// service's affair.
    ///
    /// # Errors
    /// As [`Client::tenants`]; 400 and 404 mean that the tenant has nothing to
    /// do with the flow.
    pub async fn jobs(
        &self,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Result<Vec<ListedJob>, FetchError> {
        let body = self.list(Listing::Jobs(flow, tenant)).await?;
        Ok(read_jobs(&body, flow, tenant)?)
    }
}

/// Reads a list of jobs; the newest comes first.
fn read_jobs(body: &str, flow: &FlowId, tenant: &TenantId) -> Result<Vec<ListedJob>, DecodeError> {
    let mut jobs: Vec<ListedJob> = elements(body)?
        .into_iter()
        .filter_map(|element| {
            let job = Job::decode(element.get()).ok()?;
            let job_root = JobRoot::parse(job.s3_root.as_ref()?.as_str()).ok()?;
            let address = JobAddress {
                flow: flow.clone(),
                tenant: tenant.clone(),
                job_root,
            };
            Some(ListedJob { job, address })
        })
        .collect();
    // The list's own order is not documented.
    let started = |listed: &ListedJob| listed.job.start_time.as_ref().and_then(|start| start.at);
    jobs.sort_by_key(|listed| std::cmp::Reverse(started(listed)));
    Ok(jobs)
}

/// The elements of a JSON array.
fn elements(body: &str) -> Result<Vec<&RawValue>, DecodeError> {
    let body = body.trim_start_matches('\u{feff}').trim();
    serde_json::from_str(body).map_err(|error| match body.bytes().next() {
        None => DecodeError::Empty,
        Some(b'[') => DecodeError::Broken {
            line: error.line(),
            column: error.column(),
        },
        Some(first) if first != b'{' => DecodeError::NotJson {
            html: first == b'<',
        },
        Some(_) => DecodeError::NotAList,
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
    fn the_newest_job_comes_first_and_what_is_none_is_passed_over() {
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
    fn what_is_no_list_says_why() {
        assert_eq!(read(""), Err(DecodeError::Empty));
        assert_eq!(read("{}"), Err(DecodeError::NotAList));
        assert_eq!(read("<html>"), Err(DecodeError::NotJson { html: true }));
        assert!(matches!(read("[{"), Err(DecodeError::Broken { .. })));
        assert_eq!(read("[]"), Ok(Vec::new()));
    }
}
