//! A disk in memory that knows what a power failure leaves of it: synced
//! content, and the names up to any moment since their folder was synced.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::files::{Attributes, FileSystem, Lock, Version};

/// The most bytes that one write takes, so that a file needs several.
const WRITE_SIZE: usize = 100;

/// A file's content, and what of it is on the disk.
#[derive(Debug, Clone)]
struct Content {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    attributes: Attributes,
}

type Names = BTreeMap<PathBuf, usize>;

#[derive(Debug, Default)]
struct State {
    contents: Vec<Content>,
    names: Names,
    /// The names on the disk, then as they were after each change since.
    versions: Vec<Names>,
}

/// A disk in memory. See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct SimulatedDisk(RefCell<State>);

impl SimulatedDisk {
    /// A disk with one file, fully synced.
    pub(super) fn with_file(path: &Path, bytes: &[u8]) -> Self {
        let disk = Self::default();
        disk.add(path, bytes.to_vec());
        let mut state = disk.0.borrow_mut();
        state.versions = vec![state.names.clone()];
        drop(state);
        disk
    }

    /// The content of a file, as processes see it.
    pub(super) fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.0.borrow();
        Some(state.contents[*state.names.get(path)?].bytes.clone())
    }

    /// The paths of all files.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.0.borrow().names.keys().cloned().collect()
    }

    /// Every content of a file that a power failure now can leave.
    pub(super) fn after_power_failure(&self, path: &Path) -> Vec<Option<Vec<u8>>> {
        let state = self.0.borrow();
        let mut outcomes = Vec::new();
        for names in &state.versions {
            let Some(content) = names.get(path).map(|index| &state.contents[*index]) else {
                outcomes.push(None);
                continue;
            };
            outcomes.push(Some(content.synced.clone()));
            if content.bytes != content.synced {
                outcomes.push(Some(content.bytes.clone()));
                outcomes.push(Some(content.bytes[..content.bytes.len() / 2].to_vec()));
            }
        }
        outcomes
    }

    /// Replaces a file, as an editor does.
    pub(super) fn overwrite(&self, path: &Path, bytes: &[u8]) {
        self.add(path, bytes.to_vec());
        self.changed();
    }

    fn add(&self, path: &Path, synced: Vec<u8>) -> usize {
        let mut state = self.0.borrow_mut();
        let index = state.contents.len();
        state.contents.push(Content {
            bytes: synced.clone(),
            synced,
            attributes: Attributes {
                read_only: false,
                mode: 0o600,
                owner: (1000, 1000),
            },
        });
        state.names.insert(path.to_owned(), index);
        index
    }

    fn index(&self, path: &Path) -> io::Result<usize> {
        let found = self.0.borrow().names.get(path).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Remembers the names as they are after a change.
    fn changed(&self) {
        let mut state = self.0.borrow_mut();
        let names = state.names.clone();
        state.versions.push(names);
    }
}

impl FileSystem for SimulatedDisk {
    type File = usize;

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        self.index(path).map(|_| path.to_owned())
    }

    fn link_target(&self, _: &Path) -> io::Result<PathBuf> {
        Err(io::ErrorKind::InvalidInput.into())
    }

    fn open(&self, path: &Path) -> io::Result<usize> {
        self.index(path)
    }

    fn attributes(&self, file: &usize) -> io::Result<Attributes> {
        Ok(self.0.borrow().contents[*file].attributes)
    }

    fn version(&self, path: &Path) -> io::Result<Version> {
        let index = self.index(path)?;
        Ok(Version {
            number: index as u64,
            size: self.0.borrow().contents[index].bytes.len() as u64,
            modified: None,
        })
    }

    fn read(&self, file: &mut usize) -> io::Result<Vec<u8>> {
        Ok(self.0.borrow().contents[*file].bytes.clone())
    }

    fn check_writable(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<usize> {
        if self.index(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let index = self.add(path, Vec::new());
        self.changed();
        Ok(index)
    }

    fn set_owner(&self, file: &usize, attributes: Attributes) -> io::Result<()> {
        self.0.borrow_mut().contents[*file].attributes.owner = attributes.owner;
        Ok(())
    }

    fn set_permissions(&self, file: &usize, attributes: Attributes) -> io::Result<()> {
        self.0.borrow_mut().contents[*file].attributes.mode = attributes.mode;
        Ok(())
    }

    fn write(&self, file: &mut usize, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(WRITE_SIZE);
        let content = &mut self.0.borrow_mut().contents[*file];
        content.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn sync(&self, file: &usize) -> io::Result<()> {
        let content = &mut self.0.borrow_mut().contents[*file];
        content.synced.clone_from(&content.bytes);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let index = self.index(from)?;
        let mut state = self.0.borrow_mut();
        state.names.remove(from);
        state.names.insert(to.to_owned(), index);
        drop(state);
        self.changed();
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let index = self.index(from)?;
        if self.index(to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.0.borrow_mut().names.insert(to.to_owned(), index);
        self.changed();
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.versions = vec![state.names.clone()];
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.index(path)?;
        self.0.borrow_mut().names.remove(path);
        self.changed();
        Ok(())
    }

    fn open_lock(&self, path: &Path) -> io::Result<usize> {
        self.index(path).or_else(|_| self.create(path))
    }

    fn try_lock(&self, _: &usize) -> io::Result<Lock> {
        Ok(Lock::Held)
    }

    fn wait(&self, _: Duration) {}
}
