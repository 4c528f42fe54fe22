//! The commands from the handle to the task.

use std::time::Duration;

use jiff::Timestamp;

use crate::watch::rate_limiter::Limits;
use crate::watch::target::{EnvironmentId, JobId, Target, TenantDiscovery};

/// A command to the task. [`super::Watcher`] documents each of them.
pub(super) enum Command<S> {
    Connect(EnvironmentId, S, Limits),
    Add(Vec<Target>),
    AddTenantDiscovery(TenantDiscovery),
    RemoveTenantDiscovery(TenantDiscovery),
    Remove(Vec<JobId>),
    PollNow(Vec<JobId>),
    PollFirst(Vec<JobId>),
    PollAll,
    Learn(Vec<JobId>),
    Pause(bool),
    SetInterval(JobId, Duration),
    SetStart(Vec<(JobId, Option<Timestamp>)>),
}
