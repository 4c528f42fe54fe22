//! What reaches a user who is not looking: which notifications are due, the
//! title of the window, and what changed while the user was away.

mod digest;
mod unseen_failures;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use digest::Digest;
use unseen_failures::UnseenFailures;

use crate::app::jobs::StateCounts;
use crate::config::NotifyOn;
use crate::hotglue::State;
use crate::rollout::{error_line, fingerprint};
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
    /// What the next notifications are about.
    digest: Digest,
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
    /// Failed jobs that the user has not acted on since they failed.
    unseen_failures: UnseenFailures,
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

/// A change of a job's state.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct StateChange<'a> {
    /// The job.
    pub(in crate::app) id: JobId,
    /// Its name.
    pub(in crate::app) name: &'a str,
    /// Its tenant.
    pub(in crate::app) tenant: &'a str,
    /// Its new state.
    pub(in crate::app) state: State,
    /// Its message; empty where it has none.
    pub(in crate::app) message: &'a str,
}

/// What changed while the user was away.
#[derive(Debug)]
pub(in crate::app) struct Absence {
    pub(in crate::app) duration: SignedDuration,
    pub(in crate::app) missed: BTreeSet<JobId>,
}

impl Alerts {
    /// The number of failed jobs that the user has not acted on since.
    pub(crate) fn unseen_failures(&self) -> usize {
        self.unseen_failures.len()
    }

    /// Failed jobs that the user has not acted on since, newest first.
    pub(in crate::app) fn newest_failures(&self) -> impl Iterator<Item = JobId> {
        self.unseen_failures.newest_first()
    }

    /// Whether a job failed and the user has not acted on it since.
    pub(crate) fn is_unseen(&self, id: JobId) -> bool {
        self.unseen_failures.contains(id)
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
        self.unseen_failures.remove(id);
    }

    /// Takes the row that shows a job from now on in place of another one.
    pub(in crate::app) fn replace(&mut self, from: JobId, to: JobId) {
        for jobs in [&mut self.missed, &mut self.unseen] {
            if jobs.remove(&from) {
                jobs.insert(to);
            }
        }
        self.unseen_failures.replace(from, to);
    }

    /// Records that the user has seen all failures.
    pub(in crate::app) fn mark_all_seen(&mut self) {
        self.unseen_failures.clear();
    }

    /// Records that a job changed its state at `now`.
    pub(in crate::app) fn record(
        &mut self,
        now: Timestamp,
        change: &StateChange,
        notify: &[NotifyOn],
    ) {
        let id = change.id;
        self.changed_since_all_finished = true;
        if self.away_since.is_some() {
            self.missed.insert(id);
        }
        let event = match change.state {
            State::Failed => NotifyOn::Failed,
            State::Completed => NotifyOn::Completed,
            State::Cancelled => NotifyOn::Cancelled,
            State::Queued | State::Running | State::Unknown => {
                self.mark_seen(id);
                return;
            }
        };
        if change.state == State::Failed {
            self.unseen_failures.add(id);
        } else {
            self.mark_seen(id);
        }
        if !notify.contains(&event) {
            return;
        }
        if event == NotifyOn::Failed {
            let fingerprint = fingerprint(change.message, change.tenant);
            let message = error_line(change.message);
            self.digest
                .add_failure(now, change.name, fingerprint, message);
        } else {
            self.digest.add_finished(now, change.name);
        }
    }

    /// Returns the notifications that are due: the digest after a
    /// pause, or immediately when all jobs have finished; at most once a
    /// second.
    pub(in crate::app) fn notifications(
        &mut self,
        now: Timestamp,
        counts: StateCounts,
        notify: &[NotifyOn],
    ) -> Vec<String> {
        let is_early = self
            .last_notification
            .is_some_and(|last| last <= now && now.duration_since(last) < NOTIFICATION_INTERVAL);
        let all_finished = counts.total() > 0
            && counts.finished() == counts.total()
            && self.changed_since_all_finished
            && notify.contains(&NotifyOn::Finished);
        let is_due = self.digest.due().is_some_and(|due| due <= now);
        if is_early || !(all_finished || is_due) {
            return Vec::new();
        }
        let mut texts = self.digest.take();
        if all_finished {
            self.changed_since_all_finished = false;
            texts.push(format!("all {} jobs finished", counts.total()));
        }
        self.last_notification = Some(now);
        texts
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

    /// When the digest is due.
    pub(in crate::app) fn next(&self) -> Option<Timestamp> {
        let due = self.digest.due()?;
        let earliest = self
            .last_notification
            .and_then(|last| last.checked_add(NOTIFICATION_INTERVAL).ok());
        Some(earliest.map_or(due, |earliest| due.max(earliest)))
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
}
