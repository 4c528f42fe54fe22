//! What is known of one job, and of how its environment can be reached.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::hotglue::{FetchError, Job, JobAddress, JobRoot};
use crate::rollout::paired_job::{PairedJob, RunOutcome, TenantMedians, TenantRuns};
use crate::rollout::progress::JobProgress;
use crate::watch::{EnvironmentId, FailureStreak, Snapshot};

/// Rejections in a row after which a job's state cannot be determined.
pub(super) const MAX_REJECTIONS: u32 = 3;
/// How soon a rejected job is polled again: right after its start hotglue may
/// not know a job everywhere.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(2);
/// How long a service that never answered may be out of reach.
pub(super) const START_LIMIT: Duration = Duration::from_secs(10);
/// How long a job or service that did answer may be out of reach.
pub(super) const OUTAGE_LIMIT: Duration = Duration::from_mins(5);

/// A job of the wait.
#[derive(Debug)]
pub(super) struct Waited {
    pub(super) environment: EnvironmentId,
    pub(super) may_be_unlinked: bool,
    /// The `job_root` of a given job; `None` for the newest of a tenant.
    pub(super) job_root: Option<JobRoot>,
    /// The start of the rollout, if it is in one.
    pub(super) since: Option<Timestamp>,
    pub(super) is_unlinked: bool,
    pub(super) snapshot: Option<Snapshot>,
    /// When a poll succeeded last; the start of the wait before that.
    pub(super) last_success: Duration,
    /// Polls in a row that hotglue rejected.
    pub(super) rejections: u32,
    pub(super) retry_at: Option<Duration>,
    /// The earlier runs of its tenant, where the gate compares it with them.
    pub(super) past: TenantRuns,
    /// The medians of those before the run that counts.
    pub(super) medians: TenantMedians,
}

/// How an environment can be reached.
#[derive(Debug, Default)]
pub(super) struct Reached {
    pub(super) has_answered: bool,
    pub(super) is_unauthorized: bool,
    /// Whether one of its jobs was rejected too often.
    pub(super) has_rejected_job: bool,
    /// Since when nothing gets through.
    pub(super) outage_since: Option<Duration>,
    pub(super) error: Option<Arc<FetchError>>,
}

impl Waited {
    pub(super) fn take_snapshot(&mut self, snapshot: Snapshot, now: Duration) {
        let failed_before = self.snapshot.as_ref().map_or(0, |old| old.health.errors);
        let failed_since = snapshot.health.errors.saturating_sub(failed_before);
        self.retry_at = None;
        match snapshot
            .health
            .failure_streak
            .as_ref()
            .map(|streak| &*streak.error)
        {
            None => {
                self.last_success = now;
                self.rejections = 0;
                self.is_unlinked = false;
            }
            Some(FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. })
                if self.may_be_unlinked =>
            {
                self.is_unlinked = true;
            }
            Some(error) if is_rejection(error) => {
                // Several polls may have been rejected since the last snapshot.
                self.rejections = self.rejections.saturating_add(failed_since.max(1));
                if self.rejections < MAX_REJECTIONS {
                    self.retry_at = Some(now + RETRY_AFTER);
                }
            }
            Some(_) => self.rejections = 0,
        }
        self.snapshot = Some(snapshot);
    }

    /// The run that counts.
    pub(super) fn run(&self) -> Option<(&Arc<Job>, &Arc<JobAddress>)> {
        let snapshot = self.snapshot.as_ref()?;
        let (job, address) = (snapshot.job.as_ref()?, snapshot.address.as_ref()?);
        let counts = self.since.is_none_or(|since| job.has_begun_since(since));
        counts.then_some((job, address))
    }

    pub(super) fn progress(&self) -> JobProgress {
        let has_answered = self
            .snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.health.last_success.is_some());
        match self.run().map(|(job, _)| job.status.state()) {
            Some(state) => state.into(),
            None if has_answered => JobProgress::NotStarted,
            None => JobProgress::Pending,
        }
    }

    /// Takes the medians of the runs before the one that counts.
    pub(super) fn update_medians(&mut self) {
        let run = self.run();
        let started = run.and_then(|(job, _)| job.start_time.as_ref()?.at);
        self.medians = self.past.medians(started);
    }

    /// When a poll succeeded last.
    pub(super) fn polled(&self) -> Option<Timestamp> {
        self.snapshot.as_ref()?.health.last_success
    }

    /// The run that counts beside the runs before it.
    pub(super) fn paired(&self) -> PairedJob {
        let polled = self.polled();
        let outcome = match self.run() {
            Some((job, _)) => RunOutcome::of(job, polled),
            None => RunOutcome::NOT_STARTED,
        };
        PairedJob {
            outcome,
            medians: self.medians,
        }
    }

    pub(super) fn failure_streak(&self) -> Option<&FailureStreak> {
        self.snapshot.as_ref()?.health.failure_streak.as_ref()
    }

    pub(super) fn is_unreachable(&self) -> bool {
        self.failure_streak()
            .is_some_and(|streak| streak.count >= FailureStreak::UNREACHABLE)
    }

    /// When a job that stays unreachable is given up.
    pub(super) fn gives_up_at(&self) -> Duration {
        let has_answered = self
            .snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.health.last_success.is_some());
        if has_answered {
            self.last_success + OUTAGE_LIMIT
        } else {
            Duration::ZERO
        }
    }

    pub(super) fn is_given_up(&self, now: Duration) -> bool {
        self.rejections >= MAX_REJECTIONS || (self.is_unreachable() && self.gives_up_at() <= now)
    }
}

impl Reached {
    pub(super) fn gives_up_at(&self) -> Option<Duration> {
        let limit = if self.has_answered {
            OUTAGE_LIMIT
        } else {
            START_LIMIT
        };
        Some(self.outage_since? + limit)
    }

    pub(super) fn is_given_up(&self, now: Duration) -> bool {
        (self.is_unauthorized && self.has_rejected_job)
            || self.gives_up_at().is_some_and(|time| time <= now)
    }
}

/// Whether hotglue answered and will not give this job's status.
fn is_rejection(error: &FetchError) -> bool {
    error.is_unauthorized() || error.is_not_found()
}
