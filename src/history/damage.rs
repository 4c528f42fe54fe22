//! Moving a damaged database aside. Nothing of it is deleted.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::error::HistoryError;

/// How long another process may take to move it.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);
/// Time between two attempts to take the lock.
const LOCK_RETRY: Duration = Duration::from_millis(10);
/// What a database is made of, by what is appended to its name. The file
/// itself comes last: a log of the old one beside a new one would damage it.
const PARTS: [&str; 3] = ["-wal", "-shm", ""];

/// Distinguishes a file from another one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    /// The file's identity; `None` without a file, or on a platform without.
    pub(super) fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let metadata = fs::metadata(path).ok()?;
            Some(Self {
                device: metadata.dev(),
                number: metadata.ino(),
            })
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            None
        }
    }
}

/// Moves a damaged database aside and returns its new path, unless another
/// process did it already: then the path has another file or none.
///
/// # Errors
/// When a file cannot be moved.
pub(super) fn set_aside(
    path: &Path,
    damaged: Option<&FileId>,
) -> Result<Option<PathBuf>, HistoryError> {
    let failed = |error| HistoryError::File {
        path: path.to_owned(),
        error,
    };
    let _lock = lock(path).map_err(failed)?;
    if damaged.is_some() && FileId::of(path).as_ref() != damaged {
        return Ok(None);
    }
    let aside = unused_name(path);
    for part in PARTS {
        match fs::rename(with_ending(path, part), with_ending(&aside, part)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !part.is_empty() => {}
            moved => moved.map_err(failed)?,
        }
    }
    Ok(Some(aside))
}

/// `history.damaged-1790000000.db` for `history.db`, with a number that is
/// not taken.
fn unused_name(path: &Path) -> PathBuf {
    let seconds = Timestamp::now().as_second();
    let names = (seconds..).map(|stamp| path.with_extension(format!("damaged-{stamp}.db")));
    let mut unused = names.filter(|name| !name.exists());
    unused.next().unwrap_or_else(|| path.to_owned())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Keeps two processes from moving the database at the same time, the second one
/// the new one. Where the disk has no locks, as on some networks, none is taken.
fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .append(true)
        .open(with_ending(path, ".lock"))?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                thread::sleep(LOCK_RETRY);
            }
            Ok(()) | Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return Ok(file),
        }
    }
}
