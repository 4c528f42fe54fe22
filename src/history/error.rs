//! Why the history cannot be used.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the history cannot be used.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// A newer version of hgtop made the database.
    #[error("{}: made by a newer version of hgtop (schema {found}); it is not changed", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// The file is no database of hgtop.
    #[error("{}: not a history of hgtop; make one with: hgtop history export FILE", .path.display())]
    NotAHistory {
        /// The file.
        path: PathBuf,
    },
    /// The platform has no folder for state.
    #[error("no folder for the history found")]
    NoFolder,
    /// The system has no random numbers for pseudonyms.
    #[error("no random numbers available for pseudonyms")]
    NoRandomness,
    /// A file operation failed.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// The database failed.
    #[error("history: {0}")]
    Database(#[from] rusqlite::Error),
    /// The database cannot be brought to this version's schema.
    #[error("history: {0}")]
    Migration(rusqlite_migration::Error),
}

impl HistoryError {
    /// Whether the database is damaged, rather than busy or out of space.
    pub(super) fn is_damage(&self) -> bool {
        matches!(
            self.code(),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
        )
    }

    /// Whether another process holds the database.
    pub(super) fn is_busy(&self) -> bool {
        matches!(
            self.code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    }

    /// Whether the operation was stopped because hgtop is quitting.
    pub(super) fn is_interrupted(&self) -> bool {
        self.code() == Some(ErrorCode::OperationInterrupted)
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Database(error) => error.sqlite_error_code(),
            Self::Newer { .. }
            | Self::NotAHistory { .. }
            | Self::NoFolder
            | Self::NoRandomness
            | Self::File { .. }
            | Self::Migration(_) => None,
        }
    }
}

impl From<rusqlite_migration::Error> for HistoryError {
    fn from(error: rusqlite_migration::Error) -> Self {
        match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => Self::Database(err),
            error => Self::Migration(error),
        }
    }
}
