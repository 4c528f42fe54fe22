//! The event log: every change of status that was seen.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::hotglue::{JobStatus, Text};
use crate::watch::JobId;

/// The most events that are kept.
const MOST: usize = 10_000;

/// A change of status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When hgtop saw it.
    pub seen: Timestamp,
    /// The job.
    pub key: JobId,
    /// What the person calls it.
    pub name: Text,
    /// What it was; `None` for the first answer.
    pub from: Option<JobStatus>,
    /// What it became.
    pub to: JobStatus,
}

/// The events, newest last.
#[derive(Debug, Default)]
pub struct EventLog(VecDeque<Event>);

impl EventLog {
    pub(in crate::app) fn push(&mut self, event: Event) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    /// Puts what was seen before a restart in front, in the order of time;
    /// what is here already is not put twice.
    pub(in crate::app) fn remember(&mut self, mut earlier: Vec<Event>) {
        earlier.sort_by_key(|event| event.seen);
        let first = self.0.front().map(|event| event.seen);
        earlier.retain(|event| first.is_none_or(|first| event.seen < first));
        let room = MOST.saturating_sub(self.0.len());
        let from = earlier.len().saturating_sub(room);
        for event in earlier.drain(from..).rev() {
            self.0.push_front(event);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those at a range of places, oldest first.
    pub fn range(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = &Event> {
        self.0.range(range)
    }
}
