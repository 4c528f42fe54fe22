//! The changes that can be written to the config file.

use jiff::Timestamp;
use toml_edit::Table;

use crate::config::contents::{Follow, ViewEntry, WatchedJob};
use crate::hotglue::{JobRoot, Text};

/// A list of tables in the config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Jobs,
    Follow,
    Views,
}

impl List {
    /// Its key.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Follow => "follow",
            Self::Views => "views",
        }
    }
}

/// What identifies a job in the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobEntryId {
    /// The environment's name.
    pub environment: String,
    /// The job's root.
    pub job_root: JobRoot,
}

/// A job of the file, with the name of its environment.
pub(crate) type JobEntry = WatchedJob<String>;

/// A followed flow of the file, with the name of its environment.
pub(crate) type FollowEntry = Follow<String>;

impl JobEntryId {
    /// What identifies a job in the file.
    pub(crate) fn of(job: &JobEntry) -> Self {
        Self {
            environment: job.environment.clone(),
            job_root: job.address.job_root.clone(),
        }
    }
}

/// A table removed from the file, with its comments and its place.
#[derive(Debug, Clone)]
pub struct RemovedTable {
    pub(super) list: List,
    /// Its index in the list before the removal.
    pub(super) index: usize,
    pub(super) table: Table,
}

/// A change of the file.
#[derive(Debug, Clone)]
pub enum Change {
    /// Adds jobs after the last one; jobs that are in the file already stay as
    /// they are.
    Add(Vec<JobEntry>),
    /// Removes jobs; jobs that are not in the file are ignored.
    Remove(Vec<JobEntryId>),
    /// Adds a followed flow.
    Follow(FollowEntry),
    /// Removes a followed flow: the first of that environment, flow and name.
    Unfollow(FollowEntry),
    /// Sets the start of a followed flow, or removes it: that of the first of
    /// that environment, flow and name.
    SetStart(FollowEntry, Option<Timestamp>),
    /// Puts removed tables back where they were.
    Restore(Vec<RemovedTable>),
    /// Sets name, tags and poll interval of a job.
    Edit(JobEntryId, JobEntry),
    /// Sets a view: the first one of that name, else a new one.
    SetView(ViewEntry),
    /// Removes the first view of that name.
    RemoveView(Text),
}

/// The effect of a change.
#[derive(Debug, Clone, Default)]
pub struct Saved {
    /// The tables that were removed, for [`Change::Restore`].
    pub removed: Vec<RemovedTable>,
    /// How many entries were added, removed, restored or edited.
    pub count: usize,
}
