//! Notices that the config file was changed by another program, and reads it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::app::Message;
use crate::config::{self, Overrides};
use crate::terminal::Input;

/// Editors write in several steps: the file is read after this time without a
/// change …
const SETTLE: Duration = Duration::from_millis(150);
/// … and after this time at the latest.
const MAX_SETTLE: Duration = Duration::from_millis(500);

/// A config file that is watched until this is dropped.
pub(crate) struct ConfigWatch {
    _watcher: RecommendedWatcher,
}

/// Watches a config file and sends [`Message::Reloaded`] after each change.
/// Returns `None` where files cannot be watched.
pub(crate) fn start(
    path: &Path,
    overrides: Overrides,
    messages: mpsc::UnboundedSender<Input>,
) -> Option<ConfigWatch> {
    // Both a symbolic link and its target may change.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let names: Vec<_> = [path, &target]
        .iter()
        .filter_map(|path| path.file_name().map(ToOwned::to_owned))
        .collect();
    let (sender, changes) = mpsc::unbounded_channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let is_config = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|file| names.iter().any(|name| name == file))
        };
        if !event.kind.is_access() && event.paths.iter().any(is_config) {
            let _ = sender.send(());
        }
    });
    let mut watcher = watcher
        .inspect_err(|error| tracing::warn!(%error, "config file not watched"))
        .ok()?;
    for path in [path, &target] {
        // The folder, since many editors replace the file.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
            tracing::warn!(%error, "config file not watched");
        }
    }
    tokio::spawn(reload(path.to_owned(), overrides, changes, messages));
    Some(ConfigWatch { _watcher: watcher })
}

async fn reload(
    path: PathBuf,
    overrides: Overrides,
    mut changes: mpsc::UnboundedReceiver<()>,
    messages: mpsc::UnboundedSender<Input>,
) {
    while changes.recv().await.is_some() {
        let settled = async { while let Ok(Some(())) = timeout(SETTLE, changes.recv()).await {} };
        let _ = timeout_at(Instant::now() + MAX_SETTLE, settled).await;
        let (path, overrides) = (path.clone(), overrides.clone());
        let load = tokio::task::spawn_blocking(move || config::load(&path, &overrides));
        let Ok(result) = load.await else { return };
        let result = result.map(Box::new).map_err(|error| error.to_string());
        let reloaded = Input::Message(Message::Reloaded(result));
        if messages.send(reloaded).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn watch(path: &Path) -> (ConfigWatch, mpsc::UnboundedReceiver<Input>) {
        let (messages, inbox) = mpsc::unbounded_channel();
        let watch = start(path, Overrides::default(), messages).unwrap();
        (watch, inbox)
    }

    async fn reloaded(inbox: &mut mpsc::UnboundedReceiver<Input>) -> bool {
        let limit = Duration::from_secs(20);
        match timeout(limit, inbox.recv()).await.expect("no reload") {
            Some(Input::Message(Message::Reloaded(result))) => result.is_ok(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn file_is_read_again_after_it_was_replaced_or_broken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "# one\n").unwrap();
        let (_watch, mut inbox) = watch(&path);
        let other = folder.path().join("other");
        fs::write(&other, "# two\n").unwrap();
        fs::rename(other, &path).unwrap();
        assert!(reloaded(&mut inbox).await);
        fs::write(&path, "theme = ").unwrap();
        while reloaded(&mut inbox).await {}
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn file_that_never_stops_changing_is_read_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "# one\n").unwrap();
        let (_watch, mut inbox) = watch(&path);
        let is_read = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&is_read);
        let writer = tokio::task::spawn_blocking(move || {
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            while !stop.load(Ordering::SeqCst) {
                file.write_all(b"# more\n").unwrap();
                std::thread::sleep(SETTLE / 10);
            }
        });
        assert!(reloaded(&mut inbox).await);
        is_read.store(true, Ordering::SeqCst);
        writer.await.unwrap();
    }
}
