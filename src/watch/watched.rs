//! A watched job as the task keeps it, and what an answer changes of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{FailureStreak, JobSelector, Snapshot, Target, Transition};
use crate::hotglue::{FetchError, Job, JobAddress, ListedJob};
use crate::watch::JobId;

/// The most earlier jobs of a tenant that are told of.
const MOST_EARLIER: usize = 20;

pub(super) struct Watched {
    key: JobId,
    pub(super) environment: super::EnvironmentId,
    pub(super) subject: JobSelector,
    pub(super) interval: Duration,
    pub(super) snapshot: Snapshot,
    /// Whether its earlier jobs were told of.
    told_earlier: bool,
}

/// What a list of jobs changed.
pub(super) struct Took {
    /// Whether the row is about another job now.
    pub(super) is_another: bool,
    /// Whether the newest job is under way.
    pub(super) is_under_way: bool,
    pub(super) news: Option<Transition>,
    pub(super) earlier: Vec<ListedJob>,
}

impl Watched {
    pub(super) fn new(target: Target) -> Self {
        let snapshot = Snapshot {
            address: match &target.selector {
                JobSelector::Job(address) => Some(Arc::clone(address)),
                JobSelector::Newest { .. } => None,
            },
            ..Snapshot::default()
        };
        Self {
            key: target.id,
            environment: target.environment,
            subject: target.selector,
            interval: target.interval,
            snapshot,
            told_earlier: false,
        }
    }

    /// What names the job it is about now.
    pub(super) fn address(&self) -> Option<Arc<JobAddress>> {
        self.snapshot.address.clone()
    }

    /// Applies the answer to a poll, or what kept it from coming.
    pub(super) fn take_answer(
        &mut self,
        answer: Option<Arc<Job>>,
        error: Option<Arc<FetchError>>,
        latency: Duration,
        wall: Timestamp,
    ) -> Option<Transition> {
        self.count(error, wall);
        self.snapshot.health.latency = Some(latency);
        self.take_job(answer?, wall)
    }

    /// Applies a list of jobs, the newest first.
    pub(super) fn take_list(&mut self, jobs: Vec<ListedJob>, wall: Timestamp) -> Took {
        self.count(None, wall);
        let mut jobs = jobs.into_iter();
        let Some(newest) = jobs.next() else {
            return Took {
                is_another: false,
                is_under_way: false,
                news: None,
                earlier: Vec::new(),
            };
        };
        let is_another = self
            .snapshot
            .address
            .as_ref()
            .is_none_or(|address| **address != newest.address);
        let earlier = if std::mem::replace(&mut self.told_earlier, true) {
            Vec::new()
        } else {
            jobs.take(MOST_EARLIER).collect()
        };
        let mut news = None;
        if is_another {
            let is_new_run = self.snapshot.job.take().is_some();
            self.snapshot.address = Some(Arc::new(newest.address));
            news = self.take_job(Arc::new(newest.job), wall);
            if let Some(news) = &mut news {
                news.is_new_run = is_new_run;
            }
        } else if self.is_newer(&newest.job) {
            news = self.take_job(Arc::new(newest.job), wall);
        }
        let known = self.snapshot.job.as_ref();
        let is_under_way = known.is_some_and(|known| !known.status.is_finished());
        Took {
            is_another,
            is_under_way,
            news,
            earlier,
        }
    }

    /// Whether a list knows more of the job than is known: its own polls know
    /// it best while it is under way, and a list may lag behind.
    fn is_newer(&self, listed: &Job) -> bool {
        let Some(known) = &self.snapshot.job else {
            return true;
        };
        let updated = |job: &Job| job.last_updated.as_ref().and_then(|moment| moment.at);
        known.status.is_finished() && updated(listed) > updated(known)
    }

    fn count(&mut self, error: Option<Arc<FetchError>>, wall: Timestamp) {
        let health = &mut self.snapshot.health;
        health.polls = health.polls.saturating_add(1);
        health.last_poll = Some(wall);
        let Some(error) = error else {
            health.failure_streak = None;
            health.last_success = Some(wall);
            return;
        };
        health.errors = health.errors.saturating_add(1);
        let (since, count) = match &health.failure_streak {
            Some(trouble) => (trouble.since, trouble.count.saturating_add(1)),
            None => (wall, 1),
        };
        health.failure_streak = Some(FailureStreak {
            since,
            count,
            error,
        });
    }

    fn take_job(&mut self, answer: Arc<Job>, wall: Timestamp) -> Option<Transition> {
        let before = self.snapshot.job.take();
        let address = Arc::clone(self.snapshot.address.as_ref()?);
        let now = match &before {
            Some(before) if before.raw == answer.raw => Arc::clone(before),
            _ => answer,
        };
        self.snapshot.job = Some(Arc::clone(&now));
        if before
            .as_ref()
            .is_some_and(|before| before.status == now.status)
        {
            return None;
        }
        let from = before.map(|before| before.status.clone());
        Some(Transition::new(self.key, address, from, now, wall))
    }
}
