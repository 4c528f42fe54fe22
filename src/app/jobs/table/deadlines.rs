//! At most one deadline for each job, earliest first.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::watch::JobId;

/// The deadlines. See the module's documentation.
#[derive(Debug, Default)]
pub(in crate::app::jobs) struct Deadlines {
    by_time: BTreeSet<(Timestamp, JobId)>,
    by_job: HashMap<JobId, Timestamp>,
}

impl Deadlines {
    /// Sets or removes the deadline of a job.
    pub(in crate::app::jobs) fn set(&mut self, id: JobId, time: Option<Timestamp>) {
        // Most filters set none.
        if time.is_none() && self.by_job.is_empty() {
            return;
        }
        let before = match time {
            Some(time) => self.by_job.insert(id, time),
            None => self.by_job.remove(&id),
        };
        if let Some(before) = before {
            self.by_time.remove(&(before, id));
        }
        if let Some(time) = time {
            self.by_time.insert((time, id));
        }
    }

    pub(in crate::app::jobs) fn clear(&mut self) {
        self.by_time.clear();
        self.by_job.clear();
    }

    /// The earliest deadline.
    pub(in crate::app::jobs) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(time, _)| *time)
    }

    /// Removes the jobs whose deadline has passed and returns them.
    pub(in crate::app::jobs) fn due(&mut self, now: Timestamp) -> Vec<JobId> {
        let mut due = Vec::new();
        while let Some((time, id)) = self.by_time.first().copied()
            && time <= now
        {
            self.by_time.pop_first();
            self.by_job.remove(&id);
            due.push(id);
        }
        due
    }
}
