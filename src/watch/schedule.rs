//! What to ask next, and when: the polling rules of one environment.
//!
//! Pure: the caller hands in the time and a seed, sends what
//! [`Schedule::take`] gives out, and tells how it went with
//! [`Schedule::finish`]. One request is under way for a job at most, so the
//! newest request always brings the newest answer.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::PollRequest;
use super::backoff::{between, full_jitter};
use super::rate_limiter::RateLimiter;

/// A failing job is asked at least this often, unless its interval is longer.
const BACKOFF_CAP: Duration = Duration::from_mins(2);
/// A failed or cancelled job is looked at again this often …
const SECOND_LOOK: Duration = Duration::from_mins(5);
/// … for this long, since the service may re-trigger it.
const SECOND_LOOKS_FOR: Duration = Duration::from_hours(1);
/// A job the service does not know, and a refused key, are tried this often.
const PROBE: Duration = Duration::from_mins(1);
/// During an outage one request asks for all jobs, at least this often.
const OUTAGE_CAP: Duration = Duration::from_secs(30);
/// What may have begun anew is listed this often at most.
const LISTING: Duration = Duration::from_secs(30);
/// The longest wait after a 429 that names none.
const HOLD_CAP: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

/// How hard an environment may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any one second; `None` for no bound.
    pub requests_per_second: Option<u32>,
    /// Requests under way at once.
    pub concurrent_requests: usize,
}

/// How a poll went, as far as the schedule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollOutcome {
    /// The job is under way, or its status is not known.
    Running,
    /// The job completed.
    Completed,
    /// The job failed or was cancelled.
    Failed,
    /// The service does not know the job, or will not hear of it.
    NotFound,
    /// No usable answer, for this job alone.
    Error,
    /// No answer, perhaps for any job.
    Unavailable,
    /// The key is not accepted.
    Unauthorized,
    /// Asked to be left alone, for so long if it was said.
    RateLimited(Option<Duration>),
}

/// What keeps the whole environment from being polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// Nothing.
    Closed,
    /// The service asked to be left alone until then.
    RateLimited(Instant),
    /// The key is refused; one request tries again then.
    Unauthorized(Instant),
    /// Nothing gets through; one request tries again then.
    Outage(Instant),
}

#[derive(Debug)]
struct Slot {
    interval: Duration,
    /// When it is asked next; `None` when it need not be, or is being asked.
    due: Option<Instant>,
    /// When the request under way was sent.
    sent: Option<Instant>,
    /// Ask once more as soon as the request under way is back.
    again: bool,
    answered: bool,
    failures: u32,
    ended: Option<Instant>,
}

/// The polling rules of one environment. See the module's documentation.
#[derive(Debug)]
pub struct Schedule {
    limits: Limits,
    rate_limiter: RateLimiter,
    rng: Rng,
    slots: HashMap<PollRequest, Slot>,
    queue: BTreeSet<(Instant, PollRequest)>,
    /// Jobs that a person asked for, in their order.
    asked: VecDeque<PollRequest>,
    in_flight: usize,
    paused: bool,
    circuit: CircuitState,
    /// The key has worked since the last refusal of the whole environment.
    accepted: bool,
    refusals: u32,
    outages: u32,
    /// The job of the first of those outages.
    first_outage: Option<PollRequest>,
    holds: u32,
    /// How many of the slots are for listing calls.
    listings: u32,
}

impl Schedule {
    /// A schedule without jobs. The same seed gives the same jitter.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Self {
            limits,
            rate_limiter: RateLimiter::new(limits.requests_per_second),
            rng: Rng::with_seed(seed),
            slots: HashMap::new(),
            queue: BTreeSet::new(),
            asked: VecDeque::new(),
            in_flight: 0,
            paused: false,
            circuit: CircuitState::Closed,
            accepted: false,
            refusals: 0,
            outages: 0,
            first_outage: None,
            holds: 0,
            listings: 0,
        }
    }

    /// Adds a job, to be asked about at once.
    pub fn add(&mut self, key: PollRequest, interval: Duration, now: Instant) {
        self.remove(key);
        let slot = Slot {
            interval,
            due: Some(now),
            sent: None,
            again: false,
            answered: false,
            failures: 0,
            ended: None,
        };
        self.slots.insert(key, slot);
        self.listings += u32::from(key.is_listing());
        self.queue.insert((now, key));
    }

    /// Whether there is such a question.
    pub fn has(&self, key: PollRequest) -> bool {
        self.slots.contains_key(&key)
    }

    /// Forgets a job. A request under way for it still counts until it is
    /// finished.
    pub fn remove(&mut self, key: PollRequest) {
        let Some(slot) = self.slots.remove(&key) else {
            return;
        };
        self.listings -= u32::from(key.is_listing());
        if let Some(due) = slot.due {
            self.queue.remove(&(due, key));
        }
    }

    /// Asks about a job as soon as the bounds allow, whatever its turn.
    pub fn poll_now(&mut self, key: PollRequest, now: Instant) {
        let Some(slot) = self.slots.get_mut(&key) else {
            return;
        };
        if slot.sent.is_some() {
            slot.again = true;
        } else if !self.asked.contains(&key) {
            self.asked.push_back(key);
        }
        self.probe_now(now);
    }

    /// Asks about every job as soon as the bounds allow.
    pub fn poll_all(&mut self, now: Instant) {
        let mut keys: Vec<_> = self.slots.keys().copied().collect();
        keys.sort_unstable();
        self.asked.clear();
        for key in keys {
            match self.slots.get_mut(&key) {
                Some(slot) if slot.sent.is_some() => slot.again = true,
                _ => self.asked.push_back(key),
            }
        }
        self.probe_now(now);
    }

    /// Stops all but what is asked for by hand, or goes on.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Changes the time between two polls of a job, from its next one on.
    pub fn set_interval(&mut self, key: PollRequest, interval: Duration) {
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.interval = interval;
        }
    }

    /// Starts afresh after the key, the address or the limits have changed.
    pub fn reset(&mut self, limits: Limits, now: Instant) {
        self.limits = limits;
        self.rate_limiter.set_rate(limits.requests_per_second);
        self.circuit = CircuitState::Closed;
        self.accepted = false;
        (self.refusals, self.outages, self.holds) = (0, 0, 0);
        let unfinished: Vec<_> = self.waiting(|slot| slot.ended.is_none() && slot.due.is_some());
        for key in unfinished {
            self.plan(key, now);
        }
    }

    /// What keeps the environment as a whole from being polled.
    pub fn circuit(&self) -> CircuitState {
        self.circuit
    }

    /// When a job is asked next, if that is planned.
    pub fn due(&self, key: PollRequest) -> Option<Instant> {
        let due = self.slots.get(&key)?.due?;
        Some(match self.circuit {
            CircuitState::Closed => due,
            CircuitState::RateLimited(until)
            | CircuitState::Unauthorized(until)
            | CircuitState::Outage(until) => due.max(until),
        })
    }

    /// The job to ask about now, if there is one. It counts as under way until
    /// [`Schedule::finish`].
    pub fn take(&mut self, now: Instant) -> Option<PollRequest> {
        if self.in_flight >= self.limits.concurrent_requests
            || self.gate_opens().is_some_and(|at| at > now)
            || (self.probing() && self.in_flight > 0)
            || self.rate_limiter.ready_at().is_some_and(|at| at > now)
        {
            return None;
        }
        let key = self.take_asked().or_else(|| {
            let &(due, key) = self.queue.first()?;
            (!self.paused && (due <= now || self.probing())).then_some(key)
        })?;
        let slot = self.slots.get_mut(&key)?;
        if let Some(due) = slot.due.take() {
            self.queue.remove(&(due, key));
        }
        slot.sent = Some(now);
        self.in_flight += 1;
        self.rate_limiter.record(now);
        Some(key)
    }

    /// When [`Schedule::take`] may have something to give, if nothing else
    /// happens before.
    pub fn wake_at(&self) -> Option<Instant> {
        if self.in_flight >= self.limits.concurrent_requests
            || (self.probing() && self.in_flight > 0)
        {
            return None;
        }
        let bounds = self.gate_opens().max(self.rate_limiter.ready_at());
        if !self.asked.is_empty() {
            // With no bound it is now; `take` was called before, so there is one.
            return bounds;
        }
        let &(due, _) = self.queue.first().filter(|_| !self.paused)?;
        if self.probing() {
            return bounds;
        }
        Some(bounds.map_or(due, |bound| bound.max(due)))
    }

    /// Tells how a request went and plans the job's next one.
    pub fn finish(&mut self, key: PollRequest, outcome: PollOutcome, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.judge(key, outcome, now);
        let gate_opens = self.gate_opens();
        let listing = self.listing_interval();
        let Some(slot) = self.slots.get_mut(&key) else {
            return;
        };
        let sent = slot.sent.take().unwrap_or(now);
        let first = !std::mem::replace(&mut slot.answered, true);
        if matches!(outcome, PollOutcome::Error | PollOutcome::Unavailable) {
            slot.failures = slot.failures.saturating_add(1);
        } else {
            slot.failures = 0;
        }
        if !matches!(outcome, PollOutcome::Failed | PollOutcome::Completed) {
            // A failed poll says nothing of the job, so it stays ended.
            if outcome == PollOutcome::Running {
                slot.ended = None;
            }
        } else if slot.ended.is_none() {
            slot.ended = Some(now);
        }
        let (interval, probe) = if key.is_listing() {
            let interval = slot.interval.max(listing);
            (interval, PROBE.max(interval))
        } else {
            (slot.interval, PROBE)
        };
        let due = match outcome {
            PollOutcome::Completed => None,
            PollOutcome::Failed => {
                let more = slot
                    .ended
                    .is_none_or(|ended| now.duration_since(ended) < SECOND_LOOKS_FOR);
                more.then(|| now + between(&mut self.rng, SECOND_LOOK, 0.95, 1.05))
            }
            // The jobs of a list start together; half to one and a half
            // intervals after, they are spread evenly.
            PollOutcome::Running if first => {
                Some(sent + between(&mut self.rng, interval, 0.5, 1.5))
            }
            PollOutcome::Running => Some(sent + between(&mut self.rng, interval, 0.95, 1.05)),
            PollOutcome::NotFound | PollOutcome::Unauthorized => {
                Some(now + between(&mut self.rng, probe, 0.95, 1.05))
            }
            PollOutcome::Error | PollOutcome::Unavailable => {
                let cap = BACKOFF_CAP.max(interval);
                Some(now + full_jitter(&mut self.rng, interval, cap, slot.failures))
            }
            PollOutcome::RateLimited(_) => {
                let from = gate_opens.unwrap_or(now);
                Some(from + between(&mut self.rng, interval, 0.0, 1.0))
            }
        };
        let again = std::mem::take(&mut slot.again);
        if let Some(due) = due {
            // A slow answer must not be followed by the next request at once.
            self.plan(key, due.max(now + interval / 10));
        }
        if again {
            self.asked.push_back(key);
        }
    }

    /// Listing calls take half of what the rate allows, so that many of them
    /// do not keep running jobs from being asked about.
    fn listing_interval(&self) -> Duration {
        let rate = self.limits.requests_per_second.unwrap_or(u32::MAX).max(1);
        LISTING.max(Duration::from_secs(u64::from(
            self.listings.saturating_mul(2) / rate,
        )))
    }

    /// What an answer says of the environment as a whole.
    fn judge(&mut self, key: PollRequest, outcome: PollOutcome, now: Instant) {
        // Where statuses are answered the key is good: a listing call that is
        // refused is one that this key, or this service, does not have.
        let outcome = match outcome {
            PollOutcome::Unauthorized if key.is_listing() && self.accepted => PollOutcome::Error,
            other => other,
        };
        if outcome != PollOutcome::Unavailable {
            self.outages = 0;
        }
        match outcome {
            PollOutcome::Running
            | PollOutcome::Completed
            | PollOutcome::Failed
            | PollOutcome::NotFound => {
                self.accepted = true;
                (self.refusals, self.holds) = (0, 0);
                self.open(now);
            }
            PollOutcome::Unauthorized => {
                self.refusals += 1;
                // One refused job among accepted ones is its own affair.
                if self.refusals >= 2 || !self.accepted || self.slots.len() <= 1 {
                    self.accepted = false;
                    if !matches!(self.circuit, CircuitState::Unauthorized(at) if at > now) {
                        self.circuit = CircuitState::Unauthorized(now + PROBE);
                    }
                }
            }
            PollOutcome::RateLimited(wait) => {
                self.holds += 1;
                let wait = wait
                    .unwrap_or_else(|| full_jitter(&mut self.rng, SECOND, HOLD_CAP, self.holds));
                let until = now + wait.max(SECOND / 20);
                if !matches!(self.circuit, CircuitState::RateLimited(at) if at >= until) {
                    self.circuit = CircuitState::RateLimited(until);
                    self.percentiles(until);
                }
            }
            PollOutcome::Unavailable => {
                if self.outages == 0 {
                    self.first_outage = Some(key);
                }
                self.outages = self.outages.saturating_add(1);
                // One job alone may be what the service stumbles over.
                let several = self.first_outage != Some(key)
                    || matches!(self.circuit, CircuitState::Outage(_));
                if self.outages >= 3 && several {
                    let shortest = self.slots.values().map(|slot| slot.interval).min();
                    let cap = OUTAGE_CAP.min(shortest.unwrap_or(OUTAGE_CAP));
                    let wait = full_jitter(&mut self.rng, SECOND, cap, self.outages - 2);
                    self.circuit = CircuitState::Outage(now + wait);
                }
            }
            PollOutcome::Error => {}
        }
    }

    fn open(&mut self, now: Instant) {
        match std::mem::replace(&mut self.circuit, CircuitState::Closed) {
            // An answer to a request from before does not lift a hold.
            CircuitState::RateLimited(until) if until > now => {
                self.circuit = CircuitState::RateLimited(until);
            }
            CircuitState::Closed | CircuitState::RateLimited(_) => {}
            CircuitState::Unauthorized(_) | CircuitState::Outage(_) => self.percentiles(now),
        }
    }

    /// Plans all jobs that are overdue, or wait out failures, anew: evenly over
    /// their interval from then on.
    fn percentiles(&mut self, from: Instant) {
        for key in self.waiting(|slot| {
            slot.due
                .is_some_and(|due| due < from || (slot.failures > 0 && slot.ended.is_none()))
        }) {
            let interval = self.slots[&key].interval;
            let due = from + between(&mut self.rng, interval, 0.0, 1.0);
            self.plan(key, due);
        }
    }

    fn waiting(&self, wanted: impl Fn(&Slot) -> bool) -> Vec<PollRequest> {
        let mut keys: Vec<_> = self
            .slots
            .iter()
            .filter(|(_, slot)| wanted(slot))
            .map(|(key, _)| *key)
            .collect();
        keys.sort_unstable();
        keys
    }

    fn plan(&mut self, key: PollRequest, due: Instant) {
        let Some(slot) = self.slots.get_mut(&key) else {
            return;
        };
        if let Some(old) = slot.due.replace(due) {
            self.queue.remove(&(old, key));
        }
        self.queue.insert((due, key));
    }

    fn take_asked(&mut self) -> Option<PollRequest> {
        while let Some(key) = self.asked.pop_front() {
            match self.slots.get_mut(&key) {
                Some(slot) if slot.sent.is_some() => slot.again = true,
                Some(_) => return Some(key),
                None => {}
            }
        }
        None
    }

    fn probe_now(&mut self, now: Instant) {
        match &mut self.circuit {
            CircuitState::Unauthorized(at) | CircuitState::Outage(at) => *at = now,
            CircuitState::Closed | CircuitState::RateLimited(_) => {}
        }
    }

    fn probing(&self) -> bool {
        matches!(
            self.circuit,
            CircuitState::Unauthorized(_) | CircuitState::Outage(_)
        )
    }

    fn gate_opens(&self) -> Option<Instant> {
        match self.circuit {
            CircuitState::Closed => None,
            CircuitState::RateLimited(at)
            | CircuitState::Unauthorized(at)
            | CircuitState::Outage(at) => Some(at),
        }
    }
}

#[cfg(test)]
mod tests;
