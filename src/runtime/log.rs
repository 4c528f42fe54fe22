//! The log file. It holds the records of hgtop itself, never those of its
//! libraries, since those may contain request headers.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A log larger than this is renamed when the next one starts, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Starts the log at `path`.
///
/// # Errors
/// When the file cannot be opened for appending.
pub(crate) fn start(path: &Path, level: LevelFilter) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > MAX_BYTES) {
        let _ = fs::rename(path, path.with_extension("log.1"));
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(file));
    let own_records = Targets::new().with_target("hgtop", level);
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(own_records)
        .try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "start");
    Ok(())
}

/// Starts the log at the default location; returns it, or `None` where that
/// is impossible: nobody asked for this log, so it may be missing.
pub(crate) fn start_default(level: LevelFilter) -> Option<PathBuf> {
    let path = default_path()?;
    let _ = fs::create_dir_all(path.parent()?);
    start(&path, level).ok()?;
    Some(path)
}

/// Returns the default location of a dashboard's log.
pub(crate) fn default_path() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "hgtop")?;
    let folder = folders
        .state_dir()
        .unwrap_or_else(|| folders.data_local_dir());
    Some(folder.join("hgtop.log"))
}
