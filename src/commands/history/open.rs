//! What the commands of the history share: opening it, and the flows that are
//! named.

use crate::commands::{CliError, output};
use crate::config::Config;
use crate::history::{HistoryAnswer, HistoryError, Opened, Store};
use crate::hotglue::FlowId;
use crate::runtime::history::HistoryStore;

/// Opens the history.
pub(super) fn open() -> Result<Store, CliError> {
    let opened = HistoryStore::OnDisk.open();
    let Opened { store, set_aside } = opened.map_err(history_error)?;
    if let Some(notice) = set_aside.and_then(|path| HistoryAnswer::SetAside(path).notice()) {
        output::note(&notice);
    }
    Ok(store)
}

/// The error of a command whose history fails.
#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
pub(super) fn history_error(error: HistoryError) -> CliError {
    CliError::Undetermined(error.to_string())
}

/// The flows that a command line names by id or by the name of a follow.
pub(super) fn flow_ids(config: &Config, named: &[String]) -> Result<Vec<FlowId>, CliError> {
    let mut flows = Vec::new();
    for name in named {
        let follows = config.follows.iter();
        let mut follows = follows
            .filter(|follow| follow.name.as_str() == name)
            .peekable();
        if follows.peek().is_some() {
            flows.extend(follows.map(|follow| follow.flow.clone()));
        } else {
            let flow = FlowId::parse(name);
            flows.push(flow.map_err(|error| CliError::Usage(format!("--flow: {error}")))?);
        }
    }
    Ok(flows)
}
