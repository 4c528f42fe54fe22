//! What is recorded of a job: its state at one poll.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::hotglue::{EnvId, Job, JobAddress, JobStatus, RowCounts, Stage, Text};

/// The longest recorded message, in bytes.
const MAX_MESSAGE_BYTES: usize = 400;

/// The fields that differ from run to run, of finished jobs only. All others
/// repeat, and are stored once.
pub(super) const COUNTS: [&str; 5] = [
    "processed_rows",
    "metrics",
    "data_sizes",
    "resources_usage",
    "summary",
];

/// The state of a job at one poll.
#[derive(Debug, Clone)]
pub struct Observation {
    pub(super) env_id: EnvId,
    pub(super) address: Arc<JobAddress>,
    pub(super) status: JobStatus,
    /// When the answer came.
    pub(super) seen: Timestamp,
    /// The time of the status according to the service.
    pub(super) updated: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) tap: Text,
    pub(super) tap_version: Option<Text>,
    pub(super) message: Option<Text>,
    /// Comparable fields, counts only of a finished job; an allow-list, without
    /// secrets.
    pub(super) fields: Vec<(Text, Text)>,
    /// The rows that a finished job moved.
    pub(super) rows: Option<RowCounts>,
    /// When each status was reached, where the service reports it.
    pub(super) times: Vec<(JobStatus, Timestamp)>,
    /// The longest times without an event, by finished stage.
    pub(super) silences: Vec<(Stage, SignedDuration)>,
}

impl Observation {
    /// The state of a job according to an answer.
    pub fn new(env_id: EnvId, address: Arc<JobAddress>, job: &Job, seen: Timestamp) -> Self {
        let message = job.message.as_ref().map(|message| {
            let mut lines = message.as_str().lines();
            let line = lines.find(|line| !line.trim().is_empty());
            Text::cut(line.unwrap_or_default().trim(), MAX_MESSAGE_BYTES)
        });
        let started = job.start_time.as_ref().and_then(|moment| moment.at);
        let times = job.status_times();
        // For a finished job, the time of its last event is that of its end.
        let ended = times.last().map(|(_, time)| *time);
        let ended = ended.or_else(|| started?.checked_add(job.duration()?).ok());
        let updated = job.last_updated.as_ref().and_then(|moment| moment.at);
        Self {
            env_id,
            address,
            status: job.status.clone(),
            seen,
            updated: updated.or_else(|| ended.filter(|_| job.status.is_finished())),
            started,
            tap: job.tap.clone().unwrap_or_default(),
            tap_version: job.tap_version(),
            message,
            fields: if job.status.is_finished() {
                job.facts()
            } else {
                let mut settings = job.facts();
                settings.retain(|(name, _)| !COUNTS.contains(&name.as_str()));
                settings
            },
            rows: job.rows().filter(|_| job.status.is_finished()),
            times,
            silences: Vec::new(),
        }
    }

    /// The time of its status, as far as known.
    pub(super) fn last(&self) -> Timestamp {
        self.updated.unwrap_or(self.seen)
    }

    /// Adds the longest time without an event in a finished stage.
    #[must_use]
    pub(crate) fn with_silence(mut self, stage: Stage, longest: SignedDuration) -> Self {
        self.silences.push((stage, longest));
        self
    }
}
