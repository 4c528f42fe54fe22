//! Saving on a real disk: links, permissions, odd files, concurrent writers.

use std::fs;

use super::change::Change;
use super::edit_tests::{FILE, entry};
use super::save::{save, save_unless_canceled};
use crate::config::overrides::Overrides;
use crate::config::read::parse;

#[cfg(unix)]
#[test]
fn symbolic_link_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (
        folder.path().join("real.toml"),
        folder.path().join("link.toml"),
    );
    fs::write(&real, FILE).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    save(&link, &Change::Add(vec![entry("c/flows/f/jobs/3")])).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("jobs/3"));
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "no temporary file is left: {names:?}");
    fs::write(&real, "broken = ").unwrap();
    let error = save(&link, &Change::Add(vec![entry("d/flows/f/jobs/4")])).unwrap_err();
    assert!(error.to_string().contains("not saved"), "{error}");
    assert_eq!(fs::read_to_string(&real).unwrap(), "broken = ");
}

#[test]
fn concurrent_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, FILE).unwrap();
    std::thread::scope(|scope| {
        for writer in ["x", "y"] {
            let path = &path;
            scope.spawn(move || {
                for number in 0..50 {
                    let root = format!("{writer}/flows/f/jobs/{writer}{number}");
                    save(path, &Change::Add(vec![entry(&root)])).unwrap();
                }
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    let config = parse(&text, &path, &Overrides::default()).unwrap();
    assert_eq!(config.jobs.len(), 102);
    assert!(text.contains("# keys of mine") && text.contains("# the end of two"));
}

#[test]
fn missing_file_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let error = save(&path, &Change::Add(vec![entry("c/flows/f/jobs/3")])).unwrap_err();
    assert!(error.to_string().contains("the file is missing"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn dangling_symbolic_link_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("config.toml");
    std::os::unix::fs::symlink(folder.path().join("gone.toml"), &link).unwrap();
    let error = save(&link, &Change::Add(vec![entry("c/flows/f/jobs/3")])).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("gone.toml, which does not exist"),
        "{error}"
    );
    let error = crate::config::create(&link, FILE).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("gone.toml, which does not exist"),
        "{error}"
    );
    let error = crate::config::load(&link, &Overrides::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("gone.toml, which does not exist"),
        "{error}"
    );
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn special_file_in_place_of_the_config_or_its_lock_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let change = Change::Add(vec![entry("c/flows/f/jobs/3")]);
    let make = |name: &str| {
        let fifo = folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        fifo
    };
    let fifo = make("pipe.toml");
    let error = save(&fifo, &change).unwrap_err().to_string();
    assert!(
        error.contains("it is a named pipe, not a regular file"),
        "{error}"
    );
    let error = crate::config::load(&fifo, &Overrides::default()).unwrap_err();
    assert!(error.to_string().contains("it is a named pipe"), "{error}");

    let socket = folder.path().join("socket.toml");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let error = save(&socket, &change).unwrap_err().to_string();
    assert!(error.contains("it is a socket"), "{error}");
    let error = save(folder.path(), &change).unwrap_err().to_string();
    assert!(error.contains("it is a folder"), "{error}");
    let error = crate::config::load(std::path::Path::new("/dev/zero"), &Overrides::default());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("it is a device"), "{error}");

    let path = folder.path().join("config.toml");
    fs::write(&path, FILE).unwrap();
    make(".config.toml.lock");
    let error = save(&path, &change).unwrap_err().to_string();
    assert!(
        error.contains(".config.toml.lock: it is a named pipe"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
}

#[cfg(unix)]
#[test]
fn read_only_file_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, FILE).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let error = save(&path, &Change::Add(vec![entry("c/flows/f/jobs/3")])).unwrap_err();
    assert!(
        error.to_string().contains("the file is read-only"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
}

/// Only root can give a file away, so that others cannot set up this test.
#[cfg(unix)]
#[test]
fn owner_and_group_are_kept() {
    use std::os::unix::fs::{MetadataExt, chown};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, FILE).unwrap();
    if chown(&path, Some(1234), Some(5678)).is_err() {
        return;
    }
    save(&path, &Change::Add(vec![entry("c/flows/f/jobs/3")])).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (1234, 5678));
}

#[test]
fn canceled_save_does_not_wait_for_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, FILE).unwrap();
    let lock = fs::File::create(folder.path().join(".config.toml.lock")).unwrap();
    lock.lock().unwrap();
    let change = Change::Add(vec![entry("c/flows/f/jobs/3")]);
    let error = save_unless_canceled(&path, &change, &|| true).unwrap_err();
    assert!(
        error.to_string().contains("canceled while another"),
        "{error}"
    );
    drop(lock);
    save_unless_canceled(&path, &change, &|| true).unwrap();
}
