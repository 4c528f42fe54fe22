//! The rules of a wait: when it ends, and with which exit code.
//!
//! A job's own status ends the wait for it; a failed poll is retried. A job
//! whose state cannot be determined (an API key that is refused, a job that
//! does not exist, a service out of reach) does not end the wait for the
//! others, and counts again as soon as a poll succeeds. All times are measured
//! from the start of the wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::gate::{Gate, GateInput, GateResult};
use super::progress::{JobProgress, ProgressCounts};
use crate::hotglue::{FetchError, Job, JobAddress, State};
use crate::watch::{EnvironmentId, EnvironmentStatus, FailureStreak, JobId, Snapshot};

/// Rejections in a row after which a job's state cannot be determined.
const MAX_REJECTIONS: u32 = 3;
/// How soon a rejected job is polled again: right after its start hotglue may
/// not know a job everywhere.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// How long a service that never answered may be out of reach.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long a job or service that did answer may be out of reach.
const OUTAGE_LIMIT: Duration = Duration::from_mins(5);

/// What ends a wait.
#[derive(Debug, Clone, Default)]
pub struct WaitRules {
    /// Decides by the share of failed jobs instead of any failure.
    pub gate: Option<Gate>,
    /// Finished jobs that are enough; `None` for all.
    pub min_finished: Option<usize>,
    /// Ends with the first failure, where there is no gate.
    pub fail_fast: bool,
    /// Runs created at or before this time count as not started.
    pub newer_than: Option<Timestamp>,
    /// Ends the wait after this time.
    pub timeout: Option<Duration>,
}

/// A job that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedJob {
    /// The job.
    pub id: JobId,
    /// Its environment.
    pub environment: EnvironmentId,
    /// Whether it is the newest job of one of *all* tenants, some of which may
    /// not use the flow.
    pub may_be_unlinked: bool,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitEnd {
    /// Enough jobs finished, and none failed.
    Completed,
    /// A job failed.
    Failed,
    /// What is left cannot be determined.
    Undetermined,
    /// No tenant uses the followed flow.
    NothingExpected,
    /// The gate was decided.
    Gate(GateResult),
    /// The timeout passed first; with a gate, which is then inconclusive.
    TimedOut {
        /// Whether there is a gate.
        has_gate: bool,
    },
}

/// A job of the wait, as it is reported.
#[derive(Debug, Clone, Copy)]
pub struct WaitedJob<'a> {
    /// How far it is.
    pub progress: JobProgress,
    /// The run that counts, as of the last successful poll.
    pub run: Option<(&'a Arc<Job>, &'a Arc<JobAddress>)>,
    /// Why the last poll failed.
    pub error: Option<&'a FetchError>,
}

/// The state of a wait.
#[derive(Debug)]
pub struct Wait {
    rules: WaitRules,
    jobs: BTreeMap<JobId, Waited>,
    environments: BTreeMap<EnvironmentId, Reached>,
}

#[derive(Debug)]
struct Waited {
    environment: EnvironmentId,
    may_be_unlinked: bool,
    is_unlinked: bool,
    snapshot: Option<Snapshot>,
    /// When a poll succeeded last; the start of the wait before that.
    last_success: Duration,
    /// Polls in a row that hotglue rejected.
    rejections: u32,
    retry_at: Option<Duration>,
}

/// How an environment can be reached.
#[derive(Debug, Default)]
struct Reached {
    has_answered: bool,
    is_unauthorized: bool,
    /// Whether one of its jobs was rejected too often.
    has_rejected_job: bool,
    /// Since when nothing gets through.
    outage_since: Option<Duration>,
    error: Option<Arc<FetchError>>,
}

impl Wait {
    /// Starts a wait for these jobs.
    pub fn new(rules: WaitRules, expected: impl IntoIterator<Item = ExpectedJob>) -> Self {
        let jobs = expected.into_iter().map(|job| {
            let waited = Waited {
                environment: job.environment,
                may_be_unlinked: job.may_be_unlinked,
                is_unlinked: false,
                snapshot: None,
                last_success: Duration::ZERO,
                rejections: 0,
                retry_at: None,
            };
            (job.id, waited)
        });
        Self {
            rules,
            jobs: jobs.collect(),
            environments: BTreeMap::new(),
        }
    }

    /// Takes the result of a job's latest poll.
    pub fn take_snapshot(&mut self, id: JobId, snapshot: Snapshot, now: Duration) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        let environment = self.environments.entry(job.environment).or_default();
        environment.has_answered |= snapshot.health.last_success.is_some();
        job.take_snapshot(snapshot, now);
        environment.has_rejected_job |= job.rejections >= MAX_REJECTIONS;
    }

    /// Takes a change of an environment's circuit breaker.
    pub fn take_environment_status(
        &mut self,
        id: EnvironmentId,
        status: &EnvironmentStatus,
        now: Duration,
    ) {
        let environment = self.environments.entry(id).or_default();
        environment.is_unauthorized = matches!(status, EnvironmentStatus::Unauthorized { .. });
        match status {
            EnvironmentStatus::Closed | EnvironmentStatus::RateLimited { .. } => {
                environment.outage_since = None;
                environment.has_rejected_job = false;
                environment.error = None;
            }
            EnvironmentStatus::Unauthorized { error, .. } => {
                environment.outage_since = None;
                environment.error = Some(Arc::clone(error));
            }
            EnvironmentStatus::Outage { error, .. } => {
                environment.outage_since.get_or_insert(now);
                environment.error = Some(Arc::clone(error));
            }
        }
    }

    /// Returns the rejected jobs that are to be polled again now.
    pub fn take_retries(&mut self, now: Duration) -> Vec<JobId> {
        let due = |job: &Waited| job.retry_at.is_some_and(|retry_at| retry_at <= now);
        let mut retries = Vec::new();
        for (id, job) in self.jobs.iter_mut().filter(|(_, job)| due(job)) {
            job.retry_at = None;
            retries.push(*id);
        }
        retries
    }

    /// Returns how the wait ends at this time, or `None` while it continues.
    pub fn end(&self, now: Duration) -> Option<WaitEnd> {
        let counts = self.counts(now);
        if counts.total() == 0 {
            return Some(WaitEnd::NothingExpected);
        }
        let verdict = match self.gate_input(&counts) {
            Some((gate, input)) => match gate.evaluate(input) {
                GateResult::Inconclusive => None,
                decided @ (GateResult::Pass | GateResult::Hold) => Some(WaitEnd::Gate(decided)),
            },
            None => self.end_without_gate(&counts),
        };
        verdict.or_else(|| {
            let has_gate = self.rules.gate.is_some();
            if counts.unfinished() == counts.of(JobProgress::Undetermined) {
                let failed = counts.failures() > 0 && !has_gate;
                return Some(if failed {
                    WaitEnd::Failed
                } else {
                    WaitEnd::Undetermined
                });
            }
            let is_over = self.rules.timeout.is_some_and(|timeout| timeout <= now);
            is_over.then_some(WaitEnd::TimedOut { has_gate })
        })
    }

    fn end_without_gate(&self, counts: &ProgressCounts) -> Option<WaitEnd> {
        let failures = counts.failures();
        if failures > 0 && self.rules.fail_fast {
            return Some(WaitEnd::Failed);
        }
        let enough = self.min_finished(counts.total());
        (counts.finished() >= enough && counts.finished() > 0).then_some(match failures {
            0 => WaitEnd::Completed,
            _ => WaitEnd::Failed,
        })
    }

    /// Returns when [`Wait::end`] or [`Wait::take_retries`] may give another
    /// answer by the passing of time alone.
    pub fn wakes_at(&self, now: Duration) -> Option<Duration> {
        let newer_than = self.rules.newer_than;
        let unfinished = self.jobs.values();
        let unfinished = unfinished.filter(|job| !job.progress(newer_than).is_finished());
        let of_jobs = unfinished.flat_map(|job| {
            let may_be_given_up = job.is_unreachable() && !job.is_given_up(now);
            let gives_up = may_be_given_up.then(|| job.gives_up_at());
            [job.retry_at, gives_up]
        });
        let of_environments = self.environments.values().map(Reached::gives_up_at);
        of_jobs
            .chain(of_environments)
            .chain([self.rules.timeout])
            .flatten()
            .filter(|at| *at > now)
            .min()
    }

    /// Returns the jobs of the wait, without those of tenants that do not use
    /// the followed flow.
    pub fn jobs(&self, now: Duration) -> impl Iterator<Item = (JobId, WaitedJob<'_>)> {
        self.jobs
            .iter()
            .filter(|(_, job)| !job.is_unlinked)
            .map(move |(id, job)| (*id, self.waited(job, now)))
    }

    /// Counts the jobs by their progress.
    pub fn counts(&self, now: Duration) -> ProgressCounts {
        self.jobs(now).map(|(_, job)| job.progress).collect()
    }

    /// Returns the gate with what it is evaluated on, if there is one.
    pub fn gate_input(&self, counts: &ProgressCounts) -> Option<(Gate, GateInput)> {
        let input = GateInput {
            failed: counts.failures(),
            finished: counts.finished(),
            min_finished: self.min_finished(counts.total()),
            expected: counts.total(),
        };
        Some((self.rules.gate?, input))
    }

    fn min_finished(&self, total: usize) -> usize {
        self.rules.min_finished.unwrap_or(total).min(total)
    }

    fn waited<'a>(&'a self, job: &'a Waited, now: Duration) -> WaitedJob<'a> {
        let environment = self.environments.get(&job.environment);
        let progress = job.progress(self.rules.newer_than);
        let out_of_reach = environment.is_some_and(|environment| environment.is_given_up(now));
        let run = job.run(self.rules.newer_than);
        if progress.is_finished() {
            return WaitedJob {
                progress,
                run,
                error: None,
            };
        }
        let own_error = job.failure_streak().map(|streak| streak.error.as_ref());
        if !job.is_given_up(now) && !out_of_reach {
            return WaitedJob {
                progress,
                run,
                error: own_error,
            };
        }
        let common_error = environment.and_then(|environment| environment.error.as_deref());
        WaitedJob {
            progress: JobProgress::Undetermined,
            run,
            error: own_error.or(common_error),
        }
    }
}

impl Waited {
    fn take_snapshot(&mut self, snapshot: Snapshot, now: Duration) {
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
    fn run(&self, newer_than: Option<Timestamp>) -> Option<(&Arc<Job>, &Arc<JobAddress>)> {
        let snapshot = self.snapshot.as_ref()?;
        let (job, address) = (snapshot.job.as_ref()?, snapshot.address.as_ref()?);
        let created = job.start_time.as_ref().and_then(|start| start.at);
        let counts =
            newer_than.is_none_or(|newer_than| created.is_some_and(|created| created > newer_than));
        counts.then_some((job, address))
    }

    fn progress(&self, newer_than: Option<Timestamp>) -> JobProgress {
        let has_answered = self
            .snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.health.last_success.is_some());
        match self.run(newer_than).map(|(job, _)| job.status.state()) {
            Some(State::Completed) => JobProgress::Completed,
            Some(State::Failed) => JobProgress::Failed,
            Some(State::Cancelled) => JobProgress::Canceled,
            Some(State::Running) => JobProgress::Running,
            Some(State::Queued) => JobProgress::Queued,
            Some(State::Unknown) => JobProgress::Unknown,
            None if has_answered => JobProgress::NotStarted,
            None => JobProgress::Pending,
        }
    }

    fn failure_streak(&self) -> Option<&FailureStreak> {
        self.snapshot.as_ref()?.health.failure_streak.as_ref()
    }

    fn is_unreachable(&self) -> bool {
        self.failure_streak()
            .is_some_and(|streak| streak.count >= FailureStreak::UNREACHABLE)
    }

    /// When a job that stays unreachable is given up.
    fn gives_up_at(&self) -> Duration {
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

    fn is_given_up(&self, now: Duration) -> bool {
        self.rejections >= MAX_REJECTIONS || (self.is_unreachable() && self.gives_up_at() <= now)
    }
}

impl Reached {
    fn gives_up_at(&self) -> Option<Duration> {
        let limit = if self.has_answered {
            OUTAGE_LIMIT
        } else {
            START_LIMIT
        };
        Some(self.outage_since? + limit)
    }

    fn is_given_up(&self, now: Duration) -> bool {
        (self.is_unauthorized && self.has_rejected_job)
            || self.gives_up_at().is_some_and(|at| at <= now)
    }
}

/// Whether hotglue answered and will not give this job's status.
fn is_rejection(error: &FetchError) -> bool {
    error.is_unauthorized() || error.is_not_found()
}

impl WaitEnd {
    /// Returns the exit code of a command that ends so.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Completed | Self::Gate(GateResult::Pass) => 0,
            Self::Failed | Self::Gate(GateResult::Hold) => 1,
            Self::Undetermined | Self::NothingExpected => 3,
            Self::Gate(GateResult::Inconclusive) | Self::TimedOut { has_gate: true } => 4,
            Self::TimedOut { has_gate: false } => 124,
        }
    }
}

#[cfg(test)]
mod tests;
