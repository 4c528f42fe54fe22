//! What a person is told of who may not be looking: notifications, the
//! window's title, the command of `on_change`, and what happened while they
//! were away.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::app::detail::Severity;
use crate::app::input::{Action, Step};
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::config::NotifyOn;
use crate::hotglue::{State, elapsed};
use crate::watch::{JobId, Transition};

/// No more than one notification in this time.
const APART: SignedDuration = SignedDuration::from_secs(1);
/// Away for less than this is not away.
const AWAY: SignedDuration = SignedDuration::from_secs(60);
/// A gap this long between two messages is a machine that slept.
const SLEPT: SignedDuration = SignedDuration::from_mins(3);

/// After this long the first answers are in.
const SETTLED: SignedDuration = SignedDuration::from_secs(10);

/// What waits to be told, and what was missed.
#[derive(Debug, Default)]
pub struct Alerts {
    failed: Vec<String>,
    ended: Vec<String>,
    /// Whether it would be news that all jobs are done.
    done_is_news: bool,
    last: Option<Timestamp>,
    title: String,
    /// Since when the person looks elsewhere.
    away_since: Option<Timestamp>,
    /// Jobs that changed meanwhile.
    missed: BTreeSet<JobId>,
    /// What `n` walks, after a return.
    pub(super) walk: BTreeSet<JobId>,
    /// The failures that were not looked at yet.
    pub(super) unseen: BTreeSet<JobId>,
    /// When something happened last.
    awake: Option<Timestamp>,
    /// When the machine woke from a sleep that was not told of yet.
    woke: Option<Timestamp>,
}

impl Alerts {
    /// Failures that came up and were not looked at yet.
    pub fn unseen_failures(&self) -> usize {
        self.unseen.len()
    }

    /// When there is something to be told that had to wait.
    pub(super) fn next(&self) -> Option<Timestamp> {
        if self.failed.is_empty() && self.ended.is_empty() {
            return None;
        }
        self.last?.checked_add(APART).ok()
    }
}

/// The command of `on_change`, and what it is to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Variables, by name.
    pub variables: Vec<(&'static str, String)>,
}

impl Model {
    /// Notes a change of status for whoever should hear of it.
    pub(super) fn note_transition(&mut self, transition: &Transition) -> Option<Effect> {
        let row = self.jobs.get(transition.id)?;
        let state = transition.to.state();
        // What was so before hgtop looked is no news.
        let is_news = transition.from.is_some() || transition.is_new_run;
        if !is_news {
            return None;
        }
        let name = row.name.one_line();
        let hook = self.hook(row, transition);
        let alerts = &mut self.alerts;
        alerts.done_is_news = true;
        if alerts.away_since.is_some() {
            alerts.missed.insert(transition.id);
        }
        let wanted = match state {
            State::Failed => NotifyOn::Failed,
            State::Completed => NotifyOn::Completed,
            State::Cancelled => NotifyOn::Cancelled,
            State::Queued | State::Running | State::Unknown => {
                alerts.unseen.remove(&transition.id);
                return hook;
            }
        };
        if state == State::Failed {
            alerts.unseen.insert(transition.id);
        }
        if self.settings.notify().contains(&wanted) {
            let told = match state {
                State::Failed => &mut alerts.failed,
                _ => &mut alerts.ended,
            };
            told.push(name);
        }
        hook
    }

    fn hook(&self, row: &Row, transition: &Transition) -> Option<Effect> {
        let command = self.settings.on_change();
        if command.is_empty() {
            return None;
        }
        let text = |text: Option<String>| text.unwrap_or_default();
        let message = transition.job.message.as_ref();
        Some(Effect::Run(Hook {
            command: command.to_vec(),
            variables: vec![
                ("HGTOP_JOB", row.name.one_line()),
                ("HGTOP_STATUS", transition.to.to_string()),
                (
                    "HGTOP_PREVIOUS",
                    text(transition.from.as_ref().map(ToString::to_string)),
                ),
                ("HGTOP_TENANT", row.tenant().to_owned()),
                ("HGTOP_FLOW", row.flow().to_owned()),
                (
                    "HGTOP_JOB_ROOT",
                    transition.address.job_root.as_str().to_owned(),
                ),
                ("HGTOP_MESSAGE", text(message.map(ToString::to_string))),
            ],
        }))
    }

    /// What is to be told now: at most one notification a second, bundled, and
    /// the window's title where it changed.
    pub(super) fn notification(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let now = self.now;
        let counts = self.jobs.counts();
        let all_done = counts.total() > 0 && counts.finished() == counts.total();
        let alerts = &mut self.alerts;
        let waits = alerts
            .last
            .is_some_and(|last| now.duration_since(last) < APART && last <= now);
        let done =
            all_done && alerts.done_is_news && self.settings.notify().contains(&NotifyOn::Done);
        let news = done || !alerts.failed.is_empty() || !alerts.ended.is_empty();
        if news && !waits {
            let mut words = Vec::new();
            words.extend(bundled(&std::mem::take(&mut alerts.failed), "failed"));
            words.extend(bundled(&std::mem::take(&mut alerts.ended), "ended"));
            if done {
                alerts.done_is_news = false;
                words.push(format!("all {} jobs are done", counts.total()));
            }
            alerts.last = Some(now);
            effects.push(Effect::Notification(words.join("; ")));
        }
        let failed = counts.of(State::Failed);
        let title = match (failed, counts.total()) {
            (_, 0) => "hgtop".to_owned(),
            (0, total) => format!("hgtop: {}/{total} done", counts.finished()),
            (failed, total) => {
                format!("hgtop: {failed} failed, {}/{total} done", counts.finished())
            }
        };
        if alerts.title != title {
            alerts.title.clone_from(&title);
            effects.push(Effect::Title(title));
        }
        effects
    }

    /// The window got or lost the person's attention.
    pub(super) fn focus(&mut self, has_it: bool) {
        if !has_it {
            self.alerts.away_since.get_or_insert(self.now);
            return;
        }
        self.come_back();
    }

    /// A long gap in time is a machine that slept: then, too, something may
    /// have been missed. It is told once the first answers are in.
    pub(super) fn notice_sleep(&mut self) {
        let now = self.now;
        let alerts = &mut self.alerts;
        let before = alerts.awake.replace(now);
        if before.is_some_and(|before| now.duration_since(before) > SLEPT) {
            alerts.woke = Some(now);
            alerts.away_since = alerts.away_since.or(before);
        }
        if alerts
            .woke
            .is_some_and(|woke| now.duration_since(woke) >= SETTLED)
        {
            alerts.woke = None;
            self.come_back();
        }
    }

    fn come_back(&mut self) {
        let Some(since) = self.alerts.away_since.take() else {
            return;
        };
        let missed = std::mem::take(&mut self.alerts.missed);
        let away = self.now.duration_since(since);
        if missed.is_empty() || away < AWAY {
            return;
        }
        let count = |wanted: &dyn Fn(State) -> bool| {
            let rows = missed.iter().filter_map(|key| self.jobs.get(*key));
            rows.filter(|row| wanted(row.state())).count()
        };
        let completed = count(&|state| state == State::Completed);
        let failed = count(&|state| matches!(state, State::Failed | State::Cancelled));
        let under_way = missed.len() - completed - failed;
        let parts: Vec<String> = [
            (failed, "failed"),
            (completed, "completed"),
            (under_way, "went on"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
        let key = self.keymap.keys(Action::Failure(Step::Next));
        let words = format!(
            "{} away: {} ({} walks them, esc ends that)",
            elapsed(away),
            parts.join(", "),
            key.first().map_or("n", String::as_str)
        );
        let severity = if failed > 0 {
            Severity::Bad
        } else {
            Severity::Plain
        };
        self.notify_for(SignedDuration::from_secs(30), severity, words);
        self.alerts.walk = missed;
    }
}

fn bundled(names: &[String], what: &str) -> Option<String> {
    Some(match names {
        [] => return None,
        [one] => format!("{one} {what}"),
        [one, other] => format!("{one} and {other} {what}"),
        many => format!("{} jobs {what}", many.len()),
    })
}
