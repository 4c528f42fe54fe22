//! One poll of each job, within the limits of its environment.
//!
//! Unlike the watcher, which spares a service in an outage, this tries every
//! job: a missing response is not requested again. The rest of an
//! environment is given up only when nothing of it was ever reached, or when
//! its API key was refused for three jobs and never accepted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

use super::watchlist::{Entry, Watchlist};
use crate::hotglue::{Client, FetchError, Job, JobAddress, elapsed};
use crate::watch::{EnvironmentId, JobId, JobSelector, Limits, RateLimiter};

/// Jobs that give the same answer before the rest of an environment is given
/// up.
const ENOUGH: u32 = 3;
/// The wait after a first 429 that names none; it doubles with each further
/// one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait after a 429 that names none.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The result of polling a job.
#[derive(Debug, Clone)]
pub(crate) enum PollResult {
    /// Its status; of a followed flow that of the newest run.
    Run(Arc<JobAddress>, Arc<Job>),
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
    /// Until when hotglue asked to wait.
    waits_until: Option<Instant>,
    /// 429s in a row.
    rate_limits: u32,
    /// Whether there was any answer.
    is_reached: bool,
    /// Whether the API key was accepted.
    is_accepted: bool,
    unreachable: u32,
    refusals: u32,
}

impl<'a> EnvironmentPoll<'a> {
    fn new(client: &'a Client, bounds: Bounds, queue: VecDeque<&'a Entry>) -> Self {
        Self {
            client,
            bounds,
            rate_limiter: RateLimiter::new(bounds.limits.requests_per_second),
            queue,
            results: Vec::new(),
            waits_until: None,
            rate_limits: 0,
            is_reached: false,
            is_accepted: false,
            unreachable: 0,
            refusals: 0,
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
            let starts_at = self.waits_until.max(self.rate_limiter.ready_at());
            let starts_at = starts_at.unwrap_or(now);
            let has_room = in_flight.len() < self.bounds.limits.concurrent_requests;
            if has_room
                && starts_at <= now
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
            let wakes_at = if has_room && !self.queue.is_empty() {
                starts_at.min(self.bounds.deadline)
            } else {
                self.bounds.deadline
            };
            tokio::select! {
                Some((entry, result)) = in_flight.next(), if !in_flight.is_empty() => {
                    polled.remove(&entry.target.id);
                    self.take(entry, result, &on_rate_limit);
                }
                () = sleep_until(wakes_at) => {}
            }
        }
        self.results
    }

    fn take(
        &mut self,
        entry: &'a Entry,
        result: Result<PollResult, FetchError>,
        on_rate_limit: &impl Fn(Timestamp),
    ) {
        let error = match result {
            Ok(result) => {
                (self.is_reached, self.is_accepted) = (true, true);
                self.rate_limits = 0;
                self.results.push((entry.target.id, result));
                return;
            }
            Err(FetchError::RateLimited { retry_after, .. }) => {
                self.is_reached = true;
                self.queue.push_front(entry);
                self.wait(retry_after, on_rate_limit);
                return;
            }
            Err(error) => error,
        };
        let text = error.to_string();
        self.results
            .push((entry.target.id, PollResult::Failed(text.clone())));
        if error.is_unreachable() || error == FetchError::TimedOut {
            self.unreachable += 1;
        } else {
            self.is_reached = true;
        }
        if matches!(error, FetchError::Unauthorized { .. }) {
            self.refusals += 1;
        } else if matches!(error, FetchError::NotFound { .. }) {
            self.is_accepted = true;
        }
        let is_out_of_reach = !self.is_reached && self.unreachable >= ENOUGH;
        let is_unauthorized = !self.is_accepted && self.refusals >= ENOUGH;
        if is_out_of_reach || is_unauthorized {
            self.give_up(&text);
        }
    }

    /// Starts no further poll until the wait that hotglue requested has expired.
    fn wait(&mut self, retry_after: Option<Duration>, on_rate_limit: &impl Fn(Timestamp)) {
        let own = FIRST_WAIT.saturating_mul(1 << self.rate_limits.min(6));
        let wait = retry_after.unwrap_or_else(|| own.min(LONGEST_WAIT));
        self.rate_limits += 1;
        let now = Instant::now();
        let until = now + wait;
        if self.waits_until.is_none_or(|known| known < until) {
            self.waits_until = Some(until);
            let wait = SignedDuration::try_from(wait).unwrap_or_default();
            let wall = Timestamp::now();
            on_rate_limit(wall.checked_add(wait).unwrap_or(wall));
        }
    }

    fn deadline_reason(&self, now: Instant) -> String {
        let spent = self.bounds.deadline - self.bounds.started;
        let spent = elapsed(SignedDuration::try_from(spent).unwrap_or_default());
        match self.waits_until.filter(|until| *until > now) {
            Some(until) => {
                let wait = SignedDuration::try_from(until - now).unwrap_or_default();
                let wait = elapsed(wait);
                format!("timed out after {spent}: rate limited by hotglue, resuming in {wait}")
            }
            None => format!("timed out after {spent}"),
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
            Ok(PollResult::Run(Arc::clone(address), job))
        }
        JobSelector::Newest { flow, tenant } => match client.jobs(flow, tenant).await {
            Ok(jobs) => Ok(match jobs.into_iter().next() {
                Some(newest) if entry.counts(&newest.job) => {
                    PollResult::Run(Arc::new(newest.address), Arc::new(newest.job))
                }
                Some(_) | None => PollResult::NotStarted,
            }),
            Err(error) if entry.is_unlinked_tenant(&error) => Ok(PollResult::Unlinked),
            Err(error) => Err(error),
        },
    }
}
