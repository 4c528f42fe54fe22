//! Writing the config file: one change at a time, so that nobody's edit is
//! lost and the file is whole at every instant.
//!
//! Under a lock the file is read anew, changed with its comments, order and
//! line ends kept, written beside itself, brought to disk, and renamed into
//! place. A symbolic link stays one; mode and owner stay as they are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use thiserror::Error;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::WatchedJob;
use crate::hotglue::JobRoot;

/// How long another hgtop may hold the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the lock is tried.
const LOCK_STEP: Duration = Duration::from_millis(10);

/// What names a job in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobId {
    /// The environment's name.
    pub environment: String,
    /// The job's root.
    pub job_root: JobRoot,
}

/// A job as it is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEntry {
    /// The environment's name.
    pub environment: String,
    /// The job itself.
    pub job: WatchedJob,
}

/// A table cut out of the file, to be put back.
#[derive(Debug, Clone)]
pub struct CutOut {
    place: usize,
    table: Table,
}

/// A change of the file.
#[derive(Debug, Clone)]
pub enum Change {
    /// Adds jobs behind the last one; those that are there already stay.
    Add(Vec<JobEntry>),
    /// Removes jobs; those that are not there are passed over.
    Remove(Vec<JobId>),
    /// Puts back what was removed, where it was.
    Restore(Vec<CutOut>),
    /// Gives a job another name, other tags, another interval.
    Edit(JobId, WatchedJob),
}

/// What a change did.
#[derive(Debug, Clone, Default)]
pub struct Saved {
    /// What was removed, for [`Change::Restore`].
    pub cut_out: Vec<CutOut>,
    /// How many jobs were added, removed or edited.
    pub count: usize,
}

/// Why a change was not saved. The file is as it was.
#[derive(Debug, Error)]
#[error("{}: not saved: {reason}", .path.display())]
pub struct SaveError {
    /// The file.
    pub path: PathBuf,
    /// Why, and what to do.
    pub reason: String,
}

/// Applies a change to the file. Waits up to five seconds for another hgtop.
///
/// # Errors
/// When the file cannot be locked, read, understood or written; it is then
/// as it was before.
pub fn save(path: &Path, change: &Change) -> Result<Saved, SaveError> {
    // The target of a symbolic link is written, not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    try_save(&target, change).map_err(|reason| SaveError {
        path: path.to_owned(),
        reason,
    })
}

fn try_save(path: &Path, change: &Change) -> Result<Saved, String> {
    let _lock = lock(path)?;
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    let source = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let (text, saved) = edited(&source, change)?;
    if text != source {
        replace(path, text.as_bytes()).map_err(|error| words(&error))?;
    }
    Ok(saved)
}

/// What keeps the disk from taking it, with the remedy where there is one.
fn words(error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull => ": make room",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ": the folder must be writable"
        }
        io::ErrorKind::ResourceBusy => ": the file is mounted by itself; mount its folder instead",
        _ => "",
    };
    format!("{error}{remedy}")
}

/// Takes the lock beside the file. It goes with its holder, so that a crash
/// leaves nothing that blocks.
fn lock(path: &Path) -> Result<File, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let lock_path = path.with_file_name(format!(".{name}.lock"));
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    owner_only(&mut options);
    let file = options.open(&lock_path).map_err(|error| words(&error))?;
    let end = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(LOCK_STEP);
            }
            Err(fs::TryLockError::WouldBlock) => {
                return Err("another hgtop is writing it; try again".to_owned());
            }
            // Some network disks know no locks: the rename still keeps it whole.
            Err(fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(file);
            }
            Err(fs::TryLockError::Error(error)) => return Err(words(&error)),
        }
    }
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

/// Writes beside the file, brings it to disk, renames it into place. The
/// temporary file goes away on every failure.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = NamedTempFile::with_prefix_in(".hgtop-", folder)?;
    if let Ok(before) = fs::metadata(path) {
        keep_owner(file.path(), &before);
        file.as_file().set_permissions(before.permissions())?;
    }
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename itself must reach the disk; not every system can say so.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(unix)]
fn keep_owner(path: &Path, before: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    // Only root may give files away; for others the owner is the same anyway.
    let _ = chown(path, Some(before.uid()), Some(before.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) {}

/// The text with the change applied.
fn edited(source: &str, change: &Change) -> Result<(String, Saved), String> {
    let (mark, body) = match source.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", source),
    };
    let mut document: DocumentMut = body
        .parse()
        .map_err(|_| "it has an error in it; mend it first (hgtop config check)".to_owned())?;
    let only_environment = match document.get("environments").and_then(Item::as_table_like) {
        Some(table) if table.len() == 1 => table.iter().next().map(|(name, _)| name.to_owned()),
        _ => None,
    };
    let jobs = jobs_of(&mut document)?;
    let is = |table: &Table, id: &JobId| {
        let environment = table.get("environment").and_then(Item::as_str);
        let environment = environment.or(only_environment.as_deref());
        let root = table.get("job_root").and_then(Item::as_str);
        environment == Some(&id.environment)
            && root.and_then(|root| JobRoot::parse(root).ok()).as_ref() == Some(&id.job_root)
    };
    let mut saved = Saved::default();
    match change {
        Change::Add(entries) => {
            for entry in entries {
                let id = JobId {
                    environment: entry.environment.clone(),
                    job_root: entry.job.address.job_root.clone(),
                };
                if jobs.iter().all(|table| !is(table, &id)) {
                    jobs.push(written(entry, only_environment.as_deref()));
                    saved.count += 1;
                }
            }
        }
        Change::Remove(ids) => {
            let mut place = 0;
            while let Some(table) = jobs.get(place) {
                if !ids.iter().any(|id| is(table, id)) {
                    place += 1;
                    continue;
                }
                let table = table.clone();
                jobs.remove(place);
                saved.cut_out.push(CutOut {
                    place: place + saved.cut_out.len(),
                    table,
                });
            }
            saved.count = saved.cut_out.len();
        }
        Change::Restore(cut_out) => {
            let mut tables: Vec<Table> = jobs.iter().cloned().collect();
            for CutOut { place, table } in cut_out {
                tables.insert((*place).min(tables.len()), table.clone());
            }
            jobs.clear();
            jobs.extend(tables);
            saved.count = cut_out.len();
        }
        Change::Edit(id, job) => {
            if let Some(table) = jobs.iter_mut().find(|table| is(table, id)) {
                describe(table, job);
                saved.count = 1;
            }
        }
    }
    if saved.count == 0 {
        return Ok((source.to_owned(), saved));
    }
    let mut text = document.to_string();
    if body.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    Ok((format!("{mark}{text}"), saved))
}

/// The jobs of the document, made where there are none. An inline array is
/// turned into tables.
fn jobs_of(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, String> {
    let item = document
        .entry("jobs")
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    if item.is_value() {
        let taken = std::mem::take(item);
        *item = match taken.into_array_of_tables() {
            Ok(tables) => Item::ArrayOfTables(tables),
            Err(_) => return Err("'jobs' is no list of jobs".to_owned()),
        };
    }
    item.as_array_of_tables_mut()
        .ok_or_else(|| "'jobs' is no list of jobs".to_owned())
}

/// A new table for a job; what can be told from elsewhere is left out.
fn written(entry: &JobEntry, only_environment: Option<&str>) -> Table {
    let job = &entry.job;
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    if job.name.as_str() != job.address.job_root.job_id() {
        table["name"] = value(job.name.as_str());
    }
    if only_environment != Some(&entry.environment) {
        table["environment"] = value(entry.environment.as_str());
    }
    table["job_root"] = value(job.address.job_root.as_str());
    let parts = job.address.job_root.parts();
    if parts
        .as_ref()
        .is_none_or(|parts| parts.tenant != job.address.tenant)
    {
        table["tenant"] = value(job.address.tenant.as_str());
    }
    if parts
        .as_ref()
        .is_none_or(|parts| parts.flow != job.address.flow)
    {
        table["flow"] = value(job.address.flow.as_str());
    }
    describe_rest(&mut table, job);
    table
}

/// Sets what a person may change of a job.
fn describe(table: &mut Table, job: &WatchedJob) {
    if job.name.as_str() == job.address.job_root.job_id() {
        table.remove("name");
    } else {
        put(table, "name", value(job.name.as_str()));
    }
    describe_rest(table, job);
}

fn describe_rest(table: &mut Table, job: &WatchedJob) {
    match job.poll_interval {
        Some(interval) => put(
            table,
            "poll_interval",
            value(format!("{}s", interval.as_secs())),
        ),
        None => drop(table.remove("poll_interval")),
    }
    if job.tags.is_empty() {
        table.remove("tags");
    } else {
        let tags: toml_edit::Array = job.tags.iter().map(crate::hotglue::Text::as_str).collect();
        put(table, "tags", value(tags));
    }
}

/// Sets a value, keeping the blanks and the comment around the old one.
fn put(table: &mut Table, key: &str, mut item: Item) {
    if let (Some(new), Some(old)) = (item.as_value_mut(), table.get(key).and_then(Item::as_value)) {
        *new.decor_mut() = old.decor().clone();
    }
    table[key] = item;
}

#[cfg(test)]
mod tests;
