//! The handle of the watcher, and what it asks.

mod task;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use self::task::Task;
use super::schedule::Limits;
use super::updates::{Updates, channel};
use super::{EnvironmentId, JobId, Target, TenantDiscovery};
use crate::hotglue::{Client, FetchError, FlowId, Job, JobAddress, ListedJob, TenantId};

/// Something that can be asked about jobs.
pub trait Service: Clone + Send + Sync + 'static {
    /// Asks how a job is doing, of which an earlier answer may be known.
    fn job_status(
        &self,
        job: &JobAddress,
        known: Option<&Arc<Job>>,
    ) -> impl Future<Output = Result<Arc<Job>, FetchError>> + Send;

    /// Asks for a tenant's jobs in a flow, the newest first.
    fn jobs(
        &self,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Vec<ListedJob>, FetchError>> + Send;

    /// Asks for the tenants of the environment.
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

enum Command<S> {
    Connect(EnvironmentId, S, Limits),
    Add(Vec<Target>),
    AddTenantDiscovery(TenantDiscovery),
    RemoveTenantDiscovery(TenantDiscovery),
    Remove(Vec<JobId>),
    PollNow(Vec<JobId>),
    PollAll,
    Pause(bool),
    SetInterval(JobId, Duration),
}

/// The handle of a running watcher. It ends when the handle is dropped.
pub struct Watcher<S = Client> {
    commands: mpsc::UnboundedSender<Command<S>>,
}

/// Starts a watcher without jobs. The same seed gives the same jitter.
pub fn start<S: Service>(seed: u64) -> (Watcher<S>, Updates) {
    start_with_clock(seed, Timestamp::now)
}

/// Starts a watcher without jobs that reads the wall clock from a function.
pub fn start_with_clock<S: Service>(
    seed: u64,
    clock: impl Fn() -> Timestamp + Send + 'static,
) -> (Watcher<S>, Updates) {
    let (commands, inbox) = mpsc::unbounded_channel();
    let (outbox, updates) = channel();
    tokio::spawn(Task::new(inbox, outbox, seed, Box::new(clock)).run());
    (Watcher { commands }, updates)
}

impl<S: Service> Watcher<S> {
    fn send(&self, command: Command<S>) {
        // It can only fail after the task has ended, which the updates tell.
        let _ = self.commands.send(command);
    }

    /// Says how an environment is reached, for the first time or anew after a
    /// change of key, address or limits. Its jobs wait until then.
    pub fn connect(&self, environment: EnvironmentId, source: S, limits: Limits) {
        self.send(Command::Connect(environment, source, limits));
    }

    /// Watches jobs; they are asked about at once.
    pub fn add(&self, targets: Vec<Target>) {
        self.send(Command::Add(targets));
    }

    /// Asks for the tenants of an environment from time to time.
    pub fn add_tenant_discovery(&self, discovery: TenantDiscovery) {
        self.send(Command::AddTenantDiscovery(discovery));
    }

    /// Stops asking for them.
    pub fn remove_tenant_discovery(&self, discovery: TenantDiscovery) {
        self.send(Command::RemoveTenantDiscovery(discovery));
    }

    /// Stops watching jobs; what is under way for them is not told any more.
    pub fn remove(&self, keys: Vec<JobId>) {
        self.send(Command::Remove(keys));
    }

    /// Asks about jobs as soon as the bounds allow.
    pub fn poll_now(&self, keys: Vec<JobId>) {
        self.send(Command::PollNow(keys));
    }

    /// Asks about all jobs as soon as the bounds allow.
    pub fn poll_all(&self) {
        self.send(Command::PollAll);
    }

    /// Stops polling but for what is asked by hand, or goes on.
    pub fn pause(&self, paused: bool) {
        self.send(Command::Pause(paused));
    }

    /// Changes the time between two polls of a job.
    pub fn set_interval(&self, key: JobId, interval: Duration) {
        self.send(Command::SetInterval(key, interval));
    }
}

#[cfg(test)]
mod tests;
