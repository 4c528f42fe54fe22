//! What reaches a user who is not looking: which notifications are due, the
//! title of the window, and what changed while the user was away.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::app::jobs::StateCounts;
use crate::config::NotifyOn;
use crate::hotglue::State;
use crate::watch::JobId;

/// The shortest time between two notifications.
const NOTIFICATION_INTERVAL: SignedDuration = SignedDuration::from_secs(1);
/// A user who was away for less than this missed nothing.
const MIN_AWAY: SignedDuration = SignedDuration::from_secs(60);
/// A longer gap between two messages means that the machine slept.
const SLEEP_GAP: SignedDuration = SignedDuration::from_mins(3);
/// How long after a sleep the first answers are awaited.
const WAKE_DELAY: SignedDuration = SignedDuration::from_secs(10);

/// What the user has not been notified of or has not seen yet.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    /// Names of failed jobs for the next notification.
    failed: Vec<String>,
    /// Names of other finished jobs for the next notification.
    finished: Vec<String>,
    /// Whether a job has changed since the user was notified that all jobs
    /// finished.
    changed_since_all_finished: bool,
    last_notification: Option<Timestamp>,
    /// What the title of the window says; `None` before it is set.
    title: Option<TitleCounts>,
    /// Since when the user has been away.
    away_since: Option<Timestamp>,
    /// Jobs that changed since that time.
    missed: BTreeSet<JobId>,
    /// Jobs that changed while the user was away the last time.
    unseen: BTreeSet<JobId>,
    /// Failed jobs that have not been selected since they failed, oldest first.
    unseen_failures: Vec<JobId>,
    last_message: Option<Timestamp>,
    /// When the machine woke from a sleep that is not reported yet.
    woke: Option<Timestamp>,
}

/// The counts in the title of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TitleCounts {
    failed: usize,
    finished: usize,
    total: usize,
}

impl TitleCounts {
    fn title(self) -> String {
        let Self {
            failed,
            finished,
            total,
        } = self;
        match (failed, total) {
            (_, 0) => "hgtop".to_owned(),
            (0, _) => format!("hgtop: {finished}/{total} finished"),
            (_, _) => format!("hgtop: {failed} failed, {finished}/{total} finished"),
        }
    }
}

/// What changed while the user was away.
#[derive(Debug)]
pub(in crate::app) struct Absence {
    pub(in crate::app) duration: SignedDuration,
    pub(in crate::app) missed: BTreeSet<JobId>,
}

impl Alerts {
    /// The number of failed jobs that have not been selected since.
    pub(crate) fn unseen_failures(&self) -> usize {
        self.unseen_failures.len()
    }

    /// Failed jobs that have not been selected since, newest first.
    pub(in crate::app) fn newest_failures(&self) -> impl Iterator<Item = JobId> {
        self.unseen_failures.iter().rev().copied()
    }

    /// The jobs that changed while the user was away the last time.
    pub(in crate::app) fn unseen(&self) -> &BTreeSet<JobId> {
        &self.unseen
    }

    /// Forgets the jobs that changed while the user was away. Returns whether
    /// there were any.
    pub(in crate::app) fn clear_unseen(&mut self) -> bool {
        !std::mem::take(&mut self.unseen).is_empty()
    }

    /// Records that the user has seen a job.
    pub(in crate::app) fn mark_seen(&mut self, id: JobId) {
        self.unseen_failures.retain(|failed| *failed != id);
    }

    /// Takes the row that shows a job from now on in place of another one.
    pub(in crate::app) fn replace(&mut self, from: JobId, to: JobId) {
        for jobs in [&mut self.missed, &mut self.unseen] {
            if jobs.remove(&from) {
                jobs.insert(to);
            }
        }
        let is_known = self.unseen_failures.contains(&to);
        self.unseen_failures
            .retain(|failed| *failed != from || !is_known);
        for failed in &mut self.unseen_failures {
            if *failed == from {
                *failed = to;
            }
        }
    }

    /// Records that the user has seen all failures.
    pub(in crate::app) fn mark_all_seen(&mut self) {
        self.unseen_failures.clear();
    }

    /// Records the transition of a job to a state.
    pub(in crate::app) fn record(
        &mut self,
        id: JobId,
        name: &str,
        state: State,
        notify: &[NotifyOn],
    ) {
        self.changed_since_all_finished = true;
        if self.away_since.is_some() {
            self.missed.insert(id);
        }
        let event = match state {
            State::Failed => NotifyOn::Failed,
            State::Completed => NotifyOn::Completed,
            State::Cancelled => NotifyOn::Cancelled,
            State::Queued | State::Running | State::Unknown => {
                self.mark_seen(id);
                return;
            }
        };
        if state == State::Failed {
            self.mark_seen(id);
            self.unseen_failures.push(id);
        }
        if notify.contains(&event) {
            let names = match event {
                NotifyOn::Failed => &mut self.failed,
                NotifyOn::Completed | NotifyOn::Cancelled | NotifyOn::Finished => {
                    &mut self.finished
                }
            };
            names.push(name.to_owned());
        }
    }

    /// Returns the notification that is due: at most one a second, about
    /// everything since the last one.
    pub(in crate::app) fn notification(
        &mut self,
        now: Timestamp,
        counts: StateCounts,
        notify: &[NotifyOn],
    ) -> Option<String> {
        let is_early = self
            .last_notification
            .is_some_and(|last| last <= now && now.duration_since(last) < NOTIFICATION_INTERVAL);
        let all_finished = counts.total() > 0
            && counts.finished() == counts.total()
            && self.changed_since_all_finished
            && notify.contains(&NotifyOn::Finished);
        if is_early || !(all_finished || self.has_pending()) {
            return None;
        }
        let mut parts = Vec::new();
        parts.extend(bundled(&std::mem::take(&mut self.failed), "failed"));
        parts.extend(bundled(&std::mem::take(&mut self.finished), "finished"));
        if all_finished {
            self.changed_since_all_finished = false;
            parts.push(format!("all {} jobs finished", counts.total()));
        }
        self.last_notification = Some(now);
        Some(parts.join("; "))
    }

    /// Returns the title of the window, if it has changed.
    pub(in crate::app) fn title(&mut self, counts: StateCounts) -> Option<String> {
        let counts = TitleCounts {
            failed: counts.of(State::Failed),
            finished: counts.finished(),
            total: counts.total(),
        };
        if self.title == Some(counts) {
            return None;
        }
        self.title = Some(counts);
        Some(counts.title())
    }

    /// When a notification that had to wait is due.
    pub(in crate::app) fn next(&self) -> Option<Timestamp> {
        if !self.has_pending() {
            return None;
        }
        self.last_notification?
            .checked_add(NOTIFICATION_INTERVAL)
            .ok()
    }

    /// Records that the window lost the focus.
    pub(in crate::app) fn leave(&mut self, now: Timestamp) {
        self.away_since.get_or_insert(now);
    }

    /// Records that the window has the focus again.
    pub(in crate::app) fn come_back(&mut self, now: Timestamp) -> Option<Absence> {
        let duration = now.duration_since(self.away_since.take()?);
        let missed = std::mem::take(&mut self.missed);
        if missed.is_empty() || duration < MIN_AWAY {
            return None;
        }
        self.unseen.clone_from(&missed);
        Some(Absence { duration, missed })
    }

    /// Records the time of a message. A long gap means that the machine slept,
    /// which is an absence too; it ends once the first answers are in.
    pub(in crate::app) fn on_message(&mut self, now: Timestamp) -> Option<Absence> {
        let last = self.last_message.replace(now);
        if last.is_some_and(|last| now.duration_since(last) > SLEEP_GAP) {
            self.woke = Some(now);
            self.away_since = self.away_since.or(last);
        }
        let woke = self.woke?;
        if now.duration_since(woke) < WAKE_DELAY {
            return None;
        }
        self.woke = None;
        self.come_back(now)
    }

    fn has_pending(&self) -> bool {
        !(self.failed.is_empty() && self.finished.is_empty())
    }
}

/// One or two jobs by name, more by their number.
fn bundled(names: &[String], state: &str) -> Option<String> {
    Some(match names {
        [] => return None,
        [name] => format!("{name} {state}"),
        [first, second] => format!("{first} and {second} {state}"),
        names => format!("{} jobs {state}", names.len()),
    })
}
