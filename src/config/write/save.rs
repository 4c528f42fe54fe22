//! Saving a change: under a lock, from the file as it is now, replaced as a
//! whole, and once more where another program undid it unknowingly.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::change::{Change, Saved};
use super::edit::apply;
use super::overwritten::{Written, is_overwritten};
use crate::config::files::{FileSystem, LocalFiles, Lock, dangling_link};
use crate::config::problem::{clean, shown_path};
use crate::config::replace::{Replaced, beside, read, replace};

/// How long another process may hold the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// Time between two attempts to take the lock.
const LOCK_RETRY: Duration = Duration::from_millis(10);

/// How often the change is applied again because another program changed the
/// file in between.
const MAX_ATTEMPTS: usize = 10;

/// Why a change was not saved. The file is unchanged.
#[derive(Debug, Error)]
#[error("{}: not saved: {reason}", shown_path(.path))]
pub struct SaveError {
    /// The file.
    pub(crate) path: PathBuf,
    /// The reason, and the fix.
    pub(crate) reason: String,
}

/// Applies a change to the config file. Waits up to five seconds while another
/// process is writing it. The target of a symbolic link is written, not the
/// link.
///
/// # Errors
/// When the file is missing, not writable, or cannot be locked, read, parsed
/// or written.
pub fn save(path: &Path, change: &Change) -> Result<Saved, SaveError> {
    save_unless_canceled(path, change, &|| false)
}

/// Like [`save`], and stops waiting for other processes once it is canceled.
///
/// # Errors
/// Like [`save`], and when it is canceled before the file is locked.
pub fn save_unless_canceled(
    path: &Path,
    change: &Change,
    is_canceled: &dyn Fn() -> bool,
) -> Result<Saved, SaveError> {
    save_in(&LocalFiles, path, change, is_canceled).map_err(|reason| SaveError {
        path: path.to_owned(),
        reason: clean(&reason),
    })
}

pub(super) fn save_in<F: FileSystem>(
    files: &F,
    path: &Path,
    change: &Change,
    is_canceled: &dyn Fn() -> bool,
) -> Result<Saved, String> {
    let target = files
        .resolve(path)
        .map_err(|error| unreadable(files, path, &error))?;
    let paths = (path, target.as_path());
    let (saved, mut written) = write(files, paths, change, is_canceled)?;
    for _ in 0..MAX_ATTEMPTS {
        let is_lost = written
            .is_some_and(|written| is_overwritten(files, &target, &written, change, is_canceled));
        if !is_lost {
            break;
        }
        tracing::warn!("another program undid a change of the config file; saving it again");
        (_, written) = write(files, paths, change, is_canceled)?;
    }
    Ok(saved)
}

/// Writes a change to the target of a path, under the lock. Returns what was
/// written, if anything.
fn write<F: FileSystem>(
    files: &F,
    (path, target): (&Path, &Path),
    change: &Change,
    is_canceled: &dyn Fn() -> bool,
) -> Result<(Saved, Option<Written>), String> {
    let (_lock, state) = lock(files, target, is_canceled)?;
    // Under the lock, a file of that name is left over from a crash. Without
    // one it may be another process's.
    let ending = match state {
        Lock::Held => "new".to_owned(),
        Lock::Busy | Lock::Unsupported => format!("{:08x}.new", fastrand::u32(..)),
    };
    let temporary = beside(target, &ending);
    for _ in 0..MAX_ATTEMPTS {
        let (before, read) =
            read(files, target).map_err(|error| unreadable(files, path, &error))?;
        let before = String::from_utf8(before).map_err(|_| "the file is not UTF-8".to_owned())?;
        let (after, saved) = apply(&before, change)?;
        if after == before {
            return Ok((saved, None));
        }
        let (_, attributes) = read;
        if attributes.read_only {
            return Err("the file is read-only; make it writable first".to_owned());
        }
        files
            .check_writable(target)
            .map_err(|error| format!("the file is not writable: {error}"))?;
        match replace(files, target, &temporary, after.as_bytes(), read) {
            Ok(Replaced::Done) => return Ok((saved, Some(Written { before, after }))),
            // An editor, which knows nothing of the lock.
            Ok(Replaced::Changed) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(unreadable(files, path, &error));
            }
            Err(error) => return Err(with_fix(&error)),
        }
    }
    Err("another program keeps changing the file; try again".to_owned())
}

/// Why the file cannot be read. A missing file is not created: what it held,
/// such as its environments, is not known.
fn unreadable<F: FileSystem>(files: &F, path: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return match files.link_target(path) {
            Ok(target) => dangling_link(&target).to_string(),
            Err(_) => {
                "the file is missing; restore it, or create one with: hgtop config init".to_owned()
            }
        };
    }
    format!("cannot read the file: {error}")
}

/// Takes the lock beside the file. It ends with this process, so that a crash
/// leaves nothing that blocks.
fn lock<F: FileSystem>(
    files: &F,
    path: &Path,
    is_canceled: &dyn Fn() -> bool,
) -> Result<(F::File, Lock), String> {
    let lock_path = beside(path, "lock");
    let failed = |error: io::Error| {
        format!(
            "cannot lock {}: {}",
            shown_path(&lock_path),
            with_fix(&error)
        )
    };
    let file = files.open_lock(&lock_path).map_err(failed)?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match files.try_lock(&file).map_err(failed)? {
            Lock::Busy if is_canceled() => {
                return Err("canceled while another hgtop process was writing the file".to_owned());
            }
            Lock::Busy if Instant::now() < deadline => thread::sleep(LOCK_RETRY),
            Lock::Busy => {
                return Err("another hgtop process is writing the file; try again".to_owned());
            }
            state @ (Lock::Held | Lock::Unsupported) => return Ok((file, state)),
        }
    }
}

/// An error with the fix, where there is one.
fn with_fix(error: &io::Error) -> String {
    let fix = match error.kind() {
        io::ErrorKind::StorageFull => "; free some disk space",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; make the folder writable"
        }
        io::ErrorKind::ResourceBusy => "; the file is a mount point: mount its folder instead",
        _ => "",
    };
    format!("{error}{fix}")
}
