//! An environment as the task keeps it: its connection, its schedule and its
//! published status.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::hotglue::FetchError;
use crate::watch::rate_limiter::Limits;
use crate::watch::schedule::{CircuitState, Schedule};
use crate::watch::snapshot::EnvironmentStatus;

pub(super) struct Environment<S> {
    /// The connection; `None` until the first one.
    pub(super) service: Option<S>,
    pub(super) schedule: Schedule,
    status: EnvironmentStatus,
}

impl<S> Environment<S> {
    pub(super) fn new(seed: u64, is_paused: bool) -> Self {
        // Nothing is sent before it is connected, which sets the limits.
        let limits = Limits {
            requests_per_second: Some(1),
            concurrent_requests: 1,
        };
        let mut schedule = Schedule::new(limits, seed);
        schedule.pause(is_paused);
        Self {
            service: None,
            schedule,
            status: EnvironmentStatus::Closed,
        }
    }

    /// Derives the status from the circuit breaker and the error of the last
    /// request. Returns it where it changed.
    pub(super) fn update_status(
        &mut self,
        error: Option<&Arc<FetchError>>,
        now: Instant,
        time: Timestamp,
    ) -> Option<EnvironmentStatus> {
        let before = self.status.failure();
        let since = before.map_or(time, |(since, _)| since);
        // Another job's error may have come in between.
        let error = |is_cause: fn(&FetchError) -> bool| {
            error
                .filter(|error| is_cause(error))
                .or(before.map(|(_, error)| error))
                .cloned()
                .unwrap_or_else(|| Arc::new(FetchError::Internal))
        };
        let status = match self.schedule.circuit() {
            CircuitState::RateLimited(until) if until > now => EnvironmentStatus::RateLimited {
                until: wall_time(until, now, time),
            },
            CircuitState::Closed | CircuitState::RateLimited(_) => EnvironmentStatus::Closed,
            CircuitState::Unauthorized(next) => EnvironmentStatus::Unauthorized {
                since,
                error: error(FetchError::is_unauthorized),
                next: wall_time(next, now, time),
            },
            CircuitState::Outage(next) => EnvironmentStatus::Outage {
                since,
                error: error(FetchError::is_outage),
                next: wall_time(next, now, time),
            },
        };
        if status == self.status {
            return None;
        }
        self.status = status.clone();
        Some(status)
    }
}

/// Converts a time of the monotonic clock to wall clock time, given both times
/// of now.
pub(super) fn wall_time(at: Instant, now: Instant, time: Timestamp) -> Timestamp {
    let wait = SignedDuration::try_from(at.saturating_duration_since(now)).unwrap_or_default();
    time.checked_add(wait).unwrap_or(time)
}
