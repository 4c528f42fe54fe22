//! Writing a file as a whole: beside its place, to the disk, then under its
//! name. Whenever this stops, the name has the old content or the new one.

use std::io;
use std::path::{Path, PathBuf};

use super::files::{Attributes, FileSystem, Version};

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A hidden path beside a file.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{ending}"))
}

/// Reads a file, and what [`replace`] compares and keeps.
///
/// # Errors
/// When an operation fails.
pub(super) fn read<F: FileSystem>(
    files: &F,
    path: &Path,
) -> io::Result<(Vec<u8>, (Version, Attributes))> {
    let version = files.version(path)?;
    let mut file = files.open(path)?;
    let attributes = files.attributes(&file)?;
    Ok((files.read(&mut file)?, (version, attributes)))
}

/// What came of an attempt to replace a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replaced {
    /// The file has the new content.
    Done,
    /// Another program changed the file since it was read; it is as it was.
    Changed,
}

/// Replaces a file unless it has another version by now; its owner and
/// permissions stay. A left-over temporary file of that name is removed first.
///
/// # Errors
/// When an operation fails; the file is then as it was. Only the last step,
/// bringing the name to the disk, may fail without one: the file is replaced
/// by then.
pub(super) fn replace<F: FileSystem>(
    files: &F,
    path: &Path,
    temporary: &Path,
    bytes: &[u8],
    (version, attributes): (Version, Attributes),
) -> io::Result<Replaced> {
    write_temporary(files, temporary, bytes, Some(attributes))?;
    let renamed = files.version(path).and_then(|now| {
        if now != version {
            return Ok(Replaced::Changed);
        }
        files.rename(temporary, path).map(|()| Replaced::Done)
    });
    if let Ok(Replaced::Done) = renamed {
        sync_name(files, path);
    } else {
        let _ = files.remove(temporary);
    }
    renamed
}

/// Creates a file, which must not exist, for its owner alone.
///
/// # Errors
/// When an operation fails; there is no file then.
pub(super) fn create_new<F: FileSystem>(
    files: &F,
    path: &Path,
    temporary: &Path,
    bytes: &[u8],
) -> io::Result<()> {
    write_temporary(files, temporary, bytes, None)?;
    let linked = files.link(temporary, path);
    let removed = files.remove(temporary);
    linked?;
    if let Err(error) = removed {
        tracing::warn!(%error, file = %temporary.display(), "temporary file not removed");
    }
    sync_name(files, path);
    Ok(())
}

fn write_temporary<F: FileSystem>(
    files: &F,
    temporary: &Path,
    bytes: &[u8],
    attributes: Option<Attributes>,
) -> io::Result<()> {
    let file = match files.create(temporary) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            files.remove(temporary)?;
            files.create(temporary)?
        }
        created => created?,
    };
    fill(files, file, bytes, attributes).inspect_err(|_| drop(files.remove(temporary)))
}

fn fill<F: FileSystem>(
    files: &F,
    mut file: F::File,
    mut bytes: &[u8],
    attributes: Option<Attributes>,
) -> io::Result<()> {
    if let Some(attributes) = attributes {
        files.set_owner(&file, attributes).map_err(|error| {
            io::Error::other(format!(
                "its owner and group cannot be kept ({error}); run hgtop as the owner of the file"
            ))
        })?;
        files.set_permissions(&file, attributes)?;
    }
    while !bytes.is_empty() {
        match files.write(&mut file, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    files.sync(&file)
}

/// Brings a name to the disk. Without it, a power failure may bring the old
/// content back; not every file system supports it.
fn sync_name<F: FileSystem>(files: &F, path: &Path) {
    if let Err(error) = files.sync_folder(folder_of(path)) {
        tracing::warn!(%error, file = %path.display(), "folder not synced");
    }
}
