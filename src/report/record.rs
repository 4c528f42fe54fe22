//! A job as a record: what names it, and how it is doing.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Table;
use crate::hotglue::{Job, Moment, Stage, State, Text, age, elapsed};

/// What names a watched job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// What the person calls it.
    pub name: String,
    /// The environment's name in the config.
    pub environment: String,
    /// The service's name for it.
    pub env_id: String,
    /// The tenant.
    pub tenant: String,
    /// The flow.
    pub flow: String,
    /// The job's root; `null` where no job has begun.
    pub job_root: Option<String>,
    /// Words to filter by.
    pub tags: Vec<String>,
}

/// A job and how it is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Polled {
    /// What names it.
    #[serde(flatten)]
    pub job: Listed,
    /// The status as the service has it.
    pub status: Option<String>,
    /// What that means: `queued`, `running`, `completed`, `failed`,
    /// `cancelled` or `unknown`.
    pub state: &'static str,
    /// The stage it is in.
    pub stage: Option<&'static str>,
    /// What the service says of it.
    pub message: Option<String>,
    /// Where data comes from.
    pub tap: Option<String>,
    /// Where it goes.
    pub target: Option<String>,
    /// When it was created.
    pub start_time: Option<String>,
    /// When its last event was.
    pub last_updated: Option<String>,
    /// How long it runs, or ran, in seconds.
    pub elapsed_seconds: Option<i64>,
    /// Why no state could be learned.
    pub error: Option<String>,
    #[serde(skip)]
    updated: Option<Timestamp>,
    #[serde(skip)]
    at: Timestamp,
}

impl Polled {
    /// A job as its last answer has it; without one, as not begun, or with
    /// what kept it from being learned.
    pub fn new(job: Listed, answer: Option<&Job>, error: Option<String>, now: Timestamp) -> Self {
        let text = |text: Option<&Text>| text.map(ToString::to_string);
        let time = |moment: Option<&Moment>| {
            moment.map(|moment| {
                moment
                    .at
                    .map_or_else(|| moment.shown.to_string(), |at| at.to_string())
            })
        };
        let start = answer.and_then(|answer| answer.start_time.as_ref()?.at);
        let updated = answer.and_then(|answer| answer.last_updated.as_ref()?.at);
        let over = answer.is_some_and(|answer| answer.status.is_finished());
        let end = if over { updated } else { Some(now) };
        let state = match (answer, &error) {
            (Some(answer), _) => answer.status.state(),
            (None, None) => State::Queued,
            (None, Some(_)) => State::Unknown,
        };
        Self {
            job,
            status: answer.map(|answer| answer.status.to_string()),
            state: state.name(),
            stage: answer
                .and_then(|answer| answer.status.stage())
                .map(Stage::name),
            message: text(answer.and_then(|answer| answer.message.as_ref())),
            tap: text(answer.and_then(|answer| answer.tap.as_ref())),
            target: text(answer.and_then(|answer| answer.target.as_ref())),
            start_time: time(answer.and_then(|answer| answer.start_time.as_ref())),
            last_updated: time(answer.and_then(|answer| answer.last_updated.as_ref())),
            elapsed_seconds: start
                .zip(end)
                .map(|(start, end)| end.duration_since(start).as_secs()),
            error,
            updated,
            at: now,
        }
    }

    /// The status, or why there is none.
    pub fn status_words(&self) -> &str {
        match (&self.status, &self.error) {
            (Some(status), _) => status,
            (None, None) => "not started",
            (None, Some(_)) => "?",
        }
    }

    /// The message, or what kept it from being learned, on one line.
    pub fn words(&self) -> String {
        let words = self.error.as_ref().or(self.message.as_ref());
        words.map_or_else(String::new, |words| Text::new(words).one_line())
    }
}

/// Jobs and how they are doing, as a table.
pub fn status_table(jobs: &[Polled]) -> Table {
    let mut table = Table::new(&[
        "NAME", "TENANT", "FLOW", "STATUS", "UPDATED", "ELAPSED", "MESSAGE",
    ]);
    for job in jobs {
        let ran = job.elapsed_seconds.map(SignedDuration::from_secs);
        let cells = vec![
            job.job.name.clone(),
            job.job.tenant.clone(),
            job.job.flow.clone(),
            job.status_words().to_owned(),
            job.updated.map(|at| age(at, job.at)).unwrap_or_default(),
            ran.map(elapsed).unwrap_or_default(),
            job.words(),
        ];
        let tint = match (job.error.is_some(), job.state) {
            (true, _) => Some(33),
            (_, "failed") => Some(31),
            (_, "completed") => Some(32),
            _ => None,
        };
        table.tinted_row(cells, tint);
    }
    table
}
