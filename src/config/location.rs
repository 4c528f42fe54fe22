//! The path of the config file: a flag, a variable, or the platform's folder.
//! Never the current folder, which may be someone else's.

use std::path::PathBuf;

use thiserror::Error;

/// The variable that names the config file.
const VARIABLE: &str = "HGTOP_CONFIG";

/// The platform has no folder for config files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no home folder found; name the config file with --config or ${VARIABLE}")]
pub struct LocationError;

/// The path of the config file, which need not exist: the flag's, else
/// `$HGTOP_CONFIG`, else `config.toml` in the platform's folder for hgtop.
///
/// # Errors
/// When none of them is known.
pub(crate) fn config_path(flag: Option<PathBuf>) -> Result<PathBuf, LocationError> {
    if let Some(path) = flag {
        return Ok(path);
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    directories::ProjectDirs::from("", "", "hgtop")
        .map(|folders| folders.config_dir().join("config.toml"))
        .ok_or(LocationError)
}
