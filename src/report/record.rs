//! Jobs as records: what identifies them, and their status.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::anomaly::{AnomalyRecord, StreamRecord, stream_records};
use super::table::Table;
use crate::hotglue::{
    ErrorClass, Job, Moment, Stage, State, Text, age, compact_count, elapsed, error_line,
};

/// What identifies a watched job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobIdentity {
    /// The name the user gave it.
    pub name: String,
    /// All names, where several entries and followed flows name it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The environment's name in the config.
    pub environment: String,
    /// The environment's id at hotglue.
    pub env_id: String,
    /// The tenant.
    pub tenant: String,
    /// The flow.
    pub flow: String,
    /// The job's root; `null` before the first run.
    pub job_root: Option<String>,
    /// Tags to filter and group by.
    pub tags: Vec<String>,
}

impl JobIdentity {
    /// Adds names of the same job.
    pub(crate) fn add_names(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            if self.names.is_empty() && name != self.name {
                self.names.push(self.name.clone());
            }
            if name != self.name && !self.names.contains(&name) {
                self.names.push(name);
            }
        }
    }

    /// All names of the job.
    pub(crate) fn all_names(&self) -> Vec<String> {
        if self.names.is_empty() {
            vec![self.name.clone()]
        } else {
            self.names.clone()
        }
    }

    /// The names on one line.
    pub(crate) fn name_label(&self) -> String {
        self.all_names().join(", ")
    }
}

/// A job with its status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Polled {
    /// What identifies it.
    #[serde(flatten)]
    pub(crate) job: JobIdentity,
    /// The status as hotglue sent it.
    pub(crate) status: Option<String>,
    /// The state that the status stands for.
    #[serde(skip)]
    pub(crate) state: State,
    /// Its name: that of the state, or "not started".
    #[serde(rename = "state")]
    pub(crate) state_name: &'static str,
    /// The stage it is in.
    pub(crate) stage: Option<&'static str>,
    /// The message that came with the status.
    pub(crate) message: Option<String>,
    /// hotglue's class of the error, where the response names it.
    pub(crate) error_class: Option<&'static str>,
    /// What repairs errors of that class.
    pub(crate) remedy: Option<&'static str>,
    /// Where data is read from.
    pub(crate) tap: Option<String>,
    /// Where data is written to.
    pub(crate) target: Option<String>,
    /// When it was created.
    pub(crate) start_time: Option<String>,
    /// When its last event happened.
    pub(crate) last_updated: Option<String>,
    /// How long it has been running, or ran, in seconds.
    pub(crate) elapsed_seconds: Option<i64>,
    /// The rows that it moved so far; `null` where it counts none.
    pub(crate) rows: Option<u64>,
    /// The rows of each stream, by name.
    pub(crate) streams: BTreeMap<String, StreamRecord>,
    /// Its deviations from the baseline; missing where it was not judged,
    /// because too few earlier runs are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) anomalies: Option<Vec<AnomalyRecord>>,
    /// Why its state could not be determined.
    pub(crate) error: Option<String>,
    #[serde(skip)]
    updated: Option<Timestamp>,
    #[serde(skip)]
    now: Timestamp,
    #[serde(skip)]
    is_pending: bool,
}

impl Polled {
    /// A job with its last answer. Without an answer it has not started, or
    /// its state could not be determined for the given reason.
    pub fn new(
        job: JobIdentity,
        answer: Option<&Job>,
        error: Option<String>,
        now: Timestamp,
    ) -> Self {
        let text = |text: Option<&Text>| text.map(ToString::to_string);
        // A time that cannot be read is none: readers expect RFC 3339.
        let time = |moment: Option<&Moment>| moment.and_then(|moment| Some(moment.at?.to_string()));
        let class = answer.and_then(Job::error_class);
        let start = answer.and_then(|answer| answer.start_time.as_ref()?.at);
        let updated = answer.and_then(|answer| answer.last_updated.as_ref()?.at);
        let has_finished = answer.is_some_and(|answer| answer.status.is_finished());
        let end = if has_finished { updated } else { Some(now) };
        let state = match (answer, &error) {
            (Some(answer), _) => answer.status.state(),
            (None, None) => State::Queued,
            (None, Some(_)) => State::Unknown,
        };
        let state_name = match (answer, &error) {
            (None, None) => "not started",
            (Some(_), _) | (None, Some(_)) => state.name(),
        };
        Self {
            job,
            status: answer.map(|answer| answer.status.to_string()),
            state,
            state_name,
            stage: answer
                .and_then(|answer| answer.status.stage())
                .map(Stage::name),
            message: text(answer.and_then(|answer| answer.message.as_ref())),
            error_class: class.map(ErrorClass::name),
            remedy: class.map(ErrorClass::remedy),
            tap: text(answer.and_then(|answer| answer.tap.as_ref())),
            target: text(answer.and_then(|answer| answer.target.as_ref())),
            start_time: time(answer.and_then(|answer| answer.start_time.as_ref())),
            last_updated: time(answer.and_then(|answer| answer.last_updated.as_ref())),
            elapsed_seconds: start
                .zip(end)
                .map(|(start, end)| end.duration_since(start).as_secs()),
            rows: answer.and_then(|answer| answer.total_rows),
            streams: stream_records(answer.and_then(Job::rows)),
            anomalies: None,
            error,
            updated,
            now,
            is_pending: false,
        }
    }

    /// A job that no poll has reached yet.
    pub(crate) fn pending(job: JobIdentity, now: Timestamp) -> Self {
        Self {
            state: State::Unknown,
            state_name: State::Unknown.name(),
            is_pending: true,
            ..Self::new(job, None, None, now)
        }
    }

    /// Adds what deviates from the baseline, where it was judged.
    #[must_use]
    pub(crate) fn with_anomalies(self, anomalies: Option<Vec<AnomalyRecord>>) -> Self {
        Self { anomalies, ..self }
    }

    /// Returns the status, or a label where there is none.
    pub(crate) fn status_label(&self) -> &str {
        match (&self.status, &self.error) {
            (Some(status), _) => status,
            (None, Some(_)) => "?",
            (None, None) if self.is_pending => "pending first poll",
            (None, None) => "not started",
        }
    }

    /// Returns the age of its last event; empty where it is not known.
    pub(crate) fn updated_label(&self) -> String {
        let age = self.updated.map(|time| age(time, self.now));
        age.unwrap_or_default()
    }

    /// Returns how long it has been running, or ran; empty where that is not
    /// known.
    pub(crate) fn elapsed_label(&self) -> String {
        let ran = self.elapsed_seconds.map(SignedDuration::from_secs);
        ran.map(elapsed).unwrap_or_default()
    }

    /// Returns the error, or else the first anomaly, or else the line of the
    /// message that names the error.
    pub(crate) fn message_line(&self) -> String {
        let anomaly = self.anomalies.iter().flatten().next();
        let anomaly = anomaly.map(|anomaly| &anomaly.description);
        match self.error.as_ref().or(anomaly) {
            Some(text) => Text::new(text).one_line(),
            None => self.message.as_deref().map_or("", error_line).to_owned(),
        }
    }

    /// Returns the color of its row, an SGR number.
    pub(crate) fn tint(&self) -> Option<u8> {
        match (self.error.is_some(), self.state) {
            (true, _) => Some(33),
            (false, State::Failed) => Some(31),
            (false, _) if self.anomalies.iter().flatten().next().is_some() => Some(33),
            (false, State::Completed) => Some(32),
            (false, State::Running | State::Queued | State::Cancelled | State::Unknown) => None,
        }
    }
}

/// Lays out jobs and their statuses as a table.
pub(crate) fn status_table(jobs: &[Polled]) -> Table {
    let mut table = Table::new(&[
        "NAME", "TENANT", "FLOW", "STATUS", "UPDATED", "ELAPSED", "ROWS", "MESSAGE",
    ]);
    for job in jobs {
        let cells = vec![
            job.job.name_label(),
            job.job.tenant.clone(),
            job.job.flow.clone(),
            job.status_label().to_owned(),
            job.updated_label(),
            job.elapsed_label(),
            job.rows.map(compact_count).unwrap_or_default(),
            job.message_line(),
        ];
        table.tinted_row(cells, job.tint());
    }
    table
}
