//! The handle of the watcher's task.

mod command;
mod completion;
mod environment;
mod service;
mod task;

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use self::command::Command;
pub use self::service::Service;
use self::task::Task;
use super::rate_limiter::Limits;
use super::target::{EnvironmentId, JobId, Target, TenantDiscovery};
use super::updates::{Updates, channel};
use crate::hotglue::Client;

/// The handle of a watcher, which stops when the handle is dropped.
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
        // Sending fails only after the task has ended, which closes the updates.
        let _ = self.commands.send(command);
    }

    /// Connects an environment, or connects it again after its API key, base URL
    /// or limits have changed. Its jobs are not polled before.
    pub fn connect(&self, environment: EnvironmentId, service: S, limits: Limits) {
        self.send(Command::Connect(environment, service, limits));
    }

    /// Adds jobs, which are polled immediately.
    pub fn add(&self, targets: Vec<Target>) {
        self.send(Command::Add(targets));
    }

    /// Lists the tenants of an environment from time to time.
    pub fn add_tenant_discovery(&self, discovery: TenantDiscovery) {
        self.send(Command::AddTenantDiscovery(discovery));
    }

    /// Stops listing the tenants.
    pub fn remove_tenant_discovery(&self, discovery: TenantDiscovery) {
        self.send(Command::RemoveTenantDiscovery(discovery));
    }

    /// Removes jobs. Responses that are still in flight are not published.
    pub fn remove(&self, ids: Vec<JobId>) {
        self.send(Command::Remove(ids));
    }

    /// Polls jobs as soon as the limits allow.
    pub fn poll_now(&self, ids: Vec<JobId>) {
        self.send(Command::PollNow(ids));
    }

    /// Polls all jobs as soon as the limits allow.
    pub fn poll_all(&self) {
        self.send(Command::PollAll);
    }

    /// Lists the jobs of followed flows as soon as the limits allow, and
    /// publishes their earlier jobs again.
    pub(crate) fn learn(&self, ids: Vec<JobId>) {
        self.send(Command::Learn(ids));
    }

    /// Stops all polls but those of [`Watcher::poll_now`] and
    /// [`Watcher::poll_all`], or resumes.
    pub fn pause(&self, is_paused: bool) {
        self.send(Command::Pause(is_paused));
    }

    /// Polls these jobs before others while the rate limit delays polls, and no
    /// longer the jobs of an earlier call.
    pub fn poll_first(&self, ids: Vec<JobId>) {
        self.send(Command::PollFirst(ids));
    }

    /// Gives rows of followed flows another start of their rollout: their jobs
    /// are listed at their interval until one has begun since then.
    pub fn set_start(&self, starts: Vec<(JobId, Option<Timestamp>)>) {
        self.send(Command::SetStart(starts));
    }

    /// Changes the time between two polls of a job.
    pub fn set_interval(&self, id: JobId, interval: Duration) {
        self.send(Command::SetInterval(id, interval));
    }
}

#[cfg(test)]
mod tests;
