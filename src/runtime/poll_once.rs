//! One poll of each job, within the limits of its environment.
//!
//! Unlike the watcher, which spares a service in an outage, this tries every
//! job: a missing response is not requested again. The rest of an
//! environment is given up only when the circuit breaker finds its API key
//! refused, or finds an outage and nothing of it was ever reached.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

use super::watchlist::{Entry, Watchlist};
use crate::hotglue::{Client, FetchError, Job, JobAddress, elapsed};
use crate::watch::{
    Admission, CircuitBreaker, CircuitState, EnvironmentId, FinishedPoll, JobId, JobSelector,
    Limits, PollOutcome, PollRequest, PolledJobs, RateLimiter,
};

/// The result of polling a job.
#[derive(Debug, Clone)]
pub(crate) enum PollResult {
    /// Its status, and when hotglue answered; of a followed flow that of the
    /// newest run.
    Run(Arc<JobAddress>, Arc<Job>, Timestamp),
    /// The tenant has no run in the flow, or none since the start.
    NotStarted,
    /// The tenant does not use the flow that is followed for all tenants.
    Unlinked,
    /// Why there is no answer.
    Failed(String),
}

/// Bounds of the polls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Of each environment.
    pub(crate) limits: Limits,
    /// When polling started.
    pub(crate) started: Instant,
    /// When polling ends, answered or not.
    pub(crate) deadline: Instant,
}

/// Polls each job of a list once. `on_rate_limit` is called when hotglue asks
/// to wait, with the time until when.
pub(crate) async fn poll_once(
    list: &Watchlist,
    bounds: Bounds,
    on_rate_limit: impl Fn(EnvironmentId, Timestamp),
) -> BTreeMap<JobId, PollResult> {
    let mut by_environment: BTreeMap<EnvironmentId, VecDeque<&Entry>> = BTreeMap::new();
    for entry in &list.entries {
        let environment = entry.target.environment;
        by_environment
            .entry(environment)
            .or_default()
            .push_back(entry);
    }
    let polls = by_environment.into_iter().map(|(id, queue)| {
        let on_rate_limit = &on_rate_limit;
        async move {
            match (list.clients.get(&id), list.problems.get(&id)) {
                (Some(client), _) => {
                    let poll = EnvironmentPoll::new(client, bounds, queue);
                    poll.run(|until| on_rate_limit(id, until)).await
                }
                (None, problem) => {
                    let problem = problem.map_or("not connected", String::as_str);
                    let failed =
                        |entry: &Entry| (entry.target.id, PollResult::Failed(problem.to_owned()));
                    queue.into_iter().map(failed).collect()
                }
            }
        }
    });
    join_all(polls).await.into_iter().flatten().collect()
}

/// The polls of one environment.
struct EnvironmentPoll<'a> {
    client: &'a Client,
    bounds: Bounds,
    rate_limiter: RateLimiter,
    /// Jobs that are still to be polled.
    queue: VecDeque<&'a Entry>,
    results: Vec<(JobId, PollResult)>,
    circuit_breaker: CircuitBreaker,
    rng: Rng,
    jobs: JobCount,
    /// Whether there was any response.
    is_reached: bool,
    /// How the API key was refused last.
    refusal: String,
}

/// The number of jobs of the environment.
#[derive(Debug, Clone, Copy)]
struct JobCount(usize);

impl PolledJobs for JobCount {
    fn polled_jobs(&self, limit: usize) -> usize {
        self.0.min(limit)
    }

    /// None is polled again.
    fn shortest_interval(&self) -> Option<Duration> {
        None
    }
}

impl<'a> EnvironmentPoll<'a> {
    fn new(client: &'a Client, bounds: Bounds, queue: VecDeque<&'a Entry>) -> Self {
        Self {
            client,
            bounds,
            rate_limiter: RateLimiter::new(bounds.limits.requests_per_second),
            jobs: JobCount(queue.len()),
            queue,
            results: Vec::new(),
            circuit_breaker: CircuitBreaker::for_single_polls(),
            rng: Rng::new(),
            is_reached: false,
            refusal: String::new(),
        }
    }

    async fn run(mut self, on_rate_limit: impl Fn(Timestamp)) -> Vec<(JobId, PollResult)> {
        let mut in_flight = FuturesUnordered::new();
        let mut polled: BTreeMap<JobId, &Entry> = BTreeMap::new();
        loop {
            let now = Instant::now();
            if now >= self.bounds.deadline {
                self.queue.extend(polled.into_values());
                let reason = self.deadline_reason(now);
                self.give_up(&reason);
                break;
            }
            let has_room = in_flight.len() < self.bounds.limits.concurrent_requests;
            let starts_at = self.starts_at(now).filter(|_| has_room);
            if starts_at.is_some_and(|time| time <= now)
                && let Some(entry) = self.queue.pop_front()
            {
                self.rate_limiter.record(now);
                polled.insert(entry.target.id, entry);
                let client = self.client;
                in_flight.push(async move { (entry, poll(client, entry).await) });
                continue;
            }
            if self.queue.is_empty() && in_flight.is_empty() {
                break;
            }
            let starts_at = starts_at.filter(|_| !self.queue.is_empty());
            let wakes_at =
                starts_at.map_or(self.bounds.deadline, |time| time.min(self.bounds.deadline));
            tokio::select! {
                Some((entry, result)) = in_flight.next(), if !in_flight.is_empty() => {
                    polled.remove(&entry.target.id);
                    self.take(entry, result, in_flight.len(), &on_rate_limit);
                }
                () = sleep_until(wakes_at) => {}
            }
        }
        self.results
    }

    /// Returns when the next poll may be sent; `None` while it depends on
    /// responses that are still to arrive.
    fn starts_at(&self, now: Instant) -> Option<Instant> {
        let opens_at = match self.circuit_breaker.admission() {
            Admission::All => now,
            Admission::NotBefore(time) => time,
            Admission::OneProbe(_) if self.circuit_breaker.admits_first_polls() => now,
            Admission::OneProbe(_) => return None,
        };
        Some(
            self.rate_limiter
                .ready_at()
                .map_or(opens_at, |ready| ready.max(opens_at)),
        )
    }

    fn take(
        &mut self,
        entry: &'a Entry,
        result: Result<PollResult, FetchError>,
        in_flight: usize,
        on_rate_limit: &impl Fn(Timestamp),
    ) {
        let outcome = result
            .as_ref()
            .map_or_else(PollOutcome::from, |_| PollOutcome::Running);
        self.is_reached |= !result
            .as_ref()
            .is_err_and(|error| error.is_unreachable() || *error == FetchError::TimedOut);
        if let Err(error @ FetchError::Unauthorized { .. }) = &result {
            self.refusal = error.to_string();
        }
        self.record(entry, outcome, in_flight, on_rate_limit);
        match result {
            Ok(result) => self.results.push((entry.target.id, result)),
            Err(FetchError::RateLimited { .. }) => self.queue.push_front(entry),
            Err(error) => {
                let result = PollResult::Failed(error.to_string());
                self.results.push((entry.target.id, result));
                if !self.is_reached && self.circuit_breaker.admits_first_polls() {
                    self.give_up(&error.to_string());
                }
            }
        }
        if matches!(self.circuit_breaker.state(), CircuitState::Unauthorized(_)) {
            self.give_up(&self.refusal.clone());
        }
    }

    /// Reports an outcome to the circuit breaker.
    fn record(
        &mut self,
        entry: &Entry,
        outcome: PollOutcome,
        in_flight: usize,
        on_rate_limit: &impl Fn(Timestamp),
    ) {
        let id = entry.target.id;
        let poll = FinishedPoll {
            request: match entry.target.selector {
                JobSelector::Job(_) => PollRequest::Status(id),
                JobSelector::Newest { .. } => PollRequest::Newest(id),
            },
            outcome,
            in_flight,
        };
        let before = self.circuit_breaker.state();
        let now = Instant::now();
        self.circuit_breaker
            .record(&poll, &self.jobs, now, &mut self.rng);
        if let CircuitState::RateLimited(until) = self.circuit_breaker.state()
            && self.circuit_breaker.state() != before
        {
            let wait = SignedDuration::try_from(until - now).unwrap_or_default();
            let wall = Timestamp::now();
            on_rate_limit(wall.checked_add(wait).unwrap_or(wall));
        }
    }

    fn deadline_reason(&self, now: Instant) -> String {
        let spent = self.bounds.deadline - self.bounds.started;
        let spent = elapsed(SignedDuration::try_from(spent).unwrap_or_default());
        match self.circuit_breaker.state() {
            CircuitState::RateLimited(until) if until > now => {
                let wait = SignedDuration::try_from(until - now).unwrap_or_default();
                let wait = elapsed(wait);
                format!("timed out after {spent}: rate limited by hotglue, resuming in {wait}")
            }
            _ => format!("timed out after {spent}"),
        }
    }

    /// Fails all jobs that are left.
    fn give_up(&mut self, reason: &str) {
        let left = std::mem::take(&mut self.queue).into_iter();
        self.results
            .extend(left.map(|entry| (entry.target.id, PollResult::Failed(reason.to_owned()))));
    }
}

async fn poll(client: &Client, entry: &Entry) -> Result<PollResult, FetchError> {
    match &entry.target.selector {
        JobSelector::Job(address) => {
            let job = client.job_status(address, None).await?;
            Ok(PollResult::Run(Arc::clone(address), job, Timestamp::now()))
        }
        JobSelector::Newest { flow, tenant } => match client.jobs(flow, tenant).await {
            Ok(jobs) => Ok(match jobs.into_iter().next() {
                Some(newest) if entry.counts(&newest.job) => {
                    let (address, job) = (Arc::new(newest.address), Arc::new(newest.job));
                    PollResult::Run(address, job, Timestamp::now())
                }
                Some(_) | None => PollResult::NotStarted,
            }),
            Err(error) if entry.is_unlinked_tenant(&error) => Ok(PollResult::Unlinked),
            Err(error) => Err(error),
        },
    }
}
