//! How long a job may wait for its next poll.

use std::time::Duration;

use tokio::time::Instant;

use super::super::service::TIMEOUT;
use super::{Ledger, Outcome, Poll, SECOND};

/// The longest time between two polls of a failing job, unless its interval is
/// longer; with jitter.
const LONGEST_BACKOFF: Duration = Duration::from_secs(126);
/// A failed job is polled again this often, for an hour; with jitter.
const SECOND_LOOK: Duration = Duration::from_secs(315);
/// Jobs with at least this interval are polled as usual although the service
/// was down for a moment, unless the rate limit leaves no time to catch up.
const LONG: Duration = Duration::from_mins(10);
const SECOND_LOOKS_FOR: Duration = Duration::from_hours(1);

impl Ledger {
    /// Checks that no job has waited too long for its next poll.
    pub(crate) fn check_all(&mut self) {
        let now = Instant::now();
        let names: Vec<_> = self.polls.keys().cloned().collect();
        for name in names {
            self.check_poll(&name, now);
        }
    }

    pub(super) fn check_poll(&mut self, name: &str, now: Instant) {
        let Some((waited, most)) = self.overdue(name, now) else {
            return;
        };
        let problem = format!("{name} waited {waited:?} for its next poll, {most:?} allowed");
        self.violate(problem);
    }

    /// For how long a job has waited for its next poll, if that is too long,
    /// and for how long it may.
    fn overdue(&self, name: &str, now: Instant) -> Option<(Duration, Duration)> {
        let poll = self.polls.get(name)?;
        if self.excuses > 0 || self.is_paused || poll.row.is_none() || !poll.flights.is_empty() {
            return None;
        }
        let stretched = self.stretched(poll);
        let mut since = poll.last.max(self.excused_until);
        if stretched != poll.interval || stretched < LONG {
            if self.blips > 0 {
                return None;
            }
            since = since.max(self.blip_until);
        }
        let waited = now.saturating_duration_since(since);
        if let Some(most) = self.most_in_view(name, poll)
            && now.saturating_duration_since(since.max(self.first_since)) > most
        {
            return Some((waited, most));
        }
        let most = match poll.outcome {
            Outcome::Pending | Outcome::Running => 2 * stretched,
            Outcome::Error => 2 * stretched + LONGEST_BACKOFF.max(poll.interval),
            Outcome::Failed if poll.last.duration_since(poll.failed?) < SECOND_LOOKS_FOR => {
                2 * stretched + SECOND_LOOK
            }
            Outcome::Failed | Outcome::Completed => return None,
        };
        (waited > most).then_some((waited, most))
    }

    /// The longest wait of a job on the screen. A quarter of the polls are for
    /// such jobs, for new and for failing ones, which take turns.
    fn most_in_view(&self, name: &str, poll: &Poll) -> Option<Duration> {
        let is_in_view = self.first.contains(name) && poll.outcome == Outcome::Running;
        let requests = u32::try_from(self.first.len() + 1).unwrap_or(u32::MAX);
        // A tenant of a followed flow has a listing call, too.
        (is_in_view && !poll.is_listing).then(|| 2 * poll.interval + 12 * self.once(2 * requests))
    }

    /// The time in which a number of requests can be sent.
    pub(super) fn once(&self, requests: u32) -> Duration {
        let rate = u32::try_from(self.rate).unwrap_or(u32::MAX);
        let concurrency = u32::try_from(self.concurrency).unwrap_or(u32::MAX);
        let in_turn = 2 * self.latency * requests.div_ceil(concurrency);
        (SECOND * requests.div_ceil(rate)).max(in_turn + self.hanging_for())
    }

    /// For how long jobs that hang leave no slot for others, if each of them is
    /// polled once. Where one slot is left, the others are polled through it.
    fn hanging_for(&self) -> Duration {
        let takes_every_slot = self.hanging as usize >= self.concurrency;
        if takes_every_slot {
            TIMEOUT * self.hanging
        } else {
            Duration::ZERO
        }
    }

    /// The time in which a job is polled once, given the limits.
    fn stretched(&self, poll: &Poll) -> Duration {
        let (watched, listings) = self.watched;
        // Besides its listing calls, a followed tenant has a job.
        let requests = watched + listings;
        let rate = u32::try_from(self.rate).unwrap_or(u32::MAX);
        let interval = if poll.is_listing {
            poll.interval
                .max(Duration::from_secs(30))
                .max(SECOND * (2 * listings / rate))
        } else {
            poll.interval
        };
        interval.max(self.once(requests))
    }
}
