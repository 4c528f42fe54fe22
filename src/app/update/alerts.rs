//! Notifications, the title of the window, the command of `on_change`, and the
//! summary after an absence.

use jiff::SignedDuration;

use crate::app::alerts::{Absence, StateChange};
use crate::app::detail::Severity;
use crate::app::input::{Action, Step};
use crate::app::jobs::Row;
use crate::app::message::{Effect, Hook};
use crate::app::model::Model;
use crate::hotglue::{State, Text, elapsed};
use crate::watch::Transition;

/// How long the summary after an absence is shown.
const SUMMARY_TIME: SignedDuration = SignedDuration::from_secs(30);

impl Model {
    /// Records a transition for notifications. Returns the command to run, if
    /// one is configured.
    pub(super) fn record_transition(&mut self, transition: &Transition) -> Option<Effect> {
        let row = self.jobs.get(transition.id)?;
        // The first answer about a job is no transition that happened now.
        if transition.from.is_none() && !transition.is_new_run {
            return None;
        }
        let hook = self.hook(row, transition);
        if row.is_not_started() {
            return hook;
        }
        let message = transition.job.message.as_ref();
        let change = StateChange {
            id: row.id,
            name: &row.name.one_line(),
            tenant: row.tenant(),
            state: transition.to.state(),
            message: message.map_or("", Text::as_str),
        };
        self.alerts
            .record(self.now, &change, self.settings.notify());
        hook
    }

    fn hook(&self, row: &Row, transition: &Transition) -> Option<Effect> {
        let command = self.settings.on_change();
        if command.is_empty() {
            return None;
        }
        let message = transition.job.message.as_ref();
        let previous = transition.from.as_ref();
        Some(Effect::Run(Hook {
            command: command.to_vec(),
            variables: vec![
                ("HGTOP_JOB", row.name.one_line()),
                ("HGTOP_STATUS", transition.to.to_string()),
                (
                    "HGTOP_PREVIOUS",
                    previous.map(ToString::to_string).unwrap_or_default(),
                ),
                ("HGTOP_TENANT", row.tenant().to_owned()),
                ("HGTOP_FLOW", row.flow().to_owned()),
                ("HGTOP_JOB_ROOT", transition.address.job_root.to_string()),
                (
                    "HGTOP_MESSAGE",
                    message.map(Text::to_string).unwrap_or_default(),
                ),
            ],
        }))
    }

    /// The notifications that are due, and the title where it has changed.
    pub(super) fn due_alerts(&mut self) -> Vec<Effect> {
        let counts = self.jobs.counts();
        let notifications = self
            .alerts
            .notifications(self.now, counts, self.settings.notify());
        let title = self.alerts.title(counts);
        let notifications = notifications.into_iter().map(Effect::Notification);
        notifications.chain(title.map(Effect::Title)).collect()
    }

    /// Records that the window got or lost the focus.
    pub(super) fn set_focus(&mut self, has_focus: bool) {
        if !has_focus {
            self.alerts.leave(self.now);
        } else if let Some(absence) = self.alerts.come_back(self.now) {
            self.summarize(&absence);
        }
    }

    /// Records that a message arrived, to notice when the machine slept.
    pub(super) fn notice_sleep(&mut self) {
        if let Some(absence) = self.alerts.on_message(self.now) {
            self.summarize(&absence);
        }
    }

    fn summarize(&mut self, absence: &Absence) {
        let count = |wanted: &dyn Fn(State) -> bool| {
            let rows = absence.missed.iter().filter_map(|id| self.jobs.get(*id));
            rows.filter(|row| wanted(row.state())).count()
        };
        let failed = count(&|state| matches!(state, State::Failed | State::Cancelled));
        let completed = count(&|state| state == State::Completed);
        let parts: Vec<String> = [
            (failed, "failed"),
            (completed, "completed"),
            (absence.missed.len() - failed - completed, "changed"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, change)| format!("{count} {change}"))
        .collect();
        let keys = [Action::Failure(Step::Next), Action::Back];
        let [next, back] = keys.map(|action| self.keymap.keys(action).first());
        let hint = match (next, back) {
            (Some(next), Some(back)) => format!(" ({next} for the next, {back} to finish)"),
            (Some(next), None) => format!(" ({next} for the next)"),
            (None, _) => String::new(),
        };
        let text = format!(
            "while you were away ({}): {}{hint}",
            elapsed(absence.duration),
            parts.join(", "),
        );
        let severity = if failed > 0 {
            Severity::Bad
        } else {
            Severity::Plain
        };
        self.notify_for(SUMMARY_TIME, severity, text);
    }
}
