//! What overlays may read of the model. They import these parts and never the
//! model itself, which owns the open overlay.

use jiff::Timestamp;
use ratatui::layout::Size;

use crate::app::command_runs::CommandRuns;
use crate::app::environments::Environments;
use crate::app::input::{Action, KeyMap};
use crate::app::insights::EventLog;
use crate::app::jobs::{Jobs, View};
use crate::app::useful_actions::UsefulActions;
use crate::config::CustomCommand;

/// The parts of the model that an overlay may read. Built in one place,
/// `Model::overlay_context`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The time of the last message.
    pub(crate) now: Timestamp,
    /// The size of the window in cells.
    pub(crate) size: Size,
    /// The actions that are most useful without the overlay.
    pub(crate) useful: UsefulActions,
    /// The key map.
    pub(crate) keymap: &'a KeyMap,
    /// The jobs and how the table arranges them.
    pub(crate) jobs: &'a Jobs,
    /// The environments.
    pub(crate) environments: &'a Environments,
    /// The event log.
    pub(crate) events: &'a EventLog,
    /// The custom commands.
    pub(crate) commands: &'a [CustomCommand],
    /// The runs of custom commands.
    pub(crate) command_runs: &'a CommandRuns,
    /// The views.
    pub(crate) views: &'a [View],
}

impl Context<'_> {
    /// The key to show for an action; `None` where none is bound to it.
    pub(crate) fn key(&self, action: Action) -> Option<&str> {
        self.keymap.keys(action).first().map(String::as_str)
    }
}
