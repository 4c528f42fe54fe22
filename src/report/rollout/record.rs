//! The parts of a report: its window, its jobs with their stages, its commands,
//! and what it withholds.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// When a rollout happened.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Window {
    /// The start of the rollout, where it has one.
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) since: Option<Timestamp>,
    /// When the first job was created.
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) first_started: Option<Timestamp>,
    /// When the last finished job finished.
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) last_finished: Option<Timestamp>,
    /// Whether the rollout continues.
    pub(crate) has_unfinished: bool,
    #[serde(serialize_with = "rfc3339")]
    pub(crate) now: Timestamp,
}

/// How many jobs had finished at a time, and how many of them had failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct BurnUpPoint {
    #[serde(serialize_with = "rfc3339")]
    pub(crate) at: Timestamp,
    pub(crate) finished: usize,
    pub(crate) failed: usize,
}

/// An expected job.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JobRecord {
    pub(crate) tenant: String,
    pub(crate) state: &'static str,
    pub(crate) status: Option<String>,
    pub(crate) job_root: Option<String>,
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) started: Option<Timestamp>,
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) finished: Option<Timestamp>,
    /// How long it took, or has taken so far.
    pub(crate) elapsed_seconds: Option<i64>,
    /// The median of the tenant's runs before the start.
    pub(crate) baseline_seconds: Option<i64>,
    pub(crate) rows: Option<u64>,
    /// The error line of the message of a failed job.
    pub(crate) message: Option<String>,
    /// The number of its failure group, from 1.
    pub(crate) group: Option<usize>,
    pub(crate) stages: Vec<StageRecord>,
    #[serde(skip)]
    pub(crate) outcome: JobOutcome,
}

/// What a job came to, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobOutcome {
    /// Failed or canceled.
    Failed,
    /// Its state is not known.
    Undetermined,
    /// Started and not finished.
    Running,
    /// Without a run since the start.
    NotStarted,
    /// Completed.
    Completed,
}

/// The time that a job spent in a stage.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct StageRecord {
    pub(crate) stage: &'static str,
    #[serde(serialize_with = "rfc3339")]
    pub(crate) from: Timestamp,
    /// `null` while the stage is running.
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) to: Option<Timestamp>,
    /// Whether the job failed or was canceled in the stage.
    pub(crate) failed: bool,
}

/// A job that took longer than the median of its tenant's earlier runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SlowRecord {
    pub(crate) tenant: String,
    pub(crate) state: &'static str,
    pub(crate) elapsed_seconds: i64,
    pub(crate) baseline_seconds: i64,
    pub(crate) ratio: f64,
}

/// A command that prints a part of the report.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CommandRecord {
    pub(crate) command: String,
    pub(crate) prints: &'static str,
}

/// What the report contains, and what it never does.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Contents {
    pub(crate) contains: [&'static str; 5],
    pub(crate) withholds: [&'static str; 5],
}

impl Contents {
    /// The contents of every report.
    pub(crate) const ALL: Self = Self {
        contains: [
            "name, flow and environment of the rollout",
            "tenants, job roots, statuses and times of their jobs",
            "the error line of each failure group and of each failed job",
            "row counts, durations, and what is concluded from them",
            "hgtop commands that print the same",
        ],
        withholds: [
            "API keys and addresses of the service",
            "state and override_* of any job",
            "connector settings and credentials",
            "messages beyond the error line",
            "all other fields of the responses",
        ],
    };
}

impl Window {
    /// The first and the last time of charts: from the start, or the first job
    /// before it, to the last finish, or to now while jobs run.
    pub(crate) fn bounds(&self) -> (Timestamp, Timestamp) {
        let starts = self.since.into_iter().chain(self.first_started);
        let from = starts.min().unwrap_or(self.now);
        let to = self.last_finished.filter(|_| !self.has_unfinished);
        (from, to.unwrap_or(self.now).max(from))
    }
}

impl JobRecord {
    /// The ratio of its duration to the median of the tenant's earlier runs; a
    /// failed job has none, because it did not do all its work.
    pub(crate) fn slowness(&self) -> Option<f64> {
        let is_comparable = matches!(self.outcome, JobOutcome::Completed | JobOutcome::Running);
        let baseline = self.baseline_seconds.filter(|seconds| *seconds > 0)?;
        let elapsed = self.elapsed_seconds.filter(|_| is_comparable)?;
        #[expect(clippy::cast_precision_loss, reason = "seconds of one run")]
        let ratio = elapsed as f64 / baseline as f64;
        Some(ratio)
    }
}

pub(super) fn rfc3339<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn rfc3339_option<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}
