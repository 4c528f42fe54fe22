//! The form that edits a job's name, tags and poll interval.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::LineInput;
use crate::app::jobs::Row;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};
use crate::config::{WatchedJob, poll_interval};
use crate::hotglue::Text;
use crate::watch::{EnvironmentId, JobId};

const MAX_NAME_BYTES: usize = 256;
const MAX_TAG_BYTES: usize = 64;

/// The form that edits a job.
#[derive(Debug, Clone)]
pub struct EditForm {
    /// The job.
    pub(crate) job: JobId,
    before: WatchedJob<EnvironmentId>,
    /// Name, tags and poll interval.
    pub(crate) inputs: [LineInput; 3],
    /// The index of the focused input.
    pub(crate) focus: usize,
    /// Why the poll interval is not valid, if it is not.
    pub(crate) problem: Option<String>,
}

impl EditForm {
    /// The labels of the inputs.
    pub const LABELS: [&str; 3] = ["name", "tags", "interval"];

    /// The form for a row; `None` if only followed flows put it on the list.
    pub(in crate::app) fn new(row: &Row) -> Option<Self> {
        let before = row.watched()?;
        let tags: Vec<_> = before.tags.iter().map(Text::as_str).collect();
        let interval = before
            .poll_interval
            .map(|interval| format!("{}s", interval.as_secs()));
        Some(Self {
            job: row.id,
            inputs: [
                LineInput::new(before.name.as_str()),
                LineInput::new(&tags.join(" ")),
                LineInput::new(&interval.unwrap_or_default()),
            ],
            before,
            focus: 0,
            problem: None,
        })
    }

    /// The job with the values of the form.
    ///
    /// # Errors
    /// When the poll interval is not valid.
    fn edited(&self) -> Result<WatchedJob<EnvironmentId>, String> {
        let [name, tags, interval] = self.inputs.each_ref().map(|input| input.value().trim());
        let mut job = self.before.clone();
        let name = if name.is_empty() {
            job.address.job_root.job_id()
        } else {
            name
        };
        job.name = Text::cut(name, MAX_NAME_BYTES);
        job.tags = parse_tags(tags);
        job.poll_interval = if interval.is_empty() {
            None
        } else {
            Some(poll_interval(interval)?)
        };
        Ok(job)
    }
}

/// Tags, separated by spaces.
pub(in crate::app) fn parse_tags(text: &str) -> Vec<Text> {
    text.split_whitespace()
        .map(|tag| Text::cut(tag, MAX_TAG_BYTES))
        .collect()
}

impl OverlayPart for EditForm {
    fn on_key(&mut self, _context: &Context, key: KeyEvent) -> Outcome {
        let count = self.inputs.len();
        match key.code {
            KeyCode::Esc => return Outcome::Close,
            KeyCode::Enter => match self.edited() {
                Ok(job) => return Outcome::CloseAndRun(OverlayAction::EditJob(self.job, job)),
                Err(problem) => self.problem = Some(problem),
            },
            KeyCode::Tab | KeyCode::Down => self.focus = (self.focus + 1) % count,
            KeyCode::BackTab | KeyCode::Up => self.focus = (self.focus + count - 1) % count,
            _ => {
                self.problem = None;
                self.inputs[self.focus].on_key(key);
            }
        }
        Outcome::Stay
    }

    fn on_paste(&mut self, _context: &Context, text: &str) -> Outcome {
        self.problem = None;
        self.inputs[self.focus].paste(text);
        Outcome::Stay
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::fixed("enter", "save"),
            Hint::fixed("tab", "next field"),
            Hint::fixed("esc", "close"),
        ]
    }
}
