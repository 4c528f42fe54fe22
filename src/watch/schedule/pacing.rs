//! Pacing: when a job is polled again after the outcome of a poll.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::backoff::{between, full_jitter};
use super::queue::Entry;
use crate::watch::request::PollOutcome;

/// The longest wait of a failing job, unless its interval is longer.
const MAX_BACKOFF: Duration = Duration::from_mins(2);
/// The interval of a failed or canceled job …
const FAILED_INTERVAL: Duration = Duration::from_mins(5);
/// … for this long, because the service may re-trigger it.
const FAILED_POLLED_FOR: Duration = Duration::from_hours(1);
/// The interval of a job that the service does not know, or refuses.
const REJECTED_INTERVAL: Duration = Duration::from_mins(1);

/// A finished poll of a job.
pub(super) struct Poll {
    pub(super) outcome: PollOutcome,
    pub(super) is_first: bool,
    pub(super) sent: Instant,
    pub(super) finished: Instant,
    /// The time before which the environment is not polled.
    pub(super) opens_at: Option<Instant>,
    /// The shortest interval of a listing call; zero for a status call.
    pub(super) min_interval: Duration,
}

/// Returns when a job is polled again; `None` for never.
pub(super) fn next_poll(entry: &Entry, poll: &Poll, rng: &mut Rng) -> Option<Instant> {
    let now = poll.finished;
    let interval = entry.interval.max(poll.min_interval);
    let due = match poll.outcome {
        PollOutcome::Completed => return None,
        PollOutcome::Failed => {
            let since = entry.finished_since.unwrap_or(now);
            if now.duration_since(since) >= FAILED_POLLED_FOR {
                return None;
            }
            now + between(rng, FAILED_INTERVAL, 0.95, 1.05)
        }
        // The jobs of a list start together. Half to one and a half intervals
        // later they are spread evenly.
        PollOutcome::Running if poll.is_first => poll.sent + between(rng, interval, 0.5, 1.5),
        PollOutcome::Running => poll.sent + between(rng, interval, 0.95, 1.05),
        PollOutcome::NotFound | PollOutcome::NoSuchPath | PollOutcome::Unauthorized => {
            let interval = if poll.min_interval.is_zero() {
                REJECTED_INTERVAL
            } else {
                REJECTED_INTERVAL.max(interval)
            };
            now + between(rng, interval, 0.95, 1.05)
        }
        PollOutcome::Error | PollOutcome::Unavailable => {
            let max = MAX_BACKOFF.max(interval);
            now + full_jitter(rng, interval, max, entry.failures)
        }
        PollOutcome::RateLimited(_) => {
            poll.opens_at.unwrap_or(now) + between(rng, interval, 0.0, 1.0)
        }
    };
    // A slow response must not be followed by the next request immediately.
    Some(due.max(now + interval / 10))
}
