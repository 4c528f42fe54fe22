//! One job as the dashboard keeps it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::{Follow, WatchedJob};
use crate::history::RunStep;
use crate::hotglue::{
    FlowId, Job, JobAddress, JobRoot, JobStatus, StageSpan, State, TenantId, Text, stage_spans,
};
use crate::rollout::{Anomaly, ForecastJob, JobFacts, RunningStage, first_line};
use crate::watch::{EnvironmentId, FollowId, JobId, JobSelector, Snapshot, Transition};

/// How long a row stays marked after its status changed.
pub const CHANGED_FOR: SignedDuration = SignedDuration::from_secs(6);
/// The most statuses kept of one job: a whole life cycle and a bit of a second
/// one. The history has them all.
const MAX_STEPS: usize = 16;

/// What names a row's job in its environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::app) enum RowName {
    Root(JobRoot),
    Newest(FlowId, TenantId),
}

/// One job of the list.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub key: JobId,
    /// What the person calls it.
    pub name: Text,
    /// Where it runs.
    pub environment: EnvironmentId,
    /// That environment's name.
    pub environment_name: Text,
    /// Which job it is about.
    pub subject: JobSelector,
    /// The followed flow it belongs to, if it does to one.
    pub follow: Option<FollowId>,
    /// Words to filter by.
    pub tags: Vec<Text>,
    /// Time between two polls, where it differs from the common one.
    pub poll_interval: Option<Duration>,
    /// What is known of it.
    pub snapshot: Snapshot,
    /// When its status last changed under our eyes.
    pub changed: Option<Timestamp>,
    /// The statuses it was seen in, oldest first.
    pub steps: Vec<RunStep>,
    /// When each status began as the service says, where it does.
    times: Vec<(JobStatus, Timestamp)>,
    /// Its deviation from the baseline, if there is one.
    pub anomaly: Option<Anomaly>,
    /// The longest time without an event that was seen in its stage.
    pub longest_silence: SignedDuration,
    /// Which group of the table it is in.
    pub(in crate::app) group: u32,
    /// Whether filter and view let it through.
    pub(in crate::app) admitted: bool,
}

impl Row {
    /// A job of which nothing is known yet.
    pub(in crate::app) fn new(
        key: JobId,
        job: WatchedJob<EnvironmentId>,
        environment_name: Text,
    ) -> Self {
        let subject = JobSelector::Job(Arc::new(job.address));
        Self {
            tags: job.tags,
            poll_interval: job.poll_interval,
            ..Self::of(key, job.name, job.environment, environment_name, subject)
        }
    }

    /// The newest job of a tenant in a followed flow.
    pub(in crate::app) fn followed(
        key: JobId,
        follow: FollowId,
        flow: &Follow<EnvironmentId>,
        tenant: TenantId,
        environment_name: Text,
    ) -> Self {
        let name = Text::cut(&format!("{tenant} {}", flow.name), 256);
        let subject = JobSelector::Newest {
            flow: flow.flow.clone(),
            tenant,
        };
        Self {
            follow: Some(follow),
            ..Self::of(key, name, flow.environment, environment_name, subject)
        }
    }

    fn of(
        key: JobId,
        name: Text,
        environment: EnvironmentId,
        environment_name: Text,
        subject: JobSelector,
    ) -> Self {
        Self {
            key,
            name,
            environment,
            environment_name,
            subject,
            follow: None,
            tags: Vec::new(),
            poll_interval: None,
            snapshot: Snapshot::default(),
            changed: None,
            steps: Vec::new(),
            times: Vec::new(),
            anomaly: None,
            longest_silence: SignedDuration::ZERO,
            group: 0,
            admitted: false,
        }
    }

    /// The job as the config file has it; `None` where a followed flow put it
    /// on the list.
    pub fn watched(&self) -> Option<WatchedJob<EnvironmentId>> {
        let JobSelector::Job(address) = &self.subject else {
            return None;
        };
        Some(WatchedJob {
            name: self.name.clone(),
            environment: self.environment,
            address: (**address).clone(),
            poll_interval: self.poll_interval,
            tags: self.tags.clone(),
        })
    }

    /// What names its job in the environment, where it is known.
    pub fn address(&self) -> Option<&Arc<JobAddress>> {
        match &self.subject {
            JobSelector::Job(address) => Some(address),
            JobSelector::Newest { .. } => self.snapshot.address.as_ref(),
        }
    }

    /// Its job's root; nothing where no job is known yet.
    pub fn job_root(&self) -> &str {
        self.address()
            .map_or("", |address| address.job_root.as_str())
    }

    /// Whether a job is expected and none has begun.
    pub fn is_not_started(&self) -> bool {
        self.follow.is_some()
            && self.snapshot.job.is_none()
            && self.snapshot.health.last_success.is_some()
    }

    /// The last good answer.
    pub fn job(&self) -> Option<&Job> {
        self.snapshot.job.as_deref()
    }

    /// What its status means.
    pub fn state(&self) -> State {
        match self.job() {
            Some(job) => job.status.state(),
            None if self.is_not_started() => State::Queued,
            None => State::Unknown,
        }
    }

    /// What its status column says: the status, or why there is none.
    pub fn status_words(&self) -> &str {
        match (self.job(), &self.snapshot.health.failure_streak) {
            (Some(job), _) => job.status.as_str(),
            (None, Some(trouble)) if trouble.error.is_unauthorized() => "key refused",
            (None, Some(trouble)) if trouble.error.is_unreachable() => "unreachable",
            (None, Some(trouble)) => match &*trouble.error {
                crate::hotglue::FetchError::NotFound { .. } => "not found",
                _ => "no answer",
            },
            (None, None) if self.is_not_started() => "not started",
            (None, None) => "…",
        }
    }

    /// The flow as the service names it, else as it was asked for.
    pub fn flow(&self) -> &str {
        self.subject.flow().as_str()
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        self.subject.tenant().as_str()
    }

    /// Tap and target, joined by `arrow` where both are known.
    pub fn tap_and_target(&self, arrow: &str) -> String {
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
    pub fn updated(&self) -> Option<Timestamp> {
        self.job()?.last_updated.as_ref()?.at
    }

    /// When it was created.
    pub fn started(&self) -> Option<Timestamp> {
        self.job()?.start_time.as_ref()?.at
    }

    /// When it ended, if it has.
    pub fn ended(&self) -> Option<Timestamp> {
        let job = self.job()?;
        job.status
            .is_finished()
            .then_some(job.last_updated.as_ref()?.at?)
    }

    /// How long it runs, or ran.
    pub fn elapsed(&self, now: Timestamp) -> Option<SignedDuration> {
        let job = self.job()?;
        let end = if job.status.is_finished() {
            self.ended()?
        } else {
            now
        };
        Some(end.duration_since(self.started()?))
    }

    /// What the message column says: the job's own words, or what is wrong
    /// with polling it.
    pub fn message_line(&self) -> Option<String> {
        let trouble = self.snapshot.health.failure_streak.as_ref();
        match (self.job().and_then(|job| job.message.as_ref()), trouble) {
            (Some(message), None) => Some(first_line(message.as_str())),
            (_, Some(trouble)) => Some(first_line(&trouble.error.to_string())),
            (None, None) => None,
        }
    }

    /// Whether the last poll brought nothing, so that what is shown is old.
    pub fn is_stale(&self) -> bool {
        self.snapshot.health.failure_streak.is_some()
    }

    /// Whether its status changed a moment ago.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.changed
            .is_some_and(|at| now.duration_since(at) < CHANGED_FOR)
    }

    /// Its stages: as the service tells their times, else as they were seen.
    pub fn spans(&self) -> Vec<StageSpan> {
        if self.times.is_empty() {
            let steps = self.steps.iter();
            return stage_spans(steps.map(|step| (step.status.clone(), step.at())));
        }
        stage_spans(self.times.iter().cloned())
    }

    /// What the forecast reads of it.
    pub fn forecast_job(&self) -> ForecastJob<'_> {
        ForecastJob {
            id: self.key,
            environment: self.environment,
            flow: self.subject.flow(),
            tap: self
                .job()
                .map(|job| job.tap.as_ref().map_or("", Text::as_str)),
        }
    }

    /// The stage it is in; `None` unless it is running.
    pub fn running_stage(&self) -> Option<RunningStage> {
        let job = self.job()?;
        if job.status.is_finished() {
            return None;
        }
        let open = self
            .spans()
            .last()
            .filter(|span| span.to.is_none())
            .copied();
        let (stage, since) = match open {
            Some(span) => (span.stage, span.from),
            // Between two stages only the one that ended is known.
            None => (job.status.stage()?, self.updated()?),
        };
        Some(RunningStage {
            stage,
            since,
            last_event: self.updated(),
            has_ended: job.status.ends_stage(),
        })
    }

    /// What failure groups are made from; `None` before the first answer.
    pub fn facts(&self) -> Option<JobFacts<'_>> {
        Some(JobFacts {
            id: self.key,
            job: self.job()?,
            tenant: self.tenant(),
            flow: self.flow(),
            environment: self.environment_name.as_str(),
        })
    }

    /// What names it.
    pub(in crate::app) fn id(&self) -> (EnvironmentId, RowName) {
        let name = match &self.subject {
            JobSelector::Job(address) => RowName::Root(address.job_root.clone()),
            JobSelector::Newest { flow, tenant } => RowName::Newest(flow.clone(), tenant.clone()),
        };
        (self.environment, name)
    }

    /// Takes over what the watcher knows now.
    pub(in crate::app) fn merge(&mut self, snapshot: Snapshot) {
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
        if status(self.job()) != status(snapshot.job.as_deref()) {
            let times = snapshot.job.as_ref().map(|job| job.status_times());
            self.times = times.unwrap_or_default();
        }
        self.snapshot = snapshot;
    }

    /// Notes a change of its status.
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

    /// Puts the statuses that were seen before a restart in front of those
    /// seen since.
    pub(in crate::app) fn remember(&mut self, steps: Vec<RunStep>) {
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
