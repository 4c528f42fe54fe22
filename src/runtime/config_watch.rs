//! Noticing that the config file was changed by someone else.

use std::path::Path;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::app::Message;
use crate::config::{self, Overrides};
use crate::terminal::Input;

/// Editors write in several steps: the file is read once they are done.
const SETTLE: Duration = Duration::from_millis(150);

/// A file that is watched, until this is dropped.
pub(crate) struct ConfigWatch {
    _watcher: RecommendedWatcher,
}

/// Watches the file's folder, since many editors replace the file. Watching
/// ends when the answer is dropped.
pub(crate) fn start(
    path: &Path,
    overrides: Overrides,
    messages: mpsc::UnboundedSender<Input>,
) -> Option<ConfigWatch> {
    // Both the link and what it points to may be changed.
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let names: Vec<_> = [path, &real]
        .iter()
        .filter_map(|path| path.file_name().map(ToOwned::to_owned))
        .collect();
    let (sender, mut events) = mpsc::unbounded_channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let ours = |path: &std::path::PathBuf| {
            path.file_name()
                .is_some_and(|name| names.iter().any(|each| each == name))
        };
        if !event.kind.is_access() && event.paths.iter().any(ours) {
            let _ = sender.send(());
        }
    });
    let mut watcher = watcher
        .inspect_err(|error| tracing::warn!(%error, "the config file is not watched"))
        .ok()?;
    for each in [path, &real] {
        let folder = each
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
            tracing::warn!(%error, "the config file is not watched");
        }
    }
    let path = path.to_owned();
    tokio::spawn(async move {
        while events.recv().await.is_some() {
            while let Ok(Some(())) = timeout(SETTLE, events.recv()).await {}
            let (path, overrides) = (path.clone(), overrides.clone());
            let read = tokio::task::spawn_blocking(move || config::load(&path, &overrides));
            let Ok(result) = read.await else { return };
            let result = result.map(Box::new).map_err(|error| error.to_string());
            if messages
                .send(Input::Message(Message::Reloaded(result)))
                .is_err()
            {
                return;
            }
        }
    });
    Some(ConfigWatch { _watcher: watcher })
}
