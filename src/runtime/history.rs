//! Where the history is kept, and the recorder of a dashboard.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::Message;
use crate::config::Config;
use crate::history::{
    HistoryAnswer, HistoryError, Observation, Opened, Recorder, Store, history_path,
};
use crate::rollout::LearnedBaselines;
use crate::terminal::Input;

/// How long a command may take to close the history.
pub(crate) const CLOSE_LIMIT: Duration = Duration::from_millis(900);

/// Where the history is kept.
pub(crate) enum HistoryStore {
    /// In the user's folder for state.
    OnDisk,
    /// In memory, for this run only; it begins with these observations.
    InMemory(Vec<Observation>),
    /// In this file or on disk, and only read.
    ReadOnly(Option<PathBuf>),
    /// Opened before.
    Opened(Box<Store>),
}

impl HistoryStore {
    /// The place that a config sets.
    pub(crate) fn of(config: &Config) -> Self {
        if config.settings.history {
            Self::OnDisk
        } else {
            Self::InMemory(Vec::new())
        }
    }

    /// Opens the history.
    pub(crate) fn open(self) -> Result<Opened, HistoryError> {
        match self {
            Self::InMemory(observations) => {
                let mut store = Store::in_memory()?;
                store.record(&observations)?;
                Ok(Opened {
                    store,
                    set_aside: None,
                })
            }
            Self::OnDisk => Store::open(&history_path()?),
            Self::ReadOnly(file) => {
                let path = file.map_or_else(history_path, Ok)?;
                Ok(Opened {
                    store: Store::open_read_only(&path)?,
                    set_aside: None,
                })
            }
            Self::Opened(store) => Ok(Opened {
                store: *store,
                set_aside: None,
            }),
        }
    }

    /// Starts the recorder of a command, which passes on what the user should
    /// know, and the baselines that it is queried for.
    pub(crate) fn record(
        self,
        notify: impl Fn(&str) + Send + 'static,
    ) -> (Recorder, mpsc::UnboundedReceiver<LearnedBaselines>) {
        let (learned, baselines) = mpsc::unbounded_channel();
        let recorder = Recorder::start(
            move || self.open(),
            move |answer| {
                if let Some(notice) = answer.notice() {
                    notify(&notice);
                }
                if let HistoryAnswer::PastRuns { flows, forecasts } = answer {
                    // It fails only after the command ended.
                    let _ = learned.send(LearnedBaselines::new(&flows, &forecasts));
                }
            },
        );
        (recorder, baselines)
    }
}

/// What to report of observations that were not saved; `None` for none.
pub(crate) fn unsaved_notice(observations: usize) -> Option<String> {
    match observations {
        0 => None,
        1 => Some("1 status change was not recorded in the history".to_owned()),
        count => Some(format!(
            "{count} status changes were not recorded in the history"
        )),
    }
}

/// The recorder of a dashboard.
pub(crate) fn recorder(history: HistoryStore, messages: mpsc::UnboundedSender<Input>) -> Recorder {
    Recorder::start(
        move || history.open(),
        move |answer| {
            // Here, because it takes long for many runs.
            let message = Message::of_history(answer);
            let _ = messages.send(Input::Message(message));
        },
    )
}
