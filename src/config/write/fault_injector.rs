//! File operations that fail, or stop permanently, at a chosen one.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::files::{Attributes, FileSystem, Lock, Version};

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process ends: this operation and all later ones have no effect.
    Crash,
    /// The process ends after half of the bytes of a write.
    CrashInWrite,
    /// This operation fails with an error number.
    Error(i32),
    /// A write fails with an error number after half of its bytes.
    ErrorInWrite(i32),
    /// This operation and all later ones fail with an error number.
    ErrorFromHere(i32),
}

/// File operations with a fault in one of them.
pub(super) struct FaultInjector<'a, F> {
    inner: &'a F,
    /// The operation, counted from 1, and its fault.
    fault: Option<(usize, Fault)>,
    count: Cell<usize>,
    /// Runs before each operation, with its number.
    before_each: Option<&'a dyn Fn(usize)>,
    /// The operations so far, by name.
    pub(super) operations: RefCell<Vec<&'static str>>,
}

impl<'a, F: FileSystem> FaultInjector<'a, F> {
    pub(super) fn new(inner: &'a F, fault: Option<(usize, Fault)>) -> Self {
        Self {
            inner,
            fault,
            count: Cell::new(0),
            before_each: None,
            operations: RefCell::default(),
        }
    }

    pub(super) fn before_each(mut self, action: &'a dyn Fn(usize)) -> Self {
        self.before_each = Some(action);
        self
    }

    fn begin(&self, operation: &'static str) -> io::Result<()> {
        self.operations.borrow_mut().push(operation);
        let count = self.count.get() + 1;
        self.count.set(count);
        if let Some(action) = self.before_each {
            action(count);
        }
        let Some((number, fault)) = self.fault else {
            return Ok(());
        };
        match fault {
            Fault::Crash | Fault::CrashInWrite if count >= number => {
                Err(io::Error::other("crashed"))
            }
            Fault::Error(error) | Fault::ErrorInWrite(error) if count == number => {
                Err(io::Error::from_raw_os_error(error))
            }
            Fault::ErrorFromHere(error) if count >= number => {
                Err(io::Error::from_raw_os_error(error))
            }
            Fault::Crash
            | Fault::CrashInWrite
            | Fault::Error(_)
            | Fault::ErrorInWrite(_)
            | Fault::ErrorFromHere(_) => Ok(()),
        }
    }
}

impl<F: FileSystem> FileSystem for FaultInjector<'_, F> {
    type File = F::File;

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        self.begin("resolve")?;
        self.inner.resolve(path)
    }

    fn link_target(&self, path: &Path) -> io::Result<PathBuf> {
        self.begin("link_target")?;
        self.inner.link_target(path)
    }

    fn open(&self, path: &Path) -> io::Result<F::File> {
        self.begin("open")?;
        self.inner.open(path)
    }

    fn attributes(&self, file: &F::File) -> io::Result<Attributes> {
        self.begin("attributes")?;
        self.inner.attributes(file)
    }

    fn version(&self, path: &Path) -> io::Result<Version> {
        self.begin("version")?;
        self.inner.version(path)
    }

    fn read(&self, file: &mut F::File) -> io::Result<Vec<u8>> {
        self.begin("read")?;
        self.inner.read(file)
    }

    fn check_writable(&self, path: &Path) -> io::Result<()> {
        self.begin("check_writable")?;
        self.inner.check_writable(path)
    }

    fn create(&self, path: &Path) -> io::Result<F::File> {
        self.begin("create")?;
        self.inner.create(path)
    }

    fn set_owner(&self, file: &F::File, attributes: Attributes) -> io::Result<()> {
        self.begin("set_owner")?;
        self.inner.set_owner(file, attributes)
    }

    fn set_permissions(&self, file: &F::File, attributes: Attributes) -> io::Result<()> {
        self.begin("set_permissions")?;
        self.inner.set_permissions(file, attributes)
    }

    fn write(&self, file: &mut F::File, bytes: &[u8]) -> io::Result<usize> {
        let begun = self.begin("write");
        let is_in_write = matches!(
            self.fault,
            Some((number, Fault::CrashInWrite | Fault::ErrorInWrite(_)))
                if number == self.count.get()
        );
        if is_in_write {
            self.inner.write(file, &bytes[..bytes.len() / 2])?;
        }
        begun?;
        self.inner.write(file, bytes)
    }

    fn sync(&self, file: &F::File) -> io::Result<()> {
        self.begin("sync")?;
        self.inner.sync(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.begin("rename")?;
        self.inner.rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.begin("link")?;
        self.inner.link(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.begin("sync_folder")?;
        self.inner.sync_folder(folder)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.begin("remove")?;
        self.inner.remove(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<F::File> {
        self.begin("open_lock")?;
        self.inner.open_lock(path)
    }

    fn try_lock(&self, file: &F::File) -> io::Result<Lock> {
        self.begin("try_lock")?;
        self.inner.try_lock(file)
    }

    fn wait(&self, _: Duration) {}
}
