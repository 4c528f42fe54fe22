//! Where the config file is: a flag, a variable, or the platform's folder.
//! Never the current directory, which may be somebody else's.

use std::path::PathBuf;

use thiserror::Error;

/// The variable that names the config file.
const VARIABLE: &str = "HGTOP_CONFIG";

/// There is no place for a config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no home folder is known: name the config file with --config or ${VARIABLE}")]
pub struct LocationError;

/// The path of the config file, whether it exists or not: the flag's, else
/// `$HGTOP_CONFIG`, else `config.toml` in the platform's folder for hgtop.
///
/// # Errors
/// When none of them is known.
pub fn config_path(flag: Option<PathBuf>) -> Result<PathBuf, LocationError> {
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
