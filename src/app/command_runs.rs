//! The runs of custom commands: their jobs, their results, their output.

use std::collections::VecDeque;

/// The most lines of output that are kept of a run.
const MAX_LINES: usize = 2_000;
/// The most runs that are kept.
const MAX_RUNS: usize = 8;

/// The runs, oldest first. See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct CommandRuns {
    runs: VecDeque<CommandRun>,
    next: u64,
}

/// A run of a custom command.
#[derive(Debug, Clone)]
pub(crate) struct CommandRun {
    /// Its number in the session.
    pub(crate) number: u64,
    /// The name of the command.
    pub(crate) name: String,
    /// What it runs on: a job, or all marked ones.
    pub(crate) items: Vec<CommandItem>,
    /// The last lines of its output.
    pub(crate) lines: VecDeque<String>,
    /// The lines that are no longer kept, or were never passed on.
    pub(crate) dropped: usize,
    /// Whether it was killed.
    pub(crate) is_killed: bool,
}

/// One process of a run.
#[derive(Debug, Clone)]
pub(crate) struct CommandItem {
    /// The names of its jobs.
    pub(crate) label: String,
    /// How it ended; `None` while it runs or waits for its turn.
    pub(crate) result: Option<Result<(), CommandFailure>>,
}

/// How a process failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandFailure {
    /// The exit code or the signal, or why it could not be started.
    pub(crate) status: String,
    /// The last line of its standard error.
    pub(crate) last_error: Option<String>,
}

impl CommandFailure {
    /// Status and last line of standard error.
    pub(crate) fn message(&self) -> String {
        match &self.last_error {
            Some(line) => format!("{}: {line}", self.status),
            None => self.status.clone(),
        }
    }
}

/// Something that happened in a run.
#[derive(Debug, Clone)]
pub enum CommandEvent {
    /// Lines of output, and how many more were dropped.
    Output(Vec<String>, usize),
    /// The process at this index ended.
    Finished(usize, Result<(), CommandFailure>),
}

impl CommandRun {
    /// The number of processes that have ended.
    pub(crate) fn finished(&self) -> usize {
        self.items
            .iter()
            .filter(|item| item.result.is_some())
            .count()
    }

    /// Whether all processes have ended, or were killed.
    pub(crate) fn is_finished(&self) -> bool {
        self.is_killed || self.finished() == self.items.len()
    }

    /// The processes that failed, with the reason.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&str, &CommandFailure)> {
        self.items.iter().filter_map(|item| {
            let failure = item.result.as_ref()?.as_ref().err()?;
            Some((item.label.as_str(), failure))
        })
    }
}

impl CommandRuns {
    /// Starts a run. Returns its number.
    pub(in crate::app) fn start(&mut self, name: &str, labels: Vec<String>) -> u64 {
        let number = self.next;
        self.next += 1;
        if self.runs.len() == MAX_RUNS {
            // A run that has not ended stays in view.
            let old = self.runs.iter().position(CommandRun::is_finished);
            self.runs.remove(old.unwrap_or(0));
        }
        let items = labels.into_iter().map(|label| CommandItem {
            label,
            result: None,
        });
        self.runs.push_back(CommandRun {
            number,
            name: name.to_owned(),
            items: items.collect(),
            lines: VecDeque::new(),
            dropped: 0,
            is_killed: false,
        });
        number
    }

    /// The run of a number.
    pub(crate) fn get(&self, number: u64) -> Option<&CommandRun> {
        self.runs.iter().find(|run| run.number == number)
    }

    /// The newest run.
    pub(crate) fn newest(&self) -> Option<&CommandRun> {
        self.runs.back()
    }

    /// Records an event. Returns the run, where it ended with it.
    pub(in crate::app) fn record(
        &mut self,
        number: u64,
        event: CommandEvent,
    ) -> Option<&CommandRun> {
        let run = self.runs.iter_mut().find(|run| run.number == number)?;
        let was_finished = run.is_finished();
        match event {
            CommandEvent::Output(lines, dropped) => {
                run.lines.extend(lines);
                let surplus = run.lines.len().saturating_sub(MAX_LINES);
                run.lines.drain(..surplus);
                run.dropped += dropped + surplus;
            }
            CommandEvent::Finished(index, result) => {
                if let Some(item) = run.items.get_mut(index) {
                    item.result = Some(result);
                }
            }
        }
        (!was_finished && run.is_finished()).then_some(&*run)
    }

    /// Records that a run was killed. Returns whether it was running.
    pub(in crate::app) fn kill(&mut self, number: u64) -> bool {
        let run = self.runs.iter_mut().find(|run| run.number == number);
        let Some(run) = run.filter(|run| !run.is_finished()) else {
            return false;
        };
        run.is_killed = true;
        true
    }
}
