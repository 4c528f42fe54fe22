//! The polling rules, on a simulated clock.

mod circuit;
mod fairness;
mod limits;
mod pacing;
mod requests;

use std::collections::BTreeSet;

use super::*;
use crate::watch::target::{FollowId, JobId};

const INTERVAL: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);
const LIMITS: Limits = Limits {
    requests_per_second: Some(20),
    concurrent_requests: 16,
};

fn status(job: u32) -> PollRequest {
    PollRequest::Status(JobId(job))
}

/// A schedule, and a service that responds after a latency. Records when each
/// request was sent.
struct Simulation {
    schedule: Schedule,
    now: Instant,
    start: Instant,
    responses: BTreeSet<(Instant, PollRequest)>,
    sent: Vec<(Duration, PollRequest)>,
    latency: Duration,
}

impl Simulation {
    fn new(jobs: u32) -> Self {
        Self::with_limits(jobs, LIMITS)
    }

    fn with_limits(jobs: u32, limits: Limits) -> Self {
        let start = Instant::now();
        let mut schedule = Schedule::new(limits, 7);
        for job in 0..jobs {
            schedule.add(status(job), INTERVAL, start);
        }
        Self {
            schedule,
            now: start,
            start,
            responses: BTreeSet::new(),
            sent: Vec::new(),
            latency: Duration::from_millis(30),
        }
    }

    /// Runs for a time, with the outcome of each request at the time of its
    /// response.
    fn run(
        &mut self,
        length: Duration,
        mut outcome: impl FnMut(PollRequest, Duration) -> PollOutcome,
    ) {
        let end = self.now + length;
        loop {
            while let Some(request) = self.schedule.take(self.now) {
                self.sent.push((self.now - self.start, request));
                self.responses.insert((self.now + self.latency, request));
            }
            let response = self.responses.first().map(|(at, _)| *at);
            let wake_at = self.schedule.wake_at();
            let next = response.into_iter().chain(wake_at).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            // A wake-up in the past without a request would be a busy loop.
            assert!(response == Some(next) || next > self.now, "busy loop");
            self.now = next.max(self.now);
            while let Some(&(at, request)) = self.responses.first() {
                if at > self.now {
                    break;
                }
                self.responses.remove(&(at, request));
                let outcome = outcome(request, self.now - self.start);
                self.schedule.finish(request, outcome, self.now);
            }
        }
    }

    /// The times in seconds at which the status of a job was requested.
    fn times(&self, job: u32) -> Vec<f64> {
        let sent = self.sent.iter();
        let polls = sent.filter(|(_, request)| *request == status(job));
        polls.map(|(at, _)| at.as_secs_f64()).collect()
    }

    /// The time of simulation so far.
    fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// The jobs polled since a time.
    fn jobs_since(&self, since: Duration) -> BTreeSet<PollRequest> {
        let sent = self.sent.iter().filter(|(at, _)| *at >= since);
        sent.map(|(_, request)| *request).collect()
    }

    /// The largest number of requests within any window of a length.
    fn most_within(&self, window: Duration, from: Duration) -> usize {
        let times: Vec<_> = self
            .sent
            .iter()
            .map(|(at, _)| *at)
            .filter(|time| *time >= from)
            .collect();
        let within = |start: usize| {
            let end = times[start] + window;
            times[start..]
                .iter()
                .take_while(|time| **time < end)
                .count()
        };
        (0..times.len()).map(within).max().unwrap_or(0)
    }
}
