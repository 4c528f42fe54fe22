//! Saving changes beside the dashboard, one after the other.

use std::path::PathBuf;
use std::sync::mpsc as blocking;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use crate::app::Message;
use crate::config::{self, Change};
use crate::terminal::Input;

/// A thread that saves changes in the order they were made.
pub(crate) struct ConfigWriter {
    changes: blocking::Sender<(u64, Change)>,
    thread: Option<JoinHandle<()>>,
}

impl ConfigWriter {
    pub(crate) fn start(path: PathBuf, messages: mpsc::UnboundedSender<Input>) -> Self {
        let (changes, inbox) = blocking::channel::<(u64, Change)>();
        let write = move || {
            for (number, change) in inbox {
                let result = config::save(&path, &change).map_err(|error| error.to_string());
                if let Err(error) = &result {
                    tracing::error!(%error, "a change was not saved");
                }
                let _ = messages.send(Input::Message(Message::Saved(number, result)));
            }
        };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(write)
            .ok();
        Self { changes, thread }
    }

    pub(crate) fn save(&self, number: u64, change: Change) {
        let _ = self.changes.send((number, change));
    }

    /// Waits until all is saved that was asked for.
    pub(crate) fn finish(self) {
        drop(self.changes);
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
    }
}
