//! Saving changes of the config file beside the dashboard, in their order.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc as blocking;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::Message;
use crate::config::{self, Change};
use crate::terminal::Input;

/// A thread that saves changes in the order they were made.
pub(crate) struct ConfigWriter {
    changes: blocking::Sender<(u64, Change)>,
    /// Disconnects when the thread ends.
    ended: blocking::Receiver<()>,
    /// Whether hgtop is quitting and no longer waits for other processes.
    is_quitting: Arc<AtomicBool>,
    /// How many changes are not saved yet.
    pending: Arc<AtomicUsize>,
}

impl ConfigWriter {
    pub(crate) fn start(path: PathBuf, messages: mpsc::UnboundedSender<Input>) -> Self {
        let (changes, inbox) = blocking::channel::<(u64, Change)>();
        let (end, ended) = blocking::channel::<()>();
        let (is_quitting, pending) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let writer = Self {
            changes,
            ended,
            is_quitting: Arc::clone(&is_quitting),
            pending: Arc::clone(&pending),
        };
        let write = move || {
            let _end = end;
            for (number, change) in inbox {
                let is_canceled = || is_quitting.load(Ordering::Relaxed);
                let result = config::save_unless_canceled(&path, &change, &is_canceled)
                    .map_err(|error| error.to_string());
                if let Err(error) = &result {
                    tracing::error!(%error, "change not saved");
                }
                if result.is_ok() || !is_canceled() {
                    pending.fetch_sub(1, Ordering::SeqCst);
                }
                let _ = messages.send(Input::Message(Message::Saved(number, result)));
            }
        };
        if let Err(error) = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(write)
        {
            tracing::error!(%error, "changes are not saved");
        }
        writer
    }

    pub(crate) fn save(&self, number: u64, change: Change) {
        self.pending.fetch_add(1, Ordering::SeqCst);
        let _ = self.changes.send((number, change));
    }

    /// Saves what is pending, for at most `limit`, and returns how many
    /// changes were not saved.
    pub(crate) fn finish(self, limit: Duration) -> usize {
        drop(self.changes);
        let is_running =
            |timeout| self.ended.recv_timeout(timeout) == Err(blocking::RecvTimeoutError::Timeout);
        if is_running(limit * 3 / 4) {
            self.is_quitting.store(true, Ordering::Relaxed);
            is_running(limit / 4);
        }
        self.pending.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::*;
    use crate::config::JobEntryId;
    use crate::hotglue::JobRoot;

    fn removal(root: &str) -> Change {
        Change::Remove(vec![JobEntryId {
            environment: "dev".to_owned(),
            job_root: JobRoot::parse(root).unwrap(),
        }])
    }

    #[test]
    fn pending_changes_are_saved_before_the_writer_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let job = "[[jobs]]\njob_root = \"t/flows/f/jobs/1\"\n";
        fs::write(&path, format!("[environments.dev]\nenv_id = \"x\"\n{job}")).unwrap();
        let (messages, _inbox) = mpsc::unbounded_channel();
        let writer = ConfigWriter::start(path.clone(), messages);
        writer.save(1, removal("t/flows/f/jobs/1"));
        assert_eq!(writer.finish(Duration::from_mins(1)), 0);
        assert!(!fs::read_to_string(&path).unwrap().contains("[[jobs]]"));
    }

    #[test]
    fn locked_file_does_not_hold_up_quitting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "[environments.dev]\nenv_id = \"x\"\n").unwrap();
        let lock = fs::File::create(folder.path().join(".config.toml.lock")).unwrap();
        lock.lock().unwrap();
        let (messages, _inbox) = mpsc::unbounded_channel();
        let writer = ConfigWriter::start(path, messages);
        writer.save(1, removal("t/flows/f/jobs/1"));
        writer.save(2, removal("t/flows/f/jobs/2"));
        let start = Instant::now();
        assert_eq!(writer.finish(Duration::from_millis(400)), 2);
        assert!(start.elapsed() < Duration::from_secs(1));
    }
}
