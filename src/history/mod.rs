//! What was seen of jobs, across restarts: every status with its times, how
//! long stages took, and what is usual for a flow.
//!
//! Kept in an embedded database in the platform's folder for state, bounded
//! in age and size. It knows nothing of schedules or screens. No `state`, no
//! `override_*` and no key is ever written to it.

mod baseline;
mod observation;
mod recorder;
mod schema;
mod store;

use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;

use crate::hotglue::{JobRoot, JobStatus, StageSpan, TenantId, Text, stage_spans};

pub use baseline::{Baseline, ENOUGH, Percentiles, StageBaseline};
pub use observation::Observation;
pub use recorder::{HistoryAnswer, HistoryQuery, Recorder};
pub use store::Store;

/// How long a run is remembered.
pub const KEPT_DAYS: i64 = 90;
/// How large the database may grow, in bytes.
pub const KEPT_BYTES: u64 = 200 * 1024 * 1024;

/// A status of a run, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStep {
    /// The status.
    pub status: JobStatus,
    /// When hgtop saw it first.
    pub seen: Timestamp,
    /// When the service said it was.
    pub updated: Option<Timestamp>,
}

impl RunStep {
    /// The best known time of its beginning.
    pub fn at(&self) -> Timestamp {
        self.updated.unwrap_or(self.seen)
    }
}

/// A job as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its root.
    pub job_root: JobRoot,
    /// The tenant it ran for.
    pub tenant: TenantId,
    /// When it was created.
    pub started: Option<Timestamp>,
    /// The last status seen.
    pub status: JobStatus,
    /// When that was.
    pub last: Timestamp,
    /// The first line of its message.
    pub message: Option<Text>,
    /// Its comparable fields, by name.
    pub facts: Vec<(Text, Text)>,
    /// The statuses it went through, oldest first.
    pub steps: Vec<RunStep>,
}

impl Run {
    /// Its stages.
    pub fn spans(&self) -> Vec<StageSpan> {
        let steps = self.steps.iter();
        stage_spans(steps.map(|step| (step.status.clone(), step.at())))
    }
}

/// Why the past is not known.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// Another version of hgtop made the database.
    #[error("{}: made by a newer hgtop (version {found}); it is left alone", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// There is no folder for it.
    #[error("no folder for state is known")]
    NoFolder,
    /// The folder cannot be made.
    #[error("{}: {error}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The database does not do what it should.
    #[error("history: {0}")]
    Database(#[from] rusqlite::Error),
}

/// Where the database is.
///
/// # Errors
/// When no folder is known.
pub fn history_path() -> Result<PathBuf, HistoryError> {
    let folders = directories::ProjectDirs::from("", "", "hgtop").ok_or(HistoryError::NoFolder)?;
    let folder = folders.state_dir().unwrap_or(folders.data_local_dir());
    Ok(folder.join("history.db"))
}

#[cfg(test)]
mod tests;
