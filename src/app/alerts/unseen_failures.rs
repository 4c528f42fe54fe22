//! The failed jobs that the user has not acted on since they failed.

use std::collections::{BTreeMap, HashMap};

use crate::watch::JobId;

/// Unseen failures in the order in which the jobs failed.
#[derive(Debug, Default)]
pub(super) struct UnseenFailures {
    /// The jobs by the number of their failure.
    by_number: BTreeMap<u64, JobId>,
    numbers: HashMap<JobId, u64>,
    next: u64,
}

impl UnseenFailures {
    /// Adds a job that failed, as the newest.
    pub(super) fn add(&mut self, id: JobId) {
        self.remove(id);
        self.by_number.insert(self.next, id);
        self.numbers.insert(id, self.next);
        self.next += 1;
    }

    pub(super) fn remove(&mut self, id: JobId) {
        if let Some(number) = self.numbers.remove(&id) {
            self.by_number.remove(&number);
        }
    }

    /// Takes a job in place of another one.
    pub(super) fn replace(&mut self, from: JobId, to: JobId) {
        let Some(number) = self.numbers.remove(&from) else {
            return;
        };
        if self.contains(to) {
            self.by_number.remove(&number);
            return;
        }
        self.numbers.insert(to, number);
        self.by_number.insert(number, to);
    }

    pub(super) fn clear(&mut self) {
        self.by_number.clear();
        self.numbers.clear();
    }

    pub(super) fn contains(&self, id: JobId) -> bool {
        self.numbers.contains_key(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The jobs, the one that failed last first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = JobId> {
        self.by_number.values().rev().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(failures: &UnseenFailures) -> Vec<u32> {
        failures.newest_first().map(|id| id.0).collect()
    }

    #[test]
    fn failures_are_listed_newest_first_and_once() {
        let mut failures = UnseenFailures::default();
        for id in [1, 2, 3, 1] {
            failures.add(JobId(id));
        }
        assert_eq!(ids(&failures), [1, 3, 2]);
        failures.remove(JobId(3));
        assert!(!failures.contains(JobId(3)) && failures.contains(JobId(2)));
        failures.replace(JobId(2), JobId(7));
        assert_eq!(ids(&failures), [1, 7]);
        failures.replace(JobId(7), JobId(1));
        assert_eq!((ids(&failures), failures.len()), (vec![1], 1));
        failures.clear();
        assert_eq!(failures.len(), 0);
    }
}
