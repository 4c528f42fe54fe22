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

use super::{Follow, WatchedJob};
use crate::hotglue::JobRoot;

/// How long another hgtop may hold the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the lock is tried.
const LOCK_STEP: Duration = Duration::from_millis(10);

/// The lists of the file.
const JOBS: &str = "jobs";
const FOLLOW: &str = "follow";

/// What names a job in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEntryId {
    /// The environment's name.
    pub environment: String,
    /// The job's root.
    pub job_root: JobRoot,
}

/// A job as the file has it, with the name of its environment.
pub type JobEntry = WatchedJob<String>;

/// A followed flow as the file has it, with the name of its environment.
pub type FollowEntry = Follow<String>;

/// A table cut out of the file, to be put back.
#[derive(Debug, Clone)]
pub struct RemovedTable {
    /// The list it stood in.
    list: &'static str,
    place: usize,
    table: Table,
}

/// A change of the file.
#[derive(Debug, Clone)]
pub enum Change {
    /// Adds jobs behind the last one; those that are there already stay.
    Add(Vec<JobEntry>),
    /// Removes jobs; those that are not there are passed over.
    Remove(Vec<JobEntryId>),
    /// Adds a followed flow.
    Follow(FollowEntry),
    /// Removes a followed flow: the first of that environment, flow and name.
    Unfollow(FollowEntry),
    /// Puts back what was removed, where it was.
    Restore(Vec<RemovedTable>),
    /// Gives a job another name, other tags, another interval.
    Edit(JobEntryId, JobEntry),
}

/// What a change did.
#[derive(Debug, Clone, Default)]
pub struct Saved {
    /// What was removed, for [`Change::Restore`].
    pub cut_out: Vec<RemovedTable>,
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
    let only = only_environment.as_deref();
    let saved = match change {
        Change::Add(entries) => add(tables_of(&mut document, JOBS)?, entries, only),
        Change::Remove(ids) => {
            let wanted = |table: &Table| ids.iter().any(|id| is_job(table, id, only));
            cut(tables_of(&mut document, JOBS)?, JOBS, wanted)
        }
        Change::Follow(entry) => {
            tables_of(&mut document, FOLLOW)?.push(written_follow(entry, only));
            Saved {
                count: 1,
                ..Saved::default()
            }
        }
        Change::Unfollow(entry) => {
            let mut found = false;
            cut(tables_of(&mut document, FOLLOW)?, FOLLOW, |table| {
                !found && {
                    found = is_follow(table, entry, only);
                    found
                }
            })
        }
        Change::Restore(cut_out) => {
            for list in [JOBS, FOLLOW] {
                let mine: Vec<_> = cut_out.iter().filter(|each| each.list == list).collect();
                if !mine.is_empty() {
                    put_back(tables_of(&mut document, list)?, &mine);
                }
            }
            Saved {
                count: cut_out.len(),
                ..Saved::default()
            }
        }
        Change::Edit(id, job) => {
            let jobs = tables_of(&mut document, JOBS)?;
            let table = jobs.iter_mut().find(|table| is_job(table, id, only));
            let count = usize::from(table.is_some());
            if let Some(table) = table {
                describe(table, job);
            }
            Saved {
                count,
                ..Saved::default()
            }
        }
    };
    if saved.count == 0 {
        return Ok((source.to_owned(), saved));
    }
    let mut text = document.to_string();
    if body.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    Ok((format!("{mark}{text}"), saved))
}

fn environment_of<'a>(table: &'a Table, only: Option<&'a str>) -> Option<&'a str> {
    table.get("environment").and_then(Item::as_str).or(only)
}

fn is_job(table: &Table, id: &JobEntryId, only: Option<&str>) -> bool {
    let root = table.get("job_root").and_then(Item::as_str);
    environment_of(table, only) == Some(&id.environment)
        && root.and_then(|root| JobRoot::parse(root).ok()).as_ref() == Some(&id.job_root)
}

fn is_follow(table: &Table, entry: &FollowEntry, only: Option<&str>) -> bool {
    let flow = table.get("flow").and_then(Item::as_str);
    let name = table.get("name").and_then(Item::as_str).or(flow);
    environment_of(table, only) == Some(&entry.environment)
        && flow.map(str::trim) == Some(entry.flow.as_str())
        && name == Some(entry.name.as_str())
}

fn add(jobs: &mut ArrayOfTables, entries: &[JobEntry], only: Option<&str>) -> Saved {
    let mut saved = Saved::default();
    for entry in entries {
        let id = JobEntryId {
            environment: entry.environment.clone(),
            job_root: entry.address.job_root.clone(),
        };
        if jobs.iter().all(|table| !is_job(table, &id, only)) {
            jobs.push(written(entry, only));
            saved.count += 1;
        }
    }
    saved
}

fn cut(
    tables: &mut ArrayOfTables,
    list: &'static str,
    mut wanted: impl FnMut(&Table) -> bool,
) -> Saved {
    let mut saved = Saved::default();
    let mut place = 0;
    while let Some(table) = tables.get(place) {
        if !wanted(table) {
            place += 1;
            continue;
        }
        let table = table.clone();
        tables.remove(place);
        saved.cut_out.push(RemovedTable {
            list,
            place: place + saved.cut_out.len(),
            table,
        });
    }
    saved.count = saved.cut_out.len();
    saved
}

fn put_back(tables: &mut ArrayOfTables, cut_out: &[&RemovedTable]) {
    let mut all: Vec<Table> = tables.iter().cloned().collect();
    for RemovedTable { place, table, .. } in cut_out {
        all.insert((*place).min(all.len()), table.clone());
    }
    tables.clear();
    tables.extend(all);
}

/// A list of tables of the document, made where there is none. An inline array
/// is turned into tables.
fn tables_of<'a>(
    document: &'a mut DocumentMut,
    list: &'static str,
) -> Result<&'a mut ArrayOfTables, String> {
    let item = document
        .entry(list)
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let wrong = || format!("'{list}' is no list of tables");
    if item.is_value() {
        let taken = std::mem::take(item);
        *item = Item::ArrayOfTables(taken.into_array_of_tables().map_err(|_| wrong())?);
    }
    item.as_array_of_tables_mut().ok_or_else(wrong)
}

fn written_follow(entry: &FollowEntry, only_environment: Option<&str>) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    if entry.name.as_str() != entry.flow.as_str() {
        table["name"] = value(entry.name.as_str());
    }
    if only_environment != Some(&entry.environment) {
        table["environment"] = value(entry.environment.as_str());
    }
    table["flow"] = value(entry.flow.as_str());
    table["tenants"] = match &entry.tenants {
        None => value("*"),
        Some(tenants) => {
            let tenants = tenants.iter().map(crate::hotglue::TenantId::as_str);
            value(tenants.collect::<toml_edit::Array>())
        }
    };
    table
}

/// A new table for a job; what can be told from elsewhere is left out.
fn written(job: &JobEntry, only_environment: Option<&str>) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    if job.name.as_str() != job.address.job_root.job_id() {
        table["name"] = value(job.name.as_str());
    }
    if only_environment != Some(&job.environment) {
        table["environment"] = value(job.environment.as_str());
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
fn describe(table: &mut Table, job: &JobEntry) {
    if job.name.as_str() == job.address.job_root.job_id() {
        table.remove("name");
    } else {
        put(table, "name", value(job.name.as_str()));
    }
    describe_rest(table, job);
}

fn describe_rest(table: &mut Table, job: &JobEntry) {
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
