//! What is told to the history: a job as it was at a moment.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::hotglue::{EnvId, Job, JobAddress, JobStatus, Stage, Text};

/// The most of a message that is remembered, in bytes.
const MAX_MESSAGE_BYTES: usize = 400;

/// A job as it was seen at a moment.
#[derive(Debug, Clone)]
pub struct Observation {
    pub(super) env_id: EnvId,
    pub(super) address: Arc<JobAddress>,
    pub(super) status: JobStatus,
    pub(super) seen: Timestamp,
    pub(super) updated: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) tap: Text,
    pub(super) message: Option<Text>,
    pub(super) facts: Vec<(Text, Text)>,
    /// When each status was reached, where the service says so.
    pub(super) times: Vec<(JobStatus, Timestamp)>,
    /// The longest time without an event, in stages that are over.
    pub(super) silences: Vec<(Stage, SignedDuration)>,
}

impl Observation {
    /// The job as its answer has it.
    pub fn new(env_id: EnvId, address: Arc<JobAddress>, job: &Job, seen: Timestamp) -> Self {
        let over = job.status.is_finished();
        let message = job.message.as_ref().map(|message| {
            let line = message
                .as_str()
                .lines()
                .find(|line| !line.trim().is_empty());
            Text::cut(line.unwrap_or_default().trim(), MAX_MESSAGE_BYTES)
        });
        Self {
            env_id,
            address,
            status: job.status.clone(),
            seen,
            updated: job.last_updated.as_ref().and_then(|moment| moment.at),
            started: job.start_time.as_ref().and_then(|moment| moment.at),
            tap: job.tap.clone().unwrap_or_default(),
            message,
            facts: if over { job.facts() } else { Vec::new() },
            times: job.status_times(),
            silences: Vec::new(),
        }
    }

    /// With the longest time without an event in a stage that is over.
    #[must_use]
    pub fn with_silence(mut self, stage: Stage, longest: SignedDuration) -> Self {
        self.silences.push((stage, longest));
        self
    }
}
