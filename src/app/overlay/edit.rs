//! The form that changes a job's name, tags and interval.

use tui_input::Input;

use crate::app::jobs::Row;
use crate::config::{WatchedJob, poll_interval};
use crate::hotglue::Text;
use crate::watch::{EnvironmentId, JobId};

/// The form that changes a job.
#[derive(Debug, Clone)]
pub struct EditForm {
    /// The job.
    pub key: JobId,
    before: WatchedJob<EnvironmentId>,
    /// Name, tags, interval.
    pub inputs: [Input; 3],
    /// Which of them the keys go to.
    pub field: usize,
    /// What is wrong with the interval, if something is.
    pub problem: Option<String>,
}

impl EditForm {
    /// The labels of the inputs.
    pub const LABELS: [&str; 3] = ["name", "tags", "every"];

    /// The form for a row; `None` where a followed flow put it on the list.
    pub(in crate::app) fn new(row: &Row) -> Option<Self> {
        let before = row.watched()?;
        let tags: Vec<_> = row.tags.iter().map(Text::as_str).collect();
        let interval = row
            .poll_interval
            .map(|interval| format!("{}s", interval.as_secs()));
        Some(Self {
            key: row.id,
            before,
            inputs: [
                Input::new(row.name.to_string()),
                Input::new(tags.join(" ")),
                Input::new(interval.unwrap_or_default()),
            ],
            field: 0,
            problem: None,
        })
    }

    /// The job as the form has it.
    ///
    /// # Errors
    /// When the interval cannot be one.
    pub(in crate::app) fn job(&self) -> Result<WatchedJob<EnvironmentId>, String> {
        let [name, tags, interval] = [0, 1, 2].map(|at: usize| self.inputs[at].value().trim());
        let mut job = self.before.clone();
        job.name = Text::cut(
            if name.is_empty() {
                job.address.job_root.job_id()
            } else {
                name
            },
            256,
        );
        job.tags = tags
            .split_whitespace()
            .map(|tag| Text::cut(tag, 64))
            .collect();
        job.poll_interval = if interval.is_empty() {
            None
        } else {
            Some(poll_interval(interval)?)
        };
        Ok(job)
    }
}
