//! What overlays may read of the model. They import these parts and never the
//! model itself, which owns the open overlay.

use jiff::Timestamp;

use crate::app::command_runs::CommandRuns;
use crate::app::environments::Environments;
use crate::app::input::{Action, KeyMap};
use crate::app::insights::EventLog;
use crate::app::jobs::{Jobs, View};
use crate::app::settings::EffectiveSettings;
use crate::config::CustomCommand;

/// The parts of the model that an overlay may read. Built in one place,
/// `Model::overlay_context`.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The time of the last message.
    pub now: Timestamp,
    /// The height of the window in lines.
    pub height: u16,
    /// The key map.
    pub keymap: &'a KeyMap,
    /// The jobs and how the table arranges them.
    pub jobs: &'a Jobs,
    /// The environments.
    pub environments: &'a Environments,
    /// The settings in effect.
    pub settings: &'a EffectiveSettings,
    /// The event log.
    pub events: &'a EventLog,
    /// The custom commands.
    pub commands: &'a [CustomCommand],
    /// The runs of custom commands.
    pub command_runs: &'a CommandRuns,
    /// The views.
    pub views: &'a [View],
}

impl Context<'_> {
    /// The key to show for an action; `None` where none is bound to it.
    pub fn key(&self, action: Action) -> Option<&str> {
        self.keymap.keys(action).first().map(String::as_str)
    }
}
