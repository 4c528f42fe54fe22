//! The channel from the watcher to its receiver. It holds the latest snapshot of
//! each job and every transition since the last batch: a slow receiver misses no
//! transition, and no queue of outdated snapshots grows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::snapshot::{EnvironmentStatus, Snapshot, Transition};
use super::target::{EnvironmentId, FollowId, JobId};
use crate::hotglue::{FetchError, ListedJob, TenantId};

/// The changes since the last batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The latest snapshot of each job that was polled.
    pub snapshots: BTreeMap<JobId, Snapshot>,
    /// Every transition, oldest first.
    pub transitions: Vec<Transition>,
    /// The environments whose status changed.
    pub environment_statuses: BTreeMap<EnvironmentId, EnvironmentStatus>,
    /// Earlier jobs of followed flows.
    pub(crate) earlier_jobs: Vec<(EnvironmentId, ListedJob)>,
    /// The jobs of followed flows whose earlier jobs are complete with this
    /// batch.
    pub(crate) listed: BTreeSet<JobId>,
    /// The tenants of each flow that is followed for all tenants, or the error
    /// of listing them.
    pub(crate) discoveries: BTreeMap<FollowId, Result<Vec<TenantId>, Arc<FetchError>>>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.snapshots.is_empty()
            && self.transitions.is_empty()
            && self.environment_statuses.is_empty()
            && self.earlier_jobs.is_empty()
            && self.listed.is_empty()
            && self.discoveries.is_empty()
    }
}

#[derive(Default)]
struct Shared {
    pending: Mutex<(Batch, bool)>,
    ready: Notify,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, (Batch, bool)> {
        // The lock is never held across a panic, and the data stays consistent.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sending side. Dropping it closes the channel.
pub(super) struct Outbox(Arc<Shared>);

/// The receiving side.
pub struct Updates(Arc<Shared>);

pub(super) fn channel() -> (Outbox, Updates) {
    let shared = Arc::new(Shared::default());
    (Outbox(Arc::clone(&shared)), Updates(shared))
}

impl Outbox {
    pub(super) fn send(&self, change: impl FnOnce(&mut Batch)) {
        change(&mut self.0.lock().0);
        self.0.ready.notify_one();
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.0.lock().1 = true;
        self.0.ready.notify_one();
    }
}

impl Updates {
    /// Waits for changes and returns all of them; `None` once the watcher has
    /// ended. Can be canceled without loss.
    pub async fn recv(&mut self) -> Option<Batch> {
        loop {
            {
                let mut pending = self.0.lock();
                if !pending.0.is_empty() {
                    return Some(std::mem::take(&mut pending.0));
                }
                if pending.1 {
                    return None;
                }
            }
            self.0.ready.notified().await;
        }
    }
}
