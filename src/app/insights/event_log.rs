//! The event log: every transition that was seen.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::hotglue::{JobStatus, Text};
use crate::watch::JobId;

/// The most events that are kept.
const MAX_EVENTS: usize = 10_000;

/// A transition of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When hgtop saw it.
    pub(crate) seen: Timestamp,
    /// The job.
    pub job: JobId,
    /// The job's name at that time.
    pub(crate) name: Text,
    /// The status before; `None` for the first answer about the job.
    pub(crate) from: Option<JobStatus>,
    /// The status afterwards.
    pub to: JobStatus,
}

/// The events, oldest first.
#[derive(Debug, Default)]
pub struct EventLog(VecDeque<Event>);

impl EventLog {
    /// Adds an event; the oldest one is dropped when the log is full.
    pub(in crate::app) fn push(&mut self, event: Event) {
        if self.0.len() == MAX_EVENTS {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    /// Adds events from before a restart in front of those seen since.
    pub(in crate::app) fn restore(&mut self, mut earlier: Vec<Event>) {
        earlier.sort_by_key(|event| event.seen);
        let first = self.0.front().map(|event| event.seen);
        earlier.retain(|event| first.is_none_or(|first| event.seen < first));
        let room = MAX_EVENTS.saturating_sub(self.0.len());
        let surplus = earlier.len().saturating_sub(room);
        for event in earlier.drain(surplus..).rev() {
            self.0.push_front(event);
        }
    }

    /// Sorts the events by time, where they were not added in its order.
    pub(in crate::app) fn sort(&mut self) {
        self.0
            .make_contiguous()
            .sort_by_key(|event| (event.seen, event.job));
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The events in a range of indexes, oldest first.
    pub fn range(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = &Event> {
        self.0.range(range)
    }
}
