//! A watched job as the watcher keeps it, and what a response changes about it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::snapshot::{FailureStreak, Snapshot, Transition};
use super::target::{EnvironmentId, JobId, JobSelector, Target};
use crate::hotglue::{FetchError, Job, JobAddress, ListedJob};

/// The number of a tenant's earlier jobs that are published: as many as the
/// history learns of a listing.
const MAX_EARLIER_JOBS: usize = 50;

pub(super) struct WatchedJob {
    id: JobId,
    pub(super) environment: EnvironmentId,
    pub(super) selector: JobSelector,
    pub(super) interval: Duration,
    /// The start of the rollout that it belongs to.
    pub(super) since: Option<Timestamp>,
    pub(super) snapshot: Snapshot,
    /// Whether its earlier jobs were published.
    has_published_earlier: bool,
}

/// What a list of jobs changed.
#[derive(Default)]
pub(super) struct ListUpdate {
    /// Whether the row shows another job from now on.
    pub(super) is_new_run: bool,
    /// Whether the newest job is not finished.
    pub(super) is_unfinished: bool,
    pub(super) transition: Option<Transition>,
    /// The earlier jobs, the first time and when they are requested again.
    pub(super) earlier_jobs: Option<Vec<ListedJob>>,
}

impl WatchedJob {
    pub(super) fn new(target: Target) -> Self {
        let address = match &target.selector {
            JobSelector::Job(address) => Some(Arc::clone(address)),
            JobSelector::Newest { .. } => None,
        };
        Self {
            id: target.id,
            environment: target.environment,
            selector: target.selector,
            interval: target.interval,
            since: target.since,
            snapshot: Snapshot {
                address,
                ..Snapshot::default()
            },
            has_published_earlier: false,
        }
    }

    /// Returns the address of the job that the row shows.
    pub(super) fn address(&self) -> Option<Arc<JobAddress>> {
        self.snapshot.address.clone()
    }

    /// Whether no job has begun since the start of its rollout.
    pub(super) fn awaits_run(&self) -> bool {
        let job = self.snapshot.job.as_ref();
        self.since
            .is_some_and(|start| job.is_none_or(|job| !job.has_begun_since(start)))
    }

    /// Applies the result of a status poll.
    pub(super) fn apply_status(
        &mut self,
        result: Result<Arc<Job>, Arc<FetchError>>,
        latency: Duration,
        time: Timestamp,
    ) -> Option<Transition> {
        self.snapshot.health.latency = Some(latency);
        match result {
            Ok(job) => {
                self.count_poll(None, time);
                self.apply_job(job, time)
            }
            Err(error) => {
                self.count_poll(Some(error), time);
                None
            }
        }
    }

    /// Applies a failed listing call.
    pub(super) fn apply_list_error(
        &mut self,
        error: Arc<FetchError>,
        latency: Duration,
        time: Timestamp,
    ) {
        self.snapshot.health.latency = Some(latency);
        self.count_poll(Some(error), time);
    }

    /// Applies a list of jobs, newest first.
    pub(super) fn apply_list(&mut self, jobs: Vec<ListedJob>, time: Timestamp) -> ListUpdate {
        self.count_poll(None, time);
        let mut jobs = jobs.into_iter();
        let Some(newest) = jobs.next() else {
            let earlier_jobs = self.publishes_earlier().then(Vec::new);
            return ListUpdate {
                earlier_jobs,
                ..ListUpdate::default()
            };
        };
        let is_new_run = self
            .snapshot
            .address
            .as_ref()
            .is_none_or(|address| **address != newest.address);
        let publishes_earlier = self.publishes_earlier();
        let earlier_jobs = publishes_earlier.then(|| jobs.take(MAX_EARLIER_JOBS).collect());
        let mut transition = None;
        if is_new_run {
            let had_run = self.snapshot.job.take().is_some();
            self.snapshot.address = Some(Arc::new(newest.address));
            transition = self.apply_job(Arc::new(newest.job), time);
            if let Some(transition) = &mut transition {
                transition.is_new_run = had_run;
            }
        } else if self.is_newer(&newest.job) {
            transition = self.apply_job(Arc::new(newest.job), time);
        }
        let job = self.snapshot.job.as_ref();
        ListUpdate {
            is_new_run,
            is_unfinished: job.is_some_and(|job| !job.status.is_finished()),
            transition,
            earlier_jobs,
        }
    }

    /// Publishes the earlier jobs with the next list once more.
    pub(super) fn publish_earlier_again(&mut self) {
        self.has_published_earlier = false;
    }

    fn publishes_earlier(&mut self) -> bool {
        !std::mem::replace(&mut self.has_published_earlier, true)
    }

    /// Whether a listed job is newer than the known state. While a job runs its
    /// own polls are newer, because a list may lag behind.
    fn is_newer(&self, listed: &Job) -> bool {
        let Some(known) = &self.snapshot.job else {
            return true;
        };
        let updated = |job: &Job| job.last_updated.as_ref().and_then(|moment| moment.at);
        known.status.is_finished() && updated(listed) > updated(known)
    }

    fn count_poll(&mut self, error: Option<Arc<FetchError>>, time: Timestamp) {
        let health = &mut self.snapshot.health;
        health.polls = health.polls.saturating_add(1);
        health.last_poll = Some(time);
        let Some(error) = error else {
            health.failure_streak = None;
            health.last_success = Some(time);
            return;
        };
        health.errors = health.errors.saturating_add(1);
        let (since, count) = match &health.failure_streak {
            Some(streak) => (streak.since, streak.count.saturating_add(1)),
            None => (time, 1),
        };
        health.failure_streak = Some(FailureStreak {
            since,
            count,
            error,
        });
    }

    fn apply_job(&mut self, job: Arc<Job>, time: Timestamp) -> Option<Transition> {
        let address = self.address()?;
        let before = self.snapshot.job.take();
        // An unchanged response keeps its allocation, and so costs no memory.
        let job = match &before {
            Some(before) if before.raw == job.raw => Arc::clone(before),
            _ => job,
        };
        self.snapshot.job = Some(Arc::clone(&job));
        let from = before.map(|before| before.status.clone());
        if from.as_ref() == Some(&job.status) {
            return None;
        }
        Some(Transition::new(self.id, address, from, job, time))
    }
}
