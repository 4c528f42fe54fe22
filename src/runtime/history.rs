//! Where the past is kept, for the commands that see something worth keeping.

use tokio::sync::mpsc;

use crate::app::Message;
use crate::config::Config;
use crate::history::{HistoryError, Observation, Recorder, Store, history_path};
use crate::terminal::Input;

/// Where the past is kept.
pub(crate) enum HistoryStore {
    /// In the person's folder for state.
    OnDisk,
    /// Nowhere beyond this run; it begins with these.
    InMemory(Vec<Observation>),
}

impl HistoryStore {
    /// As the config says.
    pub(crate) fn of(config: &Config) -> Self {
        if config.settings.history {
            Self::OnDisk
        } else {
            Self::InMemory(Vec::new())
        }
    }

    pub(crate) fn open(self) -> Result<Store, HistoryError> {
        match self {
            Self::InMemory(observations) => {
                let mut store = Store::in_memory()?;
                store.record(&observations)?;
                Ok(store)
            }
            Self::OnDisk => {
                let opened = Store::open(&history_path()?)?;
                if let Some(aside) = &opened.set_aside {
                    let aside = aside.display();
                    tracing::warn!("the history was damaged; it was put aside as {aside}");
                }
                Ok(opened.store)
            }
        }
    }
}

/// The recorder of a dashboard.
pub(crate) fn recorder(
    run_history: HistoryStore,
    messages: mpsc::UnboundedSender<Input>,
) -> Recorder {
    Recorder::start(
        move || run_history.open(),
        move |history_answered| {
            let _ = messages.send(Input::Message(Message::HistoryAnswer(history_answered)));
        },
    )
}
