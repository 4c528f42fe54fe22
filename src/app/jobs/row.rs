//! A row: a watched job, the last answer about it, and its transitions.

mod membership;
mod name;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::name::name_of;
use crate::app::jobs::sources::{FollowedBy, SameJob};
use crate::config::{Follow, WatchedJob};
use crate::history::RunStep;
use crate::hotglue::{Job, JobAddress, JobStatus, StageSpan, State, TenantId, Text, stage_spans};
use crate::rollout::{Anomaly, JobFacts, RowsAnomaly, error_line};
use crate::watch::{EnvironmentId, FollowId, JobId, JobSelector, Snapshot, Transition};

/// How long a row is highlighted after its status changed.
pub(crate) const CHANGED_FOR: SignedDuration = SignedDuration::from_secs(6);
/// The most statuses kept of a job: a whole life cycle and part of a second
/// one. The history keeps them all.
const MAX_STEPS: usize = 16;

/// A watched job.
#[derive(Debug, Clone)]
pub struct Row {
    /// The id, unique in the session.
    pub id: JobId,
    /// The name that it is shown under.
    pub name: Text,
    /// The name in the config; the job's id where the user gave it none.
    config_name: Text,
    /// The environment that it runs in.
    pub environment: EnvironmentId,
    /// The environment's name.
    pub(crate) environment_name: Text,
    /// The job that is polled: a fixed one, or the newest of a tenant.
    pub selector: JobSelector,
    /// The followed flows that it belongs to.
    pub(crate) follows: Vec<FollowedBy>,
    /// The watched job of the config that is the same job now, where the row
    /// belongs to a followed flow.
    pub(super) entry: Option<SameJob>,
    /// The row that shows this job instead, with its own name and tags too.
    pub(super) shown_by: Option<JobId>,
    /// Words to filter and group by.
    pub(crate) tags: Vec<Text>,
    /// The time between two polls, where the job sets its own.
    pub(crate) poll_interval: Option<Duration>,
    /// The last answer, and the results of polling.
    pub(crate) snapshot: Snapshot,
    /// When its status last changed during this session.
    pub(crate) changed: Option<Timestamp>,
    /// The statuses that were seen, oldest first.
    pub steps: Vec<RunStep>,
    /// When each status began, where the service reports it.
    times: Vec<(JobStatus, Timestamp)>,
    /// Its deviation from the baseline, if there is one.
    pub anomaly: Option<Anomaly>,
    /// Why the rows of its completed job do not fit the earlier runs.
    pub(crate) rows_anomaly: Option<Box<RowsAnomaly>>,
    /// The longest time without an event seen in its current stage.
    pub(crate) longest_silence: SignedDuration,
    /// The fingerprint of its message, if it failed.
    fingerprint: Option<Arc<str>>,
}

impl Row {
    /// A row for a job of the config, before its first poll.
    pub(in crate::app) fn new(
        id: JobId,
        job: WatchedJob<EnvironmentId>,
        environment_name: Text,
    ) -> Self {
        let name = name_of(&job);
        let selector = JobSelector::Job(Arc::new(job.address));
        Self {
            config_name: job.name,
            tags: job.tags,
            poll_interval: job.poll_interval,
            ..Self::of(id, name, job.environment, environment_name, selector)
        }
    }

    /// A row for the newest job of a tenant in a followed flow.
    pub(in crate::app) fn followed(
        id: JobId,
        follow: FollowId,
        flow: &Follow<EnvironmentId>,
        tenant: TenantId,
        environment_name: Text,
    ) -> Self {
        let selector = JobSelector::Newest {
            flow: flow.flow.clone(),
            tenant,
        };
        let name = Text::default();
        let mut row = Self::of(id, name, flow.environment, environment_name, selector);
        row.add_follow(follow, flow);
        row
    }

    fn of(
        id: JobId,
        name: Text,
        environment: EnvironmentId,
        environment_name: Text,
        selector: JobSelector,
    ) -> Self {
        Self {
            id,
            config_name: name.clone(),
            name,
            environment,
            environment_name,
            selector,
            follows: Vec::new(),
            entry: None,
            shown_by: None,
            tags: Vec::new(),
            poll_interval: None,
            snapshot: Snapshot::default(),
            changed: None,
            steps: Vec::new(),
            times: Vec::new(),
            anomaly: None,
            rows_anomaly: None,
            longest_silence: SignedDuration::ZERO,
            fingerprint: None,
        }
    }

    /// The job as it is in the config; `None` where only followed flows name
    /// it.
    pub(crate) fn watched(&self) -> Option<WatchedJob<EnvironmentId>> {
        let JobSelector::Job(address) = &self.selector else {
            return self.entry.as_ref().map(|entry| entry.job.clone());
        };
        Some(WatchedJob {
            name: self.config_name.clone(),
            environment: self.environment,
            address: (**address).clone(),
            poll_interval: self.poll_interval,
            tags: self.tags.clone(),
        })
    }

    /// The address of its job, where that is known.
    pub(crate) fn address(&self) -> Option<&Arc<JobAddress>> {
        match &self.selector {
            JobSelector::Job(address) => Some(address),
            JobSelector::Newest { .. } => self.snapshot.address.as_ref(),
        }
    }

    /// The `job_root`; empty where no job is known yet.
    pub fn job_root(&self) -> &str {
        self.address()
            .map_or("", |address| address.job_root.as_str())
    }

    /// The last answer of the service about it.
    pub fn job(&self) -> Option<&Job> {
        self.snapshot.job.as_deref()
    }

    /// The state that its status means.
    pub fn state(&self) -> State {
        match self.job() {
            _ if self.is_not_started() => State::Queued,
            Some(job) => job.status.state(),
            None => State::Unknown,
        }
    }

    /// Whether no poll of it has ended yet.
    pub fn is_pending(&self) -> bool {
        self.snapshot.job.is_none()
            && self.snapshot.health.failure_streak.is_none()
            && !self.is_not_started()
    }

    /// The name of its state: "pending" before the first poll, "not started"
    /// without a run that counts.
    pub(crate) fn state_name(&self) -> &'static str {
        if self.is_not_started() {
            "not started"
        } else if self.is_pending() {
            "pending"
        } else {
            self.state().name()
        }
    }

    /// The text of its status column: the status, or why there is none.
    pub(crate) fn status_label(&self) -> &str {
        match (self.job(), &self.snapshot.health.failure_streak) {
            _ if self.is_not_started() => "not started",
            (Some(job), _) => job.status.as_str(),
            (None, Some(streak)) if streak.error.is_unauthorized() => "API key refused",
            (None, Some(streak)) if streak.error.is_unreachable() => "unreachable",
            (None, Some(streak)) if streak.error.is_not_found() => "not found",
            (None, Some(_)) => "no response",
            (None, None) => "pending",
        }
    }

    /// The flow's id.
    pub(crate) fn flow(&self) -> &str {
        self.selector.flow().as_str()
    }

    /// The tenant's id.
    pub fn tenant(&self) -> &str {
        self.selector.tenant().as_str()
    }

    /// The tap, where the service names one.
    pub(crate) fn tap(&self) -> Option<&Text> {
        self.job()?.tap.as_ref()
    }

    /// Tap and target, joined by `arrow` where both are known.
    pub(crate) fn tap_and_target(&self, arrow: &str) -> String {
        let Some(job) = self.job() else {
            return String::new();
        };
        match (&job.tap, &job.target) {
            (Some(tap), Some(target)) => {
                format!("{} {arrow} {}", tap.one_line(), target.one_line())
            }
            (Some(one), None) | (None, Some(one)) => one.one_line(),
            (None, None) => String::new(),
        }
    }

    /// When the service last registered an event of the job.
    pub(crate) fn updated(&self) -> Option<Timestamp> {
        self.job()?.last_updated.as_ref()?.at
    }

    /// When it was created.
    pub(crate) fn started(&self) -> Option<Timestamp> {
        self.job()?.start_time.as_ref()?.at
    }

    /// When it finished, if it has.
    pub(crate) fn finished(&self) -> Option<Timestamp> {
        let job = self.job()?;
        job.status
            .is_finished()
            .then_some(job.last_updated.as_ref()?.at?)
    }

    /// How long it has run, or ran.
    pub(crate) fn elapsed(&self, now: Timestamp) -> Option<SignedDuration> {
        let job = self.job()?;
        let end = if job.status.is_finished() {
            self.finished()?
        } else {
            now
        };
        Some(end.duration_since(self.started()?))
    }

    /// The text of its message column: the first line of the job's message,
    /// or why it cannot be polled.
    pub(crate) fn message_line(&self) -> Option<Cow<'_, str>> {
        let streak = self.snapshot.health.failure_streak.as_ref();
        match (self.job().and_then(|job| job.message.as_ref()), streak) {
            (Some(message), None) => Some(error_line(message.as_str()).into()),
            (_, Some(streak)) => Some(error_line(&streak.error.to_string()).to_owned().into()),
            (None, None) => None,
        }
    }

    /// All rows that its job moved so far, where it counts them.
    pub(crate) fn total_rows(&self) -> Option<u64> {
        self.job()?.total_rows
    }

    /// Whether it deviates from the baseline.
    pub(crate) fn has_anomaly(&self) -> bool {
        self.anomaly.is_some() || self.rows_anomaly.is_some()
    }

    /// The kind of its deviation from the baseline: "slow", "silent" or "rows".
    pub(crate) fn anomaly_name(&self) -> Option<&'static str> {
        let of_rows = self.rows_anomaly.as_ref().map(|_| "rows");
        self.anomaly.map(Anomaly::name).or(of_rows)
    }

    /// Describes its deviation from the baseline, if there is one.
    pub(crate) fn anomaly_label(&self) -> Option<String> {
        let anomaly = self.anomaly.map(Anomaly::description);
        anomaly.or_else(|| Some(self.rows_anomaly.as_ref()?.description()))
    }

    /// Whether the last poll failed, so that what is shown may be outdated.
    pub(crate) fn is_stale(&self) -> bool {
        self.snapshot.health.failure_streak.is_some()
    }

    /// Whether its status changed so recently that it is highlighted.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.changed
            .is_some_and(|time| now.duration_since(time) < CHANGED_FOR)
    }

    /// Its stages, timed by the service where it reports their times, else by
    /// when they were seen.
    pub(crate) fn spans(&self) -> Vec<StageSpan> {
        if self.times.is_empty() {
            let steps = self.steps.iter();
            return stage_spans(steps.map(|step| (step.status.clone(), step.time())));
        }
        stage_spans(self.times.iter().cloned())
    }

    /// The fingerprint of its message, if it failed.
    pub(super) fn fingerprint(&self) -> Option<&Arc<str>> {
        self.fingerprint.as_ref()
    }

    /// What failure groups are made from; `None` before the first answer, and
    /// without a run that counts.
    pub(crate) fn facts(&self) -> Option<JobFacts<'_>> {
        if self.is_not_started() {
            return None;
        }
        Some(JobFacts {
            id: self.id,
            job: self.job()?,
            tenant: self.tenant(),
            flow: self.flow(),
            environment: self.environment_name.as_str(),
        })
    }

    /// Takes over what the watcher knows. The last known job stays when the
    /// watcher knows none: it forgets a job that is removed, and a removal can
    /// be undone.
    pub(in crate::app) fn merge(&mut self, mut snapshot: Snapshot) {
        if snapshot.job.is_none() {
            snapshot.job.clone_from(&self.snapshot.job);
            snapshot.address = snapshot.address.or_else(|| self.snapshot.address.clone());
        }
        let gap = match (self.updated(), &snapshot.job) {
            (Some(before), Some(job)) => job
                .last_updated
                .as_ref()
                .and_then(|updated| updated.at)
                .map(|now| now.duration_since(before)),
            _ => None,
        };
        self.longest_silence = self.longest_silence.max(gap.unwrap_or_default());
        let status = |job: Option<&Job>| job.map(|job| job.status.clone());
        let total_rows = |job: Option<&Job>| job.and_then(|job| job.total_rows);
        let is_same_run = self.snapshot.address == snapshot.address
            && status(self.job()) == status(snapshot.job.as_deref())
            && total_rows(self.job()) == total_rows(snapshot.job.as_deref());
        if !is_same_run {
            self.rows_anomaly = None;
        }
        if status(self.job()) != status(snapshot.job.as_deref()) {
            let times = snapshot.job.as_ref().map(|job| job.status_times());
            self.times = times.unwrap_or_default();
        }
        let jobs = self.snapshot.job.as_ref().zip(snapshot.job.as_ref());
        let is_same = jobs.is_some_and(|(before, job)| {
            before.status == job.status && before.message == job.message
        });
        self.snapshot = snapshot;
        if !is_same {
            let failed = matches!(self.state(), State::Failed | State::Cancelled);
            let facts = self.facts().filter(|_| failed);
            self.fingerprint = facts.map(|facts| facts.fingerprint().into());
        }
    }

    /// Records a transition.
    pub(in crate::app) fn record(&mut self, transition: &Transition) {
        if transition.from.is_some() || transition.is_new_run {
            self.changed = Some(transition.seen);
        }
        if transition.is_new_run {
            self.steps.clear();
        }
        if self.steps.len() == MAX_STEPS {
            self.steps.remove(0);
        }
        self.steps.push(RunStep {
            status: transition.to.clone(),
            seen: transition.seen,
            updated: transition.updated,
        });
    }

    /// Takes over name, tags and interval of the same job.
    pub(super) fn edit(&mut self, job: WatchedJob<EnvironmentId>) {
        self.name = name_of(&job);
        self.config_name = job.name;
        self.tags = job.tags;
        self.poll_interval = job.poll_interval;
        self.selector = JobSelector::Job(Arc::new(job.address));
    }

    /// Takes over what is known of the same job from another row.
    pub(super) fn take_state(&mut self, from: &Self) {
        self.snapshot.clone_from(&from.snapshot);
        self.steps.clone_from(&from.steps);
        self.times.clone_from(&from.times);
        self.changed = from.changed;
        self.longest_silence = from.longest_silence;
    }

    /// Forgets everything about its job.
    pub(super) fn forget(&mut self) {
        self.snapshot = Snapshot::default();
        self.changed = None;
        self.steps.clear();
        self.times.clear();
        self.anomaly = None;
        self.rows_anomaly = None;
        self.longest_silence = SignedDuration::ZERO;
        self.fingerprint = None;
    }

    /// Measures the longest silence from now on.
    pub(super) fn restart_silence(&mut self) {
        self.longest_silence = SignedDuration::ZERO;
    }

    /// Restores the statuses that were seen before a restart, in front of
    /// those seen since.
    pub(super) fn restore_steps(&mut self, steps: Vec<RunStep>) {
        let mut all = steps;
        for step in self.steps.drain(..) {
            if all.last().is_none_or(|last| last.status != step.status) {
                all.push(step);
            }
        }
        let surplus = all.len().saturating_sub(MAX_STEPS);
        self.steps = all.split_off(surplus);
    }
}
