//! The queue: the polls of an environment in the order they are due.
//!
//! Jobs wait in three groups, by their last poll: never polled, succeeded,
//! failed. Among all of them the earliest is polled first, so that every job is
//! polled in turn when the rate limit stretches the intervals. Jobs that the user
//! looks at, that are new or that fail may be polled ahead of their turn; the
//! schedule decides how often.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::circuit_breaker::PolledJobs;
use crate::watch::request::PollRequest;

/// A request that is repeated.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate fact")]
pub(super) struct Entry {
    pub(super) interval: Duration,
    /// When it is due; `None` while it is in flight, or when it is not repeated.
    due: Option<Instant>,
    /// When the request in flight was sent.
    pub(super) sent: Option<Instant>,
    /// When it was last sent.
    pub(super) last_sent: Option<Instant>,
    /// Whether it is repeated as soon as the request in flight has finished.
    pub(super) repeat: bool,
    is_requested: bool,
    pub(super) was_polled: bool,
    /// Failures in a row.
    pub(super) failures: u32,
    /// When the job was first seen failed, canceled or completed.
    pub(super) finished_since: Option<Instant>,
    /// Whether a listing call waits for the run of a rollout to begin.
    pub(super) awaits_run: bool,
}

/// The polls of an environment. See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: HashMap<PollRequest, Entry, RandomState>,
    groups: Groups,
    /// The requests that come first, planned or not.
    first: HashSet<PollRequest>,
    /// Which group of [`Groups::ahead`] comes next.
    next_ahead: usize,
    /// What the user requested, in that order.
    requested: VecDeque<PollRequest>,
    /// Requests that were removed while in flight, and when they were sent.
    abandoned: HashMap<PollRequest, Instant>,
    /// The number of listing calls.
    listings: u32,
}

/// The planned requests by the last poll of their job, in the order they are
/// due.
#[derive(Debug, Default)]
struct Groups {
    never_polled: BTreeSet<(Instant, PollRequest)>,
    healthy: BTreeSet<(Instant, PollRequest)>,
    failing: BTreeSet<(Instant, PollRequest)>,
    /// Those of the other groups that come first.
    first: BTreeSet<(Instant, PollRequest)>,
}

impl Groups {
    fn insert(&mut self, entry: &Entry, request: PollRequest, due: Instant, is_first: bool) {
        self.of(entry).insert((due, request));
        if is_first {
            self.first.insert((due, request));
        }
    }

    fn remove(&mut self, entry: &Entry, request: PollRequest, due: Instant) {
        self.of(entry).remove(&(due, request));
        self.first.remove(&(due, request));
    }

    /// The groups that may be polled ahead of their turn.
    fn ahead(&self) -> [&BTreeSet<(Instant, PollRequest)>; 3] {
        [&self.first, &self.never_polled, &self.failing]
    }

    fn of(&mut self, entry: &Entry) -> &mut BTreeSet<(Instant, PollRequest)> {
        if !entry.was_polled {
            &mut self.never_polled
        } else if entry.failures > 0 {
            &mut self.failing
        } else {
            &mut self.healthy
        }
    }
}

impl Queue {
    /// Adds a request that is due at a time. Where it was removed while it was
    /// in flight, it is due when that has finished: two responses could arrive
    /// in the wrong order.
    pub(super) fn add(&mut self, request: PollRequest, interval: Duration, due: Instant) {
        self.remove(request);
        let sent = self.abandoned.remove(&request);
        let entry = Entry {
            interval,
            due: None,
            sent,
            last_sent: sent,
            repeat: sent.is_some(),
            is_requested: false,
            was_polled: false,
            failures: 0,
            finished_since: None,
            awaits_run: false,
        };
        self.entries.insert(request, entry);
        self.listings += u32::from(request.is_listing());
        if sent.is_none() {
            self.plan(request, due);
        }
    }

    pub(super) fn remove(&mut self, request: PollRequest) {
        if let Some(entry) = self.entries.remove(&request) {
            if let Some(due) = entry.due {
                self.groups.remove(&entry, request, due);
            }
            self.listings -= u32::from(request.is_listing());
            if let Some(sent) = entry.sent {
                self.abandoned.insert(request, sent);
            }
        }
    }

    /// A request that was removed while in flight has finished.
    pub(super) fn end_abandoned(&mut self, request: PollRequest) {
        self.abandoned.remove(&request);
    }

    pub(super) fn contains(&self, request: PollRequest) -> bool {
        self.entries.contains_key(&request)
    }

    /// Whether any request of a request's job is repeated.
    pub(super) fn has_job_of(&self, request: PollRequest) -> bool {
        request.of_same_job().any(|request| self.contains(request))
    }

    /// Whether a listing call waits for the run of a rollout to begin.
    pub(super) fn awaits_run(&self, request: PollRequest) -> bool {
        self.entries.get(&request).is_some_and(|it| it.awaits_run)
    }

    pub(super) fn get_mut(&mut self, request: PollRequest) -> Option<&mut Entry> {
        self.entries.get_mut(&request)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn listings(&self) -> u32 {
        self.listings
    }

    pub(super) fn due(&self, request: PollRequest) -> Option<Instant> {
        self.entries.get(&request)?.due
    }

    /// Puts a request in its place in the queue.
    pub(super) fn plan(&mut self, request: PollRequest, due: Instant) {
        let Some(entry) = self.entries.get_mut(&request) else {
            return;
        };
        if let Some(before) = entry.due.replace(due) {
            self.groups.remove(entry, request, before);
        }
        let is_first = self.first.contains(&request);
        self.groups.insert(entry, request, due, is_first);
    }

    /// Marks a request as in flight.
    pub(super) fn start(&mut self, request: PollRequest, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&request) {
            if let Some(due) = entry.due.take() {
                self.groups.remove(entry, request, due);
            }
            entry.sent = Some(now);
            entry.last_sent = Some(now);
        }
    }

    /// Returns the request that is due first.
    pub(super) fn first(&self) -> Option<(Instant, PollRequest)> {
        let Groups {
            never_polled,
            healthy,
            failing,
            first: _,
        } = &self.groups;
        let groups = [never_polled, healthy, failing];
        groups
            .into_iter()
            .filter_map(BTreeSet::first)
            .min()
            .copied()
    }

    /// Sets the requests that come first.
    pub(super) fn set_first(&mut self, requests: HashSet<PollRequest>) {
        let due_of = |request: &PollRequest| Some((self.entries.get(request)?.due?, *request));
        self.groups.first = requests.iter().filter_map(due_of).collect();
        self.first = requests;
    }

    /// Returns a first poll that comes first in place of another first poll.
    pub(super) fn first_poll_in_view(
        &self,
        in_turn: PollRequest,
        now: Instant,
    ) -> Option<PollRequest> {
        let never_polled = |request| self.entries.get(request).is_some_and(|it| !it.was_polled);
        let (due, request) = self.groups.first.first()?;
        let is_first_poll = *due <= now && never_polled(request) && never_polled(&in_turn);
        is_first_poll.then_some(*request)
    }

    /// Returns a request that is due and goes ahead of its turn: the earliest
    /// one of each such group, in rotation.
    pub(super) fn take_ahead(&mut self, now: Instant) -> Option<PollRequest> {
        let groups = self.groups.ahead();
        let order = (0..groups.len()).map(|offset| (self.next_ahead + offset) % groups.len());
        let (index, request) = order
            .filter_map(|index| Some((index, groups[index].first()?)))
            .find_map(|(index, (due, request))| (*due <= now).then_some((index, *request)))?;
        self.next_ahead = (index + 1) % groups.len();
        Some(request)
    }

    /// Returns the job that is due first of those that were never polled.
    pub(super) fn first_never_polled(&self) -> Option<(Instant, PollRequest)> {
        self.groups.never_polled.first().copied()
    }

    /// Returns the job whose poll is most likely to succeed.
    pub(super) fn best_probe(&self) -> Option<PollRequest> {
        let Groups {
            never_polled,
            healthy,
            failing,
            first: _,
        } = &self.groups;
        let groups = [healthy, never_polled, failing];
        let first = groups.into_iter().find_map(BTreeSet::first);
        first.map(|(_, request)| *request)
    }

    /// Adds a request of the user.
    pub(super) fn request(&mut self, request: PollRequest) {
        match self.entries.get_mut(&request) {
            Some(entry) if entry.sent.is_some() => entry.repeat = true,
            Some(entry) if !entry.is_requested => {
                entry.is_requested = true;
                self.requested.push_back(request);
            }
            Some(_) | None => {}
        }
    }

    /// Adds every request as a request of the user.
    pub(super) fn request_all(&mut self) {
        for request in self.matching(|_| true) {
            self.request(request);
        }
    }

    pub(super) fn has_requested(&self) -> bool {
        !self.requested.is_empty()
    }

    /// Removes the first request of the user.
    pub(super) fn pop_requested(&mut self) -> Option<PollRequest> {
        while let Some(request) = self.requested.pop_front() {
            if let Some(entry) = self.entries.get_mut(&request)
                && std::mem::take(&mut entry.is_requested)
            {
                if entry.sent.is_none() {
                    return Some(request);
                }
                entry.repeat = true;
            }
        }
        None
    }

    /// Returns the planned requests of jobs that are not finished.
    pub(super) fn unfinished(&self) -> Vec<PollRequest> {
        self.matching(|entry| entry.finished_since.is_none() && entry.due.is_some())
    }

    /// Returns the requests that are overdue at a time, or wait after a failure.
    /// Jobs that were never polled are not among them: they have waited enough.
    pub(super) fn overdue_or_failing(&self, time: Instant) -> Vec<PollRequest> {
        self.matching(|entry| {
            let is_failing = entry.failures > 0 && entry.finished_since.is_none();
            let is_waiting = entry.due.is_some_and(|due| due < time || is_failing);
            is_waiting && entry.was_polled
        })
    }

    /// Returns the matching requests in a stable order, so that the same seed
    /// gives the same schedule.
    fn matching(&self, matches: impl Fn(&Entry) -> bool) -> Vec<PollRequest> {
        let mut requests: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| matches(entry))
            .map(|(request, _)| *request)
            .collect();
        requests.sort_unstable();
        requests
    }
}

impl PolledJobs for Queue {
    fn polled_jobs(&self, limit: usize) -> usize {
        let mut jobs: Vec<PollRequest> = Vec::new();
        for (request, entry) in &self.entries {
            let is_polled = entry.due.is_some() || entry.sent.is_some();
            if is_polled && !jobs.iter().any(|job| job.is_same_job(*request)) {
                jobs.push(*request);
                if jobs.len() >= limit {
                    break;
                }
            }
        }
        jobs.len()
    }

    fn shortest_interval(&self) -> Option<Duration> {
        self.entries.values().map(|entry| entry.interval).min()
    }
}
