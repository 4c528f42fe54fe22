//! One job as the dashboard keeps it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::WatchedJob;
use crate::hotglue::{Job, JobAddress, JobRoot, JobStatus, State, Text};
use crate::watch::{EnvironmentKey, JobKey, Snapshot, Transition};

/// How long a row stays marked after its status changed.
pub const CHANGED_FOR: SignedDuration = SignedDuration::from_secs(6);
/// The most statuses kept of one job.
const MAX_STEPS: usize = 64;

/// A status the job was seen in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The status.
    pub status: JobStatus,
    /// When hgtop saw it first.
    pub seen: Timestamp,
    /// When the service said the event was.
    pub updated: Option<Timestamp>,
}

impl Step {
    /// The best known time of its beginning.
    pub fn at(&self) -> Timestamp {
        self.updated.unwrap_or(self.seen)
    }
}

/// One job of the list.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub key: JobKey,
    /// What the person calls it.
    pub name: Text,
    /// Where it runs.
    pub environment: EnvironmentKey,
    /// That environment's name.
    pub environment_name: Text,
    /// What names it there.
    pub address: Arc<JobAddress>,
    /// Words to filter by.
    pub tags: Vec<Text>,
    /// Time between two polls, where it differs from the common one.
    pub poll_interval: Option<Duration>,
    /// What is known of it.
    pub snapshot: Snapshot,
    /// When its status last changed under our eyes.
    pub changed: Option<Timestamp>,
    /// The statuses it was seen in, oldest first.
    pub steps: Vec<Step>,
}

impl Row {
    /// A job of which nothing is known yet.
    pub(super) fn new(key: JobKey, job: WatchedJob, environment_name: Text) -> Self {
        Self {
            key,
            name: job.name,
            environment: EnvironmentKey(job.environment),
            environment_name,
            address: Arc::new(job.address),
            tags: job.tags,
            poll_interval: job.poll_interval,
            snapshot: Snapshot::default(),
            changed: None,
            steps: Vec::new(),
        }
    }

    /// The job as the config file has it.
    pub fn watched(&self) -> WatchedJob {
        WatchedJob {
            name: self.name.clone(),
            environment: self.environment.0,
            address: (*self.address).clone(),
            poll_interval: self.poll_interval,
            tags: self.tags.clone(),
        }
    }

    /// What names it.
    pub(super) fn id(&self) -> (EnvironmentKey, JobRoot) {
        (self.environment, self.address.job_root.clone())
    }

    /// The last good answer.
    pub fn job(&self) -> Option<&Job> {
        self.snapshot.job.as_deref()
    }

    /// What its status means.
    pub fn state(&self) -> State {
        self.job().map_or(State::Unknown, |job| job.status.state())
    }

    /// What its status column says: the status, or why there is none.
    pub fn status_words(&self) -> &str {
        match (self.job(), &self.snapshot.health.trouble) {
            (Some(job), _) => job.status.as_str(),
            (None, Some(trouble)) if trouble.error.is_refusal() => "key refused",
            (None, Some(trouble)) if trouble.error.is_unreachable() => "unreachable",
            (None, Some(trouble)) => match &*trouble.error {
                crate::hotglue::FetchError::NotFound { .. } => "not found",
                _ => "no answer",
            },
            (None, None) => "…",
        }
    }

    /// The flow as the service names it, else as it was asked for.
    pub fn flow(&self) -> &str {
        self.address.flow.as_str()
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        self.address.tenant.as_str()
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
            .is_terminal()
            .then_some(job.last_updated.as_ref()?.at?)
    }

    /// How long it runs, or ran.
    pub fn elapsed(&self, now: Timestamp) -> Option<SignedDuration> {
        let job = self.job()?;
        let end = if job.status.is_terminal() {
            self.ended()?
        } else {
            now
        };
        Some(end.duration_since(self.started()?))
    }

    /// What the message column says: the job's own words, or what is wrong
    /// with polling it.
    pub fn message_line(&self) -> Option<String> {
        let trouble = self.snapshot.health.trouble.as_ref();
        match (self.job().and_then(|job| job.message.as_ref()), trouble) {
            (Some(message), None) => Some(first_line(message.as_str())),
            (_, Some(trouble)) => Some(first_line(&trouble.error.to_string())),
            (None, None) => None,
        }
    }

    /// Whether the last poll brought nothing, so that what is shown is old.
    pub fn is_stale(&self) -> bool {
        self.snapshot.health.trouble.is_some()
    }

    /// Whether its status changed a moment ago.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.changed
            .is_some_and(|at| now.duration_since(at) < CHANGED_FOR)
    }

    pub(super) fn record(&mut self, transition: &Transition) {
        if transition.from.is_some() {
            self.changed = Some(transition.seen);
        }
        if self.steps.len() == MAX_STEPS {
            self.steps.remove(0);
        }
        self.steps.push(Step {
            status: transition.to.clone(),
            seen: transition.seen,
            updated: transition.updated,
        });
    }
}

/// The first line that says something; a row of the table has room for no more.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(400).collect()
}
