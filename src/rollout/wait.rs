//! The rules of a wait: when it ends, and with which exit code.
//!
//! A job's own status ends the wait for it; a failed poll is retried. A job
//! whose state cannot be determined (an API key that is refused, a job that
//! does not exist, a service out of reach) does not end the wait for the
//! others, and counts again as soon as a poll succeeds. All times are measured
//! from the start of the wait.

mod job;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use self::job::{MAX_REJECTIONS, Reached, Waited};
use super::gate::{ConditionReport, Confidence, Gate, GateInput, GateResult};
use super::paired_job::{PairedJob, TenantMedians, TenantRuns};
use super::progress::{JobProgress, ProgressCounts};
use crate::config::Condition;
use crate::hotglue::{FetchError, Job, JobAddress, JobRoot};
use crate::watch::{EnvironmentId, EnvironmentStatus, JobId, Snapshot};

/// What ends a wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct WaitRules {
    /// The conditions of a gate, which decides instead of any failure; empty
    /// for none.
    pub(crate) conditions: Vec<Condition>,
    /// Tests the gate's conditions on a percentage with this confidence.
    pub(crate) confidence: Option<Confidence>,
    /// Finished jobs that are enough; `None` for all. For a gate with a
    /// confidence the earliest look.
    pub(crate) min_finished: Option<usize>,
    /// Ends with the first failure, where there is no gate.
    pub(crate) fail_fast: bool,
    /// Ends the wait after this time.
    pub(crate) timeout: Option<Duration>,
}

/// A job that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpectedJob {
    /// The job.
    pub(crate) id: JobId,
    /// Its environment.
    pub(crate) environment: EnvironmentId,
    /// The `job_root` of a given job; `None` for the newest of a tenant.
    pub(crate) job_root: Option<JobRoot>,
    /// The start of the rollout, if it is in one: earlier runs do not count.
    pub(crate) since: Option<Timestamp>,
    /// Whether it is the newest job of one of *all* tenants, some of which may
    /// not use the flow.
    pub(crate) may_be_unlinked: bool,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitEnd {
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
pub(crate) struct WaitedJob<'a> {
    /// How far it is.
    pub(crate) progress: JobProgress,
    /// The run that counts, as of the last successful poll.
    pub(crate) run: Option<(&'a Arc<Job>, &'a Arc<JobAddress>)>,
    /// When that poll succeeded.
    pub(crate) polled: Option<Timestamp>,
    /// Why the last poll failed.
    pub(crate) error: Option<&'a FetchError>,
}

/// The state of a wait.
#[derive(Debug)]
pub(crate) struct Wait {
    rules: WaitRules,
    gate: Gate,
    jobs: BTreeMap<JobId, Waited>,
    environments: BTreeMap<EnvironmentId, Reached>,
}

impl Wait {
    /// Starts a wait for these jobs.
    pub(crate) fn new(rules: WaitRules, expected: impl IntoIterator<Item = ExpectedJob>) -> Self {
        let jobs = expected.into_iter().map(|job| {
            let waited = Waited {
                environment: job.environment,
                may_be_unlinked: job.may_be_unlinked,
                job_root: job.job_root,
                since: job.since,
                is_unlinked: false,
                snapshot: None,
                last_success: Duration::ZERO,
                rejections: 0,
                retry_at: None,
                past: TenantRuns::default(),
                medians: TenantMedians::default(),
            };
            (job.id, waited)
        });
        let gate = Gate::new(
            rules.conditions.clone(),
            rules.confidence,
            rules.min_finished.unwrap_or(0),
        );
        Self {
            rules,
            gate,
            jobs: jobs.collect(),
            environments: BTreeMap::new(),
        }
    }

    /// Whether the gate compares jobs with the earlier runs of their tenants.
    pub(crate) fn needs_past_runs(&self) -> bool {
        self.gate.needs_baseline()
    }

    /// Takes the earlier runs of a job's tenant.
    pub(crate) fn take_past_runs(&mut self, id: JobId, runs: TenantRuns) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.past = runs;
            job.update_medians();
        }
    }

    /// Takes the result of a job's latest poll.
    pub(crate) fn take_snapshot(&mut self, id: JobId, snapshot: Snapshot, now: Duration) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        let environment = self.environments.entry(job.environment).or_default();
        environment.has_answered |= snapshot.health.last_success.is_some();
        job.take_snapshot(snapshot, now);
        job.update_medians();
        environment.has_rejected_job |= job.rejections >= MAX_REJECTIONS;
    }

    /// Takes a change of an environment's circuit breaker.
    pub(crate) fn take_environment_status(
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
    pub(crate) fn take_retries(&mut self, now: Duration) -> Vec<JobId> {
        let due = |job: &Waited| job.retry_at.is_some_and(|retry_at| retry_at <= now);
        let mut retries = Vec::new();
        for (id, job) in self.jobs.iter_mut().filter(|(_, job)| due(job)) {
            job.retry_at = None;
            retries.push(*id);
        }
        retries
    }

    /// Returns how the wait ends at this time, or `None` while it continues.
    /// Evaluates the gate, so it is to be called after every change.
    pub(crate) fn end(&mut self, now: Duration) -> Option<WaitEnd> {
        let counts = self.counts(now);
        if counts.total() == 0 {
            return Some(WaitEnd::NothingExpected);
        }
        let has_gate = self.has_gate();
        let ended = if has_gate {
            self.end_by_gate(&counts, now)
        } else {
            self.end_without_gate(&counts)
        };
        ended.or_else(|| {
            if counts.unfinished() == counts.of(JobProgress::Undetermined) {
                let failed = counts.failures() > 0 && !has_gate;
                return Some(if failed {
                    WaitEnd::Failed
                } else {
                    WaitEnd::Undetermined
                });
            }
            let has_timed_out = self.rules.timeout.is_some_and(|timeout| timeout <= now);
            has_timed_out.then_some(WaitEnd::TimedOut { has_gate })
        })
    }

    fn end_by_gate(&mut self, counts: &ProgressCounts, now: Duration) -> Option<WaitEnd> {
        if self.gate.needs_baseline() {
            let paired = self.paired(now);
            self.gate.compare(&paired);
        }
        self.gate.observe(GateInput::of(counts));
        let result = self.gate.result();
        // With a confidence the minimum is the earliest look, not an end.
        let enough = match self.rules.confidence {
            Some(_) => counts.total(),
            None => self.min_finished(counts.total()),
        };
        let has_ended = match result {
            GateResult::Pass | GateResult::Hold => true,
            GateResult::Inconclusive => counts.finished() >= enough && counts.finished() > 0,
        };
        has_ended.then_some(WaitEnd::Gate(result))
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
    pub(crate) fn wakes_at(&self, now: Duration) -> Option<Duration> {
        let unfinished = self.jobs.values();
        let unfinished = unfinished.filter(|job| !job.progress().is_finished());
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
            .filter(|time| *time > now)
            .min()
    }

    /// Returns the jobs of the wait, without those of tenants that do not use
    /// the followed flow. A given job that is the newest one of a tenant as well
    /// is one job.
    pub(crate) fn jobs(&self, now: Duration) -> impl Iterator<Item = (JobId, WaitedJob<'_>)> {
        let newest: HashSet<(EnvironmentId, &JobRoot)> = self
            .jobs
            .values()
            .filter(|job| job.job_root.is_none())
            .filter_map(|job| {
                let address = job.snapshot.as_ref()?.address.as_ref()?;
                Some((job.environment, &address.job_root))
            })
            .collect();
        let is_newest_too = move |job: &Waited| {
            let root = job.job_root.as_ref();
            root.is_some_and(|root| newest.contains(&(job.environment, root)))
        };
        self.jobs
            .iter()
            .filter(move |(_, job)| !job.is_unlinked && !is_newest_too(job))
            .map(move |(id, job)| (*id, self.waited(job, now)))
    }

    /// The expected jobs beside the runs before them.
    fn paired(&self, now: Duration) -> Vec<PairedJob> {
        let jobs = self.jobs(now).filter_map(|(id, _)| self.jobs.get(&id));
        jobs.map(Waited::paired).collect()
    }

    /// Counts the jobs by their progress.
    pub(crate) fn counts(&self, now: Duration) -> ProgressCounts {
        self.jobs(now).map(|(_, job)| job.progress).collect()
    }

    /// Whether a gate decides.
    pub(crate) fn has_gate(&self) -> bool {
        !self.gate.is_empty()
    }

    /// Reports each condition of the gate, as of the last call of
    /// [`Wait::end`].
    pub(crate) fn gate_report(&self, counts: &ProgressCounts) -> Vec<ConditionReport> {
        self.gate.report(GateInput::of(counts))
    }

    fn min_finished(&self, total: usize) -> usize {
        self.rules.min_finished.unwrap_or(total).min(total)
    }

    fn waited<'a>(&'a self, job: &'a Waited, now: Duration) -> WaitedJob<'a> {
        let environment = self.environments.get(&job.environment);
        let progress = job.progress();
        let out_of_reach = environment.is_some_and(|environment| environment.is_given_up(now));
        let run = job.run();
        let polled = job.polled();
        if progress.is_finished() {
            return WaitedJob {
                progress,
                run,
                polled,
                error: None,
            };
        }
        let own_error = job.failure_streak().map(|streak| streak.error.as_ref());
        if !job.is_given_up(now) && !out_of_reach {
            return WaitedJob {
                progress,
                run,
                polled,
                error: own_error,
            };
        }
        let common_error = environment.and_then(|environment| environment.error.as_deref());
        WaitedJob {
            progress: JobProgress::Undetermined,
            run,
            polled,
            error: own_error.or(common_error),
        }
    }
}

impl WaitEnd {
    /// Returns the exit code of a command that ends so.
    pub(crate) fn exit_code(self) -> i32 {
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
