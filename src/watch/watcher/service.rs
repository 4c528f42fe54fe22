//! The calls that the watcher makes: to the service, or to a double in tests.

use std::future::Future;
use std::sync::Arc;

use crate::hotglue::{Client, FetchError, FlowId, Job, JobAddress, ListedJob, TenantId};

/// A service that reports the status of jobs.
pub trait Service: Clone + Send + Sync + 'static {
    /// Returns the status of a job, of which an earlier response may be `known`.
    fn job_status(
        &self,
        job: &JobAddress,
        known: Option<&Arc<Job>>,
    ) -> impl Future<Output = Result<Arc<Job>, FetchError>> + Send;

    /// Returns the jobs of a tenant in a flow, newest first.
    fn jobs(
        &self,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Vec<ListedJob>, FetchError>> + Send;

    /// Returns the tenants of the environment.
    fn tenants(&self) -> impl Future<Output = Result<Vec<TenantId>, FetchError>> + Send;
}

impl Service for Client {
    async fn job_status(
        &self,
        job: &JobAddress,
        known: Option<&Arc<Job>>,
    ) -> Result<Arc<Job>, FetchError> {
        Client::job_status(self, job, known).await
    }

    async fn jobs(&self, flow: &FlowId, tenant: &TenantId) -> Result<Vec<ListedJob>, FetchError> {
        Client::jobs(self, flow, tenant).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, FetchError> {
        Client::tenants(self).await
    }
}
