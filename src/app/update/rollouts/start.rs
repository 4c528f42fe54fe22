//! The start of a rollout, set on the dashboard.

use jiff::Timestamp;

use crate::app::config_edit::Undo;
use crate::app::detail::Severity;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::config::{Change, Follow};
use crate::watch::{EnvironmentId, FollowId};

impl Model {
    /// Starts the rollout of the selected row now.
    pub(in crate::app::update) fn start_rollout(&mut self) -> Vec<Effect> {
        let selected = self.jobs.selected().and_then(Row::latest_follow);
        let Some((id, followed)) = selected.and_then(|id| Some((id, self.follows.get(id)?))) else {
            let text = "no rollout to start: the selected job belongs to no followed flow";
            self.notify(Severity::Plain, text);
            return Vec::new();
        };
        let flow = followed.flow.clone();
        if !self.are_configured([flow.environment]) {
            return Vec::new();
        }
        // The whole second counts: runs are created in it after the key press.
        let now = Timestamp::from_second(self.now.as_second()).unwrap_or(self.now);
        let text = format!("rollout '{}' starts now", flow.name);
        self.changes.push_undo(Undo::Start(id, flow.since));
        let effects = self.set_start(id, flow, Some(now));
        self.notify_change(&text);
        effects
    }

    /// Undoes [`start_rollout`](Self::start_rollout).
    pub(in crate::app::update) fn restore_start(
        &mut self,
        id: FollowId,
        before: Option<Timestamp>,
    ) -> Vec<Effect> {
        let Some(flow) = self.follows.get(id).map(|followed| followed.flow.clone()) else {
            self.notify(
                Severity::Warning,
                "not undone: the flow is no longer followed",
            );
            return Vec::new();
        };
        let text = match before {
            Some(start) => {
                let start = self.clock(start);
                format!("undone: rollout '{}' started at {start}", flow.name)
            }
            None => format!("undone: '{}' has no start", flow.name),
        };
        let effects = self.set_start(id, flow, before);
        self.notify(Severity::Plain, text);
        effects
    }

    fn set_start(
        &mut self,
        id: FollowId,
        flow: Follow<EnvironmentId>,
        since: Option<Timestamp>,
    ) -> Vec<Effect> {
        let change = Change::SetStart(self.follow_entry(&flow), since);
        let started = self.set_follow(id, &Follow { since, ..flow });
        started.into_iter().chain(self.save(change).1).collect()
    }
}
