//! The service's own record of all requests and responses, and the checks
//! that need nothing else: the rate limit, the limit of concurrent requests,
//! and that every job is polled in time.

mod streaks;
mod waits;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hgtop::hotglue::{FetchError, Job, State};
use hgtop::watch::{EnvironmentId, JobId};
use tokio::time::Instant;

use self::streaks::Streak;

const SECOND: Duration = Duration::from_secs(1);

/// The record of one environment.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The requests of the last second.
    sent: VecDeque<Instant>,
    in_flight: usize,
    connected: Option<EnvironmentId>,
    /// How often it was renamed, or the program restarted.
    generation: u32,
    rate: usize,
    concurrency: usize,
    /// About how long a request takes.
    latency: Duration,
    /// How many jobs and followed tenants are watched, and how many of those
    /// are tenants.
    watched: (u32, u32),
    /// Polls by the job's root; those of followed tenants by their name.
    polls: HashMap<String, Poll>,
    /// How many faults there are that keep it from being polled as usual.
    excuses: usize,
    /// How many there are that only keep jobs with short intervals from it.
    blips: usize,
    /// When the last of those ended.
    blip_until: Instant,
    /// How many jobs hang until the client gives up, or did so just now.
    hanging: u32,
    /// The jobs that were refused since a response was accepted.
    pub(super) refused: Streak,
    /// The jobs that got no response since there was one.
    pub(super) unavailable: Streak,
    is_paused: bool,
    /// When the last of them, or the last pause, ended.
    excused_until: Instant,
    /// The jobs on the screen, which are polled first, by name.
    first: HashSet<String>,
    /// The time from which on they are.
    first_since: Instant,
    /// What went wrong.
    pub(crate) violations: Vec<String>,
    pub(crate) requests: u64,
    /// The job whose polls are printed.
    traced: Option<String>,
    start: Instant,
}

/// What is known of the polls of a job.
#[derive(Debug)]
pub(crate) struct Poll {
    /// The row, while the job is watched.
    pub(crate) row: Option<JobId>,
    last_row: Option<JobId>,
    interval: Duration,
    /// The interval that holds after the next poll.
    next_interval: Duration,
    is_listing: bool,
    /// When the last poll ended, or the job was added.
    last: Instant,
    /// The row of each request in flight; none for a run of a followed tenant.
    flights: Vec<Option<JobId>>,
    outcome: Outcome,
    /// When it was first seen failed.
    failed: Option<Instant>,
    /// The newest response.
    pub(crate) newest: Option<Response>,
    /// The statuses of all responses while it was watched, without repetition.
    pub(crate) statuses: Vec<String>,
    /// How many of them were there when the row was added.
    pub(crate) known: usize,
    /// Whether its responses carry `status_timestamp`.
    pub(crate) has_times: bool,
    /// Whether a response came at the very moment at which the job was added
    /// or removed, so that it may count or not.
    pub(crate) is_uncertain: bool,
}

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    generation: u32,
    row: Option<JobId>,
}

/// A response that was delivered.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) at: Instant,
    pub(crate) job: Arc<Job>,
}

/// How the last poll of a job went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Pending,
    Running,
    Failed,
    Completed,
    /// No usable response.
    Error,
}

impl Ledger {
    pub(crate) fn new(rate: u32, concurrency: usize, latency: Duration) -> Self {
        Self {
            sent: VecDeque::new(),
            in_flight: 0,
            connected: None,
            generation: 0,
            rate: rate as usize,
            concurrency,
            latency,
            watched: (0, 0),
            polls: HashMap::new(),
            excuses: 0,
            blips: 0,
            blip_until: Instant::now(),
            hanging: 0,
            refused: Streak::default(),
            unavailable: Streak::default(),
            is_paused: false,
            excused_until: Instant::now(),
            first: HashSet::new(),
            first_since: Instant::now(),
            violations: Vec::new(),
            requests: 0,
            traced: std::env::var("SIMULATION_TRACE").ok(),
            start: Instant::now(),
        }
    }

    /// The environment is connected, within these limits.
    pub(crate) fn connect(&mut self, id: EnvironmentId, rate: usize, concurrency: usize) {
        if self
            .connected
            .replace(id)
            .is_some_and(|before| before != id)
        {
            // Under another name it is another environment to hgtop.
            self.sent.clear();
            self.in_flight = 0;
            self.generation += 1;
        }
        // What was sent before counts against the larger of both limits.
        if rate < self.rate {
            let surplus = self.sent.len().saturating_sub(rate);
            self.sent.drain(..surplus);
        }
        (self.rate, self.concurrency) = (rate, concurrency);
        self.excused_until = Instant::now();
    }

    /// A new process knows nothing of the requests of the last one.
    pub(crate) fn restart(&mut self) {
        self.sent.clear();
        self.in_flight = 0;
        self.generation += 1;
        self.connected = None;
        (self.refused, self.unavailable) = (Streak::default(), Streak::default());
        let now = Instant::now();
        self.is_paused = false;
        self.excused_until = now;
        for poll in self.polls.values_mut() {
            poll.unwatch(now);
            (poll.newest, poll.last_row) = (None, None);
        }
        self.watched = (0, 0);
    }

    /// Polling is paused, or resumed.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.is_paused = paused;
        self.excused_until = Instant::now();
    }

    /// These jobs are polled first from now on.
    pub(crate) fn poll_first(&mut self, names: HashSet<String>) {
        self.first = names;
        self.first_since = self.first_since.max(Instant::now());
    }

    /// The user requests polls, which come before all others.
    pub(crate) fn refresh(&mut self) {
        self.first_since = Instant::now() + self.once(self.watched.0 + self.watched.1);
    }

    /// From now on there is a further reason not to poll as usual.
    pub(crate) fn excuse(&mut self) {
        self.excuses += 1;
    }

    /// One of these reasons is gone.
    pub(crate) fn end_excuse(&mut self) {
        self.excuses = self.excuses.saturating_sub(1);
        self.excused_until = Instant::now();
    }

    /// The environment fails for a moment.
    pub(crate) fn begin_blip(&mut self) {
        self.blips += 1;
    }

    /// It has recovered from that.
    pub(crate) fn end_blip(&mut self) {
        self.blips = self.blips.saturating_sub(1);
        self.blip_until = Instant::now();
    }

    /// The polls of one more job hang until the client gives up.
    pub(crate) fn begin_hang(&mut self) {
        self.hanging += 1;
    }

    /// They do so no longer, and nothing waits for them any more.
    pub(crate) fn end_hang(&mut self) {
        self.hanging = self.hanging.saturating_sub(1);
    }

    pub(crate) fn watch(&mut self, name: &str, row: JobId, interval: Duration, is_listing: bool) {
        self.trace(name, (row, interval));
        let now = Instant::now();
        let poll = self
            .polls
            .entry(name.to_owned())
            .or_insert_with(|| Poll::new(now));
        poll.is_uncertain |= !poll.flights.is_empty();
        if poll.row.is_none() {
            self.watched.0 += 1;
            self.watched.1 += u32::from(is_listing);
        }
        if poll.last_row != Some(row) {
            // A new row shows nothing until its first response.
            poll.newest = None;
        }
        (poll.row, poll.last_row) = (Some(row), Some(row));
        (poll.interval, poll.next_interval) = (interval, interval);
        poll.is_listing = is_listing;
        poll.last = now;
        poll.outcome = Outcome::Pending;
        poll.failed = None;
        poll.known = poll.statuses.len();
    }

    pub(crate) fn unwatch(&mut self, name: &str) {
        self.trace(name, "removed");
        if let Some(poll) = self.polls.get_mut(name)
            && poll.row.is_some()
        {
            self.watched.0 -= 1;
            self.watched.1 -= u32::from(poll.is_listing);
            poll.unwatch(Instant::now());
        }
    }

    pub(crate) fn set_interval(&mut self, name: &str, interval: Duration) {
        if let Some(poll) = self.polls.get_mut(name) {
            poll.interval = poll.interval.max(interval);
            poll.next_interval = interval;
        }
    }

    pub(crate) fn poll(&self, name: &str) -> Option<&Poll> {
        self.polls.get(name)
    }

    pub(crate) fn polls(&self) -> impl Iterator<Item = (&String, &Poll)> {
        self.polls.iter()
    }

    /// A request was sent. Returns what [`Ledger::end`] needs to know.
    pub(crate) fn send(&mut self, name: &str) -> Sent {
        let now = Instant::now();
        self.requests += 1;
        while self
            .sent
            .front()
            .is_some_and(|first| now.duration_since(*first) >= SECOND)
        {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        if self.sent.len() > self.rate {
            let (sent, rate) = (self.sent.len(), self.rate);
            self.violate(format!("{sent} requests within a second, {rate} allowed"));
        }
        self.in_flight += 1;
        if self.in_flight > self.concurrency {
            let (now, most) = (self.in_flight, self.concurrency);
            self.violate(format!("{now} concurrent requests, {most} allowed"));
        }
        self.check_poll(name, now);
        self.trace(name, "sent");
        let poll = self
            .polls
            .entry(name.to_owned())
            .or_insert_with(|| Poll::new(now));
        let row = poll.row;
        let twice = match row {
            // Removed and added again, it may be another row.
            Some(_) => poll.flights.contains(&row),
            None => !poll.flights.is_empty() && !poll.is_uncertain,
        };
        poll.flights.push(row);
        if twice {
            self.violate(format!("{name} is polled twice at the same time"));
        }
        Sent {
            generation: self.generation,
            row,
        }
    }

    /// A request ended, or was given up.
    pub(crate) fn end(&mut self, name: &str, sent: Sent) {
        if sent.generation == self.generation {
            self.in_flight -= 1;
        }
        if let Some(poll) = self.polls.get_mut(name) {
            let flight = poll.flights.iter().position(|row| *row == sent.row);
            poll.flights.remove(flight.expect("it was sent"));
            poll.last = Instant::now();
            poll.interval = poll.next_interval;
        }
    }

    /// A poll brought a response.
    pub(crate) fn deliver(&mut self, name: &str, job: &Arc<Job>) {
        self.trace(name, &job.status);
        let now = Instant::now();
        self.accept();
        let Some(poll) = self.polls.get_mut(name) else {
            return;
        };
        if poll.row.is_none() && poll.last_row.is_some() {
            // It was removed meanwhile.
            return;
        }
        poll.newest = Some(Response {
            at: now,
            job: Arc::clone(job),
        });
        poll.has_times |= job.raw.contains("status_timestamp");
        poll.outcome = match job.status.state() {
            State::Completed => Outcome::Completed,
            State::Failed | State::Cancelled => Outcome::Failed,
            State::Queued | State::Running | State::Unknown => Outcome::Running,
        };
        poll.failed = match poll.outcome {
            Outcome::Failed => poll.failed.or(Some(now)),
            _ => None,
        };
        let status = job.status.as_str();
        if poll.row.is_some() && poll.statuses.last().is_none_or(|last| last != status) {
            poll.statuses.push(status.to_owned());
        }
    }

    /// A listing call brought a response.
    pub(crate) fn deliver_list(&mut self, name: &str) {
        self.accept();
        if let Some(poll) = self.polls.get_mut(name) {
            poll.outcome = Outcome::Running;
        }
    }

    /// A poll failed.
    pub(crate) fn fail(&mut self, name: &str, error: &FetchError) {
        self.trace(name, error);
        if let Some(poll) = self.polls.get_mut(name)
            && poll.outcome != Outcome::Completed
        {
            poll.outcome = Outcome::Error;
        }
        self.count_failure(name, error);
    }

    fn trace(&self, name: &str, what: impl std::fmt::Debug) {
        if self.traced.as_deref() == Some(name) {
            eprintln!("{:?} {name} {what:?}", self.start.elapsed());
        }
    }

    fn violate(&mut self, problem: String) {
        if self.violations.len() < 10 {
            self.violations.push(problem);
        }
    }
}

impl Poll {
    fn new(now: Instant) -> Self {
        Self {
            row: None,
            last_row: None,
            interval: Duration::ZERO,
            next_interval: Duration::ZERO,
            is_listing: false,
            last: now,
            flights: Vec::new(),
            outcome: Outcome::Pending,
            failed: None,
            newest: None,
            statuses: Vec::new(),
            known: 0,
            has_times: false,
            is_uncertain: false,
        }
    }

    fn unwatch(&mut self, now: Instant) {
        self.row = None;
        let just_now = self.newest.as_ref().is_some_and(|newest| newest.at == now);
        self.is_uncertain |= !self.flights.is_empty() || just_now;
    }
}
