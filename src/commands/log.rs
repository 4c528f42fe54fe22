//! The log: off the screen, in a file, without what other crates say.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::CliError;
use crate::cli::{Global, LogLevel};

/// A log larger than this is put aside at the start, in bytes.
const LARGE: u64 = 1024 * 1024;

/// Starts the log where it was asked for, or for a dashboard in the platform's
/// folder for such things; answers where it is.
pub(super) fn start(global: &Global, dashboard: bool) -> Result<Option<PathBuf>, CliError> {
    let asked = global.log_file.clone();
    let path = match (&asked, dashboard) {
        (Some(path), _) => path.clone(),
        (None, true) => match usual_place() {
            Some(path) => path,
            None => return Ok(None),
        },
        (None, false) => return Ok(None),
    };
    if let Some(folder) = path.parent()
        && asked.is_none()
    {
        let _ = fs::create_dir_all(folder);
    }
    if fs::metadata(&path).is_ok_and(|about| about.is_file() && about.len() > LARGE) {
        let _ = fs::rename(&path, path.with_extension("log.1"));
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = match options.open(&path) {
        Ok(file) => file,
        // A log that nobody asked for may be missing.
        Err(_) if asked.is_none() => return Ok(None),
        Err(error) => {
            return Err(CliError::Usage(format!(
                "--log-file {}: {error}",
                path.display()
            )));
        }
    };
    let level = match global.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(file));
    // What HTTP libraries log may hold headers, so only our own words count.
    let ours = Targets::new().with_target("hgtop", level);
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(ours)
        .try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "start");
    Ok(Some(path))
}

/// Where the log of a dashboard is.
pub(super) fn usual_place() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "hgtop")?;
    let folder = folders
        .state_dir()
        .unwrap_or_else(|| folders.data_local_dir());
    Some(folder.join("hgtop.log"))
}
