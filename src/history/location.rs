//! The path of the database.

use std::path::PathBuf;

use super::error::HistoryError;

/// The path of the database, in the platform's folder for state.
///
/// # Errors
/// When the platform has no such folder.
pub(crate) fn history_path() -> Result<PathBuf, HistoryError> {
    let folders = directories::ProjectDirs::from("", "", "hgtop").ok_or(HistoryError::NoFolder)?;
    let folder = folders.state_dir().unwrap_or(folders.data_local_dir());
    Ok(folder.join("history.db"))
}
