//! The schedule of one environment: which request is sent next, and when.
//!
//! It composes the queue (which poll is due), the pacing (when a job is polled
//! again), the rate limiter, and the circuit breaker (whether the environment
//! can be polled at all). Pure: the caller passes the time and a seed, sends
//! what [`Schedule::take`] returns, and reports each outcome to
//! [`Schedule::finish`]. At most one request of a kind is in flight for a job,
//! so that the newest request brings the newest response.

mod backoff;
mod circuit_breaker;
mod pacing;
mod queue;

use std::collections::HashSet;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use self::backoff::between;
pub(crate) use self::circuit_breaker::{
    Admission, CircuitBreaker, CircuitState, FinishedPoll, PolledJobs,
};
use self::pacing::{Poll, next_poll};
use self::queue::Queue;
use super::rate_limiter::{AHEAD_OF_TURN, Limits, RateLimiter};
use super::request::{PollOutcome, PollRequest};

/// The part of its interval within which a delayed job is polled.
const SPREAD_PART: f64 = 0.75;
/// The shortest interval of a listing call, unless a run is awaited.
const LISTING_INTERVAL: Duration = Duration::from_secs(30);

/// The schedule of one environment. See the module's documentation.
#[derive(Debug)]
pub struct Schedule {
    limits: Limits,
    rate_limiter: RateLimiter,
    circuit_breaker: CircuitBreaker,
    queue: Queue,
    rng: Rng,
    in_flight: usize,
    /// The probe in flight.
    probe: Option<PollRequest>,
    is_paused: bool,
    /// The polls sent in turn since the last one that was sent ahead of it.
    in_turn: u32,
}

impl Schedule {
    /// Creates a schedule without jobs. The same seed gives the same jitter.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Self {
            limits,
            rate_limiter: RateLimiter::new(limits.requests_per_second),
            circuit_breaker: CircuitBreaker::new(),
            queue: Queue::default(),
            rng: Rng::with_seed(seed),
            in_flight: 0,
            probe: None,
            is_paused: false,
            in_turn: 0,
        }
    }

    /// Adds a request that is repeated, due immediately.
    pub fn add(&mut self, request: PollRequest, interval: Duration, now: Instant) {
        self.queue.add(request, interval, now);
    }

    /// Whether the schedule contains a request.
    pub(crate) fn contains(&self, request: PollRequest) -> bool {
        self.queue.contains(request)
    }

    /// Removes a request. While it is in flight, it counts against the limits
    /// until it is finished.
    pub(crate) fn remove(&mut self, request: PollRequest) {
        self.queue.remove(request);
        if !self.queue.has_job_of(request) {
            self.circuit_breaker.forget(request);
        }
    }

    /// Sends a request as soon as the limits allow, before those that are due.
    pub(crate) fn poll_now(&mut self, request: PollRequest, now: Instant) {
        if self.queue.contains(request) {
            self.queue.request(request);
            self.circuit_breaker.probe_now(now);
        }
    }

    /// Sends every request as soon as the limits allow.
    pub(crate) fn poll_all(&mut self, now: Instant) {
        self.queue.request_all();
        self.circuit_breaker.probe_now(now);
    }

    /// Stops all requests except those of [`Schedule::poll_now`] and
    /// [`Schedule::poll_all`], or resumes.
    pub(crate) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Sends these requests before others while a limit delays polls, and no
    /// longer those of an earlier call.
    pub(crate) fn poll_first(&mut self, requests: HashSet<PollRequest>) {
        self.queue.set_first(requests);
    }

    /// Changes the interval of a request, from its next poll on.
    pub(crate) fn set_interval(&mut self, request: PollRequest, interval: Duration) {
        if let Some(entry) = self.queue.get_mut(request) {
            entry.interval = interval;
        }
    }

    /// Lists the jobs of a tenant at the interval of its row while it awaits a
    /// run, from its next poll on.
    pub(crate) fn await_run(&mut self, request: PollRequest, awaits_run: bool) {
        if let Some(entry) = self.queue.get_mut(request) {
            entry.awaits_run = awaits_run;
        }
    }

    /// Starts over after the API key, the base URL or the limits have changed.
    /// The requests of the last second still count against the rate.
    pub(crate) fn reset(&mut self, limits: Limits, now: Instant) {
        self.limits = limits;
        self.rate_limiter.set_rate(limits.requests_per_second);
        self.circuit_breaker = CircuitBreaker::new();
        for request in self.queue.unfinished() {
            self.queue.plan(request, now);
        }
    }

    /// Returns the state of the circuit breaker.
    pub(crate) fn circuit(&self) -> CircuitState {
        self.circuit_breaker.state()
    }

    /// Returns when a request is sent next, if that is planned.
    pub(crate) fn due(&self, request: PollRequest) -> Option<Instant> {
        let due = self.queue.due(request)?;
        Some(
            self.circuit_breaker
                .opens_at()
                .map_or(due, |opens| opens.max(due)),
        )
    }

    /// Returns the time within which every job is polled once, given the
    /// interval without a rate limit.
    #[cfg(test)]
    pub(crate) fn stretched_interval(&self, interval: Duration) -> Duration {
        self.limits.stretched_interval(self.queue.len(), interval)
    }

    /// Returns the request to send now, if any. It is in flight until
    /// [`Schedule::finish`].
    pub fn take(&mut self, now: Instant) -> Option<PollRequest> {
        let is_limited = self
            .rate_limiter
            .ready_at()
            .is_some_and(|ready| ready > now);
        if is_limited || self.in_flight >= self.limits.concurrent_requests {
            return None;
        }
        let request = match self.circuit_breaker.admission() {
            Admission::All => self.take_due(now),
            Admission::NotBefore(at) if at <= now => self.take_due(now),
            Admission::NotBefore(_) => None,
            Admission::OneProbe(at) => self
                .take_probe(at, now)
                .or_else(|| self.take_first_poll(now)),
        }?;
        self.queue.start(request, now);
        self.in_flight += 1;
        self.rate_limiter.record(now);
        Some(request)
    }

    fn take_due(&mut self, now: Instant) -> Option<PollRequest> {
        if let Some(request) = self.queue.pop_requested() {
            return Some(request);
        }
        let (due, in_turn) = self.queue.first().filter(|_| !self.is_paused)?;
        if due > now {
            return None;
        }
        if self.in_turn + 1 >= AHEAD_OF_TURN
            && let Some(ahead) = self.queue.take_ahead(now)
        {
            self.in_turn = 0;
            return Some(ahead);
        }
        self.in_turn = (self.in_turn + 1).min(AHEAD_OF_TURN);
        // Every job has one first poll, so that their order delays nobody else.
        Some(
            self.queue
                .first_poll_in_view(in_turn, now)
                .unwrap_or(in_turn),
        )
    }

    fn take_first_poll(&mut self, now: Instant) -> Option<PollRequest> {
        let (due, request) = self.first_poll()?;
        (due <= now).then_some(request)
    }

    fn take_probe(&mut self, at: Instant, now: Instant) -> Option<PollRequest> {
        if at > now || !self.may_probe() {
            return None;
        }
        let requested = self.queue.pop_requested();
        let probe = requested.or_else(|| self.queue.best_probe().filter(|_| !self.is_paused));
        self.probe = probe;
        probe
    }

    /// Returns the first poll of a job that is sent whatever the others met.
    fn first_poll(&self) -> Option<(Instant, PollRequest)> {
        let is_admitted = self.circuit_breaker.admits_first_polls() && !self.is_paused;
        self.queue.first_never_polled().filter(|_| is_admitted)
    }

    /// Whether a probe may be sent: while a request is in flight that decides
    /// the same, it is not.
    fn may_probe(&self) -> bool {
        if self.circuit_breaker.admits_first_polls() {
            self.probe.is_none()
        } else {
            self.in_flight == 0
        }
    }

    /// Returns when [`Schedule::take`], which has just returned `None`, may have
    /// a request, unless something else happens before.
    pub fn wake_at(&self) -> Option<Instant> {
        if self.in_flight >= self.limits.concurrent_requests {
            return None;
        }
        let ready_at = self.rate_limiter.ready_at();
        let due = match self.circuit_breaker.admission() {
            Admission::OneProbe(at) => self.probe_due(at)?,
            Admission::All | Admission::NotBefore(_) if self.queue.has_requested() => {
                // It waits for a limit; without one it would have been taken.
                return ready_at.max(self.circuit_breaker.opens_at());
            }
            Admission::All => self.queue.first().filter(|_| !self.is_paused)?.0,
            Admission::NotBefore(at) => at.max(self.queue.first().filter(|_| !self.is_paused)?.0),
        };
        Some(ready_at.map_or(due, |ready| ready.max(due)))
    }

    /// Returns when the next first poll or probe is sent.
    fn probe_due(&self, at: Instant) -> Option<Instant> {
        let first_poll = self.first_poll().map(|(due, _)| due);
        let is_waiting =
            self.queue.has_requested() || (!self.is_paused && self.queue.first().is_some());
        let probe = (is_waiting && self.may_probe()).then_some(at);
        first_poll.into_iter().chain(probe).min()
    }

    /// Removes a request that [`Schedule::take`] returned but that cannot be
    /// sent.
    pub(crate) fn cancel(&mut self, request: PollRequest) {
        self.queue.remove(request);
        self.end(request);
    }

    fn end(&mut self, request: PollRequest) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.queue.end_abandoned(request);
        if self.probe == Some(request) {
            self.probe = None;
        }
    }

    /// Reports the outcome of a request, and plans the next one.
    pub fn finish(&mut self, request: PollRequest, outcome: PollOutcome, now: Instant) {
        self.end(request);
        let finished = FinishedPoll {
            request,
            outcome,
            in_flight: self.in_flight,
        };
        let may_concern_all = matches!(
            outcome,
            PollOutcome::Unavailable | PollOutcome::Unauthorized
        );
        // A job that was removed may have been added again, as another one.
        if !may_concern_all || self.queue.has_job_of(request) {
            let (queue, rng) = (&self.queue, &mut self.rng);
            if let Some(from) = self.circuit_breaker.record(&finished, queue, now, rng) {
                self.spread(from);
            }
        }
        let min_interval = self.min_interval(request);
        let Some(entry) = self.queue.get_mut(request) else {
            return;
        };
        let is_failure = matches!(outcome, PollOutcome::Error | PollOutcome::Unavailable);
        let poll = Poll {
            outcome,
            is_first: !entry.was_polled,
            sent: entry.sent.take().unwrap_or(now),
            finished: now,
            opens_at: self.circuit_breaker.opens_at(),
            min_interval,
        };
        entry.was_polled = true;
        entry.failures = if is_failure {
            entry.failures.saturating_add(1)
        } else {
            0
        };
        match outcome {
            PollOutcome::Failed | PollOutcome::Completed => {
                entry.finished_since.get_or_insert(now);
            }
            PollOutcome::Running => entry.finished_since = None,
            // A failed poll says nothing about the job, so it stays finished.
            _ => {}
        }
        let due = next_poll(entry, &poll, &mut self.rng);
        let repeat = std::mem::take(&mut entry.repeat);
        if let Some(due) = due {
            self.queue.plan(request, due);
        }
        if repeat {
            self.queue.request(request);
        }
    }

    /// Returns the shortest interval of a request's kind. Listing calls use at
    /// most half of the rate, so that running jobs are not displaced by them.
    fn min_interval(&self, request: PollRequest) -> Duration {
        if !request.is_listing() {
            return Duration::ZERO;
        }
        let rate = self.limits.requests_per_second.unwrap_or(u32::MAX).max(1);
        let listings = self.queue.listings().saturating_mul(2);
        let fits = Duration::from_secs(u64::from(listings / rate));
        if self.queue.awaits_run(request) {
            return fits;
        }
        LISTING_INTERVAL.max(fits)
    }

    /// Spreads the polls that are overdue at a time, and those that wait after
    /// failures, evenly over a part of their interval from then on. They have
    /// waited for an interval already, and are to be polled within two, unless
    /// these have passed.
    fn spread(&mut self, from: Instant) {
        for request in self.queue.overdue_or_failing(from) {
            if let Some(entry) = self.queue.get_mut(request) {
                let second = entry.last_sent.map(|sent| sent + 2 * entry.interval);
                let left = second.map_or(Duration::ZERO, |end| end.saturating_duration_since(from));
                let part = entry.interval.mul_f64(SPREAD_PART);
                let window = if left.is_zero() { part } else { part.min(left) };
                let due = from + between(&mut self.rng, window, 0.0, 1.0);
                self.queue.plan(request, due);
            }
        }
    }
}

#[cfg(test)]
mod tests;
