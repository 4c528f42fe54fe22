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
struct Pending {
    batch: Batch,
    /// Whether the batch contains more than confirmations.
    has_changes: bool,
    is_closed: bool,
}

#[derive(Default)]
struct Shared {
    pending: Mutex<Pending>,
    /// Notified of everything.
    any: Notify,
    /// Notified of all but confirmations.
    changes: Notify,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Pending> {
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
        let mut pending = self.0.lock();
        change(&mut pending.batch);
        pending.has_changes = true;
        drop(pending);
        self.0.any.notify_one();
        self.0.changes.notify_one();
    }

    /// Sends what confirms the state that the receiver knows.
    pub(super) fn confirm(&self, change: impl FnOnce(&mut Batch)) {
        change(&mut self.0.lock().batch);
        self.0.any.notify_one();
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.any.notify_one();
        self.0.changes.notify_one();
    }
}

impl Updates {
    /// Waits for changes and returns all of them; `None` once the watcher has
    /// ended. Can be canceled without loss.
    pub async fn recv(&mut self) -> Option<Batch> {
        loop {
            {
                let pending = self.0.lock();
                if !pending.batch.is_empty() || pending.is_closed {
                    break;
                }
            }
            self.0.any.notified().await;
        }
        self.take()
    }

    /// Waits for changes other than polls that confirm what is known, or for
    /// the end of the watcher. Can be canceled without loss.
    pub(crate) async fn arrival(&mut self) {
        loop {
            {
                let pending = self.0.lock();
                if pending.has_changes || pending.is_closed {
                    return;
                }
            }
            self.0.changes.notified().await;
        }
    }

    /// Returns what has arrived so far, confirmations included.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        let mut pending = self.0.lock();
        pending.has_changes = false;
        let batch = std::mem::take(&mut pending.batch);
        (!batch.is_empty()).then_some(batch)
    }
}
