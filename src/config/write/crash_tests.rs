//! Saves that stop or fail at every single operation: the file has the old or
//! the new content, whole, and the result says which.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::change::Change;
use super::edit::apply;
use super::edit_tests::{FILE, entry, follow, id};
use super::fault_injector::{Fault, FaultInjector};
use super::save::save_in;
use super::simulated_disk::SimulatedDisk;
use crate::config::files::{FileSystem, LocalFiles};
use crate::config::replace::{beside, create_new};
use crate::hotglue::Text;

const ENOSPC: i32 = 28;
const EIO: i32 = 5;
const EACCES: i32 = 13;

/// Every fault at every operation; `operations` are the names of a run without
/// any.
fn faults(operations: &[&str]) -> Vec<(usize, Fault)> {
    let mut faults = Vec::new();
    for (number, operation) in (1..).zip(operations) {
        faults.push((number, Fault::Crash));
        for error in [ENOSPC, EIO, EACCES] {
            faults.push((number, Fault::Error(error)));
            faults.push((number, Fault::ErrorFromHere(error)));
            if *operation == "write" {
                faults.push((number, Fault::ErrorInWrite(error)));
            }
        }
        if *operation == "write" {
            faults.push((number, Fault::CrashInWrite));
        }
    }
    faults
}

fn is_crash(fault: Fault) -> bool {
    matches!(fault, Fault::Crash | Fault::CrashInWrite)
}

fn change() -> Change {
    Change::Add(vec![entry("c/flows/f/jobs/3")])
}

fn new_text() -> String {
    apply(FILE, &change()).unwrap().0
}

fn save_on<F: FileSystem>(files: &F, path: &Path) -> Result<usize, String> {
    save_in(files, path, &change(), &|| false).map(|saved| saved.count)
}

/// The operations of a save without a fault.
fn operations_of_save() -> Vec<&'static str> {
    let path = Path::new("/config.toml");
    let disk = SimulatedDisk::with_file(path, FILE.as_bytes());
    let files = FaultInjector::new(&disk, None);
    assert_eq!(save_on(&files, path), Ok(1));
    let saved = Some(new_text().into_bytes());
    for outcome in disk.after_power_failure(path) {
        assert_eq!(outcome, saved, "a saved change survives a power failure");
    }
    files.operations.into_inner()
}

#[test]
fn save_syncs_the_content_before_the_name() {
    let mut operations = operations_of_save();
    operations.dedup();
    let expected = [
        "resolve",
        "open_lock",
        "try_lock",
        "version",
        "open",
        "attributes",
        "read",
        "check_writable",
        "create",
        "set_owner",
        "set_permissions",
        "write",
        "sync",
        "version",
        "rename",
        "sync_folder",
        "version",
        "open",
        "attributes",
        "read",
        "version",
    ];
    assert_eq!(operations, expected);
}

#[test]
fn save_that_stops_at_any_operation_leaves_a_whole_file() {
    let path = Path::new("/config.toml");
    let (old, new) = (FILE.to_owned(), new_text());
    let operations = operations_of_save();
    assert!(operations.iter().filter(|name| **name == "write").count() > 1);
    for (number, fault) in faults(&operations) {
        let scene = format!("{fault:?} at {number} ({})", operations[number - 1]);
        let disk = SimulatedDisk::with_file(path, FILE.as_bytes());
        let result = save_on(&FaultInjector::new(&disk, Some((number, fault))), path);
        for outcome in disk.after_power_failure(path) {
            let text = String::from_utf8(outcome.expect(&scene)).unwrap();
            assert!(text == old || text == new, "{scene}: {text}");
        }
        let content = String::from_utf8(disk.content(path).unwrap()).unwrap();
        if !is_crash(fault) {
            let expected = if result.is_ok() { &new } else { &old };
            assert_eq!(content, *expected, "{scene}: {result:?}");
        }
        if matches!(fault, Fault::Error(_) | Fault::ErrorInWrite(_)) {
            let paths: Vec<PathBuf> = disk.paths();
            assert!(paths.len() <= 2, "{scene}: left over: {paths:?}");
        }
        // Whatever is left over does not keep the next save from working.
        save_on(&disk, path).expect(&scene);
        assert_eq!(
            disk.content(path),
            Some(new.clone().into_bytes()),
            "{scene}"
        );
        assert_eq!(disk.paths().len(), 2, "{scene}");
    }
}

#[test]
fn save_that_fails_on_a_real_disk_leaves_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let (old, new) = (FILE.to_owned(), new_text());
    fs::write(&path, &old).unwrap();
    let counting = FaultInjector::new(&LocalFiles, None);
    save_on(&counting, &path).unwrap();
    for (number, fault) in faults(&counting.operations.into_inner()) {
        let scene = format!("{fault:?} at {number}");
        fs::write(&path, &old).unwrap();
        let result = save_on(
            &FaultInjector::new(&LocalFiles, Some((number, fault))),
            &path,
        );
        let content = fs::read_to_string(&path).unwrap();
        if is_crash(fault) {
            assert!(content == old || content == new, "{scene}: {content}");
        } else {
            let expected = if result.is_ok() { &new } else { &old };
            assert_eq!(content, *expected, "{scene}: {result:?}");
        }
        save_on(&LocalFiles, &path).expect(&scene);
        assert_eq!(fs::read_to_string(&path).unwrap(), new, "{scene}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "{scene}");
    }
}

/// Another program, which does not take the lock, writes the file at every
/// moment of a save: both changes are in the file.
#[test]
fn change_of_another_program_is_merged() {
    let path = Path::new("/config.toml");
    let by_hand = format!("# by hand\n{FILE}");
    let operations = operations_of_save();
    let renamed = operations
        .iter()
        .position(|name| *name == "rename")
        .unwrap();
    for number in 1..=renamed {
        let disk = SimulatedDisk::with_file(path, FILE.as_bytes());
        let files = FaultInjector::new(&disk, None);
        let write_by_hand = |count: usize| {
            if count == number {
                disk.overwrite(path, by_hand.as_bytes());
            }
        };
        let files = files.before_each(&write_by_hand);
        assert_eq!(save_on(&files, path), Ok(1), "operation {number}");
        let content = String::from_utf8(disk.content(path).unwrap()).unwrap();
        let expected = format!("# by hand\n{}", new_text());
        assert_eq!(content, expected, "operation {number}");
    }
}

/// Another program read the file before a change, and writes it afterwards.
#[test]
fn change_that_another_program_overwrites_is_saved_again() {
    let path = Path::new("/config.toml");
    let by_hand = |text: &str| text.replace("# keys of mine", "# keys of mine, by hand");
    let root = "a/flows/f/jobs/1";
    let followed = format!("{FILE}\n[[follow]]\nflow = \"g\"\ntenants = \"*\"\n");
    let mut renamed = entry(root);
    renamed.name = Text::new("new");
    let changes = [
        change(),
        Change::Remove(vec![id(root)]),
        Change::Edit(id(root), renamed),
        Change::Follow(follow(&followed, 0)),
    ];
    for change in changes {
        let save = |files: &FaultInjector<SimulatedDisk>| {
            save_in(files, path, &change, &|| false).map(|saved| saved.count)
        };
        let disk = SimulatedDisk::with_file(path, FILE.as_bytes());
        let counting = FaultInjector::new(&disk, None);
        assert_eq!(save(&counting), Ok(1));
        let operations = counting.operations.into_inner();
        let renamed = operations
            .iter()
            .position(|name| *name == "rename")
            .unwrap();
        for number in renamed + 2..=operations.len() {
            let disk = SimulatedDisk::with_file(path, FILE.as_bytes());
            let overwrite = |count: usize| {
                if count == number {
                    disk.overwrite(path, by_hand(FILE).as_bytes());
                }
            };
            let files = FaultInjector::new(&disk, None).before_each(&overwrite);
            assert_eq!(save(&files), Ok(1), "{change:?} at {number}");
            let content = String::from_utf8(disk.content(path).unwrap()).unwrap();
            let expected = by_hand(&apply(FILE, &change).unwrap().0);
            assert_eq!(content, expected, "{change:?} at {number}");
            assert_eq!(disk.paths().len(), 2);
        }
    }
}

#[test]
fn file_that_never_stops_changing_is_not_replaced() {
    let path = Path::new("/config.toml");
    let disk = SimulatedDisk::with_file(path, FILE.as_bytes());
    let write_by_hand = |count: usize| {
        disk.overwrite(path, format!("{FILE}# change {count}\n").as_bytes());
    };
    let files = FaultInjector::new(&disk, None).before_each(&write_by_hand);
    let error = save_on(&files, path).unwrap_err();
    assert!(error.contains("keeps changing"), "{error}");
    assert!(disk.content(path).unwrap().starts_with(FILE.as_bytes()));
    assert_eq!(disk.paths().len(), 2, "no temporary file is left");
}

// The number of the error is that of Unix.
#[cfg(unix)]
#[test]
fn interrupted_write_is_repeated() {
    const EINTR: i32 = 4;
    let path = Path::new("/config.toml");
    for (number, operation) in (1..).zip(operations_of_save()) {
        if operation == "write" {
            let disk = SimulatedDisk::with_file(path, FILE.as_bytes());
            let files = FaultInjector::new(&disk, Some((number, Fault::Error(EINTR))));
            assert_eq!(save_on(&files, path), Ok(1));
            assert_eq!(disk.content(path), Some(new_text().into_bytes()));
        }
    }
}

#[test]
fn creation_that_stops_at_any_operation_leaves_a_whole_file_or_none() {
    let path = Path::new("/config.toml");
    let temporary = beside(path, "new");
    let create = |files: &FaultInjector<SimulatedDisk>| -> io::Result<()> {
        create_new(files, path, &temporary, FILE.as_bytes())
    };
    let disk = SimulatedDisk::with_file(Path::new("/other"), b"");
    let counting = FaultInjector::new(&disk, None);
    create(&counting).unwrap();
    let whole = Some(FILE.as_bytes().to_vec());
    assert!(
        disk.after_power_failure(path)
            .iter()
            .all(|outcome| *outcome == whole)
    );
    for (number, fault) in faults(&counting.operations.borrow()) {
        let scene = format!("{fault:?} at {number}");
        let disk = SimulatedDisk::with_file(Path::new("/other"), b"");
        let result = create(&FaultInjector::new(&disk, Some((number, fault))));
        for outcome in disk.after_power_failure(path) {
            assert!(outcome.is_none() || outcome == whole, "{scene}");
        }
        if !is_crash(fault) {
            let expected = result.is_ok().then(|| FILE.as_bytes().to_vec());
            assert_eq!(disk.content(path), expected, "{scene}: {result:?}");
        }
    }
    let error = create(&counting).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
}
