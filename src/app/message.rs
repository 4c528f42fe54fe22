//! What can happen to the model, and what it can ask for.

use std::time::Duration;

use crossterm::event::KeyEvent;
use secrecy::SecretString;

use crate::app::alerts::Hook;
use crate::app::detail::{Severity, Tab};
use crate::app::input::Action;
use crate::app::jobs::Column;
use crate::app::overlay::{ListRequest, Listed};
use crate::config::{Change, Config, Environment, Saved};
use crate::history::{HistoryAnswer, HistoryQuery, Observation};
use crate::watch::{Batch, EnvironmentId, JobId, Limits, Target, TenantDiscovery};

/// Something happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time has passed.
    Tick,
    /// A key was pressed.
    Key(KeyEvent),
    /// The left button was pressed on something that the screen shows.
    Click(ClickTarget),
    /// The wheel turned over a pane, by so many lines; downward is positive.
    Scroll(Pane, isize),
    /// Text was pasted.
    Paste(String),
    /// The window has another size, in cells.
    Resize {
        /// Columns.
        width: u16,
        /// Lines.
        height: u16,
    },
    /// The watcher learned something.
    Watched(Batch),
    /// An environment's key could not be had, and why; or it is there now.
    KeyProblem(EnvironmentId, Option<String>),
    /// The terminal told whether its background is light.
    Background {
        /// Whether it is.
        light: bool,
    },
    /// A change was saved, or was not, and why.
    Saved(u64, Result<Saved, String>),
    /// The config file was changed by someone, or cannot be used any more, and
    /// why.
    Reloaded(Result<Box<Config>, String>),
    /// The answer to a listing call, by its number.
    Listed(u64, Result<Listed, String>),
    /// Something was recalled of the past.
    HistoryAnswer(HistoryAnswer),
    /// The window got or lost the person's attention.
    Focus(bool),
    /// Something to tell the person in passing.
    Notice(Severity, String),
}

/// Something on the screen that a click acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClickTarget {
    /// The row of a job, in the table or the matrix.
    Job(JobId),
    /// The heading of a group, by its line in the table.
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
}

/// A part of the screen that scrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The table or the matrix.
    Table,
    /// The detail pane.
    Detail,
}

/// Something to be done outside the model.
#[derive(Debug, Clone)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Give the terminal back to the shell until the program is continued.
    Suspend,
    /// Ask about jobs now.
    PollNow(Vec<JobId>),
    /// Ask about all jobs now, and try keys again that could not be had.
    PollAll,
    /// Stop polling, or go on.
    Pause(bool),
    /// Put text on the clipboard.
    Copy(String),
    /// Watch more jobs.
    Watch(Vec<Target>),
    /// Watch jobs no longer.
    Unwatch(Vec<JobId>),
    /// Ask about a job at another interval.
    SetInterval(JobId, Duration),
    /// Reach environments in another way than before, within these bounds.
    Connect(Vec<(EnvironmentId, Environment)>, Limits),
    /// Make the config file, with this text.
    CreateConfig(SecretString),
    /// Save a change, and tell of it by this number.
    Save(u64, Change),
    /// Ask for the tenants of an environment from time to time.
    AddTenantDiscovery(TenantDiscovery),
    /// Stop asking for them.
    RemoveTenantDiscovery(TenantDiscovery),
    /// Make a listing call, and tell of it by this number; one under way is
    /// given up.
    List(u64, EnvironmentId, ListRequest),
    /// Give up the listing call under way.
    StopListing,
    /// Write a file of this name in the current folder, which must not be
    /// there yet.
    WriteFile(String, String),
    /// Keep what was seen.
    Record(Vec<Observation>),
    /// Ask for something of the past.
    HistoryQuery(HistoryQuery),
    /// Tell the person outside the window.
    Notification(String),
    /// Give the window another title.
    Title(String),
    /// Run the command of `on_change`.
    Run(Hook),
}
