//! What can happen to the model, and what it asks for.

use std::collections::BTreeSet;
use std::time::Duration;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::app::command_runs::CommandEvent;
use crate::app::detail::{Severity, Tab};
use crate::app::input::Action;
use crate::app::jobs::Column;
use crate::app::overlay::{ListRequest, Listed};
use crate::app::report_request::ReportRequest;
use crate::config::{Change, Config, Environment, Saved};
use crate::history::{
    HistoryAnswer, HistoryQuery, JobUpdate, Observation, PastRun, RecordedEvent, RecordedForecast,
    RecordedList, RolloutRuns, Span,
};
use crate::hotglue::TenantId;
use crate::replay::Moment;
use crate::rollout::{
    ComparedMetric, ComparedRuns, ForecastAnswer, ForecastRequest, LearnedBaselines, UnfinishedRun,
    compare, compare_by_version,
};
use crate::watch::{Batch, EnvironmentId, JobId, Limits, Target, TenantDiscovery};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time has passed.
    Tick,
    /// A key was pressed.
    Key(KeyEvent),
    /// The left button was pressed on something that the screen shows.
    Click(ClickTarget),
    /// The wheel turned over a pane, by a number of lines; downward is positive.
    Scroll(Pane, isize),
    /// Text was pasted, and the keys that follow may be more of it.
    Paste(String),
    /// All of a text was pasted.
    CompletePaste(String),
    /// The window was resized to this size in cells.
    Resize {
        /// The width.
        width: u16,
        /// The height.
        height: u16,
    },
    /// The watcher learned something.
    Watched(Batch),
    /// The API key of an environment is available, or is not for this reason.
    KeyProblem(EnvironmentId, Option<String>),
    /// The terminal reported its background color.
    Background {
        /// Whether it is light.
        light: bool,
    },
    /// The save with this number succeeded, or failed for this reason.
    Saved(u64, Result<Saved, String>),
    /// The config file was changed. It was read again, or could not be for
    /// this reason.
    Reloaded(Result<Box<Config>, String>),
    /// The listing request with this number was answered, or failed for this
    /// reason.
    Listed(u64, Result<Listed, String>),
    /// The history answered a query.
    HistoryAnswer(HistoryAnswer),
    /// The moment that the query with this number leads to, if there is one,
    /// and the part of the record that can be visited, if that was asked for.
    Moment(u64, Option<Span>, Option<Box<Moment>>),
    /// What the model of a moment asked for, with its number.
    OfMoment(u64, Box<Message>),
    /// Baselines were learned from the history.
    Baselines(LearnedBaselines),
    /// The ETAs were computed.
    Forecast(ForecastAnswer),
    /// The comparison that was requested at this time.
    Compared(Timestamp, Vec<ComparedMetric>),
    /// The window got the focus, or lost it.
    Focus(bool),
    /// Something happened in the run of a custom command.
    Command(u64, CommandEvent),
    /// Something for the user to read that was not asked for.
    Notice(Severity, String),
}

impl Message {
    /// The message for an answer of the history. Takes time that grows with the
    /// number of runs and jobs in it.
    pub fn of_history(answer: HistoryAnswer) -> Self {
        match answer {
            HistoryAnswer::PastRuns { flows, forecasts } => {
                Self::Baselines(LearnedBaselines::new(&flows, &forecasts))
            }
            HistoryAnswer::Moment(number, span, moment) => {
                let moment = moment.map(|moment| Box::new(Moment::new(*moment)));
                Self::Moment(number, span, moment)
            }
            HistoryAnswer::At(number, answer) => {
                Self::OfMoment(number, Box::new(Self::of_history(*answer)))
            }
            answer => Self::HistoryAnswer(answer),
        }
    }
}

/// Something on the screen that a click acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClickTarget {
    /// The row of a job, in the table or the matrix.
    Job(JobId),
    /// The header of a group, by its line in the table.
    Group(usize),
    /// The heading of a column.
    Heading(Column),
    /// The tab of a view, by its index; `None` for the tab of all jobs.
    View(Option<usize>),
    /// The detail pane.
    Detail,
    /// A tab of the detail pane.
    DetailTab(Tab),
    /// The hint for an action in the footer.
    Hint(Action),
    /// The hint for a custom command in the footer, by its index.
    Command(usize),
    /// The hint for a key in the footer.
    Key(KeyEvent),
    /// A line of the open overlay, by the index of its item.
    OverlayLine(usize),
}

/// A part of the screen that scrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The table or the matrix.
    Table,
    /// The detail pane.
    Detail,
    /// The open overlay.
    Overlay,
}

/// Something to do outside of the model.
#[derive(Debug, Clone)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Suspend the program, and give the terminal back until it is resumed.
    Suspend,
    /// Poll jobs now.
    PollNow(Vec<JobId>),
    /// Poll these jobs first while the rate limit delays polls.
    PollFirst(Vec<JobId>),
    /// List the jobs of followed flows now, and publish their earlier jobs.
    Learn(Vec<JobId>),
    /// Poll all jobs now, and read again the API keys that are not available.
    PollAll,
    /// Pause polling, or resume it.
    Pause(bool),
    /// Copy text to the clipboard.
    Copy(String),
    /// Watch more jobs.
    Watch(Vec<Target>),
    /// Stop watching jobs.
    Unwatch(Vec<JobId>),
    /// Poll a job at another interval.
    SetInterval(JobId, Duration),
    /// Set the start of the rollout for rows of followed flows.
    SetStart(Vec<(JobId, Option<Timestamp>)>),
    /// Connect environments, for the first time or again, within these limits.
    Connect(Vec<(EnvironmentId, Environment)>, Limits),
    /// Create the config file with this content.
    CreateConfig(SecretString),
    /// Save a change under this number.
    Save(u64, Change),
    /// List the tenants of an environment now and then.
    AddTenantDiscovery(TenantDiscovery),
    /// Stop listing them.
    RemoveTenantDiscovery(TenantDiscovery),
    /// Send a listing request under this number, in place of the one in
    /// flight.
    List(u64, EnvironmentId, ListRequest),
    /// Drop the listing request in flight.
    StopListing,
    /// Write a new file with this name and content to the current folder.
    WriteFile(String, String),
    /// Write the report of a rollout to a new file.
    WriteReport(Box<ReportRequest>),
    /// Record observations in the history.
    Record(Vec<Observation>),
    /// Record events in the history.
    RecordEvents(Vec<RecordedEvent>),
    /// Record forecasts in the history.
    RecordForecasts(Vec<RecordedForecast>),
    /// Record changes of jobs between two statuses.
    RecordUpdates(Vec<JobUpdate>),
    /// Record what is watched.
    RecordList(RecordedList),
    /// Something that the model of a moment asks for, with its number.
    OfMoment(u64, Box<Effect>),
    /// Query the history.
    HistoryQuery(HistoryQuery),
    /// Compute the ETAs.
    Forecast(ForecastRequest),
    /// Compare a rollout with the runs before it.
    Compare(Box<ComparisonTask>),
    /// Send a desktop notification.
    Notification(String),
    /// Set the title of the window.
    Title(String),
    /// Run the command of `on_change`.
    Run(Hook),
    /// Run the processes of a custom command, a few at the same time.
    RunCommand(Processes),
    /// Kill the run of a custom command.
    KillCommand(u64),
    /// Give the terminal to the processes of a custom command, one after the
    /// other, and take it back.
    RunInTerminal(Processes),
    /// Open an address with the platform's program for it.
    OpenUrl(String),
}

/// A comparison to compute.
#[derive(Debug, Clone)]
pub struct ComparisonTask {
    /// When it was requested.
    pub requested: Timestamp,
    /// The recorded runs.
    pub(crate) runs: RolloutRuns,
    /// The runs since the start that have not finished.
    pub(crate) unfinished: Vec<UnfinishedRun>,
    /// The expected tenants; `None` for all.
    pub tenants: Option<Vec<TenantId>>,
    /// Whether each tap version is compared on its own.
    pub(crate) by_version: bool,
    /// The time.
    pub(crate) now: Timestamp,
}

impl ComparisonTask {
    /// Compares. Takes time that grows with the number of runs.
    pub fn run(mut self) -> Vec<ComparedMetric> {
        if let Some(tenants) = &self.tenants {
            let tenants: BTreeSet<_> = tenants.iter().collect();
            let is_expected = |run: &PastRun| tenants.contains(&run.tenant);
            self.runs.before.retain(is_expected);
            self.runs.after.retain(is_expected);
        }
        let runs = ComparedRuns {
            before: &self.runs.before,
            after: &self.runs.after,
            unfinished: &self.unfinished,
            now: self.now,
        };
        if self.by_version {
            compare_by_version(runs)
        } else {
            compare(runs)
        }
    }
}

/// The command of `on_change`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
    /// Environment variables, by name.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// The processes of a run of a custom command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processes {
    /// The number of the run.
    pub(crate) number: u64,
    /// Each process: what its output is labeled with, where there are several,
    /// and the program with its arguments.
    pub(crate) commands: Vec<(Option<String>, Vec<String>)>,
    /// Whether its output is shown.
    pub(crate) shows_output: bool,
}
