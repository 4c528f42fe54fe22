//! The circuit breaker: whether an environment as a whole can be polled.
//!
//! One failing job says nothing about the others. An environment is therefore
//! considered unauthorized, or down, only when several different jobs failed
//! that way in a row and no poll succeeded in between. Pure: time and random
//! numbers are parameters.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::backoff::full_jitter;
use crate::watch::request::{PollOutcome, PollRequest};

/// The jobs that must be refused in a row, or all where there are fewer.
const REFUSED_JOBS: usize = 3;
/// The time between two probes while the API key is refused.
const UNAUTHORIZED_PROBE: Duration = Duration::from_mins(1);
/// The failures in a row that count as an outage …
const OUTAGE_FAILURES: u32 = 3;
/// … if they concern at least this number of different jobs.
const OUTAGE_JOBS: usize = 2;
/// The longest time between two probes during an outage.
const OUTAGE_PROBE: Duration = Duration::from_secs(30);
/// The longest wait after a 429 that does not say how long to wait.
const MAX_RATE_LIMIT: Duration = Duration::from_mins(1);
/// The shortest wait after a 429.
const MIN_RATE_LIMIT: Duration = Duration::from_millis(50);
const SECOND: Duration = Duration::from_secs(1);

/// The state of an environment's circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CircuitState {
    /// Every job is polled when it is due.
    Closed,
    /// The service limits the rate: no request is sent until then.
    RateLimited(Instant),
    /// The API key is refused: one request is sent as a probe, at that time.
    Unauthorized(Instant),
    /// The service is down: one request at a time is sent as a probe, the next
    /// one at that time.
    Outage(Instant),
}

/// The requests that a circuit breaker admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Any.
    All,
    /// Any, from a time on.
    NotBefore(Instant),
    /// One request at a time, not before a time.
    OneProbe(Instant),
}

/// A finished poll.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FinishedPoll {
    pub(crate) request: PollRequest,
    pub(crate) outcome: PollOutcome,
    /// The requests that are still in flight.
    pub(crate) in_flight: usize,
}

/// The jobs of an environment. Only failures ask for them, because counting
/// takes time.
pub(crate) trait PolledJobs {
    /// Returns the number of different jobs that are polled, counted up to
    /// `limit`.
    fn polled_jobs(&self, limit: usize) -> usize;

    /// Returns the shortest interval of a job.
    fn shortest_interval(&self) -> Option<Duration>;
}

/// Failures in a row without a success in between.
#[derive(Debug, Default)]
struct Streak {
    failures: u32,
    /// The first of the different jobs that failed.
    jobs: Vec<PollRequest>,
}

impl Streak {
    fn add(&mut self, request: PollRequest) {
        self.failures = self.failures.saturating_add(1);
        let is_known = self.jobs.iter().any(|job| job.is_same_job(request));
        if !is_known && self.jobs.len() < REFUSED_JOBS {
            self.jobs.push(request);
        }
    }

    fn forget(&mut self, request: PollRequest) {
        self.jobs.retain(|job| !job.is_same_job(request));
    }

    fn clear(&mut self) {
        self.failures = 0;
        self.jobs.clear();
    }
}

/// The circuit breaker of one environment. See the module's documentation.
#[derive(Debug)]
pub(crate) struct CircuitBreaker {
    state: CircuitState,
    /// Whether nothing in flight can still disprove the state.
    is_confirmed: bool,
    /// Whether the API key was accepted and has not been refused since.
    is_accepted: bool,
    refusals: Streak,
    outages: Streak,
    /// Rate limits in a row.
    rate_limits: u32,
    /// Whether refusals concern their jobs once the API key was accepted.
    trusts_accepted: bool,
}

impl CircuitBreaker {
    pub(crate) fn new() -> Self {
        Self {
            state: CircuitState::Closed,
            is_confirmed: false,
            is_accepted: false,
            refusals: Streak::default(),
            outages: Streak::default(),
            rate_limits: 0,
            trusts_accepted: false,
        }
    }

    /// Creates the circuit breaker of jobs that are each polled once. A job that
    /// is not polled now never is, so that an API key that was accepted for one
    /// job is tried for every other one.
    pub(crate) fn for_single_polls() -> Self {
        Self {
            trusts_accepted: true,
            ..Self::new()
        }
    }

    /// Returns the state for display. Until it is certain that a failure
    /// concerns the whole environment, that is closed.
    pub(crate) fn state(&self) -> CircuitState {
        match self.state {
            CircuitState::Unauthorized(_) | CircuitState::Outage(_) if !self.is_confirmed => {
                CircuitState::Closed
            }
            state => state,
        }
    }

    /// Returns which requests may be sent.
    pub(crate) fn admission(&self) -> Admission {
        match self.state {
            CircuitState::Closed => Admission::All,
            CircuitState::RateLimited(until) => Admission::NotBefore(until),
            CircuitState::Unauthorized(at) | CircuitState::Outage(at) => Admission::OneProbe(at),
        }
    }

    /// Whether jobs that were never polled are polled all the same: during an
    /// outage each of them is tried once, because the others may just be the
    /// jobs that fail. So they are while fewer jobs were refused than it takes:
    /// those were all that there were.
    pub(crate) fn admits_first_polls(&self) -> bool {
        match self.state {
            CircuitState::Outage(_) => true,
            CircuitState::Unauthorized(_) => self.refusals.jobs.len() < REFUSED_JOBS,
            CircuitState::Closed | CircuitState::RateLimited(_) => false,
        }
    }

    /// Returns the time before which a job that is due is not polled.
    pub(super) fn opens_at(&self) -> Option<Instant> {
        match self.state {
            CircuitState::Closed => None,
            CircuitState::RateLimited(at)
            | CircuitState::Unauthorized(at)
            | CircuitState::Outage(at) => Some(at),
        }
    }

    /// Sends the next probe as soon as possible.
    pub(super) fn probe_now(&mut self, now: Instant) {
        match &mut self.state {
            CircuitState::Unauthorized(at) | CircuitState::Outage(at) => *at = now,
            CircuitState::Closed | CircuitState::RateLimited(_) => {}
        }
    }

    /// Forgets the failures of a job that is removed: added again, it is not a
    /// different one.
    pub(crate) fn forget(&mut self, request: PollRequest) {
        self.refusals.forget(request);
        self.outages.forget(request);
    }

    /// Takes a finished poll into account. Returns a time from which overdue
    /// polls are to be spread, where the state change made them wait.
    pub(crate) fn record(
        &mut self,
        poll: &FinishedPoll,
        jobs: &impl PolledJobs,
        now: Instant,
        rng: &mut Rng,
    ) -> Option<Instant> {
        let spread_from = match poll.outcome {
            outcome if outcome.is_success() => self.on_success(now),
            PollOutcome::RateLimited(wait) => self.on_rate_limit(wait, now, rng),
            PollOutcome::Unavailable => {
                self.on_unavailable(poll, jobs, now, rng);
                None
            }
            // Where the key is accepted for statuses, a refused listing call is
            // one that this key does not permit.
            PollOutcome::Unauthorized if !(poll.request.is_listing() && self.is_accepted) => {
                let spread_from = self.on_response(now);
                self.on_refusal(poll, jobs, now);
                spread_from
            }
            _ => self.on_response(now),
        };
        if poll.in_flight == 0 && matches!(self.state, CircuitState::Unauthorized(_)) {
            self.is_confirmed = true;
        }
        spread_from
    }

    fn on_success(&mut self, now: Instant) -> Option<Instant> {
        self.is_accepted = true;
        self.rate_limits = 0;
        self.refusals.clear();
        self.outages.clear();
        match self.state {
            // A response to an earlier request does not end a rate limit.
            CircuitState::RateLimited(until) if until > now => None,
            CircuitState::RateLimited(_) | CircuitState::Closed => {
                self.state = CircuitState::Closed;
                None
            }
            CircuitState::Unauthorized(_) | CircuitState::Outage(_) => self.close(now),
        }
    }

    /// Closes the circuit. Nothing has waited where the state was not certain.
    fn close(&mut self, now: Instant) -> Option<Instant> {
        self.state = CircuitState::Closed;
        self.is_confirmed.then_some(now)
    }

    fn is_rate_limited(&self, now: Instant) -> bool {
        matches!(self.state, CircuitState::RateLimited(until) if until > now)
    }

    /// A response that says nothing about the API key, but that the service is
    /// up.
    fn on_response(&mut self, now: Instant) -> Option<Instant> {
        self.outages.clear();
        match &mut self.state {
            CircuitState::Outage(_) => self.close(now),
            CircuitState::Unauthorized(at) => {
                *at = (*at).max(now + UNAUTHORIZED_PROBE);
                None
            }
            CircuitState::Closed | CircuitState::RateLimited(_) => None,
        }
    }

    fn on_refusal(&mut self, poll: &FinishedPoll, jobs: &impl PolledJobs, now: Instant) {
        self.refusals.add(poll.request);
        if matches!(self.state, CircuitState::Unauthorized(_)) {
            self.is_confirmed = true;
        } else if self.trusts_accepted && self.is_accepted {
            // Every job is tried.
        } else if self.is_rate_limited(now) {
            // The jobs are polled again after the wait, and then decide.
        } else if self.refusals.jobs.len() >= jobs.polled_jobs(REFUSED_JOBS) {
            self.is_accepted = false;
            self.is_confirmed = false;
            self.state = CircuitState::Unauthorized(now + UNAUTHORIZED_PROBE);
        }
    }

    fn on_rate_limit(
        &mut self,
        wait: Option<Duration>,
        now: Instant,
        rng: &mut Rng,
    ) -> Option<Instant> {
        self.outages.clear();
        self.rate_limits = self.rate_limits.saturating_add(1);
        let wait =
            wait.unwrap_or_else(|| full_jitter(rng, SECOND, MAX_RATE_LIMIT, self.rate_limits));
        let until = now + wait.max(MIN_RATE_LIMIT);
        if matches!(self.state, CircuitState::RateLimited(at) if at >= until) {
            return None;
        }
        self.state = CircuitState::RateLimited(until);
        Some(until)
    }

    fn on_unavailable(
        &mut self,
        poll: &FinishedPoll,
        jobs: &impl PolledJobs,
        now: Instant,
        rng: &mut Rng,
    ) {
        self.outages.add(poll.request);
        if self.is_rate_limited(now) {
            return;
        }
        if let CircuitState::Unauthorized(at) = &mut self.state {
            *at = (*at).max(now + UNAUTHORIZED_PROBE);
            return;
        }
        if self.outages.failures < OUTAGE_FAILURES || self.outages.jobs.len() < OUTAGE_JOBS {
            return;
        }
        if matches!(self.state, CircuitState::Outage(_)) {
            self.is_confirmed = true;
            let max = OUTAGE_PROBE.min(jobs.shortest_interval().unwrap_or(OUTAGE_PROBE));
            let failures = self.outages.failures - OUTAGE_FAILURES;
            self.state = CircuitState::Outage(now + full_jitter(rng, SECOND, max, failures));
        } else {
            // The first probe, of a job that has not failed, decides whether it
            // is an outage or concerns these jobs only.
            self.is_confirmed = false;
            self.state = CircuitState::Outage(now);
        }
    }
}

#[cfg(test)]
mod tests;
