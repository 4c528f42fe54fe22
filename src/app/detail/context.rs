//! What the detail pane reads of the dashboard.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::clock::clock_time;
use crate::app::environments::Environments;
use crate::app::input::{Action, KeyMap};
use crate::app::insights::RunHistory;
use crate::app::jobs::Row;
use crate::app::settings::EffectiveSettings;
use crate::rollout::{FlowBaseline, Forecast};

/// What the detail pane reads of the dashboard.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct DetailContext<'a> {
    /// The time of the last message.
    pub(in crate::app) now: Timestamp,
    /// The time to show, which is that of the freeze while there is one.
    pub(in crate::app) shown_now: Timestamp,
    pub(in crate::app) zone: &'a TimeZone,
    pub(in crate::app) environments: &'a Environments,
    pub(in crate::app) settings: &'a EffectiveSettings,
    pub(in crate::app) keymap: &'a KeyMap,
    pub(in crate::app) forecast: &'a Forecast,
    /// The earlier runs of the job's tenant and flow, where they are known.
    pub(in crate::app) runs: Option<&'a RunHistory>,
    /// Whether polling is paused.
    pub(in crate::app) paused: bool,
}

impl DetailContext<'_> {
    /// Formats a time for reading, in the user's time zone.
    pub(super) fn clock(&self, time: Timestamp) -> String {
        clock_time(time, self.now, self.zone)
    }

    /// The key to show for an action; `None` where none is bound to it.
    pub(super) fn key(&self, action: Action) -> Option<&str> {
        self.keymap.keys(action).first().map(String::as_str)
    }

    /// The baseline of a row's flow.
    pub(super) fn baseline(&self, row: &Row) -> Option<&FlowBaseline> {
        self.forecast.baseline(row.environment, row.selector.flow())
    }

    /// Whether glyphs beyond ASCII are used.
    pub(super) fn unicode(&self) -> bool {
        self.settings.appearance().unicode
    }
}
