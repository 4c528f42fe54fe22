//! The file operations that the config file depends on, one method each, so
//! that a test can fail or stop at every single one.

use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::problem::shown_path;

/// The largest file that is read, in bytes.
pub(super) const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;
/// How often a rename is tried on Windows.
const RENAME_TRIES: u32 = 100;
/// The time between two of these tries.
const RENAME_PAUSE: Duration = Duration::from_millis(10);

/// File operations. Each stands for one system call, or for a few that change
/// nothing.
pub(super) trait FileSystem {
    /// An open file; a lock is held until it is dropped.
    type File;

    /// The path with every symbolic link followed.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;
    /// What a symbolic link points to.
    fn link_target(&self, path: &Path) -> io::Result<PathBuf>;
    /// Opens a regular file for reading; never waits for a pipe or device.
    fn open(&self, path: &Path) -> io::Result<Self::File>;
    /// Owner and permissions of an open file.
    fn attributes(&self, file: &Self::File) -> io::Result<Attributes>;
    /// The version of the file at a path.
    fn version(&self, path: &Path) -> io::Result<Version>;
    /// The whole content of a file opened for reading.
    fn read(&self, file: &mut Self::File) -> io::Result<Vec<u8>>;
    /// Fails unless this process may write the file.
    fn check_writable(&self, path: &Path) -> io::Result<()>;
    /// Creates a file, which must not exist, for its owner alone.
    fn create(&self, path: &Path) -> io::Result<Self::File>;
    /// Gives a file the owner and group of another one.
    fn set_owner(&self, file: &Self::File, attributes: Attributes) -> io::Result<()>;
    /// Gives a file the permissions of another one.
    fn set_permissions(&self, file: &Self::File, attributes: Attributes) -> io::Result<()>;
    /// Writes a part of the bytes, and returns how many.
    fn write(&self, file: &mut Self::File, bytes: &[u8]) -> io::Result<usize>;
    /// Brings a file's content to the disk.
    fn sync(&self, file: &Self::File) -> io::Result<()>;
    /// Renames a file, over an existing one.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name, which must not exist.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Brings the names in a folder to the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Opens a lock file; creates it where there is none.
    fn open_lock(&self, path: &Path) -> io::Result<Self::File>;
    /// Takes the lock of an open lock file, without waiting for it.
    fn try_lock(&self, file: &Self::File) -> io::Result<Lock>;
    /// Waits, while other programs may write.
    fn wait(&self, time: Duration);
}

/// Whether a lock was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// It is held until its file is dropped.
    Held,
    /// Another process holds it.
    Busy,
    /// The file system, such as a network disk, has no locks.
    Unsupported,
}

/// What changes when a file is written or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    /// The number of the file on its disk; 0 where the platform has none.
    pub(super) number: u64,
    /// The size in bytes.
    pub(super) size: u64,
    /// When it was last written, where the file system records it.
    pub(super) modified: Option<SystemTime>,
}

/// Owner and permissions of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attributes {
    /// Whether nobody may write the file.
    pub(super) read_only: bool,
    /// The permission bits; 0 where the platform has none.
    pub(super) mode: u32,
    /// The ids of the owner and the group; 0 where the platform has none.
    pub(super) owner: (u32, u32),
}

/// The files of this machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocalFiles;

impl FileSystem for LocalFiles {
    type File = File;

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn link_target(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        open_regular(path, OpenOptions::new().read(true))
    }

    fn attributes(&self, file: &File) -> io::Result<Attributes> {
        let metadata = file.metadata()?;
        #[cfg(unix)]
        let (mode, owner) = {
            use std::os::unix::fs::MetadataExt;
            (metadata.mode() & 0o7777, (metadata.uid(), metadata.gid()))
        };
        #[cfg(not(unix))]
        let (mode, owner) = (0, (0, 0));
        Ok(Attributes {
            read_only: metadata.permissions().readonly(),
            mode,
            owner,
        })
    }

    fn version(&self, path: &Path) -> io::Result<Version> {
        let metadata = fs::metadata(path)?;
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let number = 0;
        Ok(Version {
            number,
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    fn read(&self, file: &mut File) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            let message = format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(bytes)
    }

    fn check_writable(&self, path: &Path) -> io::Result<()> {
        #[cfg(unix)]
        rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?;
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        owner_only(&mut options);
        options.open(path)
    }

    fn set_owner(&self, file: &File, attributes: Attributes) -> io::Result<()> {
        #[cfg(unix)]
        if self.attributes(file)?.owner != attributes.owner {
            let (owner, group) = attributes.owner;
            std::os::unix::fs::fchown(file, Some(owner), Some(group))?;
        }
        #[cfg(not(unix))]
        let _ = (file, attributes);
        Ok(())
    }

    fn set_permissions(&self, file: &File, attributes: Attributes) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.set_permissions(fs::Permissions::from_mode(attributes.mode))?;
        }
        #[cfg(not(unix))]
        let _ = (file, attributes);
        Ok(())
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        file.write(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        // Windows renames over no file that another process is just reading.
        let mut tries = if cfg!(windows) { RENAME_TRIES } else { 1 };
        loop {
            tries -= 1;
            match fs::rename(from, to) {
                Err(error) if tries > 0 && error.kind() == io::ErrorKind::PermissionDenied => {
                    thread::sleep(RENAME_PAUSE);
                }
                result => return result,
            }
        }
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Windows has no such call, and opens no folders as files.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        owner_only(&mut options);
        open_regular(path, &mut options)
    }

    fn try_lock(&self, file: &File) -> io::Result<Lock> {
        match file.try_lock() {
            Ok(()) => Ok(Lock::Held),
            Err(TryLockError::WouldBlock) => Ok(Lock::Busy),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Lock::Unsupported)
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn wait(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// Opens a file, unless it is something else: opening a pipe would wait for
/// its other end. It is checked before and, since it may be replaced in
/// between, once it is open.
fn open_regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    if let Ok(metadata) = fs::metadata(path) {
        check_regular(metadata.file_type())?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    check_regular(file.metadata()?.file_type())?;
    Ok(file)
}

fn check_regular(file_type: FileType) -> io::Result<()> {
    if file_type.is_file() {
        return Ok(());
    }
    #[cfg(unix)]
    let special = {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            Some("a named pipe")
        } else if file_type.is_socket() {
            Some("a socket")
        } else if file_type.is_char_device() || file_type.is_block_device() {
            Some("a device")
        } else {
            None
        }
    };
    #[cfg(not(unix))]
    let special = None;
    let kind = match special {
        Some(kind) => kind,
        None if file_type.is_dir() => "a folder",
        None => "of an unknown type",
    };
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("it is {kind}, not a regular file; move it away, or name another file"),
    ))
}

/// The error for a symbolic link without a target.
pub(super) fn dangling_link(target: &Path) -> io::Error {
    let message = format!(
        "it is a symbolic link to {}, which does not exist; create that file, or remove the link",
        shown_path(target)
    );
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}
