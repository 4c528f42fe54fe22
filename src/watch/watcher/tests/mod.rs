//! The task on a paused clock, with a service that responds from a script.

mod environments;
mod follows;
mod jobs;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::hotglue::{FetchError, FlowId, Job, JobAddress, JobRoot, ListedJob, TenantId};
use crate::watch::{Batch, JobSelector};

type Script = dyn Fn(&str, usize) -> Result<Job, FetchError> + Send + Sync;

/// A service whose response to the n-th request for a tenant is scripted. The
/// newest job of a tenant is the n-th request for `list TENANT`.
#[derive(Clone)]
struct Scripted {
    script: Arc<Script>,
    requests: Arc<Mutex<HashMap<String, usize>>>,
    in_flight: Arc<AtomicUsize>,
    most_in_flight: Arc<AtomicUsize>,
}

impl Scripted {
    fn new(
        script: impl Fn(&str, usize) -> Result<Job, FetchError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            script: Arc::new(script),
            requests: Arc::default(),
            in_flight: Arc::default(),
            most_in_flight: Arc::default(),
        }
    }

    /// The number of requests for a tenant.
    fn requests(&self, tenant: &str) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.get(tenant).copied().unwrap_or(0)
    }

    fn respond(&self, request: &str) -> Result<Job, FetchError> {
        let count = {
            let mut requests = self.requests.lock().unwrap();
            let count = requests.entry(request.to_owned()).or_default();
            *count += 1;
            *count
        };
        (self.script)(request, count)
    }
}

impl Service for Scripted {
    async fn job_status(
        &self,
        job: &JobAddress,
        _known: Option<&Arc<Job>>,
    ) -> Result<Arc<Job>, FetchError> {
        let in_flight = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(in_flight, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.respond(job.tenant.as_str()).map(Arc::new)
    }

    async fn jobs(&self, flow: &FlowId, tenant: &TenantId) -> Result<Vec<ListedJob>, FetchError> {
        let job = self.respond(&format!("list {tenant}"))?;
        // The script names the job by its job_id; without one there is none.
        let Some(id) = &job.job_id else {
            return Ok(Vec::new());
        };
        let address = JobAddress {
            flow: flow.clone(),
            tenant: tenant.clone(),
            job_root: JobRoot::parse(id.as_str()).unwrap(),
        };
        Ok(vec![ListedJob { job, address }])
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, FetchError> {
        let tenants = ["acme", "globex"].map(|tenant| TenantId::parse(tenant).unwrap());
        Ok(tenants.into())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is the result of a script")]
fn job(status: &str) -> Result<Job, FetchError> {
    Ok(Job::decode(&format!(r#"{{"status":"{status}"}}"#)).unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "it is the result of a script")]
fn listed(id: &str, status: &str) -> Result<Job, FetchError> {
    let body = format!(r#"{{"status":"{status}","job_id":"{id}"}}"#);
    Ok(Job::decode(&body).unwrap())
}

/// The job of tenant `tN`.
fn target(number: u32) -> Target {
    Target {
        id: JobId(number),
        environment: EnvironmentId(0),
        selector: JobSelector::Job(Arc::new(JobAddress {
            flow: FlowId::parse("flow").unwrap(),
            tenant: TenantId::parse(&format!("t{number}")).unwrap(),
            job_root: JobRoot::parse("root").unwrap(),
        })),
        interval: Duration::from_secs(5),
        since: None,
    }
}

/// The newest job of tenant `tN`.
fn newest(number: u32) -> Target {
    Target {
        selector: JobSelector::Newest {
            flow: FlowId::parse("flow").unwrap(),
            tenant: TenantId::parse(&format!("t{number}")).unwrap(),
        },
        ..target(number)
    }
}

const LIMITS: Limits = Limits {
    requests_per_second: Some(20),
    concurrent_requests: 4,
};

/// Starts a watcher of one environment.
fn watch(service: Scripted, targets: Vec<Target>) -> (Watcher<Scripted>, Updates) {
    let (watcher, updates) = start(1);
    watcher.connect(EnvironmentId(0), service, LIMITS);
    watcher.add(targets);
    (watcher, updates)
}

/// Receives batches until one of them fulfills a condition.
async fn until(updates: &mut Updates, mut is_fulfilled: impl FnMut(&Batch) -> bool) {
    loop {
        let batch = updates.recv().await.expect("the watcher runs");
        if is_fulfilled(&batch) {
            return;
        }
    }
}
