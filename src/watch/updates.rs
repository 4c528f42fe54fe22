//! The channel from the watcher to whoever listens. It holds the latest word
//! on each job and every transition since the last batch: a listener that is
//! slow misses no transition and makes no queue of stale snapshots grow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{EnvironmentId, EnvironmentStatus, FollowId, JobId, Snapshot, Transition};
use crate::hotglue::{FetchError, ListedJob, TenantId};

/// What was learned since the last batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The latest word on each job that was polled.
    pub snapshots: BTreeMap<JobId, Snapshot>,
    /// Every transition, oldest first.
    pub transitions: Vec<Transition>,
    /// The environments whose condition changed.
    pub environment_statuses: BTreeMap<EnvironmentId, EnvironmentStatus>,
    /// Earlier jobs that a listing call named, with what they were.
    pub earlier_jobs: Vec<(EnvironmentId, ListedJob)>,
    /// The tenants that flows are followed for, or why they are not known.
    pub discoveries: BTreeMap<FollowId, Result<Vec<TenantId>, Arc<FetchError>>>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.snapshots.is_empty()
            && self.transitions.is_empty()
            && self.environment_statuses.is_empty()
            && self.earlier_jobs.is_empty()
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
        // Nothing can panic while it is held, and the data is whole anyway.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sending side; there is one.
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
    /// Waits for news and takes all there is; `None` once the watcher has
    /// ended. May be cancelled without loss.
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
