//! The database of the history: opening it, and recording into it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, Transaction};
use tempfile::TempDir;

use super::damage::{FileId, set_aside};
use super::error::HistoryError;
use super::observation::Observation;
use super::schema::{CURRENT_VERSION, migrate, prepare, version};
use super::write::{enter_finish, write};

/// How long one operation waits inside the database for another process.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);
/// How long an operation is repeated while another process holds the database.
const BUSY_LIMIT: Duration = Duration::from_secs(2);
/// Time between two attempts, where the database does not wait itself.
const BUSY_RETRY: Duration = Duration::from_millis(10);
/// How long the check for damage may take; a larger database is checked as far
/// as it is read.
const CHECK_LIMIT: Duration = Duration::from_millis(500);
/// Steps of the database engine between two checks of the clock or a flag.
const STEPS_PER_CHECK: i32 = 10_000;

/// The database of the history. See the module's documentation.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    /// The file and its identity; `None` in memory.
    file: Option<(PathBuf, Option<FileId>)>,
    stop: Arc<AtomicBool>,
    /// The folder of a copy that is read in place of the database.
    copy: Option<TempDir>,
    is_read_only: bool,
}

/// An opened database.
#[derive(Debug)]
pub struct Opened {
    /// The database.
    pub store: Store,
    /// Where a damaged one was moved to, if there was one.
    pub(crate) set_aside: Option<PathBuf>,
}

impl Store {
    /// Opens the database; creates it where there is none. A damaged one is
    /// moved aside, not deleted. Waits up to two seconds for another process.
    ///
    /// # Errors
    /// When a newer version of hgtop made it, or it cannot be used for another
    /// reason.
    pub fn open(path: &Path) -> Result<Opened, HistoryError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| HistoryError::File {
                path: folder.to_owned(),
                error,
            })?;
        }
        make_private(path);
        let id = FileId::of(path);
        match Self::open_file(path) {
            Ok(store) => Ok(Opened {
                store,
                set_aside: None,
            }),
            Err(error) if error.is_damage() => {
                let set_aside = set_aside(path, id.as_ref())?;
                make_private(path);
                Ok(Opened {
                    store: Self::open_file(path)?,
                    set_aside,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// A history that ends with the process.
    ///
    /// # Errors
    /// When memory is short.
    pub fn in_memory() -> Result<Self, HistoryError> {
        let mut connection = Connection::open_in_memory()?;
        prepare(&mut connection, Path::new("memory"))?;
        Ok(Self {
            connection,
            file: None,
            stop: Arc::default(),
            copy: None,
            is_read_only: false,
        })
    }

    /// Opens a database to read it only. One of an earlier version is copied
    /// and brought to this version there.
    ///
    /// # Errors
    /// When there is none, it is no history, or a newer version of hgtop made
    /// it.
    pub fn open_read_only(path: &Path) -> Result<Self, HistoryError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        fs::metadata(path).map_err(|error| HistoryError::File {
            path: path.to_owned(),
            error,
        })?;
        let not_a_history = |_| HistoryError::NotAHistory {
            path: path.to_owned(),
        };
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_LIMIT)?;
        let found = version(&connection).map_err(not_a_history)?;
        let runs = "SELECT 1 FROM runs LIMIT 1";
        let is_history = connection.prepare(runs).map_err(not_a_history);
        is_history.map(drop)?;
        let mut copy = None;
        if found != CURRENT_VERSION {
            let failed = |error| HistoryError::File {
                path: path.to_owned(),
                error,
            };
            let folder = tempfile::tempdir().map_err(failed)?;
            let file = folder.path().join("history.db");
            connection.execute("VACUUM INTO ?1", [file.display().to_string()])?;
            connection = Connection::open(&file)?;
            migrate(&mut connection, path)?;
            copy = Some(folder);
        }
        Ok(Self {
            connection,
            file: None,
            stop: Arc::default(),
            copy,
            is_read_only: true,
        })
    }

    /// Whether nothing is written to the database.
    pub(super) fn is_read_only(&self) -> bool {
        self.is_read_only || self.copy.is_some()
    }

    fn open_file(path: &Path) -> Result<Self, HistoryError> {
        repeat_while_busy(&AtomicBool::new(false), || {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            prepare(&mut connection, path)?;
            check(&connection)?;
            Ok(Self {
                connection,
                file: Some((path.to_owned(), FileId::of(path))),
                stop: Arc::default(),
                copy: None,
                is_read_only: false,
            })
        })
    }

    /// Moves a database that turned out to be damaged aside, and starts a new
    /// one. Returns where the damaged one is, unless another process moved it.
    ///
    /// # Errors
    /// When the file cannot be moved, or a new one cannot be made.
    pub(super) fn replace_damaged(&mut self) -> Result<Option<PathBuf>, HistoryError> {
        let Some((path, id)) = self.file.take() else {
            return Ok(None);
        };
        // The file must be closed before it is moved.
        self.connection = Connection::open_in_memory()?;
        let set_aside = set_aside(&path, id.as_ref())?;
        make_private(&path);
        let stop = Arc::clone(&self.stop);
        *self = Self::open_file(&path)?;
        self.stop_on(stop)?;
        Ok(set_aside)
    }

    /// Ends whatever the database does once the flag is set.
    ///
    /// # Errors
    /// When the database does not accept it.
    pub(super) fn stop_on(&mut self, stop: Arc<AtomicBool>) -> Result<(), HistoryError> {
        self.stop = Arc::clone(&stop);
        self.connection
            .progress_handler(STEPS_PER_CHECK, Some(move || stop.load(Ordering::Relaxed)))?;
        Ok(())
    }

    /// Whether the database is to end what it does.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Records observations, all or none. Waits up to two seconds for another
    /// process.
    ///
    /// # Errors
    /// When the disk is full, or the database is locked or damaged.
    pub fn record(&mut self, observations: &[Observation]) -> Result<(), HistoryError> {
        self.write(|transaction| {
            let mut finished = BTreeSet::new();
            for observation in observations {
                write(transaction, observation)?;
                if observation.status.is_finished() {
                    finished.insert((&observation.env_id, &observation.address.flow));
                }
            }
            for (env_id, flow) in finished {
                enter_finish(transaction, env_id, flow)?;
            }
            Ok(())
        })
    }

    /// Writes in one transaction. Waits up to two seconds for another process.
    pub(super) fn write<T>(
        &mut self,
        operation: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        let stop = Arc::clone(&self.stop);
        repeat_while_busy(&stop, || {
            let transaction = self.connection.transaction()?;
            let written = operation(&transaction)?;
            transaction.commit()?;
            Ok(written)
        })
    }
}

/// Repeats an operation while another process holds the database.
fn repeat_while_busy<T>(
    stop: &AtomicBool,
    mut operation: impl FnMut() -> Result<T, HistoryError>,
) -> Result<T, HistoryError> {
    let deadline = Instant::now() + BUSY_LIMIT;
    loop {
        match operation() {
            Err(error)
                if error.is_busy()
                    && Instant::now() < deadline
                    && !stop.load(Ordering::Relaxed) =>
            {
                thread::sleep(BUSY_RETRY);
            }
            result => return result,
        }
    }
}

/// Looks for damage in the whole database, for a limited time.
fn check(connection: &Connection) -> Result<(), HistoryError> {
    let deadline = Instant::now() + CHECK_LIMIT;
    connection.progress_handler(STEPS_PER_CHECK, Some(move || Instant::now() >= deadline))?;
    let result = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    connection.progress_handler(0, None::<fn() -> bool>)?;
    match result.map_err(HistoryError::from) {
        Ok(report) if report == "ok" => Ok(()),
        Ok(report) => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            Err(rusqlite::Error::SqliteFailure(code, Some(report)).into())
        }
        Err(error) if error.is_interrupted() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the file readable by its owner alone: it may hold the names of
/// customers.
fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        if path.exists() {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
        } else {
            let _ = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(path);
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}
