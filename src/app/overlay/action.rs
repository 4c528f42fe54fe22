//! What overlays ask for. `update::overlays` runs it on the model, so that
//! overlays need not know the model.

use secrecy::SecretString;

use crate::app::detail::Severity;
use crate::app::input::Action;
use crate::app::jobs::{GroupBy, Sort};
use crate::app::overlay::compared_rollout::ComparedRollout;
use crate::app::overlay::discover::listing::ListRequest;
use crate::config::{Follow, WatchedJob};
use crate::watch::{EnvironmentId, FollowId, JobId};

/// Something an overlay asks for.
#[derive(Debug)]
pub(in crate::app) enum OverlayAction {
    /// Run an action as if its key had been pressed.
    Act(Action),
    /// Show a notice.
    Notify(Severity, String),
    /// Add jobs.
    AddJobs(Vec<WatchedJob<EnvironmentId>>),
    /// Change name, tags and poll interval of a job.
    EditJob(JobId, WatchedJob<EnvironmentId>),
    /// Remove jobs.
    RemoveJobs(Vec<JobId>),
    /// Follow flows.
    Follow(Vec<Follow<EnvironmentId>>),
    /// List something of an environment.
    List(EnvironmentId, ListRequest),
    /// Cancel the listing in progress.
    StopListing,
    /// Create the config file with this content.
    CreateConfig(SecretString),
    /// Sort the table.
    SetSort(Sort),
    /// Group the table.
    SetGroups(GroupBy),
    /// Show or hide the column at this index.
    ToggleColumn(usize),
    /// Move the column at this index one place.
    MoveColumn {
        /// The index of the column.
        index: usize,
        /// Whether it moves to the right.
        forward: bool,
    },
    /// Show only these jobs.
    ShowOnly {
        /// What the jobs have in common.
        label: String,
        /// The jobs.
        jobs: Vec<JobId>,
    },
    /// Compare a rollout with the runs before it.
    Compare(ComparedRollout),
    /// Copy text to the clipboard.
    Copy {
        /// The text.
        text: String,
        /// The notice that confirms it.
        notice: String,
    },
    /// Run a custom command on the selected or the marked jobs.
    RunCommand {
        /// The index of the command.
        index: usize,
        /// Whether the user has confirmed it.
        is_confirmed: bool,
    },
    /// Kill the run of a custom command.
    KillCommand(u64),
    /// Show a view.
    ShowView(usize),
    /// Save what the table shows as a view of this name.
    SaveView(String),
    /// Write the report of a rollout to this file.
    WriteReport(FollowId, String),
    /// Copy what the table shows, or write it to a file.
    TakeSnapshot {
        /// The format.
        format: SnapshotFormat,
        /// Whether it goes to a file instead of the clipboard.
        to_file: bool,
    },
}

/// The format of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum SnapshotFormat {
    /// A Markdown table.
    Markdown,
    /// A table of plain text.
    Text,
    /// JSON, as `hgtop status --output json` prints it.
    Json,
}
